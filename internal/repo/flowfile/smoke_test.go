package flowfile_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/braidflow/braid/internal/repo/content"
	"github.com/braidflow/braid/internal/repo/flowfile"
	"github.com/braidflow/braid/internal/vfs"
)

func TestSmoke(t *testing.T) {
	dir := t.TempDir()
	o := flowfile.Options{FS: vfs.OS, Dir: dir + "/ff"}
	q1, q2 := flowfile.Number("q-1"), flowfile.Number("q-2")
	for round := range 3 {
		r, rec, err := flowfile.Open(o)
		if err != nil {
			t.Fatal(err)
		}
		t.Log(len(rec.Queues[q1]), len(rec.Queues[q2]), rec.Position)
		if round > 0 && (len(rec.Queues[q1]) != 60*round || len(rec.Queues[q2]) != 30*round) {
			t.Fatal("wrong")
		}
		var b flowfile.Batch
		var all []*flowfile.FlowFile
		id := r.NextIDs(100)
		for i := range 100 {
			ff := &flowfile.FlowFile{ID: id + uint64(i), UUID: flowfile.NewUUID(), Queued: int64(1e12 + i), Attrs: flowfile.MakeAttrs(map[string]string{"a": fmt.Sprint(i)}), Claim: content.Claim{Segment: 1, Length: 3}}
			all = append(all, ff)
			b.Create(ff, q1)
		}
		if _, err := r.Commit(&b); err != nil {
			t.Fatal(err)
		}
		for i, ff := range all {
			switch {
			case i < 10:
				b.Delete(ff)
			case i < 40:
				n := *ff
				n.Attrs = n.Attrs.With(nil, flowfile.Attr{Name: "b", Value: "c"})
				b.Update(ff, &n, q2)
			}
		}
		p, err := r.Commit(&b)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Wait(context.Background(), p); err != nil {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

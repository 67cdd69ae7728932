package wal_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/braidflow/braid/internal/repo/wal"
	"github.com/braidflow/braid/internal/vfs"
)

func TestSmoke(t *testing.T) {
	dir := t.TempDir()
	total := 0
	for round := range 4 {
		l, err := wal.Open(wal.Options{FS: vfs.OS, Dir: dir + "/log", Sync: true, SegmentSize: 64 << 10})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		if err := l.Replay(0, func(p wal.Position, rec []byte) error {
			if string(rec) != fmt.Sprint("rec", n) {
				t.Fatalf("%q %d", rec, n)
			}
			n++
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if n != total {
			t.Fatalf("round %d: %d %d %+v", round, n, total, l.Recovery())
		}
		for range 5000 {
			p, err := l.Append([]byte("rec"), []byte(fmt.Sprint(total)))
			if err != nil {
				t.Fatal(err)
			}
			total++
			if total%100 == 0 {
				if err := l.Wait(context.Background(), p); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

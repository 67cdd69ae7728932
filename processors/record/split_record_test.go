package record_test

import (
	"strconv"
	"testing"

	"github.com/braidflow/braid/processors/record"
	"github.com/braidflow/braid/sdk/sdktest"
)

func TestSplitRecord(t *testing.T) {
	for name, tt := range map[string]struct {
		perSplit, in string
		want         []string
	}{
		"two each":     {"2", "a\n1\n2\n3\n", []string{`[{"a":"1"},{"a":"2"}]`, `[{"a":"3"}]`}},
		"exactly full": {"${n}", "a\n1\n2\n3\n4\n", []string{`[{"a":"1"},{"a":"2"}]`, `[{"a":"3"},{"a":"4"}]`}},
		"one each":     {"1", "a\n1\n2\n", []string{`{"a":"1"}`, `{"a":"2"}`}},
		"none":         {"5", "a\n", nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := runner(t, record.SplitRecord, csvReader, jsWriter, "")
			r.Set("Records Per Split", tt.perSplit)
			r.Enqueue(sdktest.FF(tt.in, "filename", "f", "n", "2"))
			r.RunUntilEmpty()
			out := r.Out()
			original := one(t, out, "original")
			wantContent(t, original, tt.in[:len(tt.in)-1])
			wantAttrs(t, original, "fragment.count", strconv.Itoa(len(tt.want)))
			splits := out["splits"]
			if len(splits) != len(tt.want) {
				t.Fatalf("%d splits, want %d", len(splits), len(tt.want))
			}
			for i, want := range tt.want {
				wantContent(t, splits[i], want)
				wantAttrs(t, splits[i], "fragment.index", strconv.Itoa(i), "fragment.count", strconv.Itoa(len(tt.want)),
					"fragment.identifier", original.Attrs["fragment.identifier"], "segment.original.filename", "f", "mime.type", "application/json")
			}
		})
	}
}

func TestSplitRecord_Failures(t *testing.T) {
	for name, tt := range map[string]struct{ perSplit, in, bulletin string }{
		"malformed in a later split": {"1", "a,b\n1,x\n2,y\nzwei,z\n", "field \"a\""},
		"malformed at once":          {"2", "a,b\nzwei,z\n", "field \"a\""},
		"no number":                  {"${n}", "a,b\n1,x\n", "not a whole number"},
	} {
		t.Run(name, func(t *testing.T) {
			r := runner(t, record.SplitRecord, csvReader, jsWriter, typed)
			r.Set("Records Per Split", tt.perSplit)
			r.Enqueue(sdktest.FF(tt.in, "n", "x"))
			r.RunUntilEmpty()
			out := r.Out()
			if got := one(t, out, "failure"); got.Content != tt.in || len(out) != 1 {
				t.Errorf("got %s with %q", out, got.Content)
			}
			wantBulletin(t, r, tt.bulletin)
		})
	}
}

func TestSplitRecord_RefusesZero(t *testing.T) {
	r := runner(t, record.SplitRecord, csvReader, jsWriter, "")
	r.Set("Records Per Split", "0")
	if p := r.Problems(); len(p) != 1 {
		t.Errorf("got %v, want one problem", p)
	}
}

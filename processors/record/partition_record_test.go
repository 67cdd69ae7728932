package record_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/braidflow/braid/processors/record"
	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/sdktest"
)

func TestPartitionRecord(t *testing.T) {
	r := runner(t, record.PartitionRecord, csvReader, jsWriter, "")
	r.Set("carrier", "/carrier")
	r.Set("first", "substring(/carrier, 0, 1)")
	r.Enqueue(sdktest.FF("carrier,n\nUA,1\nAA,2\nUA,3\n,4\nUB,5\n", "filename", "f.csv"))
	r.RunUntilEmpty()
	out := r.Out()
	wantContent(t, one(t, out, "original"), "carrier,n\nUA,1\nAA,2\nUA,3\n,4\nUB,5")
	parts := out["success"]
	if len(parts) != 4 {
		t.Fatalf("%d parts, want 4", len(parts))
	}
	for i, want := range []struct{ content, carrier, count string }{
		{`[{"carrier":"UA","n":"1"},{"carrier":"UA","n":"3"}]`, "UA", "2"},
		{`[{"carrier":"AA","n":"2"}]`, "AA", "1"},
		{`[{"carrier":null,"n":"4"}]`, "", "1"},
		{`[{"carrier":"UB","n":"5"}]`, "UB", "1"},
	} {
		wantContent(t, parts[i], want.content)
		wantAttrs(t, parts[i], "record.count", want.count, "mime.type", "application/json", "fragment.index", strconv.Itoa(i),
			"fragment.count", "4", "fragment.identifier", parts[0].Attrs["fragment.identifier"], "segment.original.filename", "f.csv")
		if got := parts[i].Attrs["carrier"]; got != want.carrier {
			t.Errorf("part %d: carrier is %q, want %q", i, got, want.carrier)
		}
		if want.carrier != "" {
			wantAttrs(t, parts[i], "first", want.carrier[:1])
		}
	}
}

func TestPartitionRecord_ManyGroups(t *testing.T) {
	r := runner(t, record.PartitionRecord, csvReader, csvWriter, "")
	r.Set("n", "/n")
	var in strings.Builder
	in.WriteString("n,word\n")
	for i := range 3000 {
		fmt.Fprintf(&in, "%d,word %d\n", i%1000, i)
	}
	r.Enqueue(sdktest.FF(in.String()))
	r.RunUntilEmpty()
	parts := r.Out()["success"]
	if len(parts) != 1000 {
		t.Fatalf("%d parts, want 1000", len(parts))
	}
	for i, p := range parts {
		wantContent(t, p, fmt.Sprintf("n,word\n%d,word %d\n%d,word %d\n%d,word %d", i, i, i, i+1000, i, i+2000))
		wantAttrs(t, p, "n", strconv.Itoa(i), "record.count", "3")
	}
}

// Keys of several values must not run into each other.
func TestPartitionRecord_KeysAreKeptApart(t *testing.T) {
	r := runner(t, record.PartitionRecord, csvReader, jsWriter, "")
	r.Set("x", "/a")
	r.Set("y", "/b")
	r.Enqueue(sdktest.FF("a,b\n1,23\n12,3\n1,23\n,1\n1,\n"))
	r.RunUntilEmpty()
	if n := len(r.Out()["success"]); n != 4 {
		t.Errorf("%d parts, want 4", n)
	}
}

func TestPartitionRecord_NestedValuesMakeNoAttribute(t *testing.T) {
	const schema = `{"type":"record","name":"r","fields":[{"name":"a","type":{"type":"array","items":"int"}},{"name":"b","type":"int"}]}`
	r := runner(t, record.PartitionRecord, jsReader, jsWriter, schema)
	r.Set("list", "/a")
	r.Set("item", "/a[*]")
	r.Set("b", "/b")
	r.Enqueue(sdktest.FF(`[{"a":[1,2],"b":1},{"a":[1,2],"b":1},{"a":[1],"b":1}]`))
	r.RunUntilEmpty()
	parts := r.Out()["success"]
	if len(parts) != 2 {
		t.Fatalf("%d parts, want 2", len(parts))
	}
	for i, item := range []string{"", "1"} {
		if _, set := parts[i].Attrs["list"]; set || parts[i].Attrs["item"] != item || parts[i].Attrs["b"] != "1" {
			t.Errorf("part %d has attributes %v", i, parts[i].Attrs)
		}
	}
}

func TestPartitionRecord_Failures(t *testing.T) {
	for name, tt := range map[string]struct{ schema, path, in, bulletin string }{
		"malformed":   {typed, "/a", "a,b\n1,x\nzwei,y\n", "field \"a\""},
		"path of EL":  {"", "${path}", "a\n1\n", "RecordPath"},
		"nothing set": {"", "${nothing}", "a\n1\n", "it is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			r := runner(t, record.PartitionRecord, csvReader, jsWriter, tt.schema)
			r.Set("by", tt.path)
			r.Enqueue(sdktest.FF(tt.in, "path", "/a["))
			r.RunUntilEmpty()
			out := r.Out()
			if got := one(t, out, "failure"); got.Content != tt.in || len(out) != 1 {
				t.Errorf("got %s with %q", out, got.Content)
			}
			wantBulletin(t, r, tt.bulletin)
		})
	}
}

func TestPartitionRecord_Problems(t *testing.T) {
	r := runner(t, record.PartitionRecord, csvReader, jsWriter, "")
	if p := r.Problems(); len(p) != 1 || !strings.Contains(p[0].Error(), "At least one RecordPath") {
		t.Errorf("without a path: got %v", p)
	}
	r.Set("by", "/a[")
	if p := r.Problems(); len(p) != 1 || !strings.Contains(p[0].Error(), "RecordPath") {
		t.Errorf("with a bad path: got %v", p)
	}
}

func TestSpecs(t *testing.T) {
	for _, c := range record.Components {
		var s sdk.Spec
		c.New().Describe(&s)
		if err := s.Check(); err != nil {
			t.Errorf("%s: %v", c.Type, err)
		}
	}
}

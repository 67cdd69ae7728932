package record_test

import (
	"strings"
	"testing"
	"time"

	"github.com/braidflow/braid/processors/record"
	"github.com/braidflow/braid/sdk/sdktest"
)

func TestMergeRecord(t *testing.T) {
	a, b, other := sdktest.FF("n\n1\n", "k", "x", "same", "s"), sdktest.FF("n\n2\n3\n", "k", "y", "same", "s", "only", "b"), sdktest.FF("m\n9\n", "k", "x")
	part := func(content, id string, count ...string) sdktest.Input {
		in := sdktest.FF(content, "fragment.identifier", id)
		if len(count) > 0 {
			in.Attrs["fragment.count"] = count[0]
		}
		return in
	}
	for name, tt := range map[string]struct {
		props            []string
		in               []sdktest.Input
		merged           []string // contents
		reason           string
		failed, original int
	}{
		"by schema":     {nil, []sdktest.Input{a, b, other}, []string{"n\n1\n2\n3", "m\n9"}, "Bin is full enough", 0, 3},
		"full":          {[]string{"Maximum Number of Records", "2"}, []sdktest.Input{a, b, a, a}, []string{"n\n1\n2\n3", "n\n1\n1"}, "Bin is full", 0, 4},
		"full by size":  {[]string{"Maximum Bin Size", "5 B"}, []sdktest.Input{a, b}, []string{"n\n1\n2\n3"}, "Bin is full", 0, 2},
		"by attribute":  {[]string{"Correlation Attribute Name", "k"}, []sdktest.Input{a, b, a}, []string{"n\n1\n1", "n\n2\n3"}, "Bin is full enough", 0, 3},
		"too few":       {[]string{"Minimum Number of Records", "4"}, []sdktest.Input{a, b}, nil, "", 0, 0},
		"too small":     {[]string{"Minimum Bin Size", "1 KB"}, []sdktest.Input{a, b}, nil, "", 0, 0},
		"too many bins": {[]string{"Minimum Number of Records", "4", "Maximum Number of Bins", "1"}, []sdktest.Input{a, other}, []string{"n\n1"}, "Maximum number of bins has been exceeded", 0, 1},
		"malformed":     {nil, []sdktest.Input{a, sdktest.FF("n\n\"2")}, nil, "", 2, 0},
		"fragments": {
			[]string{"Merge Strategy", "Defragment"},
			[]sdktest.Input{part("n\n1\n", "1", "2"), part("n\n5\n", "2", "1"), part("n\n2\n", "1")},
			[]string{"n\n5", "n\n1\n2"},
			"Bin is full", 0, 3,
		},
		"fragments of different count": {[]string{"Merge Strategy", "Defragment"}, []sdktest.Input{part("n\n1\n", "1", "2"), part("n\n5\n", "1", "3")}, nil, "", 2, 0},
		"fragments without count":      {[]string{"Merge Strategy", "Defragment"}, []sdktest.Input{part("n\n1\n", "1"), part("n\n5\n", "2", "x")}, nil, "", 2, 0},
		"fragment missing":             {[]string{"Merge Strategy", "Defragment"}, []sdktest.Input{part("n\n1\n", "1", "2")}, nil, "", 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := runner(t, record.MergeRecord, csvReader, csvWriter, "")
			for i := 0; i+1 < len(tt.props); i += 2 {
				r.Set(tt.props[i], tt.props[i+1])
			}
			r.Enqueue(tt.in...)
			for range 3 {
				if err := r.Trigger(); err != nil {
					t.Fatal(err)
				}
			}
			out := r.Out()
			if len(out["merged"]) != len(tt.merged) || len(out["failure"]) != tt.failed || len(out["original"]) != tt.original {
				t.Fatalf("got %s: %q", out, r.Bulletins())
			}
			for i, want := range tt.merged {
				wantContent(t, out["merged"][i], want)
				wantAttrs(t, out["merged"][i], "merge.completion.reason", tt.reason)
			}
			if waiting := len(tt.in) - tt.failed - tt.original; r.Queued() != waiting {
				t.Errorf("%d FlowFiles are waiting, want %d", r.Queued(), waiting)
			}
		})
	}
}

func TestMergeRecord_Attributes(t *testing.T) {
	for strategy, want := range map[string]string{"Keep Only Common Attributes": "", "Keep All Unique Attributes": "b"} {
		r := runner(t, record.MergeRecord, csvReader, csvWriter, "")
		r.Set("Attribute Strategy", strategy)
		r.Enqueue(sdktest.FF("n\n1\n", "k", "x", "same", "s"), sdktest.FF("n\n2\n3\n", "k", "y", "same", "s", "only", "b"))
		for range 2 {
			if err := r.Trigger(); err != nil {
				t.Fatal(err)
			}
		}
		out := r.Out()
		got := one(t, out, "merged")
		wantAttrs(t, got, "same", "s", "record.count", "3", "merge.count", "2", "mime.type", "text/csv")
		if got.Attrs["only"] != want || got.Attrs["k"] != "" {
			t.Errorf("%s: only=%q, k=%q", strategy, got.Attrs["only"], got.Attrs["k"])
		}
		wantAttrs(t, out["original"][0], "merge.uuid", got.Attrs["uuid"])
	}
}

func TestMergeRecord_Age(t *testing.T) {
	for strategy, rel := range map[string]string{"Bin-Packing Algorithm": "merged", "Defragment": "failure"} {
		r := runner(t, record.MergeRecord, csvReader, csvWriter, "")
		r.Set("Merge Strategy", strategy)
		r.Set("Minimum Number of Records", "10")
		r.Set("Max Bin Age", "1 min")
		r.Enqueue(sdktest.FF("n\n1\n", "fragment.identifier", "1", "fragment.count", "2"))
		for range 2 {
			if err := r.Trigger(); err != nil {
				t.Fatal(err)
			}
			r.Advance(40 * time.Second)
		}
		if out := r.Out(); len(out) != 0 {
			t.Errorf("%s: got %s too early", strategy, out)
		}
		if err := r.Trigger(); err != nil {
			t.Fatal(err)
		}
		wantContent(t, one(t, r.Out(), rel), "n\n1")
	}
}

func TestMergeRecord_StopReturnsWhatIsInBins(t *testing.T) {
	r := runner(t, record.MergeRecord, csvReader, csvWriter, "")
	r.Set("Minimum Number of Records", "10")
	r.Enqueue(sdktest.FF("n\n1\n"))
	if err := r.Trigger(); err != nil {
		t.Fatal(err)
	}
	r.Set("Minimum Number of Records", "1")
	for range 2 {
		if err := r.Trigger(); err != nil {
			t.Fatal(err)
		}
	}
	wantContent(t, one(t, r.Out(), "merged"), "n\n1")
}

func TestMergeRecord_Problems(t *testing.T) {
	r := runner(t, record.MergeRecord, csvReader, csvWriter, "")
	r.Set("Minimum Number of Records", "0")
	r.Set("Maximum Number of Records", "0")
	r.Set("Minimum Bin Size", "2 B")
	r.Set("Maximum Bin Size", "1 B")
	r.Set("Maximum Number of Bins", "0")
	var text []string
	for _, p := range r.Problems() {
		text = append(text, p.Error())
	}
	if len(text) != 3 || !strings.Contains(strings.Join(text, " "), "at least 1") {
		t.Errorf("got %q", text)
	}
}

func TestForkEnrichment(t *testing.T) {
	out := sdktest.Run(t, record.ForkEnrichment, nil, sdktest.FF("x", "a", "b"))
	o, e := one(t, out, "original"), one(t, out, "enrichment")
	wantAttrs(t, o, "enrichment.role", "ORIGINAL", "a", "b")
	wantAttrs(t, e, "enrichment.role", "ENRICHMENT", "a", "b", "enrichment.group.id", o.Attrs["enrichment.group.id"])
	wantContent(t, e, "x")
	if o.Attrs["enrichment.group.id"] == "" {
		t.Error("there is no group")
	}
}

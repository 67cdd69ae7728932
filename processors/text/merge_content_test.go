package text_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/braidflow/braid/processors/text"
	"github.com/braidflow/braid/sdk/flowfilev3"
	"github.com/braidflow/braid/sdk/sdktest"
)

// merger makes a runner with a configuration, given in pairs.
func merger(t *testing.T, props ...string) *sdktest.Runner {
	t.Helper()
	r := sdktest.New(t, text.MergeContent)
	for i := 0; i+1 < len(props); i += 2 {
		r.Set(props[i], props[i+1])
	}
	return r
}

// trigger runs until nothing happens any more; MergeContent decides by a Trigger without input that there is no more.
func trigger(t *testing.T, r *sdktest.Runner) sdktest.Result {
	t.Helper()
	all := sdktest.Result{}
	for range 4 {
		if err := r.Trigger(); err != nil {
			t.Fatal(err)
		}
		for rel, out := range r.Out() {
			all[rel] = append(all[rel], out...)
		}
	}
	return all
}

func contents(out []sdktest.Output) (list []string) {
	for _, o := range out {
		list = append(list, o.Content)
	}
	return list
}

func TestMergeContent_PacksBins(t *testing.T) {
	abcd := []sdktest.Input{
		sdktest.FF("a", "k", "1"), sdktest.FF("bb", "k", "2"), sdktest.FF("c", "k", "1"), sdktest.FF("d", "end", "true"),
	}
	for name, c := range map[string]struct {
		props  []string
		want   []string // sorted
		reason string   // of all
		held   int      // FlowFiles that stay
	}{
		"all at hand":   {nil, []string{"abbcd"}, "MIN_THRESHOLDS_REACHED", 0},
		"a maximum":     {[]string{"Maximum Number of Entries", "2"}, []string{"abb", "cd"}, "MAX_ENTRIES_THRESHOLD_REACHED", 0},
		"a minimum":     {[]string{"Minimum Number of Entries", "5"}, nil, "", 4},
		"a size":        {[]string{"Maximum Group Size", "3 B", "Minimum Group Size", "3 B"}, []string{"abb"}, "MAX_BYTES_THRESHOLD_REACHED", 2},
		"correlation":   {[]string{"Correlation Attribute Name", "k"}, []string{"ac", "bb", "d"}, "MIN_THRESHOLDS_REACHED", 0},
		"termination":   {[]string{"Bin Termination Check", "${end}", "Minimum Number of Entries", "9"}, []string{"abbcd"}, "BIN_TERMINATION_SIGNAL", 0},
		"begins anew":   {[]string{"Bin Termination Check", "${end}", "Minimum Number of Entries", "9", "FlowFile Insertion Strategy", "First in New Bin"}, []string{"abbc"}, "BIN_TERMINATION_SIGNAL", 1},
		"alone":         {[]string{"Bin Termination Check", "${end}", "Minimum Number of Entries", "9", "FlowFile Insertion Strategy", "Isolated"}, []string{"abbc", "d"}, "BIN_TERMINATION_SIGNAL", 0},
		"too many bins": {[]string{"Correlation Attribute Name", "k", "Minimum Number of Entries", "9", "Maximum Number of Bins", "2"}, []string{"ac"}, "BIN_MANAGER_FULL", 2},
	} {
		t.Run(name, func(t *testing.T) {
			r := merger(t, c.props...)
			r.Enqueue(abcd...)
			res := trigger(t, r)
			got := contents(res["merged"])
			slices.Sort(got)
			if !slices.Equal(got, c.want) {
				t.Errorf("merged %q, want %q", got, c.want)
			}
			for _, m := range res["merged"] {
				if m.Attrs["merge.reason"] != c.reason {
					t.Errorf("merge.reason = %s, want %s", m.Attrs["merge.reason"], c.reason)
				}
			}
			if n := len(res["original"]); n != len(abcd)-c.held {
				t.Errorf("%d originals, want %d", n, len(abcd)-c.held)
			}
			r.Stop()
			if n := r.Queued(); n != c.held {
				t.Errorf("%d back in the queue after the stop, want %d", n, c.held)
			}
		})
	}
}

func TestMergeContent_MergesTooLargeAlone(t *testing.T) {
	r := merger(t, "Maximum Group Size", "3 B", "Minimum Number of Entries", "2")
	r.Enqueue(sdktest.FF("large"), sdktest.FF("a"))
	if got := contents(trigger(t, r)["merged"]); !slices.Equal(got, []string{"large"}) {
		t.Errorf("merged %q, want only the large one", got)
	}
}

func TestMergeContent_MergesOldBins(t *testing.T) {
	r := merger(t, "Minimum Number of Entries", "9", "Max Bin Age", "1 min")
	r.Enqueue(sdktest.FF("a"))
	if res := trigger(t, r); len(res) != 0 {
		t.Fatalf("came out at once: %v", res)
	}
	r.Advance(30 * time.Second)
	r.Enqueue(sdktest.FF("b"))
	if res := trigger(t, r); len(res) != 0 {
		t.Fatalf("came out after half of the time: %v", res)
	}
	r.Advance(31 * time.Second)
	got := trigger(t, r)["merged"]
	if len(got) != 1 || got[0].Content != "ab" || got[0].Attrs["merge.reason"] != "TIMEOUT" || got[0].Attrs["merge.bin.age"] != "61000" {
		t.Errorf("got %+v", got)
	}
}

func TestMergeContent_Attributes(t *testing.T) {
	in := []sdktest.Input{
		sdktest.FF("a", "same", "1", "differs", "1", "once", "x", "mime.type", "text/plain", "segment.original.filename", "f"),
		sdktest.FF("b", "same", "1", "differs", "2", "mime.type", "text/plain"),
	}
	for strategy, once := range map[string]string{"Keep Only Common Attributes": "", "Keep All Unique Attributes": "x"} {
		r := merger(t, "Attribute Strategy", strategy)
		r.Enqueue(in...)
		res := trigger(t, r)
		if len(res["merged"]) != 1 || len(res["original"]) != 2 {
			t.Fatalf("got %v", res)
		}
		m := res["merged"][0].Attrs
		for k, want := range map[string]string{
			"same": "1", "differs": "", "once": once, "mime.type": "text/plain", "filename": "f", "merge.count": "2",
		} {
			if m[k] != want {
				t.Errorf("%s: %s = %q, want %q", strategy, k, m[k], want)
			}
		}
		if res["original"][0].Attrs["merge.uuid"] != m["uuid"] {
			t.Errorf("merge.uuid = %q, want %q", res["original"][0].Attrs["merge.uuid"], m["uuid"])
		}
		joined := 0
		for _, e := range r.Events() {
			if e.Type == "JOIN" {
				joined++
			}
		}
		if joined != 1 {
			t.Errorf("%d JOIN events, want 1", joined)
		}
	}
}

func fragment(content, id, index, count string) sdktest.Input {
	return sdktest.FF(content, "fragment.identifier", id, "fragment.index", index, "fragment.count", count)
}

func TestMergeContent_Defragments(t *testing.T) {
	r := merger(t, "Merge Strategy", "Defragment", "Max Bin Age", "1 min")
	r.Enqueue(fragment("c", "1", "10", "3"), fragment("x", "2", "1", "2"), fragment("a", "1", "1", "3"))
	if res := trigger(t, r); len(res) != 0 {
		t.Fatalf("came out before all were there: %v", res)
	}
	r.Enqueue(fragment("b", "1", "9", "3"))
	if got := contents(trigger(t, r)["merged"]); !slices.Equal(got, []string{"abc"}) {
		t.Errorf("merged %q, want abc", got)
	}
	r.Advance(2 * time.Minute)
	res := trigger(t, r)
	if got := contents(res["failure"]); !slices.Equal(got, []string{"x"}) || len(res["merged"]) != 0 {
		t.Errorf("after the time: %v, want the lone fragment in failure", res)
	}
	if b := r.Bulletins(); len(b) != 1 || !strings.Contains(b[0], "fragment.count is 2") {
		t.Errorf("bulletins = %q", b)
	}
}

func TestMergeContent_RefusesBadFragments(t *testing.T) {
	for name, in := range map[string][]sdktest.Input{
		"no index":         {fragment("a", "1", "", "1")},
		"no number":        {fragment("a", "1", "x", "1")},
		"different counts": {fragment("a", "1", "1", "3"), fragment("b", "1", "2", "2")},
		"no count":         {fragment("a", "1", "1", "x")},
	} {
		t.Run(name, func(t *testing.T) {
			r := merger(t, "Merge Strategy", "Defragment", "Max Bin Age", "1 min")
			r.Enqueue(in...)
			res := trigger(t, r)
			r.Advance(2 * time.Minute)
			failed := append(res["failure"], trigger(t, r)["failure"]...)
			if len(failed) != len(in) || len(res["merged"]) != 0 {
				t.Errorf("%d of %d in failure, merged %q", len(failed), len(in), contents(res["merged"]))
			}
		})
	}
}

func TestMergeContent_Delimiters(t *testing.T) {
	file := filepath.Join(t.TempDir(), "d")
	if err := os.WriteFile(file, []byte("|"), 0o600); err != nil {
		t.Fatal(err)
	}
	for strategy, c := range map[string]struct{ d, want string }{
		"Text":                  {"${x}", "<1a11b1>"},
		"Filename":              {file, ""},
		"Do Not Use Delimiters": {"-", "ab"},
	} {
		t.Run(strategy, func(t *testing.T) {
			header, footer := "<${x}", "${x}>"
			if strategy == "Filename" {
				header, footer, c.want = file, file, "|a|b|"
			}
			r := merger(t, "Delimiter Strategy", strategy, "Header", header, "Demarcator", c.d+c.d, "Footer", footer)
			if strategy == "Filename" {
				r.Set("Demarcator", c.d)
			}
			r.Enqueue(sdktest.FF("a", "x", "1"), sdktest.FF("b", "x", "2"))
			if got := contents(trigger(t, r)["merged"]); !slices.Equal(got, []string{c.want}) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestMergeContent_AMissingDelimiterFileFailsTheBin(t *testing.T) {
	r := merger(t, "Delimiter Strategy", "Filename", "Header", filepath.Join(t.TempDir(), "none"))
	r.Enqueue(sdktest.FF("a"), sdktest.FF("b"))
	res := trigger(t, r)
	if len(res["failure"]) != 2 || len(res) != 1 {
		t.Errorf("got %v, want both in failure and nothing else", res)
	}
}

func archived() []sdktest.Input {
	return []sdktest.Input{
		sdktest.FF("one", "filename", "1.txt", "path", "./dir", "tar.permissions", "600", "file.lastModifiedTime", "2020-01-02T03:04:05+0000"),
		sdktest.FF("two", "filename", "2.txt", "path", "./"),
		sdktest.FF("again", "filename", "2.txt", "path", "./"),
	}
}

func TestMergeContent_Zip(t *testing.T) {
	r := merger(t, "Merge Format", "ZIP", "Keep Path", "true", "Compression Level", "9")
	r.Enqueue(archived()...)
	res := trigger(t, r)
	if len(res["merged"]) != 1 || res["merged"][0].Attrs["mime.type"] != "application/zip" || !strings.HasSuffix(res["merged"][0].Attrs["filename"], ".zip") {
		t.Fatalf("got %v", res)
	}
	content := res["merged"][0].Content
	z, err := zip.NewReader(strings.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range z.File {
		rd, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(rd)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, f.Name+"="+string(b))
	}
	if want := []string{"dir/1.txt=one", "2.txt=two"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if f := contents(res["failure"]); !slices.Equal(f, []string{"again"}) {
		t.Errorf("failure got %q, want the second 2.txt", f)
	}
}

func TestMergeContent_Tar(t *testing.T) {
	r := merger(t, "Merge Format", "TAR", "Keep Path", "true")
	r.Enqueue(archived()...)
	res := trigger(t, r)
	if len(res["merged"]) != 1 {
		t.Fatalf("got %v", res)
	}
	tr := tar.NewReader(strings.NewReader(res["merged"][0].Content))
	var got []string
	for {
		h, err := tr.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(tr)
		if err != nil {
			t.Fatal(err)
		}
		if h.Name == "dir/1.txt" && (h.Mode != 0o600 || !h.ModTime.Equal(time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC))) {
			t.Errorf("mode %o, time %v", h.Mode, h.ModTime)
		}
		got = append(got, h.Name+"="+string(b))
	}
	if want := []string{"dir/1.txt=one", "2.txt=two", "2.txt=again"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestMergeContent_FlowFileStreams(t *testing.T) {
	for format, magic := range map[string]string{"FlowFile Stream, v3": "", "FlowFile Stream, v2": flowfilev3.Magic} {
		r := merger(t, "Merge Format", format)
		r.Enqueue(sdktest.FF("one", "a", "1"), sdktest.FF("", "a", "2"))
		out := trigger(t, r)["merged"]
		if len(out) != 1 {
			t.Fatalf("%s: got %v", format, out)
		}
		content := magic + out[0].Content
		in := flowfilev3.NewReader(strings.NewReader(content))
		attrs, size, err := in.Next()
		if err != nil || attrs["a"] != "1" || attrs["uuid"] == "" || size != 3 {
			t.Errorf("%s: got %v, %d, %v", format, attrs, size, err)
		}
		if magic == "" {
			if attrs, _, err = in.Next(); err != nil || attrs["a"] != "2" {
				t.Errorf("%s: second: got %v, %v", format, attrs, err)
			}
		}
	}
}

func TestMergeContent_FlowFileTarV1(t *testing.T) {
	r := merger(t, "Merge Format", "FlowFile Tar, v1", "Maximum Number of Entries", "1")
	r.Enqueue(sdktest.FF("one", "a", "<1>"))
	out := trigger(t, r)["merged"]
	if len(out) != 1 {
		t.Fatalf("got %v", out)
	}
	tr := tar.NewReader(strings.NewReader(out[0].Content))
	for _, want := range []string{`<entry key="a">&lt;1&gt;</entry>`, "one"} {
		if _, err := tr.Next(); err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(tr); err != nil || !strings.Contains(string(b), want) {
			t.Errorf("got %q, %v; want %q in it", b, err, want)
		}
	}
}

// avro makes an Avro file of one block; sync is one character.
func avro(schema, codec, meta, sync, data string) string {
	var b bytes.Buffer
	str := func(s string) { b.WriteByte(byte(len(s) * 2)); b.WriteString(s) }
	b.WriteString("Obj\x01")
	b.WriteByte(6)
	for _, s := range []string{"avro.schema", schema, "avro.codec", codec, "meta", meta} {
		str(s)
	}
	b.WriteByte(0)
	b.WriteString(strings.Repeat(sync, 16))
	b.WriteByte(2)
	str(data)
	b.WriteString(strings.Repeat(sync, 16))
	return b.String()
}

func TestMergeContent_Avro(t *testing.T) {
	schema := `{"type": "string"}`
	first := avro(schema, "null", "m", "A", "\x02a")
	in := []string{
		first,
		avro(`{"type":"string"}`, "null", "m", "B", "\x02b"),
		avro(schema, "null", "other", "C", "\x02c"),
		avro(`"long"`, "null", "m", "D", "\x02"),
		avro(schema, "deflate", "m", "E", "xx"),
	}
	block := func(data string) string { return "\x02\x04" + data + strings.Repeat("A", 16) }
	for strategy, c := range map[string]struct {
		merged string
		failed int
	}{
		"Use First Metadata":             {block("\x02b") + block("\x02c"), 2},
		"Do Not Merge Uncommon Metadata": {block("\x02b"), 3},
		"Keep Only Common Metadata":      {block("\x02b"), 3},
	} {
		t.Run(strategy, func(t *testing.T) {
			r := merger(t, "Merge Format", "Avro", "Metadata Strategy", strategy)
			for i, content := range in {
				r.Enqueue(sdktest.FF(content, "n", strconv.Itoa(i)))
			}
			res := trigger(t, r)
			if len(res["merged"]) != 1 || len(res["failure"]) != c.failed {
				t.Fatalf("got %v", res)
			}
			out := res["merged"][0].Content
			if !strings.HasPrefix(out, "Obj\x01") || !strings.HasSuffix(out, block("\x02a")+c.merged) || len(out) != len(first)+len(c.merged) {
				t.Errorf("got %q", out)
			}
		})
	}
}

func TestMergeContent_RubbishInsteadOfAvroFailsTheBin(t *testing.T) {
	whole := avro(`"string"`, "null", "m", "A", "\x02a")
	for n := 1; n < len(whole); n += 7 {
		r := merger(t, "Merge Format", "Avro")
		r.Enqueue(sdktest.FF(whole[:n]))
		res := trigger(t, r)
		if len(res["failure"]) != 1 && n < len(whole)-21 || len(res["merged"])+len(res["failure"]) != 1 {
			t.Errorf("cut at %d: %v", n, res)
		}
	}
}

func TestMergeContent_ReportsProblems(t *testing.T) {
	for name, props := range map[string]map[string]string{
		"entries": {"Minimum Number of Entries": "2", "Maximum Number of Entries": "1"},
		"sizes":   {"Minimum Group Size": "2 B", "Maximum Group Size": "1 B"},
		"bins":    {"Maximum Number of Bins": "0"},
		"level":   {"Merge Format": "ZIP", "Compression Level": "10"},
	} {
		t.Run(name, func(t *testing.T) { wantProblem(t, sdktest.New(t, text.MergeContent), props) })
	}
}

package file_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/braidflow/braid/processors/file"
	"github.com/braidflow/braid/sdk/sdktest"
)

func TestFetchFile_ReplacesTheContent(t *testing.T) {
	dir := t.TempDir()
	path := put(t, dir, "a", "content")
	for name, props := range map[string][]string{"by default": nil, "by path": {"File to Fetch", path}} {
		r := runner(t, file.FetchFile, props...)
		r.Enqueue(sdktest.FF("old", "absolute.path", dir, "filename", "a", "x", "1"))
		out := trigger(t, r)["success"]
		if len(out) != 1 || out[0].Content != "content" || out[0].Attrs["x"] != "1" {
			t.Errorf("%s: got %+v", name, out)
		}
		if ev := r.Events(); len(ev) != 1 || ev[0].Type != "FETCH" || ev[0].TransitURI != "file:"+path {
			t.Errorf("%s: events = %+v", name, ev)
		}
	}
	if got := tree(t, dir); len(got) != 1 {
		t.Errorf("files: %q", got)
	}
}

func TestFetchFile_Deletes(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "a", "content")
	r := runner(t, file.FetchFile, "Completion Strategy", "Delete File")
	r.Enqueue(sdktest.FF("", "absolute.path", dir, "filename", "a"))
	if out := trigger(t, r); len(out["success"]) != 1 {
		t.Errorf("got %v", out)
	}
	if got := tree(t, dir); len(got) != 0 {
		t.Errorf("files: %q", got)
	}
}

func TestFetchFile_Moves(t *testing.T) {
	for name, c := range map[string]struct {
		conflict string
		exists   bool
		rel      string
		source   bool // stays
		content  []string
	}{
		"no conflict": {"Rename", false, "success", false, []string{"new"}},
		"rename":      {"Rename", true, "success", false, []string{"new", "old"}},
		"replace":     {"Replace File", true, "success", false, []string{"new"}},
		"keep":        {"Keep Existing", true, "success", false, []string{"old"}},
		"fail":        {"Fail", true, "failure", true, []string{"old"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir, to := t.TempDir(), filepath.Join(t.TempDir(), "done")
			path := put(t, dir, "a.txt", "new")
			if c.exists {
				put(t, to, "a.txt", "old")
			}
			r := runner(t, file.FetchFile, "Completion Strategy", "Move File", "Move Destination Directory", "${to}", "Move Conflict Strategy", c.conflict)
			r.Enqueue(sdktest.FF("", "absolute.path", dir, "filename", "a.txt", "to", to))
			if out := trigger(t, r); len(out[c.rel]) != 1 || len(out) != 1 {
				t.Errorf("got %v, want %s", out, c.rel)
			}
			if _, err := os.Stat(path); (err == nil) != c.source {
				t.Errorf("source: %v", err)
			}
			var got []string
			for _, f := range tree(t, to) {
				got = append(got, read(t, filepath.Join(to, f)))
				if !strings.HasPrefix(f, "a") || !strings.HasSuffix(f, ".txt") {
					t.Errorf("moved to %s", f)
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, c.content) {
				t.Errorf("contents %q, want %q", got, c.content)
			}
		})
	}
}

func TestFetchFile_Failures(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct {
		props     []string
		filename  string
		rel       string
		bulletins int
	}{
		"not found":         {nil, "none", "not.found", 1},
		"quietly not found": {[]string{"File not Found Log Level", "NONE"}, "none", "not.found", 0},
		"a folder":          {nil, "", "failure", 1},
		"not movable":       {[]string{"Completion Strategy", "Move File", "Move Destination Directory", "${none}"}, "none", "failure", 1},
	} {
		t.Run(name, func(t *testing.T) {
			r := runner(t, file.FetchFile, c.props...)
			r.Enqueue(sdktest.FF("old", "absolute.path", dir, "filename", c.filename))
			r.Set("File to Fetch", "${absolute.path}/${filename}")
			out := trigger(t, r)
			if len(out[c.rel]) != 1 || len(out) != 1 || out[c.rel][0].Content != "old" {
				t.Errorf("got %+v, want %s", out, c.rel)
			}
			if b := r.Bulletins(); len(b) != c.bulletins {
				t.Errorf("bulletins = %q, want %d", b, c.bulletins)
			}
		})
	}
}

func TestFetchFile_PermissionDenied(t *testing.T) {
	notRoot(t)
	dir := t.TempDir()
	if err := os.Chmod(put(t, dir, "a", "x"), 0); err != nil {
		t.Fatal(err)
	}
	r := runner(t, file.FetchFile)
	r.Enqueue(sdktest.FF("", "absolute.path", dir, "filename", "a"))
	if out := trigger(t, r); len(out["permission.denied"]) != 1 {
		t.Errorf("got %v", out)
	}
}

func TestFetchFile_ReportsProblems(t *testing.T) {
	if p := runner(t, file.FetchFile, "Completion Strategy", "Move File").Problems(); len(p) != 1 {
		t.Errorf("problems = %v, want one", p)
	}
}

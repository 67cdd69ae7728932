package file_test

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/braidflow/braid/processors/file"
	"github.com/braidflow/braid/sdk/sdktest"
)

func TestPutFile_WritesFiles(t *testing.T) {
	dir := t.TempDir()
	large := strings.Repeat("0123456789", 100_000)
	r := runner(t, file.PutFile, "Directory", dir+"/${sub}")
	r.Enqueue(sdktest.FF("one", "filename", "1", "sub", "x/y"), sdktest.FF(large, "filename", "2", "sub", "."), sdktest.FF("", "filename", "3", "sub", "x"))
	if out := trigger(t, r)["success"]; len(out) != 3 || out[0].Content != "one" {
		t.Fatalf("success: %d", len(out))
	}
	if got := tree(t, dir); !slices.Equal(got, []string{"2", "x/3", "x/y/1"}) {
		t.Fatalf("files: %q", got)
	}
	if read(t, filepath.Join(dir, "x/y/1")) != "one" || read(t, filepath.Join(dir, "2")) != large {
		t.Error("the contents are not as expected")
	}
	ev := r.Events()
	if len(ev) != 3 || ev[0].Type != "SEND" || ev[0].TransitURI != "file:"+filepath.Join(dir, "x/y/1") {
		t.Errorf("events = %+v", ev)
	}
}

func TestPutFile_Conflicts(t *testing.T) {
	for strategy, c := range map[string]struct{ rel, content string }{
		"fail": {"failure", "old"}, "ignore": {"success", "old"}, "replace": {"success", "new"},
	} {
		t.Run(strategy, func(t *testing.T) {
			dir := t.TempDir()
			path := put(t, dir, "a", "old")
			r := runner(t, file.PutFile, "Directory", dir, "Conflict Resolution Strategy", strategy)
			r.Enqueue(sdktest.FF("new", "filename", "a"))
			if out := trigger(t, r); len(out[c.rel]) != 1 || len(out) != 1 {
				t.Errorf("got %v, want %s", out, c.rel)
			}
			if got := read(t, path); got != c.content {
				t.Errorf("content %q, want %q", got, c.content)
			}
		})
	}
}

func TestPutFile_FailsOneFlowFile(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "file", "x")
	for name, c := range map[string]struct {
		props []string
		attrs []string
	}{
		"a path as name":      {nil, []string{"filename", "../x"}},
		"the folder as name":  {nil, []string{"filename", ".."}},
		"no folder":           {[]string{"Directory", dir + "/none", "Create Missing Directories", "false"}, nil},
		"a file as folder":    {[]string{"Directory", dir + "/file"}, nil},
		"too many files":      {[]string{"Maximum File Count", "1"}, nil},
		"no time":             {[]string{"Last Modified Time", "${t}"}, []string{"t", "yesterday"}},
		"no permissions":      {[]string{"Permissions", "${p}"}, []string{"p", "999"}},
		"a name with a slash": {nil, []string{"filename", "a/b"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := runner(t, file.PutFile, append([]string{"Directory", dir}, c.props...)...)
			r.Enqueue(sdktest.FF("x", append([]string{"filename", "new"}, c.attrs...)...))
			out := trigger(t, r)
			if len(out["failure"]) != 1 || len(out) != 1 || len(r.Bulletins()) != 1 {
				t.Errorf("got %v, bulletins %q", out, r.Bulletins())
			}
			if got := tree(t, dir); !slices.Equal(got, []string{"file"}) {
				t.Errorf("files: %q", got)
			}
		})
	}
}

func TestPutFile_CountsTheFilesOfOneBatch(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "a", "old")
	r := runner(t, file.PutFile, "Directory", dir, "Maximum File Count", "2", "Conflict Resolution Strategy", "replace")
	r.Enqueue(sdktest.FF("", "filename", "a"), sdktest.FF("", "filename", "b"), sdktest.FF("", "filename", "c"), sdktest.FF("", "filename", "b"))
	out := trigger(t, r)
	if got := names(out["success"]); !slices.Equal(got, []string{"a", "b", "b"}) {
		t.Errorf("success: %q, want a, b and b again", got)
	}
}

func TestPutFile_SetsTimeAndPermissions(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such permissions")
	}
	for text, want := range map[string]os.FileMode{"rw-r-----": 0o640, "600": 0o600} {
		dir := t.TempDir()
		r := runner(t, file.PutFile, "Directory", dir+"/sub", "Last Modified Time", "${t}", "Permissions", text)
		r.Enqueue(sdktest.FF("x", "filename", "a", "t", "2020-01-02T03:04:05+0100"))
		trigger(t, r)
		info, err := os.Stat(filepath.Join(dir, "sub/a"))
		if err != nil || info.Mode() != want || !info.ModTime().Equal(time.Date(2020, 1, 2, 2, 4, 5, 0, time.UTC)) {
			t.Errorf("got %v, %v", info, err)
		}
		folder, err := os.Stat(filepath.Join(dir, "sub"))
		if err != nil || folder.Mode().Perm()&0o700 != 0o700 {
			t.Errorf("folder: %v, %v; its owner must be able to enter it", folder.Mode(), err)
		}
	}
}

func TestPutFile_AnUnknownOwnerIsAWarning(t *testing.T) {
	dir := t.TempDir()
	r := runner(t, file.PutFile, "Directory", dir, "Owner", "no-such-user-here")
	r.Enqueue(sdktest.FF("x", "filename", "a"))
	if out := trigger(t, r); len(out["success"]) != 1 || len(r.Bulletins()) != 1 {
		t.Errorf("got %v, bulletins %q", out, r.Bulletins())
	}
}

func TestPutFile_ReportsProblems(t *testing.T) {
	for _, props := range [][]string{{"Permissions", "rwx"}, {"Maximum File Count", "-1"}, {"Directory", ""}} {
		r := runner(t, file.PutFile, append([]string{"Directory", t.TempDir()}, props...)...)
		if p := r.Problems(); len(p) != 1 {
			t.Errorf("%q: problems = %v, want one", props, p)
		}
	}
}

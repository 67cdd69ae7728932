package file_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/braidflow/braid/processors/file"
)

func TestGetFile_TakesFilesAndDeletesThem(t *testing.T) {
	dir := t.TempDir()
	path := put(t, dir, "sub/a b.txt", "content")
	r := runner(t, file.GetFile, "Input Directory", dir)
	out := trigger(t, r)["success"]
	if len(out) != 1 || out[0].Content != "content" {
		t.Fatalf("got %+v", out)
	}
	a := out[0].Attrs
	for k, want := range map[string]string{"filename": "a b.txt", "path": "sub/", "absolute.path": filepath.Dir(path) + "/"} {
		if a[k] != want {
			t.Errorf("%s = %q, want %q", k, a[k], want)
		}
	}
	if at, err := time.Parse("2006-01-02T15:04:05-0700", a["file.lastModifiedTime"]); err != nil || time.Since(at) < 50*time.Second {
		t.Errorf("file.lastModifiedTime = %q", a["file.lastModifiedTime"])
	}
	if p := a["file.permissions"]; p != "" && p != "rw-r-----" {
		t.Errorf("file.permissions = %q", p)
	}
	if left := tree(t, dir); len(left) != 0 {
		t.Errorf("files left: %q", left)
	}
	ev := r.Events()
	if len(ev) != 1 || ev[0].Type != "RECEIVE" || ev[0].TransitURI != "file:"+strings.ReplaceAll(path, " ", "%20") {
		t.Errorf("events = %+v", ev)
	}
}

func TestGetFile_Filters(t *testing.T) {
	for name, c := range map[string]struct {
		props []string
		want  []string
	}{
		"by default":     {nil, []string{"a.txt", "b.csv", "c.txt", "large.txt"}},
		"by name":        {[]string{"File Filter", `.*\.txt`}, []string{"a.txt", "c.txt", "large.txt"}},
		"no subfolders":  {[]string{"Recurse Subdirectories", "false"}, []string{"a.txt", "b.csv", "large.txt"}},
		"by path":        {[]string{"Path Filter", "sub.*"}, []string{"c.txt"}},
		"by smallness":   {[]string{"Maximum File Size", "10 B"}, []string{"a.txt", "b.csv", "c.txt"}},
		"by largeness":   {[]string{"Minimum File Size", "10 B"}, []string{"large.txt"}},
		"by age":         {[]string{"Minimum File Age", "5 mins"}, []string{"b.csv"}},
		"by youth":       {[]string{"Maximum File Age", "5 mins"}, []string{"a.txt", "c.txt", "large.txt"}},
		"hidden":         {[]string{"File Filter", ".*", "Ignore Hidden Files", "false"}, []string{".hidden", "a.txt", "b.csv", "c.txt", "large.txt"}},
		"not the hidden": {[]string{"File Filter", ".*"}, []string{"a.txt", "b.csv", "c.txt", "large.txt"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for _, f := range []string{"a.txt", "b.csv", "sub/deep/c.txt", ".hidden"} {
				put(t, dir, f, "x")
			}
			put(t, dir, "large.txt", strings.Repeat("x", 100))
			age(t, filepath.Join(dir, "b.csv"), time.Hour)
			r := runner(t, file.GetFile, append(c.props, "Input Directory", dir)...)
			if got := names(trigger(t, r)["success"]); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestGetFile_ListsOncePerInterval(t *testing.T) {
	dir := t.TempDir()
	for _, f := range []string{"1", "2", "3"} {
		put(t, dir, f, "x")
	}
	r := runner(t, file.GetFile, "Input Directory", dir, "Batch Size", "2", "Polling Interval", "1 min")
	if n := len(trigger(t, r)["success"]); n != 2 {
		t.Errorf("first batch: %d, want 2", n)
	}
	put(t, dir, "4", "x")
	if got := names(trigger(t, r)["success"]); len(got) != 1 || got[0] == "4" {
		t.Errorf("second batch: %q, want what is left of the listing", got)
	}
	if n := len(trigger(t, r)["success"]); n != 0 {
		t.Errorf("%d came before the interval was over", n)
	}
	r.Advance(2 * time.Minute)
	if got := names(trigger(t, r)["success"]); !slices.Equal(got, []string{"4"}) {
		t.Errorf("after the interval: %q, want 4", got)
	}
}

func TestGetFile_KeepsSourceFiles(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "a", "x")
	r := runner(t, file.GetFile, "Input Directory", dir, "Keep Source File", "true", "Polling Interval", "0 sec")
	for range 2 {
		if n := len(trigger(t, r)["success"]); n != 1 {
			t.Errorf("got %d, want the file each time", n)
		}
	}
	if left := tree(t, dir); len(left) != 1 {
		t.Errorf("files left: %q", left)
	}
}

func TestGetFile_FollowsLinksButNotInCircles(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	put(t, other, "a", "x")
	for link, to := range map[string]string{"there": other, "back": dir, "nowhere": filepath.Join(dir, "none")} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Skip("this system has no links:", err)
		}
	}
	r := runner(t, file.GetFile, "Input Directory", dir)
	out := trigger(t, r)["success"]
	if len(out) != 1 || out[0].Attrs["path"] != "there/" {
		t.Errorf("got %+v", out)
	}
}

func TestGetFile_AFileThatVanishesIsNoError(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "1", "x")
	put(t, dir, "2", "x")
	r := runner(t, file.GetFile, "Input Directory", dir, "Batch Size", "1")
	trigger(t, r)
	for _, f := range tree(t, dir) {
		if err := os.Remove(filepath.Join(dir, f)); err != nil {
			t.Fatal(err)
		}
	}
	if out := trigger(t, r); len(out) != 0 || len(r.Bulletins()) != 0 {
		t.Errorf("got %v, bulletins %q", out, r.Bulletins())
	}
}

func TestGetFile_AnUnreadableFileStaysAndTheOthersPass(t *testing.T) {
	notRoot(t)
	dir := t.TempDir()
	if err := os.Chmod(put(t, dir, "1", "x"), 0); err != nil {
		t.Fatal(err)
	}
	put(t, dir, "2", "x")
	r := runner(t, file.GetFile, "Input Directory", dir)
	if got := names(trigger(t, r)["success"]); !slices.Equal(got, []string{"2"}) || len(r.Bulletins()) != 1 {
		t.Errorf("got %q, bulletins %q", got, r.Bulletins())
	}
}

func TestGetFile_AMissingFolderIsAnError(t *testing.T) {
	r := runner(t, file.GetFile, "Input Directory", filepath.Join(t.TempDir(), "none"))
	if err := r.Trigger(); err == nil || !strings.Contains(err.Error(), "Input Directory") {
		t.Errorf("got %v", err)
	}
}

func TestGetFile_ReportsProblems(t *testing.T) {
	for _, props := range [][]string{{"Batch Size", "0"}, {"File Filter", "("}, {"Polling Interval", "soon"}} {
		r := runner(t, file.GetFile, append(props, "Input Directory", t.TempDir())...)
		if p := r.Problems(); len(p) != 1 {
			t.Errorf("%q: problems = %v, want one", props, p)
		}
	}
}

package file_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/braidflow/braid/processors/file"
	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/sdk/sdktest"
)

func TestListFile_ListsEachFileOnce(t *testing.T) {
	for _, strategy := range []string{"timestamps", "entities"} {
		t.Run(strategy, func(t *testing.T) {
			dir := t.TempDir()
			put(t, dir, "a", "x")
			put(t, dir, "sub/b", "xy")
			r := runner(t, file.ListFile, "Input Directory", dir, "Listing Strategy", strategy)
			out := trigger(t, r)["success"]
			if got := names(out); !slices.Equal(got, []string{"a", "b"}) {
				t.Fatalf("first: %q", got)
			}
			b := out[1]
			if b.Attrs["filename"] != "b" {
				b = out[0]
			}
			for k, want := range map[string]string{"path": "sub/", "absolute.path": filepath.Join(dir, "sub") + "/", "file.size": "2"} {
				if b.Attrs[k] != want {
					t.Errorf("%s = %q, want %q", k, b.Attrs[k], want)
				}
			}
			r.Advance(time.Minute)
			if got := trigger(t, r); len(got) != 0 {
				t.Errorf("again: %v", got)
			}
			age(t, put(t, dir, "c", ""), 10*time.Second)
			r.Stop() // the state outlives the instance
			if got := names(trigger(t, r)["success"]); !slices.Equal(got, []string{"c"}) {
				t.Errorf("then: %q, want c", got)
			}
		})
	}
}

func TestListFile_ListsAgainWhatHasChanged(t *testing.T) {
	for strategy, want := range map[string]int{"timestamps": 1, "entities": 1, "none": 2} {
		dir := t.TempDir()
		put(t, dir, "a", "x")
		put(t, dir, "b", "x")
		r := runner(t, file.ListFile, "Input Directory", dir, "Listing Strategy", strategy)
		if n := len(trigger(t, r)["success"]); n != 2 {
			t.Errorf("%s: %d at first, want 2", strategy, n)
		}
		age(t, put(t, dir, "a", "changed"), 10*time.Second)
		r.Advance(time.Minute)
		if n := len(trigger(t, r)["success"]); n != want {
			t.Errorf("%s: %d after the change, want %d", strategy, n, want)
		}
	}
}

func TestListFile_ByEntitiesFindsOldFiles(t *testing.T) {
	for strategy, want := range map[string]int{"timestamps": 0, "entities": 1} {
		dir := t.TempDir()
		put(t, dir, "a", "x")
		r := runner(t, file.ListFile, "Input Directory", dir, "Listing Strategy", strategy)
		trigger(t, r)
		age(t, put(t, dir, "old", "x"), time.Hour)
		r.Advance(time.Minute)
		if n := len(trigger(t, r)["success"]); n != want {
			t.Errorf("%s: %d, want %d", strategy, n, want)
		}
	}
}

func TestListFile_TimeWindow(t *testing.T) {
	for target, want := range map[string][]string{"all": {"a", "old"}, "window": {"a"}} {
		dir := t.TempDir()
		put(t, dir, "a", "x")
		age(t, put(t, dir, "old", "x"), 5*time.Hour)
		r := runner(t, file.ListFile, "Input Directory", dir, "Listing Strategy", "entities", "Entity Tracking Initial Listing Target", target)
		if got := names(trigger(t, r)["success"]); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", target, got, want)
		}
		r.Advance(4 * time.Hour) // both are out of the window now, and the state forgets them
		trigger(t, r)
		if s := r.State(sdk.Local); len(s) != 1 {
			t.Errorf("state = %v, want only the settings", s)
		}
	}
}

// A file that has just been modified is held back until no other can get the same time.
func TestListFile_HoldsBackTheNewest(t *testing.T) {
	dir := t.TempDir()
	r := runner(t, file.ListFile, "Input Directory", dir, "Target System Timestamp Precision", "millis")
	put(t, dir, "a", "x")
	put(t, dir, "b", "x")
	for name, at := range map[string]time.Time{"a": r.Now().Add(-time.Second), "b": r.Now()} {
		if err := os.Chtimes(filepath.Join(dir, name), at, at); err != nil {
			t.Fatal(err)
		}
	}
	if got := names(trigger(t, r)["success"]); !slices.Equal(got, []string{"a"}) {
		t.Errorf("at first: %q, want a", got)
	}
	r.Advance(50 * time.Millisecond)
	if got := trigger(t, r); len(got) != 0 {
		t.Errorf("too soon: %v", got)
	}
	r.Advance(100 * time.Millisecond)
	if got := names(trigger(t, r)["success"]); !slices.Equal(got, []string{"b"}) {
		t.Errorf("then: %q, want b", got)
	}
	put(t, dir, "c", "x")
	at := r.Now().Add(-150 * time.Millisecond) // the time of b
	if err := os.Chtimes(filepath.Join(dir, "c"), at, at); err != nil {
		t.Fatal(err)
	}
	r.Advance(time.Second)
	if got := names(trigger(t, r)["success"]); !slices.Equal(got, []string{"c"}) {
		t.Errorf("a file with the same time: %q, want c", got)
	}
}

func TestListFile_OtherSettingsStartAnew(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "a", "x")
	r := runner(t, file.ListFile, "Input Directory", dir)
	trigger(t, r)
	r.Set("File Filter", "a|b")
	if n := len(trigger(t, r)["success"]); n != 1 {
		t.Errorf("%d, want the file again", n)
	}
	r.Set("Include File Attributes", "false")
	r.Advance(time.Minute)
	if n := len(trigger(t, r)["success"]); n != 0 {
		t.Errorf("%d came again, though the listing is the same", n)
	}
}

func TestListFile_FiltersAndScope(t *testing.T) {
	dir := t.TempDir()
	for _, f := range []string{"a.txt", "sub/b.txt", "sub/c.csv", "other/d.txt"} {
		put(t, dir, f, "x")
	}
	r := runner(t, file.ListFile, "Input Directory", dir, "File Filter", `.*\.txt`, "Path Filter", "sub|", "Input Directory Location", "Remote",
		"Include File Attributes", "false")
	out := trigger(t, r)["success"]
	if got := names(out); !slices.Equal(got, []string{"a.txt", "b.txt"}) {
		t.Errorf("got %q", got)
	}
	for _, o := range out {
		if o.Attrs["file.owner"]+o.Attrs["file.creationTime"] != "" || o.Attrs["file.lastModifiedTime"] == "" {
			t.Errorf("attributes: %v", o.Attrs)
		}
	}
	if r.State(sdk.Cluster)["processed.timestamp"] == "" || len(r.State(sdk.Local)) != 0 {
		t.Errorf("state: %v and %v", r.State(sdk.Cluster), r.State(sdk.Local))
	}
}

func TestListFile_AMissingFolderIsAnError(t *testing.T) {
	r := runner(t, file.ListFile, "Input Directory", filepath.Join(t.TempDir(), "none"))
	if err := r.Trigger(); err == nil || !strings.Contains(err.Error(), "Input Directory") {
		t.Errorf("got %v", err)
	}
}

// nameWriter is a record writer that writes one word for each record.
type nameWriter struct{ out io.Writer }

func (w *nameWriter) Describe(s *sdk.Spec) { s.About("Writes filenames, for tests.") }

func (w *nameWriter) SchemaFor(_ map[string]string, read *record.Schema) (*record.Schema, error) {
	return read, nil
}

func (w *nameWriter) NewWriter(_ context.Context, _ *record.Schema, out io.Writer, _ map[string]string) (record.Writer, error) {
	return &nameWriter{out}, nil
}

func (w *nameWriter) Begin() error { return nil }
func (w *nameWriter) Flush() error { return nil }

func (w *nameWriter) Write(r *record.Record) error {
	_, err := fmt.Fprintf(w.out, "%s %d;", r.Get("filename").Text(), r.Get("size").Int())
	return err
}

func (w *nameWriter) Finish() (record.WriteResult, error) {
	return record.WriteResult{Count: 2, Attributes: map[string]string{"record.count": "2"}}, nil
}

func TestListFile_WritesRecords(t *testing.T) {
	dir := t.TempDir()
	age(t, put(t, dir, "b", "xy"), time.Hour)
	put(t, dir, "a", "x")
	r := sdktest.New(t, file.ListFile)
	r.Service("names", sdk.Component{Type: "test.Names", NewService: func() sdk.ControllerService { return &nameWriter{} }}, nil)
	r.Set("Input Directory", dir)
	r.Set("Record Writer", "names")
	out := trigger(t, r)["success"]
	if len(out) != 1 || out[0].Content != "b 2;a 1;" || out[0].Attrs["record.count"] != "2" {
		t.Errorf("got %+v", out)
	}
	if out := trigger(t, r); len(out) != 0 {
		t.Errorf("nothing new made %v", out)
	}
}

package file_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/braidflow/braid/processors/file"
	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/sdktest"
)

// The clock of regexp2's time-outs goes on for a moment after the last search.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/dlclark/regexp2/v2.runClock"))
}

func TestComponents_AreDescribedWithoutMistakes(t *testing.T) {
	for _, c := range file.Components {
		var s sdk.Spec
		c.New().Describe(&s)
		if err := s.Check(); err != nil {
			t.Errorf("%s: %v", c.Type, err)
		}
	}
}

// put makes a file with all folders above it, modified a while before now.
func put(t *testing.T, dir, name, content string) string {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o640); err != nil {
		t.Fatal(err)
	}
	age(t, path, time.Minute)
	return path
}

// age sets how long ago a file was modified.
func age(t *testing.T, path string, d time.Duration) {
	t.Helper()
	at := time.Now().Add(-d)
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

// tree lists the files in a folder and those below it.
func tree(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, path) // path is below dir
			names = append(names, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// runner configures a processor; props are names and values in turn.
func runner(t *testing.T, c sdk.Component, props ...string) *sdktest.Runner {
	t.Helper()
	r := sdktest.New(t, c)
	for i := 0; i+1 < len(props); i += 2 {
		r.Set(props[i], props[i+1])
	}
	return r
}

func trigger(t *testing.T, r *sdktest.Runner) sdktest.Result {
	t.Helper()
	if err := r.Trigger(); err != nil {
		t.Fatal(err)
	}
	return r.Out()
}

// names returns the sorted filenames of FlowFiles.
func names(out []sdktest.Output) (list []string) {
	for _, o := range out {
		list = append(list, o.Attrs["filename"])
	}
	slices.Sort(list)
	return list
}

// notRoot skips a test of permissions, which do not bind the superuser.
func notRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() <= 0 {
		t.Skip("permissions do not bind this user")
	}
}

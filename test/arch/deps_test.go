package arch

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What others' code is linked into the binary shows in a review: go test ./test/arch -update writes deps.txt.
func TestBinary_HoldsWhatDepsSays(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", "./cmd/braid")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0")
	var problems strings.Builder
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, problems.String())
	}
	var got []string
	for p := range strings.FieldsSeq(string(out)) {
		if _, own := local(p); !own {
			got = append(got, p)
		}
		for bad, why := range unwanted {
			if p == bad || strings.HasPrefix(p, bad+"/") {
				t.Errorf("%s must not be in the binary: %s", p, why)
			}
		}
	}
	slices.Sort(got)
	if *update {
		if err := os.WriteFile(filepath.Join(root, "deps.txt"), []byte(strings.Join(got, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want := strings.Fields(read(t, "deps.txt"))
	for _, p := range got {
		if !slices.Contains(want, p) {
			t.Errorf("%s is new in the binary: if that is meant, go test ./test/arch -update", p)
		}
	}
	for _, p := range want {
		if !slices.Contains(got, p) {
			t.Errorf("%s is no longer in the binary: go test ./test/arch -update", p)
		}
	}
}

// unwanted must not get into the binary, whoever brings it along.
var unwanted = map[string]string{
	"github.com/mattn/go-sqlite3":    "it needs cgo; modernc.org/sqlite does not",
	"go.uber.org/goleak":             "only tests use it",
	module + "/sdk/sdktest":          "only tests use it",
	module + "/test/servers":         "only tests use it",
	module + "/internal/api/dto/gen": "only go generate uses it",
}

var required = regexp.MustCompile(`^\s*(?:require\s+)?([^\s/]+\.[^\s/]+\S*) v\S+\s*(// indirect)?`)

// direct returns the modules that go.mod requires for our own imports.
func direct(t *testing.T) map[string]bool {
	t.Helper()
	modules := map[string]bool{}
	for line := range strings.Lines(read(t, "go.mod")) {
		if m := required.FindStringSubmatch(line); m != nil && m[2] == "" {
			modules[m[1]] = true
		}
	}
	return modules
}

func TestDependencies_EachHasAReason(t *testing.T) {
	modules, listed := direct(t), map[string]bool{}
	if len(modules) == 0 {
		t.Fatal("no direct requirement found in go.mod")
	}
	for line := range strings.Lines(read(t, "docs/dependencies.md")) {
		cells := strings.Split(line, "|")
		if len(cells) < 5 || len(names(cells[1])) != 1 {
			continue
		}
		name := names(cells[1])[0]
		listed[name] = true
		if !modules[name] {
			t.Errorf("docs/dependencies.md names %s, which go.mod does not require directly", name)
		}
		if slices.ContainsFunc(cells[2:5], func(c string) bool { return strings.TrimSpace(c) == "" }) {
			t.Errorf("docs/dependencies.md: %s: a cell is empty", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(modules)) {
		if !listed[name] {
			t.Errorf("go.mod requires %s: say in docs/dependencies.md what for", name)
		}
	}
}

package arch

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const architecture = "docs/ARCHITECTURE.md"

// row is one line of the table in docs/ARCHITECTURE.md.
type row struct {
	packages []string
	may      []string
}

var quoted = regexp.MustCompile("`([^`]+)`")

func names(cell string) (list []string) {
	for _, m := range quoted.FindAllStringSubmatch(cell, -1) {
		list = append(list, m[1])
	}
	return list
}

func table(t *testing.T) []row {
	t.Helper()
	_, text, found := strings.Cut(read(t, architecture), "| package | job | may import |\n")
	if !found {
		t.Fatalf("%s has no table with the columns package, job, may import", architecture)
	}
	var rows []row
	for line := range strings.Lines(text) {
		cells := strings.Split(line, "|")
		if len(cells) != 5 {
			break // the table is over
		}
		if len(names(cells[1])) > 0 {
			rows = append(rows, row{names(cells[1]), names(cells[3])})
		}
	}
	return rows
}

// matches tells whether a name of the table, such as internal/flow/..., stands for a package or one within a module.
func matches(name, pkg string) bool {
	if above, all := strings.CutSuffix(name, "/..."); all {
		return pkg == above || strings.HasPrefix(pkg, above+"/")
	}
	first, _, _ := strings.Cut(name, "/")
	return pkg == name || strings.Contains(first, ".") && strings.HasPrefix(pkg, name+"/")
}

func matchesAny(list []string, pkg string) bool {
	return slices.ContainsFunc(list, func(name string) bool { return matches(name, pkg) })
}

// rowOf returns the row of a package: the one that names it, else the closest x/... above it.
func rowOf(rows []row, pkg string) (best row, found bool) {
	length := -1
	for _, r := range rows {
		for _, name := range r.packages {
			n := len(strings.TrimSuffix(name, "/..."))
			if name == pkg {
				n++ // before x/... of the same x
			}
			if matches(name, pkg) && n > length {
				best, length = r, n
			}
		}
	}
	return best, length >= 0
}

// local names a package as the table does; ok is false for those of other modules.
func local(path string) (name string, ok bool) {
	if path == module {
		return "braid", true
	}
	return strings.CutPrefix(path, module+"/")
}

func packageOf(f *file) string {
	if f.folder == "." {
		return "braid"
	}
	return f.folder
}

func isStd(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

// imports returns what the files of each package import beside the standard library, with the name of one file.
func imports(t *testing.T, tests bool) map[string]map[string]string {
	t.Helper()
	all := map[string]map[string]string{}
	for _, f := range sources(t) {
		if f.test != tests {
			continue
		}
		pkg := packageOf(f)
		if all[pkg] == nil {
			all[pkg] = map[string]string{}
		}
		for _, i := range f.ast.Imports {
			path, _ := strconv.Unquote(i.Path.Value)
			if !isStd(path) {
				all[pkg][path] = f.name
			}
		}
	}
	return all
}

func TestImports_FollowTheTable(t *testing.T) {
	rows := table(t)
	for pkg, list := range imports(t, false) {
		r, found := rowOf(rows, pkg)
		if !found {
			t.Errorf("package %s has no row in %s", pkg, architecture)
			continue
		}
		for _, path := range slices.Sorted(maps.Keys(list)) {
			name := path
			if l, ok := local(path); ok {
				name = l
			}
			if name != pkg && !matchesAny(r.may, name) {
				t.Errorf("%s: %s must not import %s (table in %s)", list[path], pkg, name, architecture)
			}
		}
	}
}

func TestTable_NamesOnlyWhatThereIs(t *testing.T) {
	for _, r := range table(t) {
		for _, name := range r.packages {
			if !anyKey(folders(t), func(folder string) bool { return matches(name, folder) || name == "braid" && folder == "." }) {
				t.Errorf("%s has a row for %s, which is not there", architecture, name)
			}
		}
	}
}

func anyKey[V any](m map[string]V, ok func(string) bool) bool {
	for k := range m {
		if ok(k) {
			return true
		}
	}
	return false
}

// Tests may import more than the code, but what is tested through internals cannot be copied by the author of a
// component outside of this repository.
func TestTests_OfComponentsSeeNoInternals(t *testing.T) {
	for pkg, list := range imports(t, true) {
		if !strings.HasPrefix(pkg, "processors/") && !strings.HasPrefix(pkg, "services/") && !strings.HasPrefix(pkg, "reporting/") {
			continue
		}
		for path, name := range list {
			if l, ok := local(path); ok && strings.HasPrefix(l, "internal/") {
				t.Errorf("%s: a component's test imports %s: use sdk/sdktest", name, l)
			}
		}
	}
}

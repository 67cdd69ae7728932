// Package arch holds the code to its own rules: which package may import which, sizes, names, comments, and that the
// lists in docs/ and deps.txt say what is there. It reads the source of all platforms, so it needs no build.
package arch

import (
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

const (
	module = "github.com/braidflow/braid"
	root   = "../.."
)

var update = flag.Bool("update", false, "write the lists that are checked")

// file is one Go file of the module.
type file struct {
	name      string // from the root of the module, with slashes
	folder    string // "." for the root
	test      bool
	generated bool
	lines     int
	ast       *ast.File
}

var fset = token.NewFileSet()

// source parses every Go file once.
var source = sync.OnceValues(func() ([]*file, error) {
	var files []*file
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && skipped(name) {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		f, err := parse(name)
		files = append(files, f)
		return err
	})
	return files, err
})

// skipped names folders that the go command does not look into either, and the module of the tools.
func skipped(dir string) bool {
	base := path.Base(dir)
	return base != "." && (base[0] == '.' || base[0] == '_') || base == "testdata" || base == "node_modules" || dir == "tools"
}

func parse(name string) (*file, error) {
	tree, err := parser.ParseFile(fset, filepath.Join(root, filepath.FromSlash(name)), nil, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	return &file{
		name: name, folder: path.Dir(name), ast: tree,
		test:      strings.HasSuffix(name, "_test.go"),
		generated: ast.IsGenerated(tree),
		lines:     fset.Position(tree.FileEnd).Line,
	}, nil
}

func sources(t *testing.T) []*file {
	t.Helper()
	files, err := source()
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// folders returns the files of each package's folder.
func folders(t *testing.T) map[string][]*file {
	t.Helper()
	m := map[string][]*file{}
	for _, f := range sources(t) {
		m[f.folder] = append(m[f.folder], f)
	}
	return m
}

// line is where a node stands, for messages.
func line(n ast.Node) int { return fset.Position(n.Pos()).Line }

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

package components_test

import (
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/braidflow/braid/components"
	"github.com/braidflow/braid/sdk"
)

var update = flag.Bool("update", false, "write docs/processors and docs/services")

// kind tells what a component is, in the words of the folders of its source and its page.
func kind(c sdk.Component) string {
	switch {
	case c.New != nil:
		return "processors"
	case c.NewService != nil:
		return "services"
	default:
		return "reporting"
	}
}

func describe(c sdk.Component) *sdk.Spec {
	var s sdk.Spec
	switch kind(c) {
	case "processors":
		c.New().Describe(&s)
	case "services":
		c.NewService().Describe(&s)
	default:
		c.NewReportingTask().Describe(&s)
	}
	return &s
}

// short is the name that users see.
func short(typ string) string { return typ[strings.LastIndexByte(typ, '.')+1:] }

func TestAll_AreDescribedWithoutMistakes(t *testing.T) {
	types, names := map[string]bool{}, map[string]string{}
	for _, c := range components.All() {
		constructors := 0
		for _, there := range []bool{c.New != nil, c.NewService != nil, c.NewReportingTask != nil} {
			if there {
				constructors++
			}
		}
		if constructors != 1 {
			t.Errorf("%s has %d constructors, want one", c.Type, constructors)
			continue
		}
		if err := describe(c).Check(); err != nil {
			t.Errorf("%s: %v", c.Type, err)
		}
		if types[c.Type] {
			t.Errorf("%s is listed twice", c.Type)
		}
		types[c.Type] = true
		page := kind(c) + "/" + short(c.Type)
		if other := names[page]; other != "" {
			t.Errorf("%s and %s have the same short name: their pages would be one", c.Type, other)
		}
		names[page] = c.Type
	}
}

// goFiles parses the source below a folder of the module, tests left out, by package folder.
func goFiles(t *testing.T, fset *token.FileSet, folder string) map[string][]*ast.File {
	t.Helper()
	packages := map[string][]*ast.File{}
	err := filepath.WalkDir(filepath.Join("..", folder), func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		f, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		packages[filepath.Dir(name)] = append(packages[filepath.Dir(name)], f)
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return packages
}

// declared returns the types of all variables of the type sdk.Component in the source, with where they stand.
func declared(t *testing.T) map[string]string {
	t.Helper()
	types, fset := map[string]string{}, token.NewFileSet()
	for _, folder := range []string{"processors", "services", "reporting"} {
		for _, files := range goFiles(t, fset, folder) {
			for _, f := range files {
				ast.Inspect(f, func(n ast.Node) bool {
					lit, ok := n.(*ast.CompositeLit)
					if ok && isComponent(lit.Type) {
						types[typeOf(lit)] = fset.Position(lit.Pos()).String()
					}
					return true
				})
			}
		}
	}
	return types
}

func isComponent(e ast.Expr) bool {
	s, ok := e.(*ast.SelectorExpr)
	if !ok || s.Sel.Name != "Component" {
		return false
	}
	x, ok := s.X.(*ast.Ident)
	return ok && x.Name == "sdk"
}

// typeOf returns the Type of a component as it is written, or "" if it is not a plain text.
func typeOf(lit *ast.CompositeLit) string {
	for _, e := range lit.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			if key, ok := kv.Key.(*ast.Ident); ok && key.Name == "Type" {
				if v, ok := kv.Value.(*ast.BasicLit); ok {
					text, _ := strconv.Unquote(v.Value)
					return text
				}
			}
		}
	}
	return ""
}

func TestAll_ListsEveryComponentInTheSource(t *testing.T) {
	written := declared(t)
	if len(written) == 0 {
		t.Fatal("no component found in the source: the test looks in the wrong place")
	}
	listed := map[string]bool{}
	for _, c := range components.All() {
		listed[c.Type] = true
		if written[c.Type] == "" {
			t.Errorf("%s is listed, but no sdk.Component in the source has that Type as a plain text", c.Type)
		}
	}
	for _, typ := range slices.Sorted(maps.Keys(written)) {
		if !listed[typ] {
			t.Errorf("%s: component %q is not listed: add it to its package's Components and the package to components.All", written[typ], typ)
		}
	}
}

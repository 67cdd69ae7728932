package components_test

import (
	"errors"
	"go/ast"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"testing"
)

// A relationship that nothing is sent to is a promise to the user that the code does not keep: each field that Rel
// binds must be used somewhere else.
func TestProcessors_UseEachRelationship(t *testing.T) {
	fset := token.NewFileSet()
	found := 0
	for folder, files := range goFiles(t, fset, "processors") {
		selections := check(folder, fset, files)
		bound, used := map[types.Object]token.Pos{}, map[types.Object]bool{}
		inRel := map[*ast.SelectorExpr]bool{}
		for _, f := range files {
			ast.Inspect(f, func(n ast.Node) bool {
				if field := boundBy(n); field != nil {
					inRel[field] = true
					if s := selections[field]; s != nil {
						bound[s.Obj()] = field.Pos()
					} else if isRel(n) {
						t.Errorf("%s: cannot tell which field this relationship is", fset.Position(n.Pos()))
					}
				}
				return true
			})
		}
		for field, s := range selections {
			if !inRel[field] {
				used[s.Obj()] = true
			}
		}
		for field, pos := range bound {
			found++
			if !used[field] {
				t.Errorf("%s: nothing is ever transferred to the relationship %s", fset.Position(pos), field.Name())
			}
		}
	}
	if found == 0 {
		t.Error("no relationship found: the test looks in the wrong place")
	}
}

// check finds out which field each selector means. Imports are left out: only the package's own types matter.
func check(folder string, fset *token.FileSet, files []*ast.File) map[*ast.SelectorExpr]*types.Selection {
	info := types.Info{Selections: map[*ast.SelectorExpr]*types.Selection{}}
	config := types.Config{
		Importer: importer.ForCompiler(fset, "gc", nothing),
		Error:    func(error) {}, // about what is not imported
	}
	_, _ = config.Check(folder, fset, files, &info)
	return info.Selections
}

// boundBy returns the field in s.Rel(&p.field, ...) and s.AutoTerminate(&p.field), or nil.
func boundBy(n ast.Node) *ast.SelectorExpr {
	call, ok := n.(*ast.CallExpr)
	if !ok || len(call.Args) == 0 {
		return nil
	}
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || method.Sel.Name != "Rel" && method.Sel.Name != "AutoTerminate" {
		return nil
	}
	address, ok := call.Args[0].(*ast.UnaryExpr)
	if !ok || address.Op != token.AND {
		return nil
	}
	field, _ := address.X.(*ast.SelectorExpr)
	return field
}

func isRel(n ast.Node) bool {
	return n.(*ast.CallExpr).Fun.(*ast.SelectorExpr).Sel.Name == "Rel"
}

func nothing(string) (io.ReadCloser, error) { return nil, errors.New("not imported") }

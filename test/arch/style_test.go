package arch

import (
	"go/ast"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	maxFile     = 600
	maxFunction = 80
)

// longFiles are the exceptions to maxFile, each with its reason.
var longFiles = map[string]string{}

// longFunction allows one function: //nolint:funlen // reason.
var longFunction = regexp.MustCompile(`//nolint:[a-z,]*\bfunlen\b[a-z,]* // \S+`)

func TestSizes(t *testing.T) {
	used := map[string]bool{}
	for _, f := range sources(t) {
		if f.generated {
			continue
		}
		if f.lines > maxFile && longFiles[f.name] == "" {
			t.Errorf("%s has %d lines, more than %d: split it by noun", f.name, f.lines, maxFile)
		}
		used[f.name] = f.lines > maxFile
		for _, d := range f.ast.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			lines := fset.Position(fn.End()).Line - line(fn) + 1
			if lines > maxFunction && !allowedLong(f, fn) {
				t.Errorf("%s:%d: %s has %d lines, more than %d", f.name, line(fn), fn.Name.Name, lines, maxFunction)
			}
		}
	}
	for name := range longFiles {
		if !used[name] {
			t.Errorf("%s is not longer than %d lines any more: take it off the list", name, maxFile)
		}
	}
}

func allowedLong(f *file, fn *ast.FuncDecl) bool {
	for _, group := range f.ast.Comments {
		for _, c := range group.List {
			if l := line(c); l >= line(fn)-1 && l <= line(fn) && longFunction.MatchString(c.Text) {
				return true
			}
		}
	}
	return false
}

func TestPackages_HaveACommentAndAnExactName(t *testing.T) {
	vague := []string{"util", "utils", "common", "helper", "helpers", "misc", "base", "manager", "shared"}
	for folder, files := range folders(t) {
		documented := slices.ContainsFunc(files, func(f *file) bool {
			return f.ast.Doc != nil && strings.TrimSpace(f.ast.Doc.Text()) != ""
		})
		if !documented {
			t.Errorf("package %s has no comment: say in one sentence what it is for", folder)
		}
		if slices.Contains(vague, path.Base(folder)) {
			t.Errorf("package %s: the name says nothing; name what it holds", folder)
		}
	}
}

func TestNothingRegistersItself(t *testing.T) {
	for _, f := range sources(t) {
		for _, d := range f.ast.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s:%d: no init(): list it where it is used", f.name, line(fn))
			}
		}
	}
}

func TestNothingIsLeftForLater(t *testing.T) {
	later := regexp.MustCompile(`\b(TODO|FIXME|XXX|HACK)\b`)
	for _, f := range sources(t) {
		if f.folder == "test/arch" {
			continue // it speaks of them
		}
		for _, group := range f.ast.Comments {
			for _, c := range group.List {
				if m := later.FindString(c.Text); m != "" {
					t.Errorf("%s:%d: %s: do it, or say what is so", f.name, line(c), m)
				}
			}
		}
	}
}

func TestTests_DoNotSleep(t *testing.T) {
	for _, f := range sources(t) {
		if !f.test {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == "Sleep" {
				if x, ok := s.X.(*ast.Ident); ok && x.Name == "time" && !inBubble(f) {
					t.Errorf("%s:%d: time.Sleep: wait for what is to happen, or use synctest or clock.Fake", f.name, line(s))
				}
			}
			return true
		})
	}
}

// inBubble tells whether a file's tests run in synctest bubbles, where sleeping takes no time.
func inBubble(f *file) bool {
	return slices.ContainsFunc(f.ast.Imports, func(i *ast.ImportSpec) bool { return i.Path.Value == `"testing/synctest"` })
}

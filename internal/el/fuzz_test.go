package el_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/braidflow/braid/internal/el"
)

// FuzzCompileEval wants no panic, errors of the three kinds only, and the same
// result twice.
func FuzzCompileEval(f *testing.F) {
	text, err := os.ReadFile("testdata/el-cases.tsv")
	if err != nil {
		f.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if cols := strings.Split(line, "\t"); len(cols) > 3 && len(cols[2]) > 2 {
			f.Add(cols[2][1:len(cols[2])-1], "2014-12-31 a,b|c {\"a\":[1]}")
		}
	}
	f.Add(strings.Repeat("${a:append(", 200), "x")
	f.Add("${"+strings.Repeat("a", 1<<16)+"}", "x")
	f.Fuzz(func(t *testing.T, text, value string) {
		e, err := el.CompileUnresolved(text)
		if err != nil {
			if _, ok := errors.AsType[*el.SyntaxError](err); !ok {
				t.Fatalf("%q: %T", text, err)
			}
			return
		}
		env := &el.Env{Attributes: el.AttrMap{"v": value, "a": value, "w": "3", "": "empty"}}
		_, err = e.Eval(env)
		var own *el.EvalError
		var java *el.RuntimeError
		if err != nil && !errors.As(err, &own) && !errors.As(err, &java) {
			t.Fatalf("%q: %T", text, err)
		}
	})
}

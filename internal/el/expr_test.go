package el_test

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/braidflow/braid/internal/el"
)

func eval(t *testing.T, text string, env *el.Env) string {
	t.Helper()
	e, err := el.Compile(text)
	if err != nil {
		t.Fatalf("Compile(%q): %v", text, err)
	}
	got, err := e.Eval(env)
	if err != nil {
		t.Fatalf("Eval(%q): %v", text, err)
	}
	return got
}

func TestEval_ZeroEnv(t *testing.T) {
	for _, text := range []string{"${UUID()}", "${now()}", "${random()}", "${nextInt()}", "${hostname()}", "${ip()}", "${hostname(true)}"} {
		if got := eval(t, text, nil); got == "" {
			t.Errorf("%s gave nothing", text)
		}
	}
	if got := eval(t, "[${nobody}${thread()}${getStateValue('x')}]", &el.Env{}); got != "[]" {
		t.Errorf("got %q, want []", got)
	}
}

func TestEval_LooksInOrder(t *testing.T) {
	fixed := func(m map[string]string) func(string) (string, bool) {
		return func(k string) (string, bool) { v, ok := m[k]; return v, ok }
	}
	env := &el.Env{
		Attributes: el.AttrMap{"a": "attribute"},
		Variables:  el.AttrMap{"a": "variable", "b": "variable"},
		LookupEnv:  fixed(map[string]string{"a": "environment", "b": "environment", "c": "environment"}),
		State:      fixed(map[string]string{"k": "state"}),
		Parameter:  fixed(map[string]string{"p q": "parameter"}),
		Now:        func() time.Time { return time.UnixMilli(1420058163264) },
		Location:   time.FixedZone("+05:30", 19800),
		NextInt:    func() int64 { return 7 },
		Random:     func() uint64 { return 1<<63 | 5 },
		NewUUID:    func() string { return "u" },
		Hostname:   func(full bool) (string, error) { return map[bool]string{true: "h.example", false: "h"}[full], nil },
		IP:         func() (string, error) { return "", errors.New("no network") },
		ThreadName: "Timer-Driven",
	}
	text := "${a} ${b} ${c} ${getStateValue('k')} ${#{p q}} ${now():format('HH:mm XXX')} ${nextInt()} ${random()} ${UUID()} ${hostname()} ${hostname(true)} ${thread()}"
	want := "attribute variable environment state parameter 02:06 +05:30 7 5 u h h.example Timer-Driven"
	if got := eval(t, text, env); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	e, _ := el.Compile("${ip()}")
	var bad *el.EvalError
	if _, err := e.Eval(env); !errors.As(err, &bad) || !strings.Contains(err.Error(), "no network") {
		t.Errorf("got %v, want an EvalError that says why", err)
	}
}

func TestCompile_ErrorNamesThePlace(t *testing.T) {
	_, err := el.Compile("prefix ${color:nosuch()}")
	want := "Unexpected token 'nosuch' at line 1, column 8. Query: ${color:nosuch()}"
	var bad *el.SyntaxError
	if !errors.As(err, &bad) || !strings.HasPrefix(err.Error(), want) {
		t.Fatalf("got  %v\nwant %s...", err, want)
	}
	if bad.Line != 1 || bad.Column != 8 || bad.Expected == "" {
		t.Errorf("got line %d, column %d, expected %q", bad.Line, bad.Column, bad.Expected)
	}
	for text, part := range map[string]string{
		"${a:append('x' 'y')}":     "Expected ',' or ')'",
		"${a:substring()}":         "Expected substring() with 1 to 2 arguments",
		"${a:equals('x'):gt(1)}":   "Cannot implicitly convert Data Type BOOLEAN to NUMBER",
		"${allAttributes('a')}":    "refers to many attributes",
		"${a:matches('(')}":        "regular expression",
		"${a:toMicros()}":          "needs an INSTANT",
		"${a\n  :nosuch()}":        "line 2, column 3",
		"${a:plusDuration('1dd')}": "Invalid amount expression",
	} {
		if _, err := el.Compile(text); err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("Compile(%q) gave %v, want %q in it", text, err, part)
		}
	}
}

func TestCompile_RefusesDeepNesting(t *testing.T) {
	const n = 100_000
	for name, text := range map[string]string{
		"subjects":  strings.Repeat("${", n) + "a" + strings.Repeat("}", n),
		"arguments": strings.Repeat("${a:append(", n) + "''" + strings.Repeat(")}", n),
		"regex":     "${a:matches('" + strings.Repeat("(", n) + strings.Repeat(")", n) + "')}",
		"class":     "${a:matches('" + strings.Repeat("[", n) + "')}",
		"path":      "${a:jsonPath('$" + strings.Repeat("[?(@", n) + strings.Repeat(")]", n) + "')}",
	} {
		_, err := el.Compile(text)
		if _, ok := errors.AsType[*el.SyntaxError](err); !ok {
			t.Errorf("%s: got %v, want a SyntaxError", name, err)
		}
	}
	_, err := el.Compile(strings.Repeat("${", n) + "a" + strings.Repeat("}", n))
	if !errors.Is(err, el.ErrTooDeep) || len(err.Error()) > 1000 {
		t.Errorf("got %.200v, want a short ErrTooDeep", err)
	}
	e, err := el.CompileUnresolved("${a:evaluateELString()}")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Eval(&el.Env{Attributes: el.AttrMap{"a": "${a:evaluateELString()}"}}); err == nil {
		t.Error("an expression that evaluates itself must end in an error")
	}
}

func TestExpr_Analysis(t *testing.T) {
	for text, want := range map[string]struct {
		attrs    []string
		uses     bool
		constant bool
	}{
		"plain":                              {nil, false, true},
		"$${escaped}":                        {nil, false, true},
		"${literal(5):plus(1)}":              {nil, false, true},
		"${now()}":                           {nil, false, false},
		"${b} and ${a:append('${c}')}":       {[]string{"a", "b", "c"}, true, false},
		"${${a}}":                            {[]string{"a"}, true, false},
		"${anyAttribute('x','y'):isEmpty()}": {[]string{"x", "y"}, true, false},
		"${allMatchingAttributes('x.*'):count()}": {nil, true, false},
	} {
		e, err := el.Compile(text)
		if err != nil {
			t.Fatal(err)
		}
		_, constant := e.IsConstant()
		if got := e.Attributes(); !reflect.DeepEqual(got, want.attrs) || e.UsesAttributes() != want.uses || constant != want.constant {
			t.Errorf("%s: got %v, %v, %v; want %+v", text, got, e.UsesAttributes(), constant, want)
		}
	}
}

func TestCompile_ParametersAreTextOnceResolved(t *testing.T) {
	if got := eval(t, "a #{p} ##{q} ${literal('x')}", nil); got != "a #{p} ##{q} x" {
		t.Errorf("got %q", got)
	}
	e, err := el.CompileUnresolved("a #{p}!")
	if err != nil {
		t.Fatal(err)
	}
	env := &el.Env{Parameter: func(name string) (string, bool) { return "<" + name + ">", true }}
	if got, _ := e.Eval(env); got != "a <p>!" {
		t.Errorf("got %q", got)
	}
}

func TestEvalBool(t *testing.T) {
	for text, want := range map[string]bool{"${a:equals('x')}": true, "TRUE": true, "${a}": false, "": false, "${nobody}": false} {
		e, err := el.Compile(text)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := e.EvalBool(&el.Env{Attributes: el.AttrMap{"a": "x"}}); got != want || err != nil {
			t.Errorf("%q: got %v, %v", text, got, err)
		}
	}
}

func TestEval_AllocatesNothingForPlainValues(t *testing.T) {
	env := &el.Env{Attributes: el.AttrMap{"a": "x"}}
	for _, text := range []string{"literal", "${a}"} {
		e, err := el.Compile(text)
		if err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(100, func() { _, _ = e.Eval(env) }); n != 0 {
			t.Errorf("%s: %v allocations", text, n)
		}
	}
}

func TestEval_Concurrent(t *testing.T) {
	e, err := el.Compile("${allAttributes('a','b'):join('-')} ${a:replaceAll(${b}, 'z')} ${a:toDate(${f}):format(${f})}")
	if err != nil {
		t.Fatal(err)
	}
	env := &el.Env{Attributes: el.AttrMap{"a": "2014", "b": "4", "f": "yyyy"}}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 200 {
				if got, err := e.Eval(env); err != nil || got != "2014-4 201z 2014" {
					t.Errorf("got %q, %v", got, err)
					return
				}
			}
		})
	}
	group.Wait()
}

func TestEvalLines(t *testing.T) {
	in := `{"expression":"${a}","attributes":{"a":"x","a":"y"}}
{"expression":"${","attributes":null}

{"expression":"${a:}"}
{"expression":"${a:repeat(0)}","attributes":{"a":"x"}}
{"expression":"${a:divide(0)}","attributes":{"a":"1"}}
{"expression":"${getStateValue('s')}","state":{"s":"<v>"}}`
	var out bytes.Buffer
	if err := el.EvalLines(strings.NewReader(in), &out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	for i, part := range []string{`{"result":"y"}`, `{"result":"${"}`, `{"error":"parse"`, `{"error":"eval"`, `{"error":"runtime"`, `{"result":"<v>"}`} {
		if i >= len(lines) || !strings.HasPrefix(lines[i], part) {
			t.Errorf("line %d: got %v, want %s", i, lines, part)
		}
	}
	if err := el.EvalLines(strings.NewReader("{}\nnonsense\n"), &out); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("got %v, want an error for line 2", err)
	}
}

package el

import (
	"fmt"
	"sync/atomic"

	"github.com/braidflow/braid/sdk/javaregex"
)

// function is one entry of the tables below.
type function struct {
	name     string
	subject  kind   // what the subject is converted to
	args     []kind // what each argument is converted to
	min      int    // arguments that must be given; 0 with args means all are optional
	rest     bool   // the last argument may repeat
	result   kind
	volatile bool                            // depends on more than its arguments: not folded
	reduces  bool                            // makes one value of many: join and count
	check    func(n *callNode) error         // prepares what is literal, when compiled
	eval     func(r *run, n *callNode) value // nil: the function only converts its subject
}

func (f *function) max() int {
	if f.rest {
		return 1 << 20
	}
	return len(f.args)
}

func (f *function) argKind(i int) kind { return f.args[min(i, len(f.args)-1)] }

// usage says how many arguments the function takes.
func (f *function) usage() string {
	switch {
	case f.rest:
		return fmt.Sprintf("%s() with at least %d arguments", f.name, f.min)
	case f.min == len(f.args):
		return fmt.Sprintf("%s() with %d arguments", f.name, f.min)
	}
	return fmt.Sprintf("%s() with %d to %d arguments", f.name, f.min, len(f.args))
}

// callNode is a call of one function.
type callNode struct {
	fn     *function
	result kind
	subj   node
	args   []node
	ready  any                         // what check prepared
	last   atomic.Pointer[preparedFor] // what was prepared for a computed argument last
}

// preparedFor keeps the costly form of an argument, such as a compiled pattern.
type preparedFor struct {
	text  string
	ready any
}

func (n *callNode) kind() kind        { return n.result }
func (n *callNode) subject() node     { return n.subj }
func (n *callNode) eval(r *run) value { return n.fn.eval(r, n) }

// on is the subject's text and whether there is one.
func (n *callNode) on(r *run) (string, bool) {
	v := n.subj.eval(r)
	return v.s, !v.isNull()
}

// arg is an argument's value; null if it was not given.
func (n *callNode) arg(r *run, i int) value {
	if i >= len(n.args) {
		return null
	}
	return n.args[i].eval(r)
}

// text is an argument's text and whether it is there.
func (n *callNode) text(r *run, i int) (string, bool) {
	v := n.arg(r, i)
	return v.s, !v.isNull()
}

// needed is an argument without which NiFi fails.
func (n *callNode) needed(r *run, i int) (string, bool) {
	s, ok := n.text(r, i)
	if !ok {
		r.javaError("NullPointerException", fmt.Sprintf("%s(): argument %d has no value", n.fn.name, i+1))
	}
	return s, ok
}

func (n *callNode) neededLong(r *run, i int) (int64, bool) {
	v := n.arg(r, i)
	if v.isNull() {
		r.javaError("NullPointerException", fmt.Sprintf("%s(): argument %d has no value", n.fn.name, i+1))
	}
	return v.n, !v.isNull()
}

// literalArg is an argument that is written as a string in the expression.
func (n *callNode) literalArg(i int) (value, bool) {
	if i >= len(n.args) {
		return null, false
	}
	c, ok := n.args[i].(*constNode)
	if !ok || !c.literal {
		return null, false
	}
	return c.v, true
}

// prepared returns prepare(text), remembering the last one.
func (n *callNode) prepared(text string, prepare func(string) (any, error)) (any, error) {
	if p := n.last.Load(); p != nil && p.text == text {
		return p.ready, nil
	}
	ready, err := prepare(text)
	if err == nil {
		n.last.Store(&preparedFor{text, ready})
	}
	return ready, err
}

// pattern compiles a regular expression argument, once for each text.
func (n *callNode) pattern(r *run, text string) *javaregex.Regexp {
	if re, ok := n.ready.(*javaregex.Regexp); ok {
		return re
	}
	re, err := n.prepared(text, func(s string) (any, error) { return javaregex.Compile(s, 0) })
	if err != nil {
		r.fail(regexError(err))
		return nil
	}
	return re.(*javaregex.Regexp)
}

var (
	oneString = []kind{kindString}
	twoString = []kind{kindString, kindString}
	oneNumber = []kind{kindNumber}
	oneWhole  = []kind{kindWhole}
)

// functions are those with a subject, by name.
var functions = byName(stringFunctions, listFunctions, boolFunctions, numberFunctions, dateFunctions, codeFunctions, jsonFunctions)

// subjectless are those that start a chain, by name.
var subjectless = byName(startFunctions)

// keywords are all names that the lexer takes for functions or constants.
var keywords = collectKeywords()

func byName(groups ...[]*function) map[string]*function {
	all := make(map[string]*function)
	for _, group := range groups {
		for _, f := range group {
			all[f.name] = f
		}
	}
	return all
}

func collectKeywords() map[string]bool {
	all := map[string]bool{"true": true, "false": true, "null": true}
	for name := range functions {
		all[name] = true
	}
	for name := range subjectless {
		all[name] = true
	}
	for name := range multiNames {
		all[name] = true
	}
	return all
}

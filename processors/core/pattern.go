package core

import (
	"iter"
	"slices"
	"sync/atomic"

	"github.com/braidflow/braid/sdk"
)

// lastPattern keeps the expression that was compiled last: one that comes from Expression Language is nearly always
// the same for all FlowFiles. It may be used concurrently.
type lastPattern struct{ v atomic.Pointer[compiled] }

type compiled struct {
	expr    string
	matches func(string) bool
}

func (l *lastPattern) compile(expr string) (func(string) bool, error) {
	if c := l.v.Load(); c != nil && c.expr == expr {
		return c.matches, nil
	}
	matches, err := wholeMatch(expr)
	if err != nil {
		return nil, err
	}
	l.v.Store(&compiled{expr, matches})
	return matches, nil
}

func pairs(attrs []sdk.Attr) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for _, a := range attrs {
			if !yield(a.Name, a.Value) {
				return
			}
		}
	}
}

func without(attrs []sdk.Attr, names map[string]bool) []sdk.Attr {
	return slices.DeleteFunc(attrs, func(a sdk.Attr) bool { return names[a.Name] })
}

package sdk

import (
	"fmt"
	"iter"
	"strconv"
	"time"
)

// Expression is compiled Expression Language. The engine supplies it.
type Expression interface {
	// Eval evaluates it over attributes, which may be nil for the environment alone.
	Eval(attrs Attributes) (string, error)
	// Constant returns the value of an expression that is the same for all.
	Constant() (string, bool)
}

// Text is the value of a property that may hold Expression Language. The zero Text is unset and evaluates to "".
type Text struct {
	raw  string
	expr Expression
	set  bool
}

// MakeText makes a Text from an expression, for engines; components get theirs by [Spec.Text].
func MakeText(raw string, expr Expression) Text { return Text{raw, expr, true} }

// Literal makes a Text with a fixed value.
func Literal(v string) Text { return Text{raw: v, set: true} }

// IsSet tells whether the property has a value.
func (t Text) IsSet() bool { return t.set }

// Raw returns the text as the user wrote it.
func (t Text) Raw() string { return t.raw }

// For evaluates the text with the attributes of a FlowFile; the zero FlowFile has none. An error means that the value
// makes no sense for this FlowFile: route it to failure.
func (t Text) For(ff FlowFile) (string, error) {
	if t.expr == nil {
		return t.raw, nil
	}
	if ff.v == nil {
		return t.expr.Eval(nil)
	}
	return t.expr.Eval(ff.v)
}

// ForAttrs evaluates the text over plain attributes.
func (t Text) ForAttrs(attrs map[string]string) (string, error) {
	if t.expr == nil {
		return t.raw, nil
	}
	return t.expr.Eval(AttrMap(attrs))
}

// Values is what an expression may look at beside the attributes of a FlowFile. Engines look for it in
// [Expression] Eval. All of it may be nil.
type Values struct {
	Attributes                     // set by [Text.With]
	Variables  Attributes          // asked if the FlowFile has no such attribute
	State      map[string]string   // of the component, for getStateValue()
	Decorate   func(string) string // applied to what each expression gives, but not to the text between expressions
}

// With evaluates the text with the attributes of a FlowFile and other values.
func (t Text) With(ff FlowFile, v Values) (string, error) {
	if t.expr == nil {
		return t.raw, nil
	}
	v.Attributes = nil
	if ff.v != nil {
		v.Attributes = ff.v
	}
	return t.expr.Eval(v)
}

// AttrMap is a map as [Attributes].
type AttrMap map[string]string

// Attr implements [Attributes].
func (m AttrMap) Attr(name string) (string, bool) {
	v, ok := m[name]
	return v, ok
}

// All implements [Attributes].
func (m AttrMap) All() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for k, v := range m {
			if !yield(k, v) {
				return
			}
		}
	}
}

// Int evaluates the text to a whole number.
func (t Text) Int(ff FlowFile) (int64, error) { return parsed(t, ff, parseInt) }

// Bool evaluates the text to true or false.
func (t Text) Bool(ff FlowFile) (bool, error) { return parsed(t, ff, parseBool) }

// Duration evaluates the text to a time span such as "5 sec".
func (t Text) Duration(ff FlowFile) (time.Duration, error) { return parsed(t, ff, ParseDuration) }

// Bytes evaluates the text to a data size such as "10 MB".
func (t Text) Bytes(ff FlowFile) (int64, error) { return parsed(t, ff, ParseSize) }

func parsed[T any](t Text, ff FlowFile, parse func(string) (T, error)) (v T, err error) {
	s, err := t.For(ff)
	if err != nil {
		return v, err
	}
	if v, err = parse(s); err != nil {
		return v, fmt.Errorf("%s: %w", t.raw, err)
	}
	return v, nil
}

func parseInt(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is not a whole number", s)
	}
	return n, nil
}

func parseBool(s string) (bool, error) {
	switch s {
	case "true", "TRUE", "True":
		return true, nil
	case "false", "FALSE", "False":
		return false, nil
	}
	return false, fmt.Errorf("%q is neither true nor false", s)
}

package el

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/braidflow/braid/sdk/javanum"
)

// kind is the type of a result, as NiFi's ResultType.
type kind uint8

const (
	kindAny kind = iota // in the table of functions only: left as it is
	kindString
	kindBool
	kindWhole
	kindDecimal
	kindNumber // a whole number or a decimal: only the value says which
	kindDate   // milliseconds
	kindInstant
)

func (k kind) String() string {
	return [...]string{"ANY", "STRING", "BOOLEAN", "WHOLE_NUMBER", "DECIMAL", "NUMBER", "DATE", "INSTANT"}[k]
}

// value is one result. The zero value is null.
type value struct {
	kind kind    // never kindAny or kindNumber unless null
	nano int32   // instant: nanoseconds of the second
	n    int64   // whole number; boolean 0 or 1; date in ms; instant in s
	f    float64 // decimal
	s    string  // string
}

var null value

func (v value) isNull() bool { return v.kind == kindAny }
func (v value) isTrue() bool { return v.kind == kindBool && v.n != 0 }

func str(s string) value      { return value{kind: kindString, s: s} }
func whole(n int64) value     { return value{kind: kindWhole, n: n} }
func decimal(f float64) value { return value{kind: kindDecimal, f: f} }
func date(ms int64) value     { return value{kind: kindDate, n: ms} }
func instant(t time.Time) value {
	return value{kind: kindInstant, n: t.Unix(), nano: int32(t.Nanosecond())}
}

func boolean(b bool) value {
	if b {
		return value{kind: kindBool, n: 1}
	}
	return value{kind: kindBool}
}

// time is the moment of a date or an instant.
func (v value) time() time.Time {
	if v.kind == kindDate {
		return time.UnixMilli(v.n)
	}
	return time.Unix(v.n, int64(v.nano))
}

// double is the number as a decimal, whatever it is.
func (v value) double() float64 {
	if v.kind == kindDecimal {
		return v.f
	}
	return float64(v.n)
}

// long is the number cut to a whole one, as Java's Number.longValue.
func (v value) long() int64 {
	if v.kind == kindDecimal {
		return javanum.ToLong(v.f)
	}
	return v.n
}

// node is one typed part of a compiled expression.
type node interface {
	kind() kind
	eval(r *run) value
	subject() node // what a chain of functions started from leads to; nil at its end
}

// run is one evaluation. The first error stays; nodes go on with null after it,
// so that only the root has to look.
type run struct {
	env     *Env
	err     error
	compile func(string) (*Expr, error) // for evaluateELString; a field, as the table of functions may not refer to Compile
	depth   int
	state   map[node]any // counts and positions of reducing and iterating nodes
}

func (r *run) fail(err error) value {
	if r.err == nil {
		r.err = err
	}
	return null
}

func (r *run) evalError(message string) value { return r.fail(&EvalError{message}) }

func (r *run) javaError(class, message string) value {
	return r.fail(&RuntimeError{class, message})
}

func (r *run) setState(n node, v any) {
	if r.state == nil {
		r.state = make(map[node]any)
	}
	r.state[n] = v
}

// constNode is a value known when compiled. literal marks what is written as a
// string (or null) in the text, which NiFi treats apart from computed constants.
type constNode struct {
	k       kind
	v       value
	literal bool
}

func (n *constNode) kind() kind      { return n.k }
func (n *constNode) eval(*run) value { return n.v }
func (n *constNode) subject() node   { return nil }

// attrNode looks up an attribute whose name is known.
type attrNode struct{ name string }

func (n *attrNode) kind() kind    { return kindString }
func (n *attrNode) subject() node { return nil }
func (n *attrNode) eval(r *run) value {
	if s, ok := r.env.lookup(n.name); ok {
		return str(s)
	}
	if trim(n.name) == "" { // what NiFi's look-up of environment variables throws
		return r.javaError("IllegalArgumentException", "the name of an attribute must not be empty")
	}
	return null
}

// indirectNode looks up an attribute whose name is computed.
type indirectNode struct{ name node }

func (n *indirectNode) kind() kind    { return kindString }
func (n *indirectNode) subject() node { return nil }
func (n *indirectNode) eval(r *run) value {
	name := n.name.eval(r)
	if name.isNull() {
		return null
	}
	return (&attrNode{name.s}).eval(r)
}

// paramNode is #{name}.
type paramNode struct{ name string }

func (n *paramNode) kind() kind    { return kindString }
func (n *paramNode) subject() node { return nil }
func (n *paramNode) eval(r *run) value {
	if r.env.Parameter == nil || r.depth > 0 {
		return null // evaluateELString must not reach parameters
	}
	if s, ok := r.env.Parameter(n.name); ok {
		return str(s)
	}
	return null
}

// concatNode is a string literal with expressions inside.
type concatNode struct{ parts []node }

func (n *concatNode) kind() kind    { return kindString }
func (n *concatNode) subject() node { return n.parts[0] }
func (n *concatNode) eval(r *run) value {
	var b strings.Builder
	for _, p := range n.parts {
		if v := p.eval(r); !v.isNull() {
			b.WriteString(v.s)
		}
	}
	return str(b.String())
}

// castNode converts what it wraps to another kind.
type castNode struct {
	to   kind
	from node
}

func (n *castNode) kind() kind    { return n.to }
func (n *castNode) subject() node { return n.from }
func (n *castNode) eval(r *run) value {
	v := n.from.eval(r)
	if v.isNull() {
		return null
	}
	switch n.to {
	case kindString:
		return str(r.text(v))
	case kindBool:
		return boolean(strings.EqualFold(trim(v.s), "true"))
	case kindWhole, kindDecimal, kindNumber:
		return r.number(v, n.to)
	case kindDate:
		return r.toDate(v)
	default:
		return r.toInstant(v)
	}
}

// text is the value as Java's toString prints it.
func (r *run) text(v value) string {
	switch v.kind {
	case kindString:
		return v.s
	case kindBool:
		return strconv.FormatBool(v.n != 0)
	case kindWhole:
		return strconv.FormatInt(v.n, 10)
	case kindDecimal:
		return javanum.FormatDouble(v.f)
	case kindDate:
		return dateText(v.time().In(r.env.location()))
	case kindInstant:
		return instantText(v.time())
	}
	return ""
}

// trim is Java's String.trim: everything up to the space goes.
func trim(s string) string {
	return strings.TrimFunc(s, func(c rune) bool { return c <= ' ' })
}

// number converts to a whole number, a decimal, or whichever of them v is.
func (r *run) number(v value, to kind) value {
	switch v.kind {
	case kindString:
		v = r.parseNumber(trim(v.s))
	case kindDate:
		v = whole(v.n)
	case kindInstant:
		v = whole(v.time().UnixMilli())
	}
	switch {
	case v.isNull():
		return null
	case to == kindWhole:
		return whole(v.long())
	case to == kindDecimal:
		return decimal(v.double())
	}
	return v
}

var (
	wholePattern   = regexp.MustCompile(`^[-+]?([0-9]+|0[xX][0-9a-fA-F]+)$`)
	decimalPattern = regexp.MustCompile(`^[-+]?(Infinity|NaN|[0-9]+\.[0-9]+([eE][-+]?[0-9]+)?|\.[0-9]+([eE][-+]?[0-9]+)?` +
		`|0[xX][0-9a-fA-F]+\.?[pP][-+]?[0-9]+|0[xX][0-9a-fA-F]+\.[0-9a-fA-F]+[pP][-+]?[0-9]+|0[xX]\.[0-9a-fA-F]+([pP][-+]?[0-9]+)?)$`)
)

// parseNumber reads text as NiFi's NumberParsing does: text that has not the
// form of a number is null (1e3 too: an exponent asks for a fraction), a number
// out of range is an error.
func (r *run) parseNumber(text string) value {
	if isShortWhole(text) {
		n, _ := strconv.ParseInt(text, 10, 64)
		return whole(n)
	}
	switch {
	case wholePattern.MatchString(text):
		n, err := javanum.ParseLong(text, 10)
		if err != nil {
			n, err = javanum.DecodeLong(text)
		}
		if err != nil {
			return r.javaError("NumberFormatException", "number out of range: "+text)
		}
		return whole(n)
	case decimalPattern.MatchString(text):
		f, err := javanum.ParseDouble(text)
		if err != nil {
			return r.javaError("NumberFormatException", "not a decimal: "+text)
		}
		return decimal(f)
	}
	return null
}

// isShortWhole is the quick way for plain digits that cannot overflow.
func isShortWhole(text string) bool {
	return len(text) > 0 && len(text) <= 18 && digits(text) == len(text)
}

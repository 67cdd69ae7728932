package recordpath

import (
	"cmp"
	"math"
	"strings"
	"unicode"

	"github.com/braidflow/braid/sdk/javaregex"
	"github.com/braidflow/braid/sdk/record"
)

// filter decides what a predicate lets through.
type filter interface {
	// any reports whether one of the fields that the filter looks at passes it,
	// or, with invert, does not.
	any(c *evaluation, invert bool) bool
	// each yields, for each of these fields, whether it passes.
	each(c *evaluation, yield func(bool) bool)
}

// filterSegment is a filter used as a function: it yields BOOLEANs.
type filterSegment struct{ filter filter }

func (s filterSegment) eval(c *evaluation, yield func(*Selected) bool) {
	s.filter.each(c, func(b bool) bool { return yield(c.made(record.BoolValue(b), record.Boolean, "<function>")) })
}

// predicate lets the fields through for which the filter, looking from there,
// finds something.
type predicate struct {
	parent segment
	filter filter
}

func (p predicate) eval(c *evaluation, yield func(*Selected) bool) {
	p.parent.eval(c, func(f *Selected) bool {
		outer := c.context
		c.context = f
		passes := p.filter.any(c, false)
		c.context = outer
		return c.err == nil && (!passes || yield(f))
	})
}

type negation struct{ filter filter }

func (n negation) any(c *evaluation, invert bool) bool { return n.filter.any(c, !invert) }

func (n negation) each(c *evaluation, yield func(bool) bool) {
	n.filter.each(c, func(b bool) bool { return yield(!b) })
}

// fieldTest is a filter function: a test of each field that its first argument selects.
type fieldTest struct {
	fields segment
	test   func(c *evaluation, v record.Value) bool
}

func (t *fieldTest) any(c *evaluation, invert bool) (found bool) {
	t.each(c, func(b bool) bool { found = b != invert; return !found })
	return found
}

func (t *fieldTest) each(c *evaluation, yield func(bool) bool) {
	t.fields.eval(c, func(f *Selected) bool {
		b := t.test(c, f.Value)
		return c.err == nil && yield(b)
	})
}

// comparison tests each field that left selects against the first value of
// right that is not null; if there is none, nothing passes.
type comparison struct {
	left, right segment
	test        func(a, b record.Value) bool
	operator    string
}

func (o *comparison) any(c *evaluation, invert bool) (found bool) {
	o.each(c, func(b bool) bool { found = b != invert; return !found })
	return found
}

func (o *comparison) each(c *evaluation, yield func(bool) bool) {
	var right record.Value
	o.right.eval(c, func(f *Selected) bool { right = f.Value; return right.IsNull() })
	if right.IsNull() || c.err != nil {
		return
	}
	o.left.eval(c, func(f *Selected) bool { return yield(o.test(f.Value, right)) })
}

var comparisons = map[string]func(a, b record.Value) bool{
	"=":  equal,
	"!=": notEqual,
	"<":  func(a, b record.Value) bool { n, ok := compare(a, b); return ok && n < 0 },
	"<=": func(a, b record.Value) bool { n, ok := compare(a, b); return ok && n <= 0 },
	">":  func(a, b record.Value) bool { n, ok := compare(a, b); return ok && n > 0 },
	">=": func(a, b record.Value) bool { n, ok := compare(a, b); return ok && n >= 0 },
}

// equal compares numbers by value and a number with anything else as text.
func equal(a, b record.Value) bool {
	switch {
	case a.IsNull():
		return b.IsNull()
	case a.Kind().IsNumber() && b.Kind().IsNumber():
		return sameNumber(a, b)
	case a.Kind().IsNumber() || b.Kind().IsNumber():
		return textOf(a) == textOf(b)
	}
	return sameOther(a, b)
}

// notEqual is not the opposite of equal: null, and a number beside something
// else, are neither.
func notEqual(a, b record.Value) bool {
	switch {
	case a.IsNull():
		return false
	case a.Kind().IsNumber() && b.Kind().IsNumber():
		return !sameNumber(a, b)
	case a.Kind().IsNumber() || b.Kind().IsNumber():
		return false
	}
	return !sameOther(a, b)
}

func sameNumber(a, b record.Value) bool {
	if a.Kind().IsInteger() && b.Kind().IsInteger() {
		return a.Int() == b.Int()
	}
	return toDouble(a) == toDouble(b)
}

func sameOther(a, b record.Value) bool {
	if isText(a) && isText(b) {
		return a.Text() == b.Text()
	}
	return record.Equal(a, b)
}

func isText(v record.Value) bool { return v.Kind() == record.KindString || v.Kind() == record.KindEnum }

// compare is false unless both are numbers or look like numbers. NiFi compares
// as LONGs, dropping fractions, unless one of them is text with a fraction.
func compare(a, b record.Value) (int, bool) {
	if a.IsNull() || !isNumeric(a) || !isNumeric(b) {
		return 0, false
	}
	if isLong(a) && isLong(b) {
		return cmp.Compare(toLong(a), toLong(b)), true
	}
	x, y := toDouble(a), toDouble(b)
	switch {
	case math.IsNaN(x) || math.IsNaN(y): // Double.compare: NaN is the largest
		return cmp.Compare(nanRank(x), nanRank(y)), true
	}
	return cmp.Compare(x, y), true
}

func nanRank(f float64) int {
	if math.IsNaN(f) {
		return 1
	}
	return 0
}

func isLong(v record.Value) bool { return record.Compatible(v, record.Long, false, nil) }
func isNumeric(v record.Value) bool {
	return isLong(v) || record.Compatible(v, record.Double, false, nil)
}

// toLong converts as Number.longValue: fractions are dropped, what is too large is cut.
func toLong(v record.Value) int64 {
	if v.Kind() == record.KindFloat || v.Kind() == record.KindDouble {
		switch f := v.Float(); {
		case math.IsNaN(f):
			return 0
		case f >= math.MaxInt64:
			return math.MaxInt64
		case f <= math.MinInt64:
			return math.MinInt64
		default:
			return int64(f)
		}
	}
	if n, err := record.Convert(v, record.Long, nil); err == nil {
		return n.Int()
	}
	n, _ := record.Convert(v, record.BigInt, nil) // the lowest 64 bits
	if n.BigInt() == nil {
		return 0
	}
	low := int64(n.BigInt().Uint64())
	if n.BigInt().Sign() < 0 {
		low = -low
	}
	return low
}

func toDouble(v record.Value) float64 {
	d, _ := record.Convert(v, record.Double, nil)
	if d.IsNull() { // a date
		return float64(v.Int())
	}
	return d.Float()
}

type filterSpec struct {
	args int
	make func(args []segment) (func(*evaluation, record.Value) bool, error)
}

var filters = map[string]filterSpec{
	"contains":      {2, textTest(strings.Contains)},
	"startsWith":    {2, textTest(strings.HasPrefix)},
	"endsWith":      {2, textTest(strings.HasSuffix)},
	"matchesRegex":  {2, regexTest((*javaregex.Regexp).Match)},
	"containsRegex": {2, regexTest((*javaregex.Regexp).Find)},
	"isEmpty":       {1, nullTest(func(s string) bool { return s == "" })},
	"isBlank":       {1, nullTest(func(s string) bool { return strings.TrimFunc(s, isJavaSpace) == "" })},
}

// isJavaSpace is Character.isWhitespace, which no-break spaces are not.
func isJavaSpace(r rune) bool {
	switch r {
	case '\u00A0', '\u2007', '\u202F', '\u0085':
		return false
	case '\u001C', '\u001D', '\u001E', '\u001F':
		return true
	}
	return unicode.IsSpace(r)
}

func nullTest(test func(string) bool) func([]segment) (func(*evaluation, record.Value) bool, error) {
	return func([]segment) (func(*evaluation, record.Value) bool, error) {
		return func(_ *evaluation, v record.Value) bool { return v.IsNull() || test(textOf(v)) }, nil
	}
}

func textTest(test func(text, other string) bool) func([]segment) (func(*evaluation, record.Value) bool, error) {
	return func(args []segment) (func(*evaluation, record.Value) bool, error) {
		return func(c *evaluation, v record.Value) bool {
			if v.IsNull() {
				return false
			}
			other, ok := c.text(args[1])
			return ok && test(textOf(v), other)
		}, nil
	}
}

func regexTest(test func(*javaregex.Regexp, string) (bool, error)) func([]segment) (func(*evaluation, record.Value) bool, error) {
	return func(args []segment) (func(*evaluation, record.Value) bool, error) {
		regex, err := newRegex(args[1])
		return func(c *evaluation, v record.Value) bool {
			re, ok := regex.get(c)
			if !ok || v.IsNull() {
				return false
			}
			b, err := test(re, textOf(v))
			if err != nil {
				c.fail(err)
			}
			return b
		}, err
	}
}

// regex is a regular expression, compiled at once if it is a literal.
type regex struct {
	from  segment
	fixed *javaregex.Regexp
}

func newRegex(from segment) (*regex, error) {
	r := &regex{from: from}
	l, ok := from.(literal)
	if !ok {
		return r, nil
	}
	var err error
	r.fixed, err = javaregex.Compile(textOf(l.value), 0)
	return r, err
}

func (r *regex) get(c *evaluation) (*javaregex.Regexp, bool) {
	if r.fixed != nil {
		return r.fixed, true
	}
	pattern, ok := c.text(r.from)
	if !ok {
		return nil, false
	}
	re, err := javaregex.Compile(pattern, 0)
	if err != nil {
		c.fail(err)
	}
	return re, err == nil
}

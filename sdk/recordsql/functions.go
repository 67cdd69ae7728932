package recordsql

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/braidflow/braid/sdk/record"
)

// function is a function whose result is null if one of its arguments is.
type function struct {
	min, max int
	typ      func(args []expr) *record.Type
	f        func(args []record.Value) (record.Value, error)
}

func returns(t *record.Type) func([]expr) *record.Type { return func([]expr) *record.Type { return t } }

// sameNumber is the type of a function that gives the kind of number that it gets.
func sameNumber(args []expr) *record.Type { return numericType(args[0].typ) }

func textFunction(lo, hi int, f func(args []record.Value) (string, error)) function {
	return function{lo, hi, returns(record.String), func(args []record.Value) (record.Value, error) {
		s, err := f(args)
		return record.StringValue(s), err
	}}
}

func mathFunction(f func(float64) float64) function {
	return function{1, 1, returns(record.Double), func(args []record.Value) (record.Value, error) {
		v, err := numeric(args[0])
		return record.DoubleValue(f(float(v))), err
	}}
}

var functions = map[string]function{
	"UPPER":   textFunction(1, 1, func(a []record.Value) (string, error) { return strings.ToUpper(text(a[0])), nil }),
	"LOWER":   textFunction(1, 1, func(a []record.Value) (string, error) { return strings.ToLower(text(a[0])), nil }),
	"INITCAP": textFunction(1, 1, func(a []record.Value) (string, error) { return initCap(text(a[0])), nil }),
	"REPLACE": textFunction(3, 3, func(a []record.Value) (string, error) {
		return strings.ReplaceAll(text(a[0]), text(a[1]), text(a[2])), nil
	}),
	"SUBSTRING": textFunction(2, 3, substring),
	"SUBSTR":    textFunction(2, 3, substring),
	"OVERLAY":   textFunction(3, 4, overlay),
	"LEFT":      textFunction(2, 2, func(a []record.Value) (string, error) { return cut(text(a[0]), 0, a[1].Int()), nil }),
	"RIGHT": textFunction(2, 2, func(a []record.Value) (string, error) {
		n := int64(utf8.RuneCountInString(text(a[0])))
		return cut(text(a[0]), max(n-a[1].Int(), 0), n), nil
	}),
	"REVERSE": textFunction(1, 1, func(a []record.Value) (string, error) {
		runes := []rune(text(a[0]))
		for i, j := 0, len(runes)-1; i < j; i, j = i+1, j-1 {
			runes[i], runes[j] = runes[j], runes[i]
		}
		return string(runes), nil
	}),
	"TRIM BOTH":     textFunction(1, 2, func(a []record.Value) (string, error) { return strings.Trim(text(a[0]), what(a)), nil }),
	"TRIM LEADING":  textFunction(1, 2, func(a []record.Value) (string, error) { return strings.TrimLeft(text(a[0]), what(a)), nil }),
	"TRIM TRAILING": textFunction(1, 2, func(a []record.Value) (string, error) { return strings.TrimRight(text(a[0]), what(a)), nil }),
	"LTRIM":         textFunction(1, 1, func(a []record.Value) (string, error) { return strings.TrimLeft(text(a[0]), " "), nil }),
	"RTRIM":         textFunction(1, 1, func(a []record.Value) (string, error) { return strings.TrimRight(text(a[0]), " "), nil }),
	"CHAR_LENGTH":   {1, 1, returns(record.Int), length}, "CHARACTER_LENGTH": {1, 1, returns(record.Int), length}, "LENGTH": {1, 1, returns(record.Int), length},
	"POSITION": {2, 2, returns(record.Int), func(a []record.Value) (record.Value, error) {
		before, _, found := strings.Cut(text(a[1]), text(a[0]))
		if !found {
			return record.IntValue(0), nil
		}
		return record.IntValue(int32(utf8.RuneCountInString(before) + 1)), nil //nolint:gosec // no text is that long
	}},
	"ABS":   {1, 1, sameNumber, unaryNumber(math.Abs)},
	"FLOOR": {1, 1, sameNumber, unaryNumber(math.Floor)},
	"CEIL":  {1, 1, sameNumber, unaryNumber(math.Ceil)}, "CEILING": {1, 1, sameNumber, unaryNumber(math.Ceil)},
	"ROUND":    {1, 2, sameNumber, func(a []record.Value) (record.Value, error) { return digits(a, math.Round) }},
	"TRUNCATE": {1, 2, sameNumber, func(a []record.Value) (record.Value, error) { return digits(a, math.Trunc) }},
	"SIGN": {1, 1, sameNumber, unaryNumber(func(f float64) float64 {
		switch {
		case f > 0:
			return 1
		case f < 0:
			return -1
		}
		return f
	})},
	"SQRT": mathFunction(math.Sqrt), "EXP": mathFunction(math.Exp), "LN": mathFunction(math.Log), "LOG10": mathFunction(math.Log10),
	"CBRT": mathFunction(math.Cbrt), "SIN": mathFunction(math.Sin), "COS": mathFunction(math.Cos), "TAN": mathFunction(math.Tan),
	"COT": mathFunction(func(f float64) float64 { return 1 / math.Tan(f) }), "ASIN": mathFunction(math.Asin), "ACOS": mathFunction(math.Acos),
	"ATAN": mathFunction(math.Atan), "DEGREES": mathFunction(func(f float64) float64 { return f * 180 / math.Pi }),
	"RADIANS": mathFunction(func(f float64) float64 { return f * math.Pi / 180 }),
	"POWER":   {2, 2, returns(record.Double), twoNumbers(math.Pow)}, "ATAN2": {2, 2, returns(record.Double), twoNumbers(math.Atan2)},
	"PI": {0, 0, returns(record.Double), func([]record.Value) (record.Value, error) { return record.DoubleValue(math.Pi), nil }},
	"RAND": {0, 1, returns(record.Double), func([]record.Value) (record.Value, error) {
		return record.DoubleValue(rand.Float64()), nil //nolint:gosec // no secret
	}},
	"CARDINALITY": {1, 1, returns(record.Int), func(a []record.Value) (record.Value, error) {
		if k := a[0].Kind(); k != record.KindArray && k != record.KindMap && k != record.KindBytes {
			return record.Null, fmt.Errorf("CARDINALITY needs an array or a map, not %s", k)
		}
		return record.IntValue(int32(a[0].Len())), nil //nolint:gosec // no array is that long
	}},
}

func length(a []record.Value) (record.Value, error) {
	return record.IntValue(int32(utf8.RuneCountInString(text(a[0])))), nil //nolint:gosec // no text is that long
}

func what(a []record.Value) string {
	if len(a) > 1 {
		return text(a[1])
	}
	return " "
}

func initCap(s string) string {
	start := true
	return strings.Map(func(r rune) rune {
		was := start
		if start = !unicode.IsLetter(r) && !unicode.IsDigit(r); was {
			return unicode.ToUpper(r)
		}
		return unicode.ToLower(r)
	}, s)
}

// substring counts characters from 1; those before the text count, too.
func substring(a []record.Value) (string, error) {
	from := a[1].Int() - 1
	to := int64(math.MaxInt32)
	if len(a) > 2 {
		if a[2].Int() < 0 {
			return "", fmt.Errorf("the length of SUBSTRING is negative: %d", a[2].Int())
		}
		to = from + a[2].Int()
	}
	return cut(text(a[0]), max(from, 0), to), nil
}

// cut returns the characters from one place, from 0, up to another.
func cut(s string, from, to int64) string {
	at, start, end := int64(0), len(s), len(s)
	for i := range s {
		if at == from {
			start = i
		}
		if at == to {
			end = i
			break
		}
		at++
	}
	if to <= from || start >= end {
		return ""
	}
	return s[start:end]
}

func overlay(a []record.Value) (string, error) {
	s, by, from := text(a[0]), text(a[1]), a[2].Int()-1
	n := int64(utf8.RuneCountInString(by))
	if len(a) > 3 {
		n = a[3].Int()
	}
	return cut(s, 0, from) + by + cut(s, max(from+n, 0), math.MaxInt32), nil
}

func unaryNumber(f func(float64) float64) func([]record.Value) (record.Value, error) {
	return func(a []record.Value) (record.Value, error) {
		v, err := numeric(a[0])
		switch k := v.Kind(); {
		case err != nil:
			return v, err
		case k == record.KindFloat:
			return record.FloatValue(float32(f(v.Float()))), nil
		case k == record.KindDouble:
			return record.DoubleValue(f(v.Float())), nil
		case exact(k) && k != record.KindBigInt:
			d := decimal(v)
			if d.Cmp(rescale(d, 0)) == 0 || math.Abs(d.Float()) < 1<<52 {
				r, err := record.ParseDecimal(string(record.AppendPlainFloat(nil, f(d.Float()), 64)))
				return record.DecimalValue(rescale(r, min(r.Scale(), d.Scale()))), err
			}
			return v, nil
		case k.IsInteger():
			return record.WholeValue(k, int64(f(float64(v.Int())))), nil
		}
		return v, nil
	}
}

// digits rounds to a number of digits after the point.
func digits(a []record.Value, f func(float64) float64) (record.Value, error) {
	n := int64(0)
	if len(a) > 1 {
		n = a[1].Int()
	}
	v, err := numeric(a[0])
	if err != nil {
		return v, err
	}
	scaled := func(x float64) float64 {
		p := math.Pow10(int(max(min(n, 300), -300)))
		if r := f(x*p) / p; !math.IsInf(r, 0) && !math.IsNaN(r) {
			return r
		}
		return x
	}
	switch k := v.Kind(); {
	case k == record.KindDecimal:
		d := v.Decimal()
		if int64(d.Scale()) <= n {
			return v, nil
		}
		to := int32(max(n, -100))
		if f(-0.6) == 0 { // cut, not rounded
			q := new(big.Int).Quo(d.Unscaled(), pow10(int64(d.Scale()-to)))
			return record.DecimalValue(record.NewDecimal(q, to)), nil
		}
		return record.DecimalValue(rescale(d, to)), nil
	case k.IsInteger() && n >= 0:
		return v, nil
	}
	return unaryNumber(scaled)([]record.Value{v})
}

func twoNumbers(f func(x, y float64) float64) func([]record.Value) (record.Value, error) {
	return func(a []record.Value) (record.Value, error) {
		x, err := numeric(a[0])
		if err != nil {
			return x, err
		}
		y, err := numeric(a[1])
		return record.DoubleValue(f(float(x), float(y))), err
	}
}

// call compiles a function that is no aggregate.
func (s *scope) call(n *node, args []expr) (expr, error) {
	if e, ok, err := s.special(n, args); ok || err != nil {
		return e, err
	}
	if strings.HasPrefix(n.text, "RPATH") {
		return s.recordPath(n, args)
	}
	f, known := functions[n.text]
	if !known {
		if f, known = timeFunction(n.text); !known {
			return expr{}, s.errorf(n, "there is no function %s", n.text)
		}
	}
	if len(args) < f.min || len(args) > f.max {
		return expr{}, s.errorf(n, "%s takes %d to %d arguments, not %d", n.text, f.min, f.max, len(args))
	}
	e := expr{typ: f.typ(args), eval: func(r row) (record.Value, error) {
		values := make([]record.Value, len(args))
		for i, a := range args {
			v, err := a.eval(r)
			if err != nil || v.IsNull() {
				return record.Null, err
			}
			values[i] = v
		}
		return f.f(values)
	}}
	return e, nil
}

// special compiles functions that look at nulls or at the clock.
func (s *scope) special(n *node, args []expr) (expr, bool, error) {
	var t *record.Type
	for _, a := range args {
		t = common(t, a.typ)
	}
	now := s.env.options.Now.UTC()
	switch n.text {
	case "COALESCE", "IFNULL", "NVL":
		return firstSet(t, args), true, nil
	case "NULLIF":
		if len(args) != 2 {
			return expr{}, true, s.errorf(n, "NULLIF takes 2 arguments")
		}
		same := comparison("=", args[0], args[1])
		return expr{typ: args[0].typ, eval: func(r row) (record.Value, error) {
			v, err := same.eval(r)
			if err != nil || v.Bool() {
				return record.Null, err
			}
			return args[0].eval(r)
		}}, true, nil
	case "GREATEST", "LEAST":
		return extreme(t, args, n.text == "GREATEST"), true, nil
	case "CONCAT":
		return expr{typ: record.String, eval: func(r row) (record.Value, error) {
			var b strings.Builder
			for _, a := range args {
				v, err := a.eval(r)
				if err != nil {
					return v, err
				}
				b.WriteString(text(v))
			}
			return record.StringValue(b.String()), nil
		}}, true, nil
	case "MOD":
		if len(args) == 2 {
			e, err := s.arithmetic(&node{op: "%", pos: n.pos}, args[0], args[1])
			return e, true, err
		}
	case "ARRAY":
		return expr{}, true, s.errorf(n, "ARRAY is not supported")
	case "CURRENT_DATE":
		return constant(timeOf(now, record.KindDate), record.Date), true, nil
	case "CURRENT_TIME", "LOCALTIME":
		return constant(timeOf(now, record.KindTime), record.Time), true, nil
	case "CURRENT_TIMESTAMP", "LOCALTIMESTAMP":
		return constant(timeOf(now, record.KindTimestamp), record.Timestamp), true, nil
	}
	if unit, ok := strings.CutPrefix(n.text, "INTERVAL "); ok {
		v, err := args[0].eval(nil)
		u := units[unit]
		if u.months > 0 {
			return constant(record.LongValue(v.Int()*u.months), monthInterval), true, err
		}
		return constant(record.LongValue(v.Int()*u.millis), milliInterval), true, err
	}
	return expr{}, false, nil
}

func firstSet(t *record.Type, args []expr) expr {
	return expr{typ: t, eval: func(r row) (record.Value, error) {
		for _, a := range args {
			if v, err := fit(a, t, r); err != nil || !v.IsNull() {
				return v, err
			}
		}
		return record.Null, nil
	}}
}

func extreme(t *record.Type, args []expr, greatest bool) expr {
	return expr{typ: t, eval: func(r row) (record.Value, error) {
		best := record.Null
		for _, a := range args {
			v, err := fit(a, t, r)
			if err != nil || v.IsNull() {
				return record.Null, err
			}
			if best.IsNull() {
				best = v
				continue
			}
			c, err := compare(v, best)
			if err != nil {
				return v, err
			}
			if c > 0 == greatest && c != 0 {
				best = v
			}
		}
		return best, nil
	}}
}

package recordsql

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"time"

	"github.com/braidflow/braid/sdk/record"
)

// promoted is the type of a result of two numbers, as in Calcite: DOUBLE and then DECIMAL win over whole numbers, of which the
// result has at least INT.
func promoted(a, b *record.Type) *record.Type {
	x, y := a.Kind, b.Kind
	switch {
	case x == record.KindFloat && y == record.KindFloat:
		return record.Float
	case isFloat(x) || isFloat(y):
		return record.Double
	case x == record.KindDecimal || y == record.KindDecimal:
		scale := max(a.Scale, b.Scale)
		return record.DecimalOf(max(a.Precision-a.Scale, b.Precision-b.Scale, 1)+scale+1, scale)
	case x == record.KindBigInt || y == record.KindBigInt:
		return record.BigInt
	case x == record.KindLong || y == record.KindLong:
		return record.Long
	}
	return record.Int
}

// numeric is a value as a number: texts are taken for DOUBLEs.
func numeric(v record.Value) (record.Value, error) {
	if v.Kind().IsNumber() {
		return v, nil
	}
	if isText(v.Kind()) {
		if d, err := record.ParseFloat(text(v), 64); err == nil {
			return record.DoubleValue(d), nil
		}
	}
	return v, fmt.Errorf("%.50q is no number", text(v))
}

// numericType is the type of what numeric returns; nil if it depends on the value.
func numericType(t *record.Type) *record.Type {
	switch {
	case t == nil || t.Kind == record.KindChoice:
		return nil
	case isNumeric(t):
		return t
	}
	return record.Double
}

func (s *scope) arithmetic(n *node, a, b expr) (expr, error) {
	if e, ok := timeArithmetic(n, a, b); ok {
		return e, nil
	}
	for _, e := range []expr{a, b} {
		if e.typ != nil && (e.typ.Kind.IsDateTime() || e.typ.Kind == record.KindRecord || e.typ.Kind == record.KindArray || e.typ.Kind == record.KindMap) {
			return expr{}, s.errorf(n, "%s is not possible with %s", n.op, e.typ)
		}
	}
	op := n.op
	x, y := numericType(a.typ), numericType(b.typ)
	if x == nil || y == nil { // known with the values only
		return null2(nil, a, b, func(v, w record.Value) (record.Value, error) {
			v, err := numeric(v)
			if err != nil {
				return v, err
			}
			if w, err = numeric(w); err != nil {
				return w, err
			}
			return calculate(op, v, w, promoted(record.TypeOf(v), record.TypeOf(w)))
		}), nil
	}
	t := promoted(x, y)
	if t.Kind == record.KindDecimal && (op == "*" || op == "/") {
		scale := x.Scale + y.Scale
		if op == "/" {
			scale = max(6, x.Scale+y.Precision+1)
		}
		t = record.DecimalOf(x.Precision+y.Precision+scale, scale)
	}
	return null2(t, a, b, func(v, w record.Value) (record.Value, error) {
		v, err := numeric(v)
		if err != nil {
			return v, err
		}
		if w, err = numeric(w); err != nil {
			return w, err
		}
		return calculate(op, v, w, t)
	}), nil
}

var errByZero = errors.New("division by zero")

func calculate(op string, a, b record.Value, t *record.Type) (record.Value, error) {
	switch {
	case isFloat(t.Kind):
		f := floatResult(op, float(a), float(b))
		if t.Kind == record.KindFloat {
			return record.FloatValue(float32(f)), nil
		}
		return record.DoubleValue(f), nil
	case exact(t.Kind):
		return exactResult(op, decimal(a), decimal(b), t)
	}
	n, ok := wholeResult(op, a.Int(), b.Int())
	switch {
	case b.Int() == 0 && (op == "/" || op == "%"):
		return record.Null, errByZero
	case !ok || t.Kind == record.KindInt && int64(int32(n)) != n:
		return record.Null, fmt.Errorf("%d %s %d does not fit %s: CAST to a wider type", a.Int(), op, b.Int(), t)
	}
	return record.WholeValue(t.Kind, n), nil
}

func floatResult(op string, a, b float64) float64 {
	switch op {
	case "+":
		return a + b
	case "-":
		return a - b
	case "*":
		return a * b
	case "/":
		return a / b
	}
	return math.Mod(a, b)
}

func wholeResult(op string, a, b int64) (n int64, ok bool) {
	switch op {
	case "+":
		n = a + b
		return n, (n > a) == (b > 0)
	case "-":
		n = a - b
		return n, (n < a) == (b > 0)
	case "*":
		n = a * b
		return n, a == 0 || n/a == b && (a != -1 || b != math.MinInt64)
	}
	if b == 0 || a == math.MinInt64 && b == -1 {
		return 0, false
	}
	if op == "/" {
		return a / b, true
	}
	return a % b, true
}

func exactResult(op string, a, b record.Decimal, t *record.Type) (record.Value, error) {
	scale := max(a.Scale(), b.Scale())
	x, y := rescale(a, scale).Unscaled(), rescale(b, scale).Unscaled()
	var d record.Decimal
	switch op {
	case "+":
		d = record.NewDecimal(new(big.Int).Add(x, y), scale)
	case "-":
		d = record.NewDecimal(new(big.Int).Sub(x, y), scale)
	case "*":
		d = record.NewDecimal(new(big.Int).Mul(a.Unscaled(), b.Unscaled()), a.Scale()+b.Scale())
	default:
		if y.Sign() == 0 {
			return record.Null, errByZero
		}
		if op == "%" {
			d = record.NewDecimal(new(big.Int).Rem(x, y), scale)
			break
		}
		d = record.NewDecimal(divide(new(big.Int).Mul(x, pow10(int64(t.Scale))), y), int32(t.Scale)) //nolint:gosec // it is small
	}
	if t.Kind == record.KindBigInt {
		return record.BigIntValue(d.BigInt()), nil
	}
	return record.DecimalValue(d), nil
}

// An interval is a LONG: a number of months, or of milliseconds; its type tells.
var (
	monthInterval = &record.Type{Kind: record.KindLong, Format: "months"}
	milliInterval = &record.Type{Kind: record.KindLong, Format: "millis"}
)

// timeArithmetic adds an interval to a time or takes it away.
func timeArithmetic(n *node, a, b expr) (expr, bool) {
	if n.op == "+" && isInterval(a.typ) {
		a, b = b, a
	}
	if n.op != "+" && n.op != "-" || !isInterval(b.typ) || a.typ == nil || !a.typ.Kind.IsDateTime() {
		return expr{}, false
	}
	months := b.typ == monthInterval
	return null2(a.typ, a, b, func(v, w record.Value) (record.Value, error) {
		d := w.Int()
		if n.op == "-" {
			d = -d
		}
		return shift(v, d, months), nil
	}), true
}

func isInterval(t *record.Type) bool { return t == monthInterval || t == milliInterval }

// shift moves a time by months, keeping within the month, or by milliseconds.
func shift(v record.Value, d int64, months bool) record.Value {
	t := v.Time()
	if months {
		first := time.Date(t.Year(), t.Month()+time.Month(d), 1, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
		t = first.AddDate(0, 0, min(t.Day(), first.AddDate(0, 1, -1).Day())-1)
	} else {
		t = time.UnixMilli(t.UnixMilli() + d).UTC().Add(time.Duration(t.Nanosecond() % 1_000_000))
	}
	return timeOf(t, v.Kind())
}

// timeOf is a moment as DATE, TIME or TIMESTAMP.
func timeOf(t time.Time, k record.Kind) record.Value {
	switch k {
	case record.KindDate:
		return record.DateValue(floorDiv(t.Unix(), 86400))
	case record.KindTime:
		return record.TimeValue(t.Sub(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)))
	}
	return record.TimestampValue(t)
}

package recordpath

import (
	"errors"
	"fmt"

	"github.com/braidflow/braid/sdk/record"
)

var errZero = errors.New("division by zero")

// operation is one of the four on two LONGs or two DOUBLEs.
type operation struct {
	name    string
	longs   func(a, b int64) int64
	doubles func(a, b float64) float64
}

var (
	addition       = operation{"add", func(a, b int64) int64 { return a + b }, func(a, b float64) float64 { return a + b }}
	subtraction    = operation{"subtract", func(a, b int64) int64 { return a - b }, func(a, b float64) float64 { return a - b }}
	multiplication = operation{"multiply", func(a, b int64) int64 { return a * b }, func(a, b float64) float64 { return a * b }}
	division       = operation{"divide", func(a, b int64) int64 { return a / b }, func(a, b float64) float64 { return a / b }}
)

// arithmetic calculates with the first values of two arguments: as LONG, with
// overflow as in Java, if both are whole numbers, otherwise as DOUBLE.
func arithmetic(op operation) func([]segment) (segment, error) {
	return func(args []segment) (segment, error) {
		return computed(func(c *evaluation) *Selected {
			left, right := c.must(args[0]), c.must(args[1])
			if c.err != nil || left.Value.IsNull() || right.Value.IsNull() {
				return nil
			}
			a, errA := coerceNumber(left.Value)
			b, errB := coerceNumber(right.Value)
			if err := errors.Join(errA, errB); err != nil {
				return c.fail(err)
			}
			return op.apply(c, a, b)
		}), nil
	}
}

func (op operation) apply(c *evaluation, a, b record.Value) *Selected {
	if a.Kind().IsInteger() && b.Kind().IsInteger() {
		if op.name == "divide" && b.Int() == 0 {
			return c.fail(errZero)
		}
		return c.made(record.LongValue(op.longs(a.Int(), b.Int())), record.Long, op.name)
	}
	y := toDouble(b)
	if op.name == "divide" && y == 0 {
		return c.fail(errZero)
	}
	return c.made(record.DoubleValue(op.doubles(toDouble(a), y)), record.Double, op.name)
}

// coerceNumber leaves numbers alone and reads text as LONG or DOUBLE.
func coerceNumber(v record.Value) (record.Value, error) {
	switch {
	case v.Kind().IsNumber():
		return v, nil
	case isLong(v):
		return record.Convert(v, record.Long, nil)
	case isNumeric(v):
		return record.Convert(v, record.Double, nil)
	}
	return record.Null, fmt.Errorf("%.100q is not a number", textOf(v))
}

func toNumber(args []segment) (segment, error) {
	return computed(func(c *evaluation) *Selected {
		f := c.must(args[0])
		if c.err != nil || f.Value.IsNull() || f.Value.Kind().IsNumber() {
			return f
		}
		v, err := coerceNumber(f.Value)
		if err != nil {
			return c.fail(err)
		}
		return c.made(v, record.TypeOf(v), "toNumber")
	}), nil
}

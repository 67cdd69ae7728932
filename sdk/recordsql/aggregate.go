package recordsql

import (
	"fmt"
	"math"
	"math/big"
	"slices"

	"github.com/braidflow/braid/sdk/record"
)

// aggregate is one aggregate function of a statement.
type aggregate struct {
	name     string
	arg      expr // unset for COUNT(*)
	filter   *expr
	distinct bool
	typ      *record.Type
}

var aggregates = []string{
	"COUNT", "SUM", "AVG", "MIN", "MAX", "STDDEV", "STDDEV_POP", "STDDEV_SAMP", "VARIANCE", "VAR_POP", "VAR_SAMP",
	"ANY_VALUE", "COLLECT", "ARRAY_AGG", "EVERY", "SOME",
}

func isAggregate(n *node) bool { return n.op == opCall && slices.Contains(aggregates, n.text) }

// hasAggregate looks for aggregates in an expression.
func hasAggregate(n *node) bool {
	return n != nil && (isAggregate(n) || n.op == opFilter || slices.ContainsFunc(n.args, hasAggregate))
}

// aggregate compiles an aggregate: a place in the row of a group.
func (s *scope) aggregate(n, filter *node) (expr, error) {
	if s.aggs == nil || !isAggregate(n) {
		return expr{}, s.errorf(n, "%s cannot stand here", n.text)
	}
	if len(n.args) != 1 {
		return expr{}, s.errorf(n, "%s takes one argument", n.text)
	}
	a := &aggregate{name: n.text, distinct: !n.all, typ: record.Long}
	key := n.key(s.base.find)
	if n.args[0].op != opStar {
		var err error
		if a.arg, err = s.base.compile(n.args[0]); err != nil {
			return expr{}, err
		}
		a.typ = a.resultType()
	} else if n.text != "COUNT" {
		return expr{}, s.errorf(n, "%s(*) is not possible", n.text)
	}
	if filter != nil {
		f, err := s.base.compile(filter)
		if err != nil {
			return expr{}, err
		}
		a.filter = &f
		key += " filter " + filter.key(s.base.find)
	}
	if i, known := s.keys[key]; known {
		return slot(i, a.typ), nil
	}
	s.keys[key] = len(s.cols)
	s.cols = append(s.cols, column{field: record.Field{Type: a.typ}})
	*s.aggs = append(*s.aggs, a)
	return slot(len(s.cols)-1, a.typ), nil
}

// resultType is as in Calcite, but that the sum of any whole numbers is a LONG.
func (a *aggregate) resultType() *record.Type {
	t := a.arg.typ
	switch a.name {
	case "COUNT":
		return record.Long
	case "SUM", "AVG":
		n := numericType(t)
		switch {
		case n == nil:
			return record.Double
		case n.Kind == record.KindDecimal:
			return record.DecimalOf(max(n.Precision, 19)+n.Scale, n.Scale)
		case n.Kind.IsInteger() && a.name == "SUM":
			return record.Long
		}
		return n
	case "MIN", "MAX", "ANY_VALUE":
		return t
	case "COLLECT", "ARRAY_AGG":
		if t == nil {
			t = record.String
		}
		return record.ArrayOf(t)
	case "EVERY", "SOME":
		return record.Boolean
	}
	return record.Double // of spread
}

// state is an aggregate of one group on its way.
type state struct {
	n          int64
	whole      int64
	sum, m2    float64 // m2: of the squares of differences from the mean
	exact      *record.Decimal
	best       record.Value
	items      []record.Value
	seen       map[string]struct{}
	overflowed bool
}

// add takes in one row. buf is used again for keys.
func (a *aggregate) add(st *state, r row, buf []byte) ([]byte, error) {
	if a.filter != nil {
		v, err := a.filter.eval(r)
		if err != nil || v.IsNull() {
			return buf, err
		}
		if yes, err := truth(v); err != nil || !yes {
			return buf, err
		}
	}
	if a.arg.eval == nil {
		st.n++
		return buf, nil
	}
	v, err := a.arg.eval(r)
	if err != nil || v.IsNull() {
		return buf, err
	}
	if a.distinct {
		buf = appendKey(buf[:0], v)
		if _, known := st.seen[string(buf)]; known {
			return buf, nil
		}
		if st.seen == nil {
			st.seen = map[string]struct{}{}
		}
		st.seen[string(buf)] = struct{}{}
	}
	st.n++
	return buf, a.take(st, v)
}

func (a *aggregate) take(st *state, v record.Value) error {
	switch a.name {
	case "COUNT":
	case "MIN", "MAX":
		if !st.best.IsNull() {
			c, err := compare(v, st.best)
			if err != nil {
				return err
			}
			if c == 0 || c > 0 != (a.name == "MAX") {
				return nil
			}
		}
		st.best = v.Clone()
	case "ANY_VALUE":
		if st.n == 1 {
			st.best = v.Clone()
		}
	case "COLLECT", "ARRAY_AGG":
		st.items = append(st.items, v.Clone())
	case "EVERY", "SOME":
		t, err := truth(v)
		if err == nil && (st.n == 1 || t == (a.name == "SOME")) {
			st.best = record.BoolValue(t)
		}
		return err
	default:
		return a.accumulate(st, v)
	}
	return nil
}

func (a *aggregate) accumulate(st *state, v record.Value) error {
	v, err := numeric(v)
	if err != nil {
		return fmt.Errorf("%s: %w", a.name, err)
	}
	if a.name == "SUM" || a.name == "AVG" {
		switch {
		case exact(a.typ.Kind):
			d := decimal(v)
			if st.exact != nil {
				scale := max(d.Scale(), st.exact.Scale())
				d = record.NewDecimal(new(big.Int).Add(rescale(d, scale).Unscaled(), rescale(*st.exact, scale).Unscaled()), scale)
			}
			st.exact = &d
		case isFloat(a.typ.Kind):
			st.sum += float(v)
		default:
			n, ok := wholeResult("+", st.whole, v.Int())
			st.overflowed = st.overflowed || !ok && v.Int() != 0
			st.whole = n
		}
		return nil
	}
	x := float(v) // Welford
	delta := x - st.sum
	st.sum += delta / float64(st.n)
	st.m2 += delta * (x - st.sum)
	return nil
}

func (a *aggregate) result(st *state) (record.Value, error) {
	if st.n == 0 && a.name != "COUNT" {
		return record.Null, nil
	}
	switch a.name {
	case "COUNT":
		return record.LongValue(st.n), nil
	case "SUM", "AVG":
		if st.overflowed {
			return record.Null, fmt.Errorf("%s does not fit %s: CAST to DECIMAL", a.name, a.typ)
		}
		return a.total(st)
	case "COLLECT", "ARRAY_AGG":
		return record.ArrayValue(st.items), nil
	case "VAR_POP":
		return record.DoubleValue(st.m2 / float64(st.n)), nil
	case "STDDEV_POP":
		return record.DoubleValue(math.Sqrt(st.m2 / float64(st.n))), nil
	case "STDDEV", "STDDEV_SAMP", "VARIANCE", "VAR_SAMP":
		if st.n == 1 {
			return record.Null, nil
		}
		variance := st.m2 / float64(st.n-1)
		if a.name[0] == 'S' {
			variance = math.Sqrt(variance)
		}
		return record.DoubleValue(variance), nil
	}
	return st.best, nil
}

func (a *aggregate) total(st *state) (record.Value, error) {
	n := int64(1)
	if a.name == "AVG" {
		n = st.n
	}
	switch {
	case exact(a.typ.Kind):
		return exactResult("/", *st.exact, record.NewDecimal(big.NewInt(n), 0), a.typ)
	case a.typ.Kind == record.KindFloat:
		return record.FloatValue(float32(st.sum / float64(n))), nil
	case a.typ.Kind == record.KindDouble:
		return record.DoubleValue(st.sum / float64(n)), nil
	}
	return record.WholeValue(a.typ.Kind, st.whole/n), nil
}

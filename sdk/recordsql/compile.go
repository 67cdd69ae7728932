package recordsql

import (
	"errors"
	"fmt"
	"strings"

	"github.com/braidflow/braid/sdk/record"
)

// row is the values of the columns of a relation.
type row []record.Value

// expr is a compiled expression. Its type is nil if it is not known before a row is there: of NULL and of what is nested.
type expr struct {
	typ  *record.Type
	eval func(row) (record.Value, error)
	fix  bool // it is the same for all rows
}

// column is one column of a relation.
type column struct {
	table string
	field record.Field
}

// scope is what names mean in an expression.
type scope struct {
	env  *env
	plan *plan
	cols []column
	// of expressions above GROUP BY: where in the row of a group the keys are, and the aggregates that were asked for.
	keys map[string]int
	aggs *[]*aggregate
	base *scope // the rows that are grouped
}

// env is what is the same for the whole statement.
type env struct {
	sql     string
	options Options
}

func (s *scope) errorf(n *node, format string, args ...any) error {
	return syntaxError(s.env.sql, n.pos, format, args...)
}

func constant(v record.Value, t *record.Type) expr {
	return expr{t, func(row) (record.Value, error) { return v, nil }, true}
}

// find returns the place of a column.
func (s *scope) find(n *node) (int, error) {
	found := -1
	for _, fold := range []bool{false, true} {
		for i, c := range s.cols {
			if n.table != "" && !strings.EqualFold(c.table, n.table) {
				continue
			}
			if c.field.Name == n.text || fold && strings.EqualFold(c.field.Name, n.text) {
				if found >= 0 {
					return 0, s.errorf(n, "column %q is ambiguous: put the name of its table and a dot before it", n.text)
				}
				found = i
			}
		}
		if found >= 0 {
			return found, nil
		}
	}
	return 0, s.errorf(n, "there is no column %q", n.text)
}

func (s *scope) compile(n *node) (expr, error) {
	if s.keys != nil {
		if i, ok := s.keys[n.key(s.base.find)]; ok {
			return slot(i, s.cols[i].field.Type), nil
		}
	}
	switch n.op {
	case opLiteral:
		return constant(n.value, n.typ), nil
	case opColumn:
		if s.base != nil {
			if _, err := s.base.find(n); err != nil {
				return expr{}, err
			}
			return expr{}, s.errorf(n, "column %q is not grouped: add it to GROUP BY or use an aggregate such as MAX", n.text)
		}
		i, err := s.find(n)
		if err != nil {
			return expr{}, err
		}
		return slot(i, s.cols[i].field.Type), nil
	case opStar:
		return expr{}, s.errorf(n, "* cannot stand here")
	case opScalar, opExists:
		return s.subquery(n)
	case opFilter:
		return s.aggregate(n.args[0], n.args[1])
	case opCall:
		if isAggregate(n) {
			return s.aggregate(n, nil)
		}
	case opIn:
		if n.query != nil {
			return s.inQuery(n)
		}
	}
	args := make([]expr, len(n.args))
	for i, a := range n.args {
		var err error
		if args[i], err = s.compile(a); err != nil {
			return expr{}, err
		}
	}
	e, err := s.apply(n, args)
	if err != nil {
		return expr{}, err
	}
	return folded(e, args), nil
}

// folded evaluates what depends on constants alone, once. What cannot be evaluated fails when a row comes.
func folded(e expr, args []expr) expr {
	if len(args) == 0 || e.fix {
		return e
	}
	for _, a := range args {
		if !a.fix {
			return e
		}
	}
	if v, err := e.eval(nil); err == nil {
		return constant(v, e.typ)
	}
	return e
}

func slot(i int, t *record.Type) expr {
	return expr{typ: t, eval: func(r row) (record.Value, error) { return r[i], nil }}
}

// apply compiles an operator or function over its operands.
func (s *scope) apply(n *node, args []expr) (expr, error) {
	switch n.op {
	case "AND", "OR":
		return logic(n.op == "AND", args[0], args[1]), nil
	case opNot:
		return null1(record.Boolean, args[0], func(v record.Value) (record.Value, error) {
			b, err := truth(v)
			return record.BoolValue(!b), err
		}), nil
	case "=", "<>", "<", "<=", ">", ">=":
		return comparison(n.op, args[0], args[1]), nil
	case "+", "-", "*", "/", "%":
		return s.arithmetic(n, args[0], args[1])
	case opNeg:
		return s.arithmetic(&node{op: "-", pos: n.pos}, constant(record.IntValue(0), record.Int), args[0])
	case "||":
		return null2(record.String, args[0], args[1], func(a, b record.Value) (record.Value, error) {
			return record.StringValue(text(a) + text(b)), nil
		}), nil
	case opIs:
		return is(n, args[0]), nil
	case opIn:
		return in(n.not, args), nil
	case opBetween:
		low, high := comparison(">=", args[0], args[1]), comparison("<=", args[0], args[2])
		return negated(n.not, logic(true, low, high)), nil
	case opLike:
		return s.like(n, args)
	case opCase:
		return caseOf(args), nil
	case opCast:
		return s.cast(n, args[0]), nil
	case opItem:
		return element(args[0], args[1]), nil
	case opCall:
		return s.call(n, args)
	}
	return expr{}, s.errorf(n, "unexpected %s", n.op)
}

// null1 is null if its operand is.
func null1(t *record.Type, a expr, f func(record.Value) (record.Value, error)) expr {
	return expr{typ: t, eval: func(r row) (record.Value, error) {
		v, err := a.eval(r)
		if err != nil || v.IsNull() {
			return record.Null, err
		}
		return f(v)
	}}
}

// null2 is null if one of its operands is.
func null2(t *record.Type, a, b expr, f func(a, b record.Value) (record.Value, error)) expr {
	return expr{typ: t, eval: func(r row) (record.Value, error) {
		x, err := a.eval(r)
		if err != nil || x.IsNull() {
			return record.Null, err
		}
		y, err := b.eval(r)
		if err != nil || y.IsNull() {
			return record.Null, err
		}
		return f(x, y)
	}}
}

// truth is a value as a condition.
func truth(v record.Value) (bool, error) {
	if v.Kind() == record.KindBoolean {
		return v.Bool(), nil
	}
	c, err := record.Convert(v, record.Boolean, record.DefaultFormats)
	if err != nil || c.IsNull() {
		return false, fmt.Errorf("%q is neither true nor false", text(v))
	}
	return c.Bool(), nil
}

func text(v record.Value) string { return record.ToString(v, record.DefaultFormats) }

// logic is AND or OR with three values: null is not known.
func logic(and bool, a, b expr) expr {
	return expr{typ: record.Boolean, eval: func(r row) (record.Value, error) {
		unknown := false
		for _, e := range [2]expr{a, b} {
			v, err := e.eval(r)
			if err != nil {
				return v, err
			}
			if v.IsNull() {
				unknown = true
				continue
			}
			t, err := truth(v)
			if err != nil || t != and {
				return record.BoolValue(!and), err
			}
		}
		if unknown {
			return record.Null, nil
		}
		return record.BoolValue(and), nil
	}}
}

func negated(not bool, e expr) expr {
	if !not {
		return e
	}
	return null1(record.Boolean, e, func(v record.Value) (record.Value, error) { return record.BoolValue(!v.Bool()), nil })
}

func comparison(op string, a, b expr) expr {
	holds := map[string]func(int) bool{
		"=": func(c int) bool { return c == 0 }, "<>": func(c int) bool { return c != 0 }, "<": func(c int) bool { return c < 0 },
		"<=": func(c int) bool { return c <= 0 }, ">": func(c int) bool { return c > 0 }, ">=": func(c int) bool { return c >= 0 },
	}[op]
	equality := op == "=" || op == "<>"
	return null2(record.Boolean, a, b, func(x, y record.Value) (record.Value, error) {
		if equality && nested(x) {
			return record.BoolValue(record.Equal(x, y) == (op == "=")), nil
		}
		c, err := compare(x, y)
		return record.BoolValue(holds(c)), err
	})
}

func is(n *node, a expr) expr {
	return expr{typ: record.Boolean, eval: func(r row) (record.Value, error) {
		v, err := a.eval(r)
		if err != nil {
			return v, err
		}
		yes := v.IsNull()
		if n.text == "TRUE" || n.text == "FALSE" {
			if yes = !yes; yes {
				t, err := truth(v)
				if err != nil {
					return v, err
				}
				yes = t == (n.text == "TRUE")
			}
		}
		return record.BoolValue(yes != n.not), nil
	}}
}

// in is true if the first operand equals another; unknown if it equals none and one of them is null.
func in(not bool, args []expr) expr {
	return expr{typ: record.Boolean, eval: func(r row) (record.Value, error) {
		v, err := args[0].eval(r)
		if err != nil || v.IsNull() {
			return record.Null, err
		}
		unknown := false
		for _, a := range args[1:] {
			w, err := a.eval(r)
			if err != nil {
				return w, err
			}
			if w.IsNull() {
				unknown = true
				continue
			}
			c, err := compare(v, w)
			if err != nil || c == 0 {
				return record.BoolValue(!not), err
			}
		}
		if unknown {
			return record.Null, nil
		}
		return record.BoolValue(not), nil
	}}
}

func caseOf(args []expr) expr {
	var t *record.Type
	for i, a := range args {
		if i%2 == 1 || i == len(args)-1 {
			t = common(t, a.typ)
		}
	}
	return expr{typ: t, eval: func(r row) (record.Value, error) {
		for i := 0; i+1 < len(args); i += 2 {
			v, err := args[i].eval(r)
			if err != nil {
				return v, err
			}
			yes := false
			if !v.IsNull() {
				if yes, err = truth(v); err != nil {
					return v, err
				}
			}
			if yes {
				return fit(args[i+1], t, r)
			}
		}
		return fit(args[len(args)-1], t, r)
	}}
}

// fit evaluates e as a value of a type that is at least as wide as its own.
func fit(e expr, t *record.Type, r row) (record.Value, error) {
	v, err := e.eval(r)
	if err != nil || t == nil || e.typ == nil || t.Equal(e.typ) {
		return v, err
	}
	return record.Convert(v, t, record.DefaultFormats)
}

// common is the type for values of both types; nil gives way.
func common(a, b *record.Type) *record.Type {
	if a != nil && b != nil && isNumeric(a) && isNumeric(b) {
		return promoted(a, b)
	}
	return record.Merge(a, b)
}

func (s *scope) cast(n *node, a expr) expr {
	t := n.typ
	if t == nil {
		return a
	}
	if t.Kind == record.KindDecimal && t.Precision == 0 {
		t = record.DecimalOf(s.env.options.Precision, s.env.options.Scale)
	}
	limit := int(n.value.Int())
	return null1(t, a, func(v record.Value) (record.Value, error) {
		c, err := castTo(v, t)
		switch {
		case err != nil && n.text == "TRY":
			return record.Null, nil
		case err != nil:
			return c, fmt.Errorf("CAST of %.50q to %s: %w", text(v), t, err)
		case limit > 0 && len(c.Text()) > limit:
			if runes := []rune(c.Text()); len(runes) > limit {
				c = record.StringValue(string(runes[:limit]))
			}
		}
		return c, nil
	})
}

func castTo(v record.Value, t *record.Type) (record.Value, error) {
	if v.Kind() == record.KindString && t.Kind != record.KindString {
		v = record.StringValue(strings.TrimSpace(v.Text()))
		if t.Kind.IsInteger() && strings.ContainsAny(v.Text(), ".eE") { // 12.7 is 12, as a number would be
			d, err := record.ParseDecimal(v.Text())
			if err != nil {
				return v, errors.New("it is no number")
			}
			v = record.BigIntValue(d.BigInt())
		}
	}
	if t.Kind == record.KindDecimal {
		return toDecimal(v, t)
	}
	if t.Kind.IsDateTime() && v.Kind() == record.KindString {
		return toTime(v.Text(), t.Kind)
	}
	return record.Convert(v, t, record.DefaultFormats)
}

// element is item i, from 1, of an array, or the value of a key of a map or a field of a record.
func element(a, index expr) expr {
	var t *record.Type
	if a.typ != nil {
		t = a.typ.Elem
	}
	return null2(t, a, index, func(v, i record.Value) (record.Value, error) {
		switch {
		case v.Kind() == record.KindMap:
			found, _ := v.Map().Get(text(i))
			return found, nil
		case v.Kind() == record.KindRecord:
			return v.Record().Get(text(i)), nil
		case v.Kind() != record.KindArray && v.Kind() != record.KindBytes:
			return record.Null, fmt.Errorf("%s has no elements", v.Kind())
		case !i.Kind().IsInteger():
			return record.Null, fmt.Errorf("the index of an array must be a whole number, not %q", text(i))
		}
		if n := i.Int(); n >= 1 && n <= int64(v.Len()) {
			return v.Array()[n-1], nil
		}
		return record.Null, nil
	})
}

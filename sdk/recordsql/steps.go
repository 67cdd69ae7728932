package recordsql

import (
	"errors"
	"io"
	"slices"

	"github.com/braidflow/braid/sdk/record"
)

// step makes the rows of a relation from those of another.
type step struct {
	rows
	f func(in rows) (row, error)
}

func (s *step) next() (row, error) { return s.f(s.rows) }

// through returns a relation each of whose runs uses a fresh function over the rows of rel.
func through(rel *relation, cols []column, start func() func(in rows) (row, error)) *relation {
	return &relation{cols, func() (rows, error) {
		in, err := rel.open()
		if err != nil {
			return nil, err
		}
		return &step{in, start()}, nil
	}}
}

func filtered(rel *relation, cond expr) *relation {
	return through(rel, rel.cols, func() func(rows) (row, error) {
		return func(in rows) (row, error) {
			for {
				r, err := in.next()
				if err != nil {
					return nil, err
				}
				v, err := cond.eval(r)
				if err != nil {
					return nil, err
				}
				if v.IsNull() {
					continue
				}
				if yes, err := truth(v); err != nil || yes {
					return r, err
				}
			}
		}
	})
}

// projected evaluates the columns of the result, and behind them what it is sorted by.
func projected(rel *relation, out []expr, by []sortKey, cols []column) *relation {
	return through(rel, cols, func() func(rows) (row, error) {
		buffer := make(row, 0, len(out)+len(by))
		return func(in rows) (row, error) {
			r, err := in.next()
			if err != nil {
				return nil, err
			}
			buffer = buffer[:0]
			for _, e := range out {
				v, err := e.eval(r)
				if err != nil {
					return nil, err
				}
				buffer = append(buffer, v)
			}
			for _, k := range by {
				v := record.Null
				if k.column < 0 {
					if v, err = k.expr.eval(r); err != nil {
						return nil, err
					}
				}
				buffer = append(buffer, v)
			}
			return buffer, nil
		}
	})
}

func limited(rel *relation, q *query) *relation {
	if q.limit < 0 && q.offset == 0 {
		return rel
	}
	return through(rel, rel.cols, func() func(rows) (row, error) {
		skip, left := q.offset, q.limit
		return func(in rows) (row, error) {
			for ; skip > 0; skip-- {
				if _, err := in.next(); err != nil {
					return nil, err
				}
			}
			if left == 0 {
				return nil, io.EOF
			}
			left--
			return in.next()
		}
	})
}

func distinct(rel *relation, width int) *relation {
	return through(rel, rel.cols, func() func(rows) (row, error) {
		seen := map[string]struct{}{}
		var key []byte
		return func(in rows) (row, error) {
			for {
				r, err := in.next()
				if err != nil {
					return nil, err
				}
				key = rowKey(key[:0], r[:width])
				if _, known := seen[string(key)]; !known {
					seen[string(key)] = struct{}{}
					return r, nil
				}
			}
		}
	})
}

func rowKey(key []byte, r row) []byte {
	for _, v := range r {
		key = appendKey(key, v)
	}
	return key
}

// sortKey is one item of ORDER BY: a column of the result, or an expression.
type sortKey struct {
	column                 int // -1: expr
	expr                   expr
	descending, nullsFirst bool
}

// sorted sorts a relation by its own columns or expressions over them.
func sorted(rel *relation, by []sortKey) *relation {
	out := make([]expr, len(rel.cols))
	for i, c := range rel.cols {
		out[i] = slot(i, c.field.Type)
	}
	return sortedBehind(projected(rel, out, by, rel.cols), by, len(rel.cols))
}

// sortedBehind sorts rows behind whose columns are the values of the keys that are expressions.
func sortedBehind(rel *relation, by []sortKey, width int) *relation {
	return &relation{rel.cols, func() (rows, error) {
		list, err := all(rel)
		if err != nil {
			return nil, err
		}
		slices.SortStableFunc(list, func(x, y row) int {
			for i, k := range by {
				at := k.column
				if at < 0 {
					at = width + i
				}
				c, cerr := order(x[at], y[at], k)
				if cerr != nil {
					err = cerr
				}
				if c != 0 {
					return c
				}
			}
			return 0
		})
		return &listed{list}, err
	}}
}

func order(a, b record.Value, k sortKey) (int, error) {
	switch {
	case a.IsNull() && b.IsNull():
		return 0, nil
	case a.IsNull():
		return 1 - 2*boolInt(k.nullsFirst), nil
	case b.IsNull():
		return 2*boolInt(k.nullsFirst) - 1, nil
	}
	c, err := compare(a, b)
	if k.descending {
		c = -c
	}
	return c, err
}

// all returns all rows of a relation, as copies.
func all(rel *relation) ([]row, error) {
	in, err := rel.open()
	if err != nil {
		return nil, err
	}
	defer in.close()
	var list []row
	for {
		r, err := in.next()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		list = append(list, clone(r))
	}
}

func clone(r row) row {
	c := make(row, len(r))
	for i, v := range r {
		c[i] = v.Clone()
	}
	return c
}

// combined is a set operation.
func combined(left, right *relation, op string) *relation {
	cols := slices.Clone(left.cols)
	for i := range cols {
		cols[i].table = ""
		cols[i].field.Type = common(left.cols[i].field.Type, right.cols[i].field.Type)
		cols[i].field.Required = left.cols[i].field.Required && right.cols[i].field.Required
	}
	left, right = converted(left, cols), converted(right, cols)
	if op == "UNION ALL" || op == "UNION" {
		both := &relation{cols, func() (rows, error) { return &chain{next2: right.open}, nil }}
		both.open = func() (rows, error) {
			in, err := left.open()
			return &chain{in, right.open}, err
		}
		if op == "UNION" {
			return distinct(both, len(cols))
		}
		return both
	}
	return &relation{cols, func() (rows, error) {
		list, err := all(right)
		if err != nil {
			return nil, err
		}
		known := map[string]struct{}{}
		for _, r := range list {
			known[string(rowKey(nil, r))] = struct{}{}
		}
		keep := through(left, cols, func() func(rows) (row, error) {
			return func(in rows) (row, error) {
				for {
					r, err := in.next()
					if err != nil {
						return nil, err
					}
					if _, there := known[string(rowKey(nil, r))]; there == (op == "INTERSECT") {
						return r, nil
					}
				}
			}
		})
		return distinct(keep, len(cols)).open()
	}}
}

// converted gives the values the types of cols.
func converted(rel *relation, cols []column) *relation {
	out := make([]expr, len(cols))
	for i, c := range cols {
		from := slot(i, rel.cols[i].field.Type)
		out[i] = expr{typ: c.field.Type, eval: func(r row) (record.Value, error) { return fit(from, c.field.Type, r) }}
	}
	return projected(rel, out, nil, cols)
}

// chain gives the rows of one relation, then those of another.
type chain struct {
	rows
	next2 func() (rows, error)
}

func (c *chain) next() (row, error) {
	r, err := c.rows.next()
	if !errors.Is(err, io.EOF) || c.next2 == nil {
		return r, err
	}
	c.rows.close()
	in, err := c.next2()
	c.next2 = nil
	if err != nil {
		c.rows = &listed{}
		return nil, err
	}
	c.rows = in
	return c.rows.next()
}

package recordsql

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/braidflow/braid/sdk/record"
)

// rows gives the rows of a relation one after the other, each valid until the next call, and then io.EOF.
type rows interface {
	next() (row, error)
	close()
}

// relation is a table, a part of a statement, or the statement.
type relation struct {
	cols []column
	open func() (rows, error)
}

// plan is what is common to the planning and the run of one statement.
type plan struct {
	ctx    context.Context
	env    *env
	tables map[string]Table // by name in capitals
	with   map[string]*relation
	read   *int64
}

func (p *plan) scope(cols []column) *scope { return &scope{env: p.env, plan: p, cols: cols} }

func (p *plan) query(q *query) (*relation, error) {
	if len(q.with) > 0 {
		inner := *p
		inner.with = maps.Clone(p.with)
		if inner.with == nil {
			inner.with = map[string]*relation{}
		}
		for _, c := range q.with {
			rel, err := inner.query(c.query)
			if err != nil {
				return nil, err
			}
			if rel, err = p.named(rel, c.name, c.columns, 0); err != nil {
				return nil, err
			}
			inner.with[strings.ToUpper(c.name)] = rel
		}
		p = &inner
	}
	if len(q.terms) == 1 && q.terms[0].nested == nil {
		return p.selection(q.terms[0], q)
	}
	var rel *relation
	for i, t := range q.terms {
		var right *relation
		var err error
		if t.nested != nil {
			right, err = p.query(t.nested)
		} else {
			right, err = p.selection(t, nil)
		}
		if err != nil {
			return nil, err
		}
		if i == 0 {
			rel = right
			continue
		}
		if len(rel.cols) != len(right.cols) {
			return nil, fmt.Errorf("SQL: the sides of %s have %d and %d columns", q.ops[i-1], len(rel.cols), len(right.cols))
		}
		rel = combined(rel, right, q.ops[i-1])
	}
	if len(q.order) > 0 {
		by, err := p.orderings(q.order, p.scope(rel.cols), nil, rel.cols)
		if err != nil {
			return nil, err
		}
		rel = sorted(rel, by)
	}
	return limited(rel, q), nil
}

// selection plans one SELECT; q has its ORDER BY and LIMIT, or is nil.
func (p *plan) selection(s *selection, q *query) (*relation, error) {
	rel := &relation{open: func() (rows, error) { return &listed{list: []row{{}}}, nil }}
	if s.from != nil {
		var err error
		if rel, err = p.source(s.from); err != nil {
			return nil, err
		}
	}
	if s.where != nil {
		cond, err := p.scope(rel.cols).compile(s.where)
		if err != nil {
			return nil, err
		}
		rel = filtered(rel, cond)
	}
	sc := p.scope(rel.cols)
	items, err := p.expand(s.items, rel.cols)
	if err != nil {
		return nil, err
	}
	var agg *grouper
	if s.grouped || s.having != nil || slices.ContainsFunc(items, func(i item) bool { return hasAggregate(i.expr) }) {
		if sc, agg, err = p.grouped(s, items, rel); err != nil {
			return nil, err
		}
	}
	var out []expr
	cols := make([]column, 0, len(items))
	for i, it := range items {
		e, err := sc.compile(it.expr)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
		cols = append(cols, column{field: fieldOf(it, i, e, sc)})
	}
	var by []sortKey
	if q != nil && len(q.order) > 0 {
		if by, err = p.orderings(q.order, sc, items, cols); err != nil {
			return nil, err
		}
	}
	var having *expr
	if s.having != nil {
		e, err := sc.compile(s.having)
		if err != nil {
			return nil, err
		}
		having = &e
	}
	if agg != nil {
		rel = agg.relation(rel)
	}
	if having != nil {
		rel = filtered(rel, *having)
	}
	rel = projected(rel, out, by, cols)
	if s.distinct {
		rel = distinct(rel, len(cols))
	}
	if len(by) > 0 {
		rel = sortedBehind(rel, by, len(cols))
	}
	if q != nil {
		rel = limited(rel, q)
	}
	return rel, nil
}

// fieldOf describes a column of the result. As in Calcite, one without a name is called EXPR$n.
func fieldOf(it item, i int, e expr, sc *scope) record.Field {
	f := record.Field{Name: it.name, Type: e.typ}
	if f.Name == "" {
		f.Name = "EXPR$" + strconv.Itoa(i)
	}
	if it.expr.op == opColumn {
		if at, err := sc.find(it.expr); err == nil {
			source := sc.cols[at].field
			f.Aliases, f.Required = nil, source.Required
		}
	}
	return f
}

// expand replaces stars by the columns that they stand for.
func (p *plan) expand(items []item, cols []column) ([]item, error) {
	var out []item
	for _, it := range items {
		if it.expr.op != opStar {
			out = append(out, it)
			continue
		}
		before := len(out)
		for _, c := range cols {
			if it.expr.table == "" || strings.EqualFold(it.expr.table, c.table) {
				out = append(out, item{&node{op: opColumn, text: c.field.Name, table: c.table, pos: it.expr.pos}, c.field.Name})
			}
		}
		if len(out) == before {
			return nil, syntaxError(p.env.sql, it.expr.pos, "there is no table %q", it.expr.table)
		}
	}
	return out, nil
}

// orderings compiles ORDER BY: names and numbers of columns of the result, or expressions.
func (p *plan) orderings(list []ordering, sc *scope, items []item, cols []column) ([]sortKey, error) {
	var out []sortKey
	for _, o := range list {
		k := sortKey{column: -1, descending: o.descending, nullsFirst: o.nullsFirst}
		if o.expr.op == opLiteral && o.expr.value.Kind().IsInteger() {
			k.column = int(o.expr.value.Int()) - 1
			if k.column < 0 || k.column >= len(cols) {
				return nil, syntaxError(p.env.sql, o.expr.pos, "there is no column %d", k.column+1)
			}
		}
		for i, c := range cols {
			if k.column < 0 && o.expr.op == opColumn && o.expr.table == "" && strings.EqualFold(c.field.Name, o.expr.text) ||
				items != nil && k.column < 0 && items[i].expr.op != opColumn && items[i].expr.key(nil) == o.expr.key(nil) {
				k.column = i
			}
		}
		if k.column < 0 {
			var err error
			if k.expr, err = sc.compile(o.expr); err != nil {
				return nil, err
			}
		}
		out = append(out, k)
	}
	return out, nil
}

// source plans what FROM names.
func (p *plan) source(s *source) (*relation, error) {
	switch {
	case s.left != nil:
		return p.join(s)
	case s.query != nil:
		rel, err := p.query(s.query)
		if err != nil {
			return nil, err
		}
		return p.named(rel, s.alias, s.columns, s.pos)
	case s.unnest != nil:
		return p.unnest(&relation{open: func() (rows, error) { return &listed{list: []row{{}}}, nil }}, s)
	}
	name := strings.ToUpper(s.name)
	if rel := p.with[name]; rel != nil {
		return p.named(rel, s.alias, s.columns, s.pos)
	}
	t, known := p.tables[name]
	if !known {
		return nil, syntaxError(p.env.sql, s.pos, "there is no table %q: there is %s", s.name, strings.Join(slices.Sorted(maps.Keys(p.tables)), ", "))
	}
	rel := &relation{open: func() (rows, error) {
		r, err := t.Open(p.ctx)
		if err != nil {
			return nil, err
		}
		return &scan{ctx: p.ctx, r: r, schema: t.Schema, read: p.read}, nil
	}}
	for _, f := range t.Schema.Fields() {
		rel.cols = append(rel.cols, column{field: f})
	}
	return p.named(rel, s.alias, s.columns, s.pos)
}

// named gives a relation a name, and its columns others if there are some.
func (p *plan) named(rel *relation, name string, columns []string, pos int) (*relation, error) {
	if len(columns) > 0 && len(columns) != len(rel.cols) {
		return nil, syntaxError(p.env.sql, pos, "there are %d names for %d columns", len(columns), len(rel.cols))
	}
	out := &relation{cols: slices.Clone(rel.cols), open: rel.open}
	for i := range out.cols {
		out.cols[i].table = name
		if len(columns) > 0 {
			out.cols[i].field.Name = columns[i]
		}
	}
	return out, nil
}

// scan reads a table.
type scan struct {
	ctx    context.Context
	r      record.Reader
	schema *record.Schema
	slots  record.Projection
	buffer row
	read   *int64
}

func (s *scan) next() (row, error) {
	if *s.read&0xff == 0 && s.ctx.Err() != nil {
		return nil, s.ctx.Err()
	}
	r, err := s.r.Read()
	if err != nil {
		return nil, err
	}
	*s.read++
	if r.Schema() == s.schema {
		return r.Values(), nil
	}
	s.buffer = s.buffer[:0]
	for _, at := range s.slots.Slots(r.Schema(), s.schema) {
		v := record.Null
		if at >= 0 {
			v = r.At(at)
		}
		s.buffer = append(s.buffer, v)
	}
	return s.buffer, nil
}

func (s *scan) close() { _ = s.r.Close() } // it was only read

// listed gives rows that are in memory.
type listed struct{ list []row }

func (l *listed) next() (row, error) {
	if len(l.list) == 0 {
		return nil, io.EOF
	}
	r := l.list[0]
	l.list = l.list[1:]
	return r, nil
}

func (l *listed) close() {}

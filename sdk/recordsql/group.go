package recordsql

import (
	"errors"
	"io"

	"github.com/braidflow/braid/sdk/record"
)

// grouper makes a row of each group: the values of the keys, then those of the aggregates.
type grouper struct {
	keys []expr
	aggs []*aggregate
	all  bool // there is one group even without rows
}

// grouped prepares GROUP BY: the scope in which the expressions above it are compiled adds its aggregates to the grouper.
func (p *plan) grouped(s *selection, items []item, rel *relation) (*scope, *grouper, error) {
	g := &grouper{all: len(s.group) == 0}
	base := p.scope(rel.cols)
	sc := &scope{env: p.env, plan: p, keys: map[string]int{}, aggs: &g.aggs, base: base}
	for _, n := range s.group {
		n = groupKey(n, items, base)
		e, err := base.compile(n)
		if err != nil {
			return nil, nil, err
		}
		c := column{field: record.Field{Name: n.text, Type: e.typ}}
		if n.op == opColumn {
			if at, err := base.find(n); err == nil {
				c = rel.cols[at]
			}
		}
		sc.keys[n.key(base.find)] = len(sc.cols)
		sc.cols = append(sc.cols, c)
		g.keys = append(g.keys, e)
	}
	return sc, g, nil
}

// groupKey resolves the number or the name of an item of the SELECT.
func groupKey(n *node, items []item, base *scope) *node {
	if n.op == opLiteral && n.value.Kind().IsInteger() {
		if i := n.value.Int(); i >= 1 && i <= int64(len(items)) {
			return items[i-1].expr
		}
	}
	if n.op == opColumn && n.table == "" {
		if _, err := base.find(n); err != nil {
			for _, it := range items {
				if it.name == n.text && !hasAggregate(it.expr) {
					return it.expr
				}
			}
		}
	}
	return n
}

type group struct {
	keys   row
	states []state
}

func (g *grouper) relation(rel *relation) *relation {
	return &relation{nil, func() (rows, error) {
		in, err := rel.open()
		if err != nil {
			return nil, err
		}
		defer in.close()
		groups, err := g.read(in)
		if err != nil {
			return nil, err
		}
		list := make([]row, 0, len(groups))
		for _, gr := range groups {
			r := gr.keys
			for i, a := range g.aggs {
				v, err := a.result(&gr.states[i])
				if err != nil {
					return nil, err
				}
				r = append(r, v)
			}
			list = append(list, r)
		}
		return &listed{list}, nil
	}}
}

// read gathers all rows in groups, in the order in which they come up.
func (g *grouper) read(in rows) ([]*group, error) {
	known := map[string]*group{}
	var order []*group
	if g.all {
		order = append(order, &group{states: make([]state, len(g.aggs))})
		known[""] = order[0]
	}
	keys := make(row, len(g.keys))
	var key, buf []byte
	for {
		r, err := in.next()
		if errors.Is(err, io.EOF) {
			return order, nil
		}
		if err != nil {
			return nil, err
		}
		key = key[:0]
		for i, e := range g.keys {
			if keys[i], err = e.eval(r); err != nil {
				return nil, err
			}
			key = appendKey(key, keys[i])
		}
		gr := known[string(key)]
		if gr == nil {
			gr = &group{clone(keys), make([]state, len(g.aggs))}
			known[string(key)] = gr
			order = append(order, gr)
		}
		for i, a := range g.aggs {
			if buf, err = a.add(&gr.states[i], r, buf); err != nil {
				return nil, err
			}
		}
	}
}

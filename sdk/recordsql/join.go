package recordsql

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/braidflow/braid/sdk/record"
)

// join plans a join: the rows of the right side are held in memory, by the values that ON compares if it does.
func (p *plan) join(s *source) (*relation, error) {
	left, err := p.source(s.left)
	if err != nil {
		return nil, err
	}
	if s.right.unnest != nil {
		return p.unnest(left, s.right)
	}
	right, err := p.source(s.right)
	if err != nil {
		return nil, err
	}
	j := &join{left: left, right: right, keepLeft: s.join == "LEFT" || s.join == "FULL", keepRight: s.join == "RIGHT" || s.join == "FULL"}
	j.cols = slices.Concat(left.cols, right.cols)
	for i := range j.cols {
		if i < len(left.cols) && j.keepRight || i >= len(left.cols) && j.keepLeft {
			j.cols[i].field.Required = false
		}
	}
	on := s.on
	for _, name := range s.using {
		l, r := tableOf(left, name), tableOf(right, name)
		eq := &node{op: "=", args: []*node{{op: opColumn, text: name, table: l, pos: s.pos}, {op: opColumn, text: name, table: r, pos: s.pos}}, pos: s.pos}
		if on == nil {
			on = eq
		} else {
			on = &node{op: "AND", args: []*node{on, eq}, pos: s.pos}
		}
	}
	for _, n := range conjuncts(on) {
		if l, r, ok := j.sides(p, n); ok {
			j.leftKeys, j.rightKeys = append(j.leftKeys, l), append(j.rightKeys, r)
			continue
		}
		cond, err := p.scope(j.cols).compile(n)
		if err != nil {
			return nil, err
		}
		j.rest = append(j.rest, cond)
	}
	return &relation{j.cols, j.open}, nil
}

func tableOf(rel *relation, _ string) string {
	if len(rel.cols) == 0 {
		return ""
	}
	return rel.cols[0].table
}

// conjuncts splits a condition at its ANDs.
func conjuncts(n *node) []*node {
	switch {
	case n == nil:
		return nil
	case n.op == "AND":
		return append(conjuncts(n.args[0]), conjuncts(n.args[1])...)
	}
	return []*node{n}
}

// sides compiles left = right, if each side looks at one side of the join and both have values that equal only if their keys
// do: both texts or both numbers.
func (j *join) sides(p *plan, n *node) (l, r expr, ok bool) {
	if n.op != "=" {
		return l, r, false
	}
	for _, pair := range [][2]*node{{n.args[0], n.args[1]}, {n.args[1], n.args[0]}} {
		var lerr, rerr, both error
		l, lerr = p.scope(j.left.cols).compile(pair[0])
		r, rerr = p.scope(j.right.cols).compile(pair[1])
		if _, both = p.scope(j.cols).compile(n); both != nil {
			return l, r, false // let it be reported
		}
		if lerr == nil && rerr == nil && l.typ != nil && r.typ != nil && sameClass(l.typ.Kind, r.typ.Kind) {
			return l, r, true
		}
	}
	return l, r, false
}

func sameClass(a, b record.Kind) bool {
	return a.IsNumber() && b.IsNumber() || isText(a) && isText(b) && a != record.KindChar && b != record.KindChar || a == b && a != record.KindChoice
}

type join struct {
	cols                []column
	left, right         *relation
	leftKeys, rightKeys []expr
	rest                []expr
	keepLeft, keepRight bool
}

func (j *join) open() (rows, error) {
	list, err := all(j.right)
	if err != nil {
		return nil, err
	}
	run := &joinRun{join: j, list: list, used: make([]bool, len(list)), buffer: make(row, len(j.cols))}
	if len(j.rightKeys) > 0 {
		run.index = map[string][]int{}
		for i, r := range list {
			key, err := keyOf(nil, j.rightKeys, r)
			if err != nil {
				return nil, err
			}
			if key != nil {
				run.index[string(key)] = append(run.index[string(key)], i)
			}
		}
	} else {
		for i := range list {
			run.every = append(run.every, i)
		}
	}
	run.in, err = j.left.open()
	return run, err
}

// keyOf is nil if one of the values is null: it equals nothing.
func keyOf(key []byte, keys []expr, r row) ([]byte, error) {
	key = append(key[:0], 'k')
	for _, e := range keys {
		v, err := e.eval(r)
		if err != nil || v.IsNull() {
			return nil, err
		}
		key = appendKey(key, v)
	}
	return key, nil
}

type joinRun struct {
	*join
	in      rows
	list    []row
	used    []bool // rows of the right side that matched
	index   map[string][]int
	every   []int
	current row // of the left side
	matched bool
	waiting []int // rows of the right side to be tried
	key     []byte
	buffer  row
	rest    int // of the right side, once the left one has ended
	ended   bool
}

func (j *joinRun) close() { j.in.close() }

func (j *joinRun) next() (row, error) {
	for !j.ended {
		for len(j.waiting) > 0 {
			at := j.waiting[0]
			j.waiting = j.waiting[1:]
			copy(j.buffer[len(j.left.cols):], j.list[at])
			ok, err := j.holds()
			if err != nil {
				return nil, err
			}
			if ok {
				j.matched, j.used[at] = true, true
				return j.buffer, nil
			}
		}
		if j.current != nil && !j.matched && j.keepLeft {
			j.matched = true
			clear(j.buffer[len(j.left.cols):])
			return j.buffer, nil
		}
		if err := j.advance(); err != nil {
			return nil, err
		}
	}
	for j.keepRight && j.rest < len(j.list) {
		at := j.rest
		if j.rest++; !j.used[at] {
			clear(j.buffer[:len(j.left.cols)])
			copy(j.buffer[len(j.left.cols):], j.list[at])
			return j.buffer, nil
		}
	}
	return nil, io.EOF
}

// advance takes the next row of the left side.
func (j *joinRun) advance() (err error) {
	j.current, err = j.in.next()
	if errors.Is(err, io.EOF) {
		j.ended = true
		return nil
	}
	if err != nil {
		return err
	}
	j.matched = false
	copy(j.buffer, j.current)
	if j.waiting = j.every; j.index != nil {
		key, err := keyOf(j.key, j.leftKeys, j.current)
		if err != nil {
			return err
		}
		if j.waiting = nil; key != nil {
			j.key = key
			j.waiting = j.index[string(key)]
		}
	}
	return nil
}

func (j *joinRun) holds() (bool, error) {
	for _, cond := range j.join.rest {
		v, err := cond.eval(j.buffer)
		if err != nil || v.IsNull() {
			return false, err
		}
		if yes, err := truth(v); err != nil || !yes {
			return false, err
		}
	}
	return true, nil
}

// unnest joins each row with the elements of an array in it, or the entries of a map.
func (p *plan) unnest(left *relation, s *source) (*relation, error) {
	e, err := p.scope(left.cols).compile(s.unnest)
	if err != nil {
		return nil, err
	}
	made := elementColumns(e.typ)
	if s.ordinality {
		made = append(made, column{field: record.Field{Name: "ORDINALITY", Type: record.Int}})
	}
	if len(s.columns) > 0 && len(s.columns) != len(made) {
		return nil, syntaxError(p.env.sql, s.pos, "there are %d names for %d columns", len(s.columns), len(made))
	}
	for i := range made {
		if made[i].table = s.alias; len(s.columns) > 0 {
			made[i].field.Name = s.columns[i]
		} else if len(made) == 1 && s.alias != "" {
			made[i].field.Name = s.alias
		}
	}
	cols := slices.Concat(left.cols, made)
	return through(left, cols, func() func(rows) (row, error) {
		buffer := make(row, len(cols))
		var waiting []row
		at := 0
		return func(in rows) (row, error) {
			for at >= len(waiting) {
				r, err := in.next()
				if err != nil {
					return nil, err
				}
				copy(buffer, r)
				v, err := e.eval(r)
				if err != nil {
					return nil, err
				}
				if waiting, err = elements(v, len(made), s.ordinality); err != nil {
					return nil, err
				}
				at = 0
			}
			copy(buffer[len(left.cols):], waiting[at])
			at++
			return buffer, nil
		}
	}), nil
}

// elementColumns are the columns that an array or map makes: those of the records in it, or one for the value.
func elementColumns(t *record.Type) []column {
	switch {
	case t != nil && t.Kind == record.KindMap:
		return []column{{field: record.Field{Name: "KEY", Type: record.String}}, {field: record.Field{Name: "VALUE", Type: t.Elem}}}
	case t == nil || t.Kind != record.KindArray || t.Elem == nil:
		return []column{{field: record.Field{Name: "EXPR$0"}}}
	case t.Elem.Kind == record.KindRecord && t.Elem.Schema != nil:
		var cols []column
		for _, f := range t.Elem.Schema.Fields() {
			cols = append(cols, column{field: f})
		}
		return cols
	}
	return []column{{field: record.Field{Name: "EXPR$0", Type: t.Elem}}}
}

func elements(v record.Value, width int, ordinality bool) ([]row, error) {
	if ordinality {
		width--
	}
	var out []row
	add := func(r row) {
		if ordinality {
			r = append(r, record.IntValue(int32(len(out)+1))) //nolint:gosec // no array is that long
		}
		out = append(out, r)
	}
	switch v.Kind() {
	case record.KindNull:
	case record.KindMap:
		for i := range v.Len() {
			add(row{record.StringValue(v.Map().Key(i)), v.Map().At(i)})
		}
	case record.KindArray, record.KindBytes:
		for _, item := range v.Array() {
			if r := item.Record(); r != nil && width == r.Schema().Len() && width > 1 {
				add(slices.Clone(row(r.Values())))
				continue
			}
			add(append(row{item}, make(row, width-1)...))
		}
	default:
		return nil, fmt.Errorf("UNNEST needs an array or a map, not %s", v.Kind())
	}
	return out, nil
}

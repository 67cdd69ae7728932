package recordpath

import (
	"errors"

	"github.com/braidflow/braid/sdk/record"
)

// segment is a compiled part of a path. eval calls yield for each that it
// selects until yield returns false or c has failed.
type segment interface {
	eval(c *evaluation, yield func(*Selected) bool)
}

// single is a segment that can select at most one, found without a callback.
type single interface {
	segment
	isSingle() bool
	one(c *evaluation) *Selected
}

// mapped is embedded by segments that turn each parent into at most one.
type mapped struct {
	parent segment
	single bool
	step   func(c *evaluation, p *Selected) *Selected
}

func newMapped(parent segment, step func(*evaluation, *Selected) *Selected) segment {
	s, ok := parent.(single)
	return &mapped{parent, ok && s.isSingle(), step}
}

func (m *mapped) isSingle() bool { return m.single }

func (m *mapped) one(c *evaluation) *Selected {
	p := m.parent.(single).one(c)
	if p == nil || c.err != nil {
		return nil
	}
	return m.step(c, p)
}

func (m *mapped) eval(c *evaluation, yield func(*Selected) bool) {
	if m.single {
		if f := m.one(c); f != nil {
			yield(f)
		}
		return
	}
	m.parent.eval(c, func(p *Selected) bool {
		f := m.step(c, p)
		if f == nil {
			return c.err == nil
		}
		return yield(f)
	})
}

// spread is a segment that turns each parent into any number.
type spread struct {
	parent segment
	step   func(c *evaluation, p *Selected, yield func(*Selected) bool) bool
}

func (s spread) eval(c *evaluation, yield func(*Selected) bool) {
	s.parent.eval(c, func(p *Selected) bool { return s.step(c, p, yield) && c.err == nil })
}

type rootSegment struct{}

func (rootSegment) isSingle() bool { return true }

func (rootSegment) one(c *evaluation) *Selected {
	return c.add(Selected{Value: record.RecordValue(c.root), Name: "root", Type: record.RecordOf(c.root.Schema()), index: -1})
}

func (s rootSegment) eval(c *evaluation, yield func(*Selected) bool) { yield(s.one(c)) }

type literal struct{ value record.Value }

func (literal) isSingle() bool { return true }

func (l literal) one(c *evaluation) *Selected { return c.add(Selected{Value: l.value, index: -1}) }

func (l literal) eval(c *evaluation, yield func(*Selected) bool) { yield(l.one(c)) }

// broken is a path that compiles and selects nothing, as a literal alone.
type broken struct{ err error }

func (b broken) eval(c *evaluation, _ func(*Selected) bool) { c.fail(b.err) }

// current is the field of a predicate, or else where the path stands.
type current struct{ parent segment }

func (s current) eval(c *evaluation, yield func(*Selected) bool) {
	switch {
	case c.context != nil:
		yield(c.context)
	case s.parent != nil:
		s.parent.eval(c, yield)
	default:
		c.fail(errNoContext)
	}
}

func parentSegment(of segment) segment {
	if of == nil {
		of = contextSegment{}
	}
	return newMapped(of, func(_ *evaluation, f *Selected) *Selected { return f.parent })
}

type contextSegment struct{}

func (contextSegment) eval(c *evaluation, yield func(*Selected) bool) {
	if c.context == nil {
		c.fail(errNoContext)
		return
	}
	yield(c.context)
}

func isRecord(f *Selected) bool {
	return f.Value.Kind() == record.KindRecord || f.Type != nil && f.Type.Kind == record.KindRecord
}

// unknownType is that of a field that does not exist.
var unknownType = record.ChoiceOf(record.String, record.RecordOf(nil))

func childSegment(parent segment, name string) segment {
	return newMapped(parent, func(c *evaluation, p *Selected) *Selected {
		if p.Type == nil {
			return c.fail(errNoField)
		}
		child := Selected{Name: name, Type: unknownType, parent: p, index: -1}
		if r := p.Value.Record(); r != nil {
			if i := r.Schema().Index(name); i >= 0 {
				child.Value, child.Type = valueAt(r, i), r.Schema().Type(i)
				if !child.Value.IsNull() {
					child.Name = r.Schema().FieldName(i)
				}
			}
		} else if isRecord(p) && p.Type.Schema != nil {
			if i := p.Type.Schema.Index(name); i >= 0 {
				child.Type = p.Type.Schema.Type(i)
			}
		}
		return c.add(child)
	})
}

func valueAt(r *record.Record, i int) record.Value {
	v := r.At(i)
	if v.IsMissing() {
		v = r.Schema().Default(i)
	}
	return v
}

func wildChild(parent segment) segment {
	return spread{parent, func(c *evaluation, p *Selected, yield func(*Selected) bool) bool {
		r := p.Value.Record()
		if r == nil {
			return true
		}
		for i, f := range r.Schema().Fields() {
			v := valueAt(r, i)
			if !v.IsNull() && !yield(c.add(Selected{Value: v, Name: f.Name, Type: f.Type, parent: p, index: -1})) {
				return false
			}
		}
		return true
	}}
}

var errIndex = errors.New("array index is out of range")

func element(p *Selected, i int) Selected {
	return Selected{Value: p.Value.Array()[i], Name: p.Name, Type: elemType(p), parent: p, index: i}
}

func elemType(p *Selected) *record.Type {
	if p.Type.Elem == nil {
		return record.String
	}
	return p.Type.Elem
}

func entry(p *Selected, key string, v record.Value) Selected {
	return Selected{Value: v, Name: p.Name, Type: elemType(p), parent: p, index: -1, key: key, isKey: true}
}

func indexSegment(parent segment, index int) segment {
	return newMapped(parent, func(c *evaluation, p *Selected) *Selected {
		if p.Type == nil {
			return c.fail(errNoField)
		}
		if p.Type.Kind != record.KindArray || p.Value.IsNull() {
			return nil
		}
		i, n := index, p.Value.Len()
		if i < 0 {
			i += n
		}
		switch {
		case i >= n:
			return nil
		case i < 0:
			return c.fail(errIndex)
		}
		return c.add(element(p, i))
	})
}

type span struct{ from, to int }

// indexesSegment takes several indexes and ranges. One that starts outside of the
// array selects nothing.
func indexesSegment(parent segment, spans []span) segment {
	return spread{parent, func(c *evaluation, p *Selected, yield func(*Selected) bool) bool {
		switch {
		case p.Type == nil:
			c.fail(errNoField)
			return false
		case p.Type.Kind != record.KindArray:
			return true
		case p.Value.IsNull():
			c.fail(errNoValue)
			return false
		}
		n := p.Value.Len()
		for _, s := range spans {
			if n <= max(s.from, -s.from) {
				continue
			}
			if s.from < 0 {
				s.from += n
			}
			if s.to < 0 {
				s.to += n
			}
			for i := s.from; i <= min(s.to, n-1); i++ {
				if !yield(c.add(element(p, i))) {
					return false
				}
			}
		}
		return true
	}}
}

func keysSegment(parent segment, keys []string) segment {
	return spread{parent, func(c *evaluation, p *Selected, yield func(*Selected) bool) bool {
		switch {
		case p.Type == nil:
			c.fail(errNoField)
			return false
		case p.Type.Kind != record.KindMap:
			return true
		case p.Value.Map() == nil:
			c.fail(errNoValue)
			return false
		}
		for _, k := range keys {
			v, _ := p.Value.Map().Get(k)
			if !yield(c.add(entry(p, k, v))) {
				return false
			}
		}
		return true
	}}
}

func anyIndex(parent segment) segment {
	return spread{parent, func(c *evaluation, p *Selected, yield func(*Selected) bool) bool {
		switch {
		case p.Type == nil:
			c.fail(errNoField)
			return false
		case p.Type.Kind == record.KindMap:
			return eachEntry(c, p, yield)
		case p.Type.Kind == record.KindArray:
			for i := range p.Value.Len() {
				if !yield(c.add(element(p, i))) {
					return false
				}
			}
		}
		return true
	}}
}

func eachEntry(c *evaluation, p *Selected, yield func(*Selected) bool) bool {
	m := p.Value.Map()
	for i := range m.Len() {
		if !yield(c.add(entry(p, m.Key(i), m.At(i)))) {
			return false
		}
	}
	return true
}

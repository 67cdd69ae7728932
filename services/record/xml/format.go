package xml

import (
	"fmt"

	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/services/record/json"
)

// fields writes a record's fields inside the pending elements; it tells whether
// there was anything to write, and the elements thus have begun.
func (w *Writer) fields(r *record.Record, s *record.Schema) (written bool, err error) {
	p := w.projects[s]
	if p == nil {
		p = &record.Projection{}
		if len(w.projects) > 1000 { // schemas may differ from record to record
			clear(w.projects)
		}
		w.projects[s] = p
	}
	slots := p.Slots(r.Schema(), s)
	for i, f := range s.Fields() {
		v := record.Missing
		if slots[i] >= 0 {
			v = r.At(slots[i])
		}
		if v.IsMissing() && !f.Default.IsNull() {
			v = f.Default
		}
		done, err := w.value(f.Name, v, f.Type)
		if err != nil {
			return false, fmt.Errorf("field %q: %w", f.Name, err)
		}
		written = written || done
	}
	return written, nil
}

// value writes one field; it tells whether there was anything to write.
func (w *Writer) value(name string, v record.Value, t *record.Type) (bool, error) {
	if t.Kind == record.KindChoice {
		t = record.Choose(v, t, w.opts.Formats)
	}
	if t != nil && v.Kind() != t.Kind {
		c, err := record.Convert(v, t, w.opts.Formats)
		if err != nil {
			return false, err
		}
		v = c
	}
	switch v.Kind() {
	case record.KindNull:
		if w.suppresses(v) {
			return false, nil
		}
		w.leaf(name, nil)
		return true, nil
	case record.KindRecord:
		s := v.Record().Schema()
		if t != nil && t.Kind == record.KindRecord && t.Schema != nil {
			s = t.Schema
		}
		return w.inside(name, func() (bool, error) { return w.fields(v.Record(), s) })
	case record.KindMap:
		return w.mapping(name, v.Map(), elemOf(t))
	case record.KindArray, record.KindBytes:
		return w.array(name, v.Array(), elemOf(t))
	}
	w.leaf(name, record.AppendText(nil, v, w.opts.Formats))
	return true, nil
}

// elemOf is the type of elements; a CHOICE of nothing takes them as they are.
func elemOf(t *record.Type) *record.Type {
	if t == nil || t.Elem == nil {
		return &record.Type{Kind: record.KindChoice}
	}
	return t.Elem
}

func (w *Writer) suppresses(v record.Value) bool {
	return w.opts.Suppress == json.AlwaysSuppress || w.opts.Suppress == json.SuppressMissing && v.IsMissing()
}

// inside writes an element around what content writes; if that is nothing, an
// empty one unless nulls are suppressed.
func (w *Writer) inside(name string, content func() (bool, error)) (bool, error) {
	depth := len(w.pending)
	w.pending = append(w.pending, name)
	written, err := content()
	if err != nil {
		return false, err
	}
	if !written {
		if w.opts.Suppress == json.AlwaysSuppress {
			w.pending = w.pending[:depth]
			return false, nil
		}
		w.flushTags()
	}
	w.end()
	return true, nil
}

func (w *Writer) mapping(name string, m *record.Map, elem *record.Type) (bool, error) {
	return w.inside(name, func() (written bool, err error) {
		for i := range m.Len() {
			done, err := w.value(m.Key(i), m.At(i), elem)
			if err != nil {
				return false, fmt.Errorf("key %q: %w", m.Key(i), err)
			}
			written = written || done
		}
		return written, nil
	})
}

func (w *Writer) array(name string, items []record.Value, elem *record.Type) (bool, error) {
	tag, wrapper := name, ""
	switch w.opts.Wrapping {
	case PropertyForElements:
		tag, wrapper = w.opts.Array, name
	case PropertyAsWrapper:
		wrapper = w.opts.Array
	}
	all := func() (written bool, err error) {
		for i, item := range items {
			done, err := w.value(tag, item, elem)
			if err != nil {
				return false, fmt.Errorf("element %d: %w", i, err)
			}
			written = written || done
		}
		return written, nil
	}
	if wrapper == "" {
		return all()
	}
	return w.inside(wrapper, all)
}

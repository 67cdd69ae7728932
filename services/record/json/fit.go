package json

import (
	"fmt"
	"slices"

	"github.com/braidflow/braid/sdk/record"
)

// Fit turns an untyped value, in which objects are MAPs, into one of type t; of
// a CHOICE the option that holds most of it.
func Fit(v record.Value, t *record.Type, f *record.Formats) (record.Value, error) {
	return fit(v, t, f)
}

func fit(v record.Value, t *record.Type, f *record.Formats) (record.Value, error) {
	if v.IsNull() || t == nil {
		return v, nil
	}
	switch t.Kind {
	case record.KindChoice:
		return fitChoice(v, t, f)
	case record.KindRecord:
		if m := v.Map(); m != nil {
			return fitRecord(m, t.Schema, f)
		}
	case record.KindMap:
		if m := v.Map(); m != nil {
			for i := range m.Len() {
				item, err := fit(m.At(i), t.Elem, f)
				if err != nil {
					return record.Null, fmt.Errorf("key %q: %w", m.Key(i), err)
				}
				m.SetAt(i, item)
			}
			return v, nil
		}
	case record.KindArray:
		if v.Kind() == record.KindArray {
			items := slices.Clone(v.Array())
			for i, item := range items {
				c, err := fit(item, t.Elem, f)
				if err != nil {
					return record.Null, fmt.Errorf("element %d: %w", i, err)
				}
				items[i] = c
			}
			return record.ArrayValue(items), nil
		}
	case record.KindString:
		if v.Kind() == record.KindArray || v.Kind() == record.KindMap {
			return record.StringValue(string(appendValue(nil, v, nil, &style{suppress: NeverSuppress}))), nil
		}
	}
	return record.Convert(v, t, f)
}

func fitRecord(m *record.Map, s *record.Schema, f *record.Formats) (record.Value, error) {
	rec := record.New(s)
	for i, field := range s.Fields() {
		v, ok := m.Get(field.Name)
		for _, alias := range field.Aliases {
			if !ok {
				v, ok = m.Get(alias)
			}
		}
		if !ok {
			rec.SetAt(i, record.Missing)
			continue
		}
		item, err := fit(v, field.Type, f)
		if err != nil {
			return record.Null, fmt.Errorf("field %q: %w", field.Name, err)
		}
		rec.SetAt(i, item)
	}
	return record.RecordValue(rec), nil
}

// fitChoice takes the first option that holds all of a nested value, then the first
// that holds some of it; scalars go by [record.Choose].
func fitChoice(v record.Value, t *record.Type, f *record.Formats) (record.Value, error) {
	if v.Kind() != record.KindMap && v.Kind() != record.KindArray {
		return record.Convert(v, t, f)
	}
	for _, strict := range []bool{true, false} {
		for _, o := range t.Options {
			if strict && !holdsAll(v, o) || !strict && o.Kind == record.KindString {
				continue
			}
			if out, err := fit(v, o, f); err == nil && (strict || record.Compatible(out, o, false, f)) {
				return out, nil
			}
		}
	}
	return record.Convert(v, t, f)
}

// holdsAll reports whether t is an object or array type with room for every
// part of v.
func holdsAll(v record.Value, t *record.Type) bool {
	switch t.Kind {
	case record.KindMap:
		return v.Kind() == record.KindMap
	case record.KindRecord:
		m := v.Map()
		for i := range m.Len() {
			at := t.Schema.Index(m.Key(i))
			if at < 0 || isNested(m.At(i)) && !holdsAll(m.At(i), t.Schema.Type(at)) {
				return false
			}
		}
		return m != nil
	case record.KindArray:
		for _, item := range v.Array() {
			if isNested(item) != isNestedType(t.Elem) || isNested(item) && !holdsAll(item, t.Elem) {
				return false
			}
		}
		return v.Kind() == record.KindArray
	case record.KindChoice:
		return slices.ContainsFunc(t.Options, func(o *record.Type) bool { return holdsAll(v, o) })
	}
	return false
}

func isNested(v record.Value) bool {
	return v.Kind() == record.KindMap || v.Kind() == record.KindArray
}

func isNestedType(t *record.Type) bool {
	return t.Kind >= record.KindRecord && t.Kind <= record.KindChoice
}

package recordpath

import (
	"errors"
	"slices"

	"github.com/braidflow/braid/sdk/record"
)

var errNoPlace = errors.New("cannot set a value that is no part of the record")

// Set puts v at the place, converted to the type of its field. If it cannot be
// converted, or the field does not exist, the record's schema changes
// accordingly. Below a record that is null or missing nothing happens, as in NiFi.
func (s *Selected) Set(v record.Value) error { return s.SetTyped(v, nil) }

// SetTyped is Set with a new type for the field; nil keeps the type it has.
func (s *Selected) SetTyped(v record.Value, t *record.Type) error {
	if s.parent == nil {
		return errNoPlace
	}
	v, t, err := s.fitted(v, t)
	if err != nil {
		return err
	}
	switch {
	case s.index >= 0:
		return s.setElement(v, t)
	case s.isKey:
		m := s.parent.Value.Map()
		if m == nil {
			return nil
		}
		m.Set(s.key, v)
		s.retype(t)
	default:
		r := s.parent.Value.Record()
		if r == nil {
			return nil
		}
		s.setField(r, v, t)
	}
	s.Value = v
	return nil
}

// fitted converts v to the wanted type, else to the type that the place has, and
// otherwise takes v as it is with its own type.
func (s *Selected) fitted(v record.Value, t *record.Type) (record.Value, *record.Type, error) {
	if t != nil {
		c, err := record.Convert(v, t, record.DefaultFormats)
		return c, t, err
	}
	if s.Type != nil && s.Type != unknownType {
		if c, err := record.Convert(v, s.Type, record.DefaultFormats); err == nil {
			return c, s.Type, nil
		}
	}
	return v, record.TypeOf(v), nil
}

func (s *Selected) setElement(v record.Value, t *record.Type) error {
	items := s.parent.Value.Array()
	if s.index >= len(items) { // the array was set to another one meanwhile
		return nil
	}
	items[s.index] = v
	if s.parent.Value.Kind() == record.KindBytes { // items are a copy
		return s.parent.SetTyped(record.ArrayValue(items), record.ArrayOf(t))
	}
	s.Value = v
	s.retype(t)
	return nil
}

func (s *Selected) setField(r *record.Record, v record.Value, t *record.Type) {
	f := record.Field{Name: s.Name}
	if i := r.Schema().Index(s.Name); i >= 0 {
		f = r.Schema().Field(i)
	}
	f.Type = t
	r.Put(f, v)
	s.Type = t
	s.parent.retype(record.RecordOf(r.Schema()))
}

// retype makes the schemas above the place agree with its new type.
func (s *Selected) retype(t *record.Type) {
	if s.parent == nil || s.Type != nil && s.Type.Equal(t) {
		return
	}
	p := s.parent
	if s.index >= 0 || s.isKey {
		container := *p.Type
		container.Elem = record.Merge(s.Type, t) // for this one and the others
		s.Type = t
		p.retype(&container)
		return
	}
	r := p.Value.Record()
	if r == nil {
		return
	}
	i := r.Schema().Index(s.Name)
	if i < 0 {
		return
	}
	f := r.Schema().Field(i)
	if f.Type.Kind == t.Kind {
		f.Type = t
	} else {
		f.Type = record.Merge(f.Type, t)
	}
	r.Put(f, r.At(i))
	s.Type = t
	p.retype(record.RecordOf(r.Schema()))
}

// Remove takes the place out of its record, array or map. When several
// elements of one array are to go, remove the last one first.
func (s *Selected) Remove() error {
	if s.parent == nil {
		return errNoPlace
	}
	switch {
	case s.index >= 0:
		items := slices.Clone(s.parent.Value.Array())
		if s.index >= len(items) {
			return nil
		}
		return s.parent.SetTyped(record.ArrayValue(slices.Delete(items, s.index, s.index+1)), s.parent.Type)
	case s.isKey:
		if m := s.parent.Value.Map(); m != nil {
			m.Delete(s.key)
		}
	default:
		if r := s.parent.Value.Record(); r != nil && r.Remove(s.Name) {
			s.parent.retype(record.RecordOf(r.Schema()))
		}
	}
	return nil
}

package record

import (
	"bytes"
	"math"
	"slices"
	"strings"
)

// Record is one row: a schema and a value for each of its fields. It must not
// be used by two goroutines at once.
type Record struct {
	schema *Schema
	values []Value
}

// New makes a record of nulls.
func New(s *Schema) *Record { return &Record{schema: s, values: make([]Value, s.Len())} }

// Of makes a record over values, one for each field of s, without copying them.
// Missing values are null, surplus ones are ignored.
func Of(s *Schema, values ...Value) *Record {
	for len(values) < s.Len() {
		values = append(values, Null)
	}
	return &Record{schema: s, values: values[:s.Len()]}
}

// Schema is the schema of the record.
func (r *Record) Schema() *Schema { return r.schema }

// Values are the record's values in the order of its fields; changing them changes the record.
func (r *Record) Values() []Value { return r.values }

// At returns the value of the i-th field.
func (r *Record) At(i int) Value { return r.values[i] }

// SetAt sets the value of the i-th field.
func (r *Record) SetAt(i int, v Value) { r.values[i] = v }

// Get returns the value of a field by name or alias; null if there is none.
func (r *Record) Get(name string) Value {
	if i := r.schema.Index(name); i >= 0 {
		return r.values[i]
	}
	return Null
}

// Set sets a field by name or alias. A name that the schema lacks becomes a
// new field at the end, of the type of v, in this record only.
func (r *Record) Set(name string, v Value) {
	i := r.schema.Index(name)
	if i < 0 {
		r.Put(Field{Name: name, Type: TypeOf(v)}, v)
		return
	}
	r.values[i] = v
}

// Put sets a value and makes its field part of the record's schema, replacing
// a field of that name.
func (r *Record) Put(f Field, v Value) {
	i := r.schema.Index(f.Name)
	if i < 0 || !r.schema.fields[i].Equal(f) {
		r.schema = r.schema.With(f)
		i = r.schema.Index(f.Name)
	}
	if i == len(r.values) {
		r.values = append(r.values, Null)
	}
	r.values[i] = v
}

// Remove takes a field, found by name or alias, out of the record and its
// schema. It reports whether there was one.
func (r *Record) Remove(name string) bool {
	i := r.schema.Index(name)
	if i < 0 {
		return false
	}
	r.schema = r.schema.Without(i)
	r.values = slices.Delete(r.values, i, i+1)
	return true
}

// Reset gives the record another schema and sets all its values to null.
func (r *Record) Reset(s *Schema) {
	r.schema = s
	r.values = slices.Grow(r.values[:0], s.Len())[:s.Len()]
	clear(r.values)
}

// ResetSchema takes back what Set, Put and Remove have done to the schema: the
// record has again as many values as s, which must be the schema it was made
// with. The values themselves are arbitrary.
func (r *Record) ResetSchema(s *Schema) { r.schema, r.values = s, r.values[:s.Len()] }

// Clone copies the record and all that it holds.
func (r *Record) Clone() *Record {
	c := &Record{schema: r.schema, values: make([]Value, len(r.values))}
	size := 0
	for _, v := range r.values {
		size += len(v.Text())
	}
	text := make([]byte, 0, size) // one allocation for all texts of the row
	for i, v := range r.values {
		if s := v.Text(); s != "" {
			at := len(text)
			text = append(text, s...)
			v = BytesTextValue(text[at:])
			v.kind = r.values[i].kind
			c.values[i] = v
			continue
		}
		c.values[i] = v.Clone()
	}
	return c
}

// Clone copies the value and all that it holds.
func (v Value) Clone() Value {
	switch v.kind {
	case KindString, KindEnum, KindUUID:
		return TextValue(v.kind, strings.Clone(v.Text()))
	case KindBytes:
		return BytesValue(bytes.Clone(v.Bytes()))
	case KindArray:
		items := make([]Value, v.n)
		for i, item := range v.Array() {
			items[i] = item.Clone()
		}
		return ArrayValue(items)
	case KindMap:
		m := NewMap(v.Len())
		for i, k := range v.Map().keys {
			m.keys = append(m.keys, strings.Clone(k))
			m.values = append(m.values, v.Map().values[i].Clone())
		}
		return MapValue(m)
	case KindRecord:
		return RecordValue(v.Record().Clone())
	}
	return v
}

// Map is the content of a MAP: keys in the order in which they were first set.
type Map struct {
	keys   []string
	values []Value
	index  map[string]int // of keys, made by Set once there are many; nil = look at all
}

// manyKeys is from where on an index is worth its while.
const manyKeys = 32

// NewMap makes an empty map with room for n keys.
func NewMap(n int) *Map { return &Map{keys: make([]string, 0, n), values: make([]Value, 0, n)} }

// Len is the number of keys; 0 for a nil map.
func (m *Map) Len() int {
	if m == nil {
		return 0
	}
	return len(m.keys)
}

// Key returns the i-th key.
func (m *Map) Key(i int) string { return m.keys[i] }

// At returns the i-th value.
func (m *Map) At(i int) Value { return m.values[i] }

// SetAt sets the i-th value.
func (m *Map) SetAt(i int, v Value) { m.values[i] = v }

// Get returns the value of a key and whether it is there.
func (m *Map) Get(key string) (Value, bool) {
	if i := m.find(key); i >= 0 {
		return m.values[i], true
	}
	return Null, false
}

func (m *Map) find(key string) int {
	if m.index == nil {
		return slices.Index(m.keys, key)
	}
	if i, ok := m.index[key]; ok {
		return i
	}
	return -1
}

// Set sets the value of a key.
func (m *Map) Set(key string, v Value) {
	if m.index == nil && len(m.keys) >= manyKeys {
		m.index = make(map[string]int, 2*len(m.keys))
		for i, k := range m.keys {
			m.index[k] = i
		}
	}
	if i := m.find(key); i >= 0 {
		m.values[i] = v
		return
	}
	m.Append(key, v)
}

// Append adds a key that the map is known not to have, without looking for it.
func (m *Map) Append(key string, v Value) {
	if m.index != nil {
		m.index[key] = len(m.keys)
	}
	m.keys, m.values = append(m.keys, key), append(m.values, v)
}

// Delete removes a key.
func (m *Map) Delete(key string) {
	if i := m.find(key); i >= 0 {
		m.index = nil
		m.keys, m.values = slices.Delete(m.keys, i, i+1), slices.Delete(m.values, i, i+1)
	}
}

// Equal reports whether a and b have the same kind and content. Records are
// compared by their field names and values, maps without regard to order.
func Equal(a, b Value) bool {
	if a.kind != b.kind {
		return false
	}
	switch a.kind {
	case KindNull:
		return true
	case KindFloat, KindDouble:
		x, y := a.Float(), b.Float()
		return x == y || math.IsNaN(x) && math.IsNaN(y)
	case KindBigInt:
		return a.BigInt().Cmp(b.BigInt()) == 0
	case KindDecimal:
		return a.Decimal().Cmp(b.Decimal()) == 0
	case KindString, KindEnum, KindUUID:
		return a.Text() == b.Text()
	case KindBytes:
		return bytes.Equal(a.Bytes(), b.Bytes())
	case KindArray:
		return slices.EqualFunc(a.Array(), b.Array(), Equal)
	case KindMap:
		return equalMaps(a.Map(), b.Map())
	case KindRecord:
		return equalRecords(a.Record(), b.Record())
	}
	return a.n == b.n && a.nano == b.nano
}

func equalMaps(a, b *Map) bool {
	if a.Len() != b.Len() {
		return false
	}
	for i, k := range a.keys {
		if v, ok := b.Get(k); !ok || !Equal(a.values[i], v) {
			return false
		}
	}
	return true
}

func equalRecords(a, b *Record) bool {
	if len(a.values) != len(b.values) {
		return false
	}
	for i, v := range a.values {
		if a.schema.fields[i].Name != b.schema.fields[i].Name || !Equal(v, b.values[i]) {
			return false
		}
	}
	return true
}

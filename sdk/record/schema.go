package record

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
)

// Field is one named field of a schema.
type Field struct {
	Name     string
	Type     *Type
	Required bool     // null is refused by ValidateRecord and by strict writers
	Default  Value    // null = none
	Aliases  []string // other names under which the field is found
}

// Equal reports whether both fields are the same in every respect.
func (f Field) Equal(o Field) bool {
	return f.Name == o.Name && f.Required == o.Required && f.Type.Equal(o.Type) &&
		slices.Equal(f.Aliases, o.Aliases) && Equal(f.Default, o.Default)
}

// Schema is an immutable ordered list of fields.
type Schema struct {
	name, namespace string
	fields          []Field
	source          string         // the text that ParseAvro read
	id              SchemaID       // of schemas from a registry
	index           map[string]int // names and aliases
	own             *Type          // RECORD of this schema
	wider, narrower atomic.Pointer[variant]
}

// variant remembers the last schema made by With or Without, because a
// processor that adds or drops a field does so in record after record.
type variant struct {
	field  Field
	schema *Schema
}

// NewSchema makes a schema of the fields. Of two fields with one name, the
// first is found by name.
func NewSchema(fields ...Field) *Schema { return NamedSchema("", "", fields...) }

// NamedSchema is NewSchema with the record's name and name space (both may be "").
func NamedSchema(namespace, name string, fields ...Field) *Schema {
	s := &Schema{name: name, namespace: namespace, fields: slices.Clone(fields), index: make(map[string]int, len(fields))}
	s.own = &Type{Kind: KindRecord, Schema: s}
	for i, f := range s.fields {
		s.indexName(f.Name, i)
	}
	for i, f := range s.fields {
		for _, a := range f.Aliases {
			s.indexName(a, i)
		}
	}
	return s
}

func (s *Schema) indexName(name string, i int) {
	if _, taken := s.index[name]; !taken {
		s.index[name] = i
	}
}

// Name is the record's name in its schema text, or "".
func (s *Schema) Name() string { return s.name }

// Namespace is the record's name space in its schema text, or "".
func (s *Schema) Namespace() string { return s.namespace }

// Len is the number of fields.
func (s *Schema) Len() int { return len(s.fields) }

// Field returns the i-th field.
func (s *Schema) Field(i int) Field { return s.fields[i] }

// FieldName is the name of the i-th field.
func (s *Schema) FieldName(i int) string { return s.fields[i].Name }

// Type is the type of the i-th field.
func (s *Schema) Type(i int) *Type { return s.fields[i].Type }

// Default is the default of the i-th field, Missing if it has none.
func (s *Schema) Default(i int) Value {
	if s.fields[i].Default.IsNull() {
		return Missing
	}
	return s.fields[i].Default
}

// Fields returns all fields; the caller must not change the slice.
func (s *Schema) Fields() []Field { return s.fields }

// Index finds a field by name or alias, or returns -1.
func (s *Schema) Index(name string) int {
	if i, ok := s.index[name]; ok {
		return i
	}
	return -1
}

// With returns the schema with one more field at its end, or with the field of
// that name replaced. The last result is remembered, so that a call per record
// costs little.
func (s *Schema) With(f Field) *Schema {
	if e := s.wider.Load(); e != nil && e.field.Equal(f) {
		return e.schema
	}
	fields := slices.Clone(s.fields)
	if i := s.Index(f.Name); i >= 0 {
		fields[i] = f
	} else {
		fields = append(fields, f)
	}
	wider := NamedSchema(s.namespace, s.name, fields...)
	s.wider.Store(&variant{f, wider})
	return wider
}

// Without returns the schema without its i-th field. The last result is
// remembered.
func (s *Schema) Without(i int) *Schema {
	f := s.fields[i]
	if e := s.narrower.Load(); e != nil && e.field.Name == f.Name {
		return e.schema
	}
	narrower := NamedSchema(s.namespace, s.name, slices.Delete(slices.Clone(s.fields), i, i+1)...)
	s.narrower.Store(&variant{f, narrower})
	return narrower
}

// Equal reports whether both schemas have equal fields in the same order.
func (s *Schema) Equal(o *Schema) bool {
	if s == o {
		return true
	}
	return s != nil && o != nil && slices.EqualFunc(s.fields, o.fields, Field.Equal)
}

// String lists the fields, for messages.
func (s *Schema) String() string {
	parts := make([]string, len(s.fields))
	for i, f := range s.fields {
		parts[i] = fmt.Sprintf("%q: %s", f.Name, f.Type)
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

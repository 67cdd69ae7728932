package json

import (
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/braidflow/braid/sdk/record"
)

// plan is how to write records with one schema: their keys ready for copying,
// and the place of each field in the records at hand.
type plan struct {
	schema  *record.Schema
	keys    [][]byte // "name": with quotes and colon
	nested  []*plan  // of RECORD fields
	project record.Projection
}

func newPlan(s *record.Schema, pretty bool) *plan {
	p := &plan{schema: s, keys: make([][]byte, s.Len()), nested: make([]*plan, s.Len())}
	for i, f := range s.Fields() {
		p.keys[i] = append(appendText(nil, []byte(f.Name)), ':')
		if pretty {
			p.keys[i] = append(p.keys[i][:len(p.keys[i])-1], " : "...)
		}
		if f.Type.Kind == record.KindRecord && f.Type.Schema != nil {
			p.nested[i] = newPlan(f.Type.Schema, pretty)
		}
	}
	return p
}

// append appends r as an object; depth is that of the object, for indentation.
func (p *plan) append(dst []byte, r *record.Record, s *style, depth int) ([]byte, error) {
	slots := p.project.Slots(r.Schema(), p.schema)
	values := r.Values()
	dst = append(dst, '{')
	empty := true
	for i, slot := range slots {
		v := record.Missing
		if slot >= 0 {
			v = values[slot]
		}
		if v.IsNull() {
			if v.IsMissing() {
				v = p.schema.Default(i)
			}
			if v.IsNull() && (s.suppress == AlwaysSuppress || s.suppress == SuppressMissing && v.IsMissing()) {
				continue
			}
		}
		if !empty {
			dst = append(dst, ',')
		}
		empty = false
		if s.pretty {
			dst = indent(dst, depth+1)
		}
		dst = append(dst, p.keys[i]...)
		var err error
		if p.nested[i] != nil && v.Kind() == record.KindRecord {
			dst, err = p.nested[i].append(dst, v.Record(), s, depth+1)
		} else {
			dst, err = appendTyped(dst, v, p.schema.Type(i), s, depth+1)
		}
		if err != nil {
			return dst, fmt.Errorf("field %q: %w", p.schema.FieldName(i), err)
		}
	}
	return closeObject(dst, empty, s, depth), nil
}

func closeObject(dst []byte, empty bool, s *style, depth int) []byte {
	if s.pretty {
		if empty {
			dst = append(dst, ' ')
		} else {
			dst = indent(dst, depth)
		}
	}
	return append(dst, '}')
}

func indent(dst []byte, depth int) []byte {
	dst = append(dst, '\n')
	for range depth {
		dst = append(dst, "  "...)
	}
	return dst
}

// appendTyped appends v as a value of type t.
func appendTyped(dst []byte, v record.Value, t *record.Type, s *style, depth int) ([]byte, error) {
	switch k := v.Kind(); {
	case k == record.KindString && t.Kind == record.KindString:
		return appendString(dst, v.Text()), nil
	case k == t.Kind && k.IsInteger():
		return strconv.AppendInt(dst, v.Int(), 10), nil
	case k == record.KindNull:
		return append(dst, "null"...), nil
	}
	if t.Kind == record.KindChoice {
		if t = record.Choose(v, t, s.formats); t == nil {
			return append(dst, "null"...), nil
		}
	}
	switch {
	case t.Kind == record.KindRecord && v.Kind() == record.KindRecord && t.Schema != nil:
		return s.plan(t.Schema).append(dst, v.Record(), s, depth)
	case t.Kind == record.KindArray && v.Kind() == record.KindArray:
		return appendArray(dst, v.Array(), t.Elem, s, depth)
	case t.Kind == record.KindMap && v.Kind() == record.KindMap:
		return appendMap(dst, v.Map(), t.Elem, s, depth)
	}
	c, err := record.Convert(v, t, s.formats)
	if err != nil {
		return dst, err
	}
	return appendValue(dst, c, t, s), nil
}

func appendArray(dst []byte, items []record.Value, elem *record.Type, s *style, depth int) ([]byte, error) {
	dst = append(dst, '[')
	var nested *plan
	if elem != nil && elem.Kind == record.KindRecord && elem.Schema != nil {
		nested = s.plan(elem.Schema)
	}
	for i, item := range items {
		if i > 0 {
			dst = append(dst, ',')
		}
		if s.pretty {
			dst = append(dst, ' ')
		}
		var err error
		switch {
		case nested != nil && item.Kind() == record.KindRecord:
			dst, err = nested.append(dst, item.Record(), s, depth)
		case elem == nil:
			dst = appendValue(dst, item, nil, s)
		default:
			dst, err = appendTyped(dst, item, elem, s, depth)
		}
		if err != nil {
			return dst, fmt.Errorf("element %d: %w", i, err)
		}
	}
	if s.pretty {
		dst = append(dst, ' ')
	}
	return append(dst, ']'), nil
}

func appendMap(dst []byte, m *record.Map, elem *record.Type, s *style, depth int) ([]byte, error) {
	dst = append(dst, '{')
	for i := range m.Len() {
		if i > 0 {
			dst = append(dst, ',')
		}
		if s.pretty {
			dst = indent(dst, depth+1)
		}
		dst = appendString(dst, m.Key(i))
		if dst = append(dst, ':'); s.pretty {
			dst = append(dst[:len(dst)-1], " : "...)
		}
		if elem == nil {
			dst = appendValue(dst, m.At(i), nil, s)
			continue
		}
		var err error
		if dst, err = appendTyped(dst, m.At(i), elem, s, depth+1); err != nil {
			return dst, fmt.Errorf("key %q: %w", m.Key(i), err)
		}
	}
	return closeObject(dst, m.Len() == 0, s, depth), nil
}

// appendValue appends a value by its own kind. t, if known, is its type.
func appendValue(dst []byte, v record.Value, t *record.Type, s *style) []byte {
	switch k := v.Kind(); k {
	case record.KindNull:
		return append(dst, "null"...)
	case record.KindBoolean, record.KindByte, record.KindShort, record.KindInt, record.KindLong, record.KindBigInt, record.KindDecimal:
		return record.AppendText(dst, v, nil)
	case record.KindFloat, record.KindDouble:
		return appendFloat(dst, v, s)
	case record.KindDate, record.KindTime, record.KindTimestamp:
		return appendTime(dst, v, s)
	case record.KindArray, record.KindBytes:
		dst, _ = appendArray(dst, v.Array(), elemOf(t), s, 0)
		return dst
	case record.KindMap:
		dst, _ = appendMap(dst, v.Map(), elemOf(t), s, 0)
		return dst
	case record.KindRecord:
		dst, _ = s.plan(v.Record().Schema()).append(dst, v.Record(), s, 0)
		return dst
	case record.KindString, record.KindEnum, record.KindUUID:
		return appendString(dst, v.Text())
	}
	return appendString(dst, record.ToString(v, s.formats))
}

func elemOf(t *record.Type) *record.Type {
	if t == nil {
		return nil
	}
	return t.Elem
}

// appendFloat writes what JSON has no number for as text.
func appendFloat(dst []byte, v record.Value, s *style) []byte {
	f, bits := v.Float(), 64
	if v.Kind() == record.KindFloat {
		bits = 32
	}
	switch {
	case math.IsNaN(f) || math.IsInf(f, 0):
		return append(record.AppendFloat(append(dst, '"'), f, bits), '"')
	case s.scientific:
		return record.AppendFloat(dst, f, bits)
	}
	return record.AppendPlainFloat(dst, f, bits)
}

// appendTime writes a number if the formatted text is a whole number.
func appendTime(dst []byte, v record.Value, s *style) []byte {
	text := record.AppendText(nil, v, s.formats)
	if _, err := strconv.ParseInt(string(text), 10, 64); err == nil {
		return strconv.AppendInt(dst, v.Int(), 10)
	}
	return appendString(dst, string(text))
}

// clean marks the bytes that need no attention in a string.
var clean = func() (t [256]bool) {
	for c := 0x20; c < utf8.RuneSelf; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

func appendText(dst, b []byte) []byte { return appendString(dst, unsafeString(b)) }

// appendString appends s in quotes, as Jackson escapes it; invalid UTF-8
// becomes U+FFFD.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	i := 0
	for i < len(s) && clean[s[i]] {
		i++
	}
	if i == len(s) {
		return append(append(dst, s...), '"')
	}
	dst = append(dst, s[:i]...)
	for i < len(s) {
		c := s[i]
		switch {
		case clean[c]:
			dst = append(dst, c)
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(s[i:])
			dst = utf8.AppendRune(dst, r)
			i += size
			continue
		default:
			dst = appendEscape(dst, c)
		}
		i++
	}
	return append(dst, '"')
}

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\b':
		return append(dst, `\b`...)
	case '\f':
		return append(dst, `\f`...)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	const hex = "0123456789ABCDEF"
	return append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}

package avro

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/braidflow/braid/sdk/record"
)

// encoder appends datums to buf. Values that do not fit their field are
// converted to its type, as NiFi's AvroTypeUtil does.
type encoder struct {
	buf     []byte
	project []record.Projection // by node.id
}

func (e *encoder) long(i int64) { e.buf = binary.AppendVarint(e.buf, i) }

func (e *encoder) text(s string) {
	e.long(int64(len(s)))
	e.buf = append(e.buf, s...)
}

// record writes the fields of n. One that the record lacks, or that is null,
// has its default.
func (e *encoder) record(n *node, rec *record.Record) error {
	schema := n.typ.Schema
	slots := e.project[n.id].Slots(rec.Schema(), schema)
	for i, f := range n.fields {
		v := record.Null
		if at := slots[i]; at >= 0 {
			v = rec.At(at)
		}
		if v.IsNull() {
			v = schema.Default(i)
		}
		if err := e.value(f, v); err != nil {
			return fmt.Errorf("field %q: %w", schema.FieldName(i), err)
		}
	}
	return nil
}

var errNull = errors.New("null, but a value is required")

func (e *encoder) value(n *node, v record.Value) error {
	if n.kind == kindUnion {
		return e.union(n, v)
	}
	if n.kind == kindNull {
		return nil
	}
	if v.IsNull() {
		return errNull
	}
	switch {
	case n.kind == kindString && n.logical == plain && v.Kind() == record.KindString:
		e.text(v.Text())
		return nil
	case n.kind == kindInt && n.logical == plain && v.Kind() == record.KindInt, n.kind == kindLong && n.logical == plain && v.Kind().IsInteger() && v.Kind() != record.KindBigInt:
		e.long(v.Int())
		return nil
	}
	c, err := record.Convert(v, n.typ, record.DefaultFormats)
	if err != nil {
		return err
	}
	if c.IsNull() { // of blank text
		return errNull
	}
	return e.converted(n, c)
}

// union takes the only type that is not null, or the one that suits v best.
func (e *encoder) union(n *node, v record.Value) error {
	if !v.IsNull() && v.Kind() == record.KindString && n.typ != nil && n.typ.Kind != record.KindString && n.typ.Kind != record.KindChoice {
		c, err := record.Convert(v, n.typ, record.DefaultFormats) // blank text is null
		if err != nil {
			return err
		}
		v = c
	}
	if v.IsNull() || n.typ == nil {
		if n.null < 0 {
			return errNull
		}
		e.long(int64(n.null))
		return nil
	}
	chosen := n.typ
	if n.elem == nil {
		if chosen = record.Choose(v, n.typ, record.DefaultFormats); chosen == nil {
			return fmt.Errorf("a value of type %s suits none of %s", v.Kind(), n.typ)
		}
	}
	for i, o := range n.options {
		if o.typ != nil && (o == n.elem || o.typ == chosen || o.typ.Equal(chosen)) {
			e.long(int64(i))
			return e.value(o, v)
		}
	}
	return fmt.Errorf("no type of the union is %s", chosen)
}

func (e *encoder) converted(n *node, v record.Value) error {
	switch n.kind {
	case kindBoolean:
		b := byte(0)
		if v.Bool() {
			b = 1
		}
		e.buf = append(e.buf, b)
	case kindInt, kindLong:
		e.long(wholeOf(n, v))
	case kindFloat:
		e.buf = binary.LittleEndian.AppendUint32(e.buf, math.Float32bits(float32(v.Float())))
	case kindDouble:
		e.buf = binary.LittleEndian.AppendUint64(e.buf, math.Float64bits(v.Float()))
	case kindString:
		e.text(v.Text())
	case kindEnum:
		e.long(int64(slices.Index(n.typ.Symbols, v.Text())))
	case kindBytes, kindFixed:
		return e.binary(n, v)
	case kindRecord:
		return e.record(n, v.Record())
	case kindArray:
		return e.array(n, v)
	case kindMap:
		return e.mapping(n, v)
	}
	return nil
}

func wholeOf(n *node, v record.Value) int64 {
	t := v.Time()
	switch n.logical {
	case logicalDate:
		return t.Unix() / 86400 // exact: a DATE is whole days
	case logicalTimeMicros, logicalMicros:
		return t.UnixMicro()
	case logicalNanos:
		return t.UnixNano()
	}
	return v.Int()
}

func (e *encoder) array(n *node, v record.Value) error {
	if v.Len() > 0 {
		e.long(int64(v.Len()))
	}
	for i, item := range v.Array() {
		if err := e.value(n.elem, item); err != nil {
			return fmt.Errorf("element %d: %w", i, err)
		}
	}
	e.long(0)
	return nil
}

func (e *encoder) mapping(n *node, v record.Value) error {
	m := v.Map()
	if m.Len() > 0 {
		e.long(int64(m.Len()))
	}
	for i := range m.Len() {
		e.text(m.Key(i))
		if err := e.value(n.elem, m.At(i)); err != nil {
			return fmt.Errorf("key %q: %w", m.Key(i), err)
		}
	}
	e.long(0)
	return nil
}

func (e *encoder) binary(n *node, v record.Value) error {
	var b []byte
	switch n.logical {
	case logicalDecimal:
		var err error
		if b, err = v.Decimal().AppendBytes(nil, n.typ, n.size); err != nil {
			return err
		}
	case logicalUUID:
		b, _ = hex.DecodeString(strings.ReplaceAll(v.Text(), "-", ""))
	default:
		if b = v.Bytes(); v.Kind() == record.KindArray {
			for _, item := range v.Array() {
				b = append(b, byte(item.Int()))
			}
		}
	}
	if n.kind == kindBytes {
		e.long(int64(len(b)))
	} else if len(b) != n.size {
		return fmt.Errorf("%d bytes where %d are required", len(b), n.size)
	}
	e.buf = append(e.buf, b...)
	return nil
}

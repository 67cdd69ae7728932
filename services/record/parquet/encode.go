package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"

	"github.com/braidflow/braid/sdk/record"
)

// encoder gathers the values of rows by column. Texts are copied to text, because
// records are used again.
type encoder struct {
	columns [][]parquet.Value
	text    []byte
	project map[*plan]*record.Projection
	lengths []int // of mark
}

func newEncoder(columns int) encoder {
	return encoder{columns: make([][]parquet.Value, columns), project: map[*plan]*record.Projection{}, lengths: make([]int, columns)}
}

// mark remembers how far the columns are, for undo.
func (e *encoder) mark() int {
	for i, c := range e.columns {
		e.lengths[i] = len(c)
	}
	return len(e.text)
}

func (e *encoder) undo(text int) {
	for i, n := range e.lengths {
		e.columns[i] = e.columns[i][:n]
	}
	e.text = e.text[:text]
}

func (e *encoder) reset() {
	for i := range e.columns {
		e.columns[i] = e.columns[i][:0]
	}
	if cap(e.text) > 4*batchBytes {
		e.text = nil
	}
	e.text = e.text[:0]
}

func (e *encoder) bytes(b string) parquet.Value {
	at := len(e.text)
	e.text = append(e.text, b...) // values made before keep the old memory
	return parquet.ByteArrayValue(e.text[at:len(e.text):len(e.text)])
}

func (e *encoder) put(n *plan, v parquet.Value, rep int) {
	e.columns[n.first] = append(e.columns[n.first], levels(v, rep, n.def))
}

// levels sets the levels of v, which are mostly 0; its column need not be set.
func levels(v parquet.Value, rep, def int) parquet.Value {
	if def > 0 {
		v.SetDefinitionLevel(def)
	}
	if rep > 0 {
		v.SetRepetitionLevel(rep)
	}
	return v
}

// null puts null into all columns of n.
func (e *encoder) null(n *plan, rep, def int) {
	for i := n.first; i < n.last; i++ {
		e.columns[i] = append(e.columns[i], levels(parquet.Value{}, rep, def))
	}
}

var errNull = errors.New("null, but a value is required")

func (e *encoder) record(n *plan, r *record.Record, rep int) error {
	p := e.project[n]
	if p == nil {
		p = &record.Projection{}
		e.project[n] = p
	}
	schema := n.typ.Schema
	slots := p.Slots(r.Schema(), schema)
	for i, f := range n.fields {
		v := record.Null
		if slots[i] >= 0 {
			v = r.At(slots[i])
		}
		if v.IsNull() {
			v = schema.Default(i)
		}
		if f.shape == leaf && v.Kind() == f.typ.Kind {
			if pv, ok := e.plain(f, v); ok { // most fields, without further calls
				e.put(f, pv, rep)
				continue
			}
		}
		if err := e.value(f, v, rep); err != nil {
			return fmt.Errorf("field %q: %w", f.name, err)
		}
	}
	return nil
}

func (e *encoder) value(n *plan, v record.Value, rep int) error {
	if !v.IsNull() && n.shape == leaf {
		if pv, ok := e.plain(n, v); ok {
			e.put(n, pv, rep)
			return nil
		}
	}
	if !v.IsNull() && n.shape != choice {
		c, err := record.Convert(v, n.typ, record.DefaultFormats)
		if err != nil {
			return err
		}
		v = c // null for blank text
	}
	if v.IsNull() {
		if n.optional && n.shape == leaf {
			e.columns[n.first] = append(e.columns[n.first], levels(parquet.Value{}, rep, n.def-1))
			return nil
		}
		if !n.optional {
			return errNull
		}
		e.null(n, rep, n.def-1)
		return nil
	}
	switch n.shape {
	case group:
		return e.record(n, v.Record(), rep)
	case list:
		return e.list(n, v.Array(), rep)
	case mapping:
		return e.mapping(n, v.Map(), rep)
	case choice:
		return e.choice(n, v, rep)
	}
	pv, err := e.converted(n, v)
	if err == nil {
		e.put(n, pv, rep)
	}
	return err
}

// plain takes values that have their field's type.
func (e *encoder) plain(n *plan, v record.Value) (parquet.Value, bool) {
	if v.Kind() != n.typ.Kind || n.int96 {
		return parquet.Value{}, false
	}
	switch n.typ.Kind {
	case record.KindInt:
		return parquet.Int32Value(int32(v.Int())), true
	case record.KindLong:
		return parquet.Int64Value(v.Int()), true
	case record.KindString:
		return e.bytes(v.Text()), true
	case record.KindDouble:
		return parquet.DoubleValue(v.Float()), true
	case record.KindFloat:
		return parquet.FloatValue(float32(v.Float())), true
	}
	return parquet.Value{}, false
}

func (e *encoder) converted(n *plan, v record.Value) (parquet.Value, error) {
	if n.int96 {
		return int96(v)
	}
	switch n.typ.Kind {
	case record.KindBoolean:
		return parquet.BooleanValue(v.Bool()), nil
	case record.KindByte, record.KindShort, record.KindInt, record.KindTime:
		return parquet.Int32Value(int32(v.Int())), nil
	case record.KindDate:
		return parquet.Int32Value(int32(v.Time().Unix() / 86400)), nil
	case record.KindLong, record.KindTimestamp:
		return parquet.Int64Value(v.Int()), nil
	case record.KindFloat:
		return parquet.FloatValue(float32(v.Float())), nil
	case record.KindDouble:
		return parquet.DoubleValue(v.Float()), nil
	case record.KindDecimal:
		return e.decimal(v.Decimal(), n.typ)
	case record.KindArray:
		return e.bytes(string(bytesOf(v))), nil
	}
	return e.bytes(record.ToString(v, record.DefaultFormats)), nil
}

func bytesOf(v record.Value) []byte {
	if v.Kind() == record.KindBytes {
		return v.Bytes()
	}
	b := make([]byte, 0, v.Len())
	for _, item := range v.Array() {
		b = append(b, byte(item.Int()))
	}
	return b
}

func (e *encoder) decimal(d record.Decimal, t *record.Type) (parquet.Value, error) {
	at := len(e.text)
	text, err := d.AppendBytes(e.text, t, 0)
	if err != nil {
		return parquet.Value{}, err
	}
	e.text = text
	return parquet.ByteArrayValue(text[at:len(text):len(text)]), nil
}

const julianOfEpoch = 2_440_588

// int96 is nanoseconds of the day and the Julian day, or 12 bytes as they are.
func int96(v record.Value) (parquet.Value, error) {
	var i deprecated.Int96
	if v.Kind().IsDateTime() {
		t := v.Time()
		day := t.Unix() / 86400
		if t.Unix()%86400 < 0 {
			day--
		}
		nanos := t.Sub(time.Unix(day*86400, 0)).Nanoseconds()
		i = deprecated.Int96{uint32(nanos), uint32(nanos >> 32), uint32(day + julianOfEpoch)}
		return parquet.Int96Value(i), nil
	}
	b := bytesOf(v)
	if len(b) != 12 {
		return parquet.Value{}, fmt.Errorf("an INT96 must be a timestamp or 12 bytes, not %d", len(b))
	}
	for w := range i {
		i[w] = binary.LittleEndian.Uint32(b[4*w:])
	}
	return parquet.Int96Value(i), nil
}

func (e *encoder) list(n *plan, items []record.Value, rep int) error {
	if len(items) == 0 {
		e.null(n, rep, n.def)
	}
	for i, item := range items {
		if i > 0 {
			rep = n.rep
		}
		if item.IsNull() && !n.elementsNull {
			return fmt.Errorf("element %d is null, which the old structure of lists cannot hold; set 'Avro Write Old List Structure' to false", i)
		}
		if err := e.value(n.items, item, rep); err != nil {
			return fmt.Errorf("element %d: %w", i, err)
		}
	}
	return nil
}

func (e *encoder) mapping(n *plan, m *record.Map, rep int) error {
	if m.Len() == 0 {
		e.null(n, rep, n.def)
	}
	for i := range m.Len() {
		if i > 0 {
			rep = n.rep
		}
		e.put(n.key, e.bytes(m.Key(i)), rep)
		if err := e.value(n.items, m.At(i), rep); err != nil {
			return fmt.Errorf("key %q: %w", m.Key(i), err)
		}
	}
	return nil
}

func (e *encoder) choice(n *plan, v record.Value, rep int) error {
	chosen := record.Choose(v, n.typ, record.DefaultFormats)
	if chosen == nil {
		return fmt.Errorf("a value of type %s suits none of %s", v.Kind(), n.typ)
	}
	for i, f := range n.fields {
		if n.typ.Options[i] != chosen {
			e.null(f, rep, n.def)
			continue
		}
		if err := e.value(f, v, rep); err != nil {
			return err
		}
	}
	return nil
}

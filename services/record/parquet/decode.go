package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"

	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/services/record/arena"
)

// readPlan says how values of columns become a value. It is immutable.
type readPlan struct {
	shape       shape
	typ         *record.Type
	def         int // definition level of a value that is there
	rep         int // list, mapping: repetition level of the second and further items
	first, last int // columns
	items, key  *readPlan
	fields      []*readPlan
	convert     func(parquet.Value) record.Value // leaf
}

const maxDepth = 100

// planOf makes the plan of a column, with its optionality but, with inner,
// without its repetition.
func planOf(c *parquet.Column, next *int, inner bool, depth int) (*readPlan, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("columns are nested deeper than %d levels", maxDepth)
	}
	n := &readPlan{def: c.MaxDefinitionLevel(), rep: c.MaxRepetitionLevel(), first: *next}
	var err error
	switch columns := c.Columns(); {
	case c.Repeated() && !inner:
		n.shape, n.def = list, n.def-1
		if n.items, err = planOf(c, next, true, depth+1); err == nil {
			n.typ = record.ArrayOf(n.items.typ)
		}
	case c.Leaf():
		*next++
		n.typ, n.convert = leafOf(c.Type())
	case isList(c) && len(columns) == 1 && columns[0].Repeated():
		err = n.planList(columns[0], next, depth)
	case isMap(c) && len(columns) == 1 && columns[0].Repeated() && len(columns[0].Columns()) == 2:
		err = n.planMap(columns[0], next, depth)
	default:
		err = n.planGroup(c, next, depth)
	}
	n.last = *next
	return n, err
}

func (n *readPlan) planGroup(c *parquet.Column, next *int, depth int) error {
	n.shape = group
	var fields []record.Field
	for _, child := range c.Columns() {
		p, err := planOf(child, next, false, depth+1)
		if err != nil {
			return err
		}
		n.fields = append(n.fields, p)
		fields = append(fields, record.Field{Name: child.Name(), Type: p.typ, Required: child.Required()})
	}
	n.typ = record.RecordOf(record.NamedSchema("", c.Name(), fields...))
	return nil
}

// planList knows both structures of lists, as the rules for backward
// compatibility in Parquet's LogicalTypes.md tell them apart.
func (n *readPlan) planList(repeated *parquet.Column, next *int, depth int) (err error) {
	n.shape, n.rep = list, repeated.MaxRepetitionLevel()
	element := repeated
	if inner := repeated.Columns(); len(inner) == 1 && repeated.Name() != "array" && !inner[0].Repeated() {
		element = inner[0]
	}
	if n.items, err = planOf(element, next, true, depth+1); err == nil {
		n.typ = record.ArrayOf(n.items.typ)
	}
	return err
}

func (n *readPlan) planMap(repeated *parquet.Column, next *int, depth int) (err error) {
	n.shape, n.rep = mapping, repeated.MaxRepetitionLevel()
	columns := repeated.Columns()
	if n.key, err = planOf(columns[0], next, false, depth+1); err != nil {
		return err
	}
	if n.items, err = planOf(columns[1], next, false, depth+1); err == nil {
		n.typ = record.MapOf(n.items.typ)
	}
	return err
}

func isList(c *parquet.Column) bool {
	l := c.Type().LogicalType()
	if l != nil {
		_, ok := l.Value.(*format.ListType)
		return ok
	}
	t := c.Type().ConvertedType()
	return t != nil && *t == deprecated.List
}

func isMap(c *parquet.Column) bool {
	l := c.Type().LogicalType()
	if l != nil {
		_, ok := l.Value.(*format.MapType)
		return ok
	}
	t := c.Type().ConvertedType()
	return t != nil && (*t == deprecated.Map || *t == deprecated.MapKeyValue)
}

// leafOf is the type of a column that holds values, and what makes them.
func leafOf(t parquet.Type) (*record.Type, func(parquet.Value) record.Value) {
	if l := t.LogicalType(); l != nil {
		if typ, convert := logicalOf(t, l); typ != nil {
			return typ, convert
		}
	}
	switch t.Kind() {
	case parquet.Boolean:
		return record.Boolean, func(v parquet.Value) record.Value { return record.BoolValue(v.Boolean()) }
	case parquet.Int32:
		return record.Int, func(v parquet.Value) record.Value { return record.IntValue(v.Int32()) }
	case parquet.Int64:
		return record.Long, func(v parquet.Value) record.Value { return record.LongValue(v.Int64()) }
	case parquet.Float:
		return record.Float, func(v parquet.Value) record.Value { return record.FloatValue(v.Float()) }
	case parquet.Double:
		return record.Double, func(v parquet.Value) record.Value { return record.DoubleValue(v.Double()) }
	case parquet.Int96:
		return record.ArrayOf(record.Byte), func(v parquet.Value) record.Value {
			var b []byte
			for _, word := range v.Int96() {
				b = binary.LittleEndian.AppendUint32(b, word)
			}
			return record.BytesValue(b)
		}
	}
	return record.ArrayOf(record.Byte), func(v parquet.Value) record.Value { return record.BytesValue(v.ByteArray()) }
}

func logicalOf(t parquet.Type, l *format.LogicalType) (*record.Type, func(parquet.Value) record.Value) {
	text := t.Kind() == parquet.ByteArray
	whole := t.Kind() == parquet.Int32 || t.Kind() == parquet.Int64
	switch l := l.Value.(type) {
	case *format.StringType, *format.EnumType, *format.JsonType:
		if text {
			return record.String, func(v parquet.Value) record.Value { return record.BytesTextValue(v.ByteArray()) }
		}
	case *format.UUIDType:
		return record.UUID, func(v parquet.Value) record.Value {
			u, err := record.Convert(record.BytesValue(v.ByteArray()), record.UUID, nil)
			if err != nil {
				return record.Null
			}
			return u
		}
	case *format.DateType:
		if whole {
			return record.Date, func(v parquet.Value) record.Value { return record.DateValue(wholeOf(v)) }
		}
	case *format.TimeType:
		if whole {
			unit := int64(unitOf(l.Unit))
			return record.Time, func(v parquet.Value) record.Value {
				return record.TimeValue(time.Duration(wholeOf(v) % (int64(24*time.Hour) / unit) * unit))
			}
		}
	case *format.TimestampType:
		if whole {
			return record.Timestamp, timestampOf(unitOf(l.Unit))
		}
	case *format.IntType:
		if whole && !l.IsSigned && l.BitWidth == 32 {
			return record.Long, func(v parquet.Value) record.Value { return record.LongValue(int64(v.Uint32())) }
		}
	case *format.DecimalType:
		scale := int(l.Scale)
		typ := record.DecimalOf(int(l.Precision), scale)
		if whole {
			return typ, func(v parquet.Value) record.Value {
				b := binary.BigEndian.AppendUint64(nil, uint64(wholeOf(v)))
				return record.DecimalValue(record.DecimalFromBytes(b, scale))
			}
		}
		return typ, func(v parquet.Value) record.Value {
			return record.DecimalValue(record.DecimalFromBytes(v.ByteArray(), scale))
		}
	}
	return nil, nil
}

func wholeOf(v parquet.Value) int64 {
	if v.Kind() == parquet.Int32 {
		return int64(v.Int32())
	}
	return v.Int64()
}

func unitOf(u format.TimeUnit) time.Duration {
	if u.Value == nil || u.Value.Duration() <= 0 {
		return time.Millisecond
	}
	return u.Value.Duration()
}

func timestampOf(unit time.Duration) func(parquet.Value) record.Value {
	switch unit {
	case time.Microsecond:
		return func(v parquet.Value) record.Value { return record.TimestampValue(time.UnixMicro(wholeOf(v))) }
	case time.Nanosecond:
		return func(v parquet.Value) record.Value { return record.TimestampValue(time.Unix(0, wholeOf(v))) }
	}
	return func(v parquet.Value) record.Value { return record.MillisValue(record.KindTimestamp, wholeOf(v)) }
}

// decoder puts the values of a row together.
type decoder struct {
	columns [][]parquet.Value // what is left of the row
	arena   arena.Arena
}

var errShort = errors.New("a row has fewer values than its columns demand")

// split cuts a row into columns.
func (d *decoder) split(row parquet.Row) error {
	for i := range d.columns {
		d.columns[i] = nil
	}
	for start := 0; start < len(row); {
		c := row[start].Column()
		end := start + 1
		for end < len(row) && row[end].Column() == c {
			end++
		}
		if c < 0 || c >= len(d.columns) {
			return errShort
		}
		d.columns[c] = row[start:end]
		start = end
	}
	for _, c := range d.columns {
		if len(c) == 0 {
			return errShort
		}
	}
	return nil
}

// skip takes the one value that every column below n has for a missing value.
func (d *decoder) skip(n *readPlan) error {
	for i := n.first; i < n.last; i++ {
		if len(d.columns[i]) == 0 {
			return errShort
		}
		d.columns[i] = d.columns[i][1:]
	}
	return nil
}

// missing tells whether the next value of n is defined less than to def.
func (d *decoder) missing(n *readPlan, def int) (bool, error) {
	if n.first >= n.last {
		return false, nil // a group without columns
	}
	if len(d.columns[n.first]) == 0 {
		return false, errShort
	}
	return d.columns[n.first][0].DefinitionLevel() < def, nil
}

func (d *decoder) value(n *readPlan) (record.Value, error) {
	missing, err := d.missing(n, n.def)
	if err != nil {
		return record.Null, err
	}
	if missing {
		return record.Null, d.skip(n)
	}
	switch n.shape {
	case leaf:
		v := d.columns[n.first][0]
		d.columns[n.first] = d.columns[n.first][1:]
		if v.IsNull() {
			return record.Null, nil
		}
		return n.convert(v), nil
	case list:
		return d.list(n)
	case mapping:
		return d.mapping(n)
	}
	rec := d.arena.Record(n.typ.Schema)
	return record.RecordValue(rec), d.record(n, rec)
}

func (d *decoder) record(n *readPlan, rec *record.Record) error {
	for i, f := range n.fields {
		v, err := d.value(f)
		if err != nil {
			return fmt.Errorf("field %q: %w", n.typ.Schema.FieldName(i), err)
		}
		rec.SetAt(i, v)
	}
	return nil
}

// more tells whether another item of n follows.
func (d *decoder) more(n *readPlan) bool {
	c := d.columns[n.first]
	return len(c) > 0 && c[0].RepetitionLevel() >= n.rep
}

// each calls one for every item; a list that is there but empty has none.
func (d *decoder) each(n *readPlan, one func() error) error {
	if n.first >= n.last {
		return errShort
	}
	empty, err := d.missing(n, n.def+1)
	if err != nil {
		return err
	}
	if empty {
		return d.skip(n)
	}
	for {
		left := len(d.columns[n.first])
		if err := one(); err != nil {
			return err
		}
		if !d.more(n) {
			return nil
		}
		if len(d.columns[n.first]) == left {
			return errShort
		}
	}
}

func (d *decoder) list(n *readPlan) (record.Value, error) {
	mark := d.arena.Mark()
	err := d.each(n, func() error {
		v, err := d.value(n.items)
		d.arena.Push(v)
		return err
	})
	return d.arena.Array(mark), err
}

func (d *decoder) mapping(n *readPlan) (record.Value, error) {
	m := record.NewMap(8)
	err := d.each(n, func() error {
		key, err := d.value(n.key)
		if err != nil {
			return err
		}
		v, err := d.value(n.items)
		if err != nil {
			return err
		}
		m.Set(record.ToString(key, record.DefaultFormats), v)
		return nil
	})
	return record.MapValue(m), err
}

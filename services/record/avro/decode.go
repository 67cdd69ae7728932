package avro

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/services/record/arena"
)

// maxBlock bounds the bytes of one block of a file, and of one bare datum.
const maxBlock = 128 << 20

// maxValues bounds the values of one record: an array of nothing costs no
// bytes, however many elements it claims.
const maxValues = 8 << 20

// maxEmpty bounds the items of a block that take no bytes.
const maxEmpty = 10_000

var (
	errVarint = errors.New("a number is longer than 10 bytes")
	errTooBig = fmt.Errorf("more than %d bytes in one piece", maxBlock)
	errValues = fmt.Errorf("more than %d values in one record", maxValues)
)

// decoder reads datums from buf, and from src when that is used up.
type decoder struct {
	buf    []byte
	pos    int
	src    io.Reader // nil: buf is all there is
	base   int64     // offset of buf in the content
	arena  arena.Arena
	budget int // values that the record may still have
}

// need makes n bytes available at pos. What buf held before stays as it is, for
// values that lie in it.
func (d *decoder) need(n int) error {
	if n < 0 || n > maxBlock {
		return errTooBig
	}
	for len(d.buf)-d.pos < n {
		if d.src == nil {
			return io.ErrUnexpectedEOF
		}
		if len(d.buf) > 2*maxBlock {
			return errTooBig
		}
		d.buf = slices.Grow(d.buf, 64<<10)
		got, err := d.src.Read(d.buf[len(d.buf):cap(d.buf)])
		d.buf = d.buf[:len(d.buf)+got]
		if err == io.EOF && got == 0 {
			return io.ErrUnexpectedEOF
		}
		if err != nil && err != io.EOF {
			return err
		}
	}
	return nil
}

// startRecord forgets what lies before pos, if that is worth moving the rest.
func (d *decoder) startRecord() {
	d.arena.Reset()
	d.budget = maxValues
	if d.src != nil && d.pos >= len(d.buf)-d.pos {
		d.base += int64(d.pos)
		d.buf = d.buf[:copy(d.buf, d.buf[d.pos:])]
		d.pos = 0
	}
}

func (d *decoder) long() (int64, error) {
	if d.pos < len(d.buf) && d.buf[d.pos] < 0x80 {
		b := d.buf[d.pos]
		d.pos++
		return int64(b>>1) ^ -int64(b&1), nil
	}
	u, n := binary.Uvarint(d.buf[d.pos:])
	for n == 0 {
		if err := d.need(len(d.buf) - d.pos + 1); err != nil {
			return 0, err
		}
		u, n = binary.Uvarint(d.buf[d.pos:])
	}
	if n < 0 {
		return 0, errVarint
	}
	d.pos += n
	return int64(u>>1) ^ -int64(u&1), nil
}

// take returns the next n bytes without copying.
func (d *decoder) take(n int64) ([]byte, error) {
	if n < 0 || n > maxBlock {
		return nil, fmt.Errorf("length %d is not between 0 and %d", n, maxBlock)
	}
	if err := d.need(int(n)); err != nil {
		return nil, err
	}
	b := d.buf[d.pos : d.pos+int(n) : d.pos+int(n)]
	d.pos += int(n)
	return b, nil
}

func (d *decoder) bytes() ([]byte, error) {
	n, err := d.long()
	if err != nil {
		return nil, err
	}
	return d.take(n)
}

// record reads into rec, which has the node's schema.
func (d *decoder) record(n *node, rec *record.Record) error {
	if d.budget -= len(n.fields); d.budget < 0 {
		return errValues
	}
	values := rec.Values()
	for i, f := range n.fields {
		v, err := d.value(f)
		if err != nil {
			return fmt.Errorf("field %q: %w", n.typ.Schema.FieldName(i), err)
		}
		values[i] = v
	}
	return nil
}

func (d *decoder) value(n *node) (record.Value, error) {
	switch n.kind {
	case kindNull:
		return record.Null, nil
	case kindBoolean:
		b, err := d.take(1)
		if err == nil && b[0] > 1 {
			err = fmt.Errorf("a boolean is %d, neither 0 nor 1", b[0])
		}
		return record.BoolValue(err == nil && b[0] == 1), err
	case kindInt, kindLong:
		return d.whole(n)
	case kindFloat:
		b, err := d.take(4)
		if err != nil {
			return record.Null, err
		}
		return record.FloatValue(math.Float32frombits(binary.LittleEndian.Uint32(b))), nil
	case kindDouble:
		b, err := d.take(8)
		if err != nil {
			return record.Null, err
		}
		return record.DoubleValue(math.Float64frombits(binary.LittleEndian.Uint64(b))), nil
	case kindString:
		b, err := d.bytes()
		if n.logical == logicalUUID && err == nil {
			return record.Convert(record.BytesTextValue(b), record.UUID, nil)
		}
		return record.BytesTextValue(b), err
	case kindBytes:
		b, err := d.bytes()
		return binaryValue(n, b), err
	case kindFixed:
		b, err := d.take(int64(n.size))
		if n.logical == logicalUUID && err == nil {
			return record.Convert(record.BytesValue(b), record.UUID, nil)
		}
		return binaryValue(n, b), err
	case kindUnion:
		return d.union(n)
	}
	return d.nested(n)
}

func (d *decoder) union(n *node) (record.Value, error) {
	i, err := d.long()
	if err != nil {
		return record.Null, err
	}
	if i < 0 || int(i) >= len(n.options) {
		return record.Null, fmt.Errorf("type %d of a union that has %d", i, len(n.options))
	}
	return d.value(n.options[i])
}

func (d *decoder) nested(n *node) (record.Value, error) {
	switch n.kind {
	case kindEnum:
		i, err := d.long()
		if err != nil {
			return record.Null, err
		}
		if i < 0 || int(i) >= len(n.typ.Symbols) {
			return record.Null, fmt.Errorf("symbol %d of an enum that has %d", i, len(n.typ.Symbols))
		}
		return record.EnumValue(n.typ.Symbols[i]), nil
	case kindRecord:
		rec := d.arena.Record(n.typ.Schema)
		return record.RecordValue(rec), d.record(n, rec)
	case kindArray:
		mark := d.arena.Mark()
		err := d.blocks(n.elem.width, func() error {
			v, err := d.value(n.elem)
			d.arena.Push(v)
			return err
		})
		return d.arena.Array(mark), err
	}
	return d.mapping(n)
}

// mapping keeps the last of several values of a key.
func (d *decoder) mapping(n *node) (record.Value, error) {
	m := record.NewMap(8)
	err := d.blocks(1, func() error {
		b, err := d.bytes()
		if err != nil {
			return err
		}
		v, err := d.value(n.elem)
		if err == nil {
			m.Set(string(b), v)
		}
		return err
	})
	return record.MapValue(m), err
}

// blocks calls one for each item of an array or map. Items of some width
// cannot be more than the bytes that are left.
func (d *decoder) blocks(width int, one func() error) error {
	for {
		n, err := d.long()
		if err != nil || n == 0 {
			return err
		}
		if n < 0 {
			if _, err := d.long(); err != nil { // the size in bytes, for who skips
				return err
			}
			n = -n
		}
		if n < 0 || d.src == nil && width > 0 && n > int64(len(d.buf)-d.pos) {
			return fmt.Errorf("%d items in %d bytes", n, len(d.buf)-d.pos)
		}
		if n > int64(d.budget) || width == 0 && n > maxEmpty {
			return errValues
		}
		d.budget -= int(n)
		for range n {
			if err := one(); err != nil {
				return err
			}
		}
	}
}

func (d *decoder) whole(n *node) (record.Value, error) {
	i, err := d.long()
	if err != nil {
		return record.Null, err
	}
	if n.kind == kindInt && i != int64(int32(i)) {
		return record.Null, fmt.Errorf("%d does not fit an int", i)
	}
	switch n.logical {
	case logicalDate:
		return record.DateValue(i), nil
	case logicalTimeMillis:
		return timeOfDay(i, time.Millisecond)
	case logicalTimeMicros:
		return timeOfDay(i, time.Microsecond)
	case logicalMillis:
		return record.MillisValue(record.KindTimestamp, i), nil
	case logicalMicros:
		return record.TimestampValue(time.UnixMicro(i)), nil
	case logicalNanos:
		return record.TimestampValue(time.Unix(0, i)), nil
	}
	if n.kind == kindInt {
		return record.IntValue(int32(i)), nil
	}
	return record.LongValue(i), nil
}

func timeOfDay(i int64, unit time.Duration) (record.Value, error) {
	if i < 0 || i >= int64(24*time.Hour/unit) {
		return record.Null, fmt.Errorf("%d times %s is no time of day", i, unit)
	}
	return record.TimeValue(time.Duration(i) * unit), nil
}

func binaryValue(n *node, b []byte) record.Value {
	if n.logical != logicalDecimal {
		return record.BytesValue(b)
	}
	return record.DecimalValue(record.DecimalFromBytes(b, n.typ.Scale))
}

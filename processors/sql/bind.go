package sql

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/services/dbcp"
)

// binary is what text means that goes into a binary column.
type binary string

const (
	binaryUTF8   binary = "UTF-8"
	binaryHex    binary = "Hexadecimal"
	binaryBase64 binary = "Base64"
)

// binder turns values of records into parameters. Text that must outlive its record is copied into an arena, so that
// a batch costs a few large allocations, not one for each value.
type binder struct {
	dialect dbcp.Dialect
	binary  binary
	lend    bool // parameters need not outlive the record
	kept    int  // bytes of text and binary data since the batcher last looked
	arena   strings.Builder
}

// arenaSize is a few hundred rows; more text starts another arena.
const arenaSize = 64 << 10

// value is the parameter for v in a column of type t (nil: not known). What cannot be converted is bound as it is:
// the database has the last word.
func (b *binder) value(v record.Value, t *record.Type) (any, error) {
	if v.IsNull() {
		return nil, nil
	}
	if isBinary(t) {
		return b.bytes(v)
	}
	if t == nil && v.Kind().IsDateTime() {
		t = record.String
	}
	if t != nil {
		if c, err := record.Convert(v, t, record.DefaultFormats); err == nil {
			v = c
		}
	}
	switch k := v.Kind(); k {
	case record.KindNull: // blank text in a column of numbers
		return nil, nil
	case record.KindBoolean:
		return v.Bool(), nil
	case record.KindByte, record.KindShort, record.KindInt, record.KindLong:
		return v.Int(), nil
	case record.KindFloat, record.KindDouble:
		return v.Float(), nil
	case record.KindString, record.KindEnum, record.KindUUID:
		return b.keep(v.Text()), nil
	case record.KindDate, record.KindTime, record.KindTimestamp:
		return b.time(v), nil
	case record.KindArray:
		if b.dialect == dbcp.PostgreSQL {
			return postgresArray(v), nil
		}
	case record.KindBytes:
		return bytes.Clone(v.Bytes()), nil
	case record.KindRecord, record.KindMap:
		return nil, fmt.Errorf("a %s does not fit into a column: turn it into text or pick its fields first", k)
	}
	return record.ToString(v, record.DefaultFormats), nil
}

func isBinary(t *record.Type) bool {
	return t != nil && t.Kind == record.KindArray && t.Elem.Kind == record.KindByte
}

// keep copies text that lies in the memory of a record.
func (b *binder) keep(s string) string {
	if b.lend {
		return s
	}
	b.kept += len(s)
	if b.arena.Cap()-b.arena.Len() < len(s) {
		b.arena.Reset() // whoever holds a part of the old arena keeps it alive
		b.arena.Grow(max(arenaSize, len(s)))
	}
	start := b.arena.Len()
	b.arena.WriteString(s)
	return b.arena.String()[start:]
}

// time binds instants as such where the database has a type for them, else as ISO text, in UTC.
func (b *binder) time(v record.Value) any {
	t := v.Time()
	switch {
	case v.Kind() == record.KindTime:
		return t.Format("15:04:05.999999")
	case b.dialect == dbcp.PostgreSQL:
		return t
	case v.Kind() == record.KindDate:
		return t.Format("2006-01-02")
	}
	return t.Format("2006-01-02 15:04:05.999999")
}

func (b *binder) bytes(v record.Value) (any, error) {
	b.kept += len(v.Text())
	switch s := v.Text(); {
	case v.Kind() == record.KindBytes:
		b.kept += v.Len()
		return bytes.Clone(v.Bytes()), nil
	case v.Kind() == record.KindString && b.binary == binaryHex:
		return hex.DecodeString(s)
	case v.Kind() == record.KindString && b.binary == binaryBase64:
		return base64.StdEncoding.DecodeString(s)
	case v.Kind() == record.KindRecord || v.Kind() == record.KindMap:
		return nil, fmt.Errorf("a %s does not fit into a binary column", v.Kind())
	case v.Kind() == record.KindArray:
		c, err := bytesOf(v.Array())
		return c, err
	}
	return []byte(record.ToString(v, record.DefaultFormats)), nil
}

func bytesOf(items []record.Value) ([]byte, error) {
	out := make([]byte, len(items))
	for i, item := range items {
		n := item.Int()
		if !item.Kind().IsInteger() || n < -128 || n > 255 {
			return nil, fmt.Errorf("element %d of the array is no byte", i)
		}
		out[i] = byte(n)
	}
	return out, nil
}

var arrayEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// postgresArray writes an array as PostgreSQL reads it: {1,"a b",NULL}.
func postgresArray(v record.Value) string {
	var b strings.Builder
	b.WriteByte('{')
	for i, item := range v.Array() {
		if i > 0 {
			b.WriteByte(',')
		}
		switch {
		case item.IsNull():
			b.WriteString("NULL")
		case item.Kind() == record.KindArray:
			b.WriteString(postgresArray(item))
		default:
			b.WriteByte('"')
			_, _ = arrayEscapes.WriteString(&b, record.ToString(item, record.DefaultFormats))
			b.WriteByte('"')
		}
	}
	b.WriteByte('}')
	return b.String()
}

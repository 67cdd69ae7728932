package record

import (
	"math"
	"math/big"
	"time"
	"unsafe"
)

// Value is one value of any kind, null if zero. It is 24 bytes, so that a row of
// numbers needs no allocation: numbers, dates and booleans lie in n, all
// else behind p, whose meaning follows from kind. Text and bytes are not
// copied: a Value made from them is valid as long as they are unchanged.
type Value struct {
	p    unsafe.Pointer
	n    uint64
	nano uint32 // DATE..TIMESTAMP: nanoseconds after the millisecond in n
	kind Kind
}

const millisPerDay = 24 * 60 * 60 * 1000

// Null is the null value.
var Null Value

// Missing is null, too: the value of a field that the input did not mention at
// all. Only writers that can leave such fields out tell it from Null.
var Missing = Value{n: 1}

// IsMissing reports whether the value is Missing.
func (v Value) IsMissing() bool { return v.kind == KindNull && v.n == 1 }

// BoolValue makes a BOOLEAN.
func BoolValue(b bool) Value {
	if b {
		return Value{kind: KindBoolean, n: 1}
	}
	return Value{kind: KindBoolean}
}

// IntValue makes an INT.
func IntValue(i int32) Value { return Value{kind: KindInt, n: uint64(int64(i))} }

// LongValue makes a LONG.
func LongValue(i int64) Value { return Value{kind: KindLong, n: uint64(i)} }

// WholeValue makes a BYTE, SHORT, INT or LONG; i must be within the kind's range.
func WholeValue(kind Kind, i int64) Value { return Value{kind: kind, n: uint64(i)} }

// FloatValue makes a FLOAT.
func FloatValue(f float32) Value { return Value{kind: KindFloat, n: math.Float64bits(float64(f))} }

// DoubleValue makes a DOUBLE.
func DoubleValue(f float64) Value { return Value{kind: KindDouble, n: math.Float64bits(f)} }

// BigIntValue makes a BIGINT; b must not change afterwards.
func BigIntValue(b *big.Int) Value { return Value{kind: KindBigInt, p: unsafe.Pointer(b)} }

// DecimalValue makes a DECIMAL.
func DecimalValue(d Decimal) Value { return Value{kind: KindDecimal, p: unsafe.Pointer(&d)} }

// DateValue makes a DATE from days since 1970-01-01.
func DateValue(days int64) Value { return Value{kind: KindDate, n: uint64(days * millisPerDay)} }

// TimeValue makes a TIME from the time since midnight.
func TimeValue(sinceMidnight time.Duration) Value {
	return Value{kind: KindTime, n: uint64(sinceMidnight / 1e6), nano: uint32(sinceMidnight % 1e6)}
}

// TimestampValue makes a TIMESTAMP, keeping nanoseconds.
func TimestampValue(t time.Time) Value {
	return Value{kind: KindTimestamp, n: uint64(t.UnixMilli()), nano: uint32(t.Nanosecond() % 1e6)}
}

// MillisValue makes a DATE, TIME or TIMESTAMP from milliseconds since the epoch
// (TIME: since midnight).
func MillisValue(kind Kind, millis int64) Value { return Value{kind: kind, n: uint64(millis)} }

// CharValue makes a CHAR.
func CharValue(r rune) Value { return Value{kind: KindChar, n: uint64(r)} }

// StringValue makes a STRING.
func StringValue(s string) Value { return TextValue(KindString, s) }

// EnumValue makes an ENUM.
func EnumValue(symbol string) Value { return TextValue(KindEnum, symbol) }

// UUIDValue makes a UUID from its canonical text.
func UUIDValue(s string) Value { return TextValue(KindUUID, s) }

// TextValue makes a STRING, ENUM or UUID.
func TextValue(kind Kind, s string) Value {
	return Value{kind: kind, p: unsafe.Pointer(unsafe.StringData(s)), n: uint64(len(s))}
}

// BytesTextValue makes a STRING over b without copying; b must not change while the value is used.
func BytesTextValue(b []byte) Value {
	return Value{kind: KindString, p: unsafe.Pointer(unsafe.SliceData(b)), n: uint64(len(b))}
}

// BytesValue makes an array of bytes over b without copying.
func BytesValue(b []byte) Value {
	return Value{kind: KindBytes, p: unsafe.Pointer(unsafe.SliceData(b)), n: uint64(len(b))}
}

// ArrayValue makes an ARRAY over the slice without copying.
func ArrayValue(items []Value) Value {
	return Value{kind: KindArray, p: unsafe.Pointer(unsafe.SliceData(items)), n: uint64(len(items))}
}

// MapValue makes a MAP; nil gives null.
func MapValue(m *Map) Value {
	if m == nil {
		return Null
	}
	return Value{kind: KindMap, p: unsafe.Pointer(m)}
}

// RecordValue makes a RECORD; nil gives null.
func RecordValue(r *Record) Value {
	if r == nil {
		return Null
	}
	return Value{kind: KindRecord, p: unsafe.Pointer(r)}
}

// Kind is the value's kind; KindNull for null.
func (v Value) Kind() Kind { return v.kind }

// IsNull reports whether the value is null.
func (v Value) IsNull() bool { return v.kind == KindNull }

// Bool is the value of a BOOLEAN; false for other kinds.
func (v Value) Bool() bool { return v.kind == KindBoolean && v.n != 0 }

// Int is the value of a BYTE, SHORT, INT, LONG or CHAR, or the milliseconds of
// a DATE, TIME or TIMESTAMP; 0 for other kinds.
func (v Value) Int() int64 {
	if v.kind.IsInteger() || v.kind.IsDateTime() || v.kind == KindChar {
		return int64(v.n)
	}
	return 0
}

// Float is the value of a FLOAT or DOUBLE; 0 for other kinds.
func (v Value) Float() float64 {
	if v.kind == KindFloat || v.kind == KindDouble {
		return math.Float64frombits(v.n)
	}
	return 0
}

// BigInt is the value of a BIGINT, which must not be changed; nil for other kinds.
func (v Value) BigInt() *big.Int {
	if v.kind != KindBigInt {
		return nil
	}
	return (*big.Int)(v.p)
}

// Decimal is the value of a DECIMAL; 0 for other kinds.
func (v Value) Decimal() Decimal {
	if v.kind != KindDecimal {
		return Decimal{}
	}
	return *(*Decimal)(v.p)
}

// Time is a DATE, TIME or TIMESTAMP as an instant in UTC (TIME: on 1970-01-01);
// the zero time for other kinds.
func (v Value) Time() time.Time {
	if !v.kind.IsDateTime() {
		return time.Time{}
	}
	return time.UnixMilli(int64(v.n)).Add(time.Duration(v.nano)).UTC()
}

// Text is the text of a STRING, ENUM or UUID without copying; "" for other
// kinds. [ToString] turns any kind into text.
func (v Value) Text() string {
	if v.kind != KindString && v.kind != KindEnum && v.kind != KindUUID {
		return ""
	}
	return unsafe.String((*byte)(v.p), int(v.n))
}

// Bytes is the content of a KindBytes value without copying; nil for other kinds.
func (v Value) Bytes() []byte {
	if v.kind != KindBytes {
		return nil
	}
	return unsafe.Slice((*byte)(v.p), int(v.n))
}

// Len is the number of elements of an ARRAY, bytes or MAP; 0 for other kinds.
func (v Value) Len() int {
	switch v.kind {
	case KindArray, KindBytes:
		return int(v.n)
	case KindMap:
		return v.Map().Len()
	}
	return 0
}

// Array is the elements of an ARRAY without copying: changing them changes the
// value. Bytes are unpacked into a copy. Nil for other kinds.
func (v Value) Array() []Value {
	switch v.kind {
	case KindArray:
		return unsafe.Slice((*Value)(v.p), int(v.n))
	case KindBytes:
		items := make([]Value, v.n)
		for i, b := range v.Bytes() {
			items[i] = WholeValue(KindByte, int64(int8(b)))
		}
		return items
	}
	return nil
}

// Map is the content of a MAP; nil for other kinds.
func (v Value) Map() *Map {
	if v.kind != KindMap {
		return nil
	}
	return (*Map)(v.p)
}

// Record is the content of a RECORD; nil for other kinds.
func (v Value) Record() *Record {
	if v.kind != KindRecord {
		return nil
	}
	return (*Record)(v.p)
}

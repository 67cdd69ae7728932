package record

import (
	"bytes"
	"math"
	"strconv"
	"unicode/utf8"
)

// ToString is the value as text, with dates in their format from f, as
// NiFi's conversion to STRING; "" for null.
func ToString(v Value, f *Formats) string {
	if s := v.Text(); s != "" {
		return s
	}
	if v.IsNull() {
		return ""
	}
	return string(AppendText(nil, v, f))
}

// AppendText appends the value as text: what ToString returns, "null" for null.
func AppendText(dst []byte, v Value, f *Formats) []byte {
	switch v.kind {
	case KindNull:
		return append(dst, "null"...)
	case KindBoolean:
		return strconv.AppendBool(dst, v.n != 0)
	case KindByte, KindShort, KindInt, KindLong:
		return strconv.AppendInt(dst, int64(v.n), 10)
	case KindBigInt:
		return v.BigInt().Append(dst, 10)
	case KindFloat:
		return AppendFloat(dst, v.Float(), 32)
	case KindDouble:
		return AppendFloat(dst, v.Float(), 64)
	case KindDecimal:
		return append(dst, v.Decimal().String()...)
	case KindDate, KindTime, KindTimestamp:
		if format := f.Of(v.kind); format != nil {
			return format.Append(dst, v.Time())
		}
		return strconv.AppendInt(dst, int64(v.n), 10)
	case KindChar:
		return utf8.AppendRune(dst, rune(v.n))
	case KindBytes:
		return append(dst, bytes.ToValidUTF8(v.Bytes(), []byte("\uFFFD"))...)
	case KindArray:
		return appendArray(dst, v.Array(), f)
	case KindMap:
		return appendMap(dst, v.Map(), f)
	case KindRecord:
		return appendRecord(dst, v.Record(), f)
	}
	return append(dst, v.Text()...)
}

func appendArray(dst []byte, items []Value, f *Formats) []byte {
	dst = append(dst, '[')
	for i, item := range items {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = AppendText(dst, item, f)
	}
	return append(dst, ']')
}

func appendMap(dst []byte, m *Map, f *Formats) []byte {
	dst = append(dst, '{')
	for i, k := range m.keys {
		dst = appendEntry(dst, i, k, m.values[i], f)
	}
	return append(dst, '}')
}

func appendRecord(dst []byte, r *Record, f *Formats) []byte {
	dst = append(dst, "MapRecord[{"...)
	for i, v := range r.values {
		dst = appendEntry(dst, i, r.schema.fields[i].Name, v, f)
	}
	return append(dst, "}]"...)
}

func appendEntry(dst []byte, i int, key string, v Value, f *Formats) []byte {
	if i > 0 {
		dst = append(dst, ", "...)
	}
	dst = append(append(dst, key...), '=')
	return AppendText(dst, v, f)
}

// AppendFloat appends a floating point number of 32 or 64 bits as Java prints
// it: 1.0, 1.0E10, NaN, Infinity.
func AppendFloat(dst []byte, f float64, bits int) []byte {
	switch abs := math.Abs(f); {
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	case abs == 0 || abs >= 1e-3 && abs < 1e7:
		return AppendPlainFloat(dst, f, bits)
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, f, 'E', -1, bits)
	e := start + bytes.IndexByte(dst[start:], 'E')
	mantissa, exponent := string(dst[start:e]), string(dst[e+1:])
	dst = append(dst[:start], mantissa...)
	if !bytes.Contains([]byte(mantissa), []byte(".")) {
		dst = append(dst, ".0"...)
	}
	n, _ := strconv.Atoi(exponent)
	return strconv.AppendInt(append(dst, 'E'), int64(n), 10)
}

// AppendPlainFloat appends a finite number without exponent, as Java's
// BigDecimal prints a Double: 100.0, 0.00010, 12345678.5, 10000000000.
func AppendPlainFloat(dst []byte, f float64, bits int) []byte {
	start := len(dst)
	dst = strconv.AppendFloat(dst, f, 'f', -1, bits)
	switch abs := math.Abs(f); {
	case abs < 1e7 && bytes.IndexByte(dst[start:], '.') < 0:
		return append(dst, ".0"...)
	case abs < 1e-3 && len(bytes.Trim(dst[start:], "-0.")) == 1:
		return append(dst, '0')
	}
	return dst
}

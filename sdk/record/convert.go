package record

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

var errNoConversion = errors.New("no conversion")

// Convert turns v into a value of type t, as DataTypeUtils.convertType. Dates in
// text are read, and dates are turned into text, in the formats of f. Null and,
// for numbers and dates, blank text become null. The result may share
// memory with v.
func Convert(v Value, t *Type, f *Formats) (Value, error) {
	if v.kind == KindNull || v.kind == t.Kind && !isNested(t.Kind) && t.Kind != KindEnum {
		return v, nil
	}
	out, err := convert(v, t, f)
	if err != nil {
		text := AppendText(nil, v, f)
		return Null, fmt.Errorf("cannot convert %.100q of type %s to %s: %w", text, v.kind, t, err)
	}
	return out, nil
}

func isNested(k Kind) bool { return k >= KindRecord && k <= KindChoice }

func convert(v Value, t *Type, f *Formats) (Value, error) {
	switch t.Kind {
	case KindBoolean:
		return toBoolean(v)
	case KindByte, KindShort, KindInt, KindLong:
		return toWhole(v, t.Kind)
	case KindBigInt:
		return toBigInt(v)
	case KindFloat, KindDouble:
		return toFloating(v, t.Kind)
	case KindDecimal:
		return toDecimal(v)
	case KindDate, KindTime, KindTimestamp:
		return toDateTime(v, t.Kind, f.Of(t.Kind))
	case KindChar:
		if s := v.Text(); s != "" {
			r, _ := utf8.DecodeRuneInString(s)
			return CharValue(r), nil
		}
	case KindEnum:
		if s := v.Text(); slices.Contains(t.Symbols, s) {
			return EnumValue(s), nil
		}
	case KindUUID:
		return toUUID(v)
	case KindString:
		return StringValue(ToString(v, f)), nil
	case KindRecord:
		return toRecord(v, t.Schema, f)
	case KindArray:
		return toArray(v, t.Elem, f)
	case KindMap:
		return toMap(v, t.Elem, f)
	case KindChoice:
		if chosen := Choose(v, t, f); chosen != nil {
			return Convert(v, chosen, f)
		}
	}
	return Null, errNoConversion
}

func toBoolean(v Value) (Value, error) {
	switch s := v.Text(); {
	case strings.EqualFold(s, "true"):
		return BoolValue(true), nil
	case strings.EqualFold(s, "false"):
		return BoolValue(false), nil
	}
	return Null, errNoConversion
}

// bits of the whole number kinds.
func wholeBits(k Kind) int {
	switch k {
	case KindByte:
		return 8
	case KindShort:
		return 16
	case KindInt:
		return 32
	}
	return 64
}

// toWhole refuses what does not fit. NiFi does so for INT only and silently
// truncates the others, which corrupts data.
func toWhole(v Value, kind Kind) (Value, error) {
	n, err := wholeOf(v, kind)
	if err != nil {
		return Null, err
	}
	if v.kind == KindString && strings.TrimSpace(v.Text()) == "" {
		return Null, nil
	}
	if shift := 64 - wholeBits(kind); n<<shift>>shift != n {
		return Null, strconv.ErrRange
	}
	return WholeValue(kind, n), nil
}

func wholeOf(v Value, kind Kind) (int64, error) {
	switch {
	case v.kind.IsInteger():
		return int64(v.n), nil
	case v.kind.IsDateTime() && kind == KindLong:
		return int64(v.n), nil
	case v.kind == KindFloat || v.kind == KindDouble:
		f := math.Trunc(v.Float())
		if f >= -1<<63 && f < 1<<63 {
			return int64(f), nil
		}
		return 0, strconv.ErrRange
	case v.kind == KindBigInt:
		return fromBig(v.BigInt())
	case v.kind == KindDecimal:
		return fromBig(v.Decimal().BigInt())
	case v.kind == KindString || v.kind == KindEnum:
		if strings.TrimSpace(v.Text()) == "" {
			return 0, nil
		}
		n, err := strconv.ParseInt(v.Text(), 10, 64)
		return n, unwrapNumError(err)
	}
	return 0, errNoConversion
}

func fromBig(b *big.Int) (int64, error) {
	if !b.IsInt64() {
		return 0, strconv.ErrRange
	}
	return b.Int64(), nil
}

// unwrapNumError drops what Convert says anyway.
func unwrapNumError(err error) error {
	if ne, ok := errors.AsType[*strconv.NumError](err); ok {
		return ne.Err
	}
	return err
}

func toBigInt(v Value) (Value, error) {
	switch {
	case v.kind.IsInteger():
		return BigIntValue(big.NewInt(int64(v.n))), nil
	case v.kind == KindDecimal:
		return BigIntValue(v.Decimal().BigInt()), nil
	case v.kind == KindFloat || v.kind == KindDouble:
		if math.IsNaN(v.Float()) || math.IsInf(v.Float(), 0) {
			return Null, strconv.ErrRange
		}
		b, _ := big.NewFloat(v.Float()).Int(nil)
		return BigIntValue(b), nil
	case v.kind == KindString:
		if strings.TrimSpace(v.Text()) == "" {
			return Null, nil
		}
		if b, ok := new(big.Int).SetString(v.Text(), 10); ok {
			return BigIntValue(b), nil
		}
		return Null, strconv.ErrSyntax
	}
	return Null, errNoConversion
}

func toFloating(v Value, kind Kind) (Value, error) {
	var f float64
	switch {
	case v.kind.IsInteger():
		f = float64(int64(v.n))
	case v.kind == KindFloat || v.kind == KindDouble:
		f = v.Float()
	case v.kind == KindBigInt:
		f, _ = new(big.Float).SetInt(v.BigInt()).Float64()
	case v.kind == KindDecimal:
		f = v.Decimal().Float()
	case v.kind == KindString:
		s := strings.TrimSpace(v.Text())
		if s == "" {
			return Null, nil
		}
		var err error
		if f, err = ParseFloat(s, map[Kind]int{KindFloat: 32, KindDouble: 64}[kind]); err != nil {
			return Null, err
		}
	default:
		return Null, errNoConversion
	}
	if kind == KindFloat {
		return FloatValue(float32(f)), nil
	}
	return DoubleValue(f), nil
}

// ParseFloat reads a decimal floating point number, NaN or Infinity; unlike
// strconv it takes no hexadecimal numbers, and what is too large is infinite.
func ParseFloat(s string, bits int) (float64, error) {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && c != '.' && c != '-' && c != '+' && c != 'e' && c != 'E' {
			if name := strings.TrimLeft(s, "+-"); name != "NaN" && name != "Infinity" || len(s)-len(name) > 1 {
				return 0, strconv.ErrSyntax
			}
			return strconv.ParseFloat(strings.TrimSuffix(s, "inity"), bits)
		}
	}
	f, err := strconv.ParseFloat(s, bits)
	if errors.Is(err, strconv.ErrRange) {
		return f, nil
	}
	return f, unwrapNumError(err)
}

func toDecimal(v Value) (Value, error) {
	switch {
	case v.kind.IsInteger():
		return DecimalValue(NewDecimal(big.NewInt(int64(v.n)), 0)), nil
	case v.kind == KindBigInt:
		return DecimalValue(NewDecimal(v.BigInt(), 0)), nil
	case v.kind == KindFloat || v.kind == KindDouble || v.kind == KindString || v.kind == KindBytes:
		s := ToString(v, nil)
		if strings.TrimSpace(s) == "" {
			return Null, nil
		}
		d, err := ParseDecimal(s)
		return DecimalValue(d), err
	}
	return Null, errNoConversion
}

// Epoch numbers beyond the year 10,000 are taken for a finer unit, as
// ObjectLocalDateTimeFieldConverter.
const (
	year10kMillis  = 253_402_300_800_000
	year10kSeconds = 253_402_300_800
)

func toDateTime(v Value, kind Kind, format TimeFormat) (Value, error) {
	switch {
	case v.kind.IsDateTime():
		return cutTime(v.Time(), kind), nil
	case v.kind.IsInteger():
		return epochNumber(int64(v.n), kind), nil
	case v.kind == KindFloat || v.kind == KindDouble:
		return epochFloat(v.Float(), kind), nil
	case v.kind == KindString:
		s := strings.TrimSpace(v.Text())
		if s == "" {
			return Null, nil
		}
		return parseDateTime(s, kind, format)
	}
	return Null, errNoConversion
}

func parseDateTime(s string, kind Kind, format TimeFormat) (Value, error) {
	if format != nil {
		t, err := format.Parse(s)
		if err == nil {
			return cutTime(t, kind), nil
		}
		if kind != KindTimestamp {
			return Null, fmt.Errorf("does not match its format: %w", err)
		}
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return epochNumber(n, kind), nil
	}
	if kind == KindTimestamp && strings.Contains(s, ".") {
		if f, err := ParseFloat(s, 64); err == nil {
			return epochFloat(f, kind), nil
		}
	}
	return Null, errors.New("it is neither in its format nor a number")
}

// cutTime reduces an instant to what the kind holds.
func cutTime(t time.Time, kind Kind) Value {
	switch kind {
	case KindDate:
		return DateValue(floorDiv(t.UnixMilli(), millisPerDay))
	case KindTime:
		h, m, s := t.UTC().Clock()
		return TimeValue(time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(s)*time.Second +
			time.Duration(t.Nanosecond()))
	}
	return TimestampValue(t)
}

func epochNumber(n int64, kind Kind) Value {
	if kind == KindTimestamp && n > year10kMillis {
		return TimestampValue(time.UnixMicro(n))
	}
	return cutTime(time.UnixMilli(n), kind)
}

func epochFloat(f float64, kind Kind) Value {
	whole, fraction := math.Modf(f)
	if !(math.Abs(whole) < 1e17) { // also NaN
		return Null
	}
	if kind != KindTimestamp {
		return cutTime(time.UnixMilli(int64(whole)), kind)
	}
	if whole > year10kSeconds {
		return TimestampValue(time.UnixMilli(int64(whole)).Add(time.Duration(math.Round(fraction*1e3)) * time.Microsecond))
	}
	return TimestampValue(time.Unix(int64(whole), 0).Add(time.Duration(math.Round(fraction*1e6)) * time.Microsecond))
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func toUUID(v Value) (Value, error) {
	if b := v.Bytes(); len(b) == 16 {
		return UUIDValue(formatUUID(b)), nil
	}
	s := strings.TrimSpace(v.Text())
	b, err := hex.DecodeString(strings.ReplaceAll(s, "-", ""))
	if err != nil || len(b) != 16 || len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return Null, errors.New("it is not a UUID")
	}
	return UUIDValue(formatUUID(b)), nil
}

func formatUUID(b []byte) string {
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func toRecord(v Value, s *Schema, f *Formats) (Value, error) {
	switch v.kind {
	case KindRecord:
		return v, nil
	case KindMap:
		if s == nil {
			return Null, errors.New("the record's schema is not known")
		}
		r := New(s)
		for i, k := range v.Map().keys {
			at := s.Index(k)
			if at < 0 {
				continue
			}
			item, err := Convert(v.Map().values[i], s.fields[at].Type, f)
			if err != nil {
				return Null, fmt.Errorf("field %q: %w", k, err)
			}
			r.values[at] = item
		}
		return RecordValue(r), nil
	}
	return Null, errNoConversion
}

func toArray(v Value, elem *Type, f *Formats) (Value, error) {
	switch {
	case v.kind == KindString && elem != nil && elem.Kind == KindByte:
		return BytesValue([]byte(v.Text())), nil
	case v.kind == KindUUID && elem != nil && elem.Kind == KindByte:
		b, err := hex.DecodeString(strings.ReplaceAll(v.Text(), "-", ""))
		return BytesValue(b), err
	case v.kind == KindBytes:
		if elem == nil || elem.Kind == KindByte {
			return v, nil
		}
	case v.kind != KindArray:
		return Null, errNoConversion
	}
	items := v.Array()
	out, copied := items, false
	for i, item := range items {
		if item.IsNull() || elem == nil || item.kind == elem.Kind && !isNested(elem.Kind) {
			continue
		}
		c, err := Convert(item, elem, f)
		if err != nil {
			return Null, fmt.Errorf("element %d: %w", i, err)
		}
		if !copied {
			out, copied = slices.Clone(items), true
		}
		out[i] = c
	}
	return ArrayValue(out), nil
}

func toMap(v Value, elem *Type, f *Formats) (Value, error) {
	m := v.Map()
	if r := v.Record(); r != nil {
		m = NewMap(len(r.values))
		for i, item := range r.values {
			m.Set(r.schema.fields[i].Name, item)
		}
	}
	if m == nil {
		return Null, errNoConversion
	}
	out := &Map{keys: m.keys, values: slices.Clone(m.values)}
	for i, item := range out.values {
		if elem == nil {
			break
		}
		c, err := Convert(item, elem, f)
		if err != nil {
			return Null, fmt.Errorf("key %q: %w", m.keys[i], err)
		}
		out.values[i] = c
	}
	return MapValue(out), nil
}

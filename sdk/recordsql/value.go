package recordsql

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strings"
	"time"

	"github.com/braidflow/braid/sdk/record"
)

func nested(v record.Value) bool {
	k := v.Kind()
	return k == record.KindRecord || k == record.KindArray || k == record.KindMap || k == record.KindBytes
}

// exact tells whether a kind is a number with any number of digits.
func exact(k record.Kind) bool { return k == record.KindDecimal || k == record.KindBigInt }

func isNumeric(t *record.Type) bool { return t.Kind.IsNumber() }

// compare orders two values that are not null. Numbers and times compare with texts that are such.
func compare(a, b record.Value) (int, error) {
	x, y := a.Kind(), b.Kind()
	switch {
	case x.IsInteger() && y.IsInteger():
		return cmp.Compare(a.Int(), b.Int()), nil
	case x.IsNumber() && y.IsNumber():
		if exact(x) && !isFloat(y) || exact(y) && !isFloat(x) {
			return decimal(a).Cmp(decimal(b)), nil
		}
		return cmp.Compare(float(a), float(b)), nil
	case isText(x) && isText(y):
		return strings.Compare(text(a), text(b)), nil
	case x == record.KindBoolean && y == record.KindBoolean:
		return cmp.Compare(boolInt(a.Bool()), boolInt(b.Bool())), nil
	case x.IsDateTime() && y.IsDateTime():
		return a.Time().Compare(b.Time()), nil
	case isText(x) && !isText(y) && !nested(b):
		c, err := compare(b, a)
		return -c, err
	case isText(y) && (x.IsNumber() || x.IsDateTime() || x == record.KindBoolean):
		c, err := castTo(b, kindType(x))
		if err != nil || c.IsNull() {
			return 0, fmt.Errorf("cannot compare %s with %.50q", x, text(b))
		}
		return compare(a, c)
	}
	return 0, fmt.Errorf("cannot compare %s with %s", x, y)
}

// kindType is the type as which a text is compared with a value of a kind.
func kindType(k record.Kind) *record.Type {
	switch {
	case k.IsNumber() && !isFloat(k):
		return record.DecimalOf(0, -1)
	case k.IsNumber():
		return record.Double
	case k == record.KindDate:
		return record.Date
	case k == record.KindTime:
		return record.Time
	case k == record.KindTimestamp:
		return record.Timestamp
	}
	return record.Boolean
}

func isFloat(k record.Kind) bool { return k == record.KindFloat || k == record.KindDouble }

func isText(k record.Kind) bool {
	return k == record.KindString || k == record.KindEnum || k == record.KindUUID || k == record.KindChar
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func float(v record.Value) float64 {
	switch k := v.Kind(); {
	case isFloat(k):
		return v.Float()
	case exact(k):
		return decimal(v).Float()
	}
	return float64(v.Int())
}

func decimal(v record.Value) record.Decimal {
	switch v.Kind() {
	case record.KindDecimal:
		return v.Decimal()
	case record.KindBigInt:
		return record.NewDecimal(v.BigInt(), 0)
	case record.KindFloat, record.KindDouble:
		d, _ := record.ParseDecimal(string(record.AppendPlainFloat(nil, v.Float(), 64))) // NaN and infinity are 0
		return d
	}
	return record.NewDecimal(big.NewInt(v.Int()), 0)
}

var errNoNumber = errors.New("it is no number")

// toDecimal rounds half up to the scale of t; a scale below 0 keeps all digits.
func toDecimal(v record.Value, t *record.Type) (record.Value, error) {
	var d record.Decimal
	switch {
	case isText(v.Kind()):
		var err error
		if d, err = record.ParseDecimal(text(v)); err != nil {
			return v, errNoNumber
		}
	case v.Kind().IsNumber():
		if isFloat(v.Kind()) && (math.IsNaN(v.Float()) || math.IsInf(v.Float(), 0)) {
			return v, errNoNumber
		}
		d = decimal(v)
	default:
		return v, errNoNumber
	}
	if t.Scale >= 0 {
		d = rescale(d, int32(t.Scale)) //nolint:gosec // the parser bounds it
		if t.Precision > 0 && d.Precision() > t.Precision {
			return v, fmt.Errorf("it has more than %d digits", t.Precision)
		}
	}
	return record.DecimalValue(d), nil
}

// rescale rounds half away from zero to a number of digits after the point.
func rescale(d record.Decimal, scale int32) record.Decimal {
	shift := int64(scale) - int64(d.Scale())
	if shift >= 0 {
		return record.NewDecimal(new(big.Int).Mul(d.Unscaled(), pow10(shift)), scale)
	}
	return record.NewDecimal(divide(d.Unscaled(), pow10(-shift)), scale)
}

// divide rounds half away from zero.
func divide(a, b *big.Int) *big.Int {
	q, r := new(big.Int).QuoRem(a, b, new(big.Int))
	if r.Abs(r).Lsh(r, 1).CmpAbs(b) >= 0 {
		q.Add(q, big.NewInt(int64(a.Sign()*b.Sign())))
	}
	return q
}

// pow10 is bounded: numbers with more digits than that come from no content.
func pow10(n int64) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(min(n, 100_000)), nil)
}

var timeLayouts = map[record.Kind][]string{
	record.KindDate:      {time.DateOnly, time.DateTime, time.RFC3339Nano},
	record.KindTime:      {time.TimeOnly, "15:04"},
	record.KindTimestamp: {time.DateTime, time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04", time.DateOnly},
}

func toTime(s string, k record.Kind) (record.Value, error) {
	for _, layout := range timeLayouts[k] {
		t, err := time.Parse(layout, s)
		if err != nil {
			continue
		}
		switch t = t.UTC(); k {
		case record.KindDate:
			return record.DateValue(floorDiv(t.Unix(), 86400)), nil
		case record.KindTime:
			return record.TimeValue(t.Sub(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC))), nil
		}
		return record.TimestampValue(t), nil
	}
	return record.Null, fmt.Errorf("it is not written like %s", timeLayouts[k][0])
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// appendKey appends a value so that two values give the same bytes only if they are equal; null equals null.
func appendKey(key []byte, v record.Value) []byte {
	switch k := v.Kind(); {
	case k == record.KindNull:
		return append(key, 0)
	case k.IsInteger():
		return binary.BigEndian.AppendUint64(append(key, 1), uint64(v.Int())) //nolint:gosec // the bits count
	case isFloat(k):
		f := v.Float()
		if f == math.Trunc(f) && math.Abs(f) < 1<<53 { // 1.0 is 1
			return appendKey(key, record.LongValue(int64(f)))
		}
		return binary.BigEndian.AppendUint64(append(key, 2), math.Float64bits(f))
	case isText(k) && k != record.KindChar:
		return appendSized(append(key, 3), v.Text())
	case exact(k):
		if d := decimal(v); d.Cmp(rescale(d, 0)) == 0 && d.BigInt().IsInt64() {
			return appendKey(key, record.LongValue(d.BigInt().Int64()))
		}
		s := text(v)
		if strings.Contains(s, ".") {
			s = strings.TrimRight(s, "0")
		}
		return appendSized(append(key, 4), s)
	}
	return appendSized(append(key, 5, byte(v.Kind())), text(v))
}

func appendSized(key []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint32(key, uint32(len(s))), s...) //nolint:gosec // no text is that long
}

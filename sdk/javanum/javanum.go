// Package javanum prints and reads numbers as Java does, so that values that
// pass through Braid look as they do in NiFi.
package javanum

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

// FormatDouble prints f as Double.toString does since JDK 19: the shortest
// decimal that reads back as f, plain from 0.001 up to 10,000,000 and with an
// exponent outside of that, always with a digit after the point.
func FormatDouble(f float64) string {
	return string(AppendDouble(nil, f))
}

// AppendDouble appends FormatDouble(f) to dst.
func AppendDouble(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	case f == 0:
		if math.Signbit(f) {
			return append(dst, "-0.0"...)
		}
		return append(dst, "0.0"...)
	}
	return appendFinite(dst, f, 64)
}

// FormatFloat prints f as Float.toString does.
func FormatFloat(f float32) string {
	d := float64(f)
	if f == 0 || math.IsNaN(d) || math.IsInf(d, 0) {
		return FormatDouble(d)
	}
	return string(appendFinite(nil, d, 32))
}

func appendFinite(dst []byte, f float64, bits int) []byte {
	var buf [32]byte
	sci := shortest(buf[:0], f, bits) // d.ddde±xx
	if sci[0] == '-' {
		dst = append(dst, '-')
		sci = sci[1:]
	}
	mark := strings.IndexByte(string(sci), 'e')
	exp, _ := strconv.Atoi(string(sci[mark+1:]))
	var digitBuf [20]byte
	digits := append(digitBuf[:0], sci[0])
	if mark > 2 {
		digits = append(digits, sci[2:mark]...)
	}
	if exp >= -3 && exp < 7 {
		return appendPlain(dst, digits, exp)
	}
	dst = append(dst, digits[0], '.')
	if len(digits) == 1 {
		dst = append(dst, '0')
	}
	dst = append(dst, digits[1:]...)
	dst = append(dst, 'E')
	return strconv.AppendInt(dst, int64(exp), 10)
}

// shortest is the shortest decimal in scientific form. Java asks for the
// nearest of two digits where one digit would do (4.9E-324, not 5E-324).
func shortest(dst []byte, f float64, bits int) []byte {
	s := strconv.AppendFloat(dst, f, 'e', -1, bits)
	if strings.IndexByte(string(s), '.') >= 0 {
		return s
	}
	two := strconv.AppendFloat(nil, f, 'e', 1, bits)
	if back, err := strconv.ParseFloat(string(two), bits); err == nil && back == f {
		return two
	}
	return s
}

func appendPlain(dst, digits []byte, exp int) []byte {
	// A shortest form may carry a zero that is only its second digit.
	for len(digits) > 1 && digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
	}
	if exp < 0 {
		dst = append(dst, "0."...)
		for i := exp + 1; i < 0; i++ {
			dst = append(dst, '0')
		}
		return append(dst, digits...)
	}
	for i := 0; i <= exp; i++ {
		if i < len(digits) {
			dst = append(dst, digits[i])
		} else {
			dst = append(dst, '0')
		}
	}
	dst = append(dst, '.')
	if len(digits) <= exp+1 {
		return append(dst, '0')
	}
	return append(dst, digits[exp+1:]...)
}

// ErrNumberFormat is Java's NumberFormatException.
var ErrNumberFormat = errors.New("not a number in Java's format")

// ParseLong reads text as Long.parseLong(text, radix) does: an optional sign,
// digits of the radix (2 to 36), no spaces, within 64 bits.
func ParseLong(text string, radix int) (int64, error) {
	if radix < 2 || radix > 36 || text == "" || strings.ContainsRune(text, '_') {
		return 0, ErrNumberFormat
	}
	n, err := strconv.ParseInt(text, radix, 64)
	if err != nil {
		return 0, ErrNumberFormat
	}
	return n, nil
}

// DecodeLong reads text as Long.decode does: like ParseLong, with the prefixes
// 0x, 0X and # for hexadecimal and 0 for octal after the sign.
func DecodeLong(text string) (int64, error) {
	sign, rest := "", text
	if rest != "" && (rest[0] == '-' || rest[0] == '+') {
		if rest[0] == '-' {
			sign = "-"
		}
		rest = rest[1:]
	}
	radix := 10
	switch {
	case strings.HasPrefix(rest, "0x"), strings.HasPrefix(rest, "0X"):
		radix, rest = 16, rest[2:]
	case strings.HasPrefix(rest, "#"):
		radix, rest = 16, rest[1:]
	case strings.HasPrefix(rest, "0") && len(rest) > 1:
		radix, rest = 8, rest[1:]
	}
	if rest == "" || rest[0] == '-' || rest[0] == '+' {
		return 0, ErrNumberFormat
	}
	return ParseLong(sign+rest, radix)
}

// ParseDouble reads text as Double.parseDouble does, surrounding spaces and a
// trailing type letter (d, D, f, F) included.
func ParseDouble(text string) (float64, error) {
	text = strings.TrimFunc(text, func(r rune) bool { return r <= ' ' })
	body := strings.TrimLeft(text, "+-")
	if len(text)-len(body) > 1 || body == "" || strings.ContainsRune(body, '_') {
		return 0, ErrNumberFormat
	}
	negative := text[0] == '-'
	switch body {
	case "NaN":
		return math.NaN(), nil
	case "Infinity":
		if negative {
			return math.Inf(-1), nil
		}
		return math.Inf(1), nil
	}
	if body[0] != '.' && (body[0] < '0' || body[0] > '9') {
		return 0, ErrNumberFormat // Go also takes inf, infinity and nan
	}
	hex := strings.HasPrefix(body, "0x") || strings.HasPrefix(body, "0X")
	if last := body[len(body)-1]; strings.IndexByte("dDfF", last) >= 0 && (!hex || strings.ContainsAny(body, "pP")) {
		text = text[:len(text)-1]
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, ErrNumberFormat
	}
	return f, nil
}

// ToLong converts as a Java cast does: towards zero, held within 64 bits, NaN is 0.
func ToLong(f float64) int64 {
	switch {
	case math.IsNaN(f):
		return 0
	case f >= math.MaxInt64:
		return math.MaxInt64
	case f <= math.MinInt64:
		return math.MinInt64
	}
	return int64(f)
}

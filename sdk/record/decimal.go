package record

import (
	"errors"
	"math/big"
	"strconv"
	"strings"
)

// maxExponent bounds what ParseDecimal accepts: 1e999999999 would otherwise
// turn ten bytes of input into a gigabyte of digits.
const maxExponent = 10_000

var errDecimal = errors.New("not a decimal number")

// Decimal is an exact decimal number: unscaled * 10^-scale, as Java's
// BigDecimal. The zero Decimal is 0. It is immutable.
type Decimal struct {
	unscaled *big.Int
	scale    int32
}

// NewDecimal makes unscaled * 10^-scale; unscaled must not change afterwards.
func NewDecimal(unscaled *big.Int, scale int32) Decimal { return Decimal{unscaled, scale} }

// ParseDecimal reads text such as -12.50 or 1.2E+3, keeping trailing zeros.
func ParseDecimal(s string) (Decimal, error) {
	mantissa, exponent := s, 0
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		e, err := strconv.Atoi(s[i+1:])
		if err != nil || e > maxExponent || e < -maxExponent {
			return Decimal{}, errDecimal
		}
		mantissa, exponent = s[:i], e
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := whole + fraction
	if strings.Trim(digits, "+-") == "" || strings.ContainsAny(digits, "_") || strings.ContainsAny(fraction, "+-") {
		return Decimal{}, errDecimal
	}
	n, ok := new(big.Int).SetString(digits, 10)
	if !ok {
		return Decimal{}, errDecimal
	}
	return Decimal{n, int32(len(fraction) - exponent)}, nil
}

// Unscaled is the number without its decimal point; the caller must not change it.
func (d Decimal) Unscaled() *big.Int {
	if d.unscaled == nil {
		return new(big.Int)
	}
	return d.unscaled
}

// Scale is the number of digits after the decimal point; it may be negative.
func (d Decimal) Scale() int32 { return d.scale }

// Precision is the number of digits of the unscaled number.
func (d Decimal) Precision() int {
	return len(strings.TrimPrefix(d.Unscaled().String(), "-"))
}

// String is plain decimal notation without exponent, as BigDecimal.toPlainString.
func (d Decimal) String() string {
	digits := d.Unscaled().String()
	if d.scale <= 0 {
		if digits == "0" {
			return digits
		}
		return digits + strings.Repeat("0", int(-d.scale))
	}
	sign := ""
	if digits[0] == '-' {
		sign, digits = "-", digits[1:]
	}
	if missing := int(d.scale) + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	point := len(digits) - int(d.scale)
	return sign + digits[:point] + "." + digits[point:]
}

// Float is the nearest float64.
func (d Decimal) Float() float64 {
	f, _ := strconv.ParseFloat(d.Unscaled().String()+"e"+strconv.Itoa(int(-d.scale)), 64)
	return f
}

// BigInt drops the digits after the decimal point.
func (d Decimal) BigInt() *big.Int {
	if d.scale <= 0 {
		return new(big.Int).Mul(d.Unscaled(), pow10(-d.scale))
	}
	return new(big.Int).Quo(d.Unscaled(), pow10(d.scale))
}

// Cmp is -1, 0 or 1 as d is less than, equal to or greater than o; 1.0 equals 1.00.
func (d Decimal) Cmp(o Decimal) int {
	a, b := d.Unscaled(), o.Unscaled()
	if diff := o.scale - d.scale; diff > 0 {
		a = new(big.Int).Mul(a, pow10(diff))
	} else if diff < 0 {
		b = new(big.Int).Mul(b, pow10(-diff))
	}
	return a.Cmp(b)
}

func pow10(n int32) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

package el

import (
	"math"
	"math/big"
)

// Java's sin, log, pow and the like round nearly always to the double nearest
// to the true result; Go's are often one off in the last digit, which shows in
// the text. So these are computed with more digits and rounded once. Where that
// is not possible (no finite number, an angle too far out) Go's result stands,
// and where the true result lies almost midway between two doubles: Java may
// take either there.

const exactBits = 200

func exact(f float64) *big.Float { return new(big.Float).SetPrec(exactBits).SetFloat64(f) }

func zero() *big.Float { return new(big.Float).SetPrec(exactBits) }

func nearest(f *big.Float) float64 {
	v, _ := f.Float64()
	return v
}

// nearestOr is the nearest double, or the one given if it is the next one and
// all but as near.
func nearestOr(f *big.Float, given float64) float64 {
	v := nearest(f)
	if v == given || math.Nextafter(v, given) != given {
		return v
	}
	const almost = 0.01 // of the distance between the two
	off := nearest(zero().Sub(f, exact(v))) / (given - v)
	if off > 0.5-almost {
		return given
	}
	return v
}

// constant reads a number that is written with more digits than a double has.
func constant(digits string) *big.Float {
	f, _, err := big.ParseFloat(digits, 10, exactBits, big.ToNearestEven)
	if err != nil {
		panic(err) // a constant of this file
	}
	return f
}

var (
	exactPi   = constant("3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803482534211706798")
	exactLn2  = constant("0.69314718055994530941723212145817656807550013436025525412068000949339362196969471560586332699641868754")
	exactLn10 = constant("2.30258509299404568401799145468436420760110148862877297603332790096757260967735248023599720508959829834")
)

// series sums first + first*x/(a*b) + ..., where next gives the divisor of term n;
// alternating signs come from a negative x.
func series(first, x *big.Float, divisor func(n int64) int64) *big.Float {
	sum, term := zero().Set(first), zero().Set(first)
	for n := int64(1); n < 200; n++ {
		term.Mul(term, x)
		term.Quo(term, zero().SetInt64(divisor(n)))
		sum.Add(sum, term)
		if term.Sign() == 0 || term.MantExp(nil) < sum.MantExp(nil)-exactBits {
			break
		}
	}
	return sum
}

// bigExp is e to the power of x, by x = k ln 2 + rest.
func bigExp(x *big.Float) *big.Float {
	k := math.Round(nearest(x) / math.Ln2)
	rest := zero().Sub(x, zero().Mul(exact(k), exactLn2))
	sum := series(exact(1), rest, func(n int64) int64 { return n })
	return zero().SetMantExp(sum, int(k))
}

// bigLog is the logarithm of a positive number: Go's, corrected twice.
func bigLog(x *big.Float) *big.Float {
	mant := zero()
	k := x.MantExp(mant)
	y := exact(math.Log(nearest(mant)))
	for range 3 {
		e := bigExp(zero().Neg(y))
		y.Add(y, zero().Sub(e.Mul(e, mant), exact(1)))
	}
	return y.Add(y, zero().Mul(zero().SetInt64(int64(k)), exactLn2))
}

func finitePositive(f float64) bool { return f > 0 && !math.IsInf(f, 1) }

func exactLog(f float64) float64 {
	if !finitePositive(f) || f == 1 {
		return math.Log(f)
	}
	return nearest(bigLog(exact(f)))
}

func exactLog10(f float64) float64 {
	if !finitePositive(f) || f == 1 {
		return math.Log10(f)
	}
	log := bigLog(exact(f))
	return nearest(log.Quo(log, exactLn10))
}

func exactExp(f float64) float64 {
	if !(math.Abs(f) < 700) || f == 0 {
		return math.Exp(f)
	}
	return nearest(bigExp(exact(f)))
}

// pow is Java's also where Go's differs in meaning: 1 to the power of infinity or
// of NaN is NaN.
func pow(a, b float64) float64 {
	if math.Abs(a) == 1 && math.IsInf(b, 0) || math.IsNaN(b) {
		return math.NaN()
	}
	result := math.Pow(a, b)
	size := math.Abs(result)
	if a == 0 || !(size > 1e-290 && size < 1e290) || size == 1 {
		return result
	}
	log := bigLog(exact(math.Abs(a)))
	return math.Copysign(nearest(bigExp(log.Mul(log, exact(b)))), result)
}

func exactCbrt(f float64) float64 {
	if f == 0 || math.IsNaN(f) || math.IsInf(f, 0) {
		return f
	}
	x, y := exact(f), exact(math.Cbrt(f))
	for range 3 { // Newton: y -= (y - x/y^2) / 3
		q := zero().Quo(x, zero().Mul(y, y))
		y.Sub(y, q.Quo(q.Sub(y, q), exact(3)))
	}
	return nearest(y)
}

func exactHypot(a, b float64) float64 {
	result := math.Hypot(a, b)
	if result == 0 || math.IsNaN(result) || math.IsInf(result, 0) {
		return result
	}
	x, y := exact(a), exact(b)
	return nearest(zero().Sqrt(x.Add(x.Mul(x, x), y.Mul(y, y))))
}

// bigSinCos takes an angle within what the digits of pi reach.
func bigSinCos(f float64) (sin, cos *big.Float) {
	x := exact(f)
	quarter := zero().Quo(exactPi, exact(2))
	turns := math.Round(nearest(zero().Quo(x, quarter)))
	x.Sub(x, quarter.Mul(quarter, exact(turns)))
	square := zero().Neg(zero().Mul(x, x))
	sin = series(x, square, func(n int64) int64 { return 2 * n * (2*n + 1) })
	cos = series(exact(1), square, func(n int64) int64 { return 2 * n * (2*n - 1) })
	switch int64(turns) & 3 {
	case 1:
		return cos, sin.Neg(sin)
	case 2:
		return sin.Neg(sin), cos.Neg(cos)
	case 3:
		return cos.Neg(cos), sin
	}
	return sin, cos
}

func angle(f float64) bool { return f != 0 && math.Abs(f) < 1e15 }

func exactSin(f float64) float64 {
	if !angle(f) {
		return math.Sin(f)
	}
	sin, _ := bigSinCos(f)
	return nearestOr(sin, math.Sin(f))
}

func exactCos(f float64) float64 {
	if !angle(f) {
		return math.Cos(f)
	}
	_, cos := bigSinCos(f)
	return nearest(cos)
}

func exactTan(f float64) float64 {
	if !angle(f) {
		return math.Tan(f)
	}
	sin, cos := bigSinCos(f)
	return nearest(sin.Quo(sin, cos))
}

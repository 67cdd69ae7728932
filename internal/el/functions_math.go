package el

import (
	"fmt"
	"math"
	"math/bits"
	mathrand "math/rand/v2"
	"slices"

	"github.com/braidflow/braid/sdk/javanum"
)

// The methods of java.lang.Math by the types of their parameters. NiFi finds
// them by reflection, so only the exact types fit: a whole subject has no sqrt.
var (
	mathOfDouble = map[string]func(float64) float64{
		"abs": math.Abs, "acos": math.Acos, "asin": math.Asin, "atan": math.Atan, "cbrt": exactCbrt, "ceil": math.Ceil,
		"cos": exactCos, "cosh": math.Cosh, "exp": exactExp, "expm1": math.Expm1, "floor": math.Floor, "log": exactLog,
		"log10": exactLog10, "log1p": math.Log1p, "rint": math.RoundToEven, "sin": exactSin, "sinh": math.Sinh,
		"sqrt": math.Sqrt, "tan": exactTan, "tanh": math.Tanh, "signum": signum, "ulp": ulp,
		"nextUp":    func(f float64) float64 { return math.Nextafter(f, math.Inf(1)) },
		"nextDown":  func(f float64) float64 { return math.Nextafter(f, math.Inf(-1)) },
		"toDegrees": func(f float64) float64 { return f * 57.29577951308232 },
		"toRadians": func(f float64) float64 { return f * 0.017453292519943295 },
	}
	mathOfDoubles = map[string]func(a, b float64) float64{
		"atan2": math.Atan2, "copySign": math.Copysign, "hypot": exactHypot, "IEEEremainder": math.Remainder,
		"max": maxDouble, "min": minDouble, "nextAfter": nextAfter, "pow": pow,
	}
	mathWholeOfDouble = map[string]func(float64) int64{"round": round, "getExponent": exponent}

	// The second result is false where Java throws ArithmeticException.
	mathOfLong = map[string]func(int64) (int64, bool){
		"abs":            func(a int64) (int64, bool) { return max(a, -a), true },
		"absExact":       func(a int64) (int64, bool) { return max(a, -a), a != math.MinInt64 },
		"negateExact":    func(a int64) (int64, bool) { return -a, a != math.MinInt64 },
		"incrementExact": func(a int64) (int64, bool) { return a + 1, a != math.MaxInt64 },
		"decrementExact": func(a int64) (int64, bool) { return a - 1, a != math.MinInt64 },
		"toIntExact":     func(a int64) (int64, bool) { return a, a == int64(int32(a)) },
	}
	mathOfLongs = map[string]func(a, b int64) (int64, bool){
		"max":                   func(a, b int64) (int64, bool) { return max(a, b), true },
		"min":                   func(a, b int64) (int64, bool) { return min(a, b), true },
		"addExact":              func(a, b int64) (int64, bool) { return a + b, (a^(a+b))&(b^(a+b)) >= 0 },
		"subtractExact":         func(a, b int64) (int64, bool) { return a - b, (a^b)&(a^(a-b)) >= 0 },
		"multiplyExact":         multiplyExact,
		"floorDiv":              func(a, b int64) (int64, bool) { return floorDiv(a, b), b != 0 },
		"floorMod":              func(a, b int64) (int64, bool) { return a - floorDiv(a, b)*b, b != 0 },
		"ceilDiv":               func(a, b int64) (int64, bool) { return ceilDiv(a, b), b != 0 },
		"ceilMod":               func(a, b int64) (int64, bool) { return a - ceilDiv(a, b)*b, b != 0 },
		"divideExact":           func(a, b int64) (int64, bool) { return quotient(a, b), exactQuotient(a, b) },
		"floorDivExact":         func(a, b int64) (int64, bool) { return floorDiv(a, b), exactQuotient(a, b) },
		"ceilDivExact":          func(a, b int64) (int64, bool) { return ceilDiv(a, b), exactQuotient(a, b) },
		"multiplyHigh":          func(a, b int64) (int64, bool) { return multiplyHigh(a, b), true },
		"unsignedMultiplyHigh":  func(a, b int64) (int64, bool) { hi, _ := bits.Mul64(uint64(a), uint64(b)); return int64(hi), true },
		"unsignedMultiplyExact": func(a, b int64) (int64, bool) { hi, lo := bits.Mul64(uint64(a), uint64(b)); return int64(lo), hi == 0 },
		"powExact":              powExact,
		"unsignedPowExact":      unsignedPowExact,
	}
	// What every Java class has by reflection, and what needs an instance.
	objectMethods = []string{"getClass", "hashCode", "notify", "notifyAll", "toString", "wait"}
)

func (r *run) noMethod(name, types string) value {
	return r.evalError(fmt.Sprintf("Cannot evaluate 'math' function because java.lang.Math has no method %s(%s)", name, types))
}

func (r *run) exact(n int64, ok bool) value {
	if !ok {
		return r.evalError("Unable to calculate math function value: the result is out of range")
	}
	return whole(n)
}

func (r *run) onInstance(name string) value {
	return r.javaError("NullPointerException", "math(): "+name+" is not a method of numbers")
}

// evalMathStart is math('random') and whatever else needs no number.
func evalMathStart(r *run, n *callNode) value {
	name, ok := n.text(r, 0)
	switch {
	case !ok:
		return null
	case name == "random" && r.env.Random != nil:
		return decimal(float64(r.env.Random()>>11) / (1 << 53))
	case name == "random":
		return decimal(mathrand.Float64())
	case slices.Contains(objectMethods, name):
		return r.onInstance(name)
	}
	return r.noMethod(name, "")
}

func evalMath(r *run, n *callNode) value {
	name, ok := n.text(r, 0)
	if !ok {
		return null
	}
	a := n.subj.eval(r)
	if a.isNull() {
		return null
	}
	if len(n.args) > 1 {
		b := n.arg(r, 1)
		if b.isNull() {
			return null
		}
		return mathOfTwo(r, name, a, b)
	}
	if a.kind == kindDecimal {
		if f := mathOfDouble[name]; f != nil {
			return decimal(f(a.f))
		}
		if f := mathWholeOfDouble[name]; f != nil {
			return whole(f(a.f))
		}
		return r.noMethod(name, "double")
	}
	if f := mathOfLong[name]; f != nil {
		return r.exact(f(a.n))
	}
	if name == "wait" {
		return r.onInstance(name)
	}
	return r.noMethod(name, "long")
}

// mathOfTwo looks for (double, double), (long, long) and then (either, int).
func mathOfTwo(r *run, name string, a, b value) value {
	switch {
	case a.kind == kindDecimal && b.kind == kindDecimal:
		if f := mathOfDoubles[name]; f != nil {
			return decimal(f(a.f, b.f))
		}
	case a.kind == kindWhole && b.kind == kindWhole:
		if f := mathOfLongs[name]; f != nil {
			return r.exact(f(a.n, b.n))
		}
		if name == "wait" {
			return r.onInstance(name)
		}
	case a.kind == kindDecimal && name == "scalb":
		return decimal(math.Ldexp(a.f, int(max(min(int32(b.n), 5000), -5000))))
	}
	return r.noMethod(name, a.kind.String()+", "+b.kind.String())
}

func signum(f float64) float64 {
	switch {
	case f > 0:
		return 1
	case f < 0:
		return -1
	}
	return f
}

func ulp(f float64) float64 {
	f = math.Abs(f)
	switch {
	case math.IsNaN(f) || math.IsInf(f, 1):
		return f
	case f == math.MaxFloat64:
		return f - math.Nextafter(f, 0)
	}
	return math.Nextafter(f, math.Inf(1)) - f
}

// nextAfter takes the second of two equal numbers, which tells the zeros apart.
func nextAfter(f, to float64) float64 {
	if f == to {
		return to
	}
	return math.Nextafter(f, to)
}

// maxDouble and minDouble are NaN if either is, also next to an infinity.
func maxDouble(a, b float64) float64 { return max(a, b) }
func minDouble(a, b float64) float64 { return min(a, b) }

// round is half up, also for negative numbers.
func round(f float64) int64 {
	down := math.Floor(f)
	if f-down >= 0.5 {
		down++
	}
	return javanum.ToLong(down)
}

// exponent is Math.getExponent: that of the representation, without bias.
func exponent(f float64) int64 {
	return int64(math.Float64bits(f)>>52&0x7ff) - 1023
}

func quotient(a, b int64) int64 {
	if b == 0 {
		return 0
	}
	return a / b
}

func exactQuotient(a, b int64) bool { return b != 0 && (a != math.MinInt64 || b != -1) }

func floorDiv(a, b int64) int64 {
	q := quotient(a, b)
	if a^b < 0 && q*b != a {
		q--
	}
	return q
}

func ceilDiv(a, b int64) int64 {
	q := quotient(a, b)
	if a^b >= 0 && q*b != a {
		q++
	}
	return q
}

func multiplyHigh(a, b int64) int64 {
	hi, _ := bits.Mul64(uint64(a), uint64(b))
	return int64(hi) - a>>63&b - b>>63&a
}

func multiplyExact(a, b int64) (int64, bool) {
	return a * b, multiplyHigh(a, b) == a*b>>63
}

// powExact takes the exponent as an int, as Java's (long, int).
func powExact(a, b int64) (int64, bool) {
	return power(a, int32(b), 1, multiplyExact)
}

func unsignedPowExact(a, b int64) (int64, bool) {
	return power(a, int32(b), 1, func(x, y int64) (int64, bool) {
		hi, lo := bits.Mul64(uint64(x), uint64(y))
		return int64(lo), hi == 0
	})
}

// power multiplies base into result n times; the trivial bases need no loop.
func power(base int64, n int32, result int64, times func(a, b int64) (int64, bool)) (int64, bool) {
	switch {
	case n < 0:
		return 0, false
	case n > 64 && (base == 0 || base == 1):
		return base, true
	case n > 64 && base == -1:
		n %= 2
	}
	for ; n > 0; n-- {
		next, ok := times(result, base)
		if !ok {
			return 0, false
		}
		result = next
	}
	return result, true
}

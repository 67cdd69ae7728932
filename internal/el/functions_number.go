package el

import (
	"math"
	"strconv"
	"strings"

	"github.com/braidflow/braid/sdk/javanum"
)

var numberFunctions = []*function{
	{name: "plus", subject: kindNumber, args: oneNumber, min: 1, result: kindNumber, eval: evalArithmetic},
	{name: "minus", subject: kindNumber, args: oneNumber, min: 1, result: kindNumber, eval: evalArithmetic},
	{name: "multiply", subject: kindNumber, args: oneNumber, min: 1, result: kindNumber, eval: evalArithmetic},
	{name: "divide", subject: kindNumber, args: oneNumber, min: 1, result: kindNumber, eval: evalArithmetic},
	{name: "mod", subject: kindNumber, args: oneNumber, min: 1, result: kindNumber, eval: evalArithmetic},
	{name: "toNumber", subject: kindWhole, result: kindWhole},
	{name: "toDecimal", subject: kindDecimal, result: kindDecimal},
	{name: "toRadix", subject: kindWhole, args: []kind{kindWhole, kindWhole}, min: 1, result: kindString, eval: evalToRadix},
	{name: "fromRadix", subject: kindString, args: oneWhole, min: 1, result: kindWhole, eval: evalFromRadix},
	{name: "math", subject: kindNumber, args: []kind{kindString, kindNumber}, min: 1, result: kindNumber, volatile: true, eval: evalMath},
	{name: "length", subject: kindString, result: kindWhole, eval: func(r *run, n *callNode) value {
		s, _ := n.on(r)
		return whole(int64(textLength(s)))
	}},
	{name: "indexOf", subject: kindString, args: oneString, min: 1, result: kindWhole, eval: evalIndex},
	{name: "lastIndexOf", subject: kindString, args: oneString, min: 1, result: kindWhole, eval: evalIndex},
}

func evalArithmetic(r *run, n *callNode) value {
	a := n.subj.eval(r)
	if a.isNull() {
		return null
	}
	b := n.arg(r, 0)
	if b.isNull() {
		return null
	}
	if a.kind == kindDecimal || b.kind == kindDecimal {
		return decimal(decimalResult(n.fn.name, a.double(), b.double()))
	}
	switch n.fn.name {
	case "plus":
		return whole(a.n + b.n)
	case "minus":
		return whole(a.n - b.n)
	case "multiply":
		return whole(a.n * b.n)
	}
	if b.n == 0 {
		return r.javaError("ArithmeticException", n.fn.name+"(): division by zero")
	}
	if n.fn.name == "divide" {
		return whole(a.n / b.n)
	}
	return whole(a.n % b.n)
}

func decimalResult(op string, a, b float64) float64 {
	switch op {
	case "plus":
		return a + b
	case "minus":
		return a - b
	case "multiply":
		return a * b
	case "divide":
		return a / b
	}
	return math.Mod(a, b)
}

// evalToRadix prints a number in a base; one outside of 2 to 36 means 10.
func evalToRadix(r *run, n *callNode) value {
	v := n.subj.eval(r)
	if v.isNull() {
		return null
	}
	radix := n.arg(r, 0)
	if radix.isNull() {
		return null
	}
	base := int(int32(radix.n))
	if base < 2 || base > 36 {
		base = 10
	}
	text := strconv.FormatInt(v.n, base)
	width := n.arg(r, 1)
	missing := int(int32(width.n)) - len(text)
	if missing > maxText {
		return r.evalError("toRadix(): the result would be too large")
	}
	if missing > 0 {
		text = strings.Repeat("0", missing) + text
	}
	return str(text)
}

func evalFromRadix(r *run, n *callNode) value {
	s, ok := n.on(r)
	if !ok {
		return null
	}
	radix := n.arg(r, 0)
	if radix.isNull() {
		return null
	}
	v, err := javanum.ParseLong(s, int(int32(radix.n)))
	if err != nil {
		return r.javaError("NumberFormatException", "fromRadix(): not a number in base "+strconv.FormatInt(radix.n, 10)+": "+s)
	}
	return whole(v)
}

func evalIndex(r *run, n *callNode) value {
	s, ok := n.on(r)
	if !ok {
		return whole(-1)
	}
	part, ok := n.needed(r, 0)
	if !ok {
		return null
	}
	if n.fn.name == "indexOf" {
		return whole(unitIndex(s, strings.Index(s, part)))
	}
	return whole(unitIndex(s, strings.LastIndex(s, part)))
}

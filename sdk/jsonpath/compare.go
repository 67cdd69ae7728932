package jsonpath

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"unicode/utf16"
)

func evaluate(op string, left, right operand) (bool, error) {
	switch op {
	case "==":
		return left.equals(right), nil
	case "!=":
		return !left.equals(right), nil
	case "===":
		return left.sameKind(right) && left.equals(right), nil
	case "!==":
		return !left.sameKind(right) || !left.equals(right), nil
	case "<", "<=", ">", ">=":
		return ordered(op, left, right), nil
	case "=~":
		return matches(left, right)
	case "EXISTS":
		if left.kind != isBool || right.kind != isBool {
			return false, invalid("exists needs a boolean")
		}
		return left.yes == right.yes, nil
	case "SIZE", "EMPTY", "CONTAINS", "ALL":
		return ofOne(op, left, right)
	case "IN", "NIN":
		list, ok, err := right.list()
		if err != nil {
			return false, err
		}
		return (ok && left.among(list)) == (op == "IN"), nil
	case "SUBSETOF", "ANYOF", "NONEOF":
		return ofLists(op, left, right)
	}
	return false, invalid("operator %s needs a type or a predicate", op)
}

func (o operand) sameKind(p operand) bool {
	a, b := o.kind, p.kind
	if a == isLiteral {
		a = isJSON
	}
	if b == isLiteral {
		b = isJSON
	}
	return a == b
}

// equals compares a number with a string too: by value if the number is on the
// left, by text if the string is.
func (o operand) equals(p operand) bool {
	switch {
	case o.kind == isJSON && (p.kind == isJSON || p.kind == isLiteral):
		return equal(o.json, p.json)
	case o.kind == isNumber && p.kind == isNumber:
		return o.number.Cmp(p.number) == 0
	case o.kind == isNumber && p.kind == isString:
		n, ok := numberOf(p.text)
		return ok && o.number.Cmp(n.number) == 0
	case o.kind == isString && (p.kind == isString || p.kind == isNumber):
		return o.text == p.text
	case o.kind == isBool && p.kind == isBool:
		return o.yes == p.yes
	}
	return o.kind == isNull && p.kind == isNull
}

func (o operand) among(list []operand) bool {
	return slices.ContainsFunc(list, o.equals)
}

// list is the operand as a list; not ok if it is an object.
func (o operand) list() ([]operand, bool, error) {
	if o.kind != isJSON && o.kind != isLiteral {
		return nil, false, invalid("expected a list")
	}
	array, ok := o.json.(*Array)
	if !ok {
		return nil, false, nil
	}
	list := make([]operand, len(array.Items))
	for i, v := range array.Items {
		switch v.(type) {
		case *Array, *Object:
			return nil, false, fmt.Errorf("%w: a list in a filter holds more than plain values", ErrUse)
		}
		list[i] = operandOf(v)
	}
	return list, true, nil
}

func ordered(op string, left, right operand) bool {
	var c int
	switch {
	case left.kind == isNumber && right.kind == isNumber:
		c = left.number.Cmp(right.number)
	case left.kind == isString && right.kind == isString:
		c = slices.Compare(utf16.Encode([]rune(left.text)), utf16.Encode([]rune(right.text)))
	default:
		return false
	}
	switch op {
	case "<":
		return c < 0
	case "<=":
		return c <= 0
	case ">":
		return c > 0
	}
	return c >= 0
}

func matches(left, right operand) (bool, error) {
	if (left.kind == isPattern) == (right.kind == isPattern) {
		return false, nil
	}
	if left.kind == isPattern {
		left, right = right, left
	}
	inputs := []operand{left}
	if left.kind == isJSON || left.kind == isLiteral {
		list, ok, err := left.list()
		if err != nil {
			return false, err
		}
		if ok {
			inputs = list
		}
	}
	for _, in := range inputs {
		ok, err := right.pattern.Match(in.input())
		if ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

// input is the text that a pattern is held against.
func (o operand) input() string {
	switch {
	case o.kind == isString || o.kind == isNumber:
		return o.text
	case o.kind == isBool && o.yes:
		return "true"
	case o.kind == isBool:
		return "false"
	}
	return ""
}

func ofOne(op string, left, right operand) (bool, error) {
	switch op {
	case "SIZE":
		if right.kind != isNumber {
			return false, nil
		}
		size, ok := left.size()
		return ok && right.number.Cmp(new(big.Rat).SetInt64(int64(size))) == 0, nil
	case "EMPTY":
		return isEmpty(left, right)
	case "CONTAINS":
		if left.kind == isString && right.kind == isString {
			return strings.Contains(left.text, right.text), nil
		}
		if left.kind != isJSON && left.kind != isLiteral {
			return false, nil
		}
		list, ok, err := left.list()
		return err == nil && ok && right.among(list), err
	}
	return false, invalid("a filter's text has no list for ALL")
}

func (o operand) size() (int, bool) {
	switch {
	case o.kind == isString:
		return len(utf16.Encode([]rune(o.text))), true
	case o.kind == isJSON || o.kind == isLiteral:
		if array, ok := o.json.(*Array); ok {
			return len(array.Items), true
		}
		return -1, true
	}
	return 0, false
}

func isEmpty(left, right operand) (bool, error) {
	var empty bool
	switch {
	case left.kind == isString:
		empty = left.text == ""
	case left.kind == isJSON || left.kind == isLiteral:
		array, ok := left.json.(*Array)
		if !ok {
			return false, ErrUse // Jayway takes an object for a list here and fails
		}
		empty = len(array.Items) == 0
	default:
		return false, nil
	}
	if right.kind != isBool {
		return false, invalid("empty needs true or false")
	}
	return empty == right.yes, nil
}

func ofLists(op string, left, right operand) (bool, error) {
	r, ok, err := right.list()
	if err != nil || !ok {
		return false, err
	}
	l, ok, err := left.list()
	if err != nil || !ok {
		return false, err
	}
	common := 0
	for _, o := range l {
		if o.among(r) {
			common++
		}
	}
	switch op {
	case "SUBSETOF":
		return common == len(l), nil
	case "ANYOF":
		return common > 0, nil
	}
	return common == 0, nil
}

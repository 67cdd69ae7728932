package jsonpath

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/braidflow/braid/sdk/javaregex"
)

// condition is a filter or a part of one.
type condition interface {
	holds(*scope) (bool, error)
}

// scope is what a filter looks at: @ and $.
type scope struct{ item, root any }

type (
	anyOf   []condition
	allOf   []condition
	negated struct{ of condition }
	compare struct {
		left, right operand
		op          string
	}
)

func (c anyOf) holds(s *scope) (bool, error) {
	for _, sub := range c {
		if ok, err := sub.holds(s); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

func (c allOf) holds(s *scope) (bool, error) {
	for _, sub := range c {
		if ok, err := sub.holds(s); !ok || err != nil {
			return false, err
		}
	}
	return true, nil
}

func (c negated) holds(s *scope) (bool, error) {
	ok, err := c.of.holds(s)
	return !ok, err
}

type operandKind uint8

const (
	isUndefined operandKind = iota
	isNull
	isBool
	isNumber
	isString
	isJSON    // an array or object that was found
	isLiteral // one that is written in the filter
	isPattern
	isPath
	isExists
)

// operand is a side of a comparison.
type operand struct {
	kind    operandKind
	text    string // string; number as written
	number  *big.Rat
	yes     bool // bool; whether a path must exist
	json    any
	pattern *javaregex.Regexp
	path    *Path
}

// filter reads (...) to the end of the scanner.
func (s *scanner) filter() condition {
	c := s.or()
	s.blanks()
	if s.pos < s.end {
		panic(fault("expected the end of the filter"))
	}
	return c
}

func (s *scanner) or() condition {
	list := anyOf{s.and()}
	for s.accept("||") {
		list = append(list, s.and())
	}
	if len(list) == 1 {
		return list[0]
	}
	return list
}

func (s *scanner) and() condition {
	list := allOf{s.operandOfAnd()}
	for s.accept("&&") {
		list = append(list, s.operandOfAnd())
	}
	if len(list) == 1 {
		return list[0]
	}
	return list
}

func (s *scanner) operandOfAnd() condition {
	if s.depth++; s.depth > maxNesting*4 {
		panic(fault("nested too deeply"))
	}
	defer func() { s.depth-- }()
	s.blanks()
	saved := s.pos
	if s.accept("!") {
		s.blanks()
		if c := s.cur(); c != '$' && c != '@' {
			return negated{s.operandOfAnd()}
		}
		s.pos = saved
	}
	if s.accept("(") {
		c := s.or()
		if !s.accept(")") {
			panic(fault("expected ')'"))
		}
		return c
	}
	return s.comparison()
}

func (s *scanner) comparison() condition {
	left := s.operand()
	if c, ok := s.withOperator(left); ok {
		return c
	}
	if left.kind != isPath {
		panic(fault("expected a path or an operator"))
	}
	left.kind = isExists
	return compare{left: left, op: "EXISTS", right: operand{kind: isBool, yes: left.yes}}
}

// withOperator reads the rest of a comparison, or nothing if what follows is none.
func (s *scanner) withOperator(left operand) (c condition, ok bool) {
	saved := s.pos
	defer func() {
		if r := recover(); r != nil {
			if _, isFault := r.(fault); !isFault {
				panic(r)
			}
			s.pos, c, ok = saved, nil, false
		}
	}()
	op := s.operator()
	return compare{left: left, op: op, right: s.operand()}, true
}

var operators = []string{
	">=", "<=", "==", "===", "!=", "!==", "<", ">", "=~", "NIN", "IN", "CONTAINS", "ALL", "SIZE",
	"EXISTS", "TYPE", "MATCHES", "EMPTY", "SUBSETOF", "ANYOF", "NONEOF",
}

const operatorChars = "<>=~!"

func (s *scanner) operator() string {
	s.blanks()
	start := s.pos
	symbol := strings.IndexByte(operatorChars, s.cur()) >= 0
	for s.pos < s.end && (symbol && strings.IndexByte(operatorChars, s.cur()) >= 0 || !symbol && s.cur() != ' ') {
		s.pos++
	}
	op := strings.ToUpper(s.text[start:s.pos])
	if slices.Contains(operators, op) {
		return op
	}
	panic(fault("filter operator " + op + " is not supported"))
}

func (s *scanner) operand() operand {
	s.blanks()
	switch c := s.cur(); c {
	case '$', '@':
		return s.pathOperand(true)
	case '!':
		s.pos++
		s.blanks()
		if c := s.cur(); c != '$' && c != '@' {
			panic(fault("unexpected '!'"))
		}
		return s.pathOperand(false)
	case '\'', '"':
		end := s.unescaped(s.pos, c)
		text := unescape(s.text[s.pos+1 : end])
		s.pos = end + 1
		return operand{kind: isString, text: text}
	case 't', 'f', 'n':
		return s.word()
	case '{', '[':
		return s.literal(c)
	case '/':
		return s.regex()
	}
	return s.numberOperand()
}

func (s *scanner) word() operand {
	rest := s.text[s.pos:s.end]
	for text, o := range map[string]operand{"true": {kind: isBool, yes: true}, "false": {kind: isBool}, "null": {kind: isNull}} {
		if strings.HasPrefix(rest, text) {
			s.pos += len(text)
			return o
		}
	}
	panic(fault("expected true, false or null"))
}

func (s *scanner) literal(open byte) operand {
	end := s.closing(s.pos, open, open+2, false) // ] and } follow two after [ and {
	if end < 0 {
		panic(fault("literal is not closed"))
	}
	p := &jsonParser{text: s.text[s.pos : end+1], permissive: true}
	s.pos = end + 1
	v, err := p.value(0)
	if err != nil {
		return operand{kind: isUndefined} // Jayway finds out when it evaluates
	}
	return operand{kind: isLiteral, json: v}
}

var patternFlags = map[byte]javaregex.Flags{
	'd': javaregex.UnixLines, 'i': javaregex.CaseInsensitive, 'x': javaregex.Comments,
	'm': javaregex.Multiline, 's': javaregex.DotAll, 'u': javaregex.UnicodeCase, 'U': javaregex.UnicodeClasses | javaregex.UnicodeCase,
}

func (s *scanner) regex() operand {
	end := s.unescaped(s.pos, '/')
	text := s.text[s.pos+1 : end]
	s.pos = end + 1
	var flags javaregex.Flags
	for s.pos < s.end && patternFlags[s.cur()] != 0 {
		flags |= patternFlags[s.cur()]
		s.pos++
	}
	re, err := javaregex.Compile(text, flags)
	if err != nil {
		panic(fault(err.Error()))
	}
	return operand{kind: isPattern, pattern: re}
}

func (s *scanner) numberOperand() operand {
	start := s.pos
	for s.pos < s.end && strings.IndexByte("0123456789-.Ee", s.cur()) >= 0 {
		s.pos++
	}
	o, ok := numberOf(s.text[start:s.pos])
	if !ok {
		panic(fault("bad number"))
	}
	return o
}

// numberOf makes a number of its text, as new BigDecimal(text).
func numberOf(text string) (operand, bool) {
	if mark := strings.IndexAny(text, "eE"); mark >= 0 && len(text)-mark > 6 {
		return operand{}, false // too far from any number that matters to hold exactly
	}
	if strings.ContainsAny(text, "/_xXpPbBoO") {
		return operand{}, false
	}
	n, ok := new(big.Rat).SetString(text)
	return operand{kind: isNumber, number: n, text: strings.NewReplacer("E", "E+", "E-", "E-", "E+", "E+").Replace(text)}, ok
}

// pathOperand reads a path up to a blank, an operator or the bracket that ends
// the filter.
func (s *scanner) pathOperand(exists bool) operand {
	start := s.pos
	s.pos++
	for s.pos < s.end {
		if s.cur() == '[' {
			end := s.closing(s.pos, '[', ']', false)
			if end < 0 {
				panic(fault("square brackets do not match in the filter"))
			}
			s.pos = end + 1
		}
		c := s.at(s.pos)
		if s.pos >= s.end || strings.IndexByte(operatorChars, c) >= 0 || c == ' ' || c == ')' && !s.endsCall(start) {
			break
		}
		s.pos++
	}
	text := s.text[start:s.pos]
	return operand{kind: isPath, yes: exists, path: compilePath(text, s.depth+1)}
}

// endsCall reports whether the ) here closes a function's empty parentheses.
func (s *scanner) endsCall(start int) bool {
	i := s.pos - 1
	for i >= 0 && s.text[i] == ' ' {
		i--
	}
	return i >= 0 && s.text[i] == '(' && i > start && strings.Contains(s.text[start+1:i], ".")
}

// value is the operand as it is for one item.
func (o operand) value(s *scope) (operand, error) {
	switch o.kind {
	case isExists:
		_, err := o.path.from(s, true)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return o, err
		}
		return operand{kind: isBool, yes: err == nil}, nil
	case isPath:
		v, err := o.path.from(s, false)
		if errors.Is(err, ErrNotFound) {
			return operand{}, nil
		}
		return operandOf(v), err
	}
	return o, nil
}

func (p *Path) from(s *scope, require bool) (any, error) {
	if p.root.item || require {
		return p.read(s.item, s.root, require)
	}
	return p.read(s.root, s.root, false)
}

func operandOf(v any) operand {
	switch v := v.(type) {
	case nil:
		return operand{kind: isNull}
	case bool:
		return operand{kind: isBool, yes: v}
	case string:
		return operand{kind: isString, text: v}
	case *Array, *Object:
		return operand{kind: isJSON, json: v}
	}
	o, ok := numberOf(Text(v))
	if !ok {
		return operand{}
	}
	return o
}

func (c compare) holds(s *scope) (bool, error) {
	left, err := c.left.value(s)
	if err != nil {
		return false, err
	}
	right, err := c.right.value(s)
	if err != nil {
		return false, err
	}
	return evaluate(c.op, left, right)
}

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errInvalid, fmt.Sprintf(format, args...))
}

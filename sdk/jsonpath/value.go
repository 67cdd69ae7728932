package jsonpath

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/braidflow/braid/sdk/javanum"
)

// Array is a JSON array; it is handled by pointer, so that it can be changed.
type Array struct{ Items []any }

// Object is a JSON object with its members in order.
type Object struct {
	keys   []string
	values map[string]any
}

// NewObject returns an object without members.
func NewObject() *Object { return &Object{values: make(map[string]any)} }

// Get returns a member.
func (o *Object) Get(key string) (any, bool) {
	v, ok := o.values[key]
	return v, ok
}

// Set changes a member in its place or adds it at the end.
func (o *Object) Set(key string, value any) {
	if _, ok := o.values[key]; !ok {
		o.keys = append(o.keys, key)
	}
	o.values[key] = value
}

// Delete removes a member.
func (o *Object) Delete(key string) {
	if _, ok := o.values[key]; ok {
		delete(o.values, key)
		o.keys = slices.DeleteFunc(o.keys, func(k string) bool { return k == key })
	}
}

// Keys are the names of the members in order. Not to be changed.
func (o *Object) Keys() []string { return o.keys }

// ErrJSON is wrapped by errors about a document's syntax.
var ErrJSON = errors.New("invalid JSON")

const maxDepth = 1000 // Jackson's limit for nesting

// Parse reads the first JSON value of a text, as strictly as Jackson; what
// follows it is not looked at.
func Parse(text string) (any, error) {
	p := &jsonParser{text: text}
	v, err := p.value(0)
	if err != nil {
		return nil, err
	}
	switch v.(type) {
	case int64, float64, *big.Int:
		if p.pos < len(text) && !strings.ContainsRune(" \t\r\n", rune(text[p.pos])) {
			return nil, p.errorf("unexpected character after number")
		}
	}
	return v, nil
}

type jsonParser struct {
	text       string
	pos        int
	permissive bool // single quotes and words without any, for literals in filters
}

func (p *jsonParser) errorf(format string, args ...any) error {
	return fmt.Errorf("%w: %s at offset %d", ErrJSON, fmt.Sprintf(format, args...), p.pos)
}

func (p *jsonParser) peek() byte {
	for p.pos < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.pos]) >= 0 {
		p.pos++
	}
	if p.pos == len(p.text) {
		return 0
	}
	return p.text[p.pos]
}

func (p *jsonParser) value(depth int) (any, error) {
	if depth > maxDepth {
		return nil, p.errorf("nested deeper than %d", maxDepth)
	}
	c := p.peek()
	switch {
	case c == '{':
		return p.object(depth)
	case c == '[':
		return p.array(depth)
	case c == '"', c == '\'' && p.permissive:
		return p.str()
	case c == '-', c >= '0' && c <= '9':
		return p.number()
	}
	for word, v := range map[string]any{"true": true, "false": false, "null": nil} {
		if strings.HasPrefix(p.text[p.pos:], word) && !p.wordAt(p.pos+len(word)) {
			p.pos += len(word)
			return v, nil
		}
	}
	if p.permissive && c != 0 && strings.IndexByte("]},:", c) < 0 {
		return p.bare(",]}"), nil
	}
	return nil, p.errorf("unexpected character or end")
}

func (p *jsonParser) wordAt(pos int) bool {
	if pos >= len(p.text) {
		return false
	}
	c := p.text[pos]
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '$' || c >= utf8.RuneSelf
}

// bare reads an unquoted word up to one of the delimiters.
func (p *jsonParser) bare(delims string) string {
	start := p.pos
	for p.pos < len(p.text) && strings.IndexByte(delims, p.text[p.pos]) < 0 {
		p.pos++
	}
	return strings.TrimSpace(p.text[start:p.pos])
}

func (p *jsonParser) object(depth int) (any, error) {
	o := NewObject()
	p.pos++
	if p.peek() == '}' {
		p.pos++
		return o, nil
	}
	for {
		key, err := p.key()
		if err != nil {
			return nil, err
		}
		if p.peek() != ':' {
			return nil, p.errorf("expected ':'")
		}
		p.pos++
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		o.Set(key, v)
		switch p.peek() {
		case ',':
			p.pos++
		case '}':
			p.pos++
			return o, nil
		default:
			return nil, p.errorf("expected ',' or '}'")
		}
	}
}

func (p *jsonParser) key() (string, error) {
	c := p.peek()
	switch {
	case c == '"', c == '\'' && p.permissive:
		return p.str()
	case p.permissive && c != 0 && c != '}':
		return p.bare(":"), nil
	}
	return "", p.errorf("expected the name of a member")
}

func (p *jsonParser) array(depth int) (any, error) {
	a := &Array{Items: []any{}}
	p.pos++
	if p.peek() == ']' {
		p.pos++
		return a, nil
	}
	for {
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		a.Items = append(a.Items, v)
		switch p.peek() {
		case ',':
			p.pos++
		case ']':
			p.pos++
			return a, nil
		default:
			return nil, p.errorf("expected ',' or ']'")
		}
	}
}

func (p *jsonParser) str() (string, error) {
	quote := p.text[p.pos]
	p.pos++
	start := p.pos
	for i := start; i < len(p.text); i++ { // most strings have no escapes
		switch c := p.text[i]; {
		case c == quote:
			p.pos = i + 1
			return p.text[start:i], nil
		case c == '\\':
			return p.escapedStr(quote)
		case c < ' ' && !p.permissive:
			p.pos = i
			return "", p.errorf("control character in string")
		}
	}
	return "", p.errorf("string without end")
}

func (p *jsonParser) escapedStr(quote byte) (string, error) {
	var b strings.Builder
	for p.pos < len(p.text) {
		c := p.text[p.pos]
		p.pos++
		switch {
		case c == quote:
			return b.String(), nil
		case c < ' ' && !p.permissive:
			return "", p.errorf("control character in string")
		case c != '\\':
			b.WriteByte(c)
		default:
			if err := p.escape(&b); err != nil {
				return "", err
			}
		}
	}
	return "", p.errorf("string without end")
}

func (p *jsonParser) escape(b *strings.Builder) error {
	if p.pos == len(p.text) {
		return p.errorf("string without end")
	}
	c := p.text[p.pos]
	p.pos++
	if i := strings.IndexByte(`"\/bfnrt`, c); i >= 0 {
		b.WriteByte("\"\\/\b\f\n\r\t"[i])
		return nil
	}
	if c != 'u' {
		if p.permissive {
			b.WriteByte(c)
			return nil
		}
		return p.errorf("unknown escape \\%c", c)
	}
	n, ok := p.unit()
	if !ok {
		return p.errorf("bad \\u escape")
	}
	if utf16.IsSurrogate(n) && strings.HasPrefix(p.text[p.pos:], `\u`) {
		saved := p.pos
		p.pos += 2
		if low, ok := p.unit(); ok && utf16.DecodeRune(n, low) != utf8.RuneError {
			b.WriteRune(utf16.DecodeRune(n, low))
			return nil
		}
		p.pos = saved
	}
	if utf16.IsSurrogate(n) {
		n = '?' // what Java writes for half of a pair
	}
	b.WriteRune(n)
	return nil
}

func (p *jsonParser) unit() (rune, bool) {
	if p.pos+4 > len(p.text) {
		return 0, false
	}
	n, err := strconv.ParseUint(p.text[p.pos:p.pos+4], 16, 32)
	if err != nil {
		return 0, false
	}
	p.pos += 4
	return rune(n), true
}

func (p *jsonParser) number() (any, error) {
	start := p.pos
	if p.text[p.pos] == '-' {
		p.pos++
	}
	whole := p.digits()
	if whole == 0 || whole > 1 && p.text[p.pos-whole] == '0' {
		return nil, p.errorf("bad number")
	}
	decimal := false
	if p.at('.') {
		p.pos++
		decimal = true
		if p.digits() == 0 {
			return nil, p.errorf("bad number")
		}
	}
	if p.at('e') || p.at('E') {
		p.pos++
		decimal = true
		if p.at('+') || p.at('-') {
			p.pos++
		}
		if p.digits() == 0 {
			return nil, p.errorf("bad number")
		}
	}
	if p.wordAt(p.pos) && p.text[p.pos] < utf8.RuneSelf {
		return nil, p.errorf("unexpected character in number")
	}
	return parseNumber(p.text[start:p.pos], decimal)
}

func (p *jsonParser) at(c byte) bool { return p.pos < len(p.text) && p.text[p.pos] == c }

func (p *jsonParser) digits() int {
	start := p.pos
	for p.pos < len(p.text) && p.text[p.pos] >= '0' && p.text[p.pos] <= '9' {
		p.pos++
	}
	return p.pos - start
}

func parseNumber(text string, decimal bool) (any, error) {
	if len(text) > 1000 {
		return nil, fmt.Errorf("%w: a number of %d digits is too long", ErrJSON, len(text))
	}
	if decimal {
		f, _ := strconv.ParseFloat(text, 64) // out of range is infinite, as in Java
		return f, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err == nil {
		return n, nil
	}
	big, _ := new(big.Int).SetString(text, 10)
	return big, nil
}

// Format writes a value as compact JSON, as Jackson does.
func Format(v any) string { return string(appendJSON(nil, v)) }

func appendJSON(dst []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case string:
		return appendString(dst, v)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return appendString(dst, javanum.FormatDouble(v))
		}
		return javanum.AppendDouble(dst, v)
	case *Array:
		dst = append(dst, '[')
		for i, item := range v.Items {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendJSON(dst, item)
		}
		return append(dst, ']')
	case *Object:
		dst = append(dst, '{')
		for i, key := range v.keys {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendString(dst, key), ':')
			dst = appendJSON(dst, v.values[key])
		}
		return append(dst, '}')
	}
	return append(dst, Text(v)...)
}

const hexDigits = "0123456789ABCDEF"

func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := range len(s) {
		c := s[i]
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c >= ' ':
			dst = append(dst, c)
		default:
			if j := strings.IndexByte("\b\t\n\f\r", c); j >= 0 {
				dst = append(dst, '\\', "btnfr"[j])
			} else {
				dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
			}
		}
	}
	return append(dst, '"')
}

// Text is a value as plain text: a string as it is, a null as nothing, an array
// or object as JSON.
func Text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return javanum.FormatDouble(v)
	case *big.Int:
		return v.String()
	case keySet:
		return "[" + strings.Join(v, ", ") + "]"
	}
	return string(appendJSON(nil, v))
}

// equal compares as Java's equals does: 1 and 1.0 differ.
func equal(a, b any) bool {
	switch x := a.(type) {
	case *Array:
		y, ok := b.(*Array)
		return ok && slices.EqualFunc(x.Items, y.Items, equal)
	case *Object:
		y, ok := b.(*Object)
		if !ok || len(x.keys) != len(y.keys) {
			return false
		}
		for _, key := range x.keys {
			v, ok := y.Get(key)
			if !ok || !equal(x.values[key], v) {
				return false
			}
		}
		return true
	case *big.Int:
		y, ok := b.(*big.Int)
		return ok && x.Cmp(y) == 0
	case keySet:
		return false
	}
	switch b.(type) {
	case *Array, *Object, *big.Int, keySet:
		return false
	}
	return a == b
}

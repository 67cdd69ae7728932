package jsonpath

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Compile reads a path. One that starts with neither $ nor @ is taken to start
// at the root. The error wraps ErrPath.
func Compile(text string) (p *Path, err error) {
	// The scanner panics with a fault where the text ends too soon or has another
	// character than a rule needs: that keeps the rules readable.
	defer func() {
		if r := recover(); r != nil {
			f, ok := r.(fault)
			if !ok {
				panic(r)
			}
			p, err = nil, fmt.Errorf("%w: %s: %s", ErrPath, f, text)
		}
	}()
	return compilePath(text, 0), nil
}

type fault string

// maxNesting bounds filters and parameters inside of paths.
const maxNesting = 50

func compilePath(text string, depth int) *Path {
	if depth > maxNesting {
		panic(fault("nested too deeply"))
	}
	if text == "" {
		panic(fault("path is empty"))
	}
	s := &scanner{text: text, end: len(text), depth: depth}
	s.trim()
	if text[0] != '$' && text[0] != '@' {
		s = &scanner{text: "$." + text, end: len(text) + 2, depth: depth}
		s.trim()
	}
	if s.at(s.end-1) == '.' {
		panic(fault("path must not end with '.' or '..'"))
	}
	return s.path(text)
}

// path reads what follows $ or @.
func (s *scanner) path(source string) *Path {
	for s.pos < s.end && strings.IndexByte(" \t\r\n", s.cur()) >= 0 {
		s.pos++
	}
	if c := s.cur(); c != '$' && c != '@' {
		panic(fault("path must start with '$' or '@'"))
	}
	root := &token{kind: tokRoot, item: s.cur() == '@'}
	s.last = root
	if s.pos < s.end-1 {
		s.pos++
		if c := s.cur(); c != '.' && c != '[' {
			panic(fault("expected '.' or '[' after the root"))
		}
		s.step()
	}
	return &Path{source: source, root: invert(root)}
}

// invert makes $..a.length() a function of all results of $..a, not of each.
func invert(root *token) *token {
	last := root.tail()
	if last.kind != tokFunction || root.next.kind != tokScan {
		return root
	}
	first := root.next
	for first.kind != tokFunction {
		first = first.next
	}
	first.prev.next = nil
	first.params = []parameter{{path: &Path{source: "$..", root: root}}}
	top := &token{kind: tokRoot, next: first}
	first.prev = top
	return top
}

func (s *scanner) append(t *token) {
	t.prev = s.last
	s.last.next = t
	s.last = t
}

// more reads the next step unless the path is at its end. As in Jayway, a last
// character that begins nothing is passed over: bad[ is bad.
func (s *scanner) more() {
	if s.pos < s.end-1 {
		s.step()
	}
}

func (s *scanner) step() {
	if s.depth++; s.depth > 10_000 {
		panic(fault("too many steps"))
	}
	switch s.cur() {
	case '[':
		s.bracket()
	case '.':
		s.dot()
	case '*':
		s.pos++
		s.append(&token{kind: tokWildcard})
		s.more()
	default:
		s.name()
	}
}

func (s *scanner) dot() {
	if s.at(s.pos+1) == '.' {
		s.append(&token{kind: tokScan})
		s.pos++
	}
	if s.pos+1 >= s.end {
		panic(fault("path must not end with '.'"))
	}
	s.pos++
	if s.cur() == '.' {
		panic(fault("unexpected '.'"))
	}
	s.step()
}

// name reads a property or a function without brackets.
func (s *scanner) name() {
	start := s.pos
	if strings.IndexByte("[*. ", s.cur()) >= 0 {
		panic(fault("unexpected character"))
	}
	for s.pos < s.end && strings.IndexByte(".[(", s.cur()) < 0 {
		if s.cur() == ' ' {
			panic(fault("use ['my prop'] for a property with blanks"))
		}
		s.pos++
	}
	name := s.text[start:s.pos]
	if s.pos < s.end && s.cur() == '(' {
		s.append(&token{kind: tokFunction, name: name, params: s.parameters()})
		s.more()
		return
	}
	s.append(&token{kind: tokProperty, names: []string{name}})
	s.more()
}

// parameters reads (...); after () it stops on the closing parenthesis, which
// Jayway then takes for the name of a property if the path goes on.
func (s *scanner) parameters() []parameter {
	depth, end := 0, s.pos
	for ; end < s.end; end++ {
		if s.text[end] == '(' {
			depth++
		}
		if s.text[end] == ')' {
			if depth--; depth == 0 {
				break
			}
		}
	}
	if depth != 0 {
		panic(fault("arguments of a function are not closed"))
	}
	inner := s.text[s.pos+1 : end]
	s.pos = end
	if inner != "" {
		s.pos++
	}
	var params []parameter
	for _, text := range splitParameters(inner) {
		params = append(params, s.parameter(text))
	}
	return params
}

// splitParameters cuts at commas outside of quotes and brackets.
func splitParameters(text string) []string {
	var parts []string
	depth, quoted, start := 0, false, 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"' && (i == 0 || text[i-1] != '\\'):
			quoted = !quoted
		case quoted:
		case strings.IndexByte("([{", c) >= 0:
			depth++
		case strings.IndexByte(")]}", c) >= 0:
			depth--
		case c == ',' && depth == 0:
			parts = append(parts, text[start:i])
			start = i + 1
		}
	}
	if depth != 0 {
		panic(fault("arguments of a function are not closed"))
	}
	return append(parts, text[start:])
}

func (s *scanner) parameter(text string) parameter {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return parameter{absent: true}
	case text[0] == '$' || text[0] == '@':
		inner := &scanner{text: text, end: len(text), depth: s.depth + 1}
		return parameter{path: inner.path(text)}
	case strings.IndexByte(`{"-0123456789`, text[0]) < 0:
		return parameter{absent: true} // Jayway passes over what it does not know
	}
	return parameter{json: text}
}

func (s *scanner) bracket() {
	next := s.significant(s.pos)
	switch {
	case next == '\'' || next == '"':
		s.quotedNames(next)
	case next >= '0' && next <= '9' || next == '-' || next == ':':
		s.indexes()
	case next == '*':
		star := s.find(s.pos, '*')
		if s.significant(star) != ']' {
			panic(fault("expected ']' after '*'"))
		}
		s.pos = s.find(star, ']') + 1
		s.append(&token{kind: tokWildcard})
	case next == '?':
		s.filterToken()
	default:
		panic(fault("expected ?, ', a number or * after '['"))
	}
	s.more()
}

// quotedNames reads ['a', 'b'].
func (s *scanner) quotedNames(quote byte) {
	var names []string
	start, in, escaped, comma := 0, false, false, false
	i := s.pos + 1
	for ; i < s.end; i++ {
		c := s.text[i]
		switch {
		case escaped:
			escaped = false
		case c == '\\':
			escaped = true
		case c == ']' && !in:
			if comma {
				panic(fault("empty property"))
			}
			s.pos = i + 1
			s.append(&token{kind: tokProperty, names: names})
			return
		case c == quote && in:
			if after := s.significant(i); after != ']' && after != ',' {
				panic(fault("a property must be followed by ',' or ']'"))
			}
			names = append(names, unescape(s.text[start:i]))
			in = false
		case c == quote:
			start, in, comma = i+1, true, false
		case c == ',' && !in:
			if comma {
				panic(fault("empty property"))
			}
			comma = true
		}
	}
	panic(fault("property is not closed"))
}

var commas = regexp.MustCompile(`[ \t-\r]*,[ \t-\r]*`)

// indexes reads [1], [0,2], [1:3].
func (s *scanner) indexes() {
	end := strings.IndexByte(s.text[s.pos:s.end], ']')
	if end < 0 {
		panic(fault("'[' is not closed"))
	}
	text := strings.TrimSpace(s.text[s.pos+1 : s.pos+end])
	s.pos += end + 1
	if strings.Trim(text, "0123456789,-: ") != "" {
		panic(fault("bad index"))
	}
	if strings.Contains(text, ":") {
		s.append(slice(text))
		return
	}
	t := &token{kind: tokIndex}
	for _, part := range commas.Split(text, -1) {
		t.indexes = append(t.indexes, integer(part))
	}
	s.append(t)
}

func slice(text string) *token {
	if strings.ContainsAny(text, ", ") {
		panic(fault("bad slice"))
	}
	parts := strings.Split(text, ":")
	t := &token{kind: tokSlice}
	if parts[0] != "" {
		n := integer(parts[0])
		t.from = &n
	}
	if parts[1] != "" {
		n := integer(parts[1])
		t.to = &n
	}
	if t.from == nil && t.to == nil {
		panic(fault("slice without bounds"))
	}
	return t
}

func integer(text string) int {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		panic(fault("bad index " + text))
	}
	return int(n)
}

// filterToken reads [?(...)].
func (s *scanner) filterToken() {
	mark := s.find(s.pos, '?')
	open := s.find(mark, '(')
	if open < 0 {
		panic(fault("a filter needs parentheses"))
	}
	shut := s.closing(open, '(', ')', true)
	if shut < 0 || s.significant(shut) != ']' {
		panic(fault("filter is not closed"))
	}
	f := &scanner{text: s.text, pos: open, end: shut + 1, depth: s.depth + 1}
	s.append(&token{kind: tokFilter, filter: f.filter()})
	s.pos = s.find(shut, ']') + 1
}

// unescape undoes backslashes in names and strings.
func unescape(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		if j := strings.IndexByte("rftnb", s[i]); j >= 0 {
			b.WriteByte("\r\f\t\n\b"[j])
			continue
		}
		if s[i] != 'u' {
			b.WriteByte(s[i])
			continue
		}
		if i+4 >= len(s) {
			return b.String()
		}
		n, err := strconv.ParseUint(s[i+1:i+5], 16, 32)
		if err != nil {
			panic(fault("bad \\u escape"))
		}
		b.WriteRune(rune(n))
		i += 4
	}
	return b.String()
}

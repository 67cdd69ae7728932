package jsonpath

import "strings"

// scanner is a position in the text of a path or a filter; text[end:] is not
// part of it.
type scanner struct {
	text  string
	pos   int
	end   int
	depth int
	last  *token // the path so far
}

// at is the character at a position; a fault beyond the text.
func (s *scanner) at(i int) byte {
	if i < 0 || i >= len(s.text) {
		panic(fault("unexpected end"))
	}
	return s.text[i]
}

func (s *scanner) cur() byte { return s.at(s.pos) }

func (s *scanner) trim() {
	s.blanks()
	for s.end-1 > s.pos && s.text[s.end-1] == ' ' {
		s.end--
	}
}

func (s *scanner) blanks() {
	for s.pos < s.end-1 && s.text[s.pos] == ' ' {
		s.pos++
	}
}

// significant is the first character after position i that is no blank.
func (s *scanner) significant(i int) byte {
	for i++; i < s.end; i++ {
		if s.text[i] != ' ' {
			return s.text[i]
		}
	}
	return ' '
}

// find is the position of c if it is the first after i that is no blank, or -1.
func (s *scanner) find(i int, c byte) int {
	for i++; i < s.end && s.text[i] == ' '; i++ {
	}
	if i < len(s.text) && s.text[i] == c {
		return i
	}
	return -1
}

// closing finds the end of a bracket, past strings and, if asked, patterns.
func (s *scanner) closing(open int, opens, closes byte, patterns bool) int {
	depth := 1
	for i := open + 1; i < s.end; i++ {
		if c := s.text[i]; c == '\'' || c == '"' {
			i = s.unescaped(i, c) + 1
		}
		if patterns && s.at(i) == '/' {
			i = s.unescaped(i, '/') + 1
		}
		switch s.at(i) {
		case opens:
			depth++
		case closes:
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// unescaped finds the next c after i without a backslash before it.
func (s *scanner) unescaped(i int, c byte) int {
	for i++; i < s.end; i++ {
		switch s.text[i] {
		case '\\':
			i++
		case c:
			return i
		}
	}
	panic(fault("missing " + string(c)))
}

// accept reads a text after blanks, if it is there.
func (s *scanner) accept(text string) bool {
	saved := s.pos
	s.blanks()
	if strings.HasPrefix(s.text[s.pos:s.end], text) {
		s.pos += len(text)
		return true
	}
	s.pos = saved
	return false
}

package el

import (
	"strings"
	"unicode/utf8"
)

type tokenKind uint8

const (
	tokEOF tokenKind = iota
	tokPunct
	tokWhole
	tokDecimal
	tokString
	tokName    // an attribute's name
	tokKeyword // a function's name, true, false, null
	tokParam   // #{name}
	tokBad
)

// token is one lexical unit; text is what it stands for, not how it is written.
type token struct {
	kind tokenKind
	text string
	pos  int // byte offset in the expression
}

func (t token) is(punct string) bool { return t.kind == tokPunct && t.text == punct }

// lex cuts an expression into tokens. Where two kinds fit, the longer wins, and
// of equals the one that NiFi's grammar names first. Spaces and comments (# to
// the end of the line) fall away.
func lex(text string) []token {
	var tokens []token
	for pos := 0; pos < len(text); {
		t, width := nextToken(text[pos:])
		if width > 0 {
			t.pos = pos
			tokens = append(tokens, t)
			if t.kind == tokBad {
				break
			}
			pos += width
			continue
		}
		pos -= width // a negative width is skipped
	}
	return append(tokens, token{kind: tokEOF, text: "<EOF>", pos: len(text)})
}

// nextToken reads one token from the start of s; a negative width is that of
// space or a comment.
func nextToken(s string) (token, int) {
	if n := len(s) - len(strings.TrimLeft(s, " \t\r\n")); n > 0 {
		return token{}, -n
	}
	if s[0] == '#' {
		return hashToken(s)
	}
	name := nameWidth(s)
	if kind, n := numberWidth(s); n > 0 && n >= name {
		return token{kind: kind, text: s[:n]}, n
	}
	if s[0] == '"' || s[0] == '\'' {
		if text, n := quotedText(s); n > 0 && n >= name {
			return token{kind: tokString, text: text}, n
		}
	}
	if name <= 1 && strings.IndexByte("$(){}:,.;", s[0]) >= 0 {
		return token{kind: tokPunct, text: s[:1]}, 1
	}
	if name == 0 {
		_, n := utf8.DecodeRuneInString(s)
		return token{kind: tokBad, text: s[:n]}, n
	}
	if keywords[s[:name]] {
		return token{kind: tokKeyword, text: s[:name]}, name
	}
	return token{kind: tokName, text: s[:name]}, name
}

// hashToken reads a parameter reference or a comment, which ends with its line:
// one without a line end is no token.
func hashToken(s string) (token, int) {
	if strings.HasPrefix(s, "#{") {
		end := strings.IndexByte(s, '}')
		if end < 3 {
			return token{kind: tokBad, text: "#{"}, 2
		}
		name := s[2:end]
		if n := len(name); n >= 2 && name[0] == name[n-1] && (name[0] == '\'' || name[0] == '"') {
			name = name[1 : n-1]
		}
		return token{kind: tokParam, text: name}, end + 1
	}
	if len(s) < 2 {
		return token{kind: tokName, text: s}, len(s)
	}
	_, first := utf8.DecodeRuneInString(s[1:])
	end := strings.IndexByte(s[1+first:], '\n')
	if end < 0 {
		return token{kind: tokBad, text: "#"}, 1
	}
	return token{}, -(1 + first + end + 1)
}

const notInName = "${}()[],:;/*' \t\r\n"

func nameWidth(s string) int {
	if s[0] >= '0' && s[0] <= '9' {
		return 0
	}
	if n := strings.IndexAny(s, notInName); n >= 0 {
		return n
	}
	return len(s)
}

// numberWidth measures a whole number or a decimal at the start of s.
func numberWidth(s string) (tokenKind, int) {
	i := 0
	if s[0] == '+' || s[0] == '-' {
		i++
	}
	whole := digits(s[i:])
	i += whole
	kind := tokWhole
	if i < len(s) && s[i] == '.' {
		fraction := digits(s[i+1:])
		if whole == 0 && fraction == 0 {
			return 0, 0
		}
		i += 1 + fraction
		kind = tokDecimal
	} else if whole == 0 {
		return 0, 0
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		j := i + 1
		if j < len(s) && (s[j] == '+' || s[j] == '-') {
			j++
		}
		if exp := digits(s[j:]); exp > 0 {
			return tokDecimal, j + exp
		}
	}
	return kind, i
}

func digits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

// quotedText reads a string literal. An escaped backslash stays doubled and an
// unknown escape stays as it is: literalText undoes the rest, as in NiFi.
func quotedText(s string) (string, int) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch c := s[i]; c {
		case s[0]:
			return b.String(), i + 1
		case '\n', '\r', '\t':
			return "", 0
		case '\\':
			if i++; i == len(s) {
				return "", 0
			}
			b.WriteString(escaped(s[i]))
		default:
			b.WriteByte(c)
		}
	}
	return "", 0
}

func escaped(c byte) string {
	switch c {
	case '"', '\'':
		return string(c)
	case 'r':
		return "\r"
	case 'n':
		return "\n"
	case 't':
		return "\t"
	case '\\':
		return `\\`
	}
	return string([]byte{'\\', c})
}

// literalText is the second round of escapes, which NiFi applies to the text of
// a literal whatever it was written as; \t is not one of them.
func literalText(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			b.WriteByte(s[i])
			continue
		}
		if i++; i == len(s) {
			break
		}
		switch s[i] {
		case 'n':
			b.WriteByte('\n')
		case 'r':
			b.WriteByte('\r')
		case '\\':
			b.WriteByte('\\')
		default:
			b.WriteByte('\\')
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

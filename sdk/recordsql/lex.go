package recordsql

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

type tokenKind uint8

const (
	tokEnd    tokenKind = iota
	tokWord             // a name or key word
	tokQuoted           // a name in double quotes or backquotes
	tokText             // 'text'
	tokNumber
	tokSymbol
)

type token struct {
	kind tokenKind
	text string // of a word as it was written
	up   string // a word in capitals, a symbol as it is
	pos  int
}

// SyntaxError says where a statement is wrong.
type SyntaxError struct {
	Line, Column int // from 1
	Message      string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("SQL, line %d, column %d: %s", e.Line, e.Column, e.Message)
}

func syntaxError(sql string, pos int, format string, args ...any) error {
	before := sql[:min(pos, len(sql))]
	line := strings.Count(before, "\n")
	return &SyntaxError{line + 1, utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1, fmt.Sprintf(format, args...)}
}

var symbols = []string{"<=", ">=", "<>", "!=", "||", "(", ")", ",", ".", "*", "+", "-", "/", "%", "=", "<", ">", "[", "]", ";"}

// lex splits a statement into tokens, the last of which is tokEnd.
func lex(sql string) ([]token, error) {
	var out []token
	for i := 0; i < len(sql); {
		c := sql[i]
		rest := sql[i:]
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
		case strings.HasPrefix(rest, "--"):
			if n := strings.IndexByte(rest, '\n'); n >= 0 {
				i += n
			} else {
				i = len(sql)
			}
		case strings.HasPrefix(rest, "/*"):
			n := strings.Index(rest, "*/")
			if n < 0 {
				return nil, syntaxError(sql, i, "the comment has no end")
			}
			i += n + 2
		case c == '\'' || c == '"' || c == '`':
			text, n := quoted(rest)
			if n == 0 {
				return nil, syntaxError(sql, i, "the quote has no end")
			}
			kind := tokQuoted
			if c == '\'' {
				kind = tokText
			}
			out = append(out, token{kind, text, "", i})
			i += n
		case c >= '0' && c <= '9' || c == '.' && len(rest) > 1 && rest[1] >= '0' && rest[1] <= '9':
			n := numberLength(rest)
			out = append(out, token{tokNumber, rest[:n], "", i})
			i += n
		default:
			t, err := lexOther(sql, i)
			if err != nil {
				return nil, err
			}
			out = append(out, t)
			i += len(t.text)
		}
	}
	return append(out, token{kind: tokEnd, pos: len(sql)}), nil
}

func lexOther(sql string, i int) (token, error) {
	rest := sql[i:]
	n := 0
	for _, r := range rest {
		if r != '_' && r != '$' && !unicode.IsLetter(r) && (n == 0 || !unicode.IsDigit(r)) {
			break
		}
		n += utf8.RuneLen(r)
	}
	if n > 0 && n <= len(rest) {
		return token{tokWord, rest[:n], strings.ToUpper(rest[:n]), i}, nil
	}
	for _, s := range symbols {
		if strings.HasPrefix(rest, s) {
			return token{tokSymbol, s, s, i}, nil
		}
	}
	r, _ := utf8.DecodeRuneInString(rest)
	return token{}, syntaxError(sql, i, "unexpected %q", r)
}

// quoted reads a text in quotes, in which two quotes are one. n is its length with the quotes, 0 if it has no end.
func quoted(s string) (text string, n int) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		if s[i] != s[0] {
			b.WriteByte(s[i])
			continue
		}
		if i+1 < len(s) && s[i+1] == s[0] {
			b.WriteByte(s[i])
			i++
			continue
		}
		return b.String(), i + 1
	}
	return "", 0
}

func numberLength(s string) int {
	i := 0
	digits := func() {
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			i++
		}
	}
	digits()
	if i < len(s) && s[i] == '.' {
		i++
		digits()
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		mark := i
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		start := i
		if digits(); i == start {
			return mark
		}
	}
	return i
}

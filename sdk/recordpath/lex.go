package recordpath

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

type tokenKind uint8

const (
	tokEnd        tokenKind = iota
	tokPunct                // one of / // [ ] ( ) , .. . * < <= > >= = !=
	tokNumber               // whole, with optional minus
	tokString               // text is without quotes and escapes
	tokIdentifier           // name of a field or function
	tokFilter               // name of a filter function; these are reserved
)

type token struct {
	kind tokenKind
	text string
	at   int
}

var filterNames = map[string]bool{
	"contains": true, "containsRegex": true, "endsWith": true, "startsWith": true,
	"isBlank": true, "isEmpty": true, "matchesRegex": true, "not": true,
}

// Bytes that cannot start an identifier, and those that cannot be inside.
const (
	notFirst = "/[]*\"',\t\r\n0123456789 .-=?<>()"
	notLater = "/[]*\"',\t\r\n=?<> ()"
)

// lex splits a path into tokens by the rules of NiFi's RecordPathLexer.
func lex(path string) ([]token, error) {
	var tokens []token
	for i := 0; i < len(path); {
		if strings.IndexByte(" \t\n\r\f", path[i]) >= 0 {
			i++
			continue
		}
		t, next, err := lexOne(path, i)
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, t)
		i = next
	}
	return append(tokens, token{kind: tokEnd, text: "end", at: len(path)}), nil
}

func lexOne(path string, i int) (token, int, error) {
	rest := path[i:]
	for _, p := range []string{"//", "..", "<=", ">=", "!="} {
		if strings.HasPrefix(rest, p) {
			return token{tokPunct, p, i}, i + 2, nil
		}
	}
	switch c := rest[0]; {
	case c == '\'' || c == '"':
		return lexString(path, i)
	case c >= '0' && c <= '9', c == '-':
		end := 1
		for end < len(rest) && rest[end] >= '0' && rest[end] <= '9' {
			end++
		}
		if rest[:end] == "-" {
			return token{}, 0, fmt.Errorf("unexpected '-' at column %d", i)
		}
		return token{tokNumber, rest[:end], i}, i + end, nil
	case strings.IndexByte("/[](),.*<>=", c) >= 0:
		return token{tokPunct, rest[:1], i}, i + 1, nil
	case strings.IndexByte(notFirst, c) >= 0:
		return token{}, 0, fmt.Errorf("unexpected %q at column %d", c, i)
	}
	_, first := utf8.DecodeRuneInString(rest)
	end := strings.IndexAny(rest[first:], notLater)
	if end < 0 {
		end = len(rest) - first
	}
	name := rest[:first+end]
	kind := tokIdentifier
	if filterNames[name] {
		kind = tokFilter
	}
	return token{kind, name, i}, i + len(name), nil
}

// lexString reads a quoted text. NiFi keeps an escaped backslash as two, so
// that regular expressions read as they are written.
func lexString(path string, start int) (token, int, error) {
	quote := path[start]
	var text strings.Builder
	for i := start + 1; i < len(path); i++ {
		switch c := path[i]; c {
		case quote:
			return token{tokString, text.String(), start}, i + 1, nil
		case '\n', '\r', '\t':
			return token{}, 0, fmt.Errorf("unescaped control character %q at column %d", c, i)
		case '\\':
			i++
			if i == len(path) {
				break
			}
			text.WriteString(unescape(path[i]))
		default:
			text.WriteByte(c)
		}
	}
	return token{}, 0, fmt.Errorf("text at column %d has no closing quote", start)
}

func unescape(c byte) string {
	switch c {
	case '"', '\'':
		return string(c)
	case 'r':
		return "\r"
	case 'n':
		return "\n"
	case 't':
		return "\t"
	}
	return string([]byte{'\\', c})
}

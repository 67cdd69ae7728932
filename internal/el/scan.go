package el

import "strings"

// span is a piece text[start:end].
type span struct{ start, end int }

// expressionSpans finds the ${...} in text. An odd number of $ before the brace
// makes an expression, an even number escapes it; quoted strings inside an
// expression hide their braces; an expression that never ends is literal text.
func expressionSpans(text string) []span { return scanSpans(text, false) }

// escapedSpans finds the escaped ones, $${...}, with all their dollars.
func escapedSpans(text string) []span { return scanSpans(text, true) }

func scanSpans(text string, escaped bool) []span {
	if strings.IndexByte(text, '$') < 0 || strings.IndexByte(text, '{') < 0 {
		return nil
	}
	var spans []span
	var last byte
	depth, start, dollars, backslashes := 0, -1, 0, 0
	for i := 0; i < len(text); i++ {
		c := text[i]
		if start >= 0 && (c == '\'' || c == '"') && (last != '\\' || backslashes%2 == 0) {
			end := closingQuote(text, i)
			if end < 0 {
				break
			}
			i = end
			continue
		}
		switch c {
		case '{':
			if last == '$' && (dollars%2 == 0) == escaped && depth == 0 {
				start = i - 1
				if escaped {
					start = i - dollars
				}
			}
			if start >= 0 {
				depth++
			}
		case '}':
			if depth == 0 {
				continue // NiFi does not count this brace as the last character either
			}
			if depth--; depth == 0 {
				spans = append(spans, span{start, i + 1})
				start = -1
			}
		case '$':
			dollars++
		case '\\':
			backslashes++
		default:
			dollars = 0
		}
		last = c
	}
	return spans
}

// closingQuote finds the quote that ends the string opened at text[open], or -1.
func closingQuote(text string, open int) int {
	backslashes := 0
	var last byte
	for i := open + 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			backslashes++
		case c == text[open] && (backslashes%2 == 0 || last != '\\'):
			return i
		}
		last = text[i]
	}
	return -1
}

// unescapeLeading halves the dollars before the first brace of text.
func unescapeLeading(text string) string {
	brace := strings.IndexByte(text, '{')
	if brace < 0 {
		brace = len(text)
	}
	return strings.ReplaceAll(text[:brace], "$$", "$") + text[brace:]
}

// unescapeTrailing halves the dollars at the end of text.
func unescapeTrailing(text string) string {
	dollars := len(text) - len(strings.TrimRight(text, "$"))
	return text[:len(text)-dollars/2]
}

// unescapeBraced takes one dollar from each $$ that stands before ${...}.
func unescapeBraced(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if strings.HasPrefix(text[i:], "$$") && bracedAfter(text[i+2:]) {
			i++
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// bracedAfter reports whether rest is any dollars and then {...} on one line.
func bracedAfter(rest string) bool {
	rest = strings.TrimLeft(rest, "$")
	if !strings.HasPrefix(rest, "{") {
		return false
	}
	end := strings.IndexByte(rest, '}')
	line := strings.IndexAny(rest, "\n\r\u0085\u2028\u2029")
	return end >= 0 && (line < 0 || end < line)
}

// paramSpan is one #{name} or an escape of it in literal text.
type paramSpan struct {
	span
	name    string // the parameter, if literal is empty
	literal string // what an escape stands for
}

// paramSpans finds parameter references in literal text, as NiFi's
// ExpressionLanguageAwareParameterParser: ## is an escaped #, so ##{a} is the
// text #{a} and ###{a} is # and a reference. Nothing is one inside of ${...},
// even where that never ends.
func paramSpans(text string) []paramSpan {
	var found []paramSpan
	hashes, depth := 0, 0
	oddDollars, inside := false, false
	var last byte
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch c {
		case '#':
			hashes++
		case '{':
			if oddDollars && last == '$' && depth == 0 {
				inside = true
			}
			if inside {
				depth++
				continue // NiFi does not count this brace as the last character
			}
			if hashes > 0 {
				spans, end := paramsAt(text, i-hashes, i)
				found = append(found, spans...)
				if end > 0 {
					i = end - 1
				}
			}
		case '}':
			if depth == 0 {
				continue
			}
			if depth--; depth == 0 {
				inside, oddDollars = false, false
			}
		case '$':
			oddDollars = !oddDollars
		}
		if c != '#' {
			hashes = 0
		}
		last = c
	}
	return found
}

// paramsAt reads the #s from first on and the {name} at brace; end is where they
// end, 0 if they are no reference.
func paramsAt(text string, first, brace int) (found []paramSpan, end int) {
	length := strings.IndexByte(text[brace:], '}')
	if length < 0 {
		return nil, 0
	}
	end = brace + length + 1
	name, ok := paramName(text[brace+1 : end-1])
	hashes := brace - first
	for range (hashes - 1) / 2 {
		found = append(found, paramSpan{span: span{first, first + 2}, literal: "#"})
		first += 2
	}
	switch {
	case hashes%2 == 0:
		return append(found, paramSpan{span: span{first, end}, literal: text[first+1 : end]}), end
	case ok:
		return append(found, paramSpan{span: span{first, end}, name: name}), end
	}
	return found, 0
}

// paramName strips the quotes of a parameter name; other quotes make it no reference.
func paramName(name string) (string, bool) {
	if !strings.Contains(name, "'") {
		return name, true
	}
	if len(name) < 2 || name[0] != '\'' || name[len(name)-1] != '\'' {
		return "", false
	}
	name = name[1 : len(name)-1]
	return name, !strings.Contains(name, "'")
}

package el

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// The escapes are those of Apache Commons Text's StringEscapeUtils.

// escape writes & < > " and the characters that have names as entities.
func (e *entities) escape(s string) string {
	var b strings.Builder
	for _, c := range s {
		if name, ok := e.name[c]; ok {
			b.WriteString("&" + name + ";")
		} else {
			b.WriteRune(c)
		}
	}
	return b.String()
}

// escapeXML is ESCAPE_XML10: characters that XML cannot hold fall away.
func escapeXML(s string) string {
	var b strings.Builder
	for _, c := range s {
		name, named := xml.name[c]
		switch {
		case named:
			b.WriteString("&" + name + ";")
		case c < ' ' && c != '\t' && c != '\n' && c != '\r', c == 0xfffe, c == 0xffff:
		case c >= 0x7f && c <= 0x84, c >= 0x86 && c <= 0x9f:
			fmt.Fprintf(&b, "&#%d;", c)
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}

// unescape turns entities and numeric references with a semicolon into characters.
func (e *entities) unescape(s string) string {
	var b strings.Builder
	for {
		mark := strings.IndexByte(s, '&')
		if mark < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:mark])
		s = s[mark:]
		text, width := e.reference(s)
		b.WriteString(text)
		s = s[width:]
	}
}

// reference reads the entity or number at the start of s.
func (e *entities) reference(s string) (string, int) {
	if strings.HasPrefix(s, "&#") {
		return numericReference(s)
	}
	const longest = 10
	if end := strings.IndexByte(s[:min(len(s), longest)], ';'); end > 0 {
		if c, ok := e.char[s[1:end]]; ok {
			return string(c), end + 1
		}
	}
	return "&", 1
}

// numericReference reads &#n; or &#xh;.
func numericReference(s string) (string, int) {
	start, base := 2, 10
	if len(s) > 2 && (s[2] == 'x' || s[2] == 'X') {
		start, base = 3, 16
	}
	end := start
	for end < len(s) && isHex(s[end]) {
		end++
	}
	if end == start || end == len(s) || s[end] != ';' {
		return "&", 1
	}
	n, err := strconv.ParseInt(s[start:end], base, 32)
	if err != nil || n > utf8.MaxRune {
		return "&", 1
	}
	return string(rune(n)), end + 1
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

var jsonEscapes = map[rune]string{'"': `\"`, '\\': `\\`, '/': `\/`, '\b': `\b`, '\n': `\n`, '\t': `\t`, '\f': `\f`, '\r': `\r`}

// escapeJSON leaves only printable ASCII.
func escapeJSON(s string) string {
	var b strings.Builder
	for _, c := range s {
		text, ok := jsonEscapes[c]
		switch {
		case ok:
			b.WriteString(text)
		case c >= ' ' && c <= 0x7f:
			b.WriteRune(c)
		case c > 0xffff:
			hi, lo := utf16.EncodeRune(c)
			fmt.Fprintf(&b, `\u%04X\u%04X`, hi, lo)
		default:
			fmt.Fprintf(&b, `\u%04X`, c)
		}
	}
	return b.String()
}

// evalUnescapeJSON is UNESCAPE_JAVA: JSON's escapes, octal ones, \' and \uu0041;
// a backslash before anything else falls away.
func evalUnescapeJSON(r *run, n *callNode) value {
	s, _ := n.on(r)
	var units []uint16
	for i := 0; i < len(s); {
		if s[i] != '\\' || i+1 == len(s) {
			if s[i] == '\\' {
				break // a backslash at the end falls away too
			}
			c, width := utf8.DecodeRuneInString(s[i:])
			units = utf16.AppendRune(units, c)
			i += width
			continue
		}
		unit, width, err := unescapeOne(s[i:])
		if err != nil {
			return r.javaError("IllegalArgumentException", "unescapeJson(): "+err.Error())
		}
		if width == 0 {
			i++
			continue
		}
		units = append(units, unit)
		i += width
	}
	return str(string(utf16.Decode(units)))
}

// unescapeOne reads one escape; width 0 means that only the backslash goes.
func unescapeOne(s string) (unit uint16, width int, err error) {
	switch c := s[1]; {
	case c >= '0' && c <= '7':
		width = 2
		for width < len(s) && width < 4 && s[width] >= '0' && s[width] <= '7' && (width < 3 || s[1] <= '3') {
			width++
		}
		n, _ := strconv.ParseUint(s[1:width], 8, 16)
		return uint16(n), width, nil
	case c == 'u':
		return unescapeUnit(s)
	}
	if i := strings.IndexByte(`bntfr\"'`, s[1]); i >= 0 {
		return uint16("\b\n\t\f\r\\\"'"[i]), 2, nil
	}
	return 0, 0, nil
}

// unescapeUnit reads \u0041; the u may repeat and a plus may follow it.
func unescapeUnit(s string) (uint16, int, error) {
	i := 1
	for i < len(s) && s[i] == 'u' {
		i++
	}
	if i < len(s) && s[i] == '+' {
		i++
	}
	if i+4 > len(s) {
		return 0, 0, fmt.Errorf("less than 4 hex digits in unicode value: %q", shorten(s))
	}
	n, err := strconv.ParseUint(s[i:i+4], 16, 16)
	if err != nil {
		return 0, 0, fmt.Errorf("unable to parse unicode value: %q", s[i:i+4])
	}
	return uint16(n), i + 4, nil
}

const csvSpecial = ",\"\r\n"

func escapeCSV(s string) string {
	if !strings.ContainsAny(s, csvSpecial) {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

func unescapeCSV(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	inner := s[1 : len(s)-1]
	if !strings.ContainsAny(inner, csvSpecial) {
		return s
	}
	return strings.ReplaceAll(inner, `""`, `"`)
}

// javaUTF8 reads bytes as Java does: each broken sequence is one U+FFFD, also
// where several bytes of it were right.
func javaUTF8(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		c, width := utf8.DecodeRuneInString(s[i:])
		if c == utf8.RuneError && width == 1 {
			width = brokenWidth(s[i:])
		}
		b.WriteRune(c)
		i += width
	}
	return b.String()
}

// brokenWidth is how many bytes at the start of s could have begun a character.
func brokenWidth(s string) int {
	least := [...]byte{0xe0: 0xa0, 0xf0: 0x90, 0xff: 0}
	most := [...]byte{0xf4: 0x8f, 0xff: 0} // half of a pair (0xed) is one broken character, not three
	need := 0
	switch c := s[0]; {
	case c >= 0xc2 && c <= 0xdf:
		need = 1
	case c >= 0xe0 && c <= 0xef:
		need = 2
	case c >= 0xf0 && c <= 0xf4:
		need = 3
	}
	width := 1
	for ; width <= need && width < len(s); width++ {
		low, high := byte(0x80), byte(0xbf)
		if width == 1 {
			low = max(low, least[s[0]])
			if most[s[0]] != 0 {
				high = most[s[0]]
			}
		}
		if s[width] < low || s[width] > high {
			break
		}
	}
	return width
}

// Package charset converts text between UTF-8 and the character sets that flow definitions name, which are Java's.
//
// As in Java, what a character set cannot express is written as '?', and what cannot be read becomes U+FFFD. UTF-8
// itself is passed through unchanged, so that content with a few stray bytes survives being copied.
package charset

import (
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
	"golang.org/x/text/transform"
)

// Charset is one character set. The zero Charset is UTF-8. It is immutable and may be shared.
type Charset struct{ enc encoding.Encoding }

// special are Java's names that the IANA index lacks or reads in another way: Java writes UTF-16 with a byte order mark.
var special = map[string]encoding.Encoding{
	"UTF-8": nil, "UTF8": nil,
	"UTF-16": unicode.UTF16(unicode.BigEndian, unicode.UseBOM), "UTF16": unicode.UTF16(unicode.BigEndian, unicode.UseBOM),
	"UTF-16BE": unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM),
	"UTF-16LE": unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM),
	"UTF-32":   utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM),
	"UTF-32BE": utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM),
	"UTF-32LE": utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM),
}

// Parse finds a character set by its name, whatever its case: UTF-8, ISO-8859-1, windows-1252, US-ASCII, UTF-16 ...
// It may be given to sdk.Parsed.
func Parse(name string) (Charset, error) {
	name = strings.TrimSpace(name)
	if enc, ok := special[strings.ToUpper(name)]; ok {
		return Charset{enc}, nil
	}
	enc, err := ianaindex.IANA.Encoding(name)
	if err != nil || enc == nil {
		return Charset{}, fmt.Errorf("%q is not a known character set: use a name such as UTF-8 or ISO-8859-1", name)
	}
	return Charset{enc}, nil
}

// IsUTF8 tells whether nothing has to be converted.
func (c Charset) IsUTF8() bool { return c.enc == nil }

// Encode returns text in the character set.
func (c Charset) Encode(text string) []byte {
	if c.enc == nil {
		return []byte(text)
	}
	b, _, _ := transform.Bytes(questionMark{c.enc.NewEncoder()}, []byte(text)) // cannot fail: it replaces what it must
	return b
}

// Decode returns bytes in the character set as text.
func (c Charset) Decode(b []byte) string {
	if c.enc == nil {
		return string(b)
	}
	out, _, _ := transform.Bytes(c.enc.NewDecoder(), b) // cannot fail: decoders replace what they cannot read
	return string(out)
}

// Reader converts what r holds to UTF-8.
func (c Charset) Reader(r io.Reader) io.Reader {
	if c.enc == nil {
		return r
	}
	return transform.NewReader(r, c.enc.NewDecoder())
}

// Writer converts the UTF-8 that is written to it and passes it on to w. Close ends the text; it does not close w.
func (c Charset) Writer(w io.Writer) io.WriteCloser {
	if c.enc == nil {
		return nopCloser{w}
	}
	return transform.NewWriter(w, questionMark{c.enc.NewEncoder()})
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

package json

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

const (
	bufferSize = 64 << 10
	// Limits of Jackson, which NiFi reads JSON with.
	maxDepth  = 1000
	maxNumber = 1000
	// DefaultMaxString is NiFi's default for Max String Length.
	DefaultMaxString = 20_000_000
)

// syntaxError is JSON that cannot be read on from where it is.
type syntaxError struct{ msg string }

func (e *syntaxError) Error() string { return e.msg }

func badSyntax(format string, args ...any) error { return &syntaxError{fmt.Sprintf(format, args...)} }

var errEnd = &syntaxError{"content ends in the middle of a value"}

// parser reads JSON tokens from a buffer. While a record is read, filled
// buffers are kept, because the record's texts lie in them.
type parser struct {
	in       io.Reader
	buf      []byte
	pos, end int
	eof      bool
	err      error  // why the input cannot be read on
	spare    []byte // buffer that no value points into
	retired  []byte // becomes the spare with the next record
	inRecord bool
	lines    int64 // line ends before buf

	maxString int
	comments  bool
	depth     int
}

func newParser(in io.Reader, o *Options) *parser {
	p := &parser{in: in, buf: make([]byte, bufferSize), maxString: o.MaxString, comments: o.Comments}
	if p.maxString <= 0 {
		p.maxString = DefaultMaxString
	}
	for p.end < 3 && p.fill() {
	}
	if bytes.HasPrefix(p.buf[:p.end], []byte("\xEF\xBB\xBF")) {
		p.pos = 3
	}
	return p
}

// startRecord ends the life of the previous record's texts.
func (p *parser) startRecord() {
	if p.retired != nil {
		p.spare, p.retired = p.retired, nil
	}
	p.inRecord = true
}

// fill reads more behind the unread bytes, which may move, and reports whether it got some.
func (p *parser) fill() bool {
	if p.eof || p.err != nil {
		return false
	}
	unread := p.buf[p.pos:p.end]
	if p.pos > 0 || p.end == len(p.buf) {
		p.lines += int64(bytes.Count(p.buf[:p.pos], []byte{'\n'}))
		p.moveTo(unread)
	}
	for range 100 {
		n, err := p.in.Read(p.buf[p.end:])
		p.end += n
		if err == io.EOF {
			p.eof = true
		} else if err != nil {
			p.err = fmt.Errorf("read JSON: %w", err)
		}
		if n > 0 || err != nil {
			return n > 0
		}
	}
	p.err = fmt.Errorf("read JSON: %w", io.ErrNoProgress)
	return false
}

// moveTo puts the unread bytes at the start of a buffer with room behind them.
func (p *parser) moveTo(unread []byte) {
	switch {
	case !p.inRecord && len(unread) <= len(p.buf)/2:
		copy(p.buf, unread)
	case p.spare != nil && len(unread) <= len(p.spare)/2:
		copy(p.spare, unread)
		p.retired, p.buf, p.spare = p.buf, p.spare, nil
	default:
		next := make([]byte, max(bufferSize, 2*len(unread)))
		copy(next, unread)
		p.retired, p.buf = p.buf, next
	}
	p.pos, p.end = 0, len(unread)
}

// line is the line that the parser stands in, from 1.
func (p *parser) line() int64 {
	return p.lines + int64(bytes.Count(p.buf[:p.pos], []byte{'\n'})) + 1
}

// peek skips white space and comments and returns the next byte, unread; 0 and
// an error at the end: errEnd, or why the input cannot be read.
func (p *parser) peek() (byte, error) {
	for {
		for p.pos < p.end {
			c := p.buf[p.pos]
			switch c {
			case ' ', '\t', '\n', '\r':
				p.pos++
				continue
			case '/':
				if p.comments {
					if err := p.skipComment(); err != nil {
						return 0, err
					}
					continue
				}
			}
			return c, nil
		}
		if !p.fill() {
			if p.err != nil {
				return 0, p.err
			}
			return 0, errEnd
		}
	}
}

func (p *parser) skipComment() error {
	for p.end-p.pos < 2 {
		if !p.fill() {
			return badSyntax("unexpected '/'")
		}
	}
	end, include := "\n", 0
	switch p.buf[p.pos+1] {
	case '/':
	case '*':
		end, include = "*/", 2
	default:
		return badSyntax("unexpected '/'")
	}
	p.pos += 2
	for {
		if i := bytes.Index(p.buf[p.pos:p.end], []byte(end)); i >= 0 {
			p.pos += i + include
			return nil
		}
		p.pos = max(p.pos, p.end-1) // the first byte of */ may be there
		if !p.fill() {
			p.pos = p.end
			if include > 0 {
				return badSyntax("comment is not closed")
			}
			return p.err
		}
	}
}

// expect reads the given byte.
func (p *parser) expect(want byte) error {
	c, err := p.peek()
	if err != nil {
		return err
	}
	if c != want {
		return badSyntax("expected %q but found %q", want, c)
	}
	p.pos++
	return nil
}

// more reads on in an array or object: it returns false at the closing byte,
// and otherwise stands at the next element or key.
func (p *parser) more(closing byte, first *bool) (bool, error) {
	c, err := p.peek()
	if err != nil {
		return false, err
	}
	if c == closing {
		p.pos++
		return false, nil
	}
	if *first {
		*first = false
		return true, nil
	}
	if c != ',' {
		return false, badSyntax("expected ',' or %q but found %q", closing, c)
	}
	p.pos++
	c, err = p.peek()
	if err == nil && c == closing {
		err = badSyntax("unexpected %q behind ','", c)
	}
	return true, err
}

func (p *parser) enter() error {
	p.pos++
	if p.depth++; p.depth > maxDepth {
		return badSyntax("nested deeper than %d levels", maxDepth)
	}
	return nil
}

// key reads a key and its colon. The bytes are valid until the next read.
func (p *parser) key() ([]byte, error) {
	c, err := p.peek()
	if err != nil {
		return nil, err
	}
	if c != '"' {
		return nil, badSyntax("expected a field name but found %q", c)
	}
	k, err := p.text()
	if err != nil {
		return nil, err
	}
	if p.pos < p.end && p.buf[p.pos] == ':' { // no white space: k stays where it is
		p.pos++
		return k, nil
	}
	k = bytes.Clone(k)
	return k, p.expect(':')
}

// plain marks the bytes of a string that need no attention.
var plain = func() (t [256]bool) {
	for c := 0x20; c < utf8.RuneSelf; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

// text reads a string; p stands at its quote. The bytes lie in the buffer.
func (p *parser) text() ([]byte, error) {
	p.pos++
	n, escaped, high := 0, false, false
	for {
		b := p.buf[p.pos:p.end]
		for n < len(b) && plain[b[n]] {
			n++
		}
		if n == len(b) {
			if err := p.grow(n); err != nil {
				return nil, err
			}
			continue
		}
		switch c := b[n]; {
		case c == '"':
			p.pos += n + 1
			return p.finish(b[:n], escaped, high)
		case c == '\\':
			escaped = true
			if n+1 == len(b) {
				if err := p.grow(n); err != nil {
					return nil, err
				}
				continue
			}
			n += 2
		case c >= utf8.RuneSelf:
			high = true
			n++
		default:
			return nil, badSyntax("control character %q in a string; it must be escaped", c)
		}
	}
}

// grow fetches more of a token of which n bytes are there.
func (p *parser) grow(n int) error {
	if n > p.maxString {
		return badSyntax("string is longer than %d bytes; raise Max String Length", p.maxString)
	}
	if !p.fill() {
		if p.err != nil {
			return p.err
		}
		return errEnd
	}
	return nil
}

func (p *parser) finish(b []byte, escaped, high bool) ([]byte, error) {
	if len(b) > p.maxString {
		return nil, badSyntax("string is longer than %d bytes; raise Max String Length", p.maxString)
	}
	if high && !utf8.Valid(b) {
		return nil, badSyntax("string is not valid UTF-8")
	}
	if escaped {
		return unescape(b)
	}
	return b, nil
}

// unescape works in place.
func unescape(b []byte) ([]byte, error) {
	out := b[:0]
	for i := 0; i < len(b); i++ {
		c := b[i]
		if c != '\\' {
			out = append(out, c)
			continue
		}
		i++
		switch c = b[i]; c {
		case '"', '\\', '/':
		case 'b':
			c = '\b'
		case 'f':
			c = '\f'
		case 'n':
			c = '\n'
		case 'r':
			c = '\r'
		case 't':
			c = '\t'
		case 'u':
			r, size := hexRune(b[i+1:])
			if size == 0 {
				return nil, badSyntax("\\u in a string needs four hexadecimal digits")
			}
			out = utf8.AppendRune(out, r)
			i += size
			continue
		default:
			return nil, badSyntax("unknown escape \\%c in a string", c)
		}
		out = append(out, c)
	}
	return out, nil
}

// hexRune reads XXXX or, for a surrogate pair, XXXX\uXXXX; a lone surrogate is U+FFFD.
func hexRune(b []byte) (rune, int) {
	r, ok := hex4(b)
	if !ok {
		return 0, 0
	}
	if utf16.IsSurrogate(r) {
		if len(b) >= 10 && b[4] == '\\' && b[5] == 'u' {
			if low, ok := hex4(b[6:]); ok {
				if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
					return pair, 10
				}
			}
		}
		return utf8.RuneError, 4
	}
	return r, 4
}

func hex4(b []byte) (rune, bool) {
	if len(b) < 4 {
		return 0, false
	}
	var r rune
	for _, c := range b[:4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// number reads a number's text; whole says that it has neither point nor exponent.
func (p *parser) number() (b []byte, whole bool, err error) {
	n := 0
	for {
		b = p.buf[p.pos:p.end]
		for n < len(b) && (b[n] >= '0' && b[n] <= '9' || b[n] == '-' || b[n] == '+' || b[n] == '.' || b[n]|0x20 == 'e') {
			n++
		}
		if n > maxNumber {
			return nil, false, badSyntax("number has more than %d characters", maxNumber)
		}
		if n < len(b) || !p.fill() {
			break
		}
	}
	if p.err != nil {
		return nil, false, p.err
	}
	b = p.buf[p.pos : p.pos+n] // fill may have moved it
	p.pos += n
	whole, ok := checkNumber(b)
	if !ok {
		return nil, false, badSyntax("%q is not a number", b)
	}
	return b, whole, nil
}

func checkNumber(b []byte) (whole, ok bool) {
	digits := func() int {
		n := 0
		for n < len(b) && b[n] >= '0' && b[n] <= '9' {
			n++
		}
		b = b[n:]
		return n
	}
	if len(b) > 0 && b[0] == '-' {
		b = b[1:]
	}
	zero := len(b) > 0 && b[0] == '0'
	if n := digits(); n == 0 || zero && n > 1 {
		return false, false
	}
	whole = len(b) == 0
	if len(b) > 0 && b[0] == '.' {
		b = b[1:]
		if digits() == 0 {
			return false, false
		}
	}
	if len(b) > 0 && b[0]|0x20 == 'e' {
		b = b[1:]
		if len(b) > 0 && (b[0] == '+' || b[0] == '-') {
			b = b[1:]
		}
		if digits() == 0 {
			return false, false
		}
	}
	return whole, len(b) == 0
}

// word reads true, false or null.
func (p *parser) word(w string) error {
	for p.end-p.pos < len(w) && p.fill() {
	}
	if !bytes.HasPrefix(p.buf[p.pos:p.end], []byte(w)) {
		return badSyntax("unexpected %q", p.buf[p.pos:min(p.end, p.pos+len(w))])
	}
	p.pos += len(w)
	return nil
}

// skip reads over a value of any kind.
func (p *parser) skip() error {
	c, err := p.peek()
	if err != nil {
		return err
	}
	switch c {
	case '{':
		return p.object(func([]byte) error { return p.skip() })
	case '[':
		return p.array(p.skip)
	case '"':
		_, err = p.text()
		return err
	}
	return p.skipScalar(c)
}

func (p *parser) skipScalar(c byte) error {
	switch c {
	case 't':
		return p.word("true")
	case 'f':
		return p.word("false")
	case 'n':
		return p.word("null")
	}
	_, _, err := p.number()
	return err
}

// object calls field behind each key, which is valid only until then.
func (p *parser) object(field func(key []byte) error) error {
	if err := p.enter(); err != nil {
		return err
	}
	first := true
	for {
		more, err := p.more('}', &first)
		if err != nil {
			return err
		}
		if !more {
			p.depth--
			return nil
		}
		k, err := p.key()
		if err != nil {
			return err
		}
		if err := field(k); err != nil {
			return err
		}
	}
}

// array calls element at each element.
func (p *parser) array(element func() error) error {
	if err := p.enter(); err != nil {
		return err
	}
	first := true
	for {
		more, err := p.more(']', &first)
		if err != nil {
			return err
		}
		if !more {
			p.depth--
			return nil
		}
		if err := element(); err != nil {
			return err
		}
	}
}

func isSyntax(err error) bool {
	var s *syntaxError
	return errors.As(err, &s)
}

// unsafeString is b as a string for calls that do not keep it.
func unsafeString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

package csv

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/braidflow/braid/sdk/record"
)

// maxRow bounds the memory for one row, so that a stray quote does not make the
// reader swallow the rest of a large file.
const maxRow = 32 << 20

const bufferSize = 64 << 10

var buffers = sync.Pool{New: func() any { b := make([]byte, bufferSize); return &b }}

var (
	errQuoteOpen  = errors.New("quoted field is not closed before the end of the content")
	errRowTooLong = fmt.Errorf("row is longer than %d MB; a quote may not be closed", maxRow>>20)
	errMore       = errors.New("row goes on behind the buffer")
)

// Classes of bytes that end the run of ordinary ones in an unquoted field.
const (
	ordinary = iota
	separator
	lineFeed
	carriageReturn
	escape
	highByte // not ASCII: does not end the run
)

// span is one field in the scanner's buffer, which is smaller than 2 GB.
type span struct {
	start, end int32
	quoted     bool
	escaped    bool // holds escapes or doubled quotes
}

// scanner splits content into rows of fields. The fields lie in its buffer
// until the next row is scanned.
type scanner struct {
	in       io.Reader
	buf      []byte
	pos, end int // unread part of buf
	eof      bool
	err      error // why the input cannot be read on

	format    Format
	sep       []byte
	class     [256]uint8
	fields    []span
	line      int64 // at which the row at hand begins
	nextLine  int64
	highBytes bool // the row has bytes that are not ASCII
	escapes   bool // a field of the row is escaped
	simple    bool // fields may be scanned by scanSimple
}

func newScanner(in io.Reader, f Format) *scanner {
	s := &scanner{in: in, buf: *buffers.Get().(*[]byte), format: f, nextLine: 1}
	s.sep = utf8.AppendRune(nil, f.Separator)
	s.simple = len(s.sep) == 1 && !f.IgnoreSpaces
	for c := utf8.RuneSelf; c < len(s.class); c++ {
		s.class[c] = highByte
	}
	s.class[s.sep[0]] = separator
	s.class['\n'], s.class['\r'] = lineFeed, carriageReturn
	if f.Escape != 0 {
		s.class[f.Escape] = escape
	}
	return s
}

// close gives the buffer back; fields of the last row are invalid afterwards.
func (s *scanner) close() {
	if len(s.buf) == bufferSize {
		b := s.buf
		buffers.Put(&b)
	}
	s.buf, s.pos, s.end, s.eof = nil, 0, 0, true
}

// next scans the next row that is neither empty (where those are skipped) nor a
// comment, into s.fields. It returns io.EOF at the end. After a MalformedError
// the following call goes on behind the malformed row.
func (s *scanner) next() error {
	for {
		if s.pos == s.end && !s.fill() {
			return s.inputEnd()
		}
		s.line = s.nextLine
		after, err := s.scanRow()
		if errors.Is(err, errMore) {
			if s.fillRow() {
				continue
			}
			if s.err != nil {
				return s.err
			}
			return s.skipRow(errRowTooLong, s.pos)
		}
		if err != nil {
			return s.skipRow(err, after)
		}
		s.pos = after
		if len(s.fields) > 0 {
			if s.escapes {
				s.unescapeAll()
			}
			return nil
		}
	}
}

// inputEnd is io.EOF, or why the input cannot be read on.
func (s *scanner) inputEnd() error {
	if s.err != nil {
		return s.err
	}
	return io.EOF
}

// fillRow is fill for a row that goes on behind the buffer. A long row grows by
// half before it is scanned again, lest many small reads make that quadratic.
func (s *scanner) fillRow() bool {
	have := s.end - s.pos
	if !s.fill() {
		return false
	}
	for have > bufferSize/4 && s.end-s.pos < have+have/2 && s.fill() {
	}
	return true
}

// fill reads more input behind what is unread, and reports whether it got some
// or has come to the end of the input for the first time.
func (s *scanner) fill() bool {
	if s.eof || s.err != nil {
		return false
	}
	if s.pos > 0 {
		copy(s.buf, s.buf[s.pos:s.end])
		s.end -= s.pos
		s.pos = 0
	}
	if s.end == len(s.buf) {
		if len(s.buf) >= maxRow {
			return false
		}
		s.buf = append(s.buf, make([]byte, len(s.buf))...)
	}
	for range 100 {
		n, err := s.in.Read(s.buf[s.end:])
		s.end += n
		if err == io.EOF {
			s.eof = true
			return s.end > s.pos
		}
		if err != nil {
			s.err = fmt.Errorf("read CSV: %w", err)
		}
		if n > 0 || err != nil {
			return n > 0
		}
	}
	s.err = fmt.Errorf("read CSV: %w", io.ErrNoProgress)
	return false
}

// scanRow finds the fields of the row at s.pos and returns where the next row
// begins; after an error, from where to look for the end of the malformed row.
func (s *scanner) scanRow() (int, error) {
	data := s.buf[:s.end]
	i := s.pos
	s.fields = s.fields[:0]
	s.highBytes, s.escapes = false, false
	if s.format.Comment != 0 && data[i] == byte(s.format.Comment) {
		return s.skipComment(data, i)
	}
	if c := data[i]; (c == '\n' || c == '\r') && !s.format.KeepEmptyLines {
		return s.lineEnd(data, i)
	}
	lines := s.nextLine
	for {
		if s.simple {
			i = s.scanSimple(data, i)
		}
		next, last, err := s.scanField(data, i)
		if err != nil {
			s.nextLine = lines
			return next, err
		}
		if !last {
			i = next
			continue
		}
		if next == len(data) {
			if !s.eof {
				s.nextLine = lines
				return 0, errMore
			}
			return next, nil
		}
		after, err := s.lineEnd(data, next)
		if err != nil {
			s.nextLine = lines
		}
		return after, err
	}
}

// scanSimple appends the fields from i on up to the first that is quoted, has an
// escape or is the row's last, and returns where that one begins. Most
// fields are passed over here, in a loop without calls.
func (s *scanner) scanSimple(data []byte, i int) int {
	class, fields, quote := &s.class, s.fields, byte(s.format.Quote)
	start := i
	if quote != 0 && i < len(data) && data[i] == quote {
		return i
	}
scan:
	for ; i < len(data); i++ {
		switch class[data[i]] {
		case ordinary:
		case highByte:
			s.highBytes = true
		case separator:
			fields = append(fields, span{start: int32(start), end: int32(i)})
			start = i + 1
			if quote != 0 && start < len(data) && data[start] == quote {
				break scan
			}
		default:
			break scan
		}
	}
	s.fields = fields
	return start
}

// scanField appends the field at i to s.fields. It returns where the next field
// begins or, with last, the place of the line end or the end of the data.
func (s *scanner) scanField(data []byte, i int) (next int, last bool, err error) {
	if s.format.Quote != 0 {
		at := i
		for s.format.IgnoreSpaces && at < len(data) && isBlank(data[at]) && !s.isSeparator(data, at) {
			at++
		}
		if at < len(data) && data[at] == byte(s.format.Quote) {
			return s.scanQuoted(data, at)
		}
	}
	field := span{start: int32(i)}
	for ; i < len(data); i++ {
		switch s.class[data[i]] {
		case ordinary:
			continue
		case highByte:
			s.highBytes = true
			continue
		case separator:
			if len(s.sep) > 1 && !s.isSeparator(data, i) {
				s.highBytes = true
				continue
			}
			s.add(field, i)
			return i + len(s.sep), false, nil
		case escape:
			field.escaped, s.highBytes = true, true // what is escaped is not looked at
			i++
			if i < len(data) && s.isSeparator(data, i) {
				i += len(s.sep) - 1
			}
			continue
		}
		break
	}
	if i >= len(data) {
		if !s.eof {
			return 0, false, errMore
		}
		i = len(data)
	}
	s.add(field, i)
	return i, true, nil
}

func (s *scanner) add(f span, end int) {
	f.end = int32(end)
	if s.format.IgnoreSpaces && !f.quoted {
		for f.start < f.end && isBlank(s.buf[f.start]) {
			f.start++
		}
		for f.start < f.end && isBlank(s.buf[f.end-1]) {
			f.end--
		}
	}
	s.escapes = s.escapes || f.escaped
	s.fields = append(s.fields, f)
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\v' || c == '\f' }

func (s *scanner) isSeparator(data []byte, i int) bool {
	return data[i] == s.sep[0] && (len(s.sep) == 1 || bytes.HasPrefix(data[i:], s.sep))
}

// scanQuoted appends the field whose opening quote is at i.
func (s *scanner) scanQuoted(data []byte, i int) (next int, last bool, err error) {
	quote, esc := byte(s.format.Quote), byte(s.format.Escape)
	field := span{start: int32(i + 1), quoted: true}
	for i++; i < len(data); i++ {
		c := data[i]
		switch {
		case c == quote && i+1 < len(data) && data[i+1] == quote:
			field.escaped = true
			i++
		case c == quote:
			if i+1 == len(data) && !s.eof {
				return 0, false, errMore
			}
			s.add(field, i)
			return s.afterQuote(data, i+1)
		case c == esc && esc != 0:
			field.escaped, s.highBytes = true, true
			i++
		case c == '\n':
			s.nextLine++
		case c >= utf8.RuneSelf:
			s.highBytes = true
		}
	}
	if s.eof {
		return s.pos, false, errQuoteOpen
	}
	return 0, false, errMore
}

// afterQuote finds the end of the field behind its closing quote.
func (s *scanner) afterQuote(data []byte, i int) (next int, last bool, err error) {
	for ; i < len(data); i++ {
		switch c := data[i]; {
		case s.isSeparator(data, i):
			return i + len(s.sep), false, nil
		case c == '\n' || c == '\r':
			return i, true, nil
		case !isBlank(c):
			return i, false, fmt.Errorf("unexpected %q behind a closing quote; quotes inside a field must be doubled or escaped", c)
		}
	}
	if !s.eof {
		return 0, false, errMore
	}
	return len(data), true, nil
}

// lineEnd returns the place behind the line end at i.
func (s *scanner) lineEnd(data []byte, i int) (int, error) {
	if data[i] == '\r' {
		if i+1 == len(data) && !s.eof {
			return 0, errMore
		}
		if i+1 < len(data) && data[i+1] == '\n' {
			i++
		}
	}
	s.nextLine++
	return i + 1, nil
}

func (s *scanner) skipComment(data []byte, i int) (int, error) {
	for ; i < len(data); i++ {
		if data[i] == '\n' || data[i] == '\r' {
			return s.lineEnd(data, i)
		}
	}
	if !s.eof {
		return 0, errMore
	}
	return len(data), nil
}

// skipRow goes to the line end behind from and describes what was skipped.
func (s *scanner) skipRow(err error, from int) error {
	raw := s.buf[s.pos:min(s.end, s.pos+200)]
	e := &record.MalformedError{Line: s.line, Raw: strings.ToValidUTF8(string(raw), "\uFFFD"), Err: err, Resumable: true}
	s.nextLine = s.line + int64(bytes.Count(s.buf[s.pos:from], []byte{'\n'}))
	s.pos = from
	for {
		if i := bytes.IndexByte(s.buf[s.pos:s.end], '\n'); i >= 0 {
			s.pos += i + 1
			s.nextLine++
			return e
		}
		s.pos = s.end
		if !s.fill() {
			return e
		}
	}
}

// unescapeAll removes escapes and doubled quotes in place.
func (s *scanner) unescapeAll() {
	for i := range s.fields {
		if f := &s.fields[i]; f.escaped {
			f.end = f.start + int32(s.unescape(s.buf[f.start:f.end], f.quoted))
		}
	}
}

func (s *scanner) unescape(b []byte, quoted bool) int {
	quote, esc := byte(s.format.Quote), byte(s.format.Escape)
	w := 0
	for i := 0; i < len(b); i++ {
		c := b[i]
		switch {
		case quoted && c == quote && i+1 < len(b):
			i++ // the second of two
		case c == esc && esc != 0 && i+1 < len(b):
			if plain, known := s.escaped(b[i+1]); known {
				c = plain
				i++
			}
		}
		b[w] = c
		w++
	}
	return w
}

// escaped returns what the escape character followed by c stands for. Before
// any other character the escape stands for itself.
func (s *scanner) escaped(c byte) (byte, bool) {
	switch c {
	case 'r':
		return '\r', true
	case 'n':
		return '\n', true
	case 't':
		return '\t', true
	case 'b':
		return '\b', true
	case 'f':
		return '\f', true
	case '\r', '\n', '\t', '\b', '\f', s.sep[0], byte(s.format.Escape):
		return c, true
	}
	return c, c != 0 && (c == byte(s.format.Quote) || c == byte(s.format.Comment))
}

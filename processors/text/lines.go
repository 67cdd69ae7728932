package text

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
)

// lineScanner reads lines with their ends: \n, \r\n or a lone \r, as NiFi's LineDemarcator.
type lineScanner struct {
	r    *bufio.Reader
	max  int64 // longest line in bytes; 0: no limit
	line []byte
}

func newLineScanner(r io.Reader, maxLine int64) *lineScanner {
	return &lineScanner{r: bufio.NewReaderSize(r, 64<<10), max: maxLine}
}

// next returns the next line, valid until the next call, or io.EOF.
func (l *lineScanner) next() ([]byte, error) {
	l.line = l.line[:0]
	err := l.scan(func(b []byte) error {
		if l.max > 0 && int64(len(l.line)+len(b)) > l.max {
			return fmt.Errorf("a line is longer than %d bytes: raise the Maximum Buffer Size", l.max)
		}
		l.line = append(l.line, b...)
		return nil
	})
	return l.line, err
}

// skip passes over the next line and returns its length and that of its end, which is 0 at the end of the text. prefix is
// compared with the start of the line.
func (l *lineScanner) skip(prefix []byte) (length, end int64, marked bool, err error) {
	matched := 0
	var last, before byte
	err = l.scan(func(b []byte) error {
		if n := min(len(prefix)-matched, len(b)); int64(matched) == length && bytes.Equal(b[:n], prefix[matched:matched+n]) {
			matched += n
		}
		length += int64(len(b))
		if len(b) > 1 {
			before = b[len(b)-2]
		} else {
			before = last
		}
		last = b[len(b)-1]
		return nil
	})
	switch {
	case last == '\n' && before == '\r' && length > 1:
		end = 2
	case last == '\n' || last == '\r':
		end = 1
	}
	return length, end, matched == len(prefix), err
}

// scan hands the next line to take, in pieces.
func (l *lineScanner) scan(take func([]byte) error) error {
	for begun := false; ; begun = true {
		if _, err := l.r.Peek(1); err != nil {
			if err == io.EOF && begun { //nolint:errorlint // bufio returns it bare
				return nil
			}
			return err
		}
		b, _ := l.r.Peek(l.r.Buffered()) // cannot fail: it is there
		n := lineEnd(b)
		if n < 0 {
			if err := l.take(take, b); err != nil {
				return err
			}
			continue
		}
		cr := b[n] == '\r'
		if err := l.take(take, b[:n+1]); err != nil {
			return err
		}
		if cr {
			if b, err := l.r.Peek(1); err == nil && b[0] == '\n' {
				return l.take(take, b)
			}
		}
		return nil
	}
}

// lineEnd returns where the first line ends, or -1. Two searches for a byte are much faster than one for either.
func lineEnd(b []byte) int {
	n := bytes.IndexByte(b, '\n')
	if n >= 0 {
		b = b[:n]
	}
	if r := bytes.IndexByte(b, '\r'); r >= 0 {
		return r
	}
	return n
}

func (l *lineScanner) take(take func([]byte) error, b []byte) error {
	err := take(b)
	_, _ = l.r.Discard(len(b)) // cannot fail: it is there
	return err
}

// atEnd tells whether there is no further line.
func (l *lineScanner) atEnd() bool {
	_, err := l.r.Peek(1)
	return err != nil
}

// content returns a line without its end, and the end.
func content(line []byte) (text, end []byte) {
	n := len(bytes.TrimRight(line, "\r\n"))
	return line[:n], line[n:]
}

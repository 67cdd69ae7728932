// Package line reads text line by line in bounded memory, for the codecs of
// formats in which a line is a record or a part of one.
package line

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// Max is the most bytes that a line may have.
const Max = 16 << 20

// Reader reads lines that end with LF, CR or CRLF, as Java's BufferedReader.
type Reader struct {
	in   *bufio.Reader
	buf  []byte
	no   int64
	skip bool // a LF that belongs to the CR before it
}

// NewReader reads from in.
func NewReader(in io.Reader) *Reader { return &Reader{in: bufio.NewReaderSize(in, 64<<10)} }

// ErrTooLong is returned, wrapped, for a line of more than Max bytes.
var ErrTooLong = errors.New("line too long")

// Number is that of the line last read, from 1.
func (r *Reader) Number() int64 { return r.no }

// Next returns the next line without its end, valid until the next call;
// io.EOF after the last.
func (r *Reader) Next() ([]byte, error) {
	r.buf = r.buf[:0]
	for {
		c, err := r.in.ReadByte()
		switch {
		case err == io.EOF && len(r.buf) > 0:
			r.no++
			return r.buf, nil
		case err != nil:
			return nil, err
		case c == '\n' && r.skip:
			r.skip = false
			continue
		case c == '\n' || c == '\r':
			r.skip = c == '\r'
			r.no++
			return r.buf, nil
		}
		r.skip = false
		if len(r.buf) >= Max {
			return nil, fmt.Errorf("line %d has more than %d bytes: %w", r.no+1, Max, ErrTooLong)
		}
		r.buf = append(r.buf, c)
	}
}

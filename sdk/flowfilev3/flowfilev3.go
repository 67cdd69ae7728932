// Package flowfilev3 writes and reads NiFi's FlowFile stream, version 3 (application/flowfile-v3): FlowFiles one after the
// other, each with its attributes and its content. MergeContent writes it, ListenHTTP reads it.
//
//	"NiFiFF3"                          7 bytes
//	number of attributes               length
//	for each: name, value              length and that many bytes of UTF-8, twice
//	size of the content                8 bytes
//	content
//
// Numbers are big-endian. A length is 2 bytes, or FF FF and 4 bytes if it is 65,535 or more.
package flowfilev3

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
)

// MediaType names the format.
const MediaType = "application/flowfile-v3"

// Magic begins each FlowFile.
const Magic = "NiFiFF3"

// MaxAttributes bounds the attributes of one FlowFile, in bytes, so that rubbish cannot fill the memory.
const MaxAttributes = 16 << 20

// AppendHeader appends all that stands before the content of one FlowFile. The attributes are written in the order of
// their names, so that equal FlowFiles give equal bytes.
func AppendHeader(dst []byte, attrs map[string]string, size int64) []byte {
	dst = append(dst, Magic...)
	dst = appendLength(dst, len(attrs))
	for _, name := range slices.Sorted(maps.Keys(attrs)) {
		dst = append(appendLength(dst, len(name)), name...)
		dst = append(appendLength(dst, len(attrs[name])), attrs[name]...)
	}
	return binary.BigEndian.AppendUint64(dst, uint64(size))
}

func appendLength(dst []byte, n int) []byte {
	if n < math.MaxUint16 {
		return binary.BigEndian.AppendUint16(dst, uint16(n))
	}
	return binary.BigEndian.AppendUint32(append(dst, 0xff, 0xff), uint32(n))
}

// Reader reads a stream. It is for one goroutine.
type Reader struct {
	r    *bufio.Reader
	left int64 // of the current content
}

// NewReader returns a Reader of the stream in r, which it may read ahead.
func NewReader(r io.Reader) *Reader { return &Reader{r: bufio.NewReaderSize(r, 32<<10)} }

// ErrFormat is wrapped by the errors about input that is no such stream.
var ErrFormat = errors.New("not in FlowFile-v3 format")

// Next goes on to the next FlowFile, passing over what is left of the content before, and returns its attributes, which
// the caller owns, and the size of its content. After the last it returns io.EOF.
func (r *Reader) Next() (attrs map[string]string, size int64, err error) {
	if _, err := io.Copy(io.Discard, r); err != nil {
		return nil, 0, err
	}
	if _, err := r.r.Peek(1); err == io.EOF { //nolint:errorlint // bufio returns it bare
		return nil, 0, io.EOF
	}
	var magic [len(Magic)]byte
	if _, err := io.ReadFull(r.r, magic[:]); err != nil {
		return nil, 0, broken("it ends within the magic", err)
	}
	if string(magic[:]) != Magic {
		return nil, 0, fmt.Errorf("%w: it begins with %q", ErrFormat, magic[:])
	}
	if attrs, err = r.attributes(); err != nil {
		return nil, 0, err
	}
	var b [8]byte
	if _, err := io.ReadFull(r.r, b[:]); err != nil {
		return nil, 0, broken("it ends before the size of the content", err)
	}
	n := binary.BigEndian.Uint64(b[:])
	if n > math.MaxInt64 {
		return nil, 0, fmt.Errorf("%w: a content of %d bytes", ErrFormat, n)
	}
	r.left = int64(n)
	return attrs, r.left, nil
}

// Read reads the content of the current FlowFile.
func (r *Reader) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	if int64(len(p)) > r.left {
		p = p[:r.left]
	}
	n, err := r.r.Read(p)
	r.left -= int64(n)
	if err == io.EOF && r.left > 0 { //nolint:errorlint // bufio returns it bare
		err = broken(fmt.Sprintf("%d bytes of a content are missing", r.left), io.ErrUnexpectedEOF)
	}
	return n, err
}

func (r *Reader) attributes() (map[string]string, error) {
	n, err := r.length()
	if err != nil {
		return nil, err
	}
	attrs := map[string]string{}
	room := int64(MaxAttributes)
	for range n {
		name, err := r.text(&room)
		if err != nil {
			return nil, err
		}
		if attrs[name], err = r.text(&room); err != nil {
			return nil, err
		}
	}
	return attrs, nil
}

func (r *Reader) text(room *int64) (string, error) {
	n, err := r.length()
	if err != nil {
		return "", err
	}
	if *room -= int64(n) + 4; *room < 0 {
		return "", fmt.Errorf("%w: attributes of more than %d bytes", ErrFormat, MaxAttributes)
	}
	var b bytes.Buffer // grows with what is there, not with what is claimed
	if _, err := io.CopyN(&b, r.r, int64(n)); err != nil {
		return "", broken("it ends within the attributes", err)
	}
	return b.String(), nil
}

func (r *Reader) length() (uint32, error) {
	var b [4]byte
	if _, err := io.ReadFull(r.r, b[:2]); err != nil {
		return 0, broken("it ends within the attributes", err)
	}
	n := binary.BigEndian.Uint16(b[:])
	if n < math.MaxUint16 {
		return uint32(n), nil
	}
	if _, err := io.ReadFull(r.r, b[:]); err != nil {
		return 0, broken("it ends within the attributes", err)
	}
	return binary.BigEndian.Uint32(b[:]), nil
}

// broken tells an early end from an error of the underlying reader.
func broken(what string, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: %s", ErrFormat, what)
	}
	return err
}

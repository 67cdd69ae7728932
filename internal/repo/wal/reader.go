package wal

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/braidflow/braid/internal/vfs"
)

const readBuffer = 256 << 10

// segmentReader reads the frames of one segment.
type segmentReader struct {
	file   vfs.File
	size   int64
	header segmentHeader
	valid  bool // the header is whole and belongs to the file's name

	in      *bufio.Reader
	off     int64  // of the next frame
	payload []byte // of the frame that next found; valid until the next call
	err     error
}

// newSegmentReader reads the header. A bad one is no error: valid is false then, and there are no frames.
func newSegmentReader(f vfs.File, base Position) (*segmentReader, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("read the log: %w", err)
	}
	r := &segmentReader{file: f, size: info.Size()}
	b := make([]byte, segmentHeaderSize)
	n, err := f.ReadAt(b, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read the log: %w", err)
	}
	r.header, err = parseSegmentHeader(b[:n])
	if errors.Is(err, errVersion) {
		return nil, fmt.Errorf("%s: %w", f.Name(), err)
	}
	if r.valid = err == nil && r.header.base == base; r.valid {
		r.seek(segmentHeaderSize)
	}
	return r, nil
}

func (r *segmentReader) seek(off int64) {
	r.off = off
	r.in = bufio.NewReaderSize(io.NewSectionReader(r.file, off, r.size-off), readBuffer)
}

// next reads the frame that begins at pos. It returns false where there is none or a damaged one; err is set only
// if the disk could not be read.
func (r *segmentReader) next(pos Position) bool {
	if !r.valid {
		return false
	}
	head, err := r.in.Peek(frameHeaderSize)
	if err != nil {
		return r.stop(err)
	}
	f, ok := parseFrame(head)
	if !ok || f.epoch != r.header.epoch || f.pos != pos || int64(f.length) > r.size-r.off-frameHeaderSize {
		return false
	}
	if _, err := r.in.Discard(frameHeaderSize); err != nil {
		return r.stop(err)
	}
	if cap(r.payload) < int(f.length) {
		r.payload = make([]byte, f.length)
	}
	r.payload = r.payload[:f.length]
	if _, err := io.ReadFull(r.in, r.payload); err != nil {
		return r.stop(err)
	}
	if crc32.Checksum(r.payload, castagnoli) != f.sum || !wholeRecords(r.payload) {
		return false
	}
	r.off += frameHeaderSize + int64(f.length)
	return true
}

func (r *segmentReader) stop(err error) bool {
	if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		r.err = fmt.Errorf("read the log: %w", err)
	}
	return false
}

func wholeRecords(p []byte) bool {
	for len(p) > 0 {
		_, rest, ok := cutRecord(p)
		if !ok {
			return false
		}
		p = rest
	}
	return true
}

// vouched returns the greatest position that a frame behind the next one to read says was durable.
func (r *segmentReader) vouched(pos Position) (limit Position, err error) {
	err = r.scan(pos, func(f frame, _ int64) bool {
		limit = max(limit, f.durable)
		return true
	})
	return limit, err
}

// torn counts the bytes from where reading stopped to the end of the last frame begun there.
func (r *segmentReader) torn(pos Position) (n int64, err error) {
	if !r.valid {
		return r.size, nil
	}
	err = r.scan(pos, func(f frame, at int64) bool {
		n = max(n, at+frameHeaderSize+int64(f.length)-r.off)
		return true
	})
	return min(n, r.size-r.off), err
}

// seekFrame goes to the first whole frame behind where reading stopped and returns its position.
func (r *segmentReader) seekFrame(pos Position) (found Position, ok bool, err error) {
	err = r.scan(pos+1, func(f frame, at int64) bool {
		try := &segmentReader{file: r.file, size: r.size, header: r.header, valid: true}
		try.header.epoch = f.epoch // that of the segment, or its header is lost
		try.seek(at)
		if !try.next(f.pos) {
			return true
		}
		r.header, r.valid = try.header, true
		r.seek(at)
		found, ok = f.pos, true
		return false
	})
	return found, ok, err
}

// scan looks for headers of frames of this segment that begin at or after pos, behind where reading stopped.
func (r *segmentReader) scan(pos Position, fn func(f frame, at int64) bool) error {
	buf := make([]byte, readBuffer)
	for off := r.off; off+frameHeaderSize <= r.size; {
		n, err := r.file.ReadAt(buf[:min(int64(len(buf)), r.size-off)], off)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read the log: %w", err)
		}
		for i := 0; i+frameHeaderSize <= n; i++ {
			k := bytes.Index(buf[i:n], []byte(frameMagic))
			if k < 0 {
				break
			}
			i += k
			f, ok := parseFrame(buf[i:n])
			if ok && (!r.valid || f.epoch == r.header.epoch) && f.pos >= pos && !fn(f, off+int64(i)) {
				return nil
			}
		}
		if n < frameHeaderSize {
			return nil
		}
		off += int64(n - frameHeaderSize + 1) // a header may lie across the border
	}
	return nil
}

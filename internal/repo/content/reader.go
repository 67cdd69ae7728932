package content

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/braidflow/braid/internal/vfs"
)

var (
	errNotASegment = errors.New("not the segment file it should be")
	errSeek        = errors.New("seek before the start of the content")
)

// CorruptError says that the bytes on disk are not those that were written.
type CorruptError struct {
	Claim Claim
	Hint  string // what was found, and where the bytes were put aside
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("content of %d bytes at %d of segment %x is damaged: %s",
		e.Claim.Length, e.Claim.Offset, e.Claim.Segment, e.Hint)
}

// Reader reads one content. It must be closed, which may be done twice. ReadAt may be called concurrently; the rest
// belongs to one goroutine.
//
// Whoever reads it from the first byte to the last gets a *CorruptError instead of the last bytes if the checksum is
// wrong. ReadAt, and reading after a Seek that leaves bytes out, are not checked: see [Repository.Verify].
type Reader struct {
	r      *Repository
	seg    *segment // nil for the empty content, and once closed
	file   vfs.File
	off    int64 // in the file
	claim  Claim
	pos    int64
	hashed int64 // so many bytes from the start have gone into sum
	sum    uint32
	err    error  // what Read returns from now on
	mem    []byte // the whole content, checked, if it was read ahead
}

// Open returns a Reader of a flushed content. The error is ErrGone if it is not kept (any more), and a *CorruptError
// if its file is no segment. The Reader stays good if the content is released meanwhile.
func (r *Repository) Open(c Claim) (*Reader, error) {
	if c.Empty() {
		return &Reader{}, nil
	}
	s, off := r.pin(c)
	if s == nil {
		return nil, fmt.Errorf("segment %x at %d: %w", c.Segment, c.Offset, ErrGone)
	}
	return r.reader(s, off, c)
}

// openAt is Open for a content that is known to lie in s.
func (r *Repository) openAt(s *segment, off int64, c Claim) (*Reader, error) {
	s.pins.Add(1)
	return r.reader(s, off, c)
}

// reader takes over the caller's pin.
func (r *Repository) reader(s *segment, off int64, c Claim) (*Reader, error) {
	f, err := r.handles.get(s)
	if err != nil {
		s.pins.Add(-1)
		if errors.Is(err, errNotASegment) {
			return nil, r.corrupt(c, err.Error())
		}
		return nil, err
	}
	return &Reader{r: r, seg: s, file: f, off: off, claim: c}, nil
}

// pin finds where a content lies now and keeps that segment from being deleted or closed.
func (r *Repository) pin(c Claim) (*segment, int64) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	s, off := r.resolve(c)
	if s == nil || off < headerSize || c.Length < 0 {
		return nil, 0
	}
	s.pins.Add(1)
	return s, off
}

// resolve follows a redirect if there is one; the segment is nil if it is gone. The caller holds mu.
func (r *Repository) resolve(c Claim) (*segment, int64) {
	if len(r.moved) > 0 {
		if p, ok := r.moved[c.Segment][c.Offset]; ok {
			return r.segments[p.segment], p.offset
		}
	}
	return r.segments[c.Segment], c.Offset
}

// Size returns the length of the content.
func (d *Reader) Size() int64 { return d.claim.Length }

// Read is io.Reader.
func (d *Reader) Read(p []byte) (int, error) {
	if d.err != nil {
		return 0, d.err
	}
	rest := d.claim.Length - d.pos
	if rest <= 0 {
		return 0, io.EOF
	}
	p = p[:min(int64(len(p)), rest)]
	if err := d.fetch(p, d.pos); err != nil {
		d.err = err
		return 0, err
	}
	if err := d.check(p); err != nil {
		d.err = err
		return 0, err
	}
	d.pos += int64(len(p))
	return len(p), nil
}

// fetch fills p from the place at of the content, which has so many bytes.
func (d *Reader) fetch(p []byte, at int64) error {
	if d.mem != nil {
		copy(p, d.mem[at:])
		return nil
	}
	n, err := d.file.ReadAt(p, d.off+at)
	switch {
	case n == len(p):
		return nil
	case errors.Is(err, io.EOF):
		return d.r.corrupt(d.claim, fmt.Sprintf("its file ends after %d bytes of it", at+int64(n)))
	}
	return fmt.Errorf("read content: %w", err)
}

// check takes the bytes at pos into the checksum, and compares it at the end.
func (d *Reader) check(p []byte) error {
	end := d.pos + int64(len(p))
	if d.pos > d.hashed || end <= d.hashed {
		return nil
	}
	d.sum = crc32.Update(d.sum, castagnoli, p[d.hashed-d.pos:])
	d.hashed = end
	if end < d.claim.Length || d.sum == d.claim.Sum {
		return nil
	}
	return d.r.corrupt(d.claim, fmt.Sprintf("its checksum is %08x, not %08x", d.sum, d.claim.Sum))
}

// ReadAt is io.ReaderAt; the bytes are not checked.
func (d *Reader) ReadAt(p []byte, off int64) (int, error) {
	if errors.Is(d.err, ErrClosed) {
		return 0, ErrClosed
	}
	if off < 0 {
		return 0, errSeek
	}
	rest := max(d.claim.Length-off, 0)
	short := int64(len(p)) > rest
	if short {
		p = p[:rest]
	}
	if len(p) > 0 {
		if err := d.fetch(p, off); err != nil {
			return 0, err
		}
	}
	if short {
		return len(p), io.EOF
	}
	return len(p), nil
}

// Seek is io.Seeker.
func (d *Reader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += d.pos
	case io.SeekEnd:
		offset += d.claim.Length
	}
	if offset < 0 {
		return d.pos, errSeek
	}
	d.pos = offset
	return offset, nil
}

// WriteTo is io.WriterTo. It copies through memory instead of letting the kernel send the file, which would be a
// sixth to a third cheaper, because bytes that were not checked must not pass as complete content.
func (d *Reader) WriteTo(w io.Writer) (total int64, err error) {
	if d.mem != nil && d.err == nil {
		n, err := w.Write(d.mem[min(d.pos, d.claim.Length):])
		d.pos += int64(n)
		return int64(n), err
	}
	tmp := scratch.Get().(*[]byte)
	defer scratch.Put(tmp)
	for {
		n, err := d.Read(*tmp)
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return total, err
		}
		n, err = w.Write((*tmp)[:n])
		total += int64(n)
		if err != nil {
			return total, err
		}
	}
}

// Close ends the reading.
func (d *Reader) Close() error {
	if d.seg != nil {
		d.seg.pins.Add(-1)
		d.seg = nil
	}
	d.err = ErrClosed
	return nil
}

// Verify reads a whole content and tells whether it is what was written: nil, ErrGone, a *CorruptError, or an error
// of the disk.
func (r *Repository) Verify(c Claim) error {
	d, err := r.Open(c)
	if err != nil {
		return err
	}
	_, err = d.WriteTo(io.Discard)
	return errors.Join(err, d.Close())
}

package content

import (
	"errors"
	"hash/crc32"
	"io"
	"math"
	"sync"
)

// bufferSize is how much an appender gathers before it writes: the measured optimum is 64 to 256 KB.
const bufferSize = 256 << 10

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, bufferSize); return &b }}

var errOpen = errors.New("close the open content first")

// Appender writes the contents of one task's sessions. It belongs to one goroutine. A session that commits calls
// Flush before its record goes to the log; one that rolls back calls Discard. Between sessions an Appender holds
// nothing: no buffer, no room in a segment.
type Appender struct {
	r   *Repository
	sp  *space
	at  extent  // where the open content, or the next one, goes; at.seg is nil between sessions
	buf *[]byte // what is not written yet; belongs at base of at.seg; nil between sessions
	// base is the offset in at.seg of the buffer's first byte.
	base int64
	err  error // closed contents were lost: Flush has to say so
	w    Writer

	ahead readAhead
}

// NewAppender makes an Appender; it costs nothing until it is used.
func (r *Repository) NewAppender() *Appender { return r.newAppender(&r.shared) }

func (r *Repository) newAppender(sp *space) *Appender {
	a := &Appender{r: r, sp: sp}
	a.w.a = a
	return a
}

// Writer takes the bytes of one content; it belongs to its Appender's goroutine. Its memory is used again by the
// next Create, so a Writer must not be touched after Close or Abort.
type Writer struct {
	a        *Appender
	open     bool
	large    bool // in a file of its own
	start, n int64
	sum      uint32
	unsynced int64 // bytes of a large content since it was synced
	err      error
}

// Create begins a content. Only one may be open at a time. It fails with ErrFull if there is no room for more.
func (a *Appender) Create() (*Writer, error) {
	switch err := a.r.failure(); {
	case a.w.open:
		return nil, errOpen
	case a.err != nil:
		return nil, a.err
	case err != nil:
		return nil, err
	case a.sp.kind != kindAged && a.r.Full():
		return nil, ErrFull
	}
	if a.at.seg != nil && !a.at.usable() {
		if err := a.writeOut(); err != nil {
			return nil, a.lose(err)
		}
		a.giveBack()
	}
	if a.at.seg == nil {
		e, err := a.sp.take()
		if err != nil {
			return nil, err
		}
		a.occupy(e)
	}
	a.w = Writer{a: a, open: true, start: a.at.next}
	return &a.w, nil
}

func (a *Appender) occupy(e extent) {
	a.at, a.base = e, e.next
	if a.buf == nil {
		a.buf = buffers.Get().(*[]byte)
	}
}

// giveBack returns the room that is left. The buffer must be empty.
func (a *Appender) giveBack() {
	if a.at.seg != nil {
		a.sp.put(a.at)
		a.at = extent{}
	}
}

// Flush writes out all closed contents, so that anyone can read them, and ends the session. After an error the
// contents since the last Flush must be regarded as lost, and the session must roll back; the Appender can be used
// again. It does not sync: see [Repository.Sync].
func (a *Appender) Flush() error {
	if a.w.open {
		return errOpen
	}
	if a.err == nil && a.at.seg != nil {
		if err := a.writeOut(); err != nil {
			_ = a.lose(err) // it is returned below
		}
	}
	err := a.err
	a.reset()
	return err
}

// Discard forgets what was not flushed, for a session that rolls back. The caller still releases the claims it got.
func (a *Appender) Discard() {
	if a.w.open {
		a.w.Abort()
	}
	a.reset() // claims name the places of what was in the buffer: they stay holes
}

// Close ends the use of the Appender; what was not flushed is discarded.
func (a *Appender) Close() { a.Discard() }

// reset ends a session. The buffer has been written or is not wanted.
func (a *Appender) reset() {
	a.giveBack()
	if a.buf != nil {
		*a.buf = (*a.buf)[:0]
		buffers.Put(a.buf)
		a.buf = nil
	}
	a.err = nil
}

// Open is [Repository.Open] for the session that wrote the content and may not have flushed it.
func (a *Appender) Open(c Claim) (*Reader, error) {
	if a.err != nil {
		return nil, a.err
	}
	if c.Segment != 0 && a.at.seg != nil && c.Segment == a.at.seg.num && c.Offset+c.Length > a.base {
		if err := a.writeOut(); err != nil {
			return nil, a.lose(err)
		}
	}
	d, err := a.r.Open(c)
	if err == nil {
		a.ahead.serve(d)
	}
	return d, err
}

// lose notes that closed contents could not be written. The place is never used again.
func (a *Appender) lose(err error) error {
	if a.err == nil {
		a.err = err
	}
	a.abandon()
	return a.err
}

// abandon leaves the room where a write failed, and what was to be written there.
func (a *Appender) abandon() {
	if a.at.seg != nil {
		a.at.seg.drop()
		a.at = extent{}
	}
	*a.buf = (*a.buf)[:0]
}

// writeOut empties the buffer.
func (a *Appender) writeOut() error {
	b := *a.buf
	if len(b) == 0 {
		return nil
	}
	if err := a.at.seg.write(b, a.base); err != nil {
		return err
	}
	a.base += int64(len(b))
	*a.buf = b[:0]
	return nil
}

// append puts p behind what is in the buffer; it fits into the extent.
func (a *Appender) append(p []byte) error {
	b := *a.buf
	if len(b)+len(p) <= cap(b) {
		*a.buf = append(b, p...)
		return nil
	}
	if err := a.writeOut(); err != nil {
		return err
	}
	if len(p) < cap(b)/2 {
		*a.buf = append((*a.buf)[:0], p...)
		return nil
	}
	if err := a.at.seg.write(p, a.base); err != nil {
		return err
	}
	a.base += int64(len(p))
	return nil
}

// Write adds to the content. After an error all further calls fail, and Close aborts.
func (w *Writer) Write(p []byte) (int, error) {
	if err := w.usable(); err != nil || len(p) == 0 {
		return 0, err
	}
	n, others := w.n+int64(len(p)), w.start > w.a.base
	if !w.large && (n >= w.a.r.o.LargeFrom || w.start+n > w.a.at.end) {
		if err := w.move(n >= w.a.r.o.LargeFrom); err != nil {
			return 0, w.fail(err, others)
		}
	}
	if err := w.a.append(p); err != nil {
		return 0, w.fail(err, others)
	}
	w.n = n
	w.sum = crc32.Update(w.sum, castagnoli, p)
	if w.large {
		if err := w.syncSome(int64(len(p))); err != nil {
			return 0, w.fail(err, others)
		}
	}
	return len(p), nil
}

// ReadFrom adds all that src gives, so that io.Copy needs no buffer of its own.
func (w *Writer) ReadFrom(src io.Reader) (total int64, err error) {
	tmp := scratch.Get().(*[]byte)
	defer scratch.Put(tmp)
	for {
		n, err := src.Read(*tmp)
		if n > 0 {
			if _, werr := w.Write((*tmp)[:n]); werr != nil {
				return total, werr
			}
			total += int64(n)
		}
		if errors.Is(err, io.EOF) {
			return total, nil
		}
		if err != nil {
			return total, err
		}
	}
}

// scratch lends memory for copying.
var scratch = sync.Pool{New: func() any { b := make([]byte, 64<<10); return &b }}

func (w *Writer) usable() error {
	if !w.open {
		return ErrClosed
	}
	return w.err
}

// Size tells how many bytes were written.
func (w *Writer) Size() int64 { return w.n }

// Close ends the content. The claim comes with one reference, which the caller owns and gives back by
// [Repository.Release]; the claim of an empty content is the zero Claim and needs none.
func (w *Writer) Close() (Claim, error) {
	if err := w.usable(); err != nil {
		if w.open {
			w.Abort()
		}
		return Claim{}, err
	}
	a := w.a
	if w.large {
		if err := a.writeOut(); err != nil {
			err = w.fail(err, false)
			w.Abort()
			return Claim{}, err
		}
	}
	w.open = false
	if w.n == 0 {
		return Claim{}, nil
	}
	s := a.at.seg
	s.mu.Lock()
	s.add(entry{off: w.start, n: w.n, sum: w.sum, refs: 1})
	s.mu.Unlock()
	c := Claim{Segment: s.num, Offset: w.start, Length: w.n, Sum: w.sum}
	a.at.next = w.start + w.n
	if w.large {
		a.at.seg.drop()
		a.at = extent{}
	}
	return c, nil
}

// Abort gives the content up; it may be called after Close and then does nothing.
func (w *Writer) Abort() {
	if !w.open {
		return
	}
	w.open = false
	a := w.a
	if a.at.seg == nil { // lost already
		return
	}
	if w.large {
		*a.buf = (*a.buf)[:0]
		a.at.seg.drop()
		a.at = extent{}
		return
	}
	if w.start >= a.base {
		*a.buf = (*a.buf)[:w.start-a.base]
		return
	}
	*a.buf, a.base = (*a.buf)[:0], w.start // no claim names these places: the next content overwrites them
}

// fail notes an error. Others tells whether the buffer also held contents that were closed: they are lost with this
// one, unless it is in its own file. If it held none, the session may go on without the content.
func (w *Writer) fail(err error, others bool) error {
	w.err = err
	switch {
	case w.large:
	case others:
		_ = w.a.lose(err) // the same error
	default:
		w.a.abandon()
	}
	return err
}

// move takes the open content to a place with more room: to a file of its own, or to a fresh chunk.
func (w *Writer) move(large bool) error {
	a, from, start := w.a, w.a.at, w.start
	to, err := w.room(large)
	if err != nil {
		return err
	}
	b := *a.buf
	if start >= a.base { // nothing of it was written yet
		before := b[:start-a.base]
		if len(before) > 0 {
			err = from.seg.write(before, a.base)
		}
		*a.buf = b[:copy(b, b[len(before):])]
		a.base = to.next
	} else if err = a.writeOut(); err == nil {
		err = copySegment(to.seg, to.next, from.seg, start, w.n)
		a.base = to.next + w.n
	}
	if err != nil {
		to.seg.drop()
		return err
	}
	a.sp.put(from)
	a.at, w.start, w.large = to, to.next, large
	return nil
}

func (w *Writer) room(large bool) (extent, error) {
	if !large {
		return w.a.sp.fresh()
	}
	s, err := w.a.r.newSegment(max(w.a.sp.kind, kindShared))
	if err != nil {
		return extent{}, err
	}
	s.death.Store(0) // aborted, it is nobody's archive
	return extent{seg: s, next: headerSize, end: math.MaxInt64}, nil
}

func copySegment(to *segment, at int64, from *segment, off, n int64) error {
	f, err := from.r.handles.get(from)
	if err != nil {
		return err
	}
	tmp := scratch.Get().(*[]byte)
	defer scratch.Put(tmp)
	for n > 0 {
		p := (*tmp)[:min(n, int64(len(*tmp)))]
		if k, err := f.ReadAt(p, off); k < len(p) {
			return from.r.diskError("read back content", err)
		}
		if err := to.write(p, at); err != nil {
			return err
		}
		off, at, n = off+int64(len(p)), at+int64(len(p)), n-int64(len(p))
	}
	return nil
}

// syncSome keeps what is left to Repository.Sync small, and notices when the disk fills up.
func (w *Writer) syncSome(n int64) error {
	r := w.a.r
	if w.unsynced += n; r.o.SyncEvery < 0 || w.unsynced < r.o.SyncEvery {
		return nil
	}
	w.unsynced = 0
	if r.checkRoom(); r.full.Load() && w.a.sp.kind != kindAged {
		return ErrFull
	}
	if err := w.a.writeOut(); err != nil {
		return err
	}
	f, err := r.handles.get(w.a.at.seg)
	if err != nil {
		return err
	}
	return r.diskError("sync large content", f.Sync())
}

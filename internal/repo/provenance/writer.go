package provenance

import (
	"context"
	"fmt"
	"time"
	"unsafe"

	"github.com/braidflow/braid/internal/clock"
	"github.com/braidflow/braid/internal/repo/flowfile"
)

const (
	syncBytes   = 4 << 20     // written at most between two fsyncs
	syncAfter   = time.Second // and the longest time between them, when events come in steadily
	retryAfter  = time.Second // until a failed write is tried again
	tidyEvery   = time.Minute // old segments are looked for so often
	idleKeep    = 256 << 10   // bytes of a buffer that an idle repository keeps
	maxPerEvent = 4           // hashed index entries per event on average; more seal a segment early
)

// writer is the state of the goroutine that turns blobs into segments.
type writer struct {
	*Repository
	seg   *segment
	open  *openSegment
	buf   []byte // blobs taken from the inbox
	marks []mark
	out   []byte // a block on its way to disk
	view  view
	names int // how many there were when they were last looked at

	pos       uint64    // position of the last blob that is completely in open
	durable   int64     // length of the open file that is synced
	opened    time.Time // when the open segment got its first event
	lastSync  time.Time
	flushAt   clock.Timer // pending while there is something that is not stored
	flushing  bool        // flushAt is pending
	badEvents bool        // warned of
}

func (r *Repository) runWriter(ctx context.Context) error {
	segs := r.segments()
	w := &writer{Repository: r, seg: segs[len(segs)-1], pos: r.Stored(), flushAt: r.opts.Clock.NewTimer(time.Hour)}
	w.flushAt.Stop()
	w.open = w.seg.live.Load()
	w.durable, w.lastSync = w.open.size, r.opts.Clock.Now()
	err := w.loop(ctx)
	if err != nil {
		r.in.close(fmt.Errorf("provenance repository stopped: %w", err))
	}
	close(r.in.gone)
	return err
}

func (w *writer) loop(ctx context.Context) error {
	defer w.flushAt.Stop()
	tidy := w.opts.Clock.NewTimer(tidyEvery)
	defer tidy.Stop()
	w.dropOld()
	for {
		var err error
		select {
		case <-ctx.Done():
			w.in.close(ErrClosed)
			if err = w.drain(ctx); err == nil {
				err = w.store(ctx)
			}
			return err
		case <-w.in.wake:
			err = w.drain(ctx)
		case <-w.flushAt.C():
			w.flushing = false
			err = w.store(ctx)
			w.shrink()
		case done := <-w.flushes:
			if err = w.drain(ctx); err == nil {
				err = w.store(ctx)
			}
			done <- err
		case <-tidy.C():
			tidy.Reset(tidyEvery)
			err = w.rollByAge(ctx)
			w.dropOld()
		}
		if err != nil { // never go on: a blob may have been left out
			return err
		}
	}
}

// drain adds all that waits in the inbox to the open segment.
func (w *writer) drain(ctx context.Context) error {
	w.buf, w.marks = w.in.take(w.buf, w.marks)
	start := 0
	for _, m := range w.marks {
		if err := w.addBlob(ctx, w.buf[start:m.end], m); err != nil {
			return err
		}
		start = m.end
	}
	if w.open.size == w.durable && w.open.current.count == 0 {
		w.stored.Store(w.pos)
		return nil
	}
	if !w.flushing {
		w.flushing = true
		w.flushAt.Reset(w.opts.FlushAfter)
	}
	return nil
}

func (w *writer) addBlob(ctx context.Context, blob []byte, m mark) error {
	if err := w.useNames(ctx, m.names); err != nil {
		return err
	}
	large := false
	for len(blob) > 0 {
		n, bad := w.addEvents(blob)
		if bad > 0 && !w.badEvents {
			w.badEvents = true
			w.opts.Log.Error("malformed provenance events were left out", "bytes", bad, "log_position", m.pos)
		}
		if blob = blob[n:]; len(blob) > 0 {
			large = true
			if err := w.writeBlock(ctx, false); err != nil {
				return err
			}
		}
	}
	if w.pos = m.pos; w.opened.IsZero() && w.open.nextID() > w.open.base {
		w.opened = w.opts.Clock.Now()
	}
	if !large && len(w.open.raw) < blockTarget && !w.full() {
		return nil
	}
	if err := w.writeBlock(ctx, true); err != nil {
		return err
	}
	if w.full() {
		return w.roll(ctx)
	}
	if w.open.size-w.durable >= syncBytes || w.opts.Clock.Now().Sub(w.lastSync) >= syncAfter {
		return w.sync()
	}
	return nil
}

// useNames says what the numbers of the next events mean. A block holds events of one meaning.
func (w *writer) useNames(ctx context.Context, foreign []string) error {
	o := w.open
	same := len(o.foreign) == len(foreign) && unsafe.SliceData(o.foreign) == unsafe.SliceData(foreign)
	if !same {
		if err := w.writeBlock(ctx, true); err != nil {
			return err
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.foreign = foreign
	if foreign == nil {
		foreign = flowfile.Names()
	}
	switch {
	case !same || o.mem.names == nil:
		o.mem.use(table(foreign))
	case len(foreign) != w.names:
		o.mem.names = table(foreign) // the same, but grown
	}
	w.names = len(foreign)
	return nil
}

// addEvents adds events to the current block until the blob ends or the block is at its limit. It returns how many
// bytes it is done with, and how many of them were malformed.
func (w *writer) addEvents(blob []byte) (n, bad int) {
	o := w.open
	o.mu.Lock()
	defer o.mu.Unlock()
	for rest := blob; len(rest) > 0; n = len(blob) - len(rest) {
		if len(o.raw) >= blockLimit {
			return n, bad
		}
		event, after, err := nextEvent(rest)
		if err != nil {
			return len(blob), bad + len(rest)
		}
		if w.view.parse(event) != nil || !o.mem.check(&w.view) {
			bad += len(rest) - len(after)
		} else {
			o.add(&w.view, rest[:len(rest)-len(after)])
		}
		rest = after
	}
	return n, bad
}

// add appends an event. The caller holds mu.
func (o *openSegment) add(v *view, event []byte) {
	c := &o.current
	if c.count == 0 {
		c.minTime, c.maxTime = v.time, v.time
	}
	c.minTime, c.maxTime = min(c.minTime, v.time), max(c.maxTime, v.time)
	o.mem.add(v, uint32(c.first-o.base)+c.count)
	o.raw = append(o.raw, event...)
	c.count++
}

// writeBlock compresses the current block and writes it; whole says that a blob ends with it.
func (w *writer) writeBlock(ctx context.Context, whole bool) error {
	o := w.open
	h := o.current // only this goroutine changes it
	if h.count == 0 {
		return nil
	}
	plain := appendNames(o.raw, o.mem.used, o.mem.names)
	h.offset, h.events, h.plain = o.size, uint32(len(o.raw)), uint32(len(plain))
	h.whole, h.pos, h.durable = whole, w.pos, w.durable
	w.out = pack(w.out[:0], &h, plain)
	if err := w.persist(ctx, func() error {
		_, err := o.file.WriteAt(w.out, h.offset)
		return err
	}); err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.blocks = append(o.blocks, h)
	o.size = h.end()
	o.current = blockInfo{first: h.first + uint64(h.count)}
	o.raw = plain[:0]
	o.mem.clearUsed()
	return nil
}

// persist repeats a write until it succeeds or ctx ends. Meanwhile the inbox fills and Append blocks, so a full disk
// stops the flow but loses nothing.
func (w *writer) persist(ctx context.Context, write func() error) error {
	err := write()
	if err == nil {
		return nil
	}
	w.opts.Log.Warn("provenance events cannot be written; make room or mend the disk, it is tried again",
		"dir", w.opts.Dir, "error", err)
	timer := w.opts.Clock.NewTimer(retryAfter)
	defer timer.Stop()
	for err != nil {
		select {
		case <-ctx.Done():
			return fmt.Errorf("write provenance events: %w", err)
		case <-timer.C():
			timer.Reset(retryAfter)
			w.dropOld()
			err = write()
		}
	}
	w.opts.Log.Info("provenance events can be written again", "dir", w.opts.Dir)
	return nil
}

// store makes all that was added durable.
func (w *writer) store(ctx context.Context) error {
	if err := w.writeBlock(ctx, true); err != nil {
		return err
	}
	return w.sync()
}

func (w *writer) sync() error {
	if w.open.size > w.durable {
		if err := w.open.file.Sync(); err != nil {
			return fmt.Errorf("sync provenance segment %s: %w", w.seg.path, err)
		}
		w.durable = w.open.size
	}
	w.lastSync = w.opts.Clock.Now()
	if w.open.current.count == 0 {
		w.stored.Store(w.pos)
	} else if n := len(w.open.blocks); n > 0 {
		w.stored.Store(w.open.blocks[n-1].pos)
	}
	return nil
}

// full tells whether it is time for the next segment.
func (w *writer) full() bool {
	o := w.open
	n := len(o.mem.hashes)
	return int(o.nextID()-o.base) >= w.opts.SegmentEvents || o.size >= w.opts.SegmentBytes || n >= maxPerEvent*w.opts.SegmentEvents
}

// rollByAge seals a segment that has been open for long. A small one is given more time, or else a quiet node would
// gather thousands of them, each to be asked in every search.
func (w *writer) rollByAge(ctx context.Context) error {
	o := w.open
	n := int(o.nextID() - o.base)
	age := w.opts.Clock.Now().Sub(w.opened)
	if n == 0 || age < w.opts.RollAfter || n < w.opts.SegmentEvents/50 && age < w.opts.MaxAge/30 {
		return nil
	}
	if err := w.writeBlock(ctx, true); err != nil {
		return err
	}
	return w.roll(ctx)
}

// roll seals the open segment and starts the next one. The current block is empty.
func (w *writer) roll(ctx context.Context) error {
	if err := w.sync(); err != nil {
		return err
	}
	var next *segment
	if err := w.persist(ctx, func() (err error) {
		next, err = w.createSegment(w.open.nextID(), w.pos)
		return err
	}); err != nil {
		return err
	}
	if err := w.open.file.Close(); err != nil {
		w.opts.Log.Warn("provenance segment cannot be closed", "segment", w.seg.path, "error", err) // it is synced
	}
	old := w.seg
	old.seal(w.open.blocks, w.open.nextID(), w.open.size)
	w.addSegment(next)
	w.seg, w.open, w.durable = next, next.live.Load(), segmentHeader
	w.opened = time.Time{}
	w.dropOld()
	select {
	case w.sealed <- old:
	case <-ctx.Done(): // it is indexed after the next start
	}
	return nil
}

// seal fixes what is known of a segment: its blocks, the id behind its last event, and its size in bytes.
func (s *segment) seal(blocks []blockInfo, end uint64, bytes int64) {
	s.count, s.bytes = uint32(end-s.first), bytes
	s.minTime, s.maxTime = blocks[0].minTime, blocks[0].maxTime
	for _, b := range blocks {
		s.minTime, s.maxTime = min(s.minTime, b.minTime), max(s.maxTime, b.maxTime)
	}
}

// shrink gives back large buffers when nothing comes in.
func (w *writer) shrink() {
	if cap(w.buf) > idleKeep {
		w.buf = nil
	}
	if cap(w.out) > idleKeep {
		w.out = nil
	}
	w.in.shrink()
}

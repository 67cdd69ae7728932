package provenance

import (
	"context"
	"errors"
	"io/fs"
	"slices"

	"github.com/braidflow/braid/internal/vfs"
)

// runSealer gives each sealed segment its index: first those that wait in memory, then those that Open found without
// one, or a search found with a damaged one.
func (r *Repository) runSealer(ctx context.Context) {
	for ctx.Err() == nil {
		select {
		case s := <-r.sealed:
			r.sealLive(ctx, s)
			continue
		default:
		}
		if n := len(r.rebuild); n > 0 {
			s := r.rebuild[n-1] // the newest is asked most
			r.rebuild = r.rebuild[:n-1]
			r.reindex(s)
			continue
		}
		select {
		case <-ctx.Done():
		case s := <-r.sealed:
			r.sealLive(ctx, s)
		case s := <-r.repairs:
			r.reindex(s)
		}
	}
}

// sealLive writes the index of a segment from memory and then lets the memory go. It tries until it succeeds: the
// writer waits for it, so memory stays bounded.
func (r *Repository) sealLive(ctx context.Context, s *segment) {
	o := s.live.Load()
	hashes, ords := sortPairs(slices.Clone(o.mem.hashes), slices.Clone(o.mem.ords))
	for warned := false; ; warned = true {
		err := r.index(s, o.mem, o.blocks, hashes, ords)
		if err == nil || r.dropped(s) {
			s.live.Store(nil)
			return
		}
		if !warned {
			r.opts.Log.Warn("index of provenance events cannot be written; make room or mend the disk, it is tried again",
				"segment", s.path, "error", err)
		}
		timer := r.opts.Clock.NewTimer(retryAfter)
		select {
		case <-ctx.Done():
			timer.Stop()
			return // it is made after the next start
		case <-timer.C():
		}
	}
}

func (r *Repository) index(s *segment, m *memory, blocks []blockInfo, hashes []uint64, ords []uint32) error {
	n, err := writeIndex(r.opts.FS, s, m, blocks, hashes, ords)
	if err != nil {
		return err
	}
	s.indexBytes.Store(n)
	if r.dropped(s) { // while the index was written: nobody else removes it
		return r.opts.FS.Remove(s.path + indexSuffix)
	}
	s.indexed.Store(true)
	return nil
}

// reindex makes an index from the events in the file.
func (r *Repository) reindex(s *segment) {
	err := r.tryReindex(s)
	if err != nil && !r.dropped(s) {
		r.opts.Log.Warn("provenance segment stays without index, so searches in it are slow", "segment", s.path, "error", err)
	}
}

func (r *Repository) tryReindex(s *segment) error {
	f, err := vfs.Open(r.opts.FS, s.path+eventsSuffix)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // read only
	found, err := scanBlocks(f, s.bytes)
	if err != nil {
		return err
	}
	m := newMemory(r.attrs, 0)
	var buf []byte
	for i := range found.blocks {
		h := &found.blocks[i]
		var b *block
		if b, buf, err = readBlock(f, h, buf); err != nil {
			return err
		}
		m.use(b.names)
		m.clearUsed()
		if err := m.addBlock(b, uint32(h.first-s.first)); err != nil {
			return err
		}
	}
	hashes, ords := sortPairs(m.hashes, m.ords)
	s.dir.Store(nil)
	return r.index(s, m, found.blocks, hashes, ords)
}

func (m *memory) addBlock(b *block, ord uint32) error {
	var v view
	for rest := b.events; len(rest) > 0; ord++ {
		event, after, err := nextEvent(rest)
		if err == nil {
			err = v.parse(event)
		}
		if err != nil {
			return err
		}
		if !m.check(&v) {
			return errMalformed
		}
		m.add(&v, ord)
		rest = after
	}
	return nil
}

// dropped tells whether retention has taken the segment.
func (r *Repository) dropped(s *segment) bool { return !slices.Contains(r.segments(), s) }

// dropOld drops the oldest segments while there are too many bytes or they are too old. A search that is reading
// one of them goes on without it.
func (r *Repository) dropOld() {
	oldest := r.opts.Clock.Now().Add(-r.opts.MaxAge).UnixMilli()
	r.mu.Lock()
	sealed := r.segs[:len(r.segs)-1]
	bytes := int64(0)
	for _, s := range sealed {
		bytes += s.bytes + s.indexBytes.Load()
	}
	n := 0
	for n < len(sealed) && (bytes > r.opts.MaxBytes || sealed[n].maxTime < oldest) {
		bytes -= sealed[n].bytes + sealed[n].indexBytes.Load()
		n++
	}
	drop := r.segs[:n]
	r.segs = slices.Clone(r.segs[n:])
	r.mu.Unlock()
	for _, s := range drop {
		for _, suffix := range [...]string{eventsSuffix, indexSuffix} {
			if err := r.opts.FS.Remove(s.path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
				r.opts.Log.Warn("old provenance events cannot be deleted", "file", s.path+suffix, "error", err)
			}
		}
	}
}

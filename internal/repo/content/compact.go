package content

import (
	"cmp"
	"errors"
	"maps"
	"slices"
)

// Compaction: what is alive in a mostly dead segment is copied to a segment of the aged space, that is synced, the
// redirects are saved, the references go over, and the old segment is deleted. A crash in between leaves a copy that
// nobody refers to, or redirects beside a segment to which nobody refers: both are cleaned up like any dead segment.

// liveShare: a segment is compacted when less than one in so many of its bytes is alive.
const liveShare = 4

// move is a content that was copied.
type move struct {
	from int64 // offset in the old segment
	to   Claim
}

// compactAll compacts the segments that hold little and that may go.
func (r *Repository) compactAll(mayGo func(*segment) bool) error {
	r.mu.RLock()
	var list []*segment
	for _, s := range r.segments {
		if s.holders.Load() == 0 && s.live.Load() > 0 && s.death.Load() != 0 && !s.stuck && s.size.Load() > r.o.LargeFrom &&
			s.liveBytes.Load()*liveShare < s.size.Load()-headerSize {
			list = append(list, s)
		}
	}
	r.mu.RUnlock()
	slices.SortFunc(list, func(a, b *segment) int { return cmp.Compare(a.death.Load(), b.death.Load()) })
	for _, s := range list {
		if !mayGo(s) {
			continue
		}
		if err := r.compact(s); err != nil {
			return err
		}
		if err := r.sweep(mayGo); err != nil {
			return err
		}
	}
	return nil
}

func (r *Repository) compact(s *segment) error {
	list, err := r.copyLive(s)
	if err == nil {
		err = r.Sync()
	}
	var tables map[uint64]moves
	if err == nil {
		tables = r.redirect(s, list)
		err = r.saveAll(tables)
	}
	if err != nil {
		for _, m := range list {
			r.Release(m.to)
		}
		return err
	}
	r.handOver(s, list, tables)
	return nil
}

// saveAll writes the tables; an empty one is not needed any more.
func (r *Repository) saveAll(tables map[uint64]moves) error {
	var errs []error
	for from, m := range tables {
		if len(m) > 0 {
			errs = append(errs, r.saveMoves(from, m))
		} else if err := r.o.FS.Remove(r.path(movesName(from))); !isNotExist(err) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// copyLive copies all contents with references. One that is damaged stays where it is, and the segment with it.
func (r *Repository) copyLive(s *segment) (list []move, err error) {
	a := r.newAppender(&r.aged)
	defer a.Close()
	for _, e := range s.alive() {
		to, err := r.copyContent(a, s, e)
		if bad := (*CorruptError)(nil); errors.As(err, &bad) {
			s.stuck = true
			continue
		}
		if err != nil {
			return list, err
		}
		list = append(list, move{from: e.off, to: to})
	}
	return list, a.Flush()
}

func (s *segment) alive() (list []entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, chunk := range s.chunks {
		for _, e := range chunk {
			if e.refs > 0 {
				list = append(list, e)
			}
		}
	}
	return list
}

func (r *Repository) copyContent(a *Appender, s *segment, e entry) (Claim, error) {
	d, err := r.openAt(s, e.off, Claim{Segment: s.num, Offset: e.off, Length: e.n, Sum: e.sum})
	if err != nil {
		return Claim{}, err
	}
	defer func() { _ = d.Close() }() // never fails
	w, err := a.Create()
	if err != nil {
		return Claim{}, err
	}
	defer w.Abort()
	if _, err := d.WriteTo(w); err != nil {
		return Claim{}, err
	}
	return w.Close()
}

// redirect works out the tables of moves that have to be written: that of s itself, for contents to which claims
// lead directly, and those of segments that were moved into s earlier. Only compaction changes the tables, so that
// no lock is needed to read them here.
func (r *Repository) redirect(s *segment, list []move) map[uint64]moves {
	to := make(moves, len(list))
	for _, m := range list {
		to[m.from] = place{m.to.Segment, m.to.Offset}
	}
	tables := map[uint64]moves{}
	direct := maps.Clone(to)
	for from := range r.inbound[s.num] {
		m := moves{}
		for off, p := range r.moved[from] {
			if p.segment != s.num {
				m[off] = p
			} else if next, ok := to[p.offset]; ok {
				m[off] = next
				delete(direct, p.offset)
			} else if s.refers(p.offset) { // damaged: it stays
				m[off] = p
			}
		}
		tables[from] = m
	}
	if len(direct) > 0 {
		maps.Copy(direct, r.moved[s.num])
		tables[s.num] = direct
	}
	return tables
}

// handOver makes the copies the contents, with the references that there are now.
func (r *Repository) handOver(s *segment, list []move, tables map[uint64]moves) {
	r.mu.Lock()
	for from, m := range tables {
		if r.moved[from] = m; len(m) == 0 {
			delete(r.moved, from)
		}
		r.index(from, m)
	}
	var touched []*segment
	for _, m := range list {
		to := r.segments[m.to.Segment]
		to.mu.Lock()
		copied := to.find(m.to.Offset)
		s.mu.Lock()
		if old := s.find(m.from); old != nil && old.refs > 0 {
			copied.refs = old.refs
			old.refs = 0
			s.bury(old)
		} else {
			copied.refs = 0
			to.bury(copied)
		}
		s.mu.Unlock()
		to.mu.Unlock()
		if len(touched) == 0 || touched[len(touched)-1] != to {
			touched = append(touched, to)
		}
	}
	r.mu.Unlock()
	for _, t := range append(touched, s) {
		r.maybeDead(t)
	}
}

package content

import (
	"fmt"
	"iter"
	"slices"
)

// Retain adds a reference to a content: for a clone, or to take archived content up again. The error is ErrGone if
// it is not kept any more.
func (r *Repository) Retain(c Claim) error {
	if c.Empty() {
		return nil
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	s, off := r.resolve(c)
	if s == nil || !s.retain(off, c) {
		return fmt.Errorf("segment %x at %d: %w", c.Segment, c.Offset, ErrGone)
	}
	return nil
}

func (s *segment) retain(off int64, c Claim) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch e := s.find(off); {
	case e == nil:
		if !s.holds(off, c.Length) {
			return false
		}
		s.add(entry{off: off, n: c.Length, sum: c.Sum, refs: 1})
	case e.refs == 0:
		e.refs = 1
		s.live.Add(1)
		s.liveBytes.Add(e.n)
	default:
		e.refs++
	}
	return true
}

// Release takes one reference back. The caller must be sure that the last reference to a content ended durably: its
// bytes may be deleted from now on.
func (r *Repository) Release(c Claim) { r.Apply(nil, []Claim{c}) }

// Apply adds and then takes back references, one for each claim in the lists. It is what a commit needs: claims in
// retain are those that the caller holds a reference to already, such as the original of a clone.
func (r *Repository) Apply(retain, release []Claim) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, c := range retain {
		if s, off := r.resolve(c); !c.Empty() && (s == nil || !s.retain(off, c)) {
			r.strayRefs.Add(1)
		}
	}
	if len(release) > 0 {
		r.release(release)
	}
}

// release goes through runs of claims in one segment under one lock. The caller holds mu.
func (r *Repository) release(list []Claim) {
	var s *segment
	now := r.o.Clock.Now().UnixNano()
	leave := func() {
		if s != nil {
			s.mu.Unlock()
			r.maybeDead(s)
		}
	}
	for _, c := range list {
		if c.Empty() {
			continue
		}
		to, off := r.resolve(c)
		if to == nil {
			r.strayRefs.Add(1)
			continue
		}
		if to != s {
			leave()
			s = to
			s.mu.Lock()
		}
		s.death.Store(now) // first: when nothing is alive it must be true
		if !s.release(off) {
			r.strayRefs.Add(1)
		}
	}
	leave()
}

// Retained tells whether a content can still be read, though nobody may refer to it any more.
func (r *Repository) Retained(c Claim) bool {
	if c.Empty() {
		return true
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	s, off := r.resolve(c)
	return s.holds(off, c.Length)
}

// maybeDead puts a segment that nobody needs any more on the list of the dead.
func (r *Repository) maybeDead(s *segment) {
	if s.live.Load() != 0 || s.holders.Load() != 0 {
		return
	}
	r.deadMu.Lock()
	if !s.listed {
		s.listed = true
		r.dead = append(r.dead, s)
	}
	r.deadMu.Unlock()
	if r.o.Archive.Keep <= 0 {
		r.ring()
	}
}

// Recover takes one reference for each claim. It may be called several times after Open and before Done, by one
// goroutine at a time, and before anything else but NewAppender.
func (r *Repository) Recover(claims iter.Seq[Claim]) (missing []Claim) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range claims {
		if c.Empty() {
			continue
		}
		s, off := r.resolve(c)
		if !s.holds(off, c.Length) {
			missing = append(missing, c)
			continue
		}
		i := s.chunkOf(off)
		if i >= len(s.chunks) {
			s.chunks = append(s.chunks, make([][]entry, i+1-len(s.chunks))...)
		}
		s.chunks[i] = append(s.chunks[i], entry{off: off, n: c.Length, sum: c.Sum, refs: 1})
	}
	return missing
}

// Done ends the recovery: what no claim led to is archived from now on.
func (r *Repository) Done() error {
	now := r.o.Clock.Now()
	r.cleaning.Lock()
	defer r.cleaning.Unlock()
	r.lastScan = now
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.segments {
		s.death.CompareAndSwap(0, now.UnixNano())
		if s.holders.Load() == 0 {
			s.count()
			r.maybeDead(s)
		}
	}
	err := r.pruneMoves()
	r.ready.Store(true)
	r.ring()
	return err
}

// count brings what Recover gathered into order.
func (s *segment) count() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, list := range s.chunks {
		slices.SortFunc(list, func(a, b entry) int { return int(a.off - b.off) })
		n := 0
		for _, e := range list {
			if n > 0 && list[n-1].off == e.off {
				list[n-1].refs += e.refs
				continue
			}
			list[n] = e
			n++
			s.live.Add(1)
			s.liveBytes.Add(e.n)
		}
		s.chunks[i] = slices.Clip(list[:n])
	}
}

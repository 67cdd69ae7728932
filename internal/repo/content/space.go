package content

import "sync"

// extent is room in a segment that one appender may fill: the bytes from next up to end.
type extent struct {
	seg       *segment
	next, end int64
}

// usable tells whether it is worth while to put another content here.
func (e extent) usable() bool { return e.end-e.next >= minRoom }

const minRoom = 512

// space hands out room in a current segment, a chunk at a time. So any number of appenders fill one file side by
// side, and one fdatasync makes the contents of all of them durable. An appender holds a chunk only from its first
// content up to its Flush; the rest of the chunk goes to whoever asks next.
type space struct {
	r    *Repository
	kind byte // kindShared unless set

	mu    sync.Mutex // guards the rest
	cur   *segment   // nil until the first content
	carve int64      // where the next fresh chunk of cur starts
	free  []extent   // chunks of cur that were given back
}

// take returns a chunk that has been begun, or else a fresh one.
func (sp *space) take() (extent, error) {
	sp.mu.Lock()
	defer sp.mu.Unlock()
	if n := len(sp.free); n > 0 {
		e := sp.free[n-1]
		sp.free = sp.free[:n-1]
		e.seg.holders.Add(1)
		return e, nil
	}
	return sp.carveChunk()
}

// fresh returns a chunk that has room for any content that is not large.
func (sp *space) fresh() (extent, error) {
	sp.mu.Lock()
	defer sp.mu.Unlock()
	return sp.carveChunk()
}

// carveChunk expects mu to be held.
func (sp *space) carveChunk() (extent, error) {
	chunk := sp.r.o.LargeFrom
	if sp.cur == nil || sp.carve+chunk > headerSize+sp.r.o.SegmentSize || sp.cur.total.Load() >= maxContents {
		if err := sp.roll(); err != nil {
			return extent{}, err
		}
	}
	e := extent{seg: sp.cur, next: sp.carve, end: sp.carve + chunk}
	sp.carve = e.end
	sp.cur.holders.Add(1)
	return e, nil
}

// roll goes over to a new segment. What is left in the chunks of the old one stays a hole, which costs no disk.
// The caller holds mu.
func (sp *space) roll() error {
	s, err := sp.r.newSegment(max(sp.kind, kindShared))
	if err != nil {
		return err
	}
	sp.leave()
	sp.cur, sp.carve = s, headerSize
	return nil
}

// leave seals the current segment. The caller holds mu.
func (sp *space) leave() {
	if sp.cur != nil {
		sp.cur.drop()
	}
	sp.cur, sp.free = nil, nil
}

// put gives a chunk back; its owner writes no more to it.
func (sp *space) put(e extent) {
	sp.mu.Lock()
	if e.seg == sp.cur && e.usable() && e.seg.total.Load() < maxContents {
		sp.free = append(sp.free, e)
	}
	sp.mu.Unlock()
	e.seg.drop()
}

// retireIdle seals the current segment if it holds nothing but dead contents and nobody is writing to it, so that
// they need not wait for a full segment to be cleaned up.
func (sp *space) retireIdle(expired func(*segment) bool) {
	sp.mu.Lock()
	defer sp.mu.Unlock()
	s := sp.cur
	if s != nil && s.holders.Load() == 1 && s.live.Load() == 0 && s.size.Load() > headerSize && expired(s) {
		sp.leave()
	}
}

package flowfile

import (
	"cmp"
	"slices"
)

// slab is how many FlowFiles are allocated together while recovering.
const slab = 32

// recoveryMemory is where FlowFiles that will stay are cut from.
type recoveryMemory struct {
	arena Arena
	ffs   []FlowFile
}

func (m *recoveryMemory) cut() *FlowFile {
	if len(m.ffs) == 0 {
		m.ffs = make([]FlowFile, slab)
	}
	ff := &m.ffs[0]
	m.ffs = m.ffs[1:]
	return ff
}

// liveSet is the FlowFiles that are live while a log is replayed. A snapshot appends; only the first record of the log
// that names a FlowFile makes it build its index, which costs a tenth of a map.
type liveSet struct {
	entries []liveEntry
	holes   []uint32 // free entries
	slots   []uint32 // open addressing by id: place in entries + 1, 0 = free; nil until it is needed
}

type liveEntry struct {
	ff    *FlowFile // nil = a hole
	queue uint32
}

func (s *liveSet) append(ff *FlowFile, queue uint32) {
	s.entries = append(s.entries, liveEntry{ff, queue})
}

func (s *liveSet) hash(id uint64) uint32 {
	return uint32((id*0x9E3779B97F4A7C15)>>32) & uint32(len(s.slots)-1)
}

// index makes room for one more id.
func (s *liveSet) index() {
	if 2*(len(s.entries)+1) <= len(s.slots) {
		return
	}
	size := 1024
	for size < 3*(len(s.entries)+1) {
		size *= 2
	}
	s.slots = make([]uint32, size)
	for i, e := range s.entries {
		if e.ff != nil {
			s.slots[s.find(e.ff.ID)] = uint32(i + 1)
		}
	}
}

// find returns the slot of an id, or the free one where it belongs.
func (s *liveSet) find(id uint64) uint32 {
	mask := uint32(len(s.slots) - 1)
	i := s.hash(id)
	for s.slots[i] != 0 && s.entries[s.slots[i]-1].ff.ID != id {
		i = (i + 1) & mask
	}
	return i
}

// get returns the entry of an id, or nil.
func (s *liveSet) get(id uint64) *liveEntry {
	s.index()
	if n := s.slots[s.find(id)]; n != 0 {
		return &s.entries[n-1]
	}
	return nil
}

// put adds a FlowFile or replaces the one of the same ID.
func (s *liveSet) put(ff *FlowFile, queue uint32) {
	s.index()
	slot := s.find(ff.ID)
	if n := s.slots[slot]; n != 0 {
		s.entries[n-1] = liveEntry{ff, queue}
		return
	}
	at := len(s.entries)
	if n := len(s.holes); n > 0 {
		at = int(s.holes[n-1])
		s.holes = s.holes[:n-1]
		s.entries[at] = liveEntry{ff, queue}
	} else {
		s.append(ff, queue)
	}
	s.slots[slot] = uint32(at + 1)
}

// remove takes a FlowFile out, if it is there.
func (s *liveSet) remove(id uint64) {
	s.index()
	slot := s.find(id)
	n := s.slots[slot]
	if n == 0 {
		return
	}
	s.free(slot)
	s.entries[n-1] = liveEntry{}
	s.holes = append(s.holes, n-1)
}

// free empties a slot and moves up those that its content had displaced.
func (s *liveSet) free(slot uint32) {
	mask := uint32(len(s.slots) - 1)
	for i := (slot + 1) & mask; s.slots[i] != 0; i = (i + 1) & mask {
		home := s.hash(s.entries[s.slots[i]-1].ff.ID)
		if (i-home)&mask >= (i-slot)&mask {
			s.slots[slot] = s.slots[i]
			slot = i
		}
	}
	s.slots[slot] = 0
}

// queues returns the FlowFiles by queue, in the order in which they were queued, and empties the set.
func (s *liveSet) queues() map[uint32][]*FlowFile {
	s.slots, s.holes = nil, nil
	counts := map[uint32]int{}
	for _, e := range s.entries {
		if e.ff != nil {
			counts[e.queue]++
		}
	}
	queues := make(map[uint32][]*FlowFile, len(counts))
	for q, n := range counts {
		queues[q] = make([]*FlowFile, 0, n)
	}
	for _, e := range s.entries {
		if e.ff != nil {
			queues[e.queue] = append(queues[e.queue], e.ff)
		}
	}
	s.entries = nil
	for _, q := range queues {
		if !slices.IsSortedFunc(q, byQueued) {
			slices.SortFunc(q, byQueued)
		}
	}
	return queues
}

func byQueued(a, b *FlowFile) int {
	return cmp.Or(cmp.Compare(a.Queued, b.Queued), cmp.Compare(a.ID, b.ID))
}

package content

import (
	"container/list"
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/braidflow/braid/internal/vfs"
)

// A segment file starts with a header: magic, format version, kind, two zero bytes, number (little endian).
const (
	headerSize     = 16
	segmentMagic   = "BRC1"
	segmentVersion = 1
	kindShared     = 1 // contents of FlowFiles, or one large one
	kindAged       = 2 // contents that compaction moved: claims lead here through a redirect
)

// maxContents bounds how many contents share a segment, and so the memory of the counts: tiny contents fill a segment
// by their number instead of their bytes.
const maxContents = 1 << 18

// entry is what is known of one content; it stays, with no references, until the whole segment is dead.
type entry struct {
	off, n int64
	sum    uint32
	refs   int32
}

// segment is one file of contents. Its name is its number; numbers are never used twice.
type segment struct {
	r         *Repository
	num       uint64
	kind      byte
	holders   atomic.Int32 // extents that are handed out, and one while it is the current segment of a space
	pins      atomic.Int32 // why the handle must stay open: readers, holders, being dirty
	live      atomic.Int64 // contents with references
	total     atomic.Int64 // contents, dead ones too
	liveBytes atomic.Int64
	size      atomic.Int64 // of the file
	death     atomic.Int64 // when the last reference to any content ended, Unix nanoseconds
	dirty     atomic.Bool  // in Repository.dirty
	stuck     bool         // compaction met damage: not to be tried again; guarded by Repository.cleaning
	suspect   atomic.Bool  // damaged, and no copy could be put aside: to be kept when it is dead
	listed    bool         // in Repository.dead; guarded by Repository.deadMu

	mu     sync.Mutex // guards chunks, hint
	chunks [][]entry  // by where the content starts; each sorted by off
	hint   int        // index in its chunk after the entry that was found last: releases come in order

	file vfs.File      // guarded by handles.mu
	lru  *list.Element // likewise
}

func (s *segment) name() string { return segmentName(s.num) }

func segmentName(num uint64) string { return fmt.Sprintf("%016x.seg", num) }

// chunkOf tells which chunk a content that starts at off is counted in.
func (s *segment) chunkOf(off int64) int { return int((off - headerSize) / s.r.o.LargeFrom) }

// holds tells whether the claim's place, moved to off, can be in this file.
func (s *segment) holds(off, n int64) bool {
	return s != nil && off >= headerSize && n > 0 && off <= s.size.Load()-n
}

// find returns the entry at off or nil. The caller holds mu.
func (s *segment) find(off int64) *entry {
	c := s.chunkOf(off)
	if off < headerSize || c >= len(s.chunks) {
		return nil
	}
	list := s.chunks[c]
	if s.hint < len(list) && list[s.hint].off == off {
		s.hint++
		return &list[s.hint-1]
	}
	i, ok := slices.BinarySearchFunc(list, off, func(e entry, off int64) int {
		switch {
		case e.off < off:
			return -1
		case e.off > off:
			return 1
		}
		return 0
	})
	if !ok {
		return nil
	}
	s.hint = i + 1
	return &list[i]
}

// add counts a content that is new to the table. The caller holds mu.
func (s *segment) add(e entry) {
	c := s.chunkOf(e.off)
	for len(s.chunks) <= c {
		s.chunks = append(s.chunks, nil)
	}
	list := s.chunks[c]
	if list == nil && c > 0 {
		list = make([]entry, 0, len(s.chunks[c-1])) // it will probably be like the one before
	}
	if n := len(list); n == 0 || list[n-1].off < e.off {
		s.chunks[c] = append(list, e)
	} else {
		i := 0
		for i < n && list[i].off < e.off {
			i++
		}
		s.chunks[c] = slices.Insert(list, i, e)
	}
	s.live.Add(1)
	s.total.Add(1)
	s.liveBytes.Add(e.n)
}

// release takes one reference back; it tells whether there was one. The caller holds mu.
func (s *segment) release(off int64) bool {
	e := s.find(off)
	if e == nil || e.refs == 0 {
		return false
	}
	if e.refs--; e.refs == 0 {
		s.bury(e)
	}
	return true
}

// bury counts an entry as dead whose last reference is gone. The caller holds mu.
func (s *segment) bury(e *entry) {
	s.liveBytes.Add(-e.n)
	s.live.Add(-1)
}

// drop ends one holder's claim to write.
func (s *segment) drop() {
	if s.holders.Add(-1) == 0 {
		s.pins.Add(-1)
		s.r.maybeDead(s)
	}
}

// newSegment makes a file with one holder.
func (r *Repository) newSegment(kind byte) (*segment, error) {
	if r.checkRoom(); r.full.Load() && kind == kindShared {
		return nil, ErrFull
	}
	num, err := r.number()
	if err != nil {
		return nil, r.diskError("reserve segment numbers", err)
	}
	s := &segment{r: r, num: num, kind: kind}
	f, err := r.o.FS.OpenFile(r.path(s.name()), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o640)
	if err != nil {
		return nil, r.diskError("create segment", err)
	}
	r.newNames.Store(true)
	if _, err := f.WriteAt(header(num, kind), 0); err != nil {
		_ = f.Close()                       // the write's error is the one to report
		_ = r.o.FS.Remove(r.path(s.name())) // likewise; a leftover is found at the next start
		return nil, r.diskError("write segment header", err)
	}
	s.size.Store(headerSize)
	s.holders.Store(1)
	s.pins.Store(1)
	r.handles.adopt(s, f)
	r.mu.Lock()
	r.segments[num] = s
	r.mu.Unlock()
	return s, nil
}

func header(num uint64, kind byte) []byte {
	h := make([]byte, headerSize)
	copy(h, segmentMagic)
	h[4], h[5] = segmentVersion, kind
	binary.LittleEndian.PutUint64(h[8:], num)
	return h
}

// readHeader checks that f is the segment with this number, and tells its kind.
func readHeader(f vfs.File, num uint64) (kind byte, err error) {
	var h [headerSize]byte
	if n, err := f.ReadAt(h[:], 0); n < headerSize {
		return 0, fmt.Errorf("read segment header: %w", err)
	}
	got := binary.LittleEndian.Uint64(h[8:])
	if string(h[:4]) != segmentMagic || got != num {
		return 0, fmt.Errorf("%w: header %x", errNotASegment, h[:])
	}
	if h[4] != segmentVersion {
		return 0, fmt.Errorf("segment format %d: use the version of Braid that wrote it", h[4])
	}
	return h[5], nil
}

// write puts b at off and marks the segment for the next Sync.
func (s *segment) write(b []byte, off int64) error {
	f, err := s.r.handles.get(s)
	if err != nil {
		return err
	}
	if _, err := f.WriteAt(b, off); err != nil {
		return s.r.diskError("write segment", err)
	}
	for end := off + int64(len(b)); ; {
		size := s.size.Load()
		if size >= end || s.size.CompareAndSwap(size, end) {
			break
		}
	}
	s.r.markDirty(s)
	return nil
}

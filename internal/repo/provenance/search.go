package provenance

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"
	"sort"

	"github.com/braidflow/braid/internal/repo/flowfile"
	"github.com/braidflow/braid/internal/vfs"
)

// Result is the answer to a Query.
type Result struct {
	Events []*Record
	// More tells that the search stopped at the maximum and there may be further events.
	More bool
	// Damaged is the number of blocks of events that could not be read and are missing from the answer.
	Damaged int
}

// search is one walk through the segments.
type search struct {
	r          *Repository
	q          Query
	conditions []condition
	result     Result
	buf        []byte // for compressed bytes
}

// Search finds events, ordered by id. It reads only segments and blocks that may hold some; a term with a wildcard
// on a field with many values, or on an attribute that is not indexed, makes it read everything. Only ctx and a disk
// that cannot be read end it with an error.
func (r *Repository) Search(ctx context.Context, q Query) (Result, error) {
	if q.Max <= 0 {
		q.Max = defaultMax
	}
	conditions, err := q.conditions()
	if err != nil {
		return Result{}, err
	}
	s := &search{r: r, q: q, conditions: conditions}
	segs := slices.Clone(r.segments())
	if !q.OldestFirst {
		slices.Reverse(segs)
	}
	for _, seg := range segs {
		if err := s.segment(ctx, seg); err != nil {
			return s.result, err
		}
		if s.result.More {
			break
		}
	}
	return s.result, nil
}

// EventsOf returns the events that name a FlowFile, as itself, a parent or a child, oldest first.
func (r *Repository) EventsOf(ctx context.Context, id flowfile.UUID) ([]*Record, error) {
	res, err := r.Search(ctx, Query{Terms: []Term{{Field: FieldFlowFileUUID, Value: id.String()}}, Max: 1 << 20, OldestFirst: true})
	return res.Events, err
}

// Latest returns the newest events of a component, newest first.
func (r *Repository) Latest(ctx context.Context, componentID string, n int) ([]*Record, error) {
	res, err := r.Search(ctx, Query{Terms: []Term{{Field: FieldComponentID, Value: componentID}}, Max: n})
	return res.Events, err
}

// Event returns one event, or ErrNotFound.
func (r *Repository) Event(ctx context.Context, id uint64) (*Record, error) {
	segs := r.segments()
	i := sort.Search(len(segs), func(i int) bool { return segs[i].first > id }) - 1
	if i < 0 || id-segs[i].first > 1<<32-1 {
		return nil, ErrNotFound
	}
	s := &search{r: r, q: Query{Max: 1}}
	if err := s.read(ctx, s.source(segs[i]), []uint32{uint32(id - segs[i].first)}); err != nil {
		return nil, err
	}
	if len(s.result.Events) == 0 {
		return nil, ErrNotFound
	}
	return s.result.Events[0], nil
}

// source is a segment as a search sees it: the blocks in the file and the one that is filling.
type source struct {
	seg    *segment
	blocks []blockInfo
	last   *block // the events that are in no block yet

	dir *directory // of the index on disk; or
	mem *openSegment
	// How much of mem belongs to this view.
	count uint32
	pairs int
}

// source takes a view of a segment.
func (s *search) source(seg *segment) *source {
	src := &source{seg: seg}
	if o := seg.live.Load(); o != nil {
		o.view(src)
	} else if seg.indexed.Load() {
		var err error
		if src.dir, err = s.r.directory(seg); err != nil {
			s.r.badIndex(seg, err)
		} else {
			src.blocks = src.dir.blocks
		}
	}
	return src
}

// view copies what a search needs of an open segment.
func (o *openSegment) view(src *source) {
	o.mu.Lock()
	defer o.mu.Unlock()
	src.mem, src.blocks = o, o.blocks
	src.count, src.pairs = uint32(o.nextID()-o.base), len(o.mem.hashes)
	if o.current.count > 0 {
		src.last = &block{first: o.current.first, events: slices.Clone(o.raw), names: o.mem.names}
	}
}

// directory returns the directory of an index on disk.
func (r *Repository) directory(seg *segment) (*directory, error) {
	if d := seg.dir.Load(); d != nil {
		return d, nil
	}
	f, err := vfs.Open(r.opts.FS, seg.path+indexSuffix)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // read only
	d, err := readDirectory(f, seg.first)
	if err == nil {
		r.dirs.keep(seg, d)
	}
	return d, err
}

// badIndex gives up an index that cannot be read and asks for a new one.
func (r *Repository) badIndex(seg *segment, err error) {
	if !seg.indexed.Swap(false) || errors.Is(err, fs.ErrNotExist) && r.dropped(seg) {
		return
	}
	r.opts.Log.Warn("index of provenance events cannot be read and is made again", "segment", seg.path, "error", err)
	select {
	case r.repairs <- seg:
	default: // it is made after the next start
	}
}

// segment adds the matches in one segment to the result.
func (s *search) segment(ctx context.Context, seg *segment) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	sealed := seg.live.Load() == nil
	if sealed && (s.q.To != 0 && seg.minTime > s.q.To || s.q.From != 0 && seg.maxTime < s.q.From) {
		return nil
	}
	src := s.source(seg)
	ords := s.candidates(src)
	if ords != nil && len(ords) == 0 {
		return nil
	}
	return s.read(ctx, src, ords)
}

// candidates returns the events that an index names, ascending; nil stands for all. What it leaves out cannot match.
func (s *search) candidates(src *source) []uint32 {
	var ords []uint32
	var ok bool
	if src.mem != nil {
		ords, ok = s.inMemory(src)
	} else if src.dir != nil {
		var err error
		if ords, ok, err = s.onDisk(src.seg, src.dir); err != nil {
			s.r.badIndex(src.seg, err)
		}
	}
	if ok && ords == nil {
		ords = []uint32{}
	}
	return ords
}

// narrow intersects what is known with the answer of one more term.
func narrow(ords []uint32, known bool, more []uint32) []uint32 {
	if !known {
		return more
	}
	out := ords[:0]
	for _, ord := range ords {
		for len(more) > 0 && more[0] < ord {
			more = more[1:]
		}
		if len(more) > 0 && more[0] == ord {
			out = append(out, ord)
		}
	}
	return out
}

// hashes returns the hashes under which the index has what fulfills a condition; none if it does not say.
func (c *condition) hashes(attrs []string) []uint64 {
	byUUID := func() uint64 { return hashUUID(seedOf(FieldFlowFileUUID), c.uuid[:]) }
	switch {
	case c.glob || c.Inverse || c.list >= 0:
		return nil
	case c.Field == FieldFlowFileUUID || c.attr == flowfile.AttrUUID:
		if c.uuid == nil {
			return nil
		}
		return []uint64{byUUID()}
	case c.text >= 0:
		return []uint64{hashText(seedOf(c.Field), c.Value)}
	case !slices.Contains(attrs, c.attr) || c.attr == flowfile.AttrPath && c.Value == impliedPath:
		return nil
	}
	h := []uint64{hashText(seedOf(c.attr), c.Value)}
	if c.attr == flowfile.AttrFilename && c.uuid != nil { // without a name it is the uuid
		h = append(h, byUUID())
	}
	return h
}

func (s *search) onDisk(seg *segment, dir *directory) (ords []uint32, known bool, err error) {
	f, err := vfs.Open(s.r.opts.FS, seg.path+indexSuffix)
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = f.Close() }() // read only
	for i := range s.conditions {
		more, ok, err := s.conditions[i].onDisk(f, dir)
		if err != nil {
			return nil, false, err
		}
		if ok {
			ords, known = narrow(ords, known, more), true
		}
	}
	return ords, known, nil
}

func (c *condition) onDisk(f io.ReaderAt, dir *directory) (ords []uint32, ok bool, err error) {
	if c.list >= 0 && !c.Inverse {
		ords, err = dir.list(f, c.list, func(text string) bool { return matches(text, c.Value, c.glob) })
		return ords, true, err
	}
	hashes := c.hashes(dir.attrs)
	for _, h := range hashes {
		more, err := dir.lookup(f, h)
		if err != nil {
			return nil, false, err
		}
		ords = append(ords, more...)
	}
	if len(hashes) > 1 {
		slices.Sort(ords)
		ords = slices.Compact(ords)
	}
	return ords, len(hashes) > 0, nil
}

func (s *search) inMemory(src *source) (ords []uint32, known bool) {
	src.mem.mu.Lock()
	m := src.mem.mem
	hashes, at := m.hashes[:src.pairs], m.ords[:src.pairs] // only ever appended to
	src.mem.mu.Unlock()
	for i := range s.conditions {
		c := &s.conditions[i]
		if c.list >= 0 && !c.Inverse {
			ords, known = narrow(ords, known, src.list(c)), true
			continue
		}
		want := c.hashes(m.attrs)
		if len(want) == 0 {
			continue
		}
		var more []uint32
		for k, h := range hashes {
			if h == want[0] || h == want[len(want)-1] {
				more = append(more, at[k])
			}
		}
		ords, known = narrow(ords, known, slices.Compact(more)), true
	}
	return ords, known
}

// list returns the events of the open segment whose value in a list field fits.
func (src *source) list(c *condition) []uint32 {
	src.mem.mu.Lock()
	defer src.mem.mu.Unlock()
	var ords []uint32
	for text, p := range src.mem.mem.lists[c.list] {
		if matches(text, c.Value, c.glob) {
			ords = unpackPostings(ords, p.data)
		}
	}
	slices.Sort(ords)
	n, _ := slices.BinarySearch(ords, src.count) // later ones are not in this view
	return ords[:n]
}

// read goes through the blocks of a segment and adds the candidates that match (nil: whatever matches).
func (s *search) read(ctx context.Context, src *source, ords []uint32) error {
	f, err := vfs.Open(s.r.opts.FS, src.seg.path+eventsSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // dropped
	}
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // read only
	if src.mem == nil && src.dir == nil {
		found, err := scanBlocks(f, src.seg.bytes)
		if err != nil {
			return err
		}
		s.result.Damaged += len(found.damaged)
		src.blocks = found.blocks
	}
	if src.last != nil && !s.q.OldestFirst {
		s.block(src, src.last, ords)
	}
	for k := range src.blocks {
		h := &src.blocks[k]
		if !s.q.OldestFirst {
			h = &src.blocks[len(src.blocks)-1-k]
		}
		if s.result.More || ctx.Err() != nil {
			return ctx.Err()
		}
		if err := s.stored(src, f, h, ords); err != nil {
			return err
		}
	}
	if src.last != nil && s.q.OldestFirst {
		s.block(src, src.last, ords)
	}
	return nil
}

// stored reads one block, if it may hold something.
func (s *search) stored(src *source, f io.ReaderAt, h *blockInfo, ords []uint32) error {
	if s.q.To != 0 && h.minTime > s.q.To || s.q.From != 0 && h.maxTime < s.q.From {
		return nil
	}
	if ords != nil {
		from := uint32(h.first - src.seg.first)
		if i, _ := slices.BinarySearch(ords, from); i == len(ords) || ords[i] >= from+h.count {
			return nil
		}
	}
	b, buf, err := readBlock(f, h, s.buf)
	s.buf = buf
	if errors.Is(err, errDamaged) {
		s.damaged(src.seg, h, err)
		return nil
	}
	if err != nil {
		return err
	}
	s.block(src, b, ords)
	return nil
}

func (s *search) damaged(seg *segment, h *blockInfo, err error) {
	s.result.Damaged++
	key := h.first
	if _, told := s.r.warned.LoadOrStore(key, true); !told {
		s.r.opts.Log.Error("provenance events are damaged and are left out",
			"segment", seg.path, "offset", h.offset, "events", h.count, "error", err)
	}
}

// hit is an event that matches, still encoded.
type hit struct {
	id    uint64
	event []byte
}

// block adds the events of one block that match.
func (s *search) block(src *source, b *block, ords []uint32) {
	hits := s.hits(src, b, ords)
	if !s.q.OldestFirst {
		slices.Reverse(hits)
	}
	var v view
	for _, h := range hits {
		if len(s.result.Events) == s.q.Max {
			s.result.More = true
			return
		}
		if err := v.parse(h.event); err != nil {
			continue // cannot be: hits has parsed it
		}
		r, err := v.record(b.names)
		if err != nil {
			continue // cannot be: it was checked when it came
		}
		r.ID = h.id
		s.result.Events = append(s.result.Events, r)
	}
}

// hits returns the events of a block that match, ascending; ords limits them to candidates.
func (s *search) hits(src *source, b *block, ords []uint32) []hit {
	all := ords == nil
	if !all {
		i, _ := slices.BinarySearch(ords, uint32(b.first-src.seg.first))
		ords = ords[i:]
	}
	var hits []hit
	var v view
	for id, rest := b.first, b.events; len(rest) > 0 && (all || len(ords) > 0); id++ {
		event, after, err := nextEvent(rest)
		if err != nil {
			break // cannot be: the checksum was right, and the events were checked when they came
		}
		rest = after
		if !all {
			if src.seg.first+uint64(ords[0]) != id {
				continue
			}
			ords = ords[1:]
		}
		if v.parse(event) == nil && s.q.match(&v, s.conditions, b.names) {
			hits = append(hits, hit{id, event})
		}
	}
	return hits
}

package engine

import (
	"io"

	"github.com/braidflow/braid/internal/repo/flowfile"
	"github.com/braidflow/braid/internal/repo/provenance"
	"github.com/braidflow/braid/sdk"
)

// Create implements sdk.Backend.
func (s *session) Create(parents []sdk.FlowFile) sdk.FlowFile {
	ff := s.alloc()
	*ff = flowfile.FlowFile{Entry: s.now, Lineage: s.now}
	switch len(parents) {
	case 0:
		return sdk.MakeFlowFile(s.made(ff).cur)
	case 1:
		parent := s.item(parents[0]).cur
		ff.Entry, ff.Lineage, ff.Attrs = parent.Entry, parent.Lineage, parent.Attrs
		at := parent.Slot
		it := s.made(ff)
		s.kin = append(s.kin, kinship{provenance.Fork, int(at), len(s.items) - 1})
		return sdk.MakeFlowFile(it.cur)
	}
	it := s.made(ff)
	child := len(s.items) - 1
	for _, p := range parents {
		parent := s.item(p).cur
		ff.Entry, ff.Lineage = min(ff.Entry, parent.Entry), min(ff.Lineage, parent.Lineage)
		s.kin = append(s.kin, kinship{provenance.Join, int(parent.Slot), child})
	}
	ff.Attrs = s.shared(parents)
	return sdk.MakeFlowFile(it.cur)
}

// shared returns the attributes that all parents have with the same value, as NiFi's session does for a join.
func (s *session) shared(parents []sdk.FlowFile) flowfile.Attrs {
	first := s.item(parents[0]).cur.Attrs
	return first.Without(&s.mem, func(name string) bool {
		want, _ := first.Get(name)
		for _, p := range parents[1:] {
			if v, ok := s.item(p).cur.Attrs.Get(name); !ok || v != want {
				return true
			}
		}
		return false
	})
}

// Clone implements sdk.Backend. A clone of the whole shares the content; a part is copied, so that a small piece
// does not keep a large content alive.
func (s *session) Clone(ff sdk.FlowFile, offset, size int64) sdk.FlowFile {
	parent := s.item(ff).cur
	if offset < 0 || size < 0 || offset+size > parent.Claim.Length {
		panic(misuse("Clone asks for content beyond the FlowFile's end"))
	}
	claim, part := parent.Claim, size != parent.Claim.Length
	if part {
		var err error
		claim, err = s.newContent(func(w io.Writer) error { return s.copyTo(w, parent.Claim, offset, size) })
		if err != nil {
			panic(err) // becomes the Trigger's error
		}
	}
	child := s.alloc()
	*child = *parent
	child.Claim = claim
	at := int(parent.Slot)
	it := s.made(child)
	if part {
		it.did |= didContent
	}
	s.kin = append(s.kin, kinship{provenance.Clone, at, len(s.items) - 1})
	return sdk.MakeFlowFile(child)
}

// PutAttrs implements sdk.Backend. As in NiFi, setting uuid has no effect.
func (s *session) PutAttrs(ff sdk.FlowFile, attrs ...sdk.Attr) sdk.FlowFile {
	it := s.item(ff)
	var few [8]flowfile.Attr
	set := few[:0]
	for _, a := range attrs {
		if a.Name != sdk.AttrUUID && a.Name != "" {
			set = append(set, flowfile.Attr(a))
		}
	}
	if len(set) == 0 {
		return sdk.MakeFlowFile(it.cur)
	}
	packed := it.cur.Attrs.With(&s.mem, set...)
	s.next(it).Attrs = packed
	it.did |= didAttrs
	return sdk.MakeFlowFile(it.cur)
}

// RemoveAttrs implements sdk.Backend.
func (s *session) RemoveAttrs(ff sdk.FlowFile, drop func(string) bool) sdk.FlowFile {
	it := s.item(ff)
	packed := it.cur.Attrs.Without(&s.mem, func(name string) bool {
		return name != sdk.AttrFilename && name != sdk.AttrPath && drop(name)
	})
	if len(packed) != len(it.cur.Attrs) {
		s.next(it).Attrs = packed
		it.did |= didAttrs
	}
	return sdk.MakeFlowFile(it.cur)
}

// Transfer implements sdk.Backend.
func (s *session) Transfer(ff sdk.FlowFile, rel sdk.Relationship) {
	it := s.item(ff)
	if rel.Name == "" {
		if it.orig == nil {
			panic(misuse("a FlowFile made in this session has no queue to go back to"))
		}
		it.rel = goesBack
		return
	}
	for i := range s.wire.rels {
		if s.wire.rels[i].name == rel.Name {
			it.rel = i
			return
		}
	}
	panic(misuse("transfer to relationship " + rel.Name + ", which the processor does not have"))
}

// Remove implements sdk.Backend.
func (s *session) Remove(ff sdk.FlowFile) { s.item(ff).rel = removed }

// Penalize implements sdk.Backend.
func (s *session) Penalize(ff sdk.FlowFile) sdk.FlowFile {
	it := s.item(ff)
	s.next(it).Penalty = s.now + s.c.settings.Load().penalty.Milliseconds()
	it.did |= didPenalize
	return sdk.MakeFlowFile(it.cur)
}

// Branch implements sdk.Backend.
func (s *session) Branch() sdk.Backend { return s.e.detachedSession(s.c) }

// Migrate implements sdk.Backend.
func (s *session) Migrate(to sdk.Backend, ffs []sdk.FlowFile) {
	dst := to.(*session)
	if dst.c != s.c {
		panic(misuse("FlowFiles can only be migrated between sessions of one processor"))
	}
	if err := s.flush(); err != nil {
		panic(err) // becomes the Trigger's error; nothing has been moved yet
	}
	for _, ff := range ffs {
		it := s.item(ff)
		moved := *it
		if it.hold != nil {
			moved.hold, moved.idx = dst.inherit(it)
			n := ff.Size()
			s.stats.in.Count, s.stats.in.Bytes = s.stats.in.Count-1, s.stats.in.Bytes-n
			dst.stats.in.Count, dst.stats.in.Bytes = dst.stats.in.Count+1, dst.stats.in.Bytes+n
		}
		from, slot := int(it.cur.Slot), len(dst.items)
		*it = item{rel: migrated}
		moved.cur.Slot = int32(slot)
		dst.items = append(dst.items, moved)
		s.migrateNotes(dst, from, slot)
	}
}

// inherit moves one FlowFile from another session's hold on a queue to one of this session.
func (s *session) inherit(it *item) (*hold, int) {
	q := it.hold.queue
	var h *hold
	for _, have := range s.holds {
		if have != nil && have.queue == q {
			h = have
		}
	}
	if h == nil {
		h = &hold{queue: q, gen: s.gen, owner: s.c}
		s.holds = append(s.holds, h)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	it.hold.ffs[it.idx] = nil
	h.ffs = append(h.ffs, it.orig)
	q.holds[h] = struct{}{}
	return h, len(h.ffs) - 1
}

// migrateNotes moves what was reported about a FlowFile along with it.
func (s *session) migrateNotes(dst *session, from, to int) {
	kept := s.notes[:0]
	for _, n := range s.notes {
		if n.item == from {
			dst.notes = append(dst.notes, note{to, n.event})
		} else {
			kept = append(kept, n)
		}
	}
	s.notes = kept
}

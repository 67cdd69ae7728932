package flowfile

import "encoding/binary"

// The kinds of entries of a record of the log. docs/formats/flowfile.md describes them.
const (
	entryNames    = 'n' // names and their numbers
	entryNewNames = 'N' // the same, and all numbers before are void: a process began
	entryCreate   = 'c'
	entryUpdate   = 'u'
	entryMove     = 'm'
	entryDelete   = 'd'
	entrySwapOut  = 'o'
	entrySwapIn   = 'i'
	entrySwapDrop = 'x'
	entryMeta     = 's'
)

// What an update changes besides queue and queue time.
const (
	changesTimes = 1 << iota
	changesPenalty
	changesClaim
	changesAttrs
	replacesAttrs
)

// Batch gathers the changes of one commit: they come back together after a crash, or not at all. It is reused and
// belongs to one goroutine; the zero Batch is ready. It keeps nothing of what it is given, except for Events.
type Batch struct {
	enc     encoder
	changes int
	events  [][]byte
	dropped []uint64 // scratch of Update
	swaps   []string // files that this commit makes superfluous
	head    []byte   // scratch of record
	parts   [][]byte // likewise
}

// Reset forgets the changes.
func (b *Batch) Reset() {
	b.enc.reset()
	clear(b.events)
	clear(b.parts)
	b.changes, b.events, b.swaps = 0, b.events[:0], b.swaps[:0]
}

// Len returns the number of changes, with each call of Events as one.
func (b *Batch) Len() int { return b.changes }

// Size returns the length of the changes in bytes, without events.
func (b *Batch) Size() int { return len(b.enc.buf) }

// record returns the record of the log in parts: the lengths of the blobs of events, those blobs, and the entries.
// Events come first so that they can be passed on without decoding the rest.
func (b *Batch) record() [][]byte {
	b.head = binary.AppendUvarint(b.head[:0], uint64(len(b.events)))
	for _, e := range b.events {
		b.head = binary.AppendUvarint(b.head, uint64(len(e)))
	}
	b.parts = append(b.parts[:0], b.head)
	b.parts = append(b.parts, b.events...)
	b.parts = append(b.parts, b.enc.buf)
	return b.parts
}

// splitRecord calls fn for each blob of events of a record and returns the entries.
func splitRecord(rec []byte, fn func(blob []byte) error) (entries []byte, err error) {
	d := decoder{b: rec}
	lengths := make([]uint64, d.count())
	for i := range lengths {
		lengths[i] = d.uvarint()
	}
	for _, n := range lengths {
		if blob := d.take(n); d.err == nil && fn != nil {
			if err := fn(blob); err != nil {
				return nil, err
			}
		}
	}
	return d.b, d.err
}

func (b *Batch) begin(kind byte) {
	b.enc.buf = append(b.enc.buf, kind)
	b.changes++
}

// Create adds a FlowFile that was not there before, in a queue (see Number). A second one of the same ID
// replaces the first.
func (b *Batch) Create(ff *FlowFile, queue uint32) {
	b.begin(entryCreate)
	b.enc.uvarint(uint64(queue))
	b.enc.flowFile(ff)
}

// Update replaces a live FlowFile by another with the same ID, in a queue; only the difference is logged. old must
// be what the log has: the FlowFile as it was last committed.
func (b *Batch) Update(old, ff *FlowFile, queue uint32) {
	if old.ID != ff.ID || old.UUID != ff.UUID {
		b.Delete(old)
		b.Create(ff, queue)
		return
	}
	flags, tail := b.diff(old, ff)
	b.begin(entryUpdate)
	e := &b.enc
	e.uvarint(uint64(queue))
	e.buf = append(e.buf, flags)
	e.putID(ff.ID)
	e.putQueued(ff.Queued)
	if flags&changesTimes != 0 {
		e.varint(ff.Queued - ff.Entry)
		e.varint(ff.Entry - ff.Lineage)
	}
	if flags&changesPenalty != 0 {
		e.varint(ff.Penalty)
	}
	if flags&changesClaim != 0 {
		e.putClaim(ff.Claim)
	}
	switch {
	case flags&replacesAttrs != 0:
		e.string(string(ff.Attrs))
	case flags&changesAttrs != 0:
		e.uvarint(uint64(len(b.dropped)))
		last := uint64(0)
		for _, i := range b.dropped {
			e.uvarint(i - last)
			last = i
		}
		e.string(string(tail))
	}
}

// diff tells what an update changes; dropped is then the places of the attributes of old that are gone, and tail
// those that ff has behind the others.
func (b *Batch) diff(old, ff *FlowFile) (flags byte, tail Attrs) {
	if old.Entry != ff.Entry || old.Lineage != ff.Lineage {
		flags |= changesTimes
	}
	if old.Penalty != ff.Penalty {
		flags |= changesPenalty
	}
	if old.Claim != ff.Claim {
		flags |= changesClaim
	}
	if old.Attrs == ff.Attrs {
		return flags, ""
	}
	b.dropped, tail = diffAttrs(b.dropped[:0], old.Attrs, ff.Attrs)
	if 2*len(b.dropped)+len(tail) >= len(ff.Attrs) {
		return flags | replacesAttrs, ""
	}
	return flags | changesAttrs, tail
}

// diffAttrs finds how to make b of a: by leaving out the attributes at the dropped places and appending tail. A change
// by With or Without leaves the others in their order, so that one pass finds the shortest form.
func diffAttrs(dropped []uint64, a, b Attrs) (_ []uint64, tail Attrs) {
	for i := uint64(0); len(a) > 0; i++ {
		_, _, _, rest := a.next()
		attr := a[:len(a)-len(rest)]
		if len(b) >= len(attr) && b[:len(attr)] == attr {
			b = b[len(attr):]
		} else {
			dropped = append(dropped, i)
		}
		a = rest
	}
	return dropped, b
}

// Move puts a live FlowFile, which is otherwise as it was last committed except for Queued and Penalty, into a queue.
func (b *Batch) Move(ff *FlowFile, queue uint32) {
	b.begin(entryMove)
	b.enc.uvarint(uint64(queue))
	b.enc.putID(ff.ID)
	b.enc.putQueued(ff.Queued)
	b.enc.varint(ff.Penalty)
}

// Delete removes a live FlowFile.
func (b *Batch) Delete(ff *FlowFile) {
	b.begin(entryDelete)
	b.enc.putID(ff.ID)
}

// SwapOut says that live FlowFiles are from now on in a file that Repository.WriteSwap made of them.
func (b *Batch) SwapOut(file SwapFile, ffs []*FlowFile) {
	b.begin(entrySwapOut)
	b.enc.swapFile(file)
	b.enc.uvarint(uint64(len(ffs)))
	for _, ff := range ffs {
		b.enc.putID(ff.ID)
	}
}

// SwapIn says that the FlowFiles of a swap file are live again, in the queue they left. The commit lets the
// repository delete the file in time.
func (b *Batch) SwapIn(file SwapFile) {
	b.begin(entrySwapIn)
	b.enc.string(file.Name)
	b.swaps = append(b.swaps, file.Name)
}

// SwapDrop says that the FlowFiles of a swap file are gone. The commit lets the repository delete the file in time.
func (b *Batch) SwapDrop(file SwapFile) {
	b.begin(entrySwapDrop)
	b.enc.string(file.Name)
	b.swaps = append(b.swaps, file.Name)
}

// Events adds provenance events, which Options.Events gets once the commit is durable. What is in them is not
// looked at; blob must not be changed before the commit.
func (b *Batch) Events(blob []byte) {
	b.events = append(b.events, blob)
	b.changes++
}

// Meta adds anything else that must come and go with the commit, such as a component's state. Recovered.Meta has it
// until a snapshot is written, which must then contain what is still needed.
func (b *Batch) Meta(kind byte, blob []byte) {
	b.begin(entryMeta)
	b.enc.buf = append(b.enc.buf, kind)
	b.enc.bytes(blob)
}

package wal

import (
	"encoding/binary"
	"hash/crc32"
)

const (
	frameTarget = 64 << 10 // a frame is closed once its payload is this long: small enough to be checked in the cache
	keepBuffer  = 1 << 20  // a buffer that grew beyond it is given back when it is not needed
)

// group is what goes to disk in one piece: frames with room for their headers, which the flusher fills in. It has one
// owner at a time: the log while it is open, then the flusher, then the feeder, then the free list.
type group struct {
	base   Position
	buf    []byte
	frames []int // where each frame starts in buf
	next   int   // the first frame that is not written yet
	small  int   // so many times in a row the buffer was hardly used
}

func (g *group) empty() bool { return len(g.frames) == 0 }

// add appends a record of size bytes, given in parts.
func (g *group) add(parts [][]byte, size int) {
	n := len(g.frames)
	if n == 0 || len(g.buf)-g.frames[n-1] >= frameHeaderSize+frameTarget {
		g.frames = append(g.frames, len(g.buf))
		g.buf = append(g.buf, make([]byte, frameHeaderSize)...)
	}
	g.buf = binary.LittleEndian.AppendUint32(g.buf, uint32(size))
	for _, p := range parts {
		g.buf = append(g.buf, p...)
	}
}

// frameEnd returns where frame i ends in buf.
func (g *group) frameEnd(i int) int {
	if i+1 < len(g.frames) {
		return g.frames[i+1]
	}
	return len(g.buf)
}

// pos returns the position of the first record of frame i.
func (g *group) pos(i int) Position {
	at := len(g.buf)
	if i < len(g.frames) {
		at = g.frames[i]
	}
	return g.base + Position(at-i*frameHeaderSize)
}

// end returns the position after the last record.
func (g *group) end() Position { return g.pos(len(g.frames)) }

// payload returns the records of frame i.
func (g *group) payload(i int) []byte { return g.buf[g.frames[i]+frameHeaderSize : g.frameEnd(i)] }

// seal fills the headers in.
func (g *group) seal(epoch uint64, durable Position) {
	for i, at := range g.frames {
		p := g.payload(i)
		frame{
			length: uint32(len(p)), epoch: epoch, pos: g.pos(i), durable: durable,
			sum: crc32.Checksum(p, castagnoli),
		}.put(g.buf[at:])
	}
}

// each calls fn for each record with the position after it, from the record after done on.
func (g *group) each(done Position, fn func(end Position, rec []byte) error) error {
	for i := range g.frames {
		pos := g.pos(i)
		for p := g.payload(i); len(p) > 0; {
			rec, rest, _ := cutRecord(p)
			pos += Position(recordHeaderSize + len(rec))
			p = rest
			if pos <= done {
				continue
			}
			if err := fn(pos, rec); err != nil {
				return err
			}
		}
	}
	return nil
}

// shrink gives a large buffer back: nothing is going on.
func (g *group) shrink() {
	if cap(g.buf) > keepBuffer {
		g.buf = nil
	}
}

// reset empties the group. A buffer that is large for what it holds is kept for a while: under load groups of all
// sizes follow each other, and making large buffers anew costs more than the records in them.
func (g *group) reset() {
	if len(g.buf) >= cap(g.buf)/4 {
		g.small = 0
	} else if g.small++; g.small > 64 {
		g.small = 0
		g.shrink()
	}
	g.buf, g.frames, g.next = g.buf[:0], g.frames[:0], 0
}

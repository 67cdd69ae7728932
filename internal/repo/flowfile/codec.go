package flowfile

import (
	"encoding/binary"
	"errors"

	"github.com/braidflow/braid/internal/repo/content"
)

// What a FlowFile's encoding holds besides the fields that each has.
const (
	hasClaim = 1 << iota
	hasPenalty
)

var errFormat = errors.New("malformed data")

// encoder turns FlowFiles into bytes. Ids and times are written as differences to the FlowFile before.
type encoder struct {
	buf    []byte
	id     uint64
	queued int64
}

func (e *encoder) reset() { e.buf, e.id, e.queued = e.buf[:0], 0, 0 }

func (e *encoder) uvarint(v uint64) { e.buf = binary.AppendUvarint(e.buf, v) }

func (e *encoder) varint(v int64) { e.buf = binary.AppendVarint(e.buf, v) }

func (e *encoder) bytes(b []byte) {
	e.uvarint(uint64(len(b)))
	e.buf = append(e.buf, b...)
}

func (e *encoder) string(s string) {
	e.uvarint(uint64(len(s)))
	e.buf = append(e.buf, s...)
}

func (e *encoder) putID(id uint64) {
	e.varint(int64(id - e.id))
	e.id = id
}

func (e *encoder) putQueued(t int64) {
	e.varint(t - e.queued)
	e.queued = t
}

func (e *encoder) putClaim(c content.Claim) {
	e.uvarint(c.Segment)
	e.uvarint(uint64(c.Offset))
	e.uvarint(uint64(c.Length))
	e.buf = binary.LittleEndian.AppendUint32(e.buf, c.Sum)
}

// flowFile writes a whole FlowFile.
func (e *encoder) flowFile(ff *FlowFile) {
	var flags byte
	if ff.Claim != (content.Claim{}) {
		flags |= hasClaim
	}
	if ff.Penalty != 0 {
		flags |= hasPenalty
	}
	e.buf = append(e.buf, flags)
	e.putID(ff.ID)
	e.buf = append(e.buf, ff.UUID[:]...)
	e.putQueued(ff.Queued)
	e.varint(ff.Queued - ff.Entry)
	e.varint(ff.Entry - ff.Lineage)
	if flags&hasPenalty != 0 {
		e.varint(ff.Penalty - ff.Queued)
	}
	if flags&hasClaim != 0 {
		e.putClaim(ff.Claim)
	}
	e.string(string(ff.Attrs))
}

// decoder reads what encoder wrote. After an error all reads give zero values.
type decoder struct {
	b      []byte
	err    error
	id     uint64
	queued int64
}

func (d *decoder) fail() {
	d.err, d.b = errFormat, nil
}

func (d *decoder) byte() byte {
	if len(d.b) == 0 {
		d.fail()
		return 0
	}
	v := d.b[0]
	d.b = d.b[1:]
	return v
}

func (d *decoder) uvarint() uint64 {
	if len(d.b) > 0 && d.b[0] < 0x80 {
		v := d.b[0]
		d.b = d.b[1:]
		return uint64(v)
	}
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.fail()
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) varint() int64 {
	v := d.uvarint()
	return int64(v>>1) ^ -int64(v&1)
}

// take returns the next n bytes; they are part of the input.
func (d *decoder) take(n uint64) []byte {
	if n > uint64(len(d.b)) {
		d.fail()
		return nil
	}
	v := d.b[:n]
	d.b = d.b[n:]
	return v
}

func (d *decoder) bytes() []byte { return d.take(d.uvarint()) }

// count reads a number of things of which each takes at least one byte.
func (d *decoder) count() int {
	n := d.uvarint()
	if n > uint64(len(d.b)) {
		d.fail()
		return 0
	}
	return int(n)
}

func (d *decoder) number() uint32 {
	n := d.uvarint()
	if n > 1<<31 {
		d.fail()
		return 0
	}
	return uint32(n)
}

func (d *decoder) getID() uint64 {
	d.id += uint64(d.varint())
	return d.id
}

func (d *decoder) getQueued() int64 {
	d.queued += d.varint()
	return d.queued
}

func (d *decoder) claim() (c content.Claim) {
	c.Segment = d.uvarint()
	c.Offset = int64(d.uvarint())
	c.Length = int64(d.uvarint())
	if sum := d.take(4); sum != nil {
		c.Sum = binary.LittleEndian.Uint32(sum)
	}
	if c.Offset < 0 || c.Length < 0 {
		d.fail()
		return content.Claim{}
	}
	return c
}

// flowFile reads a whole FlowFile into ff. Its attributes are cut from mem.
func (d *decoder) flowFile(ff *FlowFile, names *names, mem *Arena) {
	flags := d.byte()
	if flags&^(hasClaim|hasPenalty) != 0 {
		d.fail()
	}
	ff.ID = d.getID()
	copy(ff.UUID[:], d.take(uint64(len(ff.UUID))))
	ff.Queued = d.getQueued()
	ff.Entry = ff.Queued - d.varint()
	ff.Lineage = ff.Entry - d.varint()
	ff.Penalty, ff.Claim = 0, content.Claim{}
	if flags&hasPenalty != 0 {
		ff.Penalty = ff.Queued + d.varint()
	}
	if flags&hasClaim != 0 {
		ff.Claim = d.claim()
	}
	ff.Attrs = d.attrs(d.bytes(), names, mem)
}

// attrs checks packed attributes and copies them, with the numbers of this process.
func (d *decoder) attrs(packed []byte, names *names, mem *Arena) Attrs {
	if d.err != nil || len(packed) == 0 {
		return ""
	}
	a, ok := names.attrs(packed, mem)
	if !ok {
		d.fail()
	}
	return a
}

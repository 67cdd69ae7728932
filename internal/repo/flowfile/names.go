package flowfile

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// names translates the numbers of another process's dictionary, as found in a file, into those of this one.
type names struct {
	names []string // by foreign number; [0] is unused
	to    []uint32 // this process's number, 0 if its dictionary is full
	same  bool     // all numbers are the same in both
	fixed []string // a copy of names that will not change; nil if they have changed since
	// salvage makes names up for numbers that are not explained, as after a gap in the log.
	salvage bool
}

func newNames() *names { return &names{names: []string{""}, to: []uint32{0}, same: true} }

// put writes the names from first on, numbered in their order.
func (e *encoder) names(first int, names []string) {
	e.uvarint(uint64(first))
	e.uvarint(uint64(len(names)))
	for _, n := range names {
		e.string(n)
	}
}

// read reads what encoder.names wrote.
func (n *names) read(d *decoder) {
	first := d.uvarint()
	count := d.count()
	if d.err != nil {
		return
	}
	if first == 0 || first > maxNumber || (first > uint64(len(n.names)) && !n.salvage) {
		d.fail()
		return
	}
	n.grow(first)
	for i := range count {
		name := string(d.bytes())
		if d.err != nil {
			return
		}
		n.set(int(first)+i, name)
	}
}

// used writes single names with their numbers, in the order of the numbers.
func (e *encoder) used(numbers []uint32) {
	e.uvarint(uint64(len(numbers)))
	for _, n := range numbers {
		e.uvarint(uint64(n))
		e.string(NameOf(n))
	}
}

// readUsed reads what encoder.used wrote.
func (n *names) readUsed(d *decoder) {
	for range d.count() {
		i, name := d.uvarint(), string(d.bytes())
		if d.err == nil && (i == 0 || i > maxNumber) {
			d.fail()
		}
		if d.err != nil {
			return
		}
		n.grow(i)
		n.set(int(i), name)
	}
}

// grow adds unexplained numbers up to i, without i.
func (n *names) grow(i uint64) {
	for uint64(len(n.names)) < i {
		n.names, n.to = append(n.names, ""), append(n.to, unknown)
	}
}

const (
	unknown   = ^uint32(0) // in names.to: a number that the file does not explain
	maxNumber = 1 << 24    // more than a dictionary ever holds
)

// set gives the foreign number i its name; i is at most one beyond the last.
func (n *names) set(i int, name string) {
	if i < len(n.names) {
		if n.names[i] == name && n.to[i] != unknown {
			return
		}
		n.names[i], n.to[i] = name, Intern(name)
		n.fixed = nil
	} else {
		n.names, n.to = append(n.names, name), append(n.to, Intern(name))
	}
	n.same = n.same && n.to[i] == uint32(i)
}

func (n *names) known(foreign uint64) bool {
	if foreign < uint64(len(n.names)) && n.to[foreign] != unknown {
		return true
	}
	if !n.salvage || foreign > maxNumber {
		return false
	}
	n.grow(foreign)
	n.set(int(foreign), fmt.Sprintf("unknown.%d", foreign))
	return true
}

// frozen returns the names as they are now, for whoever keeps them.
func (n *names) frozen() []string {
	if len(n.fixed) != len(n.names) {
		n.fixed = slices.Clone(n.names)
	}
	return n.fixed
}

// queue translates the number of a connection; 0 for an unknown one.
func (n *names) queue(foreign uint32) uint32 {
	if foreign == 0 || !n.known(uint64(foreign)) {
		return 0
	}
	if n.to[foreign] == 0 {
		n.to[foreign] = Number(n.names[foreign])
	}
	return n.to[foreign]
}

// attrs checks packed attributes and returns a copy with this process's numbers; ok is false if they are malformed.
func (n *names) attrs(packed []byte, mem *Arena) (a Attrs, ok bool) {
	extra := 0
	for rest := packed; len(rest) > 0; {
		id, _, _, after, ok := cutAttr(rest)
		if !ok || !n.known(id) {
			return "", false
		}
		if !n.same {
			extra += binary.MaxVarintLen32 + len(n.names[id])
		}
		rest = after
	}
	b := mem.begin(len(packed) + extra)
	if n.same {
		return mem.end(append(b, packed...)), true
	}
	for rest := packed; len(rest) > 0; {
		id, _, value, after, _ := cutAttr(rest)
		if id == 0 {
			b = append(b, rest[:len(rest)-len(after)]...) // the name is inline
		} else {
			b = appendAttr(b, n.to[id], n.names[id], "")
			b = binary.AppendUvarint(b[:len(b)-1], uint64(len(value))) // in place of the empty value's length
			b = append(b, value...)
		}
		rest = after
	}
	return mem.end(b), true
}

// cutAttr is Attrs.next for bytes that may be malformed; name is nil unless it is inline.
func cutAttr(b []byte) (id uint64, name, value, rest []byte, ok bool) {
	if id, b, ok = cutUvarint(b); !ok || id > math.MaxUint32 {
		return 0, nil, nil, nil, false
	}
	if id == 0 {
		if name, b, ok = cutBytes(b); !ok {
			return 0, nil, nil, nil, false
		}
	}
	value, rest, ok = cutBytes(b)
	return id, name, value, rest, ok
}

func cutUvarint(b []byte) (v uint64, rest []byte, ok bool) {
	if len(b) > 0 && b[0] < 0x80 {
		return uint64(b[0]), b[1:], true
	}
	v, n := binary.Uvarint(b)
	if n <= 0 {
		return 0, nil, false
	}
	return v, b[n:], true
}

func cutBytes(b []byte) (v, rest []byte, ok bool) {
	n, b, ok := cutUvarint(b)
	if !ok || n > uint64(len(b)) {
		return nil, nil, false
	}
	return b[:n:n], b[n:], true
}

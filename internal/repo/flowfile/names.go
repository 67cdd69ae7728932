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
	far   map[uint32]farName
	same  bool     // all numbers are the same in both
	fixed []string // a copy of names that will not change; nil if they have changed since
	// salvage makes names up for numbers that are not explained, as after a gap in the log.
	salvage bool
}

// farName is a name whose number does not follow on the others, as in a file that has only the names it uses.
type farName struct {
	name string
	to   uint32
}

func newNames() *names {
	return &names{names: []string{""}, to: []uint32{0}, far: map[uint32]farName{}, same: true}
}

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
	first := d.number()
	if d.err == nil && (first == 0 || (int(first) > len(n.names) && !n.salvage)) {
		d.fail()
	}
	for i := range d.count() {
		if name := string(d.bytes()); d.err == nil {
			n.set(first+uint32(i), name)
		}
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
		if i, name := d.number(), string(d.bytes()); d.err == nil && i > 0 {
			n.set(i, name)
		}
	}
}

// set gives the foreign number i its name.
func (n *names) set(i uint32, name string) {
	id := Intern(name)
	switch {
	case int(i) > len(n.names):
		n.far[i] = farName{name, id}
	case int(i) == len(n.names):
		n.names, n.to = append(n.names, name), append(n.to, id)
	case n.names[i] != name:
		n.names[i], n.to[i] = name, id
		n.fixed = nil
	}
	n.same = n.same && id == i
}

// get returns the name with a foreign number and its number here. The number 0 stands for a name that is inline.
func (n *names) get(foreign uint64) (name string, to uint32, ok bool) {
	if foreign < uint64(len(n.to)) {
		return n.names[foreign], n.to[foreign], true
	}
	i := uint32(foreign)
	f, ok := n.far[i]
	if !ok && n.salvage && uint64(i) == foreign {
		n.set(i, fmt.Sprintf("unknown.%d", i))
		return n.get(foreign)
	}
	return f.name, f.to, ok && uint64(i) == foreign
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
	name, to, ok := n.get(uint64(foreign))
	if foreign == 0 || !ok {
		return 0
	}
	if to == 0 {
		return Number(name)
	}
	return to
}

// attrs checks packed attributes and returns a copy with this process's numbers; ok is false if they are malformed.
func (n *names) attrs(packed []byte, mem *Arena) (a Attrs, ok bool) {
	extra := 0
	for rest := packed; len(rest) > 0; {
		id, _, after, ok := cutAttr(rest)
		if !ok {
			return "", false
		}
		known, _, ok := n.get(id)
		if !ok {
			return "", false
		}
		if !n.same {
			extra += binary.MaxVarintLen32 + len(known)
		}
		rest = after
	}
	b := mem.begin(len(packed) + extra)
	if n.same {
		return mem.end(append(b, packed...)), true
	}
	for rest := packed; len(rest) > 0; {
		id, value, after, _ := cutAttr(rest)
		if id == 0 {
			b = append(b, rest[:len(rest)-len(after)]...) // the name is inline
		} else {
			known, to, _ := n.get(id)
			b = appendAttr(b, to, known, "")
			b = binary.AppendUvarint(b[:len(b)-1], uint64(len(value))) // in place of the empty value's length
			b = append(b, value...)
		}
		rest = after
	}
	return mem.end(b), true
}

// cutAttr is Attrs.next for bytes that may be malformed. An inline name is passed over.
func cutAttr(b []byte) (id uint64, value, rest []byte, ok bool) {
	if id, b, ok = cutUvarint(b); !ok || id > math.MaxUint32 {
		return 0, nil, nil, false
	}
	if id == 0 {
		if _, b, ok = cutBytes(b); !ok {
			return 0, nil, nil, false
		}
	}
	value, rest, ok = cutBytes(b)
	return id, value, rest, ok
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

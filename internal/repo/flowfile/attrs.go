package flowfile

import (
	"encoding/binary"
	"iter"
	"unsafe"
)

// Attrs is an immutable set of attributes, packed: for each the number of its name (or 0 and the name itself), and
// the value, with their lengths as uvarints. Values that are handed out share its memory.
//
// The packed form takes a third of the memory of a map and one allocation instead of many, which is what a node
// with a million queued FlowFiles and a garbage collector needs.
type Attrs string

// Attr is one attribute in a change.
type Attr struct{ Name, Value string }

// MakeAttrs packs a map.
func MakeAttrs(m map[string]string) Attrs {
	var b []byte
	for k, v := range m {
		b = appendAttr(b, Intern(k), k, v)
	}
	return Attrs(b)
}

func appendAttr(b []byte, id uint32, name, value string) []byte {
	b = binary.AppendUvarint(b, uint64(id))
	if id == 0 {
		b = binary.AppendUvarint(b, uint64(len(name)))
		b = append(b, name...)
	}
	b = binary.AppendUvarint(b, uint64(len(value)))
	return append(b, value...)
}

// next cuts the first attribute off; name is set only if id is 0.
func (a Attrs) next() (id uint32, name, value string, rest Attrs) {
	n, a := uvarint(a)
	if id = uint32(n); id == 0 {
		n, a = uvarint(a)
		name, a = string(a[:n]), a[n:]
	}
	n, a = uvarint(a)
	return id, name, string(a[:n]), a[n:]
}

func uvarint(a Attrs) (uint64, Attrs) {
	if a[0] < 0x80 {
		return uint64(a[0]), a[1:]
	}
	var v uint64
	for i := range len(a) {
		v |= uint64(a[i]&0x7f) << (7 * i)
		if a[i] < 0x80 {
			return v, a[i+1:]
		}
	}
	return v, ""
}

// Get returns the value of an attribute.
func (a Attrs) Get(name string) (string, bool) {
	id, known := lookup(name)
	for len(a) > 0 {
		i, n, v, rest := a.next()
		if (known && i == id) || (i == 0 && n == name) {
			return v, true
		}
		a = rest
	}
	return "", false
}

// Len returns the number of attributes.
func (a Attrs) Len() int {
	n := 0
	for len(a) > 0 {
		_, _, _, a = a.next()
		n++
	}
	return n
}

// All ranges over the attributes in no particular order.
func (a Attrs) All() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for len(a) > 0 {
			id, name, v, rest := a.next()
			if id != 0 {
				name = NameOf(id)
			}
			if !yield(name, v) {
				return
			}
			a = rest
		}
	}
}

// With returns a copy in which the given attributes have the given values; later ones of the same name win.
func (a Attrs) With(mem *Arena, set ...Attr) Attrs {
	b := mem.begin(len(a) + attrsSize(set))
	for rest := a; len(rest) > 0; {
		id, name, _, after := rest.next()
		if !replaced(id, name, set) {
			b = append(b, rest[:len(rest)-len(after)]...)
		}
		rest = after
	}
	for i, s := range set {
		if id := Intern(s.Name); !replaced(id, s.Name, set[i+1:]) {
			b = appendAttr(b, id, s.Name, s.Value)
		}
	}
	return mem.end(b)
}

// Without returns a copy without the attributes for which drop returns true.
func (a Attrs) Without(mem *Arena, drop func(name string) bool) Attrs {
	b := mem.begin(len(a))
	for rest := a; len(rest) > 0; {
		id, name, _, after := rest.next()
		if id != 0 {
			name = NameOf(id)
		}
		if !drop(name) {
			b = append(b, rest[:len(rest)-len(after)]...)
		}
		rest = after
	}
	return mem.end(b)
}

// replaced tells whether set holds the attribute with this number (or inline name).
func replaced(id uint32, name string, set []Attr) bool {
	if id != 0 {
		name = NameOf(id)
	}
	for _, s := range set {
		if s.Name == name {
			return true
		}
	}
	return false
}

func attrsSize(set []Attr) int {
	n := 0
	for _, s := range set {
		n += len(s.Name) + len(s.Value) + 3*binary.MaxVarintLen32
	}
	return n
}

// arenaChunk is small enough that one FlowFile which outlives its neighbors pins little.
const arenaChunk = 8 << 10

// Arena cuts the memory of many small Attrs from few allocations. It belongs to one goroutine; the zero Arena is
// ready. What was cut stays valid for as long as it is referred to.
type Arena struct{ free []byte }

func (m *Arena) begin(size int) []byte {
	if m == nil || size > arenaChunk/4 {
		return make([]byte, 0, size)
	}
	if cap(m.free) < size {
		m.free = make([]byte, 0, arenaChunk)
	}
	return m.free[:0]
}

func (m *Arena) end(b []byte) Attrs {
	if len(b) == 0 {
		return ""
	}
	if m != nil && cap(b) == cap(m.free) && unsafe.SliceData(b) == unsafe.SliceData(m.free) {
		m.free = m.free[len(b):cap(m.free)][:0]
	}
	return Attrs(unsafe.String(unsafe.SliceData(b), len(b))) // b is never written again
}

package provenance

import (
	"encoding/binary"
	"slices"

	"github.com/braidflow/braid/internal/repo/flowfile"
)

// memory is the index of a segment while it grows. Its ordinals count the events of the segment from 0.
type memory struct {
	attrs  []string // indexed attributes, filename included
	seeds  []uint64 // of attrs
	uuids  uint64   // seed
	texts  [len(textFields)]uint64
	hashes []uint64 // of the fields with many values; hashes[i] belongs to the event ords[i]
	ords   []uint32
	lists  [len(listFields)]map[string]*postings

	// What belongs to the names in use; see use.
	names  names
	byNum  [len(listFields)][]*postings // a shortcut into lists
	attrAt []uint8                      // position in attrs + 1 by number
	seen   []bool                       // by number: is it in used?
	used   []uint32                     // the numbers that the events since clearUsed name
	values [][]byte                     // scratch, by position in attrs
}

// postings is the ascending list of the events with one value.
type postings struct {
	text  string
	count uint32
	last  uint32
	data  []byte // the differences, as uvarints
}

func (p *postings) add(ord uint32) {
	p.data = binary.AppendUvarint(p.data, uint64(ord-p.last))
	p.last = ord
	p.count++
}

// unpackPostings appends the ordinals of a list to ords.
func unpackPostings(ords []uint32, data []byte) []uint32 {
	ord := uint32(0)
	for c := (cursor{b: data}); len(c.b) > 0; {
		ord += uint32(c.uvarint())
		ords = append(ords, ord)
	}
	return ords
}

// newMemory makes an empty index with room for some events.
func newMemory(attrs []string, room int) *memory {
	m := &memory{attrs: attrs, uuids: seedOf(FieldFlowFileUUID), values: make([][]byte, len(attrs))}
	for _, a := range attrs {
		m.seeds = append(m.seeds, seedOf(a))
	}
	for i, f := range textFields {
		m.texts[i] = seedOf(f)
	}
	for i := range m.lists {
		m.lists[i] = map[string]*postings{}
	}
	m.hashes, m.ords = make([]uint64, 0, room), make([]uint32, 0, room)
	return m
}

// use says what the numbers in the events that follow mean. A table may grow while it is in use.
func (m *memory) use(n names) {
	m.names, m.attrAt = n, m.attrAt[:0]
	for i := range m.byNum {
		clear(m.byNum[i])
	}
	for i, name := range m.attrs {
		switch t := n.(type) {
		case table:
			if num := slices.Index(t, name); num > 0 {
				m.indexAttr(uint32(num), i)
			}
		case some:
			for num, text := range t {
				if text == name {
					m.indexAttr(num, i)
				}
			}
		}
	}
}

func (m *memory) indexAttr(num uint32, i int) {
	m.attrAt = grow(m.attrAt, num)
	m.attrAt[num] = uint8(i + 1)
}

func grow[T any](s []T, num uint32) []T {
	if int(num) < len(s) {
		return s
	}
	return append(s, make([]T, int(num)+1-len(s))...)
}

// clearUsed forgets the numbers used.
func (m *memory) clearUsed() {
	for _, num := range m.used {
		m.seen[num] = false
	}
	m.used = m.used[:0]
}

// check tells whether everything in the event can be decoded, notes the numbers it uses and the values of the
// indexed attributes.
func (m *memory) check(v *view) bool {
	clear(m.values)
	ok := m.note(v.component) && m.note(v.componentType) && m.note(v.queue) && m.note(v.relation)
	for _, packed := range [...][]byte{v.attrs, v.set} {
		for c := (cursor{b: packed}); ok && len(c.b) > 0; {
			a := c.attr()
			ok = !c.bad && m.note(a.ref)
			if i := m.attrIndex(a.ref); i >= 0 {
				m.values[i] = a.value
			}
		}
	}
	for c := (cursor{b: v.removed}); ok && len(c.b) > 0; {
		r := c.ref()
		ok = !c.bad && m.note(r)
		if i := m.attrIndex(r); i >= 0 {
			m.values[i] = nil
		}
	}
	return ok
}

// note remembers that a number is used; false means that nobody knows it.
func (m *memory) note(r ref) bool {
	if r.num == 0 || int(r.num) < len(m.seen) && m.seen[r.num] {
		return true
	}
	if _, known := m.names.name(r.num); !known {
		return false
	}
	m.seen = grow(m.seen, r.num)
	m.seen[r.num] = true
	m.used = append(m.used, r.num)
	return true
}

func (m *memory) attrIndex(r ref) int {
	if r.num != 0 {
		if int(r.num) < len(m.attrAt) {
			return int(m.attrAt[r.num]) - 1
		}
		return -1
	}
	for i, name := range m.attrs {
		if name == string(r.text) {
			return i
		}
	}
	return -1
}

// add indexes an event that check has just approved.
func (m *memory) add(v *view, ord uint32) {
	m.addList(0, ref{num: uint32(v.typ) + 1}, ord)
	m.addList(1, v.component, ord)
	m.addList(2, v.relation, ord)
	m.addHash(hashUUID(m.uuids, v.uuid), ord)
	for _, ids := range [...][]byte{v.parents, v.children} {
		for ; len(ids) > 0; ids = ids[16:] {
			m.addHash(hashUUID(m.uuids, ids), ord)
		}
	}
	for i, text := range v.texts {
		if len(text) > 0 && textFields[i] != "" {
			m.addHash(hashText(m.texts[i], text), ord)
		}
	}
	for i, value := range m.values {
		if value != nil {
			m.addHash(hashText(m.seeds[i], value), ord)
		}
	}
}

func (m *memory) addHash(h uint64, ord uint32) {
	m.hashes, m.ords = append(m.hashes, h), append(m.ords, ord)
}

func (m *memory) addList(field int, r ref, ord uint32) {
	if r.num == 0 && len(r.text) == 0 {
		return
	}
	if int(r.num) < len(m.byNum[field]) && m.byNum[field][r.num] != nil {
		m.byNum[field][r.num].add(ord)
		return
	}
	text := Type(r.num - 1).String()
	if field != 0 {
		text, _ = r.textIn(m.names) // check has seen it
	}
	p := m.lists[field][text]
	if p == nil {
		p = &postings{text: text}
		m.lists[field][text] = p
	}
	if r.num != 0 {
		m.byNum[field] = grow(m.byNum[field], r.num)
		m.byNum[field][r.num] = p
	}
	p.add(ord)
}

// indexedAttrs is what a segment's index holds of the attributes: the filename and the chosen ones.
func indexedAttrs(chosen []string) []string {
	attrs := []string{flowfile.AttrFilename}
	for _, a := range chosen {
		if a = attrOf(a); !slices.Contains(attrs, a) {
			attrs = append(attrs, a)
		}
	}
	return attrs
}

package provenance

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/braidflow/braid/internal/repo/content"
)

var errMalformed = errors.New("malformed provenance event")

// cursor reads an encoded event. After a read past the end it is bad and yields zeros.
type cursor struct {
	b   []byte
	bad bool
}

func (c *cursor) take(n uint64) []byte {
	if n > uint64(len(c.b)) {
		c.b, c.bad = nil, true
		return nil
	}
	p := c.b[:n:n]
	c.b = c.b[n:]
	return p
}

func (c *cursor) uvarint() uint64 {
	if len(c.b) > 0 && c.b[0] < 0x80 {
		v := c.b[0]
		c.b = c.b[1:]
		return uint64(v)
	}
	v, n := binary.Uvarint(c.b)
	if n <= 0 {
		c.b, c.bad = nil, true
		return 0
	}
	c.b = c.b[n:]
	return v
}

func (c *cursor) section() []byte { return c.take(c.uvarint()) }

// ref is the reference to a text in an encoded event: its number, or 0 and the text.
type ref struct {
	num  uint32
	text []byte
}

func (c *cursor) ref() ref {
	n := c.uvarint()
	if n > 1<<31 {
		c.bad = true
		return ref{}
	}
	if n == 0 {
		return ref{text: c.section()}
	}
	return ref{num: uint32(n)}
}

// attr is one packed attribute.
type attr struct {
	raw   []byte
	ref   // the name
	value []byte
}

func (c *cursor) attr() attr {
	from := c.b
	if n := shortAttr(from); n > 0 && n <= len(from) {
		c.b = from[n:]
		return attr{raw: from[:n:n], ref: ref{num: uint32(from[0])}, value: from[2:n:n]}
	}
	a := attr{ref: c.ref()}
	a.value = c.section()
	a.raw = from[:len(from)-len(c.b)]
	return a
}

// shortAttr returns the length of the first attribute, if its number and its length take a byte each as they nearly
// always do; else 0.
func shortAttr(b []byte) int {
	if len(b) >= 2 && b[0]-1 < 0x7f && b[1] < 0x80 {
		return 2 + int(b[1])
	}
	return 0
}

// attrLen returns the length of the first of the attributes of a FlowFile.
func attrLen(b []byte) int {
	if n := shortAttr(b); n > 0 {
		return n
	}
	return len(cutAttr(b).raw)
}

// cutAttr reads the first of the attributes of a FlowFile, which are well-formed.
func cutAttr(b []byte) attr {
	c := cursor{b: b}
	return c.attr()
}

// view is an encoded event taken apart. It shares the memory of what it was parsed from.
type view struct {
	typ                                       Type
	flags                                     uint16
	time, lineage, duration, size             int64
	uuid                                      []byte
	component, componentType, queue, relation ref
	before, after                             content.Claim
	attrs, set, removed                       []byte
	texts                                     [4][]byte // as in appendTexts
	parents, children                         []byte
}

// nextEvent cuts the first event off a blob.
func nextEvent(blob []byte) (event, rest []byte, err error) {
	c := cursor{b: blob}
	event = c.section()
	if c.bad || len(event) == 0 {
		return nil, nil, errMalformed
	}
	return event, c.b, nil
}

// parse takes an event apart; what it accepts, record can decode with the right names.
func (v *view) parse(event []byte) error {
	c := cursor{b: event}
	head := c.take(3)
	if c.bad {
		return errMalformed
	}
	*v = view{typ: Type(head[0]), flags: binary.LittleEndian.Uint16(head[1:])}
	v.time = int64(c.uvarint())
	age := c.uvarint()
	v.lineage = v.time - (int64(age>>1) ^ -int64(age&1)) // zigzag
	v.uuid = c.take(16)
	v.component, v.componentType = c.ref(), c.ref()
	if v.flags&hasDuration != 0 {
		v.duration = int64(c.uvarint())
	}
	if v.flags&hasQueue != 0 {
		v.queue = c.ref()
	}
	if v.flags&hasRelationship != 0 {
		v.relation = c.ref()
	}
	v.parseContent(&c)
	if v.flags&hasAttrs != 0 {
		v.attrs = c.section()
	}
	if v.flags&hasSet != 0 {
		v.set = c.section()
	}
	if v.flags&hasRemoved != 0 {
		v.removed = c.section()
	}
	for i := range v.texts {
		if v.flags&(hasTransit<<i) != 0 {
			v.texts[i] = c.section()
		}
	}
	v.parents = v.parseUUIDs(&c, hasParents)
	v.children = v.parseUUIDs(&c, hasChildren)
	if c.bad || len(c.b) > 0 {
		return errMalformed
	}
	return nil
}

func (v *view) parseContent(c *cursor) {
	if v.flags&hasBefore != 0 {
		v.before = c.claim()
	}
	if v.flags&sameAfter != 0 {
		v.after = v.before
	}
	if v.flags&hasAfter != 0 {
		v.after = c.claim()
	}
	v.size = v.after.Length
	if v.flags&hasSize != 0 {
		v.size = int64(c.uvarint())
	}
}

func (c *cursor) claim() content.Claim {
	cl := content.Claim{Segment: c.uvarint(), Offset: int64(c.uvarint()), Length: int64(c.uvarint())}
	if sum := c.take(4); sum != nil {
		cl.Sum = binary.LittleEndian.Uint32(sum)
	}
	return cl
}

func (v *view) parseUUIDs(c *cursor, flag uint16) []byte {
	if v.flags&flag == 0 {
		return nil
	}
	n := c.uvarint()
	if n > maxEvent/16 {
		c.bad = true
		return nil
	}
	return c.take(16 * n)
}

// names gives the texts behind the numbers of an encoded event.
type names interface {
	name(num uint32) (string, bool)
}

// table is the names by their numbers; table[0] is unused.
type table []string

func (t table) name(num uint32) (string, bool) {
	if int(num) >= len(t) {
		return "", false
	}
	return t[num], true
}

// some is the names of one block.
type some map[uint32]string

func (s some) name(num uint32) (string, bool) {
	text, ok := s[num]
	return text, ok
}

// textIn returns the text of a reference.
func (r ref) textIn(n names) (string, error) {
	if r.num == 0 {
		return string(r.text), nil
	}
	text, ok := n.name(r.num)
	if !ok {
		return "", fmt.Errorf("%w: no name has the number %d", errMalformed, r.num)
	}
	return text, nil
}

package provenance

import (
	"encoding/binary"
	"unicode/utf8"
	"unsafe"

	"github.com/braidflow/braid/internal/repo/content"
	"github.com/braidflow/braid/internal/repo/flowfile"
)

// MaxText is where long attribute values and texts are cut, in bytes: NiFi's default for
// nifi.provenance.repository.max.attribute.length.
const MaxText = 1 << 16

const (
	maxEvent = 64 << 20 // bytes
	tooLarge = "attributes, parents and children left out, they were too large. "
)

// Which of the optional fields an encoded event has.
const (
	hasDuration = 1 << iota
	hasSize     // it is not the length of the content after
	hasQueue
	hasRelationship
	hasBefore
	hasAfter // and it differs from the content before
	sameAfter
	hasAttrs
	hasSet
	hasRemoved
	hasTransit
	hasDetails
	hasAlternate
	hasSourceSystem
	hasParents
	hasChildren
)

// AppendEvent appends an event in the form that Append takes; a blob is any number of these. It allocates nothing
// but what buf needs to grow and keeps nothing of e. Texts and attribute values are cut at MaxText; an event that is
// still over 64 MB loses its attributes and relatives, and says so in its details.
func AppendEvent(buf []byte, e *Event) []byte {
	start := len(buf)
	if buf = appendEvent(buf, e); len(buf)-start <= maxEvent {
		return buf
	}
	small := *e
	small.Attrs, small.Updated, small.Parents, small.Children = "", "", nil, nil
	small.Details = tooLarge + e.Details
	return appendEvent(buf[:start], &small)
}

func appendEvent(buf []byte, e *Event) []byte {
	start := len(buf)
	buf = append(buf, 0, 0, byte(e.Type), 0, 0)
	flags := uint16(0)
	buf = binary.AppendUvarint(buf, uint64(e.Time))
	buf = binary.AppendVarint(buf, e.Time-e.Lineage)
	buf = append(buf, e.UUID[:]...)
	buf = appendName(buf, e.ComponentID)
	buf = appendName(buf, e.ComponentType)
	if e.Duration != 0 {
		flags |= hasDuration
		buf = binary.AppendUvarint(buf, uint64(e.Duration))
	}
	if e.SourceQueue.text != "" {
		flags |= hasQueue
		buf = appendName(buf, e.SourceQueue)
	}
	if e.Relationship.text != "" {
		flags |= hasRelationship
		buf = appendName(buf, e.Relationship)
	}
	buf, flags = appendContent(buf, flags, e)
	buf, flags = appendChange(buf, flags, e.Attrs, e.Updated)
	buf, flags = appendTexts(buf, flags, e)
	buf, flags = appendUUIDs(buf, flags, hasParents, e.Parents)
	buf, flags = appendUUIDs(buf, flags, hasChildren, e.Children)
	binary.LittleEndian.PutUint16(buf[start+3:], flags)
	return closeLength(buf, start)
}

func appendName(buf []byte, n Name) []byte {
	buf = binary.AppendUvarint(buf, uint64(n.num))
	if n.num == 0 {
		buf = appendText(buf, n.text)
	}
	return buf
}

func appendText[T string | []byte](buf []byte, s T) []byte {
	n := textLen(s)
	buf = binary.AppendUvarint(buf, uint64(n))
	return append(buf, s[:n]...)
}

// textLen tells how much of a text is kept: it is cut at a rune's start where there is one near.
func textLen[T string | []byte](s T) int {
	if len(s) <= MaxText {
		return len(s)
	}
	n := MaxText
	for n > MaxText-utf8.UTFMax && !utf8.RuneStart(s[n]) {
		n--
	}
	return n
}

func appendContent(buf []byte, flags uint16, e *Event) ([]byte, uint16) {
	none := content.Claim{}
	if e.Before != none {
		flags |= hasBefore
		buf = appendClaim(buf, e.Before)
	}
	switch {
	case e.After == none:
	case e.After == e.Before:
		flags |= sameAfter
	default:
		flags |= hasAfter
		buf = appendClaim(buf, e.After)
	}
	if e.Size != e.After.Length {
		flags |= hasSize
		buf = binary.AppendUvarint(buf, uint64(e.Size))
	}
	return buf, flags
}

func appendClaim(buf []byte, c content.Claim) []byte {
	buf = binary.AppendUvarint(buf, c.Segment)
	buf = binary.AppendUvarint(buf, uint64(c.Offset))
	buf = binary.AppendUvarint(buf, uint64(c.Length))
	return binary.LittleEndian.AppendUint32(buf, c.Sum)
}

func appendTexts(buf []byte, flags uint16, e *Event) ([]byte, uint16) {
	for i, s := range [...]string{e.TransitURI, e.Details, e.AlternateID, e.SourceSystemID} {
		if s != "" {
			flags |= hasTransit << i
			buf = appendText(buf, s)
		}
	}
	return buf, flags
}

func appendUUIDs(buf []byte, flags, flag uint16, ids []flowfile.UUID) ([]byte, uint16) {
	if len(ids) == 0 {
		return buf, flags
	}
	buf = binary.AppendUvarint(buf, uint64(len(ids)))
	for i := range ids {
		buf = append(buf, ids[i][:]...)
	}
	return buf, flags | flag
}

// appendChange writes the attributes before, and what is different after.
func appendChange(buf []byte, flags uint16, before, after flowfile.Attrs) ([]byte, uint16) {
	if len(before) > 0 {
		flags |= hasAttrs
		start := len(buf)
		buf = appendAttrs(append(buf, 0, 0), before)
		buf = closeLength(buf, start)
	}
	if before == after {
		return buf, flags
	}
	a, b := attrBytes(before), attrBytes(after)
	for len(a) > 0 { // what did not change stays in front
		n := attrLen(a)
		if n > len(b) || string(a[:n]) != string(b[:n]) {
			break
		}
		a, b = a[n:], b[n:]
	}
	start := len(buf)
	if buf = appendSet(append(buf, 0, 0), a, b); len(buf) > start+2 {
		flags |= hasSet
		buf = closeLength(buf, start)
	} else {
		buf = buf[:start]
	}
	start = len(buf)
	if buf = appendRemoved(append(buf, 0, 0), a, b); len(buf) > start+2 {
		flags |= hasRemoved
		return closeLength(buf, start), flags
	}
	return buf[:start], flags
}

// appendSet writes the attributes of b that a has not, or has with another value.
func appendSet(buf, a, b []byte) []byte {
	if len(a) == 0 && len(b) <= MaxText {
		return append(buf, b...)
	}
	from := a
	for len(b) > 0 {
		y := cutAttr(b)
		b = b[len(y.raw):]
		x, rest, found := findAttr(a, from, y)
		if found {
			from = rest
			if string(x.value) == string(y.value) {
				continue
			}
		}
		buf = appendAttr(buf, y)
	}
	return buf
}

// appendRemoved writes the names of the attributes of a that b has not.
func appendRemoved(buf, a, b []byte) []byte {
	from := b
	for len(a) > 0 {
		x := cutAttr(a)
		a = a[len(x.raw):]
		_, rest, found := findAttr(b, from, x)
		if found {
			from = rest
			continue
		}
		buf = binary.AppendUvarint(buf, uint64(x.num))
		if x.num == 0 {
			buf = binary.AppendUvarint(buf, uint64(len(x.text)))
			buf = append(buf, x.text...)
		}
	}
	return buf
}

// findAttr looks for the attribute with the name of y in all, from the place where the last one was found: changes
// keep the order, so it mostly lies there.
func findAttr(all, from []byte, y attr) (x attr, rest []byte, found bool) {
	for b := from; len(b) > 0; {
		x = cutAttr(b)
		b = b[len(x.raw):]
		if x.num == y.num && string(x.text) == string(y.text) {
			return x, b, true
		}
	}
	for b := all; len(b) > len(from); {
		x = cutAttr(b)
		b = b[len(x.raw):]
		if x.num == y.num && string(x.text) == string(y.text) {
			return x, b, true
		}
	}
	return attr{}, from, false
}

func appendAttrs(buf []byte, attrs flowfile.Attrs) []byte {
	if len(attrs) <= MaxText {
		return append(buf, attrs...) // no value can be too long
	}
	for b := attrBytes(attrs); len(b) > 0; {
		a := cutAttr(b)
		b = b[len(a.raw):]
		buf = appendAttr(buf, a)
	}
	return buf
}

func appendAttr(buf []byte, a attr) []byte {
	if len(a.value) <= MaxText {
		return append(buf, a.raw...)
	}
	buf = binary.AppendUvarint(buf, uint64(a.num))
	if a.num == 0 {
		buf = appendText(buf, a.text)
	}
	return appendText(buf, a.value)
}

// attrBytes views packed attributes as bytes; they must not be written.
func attrBytes(a flowfile.Attrs) []byte { return unsafe.Slice(unsafe.StringData(string(a)), len(a)) }

// closeLength fills in the length of what was appended after the two bytes at start. Two bytes hold it nearly
// always; else the rest moves up by two.
func closeLength(buf []byte, start int) []byte {
	n := len(buf) - start - 2
	if n >= 1<<14 {
		buf = append(buf, 0, 0)
		copy(buf[start+4:], buf[start+2:])
		buf[start+1], buf[start+2], buf[start+3] = byte(n>>7)|0x80, byte(n>>14)|0x80, byte(n>>21)&0x7f
	} else {
		buf[start+1] = byte(n >> 7)
	}
	buf[start] = byte(n) | 0x80
	return buf
}

package state

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"maps"
	"slices"
)

// Both files are fileHeader and records, each framed: marker, length of the payload, CRC-32C of it (4 bytes each,
// little endian), payload. The payload is kind, version, and id, count, and the pairs (uvarints; strings with their
// length). A snapshot ends with a record of kind end.
const (
	fileHeader  = "BRST\x01\x00\x00\x00"
	marker      = "\xb7Rs\xa5"
	frameHeader = 12
	maxRecord   = 64 << 20
)

const (
	kindSet    = 1
	kindRemove = 2
	kindEnd    = 3
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// record is one change: the whole new state of a component, or nil if it was removed.
type record struct {
	version int64
	id      string
	state   *Map
	end     bool
}

func appendFrame(b []byte, r record) ([]byte, error) {
	start := len(b)
	b = append(b, marker...)
	b = append(b, make([]byte, frameHeader-len(marker))...)
	switch {
	case r.end:
		b = append(b, kindEnd)
	case r.state == nil:
		b = append(b, kindRemove)
	default:
		b = append(b, kindSet)
	}
	b = binary.AppendUvarint(b, uint64(r.version))
	b = appendString(b, r.id)
	if r.state != nil {
		b = binary.AppendUvarint(b, uint64(len(r.state.values)))
		for _, k := range slices.Sorted(maps.Keys(r.state.values)) {
			b = appendString(appendString(b, k), r.state.values[k])
		}
	}
	payload := b[start+frameHeader:]
	if len(payload) > maxRecord {
		return b[:start], ErrTooLarge
	}
	binary.LittleEndian.PutUint32(b[start+4:], uint32(len(payload)))
	binary.LittleEndian.PutUint32(b[start+8:], crc32.Checksum(payload, castagnoli))
	return b, nil
}

func appendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// leftover says what of a file was not records.
type leftover struct {
	skipped int  // bytes before a later whole record: damage
	tail    int  // bytes after the last whole record
	whole   bool // the tail begins with a record that is not cut short: damage too, most likely
	closed  bool // the last record was the end of a snapshot
}

// decode returns all whole records, also those behind a damaged place: each stands for itself.
func decode(b []byte) (list []record, rest leftover) {
	if bytes.HasPrefix(b, []byte(fileHeader)) {
		b = b[len(fileHeader):]
	}
	for len(b) > 0 {
		r, n := decodeFrame(b)
		if n == 0 {
			if rest.tail == 0 {
				rest.whole = frameLength(b) > 0
			}
			n = len(b)
			if next := bytes.Index(b[1:], []byte(marker)); next >= 0 {
				n = next + 1
			}
			rest.tail += n
			b = b[n:]
			continue
		}
		rest.skipped += rest.tail
		rest.tail, rest.whole, rest.closed = 0, false, r.end
		list = append(list, r)
		b = b[n:]
	}
	return list, rest
}

// frameLength returns how long the frame at the start of b says it is; 0 if there is none or it is cut short.
func frameLength(b []byte) int {
	if len(b) < frameHeader || string(b[:4]) != marker {
		return 0
	}
	n := int64(binary.LittleEndian.Uint32(b[4:]))
	if n > maxRecord || n > int64(len(b)-frameHeader) {
		return 0
	}
	return int(frameHeader + n)
}

// decodeFrame returns a length of 0 if b does not start with a whole record.
func decodeFrame(b []byte) (record, int) {
	n := frameLength(b)
	if n == 0 {
		return record{}, 0
	}
	payload := b[frameHeader:n]
	if crc32.Checksum(payload, castagnoli) != binary.LittleEndian.Uint32(b[8:]) {
		return record{}, 0
	}
	r, ok := decodePayload(payload)
	if !ok {
		return record{}, 0
	}
	return r, n
}

func decodePayload(b []byte) (record, bool) {
	if len(b) == 0 {
		return record{}, false
	}
	d := decoder{b: b[1:]}
	r := record{version: int64(d.number()), id: d.text()}
	switch b[0] {
	case kindEnd:
		r.end = true
	case kindRemove:
	case kindSet:
		n := d.number()
		if n > uint64(len(d.b)) { // each pair takes two bytes at least
			return record{}, false
		}
		r.state = &Map{version: r.version, values: make(map[string]string, n)}
		for range n {
			k := d.text()
			r.state.values[k] = d.text()
		}
	default:
		return record{}, false
	}
	return r, !d.bad && len(d.b) == 0 && r.version >= 0
}

// decoder cuts values off; bad is set once something was not there.
type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) number() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.bad, d.b = true, nil
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) text() string {
	n := d.number()
	if n > uint64(len(d.b)) {
		d.bad, d.b = true, nil
		return ""
	}
	s := string(d.b[:n])
	d.b = d.b[n:]
	return s
}

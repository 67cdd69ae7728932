package provenance

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"

	"github.com/klauspost/compress/s2"
)

// errDamaged marks bytes that are not what was written.
var errDamaged = errors.New("damaged")

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }

const (
	blockMagic  = 0x316b4250 // "PBk1"
	blockHeader = 72         // bytes
	blockTarget = 128 << 10  // bytes of events in a block, before compression
	blockLimit  = 1 << 20    // a blob larger than this is split over several blocks
	maxBlock    = blockLimit + 2*maxEvent
)

// blockInfo is the header of a block.
type blockInfo struct {
	offset           int64 // of the header in the segment; not in the file
	sum              uint32
	packed           uint32 // bytes of the payload
	plain            uint32 // bytes of the payload when decompressed: events, then names
	events           uint32 // bytes of the events
	first            uint64 // id of the first event
	count            uint32
	whole            bool   // a blob ends with it
	pos              uint64 // log position up to which everything is in this block or before it
	durable          int64  // length of the segment that was synced when this block was written
	minTime, maxTime int64
}

func (h *blockInfo) end() int64 { return h.offset + blockHeader + int64(h.packed) }

func (h *blockInfo) append(b []byte) []byte {
	start := len(b)
	b = binary.LittleEndian.AppendUint32(b, blockMagic)
	b = append(b, 0, 0, 0, 0)
	for _, v := range [...]uint32{h.sum, h.packed, h.plain, h.events} {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	b = binary.LittleEndian.AppendUint64(b, h.first)
	b = binary.LittleEndian.AppendUint32(b, h.count)
	flags := uint32(0)
	if h.whole {
		flags = 1
	}
	b = binary.LittleEndian.AppendUint32(b, flags)
	for _, v := range [...]uint64{h.pos, uint64(h.durable), uint64(h.minTime), uint64(h.maxTime)} {
		b = binary.LittleEndian.AppendUint64(b, v)
	}
	binary.LittleEndian.PutUint32(b[start+4:], checksum(b[start+8:]))
	return b
}

// parse reads a header; b has blockHeader bytes.
func (h *blockInfo) parse(b []byte, offset int64) error {
	le := binary.LittleEndian
	if le.Uint32(b) != blockMagic || le.Uint32(b[4:]) != checksum(b[8:blockHeader]) {
		return errDamaged
	}
	*h = blockInfo{
		offset: offset, sum: le.Uint32(b[8:]), packed: le.Uint32(b[12:]), plain: le.Uint32(b[16:]),
		events: le.Uint32(b[20:]), first: le.Uint64(b[24:]), count: le.Uint32(b[32:]), whole: b[36]&1 != 0,
		pos: le.Uint64(b[40:]), durable: int64(le.Uint64(b[48:])),
		minTime: int64(le.Uint64(b[56:])), maxTime: int64(le.Uint64(b[64:])),
	}
	if h.packed > maxBlock || h.plain > maxBlock || h.events > h.plain {
		return errDamaged
	}
	return nil
}

// block is a decompressed block.
type block struct {
	first  uint64
	events []byte
	names  names
}

// pack appends a block, header and compressed payload, and fills in the rest of the header.
//
// S2 takes 42 ns an event where zstd's fastest level takes 152, for 18 bytes instead of 10, and the index takes 30.
func pack(out []byte, h *blockInfo, plain []byte) []byte {
	head := len(out)
	body := head + blockHeader
	out = slices.Grow(out, blockHeader+s2.MaxEncodedLen(len(plain)))
	payload := s2.Encode(out[body:cap(out)], plain)
	h.packed, h.sum = uint32(len(payload)), checksum(payload)
	h.append(out)
	return out[:body+len(payload)]
}

// readBlock reads the block with the given header; buf is used for the compressed bytes if it is large enough.
func readBlock(r io.ReaderAt, h *blockInfo, buf []byte) (*block, []byte, error) {
	buf, err := readPayload(r, h, buf)
	if err != nil {
		return nil, buf, err
	}
	n, err := s2.DecodedLen(buf)
	if err != nil || n != int(h.plain) {
		return nil, buf, fmt.Errorf("%w: length does not match", errDamaged)
	}
	plain, err := s2.Decode(nil, buf)
	if err != nil {
		return nil, buf, fmt.Errorf("%w: does not decompress", errDamaged)
	}
	known, err := parseNames(plain[h.events:])
	if err != nil {
		return nil, buf, err
	}
	return &block{first: h.first, events: plain[:h.events], names: known}, buf, nil
}

func readPayload(r io.ReaderAt, h *blockInfo, buf []byte) ([]byte, error) {
	if cap(buf) < int(h.packed) {
		buf = make([]byte, h.packed)
	}
	buf = buf[:h.packed]
	if _, err := r.ReadAt(buf, h.offset+blockHeader); err != nil {
		if errors.Is(err, io.EOF) {
			return buf, fmt.Errorf("%w: the file ends within it", errDamaged)
		}
		return buf, err
	}
	if checksum(buf) != h.sum {
		return buf, fmt.Errorf("%w: checksum does not match", errDamaged)
	}
	return buf, nil
}

// appendNames writes the names table of a block: for each number that its events use, the number and the text.
func appendNames(b []byte, used []uint32, n names) []byte {
	b = binary.AppendUvarint(b, uint64(len(used)))
	for _, num := range used {
		text, _ := n.name(num) // known: the events were checked
		b = binary.AppendUvarint(b, uint64(num))
		b = binary.AppendUvarint(b, uint64(len(text)))
		b = append(b, text...)
	}
	return b
}

func parseNames(b []byte) (some, error) {
	c := cursor{b: b}
	n := c.uvarint()
	m := make(some, min(n, uint64(len(b))))
	for range n {
		num := c.uvarint()
		text := c.section()
		if c.bad || num > 1<<32-1 {
			return nil, fmt.Errorf("%w: names table", errDamaged)
		}
		m[uint32(num)] = string(text)
	}
	return m, nil
}

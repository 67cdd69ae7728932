package wal

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
)

const (
	version           = 1
	segmentMagic      = "BRAIDWAL"
	segmentHeaderSize = 4096 // a page, so that no write of a frame can tear the header
	frameMagic        = "BWF1"
	frameHeaderSize   = 40
	recordHeaderSize  = 4
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var (
	errNoHeader = errors.New("no valid segment header")
	errVersion  = errors.New("the log was written by a newer version of Braid; start that version")
)

// segmentHeader opens a segment.
type segmentHeader struct {
	base  Position // of the first record
	prev  Position // where the log ended before; less than base only where a power loss took a part that a snapshot has
	epoch uint64   // of the opening of the log; tells frames of this life of the file from leftovers
	// durable is up to where the log was synced before this segment was begun.
	durable Position
}

func (h segmentHeader) encode() []byte {
	b := make([]byte, segmentHeaderSize)
	copy(b, segmentMagic)
	binary.LittleEndian.PutUint32(b[8:], version)
	binary.LittleEndian.PutUint64(b[16:], uint64(h.base))
	binary.LittleEndian.PutUint64(b[24:], uint64(h.prev))
	binary.LittleEndian.PutUint64(b[32:], h.epoch)
	binary.LittleEndian.PutUint64(b[40:], uint64(h.durable))
	binary.LittleEndian.PutUint32(b[segmentHeaderSize-4:], crc32.Checksum(b[:segmentHeaderSize-4], castagnoli))
	return b
}

func parseSegmentHeader(b []byte) (h segmentHeader, err error) {
	if len(b) < segmentHeaderSize || string(b[:8]) != segmentMagic ||
		binary.LittleEndian.Uint32(b[segmentHeaderSize-4:]) != crc32.Checksum(b[:segmentHeaderSize-4], castagnoli) {
		return h, errNoHeader
	}
	if binary.LittleEndian.Uint32(b[8:]) != version {
		return h, errVersion
	}
	h.base = Position(binary.LittleEndian.Uint64(b[16:]))
	h.prev = Position(binary.LittleEndian.Uint64(b[24:]))
	h.epoch = binary.LittleEndian.Uint64(b[32:])
	h.durable = Position(binary.LittleEndian.Uint64(b[40:]))
	return h, nil
}

// frame is the header of a frame. A frame without a payload only carries durable.
type frame struct {
	length  uint32   // of the payload
	epoch   uint64   // that of the segment
	pos     Position // of the first record
	durable Position // up to here the log was synced before this frame was written
	sum     uint32   // CRC-32C of the payload
}

func (f frame) put(b []byte) {
	copy(b, frameMagic)
	binary.LittleEndian.PutUint32(b[4:], f.length)
	binary.LittleEndian.PutUint64(b[8:], f.epoch)
	binary.LittleEndian.PutUint64(b[16:], uint64(f.pos))
	binary.LittleEndian.PutUint64(b[24:], uint64(f.durable))
	binary.LittleEndian.PutUint32(b[32:], f.sum)
	binary.LittleEndian.PutUint32(b[36:], crc32.Checksum(b[:36], castagnoli))
}

func parseFrame(b []byte) (f frame, ok bool) {
	if len(b) < frameHeaderSize || string(b[:4]) != frameMagic ||
		binary.LittleEndian.Uint32(b[36:]) != crc32.Checksum(b[:36], castagnoli) {
		return f, false
	}
	f.length = binary.LittleEndian.Uint32(b[4:])
	f.epoch = binary.LittleEndian.Uint64(b[8:])
	f.pos = Position(binary.LittleEndian.Uint64(b[16:]))
	f.durable = Position(binary.LittleEndian.Uint64(b[24:]))
	f.sum = binary.LittleEndian.Uint32(b[32:])
	return f, true
}

// cutRecord takes the first record off a payload.
func cutRecord(b []byte) (rec, rest []byte, ok bool) {
	if len(b) < recordHeaderSize {
		return nil, nil, false
	}
	n := uint64(binary.LittleEndian.Uint32(b))
	b = b[recordHeaderSize:]
	if n > uint64(len(b)) {
		return nil, nil, false
	}
	return b[:n], b[n:], true
}

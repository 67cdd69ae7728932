package provenance

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

// scan is what reading through a segment file found.
type scan struct {
	blocks  []blockInfo // the whole ones, in order
	damaged []span      // what lies between them
}

// span is a range of bytes in a file.
type span struct{ start, end int64 }

// scanBlocks reads through the blocks of a segment file and checks each checksum. It goes on behind damage.
func scanBlocks(r io.ReaderAt, size int64) (*scan, error) {
	s := &scan{}
	var buf []byte
	head := make([]byte, blockHeader)
	for off := int64(segmentHeader); off < size; {
		h, err := readHeader(r, off, size, head)
		if err == nil {
			if buf, err = readPayload(r, h, buf); err == nil {
				s.blocks = append(s.blocks, *h)
				off = h.end()
				continue
			}
		}
		if !errors.Is(err, errDamaged) {
			return nil, err
		}
		next, err := findHeader(r, off+1, size)
		if err != nil {
			return nil, err
		}
		s.damaged = append(s.damaged, span{off, next})
		off = next
	}
	return s, nil
}

func readHeader(r io.ReaderAt, off, size int64, buf []byte) (*blockInfo, error) {
	if off+blockHeader > size {
		return nil, errDamaged
	}
	if _, err := r.ReadAt(buf, off); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	var h blockInfo
	if err := h.parse(buf, off); err != nil {
		return nil, err
	}
	if h.end() > size {
		return nil, errDamaged
	}
	return &h, nil
}

// findHeader returns the offset of the first header from off on, or size.
func findHeader(r io.ReaderAt, off, size int64) (int64, error) {
	magic := binary.LittleEndian.AppendUint32(nil, blockMagic)
	window, head := make([]byte, 64<<10), make([]byte, blockHeader)
	for off < size {
		n, err := r.ReadAt(window[:min(int64(len(window)), size-off)], off)
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		i := bytes.Index(window[:n], magic)
		switch {
		case i < 0 && int64(n) >= size-off || n < len(magic):
			return size, nil
		case i < 0:
			off += int64(n) - int64(len(magic)) + 1
			continue
		}
		off += int64(i)
		if _, err := readHeader(r, off, size, head); err == nil {
			return off, nil
		} else if !errors.Is(err, errDamaged) {
			return 0, err
		}
		off++
	}
	return size, nil
}

// torn decides what of the last segment a crash left behind unfinished: the first damage beyond what is known to
// have been synced, and blocks at the end that hold only a part of a blob. That comes again from the log. Damage
// before is not a crash's. It returns where to cut, and keeps in s what stays.
func (s *scan) torn(size int64) int64 {
	durable, cut := int64(0), size
	for i := range s.blocks {
		durable = max(durable, s.blocks[i].durable)
	}
	for i, d := range s.damaged {
		if d.start >= durable {
			cut, s.damaged = d.start, s.damaged[:i]
			break
		}
	}
	n := len(s.blocks)
	for n > 0 && (s.blocks[n-1].offset >= cut || !s.blocks[n-1].whole) {
		n--
		cut = min(cut, s.blocks[n].offset)
	}
	s.blocks = s.blocks[:n]
	return cut
}

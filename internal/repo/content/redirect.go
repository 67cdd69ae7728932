package content

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/braidflow/braid/internal/vfs"
)

// place is where a content lies.
type place struct {
	segment uint64
	offset  int64
}

// moves says where the contents of one compacted segment went, by their offset in it. A redirect never leads to
// another: when its target is compacted in turn, it is rewritten.
type moves map[int64]place

// A file of moves: magic, count (uint32), entries of offset, segment and offset there (8 bytes each), and a CRC-32C
// of all that. Numbers are little endian.
const (
	movesMagic = "BRM1"
	movesEntry = 24
)

var errMoves = errors.New("damaged redirects")

func movesName(num uint64) string { return fmt.Sprintf("%016x.moved", num) }

func encodeMoves(m moves) []byte {
	b := make([]byte, 0, len(movesMagic)+4+len(m)*movesEntry+4)
	b = append(b, movesMagic...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(m)))
	for off, p := range m {
		b = binary.LittleEndian.AppendUint64(b, uint64(off))
		b = binary.LittleEndian.AppendUint64(b, p.segment)
		b = binary.LittleEndian.AppendUint64(b, uint64(p.offset))
	}
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

func decodeMoves(b []byte) (moves, error) {
	head := len(movesMagic) + 4
	if len(b) < head+4 || string(b[:4]) != movesMagic {
		return nil, errMoves
	}
	body, sum := b[:len(b)-4], binary.LittleEndian.Uint32(b[len(b)-4:])
	n := int64(binary.LittleEndian.Uint32(b[4:]))
	if crc32.Checksum(body, castagnoli) != sum || int64(len(body)-head) != n*movesEntry {
		return nil, errMoves
	}
	m := make(moves, n)
	for e := body[head:]; len(e) > 0; e = e[movesEntry:] {
		m[int64(binary.LittleEndian.Uint64(e))] = place{
			binary.LittleEndian.Uint64(e[8:]), int64(binary.LittleEndian.Uint64(e[16:])),
		}
	}
	return m, nil
}

func (r *Repository) path(name string) string { return filepath.Join(r.o.Dir, name) }

// scan reads what is in the folder.
func (r *Repository) scan() error {
	list, err := r.o.FS.ReadDir(r.o.Dir)
	if err != nil {
		return err
	}
	for _, e := range list {
		base, ext, _ := strings.Cut(e.Name(), ".")
		if strings.HasSuffix(ext, "partial") { // of a write that a crash cut short
			if err := r.o.FS.Remove(r.path(e.Name())); err != nil {
				return err
			}
			continue
		}
		num, err := strconv.ParseUint(base, 16, 64)
		if err != nil {
			continue
		}
		r.next = max(r.next, num)
		switch ext {
		case "seg":
			info, err := e.Info()
			if err != nil {
				return err
			}
			s := &segment{r: r, num: num, kind: kindShared}
			s.size.Store(info.Size())
			r.segments[num] = s
		case "moved":
			if err := r.loadMoves(num); err != nil {
				return err
			}
		}
	}
	for from, m := range r.moved {
		r.index(from, m)
	}
	return r.loadReserved()
}

func (r *Repository) loadMoves(num uint64) error {
	b, err := vfs.ReadFile(r.o.FS, r.path(movesName(num)))
	if err != nil {
		return err
	}
	m, err := decodeMoves(b)
	if err != nil {
		r.keepAged = true
		r.log.Error("content redirects are damaged: restore the file from a backup and restart; until then the"+
			" FlowFiles concerned lack their content, and nothing that they may need is deleted",
			"file", r.path(movesName(num)))
		return nil //nolint:nilerr // said above; what can be read is served
	}
	r.moved[num] = m
	return nil
}

// index notes which segments the moves lead to. The caller holds mu or is Open.
func (r *Repository) index(from uint64, m moves) {
	for _, p := range m {
		in := r.inbound[p.segment]
		if in == nil {
			in = map[uint64]struct{}{}
			r.inbound[p.segment] = in
		}
		in[from] = struct{}{}
	}
}

func (r *Repository) saveMoves(num uint64, m moves) error {
	return vfs.WriteFileAtomic(r.o.FS, r.path(movesName(num)), func(w io.Writer) error {
		_, err := w.Write(encodeMoves(m))
		return err
	})
}

// pruneMoves drops redirects that no claim led through. The caller holds mu.
func (r *Repository) pruneMoves() error {
	var errs []error
	for from, m := range r.moved {
		for off, p := range m {
			if s := r.segments[p.segment]; s == nil || !s.refers(p.offset) {
				delete(m, off)
			}
		}
		if len(m) == 0 {
			delete(r.moved, from)
			errs = append(errs, r.o.FS.Remove(r.path(movesName(from))))
		}
	}
	return errors.Join(errs...)
}

// refers tells whether the content at off has references.
func (s *segment) refers(off int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.find(off)
	return e != nil && e.refs > 0
}

// reservedName is a file with the number below which all segment numbers may have been used: a number must never be
// used twice, because provenance events remember claims for longer than the segments live.
const (
	reservedName = "reserved"
	reserveStep  = 1024
)

func (r *Repository) loadReserved() error {
	r.next++
	b, err := vfs.ReadFile(r.o.FS, r.path(reservedName))
	switch {
	case err == nil && len(b) == 12 && crc32.Checksum(b[:8], castagnoli) == binary.LittleEndian.Uint32(b[8:]):
		r.next = max(r.next, binary.LittleEndian.Uint64(b))
	case err == nil:
		r.next += 1 << 20
		r.log.Warn("file of reserved segment numbers is damaged: skipping a million numbers", "next", r.next)
	case !isNotExist(err):
		return err
	}
	r.reserved = r.next
	return nil
}

// number returns the number of the next segment.
func (r *Repository) number() (uint64, error) {
	r.numMu.Lock()
	defer r.numMu.Unlock()
	if r.next >= r.reserved {
		b := binary.LittleEndian.AppendUint64(nil, r.next+reserveStep)
		b = binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
		err := vfs.WriteFileAtomic(r.o.FS, r.path(reservedName), func(w io.Writer) error {
			_, err := w.Write(b)
			return err
		})
		if err != nil {
			return 0, err
		}
		r.reserved = r.next + reserveStep
	}
	r.next++
	return r.next - 1, nil
}

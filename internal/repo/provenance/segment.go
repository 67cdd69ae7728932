package provenance

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/braidflow/braid/internal/vfs"
)

const (
	segmentMagic  = "BRAIDPV1"
	segmentHeader = 32 // bytes
	eventsSuffix  = ".events"
	indexSuffix   = ".index"
)

// segment is one file of events and, once it is sealed, the index beside it. The fields without a lock are fixed
// when the segment is sealed, and are not read before.
type segment struct {
	path  string // without suffix
	first uint64 // id of its first event

	count            uint32 // ids it spans
	bytes            int64  // of events
	minTime, maxTime int64

	live atomic.Pointer[openSegment] // what is in memory, until the index is on disk
	dir  atomic.Pointer[directory]   // of the index on disk, when it was used lately

	indexed    atomic.Bool // the index is on disk and was not found damaged
	indexBytes atomic.Int64
}

func segmentPath(dir string, first uint64) string {
	return filepath.Join(dir, fmt.Sprintf("%020d", first))
}

// segmentID reads the first id from a file name.
func segmentID(name, suffix string) (uint64, bool) {
	digits, ok := strings.CutSuffix(name, suffix)
	if !ok || len(digits) != 20 {
		return 0, false
	}
	id, err := strconv.ParseUint(digits, 10, 64)
	return id, err == nil
}

// openSegment is the segment that is being written, or that waits for its index.
type openSegment struct {
	file vfs.File
	base uint64 // id of the first event

	mu      sync.Mutex // guards what follows; only the writer changes it
	mem     *memory
	blocks  []blockInfo // in the file
	size    int64       // of the file
	current blockInfo   // the block that is filling
	raw     []byte      // its events
	foreign []string    // the names of its events if another process made them
}

// nextID returns the id of the next event.
func (o *openSegment) nextID() uint64 { return o.current.first + uint64(o.current.count) }

// createSegment makes an empty segment file, durably. pos is the log position stored so far: it must outlive the
// segments before, which may be dropped.
func (r *Repository) createSegment(first, pos uint64) (*segment, error) {
	s := &segment{path: segmentPath(r.opts.Dir, first), first: first}
	f, err := r.opts.FS.OpenFile(s.path+eventsSuffix, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o640)
	if err != nil {
		return nil, err
	}
	if _, err = f.WriteAt(segmentHead(first, pos), 0); err == nil {
		if err = f.Sync(); err == nil {
			err = r.opts.FS.SyncDir(r.opts.Dir)
		}
	}
	if err != nil {
		_ = f.Close() // the first error is the one to report
		return nil, err
	}
	room := 0
	if segs := r.segments(); len(segs) > 0 {
		if last := segs[len(segs)-1].live.Load(); last != nil {
			room = len(last.mem.hashes) + len(last.mem.hashes)/16
		}
	}
	s.live.Store(&openSegment{
		file: f, base: first, size: segmentHeader, mem: newMemory(r.attrs, room), current: blockInfo{first: first},
	})
	return s, nil
}

func segmentHead(first, pos uint64) []byte {
	b := append(make([]byte, 0, segmentHeader), segmentMagic...)
	b = binary.LittleEndian.AppendUint64(b, first)
	b = binary.LittleEndian.AppendUint64(b, pos)
	b = append(b, 0, 0, 0, 0)
	return binary.LittleEndian.AppendUint32(b, checksum(b))
}

func parseSegmentHead(b []byte) (first, pos uint64, err error) {
	le := binary.LittleEndian
	if len(b) < segmentHeader || string(b[:8]) != segmentMagic || le.Uint32(b[28:]) != checksum(b[:28]) {
		return 0, 0, errDamaged
	}
	return le.Uint64(b[8:]), le.Uint64(b[16:]), nil
}

package wal

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/braidflow/braid/internal/vfs"
)

const (
	segmentExt    = ".wal"
	spareExt      = ".spare"
	quarantineDir = "quarantine"
	maxSpares     = 4        // segments kept for reuse
	zeroAhead     = 1 << 20  // bytes allocated at a time: a sync of bytes that the file already has costs half
	smallWrite    = 64 << 10 // beyond it the sync of the data outweighs that of the file's length
)

// noSegment is no position of a record.
const noSegment = ^Position(0)

var zeros = make([]byte, zeroAhead)

// segments are the files of a log. The flusher owns the one that is written; mu guards the list.
type segments struct {
	fs   vfs.FS
	dir  string
	sync bool
	size int64

	// Of the flusher.
	file    vfs.File // nil until the first write
	off     int64    // where the next frame goes
	filled  int64    // bytes that the file has allocated
	end     Position // after the last frame written
	gap     Position // how far end was moved on by a snapshot that has more than the log
	synced  Position // up to here all is on disk
	vouched Position // up to here a frame says so
	begun   Position // base of a segment that has its name but is not open yet, else noSegment

	mu     sync.Mutex // guards what follows
	list   []segment  // by base; the last may be the one that is written
	spares []string
	seq    int // makes names of spares
}

type segment struct {
	base Position
	name string
}

func (s *segments) path(name string) string { return filepath.Join(s.dir, name) }

func segmentName(base Position) string { return fmt.Sprintf("%016x%s", uint64(base), segmentExt) }

// load reads the folder.
func (s *segments) load() error {
	entries, err := s.fs.ReadDir(s.dir)
	if err != nil {
		return fmt.Errorf("list the log: %w", err)
	}
	for _, e := range entries {
		name := e.Name()
		switch filepath.Ext(name) {
		case spareExt:
			s.spares = append(s.spares, name)
			if n, err := strconv.Atoi(strings.TrimSuffix(name, spareExt)); err == nil {
				s.seq = max(s.seq, n)
			}
		case segmentExt:
			base, err := strconv.ParseUint(strings.TrimSuffix(name, segmentExt), 16, 64)
			if err != nil {
				return fmt.Errorf("%s does not belong into the log's folder; move it away", s.path(name))
			}
			s.list = append(s.list, segment{Position(base), name})
		}
	}
	if len(s.spares) > 0 { // a file must have lost its segment's name for good before it gets another content
		if err := s.fs.SyncDir(s.dir); err != nil {
			return fmt.Errorf("sync the folder of the log: %w", err)
		}
	}
	slices.SortFunc(s.list, func(a, b segment) int { return cmp.Compare(a.base, b.base) })
	return nil
}

// write writes the frames of a group that are not written yet. After an error it may be called again.
func (s *segments) write(g *group, epoch uint64) error {
	for g.next < len(g.frames) {
		start, last := g.frames[g.next], g.next
		for last < len(g.frames) && s.fits(g.frameEnd(last)-start) {
			last++
		}
		if last == g.next {
			if err := s.roll(g.pos(g.next), epoch); err != nil {
				return err
			}
			continue
		}
		chunk := g.buf[start:g.frameEnd(last-1)]
		s.allocate(int64(len(chunk)))
		if _, err := s.file.WriteAt(chunk, s.off); err != nil {
			return fmt.Errorf("write to the log: %w", err)
		}
		s.off += int64(len(chunk))
		s.filled = max(s.filled, s.off)
		g.next = last
		s.end = g.pos(last)
	}
	return nil
}

// fits tells whether n more bytes go into the open segment; one frame always fits into an empty one.
func (s *segments) fits(n int) bool {
	return s.file != nil && (s.off+int64(n) <= s.size || s.off == segmentHeaderSize)
}

// allocate writes zeros ahead of small writes, so that most syncs find the file's length unchanged.
func (s *segments) allocate(n int64) {
	if !s.sync || n > smallWrite || s.off+n <= s.filled {
		return
	}
	ahead := min(zeroAhead, s.size-s.filled)
	if ahead <= 0 {
		return
	}
	// Without room for the zeros the record may still fit: its own write says so.
	if _, err := s.file.WriteAt(zeros[:ahead], s.filled); err == nil {
		s.filled += ahead
	}
}

// flush makes what was written up to end durable.
func (s *segments) flush(end Position) error {
	if !s.sync {
		return nil
	}
	if err := s.file.Sync(); err != nil {
		return fatal{fmt.Errorf("sync the log: %w", err)}
	}
	s.synced = end
	return nil
}

// vouch writes an empty frame that says that all is durable, where the next frame will go. It need not be durable
// itself: it is for whoever reads the log after the process was killed.
func (s *segments) vouch(epoch uint64) {
	if s.fs == nil || s.file == nil || s.vouched == s.synced || s.synced < s.end {
		return
	}
	var b [frameHeaderSize]byte
	frame{epoch: epoch, pos: s.end, durable: s.synced}.put(b[:])
	s.allocate(frameHeaderSize)
	if _, err := s.file.WriteAt(b[:], s.off); err != nil {
		return // whatever is wrong, the next record will meet it
	}
	s.vouched = s.synced
}

// roll closes the open segment and begins one at base.
func (s *segments) roll(base Position, epoch uint64) error {
	if err := s.closeFile(); err != nil {
		return err
	}
	if s.begun != base { // else an earlier try came as far as this
		spare, name := s.takeSpare(), segmentName(base)
		err := s.prepare(spare, segmentHeader{base: base, prev: s.end - s.gap, epoch: epoch, durable: s.synced - s.gap})
		if err == nil {
			err = s.fs.Rename(s.path(spare), s.path(name))
		}
		if err != nil {
			s.putSpare(spare)
			return fmt.Errorf("begin a segment of the log: %w", err)
		}
		s.mu.Lock()
		s.list = append(s.list, segment{base, name})
		s.mu.Unlock()
		s.begun = base
	}
	f, err := s.fs.OpenFile(s.path(segmentName(base)), os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("begin a segment of the log: %w", err)
	}
	if s.sync {
		if err := s.fs.SyncDir(s.dir); err != nil {
			return fatal{errors.Join(fmt.Errorf("sync the folder of the log: %w", err), f.Close())}
		}
	}
	s.file, s.off, s.gap, s.begun = f, segmentHeaderSize, 0, noSegment
	return nil
}

// prepare gives a spare (or a new file) its header, before it gets a segment's name.
func (s *segments) prepare(spare string, h segmentHeader) (err error) {
	f, err := s.fs.OpenFile(s.path(spare), os.O_RDWR|os.O_CREATE, 0o640)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if _, err := f.WriteAt(h.encode(), 0); err != nil {
		return err
	}
	s.filled = max(info.Size(), segmentHeaderSize)
	if s.sync {
		if err := f.Sync(); err != nil {
			return fatal{fmt.Errorf("sync the log: %w", err)}
		}
	}
	return nil
}

func (s *segments) closeFile() error {
	if s.file == nil {
		return nil
	}
	f := s.file
	if s.sync {
		if err := f.Sync(); err != nil {
			return fatal{fmt.Errorf("sync the log: %w", err)}
		}
		s.synced = s.end
	}
	s.file = nil
	if err := f.Close(); err != nil {
		return fatal{fmt.Errorf("close a segment of the log: %w", err)}
	}
	return nil
}

// finish ends writing: all that was written becomes durable, and says so.
func (s *segments) finish(epoch uint64) error {
	if s.file == nil {
		return nil
	}
	if err := s.flush(s.end); err != nil {
		return err
	}
	s.vouch(epoch)
	return s.closeFile()
}

func (s *segments) takeSpare() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.spares); n > 0 {
		name := s.spares[n-1]
		s.spares = s.spares[:n-1]
		return name
	}
	return s.newSpare()
}

func (s *segments) putSpare(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spares = append(s.spares, name)
}

// newSpare makes a name. The caller holds mu.
func (s *segments) newSpare() string {
	s.seq++
	return strconv.Itoa(s.seq) + spareExt
}

// truncate gives up the segments that lie below pos.
func (s *segments) truncate(pos Position) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var spares []string
	for len(s.list) > 1 && s.list[1].base <= pos {
		spare, err := s.recycle(s.list[0].name, len(spares))
		if err != nil {
			return err
		}
		if spare != "" {
			spares = append(spares, spare)
		}
		s.list = s.list[1:]
	}
	// A file must have lost its segment's name for good before it gets another content.
	if err := s.fs.SyncDir(s.dir); err != nil {
		return fmt.Errorf("sync the folder of the log: %w", err)
	}
	s.spares = append(s.spares, spares...)
	return nil
}

// recycle makes a segment a spare, or deletes it when there are enough. The caller holds mu.
func (s *segments) recycle(name string, more int) (spare string, err error) {
	if len(s.spares)+more >= maxSpares {
		if err := s.fs.Remove(s.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("remove an old segment of the log: %w", err)
		}
		return "", nil
	}
	spare = s.newSpare()
	if err := s.fs.Rename(s.path(name), s.path(spare)); err != nil {
		return "", fmt.Errorf("recycle an old segment of the log: %w", err)
	}
	return spare, nil
}

// quarantine puts a file aside under a name that says where it came from.
func (s *segments) quarantine(name, why string) (string, error) {
	dir := s.path(quarantineDir)
	if err := s.fs.MkdirAll(dir, 0o750); err != nil {
		return "", fmt.Errorf("put %s aside: %w", name, err)
	}
	to := filepath.Join(dir, name+"."+why)
	if err := s.fs.Rename(s.path(name), to); err != nil {
		return "", fmt.Errorf("put %s aside: %w", name, err)
	}
	if err := errors.Join(s.fs.SyncDir(dir), s.fs.SyncDir(s.dir)); err != nil {
		return "", fmt.Errorf("put %s aside: %w", name, err)
	}
	return to, nil
}

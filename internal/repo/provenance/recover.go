package provenance

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/braidflow/braid/internal/vfs"
)

// recover reads the folder: every segment, oldest first, and cleans up behind a crash. It starts a new segment.
func (r *Repository) recover() error {
	if err := vfs.MakeDir(r.opts.FS, r.opts.Dir); err != nil {
		return err
	}
	ids, err := r.list()
	if err != nil {
		return err
	}
	end, err := r.recoverLast(&ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		s, err := r.openSealed(id)
		if err != nil {
			return err
		}
		if s != nil {
			r.addSegment(s)
		}
	}
	open, err := r.createSegment(end.next, end.pos)
	if err != nil {
		return err
	}
	r.addSegment(open)
	r.stored.Store(end.pos)
	r.recovered = end.pos
	return nil
}

// list returns the first ids of all segments, ascending, and removes what belongs to none of them.
func (r *Repository) list() ([]uint64, error) {
	entries, err := r.opts.FS.ReadDir(r.opts.Dir)
	if err != nil {
		return nil, err
	}
	var ids []uint64
	for _, e := range entries {
		if id, ok := segmentID(e.Name(), eventsSuffix); ok {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	for _, e := range entries {
		base, partial := strings.CutSuffix(e.Name(), ".partial")
		id, ok := segmentID(base, indexSuffix)
		if _, exists := slices.BinarySearch(ids, id); ok && (partial || !exists) {
			if err := r.opts.FS.Remove(segmentPath(r.opts.Dir, id) + strings.TrimPrefix(e.Name(), fmt.Sprintf("%020d", id))); err != nil {
				return nil, err
			}
		}
	}
	return ids, nil
}

// tail is what the last segment tells of where to go on.
type tail struct {
	next   uint64 // id of the next event
	pos    uint64 // log position that is stored
	empty  bool   // no event is in it
	broken bool   // nothing can be read from it: next and pos are not known
}

// recoverLast finds out where to go on, cuts what a crash left unfinished off the last segment, and takes segments
// without any event off ids.
func (r *Repository) recoverLast(ids *[]uint64) (tail, error) {
	for n := len(*ids); n > 0; n-- {
		id := (*ids)[n-1]
		path := segmentPath(r.opts.Dir, id) + eventsSuffix
		t, size, err := r.recoverTail(path)
		if err != nil {
			return tail{}, fmt.Errorf("recover %s: %w", path, err)
		}
		if t.empty {
			*ids = (*ids)[:n-1]
		}
		if t.broken && size > segmentHeader { // a crash while it was made leaves less behind
			if err := r.quarantine(path); err != nil {
				return tail{}, err
			}
		}
		if !t.broken {
			return t, nil
		}
	}
	return tail{}, nil
}

func (r *Repository) recoverTail(path string) (t tail, size int64, err error) {
	f, err := r.opts.FS.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return tail{}, 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return tail{}, 0, err
	}
	size = info.Size()
	head := make([]byte, segmentHeader)
	n, _ := f.ReadAt(head, 0) // what cannot be read counts as damaged
	t.next, t.pos, err = parseSegmentHead(head[:n])
	t.broken = err != nil
	found, err := scanBlocks(f, size)
	if err != nil {
		return tail{}, 0, err
	}
	cut := found.torn(size)
	if t.empty = len(found.blocks) == 0; t.empty {
		return t, size, nil // the next segment gets its name and replaces it
	}
	last := &found.blocks[len(found.blocks)-1]
	t = tail{next: last.first + uint64(last.count), pos: last.pos}
	if cut == size {
		return t, size, f.Sync() // a process that was killed may not have done it, and the log gives up what is stored
	}
	r.opts.Log.Warn("unfinished end of the provenance events was cut off; it comes again from the FlowFile log",
		"file", path, "bytes", size-cut)
	if err := f.Truncate(cut); err != nil {
		return tail{}, 0, err
	}
	return t, cut, f.Sync()
}

// quarantine puts a file aside from which nothing can be read.
func (r *Repository) quarantine(path string) error {
	r.opts.Log.Error("provenance segment cannot be read and was put aside", "file", path+".damaged")
	return r.opts.FS.Rename(path, path+".damaged")
}

// openSealed opens a segment that is complete; without a usable index it is put on the list to get one. It returns
// nil for a segment from which nothing can be read.
func (r *Repository) openSealed(id uint64) (*segment, error) {
	s := &segment{path: segmentPath(r.opts.Dir, id), first: id}
	info, err := r.opts.FS.Stat(s.path + eventsSuffix)
	if err != nil {
		return nil, err
	}
	s.bytes = info.Size()
	err = r.openIndex(s)
	switch {
	case err == nil:
		return s, nil
	case errors.Is(err, errDamaged):
		r.opts.Log.Warn("index of provenance events is damaged and is made again", "segment", s.path)
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	found, err := r.scanSegment(s)
	if err != nil {
		return nil, err
	}
	for _, d := range found.damaged {
		r.opts.Log.Error("provenance events are damaged and are left out", "segment", s.path, "offset", d.start, "bytes", d.end-d.start)
	}
	if len(found.blocks) == 0 {
		return nil, r.quarantine(s.path + eventsSuffix)
	}
	last := &found.blocks[len(found.blocks)-1]
	s.seal(found.blocks, last.first+uint64(last.count), s.bytes)
	r.rebuild = append(r.rebuild, s)
	return s, nil
}

func (r *Repository) openIndex(s *segment) error {
	f, err := vfs.Open(r.opts.FS, s.path+indexSuffix)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // read only
	dir, _, err := readFooter(f, s)
	if err != nil {
		return err
	}
	s.indexBytes.Store(dir.end + indexFooter)
	s.indexed.Store(true)
	return nil
}

// scanSegment finds the blocks of a sealed segment without its index.
func (r *Repository) scanSegment(s *segment) (*scan, error) {
	f, err := vfs.Open(r.opts.FS, s.path+eventsSuffix)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // read only
	return scanBlocks(f, s.bytes)
}

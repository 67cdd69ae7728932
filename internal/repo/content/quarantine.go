package content

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"

	"github.com/braidflow/braid/internal/vfs"
)

// quarantineDir keeps what was found damaged. Braid never deletes from it.
const quarantineDir = "quarantine"

func isNotExist(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// corrupt reports a damaged content, and puts a copy of its bytes aside when it is found for the first time.
func (r *Repository) corrupt(c Claim, found string) *CorruptError {
	key := place{c.Segment, c.Offset}
	r.badMu.Lock()
	_, known := r.bad[key]
	r.bad[key] = struct{}{}
	r.badMu.Unlock()
	name := filepath.Join(r.o.Dir, quarantineDir, fmt.Sprintf("%016x-%d.content", c.Segment, c.Offset))
	e := &CorruptError{Claim: c, Hint: fmt.Sprintf("%s; the bytes are in %s", found, name)}
	if known {
		return e
	}
	if err := r.copyAside(c, name); err != nil {
		e.Hint = fmt.Sprintf("%s; no copy could be put aside: %v", found, err)
	}
	r.log.Error("content is damaged: check the disk", "segment", c.Segment, "offset", c.Offset,
		"length", c.Length, "found", e.Hint)
	return e
}

func (r *Repository) copyAside(c Claim, name string) (err error) {
	s, off := r.pin(c)
	if s == nil {
		return ErrGone
	}
	defer s.pins.Add(-1)
	defer func() {
		if err != nil {
			s.suspect.Store(true)
		}
	}()
	if err := vfs.MakeDir(r.o.FS, filepath.Dir(name)); err != nil {
		return err
	}
	src, err := vfs.Open(r.o.FS, r.path(s.name())) // not through the cache: its header may be what is damaged
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }() // read only
	return vfs.WriteFileAtomic(r.o.FS, name, func(w io.Writer) error {
		_, err := io.Copy(w, io.NewSectionReader(src, off, c.Length))
		return err
	})
}

// putAside keeps a whole file that would otherwise be deleted.
func (r *Repository) putAside(name string) error {
	dir := r.path(quarantineDir)
	if err := vfs.MakeDir(r.o.FS, dir); err != nil {
		return err
	}
	if err := r.o.FS.Rename(r.path(name), filepath.Join(dir, name)); err != nil {
		return err
	}
	return errors.Join(r.o.FS.SyncDir(dir), r.o.FS.SyncDir(r.o.Dir))
}

// isAged reads from its file whether compaction made a segment.
func (r *Repository) isAged(s *segment) bool {
	f, err := vfs.Open(r.o.FS, r.path(s.name()))
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }() // read only
	kind, err := readHeader(f, s.num)
	return err != nil || kind == kindAged // in doubt it is kept
}

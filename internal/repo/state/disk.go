package state

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/braidflow/braid/internal/vfs"
)

const (
	logName      = "log"
	snapshotName = "snapshot"
)

func (s *Store) path(name string) string { return filepath.Join(s.o.Dir, name) }

// load reads snapshot and log, cuts a torn tail off, and puts a damaged file aside.
func (s *Store) load() error {
	damaged, _, err := s.read(snapshotName)
	if err != nil {
		return err
	}
	if !damaged {
		s.covered = s.version
	}
	inLog, end, err := s.read(logName)
	if err != nil {
		return err
	}
	if s.log, err = s.o.FS.OpenFile(s.path(logName), os.O_RDWR|os.O_CREATE, 0o640); err != nil {
		return err
	}
	s.size = end
	if damaged || inLog {
		return s.snapshot()
	}
	if end == 0 {
		return s.startLog()
	}
	if err := s.log.Truncate(end); err != nil {
		return err
	}
	return s.log.Sync()
}

// read applies the records of one file. It tells whether there is damage that no crash explains, which it has put
// aside, and where the last whole record ends.
func (s *Store) read(name string) (damaged bool, end int64, err error) {
	b, err := vfs.ReadFile(s.o.FS, s.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return false, 0, nil
	}
	if err != nil {
		return false, 0, err
	}
	list, rest := decode(b)
	for _, r := range list {
		s.apply(r)
	}
	if name == snapshotName {
		s.snapSize = int64(len(b))
		damaged = rest.tail > 0 || rest.skipped > 0 || !rest.closed
	} else {
		damaged = rest.skipped > 0 || rest.whole
	}
	if damaged {
		err = s.putAside(name, b)
	}
	return damaged, int64(len(b) - rest.tail), err
}

// apply takes a record over, unless the snapshot covers it: a crash may have left the log from before.
func (s *Store) apply(r record) {
	s.version = max(s.version, r.version)
	switch {
	case r.end || r.version <= s.covered:
	case r.state == nil:
		delete(s.durable, r.id)
	default:
		s.durable[r.id] = r.state
	}
}

func (s *Store) putAside(name string, b []byte) error {
	aside := s.path(fmt.Sprintf("%s.damaged-%d", name, s.version))
	s.o.Log.Error("component state was damaged on disk: some components may have an older state than they stored",
		"file", s.path(name), "copy", aside)
	return vfs.WriteFileAtomic(s.o.FS, aside, func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
}

// append writes frames behind the log and syncs it. The caller holds disk.
func (s *Store) append(frames []byte) error {
	if s.log == nil {
		return errClosed
	}
	if s.size == 0 { // the disk was full when the log was begun
		if err := s.startLog(); err != nil {
			return fmt.Errorf("store component state: %w", err)
		}
	}
	if _, err := s.log.WriteAt(frames, s.size); err != nil {
		if terr := s.log.Truncate(s.size); terr != nil { // else a restart would find what we say was not stored
			s.fail(terr)
		}
		return fmt.Errorf("store component state: %w", err)
	}
	if err := s.log.Sync(); err != nil {
		s.fail(err)
		return fmt.Errorf("store component state: %w", err)
	}
	s.size += int64(len(frames))
	if s.size > s.o.SnapshotAfter && s.size > 2*s.snapSize {
		s.due = true
	}
	return nil
}

func (s *Store) fail(err error) {
	s.mu.Lock()
	s.failed = fmt.Errorf("component state cannot be stored until the node is restarted: %w", err)
	s.mu.Unlock()
}

// snapshot writes all state to a new snapshot and empties the log. The caller holds disk, or is Open. After an error
// snapshot and log together still hold everything.
func (s *Store) snapshot() error {
	s.mu.Lock()
	all := maps.Clone(s.durable)
	version := s.version
	s.mu.Unlock()
	b := []byte(fileHeader)
	for _, id := range slices.Sorted(maps.Keys(all)) {
		b, _ = appendFrame(b, record{version: all[id].version, id: id, state: all[id]}) // it fitted before
	}
	b, _ = appendFrame(b, record{version: version, end: true})
	err := vfs.WriteFileAtomic(s.o.FS, s.path(snapshotName), func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
	if err != nil {
		return err
	}
	s.snapSize = int64(len(b))
	return s.startLog()
}

// startLog makes the log an empty one.
func (s *Store) startLog() error {
	if err := s.log.Truncate(0); err != nil {
		return err
	}
	s.size = 0
	if _, err := s.log.WriteAt([]byte(fileHeader), 0); err != nil {
		return err
	}
	if err := s.log.Sync(); err != nil {
		s.fail(err)
		return err
	}
	s.size = int64(len(fileHeader))
	return s.o.FS.SyncDir(s.o.Dir)
}

package content

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/braidflow/braid/internal/vfs"
)

// Sync makes durable all that was flushed before the call; appends go on meanwhile. It costs next to nothing if there
// is nothing to do. After an error the repository refuses to write: nothing is known about what is on disk, and the
// node has to be restarted.
func (r *Repository) Sync() error {
	if err := r.failure(); err != nil {
		return err
	}
	if r.unsynced.Load() == 0 {
		return nil
	}
	r.syncing.Lock()
	defer r.syncing.Unlock()
	if err := r.failure(); err != nil {
		return err
	}
	r.dirtyMu.Lock()
	list := r.dirty
	r.dirty = nil
	r.dirtyMu.Unlock()
	if err := r.syncAll(list); err != nil {
		err = fmt.Errorf("sync content (restart the node once the disk is well): %w", err)
		r.failed.CompareAndSwap(nil, &err)
		return err
	}
	return nil
}

func (r *Repository) syncAll(list []*segment) error {
	var names error
	if r.newNames.Swap(false) {
		names = r.o.FS.SyncDir(r.o.Dir)
	}
	if len(list) == 1 {
		return errors.Join(names, r.syncOne(list[0]))
	}
	errs := make([]error, len(list))
	var wg sync.WaitGroup
	for i, s := range list { // together: the file system makes one journal commit of them
		wg.Go(func() { errs[i] = r.syncOne(s) })
	}
	wg.Wait()
	return errors.Join(names, errors.Join(errs...))
}

func (r *Repository) syncOne(s *segment) error {
	s.dirty.Store(false) // before the sync: what is written from here on is for the next one
	f, err := r.handles.get(s)
	if err == nil {
		err = f.Sync()
	}
	s.pins.Add(-1)
	r.unsynced.Add(-1)
	return err
}

// markDirty is called after a write and before the writer's Flush returns.
func (r *Repository) markDirty(s *segment) {
	if s.dirty.Load() {
		return
	}
	r.dirtyMu.Lock()
	defer r.dirtyMu.Unlock()
	if s.dirty.Load() {
		return
	}
	s.pins.Add(1) // the handle that wrote is the one that is sure to be told of an error
	r.unsynced.Add(1)
	r.dirty = append(r.dirty, s)
	s.dirty.Store(true) // last: who sees it may rely on the rest
}

// undirty takes a segment that is to be deleted off the list; false if it is just being synced.
func (r *Repository) undirty(s *segment) bool {
	if !s.dirty.Load() {
		return true
	}
	r.dirtyMu.Lock()
	defer r.dirtyMu.Unlock()
	i := slices.Index(r.dirty, s)
	if i < 0 {
		return false
	}
	r.dirty = slices.Delete(r.dirty, i, i+1)
	s.dirty.Store(false)
	s.pins.Add(-1)
	r.unsynced.Add(-1)
	return true
}

func (r *Repository) failure() error {
	if p := r.failed.Load(); p != nil {
		return *p
	}
	return nil
}

// diskError says what was attempted, and takes note if the disk is full.
func (r *Repository) diskError(what string, err error) error {
	if err == nil {
		return nil
	}
	if vfs.IsNoSpace(err) {
		r.full.Store(true)
		r.ring()
		return fmt.Errorf("%s: %w: %w", what, ErrFull, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}

package content

import (
	"container/list"
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/braidflow/braid/internal/vfs"
)

// handles keeps the files of the segments open that were used last. A segment with pins is never closed.
type handles struct {
	r   *Repository
	max int

	mu   sync.Mutex // guards list, and file and lru of each segment
	list list.List  // of *segment with an open file, the one used last in front
}

// get returns the file of a segment that the caller has pinned.
func (h *handles) get(s *segment) (vfs.File, error) {
	h.mu.Lock()
	if s.file != nil {
		h.list.MoveToFront(s.lru)
		f := s.file
		h.mu.Unlock()
		return f, nil
	}
	h.mu.Unlock()
	f, err := h.open(s)
	if err != nil {
		return nil, err
	}
	return h.adopt(s, f), nil
}

func (h *handles) open(s *segment) (vfs.File, error) {
	f, err := h.r.o.FS.OpenFile(h.r.path(s.name()), os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("open segment: %w", err)
	}
	if _, err := readHeader(f, s.num); err != nil {
		_ = f.Close() // nothing was written
		return nil, err
	}
	return f, nil
}

// adopt puts an open file under the care of h and returns the one to use: another goroutine may have been first.
func (h *handles) adopt(s *segment, f vfs.File) vfs.File {
	h.mu.Lock()
	spare := h.evict()
	if s.file != nil {
		spare = append(spare, f)
	} else {
		s.file, s.lru = f, h.list.PushFront(s)
	}
	f = s.file
	h.mu.Unlock()
	for _, f := range spare {
		_ = f.Close() // it was synced, or only read
	}
	return f
}

// evict takes out files to make room for one more. The caller holds mu and closes them.
func (h *handles) evict() (spare []vfs.File) {
	for n := h.list.Len(); n >= h.max && n > 0; n-- {
		e := h.list.Back()
		s := e.Value.(*segment)
		if s.pins.Load() > 0 {
			h.list.MoveToFront(e)
			continue
		}
		spare = append(spare, s.file)
		h.list.Remove(e)
		s.file, s.lru = nil, nil
	}
	return spare
}

// forget closes the file of a segment that is about to be deleted.
func (h *handles) forget(s *segment) error {
	h.mu.Lock()
	f := s.file
	if f != nil {
		h.list.Remove(s.lru)
		s.file, s.lru = nil, nil
	}
	h.mu.Unlock()
	if f == nil {
		return nil
	}
	return f.Close()
}

func (h *handles) closeAll() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	var errs []error
	for e := h.list.Front(); e != nil; e = e.Next() {
		s := e.Value.(*segment)
		errs = append(errs, s.file.Close())
		s.file, s.lru = nil, nil
	}
	h.list.Init()
	return errors.Join(errs...)
}

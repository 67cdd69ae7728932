package content

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"
)

// NiFi cleans its archive once a minute, too, and blocks writers two percent above the archive's limit.
const (
	cleanEvery   = time.Minute
	fullAbove    = 2         // percent above Archive.MaxUsage
	reserve      = 256 << 20 // bytes (or a hundredth of a small disk) that content leaves to the logs
	roomInterval = 100 * time.Millisecond
	maxUnsynced  = 256 // segments that wait for a Sync before Clean does it: a node without durability calls none
)

// Run cleans up whenever there is cause, until ctx ends.
func (r *Repository) Run(ctx context.Context) error {
	t := r.o.Clock.NewTimer(cleanEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-r.bell:
		case <-t.C():
		}
		if err := r.Clean(); err != nil {
			r.log.Warn("cleaning up content went wrong and is tried again later", "error", err)
		}
		t.Reset(cleanEvery)
	}
}

func (r *Repository) ring() {
	select {
	case r.bell <- struct{}{}:
	default: // it is ringing
	}
}

// Clean deletes archived segments whose time is up, compacts those that hold little else, and, if the disk is too
// full, goes on with the ones that died first until it is not.
func (r *Repository) Clean() error {
	if !r.ready.Load() {
		return nil
	}
	r.cleaning.Lock()
	defer r.cleaning.Unlock()
	now := r.o.Clock.Now()
	oldest := now.Add(-r.o.Archive.Keep).UnixNano()
	expired := func(s *segment) bool { return s.death.Load() <= oldest }
	pressed := r.usage() > r.o.Archive.MaxUsage
	scan := pressed || now.Sub(r.lastScan) >= cleanEvery // it costs more than the rest, and the bell rings often
	if scan {
		r.lastScan = now
		r.shared.retireIdle(expired)
		r.aged.retireIdle(expired)
	}
	err := r.sweep(expired)
	if scan {
		err = errors.Join(err, r.compactAll(func(s *segment) bool {
			return expired(s) || pressed && r.usage() > r.o.Archive.MaxUsage
		}))
	}
	if r.unsynced.Load() > maxUnsynced {
		err = errors.Join(err, r.Sync())
	}
	r.checkRoom()
	return err
}

// sweep deletes dead segments: all that are expired, and the oldest others while the disk is too full.
func (r *Repository) sweep(expired func(*segment) bool) error {
	r.deadMu.Lock()
	list := r.dead
	r.dead = nil
	r.deadMu.Unlock()
	slices.SortFunc(list, func(a, b *segment) int { return cmp.Compare(a.death.Load(), b.death.Load()) })
	var kept []*segment
	var errs []error
	pressed := len(list) > 0 && r.usage() > r.o.Archive.MaxUsage
	for _, s := range list {
		switch {
		case s.live.Load() != 0: // somebody took it up again
			r.deadMu.Lock()
			s.listed = false
			r.deadMu.Unlock()
			r.maybeDead(s)
			continue
		case expired(s) || pressed:
			gone, err := r.remove(s)
			errs = append(errs, err)
			if gone {
				pressed = pressed && r.usage() > r.o.Archive.MaxUsage
				continue
			}
		}
		kept = append(kept, s)
	}
	r.deadMu.Lock()
	r.dead = append(kept, r.dead...)
	r.deadMu.Unlock()
	return errors.Join(errs...)
}

// remove deletes a dead segment, or puts it aside if it is not known to be worthless; false means that a reader or
// a sync holds it.
func (r *Repository) remove(s *segment) (bool, error) {
	r.mu.Lock()
	if s.live.Load() != 0 || s.holders.Load() != 0 || !r.undirty(s) || s.pins.Load() != 0 {
		r.mu.Unlock()
		return false, nil
	}
	delete(r.segments, s.num)
	files := r.forgetMoves(s.num)
	r.mu.Unlock()
	err := r.handles.forget(s)
	if s.suspect.Load() || r.keepAged && r.isAged(s) {
		return true, errors.Join(err, r.putAside(s.name()))
	}
	err = errors.Join(err, r.o.FS.Remove(r.path(s.name())))
	for _, name := range files {
		err = errors.Join(err, r.o.FS.Remove(r.path(name)))
	}
	return true, err
}

// forgetMoves drops the redirects to a segment and returns the files that are of no use any more. The caller holds mu.
func (r *Repository) forgetMoves(num uint64) (files []string) {
	for from := range r.inbound[num] {
		m := r.moved[from]
		for off, p := range m {
			if p.segment == num {
				delete(m, off)
			}
		}
		if m != nil && len(m) == 0 {
			delete(r.moved, from)
			files = append(files, movesName(from))
		}
	}
	delete(r.inbound, num)
	return files
}

// usage returns the percentage of the disk that is in use, rounded up; 0 if that is not known.
func (r *Repository) usage() int {
	u, err := r.o.FS.Usage(r.o.Dir)
	if err != nil || u.Total == 0 {
		return 0
	}
	return int(((u.Total-u.Free)*100 + u.Total - 1) / u.Total)
}

// checkRoom decides whether writers have to wait. As in NiFi (FileSystemRepository.ContainerState) the percentage
// counts only while there is archived content to give up; beyond that a small reserve is left to the logs, because
// a full disk would stop the node.
func (r *Repository) checkRoom() {
	r.lastRoom.Store(r.o.Clock.Now().UnixNano())
	u, err := r.o.FS.Usage(r.o.Dir)
	if err != nil || u.Total == 0 {
		r.full.Store(false)
		return
	}
	used := r.usage()
	r.deadMu.Lock()
	archived := len(r.dead) > 0
	r.deadMu.Unlock()
	full := u.Free < min(reserve, u.Total/100) || archived && used > r.o.Archive.MaxUsage+fullAbove
	if full != r.full.Swap(full) && full {
		r.log.Warn("content repository is full: writing waits until there is room", "used_percent", used)
	}
	if used > r.o.Archive.MaxUsage && archived {
		r.ring()
	}
}

// Full tells whether there is no room for more content now. It looks at the disk again now and then.
func (r *Repository) Full() bool {
	if r.full.Load() && r.o.Clock.Now().UnixNano()-r.lastRoom.Load() >= int64(roomInterval) {
		r.checkRoom()
	}
	return r.full.Load()
}

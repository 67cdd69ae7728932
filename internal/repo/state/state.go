// Package state is the state repository: what components remember on this node (NiFi's Scope.LOCAL), a small map of
// strings each, kept in memory and made durable before a change returns.
//
// A change is appended to a log as the component's whole new map; changes that come together share one write and one
// fsync. When the log has grown large a snapshot takes its place. docs/formats/state.md describes the files.
//
// Locks nest in this order: disk, mu.
package state

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"sync"

	"github.com/braidflow/braid/internal/vfs"
)

// NoVersion is the version of the state of a component that never stored one.
const NoVersion = -1

// ErrNotOneKey means that a change that may only drop one key would do something else.
var ErrNotOneKey = errors.New("exactly one key can be removed at a time, and the others must keep their values")

// ErrTooLarge means that a state does not fit into one record.
var ErrTooLarge = fmt.Errorf("state of a component is larger than %d MB", maxRecord>>20)

// DefaultSnapshotAfter is how large the log grows before a snapshot takes its place.
const DefaultSnapshotAfter = 1 << 20

// Options says where to keep state.
type Options struct {
	FS            vfs.FS
	Dir           string       // made if it is not there
	SnapshotAfter int64        // bytes of log; 0 = the default
	Log           *slog.Logger // nil = silent
}

// Map is the state of one component at one time. It does not change.
type Map struct {
	version int64
	values  map[string]string
}

var none = &Map{version: NoVersion}

// Version grows with each change of any component; it is NoVersion if nothing was ever stored.
func (m *Map) Version() int64 { return m.version }

// Get returns the value of a key.
func (m *Map) Get(key string) (string, bool) {
	v, ok := m.values[key]
	return v, ok
}

// Len returns the number of keys.
func (m *Map) Len() int { return len(m.values) }

// All ranges over keys and values in no particular order.
func (m *Map) All() iter.Seq2[string, string] { return maps.All(m.values) }

// Store keeps the state of all components of a node. All methods may be called concurrently.
type Store struct {
	o    Options
	lock io.Closer

	disk     sync.Mutex // guards log, size, snapSize, due; held while a batch is written
	log      vfs.File
	size     int64 // of the log, whole records only
	snapSize int64
	due      bool // the log has grown large

	mu      sync.Mutex // guards the rest
	durable map[string]*Map
	pending map[string]*Map // changes in batch, or being written; nil = removed
	version int64
	covered int64 // version up to which the snapshot holds all; used by Open only
	batch   *batch
	failed  error // nothing can be written any more
}

// batch is the changes that the next write takes.
type batch struct {
	frames  []byte
	changed map[string]*Map
	done    bool // guarded by Store.disk, as is err
	err     error
}

// Open takes the folder over (one process at a time) and reads the state in it.
func Open(o Options) (*Store, error) {
	if o.SnapshotAfter == 0 {
		o.SnapshotAfter = DefaultSnapshotAfter
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if err := vfs.MakeDir(o.FS, o.Dir); err != nil {
		return nil, err
	}
	lock, err := o.FS.Lock(filepath.Join(o.Dir, "lock"))
	if err != nil {
		return nil, fmt.Errorf("open state %s: %w", o.Dir, err)
	}
	s := &Store{o: o, lock: lock, durable: map[string]*Map{}, pending: map[string]*Map{}, batch: newBatch()}
	if err := s.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("open state %s: %w", o.Dir, err), s.Close())
	}
	return s, nil
}

func newBatch() *batch { return &batch{changed: map[string]*Map{}} }

// Close ends the use of the folder. All that was stored is durable already.
func (s *Store) Close() error {
	s.disk.Lock()
	defer s.disk.Unlock()
	var err error
	if s.log != nil {
		err = s.log.Close()
		s.log = nil
	}
	s.mu.Lock()
	s.failed = errClosed
	s.mu.Unlock()
	return errors.Join(err, s.lock.Close())
}

// Err returns why nothing can be stored any more, as after a failed sync: the node must then stop. nil if that is not so.
func (s *Store) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if errors.Is(s.failed, errClosed) {
		return nil
	}
	return s.failed
}

var errClosed = errors.New("state repository is closed")

// Get returns the durable state of a component; an empty Map with NoVersion if it has none.
func (s *Store) Get(id string) *Map {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := s.durable[id]; m != nil {
		return m
	}
	return none
}

// List returns the ids of the components that have stored state, sorted.
func (s *Store) List() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.durable))
}

// Set stores a new state, whatever the old one was.
func (s *Store) Set(id string, values map[string]string) error {
	return s.update(id, func(*Map) (*Map, error) { return &Map{values: maps.Clone(values)}, nil })
}

// Replace stores a new state if the current one still has the version that the caller has seen; it tells whether it
// did. As NiFi's WriteAheadLocalStateProvider it may replace the state that was never stored.
func (s *Store) Replace(id string, version int64, values map[string]string) (bool, error) {
	err := s.update(id, func(m *Map) (*Map, error) {
		if m.version != version {
			return nil, errChanged
		}
		return &Map{values: maps.Clone(values)}, nil
	})
	if errors.Is(err, errChanged) {
		return false, nil
	}
	return err == nil, err
}

var errChanged = errors.New("state was changed meanwhile")

// Clear stores an empty state, with a new version.
func (s *Store) Clear(id string) error { return s.Set(id, nil) }

// DropKey stores the state that is left when a user has removed one key, and fails with ErrNotOneKey if rest is
// anything else. As NiFi's StandardComponentStateDAO; whether the component allows it is for the caller to know.
func (s *Store) DropKey(id string, rest map[string]string) error {
	return s.update(id, func(m *Map) (*Map, error) {
		if m.Len()-len(rest) != 1 {
			return nil, ErrNotOneKey
		}
		for k, v := range rest {
			if old, ok := m.values[k]; !ok || old != v {
				return nil, ErrNotOneKey
			}
		}
		return &Map{values: maps.Clone(rest)}, nil
	})
}

// Remove forgets a component that was deleted.
func (s *Store) Remove(id string) error {
	return s.update(id, func(*Map) (*Map, error) { return nil, nil })
}

// update changes the state of a component and returns once that is durable. A nil Map removes it.
func (s *Store) update(id string, change func(*Map) (*Map, error)) error {
	b, err := s.enqueue(id, change)
	if err != nil {
		return err
	}
	s.disk.Lock()
	defer s.disk.Unlock()
	if !b.done { // nobody has written it along with his own
		s.write(b)
	}
	if s.due {
		s.due = false
		if err := s.snapshot(); err != nil { // the log goes on, and the next change tries again
			s.o.Log.Warn("snapshot of component state was not written", "error", err)
		}
	}
	return b.err
}

func (s *Store) enqueue(id string, change func(*Map) (*Map, error)) (*batch, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed != nil {
		return nil, s.failed
	}
	cur, waiting := s.pending[id]
	if !waiting {
		cur = s.durable[id]
	}
	if cur == nil {
		cur = none
	}
	next, err := change(cur)
	if err != nil {
		return nil, err
	}
	if next == nil && cur == none {
		return &batch{done: true}, nil
	}
	if next != nil {
		next.version = s.version + 1
	}
	frames, err := appendFrame(s.batch.frames, record{version: s.version + 1, id: id, state: next})
	if err != nil {
		return nil, err
	}
	s.version++
	s.batch.frames = frames
	s.batch.changed[id], s.pending[id] = next, next
	return s.batch, nil
}

// write makes a batch durable, and only then visible. The caller holds disk.
func (s *Store) write(b *batch) {
	s.mu.Lock()
	s.batch = newBatch()
	s.mu.Unlock()
	err := s.append(b.frames)
	b.done, b.err = true, err
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		// What came meanwhile was worked out from changes that are not to be: it fails as well.
		s.batch.done, s.batch.err = true, err
		s.batch = newBatch()
		clear(s.pending)
		return
	}
	for id, m := range b.changed {
		if m == nil {
			delete(s.durable, id)
		} else {
			s.durable[id] = m
		}
		if _, later := s.batch.changed[id]; !later {
			delete(s.pending, id)
		}
	}
}

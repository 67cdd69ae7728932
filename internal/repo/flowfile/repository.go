package flowfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/braidflow/braid/internal/clock"
	"github.com/braidflow/braid/internal/repo/wal"
	"github.com/braidflow/braid/internal/vfs"
)

// Durability says when a commit counts as durable.
type Durability int

// Durable syncs the log (and the contents, by Options.BeforeSync) first; Written is content with the operating
// system having it, so that only the loss of power can lose commits; Memory keeps nothing on disk at all.
const (
	Durable Durability = iota
	Written
	Memory
)

// Options say how a repository is kept.
type Options struct {
	FS         vfs.FS // not needed for Memory
	Dir        string // the repository's own folder; made if it is missing
	Durability Durability

	SegmentSize int64 // of the log, bytes; 0 = 64 MB
	MaxPending  int   // bytes of commits that may wait for the disk; 0 = 16 MB

	// BeforeSync makes the contents durable to which commits so far refer. See wal.Options.
	BeforeSync func() error
	// Events gets the blobs of Batch.Events in the order of the commits, each with the position of its commit: at
	// first, from Open, those of the log's tail (some may have been there before), then each as soon as it is
	// durable, on a goroutine of its own. blob is valid until it returns. An error is tried again later; from Open it
	// ends the start.
	Events func(pos wal.Position, blob []byte) error
	// Replayed is called from Open, instead of Events, for blobs of a process in which attribute names had other
	// numbers: names[n] is what the number n meant there. names may be kept.
	Replayed func(pos wal.Position, blob []byte, names []string) error
	// RetainFrom tells up to where the events are stored elsewhere; the log keeps those after it. nil: up to anywhere.
	RetainFrom func() wal.Position
	// Salvage goes on after damage, with what can still be read. See Recovered.Damaged.
	Salvage bool

	Clock clock.Clock  // nil = clock.Real
	Log   *slog.Logger // nil = none
}

// Repository is the log of commits, with its snapshots and swap files. All methods may be called concurrently.
//
// Locks: snapMu, goneMu and nameMu are never nested, except that goneMu may be taken under snapMu.
type Repository struct {
	opts Options
	log  *wal.Log
	lock io.Closer
	next atomic.Uint64 // the next FlowFile id

	nameMu sync.Mutex    // held while names are logged
	logged atomic.Uint32 // so many entries of the dictionary are in the log

	snapMu sync.Mutex // held while a snapshot is written

	old  wal.Position  // of the last events that an earlier process left
	last atomic.Uint64 // position of the last events passed on
	fed  atomic.Uint64 // all events up to here were passed on

	goneMu sync.Mutex // guards gone
	gone   map[string]wal.Position
}

// Open opens or makes a repository and recovers what it holds. A damaged one gives a *wal.CorruptError or a
// *CorruptError and is left as it is, unless Options.Salvage is set.
func Open(o Options) (*Repository, *Recovered, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	r := &Repository{opts: o, gone: map[string]wal.Position{}}
	r.next.Store(1)
	if o.Durability != Memory {
		if err := r.takeFolder(); err != nil {
			return nil, nil, fmt.Errorf("open the FlowFile repository %s: %w", o.Dir, errors.Join(err, r.Close()))
		}
	}
	recovered, err := r.start()
	if err != nil {
		return nil, nil, fmt.Errorf("open the FlowFile repository %s: %w", o.Dir, errors.Join(err, r.Close()))
	}
	recovered.log(o.Log)
	return r, recovered, nil
}

func (r *Repository) path(name string) string { return filepath.Join(r.opts.Dir, name) }

// takeFolder makes and locks the folder, and clears it of what a crash left unfinished.
func (r *Repository) takeFolder() (err error) {
	if err := r.opts.FS.MkdirAll(r.path(swapDir), 0o750); err != nil {
		return err
	}
	if r.lock, err = r.opts.FS.Lock(r.path("lock")); err != nil {
		return err
	}
	if err := errors.Join(r.opts.FS.SyncDir(filepath.Dir(r.opts.Dir)), r.opts.FS.SyncDir(r.opts.Dir)); err != nil {
		return err
	}
	entries, err := r.opts.FS.ReadDir(r.opts.Dir)
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".partial") { // a snapshot that a crash cut short
			err = errors.Join(err, r.opts.FS.Remove(r.path(e.Name())))
		}
	}
	return err
}

func (r *Repository) start() (*Recovered, error) {
	o := wal.Options{
		Dir: r.path("log"), Sync: r.opts.Durability == Durable, SegmentSize: r.opts.SegmentSize,
		MaxPending: r.opts.MaxPending, BeforeSync: r.opts.BeforeSync, Salvage: r.opts.Salvage,
		Clock: r.opts.Clock, Log: r.opts.Log,
	}
	if r.opts.Durability != Memory {
		o.FS = r.opts.FS
	}
	if r.opts.Events != nil {
		o.OnFlush = r.flushed
	}
	var err error
	if r.log, err = wal.Open(o); err != nil {
		return nil, err
	}
	if r.opts.Durability == Memory {
		return &Recovered{}, r.log.Replay(0, nil)
	}
	res, err := r.recover()
	if err != nil || len(res.Damaged) == 0 {
		return res, err
	}
	// What was damaged must not be needed again, not even for its events: they have just been passed on.
	if err := r.writeSnapshot(context.Background(), res.snapshot()); err != nil {
		return res, err
	}
	return res, r.log.Truncate(res.Position)
}

// snapshot is the recovered state as a snapshot.
func (res *Recovered) snapshot() Snapshot {
	return Snapshot{
		At: res.Position,
		Live: func(yield func(uint32, *FlowFile) bool) {
			for q, ffs := range res.Queues {
				for _, ff := range ffs {
					if !yield(q, ff) {
						return
					}
				}
			}
		},
		Swaps: func(yield func(SwapFile) bool) {
			for _, files := range res.Swaps {
				for _, f := range files {
					if !yield(f) {
						return
					}
				}
			}
		},
		Meta: func(yield func(Meta) bool) {
			for _, m := range res.Meta {
				if !yield(m) {
					return
				}
			}
		},
	}
}

// flushed passes the events of a durable record on.
func (r *Repository) flushed(end wal.Position, rec []byte) error {
	_, err := splitRecord(rec, func(blob []byte) error {
		r.last.Store(uint64(end))
		return r.opts.Events(end, blob)
	})
	if err == nil {
		r.fed.Store(uint64(end))
	}
	return err
}

// Fed returns up to where Options.Events has had the events of the commits.
func (r *Repository) Fed() wal.Position { return wal.Position(r.fed.Load()) }

// retainFrom returns up to where no events of the log are needed any more.
func (r *Repository) retainFrom() wal.Position {
	fed := r.fed.Load() // before last: events up to fed are then in last
	if r.opts.RetainFrom == nil {
		return wal.Position(fed)
	}
	stored := r.opts.RetainFrom()
	if uint64(stored) >= r.last.Load() { // what follows has no events
		return max(stored, wal.Position(fed))
	}
	return stored
}

// Commit appends a batch to the log, resets the batch and returns the position after the commit. The commit then
// holds for all who follow it in this process; Wait and OnDurable tell when it holds after a crash. It blocks while
// Options.MaxPending is exceeded. After an error, of which wal.ErrFull is one that passes, nothing was committed and
// the batch is as before.
func (r *Repository) Commit(b *Batch) (wal.Position, error) {
	if b.changes == 0 {
		return r.log.End(), nil
	}
	if len(Names()) > int(r.logged.Load()) {
		if err := r.logNames(); err != nil {
			return 0, err
		}
	}
	pos, err := r.log.Append(b.record()...)
	if err != nil {
		return 0, err
	}
	for _, name := range b.swaps {
		r.swapGone(name, pos)
	}
	b.Reset()
	return pos, nil
}

// logNames logs the names that were added to the dictionary since the last time: a number must be known before the
// first record that uses it.
func (r *Repository) logNames() error {
	r.nameMu.Lock()
	defer r.nameMu.Unlock()
	names, first := Names(), int(r.logged.Load())
	kind := byte(entryNames)
	if first == 0 {
		kind, first = entryNewNames, 1
	}
	if first == len(names) && kind == entryNames {
		return nil
	}
	e := encoder{buf: []byte{0, kind}} // 0: no events
	e.names(first, names[first:])
	if _, err := r.log.Append(e.buf); err != nil {
		return err
	}
	r.logged.Store(uint32(len(names)))
	return nil
}

// NextIDs reserves n FlowFile ids and returns the first.
func (r *Repository) NextIDs(n int) uint64 { return r.next.Add(uint64(n)) - uint64(n) }

// Position returns the position after the last commit.
func (r *Repository) Position() wal.Position { return r.log.End() }

// Durable returns up to where commits are durable in the sense of Options.Durability.
func (r *Repository) Durable() wal.Position { return r.log.Durable() }

// Wait returns once all commits up to pos are durable, or with the reason why that will not come.
func (r *Repository) Wait(ctx context.Context, pos wal.Position) error { return r.log.Wait(ctx, pos) }

// OnDurable calls fn once all commits up to pos are durable. See wal.Log.OnDurable.
func (r *Repository) OnDurable(pos wal.Position, fn func()) { r.log.OnDurable(pos, fn) }

// Stalled returns an error that wraps wal.ErrFull while the disk refuses to take commits, else nil.
func (r *Repository) Stalled() error { return r.log.Stalled() }

// Failed is closed when the log has failed for good, as after a failed sync; the node must then stop. Err says why.
func (r *Repository) Failed() <-chan struct{} { return r.log.Failed() }

// Err returns why the log has failed for good; nil if it has not.
func (r *Repository) Err() error { return r.log.Err() }

// Close makes all commits durable and gives the folder free. Closing again does nothing.
func (r *Repository) Close() error {
	var err error
	if r.log != nil {
		err = r.log.Close()
	}
	if r.lock != nil {
		err = errors.Join(err, r.lock.Close())
		r.lock = nil
	}
	return err
}

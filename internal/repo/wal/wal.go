package wal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/braidflow/braid/internal/clock"
	"github.com/braidflow/braid/internal/vfs"
)

// Position is a place in the log: the bytes of all records before it, since the log began. Append and Replay give
// the position after a record; the record is durable once Durable has reached it.
type Position uint64

// MaxRecord is the longest record in bytes.
const MaxRecord = 256 << 20

var (
	// ErrFull is returned while the log cannot be written, as on a full disk. Nothing of the record was taken;
	// what was taken before stays in memory and is written as soon as that works again.
	ErrFull = errors.New("the log cannot be written")
	// ErrClosed is returned after Close.
	ErrClosed = errors.New("the log is closed")
)

// Options say how a log is kept.
type Options struct {
	FS  vfs.FS // nil: nothing is kept, records only pass through to OnFlush
	Dir string // folder of the segments; made if it is missing

	Sync        bool  // sync each group before it counts as durable; false: written to the operating system is enough
	SegmentSize int64 // bytes; 0 = 64 MB
	MaxPending  int   // bytes taken and not yet durable beyond which Append blocks; 0 = 16 MB

	// BeforeSync is called before each group is written (only with Sync): whatever its records refer to must be
	// durable when it returns nil. A full disk (vfs.IsNoSpace) is tried again; any other error fails the log for good.
	BeforeSync func() error
	// OnFlush sees each record in order, once it is durable, on a goroutine of its own. rec is valid until it returns.
	// After an error it is called again with the same record a while later; commits block when it falls far behind.
	OnFlush func(end Position, rec []byte) error
	// Salvage makes Replay go on after damage instead of failing, with a copy of the damaged file put aside.
	Salvage bool

	Clock clock.Clock  // nil = clock.Real
	Log   *slog.Logger // nil = none
}

// retryAfter is the pause before what a full disk refused is tried again.
const retryAfter = 200 * time.Millisecond

// Log is an open log. All methods may be called concurrently, except that Replay comes first.
type Log struct {
	opts  Options
	epoch uint64
	segs  segments
	calls *callbacks

	durable atomic.Uint64
	written atomic.Uint64

	mu      sync.Mutex // guards what follows
	work    sync.Cond  // the flusher waits for records
	room    sync.Cond  // committers wait for pending to fall
	open    *group
	free    []*group
	end     Position      // after the last record taken
	pending int           // bytes taken and not yet durable
	wake    chan struct{} // closed at the next change of durable or err; nil if nobody waits
	ready   bool          // Replay has run
	closing bool
	err     error // why the log takes no more records, for good
	stalled error // why it takes none at the moment

	stop   chan struct{} // closed by Close: no more patience with a full disk
	failed chan struct{} // closed when the log fails for good
	feed   chan *group
	done   sync.WaitGroup
	stats  Recovery

	reserved Position // see Reserve
}

// Open opens the log of a folder, or begins one. Replay must follow before anything else.
func Open(o Options) (*Log, error) {
	if o.SegmentSize <= 0 {
		o.SegmentSize = 64 << 20
	}
	if o.MaxPending <= 0 {
		o.MaxPending = 16 << 20
	}
	if o.Clock == nil {
		o.Clock = clock.Real
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	l := &Log{
		opts: o, epoch: rand.Uint64(), calls: newCallbacks(), open: &group{},
		stop: make(chan struct{}), failed: make(chan struct{}), feed: make(chan *group, 1),
	}
	l.work.L, l.room.L = &l.mu, &l.mu
	l.segs = segments{fs: o.FS, dir: o.Dir, sync: o.Sync, size: o.SegmentSize, begun: noSegment}
	if o.FS == nil {
		return l, nil
	}
	if err := o.FS.MkdirAll(o.Dir, 0o750); err != nil {
		return nil, fmt.Errorf("make the folder of the log: %w", err)
	}
	if err := o.FS.SyncDir(filepath.Dir(o.Dir)); err != nil {
		return nil, fmt.Errorf("make the folder of the log: %w", err)
	}
	return l, l.segs.load()
}

// Append takes a record, given in parts, and returns the position after it. The parts are copied. It blocks while
// more than MaxPending bytes wait for the disk, and returns ErrFull at once while the disk refuses to take them.
func (l *Log) Append(parts ...[]byte) (Position, error) {
	size := 0
	for _, p := range parts {
		size += len(p)
	}
	if size > MaxRecord {
		return 0, fmt.Errorf("a record of %d bytes is longer than the log takes (%d)", size, MaxRecord)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.refusal() == nil && l.pending > 0 && l.pending+size > l.opts.MaxPending {
		l.room.Wait()
	}
	if err := l.refusal(); err != nil {
		return 0, err
	}
	if l.open.empty() {
		l.open.base = l.end
		l.work.Signal()
	}
	l.open.add(parts, size)
	l.end += Position(recordHeaderSize + size)
	l.pending += recordHeaderSize + size
	return l.end, nil
}

// refusal says why no record is taken now. The caller holds mu.
func (l *Log) refusal() error {
	switch {
	case l.err != nil:
		return l.err
	case !l.ready:
		return errors.New("append to a log before its replay")
	case l.closing:
		return ErrClosed
	}
	return l.stalled
}

// End returns the position after the last record taken.
func (l *Log) End() Position {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.end
}

// Durable returns up to where the log is as durable as the options ask: synced, or written without Sync.
func (l *Log) Durable() Position { return Position(l.durable.Load()) }

// Written returns up to where the log was given to the operating system.
func (l *Log) Written() Position { return Position(l.written.Load()) }

// Err returns why the log has failed for good, as after a failed sync; the node must then stop. nil if it has not.
func (l *Log) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// Failed is closed when the log fails for good; Err says why.
func (l *Log) Failed() <-chan struct{} { return l.failed }

// Stalled returns an error that wraps ErrFull while the disk refuses to take the log, else nil.
func (l *Log) Stalled() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.stalled
}

// Wait returns once the log is durable up to pos, or with the reason why that will not come.
func (l *Log) Wait(ctx context.Context, pos Position) error {
	for {
		l.mu.Lock()
		if l.Durable() >= pos {
			l.mu.Unlock()
			return nil
		}
		if l.err != nil {
			defer l.mu.Unlock()
			return l.err
		}
		if l.wake == nil {
			l.wake = make(chan struct{})
		}
		wake := l.wake
		l.mu.Unlock()
		select {
		case <-wake:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// OnDurable calls fn once the log is durable up to pos. The functions run one after the other on a goroutine of
// their own, those that wait in the order of their positions. If the log fails or is closed before, fn is dropped.
func (l *Log) OnDurable(pos Position, fn func()) { l.calls.add(pos, fn) }

// Close writes and syncs what was taken, runs the functions that are due, and ends the log's goroutines. It gives up
// on records that the disk still refuses, and says so. Closing again does nothing.
func (l *Log) Close() error {
	l.mu.Lock()
	if l.closing {
		l.mu.Unlock()
		return nil
	}
	l.closing = true
	running := l.ready
	l.work.Signal()
	l.room.Broadcast()
	l.mu.Unlock()
	close(l.stop)
	if !running {
		return nil
	}
	l.done.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	if errors.Is(l.err, ErrClosed) {
		return nil
	}
	return l.err
}

// start ends the recovery: the log takes records from pos on.
func (l *Log) start(pos Position) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.end, l.ready = pos, true
	l.durable.Store(uint64(pos))
	l.written.Store(uint64(pos))
	l.calls.advance(pos)
	l.done.Go(l.flushLoop)
	l.done.Go(l.feedLoop)
	l.done.Go(l.calls.run)
}

// Package engine runs a flow: it triggers processors when there is work for them, moves FlowFiles between queues by
// sessions whose commits are durable, and brings what runs in line with what the flow says.
//
// # A commit
//
// A session writes contents first, then one record to the FlowFile log (with its provenance events inside), then puts
// FlowFiles into queues. The next component may take them at once: a later record can never be durable before an
// earlier one. Only what is promised to the outside waits for the disk (see sdk.Session.AfterCommit).
//
// # Locks
//
// gate is held shared by each commit and exclusively, for moments, by a snapshot or a termination. Under it a queue's
// mu may be taken; under a queue's mu nothing else is. A component's mu and a service's mu are leaves, too.
package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/braidflow/braid/internal/bulletin"
	"github.com/braidflow/braid/internal/clock"
	"github.com/braidflow/braid/internal/extension"
	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/internal/params"
	"github.com/braidflow/braid/internal/repo/content"
	"github.com/braidflow/braid/internal/repo/flowfile"
	"github.com/braidflow/braid/internal/repo/provenance"
	"github.com/braidflow/braid/internal/repo/wal"
	"github.com/braidflow/braid/internal/vfs"
	"github.com/braidflow/braid/sdk"
)

// Options say how an engine works. FS, Dir and Types must be set.
type Options struct {
	FS    vfs.FS
	Dir   string // of the node's data
	Types *extension.Registry

	Clock      clock.Clock         // nil = the real one
	Log        *slog.Logger        // nil = none
	Durability flowfile.Durability // of commits
	Threads    int                 // tasks at the same time; 0 = 10
	Swap       int                 // FlowFiles of one queue in memory before the rest goes to disk; 0 = 100,000, negative = never
	Archive    content.Archive     // of contents that no FlowFile needs any more
	Provenance provenance.Options  // FS, Dir, Clock and Log are set by Open
	Salvage    bool                // go on after damage, with what can still be read
	Cipher     *params.Cipher      // of sensitive values; nil if the flow has none
	Location   *time.Location      // of Expression Language; nil = the machine's
	States     States              // nil = the state repository in Dir

	SnapshotEvery time.Duration // 0 = 20 seconds, negative = never

	SwapBlock      int   // FlowFiles that go to disk together; 0 = 10,000
	LogSegment     int64 // bytes of a file of the FlowFile log; 0 = 64 MB
	ContentSegment int64 // bytes of a file that contents share; 0 = 64 MB
}

// States keeps the state of components.
type States interface {
	Get(componentID string, scope sdk.StateScope) (map[string]string, error)
	// Set replaces the state; it is durable when Set returns.
	Set(componentID string, scope sdk.StateScope, values map[string]string) error
}

// Engine runs the flow of one node. Its methods may be called concurrently.
type Engine struct {
	Bulletins  *bulletin.Repository
	Provenance *provenance.Repository

	o          Options
	log        *slog.Logger
	clock      clock.Clock
	location   *time.Location
	types      *extension.Registry
	cipher     *params.Cipher
	contents   *content.Repository
	flowFiles  *flowfile.Repository
	closeLog   func() error // closes flowFiles, once
	states     States
	sched      *scheduler
	swapper    *swapper
	counters   *counters
	nextInt    atomic.Int64
	lastActive atomic.Int64 // time of the last commit, Unix milliseconds

	gate         sync.RWMutex // see the package comment
	snapshotting atomic.Bool  // a snapshot reads FlowFiles that were in queues

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	tasks  sync.WaitGroup // goroutines that end by themselves
	actors sync.WaitGroup // goroutines that end with ctx

	flow    atomic.Pointer[flow.Flow]
	applyMu sync.Mutex // held while a flow is applied

	mu         sync.RWMutex // guards what follows
	components map[string]*component
	queues     map[string]*Queue
	services   map[string]*service
	reporters  map[string]*reporter
	orphans    map[string]*Queue // recovered queues of connections that the flow does not have
	onRanOnce  func(id string)
	failed     chan struct{}
	failOnce   sync.Once
	failure    error

	recovered wal.Position // where the log ended at the start

	snapMu sync.Mutex // guards snapAt
	snapAt wal.Position
}

// stopper is a timer that may be stopped.
type stopper interface{ Stop() bool }

// Open recovers what the folder holds. Nothing runs before Apply.
func Open(o Options) (*Engine, error) {
	if o.Clock == nil {
		o.Clock = clock.Real
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Threads <= 0 {
		o.Threads = 10
	}
	if o.Swap == 0 {
		o.Swap = 100_000
	}
	if o.SwapBlock <= 0 {
		o.SwapBlock = swapBlock
	}
	if o.Location == nil {
		o.Location = time.Local
	}
	e := &Engine{
		o: o, clock: o.Clock, location: o.Location, types: o.Types, cipher: o.Cipher, states: o.States,
		Bulletins: bulletin.New(o.Clock), counters: newCounters(), failed: make(chan struct{}),
		components: map[string]*component{}, queues: map[string]*Queue{}, services: map[string]*service{},
		reporters: map[string]*reporter{}, orphans: map[string]*Queue{},
	}
	e.log = e.nodeLogger("Engine")
	e.ctx, e.cancel = context.WithCancel(context.Background())
	e.flow.Store(flow.Empty())
	e.sched = newScheduler(e, o.Threads)
	if o.Swap > 0 && o.Durability != flowfile.Memory {
		e.swapper = newSwapper(e)
	}
	if err := e.openRepositories(); err != nil {
		return nil, errors.Join(err, e.closeRepositories(context.Background()))
	}
	return e, nil
}

func (e *Engine) openRepositories() (err error) {
	if e.states == nil {
		if e.states, err = openStates(e.o, e.nodeLogger("State Repository")); err != nil {
			return err
		}
	}
	archive := e.o.Archive
	e.contents, err = content.Open(content.Options{
		FS: e.o.FS, Clock: e.clock, Dir: filepath.Join(e.o.Dir, "content"), Archive: archive, Log: e.nodeLogger("Content Repository"),
		SegmentSize: e.o.ContentSegment,
	})
	if err != nil {
		return err
	}
	po := e.o.Provenance
	po.FS, po.Clock, po.Dir, po.Log = e.o.FS, e.clock, filepath.Join(e.o.Dir, "provenance"), e.nodeLogger("Provenance Repository")
	if e.Provenance, err = provenance.Open(po); err != nil {
		return err
	}
	e.run("provenance repository", e.Provenance.Run)
	var rec *flowfile.Recovered
	e.flowFiles, rec, err = flowfile.Open(flowfile.Options{
		FS: e.o.FS, Dir: filepath.Join(e.o.Dir, "flowfile"), Durability: e.o.Durability, BeforeSync: e.syncContents,
		Events: func(pos wal.Position, blob []byte) error { return e.Provenance.Append(uint64(pos), blob) },
		Replayed: func(pos wal.Position, blob []byte, names []string) error {
			return e.Provenance.Replay(uint64(pos), blob, names)
		},
		RetainFrom: func() wal.Position { return wal.Position(e.Provenance.Stored()) },
		Salvage:    e.o.Salvage, Clock: e.clock, Log: e.nodeLogger("FlowFile Repository"),
		SegmentSize: e.o.LogSegment,
	})
	if err != nil {
		return err
	}
	e.closeLog = sync.OnceValue(e.flowFiles.Close)
	if err := e.recoverQueues(rec); err != nil {
		return err
	}
	e.run("content repository", e.contents.Run)
	e.actors.Go(e.watchLog)
	if e.o.SnapshotEvery >= 0 && e.o.Durability != flowfile.Memory {
		e.actors.Go(e.snapshots)
	}
	return nil
}

// syncContents makes contents durable. A sync that fails for want of space has lost data, too: the log must not take it
// for a write that can be tried again.
func (e *Engine) syncContents() error {
	if err := e.contents.Sync(); err != nil {
		return errors.New(err.Error())
	}
	return nil
}

// run starts a part that works until the engine closes; if it fails, the node must stop.
func (e *Engine) run(name string, fn func(context.Context) error) {
	e.actors.Go(func() {
		err := fn(e.ctx)
		switch {
		case err != nil && e.ctx.Err() == nil:
			e.fail(fmt.Errorf("%s: %w", name, err))
		case err != nil:
			e.log.Warn("the last work was not finished; the next start does it again", slog.String("part", name), slog.Any("error", err))
		}
	})
}

func (e *Engine) watchLog() {
	select {
	case <-e.flowFiles.Failed():
		e.fail(fmt.Errorf("FlowFile log: %w", e.flowFiles.Err()))
	case <-e.failed:
	case <-e.ctx.Done():
		return
	}
	_ = e.closeLog() // Close says it. From now on commits are refused, instead of waiting for what will not come
}

// fail makes it known that the engine cannot keep its promises any more.
func (e *Engine) fail(err error) {
	e.failOnce.Do(func() {
		e.failure = err
		close(e.failed)
		e.log.Error("the node must stop: its disk does not keep what it is given", slog.Any("error", err))
	})
}

// Failed is closed when the disk has failed in a way after which nothing can be promised: the process must end. Err
// then says why.
func (e *Engine) Failed() <-chan struct{} { return e.failed }

// Err returns why Failed is closed.
func (e *Engine) Err() error {
	select {
	case <-e.failed:
		return e.failure
	default:
		return nil
	}
}

// Close stops all components, as a shutdown does: the flow keeps saying that they run. It waits until all tasks have
// returned or ctx ends; then it terminates them.
func (e *Engine) Close(ctx context.Context) error {
	late, cancel := afterGrace(ctx)
	defer cancel()
	e.stopAll(ctx, late)
	if !await(late, &e.sched.done, e.sched.close) {
		e.log.Warn("tasks that do not end are left behind; what they still do does not count")
	}
	if e.Err() == nil && e.o.SnapshotEvery >= 0 {
		if err := e.snapshot(ctx); err != nil && e.Err() == nil {
			e.log.Warn("no last snapshot could be written; the next start reads more of the log", slog.Any("error", err))
		}
	}
	return e.closeRepositories(late)
}

// afterGrace returns a context that ends a little after ctx: so long a component that was terminated, or that does not
// come to the end of its start or stop, is waited for.
func afterGrace(ctx context.Context) (context.Context, context.CancelFunc) {
	late, cancel := context.WithCancel(context.Background())
	stop := context.AfterFunc(ctx, func() { clock.Real.AfterFunc(time.Second, cancel) })
	return late, func() { stop(); cancel() }
}

// await calls before, waits for a group and tells whether it has come to its end before ctx has.
func await(ctx context.Context, group *sync.WaitGroup, before func()) bool {
	if before != nil {
		before()
	}
	done := make(chan struct{})
	go func() {
		group.Wait()
		close(done)
	}()
	select {
	case <-done:
		return true
	case <-ctx.Done():
		return false
	}
}

// closeRepositories closes those that are open and returns the first error: it may be the cause of others.
func (e *Engine) closeRepositories(late context.Context) (err error) {
	first := func(cerr error) {
		if err == nil {
			err = cerr
		}
	}
	if e.flowFiles != nil {
		first(e.closeLog()) // all that is durable is acknowledged
	}
	await(late, &e.tasks, nil)
	e.cancel()
	e.actors.Wait()
	if e.Provenance != nil {
		first(e.Provenance.Close())
	}
	if e.contents != nil {
		first(e.contents.Close())
	}
	if c, ok := e.states.(interface{ Close() error }); ok {
		first(c.Close())
	}
	return err
}

// Flow returns the flow that was applied last.
func (e *Engine) Flow() *flow.Flow { return e.flow.Load() }

// Types returns the component types.
func (e *Engine) Types() *extension.Registry { return e.types }

func (e *Engine) nowMillis() int64 { return e.clock.Now().UnixMilli() }

// after calls f in a goroutine of its own after so many milliseconds.
func (e *Engine) after(millis int64, f func()) stopper {
	return e.clock.AfterFunc(time.Duration(max(millis, 0))*time.Millisecond, func() {
		if e.ctx.Err() == nil {
			f()
		}
	})
}

func (e *Engine) component(id string) *component {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.components[id]
}

func (e *Engine) service(id string) *service {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.services[id]
}

// Queue returns the queue of a connection, that of a connection that is gone included, or nil.
func (e *Engine) Queue(connectionID string) *Queue {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if q := e.queues[connectionID]; q != nil {
		return q
	}
	return e.orphans[connectionID]
}

// releaseAt gives contents up once the log no longer needs them.
func (e *Engine) releaseAt(pos wal.Position, claims []content.Claim) {
	list := append([]content.Claim(nil), claims...)
	e.flowFiles.OnDurable(pos, func() { e.contents.Apply(nil, list) })
}

package engine

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/braidflow/braid/internal/cron"
	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/internal/repo/provenance"
	"github.com/braidflow/braid/internal/repo/wal"
	"github.com/braidflow/braid/sdk"
)

// component is anything that takes FlowFiles from queues and puts them into others: a processor, a port, a funnel.
// What the hot path reads is atomic; the life cycle is guarded by mu (see lifecycle.go).
type component struct {
	e    *Engine
	id   string
	kind flow.Kind
	log  *slog.Logger

	nameID, nameType provenance.Name

	wire     atomic.Pointer[wiring]
	settings atomic.Pointer[settings]
	instance atomic.Pointer[instance]

	gen     atomic.Uint64 // grows when the component is terminated: older sessions are fenced off
	running atomic.Bool   // may be triggered
	pending atomic.Bool   // in the run queue
	once    atomic.Bool   // one more Trigger, then stop
	active  atomic.Int32  // tasks in Trigger
	turn    atomic.Uint64 // which incoming connection is asked first

	signaled atomic.Bool // woken by Host.Wake since the last Trigger

	yieldUntil atomic.Int64 // Unix milliseconds
	boredUntil atomic.Int64 // likewise, until new data arrives
	due        atomic.Int64 // next time by the schedule, Unix milliseconds
	bored      atomic.Int32 // Triggers in a row that did nothing

	tally window
	acks  *mailbox[[]func()]

	mu       sync.Mutex // guards what follows
	def      flow.Component
	want     want
	phase    Phase
	managing bool
	restart  bool       // stop, take the new definition, start
	idle     *sync.Cond // signaled when active falls to 0 or the phase changes
	timer    stopper    // wakes the component at the next time it may run
	timerAt  int64
	detached map[*session]struct{}
	cancel   context.CancelFunc
	problems []error
	told     bool  // users know of the problems
	stuck    int32 // tasks that were terminated and have not returned
	state    map[sdk.StateScope]map[string]string
}

// instance is one configured processor.
type instance struct {
	ctx  context.Context // of its run, so that a Trigger gets it without a lock
	proc sdk.Processor
	spec *sdk.Spec
	host *sdk.Host
}

// wiring is how a component is connected. It is replaced as a whole, never changed.
type wiring struct {
	in        []*Queue
	rels      []route
	source    bool // no incoming connection but its own loops
	whenEmpty bool
	anyRoom   bool
	push      bool
	stores    bool // a port or funnel that leads nowhere: what comes in stays in front of it
}

// route is one relationship.
type route struct {
	name        string
	prov        provenance.Name
	queues      []*Queue
	retried     bool
	ends        bool // auto-terminated: without a queue, FlowFiles end here
	dropDetails string
}

func (w *wiring) relationshipName(name string) provenance.Name {
	for i := range w.rels {
		if w.rels[i].name == name {
			return w.rels[i].prov
		}
	}
	return provenance.MakeName(name)
}

// hasRoom tells whether the queues behind the component let it run.
func (w *wiring) hasRoom() bool {
	full, room := false, false
	for i := range w.rels {
		for _, q := range w.rels[i].queues {
			if q.full() {
				full = true
			} else {
				room = true
			}
		}
	}
	return !full || (w.anyRoom && room)
}

func (w *wiring) hasInput(now int64) bool {
	for _, q := range w.in {
		if q.hasFor(now) {
			return true
		}
	}
	return false
}

// settings are the parts of a component's configuration that the hot path reads.
type settings struct {
	penalty, yield time.Duration
	period         time.Duration
	cron           *cron.Schedule
	slice          time.Duration // how long one task goes on
	tasks          int32
	retryCount     int
	retryYields    bool
	maxBackoff     time.Duration
}

// backOff is the wait before retry number count (from 0): it doubles each time.
func backOff(s *settings, count int) time.Duration {
	base := s.penalty
	if s.retryYields {
		base = s.yield
	}
	d := time.Duration(saturate(int64(base), count))
	if s.maxBackoff > 0 {
		d = min(d, s.maxBackoff)
	}
	return d
}

// wake puts the component into the run queue unless it is there.
func (c *component) wake() {
	if c.running.Load() && c.pending.CompareAndSwap(false, true) {
		c.e.sched.push(c)
	}
}

// fresh wakes the component because something new has arrived for it.
func (c *component) fresh() {
	c.boredUntil.Store(0)
	c.wake()
}

// ready tells whether a Trigger makes sense at the time now; if only time is in the way, until says when it will.
func (c *component) ready(now int64) (ok bool, until int64) {
	if !c.running.Load() {
		return false, 0
	}
	w := c.wire.Load()
	if w.stores || w.push && !c.signaled.Load() || !w.source && !w.whenEmpty && !w.hasInput(now) {
		return false, 0
	}
	if !w.hasRoom() {
		return false, 0
	}
	if wait := max(c.yieldUntil.Load(), c.boredUntil.Load(), c.due.Load()); wait > now && !c.once.Load() {
		return false, wait
	}
	return true, 0
}

// yieldFor keeps the component from running for a while.
func (c *component) yieldFor(e *Engine, d time.Duration) {
	c.yieldUntil.Store(e.nowMillis() + d.Milliseconds())
}

// wakeAt wakes the component at a time.
func (c *component) wakeAt(at int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.e.nowMillis()
	if c.timer != nil {
		if c.timerAt > now && c.timerAt <= at {
			return // an earlier wake-up is due anyway, and looks again
		}
		c.timer.Stop()
	}
	c.timerAt = at
	c.timer = c.e.after(at-now, func() {
		c.mu.Lock()
		c.timerAt = 0
		c.mu.Unlock()
		c.wake()
	})
}

// setState makes a new state visible at once and durable once the commit at pos is.
func (c *component) setState(e *Engine, pos wal.Position, scope sdk.StateScope, values map[string]string) {
	values = cloneMap(values)
	c.mu.Lock()
	if c.state == nil {
		c.state = map[sdk.StateScope]map[string]string{}
	}
	c.state[scope] = values
	c.mu.Unlock()
	if pos == 0 {
		pos = e.flowFiles.Position()
	}
	e.flowFiles.OnDurable(pos, func() {
		c.acks.send([]func(){func() {
			if err := e.storeState(c.id, scope, values); err != nil {
				c.log.Error("state could not be stored; after a restart some work is done again", slog.Any("error", err))
			}
		}})
	})
}

func (c *component) getState(e *Engine, scope sdk.StateScope) (map[string]string, error) {
	c.mu.Lock()
	v, ok := c.state[scope]
	c.mu.Unlock()
	if ok {
		return cloneMap(v), nil
	}
	return e.states.Get(c.id, scope)
}

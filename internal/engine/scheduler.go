package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/braidflow/braid/sdk"
)

const (
	// defaultSlice is how long a task goes on before others get their turn; a run duration overrides it.
	defaultSlice = 10 * time.Millisecond
	// boredYield is the first wait after a Trigger that did nothing; it doubles up to the yield duration.
	boredYield = 10 * time.Millisecond
	// adminYield is the wait after a component panicked or did not start.
	adminYield = 30 * time.Second
)

// scheduler is the run queue and the goroutines that serve it. Components get here by events (data arrived, room
// freed, timer due), so an idle node does nothing.
type scheduler struct {
	e *Engine

	mu      sync.Mutex // guards what follows
	work    sync.Cond
	queue   []*component
	waiting int // workers that wait for work
	workers int
	limit   int // workers that may run
	closed  bool
	done    sync.WaitGroup
}

func newScheduler(e *Engine, limit int) *scheduler {
	s := &scheduler{e: e, limit: limit}
	s.work.L = &s.mu
	return s
}

func (s *scheduler) push(c *component) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue = append(s.queue, c)
	switch {
	case s.waiting > 0:
		s.waiting-- // the one that is woken
		s.work.Signal()
	case s.workers < s.limit && !s.closed:
		s.workers++
		s.done.Go(s.serve)
	}
}

// setLimit changes the number of workers ("maximum timer driven thread count").
func (s *scheduler) setLimit(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limit, s.waiting = max(n, 1), 0
	s.work.Broadcast()
}

// close lets the workers end once their tasks have returned.
func (s *scheduler) close() {
	s.mu.Lock()
	s.closed, s.waiting = true, 0
	s.work.Broadcast()
	s.mu.Unlock()
}

// serve is one worker.
func (s *scheduler) serve() {
	w := &worker{e: s.e}
	for {
		s.mu.Lock()
		for len(s.queue) == 0 && !s.closed && s.workers <= s.limit {
			s.waiting++
			s.work.Wait()
		}
		if s.closed || s.workers > s.limit {
			s.workers--
			s.mu.Unlock()
			w.close()
			return
		}
		c := s.queue[0]
		s.queue[0] = nil
		if s.queue = s.queue[1:]; len(s.queue) == 0 {
			s.queue = nil
		}
		s.mu.Unlock()
		c.pending.Store(false)
		w.run(c)
	}
}

// busy tells whether other components wait for a worker.
func (s *scheduler) busy() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.queue) > 0
}

// worker runs tasks. Its session is used again and again.
type worker struct {
	e *Engine
	s *session
}

func (w *worker) close() {
	if w.s != nil {
		w.s.appender.Close()
	}
}

// run is one task of c: Triggers until the slice is over or there is nothing to do.
func (w *worker) run(c *component) {
	set := c.settings.Load()
	gen := c.gen.Load()
	if c.active.Add(1) > set.tasks {
		c.release(gen) // the running ones look again when they end
		return
	}
	start := w.e.nowMillis()
	now := start
	for first := true; ; first = false {
		ok, until := c.ready(now)
		if !ok {
			c.release(gen)
			w.rest(c, until)
			return
		}
		if first && set.tasks > 1 {
			c.wake() // there may be work for another task
		}
		again := w.trigger(c, set)
		before := now
		// whole milliseconds: short Triggers add up to the right sum, for one in so many crosses the boundary
		if now = w.e.nowMillis(); now > before {
			c.tally.add(&tally{took: time.Duration(now-before) * time.Millisecond}, now)
		}
		if !again || (now-start >= set.slice.Milliseconds() && (w.e.sched.busy() || c.once.Load())) || set.period > 0 {
			break
		}
	}
	c.release(gen)
	ok, until := c.ready(now)
	if ok {
		c.wake()
		return
	}
	w.rest(c, until)
}

// rest sees to it that c is woken when the time comes, and looks again in case the world has changed meanwhile.
func (w *worker) rest(c *component, until int64) {
	if until > 0 {
		c.wakeAt(until)
		return
	}
	if ok, _ := c.ready(w.e.nowMillis()); ok {
		c.wake()
	}
}

// release ends a task of generation gen.
func (c *component) release(gen uint64) {
	c.mu.Lock() // against a termination, which turns active tasks into stuck ones
	defer c.mu.Unlock()
	if c.gen.Load() != gen {
		c.stuck--
	} else {
		c.active.Add(-1)
	}
	c.idle.Broadcast()
}

// trigger does one Trigger with its commit or rollback and tells whether there may be more to do at once.
func (w *worker) trigger(c *component, set *settings) (again bool) {
	inst := c.instance.Load()
	if inst == nil {
		return false
	}
	if w.s == nil {
		w.s = w.e.newSession()
	}
	s := w.s
	s.begin(c)
	gen := s.gen
	c.schedule(set, s.now)
	c.signaled.Store(false)
	once := c.once.CompareAndSwap(true, false)
	err := callTrigger(inst.ctx, inst, s)
	did := !s.idle()
	yielded := s.yielded
	s.stats.tasks = 1
	if err == nil {
		err = s.commit()
		yielded = s.yielded || yielded
	} else {
		s.rollback(s.penalizing())
	}
	if c.gen.Load() != gen {
		w.s = nil // a stuck task may still hold what the session lent it
		return false
	}
	if once {
		c.stopAfterOnce()
		return false
	}
	return w.judge(c, set, err, did, yielded)
}

// judge decides what a Trigger's outcome means for the next one.
func (w *worker) judge(c *component, set *settings, err error, did, yielded bool) (again bool) {
	switch {
	case err != nil:
		wait := set.yield
		if p, ok := errors.AsType[*panicError](err); ok {
			wait = adminYield
			c.log.Error("the processor failed in a way that it did not expect", slog.String("panic", p.text), slog.String("stack", p.stack))
		} else {
			c.log.Error("the session was rolled back", slog.Any("error", err))
		}
		c.yieldFor(w.e, wait)
	case yielded:
		if c.yieldUntil.Load() <= w.e.nowMillis() { // a retry may have set a longer one
			c.yieldFor(w.e, set.yield)
		}
	case !did:
		n := c.bored.Add(1)
		wait := min(time.Duration(saturate(int64(boredYield), int(n-1))), max(set.yield, boredYield))
		c.boredUntil.Store(w.e.nowMillis() + wait.Milliseconds())
	default:
		c.bored.Store(0)
		return true
	}
	return false
}

// panicError is a panic of a component.
type panicError struct{ text, stack string }

func (p *panicError) Error() string { return p.text }

// callTrigger turns a panic into an error. A FlowFile of another session or the like is the author's mistake.
func callTrigger(ctx context.Context, inst *instance, s *session) (err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case misuse:
			err = fmt.Errorf("this is a bug of the processor type: %s", string(p))
		case error:
			err = p
			if isRuntimeError(p) {
				err = &panicError{p.Error(), string(debug.Stack())}
			}
		default:
			err = &panicError{fmt.Sprint(p), string(debug.Stack())}
		}
	}()
	return inst.proc.Trigger(ctx, sdk.NewSession(s))
}

// schedule sets when c is due next.
func (c *component) schedule(set *settings, now int64) {
	switch {
	case set.cron != nil:
		next, ok := set.cron.Next(time.UnixMilli(now))
		if ok {
			c.due.Store(next.UnixMilli())
		} else {
			c.due.Store(1<<63 - 1)
		}
	case set.period > 0:
		c.due.Store(now + set.period.Milliseconds())
	}
}

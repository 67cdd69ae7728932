package engine

import (
	"context"
	"log/slog"
	"time"

	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/sdk"
)

// Phase is the physical state of a component, as NiFi's REST API names it.
type Phase string

// The phases.
const (
	PhaseStopped  Phase = "STOPPED"
	PhaseStarting Phase = "STARTING" // waits until it is valid and its Start has succeeded
	PhaseRunning  Phase = "RUNNING"
	PhaseStopping Phase = "STOPPING" // waits for its tasks
	PhaseDisabled Phase = "DISABLED"
)

// want is what the flow says that a component should do.
type want uint8

const (
	wantStopped want = iota
	wantDisabled
	wantRunning
	wantOnce
	wantGone // the component has been deleted
)

func wantOf(s flow.State) want {
	switch s {
	case flow.Running, flow.Enabled:
		return wantRunning
	case flow.Disabled:
		return wantDisabled
	case flow.RunOnce:
		return wantOnce
	}
	return wantStopped
}

// set changes what the component should do; it gets there in the background.
func (c *component) set(w want) {
	c.mu.Lock()
	if c.want != w || w == wantOnce {
		c.want = w
	}
	c.mu.Unlock()
	c.kick()
}

// kick lets the component move toward what it should do, unless it is moving already.
func (c *component) kick() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.managing {
		return
	}
	c.managing = true
	c.e.tasks.Go(c.manage)
}

// kickStart is kick for a component that waits until it can start, as for a service; others have nothing to gain.
func (c *component) kickStart() {
	c.mu.Lock()
	waits := c.phase == PhaseStarting
	c.mu.Unlock()
	if waits {
		c.kick()
	}
}

// manage takes steps until there is none to take. One goroutine at a time runs it.
func (c *component) manage() {
	for {
		c.mu.Lock()
		step := c.nextStep()
		if step == nil {
			c.managing = false
			c.idle.Broadcast()
			c.mu.Unlock()
			return
		}
		c.mu.Unlock()
		if step() {
			continue
		}
		c.mu.Lock()
		if c.want == wantRunning || c.want == wantOnce {
			c.managing = false
			c.idle.Broadcast()
			c.mu.Unlock()
			return // a timer or a change kicks again
		}
		c.mu.Unlock()
	}
}

// nextStep decides what to do next. The caller holds mu.
func (c *component) nextStep() func() bool {
	run := c.want == wantRunning || c.want == wantOnce
	switch c.phase {
	case PhaseStopped, PhaseDisabled:
		if run {
			c.phase = PhaseStarting
			return c.start
		}
		c.phase = PhaseStopped
		if c.want == wantDisabled {
			c.phase = PhaseDisabled
		}
	case PhaseStarting:
		if run {
			return c.start
		}
		c.phase = PhaseStopped
		return c.nextStep()
	case PhaseRunning:
		if !run || c.restart {
			c.restart = false
			c.phase = PhaseStopping
			c.running.Store(false)
			return c.stop
		}
	case PhaseStopping:
		return c.stop
	}
	return nil
}

// start brings the component up. It returns false if it must be tried again later.
func (c *component) start() bool {
	inst, problems := c.build()
	if len(problems) > 0 {
		c.noteProblems(problems)
		c.retryStart(invalidPoll)
		return false
	}
	c.rewire(inst.spec) // relationships depend on the configuration
	ctx, cancel := context.WithCancel(c.e.ctx)
	if s, ok := inst.proc.(sdk.Starter); ok {
		if err := guard(func() error { return s.Start(ctx, inst.host) }); err != nil {
			cancel()
			c.log.Error("the processor did not start; it is tried again in 30 seconds", slog.Any("error", err))
			c.retryStart(adminYield)
			return false
		}
	}
	c.mu.Lock()
	c.cancel, c.phase, c.problems, c.told = cancel, PhaseRunning, nil, false
	inst.ctx = ctx
	c.instance.Store(inst)
	c.yieldUntil.Store(0)
	c.boredUntil.Store(0)
	c.due.Store(0)
	if set := c.settings.Load(); set.cron != nil {
		c.schedule(set, c.e.nowMillis())
	}
	c.once.Store(c.want == wantOnce)
	c.running.Store(true)
	c.mu.Unlock()
	c.wake()
	return true
}

// invalidPoll is how often an invalid component that should run is looked at, as NiFi does.
const invalidPoll = 5 * time.Second

func (c *component) retryStart(after time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.timer != nil {
		c.timer.Stop()
	}
	c.timerAt = 0
	c.timer = c.e.after(after.Milliseconds(), c.kick)
}

// noteProblems tells users once why the component does not start. While services are being enabled it may be valid in a
// moment, so they are not told then.
func (c *component) noteProblems(problems []error) {
	quiet := c.e.enabling()
	c.mu.Lock()
	told := c.told
	c.problems, c.told = problems, told || !quiet
	c.mu.Unlock()
	if !told && !quiet {
		c.log.Warn("the component cannot start until its configuration is valid", slog.Any("error", problems[0]), slog.Int("problems", len(problems)))
	}
}

// stop waits for the tasks, rolls back what they left, and lets the processor close what it holds.
func (c *component) stop() bool {
	c.mu.Lock()
	gen := c.gen.Load()
	for c.active.Load() > 0 && c.gen.Load() == gen {
		c.idle.Wait()
	}
	terminated := c.gen.Load() != gen
	if c.timer != nil {
		c.timer.Stop()
		c.timer = nil
	}
	inst, cancel := c.instance.Swap(nil), c.cancel
	c.mu.Unlock()
	c.rollBackDetached()
	if inst != nil && !terminated {
		if s, ok := inst.proc.(sdk.Stopper); ok {
			if err := guard(func() error { return s.Stop(c.e.ctx) }); err != nil {
				c.log.Error("the processor did not stop cleanly", slog.Any("error", err))
			}
		}
	}
	if cancel != nil {
		cancel()
	}
	c.rollBackDetached()
	c.mu.Lock()
	c.phase = PhaseStopped
	c.mu.Unlock()
	return true
}

// terminate gives up on the tasks that are running: what they hold goes back to its queues at once, their contexts
// end, and whatever they still do is refused when they commit.
func (c *component) terminate() {
	c.e.gate.Lock()
	old := c.gen.Load()
	c.gen.Add(1)
	for _, q := range c.wire.Load().in {
		q.giveBackOf(c.e, c, old)
	}
	c.e.gate.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cancel != nil {
		c.cancel()
	}
	c.detached = nil
	c.stuck += c.active.Swap(0)
	c.idle.Broadcast()
}

// stopAfterOnce ends a run-once: the flow says RUN_ONCE until the engine reports that it is done.
func (c *component) stopAfterOnce() {
	c.mu.Lock()
	if c.want == wantOnce {
		c.want = wantStopped
		c.running.Store(false)
	}
	c.mu.Unlock()
	c.kick()
	c.e.ranOnce(c.id)
}

// wait blocks until the component has come to rest: stopped, disabled, running, or waiting to become valid; or until
// ctx ends.
func (c *component) wait(ctx context.Context) {
	stop := context.AfterFunc(ctx, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.idle.Broadcast()
	})
	defer stop()
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.managing && ctx.Err() == nil {
		c.idle.Wait()
	}
}

// detachedSession makes a session that its owner ends.
func (e *Engine) detachedSession(c *component) *session {
	s := e.newSession()
	s.begin(c)
	s.detached = true
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.detached == nil {
		c.detached = map[*session]struct{}{}
	}
	c.detached[s] = struct{}{}
	return s
}

// forget drops a detached session that has ended.
func (e *Engine) forget(s *session) {
	s.appender.Close()
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	delete(s.c.detached, s)
}

// rollBackDetached returns what the component's branches hold. Only called while no task runs.
func (c *component) rollBackDetached() {
	c.mu.Lock()
	left := c.detached
	c.detached = nil
	c.mu.Unlock()
	for s := range left {
		s.rollback(nil)
		s.appender.Close()
	}
}

package clock

import (
	"sync"
	"time"
)

// Fake is a clock that stands still until a test moves it.
type Fake struct {
	mu     sync.Mutex // guards now and timers
	now    time.Time
	timers map[*fakeTimer]struct{}
}

// NewFake returns a clock that shows start.
func NewFake(start time.Time) *Fake {
	return &Fake{now: start, timers: map[*fakeTimer]struct{}{}}
}

// Now returns the time to which the clock was moved last.
func (c *Fake) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// NewTimer is [Clock.NewTimer].
func (c *Fake) NewTimer(d time.Duration) Timer {
	return c.add(&fakeTimer{clock: c, ch: make(chan time.Time, 1)}, d)
}

// AfterFunc is [Clock.AfterFunc].
func (c *Fake) AfterFunc(d time.Duration, f func()) Timer {
	return c.add(&fakeTimer{clock: c, f: f}, d)
}

// Advance moves the clock on by d and fires what falls due, in the order of the due times.
func (c *Fake) Advance(d time.Duration) {
	c.mu.Lock()
	end := c.now.Add(d)
	for {
		t := c.next(end)
		if t == nil {
			break
		}
		c.now = t.due
		t.fire()
	}
	c.now = end
	c.mu.Unlock()
}

// Timers tells how many timers are pending, so that a test can wait until its subject sleeps.
func (c *Fake) Timers() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.timers)
}

// next finds the timer that is due first, up to end. The caller holds mu.
func (c *Fake) next(end time.Time) *fakeTimer {
	var first *fakeTimer
	for t := range c.timers {
		if !t.due.After(end) && (first == nil || t.due.Before(first.due)) {
			first = t
		}
	}
	return first
}

func (c *Fake) add(t *fakeTimer, d time.Duration) Timer {
	c.mu.Lock()
	defer c.mu.Unlock()
	t.start(d)
	return t
}

type fakeTimer struct {
	clock *Fake
	due   time.Time
	ch    chan time.Time
	f     func()
}

func (t *fakeTimer) C() <-chan time.Time { return t.ch }

func (t *fakeTimer) Stop() bool {
	t.clock.mu.Lock()
	defer t.clock.mu.Unlock()
	return t.stop()
}

func (t *fakeTimer) Reset(d time.Duration) bool {
	t.clock.mu.Lock()
	defer t.clock.mu.Unlock()
	was := t.stop()
	t.start(d)
	return was
}

// start, stop and fire expect the clock's mu to be held.
func (t *fakeTimer) start(d time.Duration) {
	t.due = t.clock.now.Add(d)
	t.clock.timers[t] = struct{}{}
	if d <= 0 {
		t.fire()
	}
}

func (t *fakeTimer) stop() bool {
	_, pending := t.clock.timers[t]
	delete(t.clock.timers, t)
	if t.ch != nil {
		select { // no stale time after Stop or Reset
		case <-t.ch:
		default:
		}
	}
	return pending
}

func (t *fakeTimer) fire() {
	delete(t.clock.timers, t)
	if t.f != nil {
		go t.f()
		return
	}
	t.ch <- t.clock.now
}

package clock_test

import (
	"testing"
	"time"

	"github.com/braidflow/braid/internal/clock"
)

func TestFake_FiresInOrderOfDueTimes(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	c := clock.NewFake(start)
	late, early := c.NewTimer(2*time.Second), c.NewTimer(time.Second)
	c.Advance(3 * time.Second)
	if got := (<-early.C()).Sub(start); got != time.Second {
		t.Errorf("early timer fired at +%v, want +1s", got)
	}
	if got := (<-late.C()).Sub(start); got != 2*time.Second {
		t.Errorf("late timer fired at +%v, want +2s", got)
	}
	if got := c.Now().Sub(start); got != 3*time.Second {
		t.Errorf("clock shows +%v, want +3s", got)
	}
}

func TestFake_StopAndResetLeaveNoStaleTime(t *testing.T) {
	c := clock.NewFake(time.Time{})
	tm := c.NewTimer(time.Second)
	c.Advance(time.Second)
	if tm.Stop() {
		t.Error("Stop = true for a timer that has fired")
	}
	if tm.Reset(time.Second) {
		t.Error("Reset = true for a stopped timer")
	}
	select {
	case <-tm.C():
		t.Error("a stale time was received after Stop")
	default:
	}
	c.Advance(time.Second)
	<-tm.C()
}

func TestFake_AfterFuncRunsOnce(t *testing.T) {
	c := clock.NewFake(time.Time{})
	ran := make(chan struct{}, 2)
	c.AfterFunc(time.Second, func() { ran <- struct{}{} })
	c.Advance(time.Hour)
	<-ran
	if n := c.Timers(); n != 0 {
		t.Errorf("pending timers = %d, want 0", n)
	}
}

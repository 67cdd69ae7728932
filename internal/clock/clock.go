// Package clock is the seam between Braid and time. Code that decides by the time takes a [Clock], so that a test
// moves the hands of a [Fake] instead of sleeping.
package clock

import "time"

// Clock tells the time and wakes its callers. It may be used concurrently.
type Clock interface {
	Now() time.Time
	// NewTimer sends the time on its channel once d has passed; d <= 0 fires at once.
	NewTimer(d time.Duration) Timer
	// AfterFunc calls f in a goroutine of its own once d has passed.
	AfterFunc(d time.Duration, f func()) Timer
}

// Timer is one pending wake-up, with the meaning of time.Timer's methods (Go 1.23 and later: after Stop or Reset
// no stale time is received).
type Timer interface {
	C() <-chan time.Time // nil for AfterFunc
	Stop() bool
	Reset(d time.Duration) bool
}

// Real is the clock of the operating system.
var Real Clock = realClock{}

type realClock struct{}

func (realClock) Now() time.Time                            { return time.Now() }
func (realClock) NewTimer(d time.Duration) Timer            { return realTimer{time.NewTimer(d)} }
func (realClock) AfterFunc(d time.Duration, f func()) Timer { return realTimer{time.AfterFunc(d, f)} }

type realTimer struct{ *time.Timer }

func (t realTimer) C() <-chan time.Time { return t.Timer.C }

// Package gctune lets the garbage collector run less often while the heap is small. A node moves millions of short-lived
// objects over a small live heap: with Go's default it would collect dozens of times a second. With much live data, as
// with a million queued FlowFiles, it collects earlier than by default, so that memory stays within bounds.
package gctune

import (
	"os"
	"runtime"
	"runtime/debug"
)

const (
	spare      = 128 << 20 // bytes of garbage that may gather between two collections
	most       = 1000      // percent of the live heap
	least      = 50
	minimumSet = 100
)

// Start begins to tune, unless the user has set GOGC or GOMEMLIMIT, and goes on for as long as the process lives.
func Start() {
	_, percent := os.LookupEnv("GOGC")
	_, limit := os.LookupEnv("GOMEMLIMIT")
	if !percent && !limit {
		arm(minimumSet)
	}
}

// cycle is an object without a reference: its finalizer runs after each collection.
type cycle struct{ percent int }

func arm(percent int) {
	runtime.SetFinalizer(&cycle{percent}, func(c *cycle) { arm(adjust(c.percent)) })
}

// adjust sets the percentage for the heap as it is after a collection, and returns it.
func adjust(was int) int {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	// the heap has grown since the collection; its goal tells how large it was then
	live := m.NextGC * 100 / uint64(100+was)
	percent := Percent(live)
	if percent != was {
		debug.SetGCPercent(percent)
	}
	return percent
}

// Percent is the percentage for a live heap of so many bytes.
func Percent(live uint64) int {
	return int(min(most, max(least, spare*100/max(live, 1))))
}

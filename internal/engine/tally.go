package engine

import (
	"sync"
	"time"

	"github.com/braidflow/braid/sdk"
)

// tally counts what one or more tasks did.
type tally struct {
	in, out, received, sent sdk.Amount
	read, written           int64 // bytes
	tasks                   int64
	took                    time.Duration
}

func (t *tally) plus(o *tally) {
	add(&t.in, o.in)
	add(&t.out, o.out)
	add(&t.received, o.received)
	add(&t.sent, o.sent)
	t.read, t.written = t.read+o.read, t.written+o.written
	t.tasks, t.took = t.tasks+o.tasks, t.took+o.took
}

func add(a *sdk.Amount, b sdk.Amount) { a.Count, a.Bytes = a.Count+b.Count, a.Bytes+b.Bytes }

// The figures that users see are those of the last five minutes, as in NiFi, kept in slots.
const (
	slotMillis = 5_000
	slots      = 5 * 60 * 1000 / slotMillis
)

// window is a tally over the last five minutes. The zero window is ready; it takes memory from the first add on.
type window struct {
	mu    sync.Mutex // guards slots and since
	slots []tally
	since []int64 // which slot of time each entry counts
	total tally
}

// add counts o at the time now, in Unix milliseconds.
func (w *window) add(o *tally, now int64) {
	slot := now / slotMillis
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.slots == nil {
		w.slots, w.since = make([]tally, slots), make([]int64, slots)
	}
	i := slot % slots
	if w.since[i] != slot {
		w.slots[i], w.since[i] = tally{}, slot
	}
	w.slots[i].plus(o)
	w.total.plus(o)
}

// sum returns what was counted in the five minutes before now.
func (w *window) sum(now int64) (t tally) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range w.slots {
		if w.since[i] > now/slotMillis-slots {
			t.plus(&w.slots[i])
		}
	}
	return t
}

// sinceStart returns what was counted since the node started.
func (w *window) sinceStart() tally {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.total
}

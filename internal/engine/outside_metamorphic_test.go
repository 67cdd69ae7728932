package engine_test

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"sync"
)

// outside is the world around an engine: it gives inputs, and remembers what the engine has promised and delivered.
// It outlives crashes of the engine.
type outside struct {
	want map[string][]byte // what must arrive, by token.key

	mu        sync.Mutex // guards what follows
	waiting   []int      // inputs that were not given yet
	acked     map[int]bool
	delivered map[string]int
	uuids     []string // of FlowFiles that were delivered
	wrong     []string // what arrived and should not have
}

func newOutside(f *randomFlow) *outside {
	o := &outside{want: f.expected(), acked: map[int]bool{}, delivered: map[string]int{}}
	for n := range f.inputs {
		o.waiting = append(o.waiting, n)
	}
	return o
}

// take gives up to n inputs.
func (o *outside) take(n int) []int {
	o.mu.Lock()
	defer o.mu.Unlock()
	list := slices.Clone(o.waiting[:min(n, len(o.waiting))])
	o.waiting = o.waiting[len(list):]
	return list
}

// putBack returns inputs that were refused.
func (o *outside) putBack(list []int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.waiting = append(o.waiting, list...)
}

func (o *outside) ack(list []int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, n := range list {
		o.acked[n] = true
	}
}

func (o *outside) deliver(sink string, x token, uuid string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	key := x.key(sink)
	o.delivered[key]++
	o.uuids = append(o.uuids, uuid)
	if want, ok := o.want[key]; !ok {
		o.wrong = append(o.wrong, "nobody expected "+key)
	} else if !bytes.Equal(want, x.content) {
		o.wrong = append(o.wrong, fmt.Sprintf("%s has %d bytes that differ from the %d expected", key, len(x.content), len(want)))
	}
}

// promises is a copy of what was acknowledged.
func (o *outside) promises() map[int]bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return maps.Clone(o.acked)
}

// afterCrash is the world that a node meets when it comes up again: clients send once more what was not acknowledged.
// acked must have been copied before the crash; what has been delivered since would have been so before it.
func (o *outside) afterCrash(acked map[int]bool, inputs int) *outside {
	o.mu.Lock()
	defer o.mu.Unlock()
	next := &outside{
		want: o.want, acked: acked, delivered: maps.Clone(o.delivered), uuids: slices.Clone(o.uuids), wrong: slices.Clone(o.wrong),
	}
	for n := range inputs {
		if !acked[n] {
			next.waiting = append(next.waiting, n)
		}
	}
	return next
}

// safe tells whether all inputs have been acknowledged.
func (o *outside) safe(inputs int) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.acked) == inputs
}

// missing returns what has not arrived.
func (o *outside) missing() (keys []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for key := range o.want {
		if o.delivered[key] == 0 {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// twice counts what arrived more often than once.
func (o *outside) twice() (n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, times := range o.delivered {
		n += times - 1
	}
	return n
}

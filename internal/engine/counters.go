package engine

import (
	"cmp"
	"slices"
	"sync"
)

// Counter is a named number that a component counts.
type Counter struct {
	ComponentID string
	Name        string
	Value       int64
}

// counters holds what components count since the node started.
type counters struct {
	mu     sync.Mutex        // guards values
	values map[Counter]int64 // by a Counter without value
}

func newCounters() *counters { return &counters{values: map[Counter]int64{}} }

func (n *counters) add(c *component, deltas map[string]int64) {
	if len(deltas) == 0 {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for name, d := range deltas {
		n.values[Counter{ComponentID: c.id, Name: name}] += d
	}
}

// Counters returns all counters, sorted.
func (e *Engine) Counters() []Counter {
	e.counters.mu.Lock()
	defer e.counters.mu.Unlock()
	out := make([]Counter, 0, len(e.counters.values))
	for c, v := range e.counters.values {
		c.Value = v
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b Counter) int {
		return cmp.Or(cmp.Compare(a.ComponentID, b.ComponentID), cmp.Compare(a.Name, b.Name))
	})
	return out
}

// ResetCounter sets a counter to 0 and tells whether it exists.
func (e *Engine) ResetCounter(componentID, name string) bool {
	e.counters.mu.Lock()
	defer e.counters.mu.Unlock()
	key := Counter{ComponentID: componentID, Name: name}
	_, ok := e.counters.values[key]
	if ok {
		e.counters.values[key] = 0
	}
	return ok
}

package vfs

import (
	"maps"
	"math/rand/v2"
	"slices"
)

// sector is what a disk writes whole or not at all.
const sector = 512

// CrashClone returns the disk as it could be found after a loss of power now: all that was synced, and of the rest
// what chance leaves. keep is the chance of each unsynced change to survive, 0 to 1. In some files the changes survive
// in their order up to one that may be torn, in others each sector by itself, as no order is promised; in a folder
// they survive in their order. The clone has no locks, hook or limit, and shares nothing with m.
func (m *Mem) CrashClone(rng *rand.Rand, keep float64) *Mem {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := crash{rng: rng, keep: keep, done: map[*memNode]*memNode{}}
	clone := NewMem()
	clone.root = c.node(m.root)
	for _, n := range c.done {
		clone.used += int64(len(n.data))
	}
	return clone
}

type crash struct {
	rng  *rand.Rand
	keep float64
	done map[*memNode]*memNode
}

func (c *crash) survives() bool { return c.rng.Float64() < c.keep }

func (c *crash) node(n *memNode) *memNode {
	if to := c.done[n]; to != nil {
		return to
	}
	to := &memNode{dir: n.dir}
	c.done[n] = to
	if !n.dir {
		to.data = c.content(n)
		to.synced = slices.Clone(to.data)
		return to
	}
	names := maps.Clone(n.durable)
	for _, change := range n.changes {
		if !c.survives() {
			break
		}
		change.apply(names)
	}
	to.names = make(map[string]*memNode, len(names))
	for _, name := range slices.Sorted(maps.Keys(names)) { // sorted: the same seed gives the same clone
		to.names[name] = c.node(names[name])
	}
	to.durable = maps.Clone(to.names)
	return to
}

func (c *crash) content(n *memNode) []byte {
	data := slices.Clone(n.synced)
	if c.rng.IntN(2) == 0 {
		for _, w := range n.writes {
			data = c.tear(data, w)
		}
		return data
	}
	for _, w := range n.writes {
		if !c.survives() {
			return c.tear(data, w)
		}
		data = w.apply(data)
	}
	return data
}

// tear applies a part of a change: those sectors that survive.
func (c *crash) tear(data []byte, w memWrite) []byte {
	if w.size >= 0 {
		if c.survives() {
			return w.apply(data)
		}
		return data
	}
	for start := int64(0); start < int64(len(w.data)); {
		end := min((w.off+start)/sector*sector+sector-w.off, int64(len(w.data)))
		if c.survives() {
			data = memWrite{off: w.off + start, data: w.data[start:end], size: -1}.apply(data)
		}
		start = end
	}
	return data
}

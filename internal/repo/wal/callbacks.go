package wal

import "sync"

// callbacks runs functions once a position is reached.
type callbacks struct {
	mu      sync.Mutex // guards what follows
	due     sync.Cond
	heap    []callback // smallest position first
	seq     uint64
	reached Position
	closed  bool
}

type callback struct {
	pos Position
	seq uint64 // the order among equal positions
	fn  func()
}

func (c callback) before(d callback) bool { return c.pos < d.pos || (c.pos == d.pos && c.seq < d.seq) }

func newCallbacks() *callbacks {
	c := &callbacks{}
	c.due.L = &c.mu
	return c
}

func (c *callbacks) add(pos Position, fn func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	c.seq++
	c.push(callback{pos, c.seq, fn})
	if pos <= c.reached {
		c.due.Signal()
	}
}

func (c *callbacks) advance(pos Position) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reached = pos
	if len(c.heap) > 0 && c.heap[0].pos <= pos {
		c.due.Signal()
	}
}

// close lets run end once all that is due has run.
func (c *callbacks) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	c.due.Signal()
}

func (c *callbacks) run() {
	var batch []callback
	for {
		c.mu.Lock()
		for !c.closed && (len(c.heap) == 0 || c.heap[0].pos > c.reached) {
			c.due.Wait()
		}
		batch = batch[:0]
		for len(c.heap) > 0 && c.heap[0].pos <= c.reached {
			batch = append(batch, c.pop())
		}
		c.mu.Unlock()
		if len(batch) == 0 {
			return // closed, and nothing is due
		}
		for i := range batch {
			batch[i].fn()
			batch[i].fn = nil // lets go of what it holds
		}
	}
}

func (c *callbacks) push(cb callback) {
	h := append(c.heap, cb)
	i := len(h) - 1
	for i > 0 && cb.before(h[(i-1)/2]) {
		h[i] = h[(i-1)/2]
		i = (i - 1) / 2
	}
	h[i] = cb
	c.heap = h
}

func (c *callbacks) pop() callback {
	h := c.heap
	top, last := h[0], h[len(h)-1]
	h[len(h)-1] = callback{}
	h = h[:len(h)-1]
	i := 0
	for child := 1; child < len(h); child = 2*i + 1 {
		if child+1 < len(h) && h[child+1].before(h[child]) {
			child++
		}
		if !h[child].before(last) {
			break
		}
		h[i] = h[child]
		i = child
	}
	if len(h) > 0 {
		h[i] = last
	}
	c.heap = h
	return top
}

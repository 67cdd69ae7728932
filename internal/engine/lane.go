package engine

import (
	"container/heap"
	"slices"

	"github.com/braidflow/braid/internal/repo/flowfile"
)

// lane holds FlowFiles in the order in which they are to be taken. It is guarded by its queue's lock.
type lane interface {
	push(ff *flowfile.FlowFile)
	pop() *flowfile.FlowFile // nil if empty
	// unshift puts FlowFiles back at the front, keeping their order.
	unshift(ffs []*flowfile.FlowFile)
	len() int
	appendTo(dst []*flowfile.FlowFile) []*flowfile.FlowFile
}

// ring is a lane that is first in, first out: a circular buffer whose capacity is a power of two.
type ring struct {
	buf  []*flowfile.FlowFile
	head int
	n    int
}

func (r *ring) len() int { return r.n }

func (r *ring) push(ff *flowfile.FlowFile) {
	if r.n == len(r.buf) {
		r.resize(max(64, 2*len(r.buf)))
	}
	r.buf[(r.head+r.n)&(len(r.buf)-1)] = ff
	r.n++
}

func (r *ring) pop() *flowfile.FlowFile {
	if r.n == 0 {
		return nil
	}
	ff := r.buf[r.head]
	r.buf[r.head] = nil
	r.head = (r.head + 1) & (len(r.buf) - 1)
	r.n--
	if r.n == 0 && len(r.buf) > 1<<14 {
		r.buf, r.head = nil, 0 // a burst is over: give the memory back
	}
	return ff
}

func (r *ring) unshift(ffs []*flowfile.FlowFile) {
	for r.n+len(ffs) > len(r.buf) {
		r.resize(max(64, 2*len(r.buf)))
	}
	for _, ff := range slices.Backward(ffs) {
		r.head = (r.head - 1) & (len(r.buf) - 1)
		r.buf[r.head] = ff
		r.n++
	}
}

func (r *ring) resize(size int) {
	buf := make([]*flowfile.FlowFile, size)
	r.appendTo(buf[:0])
	r.buf, r.head = buf, 0
}

func (r *ring) appendTo(dst []*flowfile.FlowFile) []*flowfile.FlowFile {
	end := r.head + r.n
	if end <= len(r.buf) {
		return append(dst, r.buf[r.head:end]...)
	}
	dst = append(dst, r.buf[r.head:]...)
	return append(dst, r.buf[:end-len(r.buf)]...)
}

// ranked is a lane ordered by prioritizers: a heap.
type ranked struct {
	less order
	heap []*flowfile.FlowFile
}

func (r *ranked) len() int                   { return len(r.heap) }
func (r *ranked) push(ff *flowfile.FlowFile) { heap.Push((*rankedHeap)(r), ff) }

func (r *ranked) pop() *flowfile.FlowFile {
	if len(r.heap) == 0 {
		return nil
	}
	return heap.Pop((*rankedHeap)(r)).(*flowfile.FlowFile)
}

func (r *ranked) unshift(ffs []*flowfile.FlowFile) {
	for _, ff := range ffs {
		r.push(ff)
	}
}

func (r *ranked) appendTo(dst []*flowfile.FlowFile) []*flowfile.FlowFile {
	return append(dst, r.heap...)
}

func (r *ranked) sort(ffs []*flowfile.FlowFile) { slices.SortStableFunc(ffs, r.less) }

// rankedHeap has the methods that container/heap wants.
type rankedHeap ranked

func (h *rankedHeap) Len() int           { return len(h.heap) }
func (h *rankedHeap) Less(i, j int) bool { return h.less(h.heap[i], h.heap[j]) < 0 }
func (h *rankedHeap) Swap(i, j int)      { h.heap[i], h.heap[j] = h.heap[j], h.heap[i] }
func (h *rankedHeap) Push(x any)         { h.heap = append(h.heap, x.(*flowfile.FlowFile)) }

func (h *rankedHeap) Pop() any {
	last := len(h.heap) - 1
	ff := h.heap[last]
	h.heap[last] = nil
	h.heap = h.heap[:last]
	return ff
}

// penaltyHeap holds FlowFiles whose penalty is not over, that of the next one to be released first.
type penaltyHeap []*flowfile.FlowFile

func (p *penaltyHeap) push(ff *flowfile.FlowFile) { heap.Push((*penaltyOrder)(p), ff) }

func (p *penaltyHeap) pop() *flowfile.FlowFile {
	return heap.Pop((*penaltyOrder)(p)).(*flowfile.FlowFile)
}

func (p penaltyHeap) sorted() []*flowfile.FlowFile {
	out := slices.Clone(p)
	slices.SortStableFunc(out, func(a, b *flowfile.FlowFile) int { return int(a.Penalty - b.Penalty) })
	return out
}

type penaltyOrder []*flowfile.FlowFile

func (p penaltyOrder) Len() int           { return len(p) }
func (p penaltyOrder) Less(i, j int) bool { return p[i].Penalty < p[j].Penalty }
func (p penaltyOrder) Swap(i, j int)      { p[i], p[j] = p[j], p[i] }
func (p *penaltyOrder) Push(x any)        { *p = append(*p, x.(*flowfile.FlowFile)) }

func (p *penaltyOrder) Pop() any {
	last := len(*p) - 1
	ff := (*p)[last]
	(*p)[last] = nil
	*p = (*p)[:last]
	return ff
}

package engine

import (
	"slices"
	"sort"
	"sync"
	"sync/atomic"
	"time"

	"github.com/braidflow/braid/internal/repo/flowfile"
	"github.com/braidflow/braid/internal/repo/provenance"
	"github.com/braidflow/braid/sdk"
)

// Queue is the queue of one connection. Its size counts what waits and what sessions hold but have not committed yet,
// as NiFi's does: that is what back pressure looks at.
//
// Locking: mu may be taken while the engine's gate is held, never the other way round, and no other lock is taken
// under it.
type Queue struct {
	ID   string
	num  uint32          // of ID in the FlowFile log
	name provenance.Name // ID, for events

	count, bytes       atomic.Int64 // waiting, swapped out, penalized and held
	maxCount, maxBytes atomic.Int64 // back pressure; 0 = none
	expireAfter        atomic.Int64 // milliseconds; 0 = never
	waiting            atomic.Int64 // FlowFiles that could be taken now
	penaltyEnds        atomic.Int64 // when the first penalty does, Unix milliseconds; 0 = there is none

	source, destination atomic.Pointer[component]

	passed window // in: put here, out: taken and committed

	mu         sync.Mutex // guards all below
	orderTypes []string   // the prioritizers of active
	active     lane       // what may be taken
	penalized  penaltyHeap
	swap       swapState
	holds      map[*hold]struct{}
	restored   bool    // from the log, and not linked yet
	timer      stopper // fires when the first penalty ends
}

// hold lists what one session has taken from one queue and not committed; entries are nil once moved elsewhere.
type hold struct {
	queue *Queue
	gen   uint64 // of the component, so that a terminated session's FlowFiles can be told apart
	owner *component
	ffs   []*flowfile.FlowFile
}

func newQueue(id string) *Queue {
	return &Queue{ID: id, num: flowfile.Number(id), name: provenance.MakeName(id), holds: map[*hold]struct{}{}, active: &ring{}}
}

// Size returns the FlowFiles and bytes in the queue, those included that sessions hold.
func (q *Queue) Size() (count, bytes int64) { return q.count.Load(), q.bytes.Load() }

// full tells whether the queue exerts back pressure. The limit is soft: what is under way may exceed it.
func (q *Queue) full() bool { return q.fullAt(q.count.Load(), q.bytes.Load()) }

func (q *Queue) fullAt(count, bytes int64) bool {
	maxCount, maxBytes := q.maxCount.Load(), q.maxBytes.Load()
	return (maxCount > 0 && count >= maxCount) || (maxBytes > 0 && bytes >= maxBytes)
}

// hasFor tells whether there is something to take at the time now.
func (q *Queue) hasFor(now int64) bool {
	ends := q.penaltyEnds.Load()
	return q.waiting.Load() > 0 || (ends > 0 && ends <= now)
}

// put adds FlowFiles that a committed session transferred here, and returns their bytes.
func (q *Queue) put(e *Engine, ffs []*flowfile.FlowFile) (bytes int64) {
	now := e.nowMillis()
	q.mu.Lock()
	for _, ff := range ffs {
		bytes += ff.Claim.Length
		q.add(ff, now)
	}
	q.count.Add(int64(len(ffs)))
	q.bytes.Add(bytes)
	q.settle(e)
	q.mu.Unlock()
	return bytes
}

// Passed returns what was put into the queue and what was taken from it in the last five minutes before now.
func (q *Queue) Passed(now time.Time) (in, out sdk.Amount) {
	t := q.passed.sum(now.UnixMilli())
	return t.in, t.out
}

// add files one FlowFile where it belongs. The caller holds mu.
func (q *Queue) add(ff *flowfile.FlowFile, now int64) {
	switch {
	case ff.Penalty > now:
		q.penalized.push(ff)
	case q.swap.takes(q.active.len()):
		q.swap.tail = append(q.swap.tail, ff)
	default:
		q.active.push(ff)
	}
}

// settle brings what hangs on the contents of the queue up to date. The caller holds mu.
func (q *Queue) settle(e *Engine) {
	q.refill()
	q.waiting.Store(int64(q.active.len()))
	q.armPenalty(e)
	e.swapIfNeeded(q)
}

// take moves up to limit FlowFiles to h and dst; expired ones go to h and expired instead.
func (q *Queue) take(e *Engine, h *hold, limit int, now int64, dst []*flowfile.FlowFile) (taken, expired []*flowfile.FlowFile) {
	oldest := int64(0)
	if after := q.expireAfter.Load(); after > 0 {
		oldest = now - after
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.release(now)
	for len(dst) < limit {
		ff := q.next()
		if ff == nil {
			break
		}
		h.ffs = append(h.ffs, ff)
		if ff.Entry < oldest {
			expired = append(expired, ff)
			continue
		}
		dst = append(dst, ff)
	}
	if len(h.ffs) > 0 {
		q.holds[h] = struct{}{}
	}
	q.settle(e)
	return dst, expired
}

// takeIf moves the FlowFiles that pick accepts. pick is called under the queue's lock: it must not use the engine.
func (q *Queue) takeIf(e *Engine, h *hold, pick func(*flowfile.FlowFile) (take, stop bool), dst []*flowfile.FlowFile) []*flowfile.FlowFile {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.release(e.nowMillis())
	var left []*flowfile.FlowFile
	for stop := false; !stop; {
		ff := q.next()
		if ff == nil {
			break
		}
		var take bool
		if take, stop = pick(ff); take {
			h.ffs = append(h.ffs, ff)
			dst = append(dst, ff)
		} else {
			left = append(left, ff)
		}
	}
	q.active.unshift(left)
	if len(h.ffs) > 0 {
		q.holds[h] = struct{}{}
	}
	q.settle(e)
	return dst
}

// next removes the first FlowFile that may be taken, or returns nil. The caller holds mu.
func (q *Queue) next() *flowfile.FlowFile {
	if ff := q.active.pop(); ff != nil {
		return ff
	}
	q.refill()
	return q.active.pop()
}

// release moves FlowFiles whose penalty is over to those that may be taken. The caller holds mu.
func (q *Queue) release(now int64) {
	for len(q.penalized) > 0 && q.penalized[0].Penalty <= now {
		q.active.push(q.penalized.pop())
	}
}

// ack forgets what h held: its session has committed. It tells whether this ended the back pressure.
func (q *Queue) ack(h *hold, now int64) (roomAgain bool) {
	var count, bytes int64
	q.mu.Lock()
	for _, ff := range h.ffs {
		if ff != nil {
			count, bytes = count+1, bytes+ff.Claim.Length
		}
	}
	q.forget(h)
	q.mu.Unlock()
	// what the counts were at the moment of the change decides: a look before it would miss what came in between
	nowCount, nowBytes := q.count.Add(-count), q.bytes.Add(-bytes)
	q.passed.add(&tally{out: sdk.Amount{Count: count, Bytes: bytes}}, now)
	return q.fullAt(nowCount+count, nowBytes+bytes) && !q.fullAt(nowCount, nowBytes)
}

// forget ends a hold. The caller holds mu.
func (q *Queue) forget(h *hold) {
	clear(h.ffs)
	h.ffs = h.ffs[:0]
	delete(q.holds, h)
}

// giveBack returns all that h holds to the front of the queue and tells whether there was anything: a termination may
// have done it already. change, if not nil, makes the FlowFile that goes back; it must keep the content.
func (q *Queue) giveBack(e *Engine, h *hold, change func(*flowfile.FlowFile) *flowfile.FlowFile) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(h.ffs) == 0 {
		return false
	}
	now := e.nowMillis()
	var front []*flowfile.FlowFile
	for _, ff := range h.ffs {
		if ff == nil {
			continue
		}
		if change != nil {
			ff = change(ff)
		}
		if ff.Penalty > now {
			q.penalized.push(ff)
		} else {
			front = append(front, ff)
		}
	}
	q.active.unshift(front)
	q.forget(h)
	q.settle(e)
	return true
}

// giveBackOf returns what sessions of a component's old generation hold. The caller holds the engine's gate.
func (q *Queue) giveBackOf(e *Engine, c *component, gen uint64) {
	q.mu.Lock()
	var theirs []*hold
	for h := range q.holds {
		if h.owner == c && h.gen <= gen {
			theirs = append(theirs, h)
		}
	}
	q.mu.Unlock()
	for _, h := range theirs {
		q.giveBack(e, h, nil)
	}
}

func (q *Queue) wakeDestination() {
	if c := q.destination.Load(); c != nil {
		c.fresh()
	}
}

func (q *Queue) wakeSource() {
	if c := q.source.Load(); c != nil {
		c.wake()
	}
}

// all returns every FlowFile of the queue that is in memory, the held included, and the swap files.
func (q *Queue) all() ([]*flowfile.FlowFile, []flowfile.SwapFile) {
	q.mu.Lock()
	defer q.mu.Unlock()
	out := q.active.appendTo(make([]*flowfile.FlowFile, 0, q.active.len()))
	out = append(out, q.swap.inMemory()...)
	out = append(out, q.penalized...)
	for h := range q.holds {
		for _, ff := range h.ffs {
			if ff != nil {
				out = append(out, ff)
			}
		}
	}
	return out, slices.Clone(q.swap.files)
}

// restore fills a new queue with what the log had in it. The swapper leaves it alone until it is linked.
func (q *Queue) restore(e *Engine, ffs []*flowfile.FlowFile, files []flowfile.SwapFile) {
	older := 0
	if len(files) > 0 { // what was taken from the queue first is not behind what is on disk
		f := files[0]
		older = sort.Search(len(ffs), func(i int) bool {
			return ffs[i].Queued > f.MaxQueued || (ffs[i].Queued >= f.MinQueued && ffs[i].ID > f.MaxID)
		})
	}
	q.mu.Lock()
	q.restored, q.swap.busy = true, true
	q.mu.Unlock()
	q.put(e, ffs[:older])
	q.mu.Lock()
	q.swap.files = files
	for _, f := range files {
		q.count.Add(int64(f.Count))
		q.bytes.Add(f.Bytes)
	}
	q.mu.Unlock()
	q.put(e, ffs[older:])
}

// link tells a queue between which components it lies.
func (q *Queue) link(e *Engine, source, destination *component) {
	q.source.Store(source)
	q.destination.Store(destination)
	q.mu.Lock()
	if q.restored {
		q.restored, q.swap.busy = false, false
	}
	q.settle(e)
	q.mu.Unlock()
	q.wakeDestination()
	q.wakeSource() // both may have run already: what ended the back pressure then could wake nobody
}

// first returns copies of up to limit FlowFiles that wait, in the order of taking, for a listing.
func (q *Queue) first(limit int) []flowfile.FlowFile {
	q.mu.Lock()
	defer q.mu.Unlock()
	waiting := q.active.appendTo(nil)
	if r, ok := q.active.(*ranked); ok {
		r.sort(waiting)
	}
	waiting = append(waiting, q.penalized.sorted()...)
	out := make([]flowfile.FlowFile, 0, min(limit, len(waiting)))
	for _, ff := range waiting[:min(limit, len(waiting))] {
		out = append(out, *ff)
	}
	return out
}

// swapping tells whether FlowFiles are on disk or on their way from or to it.
func (q *Queue) swapping() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.swap.pending()
}

// setOrder changes the prioritizers.
func (q *Queue) setOrder(o order, types []string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if slices.Equal(types, q.orderTypes) {
		return
	}
	q.orderTypes = slices.Clone(types)
	waiting := q.active.appendTo(nil)
	if o == nil {
		q.active = &ring{}
	} else {
		q.active = &ranked{less: o}
	}
	for _, ff := range waiting {
		q.active.push(ff)
	}
}

// armPenalty sees to it that the destination is woken when the first penalty ends. The caller holds mu.
func (q *Queue) armPenalty(e *Engine) {
	if q.timer != nil {
		q.timer.Stop()
		q.timer = nil
	}
	if len(q.penalized) == 0 {
		q.penaltyEnds.Store(0)
		return
	}
	q.penaltyEnds.Store(q.penalized[0].Penalty)
	q.timer = e.after(q.penalized[0].Penalty-e.nowMillis(), func() {
		q.mu.Lock()
		q.release(e.nowMillis())
		q.settle(e)
		q.mu.Unlock()
		q.wakeDestination()
	})
}

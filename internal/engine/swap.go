package engine

import (
	"errors"
	"log/slog"
	"time"

	"github.com/braidflow/braid/internal/repo/flowfile"
)

// swapBlock is how many FlowFiles go to disk together, as NiFi's.
const swapBlock = 10_000

// swapState is what a queue keeps of the FlowFiles beyond its swap threshold: the oldest in files, then the block
// that is being written, then the newest. It is guarded by the queue's lock.
type swapState struct {
	threshold int // 0 = the queue is never swapped
	files     []flowfile.SwapFile
	writing   []*flowfile.FlowFile
	tail      []*flowfile.FlowFile
	busy      bool // the swapper works on this queue
}

// takes tells whether a new FlowFile must queue up behind those that are swapped out.
func (s *swapState) takes(active int) bool {
	return s.threshold > 0 && (active >= s.threshold || s.pending())
}

func (s *swapState) pending() bool { return len(s.files)+len(s.writing)+len(s.tail) > 0 }

func (s *swapState) inMemory() []*flowfile.FlowFile {
	return append(append([]*flowfile.FlowFile(nil), s.writing...), s.tail...)
}

// refill moves the tail to the active lane if nothing older is on disk or on its way there. The caller holds q.mu.
func (q *Queue) refill() {
	s := &q.swap
	if len(s.tail) == 0 || len(s.files)+len(s.writing) > 0 || q.active.len() > s.threshold/2 {
		return
	}
	n := min(len(s.tail), s.threshold-q.active.len())
	for _, ff := range s.tail[:n] {
		q.active.push(ff)
	}
	clear(s.tail[:n])
	if s.tail = s.tail[n:]; len(s.tail) == 0 {
		s.tail = nil
	}
}

// swapIfNeeded hands the queue to the swapper if a block should go out or come in. The caller holds q.mu.
func (e *Engine) swapIfNeeded(q *Queue) {
	s := &q.swap
	if s.busy || e.swapper == nil {
		return
	}
	out := len(s.tail) >= e.o.SwapBlock && q.active.len() > s.threshold/2 // else they are soon wanted
	in := len(s.files) > 0 && q.active.len() <= s.threshold/2
	if out || in {
		s.busy = true
		e.swapper.enqueue(q)
	}
}

// swapper moves blocks between queues and disk, one at a time, in a goroutine of its own.
type swapper struct {
	e     *Engine
	queue *mailbox[*Queue]
}

func newSwapper(e *Engine) *swapper {
	s := &swapper{e: e}
	s.queue = newMailbox(&e.tasks, s.serve)
	return s
}

func (s *swapper) enqueue(q *Queue) { s.queue.send(q) }

// serve moves one block of a queue, whichever way is due.
func (s *swapper) serve(q *Queue) {
	q.mu.Lock()
	in := len(q.swap.files) > 0 && q.active.len() <= q.swap.threshold/2
	q.mu.Unlock()
	var err error
	if in {
		err = s.in(q)
	} else {
		err = s.out(q)
	}
	if err != nil {
		s.e.log.Error("queue could not be swapped; it is tried again", slog.String("connection", q.ID), slog.Any("error", err))
		s.e.after(swapRetry.Milliseconds(), func() { s.free(q) })
		return
	}
	s.free(q)
}

// swapRetry is the pause before what the disk refused is tried again.
const swapRetry = time.Second

// free ends the swapper's work on a queue and looks whether there is more.
func (s *swapper) free(q *Queue) {
	q.mu.Lock()
	q.swap.busy = false
	q.settle(s.e)
	q.mu.Unlock()
	q.wakeDestination()
}

// out writes the oldest block of the tail to disk.
func (s *swapper) out(q *Queue) error {
	n := s.e.o.SwapBlock
	q.mu.Lock()
	if len(q.swap.tail) < n {
		q.mu.Unlock()
		return nil
	}
	block := append([]*flowfile.FlowFile(nil), q.swap.tail[:n]...)
	q.swap.writing = block
	q.swap.tail = append([]*flowfile.FlowFile(nil), q.swap.tail[n:]...)
	q.mu.Unlock()

	file, err := s.e.flowFiles.WriteSwap(q.num, block)
	if err == nil {
		err = s.commit(func(b *flowfile.Batch) { b.SwapOut(file, block) }, func() {
			q.mu.Lock()
			q.swap.files = append(q.swap.files, file)
			q.swap.writing = nil
			q.mu.Unlock()
		})
	}
	if err != nil {
		q.mu.Lock()
		q.swap.tail = append(block, q.swap.tail...)
		q.swap.writing = nil
		q.mu.Unlock()
	}
	return err
}

// in reads the oldest block back.
func (s *swapper) in(q *Queue) error {
	q.mu.Lock()
	file := q.swap.files[0]
	q.mu.Unlock()
	block, err := s.e.flowFiles.ReadSwap(file)
	if err != nil {
		if _, ok := errors.AsType[*flowfile.CorruptError](err); ok {
			err = errors.Join(err, s.lose(q, file))
		}
		return err
	}
	return s.commit(func(b *flowfile.Batch) { b.SwapIn(file) }, func() {
		q.mu.Lock()
		q.swap.files = q.swap.files[1:]
		for _, ff := range block {
			q.active.push(ff)
		}
		q.mu.Unlock()
	})
}

// lose takes a damaged swap file out of its queue's way; the repository keeps a copy of it.
func (s *swapper) lose(q *Queue, file flowfile.SwapFile) error {
	return s.commit(func(b *flowfile.Batch) { b.SwapDrop(file) }, func() {
		q.mu.Lock()
		q.swap.files = q.swap.files[1:]
		q.mu.Unlock()
		q.count.Add(-int64(file.Count))
		q.bytes.Add(-file.Bytes)
	})
}

// commit logs what fill puts into a batch and applies it to the queue, so that no snapshot falls between the two.
func (s *swapper) commit(fill func(*flowfile.Batch), apply func()) error {
	b := new(flowfile.Batch)
	fill(b)
	s.e.gate.RLock()
	defer s.e.gate.RUnlock()
	if _, err := s.e.flowFiles.Commit(b); err != nil {
		return err
	}
	apply()
	return nil
}

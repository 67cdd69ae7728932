package engine

import (
	"context"
	"errors"
	"maps"
	"math"
	"strconv"

	"github.com/braidflow/braid/internal/repo/content"
	"github.com/braidflow/braid/internal/repo/flowfile"
	"github.com/braidflow/braid/internal/repo/provenance"
	"github.com/braidflow/braid/internal/repo/wal"
	"github.com/braidflow/braid/sdk"
)

// commit makes all that the session did visible: contents, then the log record, then the queues. If it returns an
// error, nothing has happened and the session has been rolled back.
func (s *session) commit() error {
	if s.idle() {
		s.reset()
		return nil
	}
	if err := s.undecidedError(); err != nil {
		s.rollback(nil)
		return err
	}
	if err := s.flush(); err != nil {
		s.rollback(nil)
		return err
	}
	s.e.gate.RLock()
	pos, err := s.commitInGate()
	s.e.gate.RUnlock()
	if err != nil {
		s.rollback(nil)
		return err
	}
	s.afterwards(pos)
	s.reset()
	return nil
}

// commitInGate is the part of a commit that must not be split by a snapshot or a termination.
func (s *session) commitInGate() (wal.Position, error) {
	if s.c.gen.Load() != s.gen {
		return 0, ErrTerminated
	}
	for i := range s.items {
		s.settle(i)
	}
	s.describe()
	var pos wal.Position
	if len(s.events) > 0 {
		s.batch.Events(s.events)
	}
	if s.batch.Len() > 0 {
		var err error
		if pos, err = s.e.flowFiles.Commit(s.batch); err != nil {
			return 0, err
		}
	}
	s.e.contents.Apply(s.retain, nil)
	for i := range s.out {
		if b := &s.out[i]; len(b.ffs) > 0 {
			bytes := b.queue.put(s.e, b.ffs)
			b.queue.passed.add(&tally{in: sdk.Amount{Count: int64(len(b.ffs)), Bytes: bytes}}, s.now)
		}
	}
	for _, h := range s.holds {
		if h != nil && len(h.ffs) > 0 && h.queue.ack(h, s.now) {
			h.queue.wakeSource()
		}
	}
	for i := range s.out {
		if b := &s.out[i]; len(b.ffs) > 0 {
			b.queue.wakeDestination()
		}
	}
	return pos, nil
}

// settle decides what becomes of one FlowFile.
func (s *session) settle(i int) {
	it := &s.items[i]
	switch it.rel {
	case migrated:
	case removed, expired:
		s.end(it)
	case goesBack:
		s.send(it, it.hold.queue)
	default:
		s.route(i, &s.wire.rels[it.rel])
	}
}

// route sends a FlowFile out by a relationship.
func (s *session) route(i int, r *route) {
	if r.retried && s.items[i].orig != nil && s.retry(&s.items[i]) {
		return
	}
	it := &s.items[i]
	if len(r.queues) == 0 {
		it.rel = autoTerminated - it.rel
		s.end(it)
		return
	}
	s.stats.out.Count += int64(len(r.queues))
	s.stats.out.Bytes += int64(len(r.queues)) * it.cur.Claim.Length
	for n, q := range r.queues {
		if n == len(r.queues)-1 {
			s.send(it, q)
			return
		}
		s.sendClone(i, q)
		it = &s.items[i] // items may have moved
	}
}

// retry sends a FlowFile back to try again, if it has not been tried often enough. As NiFi's session does, the count
// is an attribute, which goes once the FlowFile is routed.
func (s *session) retry(it *item) bool {
	set := s.c.settings.Load()
	name := "retryCount." + s.c.id
	text, _ := it.cur.Attrs.Get(name)
	count, _ := strconv.Atoi(text) // not there: 0
	if count >= set.retryCount {
		if text != "" {
			packed := it.cur.Attrs.Without(&s.mem, func(n string) bool { return n == name })
			s.next(it).Attrs = packed
		}
		return false
	}
	// what the component made of the FlowFile is undone: the next try starts from what it was
	s.forgetContent(it)
	back := s.alloc()
	*back = *it.orig
	back.Slot = it.cur.Slot
	back.Attrs = it.orig.Attrs.With(&s.mem, flowfile.Attr{Name: name, Value: strconv.Itoa(count + 1)})
	wait := backOff(set, count)
	if set.retryYields {
		s.yielded = true
		s.c.yieldFor(s.e, wait)
	} else {
		back.Penalty = s.now + wait.Milliseconds()
	}
	it.cur, it.rel, it.did = back, goesBack, 0
	s.send(it, it.hold.queue)
	return true
}

// send puts a FlowFile into the log and into the bucket of a queue.
func (s *session) send(it *item, q *Queue) {
	ff := it.cur
	if ff == it.orig && s.e.snapshotting.Load() {
		ff = s.next(it) // the snapshot may be reading the one that was taken
	}
	if it.did&didPenalize == 0 && ff.Penalty != 0 && ff.Penalty <= s.now {
		if ff == it.orig {
			ff = s.next(it)
		}
		ff.Penalty = 0
	}
	ff.Queued = s.now
	s.toQueue(q, ff)
	switch {
	case it.orig == nil:
		s.batch.Create(ff, q.num)
		s.keep(it)
	case ff == it.orig || onlyMoved(it.orig, ff):
		s.batch.Move(ff, q.num)
	default:
		s.batch.Update(it.orig, ff, q.num)
		if !sameContent(it.orig.Claim, ff.Claim) {
			s.keep(it)
			s.drops(it.orig)
		}
	}
}

func onlyMoved(a, b *flowfile.FlowFile) bool {
	return a.Attrs == b.Attrs && a.Claim == b.Claim && a.Penalty == b.Penalty
}

// sendClone gives one more connection of a relationship a FlowFile of its own.
func (s *session) sendClone(i int, q *Queue) {
	ff := s.alloc()
	*ff = *s.items[i].cur
	it := s.made(ff)
	it.rel = migrated // settled here
	s.kin = append(s.kin, kinship{provenance.Clone, i, len(s.items) - 1})
	ff.Queued = s.now
	s.toQueue(q, ff)
	s.batch.Create(ff, q.num)
	s.keep(it)
}

// end removes a FlowFile for good.
func (s *session) end(it *item) {
	s.forgetContent(it)
	if it.orig != nil {
		s.batch.Delete(it.orig)
		s.drops(it.orig)
	}
}

// keep counts the reference of a FlowFile in a queue to its content. A content that was written here is born with one.
func (s *session) keep(it *item) {
	switch {
	case it.cur.Claim.Empty():
	case it.did&didContent != 0:
		it.did |= didKeep
	default:
		s.retain = append(s.retain, it.cur.Claim)
	}
}

func (s *session) drops(ff *flowfile.FlowFile) {
	if !ff.Claim.Empty() {
		s.release = append(s.release, ff.Claim)
	}
}

func (s *session) toQueue(q *Queue, ff *flowfile.FlowFile) {
	for i := range s.out {
		if s.out[i].queue == q {
			s.out[i].ffs = append(s.out[i].ffs, ff)
			return
		}
	}
	if len(s.out) < cap(s.out) {
		s.out = s.out[:len(s.out)+1]
	} else {
		s.out = append(s.out, bucket{})
	}
	b := &s.out[len(s.out)-1]
	b.queue, b.ffs = q, append(b.ffs[:0], ff)
}

// afterwards does what follows a commit: what waits for it to be durable, and the figures.
func (s *session) afterwards(pos wal.Position) {
	s.c.tally.add(&s.stats, s.now)
	s.e.lastActive.Store(s.now)
	s.e.counters.add(s.c, s.counters)
	s.e.contents.Apply(nil, s.garbage)
	if len(s.release) > 0 {
		s.e.releaseAt(pos, s.release)
	}
	for scope, values := range s.state {
		s.c.setState(s.e, pos, scope, values)
	}
	if len(s.callbacks) > 0 {
		if pos == 0 {
			pos = s.e.flowFiles.Position()
		}
		calls, c := s.callbacks, s.c
		s.callbacks = nil
		s.e.flowFiles.OnDurable(pos, func() { c.acks.send(calls) })
	}
}

// rollback returns all that was taken to its queues, changed by change if that is not nil.
func (s *session) rollback(change func(*flowfile.FlowFile) *flowfile.FlowFile) {
	for _, h := range s.holds {
		if h != nil && h.queue != nil && h.queue.giveBack(s.e, h, change) {
			h.queue.wakeDestination()
		}
	}
	for i := range s.items {
		if it := &s.items[i]; it.rel != migrated {
			s.forgetContent(it)
		}
	}
	s.appender.Discard()
	s.e.contents.Apply(nil, s.garbage)
	s.reset()
}

// penalizing is the change of a rollback after an error: all wait for the penalty duration.
func (s *session) penalizing() func(*flowfile.FlowFile) *flowfile.FlowFile {
	until := s.e.nowMillis() + s.c.settings.Load().penalty.Milliseconds()
	return func(ff *flowfile.FlowFile) *flowfile.FlowFile {
		p := *ff
		p.Penalty = until
		return &p
	}
}

// reset makes the session ready for the next begin. Buffers that have grown very large are let go.
func (s *session) reset() {
	const large = 1 << 16
	if cap(s.items) > large {
		s.items, s.views, s.taken, s.events, s.out = nil, nil, nil, nil, nil
	}
	clear(s.items)
	clear(s.taken)
	for i := range s.out {
		clear(s.out[i].ffs)
		s.out[i].ffs = s.out[i].ffs[:0]
		s.out[i].queue = nil
	}
	s.items, s.kin, s.notes, s.out = s.items[:0], s.kin[:0], s.notes[:0], s.out[:0]
	s.events, s.release, s.retain, s.garbage = s.events[:0], s.release[:0], s.retain[:0], s.garbage[:0]
	s.batch.Reset()
	s.callbacks, s.stats, s.verified = nil, tally{}, content.Claim{}
	clear(s.counters)
	clear(s.state)
	s.ended = true
}

// Commit implements sdk.Backend for detached sessions.
func (s *session) Commit(context.Context) error {
	if !s.detached {
		return errors.New("the session of a Trigger is committed by the engine: return nil")
	}
	if s.ended {
		return errors.New("the session has ended")
	}
	s.now = s.e.nowMillis()
	err := s.commit()
	s.e.forget(s)
	return err
}

// Rollback implements sdk.Backend for detached sessions.
func (s *session) Rollback() {
	if s.detached && !s.ended {
		s.rollback(nil)
		s.e.forget(s)
	}
}

// AwaitInput implements sdk.Backend: what was taken was logged before the log's present end.
func (s *session) AwaitInput(ctx context.Context) error {
	return s.e.flowFiles.Wait(ctx, s.e.flowFiles.Position())
}

// State implements sdk.Backend.
func (s *session) State(_ context.Context, scope sdk.StateScope) (map[string]string, error) {
	if v, ok := s.state[scope]; ok {
		return cloneMap(v), nil
	}
	return s.c.getState(s.e, scope)
}

// SetState implements sdk.Backend.
func (s *session) SetState(scope sdk.StateScope, values map[string]string) {
	if s.state == nil {
		s.state = map[sdk.StateScope]map[string]string{}
	}
	s.state[scope] = cloneMap(values)
}

func cloneMap(m map[string]string) map[string]string {
	out := make(map[string]string, len(m))
	maps.Copy(out, m)
	return out
}

const maxShift = 62

// saturate doubles d n times without overflow.
func saturate(d int64, n int) int64 {
	if n >= maxShift || d > math.MaxInt64>>n {
		return math.MaxInt64
	}
	return d << n
}

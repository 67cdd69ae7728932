package engine

import (
	"context"
	"fmt"
	"sync"

	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/internal/repo/flowfile"
	"github.com/braidflow/braid/internal/repo/provenance"
	"github.com/braidflow/braid/sdk"
)

// systemComponent is a component for what the engine itself does to one queue at a user's wish.
func (e *Engine) systemComponent(name string, q *Queue) *component {
	c := &component{
		e: e, log: e.log, nameID: provenance.MakeName(q.ID), nameType: provenance.MakeName(name),
		def: flow.NewFunnel(q.ID, ""),
	}
	c.idle = sync.NewCond(&c.mu)
	c.settings.Store(&settings{tasks: 1})
	c.wire.Store(&wiring{in: []*Queue{q}, rels: []route{{name: passOnRel, queues: []*Queue{q}}}})
	return c
}

// DropQueue removes all FlowFiles that wait in a connection, with DROP events that say why, and returns how many and
// how large they were. FlowFiles that a session holds stay.
func (e *Engine) DropQueue(ctx context.Context, connectionID, why string) (sdk.Amount, error) {
	var total sdk.Amount
	q := e.Queue(connectionID)
	if q == nil {
		return total, fmt.Errorf("no connection with id %s", connectionID)
	}
	e.dropPenalties(q)
	s := e.newSession()
	defer s.appender.Close()
	c := e.systemComponent("Connection", q)
	for ctx.Err() == nil {
		s.begin(c)
		batch := s.Take(swapBlock, nil)
		var dropped sdk.Amount
		for _, ff := range batch {
			dropped.Count++
			dropped.Bytes += ff.Size()
			s.Event(ff, sdk.Event{Type: dropNote, Details: why})
			s.Remove(ff)
		}
		if err := s.commit(); err != nil {
			return total, err
		}
		add(&total, dropped)
		if len(batch) == 0 {
			if !q.swapping() {
				return total, nil
			}
			if err := e.awaitSwap(ctx, q); err != nil {
				return total, err
			}
		}
	}
	return total, ctx.Err()
}

// dropPenalties makes penalized FlowFiles available, for a drop takes them all.
func (e *Engine) dropPenalties(q *Queue) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.release(1<<63 - 1)
	q.settle(e)
}

// awaitSwap waits for the swapper to bring the next block in.
func (e *Engine) awaitSwap(ctx context.Context, q *Queue) error {
	for q.swapping() && q.waiting.Load() == 0 {
		q.mu.Lock()
		q.settle(e)
		q.mu.Unlock()
		timer := e.clock.NewTimer(boredYield)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C():
		}
	}
	return nil
}

// Replay puts the FlowFile of an event, as it was when its component took it, back into the queue that it came from.
// It gets a new UUID; a REPLAY event joins the two.
func (e *Engine) Replay(ev *provenance.Record, who string) (flowfile.UUID, error) {
	id := ev.SourceQueue.String()
	e.mu.RLock()
	q := e.queues[id]
	e.mu.RUnlock()
	if q == nil {
		return flowfile.UUID{}, fmt.Errorf("cannot replay event %d: the connection that its FlowFile came from no longer exists", ev.ID)
	}
	if err := e.contents.Retain(ev.Before); err != nil {
		return flowfile.UUID{}, fmt.Errorf("cannot replay event %d: its content is no longer kept: %w", ev.ID, err)
	}
	s := e.newSession()
	defer s.appender.Close()
	s.begin(e.systemComponent("Replay", q))
	ff := s.alloc()
	*ff = flowfile.FlowFile{Entry: s.now, Lineage: ev.Lineage, Claim: ev.Before}
	attrs := make(map[string]string, len(ev.Previous))
	for k, v := range ev.Previous {
		if k != sdk.AttrUUID {
			attrs[k] = v
		}
	}
	ff.Attrs = flowfile.MakeAttrs(attrs)
	it := s.made(ff)
	it.rel, it.did = 0, didContent|didReport|didReceive // the reference taken above is its own
	s.replayOf(ev, ff, who)
	return ff.UUID, s.commit()
}

// replayOf reports the replay: an event of the old FlowFile with the new one as its child.
func (s *session) replayOf(ev *provenance.Record, ff *flowfile.FlowFile, who string) {
	s.special = true
	s.event = provenance.Event{
		Type: provenance.Replay, Time: s.now, Lineage: ev.Lineage, UUID: ev.UUID, Size: ff.Claim.Length,
		ComponentID: ev.ComponentID, ComponentType: ev.ComponentType, SourceQueue: ev.SourceQueue,
		Before: ev.Before, After: ev.Before, Attrs: ff.Attrs, Updated: ff.Attrs,
		Details: "Replay requested by " + who, Parents: []flowfile.UUID{ev.UUID}, Children: []flowfile.UUID{ff.UUID},
	}
	s.finish()
}

package engine

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/braidflow/braid/internal/clock"
	"github.com/braidflow/braid/sdk"
)

// Prepare starts a stopped processor without scheduling it, so that Trigger runs it at the caller's pace: for tests of
// components and for trying one out. The error joins what is not valid, or says why it did not start.
func (e *Engine) Prepare(ctx context.Context, id string) ([]sdk.Relationship, []error) {
	c := e.component(id)
	if c == nil {
		return nil, []error{fmt.Errorf("no component with id %s", id)}
	}
	inst, problems := c.build()
	if len(problems) > 0 {
		if inst == nil {
			return nil, problems
		}
		return inst.spec.Relationships(), problems
	}
	c.rewire(inst.spec)
	if s, ok := inst.proc.(sdk.Starter); ok {
		if err := s.Start(ctx, inst.host); err != nil {
			return nil, []error{err}
		}
	}
	c.instance.Store(inst)
	return inst.spec.Relationships(), nil
}

// Trigger runs one Trigger of a prepared processor with its commit and returns the error that rolled it back.
func (e *Engine) Trigger(ctx context.Context, id string) error {
	c := e.component(id)
	if c == nil || c.instance.Load() == nil {
		return fmt.Errorf("component %s is not prepared", id)
	}
	s := e.newSession()
	defer s.appender.Close()
	s.begin(c)
	if err := callTrigger(ctx, c.instance.Load(), s); err != nil {
		s.rollback(s.penalizing())
		return err
	}
	return s.commit()
}

// Retire stops a prepared processor and rolls back what it holds.
func (e *Engine) Retire(ctx context.Context, id string) error {
	c := e.component(id)
	if c == nil {
		return nil
	}
	inst := c.instance.Swap(nil)
	c.rollBackDetached()
	if inst == nil {
		return nil
	}
	if s, ok := inst.proc.(sdk.Stopper); ok {
		return s.Stop(ctx)
	}
	return nil
}

// Enqueue puts a FlowFile into the queue of a connection, as if its source had made it.
func (e *Engine) Enqueue(connectionID string, content io.Reader, attrs map[string]string) error {
	q := e.Queue(connectionID)
	if q == nil {
		return fmt.Errorf("no connection with id %s", connectionID)
	}
	s := e.newSession()
	defer s.appender.Close()
	s.begin(e.systemComponent("Enqueue", q))
	ff, err := s.Write(s.Create(nil), false, func(w io.Writer) error {
		_, err := io.Copy(w, content)
		return err
	})
	if err != nil {
		s.rollback(nil)
		return err
	}
	list := make([]sdk.Attr, 0, len(attrs))
	for k, v := range attrs {
		list = append(list, sdk.Attr{Name: k, Value: v})
	}
	s.Transfer(s.PutAttrs(ff, list...), sdk.Relationship{Name: passOnRel})
	return s.commit()
}

// Dequeue takes up to limit FlowFiles out of a queue for good and shows each to fn.
func (e *Engine) Dequeue(connectionID string, limit int, fn func(ff sdk.FlowFile, r io.Reader) error) error {
	q := e.Queue(connectionID)
	if q == nil {
		return fmt.Errorf("no connection with id %s", connectionID)
	}
	e.dropPenalties(q)
	s := e.newSession()
	defer s.appender.Close()
	s.begin(e.systemComponent("Dequeue", q))
	for _, ff := range append([]sdk.FlowFile(nil), s.Take(limit, nil)...) {
		r, err := s.Open(ff)
		if err == nil {
			err = fn(ff, r)
			_ = r.Close() // only read
		}
		if err != nil {
			s.rollback(nil)
			return err
		}
		s.Remove(ff)
	}
	return s.commit()
}

// Flush waits until all that was committed before is durable and what waited for that has been done.
func (e *Engine) Flush(ctx context.Context) error {
	done := make(chan struct{})
	e.flowFiles.OnDurable(e.flowFiles.Position(), func() { close(done) })
	select {
	case <-done:
	case <-e.failed:
		return e.failure
	case <-ctx.Done():
		return ctx.Err()
	}
	e.mu.RLock()
	var all []*component
	for _, c := range e.components {
		all = append(all, c)
	}
	e.mu.RUnlock()
	for _, c := range all {
		c.acks.wait()
	}
	return nil
}

// FlushEvents waits until the provenance events of all that was committed before can be found.
func (e *Engine) FlushEvents(ctx context.Context) error {
	pos := e.flowFiles.Position()
	if err := e.flowFiles.Wait(ctx, pos); err != nil {
		return err
	}
	for e.flowFiles.Fed() < pos && pos > e.recovered {
		timer := clock.Real.NewTimer(time.Millisecond) // the log does not go by the engine's clock
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-e.failed:
			timer.Stop()
			return e.failure
		case <-timer.C():
		}
	}
	return e.Provenance.Flush(ctx)
}

// StateOf returns a component's state.
func (e *Engine) StateOf(id string, scope sdk.StateScope) (map[string]string, error) {
	if c := e.component(id); c != nil {
		return c.getState(e, scope)
	}
	return e.states.Get(id, scope)
}

package api

import (
	"context"
	"net/http"
	"time"

	"github.com/braidflow/braid/internal/api/dto"
	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/sdk"
)

// drop is what became of emptying a queue.
type drop struct {
	original, dropped, left sdk.Amount
	at                      time.Time
	failure                 string
}

// createDrop empties a queue, which is done when it answers: nothing that a client has asked for waits for its polling.
// The first answer still says that it is not finished, see [store].
func (s *server) createDrop(c *call) (any, error) {
	d, err := c.connection()
	if err != nil {
		return nil, err
	}
	x := &drop{original: c.view.queued(d.ID), at: c.view.now}
	x.left = x.original
	r := s.requests.add(dropKind, d.ID, x)
	e := c.dropEntity(d, r, x, false)
	done := *x
	done.dropped, err = s.engine.DropQueue(c.Context(), d.ID, "FlowFile Queue emptied by "+identity)
	if err != nil {
		done.failure = oneLine(err.Error())
	}
	done.left, done.at = c.view.queued(d.ID), s.now()
	// the outcome is kept for the client even if it does not wait for this answer
	if _, err := finish(context.WithoutCancel(c.Context()), r, func() (*drop, error) { return &done, nil }); err != nil {
		return nil, err
	}
	return reply{http.StatusAccepted, *e.DropRequest.URI, e}, nil
}

func (s *server) getDrop(c *call) (any, error)    { return c.dropRequest(s.requests.get) }
func (s *server) deleteDrop(c *call) (any, error) { return c.dropRequest(s.requests.remove) }

func (c *call) dropRequest(find func(kind, owner, id string) (*request, error)) (any, error) {
	d, err := c.connection()
	if err != nil {
		return nil, err
	}
	r, err := find(dropKind, d.ID, c.PathValue("request"))
	if err != nil {
		return nil, err
	}
	select {
	case <-r.turn:
		defer func() { r.turn <- struct{}{} }()
	case <-c.Context().Done():
		return nil, c.Context().Err()
	}
	if x, ok := r.done.(*drop); ok {
		return c.dropEntity(d, r, x, true), nil
	}
	return c.dropEntity(d, r, r.work.(*drop), false), nil
}

func (c *call) dropEntity(d *flow.Connection, r *request, x *drop, finished bool) dto.DropRequestEntity {
	e := &dto.DropRequestDTO{
		ID: &r.id, URI: c.uri("flowfile-queues/"+d.ID+"/drop-requests", r.id), SubmissionTime: new(r.submitted.Format(dateTime)),
		LastUpdated: new(x.at.Format(dateTime)), PercentCompleted: new(int32(0)), Finished: &finished,
		CurrentCount: count32(x.left.Count), CurrentSize: &x.left.Bytes, Current: new(formatPair(x.left)),
		OriginalCount: count32(x.original.Count), OriginalSize: &x.original.Bytes, Original: new(formatPair(x.original)),
		DroppedCount: count32(x.dropped.Count), DroppedSize: &x.dropped.Bytes, Dropped: new(formatPair(x.dropped)),
		State: new("Waiting for destination component to complete its action"), FailureReason: filled(x.failure),
	}
	if finished {
		e.PercentCompleted, e.State = count32(100), new("Completed successfully")
		if x.failure != "" {
			e.State = new("Failed due to: " + x.failure)
		}
	}
	return dto.DropRequestEntity{DropRequest: e}
}

package api

import (
	"context"
	"sync"
	"time"

	"github.com/braidflow/braid/internal/clock"
	"github.com/braidflow/braid/internal/repo/flowfile"
)

// store keeps asynchronous requests: a client creates one, polls it and deletes it. One that nobody has looked at for a
// while is forgotten, and so is the one that was not looked at for the longest time when there are too many of a kind,
// so that clients that never delete cannot fill the memory. It may be used concurrently.
//
// A request does its work in the call that first asks for its result, so there is nothing in the background to end.
// The answer to the creation never says that it is finished: NiFi's UI leaves its dialog open when it does.
type store struct {
	clock clock.Clock

	mu  sync.Mutex // guards the rest
	all map[string]*request
}

const (
	requestLife = 30 * time.Minute // since the last use
	maxRequests = 50               // of one kind
)

// request is one asynchronous request. What the store does not change may be read without a lock.
type request struct {
	id, kind  string
	owner     string // id of the component that it is about
	submitted time.Time
	used      time.Time // guarded by the store's mu
	work      any       // what is to be found out; only the handlers of its kind look at it

	turn chan struct{} // holds one token: who has it may use result
	done any           // the result; nil until it is known
}

func newStore(c clock.Clock) *store { return &store{clock: c, all: map[string]*request{}} }

// add keeps a new request.
func (s *store) add(kind, owner string, work any) *request {
	now := s.clock.Now()
	r := &request{
		id: flowfile.NewUUID().String(), kind: kind, owner: owner, submitted: now, used: now, work: work, turn: make(chan struct{}, 1),
	}
	r.turn <- struct{}{}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire(now)
	var oldest *request
	count := 0
	for _, o := range s.all {
		if o.kind != kind {
			continue
		}
		if count++; oldest == nil || o.used.Before(oldest.used) {
			oldest = o
		}
	}
	if count >= maxRequests {
		delete(s.all, oldest.id)
	}
	s.all[r.id] = r
	return r
}

// get finds a request of a kind that is about owner.
func (s *store) get(kind, owner, id string) (*request, error) {
	now := s.clock.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire(now)
	r := s.all[id]
	if r == nil || r.kind != kind || r.owner != owner {
		return nil, errNoRequest.with(kind, oneLine(id))
	}
	r.used = now
	return r, nil
}

// remove is get for the last time.
func (s *store) remove(kind, owner, id string) (*request, error) {
	r, err := s.get(kind, owner, id)
	if err == nil {
		s.mu.Lock()
		delete(s.all, id)
		s.mu.Unlock()
	}
	return r, err
}

// expire forgets requests. The caller holds mu.
func (s *store) expire(now time.Time) {
	for id, r := range s.all {
		if now.Sub(r.used) > requestLife {
			delete(s.all, id)
		}
	}
}

// expires is when the store forgets a request that is used now.
func (s *store) expires() time.Time { return s.clock.Now().Add(requestLife) }

// finish returns the request's result, which find makes the first time. After an error the next call tries again.
func finish[T any](ctx context.Context, r *request, find func() (T, error)) (v T, err error) {
	select {
	case <-r.turn:
	case <-ctx.Done():
		return v, ctx.Err()
	}
	defer func() { r.turn <- struct{}{} }()
	if r.done == nil {
		if v, err = find(); err != nil {
			return v, err
		}
		r.done = v
	}
	return r.done.(T), nil
}

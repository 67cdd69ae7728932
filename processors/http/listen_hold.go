package http

import (
	"log/slog"
	"sync"
	"time"

	"github.com/braidflow/braid/sdk"
)

// hold is FlowFiles that were received and wait for the client's confirmation.
type hold struct {
	s     *sdk.Session
	ffs   []sdk.FlowFile
	host  string
	timer *time.Timer
}

// holds are all that wait. Whoever takes one out owns its session.
type holds struct {
	max time.Duration
	log *slog.Logger

	mu       sync.Mutex // guards open
	open     map[string]*hold
	expiring sync.WaitGroup
}

func (hs *holds) add(h *hold) (id string) {
	id = sdk.NewUUID()
	hs.mu.Lock()
	defer hs.mu.Unlock()
	hs.open[id] = h
	h.timer = time.AfterFunc(hs.max, func() { hs.expire(id) })
	return id
}

// take takes out a hold; nil if there is none with that id.
func (hs *holds) take(id string) *hold {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	return hs.remove(id)
}

// remove is take with hs.mu held.
func (hs *holds) remove(id string) *hold {
	h := hs.open[id]
	if h != nil {
		h.timer.Stop()
		delete(hs.open, id)
	}
	return h
}

func (hs *holds) expire(id string) {
	hs.mu.Lock()
	h := hs.remove(id)
	if h != nil {
		hs.expiring.Add(1)
	}
	hs.mu.Unlock()
	if h != nil {
		defer hs.expiring.Done()
		hs.log.Warn("FlowFiles dropped: the client has not confirmed them", "host", h.host, "flowfiles", len(h.ffs))
		h.s.Rollback()
	}
}

// close drops all that wait. Nothing must be added any more.
func (hs *holds) close() {
	hs.mu.Lock()
	var left []*hold
	for id := range hs.open {
		left = append(left, hs.remove(id))
	}
	hs.mu.Unlock()
	for _, h := range left {
		h.s.Rollback()
	}
	hs.expiring.Wait()
}

package api

import (
	"crypto/md5" //nolint:gosec // names ids as UUIDs of version 3 do; nothing is protected by it

	"github.com/braidflow/braid/internal/api/dto"
	"github.com/braidflow/braid/internal/engine"
	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/internal/repo/flowfile"
)

func (s *server) getCounters(c *call) (any, error) { return c.counters(), nil }

func (c *call) counters() dto.CountersEntity {
	snapshot := &dto.CountersSnapshotDTO{Generated: c.refreshed(), Counters: []dto.CounterDTO{}}
	for _, n := range c.s.engine.Counters() {
		snapshot.Counters = append(snapshot.Counters, c.counter(n))
	}
	return dto.CountersEntity{Counters: &dto.CountersDTO{AggregateSnapshot: snapshot}}
}

func (c *call) counter(n engine.Counter) dto.CounterDTO {
	context := n.ComponentID
	if d := c.flow.Get(n.ComponentID); d != nil {
		context = d.Common().Name + " (" + n.ComponentID + ")"
		if d.Kind() == flow.KindFunnel {
			context = "Funnel (" + n.ComponentID + ")"
		}
	}
	return dto.CounterDTO{
		ID: new(counterID(n)), Context: &context, Name: &n.Name, ValueCount: &n.Value, Value: new(formatCount(n.Value)),
	}
}

// counterID names a counter by its component and name, so that it stays the same.
func counterID(n engine.Counter) string {
	sum := md5.Sum([]byte(n.ComponentID + "\x00" + n.Name)) //nolint:gosec // as above
	sum[6], sum[8] = sum[6]&0x0f|0x30, sum[8]&0x3f|0x80
	return flowfile.UUID(sum).String()
}

// resetCounter sets one counter to 0.
func (s *server) resetCounter(c *call) (any, error) {
	id := c.PathValue("id")
	for _, n := range s.engine.Counters() {
		if counterID(n) == id && s.engine.ResetCounter(n.ComponentID, n.Name) {
			n.Value = 0
			return dto.CounterEntity{Counter: new(c.counter(n))}, nil
		}
	}
	return nil, errNoCounter.with(oneLine(id))
}

// resetCounters sets all counters to 0.
func (s *server) resetCounters(c *call) (any, error) {
	for _, n := range s.engine.Counters() {
		s.engine.ResetCounter(n.ComponentID, n.Name)
	}
	return c.counters(), nil
}

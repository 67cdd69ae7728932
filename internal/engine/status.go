package engine

import (
	"fmt"
	"slices"
	"time"

	"github.com/braidflow/braid/internal/extension"
	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/internal/repo/content"
	"github.com/braidflow/braid/internal/repo/flowfile"
	"github.com/braidflow/braid/sdk"
)

// Status returns the figures of a group and all below it; "" is the root group.
func (e *Engine) Status(groupID string) sdk.Status {
	f := e.Flow()
	g := f.Root()
	if groupID != "" {
		g, _ = flow.Lookup[*flow.ProcessGroup](f, groupID)
	}
	if g == nil {
		return sdk.Status{}
	}
	return e.groupStatus(f, g)
}

func (e *Engine) groupStatus(f *flow.Flow, g *flow.ProcessGroup) sdk.Status {
	st := sdk.Status{ID: g.ID, Name: g.Name, Type: string(flow.KindProcessGroup)}
	for c := range f.Under(g.ID) {
		var child sdk.Status
		switch d := c.(type) {
		case *flow.ProcessGroup:
			if d.GroupID != g.ID {
				continue
			}
			child = e.groupStatus(f, d)
		case *flow.Connection:
			if d.GroupID != g.ID {
				continue
			}
			child = e.connectionStatus(d)
		default:
			if c.Common().GroupID != g.ID || !runs(c.Kind()) {
				continue
			}
			child = e.ComponentStatus(c.Common().ID)
		}
		st.Children = append(st.Children, child)
		sumStatus(&st, &child)
	}
	return st
}

// runs tells whether components of a kind have tasks.
func runs(k flow.Kind) bool {
	return k == flow.KindProcessor || k == flow.KindInputPort || k == flow.KindOutputPort || k == flow.KindFunnel
}

func sumStatus(to, from *sdk.Status) {
	add(&to.Queued, from.Queued)
	add(&to.Received, from.Received)
	add(&to.Sent, from.Sent)
	to.Read, to.Written = to.Read+from.Read, to.Written+from.Written
	to.Tasks, to.TaskTime, to.ActiveThreads = to.Tasks+from.Tasks, to.TaskTime+from.TaskTime, to.ActiveThreads+from.ActiveThreads
}

func (e *Engine) connectionStatus(d *flow.Connection) sdk.Status {
	st := sdk.Status{ID: d.ID, Name: d.Name, Type: string(flow.KindConnection)}
	if q := e.Queue(d.ID); q != nil {
		st.Queued.Count, st.Queued.Bytes = q.Size()
	}
	return st
}

// ComponentStatus returns the figures of one processor, port or funnel.
func (e *Engine) ComponentStatus(id string) sdk.Status {
	c := e.component(id)
	if c == nil {
		return sdk.Status{ID: id}
	}
	t := c.tally.sum(e.nowMillis())
	c.mu.Lock()
	defer c.mu.Unlock()
	b := c.def.Common()
	return sdk.Status{
		ID: id, Name: b.Name, Type: typeOf(c.def), RunStatus: c.runStatus(), In: t.in, Out: t.out, Read: t.read, Written: t.written,
		Received: t.received, Sent: t.sent, Tasks: t.tasks, TaskTime: t.took, ActiveThreads: int(c.active.Load()),
	}
}

// runStatus is the word that users see. The caller holds mu.
func (c *component) runStatus() string {
	switch {
	case c.phase == PhaseDisabled:
		return "Disabled"
	case c.phase == PhaseRunning:
		return "Running"
	case len(c.problems) > 0:
		return "Invalid"
	}
	return "Stopped"
}

// PhaseOf returns the physical state of a component and how many of its tasks were terminated and still run.
func (e *Engine) PhaseOf(id string) (phase Phase, terminated int) {
	c := e.component(id)
	if c == nil {
		return PhaseStopped, 0
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.phase, int(c.stuck)
}

// ServicePhaseOf returns the state of a controller service.
func (e *Engine) ServicePhaseOf(id string) ServicePhase {
	if s := e.service(id); s != nil {
		return s.state()
	}
	return ServiceDisabled
}

// QuietFor tells whether nothing has happened for a time and nothing is under way: what a batch job waits for. All
// sources have run at least once by then and found nothing more to do.
func (e *Engine) QuietFor(d time.Duration) bool {
	now := e.nowMillis()
	if now-e.lastActive.Load() < d.Milliseconds() {
		return false
	}
	e.mu.RLock()
	defer e.mu.RUnlock()
	for _, c := range e.components {
		if c.active.Load() > 0 || c.pending.Load() || (c.running.Load() && !c.atRest()) {
			return false
		}
	}
	for _, q := range e.queues {
		if n, _ := q.Size(); n > 0 {
			if d := q.destination.Load(); d != nil && d.running.Load() {
				return false
			}
		}
	}
	return true
}

// atRest tells whether a running component has had its turn: a source has run and waits for its next time.
func (c *component) atRest() bool {
	w := c.wire.Load()
	return !w.source || w.push || c.bored.Load() > 0 || c.due.Load() > 0 || c.yieldUntil.Load() > 0 || !w.hasRoom()
}

// NotRunning says of each component that should run, and does not, why: one line each.
func (e *Engine) NotRunning() []string {
	e.mu.RLock()
	defer e.mu.RUnlock()
	var out []string
	for _, s := range e.services {
		s.mu.Lock()
		if s.enable && s.phase != ServiceEnabled {
			out = append(out, s.def.Name+" ("+extension.ShortName(s.def.Type)+"): "+s.reason)
		}
		s.mu.Unlock()
	}
	for _, c := range e.components {
		c.mu.Lock()
		if c.want == wantRunning && c.phase != PhaseRunning {
			why := "it does not start: see the log"
			if len(c.problems) > 0 {
				why = c.problems[0].Error()
			}
			out = append(out, c.def.Common().Name+" ("+typeOf(c.def)+"): "+why)
		}
		c.mu.Unlock()
	}
	slices.Sort(out)
	return out
}

// ListQueue returns copies of the first FlowFiles that wait in a connection, in the order of taking.
func (e *Engine) ListQueue(connectionID string, limit int) ([]flowfile.FlowFile, error) {
	q := e.Queue(connectionID)
	if q == nil {
		return nil, fmt.Errorf("no connection with id %s", connectionID)
	}
	return q.first(limit), nil
}

// FindInQueue returns a copy of a FlowFile that waits in a connection.
func (e *Engine) FindInQueue(connectionID string, uuid flowfile.UUID) (ff flowfile.FlowFile, ok bool) {
	q := e.Queue(connectionID)
	if q == nil {
		return ff, false
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, f := range q.active.appendTo(append([]*flowfile.FlowFile(nil), q.penalized...)) {
		if f.UUID == uuid {
			return *f, true
		}
	}
	return ff, false
}

// OpenContent opens a content by its claim, for users who look at data.
func (e *Engine) OpenContent(c content.Claim) (*content.Reader, error) { return e.contents.Open(c) }

// ContentRetained tells whether a content that no FlowFile needs any more can still be read.
func (e *Engine) ContentRetained(c content.Claim) bool { return e.contents.Retained(c) }

// TotalIn returns how many FlowFiles a component has taken since the node started, for measurements.
func (e *Engine) TotalIn(id string) int64 {
	if c := e.component(id); c != nil {
		return c.tally.sinceStart().in.Count
	}
	return 0
}

package api

import (
	"slices"
	"sync"
	"time"

	"github.com/braidflow/braid/internal/engine"
	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/internal/node"
	"github.com/braidflow/braid/sdk"
)

// inspector remembers for a moment what is wrong with each component, because every look at a group asks for all.
type inspector struct {
	engine *engine.Engine

	mu    sync.Mutex // guards what follows
	flow  *flow.Flow // of which found speaks
	at    time.Time
	found map[string]engine.Inspection
}

// inspectFor is how long an inspection is good: what it depends on beside the flow is services that come and go.
const inspectFor = time.Second

func newInspector(n *node.Node) *inspector { return &inspector{engine: n.Engine} }

// of returns the inspection of a component. Its spec must only be read.
func (i *inspector) of(id string) engine.Inspection {
	f, now := i.engine.Flow(), i.engine.Now()
	i.mu.Lock()
	if i.flow != f || now.Sub(i.at) > inspectFor {
		i.flow, i.at, i.found = f, now, map[string]engine.Inspection{}
	}
	in, ok := i.found[id]
	i.mu.Unlock()
	if ok {
		return in
	}
	in = i.engine.Inspect(id)
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.flow == f {
		i.found[id] = in
	}
	return in
}

// view reads figures and bulletins once a request. It belongs to one goroutine.
type view struct {
	s         *server
	flow      *flow.Flow
	now       time.Time
	bulletins map[string][]sdk.Bulletin // by source, newest first; nil = not read yet
	status    map[string]sdk.Status
	groups    map[string]*figures
}

func newView(s *server, f *flow.Flow) *view {
	return &view{s: s, flow: f, now: s.now(), status: map[string]sdk.Status{}, groups: map[string]*figures{}}
}

// of returns the figures of a processor, port or funnel.
func (v *view) of(id string) sdk.Status {
	st, ok := v.status[id]
	if !ok {
		st = v.s.engine.ComponentStatus(id)
		v.status[id] = st
	}
	return st
}

// queued is what waits in a connection.
func (v *view) queued(id string) (a sdk.Amount) {
	if q := v.s.engine.Queue(id); q != nil {
		a.Count, a.Bytes = q.Size()
	}
	return a
}

// bulletinsOf returns the bulletins of one component, newest first.
func (v *view) bulletinsOf(id string) []sdk.Bulletin {
	if v.bulletins == nil {
		v.bulletins = map[string][]sdk.Bulletin{}
		for _, b := range v.s.engine.Bulletins.Select(func(sdk.Bulletin) bool { return true }) {
			v.bulletins[b.SourceID] = append(v.bulletins[b.SourceID], b)
		}
	}
	return v.bulletins[id]
}

// groupBulletins is how many bulletins a group shows.
const groupBulletins = 5

// bulletinsUnder returns the newest bulletins of a group and all that is in it.
func (v *view) bulletinsUnder(groupID string) []sdk.Bulletin {
	all := slices.Clone(v.bulletinsOf(groupID))
	if len(v.bulletins) > 0 {
		for c := range v.flow.Under(groupID) {
			if c.Common().ID != groupID {
				all = append(all, v.bulletinsOf(c.Common().ID)...)
			}
		}
	}
	slices.SortFunc(all, func(a, b sdk.Bulletin) int { return int(b.ID - a.ID) })
	return all[:min(len(all), groupBulletins)]
}

// condition is what a component is meant to do, what it does, and what is wrong with it.
type condition struct {
	state      string // RUNNING, STOPPED, DISABLED or RUN_ONCE
	physical   string // besides these STARTING and STOPPING
	runStatus  string // Running, Stopped, Disabled or Invalid
	problems   []error
	terminated int
}

// conditionOf tells the state of a processor or port. As in NiFi's StandardProcessorNode.getScheduledState, one that is
// starting counts as running if it is valid, and as stopped if it is not.
func (v *view) conditionOf(c flow.Component) condition {
	id, intended := c.Common().ID, flow.StateOf(c)
	phase, terminated := v.s.engine.PhaseOf(id)
	if intended == flow.Running && phase == engine.PhaseRunning {
		return condition{state: "RUNNING", physical: "RUNNING", runStatus: "Running", terminated: terminated}
	}
	k := condition{problems: v.s.inspector.of(id).Problems, terminated: terminated}
	switch {
	case intended == flow.Disabled:
		k.state, k.physical = "DISABLED", "DISABLED"
	case intended == flow.RunOnce:
		k.state, k.physical = "RUN_ONCE", "RUN_ONCE"
	case intended == flow.Running:
		k.state, k.physical = "RUNNING", "STARTING"
		if len(k.problems) > 0 {
			k.state = "STOPPED"
		}
	case phase == engine.PhaseRunning || phase == engine.PhaseStopping:
		k.state, k.physical = "STOPPED", "STOPPING"
	default:
		k.state, k.physical = "STOPPED", "STOPPED"
	}
	switch {
	case k.state == "DISABLED":
		k.runStatus = "Disabled"
	case len(k.problems) > 0:
		k.runStatus = "Invalid"
	case k.state == "STOPPED":
		k.runStatus = "Stopped"
	default:
		k.runStatus = "Running"
	}
	return k
}

// errorTexts lists problems one line each; nil if there are none, so that the field is left out.
func errorTexts(problems []error) []string {
	var list []string
	for _, p := range problems {
		list = append(list, oneLine(p.Error()))
	}
	return list
}

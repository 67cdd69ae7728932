package api

import (
	"time"

	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/sdk"
)

// figures are the sums of a process group with all groups below it.
type figures struct {
	running, stopped, invalid, disabled int // processors and ports by run status
	active, inactive                    int // ports of remote groups

	in, out             sdk.Amount // by the ports of the group itself
	queued, transferred sdk.Amount
	received, sent      sdk.Amount
	read, written       int64 // bytes
	threads, terminated int
	took                time.Duration

	inputs, outputs, publicInputs, publicOutputs int // ports of the group itself
}

// group sums up a process group.
func (v *view) group(id string) *figures {
	if g := v.groups[id]; g != nil {
		return g
	}
	g := &figures{}
	for c := range v.flow.In(id, flow.KindProcessor) {
		g.work(v.of(c.Common().ID))
		g.count(v.conditionOf(c))
	}
	for c := range v.flow.In(id, flow.KindFunnel) {
		addAmount(&g.transferred, v.of(c.Common().ID).Out)
	}
	for _, kind := range []flow.Kind{flow.KindInputPort, flow.KindOutputPort} {
		for c := range v.flow.In(id, kind) {
			st := v.of(c.Common().ID)
			g.work(st)
			g.count(v.conditionOf(c))
			g.port(c.(*flow.Port), st)
		}
	}
	for c := range v.flow.In(id, flow.KindConnection) {
		addAmount(&g.queued, v.queued(c.Common().ID))
	}
	for c := range v.flow.In(id, flow.KindRemoteProcessGroup) {
		g.remote(c.(*flow.RemoteProcessGroup))
	}
	for c := range v.flow.In(id, flow.KindProcessGroup) {
		g.child(v.group(c.Common().ID))
	}
	v.groups[id] = g
	return g
}

func (g *figures) work(st sdk.Status) {
	addAmount(&g.transferred, st.Out)
	addAmount(&g.received, st.Received)
	addAmount(&g.sent, st.Sent)
	g.read, g.written = g.read+st.Read, g.written+st.Written
	g.threads, g.took = g.threads+st.ActiveThreads, g.took+st.TaskTime
}

func (g *figures) count(k condition) {
	g.terminated += k.terminated
	switch k.runStatus {
	case "Running":
		g.running++
	case "Disabled":
		g.disabled++
	case "Invalid":
		g.invalid++
	default:
		g.stopped++
	}
}

func (g *figures) port(p *flow.Port, st sdk.Status) {
	switch {
	case p.Output:
		addAmount(&g.out, st.Out)
		g.outputs++
		if p.AllowRemote {
			g.publicOutputs++
		}
	default:
		addAmount(&g.in, st.In)
		g.inputs++
		if p.AllowRemote {
			g.publicInputs++
		}
	}
}

func (g *figures) remote(r *flow.RemoteProcessGroup) {
	for _, ports := range [][]flow.RemotePort{r.InputPorts, r.OutputPorts} {
		for _, p := range ports {
			if p.State == flow.Running {
				g.active++
			} else {
				g.inactive++
			}
		}
	}
}

func (g *figures) child(o *figures) {
	addAmount(&g.queued, o.queued)
	addAmount(&g.transferred, o.transferred)
	addAmount(&g.received, o.received)
	addAmount(&g.sent, o.sent)
	g.read, g.written = g.read+o.read, g.written+o.written
	g.threads, g.terminated, g.took = g.threads+o.threads, g.terminated+o.terminated, g.took+o.took
	g.running, g.stopped = g.running+o.running, g.stopped+o.stopped
	g.invalid, g.disabled = g.invalid+o.invalid, g.disabled+o.disabled
	g.active, g.inactive = g.active+o.active, g.inactive+o.inactive
}

func addAmount(to *sdk.Amount, a sdk.Amount) {
	to.Count, to.Bytes = to.Count+a.Count, to.Bytes+a.Bytes
}

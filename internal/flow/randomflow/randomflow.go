// Package randomflow makes random edits of a flow, for tests that compare states.
package randomflow

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"

	"github.com/braidflow/braid/internal/flow"
)

// Edit returns a random edit of a flow with one to four changes. Most edits are legal; some are not, so that the
// refusal is tested too. The same flow and the same state of rng give the same edit.
func Edit(rng *rand.Rand, f *flow.Flow) flow.ChangeSet {
	cs := flow.ChangeSet{Who: pick(rng, "ann", "bob", ""), ClientID: pick(rng, "c1", "c2", ""), Message: "random <edit> & \u2028"}
	for range 1 + rng.IntN(4) {
		cs.Changes = append(cs.Changes, change(rng, f))
	}
	return cs
}

func pick[T any](rng *rand.Rand, from ...T) T { return from[rng.IntN(len(from))] }

// any returns a random component of the kinds, nil if there is none.
func anyOf(rng *rand.Rand, f *flow.Flow, kinds ...flow.Kind) flow.Component {
	var found []flow.Component
	for c := range f.All() {
		if slices.Contains(kinds, c.Kind()) {
			found = append(found, c)
		}
	}
	if len(found) == 0 {
		return nil
	}
	return pick(rng, found...)
}

func change(rng *rand.Rand, f *flow.Flow) flow.Change {
	c := anyOf(rng, f, flow.Kinds...)
	switch n := rng.IntN(20); {
	case c == nil || n < 9:
		return flow.Create(create(rng, f))
	case n < 14:
		return flow.Update(update(rng, flow.Clone(c), f))
	case n < 16:
		return flow.Delete(c.Kind(), c.Common().ID)
	case n < 17:
		if g := anyOf(rng, f, flow.KindProcessGroup); g != nil {
			return flow.Move(c.Kind(), c.Common().ID, g.Common().ID)
		}
	}
	return flow.Run(c.Kind(), c.Common().ID, pick(rng, flow.Running, flow.Stopped, flow.Disabled, flow.RunOnce, flow.Enabled))
}

func create(rng *rand.Rand, f *flow.Flow) flow.Component {
	id := fmt.Sprintf("id-%d", rng.IntN(1_000_000))
	root := f.Root()
	if root == nil {
		return flow.NewProcessGroup(id, "", "root")
	}
	group := anyOf(rng, f, flow.KindProcessGroup).Common().ID
	name := pick(rng, "in", "out", "x", "näme\u2028<&>")
	switch rng.IntN(12) {
	case 0:
		return flow.NewProcessGroup(id, group, name)
	case 1:
		return flow.NewInputPort(id, group, name)
	case 2:
		return flow.NewOutputPort(id, group, name)
	case 3:
		return flow.NewLabel(id, group, name)
	case 4:
		return flow.NewFunnel(id, group)
	case 5:
		return flow.NewControllerService(id, pick(rng, "", group), "a.Service")
	case 6:
		return flow.NewParameterContext(id, fmt.Sprintf("ctx-%d", rng.IntN(20)))
	case 7:
		r := flow.NewRemoteProcessGroup(id, group, "http://example")
		r.InputPorts = []flow.RemotePort{{ID: id + "-port", Name: name, State: flow.Stopped, ConcurrentTasks: 1}}
		return r
	case 8, 9:
		if c := connection(rng, f, id); c != nil {
			return c
		}
	}
	return update(rng, flow.NewProcessor(id, group, "a.Processor"), f)
}

func connection(rng *rand.Rand, f *flow.Flow, id string) flow.Component {
	src := anyOf(rng, f, flow.KindProcessor, flow.KindFunnel, flow.KindInputPort, flow.KindOutputPort)
	dst := anyOf(rng, f, flow.KindProcessor, flow.KindFunnel, flow.KindInputPort, flow.KindOutputPort)
	if src == nil || dst == nil {
		return nil
	}
	group := src.Common().GroupID
	if g := f.Get(group); src.Kind() == flow.KindOutputPort && g != nil {
		group = g.Common().GroupID
	}
	return flow.NewConnection(id, group, flow.EndOf(src), flow.EndOf(dst), "success")
}

func update(rng *rand.Rand, c flow.Component, f *flow.Flow) flow.Component {
	c.Common().Name = fmt.Sprintf("name %d", rng.IntN(50))
	c.Common().Position = flow.Position{X: float64(rng.IntN(1000)) / 3, Y: -rng.Float64()}
	switch c := c.(type) {
	case *flow.Processor:
		c.SetProperty(pick(rng, "a", "b", "c"), strconv.Itoa(rng.IntN(9)))
		c.Properties["unset"] = nil
		c.PenaltyDuration = pick(rng, "30 sec", "1 min", "soon")
		c.AutoTerminated = pick(rng, nil, []string{}, []string{"success"})
	case *flow.ProcessGroup:
		if ctx := anyOf(rng, f, flow.KindParameterContext); ctx != nil {
			c.ParameterContextID = pick(rng, "", ctx.Common().ID)
		}
	case *flow.ParameterContext:
		value := strconv.Itoa(rng.IntN(9))
		c.Parameters = map[string]flow.Parameter{"p": {Value: &value}, "q": {Sensitive: true}}
		if ctx := anyOf(rng, f, flow.KindParameterContext); ctx != nil {
			c.Inherited = []string{ctx.Common().ID}
		}
	case *flow.Connection:
		c.Bends = []flow.Position{{X: rng.Float64(), Y: 1}}
	}
	return c
}

package flow

import (
	"bytes"
	"encoding/json"
	"iter"
	"slices"
)

// Flow is one state of the whole dataflow. It never changes, so that it may be read from any goroutine.
type Flow struct {
	components index[Component]
	contents   refs // by group id; "" holds the root group and what belongs to the whole flow
	links      refs // by the id of an end: the connections, outgoing ones as kindOutgoing
	size       int
}

// The links of a component are kept apart by direction.
const (
	kindIncoming Kind = "in"
	kindOutgoing Kind = "out"
)

// Empty is the flow before the first change: without even a root group.
func Empty() *Flow {
	return &Flow{
		components: newIndex[Component](), contents: refs{newIndex[*[]ref]()}, links: refs{newIndex[*[]ref]()},
	}
}

// Len is the number of components.
func (f *Flow) Len() int { return f.size }

// Get returns the component with an id, nil if there is none.
func (f *Flow) Get(id string) Component {
	c, _ := f.components.get(id)
	return c
}

// Lookup returns the component with an id if it is of type C: Lookup[*Processor](f, id).
func Lookup[C Component](f *Flow, id string) (C, bool) {
	c, ok := f.Get(id).(C)
	return c, ok
}

// Root returns the root group, nil in an empty flow.
func (f *Flow) Root() *ProcessGroup {
	for id := range f.contents.of("", KindProcessGroup) {
		g, _ := Lookup[*ProcessGroup](f, id)
		return g
	}
	return nil
}

// Controller returns the settings of the whole flow, the defaults if none were set.
func (f *Flow) Controller() *Controller {
	if c, ok := Lookup[*Controller](f, ControllerID); ok {
		return c
	}
	return NewController()
}

// In yields the components of one kind directly in a group, sorted by id. The group "" holds the root group and the
// components of the whole flow.
func (f *Flow) In(groupID string, kind Kind) iter.Seq[Component] {
	return func(yield func(Component) bool) {
		for id := range f.contents.of(groupID, kind) {
			if !yield(f.Get(id)) {
				return
			}
		}
	}
}

// List returns the components of type C directly in a group, sorted by id. Input and output ports are both *Port:
// use [Flow.In] to have one of the two kinds.
func List[C Component](f *Flow, groupID string) []C {
	var list []C
	for _, kind := range Kinds {
		for c := range f.In(groupID, kind) {
			t, ok := c.(C)
			if !ok {
				break
			}
			list = append(list, t)
		}
	}
	return list
}

// All yields every component: those of the whole flow, then group by group from the root down, always in the same order.
func (f *Flow) All() iter.Seq[Component] {
	return func(yield func(Component) bool) { f.walk("", yield) }
}

// Under yields a group, its content and that of all groups below.
func (f *Flow) Under(groupID string) iter.Seq[Component] {
	return func(yield func(Component) bool) {
		if g := f.Get(groupID); g != nil && yield(g) {
			f.walk(groupID, yield)
		}
	}
}

func (f *Flow) walk(groupID string, yield func(Component) bool) bool {
	for _, kind := range Kinds {
		for c := range f.In(groupID, kind) {
			if !yield(c) {
				return false
			}
			if kind == KindProcessGroup && !f.walk(c.Common().ID, yield) {
				return false
			}
		}
	}
	return true
}

// Parents yields the groups around a component, the nearest first; a group is not its own parent.
func (f *Flow) Parents(id string) iter.Seq[*ProcessGroup] {
	return func(yield func(*ProcessGroup) bool) {
		c := f.Get(id)
		for c != nil && c.Common().GroupID != "" {
			g, ok := Lookup[*ProcessGroup](f, c.Common().GroupID)
			if !ok || !yield(g) {
				return
			}
			c = g
		}
	}
}

// Outgoing returns the connections that start at a component or remote port, sorted by id.
func (f *Flow) Outgoing(id string) []*Connection { return f.linked(id, kindOutgoing) }

// Incoming returns the connections that end at a component or remote port, sorted by id.
func (f *Flow) Incoming(id string) []*Connection { return f.linked(id, kindIncoming) }

func (f *Flow) linked(id string, dir Kind) []*Connection {
	var list []*Connection
	for c := range f.links.of(id, dir) {
		if conn, ok := Lookup[*Connection](f, c); ok {
			list = append(list, conn)
		}
	}
	return list
}

// EndpointName is the name of the component or remote port at the end of a connection.
func (f *Flow) EndpointName(e Endpoint) string {
	switch e.Kind {
	case KindRemoteInputPort, KindRemoteOutputPort:
		if r, ok := Lookup[*RemoteProcessGroup](f, e.GroupID); ok {
			if p, _, ok := r.Port(e.ID); ok {
				return p.Name
			}
		}
		return ""
	case KindFunnel:
		return "Funnel"
	default:
		if c := f.Get(e.ID); c != nil {
			return c.Common().Name
		}
		return ""
	}
}

// Context returns the parameter context of a group, nil if it has none. A group does not take that of its parent.
func (f *Flow) Context(groupID string) *ParameterContext {
	g, ok := Lookup[*ProcessGroup](f, groupID)
	if !ok {
		return nil
	}
	c, _ := Lookup[*ParameterContext](f, g.ParameterContextID)
	return c
}

// Delta is the difference that an edit made to one component: Before is nil for a new one, After for a deleted one.
type Delta struct {
	ID            string
	Before, After Component
}

// Diff lists the components that differ between two snapshots, sorted by id. Snapshots of one history share what was
// not touched, so that the cost is that of the edits between them, not of the flow.
func Diff(before, after *Flow) []Delta {
	var list []Delta
	for i := range shardCount {
		if before.components.shards[i] == after.components.shards[i] {
			continue
		}
		a, b := before.components.shards[i].m, after.components.shards[i].m
		for id, c := range b {
			if a[id] != c {
				list = append(list, Delta{id, a[id], c})
			}
		}
		for id, c := range a {
			if _, ok := b[id]; !ok {
				list = append(list, Delta{id, c, nil})
			}
		}
	}
	slices.SortFunc(list, func(x, y Delta) int { return ref{id: x.ID}.compare(ref{id: y.ID}) })
	return list
}

// Between lists the changes that make one flow out of another, such as an earlier state of the flow out of the
// present one. Components that differ in their revision alone are left out.
func Between(from, to *Flow) []Change {
	var changes []Change
	for _, d := range Diff(from, to) {
		switch {
		case d.After == nil:
			changes = append(changes, Delete(d.Before.Kind(), d.ID))
		case d.Before == nil:
			changes = append(changes, Create(d.After))
		case d.Before.Kind() != d.After.Kind():
			changes = append(changes, Delete(d.Before.Kind(), d.ID), Create(d.After))
		default:
			if d.Before.Common().GroupID != d.After.Common().GroupID {
				changes = append(changes, Move(d.After.Kind(), d.ID, d.After.Common().GroupID))
			}
			if !sameSettings(d.Before, d.After) {
				changes = append(changes, Update(d.After))
			}
		}
	}
	return changes
}

func sameSettings(a, b Component) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

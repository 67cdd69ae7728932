package flow

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// The reasons for which Apply refuses a change set; the error's text says which component and why, in one line.
var (
	ErrNotFound = errors.New("does not exist")       // a component to change, or one that a component refers to
	ErrExists   = errors.New("exists already")       // an id, or a name that must be unique
	ErrRule     = errors.New("not allowed")          // the flow would break a rule of structure
	ErrSetting  = errors.New("is not a valid value") // a setting of a component
)

// Apply returns the flow after a change set, and the change set that leads back to f exactly, revisions included. The
// order of the changes matters only between those of one component: the rules are checked on the result. On an error
// nothing happened. Apply copies what it keeps of cs.
func (f *Flow) Apply(cs ChangeSet) (next *Flow, inverse ChangeSet, err error) {
	d := newDraft(f)
	inverse = ChangeSet{Who: cs.Who, When: cs.When, ClientID: cs.ClientID, Message: cs.Message}
	for _, c := range cs.Changes {
		back, err := d.apply(c, &cs)
		if err != nil {
			return nil, ChangeSet{}, fmt.Errorf("%s %s: %w", verbs[c.Op], describe(c.Kind, c.ID), err)
		}
		inverse.Changes = append(inverse.Changes, back)
	}
	slices.Reverse(inverse.Changes)
	next = &Flow{d.components.index, refs{d.contents.index}, refs{d.links.index}, d.size}
	if err := next.verify(f, d.touched); err != nil {
		return nil, ChangeSet{}, err
	}
	return next, inverse, nil
}

var verbs = map[Op]string{
	OpCreate: "create", OpUpdate: "update", OpDelete: "delete", OpMove: "move", OpRunState: "change the run state of",
}

func describe(k Kind, id string) string {
	return strings.ToLower(strings.ReplaceAll(string(k), "_", " ")) + " " + id
}

// draft is the flow while a change set is being applied.
type draft struct {
	base       *Flow
	components indexDraft[Component]
	contents   refsDraft
	links      refsDraft
	size       int
	touched    map[string]bool
}

func newDraft(f *Flow) *draft {
	return &draft{
		base:       f,
		components: indexDraft[Component]{index: f.components},
		contents:   refsDraft{indexDraft: indexDraft[*[]ref]{index: f.contents.index}},
		links:      refsDraft{indexDraft: indexDraft[*[]ref]{index: f.links.index}},
		size:       f.size,
		touched:    map[string]bool{},
	}
}

// apply makes one change and returns its inverse.
func (d *draft) apply(c Change, cs *ChangeSet) (Change, error) {
	d.touched[c.ID] = true
	old, exists := d.components.get(c.ID)
	if c.Op == OpCreate {
		if exists {
			return Change{}, fmt.Errorf("the id %w", ErrExists)
		}
		return d.create(c, cs)
	}
	if !exists || old.Kind() != c.Kind {
		return Change{}, ErrNotFound
	}
	b := old.Common()
	back := Change{Op: c.Op, Kind: c.Kind, ID: c.ID, Revision: &b.Revision}
	switch c.Op {
	case OpDelete:
		back.Op, back.GroupID, back.Value = OpCreate, b.GroupID, old
		d.unlink(old)
		d.components.remove(c.ID)
		d.size--
		return back, nil
	case OpUpdate:
		back.Value = old
		return back, d.update(c, old, cs)
	case OpMove:
		back.GroupID = b.GroupID
		moved := old.clone()
		moved.Common().GroupID = c.GroupID
		d.replace(old, moved, c, cs)
		return back, nil
	case OpRunState:
		return d.runState(c, old, back, cs)
	default:
		return Change{}, fmt.Errorf("%w: unknown operation %q", ErrRule, c.Op)
	}
}

func (d *draft) runState(c Change, old Component, back Change, cs *ChangeSet) (Change, error) {
	next := old.clone()
	if back.State = setState(next, c.State); back.State == "" {
		if c.Kind != KindRemoteProcessGroup {
			return Change{}, fmt.Errorf("%w: it has no run state", ErrRule)
		}
		back.Op, back.Value = OpUpdate, old // several states at once
	}
	if err := next.check(); err != nil {
		return Change{}, fmt.Errorf("%w: %w", ErrSetting, err)
	}
	d.replace(old, next, c, cs)
	return back, nil
}

func (d *draft) create(c Change, cs *ChangeSet) (Change, error) {
	if c.ID == "" || c.Value == nil || c.Value.Kind() != c.Kind {
		return Change{}, fmt.Errorf("%w: a new component needs an id and a value of its kind", ErrRule)
	}
	if (c.Kind == KindController) != (c.ID == ControllerID) {
		return Change{}, fmt.Errorf("%w: the id %q is that of the flow's settings", ErrRule, ControllerID)
	}
	if err := c.Value.check(); err != nil {
		return Change{}, fmt.Errorf("%w: %w", ErrSetting, err)
	}
	v := c.Value.clone()
	b := v.Common()
	b.ID, b.GroupID = c.ID, c.GroupID
	b.Revision = d.revision(c, cs)
	d.components.set(c.ID, v)
	d.link(v)
	d.size++
	return Delete(c.Kind, c.ID), nil
}

func (d *draft) update(c Change, old Component, cs *ChangeSet) error {
	if c.Value == nil || c.Value.Kind() != c.Kind {
		return fmt.Errorf("%w: the new value is missing or of another kind", ErrRule)
	}
	if err := c.Value.check(); err != nil {
		return fmt.Errorf("%w: %w", ErrSetting, err)
	}
	v := c.Value.clone()
	v.Common().ID, v.Common().GroupID = c.ID, old.Common().GroupID
	d.replace(old, v, c, cs)
	return nil
}

func (d *draft) replace(old, v Component, c Change, cs *ChangeSet) {
	d.unlink(old)
	v.Common().Revision = d.revision(c, cs)
	d.components.set(c.ID, v)
	d.link(v)
}

// revision gives a component one new version for the whole set, however many changes of the set touch it.
func (d *draft) revision(c Change, cs *ChangeSet) Revision {
	if c.Revision != nil {
		return *c.Revision
	}
	next := Revision{Version: 1, ClientID: cs.ClientID, LastModifier: cs.Who}
	if was := d.base.Get(c.ID); was != nil {
		next.Version = was.Common().Revision.Version + 1
	}
	return next
}

func (d *draft) link(c Component) {
	b := c.Common()
	d.contents.add(b.GroupID, ref{c.Kind(), b.ID})
	if conn, ok := c.(*Connection); ok {
		d.links.add(conn.Source.ID, ref{kindOutgoing, b.ID})
		d.links.add(conn.Destination.ID, ref{kindIncoming, b.ID})
	}
}

func (d *draft) unlink(c Component) {
	b := c.Common()
	d.contents.drop(b.GroupID, ref{c.Kind(), b.ID})
	if conn, ok := c.(*Connection); ok {
		d.links.drop(conn.Source.ID, ref{kindOutgoing, b.ID})
		d.links.drop(conn.Destination.ID, ref{kindIncoming, b.ID})
	}
}

// setState changes the intended state and returns the one before, or "" where there is not exactly one.
func setState(c Component, s State) (before State) {
	swap := func(p *State) State { was := *p; *p = s; return was }
	switch c := c.(type) {
	case *Processor:
		return swap(&c.State)
	case *Port:
		return swap(&c.State)
	case *ProcessGroup:
		return swap(&c.State)
	case *ControllerService:
		return swap(&c.State)
	case *ReportingTask:
		return swap(&c.State)
	case *FlowAnalysisRule:
		return swap(&c.State)
	case *RemoteProcessGroup:
		for _, ports := range [][]RemotePort{c.InputPorts, c.OutputPorts} {
			for i := range ports {
				ports[i].State = s
			}
		}
	}
	return ""
}

// StateOf returns the intended state of a component, "" for one that has none of its own.
func StateOf(c Component) State { return setState(c.clone(), "") }

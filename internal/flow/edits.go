package flow

import "slices"

// The functions of this file make the changes of edits that touch many components.

// Remove lists the changes that delete components with all that is in the groups among them. Connections that lead
// out of what is deleted are not touched: Apply refuses while there are any.
func Remove(f *Flow, ids ...string) []Change {
	var changes []Change
	seen := map[string]bool{}
	for _, id := range ids {
		for c := range withContent(f, id) {
			if b := c.Common(); !seen[b.ID] {
				seen[b.ID] = true
				changes = append(changes, Delete(c.Kind(), b.ID))
			}
		}
	}
	return changes
}

func withContent(f *Flow, id string) func(yield func(Component) bool) {
	if _, ok := Lookup[*ProcessGroup](f, id); ok {
		return f.Under(id)
	}
	return func(yield func(Component) bool) {
		if c := f.Get(id); c != nil {
			yield(c)
		}
	}
}

// MoveTo lists the changes that move components into a group. Connections among them follow their ends; connections
// to components that stay are not touched: Apply refuses while there are any, unless the end is a port of a moved group.
func MoveTo(f *Flow, groupID string, ids ...string) []Change {
	var changes []Change
	for _, id := range ids {
		c := f.Get(id)
		if c == nil {
			changes = append(changes, Move("", id, groupID)) // refused by Apply, with the id
			continue
		}
		changes = append(changes, Move(c.Kind(), id, groupID))
		conn, ok := c.(*Connection)
		if !ok {
			continue
		}
		moved := Clone(conn)
		for _, e := range []*Endpoint{&moved.Source, &moved.Destination} {
			if e.Kind != KindRemoteInputPort && e.Kind != KindRemoteOutputPort && slices.Contains(ids, e.ID) {
				e.GroupID = groupID
			}
		}
		changes = append(changes, Update(moved))
	}
	return changes
}

// Schedule lists the changes that start (Running) or stop (Stopped) all processors and ports in a group and below.
// Those that are disabled, or in that state already, stay as they are.
func Schedule(f *Flow, groupID string, s State) []Change {
	var changes []Change
	for c := range f.Under(groupID) {
		switch c.Kind() {
		case KindProcessor, KindInputPort, KindOutputPort:
			if now := StateOf(c); now != Disabled && now != s {
				changes = append(changes, Run(c.Kind(), c.Common().ID, s))
			}
		}
	}
	return changes
}

// Services lists the changes that enable or disable all controller services in a group and below.
func Services(f *Flow, groupID string, s State) []Change {
	var changes []Change
	for c := range f.Under(groupID) {
		if c.Kind() == KindControllerService && StateOf(c) != s {
			changes = append(changes, Run(c.Kind(), c.Common().ID, s))
		}
	}
	return changes
}

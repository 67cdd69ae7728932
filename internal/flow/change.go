package flow

import "time"

// Op says what a [Change] does.
type Op string

// The operations.
const (
	OpCreate   Op = "CREATE"
	OpUpdate   Op = "UPDATE"
	OpDelete   Op = "DELETE"
	OpMove     Op = "MOVE"
	OpRunState Op = "RUN_STATE"
)

// Change is one step of a [ChangeSet]. Make it with [Create], [Update], [Delete], [Move] or [Run].
type Change struct {
	Op   Op
	Kind Kind
	ID   string
	// GroupID is the group that a created or moved component goes to.
	GroupID string
	// State is the new intended state of OpRunState.
	State State
	// Value is the whole new component of OpCreate and OpUpdate. Apply copies it.
	Value Component
	// Revision is the component's new revision; nil (the usual case) means the next version, by the set's client and
	// user. Inverses and snapshots name it, because they restore exactly what was.
	Revision *Revision
}

// ChangeSet is one edit: all its changes are applied, or none.
type ChangeSet struct {
	Who      string    // the user; may be empty
	When     time.Time // to the nanosecond, UTC
	ClientID string    // of the REST client; may be empty
	Message  string    // what the user did, one line; may be empty
	Changes  []Change
}

// Create adds a component to the group that it names.
func Create(c Component) Change {
	b := c.Common()
	return Change{Op: OpCreate, Kind: c.Kind(), ID: b.ID, GroupID: b.GroupID, Value: c}
}

// Update replaces a component's settings; its kind and group stay.
func Update(c Component) Change {
	return Change{Op: OpUpdate, Kind: c.Kind(), ID: c.Common().ID, Value: c}
}

// Delete removes a component. The content of a group and the connections of a component must be removed by the same set.
func Delete(kind Kind, id string) Change { return Change{Op: OpDelete, Kind: kind, ID: id} }

// Move takes a component to another group; a group takes its content with it.
func Move(kind Kind, id, groupID string) Change {
	return Change{Op: OpMove, Kind: kind, ID: id, GroupID: groupID}
}

// Run changes the intended state; that of a remote process group is the state of all its ports.
func Run(kind Kind, id string, s State) Change {
	return Change{Op: OpRunState, Kind: kind, ID: id, State: s}
}

// AsEdit turns an inverse into an edit of its own (an undo): the revisions go on instead of back.
func (cs ChangeSet) AsEdit(who string, when time.Time, clientID, message string) ChangeSet {
	edit := ChangeSet{Who: who, When: when, ClientID: clientID, Message: message}
	for _, c := range cs.Changes {
		if c.Op == OpCreate && c.Revision != nil {
			c.Revision = &Revision{Version: c.Revision.Version + 1, ClientID: clientID, LastModifier: who}
		} else {
			c.Revision = nil
		}
		edit.Changes = append(edit.Changes, c)
	}
	return edit
}

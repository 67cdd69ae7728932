package provenance

import (
	"maps"
	"strconv"

	"github.com/braidflow/braid/internal/repo/content"
	"github.com/braidflow/braid/internal/repo/flowfile"
)

// Type is the kind of an event, as NiFi's ProvenanceEventType. The numbers are on disk: never renumber.
type Type uint8

// The types, with NiFi's meanings.
const (
	Unknown            Type = iota
	Create                  // a FlowFile was made from nothing
	Receive                 // data came in from outside
	Fetch                   // the content was replaced by that of an external resource
	Send                    // data went out
	RemoteInvocation        // something outside was asked to act
	Upload                  // the content was put where an external system reads it
	Download                // a user read the content
	Drop                    // the life of the FlowFile ended
	Expire                  // it was too old for its queue
	Fork                    // one FlowFile became several
	Join                    // several became one
	Clone                   // an exact copy was made
	ContentModified         // the content changed
	AttributesModified      // only attributes changed
	Route                   // a relationship was chosen
	AddInfo                 // more is known, such as another identifier
	Replay                  // it was run again from an event
	numTypes
)

var typeNames = [numTypes]string{
	"UNKNOWN", "CREATE", "RECEIVE", "FETCH", "SEND", "REMOTE_INVOCATION", "UPLOAD", "DOWNLOAD", "DROP", "EXPIRE",
	"FORK", "JOIN", "CLONE", "CONTENT_MODIFIED", "ATTRIBUTES_MODIFIED", "ROUTE", "ADDINFO", "REPLAY",
}

// String returns NiFi's name of the type.
func (t Type) String() string {
	if t >= numTypes {
		return "TYPE_" + strconv.Itoa(int(t))
	}
	return typeNames[t]
}

// Types returns all types.
func Types() []Type {
	all := make([]Type, numTypes)
	for i := range all {
		all[i] = Type(i)
	}
	return all
}

// Name is a text that repeats from event to event, such as a component's id. Make it once, when the component is
// made, with [MakeName]: an event then costs one or two bytes for it instead of the text. The zero Name is "none".
type Name struct {
	num  uint32 // of the process-wide dictionary; 0 = decoded, not in it
	text string
}

// MakeName numbers a text in the process-wide dictionary, where it stays: texts made of data do not belong there
// (see flowfile.Number).
func MakeName(text string) Name {
	if text == "" {
		return Name{}
	}
	return Name{num: flowfile.Number(text), text: text}
}

// String returns the text.
func (n Name) String() string { return n.text }

// Event is one thing that happened to a FlowFile. As NiFi's ProvenanceEventRecord.
type Event struct {
	Type     Type
	Time     int64 // Unix milliseconds
	Duration int64 // milliseconds; 0 = not known
	Lineage  int64 // when the oldest ancestor was born, Unix milliseconds
	UUID     flowfile.UUID
	Size     int64 // of the content after the event, in bytes

	ComponentID   Name
	ComponentType Name // as users see it, such as "UpdateAttribute"
	SourceQueue   Name // id of the connection that the FlowFile came from
	Relationship  Name

	Before, After content.Claim // the content before and after; equal if it did not change

	TransitURI     string
	Details        string
	AlternateID    string // another identifier, as a URI (ADDINFO)
	SourceSystemID string // the FlowFile's identifier in the system it came from

	Parents, Children []flowfile.UUID // of FORK, JOIN, CLONE and REPLAY

	// Attrs and Updated are the attributes as stored in a FlowFile: before the event, and after it. They may be the
	// same. The encoder keeps the difference. Both are empty in a decoded event: see Record.
	Attrs, Updated flowfile.Attrs
}

// Record is an event that the repository has stored. It owns all its memory.
type Record struct {
	ID uint64 // its number in this repository, from 0
	Event
	// Previous holds all attributes before the event, the implied uuid, filename and path included.
	Previous map[string]string
	// Changed holds the attributes that the event set, with their new values, and those that it removed, with nil.
	Changed map[string]*string
}

// Attributes returns all attributes after the event.
func (r *Record) Attributes() map[string]string {
	all := make(map[string]string, len(r.Previous)+len(r.Changed))
	maps.Copy(all, r.Previous)
	for k, v := range r.Changed {
		if v == nil {
			delete(all, k)
			continue
		}
		all[k] = *v
	}
	return all
}

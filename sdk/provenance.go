package sdk

import "time"

// EventType is a kind of provenance event.
type EventType string

// The event types of NiFi's ProvenanceEventType that a component reports. CREATE, FORK, JOIN, CLONE, DROP, EXPIRE,
// CONTENT_MODIFIED and ATTRIBUTES_MODIFIED are reported by the session itself.
const (
	Receive          EventType = "RECEIVE"
	Fetch            EventType = "FETCH"
	Send             EventType = "SEND"
	RemoteInvocation EventType = "REMOTE_INVOCATION"
	Upload           EventType = "UPLOAD"
	Route            EventType = "ROUTE"
	AddInfo          EventType = "ADDINFO"
	CreateEvent      EventType = "CREATE"
	ContentModified  EventType = "CONTENT_MODIFIED"
)

// Event is what a component says about a FlowFile; the session adds the rest.
type Event struct {
	Type         EventType
	TransitURI   string        // where the data came from or went to
	Details      string        // for people
	Duration     time.Duration // how long it took
	Relationship string        // ROUTE only
	AlternateID  string        // ADDINFO: another name of the FlowFile
	SourceID     string        // RECEIVE: the FlowFile's identifier in the system that it came from
}

// Received reports that the FlowFile's data came from uri.
func (s *Session) Received(ff FlowFile, uri string, took time.Duration) {
	s.b.Event(ff, Event{Type: Receive, TransitURI: uri, Duration: took})
}

// Fetched reports that the FlowFile's content was replaced by what uri holds.
func (s *Session) Fetched(ff FlowFile, uri string, took time.Duration) {
	s.b.Event(ff, Event{Type: Fetch, TransitURI: uri, Duration: took})
}

// Sent reports that the FlowFile's data went to uri.
func (s *Session) Sent(ff FlowFile, uri string, took time.Duration) {
	s.b.Event(ff, Event{Type: Send, TransitURI: uri, Duration: took})
}

// Routed reports by which relationship a FlowFile left and why, where that is worth a word.
func (s *Session) Routed(ff FlowFile, rel Relationship, details string) {
	s.b.Event(ff, Event{Type: Route, Relationship: rel.Name, Details: details})
}

// Report adds any other event.
func (s *Session) Report(ff FlowFile, e Event) { s.b.Event(ff, e) }

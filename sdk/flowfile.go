package sdk

import (
	"iter"
	"maps"
	"time"
)

// FlowFile is an immutable view of one FlowFile in a session: a change through the session returns a new view.
// A view must not be used after its session has ended.
type FlowFile struct{ v View }

// View is what an engine shows of a FlowFile. Only engines implement it.
type View interface {
	Attributes
	Identifier() string
	Number() uint64
	Size() int64
	EntryDate() time.Time
	LineageStart() time.Time
	QueuedSince() time.Time
	PenalizedUntil() time.Time
}

// Attributes is read access to attributes. All ranges in no particular order.
type Attributes interface {
	Attr(name string) (string, bool)
	All() iter.Seq2[string, string]
}

// Attr is one attribute in a change.
type Attr struct{ Name, Value string }

// MakeFlowFile wraps an engine's view.
func MakeFlowFile(v View) FlowFile { return FlowFile{v} }

// View returns what MakeFlowFile was given; nil for the zero FlowFile.
func (f FlowFile) View() View { return f.v }

// Attr returns an attribute, or "" if it is not set.
func (f FlowFile) Attr(name string) string {
	v, _ := f.v.Attr(name)
	return v
}

// Lookup returns an attribute and whether it is set.
func (f FlowFile) Lookup(name string) (string, bool) { return f.v.Attr(name) }

// Attrs ranges over all attributes in no particular order.
func (f FlowFile) Attrs() iter.Seq2[string, string] { return f.v.All() }

// AttrMap returns a copy of all attributes.
func (f FlowFile) AttrMap() map[string]string {
	m := maps.Collect(f.v.All())
	return m
}

// UUID returns the attribute uuid.
func (f FlowFile) UUID() string { return f.v.Identifier() }

// Number grows with each FlowFile that is made on a node.
func (f FlowFile) Number() uint64 { return f.v.Number() }

// Size returns the length of the content in bytes.
func (f FlowFile) Size() int64 { return f.v.Size() }

// EntryDate returns when the FlowFile, or its oldest ancestor in this instance, entered the instance.
func (f FlowFile) EntryDate() time.Time { return f.v.EntryDate() }

// LineageStart returns when the oldest ancestor of the FlowFile was born, in whatever instance.
func (f FlowFile) LineageStart() time.Time { return f.v.LineageStart() }

// QueuedSince returns when the FlowFile was put into the queue from which the session took it.
func (f FlowFile) QueuedSince() time.Time { return f.v.QueuedSince() }

// Names of attributes with a meaning for the engine or for many components, as in NiFi's CoreAttributes.
const (
	AttrUUID          = "uuid"
	AttrFilename      = "filename"
	AttrPath          = "path"
	AttrAbsolutePath  = "absolute.path"
	AttrMIMEType      = "mime.type"
	AttrPriority      = "priority"
	AttrDiscardReason = "discard.reason"
	AttrAlternateID   = "alternate.identifier"

	AttrFragmentID       = "fragment.identifier"
	AttrFragmentIndex    = "fragment.index"
	AttrFragmentCount    = "fragment.count"
	AttrSegmentOriginal  = "segment.original.filename"
	AttrRecordCount      = "record.count"
	AttrFragmentSize     = "fragment.size"
	AttrRecordErrMessage = "record.error.message"
)

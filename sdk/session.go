package sdk

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"
)

// Session is the unit of work of one Trigger: what it takes, makes, changes and transfers becomes visible and durable
// all at once when Trigger returns nil, or not at all.
//
// Each FlowFile that is in the session at the end must have been transferred or removed, else the session is rolled
// back with an error that names it. A Session belongs to one goroutine.
type Session struct{ b Backend }

// NewSession wraps an engine's implementation.
func NewSession(b Backend) *Session { return &Session{b} }

// Backend returns what NewSession was given.
func (s *Session) Backend() Backend { return s.b }

// Get takes the next FlowFile off the incoming connections.
func (s *Session) Get() (FlowFile, bool) {
	if b := s.b.Take(1, nil); len(b) > 0 {
		return b[0], true
	}
	return FlowFile{}, false
}

// GetBatch takes up to limit FlowFiles. The slice is valid until the next Get of this session.
func (s *Session) GetBatch(limit int) []FlowFile { return s.b.Take(limit, nil) }

// FilterResult is the answer of a filter to a FlowFile.
type FilterResult int

// The answers of NiFi's FlowFileFilterResult: take the FlowFile or leave it, and go on or stop.
const (
	AcceptAndContinue FilterResult = iota
	AcceptAndStop
	RejectAndContinue
	RejectAndStop
)

// GetFilter takes the FlowFiles that filter accepts, in the order of the queue.
func (s *Session) GetFilter(filter func(FlowFile) FilterResult) []FlowFile {
	return s.b.Take(0, filter)
}

// QueueSize returns the number and the total bytes of the FlowFiles waiting on the incoming connections.
func (s *Session) QueueSize() (count int, bytes int64) { return s.b.QueueSize() }

// HasInput tells whether there is an incoming connection, loops from the processor to itself not counted. One that may
// work with and without input asks it when it got no FlowFile.
func (s *Session) HasInput() bool { return s.b.HasInput() }

// Create makes an empty FlowFile that came from nowhere. Report with [Session.Received] if its data came from
// outside; otherwise the session reports CREATE.
func (s *Session) Create() FlowFile { return s.b.Create(nil) }

// CreateFrom makes an empty FlowFile with the attributes (but uuid) and the lineage of its parent: FORK.
func (s *Session) CreateFrom(parent FlowFile) FlowFile { return s.b.Create([]FlowFile{parent}) }

// CreateJoined makes an empty FlowFile from several parents, with the attributes that all of them share: JOIN.
func (s *Session) CreateJoined(parents []FlowFile) FlowFile { return s.b.Create(parents) }

// Clone makes a FlowFile with the same content and attributes (but uuid); the content is not copied.
func (s *Session) Clone(ff FlowFile) FlowFile { return s.b.Clone(ff, 0, ff.Size()) }

// CloneRange is Clone with a part of the content.
func (s *Session) CloneRange(ff FlowFile, offset, size int64) FlowFile {
	return s.b.Clone(ff, offset, size)
}

// ContentReader reads a content. Reading all of it checks its checksum.
type ContentReader interface {
	io.ReadSeekCloser
	io.ReaderAt
}

// Read opens the content. The caller closes it before the session ends.
func (s *Session) Read(ff FlowFile) (ContentReader, error) { return s.b.Open(ff) }

// ReadAll returns the whole content, for components that need it in memory; limit is in bytes.
func (s *Session) ReadAll(ff FlowFile, limit int64) ([]byte, error) {
	if ff.Size() > limit {
		return nil, fmt.Errorf("content of %d bytes is larger than the limit of %d: split it first or raise the limit", ff.Size(), limit)
	}
	r, err := s.b.Open(ff)
	if err != nil {
		return nil, err
	}
	b := make([]byte, ff.Size())
	_, err = io.ReadFull(r, b)
	if cerr := r.Close(); err == nil {
		err = cerr
	}
	return b, err
}

// Write replaces the content by what fn writes. If fn returns an error, the FlowFile keeps its content and the
// error is returned; it may be routed with the old view.
func (s *Session) Write(ff FlowFile, fn func(w io.Writer) error) (FlowFile, error) {
	return s.b.Write(ff, false, fn)
}

// Append adds what fn writes to the end of the content.
func (s *Session) Append(ff FlowFile, fn func(w io.Writer) error) (FlowFile, error) {
	return s.b.Write(ff, true, fn)
}

// Rewrite streams the content through fn and returns the new version; errors are as with Write.
func (s *Session) Rewrite(ff FlowFile, fn func(r io.Reader, w io.Writer) error) (FlowFile, error) {
	r, err := s.b.Open(ff)
	if err != nil {
		return ff, err
	}
	out, err := s.b.Write(ff, false, func(w io.Writer) error { return fn(r, w) })
	if cerr := r.Close(); err == nil && cerr != nil {
		return ff, cerr
	}
	return out, err
}

// PutAttr sets one attribute. uuid cannot be set.
func (s *Session) PutAttr(ff FlowFile, name, value string) FlowFile {
	return s.b.PutAttrs(ff, Attr{name, value})
}

// PutAttrs sets several attributes at once, which is cheaper than one after the other.
func (s *Session) PutAttrs(ff FlowFile, attrs ...Attr) FlowFile { return s.b.PutAttrs(ff, attrs...) }

// RemoveAttrs removes the attributes for which drop returns true; uuid, filename and path stay.
func (s *Session) RemoveAttrs(ff FlowFile, drop func(name string) bool) FlowFile {
	return s.b.RemoveAttrs(ff, drop)
}

// Transfer sends a FlowFile out by a relationship when the session commits. A relationship with several connections
// gives each a clone; one that is auto-terminated ends the FlowFile.
func (s *Session) Transfer(ff FlowFile, rel Relationship) { s.b.Transfer(ff, rel) }

// TransferBack returns a FlowFile to the queue that it came from, with the changes that were made to it.
func (s *Session) TransferBack(ff FlowFile) { s.b.Transfer(ff, Relationship{}) }

// Remove ends a FlowFile.
func (s *Session) Remove(ff FlowFile) { s.b.Remove(ff) }

// Penalize keeps a FlowFile from being processed by the next component for the penalty duration.
func (s *Session) Penalize(ff FlowFile) FlowFile { return s.b.Penalize(ff) }

// Fail routes a FlowFile that could not be processed to rel and reports err as a bulletin that names the FlowFile.
// It returns nil, so that Trigger may end with it and the session still commits.
func (s *Session) Fail(ff FlowFile, rel Relationship, err error) error {
	s.b.Log().Error("FlowFile routed to "+rel.Name, //nolint:sloglint // one of few names
		slog.String("flowfile", ff.UUID()), slog.Any("error", err))
	s.b.Transfer(ff, rel)
	return nil
}

// Yield keeps the processor from being triggered for its yield duration, e.g. because there was nothing to do.
func (s *Session) Yield() { s.b.Yield() }

// Counter adds delta to a named counter of the component when the session commits.
func (s *Session) Counter(name string, delta int64) { s.b.Counter(name, delta) }

// AfterCommit calls fn once the session's commit is as durable as the node promises: only then may something outside
// be told so (an HTTP 200, a deleted source file, a committed offset). fn runs on a goroutine of the engine, in the
// order of the commits of this component; it must not use the session. A session that is rolled back forgets it.
func (s *Session) AfterCommit(fn func()) { s.b.AfterCommit(fn) }

// AwaitInput blocks until the FlowFiles that the session has taken are durable, for sinks that must not emit what
// a crash could take back.
func (s *Session) AwaitInput(ctx context.Context) error { return s.b.AwaitInput(ctx) }

// Log returns the component's logger. What is logged at the component's bulletin level or above becomes a bulletin.
// Messages are static; the facts are attributes.
func (s *Session) Log() *slog.Logger { return s.b.Log() }

// Now returns the time of the engine's clock.
func (s *Session) Now() time.Time { return s.b.Now() }

// Branch makes a session that outlives this Trigger, for components that gather FlowFiles over many Triggers; move
// FlowFiles to it with Migrate and end it with Commit or Rollback. When the processor stops, the engine rolls
// back what is left. A branch is used by one goroutine at a time.
func (s *Session) Branch() *Session { return &Session{s.b.Branch()} }

// Migrate moves FlowFiles, with all that was done to them, from this session to another of the same component.
func (s *Session) Migrate(to *Session, ffs ...FlowFile) { s.b.Migrate(to.b, ffs) }

// Commit ends a session made by Branch or [Host.NewSession] and makes its work visible. The session of a Trigger is
// committed by the engine: there it returns an error.
func (s *Session) Commit(ctx context.Context) error { return s.b.Commit(ctx) }

// Rollback ends such a session without effect.
func (s *Session) Rollback() { s.b.Rollback() }

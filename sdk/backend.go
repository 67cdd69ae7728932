package sdk

import (
	"context"
	"io"
	"log/slog"
	"time"
)

// Backend is the engine's side of a [Session]; the methods mean what the Session's methods of similar names say.
// Only engines implement it.
type Backend interface {
	queueBackend
	contentBackend
	changeBackend
	reportBackend
	endBackend
}

type queueBackend interface {
	// Take takes up to limit FlowFiles; with a filter, those that it accepts.
	Take(limit int, filter func(FlowFile) FilterResult) []FlowFile
	QueueSize() (int, int64)
	HasInput() bool
	AwaitInput(ctx context.Context) error
}

type contentBackend interface {
	Open(ff FlowFile) (ContentReader, error)
	Write(ff FlowFile, atEnd bool, fn func(io.Writer) error) (FlowFile, error)
}

type changeBackend interface {
	// Create makes a FlowFile; one parent means FORK, several mean JOIN.
	Create(parents []FlowFile) FlowFile
	Clone(ff FlowFile, offset, size int64) FlowFile
	PutAttrs(ff FlowFile, attrs ...Attr) FlowFile
	RemoveAttrs(ff FlowFile, drop func(string) bool) FlowFile
	// Transfer with the zero Relationship returns the FlowFile to its queue.
	Transfer(ff FlowFile, rel Relationship)
	Remove(ff FlowFile)
	Penalize(ff FlowFile) FlowFile
}

type reportBackend interface {
	Event(ff FlowFile, e Event)
	Counter(name string, delta int64)
	State(ctx context.Context, scope StateScope) (map[string]string, error)
	SetState(scope StateScope, values map[string]string)
	Log() *slog.Logger
	Now() time.Time
}

type endBackend interface {
	Yield()
	AfterCommit(fn func())
	Branch() Backend
	Migrate(to Backend, ffs []FlowFile)
	Commit(ctx context.Context) error
	Rollback()
}

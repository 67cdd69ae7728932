package sdk

import (
	"context"
	"log/slog"
	"time"
)

// Host is what a running component may use outside of a Trigger. Its methods may be called concurrently, from Start
// until Stop has returned.
type Host struct{ b HostBackend }

// HostBackend is the engine's side of a [Host].
type HostBackend interface {
	Log() *slog.Logger
	Now() time.Time
	Wake()
	NewSession() Backend
	HasRoom() bool
	State(ctx context.Context, scope StateScope) (map[string]string, error)
	SetState(ctx context.Context, scope StateScope, values map[string]string) error
}

// NewHost wraps an engine's implementation.
func NewHost(b HostBackend) *Host { return &Host{b} }

// Log returns the component's logger, as [Session.Log].
func (h *Host) Log() *slog.Logger { return h.b.Log() }

// Now returns the time of the engine's clock.
func (h *Host) Now() time.Time { return h.b.Now() }

// Wake triggers the processor as soon as it may run, e.g. because data has arrived from outside. A processor that
// gets its data so should have a schedule that does not poll, and see [Spec.Push].
func (h *Host) Wake() { h.b.Wake() }

// NewSession makes a session outside of a Trigger, for processors that serve many clients at once. Its owner ends it
// with Commit or Rollback; after Stop, Commit is refused.
func (h *Host) NewSession() *Session { return &Session{h.b.NewSession()} }

// HasRoom tells whether no queue behind the processor exerts back pressure.
func (h *Host) HasRoom() bool { return h.b.HasRoom() }

// State returns a copy of the component's state.
func (h *Host) State(ctx context.Context, scope StateScope) (map[string]string, error) {
	return h.b.State(ctx, scope)
}

// SetState replaces the component's state; it is durable when SetState returns.
func (h *Host) SetState(ctx context.Context, scope StateScope, values map[string]string) error {
	return h.b.SetState(ctx, scope, values)
}

// Reporting is what a [ReportingTask] sees.
type Reporting struct{ b ReportingBackend }

// ReportingBackend is the engine's side of [Reporting].
type ReportingBackend interface {
	Log() *slog.Logger
	Now() time.Time
	Status() Status
	Bulletins(after int64) []Bulletin
}

// NewReporting wraps an engine's implementation.
func NewReporting(b ReportingBackend) *Reporting { return &Reporting{b} }

// Log returns the task's logger.
func (r *Reporting) Log() *slog.Logger { return r.b.Log() }

// Now returns the time of the engine's clock.
func (r *Reporting) Now() time.Time { return r.b.Now() }

// Status returns the figures of the root group and, below it, of all components.
func (r *Reporting) Status() Status { return r.b.Status() }

// Bulletins returns those with a greater id than after, oldest first.
func (r *Reporting) Bulletins(after int64) []Bulletin { return r.b.Bulletins(after) }

// Status holds the figures of one component over the last five minutes; those of a group are the sums of its parts.
type Status struct {
	ID, Name, Type  string
	RunStatus       string
	In, Out, Queued Amount
	Read, Written   int64 // bytes
	Received, Sent  Amount
	Tasks           int64
	TaskTime        time.Duration
	ActiveThreads   int
	Children        []Status
}

// Amount is a number of FlowFiles and their bytes.
type Amount struct {
	Count int64
	Bytes int64
}

// Bulletin is a short-lived problem shown to users.
type Bulletin struct {
	ID                                        int64
	Time                                      time.Time
	Level, Category, Message                  string
	SourceID, SourceName, SourceType, GroupID string
	FlowFileUUID                              string
}

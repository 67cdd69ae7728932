package engine

import (
	"log/slog"
	"time"

	"github.com/braidflow/braid/internal/clock"
	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/internal/repo/content"
	"github.com/braidflow/braid/internal/vfs"
	"github.com/braidflow/braid/sdk"
)

// Clock is the engine's clock.
func (e *Engine) Clock() clock.Clock { return e.clock }

// Log is the engine's logger.
func (e *Engine) Log() *slog.Logger { return e.log }

// Now is the time by the engine's clock.
func (e *Engine) Now() time.Time { return e.clock.Now() }

// Disk is the room of the disk that holds the node's data.
func (e *Engine) Disk() (vfs.Usage, error) { return e.o.FS.Usage(e.o.Dir) }

// ContentStats returns the figures of the content repository.
func (e *Engine) ContentStats() content.Stats { return e.contents.Stats() }

// Durability of the FlowFile log: how many of its bytes were committed and how many of them are durable.
func (e *Engine) Durability() (committed, durable int64) {
	return int64(e.flowFiles.Position()), int64(e.flowFiles.Durable())
}

// Inspection is a component as forms show it.
type Inspection struct {
	Spec     *sdk.Spec         // set up with the component's values; nil for a port, a funnel, a type not linked in
	Values   map[string]string // as stored, by the names that the type has now; sensitive ones are encrypted
	Problems []error           // what keeps it from running
}

// Inspect validates a component anew. It changes nothing, so it may be called at any time; a component that runs may
// be told to be invalid, because what it depends on has changed since it started.
func (e *Engine) Inspect(id string) (in Inspection) {
	err := guard(func() error {
		in = e.inspect(id)
		return nil
	})
	if err != nil {
		in.Problems = append(in.Problems, err)
	}
	return in
}

func (e *Engine) inspect(id string) Inspection {
	f := e.Flow()
	switch d := f.Get(id).(type) {
	case *flow.Processor:
		t, ok := e.types.Get(d.Type)
		c := e.component(id)
		if !ok || t.New == nil || c == nil {
			return ghost(&d.Extension)
		}
		p := t.New()
		in := e.inspectExtension(f, d.GroupID, &d.Extension, p.Describe, p, c.stateLookup)
		if _, err := e.newSettings(d, in.Spec); err != nil {
			in.Problems = append(in.Problems, err)
		}
		in.Problems = append(in.Problems, c.connectionProblems(d, in.Spec)...)
		return in
	case *flow.ControllerService:
		t, ok := e.types.Get(d.Type)
		if !ok || t.NewService == nil {
			return ghost(&d.Extension)
		}
		s := t.NewService()
		return e.inspectExtension(f, d.GroupID, &d.Extension, s.Describe, s, nil)
	case *flow.ReportingTask:
		t, ok := e.types.Get(d.Type)
		if !ok || t.NewReportingTask == nil {
			return ghost(&d.Extension)
		}
		r := t.NewReportingTask()
		return e.inspectExtension(f, "", &d.Extension, r.Describe, r, nil)
	case *flow.Port:
		if c := e.component(id); c != nil {
			return Inspection{Problems: c.portProblems()}
		}
	}
	return Inspection{}
}

func (e *Engine) inspectExtension(f *flow.Flow, group string, ext *flow.Extension, describe func(*sdk.Spec), obj any, state func(string) (string, bool)) Inspection {
	in := Inspection{Spec: &sdk.Spec{}, Values: stored(ext)}
	describe(in.Spec)
	if m, ok := obj.(sdk.Migrator); ok {
		m.MigrateProperties(in.Values)
	}
	in.Problems = e.configure(f, group, ext, in.Spec, obj, state)
	return in
}

func ghost(ext *flow.Extension) Inspection {
	return Inspection{Values: stored(ext), Problems: []error{ghostProblem(ext.Type)}}
}

func stored(ext *flow.Extension) map[string]string {
	values := make(map[string]string, len(ext.Properties))
	for name, v := range ext.Properties {
		if v != nil {
			values[name] = *v
		}
	}
	return values
}

// Totals returns what a processor, port or funnel has done since the node started; Status returns the last five minutes.
func (e *Engine) Totals(id string) sdk.Status {
	c := e.component(id)
	if c == nil {
		return sdk.Status{ID: id}
	}
	c.mu.Lock()
	def := c.def
	c.mu.Unlock()
	t := c.tally.sinceStart()
	return sdk.Status{
		ID: id, Name: def.Common().Name, Type: typeOf(def), In: t.in, Out: t.out, Read: t.read,
		Written: t.written, Received: t.received, Sent: t.sent, Tasks: t.tasks, TaskTime: t.took,
		ActiveThreads: int(c.active.Load()),
	}
}

// Full tells whether the queue exerts back pressure now.
func (q *Queue) Full() bool { return q.full() }

// Available tells whether there is something that may be taken at a time; if not, what is there is penalized or held.
func (q *Queue) Available(now time.Time) bool { return q.hasFor(now.UnixMilli()) }

// VerifyContent reads a whole content and returns what [content.Reader] would, for those who then read parts of it.
func (e *Engine) VerifyContent(c content.Claim) error { return e.contents.Verify(c) }

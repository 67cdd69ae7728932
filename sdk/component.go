// Package sdk is all that the author of a component sees: a processor, a controller service or a reporting task
// declares its properties and relationships in Describe and does its work over a [Session].
//
// The life of a component: New (no side effects), Describe (once), values set and checked, Start, work from up to as
// many goroutines as there are concurrent tasks, Stop. A new configuration means a new instance, so the fields that
// Describe binds are read-only while it runs and need no lock.
//
// The package imports only the standard library, so that a component can be read, built and tested alone;
// sdk/sdktest runs one over the engine's own session in memory.
package sdk

import "context"

// Component is one type that a user can put into a flow. Exactly one of New, NewService and NewReportingTask is set.
type Component struct {
	// Type is the class name that NiFi uses, so that its flow definitions load unchanged; components without a
	// counterpart there have a name of their own.
	Type string
	// Artifact is the NiFi bundle that holds the type, e.g. "nifi-standard-nar"; empty means Braid's own.
	Artifact string

	New              func() Processor
	NewService       func() ControllerService
	NewReportingTask func() ReportingTask
}

// Processor is one configured processor on the canvas. It may also implement [Starter], [Stopper], [Validator],
// [Verifier] and [Migrator].
type Processor interface {
	// Describe is called once, straight after New, and binds the fields of the instance. It must not do anything else.
	Describe(s *Spec)
	// Trigger does one piece of work. It is called from as many goroutines as the user set concurrent tasks, whenever
	// there is input (or the schedule is due for one that needs none) and room in the queues behind it.
	// Returning nil commits the session. An error rolls it back: its FlowFiles return to their queues penalized, the
	// processor yields, and the error is shown as a bulletin. A FlowFile that cannot be processed is no such error:
	// route it with [Session.Fail]. ctx ends when the user terminates the processor.
	Trigger(ctx context.Context, s *Session) error
}

// ControllerService is a resource shared by components: a connection pool, a record reader. What it offers is a Go
// interface that its package documents; components get it by [Service]. Enabling calls Start, disabling calls Stop.
// Its methods are called from many goroutines at once.
type ControllerService interface {
	Describe(s *Spec)
}

// ReportingTask looks at the whole instance on a schedule.
type ReportingTask interface {
	Describe(s *Spec)
	// Report does one report. An error is shown as a bulletin; the schedule goes on.
	Report(ctx context.Context, r *Reporting) error
}

// Starter is implemented by components that hold resources while they run. Start is called before the first Trigger
// (or the first use of a service). If it returns an error it is tried again after the administrative yield;
// Stop is not called then. ctx ends with the start, not with the run.
type Starter interface {
	Start(ctx context.Context, h *Host) error
}

// Stopper is called after the last Trigger has returned, also if the component has no Start.
type Stopper interface {
	Stop(ctx context.Context) error
}

// Validator checks what one property alone cannot. It is called after all properties were set, whenever the
// configuration or a service that it refers to changes, so it must be quick and must not reach outside.
type Validator interface {
	Validate() []error
}

// Verifier tries a configuration out when the user asks for it: does the host answer, does the folder exist.
// attrs are sample attributes for Expression Language.
type Verifier interface {
	Verify(ctx context.Context, h *Host, attrs map[string]string) []Verification
}

// Outcome is the result of one step of a [Verifier].
type Outcome string

// The outcomes of NiFi's ConfigVerificationResult.
const (
	Successful Outcome = "SUCCESSFUL"
	Failed     Outcome = "FAILED"
	Skipped    Outcome = "SKIPPED"
)

// Verification is one step of a [Verifier].
type Verification struct {
	Step        string
	Outcome     Outcome
	Explanation string
}

// Migrator accepts configurations of older versions: it changes the raw values, keyed by property name, in place
// before they are set.
type Migrator interface {
	MigrateProperties(values map[string]string)
}

// Package sdktest runs one component with the engine's own session over repositories in memory, so that a test sees
// exactly what a flow would.
package sdktest

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/braidflow/braid/internal/clock"
	"github.com/braidflow/braid/internal/engine"
	"github.com/braidflow/braid/internal/extension"
	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/internal/repo/flowfile"
	"github.com/braidflow/braid/internal/repo/provenance"
	"github.com/braidflow/braid/internal/vfs"
	"github.com/braidflow/braid/sdk"
)

const (
	rootID      = "root"
	processorID = "processor"
	inputID     = "input"
	sourceID    = "source"
	sinkID      = "sink"
)

// Input is a FlowFile to be processed.
type Input struct {
	Content string
	Attrs   map[string]string
}

// FF makes an input; attrs are names and values in turn.
func FF(content string, attrs ...string) Input {
	in := Input{Content: content, Attrs: map[string]string{}}
	for i := 0; i+1 < len(attrs); i += 2 {
		in.Attrs[attrs[i]] = attrs[i+1]
	}
	return in
}

// Output is a FlowFile that came out.
type Output struct {
	Content string
	Attrs   map[string]string
	Size    int64
}

// Result holds what came out, by relationship name, in the order of its transfer.
type Result map[string][]Output

// Run configures a fresh instance, triggers it until the input is used up (once if there is none) and returns what
// came out. An invalid configuration or a failed Trigger fails the test.
func Run(t testing.TB, c sdk.Component, props map[string]string, in ...Input) Result {
	t.Helper()
	r := New(t, c)
	for name, value := range props {
		r.Set(name, value)
	}
	r.Enqueue(in...)
	if len(in) == 0 {
		if err := r.Trigger(); err != nil {
			t.Fatalf("%s: trigger: %v", c.Type, err)
		}
	}
	r.RunUntilEmpty()
	return r.Out()
}

// Runner runs one processor step by step.
type Runner struct {
	t        testing.TB
	typ      string
	e        *engine.Engine
	clock    *clock.Fake
	types    []sdk.Component
	flow     *flow.Flow
	prepared bool
	rels     []string
	noInput  bool
}

// New makes a runner whose clock stands at the present time until Advance.
func New(t testing.TB, c sdk.Component) *Runner {
	t.Helper()
	r := &Runner{t: t, typ: c.Type, types: []sdk.Component{c}, clock: clock.NewFake(clock.Real.Now()), flow: flow.Empty()}
	root := flow.NewProcessGroup(rootID, "", "test")
	r.change(flow.Create(root), flow.Create(flow.NewProcessor(processorID, rootID, c.Type)))
	if c.New != nil {
		var spec sdk.Spec
		c.New().Describe(&spec)
		r.noInput = spec.Facts.Input == sdk.InputForbidden
	}
	t.Cleanup(r.close)
	return r
}

// change edits the flow that the component lives in.
func (r *Runner) change(changes ...flow.Change) {
	r.t.Helper()
	next, _, err := r.flow.Apply(flow.ChangeSet{Changes: changes})
	if err != nil {
		r.t.Fatalf("sdktest: %v", err)
	}
	r.flow = next
}

// Service adds an enabled controller service with the given id, for a property that refers to one.
func (r *Runner) Service(id string, c sdk.Component, props map[string]string) {
	r.t.Helper()
	if r.e != nil {
		r.t.Fatal("sdktest: add services before anything is run")
	}
	known := false
	for _, have := range r.types {
		known = known || have.Type == c.Type
	}
	if !known {
		r.types = append(r.types, c)
	}
	s := flow.NewControllerService(id, rootID, c.Type)
	for name, value := range props {
		s.SetProperty(name, value)
	}
	s.State = flow.Enabled
	r.change(flow.Create(s))
}

// Set sets a property. A processor that has run is stopped and configured anew.
func (r *Runner) Set(name, value string) {
	r.t.Helper()
	r.Stop()
	p := flow.Clone(r.processor())
	p.SetProperty(name, value)
	r.change(flow.Update(p))
	if r.e != nil {
		r.e.Apply(r.flow)
	}
}

func (r *Runner) processor() *flow.Processor {
	p, _ := flow.Lookup[*flow.Processor](r.flow, processorID)
	return p
}

// engine opens the engine when it is needed first.
func (r *Runner) engine() *engine.Engine {
	r.t.Helper()
	if r.e != nil {
		return r.e
	}
	types, err := extension.New(r.types...)
	if err != nil {
		r.t.Fatalf("sdktest: %v", err)
	}
	r.e, err = engine.Open(engine.Options{
		FS: vfs.NewMem(), Dir: "data", Types: types, Clock: r.clock, Durability: flowfile.Memory, Location: time.UTC,
	})
	if err != nil {
		r.t.Fatalf("sdktest: %v", err)
	}
	if !r.noInput {
		r.connectInput()
	}
	r.e.Apply(r.flow)
	r.e.Settle()
	return r.e
}

func (r *Runner) connectInput() {
	source := flow.NewFunnel(sourceID, rootID)
	r.change(flow.Create(source), flow.Create(flow.NewConnection(inputID, rootID, flow.EndOf(source), flow.EndOf(r.processor()))))
}

// Problems returns what keeps the processor from running with its properties; missing connections do not count.
func (r *Runner) Problems() []error {
	r.t.Helper()
	e := r.engine()
	r.connectOutputs(e)
	return e.Validate(processorID)
}

// connectOutputs gives each relationship of the present configuration a queue of its own.
func (r *Runner) connectOutputs(e *engine.Engine) {
	r.t.Helper()
	rels, problems := e.Prepare(context.Background(), processorID)
	if len(problems) == 0 {
		_ = e.Retire(context.Background(), processorID) // it was started only to be asked
	}
	if r.flow.Get(sinkID) == nil {
		r.change(flow.Create(flow.NewProcessor(sinkID, rootID, "sink")))
	}
	sink, _ := flow.Lookup[*flow.Processor](r.flow, sinkID)
	for _, rel := range rels {
		id := "out:" + rel.Name
		if r.flow.Get(id) == nil {
			conn := flow.NewConnection(id, rootID, flow.EndOf(r.processor()), flow.EndOf(sink), rel.Name)
			conn.BackPressureObjects, conn.BackPressureSize = 0, "0 B"
			r.change(flow.Create(conn))
			r.rels = append(r.rels, rel.Name)
		}
	}
	e.Apply(r.flow)
}

// Start validates, connects and starts the processor, as Trigger does by itself. It fails the test if that is not
// possible.
func (r *Runner) Start() {
	r.t.Helper()
	if r.prepared {
		return
	}
	e := r.engine()
	r.connectOutputs(e)
	if _, problems := e.Prepare(context.Background(), processorID); len(problems) > 0 {
		for _, p := range problems {
			r.t.Errorf("%s: %v", r.typ, p)
		}
		r.t.FailNow()
	}
	r.prepared = true
}

// Stop stops the processor; what it holds goes back to its input.
func (r *Runner) Stop() {
	r.t.Helper()
	if !r.prepared {
		return
	}
	r.prepared = false
	if err := r.e.Retire(context.Background(), processorID); err != nil {
		r.t.Errorf("%s: stop: %v", r.typ, err)
	}
}

// Enqueue puts FlowFiles into the processor's input.
func (r *Runner) Enqueue(in ...Input) {
	r.t.Helper()
	e := r.engine()
	for _, i := range in {
		if err := e.Enqueue(inputID, strings.NewReader(i.Content), i.Attrs); err != nil {
			r.t.Fatalf("sdktest: enqueue: %v", err)
		}
	}
}

// Trigger runs the processor once, and what waits for its commit. An error means that the session was rolled back.
func (r *Runner) Trigger() error {
	r.t.Helper()
	r.Start()
	if err := r.e.Trigger(r.t.Context(), processorID); err != nil {
		return err
	}
	return r.e.Flush(r.t.Context())
}

// RunUntilEmpty triggers the processor until its input is used up or is not taken any more.
func (r *Runner) RunUntilEmpty() {
	r.t.Helper()
	for r.Queued() > 0 {
		before := r.Queued()
		if err := r.Trigger(); err != nil {
			r.t.Fatalf("%s: trigger: %v", r.typ, err)
		}
		if r.Queued() == before {
			return
		}
	}
}

// Queued returns how many FlowFiles are in the input, those included that the processor holds.
func (r *Runner) Queued() int {
	q := r.engine().Queue(inputID)
	if q == nil {
		return 0
	}
	n, _ := q.Size()
	return int(n)
}

// Out returns what has come out since the last call.
func (r *Runner) Out() Result {
	r.t.Helper()
	out := Result{}
	for _, rel := range r.rels {
		err := r.e.Dequeue("out:"+rel, 1<<30, func(ff sdk.FlowFile, rd io.Reader) error {
			b, err := io.ReadAll(rd)
			out[rel] = append(out[rel], Output{Content: string(b), Attrs: ff.AttrMap(), Size: ff.Size()})
			return err
		})
		if err != nil {
			r.t.Fatalf("sdktest: read what came out by %s: %v", rel, err)
		}
	}
	return out
}

// Advance moves the runner's clock on.
func (r *Runner) Advance(d time.Duration) { r.clock.Advance(d) }

// Now returns the time of the runner's clock.
func (r *Runner) Now() time.Time { return r.clock.Now() }

// Bulletins returns the texts of the bulletins, oldest first.
func (r *Runner) Bulletins() []string {
	var out []string
	for _, b := range r.engine().Bulletins.Of(processorID) {
		out = append([]string{b.Message}, out...)
	}
	return out
}

// State returns the processor's state.
func (r *Runner) State(scope sdk.StateScope) map[string]string {
	r.t.Helper()
	m, err := r.engine().StateOf(processorID, scope)
	if err != nil {
		r.t.Fatalf("sdktest: %v", err)
	}
	return m
}

// Counters returns the processor's counters by name.
func (r *Runner) Counters() map[string]int64 {
	out := map[string]int64{}
	for _, c := range r.engine().Counters() {
		out[c.Name] = c.Value
	}
	return out
}

// Event is one provenance event of the processor.
type Event struct {
	Type, TransitURI, Details, Relationship string
	Attrs                                   map[string]string
}

// Events returns the processor's provenance events, oldest first.
func (r *Runner) Events() []Event {
	r.t.Helper()
	ctx := r.t.Context()
	if err := r.engine().FlushEvents(ctx); err != nil {
		r.t.Fatalf("sdktest: %v", err)
	}
	list, err := r.e.Provenance.Latest(ctx, processorID, 1000)
	if err != nil {
		r.t.Fatalf("sdktest: %v", err)
	}
	var out []Event
	for _, l := range slices.Backward(list) {
		out = append(out, makeEvent(l))
	}
	return out
}

func makeEvent(r *provenance.Record) Event {
	return Event{
		Type: r.Type.String(), TransitURI: r.TransitURI, Details: r.Details, Relationship: r.Relationship.String(),
		Attrs: maps.Clone(r.Attributes()),
	}
}

func (r *Runner) close() {
	r.Stop()
	if r.e == nil {
		return
	}
	if err := r.e.Close(context.Background()); err != nil {
		r.t.Errorf("sdktest: close: %v", err)
	}
}

// String describes a result in one line for failure texts.
func (r Result) String() string {
	var parts []string
	for rel, out := range r {
		parts = append(parts, fmt.Sprintf("%s: %d", rel, len(out)))
	}
	return strings.Join(parts, ", ")
}

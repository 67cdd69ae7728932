package engine_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/braidflow/braid/internal/engine"
	"github.com/braidflow/braid/internal/extension"
	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/internal/repo/flowfile"
	"github.com/braidflow/braid/internal/vfs"
	"github.com/braidflow/braid/sdk"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fn is a processor whose Trigger is a function of the test.
type fn struct {
	trigger func(ctx context.Context, s *sdk.Session, p *fn) error
	facts   func(*sdk.Spec)
	start   func(ctx context.Context, h *sdk.Host) error
	text    sdk.Text
	success sdk.Relationship
	failure sdk.Relationship
}

func (p *fn) Describe(s *sdk.Spec) {
	s.About("For tests.")
	s.Text(&p.text, "Text", "Any text.", sdk.PerFlowFile)
	s.Rel(&p.success, "success", "Out.")
	s.Rel(&p.failure, "failure", "Out.")
	if p.facts != nil {
		p.facts(s)
	}
}

func (p *fn) Trigger(ctx context.Context, s *sdk.Session) error { return p.trigger(ctx, s, p) }

func (p *fn) Start(ctx context.Context, h *sdk.Host) error {
	if p.start == nil {
		return nil
	}
	return p.start(ctx, h)
}

// world is an engine with a flow that a test draws.
type world struct {
	t     *testing.T
	e     *engine.Engine
	fs    *vfs.Mem
	types []sdk.Component
	flow  *flow.Flow
	o     engine.Options
}

func newWorld(t *testing.T, set ...func(*engine.Options)) *world {
	w := &world{t: t, fs: vfs.NewMem(), flow: flow.Empty()}
	w.o = engine.Options{Dir: "data", Durability: flowfile.Durable, SnapshotEvery: -1}
	for _, s := range set {
		s(&w.o)
	}
	w.change(flow.Create(flow.NewProcessGroup("root", "", "test")))
	return w
}

func (w *world) change(changes ...flow.Change) {
	w.t.Helper()
	next, _, err := w.flow.Apply(flow.ChangeSet{Changes: changes})
	if err != nil {
		w.t.Fatal(err)
	}
	w.flow = next
	if w.e != nil {
		w.e.Apply(w.flow)
	}
}

// add draws a processor.
func (w *world) add(id string, p fn, set ...func(*flow.Processor)) *flow.Processor {
	w.t.Helper()
	w.types = append(w.types, sdk.Component{Type: "test." + id, New: func() sdk.Processor { c := p; return &c }})
	d := flow.NewProcessor(id, "root", "test."+id)
	d.State = flow.Running
	d.AutoTerminated = []string{"failure"}
	for _, s := range set {
		s(d)
	}
	w.change(flow.Create(d))
	return d
}

func (w *world) connect(id string, from, to flow.Component, set ...func(*flow.Connection)) {
	w.t.Helper()
	c := flow.NewConnection(id, "root", flow.EndOf(from), flow.EndOf(to))
	if from.Kind() == flow.KindProcessor {
		c.Relationships = []string{"success"}
	}
	for _, s := range set {
		s(c)
	}
	w.change(flow.Create(c))
}

// run opens the engine over the disk and runs the flow.
func (w *world) run() *world {
	w.t.Helper()
	var err error
	if w.e, err = engine.Open(w.withTypes()); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { w.close() })
	w.e.Apply(w.flow)
	w.e.Settle()
	return w
}

// withTypes returns the options with the disk and the types of the flow.
func (w *world) withTypes() engine.Options {
	w.t.Helper()
	types, err := extension.New(w.types...)
	if err != nil {
		w.t.Fatal(err)
	}
	w.o.FS, w.o.Types = w.fs, types
	return w.o
}

func (w *world) close() {
	w.t.Helper()
	if w.e == nil {
		return
	}
	e := w.e
	w.e = nil
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := e.Close(ctx); err != nil {
		w.t.Errorf("close: %v", err)
	}
}

// state changes what a component should do.
func (w *world) state(id string, s flow.State) {
	w.t.Helper()
	w.change(flow.Run(w.flow.Get(id).Kind(), id, s))
	w.e.Settle()
}

func (w *world) queued(connection string) int {
	n, _ := w.e.Queue(connection).Size()
	return int(n)
}

// until waits for something that happens in the background.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.NewTimer(10 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

// source makes n FlowFiles, one a Trigger, with their number as content and as attribute n.
func source(n int) fn {
	var mu sync.Mutex
	made := 0
	return fn{trigger: func(_ context.Context, s *sdk.Session, p *fn) error {
		mu.Lock()
		defer mu.Unlock()
		if made == n {
			return nil
		}
		ff, err := s.Write(s.Create(), func(w io.Writer) error {
			_, err := fmt.Fprint(w, made)
			return err
		})
		if err != nil {
			return err
		}
		s.Transfer(s.PutAttr(ff, "n", strconv.Itoa(made)), p.success)
		made++
		return nil
	}}
}

// ledger is a sink that remembers what it got.
type ledger struct {
	mu  sync.Mutex
	got []string
}

func (l *ledger) add(s string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.got = append(l.got, s)
}

func (l *ledger) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string(nil), l.got...)
}

func (l *ledger) len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.got)
}

// sink removes what it takes and writes its content into the ledger once that is durable.
func (l *ledger) sink() fn {
	return fn{trigger: func(_ context.Context, s *sdk.Session, p *fn) error {
		for _, ff := range s.GetBatch(10) {
			b, err := s.ReadAll(ff, 1<<20)
			if err != nil {
				return err
			}
			s.AfterCommit(func() { l.add(string(b)) })
			s.Remove(ff)
		}
		return nil
	}, facts: func(s *sdk.Spec) { s.InputRequired() }}
}

func noSuccess(p *flow.Processor) { p.AutoTerminated = []string{"success", "failure"} }
func stopped(p *flow.Processor)   { p.State = flow.Stopped }

var errTest = errors.New("as the test wants it")

func bulletins(e *engine.Engine) string {
	var b strings.Builder
	for _, x := range e.Bulletins.Select(func(sdk.Bulletin) bool { return true }) {
		b.WriteString(x.Message + "\n")
	}
	return b.String()
}

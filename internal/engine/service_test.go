package engine_test

import (
	"context"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/braidflow/braid/internal/engine"
	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/internal/params"
	"github.com/braidflow/braid/sdk"
)

// greeter is a service of these tests.
type greeter interface{ Greet() string }

const greeterAPI = "test.Greeter"

type polite struct {
	word    string
	started *atomic.Int32
}

func (p *polite) Describe(s *sdk.Spec) {
	s.About("Greets.")
	s.String(&p.word, "Word", "What to say.", sdk.Required, sdk.Secret)
	s.Offers(greeterAPI)
}

func (p *polite) Start(context.Context, *sdk.Host) error { p.started.Add(1); return nil }
func (p *polite) Stop(context.Context) error             { p.started.Add(-1); return nil }
func (p *polite) Greet() string                          { return p.word }

// addService draws a disabled service.
func (w *world) addService(id string, started *atomic.Int32, set func(*flow.ControllerService)) {
	w.t.Helper()
	w.types = append(w.types, sdk.Component{Type: "test." + id, NewService: func() sdk.ControllerService { return &polite{started: started} }})
	d := flow.NewControllerService(id, "root", "test."+id)
	set(d)
	w.change(flow.Create(d))
}

// greets makes FlowFiles with what its service says.
type greets struct {
	service greeter
	success sdk.Relationship
}

func (p *greets) Describe(s *sdk.Spec) {
	s.About("For tests.")
	sdk.Service(s, &p.service, greeterAPI, "Greeter", "Who greets.", sdk.Required)
	s.Rel(&p.success, "success", "Out.")
}

func (p *greets) Trigger(_ context.Context, s *sdk.Session) error {
	ff, err := s.Write(s.Create(), func(w io.Writer) error { _, err := io.WriteString(w, p.service.Greet()); return err })
	if err != nil {
		return err
	}
	s.Transfer(ff, p.success)
	return nil
}

// greeterWorld is a processor that uses a service whose word is the parameter word.
func greeterWorld(t *testing.T, l *ledger, started *atomic.Int32) *world {
	cipher, err := params.NewCipher("a key for these tests")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, func(o *engine.Options) { o.Cipher = cipher })
	secret, err := cipher.Encrypt("hello")
	if err != nil {
		t.Fatal(err)
	}
	ctx := flow.NewParameterContext("ctx", "words")
	ctx.Parameters = map[string]flow.Parameter{"word": {Sensitive: true, Value: &secret}}
	root := flow.Clone(w.flow.Root())
	root.ParameterContextID = "ctx"
	w.change(flow.Create(ctx), flow.Update(root))
	w.addService("svc", started, func(s *flow.ControllerService) { s.SetProperty("Word", "#{word}") })
	w.types = append(w.types, sdk.Component{Type: "test.greets", New: func() sdk.Processor { return new(greets) }})
	p := flow.NewProcessor("p", "root", "test.greets")
	p.State, p.SchedulingPeriod = flow.Running, "5 ms"
	p.SetProperty("Greeter", "svc")
	w.change(flow.Create(p))
	sink := w.add("sink", l.sink(), noSuccess)
	w.connect("c", p, sink)
	return w
}

func TestEngine_AProcessorWaitsForItsService(t *testing.T) {
	l, started := &ledger{}, &atomic.Int32{}
	w := greeterWorld(t, l, started).run()
	if p := w.e.Validate("p"); len(p) != 1 || !strings.Contains(p[0].Error(), "disabled") {
		t.Errorf("problems = %v, want that the service is disabled", p)
	}
	if phase, _ := w.e.PhaseOf("p"); phase != engine.PhaseStarting {
		t.Errorf("phase = %s, want STARTING until the service is enabled", phase)
	}
	w.state("svc", flow.Enabled)
	until(t, "the greeting arrived", func() bool { return slices.Contains(l.all(), "hello") })
	if n := started.Load(); n != 1 {
		t.Errorf("the service was started %d times", n)
	}
	w.state("p", flow.Stopped)
	w.state("svc", flow.Disabled)
	until(t, "the service has stopped", func() bool { return started.Load() == 0 })
	if got := w.e.ServicePhaseOf("svc"); got != engine.ServiceDisabled {
		t.Errorf("phase of the service = %s", got)
	}
}

func TestEngine_AChangedParameterReachesServicesAndTheirUsers(t *testing.T) {
	l, started := &ledger{}, &atomic.Int32{}
	w := greeterWorld(t, l, started).run()
	w.state("svc", flow.Enabled)
	until(t, "the greeting arrived", func() bool { return slices.Contains(l.all(), "hello") })
	secret, err := w.o.Cipher.Encrypt("goodbye")
	if err != nil {
		t.Fatal(err)
	}
	ctx, _ := flow.Lookup[*flow.ParameterContext](w.flow, "ctx")
	ctx = flow.Clone(ctx)
	ctx.Parameters["word"] = flow.Parameter{Sensitive: true, Value: &secret}
	w.change(flow.Update(ctx))
	until(t, "the new greeting arrived", func() bool { return slices.Contains(l.all(), "goodbye") })
}

func TestEngine_AServiceWithoutItsParameterSaysWhy(t *testing.T) {
	w := newWorld(t)
	w.addService("svc", &atomic.Int32{}, func(s *flow.ControllerService) {
		s.State = flow.Enabled
		s.SetProperty("Word", "#{nosuch}")
	})
	w.run()
	if got := w.e.ServicePhaseOf("svc"); got != engine.ServiceEnabling {
		t.Errorf("phase = %s, want ENABLING", got)
	}
	why := strings.Join(w.e.NotRunning(), "\n")
	if !strings.Contains(why, "nosuch") {
		t.Errorf("reasons = %q, want one that names the parameter", why)
	}
}

// counting is a reporting task.
type counting struct{ reports *atomic.Int32 }

func (c *counting) Describe(s *sdk.Spec) { s.About("Counts its reports.") }

func (c *counting) Report(_ context.Context, r *sdk.Reporting) error {
	if len(r.Status().Children) > 0 {
		c.reports.Add(1)
	}
	return nil
}

func TestEngine_ReportingTasksReportOnTheirSchedule(t *testing.T) {
	w := newWorld(t)
	var reports atomic.Int32
	w.types = append(w.types, sdk.Component{Type: "test.counting", NewReportingTask: func() sdk.ReportingTask { return &counting{&reports} }})
	w.add("p", (&ledger{}).sink(), noSuccess, stopped)
	task := flow.NewReportingTask("task", "test.counting")
	task.State, task.SchedulingPeriod = flow.Running, "5 ms"
	w.change(flow.Create(task))
	w.run()
	until(t, "it has reported three times", func() bool { return reports.Load() >= 3 })
	w.state("task", flow.Stopped)
	n := reports.Load()
	w.e.Settle()
	if got := reports.Load(); got > n+1 {
		t.Errorf("it goes on after it was stopped: %d reports, then %d", n, got)
	}
}

func TestEngine_ConcurrentTasksRunSideBySide(t *testing.T) {
	w := newWorld(t)
	var now, most atomic.Int32
	release := make(chan struct{})
	src := w.add("source", source(10))
	p := w.add("p", fn{trigger: func(ctx context.Context, s *sdk.Session, p *fn) error {
		ff, ok := s.Get()
		if !ok {
			return nil
		}
		if n := now.Add(1); n > most.Load() {
			most.Store(n)
		}
		<-release
		now.Add(-1)
		s.Remove(ff)
		return nil
	}}, noSuccess, func(p *flow.Processor) { p.ConcurrentTasks = 3 })
	w.connect("c", src, p)
	w.run()
	until(t, "three tasks run", func() bool { return now.Load() == 3 })
	close(release)
	until(t, "the queue is empty", func() bool { return w.queued("c") == 0 })
	if n := most.Load(); n != 3 {
		t.Errorf("most tasks at once = %d, want 3", n)
	}
}

func TestEngine_CloseDoesNotWaitForeverForAStuckTask(t *testing.T) {
	w := newWorld(t)
	src := w.add("source", source(1))
	entered, release := make(chan struct{}), make(chan struct{})
	p := w.add("p", fn{trigger: func(_ context.Context, s *sdk.Session, p *fn) error {
		if ff, ok := s.Get(); ok {
			close(entered)
			<-release // takes no notice of its context
			s.Remove(ff)
		}
		return nil
	}}, noSuccess)
	w.connect("c", src, p)
	w.run()
	<-entered
	e := w.e
	w.e = nil
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // no grace at all
	if err := e.Close(ctx); err != nil {
		t.Errorf("close: %v", err)
	}
	close(release)
	w.change(flow.Run(flow.KindProcessor, "source", flow.Stopped), flow.Run(flow.KindProcessor, "p", flow.Stopped))
	w.run()
	if n := w.queued("c"); n != 1 {
		t.Errorf("queued after the restart = %d, want the FlowFile that the stuck task held", n)
	}
}

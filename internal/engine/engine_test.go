package engine_test

import (
	"context"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/braidflow/braid/internal/engine"
	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/internal/repo/provenance"
	"github.com/braidflow/braid/sdk"
)

func TestEngine_MovesEveryFlowFileOnce(t *testing.T) {
	w, l := newWorld(t), &ledger{}
	src, sink := w.add("source", source(500)), w.add("sink", l.sink(), noSuccess)
	w.connect("c", src, sink)
	w.run()
	until(t, "all FlowFiles arrived", func() bool { return l.len() >= 500 })
	for i, s := range l.all() {
		if s != strconv.Itoa(i) {
			t.Fatalf("FlowFile %d has content %s: the queue is not first in, first out", i, s)
		}
	}
	until(t, "the queue is empty", func() bool { return w.queued("c") == 0 })
}

func TestEngine_AFunnelAndTwoConnectionsOfOneRelationship(t *testing.T) {
	w, a, b := newWorld(t), &ledger{}, &ledger{}
	src := w.add("source", source(20))
	f := flow.NewFunnel("funnel", "root")
	w.change(flow.Create(f))
	one, two := w.add("one", a.sink(), noSuccess), w.add("two", b.sink(), noSuccess)
	w.connect("c1", src, f)
	w.connect("c2", f, one)
	w.connect("c3", src, two)
	w.run()
	until(t, "both got all", func() bool { return a.len() == 20 && b.len() == 20 })
}

func TestEngine_BackPressureStopsTheSource(t *testing.T) {
	w, l := newWorld(t), &ledger{}
	src, sink := w.add("source", source(1000)), w.add("sink", l.sink(), noSuccess, stopped)
	w.connect("c", src, sink, func(c *flow.Connection) { c.BackPressureObjects = 10 })
	w.run()
	until(t, "the queue is full", func() bool { return w.queued("c") == 10 })
	until(t, "the source has come to rest", func() bool { return w.e.QuietFor(20 * time.Millisecond) })
	if n := w.queued("c"); n != 10 {
		t.Errorf("queued = %d, want 10: the source goes on against back pressure", n)
	}
	w.state("sink", flow.Running)
	until(t, "all FlowFiles arrived", func() bool { return l.len() == 1000 })
}

func TestEngine_ARestartGoesOnWhereItStopped(t *testing.T) {
	w, l := newWorld(t), &ledger{}
	src, sink := w.add("source", source(300)), w.add("sink", l.sink(), noSuccess, stopped)
	w.connect("c", src, sink)
	w.run()
	until(t, "all are queued", func() bool { return w.queued("c") == 300 })
	w.close()
	w.change(flow.Run(flow.KindProcessor, "source", flow.Stopped), flow.Run(flow.KindProcessor, "sink", flow.Running))
	w.run()
	until(t, "all FlowFiles arrived", func() bool { return l.len() == 300 })
	if got := l.all(); !slices.Contains(got, "0") || !slices.Contains(got, "299") {
		t.Errorf("contents = %v", got)
	}
}

func TestEngine_ARolledBackFlowFileIsPenalizedAndComesAgain(t *testing.T) {
	w := newWorld(t)
	src := w.add("source", source(1))
	var tries atomic.Int32
	p := w.add("p", fn{trigger: func(_ context.Context, s *sdk.Session, p *fn) error {
		ff, ok := s.Get()
		if !ok {
			return nil
		}
		if tries.Add(1) < 3 {
			return errTest
		}
		s.Remove(ff)
		return nil
	}}, noSuccess, func(p *flow.Processor) { p.PenaltyDuration, p.YieldDuration = "20 ms", "1 ms" })
	w.connect("c", src, p)
	w.run()
	until(t, "the FlowFile was removed", func() bool { return tries.Load() == 3 && w.queued("c") == 0 })
	if b := bulletins(w.e); !strings.Contains(b, errTest.Error()) {
		t.Errorf("bulletins = %q, want one with the error", b)
	}
}

func TestEngine_RetriesARelationshipThenRoutes(t *testing.T) {
	w, l := newWorld(t), &ledger{}
	src := w.add("source", source(1))
	var tries atomic.Int32
	p := w.add("p", fn{trigger: func(_ context.Context, s *sdk.Session, p *fn) error {
		if ff, ok := s.Get(); ok {
			tries.Add(1)
			s.Transfer(s.PutAttr(ff, "touched", "yes"), p.success)
		}
		return nil
	}}, func(p *flow.Processor) {
		p.Retried, p.RetryCount, p.PenaltyDuration, p.MaxBackoff = []string{"success"}, 3, "1 ms", "2 ms"
	})
	sink := w.add("sink", l.sink(), noSuccess)
	w.connect("c", src, p)
	w.connect("d", p, sink)
	w.run()
	until(t, "the FlowFile was routed", func() bool { return l.len() == 1 })
	if n := tries.Load(); n != 4 {
		t.Errorf("tries = %d, want the first and three more", n)
	}
}

func TestEngine_RunOnceTriggersOneTask(t *testing.T) {
	w := newWorld(t)
	src, p := w.add("source", source(10)), w.add("p", (&ledger{}).sink(), noSuccess, stopped)
	w.connect("c", src, p)
	once := w.add("once", fn{trigger: func(_ context.Context, s *sdk.Session, p *fn) error {
		s.Transfer(s.Create(), p.success)
		return nil
	}}, stopped)
	w.connect("d", once, p)
	w.run()
	ran := make(chan string, 1)
	w.e.OnRanOnce(func(id string) { ran <- id })
	w.state("once", flow.RunOnce)
	if id := <-ran; id != "once" {
		t.Errorf("ran once: %s", id)
	}
	until(t, "it has stopped", func() bool { phase, _ := w.e.PhaseOf("once"); return phase == engine.PhaseStopped })
	if n := w.queued("d"); n != 1 {
		t.Errorf("FlowFiles = %d, want 1", n)
	}
}

func TestEngine_ATerminatedTaskIsFencedOff(t *testing.T) {
	w, l := newWorld(t), &ledger{}
	entered, release, late := make(chan struct{}), make(chan struct{}), make(chan struct{})
	var first atomic.Bool
	src := w.add("source", source(1))
	p := w.add("p", fn{trigger: func(ctx context.Context, s *sdk.Session, p *fn) error {
		ff, ok := s.Get()
		if !ok {
			return nil
		}
		if first.CompareAndSwap(false, true) {
			close(entered)
			<-ctx.Done()
			<-release // goes on although it was terminated
			s.Transfer(s.PutAttr(ff, "late", "yes"), p.success)
			close(late)
			return nil
		}
		s.Transfer(ff, p.success)
		return nil
	}})
	sink := w.add("sink", l.sink(), noSuccess)
	w.connect("c", src, p)
	w.connect("d", p, sink)
	w.run()
	<-entered
	if err := w.e.Terminate("p"); err == nil {
		t.Error("a running processor was terminated")
	}
	w.change(flow.Run(flow.KindProcessor, "p", flow.Stopped))
	until(t, "it is stopping", func() bool { phase, _ := w.e.PhaseOf("p"); return phase == engine.PhaseStopping })
	if err := w.e.Terminate("p"); err != nil {
		t.Fatal(err)
	}
	w.e.Settle()
	if phase, stuck := w.e.PhaseOf("p"); phase != engine.PhaseStopped || stuck != 1 {
		t.Errorf("phase %s with %d terminated tasks, want STOPPED with 1", phase, stuck)
	}
	w.state("p", flow.Running)
	until(t, "the FlowFile was processed by the new task", func() bool { return l.len() == 1 })
	close(release)
	<-late
	until(t, "the old task has returned", func() bool { _, stuck := w.e.PhaseOf("p"); return stuck == 0 })
	if n := l.len(); n != 1 {
		t.Errorf("the sink got %d FlowFiles: the late commit was not refused", n)
	}
}

func TestEngine_Prioritizers(t *testing.T) {
	w, l := newWorld(t), &ledger{}
	src := w.add("source", fn{trigger: func(_ context.Context, s *sdk.Session, p *fn) error {
		for _, prio := range []string{"", "b", "9", "10", "a", "1"} {
			ff, err := s.Write(s.Create(), func(w io.Writer) error { _, err := io.WriteString(w, prio); return err })
			if err != nil {
				return err
			}
			if prio != "" {
				ff = s.PutAttr(ff, "priority", prio)
			}
			s.Transfer(ff, p.success)
		}
		return nil
	}}, func(p *flow.Processor) { p.SchedulingPeriod = "1 hour" })
	sink := w.add("sink", l.sink(), noSuccess, stopped)
	w.connect("c", src, sink, func(c *flow.Connection) {
		c.Prioritizers = []string{"org.apache.nifi.prioritizer.PriorityAttributePrioritizer"}
	})
	w.run()
	until(t, "all are queued", func() bool { return w.queued("c") == 6 })
	w.state("sink", flow.Running)
	until(t, "all have arrived", func() bool { return l.len() == 6 })
	if got, want := strings.Join(l.all(), ","), "1,9,10,a,b,"; got != want {
		t.Errorf("order = %s, want %s", got, want)
	}
}

func TestEngine_ExpiredFlowFilesAreDropped(t *testing.T) {
	w, l := newWorld(t), &ledger{}
	src, sink := w.add("source", source(3)), w.add("sink", l.sink(), noSuccess, stopped)
	w.connect("c", src, sink, func(c *flow.Connection) { c.Expiration = "1 ms" })
	w.run()
	until(t, "all are queued", func() bool { return w.queued("c") == 3 })
	start := time.Now()
	until(t, "they are old", func() bool { return time.Since(start) > 5*time.Millisecond })
	w.state("sink", flow.Running)
	until(t, "the queue is empty", func() bool { return w.queued("c") == 0 })
	if n := l.len(); n != 0 {
		t.Errorf("the sink got %d expired FlowFiles", n)
	}
	if n := len(events(t, w.e, provenance.Expire)); n != 3 {
		t.Errorf("EXPIRE events = %d, want 3", n)
	}
}

// events returns the stored events of one type.
func events(t *testing.T, e *engine.Engine, typ provenance.Type) []*provenance.Record {
	t.Helper()
	if err := e.FlushEvents(t.Context()); err != nil {
		t.Fatal(err)
	}
	r, err := e.Provenance.Search(t.Context(), provenance.Query{Terms: []provenance.Term{{Field: provenance.FieldEventType, Value: typ.String()}}, Max: 1000})
	if err != nil {
		t.Fatal(err)
	}
	return r.Events
}

func TestEngine_ReplayPutsAFlowFileBackAsItWas(t *testing.T) {
	w, l := newWorld(t, func(o *engine.Options) { o.Archive.Keep = time.Hour }), &ledger{}
	src, sink := w.add("source", source(1)), w.add("sink", l.sink(), noSuccess)
	w.connect("c", src, sink)
	w.run()
	until(t, "the FlowFile arrived", func() bool { return l.len() == 1 })
	drops := events(t, w.e, provenance.Drop)
	if len(drops) != 1 || drops[0].Previous["n"] != "0" {
		t.Fatalf("DROP events = %+v", drops)
	}
	if _, err := w.e.Replay(drops[0], "me"); err != nil {
		t.Fatal(err)
	}
	until(t, "the FlowFile arrived again", func() bool { return l.len() == 2 })
	if got := l.all(); got[1] != "0" {
		t.Errorf("replayed content = %q", got[1])
	}
	if n := len(events(t, w.e, provenance.Replay)); n != 1 {
		t.Errorf("REPLAY events = %d, want 1", n)
	}
}

func TestEngine_SwapsAndTakesBackInOrder(t *testing.T) {
	const n = 60_000
	w, l := newWorld(t, func(o *engine.Options) { o.Swap = 10_000 }), &ledger{}
	var made atomic.Int64
	src := w.add("source", fn{trigger: func(_ context.Context, s *sdk.Session, p *fn) error {
		for range 1000 {
			if made.Load() < n {
				s.Transfer(s.PutAttr(s.Create(), "n", strconv.FormatInt(made.Add(1)-1, 10)), p.success)
			}
		}
		return nil
	}})
	sink := w.add("sink", fn{trigger: func(_ context.Context, s *sdk.Session, p *fn) error {
		for _, ff := range s.GetBatch(1000) {
			l.add(ff.Attr("n"))
			s.Remove(ff)
		}
		return nil
	}}, noSuccess, stopped)
	w.connect("c", src, sink, func(c *flow.Connection) { c.BackPressureObjects = 0 })
	w.run()
	until(t, "all are queued", func() bool { return w.queued("c") == n })
	w.close()
	w.change(flow.Run(flow.KindProcessor, "source", flow.Stopped), flow.Run(flow.KindProcessor, "sink", flow.Running))
	w.run()
	until(t, "all have come back", func() bool { return l.len() == n })
	for i, s := range l.all() {
		if s != strconv.Itoa(i) {
			t.Fatalf("FlowFile %d is %s: swapping changed the order", i, s)
		}
	}
}

func TestEngine_CronAndTimerSchedules(t *testing.T) {
	w := newWorld(t)
	var timer, cron atomic.Int32
	count := func(n *atomic.Int32) fn {
		return fn{trigger: func(context.Context, *sdk.Session, *fn) error { n.Add(1); return nil }}
	}
	w.add("timer", count(&timer), noSuccess, func(p *flow.Processor) { p.SchedulingPeriod = "50 ms" })
	w.add("cron", count(&cron), noSuccess, func(p *flow.Processor) {
		p.SchedulingStrategy, p.SchedulingPeriod = flow.CronDriven, "* * * * * ?"
	})
	w.run()
	until(t, "the timer ran five times", func() bool { return timer.Load() >= 5 })
	until(t, "the cron schedule ran twice", func() bool { return cron.Load() >= 2 })
	if n := cron.Load(); n > 4 {
		t.Errorf("the cron schedule ran %d times: it is not kept", n)
	}
}

func TestEngine_BranchesOutliveATriggerAndGoBackOnStop(t *testing.T) {
	w := newWorld(t)
	src := w.add("source", source(5))
	var bin atomic.Pointer[sdk.Session]
	p := w.add("p", fn{trigger: func(_ context.Context, s *sdk.Session, p *fn) error {
		for _, ff := range s.GetBatch(10) {
			if bin.Load() == nil {
				bin.Store(s.Branch())
			}
			s.Migrate(bin.Load(), ff)
		}
		return nil
	}}, noSuccess)
	w.connect("c", src, p)
	w.run()
	waiting := func() int { list, _ := w.e.ListQueue("c", 100); return len(list) }
	until(t, "all are held", func() bool { return w.queued("c") == 5 && waiting() == 0 })
	w.state("p", flow.Stopped)
	if n := waiting(); n != 5 {
		t.Errorf("waiting = %d after the stop, want all 5 back", n)
	}
}

func TestEngine_DropQueue(t *testing.T) {
	w := newWorld(t)
	src, p := w.add("source", source(50)), w.add("p", (&ledger{}).sink(), noSuccess, stopped)
	w.connect("c", src, p)
	w.run()
	until(t, "all are queued", func() bool { return w.queued("c") == 50 })
	n, err := w.e.DropQueue(t.Context(), "c", "asked for by a test")
	if err != nil || n.Count != 50 {
		t.Errorf("dropped %d, %v; want 50", n.Count, err)
	}
	if got := w.queued("c"); got != 0 {
		t.Errorf("queued = %d", got)
	}
	if ev := events(t, w.e, provenance.Drop); len(ev) != 50 || ev[0].Details != "asked for by a test" {
		t.Errorf("DROP events = %d", len(ev))
	}
}

func TestEngine_AProcessorThatDoesNotStartIsTriedAgain(t *testing.T) {
	w := newWorld(t)
	w.add("p", fn{
		trigger: func(context.Context, *sdk.Session, *fn) error { return nil },
		start:   func(context.Context, *sdk.Host) error { return errTest },
	}, noSuccess)
	w.run()
	if phase, _ := w.e.PhaseOf("p"); phase != engine.PhaseStarting {
		t.Errorf("phase = %s, want STARTING", phase)
	}
	if b := bulletins(w.e); !strings.Contains(b, errTest.Error()) {
		t.Errorf("bulletins = %q", b)
	}
	w.state("p", flow.Stopped)
	if phase, _ := w.e.PhaseOf("p"); phase != engine.PhaseStopped {
		t.Errorf("phase = %s, want STOPPED", phase)
	}
}

func TestEngine_AGhostIsKeptAndSaysWhy(t *testing.T) {
	w := newWorld(t)
	ghost := flow.NewProcessor("ghost", "root", "com.example.Unknown")
	ghost.State = flow.Running
	w.change(flow.Create(ghost))
	w.run()
	if p := w.e.Validate("ghost"); len(p) == 0 || !strings.Contains(p[0].Error(), "com.example.Unknown") {
		t.Errorf("problems = %v", p)
	}
	if w.e.Flow().Get("ghost") == nil {
		t.Error("the ghost is gone")
	}
}

func TestEngine_AConfigurationChangeRestartsARunningProcessor(t *testing.T) {
	w, l := newWorld(t), &ledger{}
	p := w.add("p", fn{trigger: func(_ context.Context, s *sdk.Session, p *fn) error {
		ff := s.Create()
		text, err := p.text.For(ff)
		if err != nil {
			return err
		}
		ff, err = s.Write(ff, func(w io.Writer) error { _, err := io.WriteString(w, text); return err })
		if err != nil {
			return err
		}
		s.Transfer(ff, p.success)
		return nil
	}}, func(p *flow.Processor) { p.SetProperty("Text", "one"); p.SchedulingPeriod = "5 ms" })
	sink := w.add("sink", l.sink(), noSuccess)
	w.connect("c", p, sink)
	w.run()
	until(t, "the first text arrived", func() bool { return slices.Contains(l.all(), "one") })
	d := flow.Clone(p)
	d.SetProperty("Text", "two")
	w.change(flow.Update(d))
	until(t, "the second text arrived", func() bool { return slices.Contains(l.all(), "two") })
}

// Users park data in a funnel or a port that leads nowhere.
func TestEngine_WhatLeadsNowhereKeepsItsData(t *testing.T) {
	for _, kind := range []string{"funnel", "output port"} {
		t.Run(kind, func(t *testing.T) {
			w := newWorld(t)
			src := w.add("source", source(20))
			var end flow.Component = flow.NewFunnel("end", "root")
			if kind == "output port" {
				port := flow.NewOutputPort("end", "root", "end")
				port.State = flow.Running
				end = port
			}
			w.change(flow.Create(end))
			w.connect("c", src, end)
			w.run()
			until(t, "all are queued", func() bool { return w.queued("c") == 20 })
			if n := len(events(t, w.e, provenance.Drop)); n != 0 {
				t.Errorf("%d FlowFiles were dropped", n)
			}
			if list, err := w.e.ListQueue("c", 100); err != nil || len(list) != 20 {
				t.Errorf("listed %d, %v; want all 20", len(list), err)
			}
		})
	}
}

func TestEngine_ARelationshipThatLostItsConnectionDropsNothing(t *testing.T) {
	w, l := newWorld(t), &ledger{}
	src := w.add("source", source(1))
	p := w.add("p", fn{trigger: func(_ context.Context, s *sdk.Session, p *fn) error {
		if ff, ok := s.Get(); ok {
			s.Transfer(ff, p.success)
		}
		return nil
	}}, stopped)
	sink := w.add("sink", l.sink(), noSuccess)
	w.connect("c", src, p)
	w.connect("d", p, sink)
	w.run()
	until(t, "the FlowFile is queued", func() bool { return w.queued("c") == 1 })
	w.state("p", flow.Running)
	until(t, "it went through", func() bool { return l.len() == 1 })
	w.change(flow.Delete(flow.KindConnection, "d"))
	if err := w.e.Enqueue("c", strings.NewReader("x"), nil); err != nil {
		t.Fatal(err)
	}
	until(t, "the trouble is told", func() bool { return strings.Contains(bulletins(w.e), "neither connected nor auto-terminated") })
	if n := w.queued("c"); n != 1 {
		t.Errorf("queued = %d, want the FlowFile back", n)
	}
}

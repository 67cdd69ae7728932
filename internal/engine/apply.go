package engine

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/braidflow/braid/internal/cron"
	"github.com/braidflow/braid/internal/extension"
	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/internal/repo/provenance"
	"github.com/braidflow/braid/sdk"
)

// Apply brings what runs in line with a flow. It returns once queues and settings are as the flow says and components
// have been told what to do; starting and stopping goes on in the background (see Settle). A component whose
// configuration changed while it runs is stopped, changed and started again.
func (e *Engine) Apply(next *flow.Flow) {
	e.applyMu.Lock()
	defer e.applyMu.Unlock()
	prev := e.flow.Swap(next)
	if ctl := next.Controller(); ctl != nil {
		e.sched.setLimit(ctl.MaxTimerDrivenThreads)
	}
	var gone, changed []flow.Component
	for _, d := range flow.Diff(prev, next) {
		if d.After == nil {
			gone = append(gone, d.Before)
		} else {
			changed = append(changed, d.After)
		}
	}
	e.remove(gone)
	e.applyQueues(changed)
	stale := e.stale(prev, next, changed)
	e.applyServices(changed, stale)
	e.applyComponents(changed, gone, stale)
	e.applyReporters(changed)
}

// stale finds the components whose values may be others now although their own definition is the same: those that refer
// to parameters, when a parameter context or a group's choice of one changed, and those that use such a service.
func (e *Engine) stale(prev, next *flow.Flow, changed []flow.Component) map[string]bool {
	if !slices.ContainsFunc(changed, func(c flow.Component) bool { return paramsChanged(prev, c) }) {
		return nil
	}
	ids := map[string]bool{}
	for c := range next.All() {
		if s, ok := c.(*flow.ControllerService); ok && refersTo(&s.Extension, nil) {
			ids[s.ID] = true
		}
	}
	for c := range next.All() {
		if p, ok := c.(*flow.Processor); ok && refersTo(&p.Extension, ids) {
			ids[p.ID] = true
		}
	}
	return ids
}

func paramsChanged(prev *flow.Flow, c flow.Component) bool {
	switch d := c.(type) {
	case *flow.ParameterContext:
		return true
	case *flow.ProcessGroup:
		was, ok := flow.Lookup[*flow.ProcessGroup](prev, d.ID)
		return ok && was.ParameterContextID != d.ParameterContextID
	}
	return false
}

// refersTo tells whether a value refers to a parameter or is one of the ids.
func refersTo(ext *flow.Extension, ids map[string]bool) bool {
	for _, v := range ext.Properties {
		if v != nil && (strings.Contains(*v, "#{") || ids[*v]) {
			return true
		}
	}
	return false
}

func (e *Engine) remove(gone []flow.Component) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, g := range gone {
		id := g.Common().ID
		if c := e.components[id]; c != nil {
			delete(e.components, id)
			c.set(wantGone)
		}
		if s := e.services[id]; s != nil {
			delete(e.services, id)
			s.set(s.definition(), false)
		}
		if q := e.queues[id]; q != nil {
			delete(e.queues, id)
			if n, _ := q.Size(); n > 0 { // the flow has lost it; its data stays
				e.orphans[id] = q
			}
		}
		if r := e.reporters[id]; r != nil {
			delete(e.reporters, id)
			r.stop()
		}
	}
}

// applyQueues makes and sets the queues of connections.
func (e *Engine) applyQueues(changed []flow.Component) {
	for _, c := range changed {
		conn, ok := c.(*flow.Connection)
		if !ok {
			continue
		}
		q := e.queueFor(conn.ID)
		q.maxCount.Store(conn.BackPressureObjects)
		q.maxBytes.Store(conn.BackPressureBytes())
		q.expireAfter.Store(conn.ExpireAfter().Milliseconds())
		o, err := newOrder(conn.Prioritizers)
		if err != nil {
			e.log.Warn("queue is kept in the order of arrival", slog.String("connection", conn.ID), slog.Any("error", err))
		}
		q.setOrder(o, conn.Prioritizers)
	}
}

func (e *Engine) queueFor(id string) *Queue {
	e.mu.Lock()
	defer e.mu.Unlock()
	q := e.queues[id]
	if q == nil {
		if q = e.orphans[id]; q == nil {
			q = newQueue(id)
			q.swap.threshold = e.swapThreshold()
		}
		delete(e.orphans, id)
		e.queues[id] = q
	}
	return q
}

// applyComponents makes, rewires and sets processors, ports and funnels.
func (e *Engine) applyComponents(changed, gone []flow.Component, stale map[string]bool) {
	f := e.Flow()
	touched := map[string]bool{} // their connections changed
	for _, list := range [][]flow.Component{changed, gone} {
		for _, c := range list {
			if conn, ok := c.(*flow.Connection); ok {
				touched[conn.Source.ID], touched[conn.Destination.ID] = true, true
			}
		}
	}
	for _, c := range changed {
		switch c.(type) {
		case *flow.Processor, *flow.Port, *flow.Funnel:
			touched[c.Common().ID] = true
		}
	}
	for id := range stale {
		touched[id] = true
	}
	for id := range touched {
		switch def := f.Get(id).(type) {
		case *flow.Processor, *flow.Port, *flow.Funnel:
			e.applyComponent(def, stale[id])
		}
	}
	e.linkQueues(touched)
}

func (e *Engine) applyComponent(def flow.Component, stale bool) {
	c := e.componentFor(def)
	c.mu.Lock()
	c.restart = c.restart || (c.phase == PhaseRunning && (stale || needsRestart(c.def, def)))
	c.def = def
	inst := c.instance.Load()
	c.mu.Unlock()
	spec := e.specOf(def)
	if inst != nil {
		spec = inst.spec
	}
	set, err := e.newSettings(def, spec)
	if err != nil {
		c.log.Warn("the schedule is not valid", slog.Any("error", err))
	}
	c.settings.Store(set)
	c.rewire(spec)
	c.set(wantOf(stateOf(def)))
	c.wake()
}

func (e *Engine) componentFor(def flow.Component) *component {
	id := def.Common().ID
	e.mu.Lock()
	defer e.mu.Unlock()
	if c := e.components[id]; c != nil {
		return c
	}
	typ := typeOf(def)
	c := &component{
		e: e, id: id, kind: def.Kind(), def: def, phase: PhaseStopped,
		nameID: provenance.MakeName(id), nameType: provenance.MakeName(typ),
	}
	c.idle = sync.NewCond(&c.mu)
	c.acks = newMailbox(&e.tasks, func(calls []func()) {
		for _, fn := range calls {
			if err := guard(func() error { fn(); return nil }); err != nil {
				c.log.Error("work after a commit went wrong", slog.Any("error", err))
			}
		}
	})
	c.log = e.logger(id, func() (string, string, string, string, string) {
		c.mu.Lock()
		defer c.mu.Unlock()
		level := "WARN"
		if p, ok := c.def.(*flow.Processor); ok {
			level = p.BulletinLevel
		}
		b := c.def.Common()
		return b.Name, typ, b.GroupID, level, "Log Message"
	})
	e.components[id] = c
	return c
}

// needsRestart tells whether a running component must be made anew: what it is named and where it lies does not matter.
func needsRestart(a, b flow.Component) bool {
	pa, ok1 := a.(*flow.Processor)
	pb, ok2 := b.(*flow.Processor)
	if !ok1 || !ok2 {
		return false
	}
	return pa.Type != pb.Type || pa.GroupID != pb.GroupID || !reflect.DeepEqual(pa.Properties, pb.Properties) ||
		pa.SchedulingStrategy != pb.SchedulingStrategy || pa.SchedulingPeriod != pb.SchedulingPeriod
}

func stateOf(def flow.Component) flow.State {
	switch d := def.(type) {
	case *flow.Processor:
		return d.State
	case *flow.Port:
		return d.State
	}
	return flow.Running // funnels always run
}

// typeOf is the name that provenance events show for a component.
func typeOf(def flow.Component) string {
	switch d := def.(type) {
	case *flow.Processor:
		return extension.ShortName(d.Type)
	case *flow.Port:
		if d.Kind() == flow.KindInputPort {
			return "Input Port"
		}
		return "Output Port"
	}
	return "Funnel"
}

// specOf describes the component's type, for what does not run.
func (e *Engine) specOf(def flow.Component) *sdk.Spec {
	if p, ok := def.(*flow.Processor); ok {
		if t, known := e.types.Get(p.Type); known {
			return t.Spec
		}
	}
	return &sdk.Spec{}
}

// newSettings makes the settings of the hot path.
func (e *Engine) newSettings(def flow.Component, spec *sdk.Spec) (*settings, error) {
	p, ok := def.(*flow.Processor)
	if !ok {
		tasks := 1
		if port, is := def.(*flow.Port); is {
			tasks = max(port.ConcurrentTasks, 1)
		}
		return &settings{penalty: 30 * time.Second, yield: time.Second, slice: defaultSlice, tasks: int32(tasks)}, nil
	}
	set := &settings{
		penalty: p.Penalty(), yield: p.Yield(), slice: max(p.RunDuration(), defaultSlice), tasks: int32(max(p.ConcurrentTasks, 1)),
		retryCount: p.RetryCount, retryYields: p.BackoffMechanism == flow.YieldProcessor, maxBackoff: p.MaxBackoffPeriod(),
		period: p.Period(),
	}
	if spec.Facts.Serial {
		set.tasks = 1
	}
	if p.SchedulingStrategy != flow.CronDriven {
		return set, nil
	}
	var err error
	if set.cron, err = cron.Parse(p.SchedulingPeriod); err != nil {
		set.period = time.Hour // it does not start before the schedule is valid
		return set, fmt.Errorf("'Scheduling Period' is invalid because %w", err)
	}
	return set, nil
}

// rewire makes the component's wiring of the flow's connections and its relationships.
func (c *component) rewire(spec *sdk.Spec) {
	f := c.e.Flow()
	w := &wiring{
		source: true, whenEmpty: spec.Facts.TriggerWhenEmpty, anyRoom: spec.Facts.TriggerAnyRoom, push: spec.Facts.Push,
	}
	for _, conn := range f.Incoming(c.id) {
		w.in = append(w.in, c.e.queueFor(conn.ID))
		w.source = w.source && conn.Source.ID == c.id
	}
	if c.kind != flow.KindProcessor {
		w.source = false // a port or funnel makes nothing
	}
	var retried, ends []string
	if p, ok := f.Get(c.id).(*flow.Processor); ok {
		retried, ends = p.Retried, p.AutoTerminated
	}
	for _, r := range spec.Relationships() {
		if r.AutoTerminated {
			ends = append(slices.Clone(ends), r.Name)
		}
	}
	out := f.Outgoing(c.id)
	w.stores = c.kind != flow.KindProcessor && len(out) == 0
	for _, name := range relationshipNames(c.kind, spec, out) {
		r := route{
			name: name, prov: provenance.MakeName(name), retried: slices.Contains(retried, name), ends: slices.Contains(ends, name),
			dropDetails: "Auto-Terminated by " + name + " Relationship",
		}
		for _, conn := range out {
			if name == passOnRel || slices.Contains(conn.Relationships, name) {
				r.queues = append(r.queues, c.e.queueFor(conn.ID))
			}
		}
		w.rels = append(w.rels, r)
	}
	c.wire.Store(w)
}

// relationshipNames lists what the component has, and what connections name besides (the API accepts that, as NiFi's).
func relationshipNames(kind flow.Kind, spec *sdk.Spec, out []*flow.Connection) []string {
	if kind != flow.KindProcessor {
		return []string{passOnRel}
	}
	var names []string
	for _, r := range spec.Relationships() {
		names = append(names, r.Name)
	}
	for _, conn := range out {
		for _, r := range conn.Relationships {
			if !slices.Contains(names, r) {
				names = append(names, r)
			}
		}
	}
	return names
}

// linkQueues tells the queues of touched components whom to wake.
func (e *Engine) linkQueues(touched map[string]bool) {
	f := e.Flow()
	for id := range touched {
		for _, conn := range f.Outgoing(id) {
			e.queueFor(conn.ID).link(e, e.component(conn.Source.ID), e.component(conn.Destination.ID))
		}
	}
}

// applyServices makes and sets controller services.
func (e *Engine) applyServices(changed []flow.Component, stale map[string]bool) {
	touched := map[string]*flow.ControllerService{}
	for _, c := range changed {
		if d, ok := c.(*flow.ControllerService); ok {
			touched[d.ID] = d
		}
	}
	for id := range stale {
		if d, ok := flow.Lookup[*flow.ControllerService](e.Flow(), id); ok {
			touched[id] = d
		}
	}
	for id, d := range touched {
		e.applyService(d, stale[id])
	}
}

func (e *Engine) applyService(d *flow.ControllerService, stale bool) {
	e.mu.Lock()
	s := e.services[d.ID]
	if s == nil {
		s = e.newService(d)
		e.services[d.ID] = s
	}
	e.mu.Unlock()
	if old := s.definition(); s.state() == ServiceEnabled && (stale || !reflect.DeepEqual(old.Properties, d.Properties)) {
		s.set(d, false)
		s.wait(e.ctx)
	}
	s.set(d, d.State == flow.Enabled)
}

// serviceChanged lets what waits for a service look again.
func (e *Engine) serviceChanged() {
	e.mu.RLock()
	defer e.mu.RUnlock()
	for _, s := range e.services {
		s.kick()
	}
	for _, c := range e.components {
		c.kickStart()
	}
}

// Settle waits until all components and services have come to rest: what should run runs or waits for something.
func (e *Engine) Settle() {
	e.mu.RLock()
	var components []*component
	var services []*service
	for _, s := range e.services {
		services = append(services, s)
	}
	for _, c := range e.components {
		components = append(components, c)
	}
	e.mu.RUnlock()
	for _, s := range services {
		s.wait(e.ctx)
	}
	for _, c := range components {
		c.wait(e.ctx)
	}
}

// stopAll stops everything for a shutdown, processors before services. When ctx ends, tasks are terminated; when late
// ends, nothing is waited for any more.
func (e *Engine) stopAll(ctx, late context.Context) {
	e.mu.RLock()
	var components []*component
	for _, c := range e.components {
		components = append(components, c)
	}
	var services []*service
	for _, s := range e.services {
		services = append(services, s)
	}
	for _, r := range e.reporters {
		r.stop()
	}
	e.mu.RUnlock()
	for _, c := range components {
		c.set(wantStopped)
	}
	for _, c := range components {
		stop := context.AfterFunc(ctx, c.terminate)
		c.wait(late)
		stop()
	}
	for _, s := range services {
		s.set(s.definition(), false)
	}
	for _, s := range services {
		s.wait(late)
	}
}

// Terminate gives up on the tasks of a component that is being stopped and does not come to an end. Unlike Start, Stop
// and the like it is no change of the flow.
func (e *Engine) Terminate(id string) error {
	c := e.component(id)
	if c == nil {
		return fmt.Errorf("no component with id %s", id)
	}
	c.mu.Lock()
	phase := c.phase
	c.mu.Unlock()
	if phase == PhaseRunning || phase == PhaseStarting {
		return fmt.Errorf("cannot terminate %s because it is not stopped: stop it first", id)
	}
	c.terminate()
	return nil
}

// OnRanOnce sets what is called when a processor that was to run once has done so.
func (e *Engine) OnRanOnce(fn func(id string)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.onRanOnce = fn
}

func (e *Engine) ranOnce(id string) {
	e.mu.RLock()
	fn := e.onRanOnce
	e.mu.RUnlock()
	if fn != nil {
		fn(id)
	}
}

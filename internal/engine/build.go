package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/braidflow/braid/internal/bulletin"
	"github.com/braidflow/braid/internal/extension"
	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/internal/params"
	"github.com/braidflow/braid/sdk"
)

// environment sets the values of one component.
type environment struct {
	e       *Engine
	resolve *params.Resolver
	state   func(string) (string, bool)
}

// Compile implements sdk.Environment.
func (v *environment) Compile(text string, _ sdk.Scope) (sdk.Expression, error) {
	return v.e.compile(text, v.resolve.Lookup, v.state)
}

// Service implements sdk.Environment.
func (v *environment) Service(id string) (any, error) { return v.e.enabledService(id) }

// configure sets the values of a component's properties and returns what is wrong with them.
func (e *Engine) configure(f *flow.Flow, groupID string, ext *flow.Extension, spec *sdk.Spec, obj any, state func(string) (string, bool)) []error {
	env := &environment{e: e, resolve: params.NewResolver(f, groupID, e.cipher), state: state}
	values := make(map[string]string, len(ext.Properties))
	var problems []error
	stored := make(map[string]string, len(ext.Properties))
	for name, v := range ext.Properties {
		if v != nil {
			stored[name] = *v
		}
	}
	if m, ok := obj.(sdk.Migrator); ok {
		m.MigrateProperties(stored)
	}
	for name, raw := range stored {
		p := spec.Property(name)
		sensitive := (p != nil && p.Secret) || ext.Descriptors[name].Sensitive
		hasEL := (p != nil && p.EL != sdk.NoEL) || (p == nil && spec.Dynamic != nil && spec.Dynamic.EL != sdk.NoEL)
		v, err := env.resolve.Resolve(raw, params.Property{Sensitive: sensitive, EL: hasEL})
		if err != nil {
			problems = append(problems, sdk.Problem{Property: name, Reason: err.Error()})
			continue
		}
		values[name] = v
	}
	if len(problems) > 0 {
		return problems
	}
	problems = spec.Configure(values, env)
	if v, ok := obj.(sdk.Validator); ok && len(problems) == 0 {
		problems = append(problems, v.Validate()...)
	}
	return problems
}

// build makes a configured instance of the component, or says why it cannot run.
func (c *component) build() (*instance, []error) {
	c.mu.Lock()
	def := c.def
	c.mu.Unlock()
	switch d := def.(type) {
	case *flow.Processor:
		return c.buildProcessor(d)
	case *flow.Port:
		return &instance{proc: passOn{}, spec: &sdk.Spec{}}, c.portProblems()
	}
	return &instance{proc: passOn{}, spec: &sdk.Spec{}}, nil
}

func (c *component) buildProcessor(d *flow.Processor) (*instance, []error) {
	t, ok := c.e.types.Get(d.Type)
	if !ok || t.New == nil {
		return nil, []error{ghostProblem(d.Type)}
	}
	inst := &instance{proc: t.New(), spec: &sdk.Spec{}}
	inst.host = sdk.NewHost(&host{c})
	inst.proc.Describe(inst.spec)
	problems := c.e.configure(c.e.Flow(), d.GroupID, &d.Extension, inst.spec, inst.proc, c.stateLookup)
	if _, err := c.e.newSettings(d, inst.spec); err != nil {
		problems = append(problems, err)
	}
	return inst, append(problems, c.connectionProblems(d, inst.spec)...)
}

// ghostProblem is why a component of an unknown type does not run. It is kept as it is.
func ghostProblem(typ string) error {
	return sdk.Problem{Property: "Missing Component Type", Reason: "the type " + typ + " is not part of this binary; it is kept, but cannot run"}
}

// stateLookup is getStateValue of the Expression Language.
func (c *component) stateLookup(key string) (string, bool) {
	m, err := c.getState(c.e, sdk.Local)
	if err != nil {
		return "", false
	}
	v, ok := m[key]
	return v, ok
}

// connectionProblems checks relationships and incoming connections, with the meaning of NiFi's texts.
func (c *component) connectionProblems(d *flow.Processor, spec *sdk.Spec) (problems []error) {
	f := c.e.Flow()
	connected := map[string]bool{}
	for _, conn := range f.Outgoing(c.id) {
		for _, r := range conn.Relationships {
			connected[r] = true
		}
	}
	for _, r := range spec.Relationships() {
		if !connected[r.Name] && !slices.Contains(d.AutoTerminated, r.Name) && !r.AutoTerminated {
			problems = append(problems, sdk.Problem{
				Property: "Relationship " + r.Name,
				Reason:   "Relationship '" + r.Name + "' is not connected to any component and is not auto-terminated",
			})
		}
	}
	incoming := false
	for _, conn := range f.Incoming(c.id) {
		incoming = incoming || conn.Source.ID != c.id
	}
	switch {
	case spec.Facts.Input == sdk.InputRequired && !incoming:
		problems = append(problems, sdk.Problem{Property: "Upstream Connections", Reason: "Processor requires an upstream connection but currently has none"})
	case spec.Facts.Input == sdk.InputForbidden && incoming:
		problems = append(problems, sdk.Problem{Property: "Upstream Connections", Reason: "Processor does not allow upstream connections but currently has at least one"})
	}
	return problems
}

func (c *component) portProblems() []error {
	f := c.e.Flow()
	if c.kind == flow.KindInputPort && len(f.Outgoing(c.id)) == 0 {
		return []error{sdk.Problem{Property: "Port", Reason: "Port has no outgoing connections"}}
	}
	if c.kind == flow.KindOutputPort && len(f.Incoming(c.id)) == 0 {
		return []error{sdk.Problem{Property: "Port", Reason: "Port has no incoming connections"}}
	}
	return nil
}

// Validate returns what keeps a component from running; none means that it is valid.
func (e *Engine) Validate(id string) []error {
	if s := e.service(id); s != nil {
		return s.validate()
	}
	c := e.component(id)
	if c == nil {
		return nil
	}
	_, problems := c.build()
	return problems
}

// passOn is the processor behind ports and funnels: what comes in goes out.
type passOn struct{}

func (passOn) Describe(*sdk.Spec) {}

func (passOn) Trigger(_ context.Context, s *sdk.Session) error {
	for _, ff := range s.GetBatch(1000) {
		s.Transfer(ff, sdk.Relationship{Name: passOnRel})
	}
	return nil
}

// passOnRel is the one relationship of components that have none by name; the flow has "" for it.
const passOnRel = "\x00"

// host implements sdk.HostBackend for a processor.
type host struct{ c *component }

func (h *host) Log() *slog.Logger { return h.c.log }
func (h *host) Now() time.Time    { return h.c.e.clock.Now() }

func (h *host) Wake() {
	h.c.signaled.Store(true)
	h.c.fresh()
}

func (h *host) NewSession() sdk.Backend { return h.c.e.detachedSession(h.c) }
func (h *host) HasRoom() bool           { return h.c.wire.Load().hasRoom() }

func (h *host) State(_ context.Context, scope sdk.StateScope) (map[string]string, error) {
	return h.c.getState(h.c.e, scope)
}

func (h *host) SetState(_ context.Context, scope sdk.StateScope, values map[string]string) error {
	if err := h.c.e.storeState(h.c.id, scope, values); err != nil {
		return err
	}
	h.c.mu.Lock()
	defer h.c.mu.Unlock()
	delete(h.c.state, scope)
	return nil
}

// guard turns a panic of a component into an error.
func guard(fn func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("unexpected failure: %v", p)
		}
	}()
	return fn()
}

func isRuntimeError(err error) bool {
	var r runtime.Error
	return errors.As(err, &r)
}

// logger makes the logger of a component: what it logs at its bulletin level or above becomes a bulletin.
func (e *Engine) logger(id string, describe func() (name, typ, group, level, category string)) *slog.Logger {
	src := func() (bulletin.Source, slog.Level) {
		name, typ, group, level, category := describe()
		return bulletin.Source{ID: id, Name: name, Type: extension.ShortName(typ), GroupID: group, Category: category}, bulletin.ParseLevel(level)
	}
	name, typ, _, _, _ := describe()
	next := e.o.Log.With(slog.String("component", id), slog.String("type", extension.ShortName(typ)), slog.String("name", strings.TrimSpace(name)))
	return slog.New(bulletin.NewHandler(next.Handler(), e.Bulletins, src))
}

// nodeLogger is a logger of a part of the node itself: what it warns of becomes a bulletin that belongs to no component.
func (e *Engine) nodeLogger(category string) *slog.Logger {
	return slog.New(bulletin.NewHandler(e.o.Log.Handler(), e.Bulletins, func() (bulletin.Source, slog.Level) {
		return bulletin.Source{Category: category}, slog.LevelWarn
	}))
}

package engine

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/sdk"
)

// ServicePhase is the state of a controller service, as NiFi's REST API names it.
type ServicePhase string

// The phases.
const (
	ServiceDisabled  ServicePhase = "DISABLED"
	ServiceEnabling  ServicePhase = "ENABLING"
	ServiceEnabled   ServicePhase = "ENABLED"
	ServiceDisabling ServicePhase = "DISABLING"
)

// service is one controller service.
type service struct {
	e   *Engine
	id  string
	log *slog.Logger

	mu       sync.Mutex // guards what follows
	def      *flow.ControllerService
	enable   bool // what the flow wants
	phase    ServicePhase
	obj      sdk.ControllerService // while enabled
	reason   string                // why it is not enabled
	managing bool
	rest     *sync.Cond
	timer    stopper
}

func (e *Engine) newService(d *flow.ControllerService) *service {
	s := &service{e: e, id: d.ID, def: d, phase: ServiceDisabled}
	s.rest = sync.NewCond(&s.mu)
	s.log = e.logger(d.ID, func() (string, string, string, string, string) {
		d := s.definition()
		return d.Name, d.Type, d.GroupID, d.BulletinLevel, "Controller Service"
	})
	return s
}

func (s *service) definition() *flow.ControllerService {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.def
}

// set changes the definition and what the flow wants; the service gets there in the background.
func (s *service) set(d *flow.ControllerService, enable bool) {
	s.mu.Lock()
	s.def, s.enable = d, enable
	s.mu.Unlock()
	s.kick()
}

func (s *service) kick() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.managing {
		return
	}
	s.managing = true
	s.e.tasks.Go(s.manage)
}

func (s *service) manage() {
	for {
		s.mu.Lock()
		var step func() bool
		switch {
		case s.enable && (s.phase == ServiceDisabled || s.phase == ServiceEnabling):
			s.phase, step = ServiceEnabling, s.start
		case !s.enable && s.phase == ServiceEnabling:
			s.phase = ServiceDisabled
		case !s.enable && s.phase == ServiceEnabled:
			s.phase, step = ServiceDisabling, s.stop
		}
		if step == nil {
			s.managing = false
			s.rest.Broadcast()
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
		if step() {
			continue
		}
		s.mu.Lock()
		if s.enable {
			s.managing = false
			s.rest.Broadcast()
			s.mu.Unlock()
			return // a timer or a change kicks again
		}
		s.mu.Unlock()
	}
}

// build makes a configured instance.
func (s *service) build() (sdk.ControllerService, []error) {
	d := s.definition()
	t, ok := s.e.types.Get(d.Type)
	if !ok || t.NewService == nil {
		return nil, []error{ghostProblem(d.Type)}
	}
	obj, spec := t.NewService(), &sdk.Spec{}
	obj.Describe(spec)
	return obj, s.e.configure(s.e.Flow(), d.GroupID, &d.Extension, spec, obj, nil)
}

func (s *service) validate() []error {
	_, problems := s.build()
	return problems
}

func (s *service) start() bool {
	obj, problems := s.build()
	if len(problems) > 0 {
		s.retry(problems[0], time.Second)
		return false
	}
	if st, ok := obj.(sdk.Starter); ok {
		err := guard(func() error { return st.Start(s.e.ctx, sdk.NewHost(&serviceHost{s})) })
		if err != nil {
			s.retry(err, adminYield)
			return false
		}
	}
	s.mu.Lock()
	s.obj, s.phase, s.reason = obj, ServiceEnabled, ""
	s.mu.Unlock()
	s.e.serviceChanged()
	return true
}

// retry tells users once why the service is not enabled and tries again later.
func (s *service) retry(err error, after time.Duration) {
	s.mu.Lock()
	told := s.reason == err.Error()
	s.reason = err.Error()
	if s.timer != nil {
		s.timer.Stop()
	}
	s.timer = s.e.after(after.Milliseconds(), s.kick)
	s.mu.Unlock()
	if !told {
		s.log.Warn("the controller service cannot be enabled yet", slog.Any("error", err))
	}
}

func (s *service) stop() bool {
	s.mu.Lock()
	obj := s.obj
	s.obj = nil
	s.mu.Unlock()
	if st, ok := obj.(sdk.Stopper); ok {
		if err := guard(func() error { return st.Stop(s.e.ctx) }); err != nil {
			s.log.Error("the controller service was not disabled cleanly", slog.Any("error", err))
		}
	}
	s.mu.Lock()
	s.phase = ServiceDisabled
	s.mu.Unlock()
	return true
}

// wait blocks until the service has come to rest, or ctx ends.
func (s *service) wait(ctx context.Context) {
	stop := context.AfterFunc(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.rest.Broadcast()
	})
	defer stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.managing && ctx.Err() == nil {
		s.rest.Wait()
	}
}

func (s *service) state() ServicePhase {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.phase
}

// enabling tells whether a service is on its way to being enabled and has not been refused yet.
func (e *Engine) enabling() bool {
	e.mu.RLock()
	defer e.mu.RUnlock()
	for _, s := range e.services {
		s.mu.Lock()
		busy := s.enable && s.phase != ServiceEnabled && s.reason == ""
		s.mu.Unlock()
		if busy {
			return true
		}
	}
	return false
}

// enabledService returns the instance of a service that may be used.
func (e *Engine) enabledService(id string) (any, error) {
	s := e.service(id)
	if s == nil {
		return nil, fmt.Errorf("Controller Service with ID %s does not exist: choose another", id) //nolint:staticcheck // NiFi's noun
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.phase != ServiceEnabled {
		return nil, fmt.Errorf("Controller Service with ID %s is %s: enable it", id, phaseWord(s.phase)) //nolint:staticcheck // likewise
	}
	return s.obj, nil
}

func phaseWord(p ServicePhase) string {
	switch p {
	case ServiceEnabling:
		return "still being enabled"
	case ServiceDisabling:
		return "being disabled"
	}
	return "disabled"
}

// serviceHost implements sdk.HostBackend for a controller service, which has no sessions.
type serviceHost struct{ s *service }

func (h *serviceHost) Log() *slog.Logger { return h.s.log }
func (h *serviceHost) Now() time.Time    { return h.s.e.clock.Now() }
func (h *serviceHost) Wake()             {}
func (h *serviceHost) HasRoom() bool     { return false }

func (h *serviceHost) NewSession() sdk.Backend {
	panic(misuse("a controller service has no sessions"))
}

func (h *serviceHost) State(_ context.Context, scope sdk.StateScope) (map[string]string, error) {
	return h.s.e.states.Get(h.s.id, scope)
}

func (h *serviceHost) SetState(_ context.Context, scope sdk.StateScope, values map[string]string) error {
	return h.s.e.storeState(h.s.id, scope, values)
}

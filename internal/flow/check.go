package flow

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/braidflow/braid/internal/flow/unit"
)

// durationOf and sizeOf read values that check has seen; anything else counts as 0.
func durationOf(s string) time.Duration { d, _ := unit.Duration(s); return d }
func sizeOf(s string) int64             { n, _ := unit.Size(s); return n }

// settings collects the first problem among the settings of a component.
type settings struct{ err error }

func (s *settings) fail(format string, args ...any) {
	if s.err == nil {
		s.err = fmt.Errorf(format, args...)
	}
}

func (s *settings) duration(name, v string) {
	if _, err := unit.Duration(v); err != nil {
		s.fail("%s: %w", name, err)
	}
}

func (s *settings) size(name, v string) {
	if _, err := unit.Size(v); err != nil {
		s.fail("%s: %w", name, err)
	}
}

func (s *settings) atLeast(name string, v, low int64) {
	if v < low {
		s.fail("%s is %d; it must be %d or more", name, v, low)
	}
}

func (s *settings) position(p Position) {
	for _, v := range [...]float64{p.X, p.Y} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			s.fail("position is not a number")
		}
	}
}

func (s *settings) schedule(how SchedulingStrategy, period string) {
	oneOf(s, "scheduling strategy", how, TimerDriven, CronDriven)
	if how == TimerDriven {
		s.duration("run schedule", period)
	} else if period == "" {
		s.fail("run schedule: a cron expression is missing")
	}
}

func (s *settings) bulletinLevel(v string) {
	oneOf(s, "bulletin level", v, "NONE", "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
}

func oneOf[T ~string](s *settings, name string, v T, allowed ...T) {
	if !slices.Contains(allowed, v) {
		s.fail("%s %q is unknown; use one of %v", name, v, allowed)
	}
}

func (p *Processor) check() error {
	s := &settings{}
	s.position(p.Position)
	oneOf(s, "state", p.State, Stopped, Running, Disabled, RunOnce)
	s.schedule(p.SchedulingStrategy, p.SchedulingPeriod)
	oneOf(s, "execution node", p.ExecutionNode, AllNodes, PrimaryNode)
	s.atLeast("concurrent tasks", int64(p.ConcurrentTasks), 1)
	s.atLeast("run duration", p.RunDurationMillis, 0)
	s.duration("penalty duration", p.PenaltyDuration)
	s.duration("yield duration", p.YieldDuration)
	s.bulletinLevel(p.BulletinLevel)
	s.atLeast("retry count", int64(p.RetryCount), 0)
	oneOf(s, "back-off mechanism", p.BackoffMechanism, PenalizeFlowFile, YieldProcessor)
	s.duration("maximum back-off", p.MaxBackoff)
	return s.err
}

func (c *Connection) check() error {
	s := &settings{}
	for _, b := range c.Bends {
		s.position(b)
	}
	s.atLeast("back-pressure object threshold", c.BackPressureObjects, 0)
	s.size("back-pressure size threshold", c.BackPressureSize)
	s.duration("FlowFile expiration", c.Expiration)
	oneOf(s, "load-balance strategy", c.LoadBalanceStrategy,
		DoNotLoadBalance, PartitionByAttribute, RoundRobin, SingleNode)
	oneOf(s, "load-balance compression", c.LoadBalanceCompression,
		DoNotCompress, CompressAttributesOnly, CompressAttributesAndContent)
	if c.Source.Kind == KindProcessor && len(c.Relationships) == 0 {
		s.fail("choose at least one relationship of the source")
	}
	return s.err
}

func (g *ProcessGroup) check() error {
	s := &settings{}
	s.position(g.Position)
	oneOf(s, "state", g.State, Stopped, Running)
	oneOf(s, "FlowFile concurrency", g.FlowFileConcurrency, Unbounded, SingleFlowFilePerNode, SingleBatchPerNode)
	oneOf(s, "outbound policy", g.OutboundPolicy, StreamWhenAvailable, BatchOutput)
	s.duration("default FlowFile expiration", g.DefaultExpiration)
	s.atLeast("default back-pressure object threshold", g.DefaultBackPressureObjects, 0)
	s.size("default back-pressure size threshold", g.DefaultBackPressureSize)
	oneOf(s, "execution engine", g.ExecutionEngine, InheritedEngine, StandardEngine, StatelessEngine, TopologyEngine)
	s.atLeast("concurrent tasks", int64(g.MaxConcurrentTasks), 1)
	s.duration("stateless timeout", g.StatelessTimeout)
	return s.err
}

func (p *Port) check() error {
	s := &settings{}
	s.position(p.Position)
	oneOf(s, "state", p.State, Stopped, Running, Disabled)
	s.atLeast("concurrent tasks", int64(p.ConcurrentTasks), 1)
	oneOf(s, "port function", p.Function, StandardPort, FailurePort)
	if p.Name == "" {
		s.fail("a port needs a name")
	}
	return s.err
}

func (l *Label) check() error {
	s := &settings{}
	s.position(l.Position)
	s.position(Position{l.Width, l.Height})
	return s.err
}

func (r *RemoteProcessGroup) check() error {
	s := &settings{}
	s.position(r.Position)
	oneOf(s, "transport protocol", r.TransportProtocol, "RAW", "HTTP")
	s.duration("communications timeout", r.CommunicationsTimeout)
	s.duration("yield duration", r.YieldDuration)
	seen := map[string]bool{}
	for _, p := range slices.Concat(r.InputPorts, r.OutputPorts) {
		if p.ID == "" || seen[p.ID] {
			s.fail("remote port id %q is empty or used twice", p.ID)
		}
		seen[p.ID] = true
		oneOf(s, "state of remote port "+p.Name, p.State, Stopped, Running)
		s.atLeast("concurrent tasks of remote port "+p.Name, int64(p.ConcurrentTasks), 1)
		if p.BatchSize != "" {
			s.size("batch size of remote port "+p.Name, p.BatchSize)
		}
		if p.BatchDuration != "" {
			s.duration("batch duration of remote port "+p.Name, p.BatchDuration)
		}
	}
	return s.err
}

func (s *ControllerService) check() error {
	v := &settings{}
	oneOf(v, "state", s.State, Enabled, Disabled)
	v.bulletinLevel(s.BulletinLevel)
	return v.err
}

func (t *ReportingTask) check() error {
	s := &settings{}
	oneOf(s, "state", t.State, Stopped, Running, Disabled)
	s.schedule(t.SchedulingStrategy, t.SchedulingPeriod)
	return s.err
}

func (r *FlowAnalysisRule) check() error {
	s := &settings{}
	oneOf(s, "state", r.State, Enabled, Disabled)
	return s.err
}

func (c *ParameterContext) check() error {
	s := &settings{}
	if c.Name == "" {
		s.fail("a parameter context needs a name")
	}
	if _, ok := c.Parameters[""]; ok {
		s.fail("a parameter needs a name")
	}
	return s.err
}

func (c *Controller) check() error {
	s := &settings{}
	s.atLeast("maximum timer-driven threads", int64(c.MaxTimerDrivenThreads), 1)
	return s.err
}

func (f *Funnel) check() error {
	s := &settings{}
	s.position(f.Position)
	return s.err
}

func (p *ParameterProvider) check() error  { return nil }
func (c *FlowRegistryClient) check() error { return nil }

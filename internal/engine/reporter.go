package engine

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/braidflow/braid/internal/cron"
	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/sdk"
)

// reporter runs one reporting task.
type reporter struct {
	e      *Engine
	def    *flow.ReportingTask
	log    *slog.Logger
	cancel context.CancelFunc
	done   chan struct{}
	once   sync.Once
}

// applyReporters starts, stops and changes reporting tasks.
func (e *Engine) applyReporters(changed []flow.Component) {
	for _, c := range changed {
		d, ok := c.(*flow.ReportingTask)
		if !ok {
			continue
		}
		e.mu.Lock()
		old := e.reporters[d.ID]
		delete(e.reporters, d.ID)
		e.mu.Unlock()
		if old != nil {
			old.stop()
		}
		if d.State == flow.Running {
			e.startReporter(d)
		}
	}
}

func (e *Engine) startReporter(d *flow.ReportingTask) {
	ctx, cancel := context.WithCancel(e.ctx)
	r := &reporter{e: e, def: d, cancel: cancel, done: make(chan struct{})}
	r.log = e.logger(d.ID, func() (string, string, string, string, string) {
		return d.Name, d.Type, "", "WARN", "Reporting Task"
	})
	e.mu.Lock()
	e.reporters[d.ID] = r
	e.mu.Unlock()
	e.tasks.Go(func() {
		defer close(r.done)
		r.run(ctx)
	})
}

func (r *reporter) stop() {
	r.once.Do(r.cancel)
	<-r.done
}

// run makes the task and reports by its schedule until ctx ends. What is not valid is tried again.
func (r *reporter) run(ctx context.Context) {
	for ctx.Err() == nil {
		if err := r.session(ctx); err != nil && ctx.Err() == nil {
			r.log.Error("the reporting task could not start; it is tried again in 30 seconds", slog.Any("error", err))
			r.sleep(ctx, adminYield)
		}
	}
}

func (r *reporter) session(ctx context.Context) error {
	t, ok := r.e.types.Get(r.def.Type)
	if !ok || t.NewReportingTask == nil {
		return ghostProblem(r.def.Type)
	}
	task, spec := t.NewReportingTask(), &sdk.Spec{}
	task.Describe(spec)
	if problems := r.e.configure(r.e.Flow(), "", &r.def.Extension, spec, task, nil); len(problems) > 0 {
		return problems[0]
	}
	var schedule *cron.Schedule
	if r.def.SchedulingStrategy == flow.CronDriven {
		var err error
		if schedule, err = cron.Parse(r.def.SchedulingPeriod); err != nil {
			return err
		}
	}
	for {
		wait := r.def.Period()
		if schedule != nil {
			now := r.e.clock.Now()
			next, ok := schedule.Next(now)
			if !ok {
				next = now.Add(365 * 24 * time.Hour)
			}
			wait = next.Sub(now)
			if !r.sleep(ctx, wait) {
				return nil
			}
		}
		if err := guard(func() error { return task.Report(ctx, sdk.NewReporting(&reporting{r})) }); err != nil {
			r.log.Error("the report failed", slog.Any("error", err))
		}
		if schedule == nil && !r.sleep(ctx, max(wait, 10*time.Millisecond)) {
			return nil
		}
	}
}

// sleep waits and tells whether ctx is still alive.
func (r *reporter) sleep(ctx context.Context, d time.Duration) bool {
	timer := r.e.clock.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C():
		return true
	}
}

// reporting implements sdk.ReportingBackend.
type reporting struct{ r *reporter }

func (b *reporting) Log() *slog.Logger  { return b.r.log }
func (b *reporting) Now() time.Time     { return b.r.e.clock.Now() }
func (b *reporting) Status() sdk.Status { return b.r.e.Status("") }

func (b *reporting) Bulletins(after int64) []sdk.Bulletin {
	list := b.r.e.Bulletins.Select(func(x sdk.Bulletin) bool { return x.ID > after })
	slices.Reverse(list)
	return list
}

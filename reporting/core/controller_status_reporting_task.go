package core

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/braidflow/braid/sdk"
)

// ControllerStatusReportingTask writes the figures of all components to the log.
var ControllerStatusReportingTask = sdk.Component{
	Type:             "org.apache.nifi.controller.ControllerStatusReportingTask",
	Artifact:         "nifi-standard-nar",
	NewReportingTask: func() sdk.ReportingTask { return new(controllerStatus) },
}

type granularity string

const (
	fiveMinutes granularity = "five-minutes"
	oneSecond   granularity = "one-second"
)

type controllerStatus struct {
	deltas bool
	per    granularity

	mu   sync.Mutex // guards last
	last map[string]figures
}

// figures are what is shown of a component.
type figures struct {
	in, out, read, written, tasks, queued int64
	took                                  time.Duration
}

func (t *controllerStatus) Describe(s *sdk.Spec) {
	s.About("Writes the figures of all processors and connections to the log, at level INFO.", "stats", "log")
	s.Bool(&t.deltas, "Show Deltas", "Whether to show by how much each figure differs from the report before.", sdk.Required, sdk.Default("true"))
	sdk.Choice(s, &t.per, "Reporting Granularity", "Whether figures are those of the last five minutes, or of one second on average.",
		[]granularity{fiveMinutes, oneSecond}, sdk.Default(string(fiveMinutes)), sdk.OneOf(
			sdk.Allowed{Value: string(fiveMinutes), Display: "Five Minutes", Doc: "The sums of the last five minutes."},
			sdk.Allowed{Value: string(oneSecond), Display: "One Second", Doc: "The same, divided by the seconds."},
		))
}

// Report writes one line for each component.
func (t *controllerStatus) Report(_ context.Context, r *sdk.Reporting) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := map[string]figures{}
	t.report(r, r.Status(), now)
	t.last = now
	return nil
}

func (t *controllerStatus) report(r *sdk.Reporting, st sdk.Status, now map[string]figures) {
	for _, c := range st.Children {
		f := t.figures(c)
		now[c.ID] = f
		before := t.last[c.ID]
		if c.Type == "PROCESS_GROUP" {
			t.report(r, c, now)
			continue
		}
		r.Log().Info("status", slog.String("id", c.ID), slog.String("name", c.Name), slog.String("kind", c.Type),
			slog.String("state", c.RunStatus), slog.String("in", t.show(f.in, before.in)), slog.String("out", t.show(f.out, before.out)),
			slog.String("bytes_read", t.show(f.read, before.read)), slog.String("bytes_written", t.show(f.written, before.written)),
			slog.String("tasks", t.show(f.tasks, before.tasks)), slog.String("queued", t.show(f.queued, before.queued)),
			slog.Duration("task_time", f.took))
	}
}

func (t *controllerStatus) figures(c sdk.Status) figures {
	f := figures{
		in: c.In.Count, out: c.Out.Count, read: c.Read, written: c.Written, tasks: c.Tasks, queued: c.Queued.Count, took: c.TaskTime,
	}
	if t.per == oneSecond {
		const seconds = 5 * 60
		f.in, f.out, f.read, f.written, f.tasks = f.in/seconds, f.out/seconds, f.read/seconds, f.written/seconds, f.tasks/seconds
		f.took /= seconds
	}
	return f
}

// show is a figure, with its change if that is wanted.
func (t *controllerStatus) show(now, before int64) string {
	if !t.deltas {
		return strconv.FormatInt(now, 10)
	}
	return fmt.Sprintf("%d (%+d)", now, now-before)
}

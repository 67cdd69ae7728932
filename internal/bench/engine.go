package bench

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/braidflow/braid/internal/flow"
)

// Engine measures the path of a FlowFile: generate, set an attribute, route, drop, with provenance on and every commit
// fsynced. What is counted is durable.
func (s *Suite) Engine(ctx context.Context) error {
	for _, m := range []struct {
		name    string
		batch   int
		content string
	}{
		{"engine/batch=100", 100, "0B"},
		{"engine/batch=1", 1, "0B"},
		{"engine/batch=100,content=1KB", 100, "1 KB"},
	} {
		if err := s.enginePath(ctx, m.name, m.batch, m.content); err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
	}
	return nil
}

func (s *Suite) enginePath(ctx context.Context, name string, batch int, content string) (err error) {
	dir, remove, err := s.temp("engine")
	if err != nil {
		return err
	}
	defer remove()
	e, err := s.open(dir, nil)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := e.Close(context.Background()); err == nil {
			err = cerr
		}
	}()
	f, last, err := enginePathFlow(batch, content)
	if err != nil {
		return err
	}
	e.Apply(f)
	e.Settle()
	events := e.Provenance.Stored()
	perSecond, took, err := s.window(ctx, time.Second, func() int64 { return e.TotalIn(last) })
	if err != nil {
		return err
	}
	if err := e.Flush(ctx); err != nil {
		return err
	}
	s.Out(Result{Name: name, PerSecond: perSecond, Seconds: took.Seconds(), Details: map[string]any{
		"cpu_us":                 s.cpu,
		"log_bytes_per_flowfile": float64(e.Provenance.Stored()-events) / float64(max(e.TotalIn(last), 1)),
	}})
	return nil
}

// enginePathFlow returns the flow and the id of its last processor.
func enginePathFlow(batch int, content string) (*flow.Flow, string, error) {
	b := newBuilder()
	gen := b.processor(std+"standard.GenerateFlowFile", func(p *flow.Processor) { p.SchedulingPeriod = "0 sec" },
		"Batch Size", strconv.Itoa(batch), "File Size", content, "Unique FlowFiles", "true", "Data Format", "Binary")
	up := b.processor(std+"attributes.UpdateAttribute", nil, "color", "red")
	route := b.processor(std+"standard.RouteOnAttribute", func(p *flow.Processor) { p.AutoTerminated = []string{"unmatched", "red"} },
		"red", "${color:equals('red')}")
	b.connect(gen, up, "success")
	b.connect(up, route, "success")
	f, err := b.build()
	return f, route.ID, err
}

package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/braidflow/braid/internal/engine"
	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/sdk"
)

// Engine measures the path of a FlowFile: generate, set an attribute, route, drop, with provenance on and every commit
// fsynced. What is counted is durable.
func (s *Suite) Engine(ctx context.Context) error {
	for _, m := range []struct {
		name    string
		batch   int
		content string
	}{
		{"engine/batches-of-100", 100, "0B"},
		{"engine/one-at-a-time", 1, "0B"},
		{"engine/content-of-1KB", 100, "1 KB"},
	} {
		if !strings.Contains(m.name, s.Only) {
			continue
		}
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
	types, err := s.Types.With(reader)
	if err != nil {
		return err
	}
	e, err := s.open(dir, func(o *engine.Options) { o.Types = types })
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
	s.Out(Result{Name: name, PerSecond: &perSecond, Seconds: took.Seconds(), Details: map[string]any{
		"cpu_us":                 s.cpu,
		"log_bytes_per_flowfile": float64(e.Provenance.Stored()-events) / float64(max(e.TotalIn(last), 1)),
	}})
	return nil
}

// enginePathFlow returns the flow and the id of its last processor.
func enginePathFlow(batch int, content string) (*flow.Flow, string, error) {
	b := newBuilder()
	gen := b.processor(std+"standard.GenerateFlowFile", func(p *flow.Processor) { p.SchedulingPeriod = "0 sec" },
		"Batch Size", strconv.Itoa(batch), "File Size", content, "Data Format", "Binary")
	up := b.processor(std+"attributes.UpdateAttribute", nil, "color", "red")
	if content != "0B" {
		up.Type = reader.Type
	}
	route := b.processor(std+"standard.RouteOnAttribute", func(p *flow.Processor) { p.AutoTerminated = []string{"unmatched", "red"} },
		"red", "${color:equals('red')}")
	b.connect(gen, up, "success")
	b.connect(up, route, "success")
	f, err := b.build()
	return f, route.ID, err
}

// reader takes the place of UpdateAttribute where contents are to be read: it reads each one and sets the attribute.
var reader = sdk.Component{Type: "braid.bench.ReadContent", New: func() sdk.Processor { return new(readContent) }}

type readContent struct {
	attrs   []sdk.DynamicProperty
	success sdk.Relationship
}

func (p *readContent) Describe(s *sdk.Spec) {
	s.About("Reads contents, for measurements.")
	s.Dynamics(&p.attrs, sdk.DynamicSpec{Doc: "Sets an attribute."})
	s.Rel(&p.success, "success", "All FlowFiles.")
}

func (p *readContent) Trigger(_ context.Context, s *sdk.Session) error {
	for _, ff := range s.GetBatch(100) {
		r, err := s.Read(ff)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, r)
		if err := errors.Join(err, r.Close()); err != nil {
			return err
		}
		s.Transfer(s.PutAttr(ff, p.attrs[0].Name, p.attrs[0].Value.Raw()), p.success)
	}
	return nil
}

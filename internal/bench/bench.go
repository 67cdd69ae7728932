// Package bench measures Braid on the machine at hand: `braid bench`. Each measurement prints one JSON object a line.
package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"runtime/pprof"
	"time"

	"github.com/braidflow/braid/internal/engine"
	"github.com/braidflow/braid/internal/extension"
	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/internal/repo/flowfile"
	"github.com/braidflow/braid/internal/vfs"
)

// Result is one measurement: something each second, or how long something takes.
type Result struct {
	Name         string         `json:"name"`
	PerSecond    *float64       `json:"per_second,omitempty"`
	Milliseconds *float64       `json:"milliseconds,omitempty"`
	MBPerSecond  float64        `json:"mb_per_second,omitempty"`
	Seconds      float64        `json:"seconds,omitempty"`
	Details      map[string]any `json:"details,omitempty"`
}

// Suite measures. Components are those of the binary.
type Suite struct {
	Types   *extension.Registry
	Seconds float64 // of each measurement
	Dir     string  // where temporary data goes; "" = the system's temporary folder
	Input   string  // with Record: a CSV file of flights; "" = generated rows
	Only    string  // with Engine: the measurements whose names contain it
	Out     func(Result)

	cpu float64 // microseconds of CPU for each thing counted in the last window
}

// Print writes results as JSON lines, or as text for people.
func Print(w io.Writer, asJSON bool) func(Result) {
	return func(r Result) {
		if asJSON {
			b, _ := json.Marshal(r) // numbers and strings always can be
			fmt.Fprintln(w, string(b))
			return
		}
		switch {
		case r.MBPerSecond > 0:
			fmt.Fprintf(w, "%-46s %14.1f MB/s", r.Name, r.MBPerSecond)
		case r.PerSecond != nil:
			fmt.Fprintf(w, "%-46s %14.0f /s", r.Name, *r.PerSecond)
		case r.Milliseconds != nil:
			fmt.Fprintf(w, "%-46s %14.2f ms", r.Name, *r.Milliseconds)
		}
		for k, v := range r.Details {
			fmt.Fprintf(w, "  %s=%v", k, v)
		}
		fmt.Fprintln(w)
	}
}

// temp makes a folder and returns what removes it.
func (s *Suite) temp(name string) (string, func(), error) {
	dir, err := os.MkdirTemp(s.Dir, "braid-bench-"+name+"-")
	return dir, func() { _ = os.RemoveAll(dir) }, err
}

// open opens an engine on disk, durable, as a node's.
func (s *Suite) open(dir string, more func(*engine.Options)) (*engine.Engine, error) {
	o := engine.Options{
		FS: vfs.OS, Dir: filepath.Join(dir, "data"), Types: s.Types, Durability: flowfile.Durable,
		Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	if more != nil {
		more(&o)
	}
	return engine.Open(o)
}

// builder makes flows in few words.
type builder struct {
	flow    *flow.Flow
	changes []flow.Change
	root    *flow.ProcessGroup
	n       int
}

func newBuilder() *builder {
	b := &builder{flow: flow.Empty(), root: flow.NewProcessGroup("root", "", "bench")}
	b.changes = []flow.Change{flow.Create(b.root)}
	return b
}

func (b *builder) processor(typ string, set func(*flow.Processor), props ...string) *flow.Processor {
	b.n++
	p := flow.NewProcessor(fmt.Sprintf("p%d", b.n), "root", typ)
	p.State = flow.Running
	for i := 0; i+1 < len(props); i += 2 {
		p.SetProperty(props[i], props[i+1])
	}
	if set != nil {
		set(p)
	}
	b.changes = append(b.changes, flow.Create(p))
	return p
}

func (b *builder) service(id, typ string, props ...string) {
	s := flow.NewControllerService(id, "root", typ)
	s.State = flow.Enabled
	for i := 0; i+1 < len(props); i += 2 {
		s.SetProperty(props[i], props[i+1])
	}
	b.changes = append(b.changes, flow.Create(s))
}

func (b *builder) connect(from, to flow.Component, rels ...string) *flow.Connection {
	b.n++
	c := flow.NewConnection(fmt.Sprintf("c%d", b.n), "root", flow.EndOf(from), flow.EndOf(to), rels...)
	b.changes = append(b.changes, flow.Create(c))
	return c
}

func (b *builder) build() (*flow.Flow, error) {
	next, _, err := b.flow.Apply(flow.ChangeSet{Changes: b.changes})
	return next, err
}

// window waits, then counts what counter grows by during the measurement.
func (s *Suite) window(ctx context.Context, warm time.Duration, counter func() int64) (perSecond float64, took time.Duration, err error) {
	if err := sleep(ctx, warm); err != nil {
		return 0, 0, err
	}
	runtime.GC() // brings the CPU metrics up to date
	s.cpu = cpuSeconds()
	start, before := time.Now(), counter()
	if err := sleep(ctx, time.Duration(s.Seconds*float64(time.Second))); err != nil {
		return 0, 0, err
	}
	took = time.Since(start)
	n := counter() - before
	runtime.GC()
	s.cpu = (cpuSeconds() - s.cpu) * 1e6 / float64(max(n, 1))
	return float64(n) / took.Seconds(), took, nil
}

// Profiled runs fn, with a CPU profile if file is not empty.
func Profiled(file string, fn func() error) (err error) {
	if file == "" {
		return fn()
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer func() {
		pprof.StopCPUProfile()
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}()
	if err := pprof.StartCPUProfile(f); err != nil {
		return err
	}
	return fn()
}

// cpuSeconds is what this process has used, by the runtime's own estimate.
func cpuSeconds() float64 {
	all := []metrics.Sample{{Name: "/cpu/classes/total:cpu-seconds"}, {Name: "/cpu/classes/idle:cpu-seconds"}}
	metrics.Read(all)
	return all[0].Value.Float64() - all[1].Value.Float64()
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

const std = "org.apache.nifi.processors."

package bench

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/braidflow/braid/internal/engine"
	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/internal/flow/definition"
	"github.com/braidflow/braid/sdk"
)

// Start measures how soon a node answers, what an idle one costs, and how a million queued FlowFiles are recovered.
func (s *Suite) Start(ctx context.Context) error {
	for _, n := range []int{0, 1000} {
		if err := s.startNode(ctx, n); err != nil {
			return fmt.Errorf("%d processors: %w", n, err)
		}
	}
	return s.queued(ctx, 1_000_000)
}

// startNode starts this very binary with n stopped processors.
func (s *Suite) startNode(ctx context.Context, n int) error {
	dir, remove, err := s.temp("start")
	if err != nil {
		return err
	}
	defer remove()
	if n > 0 {
		if err := writeNodeFlow(filepath.Join(dir, "data"), n); err != nil {
			return err
		}
		if _, err := s.firstAnswer(ctx, dir, nil); err != nil { // takes the flow over
			return err
		}
	}
	var best time.Duration
	for range 5 {
		took, err := s.firstAnswer(ctx, dir, nil)
		if err != nil {
			return err
		}
		if best == 0 || took < best {
			best = took
		}
	}
	s.Out(Result{Name: fmt.Sprintf("start/first-answer/%d-processors", n), Milliseconds: new(float64(best.Microseconds()) / 1000), Details: map[string]any{"best_of": 5}})
	if n == 0 {
		return nil
	}
	_, err = s.firstAnswer(ctx, dir, func(pid int) error { return s.idleCost(ctx, pid, n) })
	return err
}

// writeNodeFlow makes the flow.json.gz of a node with n processors.
func writeNodeFlow(data string, n int) error {
	b := newBuilder()
	b.changes = append(b.changes, flow.Create(flow.NewController()))
	for i := range n {
		b.processor(std+"attributes.UpdateAttribute", func(p *flow.Processor) {
			p.State, p.Position = flow.Stopped, flow.Position{X: float64(i%30) * 400, Y: float64(i/30) * 200}
		}, "color", "red")
	}
	f, err := b.build()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(data, "flow"), 0o750); err != nil {
		return err
	}
	out, err := os.Create(filepath.Join(data, "flow", "flow.json.gz"))
	if err != nil {
		return err
	}
	return errors.Join(definition.ExportNode(f).Write(out), out.Close())
}

// firstAnswer starts a node and times its first good answer; while it lives, look may measure it.
func (s *Suite) firstAnswer(ctx context.Context, dir string, look func(pid int) error) (took time.Duration, err error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		return 0, err
	}
	cmd := exec.CommandContext(ctx, self, "run", "--listen", addr, "--data", filepath.Join(dir, "data"))
	cmd.Stderr = os.Stderr
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	defer func() {
		_ = cmd.Process.Signal(os.Interrupt) // it may have ended by itself
		if werr := cmd.Wait(); err == nil {
			err = werr
		}
	}()
	url := "http://" + addr + "/nifi-api/flow/about"
	for {
		if resp, err := http.Get(url); err == nil {
			ok := resp.StatusCode == http.StatusOK
			_ = resp.Body.Close() // only the status counts
			if ok {
				break
			}
		}
		if time.Since(start) > 20*time.Second {
			return 0, fmt.Errorf("the node does not answer at %s", url)
		}
		if err := sleep(ctx, time.Millisecond); err != nil {
			return 0, err
		}
	}
	took = time.Since(start)
	if look != nil {
		err = look(cmd.Process.Pid)
	}
	return took, err
}

// idleCost reads memory and CPU time of a process from /proc, where there is one.
func (s *Suite) idleCost(ctx context.Context, pid, n int) error {
	if runtime.GOOS != "linux" {
		return nil
	}
	if err := sleep(ctx, 2*time.Second); err != nil {
		return err
	}
	before, err := cpuTicks(pid)
	if err != nil {
		return err
	}
	const watch = 10 * time.Second
	if err := sleep(ctx, watch); err != nil {
		return err
	}
	after, err := cpuTicks(pid)
	if err != nil {
		return err
	}
	rss, err := residentMB(pid)
	if err != nil {
		return err
	}
	cpu := float64(after-before) * 10 / watch.Seconds()
	s.Out(Result{
		Name: fmt.Sprintf("start/idle-cpu-each-second/%d-processors", n), Milliseconds: &cpu,
		Details: map[string]any{"memory_mb": rss, "cpu_percent": cpu / 10},
	})
	return nil
}

// cpuTicks is the CPU time of a process in hundredths of a second.
func cpuTicks(pid int) (int, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	f := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+2:]))
	user, err := strconv.Atoi(f[11])
	if err != nil {
		return 0, err
	}
	system, err := strconv.Atoi(f[12])
	return user + system, err
}

func residentMB(pid int) (float64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, err
	}
	pages, err := strconv.Atoi(strings.Fields(string(b))[1])
	return float64(pages) * float64(os.Getpagesize()) / 1e6, err
}

// queued fills a queue with n FlowFiles of ten attributes (some 160 bytes), times the next start and looks at its memory.
func (s *Suite) queued(ctx context.Context, n int) (err error) {
	dir, remove, err := s.temp("queued")
	if err != nil {
		return err
	}
	defer remove()
	b := newBuilder()
	props := []string{"Batch Size", "1000"}
	for i := range 10 {
		props = append(props, fmt.Sprintf("attribute-%d", i), fmt.Sprintf("value number %d", i))
	}
	gen := b.processor(std+"standard.GenerateFlowFile", func(p *flow.Processor) { p.SchedulingPeriod = "0 sec" }, props...)
	sink := b.processor("sink", func(p *flow.Processor) { p.State = flow.Stopped })
	c := b.connect(gen, sink, "success")
	c.BackPressureObjects, c.BackPressureSize = int64(n), "0 B"
	f, err := b.build()
	if err != nil {
		return err
	}
	if err := s.fillQueue(ctx, dir, f, c.ID, n); err != nil {
		return err
	}
	var memory float64
	took, err := s.firstAnswer(ctx, dir, func(pid int) (err error) {
		memory, err = residentMB(pid)
		return err
	})
	s.Out(Result{
		Name: "start/first-answer/1M-queued-flowfiles", Milliseconds: new(float64(took.Milliseconds())),
		Details: map[string]any{"memory_mb": memory},
	})
	return err
}

func noSwap(o *engine.Options) { o.Swap = -1 }

func (s *Suite) fillQueue(ctx context.Context, dir string, f *flow.Flow, connection string, n int) error {
	e, err := s.open(dir, noSwap)
	if err != nil {
		return err
	}
	e.Apply(f)
	var have sdk.Amount
	for have.Count < int64(n) {
		if err := sleep(ctx, 10*time.Millisecond); err != nil {
			return err
		}
		have.Count, have.Bytes = e.Queue(connection).Size()
	}
	return e.Close(ctx)
}

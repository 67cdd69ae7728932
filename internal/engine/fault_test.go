package engine_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/braidflow/braid/internal/clock"
	"github.com/braidflow/braid/internal/vfs"
)

// hasty is a clock that waits for a thousandth of the time where the engine waits for a disk to get well.
type hasty struct{ clock.Clock }

func (hasty) short(d time.Duration) time.Duration {
	if d > 5*time.Second {
		return d
	}
	return min(d, time.Millisecond)
}

func (h hasty) NewTimer(d time.Duration) clock.Timer { return clock.Real.NewTimer(h.short(d)) }
func (h hasty) AfterFunc(d time.Duration, f func()) clock.Timer {
	return clock.Real.AfterFunc(h.short(d), f)
}

// fixedFlow has one of each kind of step.
func fixedFlow(source sourceKind) *randomFlow {
	p := &plan{rng: rand.New(rand.NewPCG(1, 1))}
	chain := func(kinds ...kind) (first, last *step) {
		for _, k := range kinds {
			st := p.add(k)
			if last == nil {
				first = st
			} else {
				last.next = append(last.next, st)
			}
			last = st
		}
		return first, last
	}
	root, divided := chain(mark, rewrite, split)
	root.id, divided.k = "source", 3
	inner, joined := chain(extend, join)
	divided.join, divided.next = joined, []*step{inner}
	fork := p.add(both)
	joined.next = []*step{fork}
	left, _ := chain(retried, sinkAfter)
	right, _ := chain(comesBack, funnel, sinkAwait)
	fork.next = []*step{left, right}
	return &randomFlow{seed: 1, root: root, steps: p.steps, source: source, inputs: 8}
}

// faultTrial is a trial of the fixed flow on a disk that fails.
func faultTrial(t *testing.T, source sourceKind, mem *vfs.Mem, rule vfs.Rule) (*trial, *vfs.Fault) {
	f := fixedFlow(source)
	disk := vfs.NewFault(mem, rule)
	v := variant{threads: 4, tasks: 2, batch: 3, swap: 2, block: 2, snapshot: 3 * time.Millisecond, logSegment: 8 << 10, contents: 16 << 10}
	return &trial{t: t, flow: f, v: v, fs: disk, out: newOutside(f), clock: hasty{clock.Real}}, disk
}

// afterFault opens what a node left behind with a healthy disk and runs it to the end.
func (r *trial) afterFault(mem *vfs.Mem, when string) {
	r.t.Helper()
	again := &trial{t: r.t, flow: r.flow, v: r.v, fs: mem, out: r.out.afterCrash(r.out.promises(), r.flow.inputs), crashed: true, clock: r.clock}
	if err := again.open(); err != nil {
		r.t.Fatalf("%s: the next start: %v", when, err)
	}
	again.finish()
	again.check(when + ", then restarted")
	again.close()
}

// ways in which one call fails.
var ways = map[string]error{"EIO": syscall.EIO, "ENOSPC": syscall.ENOSPC}

// TestFault_TheNthCallToTheDiskFails lets each call of a whole run fail, one a run; writes still write half. Either the
// node goes on and delivers all, or it says that it must stop and the next start delivers the rest.
func TestFault_TheNthCallToTheDiskFails(t *testing.T) {
	for name, failure := range ways {
		for source := brancher; source < sourceKinds; source++ {
			nthCalls(t, name, failure, source)
		}
	}
}

// nthCalls is the loop over n. Everyday runs take a part of the calls, with -seeds 100 and more it is all.
func nthCalls(t *testing.T, name string, failure error, source sourceKind) {
	rng := rand.New(rand.NewPCG(*firstSeed, uint64(source)))
	every := max(1, 200/int(*seeds))
	ran := map[string]int{}
	for n := 1 + rng.IntN(every); ; n += 1 + rng.IntN(2*every-1) {
		var hit atomic.Pointer[vfs.Call]
		mem := vfs.NewMem()
		r, disk := faultTrial(t, source, mem, func(c vfs.Call) *vfs.Failure {
			if c.N == n {
				hit.Store(&c)
			}
			return vfs.FailNth(n, failure)(c)
		})
		outcome := r.withFault(disk, fmt.Sprintf("%s at call %d", name, n), &hit)
		if hit.Load() == nil {
			break
		}
		when := fmt.Sprintf("%s at call %d, %s %s, %s", name, n, hit.Load().Op, hit.Load().Name, outcome)
		ran[outcome]++
		if hit.Load().Op == vfs.OpSync && n <= r.calls && outcome == "went on" && mustNotGoOn(hit.Load().Name) {
			t.Errorf("%s: the node went on after a failed sync", when)
		}
		if len(r.out.wrong) > 0 {
			t.Fatalf("%s: %s", when, r.out.wrong[0])
		}
		r.afterFault(mem, when)
	}
	t.Logf("%s, source %d: %v", name, source, ran)
}

// mustNotGoOn tells of which files a sync must not fail unpunished; those that are written anew and renamed may.
func mustNotGoOn(name string) bool { return !strings.HasSuffix(name, ".partial") }

func (r *trial) withFault(disk *vfs.Fault, when string, hit *atomic.Pointer[vfs.Call]) (outcome string) {
	if err := r.open(); err != nil {
		return "did not start"
	}
	err := r.tryFinish()
	if err != nil && r.e.Err() == nil {
		r.t.Fatalf("%s, %v: %v", when, hit.Load(), err)
	}
	r.calls = disk.Calls() // what follows belongs to the end of the node
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	cerr := r.e.Close(ctx)
	switch {
	case r.e.Err() != nil:
		return "stopped"
	case cerr != nil:
		return "closed with an error"
	}
	return "went on"
}

// TestFault_AFullDiskIsWaitedFor fills the disk in the middle of a run: what cannot be kept is refused and users are
// told; when there is room again all goes on without a restart.
func TestFault_AFullDiskIsWaitedFor(t *testing.T) {
	refused := 0
	for seed := *firstSeed; seed < *firstSeed+*seeds; seed++ {
		for source := brancher; source < sourceKinds; source++ {
			var full atomic.Bool
			from := 60 + rand.New(rand.NewPCG(seed, 17)).IntN(250)
			rule := vfs.FailOps(&full, syscall.ENOSPC, vfs.OpWrite, vfs.OpMkdir)
			r, _ := faultTrial(t, source, vfs.NewMem(), func(c vfs.Call) *vfs.Failure {
				if c.N == from {
					full.Store(true)
				}
				return rule(c)
			})
			if err := r.open(); err != nil {
				t.Fatal(err)
			}
			done := false
			until(t, "the disk is full and the node has said so, or all is done", func() bool {
				done = r.done()
				return done || (full.Load() && strings.Contains(bulletins(r.e), syscall.ENOSPC.Error()))
			})
			if !done {
				refused++
			}
			acked := len(r.out.promises())
			full.Store(false)
			r.finish()
			if len(r.out.promises()) < acked || r.e.Err() != nil {
				t.Fatalf("%s: full from call %d: %v", r.name(), from, r.e.Err())
			}
			r.check(fmt.Sprintf("the disk was full from call %d", from))
			r.close()
		}
	}
	t.Logf("%d runs on a disk that fills up, %d of them while there was work to do", 2**seeds, refused)
	if refused == 0 {
		t.Error("no run met the full disk")
	}
}

// TestFault_AFailedSyncStopsTheNode lets all syncs fail from some moment on.
func TestFault_AFailedSyncStopsTheNode(t *testing.T) {
	for _, where := range []string{"/log/", "/content/", "/provenance/"} {
		var broken atomic.Bool
		mem := vfs.NewMem()
		r, _ := faultTrial(t, brancher, mem, func(c vfs.Call) *vfs.Failure {
			if c.Op == vfs.OpSync && mustNotGoOn(c.Name) && broken.Load() && strings.Contains(filepath.ToSlash(c.Name), where) {
				return &vfs.Failure{Err: syscall.EIO}
			}
			return nil
		})
		if err := r.open(); err != nil {
			t.Fatal(err)
		}
		broken.Store(true)
		err := r.tryFinish()
		if where == "/provenance/" && err == nil { // it may have had no reason to sync yet
			err = r.e.FlushEvents(t.Context())
			until(t, "the node says that it must stop", func() bool { return r.e.Err() != nil })
		}
		if err == nil || r.e.Err() == nil {
			t.Fatalf("%s: syncs fail and the node goes on: %v", where, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		_ = r.e.Close(ctx) // that it failed is known
		cancel()
		r.afterFault(mem, "syncs failed in "+where)
	}
}

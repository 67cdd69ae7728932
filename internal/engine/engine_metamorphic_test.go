package engine_test

import (
	"flag"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/braidflow/braid/internal/repo/flowfile"
	"github.com/braidflow/braid/internal/vfs"
)

// Long runs: go test -run 'Metamorphic|Crash' ./internal/engine -seeds 2000 -timeout 0
var (
	seeds     = flag.Uint64("seeds", 8, "random flows to run in each randomized test")
	firstSeed = flag.Uint64("first-seed", 1, "where the seeds begin")
)

// TestMetamorphic_OptionsAndRestartsChangeNothing runs each random flow under several random sets of options, with
// restarts in between: each time exactly the same must come out.
func TestMetamorphic_OptionsAndRestartsChangeNothing(t *testing.T) {
	runs := 0
	for seed := *firstSeed; seed < *firstSeed+*seeds; seed++ {
		f := newRandomFlow(seed, 60)
		rng := rand.New(rand.NewPCG(seed, 11))
		for range 3 {
			v := randomVariant(rng)
			if v.durability == flowfile.Memory {
				v.restarts = 0
			}
			r := &trial{t: t, flow: f, v: v, fs: vfs.NewMem(), out: newOutside(f)}
			r.withRestarts(rng)
			if n := r.out.twice(); n > 0 {
				t.Fatalf("%s: %d FlowFiles arrived twice", r.name(), n)
			}
			runs++
		}
	}
	t.Logf("seeds %d to %d: %d runs", *firstSeed, *firstSeed+*seeds-1, runs)
}

// withRestarts runs the flow to its end, stopping and starting the node now and then.
func (r *trial) withRestarts(rng *rand.Rand) {
	for left := r.v.restarts; ; left-- {
		if err := r.open(); err != nil {
			r.t.Fatalf("%s: open: %v", r.name(), err)
		}
		if left <= 0 {
			break
		}
		timer := time.NewTimer(time.Duration(rng.IntN(4000)) * time.Microsecond)
		select {
		case <-timer.C:
		case <-r.e.Failed():
		}
		timer.Stop()
		r.close()
	}
	r.finish()
	r.check("at the end")
	r.close()
}

package engine_test

import (
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/braidflow/braid/internal/repo/flowfile"
	"github.com/braidflow/braid/internal/vfs"
)

// powerCut is a disk as a loss of power left it, and what the outside knew then.
type powerCut struct {
	disk *vfs.Mem
	out  *outside
	when string
}

// cutter takes crash clones at some of the syncs of a disk.
type cutter struct {
	r *trial

	mu    sync.Mutex // guards what follows
	rng   *rand.Rand
	keep  int // so many cuts at most
	syncs int
	cuts  []powerCut
}

// watch makes the disk of a trial call the cutter before each sync. Acknowledgments are copied before the clone is
// made, deliveries after it: so both are what the outside knows for sure at the moment of the cut.
func (c *cutter) watch(disk *vfs.Mem) {
	disk.OnSync(func(op vfs.Op, name string) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.syncs++
		at := len(c.cuts)
		if at == c.keep { // each sync has the same chance to be among those that are kept
			if at = c.rng.IntN(c.syncs); at >= c.keep {
				return
			}
		}
		acked := c.r.out.promises()
		clone := disk.CrashClone(c.rng, []float64{0, 0.3, 0.7, 1}[c.rng.IntN(4)])
		cut := powerCut{clone, c.r.out.afterCrash(acked, c.r.flow.inputs), string(op) + " " + name}
		if at == len(c.cuts) {
			c.cuts = append(c.cuts, cut)
		} else {
			c.cuts[at] = cut
		}
	})
}

// TestCrash_PowerLossLosesNothingAcknowledged cuts the power of a running node at random moments, also while it
// recovers from an earlier cut, and lets each disk that this leaves recover and run to the end.
func TestCrash_PowerLossLosesNothingAcknowledged(t *testing.T) {
	cuts, syncs, twice := 0, 0, 0
	for seed := *firstSeed; seed < *firstSeed+*seeds; seed++ {
		f := newRandomFlow(seed, 40)
		rng := rand.New(rand.NewPCG(seed, 13))
		v := randomVariant(rng)
		v.durability, v.restarts = flowfile.Durable, 0
		disk := vfs.NewMem()
		c := &cutter{r: &trial{t: t, flow: f, v: v, fs: disk, out: newOutside(f)}, rng: rng, keep: 7}
		c.watch(disk)
		for _, cut := range c.run("no crash") {
			again := &cutter{r: &trial{t: t, flow: f, v: v, fs: cut.disk, out: cut.out, crashed: true}, rng: rng, keep: 2}
			again.watch(cut.disk)
			for _, second := range again.run("power lost before " + cut.when) {
				last := &cutter{r: &trial{t: t, flow: f, v: v, fs: second.disk, out: second.out, crashed: true}, rng: rng}
				last.run("power lost before " + cut.when + " and again before " + second.when)
				twice += second.out.twice()
				cuts++
			}
			syncs += again.syncs
			twice += cut.out.twice()
			cuts++
		}
		syncs += c.syncs
	}
	t.Logf("seeds %d to %d: %d recoveries, power lost at random among %d syncs; 0 lost, %d delivered again",
		*firstSeed, *firstSeed+*seeds-1, cuts, syncs, twice)
}

// run brings a node up on the disk, runs it to the end and checks it, and returns the cuts that were made meanwhile.
func (c *cutter) run(when string) []powerCut {
	r := c.r
	r.t.Helper()
	if err := r.open(); err != nil {
		r.t.Fatalf("%s, %s: open: %v", r.name(), when, err)
	}
	r.finish()
	r.check(when)
	r.close()
	return c.cuts
}

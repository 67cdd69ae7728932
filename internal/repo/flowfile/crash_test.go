package flowfile_test

import (
	"errors"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/braidflow/braid/internal/repo/flowfile"
	"github.com/braidflow/braid/internal/vfs"
)

// At each sync of a random run the power fails on a copy of the disk; what is recovered is a state between two
// commits, and all that was acknowledged is in it. The run goes on from what was recovered.
func TestCrash_AtEachSyncAWholePrefixIsRecovered(t *testing.T) {
	for seed := range seeds(t, 8) {
		rng := rand.New(rand.NewPCG(seed, 0))
		m := newModel(rng)
		disk := newDisk(t)
		for range 3 {
			if err := m.crashRun(disk, rand.New(rand.NewPCG(seed, 1))); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
		}
	}
}

func (m *model) crashRun(disk *vfs.Mem, crashes *rand.Rand) error {
	r, _, err := flowfile.Open(m.options(disk, nil))
	if err != nil {
		return err
	}
	var mu sync.Mutex // guards failed and crashes: the log's flusher syncs, and so does this goroutine
	var failed error
	disk.OnSync(func(vfs.Op, string) {
		mu.Lock()
		defer mu.Unlock()
		if failed == nil {
			clone := disk.CrashClone(crashes, []float64{0, 0.5, 0.9, 1}[crashes.IntN(4)])
			failed = errors.Join(m.verify(clone), m.verify(clone)) // a recovery changes nothing
		}
	})
	for range 40 {
		if err = m.commit(r); err != nil {
			break
		}
		switch m.rng.IntN(8) {
		case 0, 1:
			err = m.wait(r)
		case 2:
			if err = m.wait(r); err == nil {
				m.mu.Lock()
				m.stored = m.last
				m.mu.Unlock()
				err = m.snapshot(r)
			}
		}
		if err != nil {
			break
		}
	}
	disk.OnSync(nil)
	err = errors.Join(err, r.Close(), failed)
	m.acked = m.last
	return errors.Join(err, m.verify(disk.CrashClone(crashes, 0)))
}

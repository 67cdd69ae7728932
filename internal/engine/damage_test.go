package engine_test

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/braidflow/braid/internal/clock"
	"github.com/braidflow/braid/internal/engine"
	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/internal/vfs"
	"github.com/braidflow/braid/sdk"
)

const inStore = 60 // FlowFiles that the node of these tests has in its queue

func storedContent(n string) string { return strings.Repeat("content of "+n+", ", 20) }

// storeSource makes the FlowFiles, five a Trigger.
func storeSource() fn {
	made := 0
	var mu sync.Mutex
	return fn{trigger: func(_ context.Context, s *sdk.Session, p *fn) error {
		mu.Lock()
		defer mu.Unlock()
		for range min(5, inStore-made) {
			n := strconv.Itoa(made)
			ff, err := s.Write(s.Create(), func(w io.Writer) error { _, err := io.WriteString(w, storedContent(n)); return err })
			if err != nil {
				return err
			}
			s.Transfer(s.PutAttr(ff, "n", n), p.success)
			made++
		}
		return nil
	}}
}

// store is a node whose disk holds a snapshot, a log with more, swap files and contents.
type store struct {
	disk *vfs.Mem
	flow *flow.Flow // the sink runs, the source does not
	o    engine.Options
}

func newStore(t *testing.T, set func(*engine.Options)) *store {
	t.Helper()
	w := newWorld(t, set)
	src, sink := w.add("source", storeSource()), w.add("sink", (&reader{}).sink(), noSuccess, stopped, func(p *flow.Processor) {
		p.PenaltyDuration, p.YieldDuration = "1 hour", "0 sec" // what cannot be read waits, the rest goes on
	})
	w.connect("c", src, sink)
	w.run()
	until(t, "all are queued", func() bool { return w.queued("c") == inStore })
	w.close()
	w.change(flow.Run(flow.KindProcessor, "source", flow.Stopped), flow.Run(flow.KindProcessor, "sink", flow.Running))
	return &store{w.fs, w.flow, w.o}
}

// reader is a sink that looks at what it reads.
type reader struct {
	mu          sync.Mutex // guards what follows
	good, wrong []string
	unreadable  map[string]bool
}

func (r *reader) sink() fn {
	return fn{trigger: func(_ context.Context, s *sdk.Session, p *fn) error {
		ff, ok := s.Get()
		if !ok {
			return nil
		}
		b, err := s.ReadAll(ff, 1<<20)
		n := ff.Attr("n")
		r.mu.Lock()
		defer r.mu.Unlock()
		switch {
		case err != nil:
			r.unreadable[n] = true
			return err
		case string(b) == storedContent(n):
			r.good = append(r.good, n)
		default:
			r.wrong = append(r.wrong, n)
		}
		s.Remove(ff)
		return nil
	}, facts: func(s *sdk.Spec) { s.InputRequired() }}
}

func (r *reader) counts() (good, wrong, unreadable int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.good), len(r.wrong), len(r.unreadable)
}

// start opens a node on a disk and lets it read all it has; err is why it did not start.
func (s *store) start(t *testing.T, disk *vfs.Mem, salvage bool) (r *reader, told string, err error) {
	t.Helper()
	r = &reader{unreadable: map[string]bool{}}
	w := &world{t: t, fs: disk, flow: flow.Empty(), o: s.o}
	w.change(flow.Create(flow.NewProcessGroup("root", "", "test")))
	w.add("source", storeSource(), stopped)
	w.add("sink", r.sink(), noSuccess)
	w.flow, w.o.Salvage, w.o.Clock = s.flow, salvage, hasty{clock.Real}
	if w.e, err = engine.Open(w.withTypes()); err != nil {
		w.e = nil
		return r, "", err
	}
	defer w.close()
	w.e.Apply(w.flow)
	w.e.Settle()
	until(t, "all that can be read was read", func() bool {
		_, _, bad := r.counts()
		return w.queued("c") == bad
	})
	return r, bulletins(w.e), nil
}

// TestDamage_ALogCutAnywhereInItsEndStarts cuts the log at every byte of its last records, as a loss of power does.
func TestDamage_ALogCutAnywhereInItsEndStarts(t *testing.T) {
	s := newStore(t, func(*engine.Options) {})
	name, data := lastSegment(t, s.disk)
	end := len(strings.TrimRight(string(data), "\x00"))
	seen := map[int]bool{}
	for size := end; size >= end-600; size-- {
		disk := s.copy()
		overwrite(t, disk, name, data[:size])
		r, _, err := s.start(t, disk, false)
		if err != nil {
			t.Fatalf("cut at %d of %d: %v", size, end, err)
		}
		good, wrong, bad := r.counts()
		if wrong+bad > 0 || good%5 != 0 { // each commit has five
			t.Fatalf("cut at %d of %d: %d good, %d wrong, %d unreadable", size, end, good, wrong, bad)
		}
		seen[good] = true
	}
	if !seen[inStore] || len(seen) < 2 {
		t.Errorf("FlowFiles that were left: %v; the cuts did not go through a record", seen)
	}
}

// TestDamage_AFlippedBitIsNeverServed flips bits at random in everything that the node has stored. It may refuse to
// start, or go on without what is damaged and say so; wrong bytes or a silent loss may never be.
func TestDamage_AFlippedBitIsNeverServed(t *testing.T) {
	stores := []*store{
		newStore(t, func(o *engine.Options) { o.Swap, o.SwapBlock, o.SnapshotEvery = 10, 5, 2*time.Millisecond }),
		newStore(t, func(*engine.Options) {}), // all is in the log
	}
	rng := rand.New(rand.NewPCG(*firstSeed, 19))
	outcomes := map[string]int{}
	for range 15 * *seeds {
		s := stores[rng.IntN(len(stores))]
		dirs := []string{"flowfile", "flowfile/log", "content"}
		if s == stores[0] {
			dirs = append(dirs, "flowfile/swap", "provenance")
		}
		dir := dirs[rng.IntN(len(dirs))]
		var files []string
		list(t, s.disk, filepath.Join("data", filepath.FromSlash(dir)), &files)
		if len(files) == 0 {
			continue
		}
		name := files[rng.IntN(len(files))]
		data, err := vfs.ReadFile(s.disk, name)
		if err != nil {
			t.Fatal(err)
		}
		used := len(strings.TrimRight(string(data), "\x00"))
		if used == 0 {
			continue
		}
		at, bit := rng.IntN(used), byte(1)<<rng.IntN(8)
		data[at] ^= bit
		disk := s.copy()
		overwrite(t, disk, name, data)
		when := fmt.Sprintf("seed %d: %s, byte %d, bit %#x", *firstSeed, name, at, bit)
		outcomes[dir+filepath.Ext(name)+": "+s.meet(t, disk, when)]++
	}
	t.Logf("%d flips: %v", 15**seeds, outcomes)
}

// meet starts a node on a damaged disk and says how it dealt with that.
func (s *store) meet(t *testing.T, disk *vfs.Mem, when string) string {
	t.Helper()
	outcome := ""
	r, told, err := s.start(t, disk, false)
	if err != nil {
		if !strings.Contains(err.Error(), "damaged") {
			t.Fatalf("%s: %v", when, err)
		}
		outcome = "refused, then "
		if r, told, err = s.start(t, disk, true); err != nil {
			t.Fatalf("%s, salvaging: %v", when, err)
		}
	}
	good, wrong, bad := r.counts()
	slices.Sort(r.good)
	twice := len(slices.Compact(slices.Clone(r.good))) != good
	switch {
	case wrong > 0 || twice:
		t.Fatalf("%s: %s%d wrong, twice: %v", when, outcome, wrong, twice)
	case good == inStore:
		return outcome + "nothing lost"
	case outcome == "" && told == "":
		t.Fatalf("%s: %d of %d came out, %d could not be read, and nobody was told", when, good, inStore, bad)
	case bad > 0:
		return outcome + "unreadable, kept and told"
	}
	return outcome + "put aside and told"
}

func (s *store) copy() *vfs.Mem { return s.disk.CrashClone(rand.New(rand.NewPCG(0, 0)), 1) }

func list(t *testing.T, disk vfs.FS, dir string, files *[]string) {
	t.Helper()
	entries, err := disk.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		name := filepath.Join(dir, e.Name())
		if !e.IsDir() && e.Name() != "lock" {
			*files = append(*files, name)
		}
	}
}

func lastSegment(t *testing.T, disk vfs.FS) (name string, data []byte) {
	t.Helper()
	var files []string
	list(t, disk, filepath.Join("data", "flowfile", "log"), &files)
	for _, f := range files { // sorted
		if filepath.Ext(f) == ".wal" {
			name = f
		}
	}
	data, err := vfs.ReadFile(disk, name)
	if err != nil {
		t.Fatal(err)
	}
	return name, data
}

func overwrite(t *testing.T, disk vfs.FS, name string, data []byte) {
	t.Helper()
	f, err := disk.OpenFile(name, os.O_RDWR|os.O_TRUNC, fs.FileMode(0o640))
	if err == nil {
		_, err = f.Write(data)
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

package content_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/braidflow/braid/internal/clock"
	"github.com/braidflow/braid/internal/repo/content"
	"github.com/braidflow/braid/internal/vfs"
)

var errDisk = syscall.EIO

// seeds is raised for long runs: go test -run Crash ./internal/repo/content -seeds 2000
var seeds = flag.Uint64("seeds", 12, "runs of the crash test")

// ledger is what a log would know: the contents that a commit has promised, and those it has dropped.
type ledger struct {
	acked map[content.Claim][]byte

	mu      sync.Mutex // guards rng, crashes
	rng     *rand.Rand
	crashes []crash
}

// crash is a disk as a loss of power left it, and what had been promised by then.
type crash struct {
	disk     vfs.FS
	promised *ledger
	when     string
}

func newLedger(seed uint64) *ledger {
	return &ledger{acked: map[content.Claim][]byte{}, rng: rand.New(rand.NewPCG(seed, 2))}
}

// crash notes one that happens now; it may be called from any goroutine while work goes on.
func (l *ledger) crash(disk *vfs.Mem, when string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	clone := disk.CrashClone(l.rng, []float64{0, 0.5, 0.9, 1}[l.rng.IntN(4)])
	l.crashes = append(l.crashes, crash{clone, &ledger{acked: maps.Clone(l.acked)}, when})
}

// checkCrashes recovers from all crashes since the last time.
func (l *ledger) checkCrashes(t *testing.T) {
	t.Helper()
	for _, c := range l.crashes {
		c.promised.check(t, c.disk, c.when)
	}
	l.crashes = nil
}

// check reopens the disk with the promised claims, reads all of them and uses the repository.
func (l *ledger) check(t *testing.T, disk vfs.FS, when string) {
	t.Helper()
	o := options(disk)
	r, err := content.Open(o)
	if err != nil {
		t.Fatalf("%s: Open: %v", when, err)
	}
	defer func() { _ = r.Close() }() // nothing of it is used again
	if missing := r.Recover(maps.Keys(l.acked)); len(missing) > 0 {
		t.Fatalf("%s: missing %v", when, missing)
	}
	if err := r.Done(); err != nil {
		t.Fatalf("%s: Done: %v", when, err)
	}
	l.readAll(t, r, when)
	a := r.NewAppender()
	c := write(t, a, fill(99, 500))
	if err := errors.Join(a.Flush(), r.Sync(), r.Clean()); err != nil {
		t.Fatalf("%s: not usable again: %v", when, err)
	}
	if got := read(t, r, c); !bytes.Equal(got, fill(99, 500)) {
		t.Fatalf("%s: new content differs", when)
	}
	l.readAll(t, r, when+", cleaned")
}

func (l *ledger) readAll(t *testing.T, r *content.Repository, when string) {
	t.Helper()
	for c, want := range l.acked {
		if got := read(t, r, c); !bytes.Equal(got, want) {
			t.Fatalf("%s: content %v differs", when, c)
		}
	}
}

func options(disk vfs.FS) content.Options {
	return content.Options{
		FS: disk, Clock: clock.NewFake(time.Unix(1_800_000_000, 0)), Dir: "/data/content",
		SegmentSize: 16 << 10, LargeFrom: 4 << 10, SyncEvery: 8 << 10, MaxOpen: 3,
	}
}

// work runs sessions that write, commit, roll back, drop and clean, by a seed. It keeps the ledger, tolerates errors
// as an engine does, and returns whether a sync failed.
func (l *ledger) work(t *testing.T, r *content.Repository, clk *clock.Fake, seed uint64, sessions int) bool {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 1))
	apps := []*content.Appender{r.NewAppender(), r.NewAppender()}
	for i := range sessions {
		a := apps[rng.IntN(len(apps))]
		written, ok := l.session(a, rng, i)
		if ok && rng.IntN(6) == 0 {
			ok = false // the processor wants to roll back
		}
		if ok {
			ok = a.Flush() == nil
		} else {
			a.Discard()
		}
		if !ok {
			r.Apply(nil, slices.Collect(maps.Keys(written)))
			continue
		}
		if err := r.Sync(); err != nil {
			return true
		}
		maps.Copy(l.acked, written)
		if rng.IntN(3) == 0 {
			l.drop(r, rng)
		}
		clk.Advance(time.Minute)
		_ = r.Clean() // it says again what is wrong the next time
		l.checkCrashes(t)
	}
	l.checkCrashes(t)
	return false
}

func (l *ledger) session(a *content.Appender, rng *rand.Rand, seed int) (map[content.Claim][]byte, bool) {
	written := map[content.Claim][]byte{}
	for j := range 1 + rng.IntN(6) {
		w, err := a.Create()
		if err != nil {
			return written, false
		}
		n := rng.IntN(1500)
		if rng.IntN(15) == 0 {
			n = rng.IntN(20_000)
		}
		p := fill(seed*100+j, n)
		cut := rng.IntN(n + 1)
		_, err1 := w.Write(p[:cut])
		_, err2 := w.Write(p[cut:])
		if rng.IntN(10) == 0 {
			w.Abort()
			continue
		}
		c, err := w.Close()
		if err := errors.Join(err1, err2, err); err != nil {
			return written, false
		}
		if !c.Empty() {
			written[c] = p
		}
	}
	return written, true
}

// drop removes most FlowFiles, so that segments die or are compacted.
func (l *ledger) drop(r *content.Repository, rng *rand.Rand) {
	list := slices.SortedFunc(maps.Keys(l.acked), func(a, b content.Claim) int {
		if a.Segment != b.Segment {
			return int(a.Segment) - int(b.Segment)
		}
		return int(a.Offset - b.Offset)
	})
	var gone []content.Claim
	for _, c := range list {
		if rng.IntN(8) > 0 {
			gone = append(gone, c)
			delete(l.acked, c)
		}
	}
	r.Apply(nil, gone)
}

func TestRepository_SyncedContentSurvivesACrashAtAnySyncPoint(t *testing.T) {
	compacted := 0
	for seed := range *seeds {
		disk := vfs.NewMem()
		o := options(disk)
		r, err := content.Open(o)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Done(); err != nil {
			t.Fatal(err)
		}
		l := newLedger(seed)
		disk.OnSync(func(op vfs.Op, name string) {
			l.crash(disk, fmt.Sprintf("seed %d, crash before %s %s", seed, op, name))
		})
		if l.work(t, r, o.Clock.(*clock.Fake), seed, 40) {
			t.Fatal("a sync failed on a healthy disk")
		}
		disk.OnSync(nil)
		l.readAll(t, r, "at the end")
		if st := r.Stats(); st.Contents != int64(len(l.acked)) || st.UnknownReleases != 0 || st.Damaged != 0 {
			t.Errorf("seed %d: stats %+v, %d contents in the ledger", seed, st, len(l.acked))
		}
		list, err := disk.ReadDir(o.Dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			if _, ext, _ := bytes.Cut([]byte(e.Name()), []byte(".")); string(ext) == "moved" {
				compacted++
			}
		}
		_ = r.Close()
	}
	if compacted == 0 {
		t.Error("no segment was compacted: the test does not test it")
	}
}

// TestRepository_AnyDiskCallMayBeTheLast crashes at each single call, so also between the steps of compaction.
func TestRepository_AnyDiskCallMayBeTheLast(t *testing.T) {
	disk := vfs.NewMem()
	l := newLedger(7)
	fault := vfs.NewFault(disk, func(c vfs.Call) *vfs.Failure {
		if c.Op != vfs.OpRead && c.Op != vfs.OpUsage {
			l.crash(disk, fmt.Sprintf("crash before call %d, %s %s", c.N, c.Op, c.Name))
		}
		return nil
	})
	o := options(fault)
	r, err := content.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Done(); err != nil {
		t.Fatal(err)
	}
	if l.work(t, r, o.Clock.(*clock.Fake), 3, 60) {
		t.Fatal("a sync failed")
	}
	_ = r.Close()
}

func TestRepository_TheNthDiskCallFails(t *testing.T) {
	for name, cause := range map[string]error{"error": errDisk, "no space": vfs.ErrNoSpace} {
		t.Run(name, func(t *testing.T) {
			failed, total := 0, 100
			for n := 1_000_000; n != total; n++ { // the first time counts the calls
				disk := vfs.NewMem()
				fault := vfs.NewFault(disk, vfs.FailNth(n, cause))
				o := options(fault)
				r, err := content.Open(o)
				if err != nil {
					failed++
					(&ledger{}).check(t, disk, "after Open failed")
					continue
				}
				_ = r.Done() // its only errors are of files that are of no use
				l := newLedger(uint64(n))
				syncFailed := l.work(t, r, o.Clock.(*clock.Fake), 5, 25) || r.Sync() != nil
				if n == 1_000_000 {
					n, total = 0, fault.Calls()
				}
				if syncFailed {
					failed++
					if _, err := r.NewAppender().Create(); err == nil {
						t.Errorf("call %d: Create works after a failed sync", n)
					}
				} else {
					o.Clock.(*clock.Fake).Advance(time.Second)
					a := r.NewAppender()
					c := write(t, a, fill(1, 100)) // goes on by itself
					if err := errors.Join(a.Flush(), r.Sync()); err != nil {
						t.Errorf("call %d: not usable: %v", n, err)
					}
					read(t, r, c)
					l.readAll(t, r, "in the same process")
				}
				_ = r.Close()
				l.check(t, disk, "after a restart")
				l.check(t, disk.CrashClone(rand.New(rand.NewPCG(1, uint64(n))), 0), "after a crash")
			}
			if failed == 0 || total < 100 {
				t.Errorf("%d of %d calls had an effect: the test does not test it", failed, total)
			}
		})
	}
}

// TestSync_IncludesWhatOthersAreSyncing commits from several tasks, each of which syncs by itself.
func TestSync_IncludesWhatOthersAreSyncing(t *testing.T) {
	disk := vfs.NewMem()
	r, err := content.Open(options(disk))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }() // read from the clones only
	if err := r.Done(); err != nil {
		t.Fatal(err)
	}
	l := newLedger(1)
	var wg sync.WaitGroup
	for task := range 4 {
		wg.Go(func() {
			a := r.NewAppender()
			rng := rand.New(rand.NewPCG(uint64(task), 5))
			for i := range 40 {
				written, ok := l.session(a, rng, task*1000+i)
				if err := errors.Join(a.Flush(), r.Sync()); err != nil || !ok {
					t.Errorf("session: %v, %v", ok, err)
					return
				}
				l.mu.Lock()
				maps.Copy(l.acked, written)
				if i%5 == 0 {
					clone := disk.CrashClone(l.rng, 0)
					l.crashes = append(l.crashes, crash{clone, &ledger{acked: maps.Clone(l.acked)}, "crash after Sync"})
				}
				l.mu.Unlock()
			}
		})
	}
	wg.Wait()
	l.checkCrashes(t)
}

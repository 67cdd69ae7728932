package flowfile_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/braidflow/braid/internal/repo/content"
	"github.com/braidflow/braid/internal/repo/flowfile"
	"github.com/braidflow/braid/internal/repo/wal"
	"github.com/braidflow/braid/internal/vfs"
)

// filled makes a repository with snapshots, a log behind them and swap files, and closes it.
func filled(t testing.TB, disk *vfs.Mem, seed uint64, snapshots int) *model {
	t.Helper()
	m := newModel(rand.New(rand.NewPCG(seed, 7)))
	r, _ := mustOpen(t, m.options(disk, nil))
	for i := range snapshots + 1 {
		for range 15 {
			check(t, m.commit(r))
		}
		check(t, m.wait(r))
		if i < snapshots {
			m.stored = m.last
			check(t, m.snapshot(r))
		}
	}
	check(t, r.Close())
	return m
}

func files(t testing.TB, fsys vfs.FS, folder, ext string) (names []string) {
	t.Helper()
	entries, err := fsys.ReadDir(folder)
	check(t, err)
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ext) {
			names = append(names, filepath.Join(folder, e.Name()))
		}
	}
	return names
}

func flip(t testing.TB, fsys vfs.FS, name string, at int) {
	t.Helper()
	b, err := vfs.ReadFile(fsys, name)
	check(t, err)
	b[at] ^= 1 << (at % 8)
	f, err := fsys.OpenFile(name, os.O_RDWR, 0)
	check(t, err)
	_, err = f.WriteAt(b[at:at+1], int64(at))
	check(t, err)
	check(t, f.Close())
}

func copyDisk(m *vfs.Mem) *vfs.Mem { return m.CrashClone(rand.New(rand.NewPCG(0, 0)), 1) }

func TestRepository_RecoversInEachDurability(t *testing.T) {
	for name, durability := range map[string]flowfile.Durability{"durable": flowfile.Durable, "written": flowfile.Written} {
		t.Run(name, func(t *testing.T) {
			m := newModel(rand.New(rand.NewPCG(1, 1)))
			disk := newDisk(t)
			synced := 0
			for range 4 {
				o := m.options(disk, nil)
				o.Durability = durability
				o.BeforeSync = func() error { synced++; return nil }
				r, _ := mustOpen(t, o)
				for range 30 {
					check(t, m.commit(r))
				}
				check(t, m.wait(r))
				m.stored = m.last
				check(t, m.snapshot(r))
				check(t, m.commit(r))
				check(t, r.Close())
				m.acked = m.last
				check(t, m.verify(copyDisk(disk)))
			}
			if synced == 0 {
				t.Error("contents were never synced")
			}
		})
	}
}

func TestRepository_MemoryTouchesNoDisk(t *testing.T) {
	var got []event
	r, rec := mustOpen(t, flowfile.Options{
		Durability: flowfile.Memory,
		Events: func(pos wal.Position, blob []byte) error {
			got = append(got, event{pos, string(blob)})
			return nil
		},
	})
	if len(rec.Queues) != 0 || r.NextIDs(5) != 1 || r.NextIDs(1) != 6 {
		t.Error("a new repository is not empty")
	}
	var b flowfile.Batch
	b.Events([]byte("one"))
	b.Events([]byte("two"))
	pos, err := r.Commit(&b)
	check(t, err)
	check(t, r.Wait(t.Context(), pos))
	check(t, r.WriteSnapshot(t.Context(), flowfile.Snapshot{At: pos}))
	if _, err := r.WriteSwap(1, nil); !errors.Is(err, flowfile.ErrNoDisk) {
		t.Errorf("WriteSwap = %v, want ErrNoDisk", err)
	}
	check(t, r.Close())
	if want := []event{{pos, "one"}, {pos, "two"}}; !slices.Equal(got, want) {
		t.Errorf("events = %v, want %v", got, want)
	}
}

func TestRepository_BelongsToOneProcess(t *testing.T) {
	disk := newDisk(t)
	r, _ := mustOpen(t, options(disk))
	if _, _, err := flowfile.Open(options(disk)); !errors.Is(err, vfs.ErrLocked) {
		t.Errorf("second Open = %v, want ErrLocked", err)
	}
	check(t, r.Close())
	r, _ = mustOpen(t, options(disk))
	check(t, r.Close())
	check(t, r.Close())
}

func TestRepository_SnapshotsFreeTheLogAndSwapFiles(t *testing.T) {
	disk := newDisk(t)
	m := filled(t, disk, 2, 12)
	if n := len(files(t, disk, dir, ".snapshot")); n != 2 {
		t.Errorf("%d snapshots are kept, want 2", n)
	}
	if n := len(files(t, disk, dir+"/log", ".wal")); n > 8 {
		t.Errorf("%d segments of the log are left", n)
	}
	live := len(m.swaps)
	if n := len(files(t, disk, dir+"/swap", ".swap")); n < live || n > live+12 {
		t.Errorf("%d swap files are left for %d that are needed", n, live)
	}
	check(t, m.verify(disk))
}

func TestRepository_OrphanedSwapFileGoesAfterTwoSnapshots(t *testing.T) {
	disk := newDisk(t)
	m := newModel(rand.New(rand.NewPCG(3, 3)))
	r, _ := mustOpen(t, m.options(disk, nil))
	check(t, m.commit(r))
	_, err := r.WriteSwap(m.queue(), []*flowfile.FlowFile{m.newFlowFile(1)})
	check(t, err)
	check(t, r.Close()) // a crash before SwapOut was committed
	r, _ = mustOpen(t, m.options(disk, nil))
	for i := range 3 {
		if n := len(files(t, disk, dir+"/swap", ".swap")); (n == 1) != (i < 2) {
			t.Errorf("%d swap files after %d snapshots", n, i)
		}
		check(t, m.commit(r))
		check(t, m.wait(r))
		m.stored = m.last
		check(t, m.snapshot(r))
	}
	check(t, r.Close())
}

func TestRepository_EventsOutliveTheLogUntilStored(t *testing.T) {
	disk := newDisk(t)
	m := newModel(rand.New(rand.NewPCG(4, 4)))
	r, _ := mustOpen(t, m.options(disk, nil))
	for range 5 { // snapshots alone must not drop what nobody has stored
		for range 20 {
			check(t, m.commit(r))
		}
		check(t, m.wait(r))
		check(t, m.snapshot(r))
	}
	check(t, r.Close())
	m.acked = m.last
	check(t, m.verify(copyDisk(disk)))
	m.stored = m.events[len(m.events)/2].pos
	check(t, m.verify(disk))
}

// While events of the last process are not stored, a new snapshot would take away the names that they need.
func TestRepository_NoSnapshotBeforeOldEventsAreStored(t *testing.T) {
	disk := newDisk(t)
	m := filled(t, disk, 5, 0)
	r, _ := mustOpen(t, m.options(disk, nil))
	check(t, m.snapshot(r))
	if n := len(files(t, disk, dir, ".snapshot")); n != 0 {
		t.Errorf("%d snapshots were written", n)
	}
	m.stored = m.last
	check(t, m.snapshot(r))
	if n := len(files(t, disk, dir, ".snapshot")); n != 1 {
		t.Errorf("%d snapshots were written once the events were stored, want 1", n)
	}
	check(t, r.Close())
}

func TestRepository_SwapClaimsAreCountable(t *testing.T) {
	m := newModel(rand.New(rand.NewPCG(6, 6)))
	r, _ := mustOpen(t, options(newDisk(t)))
	var ffs []*flowfile.FlowFile
	want := map[content.Claim]int{}
	for range 3000 {
		ff := m.newFlowFile(r.NextIDs(1))
		ffs = append(ffs, ff)
		if !ff.Claim.Empty() {
			want[ff.Claim]++
		}
	}
	f, err := r.WriteSwap(m.queues[0], ffs)
	check(t, err)
	got := map[content.Claim]int{}
	check(t, r.SwapClaims(f, func(c content.Claim) { got[c]++ }))
	if !maps.Equal(got, want) {
		t.Errorf("%d claims, want %d", len(got), len(want))
	}
	back, err := r.ReadSwap(f)
	check(t, err)
	if len(back) != len(ffs) || describe(back[2999]) != describe(ffs[2999]) || f.Count != 3000 || f.MaxID != 3000 {
		t.Errorf("%d FlowFiles came back: %+v", len(back), f)
	}
	check(t, r.Close())
}

func TestRepository_CommitAllocatesNothing(t *testing.T) {
	m := newModel(rand.New(rand.NewPCG(8, 8)))
	r, _ := mustOpen(t, flowfile.Options{Durability: flowfile.Memory})
	old := m.newFlowFile(1)
	old.Attrs = flowfile.MakeAttrs(map[string]string{"a": "1", "b": "2", "c": "3"})
	changed := *old
	changed.Attrs = old.Attrs.With(nil, flowfile.Attr{Name: "b", Value: "4"})
	var b flowfile.Batch
	events := make([]byte, 100)
	fill := func() {
		for range 10 {
			b.Create(old, m.queues[0])
			b.Update(old, &changed, m.queues[1])
			b.Move(&changed, m.queues[0])
			b.Delete(&changed)
		}
		b.Events(events)
	}
	fill()
	_, err := r.Commit(&b)
	check(t, err)
	if n := testing.AllocsPerRun(100, func() {
		fill()
		b.Reset()
	}); n != 0 {
		t.Errorf("filling a batch takes %v allocations, want 0", n)
	}
	check(t, r.Close())
}

// A process with another dictionary writes log, snapshot and swap file; this one translates its numbers.
func TestRecover_TranslatesTheNamesOfAnotherProcess(t *testing.T) {
	folder := t.TempDir()
	if inChild(t, "BRAID_TEST_DIR="+folder) {
		for i := range 50 {
			flowfile.Intern(fmt.Sprintf("only-there-%d", i))
		}
		o := flowfile.Options{FS: vfs.OS, Dir: filepath.Join(os.Getenv("BRAID_TEST_DIR"), "ff")}
		writeForeign(t, o)
		return
	}
	flowfile.Intern("only-here")
	o := flowfile.Options{FS: vfs.OS, Dir: filepath.Join(folder, "ff")}
	for range 2 { // the second time behind a log of both processes
		r, rec := mustOpen(t, o)
		queues := map[string][]string{}
		for q, ffs := range rec.Queues {
			for _, ff := range ffs {
				queues[flowfile.NameOf(q)] = append(queues[flowfile.NameOf(q)], fmt.Sprint(ff.ID, maps.Collect(ff.Attrs.All())))
			}
		}
		want := map[string][]string{
			"there-in":  {"1 map[foreign-a:1 foreign-b:2]"},
			"there-out": {"2 map[foreign-a:changed foreign-b:2]"},
		}
		if fmt.Sprint(queues) != fmt.Sprint(want) {
			t.Errorf("queues = %v, want %v", queues, want)
		}
		out := flowfile.Number("there-out")
		if len(rec.Swaps[out]) != 1 {
			t.Fatalf("swap files = %v, want one of there-out", rec.Swaps)
		}
		ffs, err := r.ReadSwap(rec.Swaps[out][0])
		check(t, err)
		if got := fmt.Sprint(maps.Collect(ffs[0].Attrs.All())); got != "map[foreign-a:1 foreign-b:2]" {
			t.Errorf("swapped out: %s", got)
		}
		var b flowfile.Batch
		b.Create(&flowfile.FlowFile{ID: 100, Attrs: flowfile.MakeAttrs(map[string]string{"only-here": "x"})}, out)
		b.Delete(&flowfile.FlowFile{ID: 100})
		_, err = r.Commit(&b)
		check(t, err)
		check(t, r.Close())
	}
}

func writeForeign(t *testing.T, o flowfile.Options) {
	r, _ := mustOpen(t, o)
	in, out := flowfile.Number("there-in"), flowfile.Number("there-out")
	var ffs []*flowfile.FlowFile
	var b flowfile.Batch
	for id := range uint64(3) {
		ff := &flowfile.FlowFile{ID: id + 1, Attrs: flowfile.MakeAttrs(map[string]string{"foreign-a": "1", "foreign-b": "2"})}
		ffs = append(ffs, ff)
		b.Create(ff, in)
	}
	_, err := r.Commit(&b)
	check(t, err)
	check(t, r.WriteSnapshot(context.Background(), flowfile.Snapshot{
		At: r.Position(),
		Live: func(yield func(uint32, *flowfile.FlowFile) bool) {
			_ = yield(in, ffs[0]) && yield(in, ffs[1]) && yield(in, ffs[2])
		},
	}))
	changed := *ffs[1]
	changed.Attrs = changed.Attrs.With(nil, flowfile.Attr{Name: "foreign-a", Value: "changed"})
	b.Update(ffs[1], &changed, out)
	f, err := r.WriteSwap(out, ffs[2:])
	check(t, err)
	b.SwapOut(f, ffs[2:])
	_, err = r.Commit(&b)
	check(t, err)
	check(t, r.Close())
}

// A file written before a crash may be named by a commit that survives or not; another with its name would be taken
// for it, or be deleted in its place.
func TestRepository_SwapFileNamesAreNotGivenOutAgain(t *testing.T) {
	for name, commits := range map[string]bool{"named by the log": true, "orphaned": false} {
		t.Run(name, func(t *testing.T) {
			disk := newDisk(t)
			r, _ := mustOpen(t, options(disk))
			ffs := []*flowfile.FlowFile{{ID: r.NextIDs(1)}}
			first, err := r.WriteSwap(flowfile.Number("q"), ffs)
			check(t, err)
			if commits {
				var b flowfile.Batch
				b.SwapOut(first, ffs)
				_, err := r.Commit(&b)
				check(t, err)
			}
			check(t, r.Close())
			r, _ = mustOpen(t, options(disk))
			second, err := r.WriteSwap(flowfile.Number("q"), nil)
			check(t, err)
			if second.Name == first.Name {
				t.Errorf("%s was given out again", first.Name)
			}
			check(t, r.Close())
		})
	}
}

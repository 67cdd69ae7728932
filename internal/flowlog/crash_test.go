package flowlog_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/internal/flow/randomflow"
	"github.com/braidflow/braid/internal/flowlog"
	"github.com/braidflow/braid/internal/vfs"
)

func report(b *testing.B, took []time.Duration) {
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
}

// copyDisk returns a disk in memory with the files of a folder, edited by change.
func copyDisk(t testing.TB, from *vfs.Mem, change func(name string, data []byte) []byte) *vfs.Mem {
	t.Helper()
	to := vfs.NewMem()
	if err := vfs.MakeDir(to, "flow"); err != nil {
		t.Fatal(err)
	}
	names, err := from.ReadDir("flow")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		if n.IsDir() {
			continue
		}
		data, err := vfs.ReadFile(from, "flow/"+n.Name())
		if err != nil {
			t.Fatal(err)
		}
		if data = change(n.Name(), data); data == nil {
			continue
		}
		err = vfs.WriteFileAtomic(to, "flow/"+n.Name(), func(w io.Writer) error { _, err := w.Write(data); return err })
		if err != nil {
			t.Fatal(err)
		}
	}
	return to
}

func isSegment(name string) bool { return strings.HasPrefix(name, "log-") }

func TestOpen_LogCutAtEveryByteOfItsLastEntry(t *testing.T) {
	disk := vfs.NewMem()
	l := open(t, options(disk))
	label(t, l, "a")
	before, _ := current(t, l)
	whole, _ := vfs.ReadFile(disk, "flow/log-00000000000000000001.jsonl")
	label(t, l, "b")
	after, _ := current(t, l)
	longer, _ := vfs.ReadFile(disk, "flow/log-00000000000000000001.jsonl")
	closeLog(t, l)
	for cut := len(whole); cut <= len(longer); cut++ {
		crashed := copyDisk(t, disk, func(name string, data []byte) []byte {
			if isSegment(name) {
				return data[:cut]
			}
			return nil // flow.json.gz is behind
		})
		l := open(t, options(crashed))
		got, index := current(t, l)
		if want := map[bool]string{true: after, false: before}[cut == len(longer)]; got != want {
			t.Fatalf("cut at %d of %d: index %d, flow\n%s\nwant\n%s", cut, len(longer), index, got, want)
		}
		label(t, l, "c")
		want, last := current(t, l)
		closeLog(t, l)
		l = open(t, options(crashed))
		if got, index := current(t, l); got != want || index != last {
			t.Fatalf("cut at %d: an edit after the recovery is lost", cut)
		}
		closeLog(t, l)
	}
}

// TestOpen_FlippedBitIsNeverServed flips bits all over the log and its snapshots: Open must give the right
// flow or refuse.
func TestOpen_FlippedBitIsNeverServed(t *testing.T) {
	disk := vfs.NewMem()
	o := options(disk)
	o.SnapshotEvery = 3
	l := open(t, o)
	for i := range 4 {
		label(t, l, fmt.Sprint("l", i))
	}
	want, last := current(t, l)
	closeLog(t, l)
	names, _ := disk.ReadDir("flow")
	snapshots := 0
	for _, n := range names {
		if n.Name() == "flow.json.gz" || n.IsDir() {
			continue
		}
		if strings.HasPrefix(n.Name(), "snapshot-") {
			snapshots++
		}
		whole, _ := vfs.ReadFile(disk, "flow/"+n.Name())
		for i := range whole {
			for _, withFile := range []bool{true, false} {
				if (withFile && i%11 != 0) || (!withFile && i%7 != 1) {
					continue // all of them would take too long with the race detector
				}
				flipped := copyDisk(t, disk, func(name string, data []byte) []byte {
					if name == n.Name() {
						data = bytes.Clone(data)
						data[i] ^= 1 << (i % 8)
					}
					if name == "flow.json.gz" && !withFile {
						return nil
					}
					return data
				})
				o.FS = flipped
				check(t, o, fmt.Sprintf("%s byte %d, flow.json.gz %v", n.Name(), i, withFile), want, last, withFile)
			}
		}
	}
	if snapshots == 0 {
		t.Error("there was no snapshot to damage")
	}
}

func check(t *testing.T, o flowlog.Options, what, want string, last uint64, mustOpen bool) {
	t.Helper()
	l, err := flowlog.Open(o)
	if err != nil {
		if mustOpen || !errors.Is(err, flowlog.ErrDamaged) {
			t.Fatalf("%s: %v", what, err)
		}
		if strings.Contains(err.Error(), "\n") {
			t.Fatalf("%s: error of several lines: %v", what, err)
		}
		return
	}
	defer closeLog(t, l)
	f, index := l.Current()
	// A damaged last entry looks like a torn one: without flow.json.gz nothing tells that it was acknowledged.
	if !mustOpen && index == last-1 {
		return
	}
	w, err := flow.Decode([]byte(want))
	if err != nil {
		t.Fatal(err)
	}
	if diff := flow.Between(w, f); len(diff) > 0 || index < last {
		t.Fatalf("%s: index %d, want %d or more; the flow differs: %+v", what, index, last, diff)
	}
}

func TestOpen_RepairsOnlyWhenAllowed(t *testing.T) {
	disk := vfs.NewMem()
	l := open(t, options(disk))
	root, _ := l.Current()
	for i := range 5 {
		label(t, l, fmt.Sprint("l", i))
	}
	closeLog(t, l)
	damaged := copyDisk(t, disk, func(name string, data []byte) []byte {
		if !isSegment(name) {
			return nil
		}
		lines := bytes.SplitAfter(data, []byte{'\n'})
		lines[3][20] ^= 1
		return bytes.Join(lines, nil)
	})
	o := options(damaged)
	_, err := flowlog.Open(o)
	if !errors.Is(err, flowlog.ErrDamaged) || !strings.Contains(err.Error(), "entries 4 to 6 are lost") {
		t.Fatalf("Open = %v, want %v and which entries are lost", err, flowlog.ErrDamaged)
	}
	o.Repair = true
	l = open(t, o)
	f, index := l.Current()
	if index != 7 || f.Get("l1") == nil || f.Get("l2") != nil || f.Root().ID != root.Root().ID {
		t.Errorf("repaired: index %d, l1 %v, l2 %v; want 7 (never used before) and the flow of entry 3", index, f.Get("l1"), f.Get("l2"))
	}
	label(t, l, "after")
	want, _ := current(t, l)
	closeLog(t, l)
	o.Repair = false
	l = open(t, o)
	if got, _ := current(t, l); got != want {
		t.Error("the repaired log gives another flow when it is opened again")
	}
	closeLog(t, l)
	if kept, err := damaged.ReadDir("flow/quarantine"); err != nil || len(kept) == 0 {
		t.Errorf("quarantine = %v, %v; want the damaged segment", kept, err)
	}
}

// TestLog_PowerLossAtEverySync looks at the disk as it would be found after a loss of power at each sync: every edit
// that was acknowledged before is there.
func TestLog_PowerLossAtEverySync(t *testing.T) {
	for seed := range uint64(2) {
		rng := rand.New(rand.NewPCG(seed, 3))
		disk := vfs.NewMem()
		o := options(disk)
		o.SnapshotEvery = 4
		var states []string // by index; those that Append has returned
		var clones []*vfs.Mem
		var acked []int
		mu := make(chan struct{}, 1) // guards the three: snapshots are synced by another goroutine
		disk.OnSync(func(vfs.Op, string) {
			mu <- struct{}{}
			clones = append(clones, disk.CrashClone(rng, 0.5))
			acked = append(acked, len(states)-1)
			<-mu
		})
		l := open(t, o)
		first, _ := current(t, l)
		mu <- struct{}{}
		states = []string{"", first}
		<-mu
		edits := rand.New(rand.NewPCG(seed, 4))
		for len(states) < 20 {
			f, index := l.Current()
			if _, err := l.Append(t.Context(), index, randomflow.Edit(edits, f)); err == nil {
				state, _ := current(t, l)
				mu <- struct{}{}
				states = append(states, state)
				<-mu
			}
		}
		disk.OnSync(nil)
		closeLog(t, l)
		for i, clone := range clones {
			o.FS = clone
			l, err := flowlog.Open(o)
			if err != nil {
				t.Fatalf("seed %d, sync %d: %v", seed, i, err)
			}
			got, index := current(t, l)
			closeLog(t, l)
			if int(index) < acked[i] {
				t.Fatalf("seed %d, sync %d: entry %d is there, %d was acknowledged", seed, i, index, acked[i])
			}
			if acked[i] >= 1 && got != states[index] {
				t.Fatalf("seed %d, sync %d: the flow at %d is another one", seed, i, index)
			}
		}
	}
}

// TestLog_EveryDiskCallFailsOnce lets the n-th disk call fail, for every n: no acknowledged edit is lost, and the
// state in memory is the one that is on disk.
func TestLog_EveryDiskCallFailsOnce(t *testing.T) {
	count := vfs.NewFault(vfs.NewMem(), nil)
	o := options(count)
	o.SnapshotEvery = 3
	if acked := run(t, o, 0); len(acked) != 10 {
		t.Fatalf("without a failure %d edits were acknowledged, want 10", len(acked))
	}
	for n := 1; n <= count.Calls(); n++ {
		disk := vfs.NewMem()
		boom := errors.New("boom")
		fault := vfs.NewFault(disk, vfs.FailNth(n, boom))
		o := options(fault)
		o.SnapshotEvery = 3
		acked := run(t, o, n)
		o.FS = disk
		l, err := flowlog.Open(o)
		if err != nil {
			t.Fatalf("call %d failed; then Open: %v", n, err)
		}
		f, _ := l.Current()
		for _, id := range acked {
			if f.Get(id) == nil {
				t.Fatalf("call %d failed: acknowledged %s is lost", n, id)
			}
		}
		closeLog(t, l)
	}
}

// run appends ten labels and returns the acknowledged ones.
func run(t *testing.T, o flowlog.Options, n int) (acked []string) {
	t.Helper()
	l, err := flowlog.Open(o)
	if err != nil {
		return nil
	}
	for i := range 10 {
		f, index := l.Current()
		id := fmt.Sprint("l", i)
		_, err := l.Append(t.Context(), index, flow.ChangeSet{Changes: []flow.Change{flow.Create(flow.NewLabel(id, f.Root().ID, id))}})
		if err == nil {
			acked = append(acked, id)
		}
		g, now := l.Current()
		if (g.Get(id) != nil) != (err == nil) || (err == nil) != (now == index+1) {
			t.Fatalf("call %d failed: Append = %v, but the flow says otherwise", n, err)
		}
	}
	_ = l.Close() // may be the call that fails
	return acked
}

func TestAppend_FullDisk(t *testing.T) {
	disk := vfs.NewMem()
	l := open(t, options(disk))
	defer closeLog(t, l)
	label(t, l, "a")
	disk.SetCapacity(disk.Used() + 20)
	f, index := l.Current()
	edit := flow.ChangeSet{Changes: []flow.Change{flow.Create(flow.NewLabel("b", f.Root().ID, "b"))}}
	if _, err := l.Append(t.Context(), index, edit); err == nil {
		t.Fatal("Append on a full disk succeeded")
	}
	disk.SetCapacity(1 << 30)
	if _, err := l.Append(t.Context(), index, edit); err != nil {
		t.Errorf("Append when there is space again: %v", err)
	}
}

func TestAppend_FailedSyncStopsTheLog(t *testing.T) {
	disk := vfs.NewMem()
	var on atomic.Bool
	fault := vfs.NewFault(disk, func(c vfs.Call) *vfs.Failure {
		if on.Load() && c.Op == vfs.OpSync {
			return &vfs.Failure{Err: errors.New("boom")}
		}
		return nil
	})
	l := open(t, options(fault))
	_, index := l.Current()
	on.Store(true)
	if _, err := l.Append(t.Context(), index, flow.ChangeSet{}); !errors.Is(err, flowlog.ErrBroken) {
		t.Errorf("Append = %v, want %v", err, flowlog.ErrBroken)
	}
	on.Store(false)
	if _, err := l.Append(t.Context(), index, flow.ChangeSet{}); !errors.Is(err, flowlog.ErrBroken) {
		t.Errorf("the next Append = %v, want %v", err, flowlog.ErrBroken)
	}
	closeLog(t, l)
}

func FuzzOpen(f *testing.F) {
	disk := vfs.NewMem()
	l := open(f, options(disk))
	label(f, l, "a")
	closeLog(f, l)
	whole, err := vfs.ReadFile(disk, "flow/log-00000000000000000001.jsonl")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add([]byte("BFL1 00000000 {}\n"))
	f.Add([]byte(""))
	f.Fuzz(func(t *testing.T, data []byte) {
		disk := vfs.NewMem()
		_ = disk.MkdirAll("flow", fs.ModePerm)
		file, err := disk.OpenFile("flow/log-00000000000000000001.jsonl", os.O_RDWR|os.O_CREATE, 0)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = file.Write(data)
		l, err := flowlog.Open(options(disk))
		if err != nil {
			if !errors.Is(err, flowlog.ErrDamaged) {
				t.Errorf("Open: %v, want success or %v", err, flowlog.ErrDamaged)
			}
			return
		}
		if root, _ := l.Current(); root.Root() == nil {
			t.Error("an open log has no root group")
		}
		closeLog(t, l)
	})
}

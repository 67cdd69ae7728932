package flowlog_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/braidflow/braid/internal/clock"
	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/internal/flow/randomflow"
	"github.com/braidflow/braid/internal/flowlog"
	"github.com/braidflow/braid/internal/vfs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func options(fsys vfs.FS) flowlog.Options {
	return flowlog.Options{FS: fsys, Clock: clock.NewFake(start), Dir: "flow", Log: slog.New(slog.DiscardHandler)}
}

func open(t testing.TB, o flowlog.Options) *flowlog.Log {
	t.Helper()
	l, err := flowlog.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func closeLog(t testing.TB, l *flowlog.Log) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

func encode(t testing.TB, f *flow.Flow) string {
	t.Helper()
	data, err := f.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func current(t testing.TB, l *flowlog.Log) (string, uint64) {
	t.Helper()
	f, index := l.Current()
	return encode(t, f), index
}

// label appends the creation of a label.
func label(t testing.TB, l *flowlog.Log, id string) flowlog.Entry {
	t.Helper()
	f, index := l.Current()
	e, err := l.Append(t.Context(), index, flow.ChangeSet{Who: "ann", Changes: []flow.Change{flow.Create(flow.NewLabel(id, f.Root().ID, id))}})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestOpen_StartsWithARootGroup(t *testing.T) {
	disk := vfs.NewMem()
	l := open(t, options(disk))
	f, index := l.Current()
	if index != 1 || f.Root() == nil || f.Root().Name != "Braid Flow" {
		t.Fatalf("new log: index %d, root %v; want 1 and a root group", index, f.Root())
	}
	e := label(t, l, "a")
	if e.Index != 2 || !e.Edit.When.Equal(start) {
		t.Errorf("entry = %d at %v, want 2 at %v", e.Index, e.Edit.When, start)
	}
	want, _ := current(t, l)
	if _, err := flowlog.Open(options(disk)); !errors.Is(err, vfs.ErrLocked) {
		t.Errorf("second Open: %v, want %v", err, vfs.ErrLocked)
	}
	closeLog(t, l)
	if _, err := l.Append(t.Context(), 2, flow.ChangeSet{}); !errors.Is(err, flowlog.ErrClosed) {
		t.Errorf("Append after Close: %v, want %v", err, flowlog.ErrClosed)
	}
	l = open(t, options(disk))
	defer closeLog(t, l)
	if got, index := current(t, l); got != want || index != 2 {
		t.Errorf("after reopening: index %d, flow\n%s\nwant 2,\n%s", index, got, want)
	}
}

func TestAppend_OneOfTwoWins(t *testing.T) {
	l := open(t, options(vfs.NewMem()))
	defer closeLog(t, l)
	for round := range 50 {
		f, index := l.Current()
		var wg sync.WaitGroup
		errs := make([]error, 2)
		for i := range errs {
			wg.Go(func() {
				c := flow.Create(flow.NewLabel(fmt.Sprintf("l%d-%d", round, i), f.Root().ID, "x"))
				_, errs[i] = l.Append(context.Background(), index, flow.ChangeSet{Changes: []flow.Change{c}})
			})
		}
		wg.Wait()
		if (errs[0] == nil) == (errs[1] == nil) || !errors.Is(errors.Join(errs...), flowlog.ErrConflict) {
			t.Fatalf("round %d: %v and %v, want one success and one conflict", round, errs[0], errs[1])
		}
		if _, now := l.Current(); now != index+1 {
			t.Fatalf("index = %d, want %d", now, index+1)
		}
	}
}

func TestAppend_RefusesWithoutATrace(t *testing.T) {
	l := open(t, options(vfs.NewMem()))
	defer closeLog(t, l)
	before, index := current(t, l)
	if _, err := l.Append(t.Context(), index, flow.ChangeSet{Changes: []flow.Change{flow.Delete(flow.KindLabel, "x")}}); !errors.Is(err, flow.ErrNotFound) {
		t.Errorf("illegal edit: %v, want %v", err, flow.ErrNotFound)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Append(ctx, index, flow.ChangeSet{}); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
	if after, now := current(t, l); after != before || now != index {
		t.Error("a refused edit changed the flow")
	}
}

// fill appends n random edits and returns the states after each index from 0 on.
func fill(t testing.TB, l *flowlog.Log, rng *rand.Rand, n int) []string {
	t.Helper()
	state, index := current(t, l)
	states := make([]string, index, int(index)+n+1)
	states = append(states, state)
	for len(states) <= n+1 {
		f, index := l.Current()
		_, err := l.Append(t.Context(), index, randomflow.Edit(rng, f))
		if err == nil {
			state, _ := current(t, l)
			states = append(states, state)
		}
	}
	return states
}

func TestLog_ReplayHistoryAndUndo(t *testing.T) {
	disk := vfs.NewMem()
	o := options(disk)
	o.SnapshotEvery = 7
	l := open(t, o)
	states := fill(t, l, rand.New(rand.NewPCG(1, 2)), 40)
	closeLog(t, l)
	l = open(t, o)
	defer closeLog(t, l)
	last := uint64(len(states) - 1)
	if got, index := current(t, l); index != last || got != states[last] {
		t.Fatalf("replayed: index %d, flow\n%s\nwant %d,\n%s", index, got, last, states[last])
	}
	for i := uint64(1); i <= last; i++ {
		f, err := l.FlowAt(i)
		if err != nil || encode(t, f) != states[i] {
			t.Fatalf("FlowAt(%d): %v, or another flow than it was", i, err)
		}
	}
	entries, err := l.Entries(1, last)
	if err != nil || uint64(len(entries)) != last || entries[last-1].Index != last {
		t.Fatalf("Entries = %d, %v; want %d", len(entries), err, last)
	}
	for i := last; i >= 2; i-- { // undo everything, newest first
		inverse, err := l.Inverse(i)
		if err != nil {
			t.Fatal(err)
		}
		_, index := l.Current()
		if _, err := l.Append(t.Context(), index, inverse); err != nil {
			t.Fatalf("undo of entry %d: %v", i, err)
		}
		if got, _ := current(t, l); got != states[i-1] {
			t.Fatalf("after the undo of entry %d the flow is not that of entry %d", i, i-1)
		}
	}
	for _, r := range [][2]uint64{{0, 1}, {3, 2}, {1, 1000}} {
		if _, err := l.Entries(r[0], r[1]); !errors.Is(err, flowlog.ErrGone) {
			t.Errorf("Entries(%d, %d): %v, want %v", r[0], r[1], err, flowlog.ErrGone)
		}
	}
}

func TestLog_KeepsAsManyEntriesAsAsked(t *testing.T) {
	disk := vfs.NewMem()
	synctest.Test(t, func(t *testing.T) {
		o := options(disk)
		o.Clock = clock.Real
		o.SnapshotEvery, o.KeepEntries = 5, 10
		l := open(t, o)
		for i := range 60 {
			label(t, l, fmt.Sprint("l", i))
			synctest.Wait() // until the snapshot is written
		}
		want, last := current(t, l)
		if _, err := l.Entries(1, 1); err != nil { // still in memory
			t.Error(err)
		}
		closeLog(t, l)
		l = open(t, o)
		defer closeLog(t, l)
		if got, index := current(t, l); got != want || index != last {
			t.Errorf("index %d after pruning and reopening, want %d and the same flow", index, last)
		}
		if _, err := l.Entries(last-9, last); err != nil {
			t.Errorf("the last ten entries: %v", err)
		}
		if _, err := l.FlowAt(last - 9); err != nil {
			t.Errorf("the flow ten entries ago: %v", err)
		}
		if _, err := l.Entries(1, 1); !errors.Is(err, flowlog.ErrGone) {
			t.Errorf("the first entry: %v, want %v", err, flowlog.ErrGone)
		}
	})
}

func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := options(vfs.NewMem())
		o.Clock = clock.Real
		l := open(t, o)
		label(t, l, "a")
		var got []uint64
		done := make(chan struct{})
		go func() {
			defer close(done)
			for e, err := range l.Watch(context.Background(), 1) {
				if err != nil {
					t.Error(err)
				}
				got = append(got, e.Index)
			}
		}()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			for range l.Watch(ctx, 100) { //nolint:errcheck // its errors are what this loop must not get
				t.Error("an entry of the future was yielded")
			}
		}()
		synctest.Wait()
		label(t, l, "b")
		synctest.Wait()
		cancel()
		<-ended
		label(t, l, "c")
		closeLog(t, l)
		<-done
		if fmt.Sprint(got) != "[1 2 3 4]" {
			t.Errorf("watched %v, want 1 to 4", got)
		}
	})
}

func TestFlowFile_IsBatchedAndStartsANewNode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := vfs.NewMem()
		o := options(disk)
		o.Clock = clock.Real
		l := open(t, o)
		synctest.Wait()
		time.Sleep(time.Second) // synctest's clock: past the first writing
		synctest.Wait()
		old, err := vfs.ReadFile(disk, "flow/flow.json.gz")
		if err != nil {
			t.Fatal(err)
		}
		writes := 0
		disk.OnSync(func(op vfs.Op, name string) {
			if op == vfs.OpSync && strings.Contains(name, "flow.json.gz") {
				writes++
			}
		})
		for i := range 10 {
			label(t, l, fmt.Sprint("l", i))
			time.Sleep(40 * time.Millisecond)
		}
		if now, _ := vfs.ReadFile(disk, "flow/flow.json.gz"); !bytes.Equal(now, old) {
			t.Error("flow.json.gz was written before half a second had passed")
		}
		time.Sleep(200 * time.Millisecond)
		synctest.Wait()
		if writes != 1 {
			t.Errorf("flow.json.gz was written %d times after ten edits, want once", writes)
		}
		label(t, l, "last")
		closeLog(t, l)
		if writes != 2 {
			t.Errorf("flow.json.gz was written %d times after Close, want twice", writes)
		}
		data, _ := vfs.ReadFile(disk, "flow/flow.json.gz")
		want, _ := l.Current()

		fresh := vfs.NewMem()
		if err := vfs.MakeDir(fresh, "flow"); err != nil {
			t.Fatal(err)
		}
		f, _ := vfs.Create(fresh, "flow/flow.json.gz")
		_, _ = f.Write(data)
		o.FS = fresh
		other := open(t, o)
		defer closeLog(t, other)
		got, index := other.Current()
		if index != 1 || got.Len() != want.Len() || got.Root().ID != want.Root().ID || got.Get("last") == nil {
			t.Errorf("new node: index %d, %d components; want 1, %d", index, got.Len(), want.Len())
		}
	})
}

func TestOpen_RefusesABadFlowFile(t *testing.T) {
	disk := vfs.NewMem()
	if err := vfs.MakeDir(disk, "flow"); err != nil {
		t.Fatal(err)
	}
	f, _ := vfs.Create(disk, "flow/flow.json.gz")
	_, _ = f.Write([]byte(`{"rootGroup": [`))
	_, err := flowlog.Open(options(disk))
	if err == nil || !strings.Contains(err.Error(), "line 1") || strings.Contains(err.Error(), "\n") {
		t.Errorf("Open = %v, want one line that says where", err)
	}
}

func BenchmarkAppend(b *testing.B) {
	l := open(b, flowlog.Options{FS: vfs.OS, Clock: clock.Real, Dir: b.TempDir()})
	defer closeLog(b, l)
	f, index := l.Current()
	p := flow.NewProcessor("p", f.Root().ID, "T")
	if _, err := l.Append(b.Context(), index, flow.ChangeSet{Changes: []flow.Change{flow.Create(p)}}); err != nil {
		b.Fatal(err)
	}
	var took []time.Duration
	for b.Loop() {
		_, index := l.Current()
		p.Position.X++
		begin := time.Now()
		if _, err := l.Append(b.Context(), index, flow.ChangeSet{Changes: []flow.Change{flow.Update(p)}}); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(begin))
	}
	report(b, took)
}

package wal_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/braidflow/braid/internal/repo/wal"
	"github.com/braidflow/braid/internal/vfs"
)

func TestLog_ReplaysWhatWasAppendedOverManyOpenings(t *testing.T) {
	for name, fsys := range map[string]func() (vfs.FS, string){
		"mem": func() (vfs.FS, string) { return newDisk(t), dir },
		"os":  func() (vfs.FS, string) { return vfs.OS, t.TempDir() + "/log" },
	} {
		for _, sync := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				o := options(nil)
				o.FS, o.Dir = fsys()
				o.Sync = sync
				rng := rand.New(rand.NewPCG(1, 1))
				var want []entry
				for range 5 {
					l, got := mustOpen(t, o, 0)
					if err := equal(got, want); err != nil {
						t.Fatal(err)
					}
					want = append(want, fill(t, l, rng, 300, 1000)...)
					check(t, l.Close())
				}
			})
		}
	}
}

func TestLog_RecordsOfAllSizes(t *testing.T) {
	o := options(newDisk(t))
	var want []entry
	l, _ := mustOpen(t, o, 0)
	for _, n := range []int{0, 1, 100, 64 << 10, 64<<10 + 1, 16 << 10, 300 << 10, 0} {
		want = append(want, mustAppend(t, l, strings.Repeat("r", n)))
	}
	if _, err := l.Append(make([]byte, wal.MaxRecord), []byte("x")); err == nil {
		t.Error("a record that is too long was taken")
	}
	check(t, l.Close())
	if err := equal(replayed(t, o, 0), want); err != nil {
		t.Error(err)
	}
}

func TestLog_AppendJoinsParts(t *testing.T) {
	o := options(newDisk(t))
	l, _ := mustOpen(t, o, 0)
	pos, err := l.Append([]byte("one "), nil, []byte("record"))
	check(t, err)
	check(t, l.Close())
	if err := equal(replayed(t, o, 0), []entry{{pos, "one record"}}); err != nil {
		t.Error(err)
	}
}

func TestLog_ManyWritersOneOrder(t *testing.T) {
	var seen collector
	o := options(newDisk(t))
	o.OnFlush = seen.flush
	o.MaxPending = 64 << 10
	l, _ := mustOpen(t, o, 0)
	var mu sync.Mutex // guards all
	var all []entry
	var wg sync.WaitGroup
	for w := range uint64(8) {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(w, 0))
			for i := range 200 {
				rec := randomRecord(rng, 500)
				pos, err := l.Append([]byte(rec))
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				all = append(all, entry{pos, rec})
				mu.Unlock()
				if i%50 == 0 {
					if err := l.Wait(t.Context(), pos); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	check(t, l.Close())
	slices.SortFunc(all, func(a, b entry) int { return int(a.pos) - int(b.pos) })
	if err := equal(replayed(t, o, 0), all); err != nil {
		t.Errorf("replay: %v", err)
	}
	if err := equal(seen.got, all); err != nil {
		t.Errorf("OnFlush: %v", err)
	}
}

func TestLog_InMemoryOnlyPassesRecordsOn(t *testing.T) {
	var seen collector
	l, err := wal.Open(wal.Options{OnFlush: seen.flush})
	check(t, err)
	check(t, l.Replay(0, nil))
	want := []entry{mustAppend(t, l, "a"), mustAppend(t, l, "b")}
	check(t, l.Wait(t.Context(), want[1].pos))
	check(t, l.Truncate(want[1].pos))
	check(t, l.Close())
	if err := equal(seen.got, want); err != nil {
		t.Error(err)
	}
}

func TestLog_TruncateRecyclesAndNothingStaleComesBack(t *testing.T) {
	disk := newDisk(t)
	o := options(disk)
	rng := rand.New(rand.NewPCG(2, 2))
	var all []entry
	var from wal.Position
	for range 6 {
		l, got := mustOpen(t, o, from)
		i, _ := slices.BinarySearchFunc(all, from, func(e entry, p wal.Position) int { return int(e.pos) - int(p) })
		if i < len(all) && all[i].pos == from {
			i++
		}
		if err := equal(got, all[i:]); err != nil {
			t.Fatalf("from %d: %v", from, err)
		}
		all = append(all, fill(t, l, rng, 300, 600)...)
		from = all[len(all)-1-rng.IntN(200)].pos
		check(t, l.Wait(t.Context(), all[len(all)-1].pos))
		check(t, l.Truncate(from))
		if l.First() > from {
			t.Fatalf("the log begins at %d after Truncate(%d)", l.First(), from)
		}
		check(t, l.Close())
	}
	if n := len(segmentNames(t, disk, ".wal")); n > 20 {
		t.Errorf("%d segments are left", n)
	}
	if n := len(segmentNames(t, disk, ".spare")); n == 0 || n > 4 {
		t.Errorf("%d spares are left, want 1 to 4", n)
	}
}

func TestLog_GoesOnBehindASnapshotThatHasMore(t *testing.T) {
	o := options(newDisk(t))
	l, _ := mustOpen(t, o, 0)
	first := fill(t, l, rand.New(rand.NewPCG(3, 3)), 20, 100)
	check(t, l.Close())

	at := first[len(first)-1].pos + 1000
	l, got := mustOpen(t, o, at)
	if len(got) != 0 {
		t.Errorf("%d records behind the end", len(got))
	}
	next := mustAppend(t, l, "next")
	if next.pos <= at {
		t.Errorf("position %d was given out again", next.pos)
	}
	check(t, l.Close())
	if err := equal(replayed(t, o, at), []entry{next}); err != nil {
		t.Error(err)
	}
	if err := equal(replayed(t, o, 0), append(first, next)); err != nil {
		t.Errorf("from the beginning: %v", err)
	}
}

func TestLog_ReserveKeepsPositionsFromBeingGivenOutAgain(t *testing.T) {
	l, err := wal.Open(options(newDisk(t)))
	check(t, err)
	l.Reserve(500)
	check(t, l.Replay(100, nil))
	if e := mustAppend(t, l, "x"); e.pos <= 500 {
		t.Errorf("position %d was given out again", e.pos)
	}
	check(t, l.Close())
}

func TestLog_OnDurableRunsInOrderOffTheFlusher(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := options(newDisk(t))
		l, _ := mustOpen(t, o, 0)
		hold := make(chan struct{})
		var order []int
		l.OnDurable(0, func() { <-hold })
		a, b := mustAppend(t, l, "a"), mustAppend(t, l, "b")
		l.OnDurable(b.pos, func() { order = append(order, 2) })
		l.OnDurable(a.pos, func() { order = append(order, 1) })
		l.OnDurable(b.pos, func() { order = append(order, 3) })
		l.OnDurable(b.pos+1000, func() { t.Error("ran without being durable") })
		check(t, l.Wait(t.Context(), b.pos)) // a slow callback holds nobody up
		if l.Durable() != b.pos || l.Written() != b.pos || l.End() != b.pos {
			t.Errorf("durable %d, written %d, end %d, want %d", l.Durable(), l.Written(), l.End(), b.pos)
		}
		close(hold)
		check(t, l.Close())
		if !slices.Equal(order, []int{1, 2, 3}) {
			t.Errorf("order = %v, want 1 2 3", order)
		}
	})
}

func TestLog_AppendBlocksWhileTooMuchIsPending(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hold := make(chan struct{})
		o := options(newDisk(t))
		o.MaxPending = 1000
		o.BeforeSync = func() error { <-hold; return nil }
		l, _ := mustOpen(t, o, 0)
		mustAppend(t, l, strings.Repeat("x", 900))
		done := false
		go func() {
			mustAppend(t, l, strings.Repeat("y", 900))
			done = true
		}()
		synctest.Wait()
		if done {
			t.Error("Append did not block")
		}
		close(hold)
		synctest.Wait()
		if !done {
			t.Error("Append is still blocked")
		}
		check(t, l.Close())
	})
}

func TestLog_WaitEndsWithItsContext(t *testing.T) {
	l, _ := mustOpen(t, options(newDisk(t)), 0)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Wait(ctx, 1000); !errors.Is(err, context.Canceled) {
		t.Errorf("Wait = %v, want canceled", err)
	}
	check(t, l.Close())
	if err := l.Wait(t.Context(), 1000); !errors.Is(err, wal.ErrClosed) {
		t.Errorf("Wait after Close = %v, want ErrClosed", err)
	}
	if _, err := l.Append(nil); !errors.Is(err, wal.ErrClosed) {
		t.Errorf("Append after Close = %v, want ErrClosed", err)
	}
	check(t, l.Close())
}

func TestLog_FullDiskRefusesAndGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := newDisk(t)
		o := options(disk)
		o.Clock = nil
		l, _ := mustOpen(t, o, 0)
		disk.SetCapacity(40 << 10)
		rng := rand.New(rand.NewPCG(4, 4))
		var taken []entry
		var err error
		for err == nil {
			rec := randomRecord(rng, 2000)
			var pos wal.Position
			if pos, err = l.Append([]byte(rec)); err == nil {
				taken = append(taken, entry{pos, rec})
				synctest.Wait()
			}
		}
		if !errors.Is(err, wal.ErrFull) || !vfs.IsNoSpace(err) || l.Stalled() == nil || l.Err() != nil {
			t.Fatalf("Append = %v, stalled %v, failed %v; want only ErrFull", err, l.Stalled(), l.Err())
		}
		if n := len(replayed(t, options(copyDisk(disk)), 0)); n < len(taken)-1 {
			t.Errorf("%d of %d records can be recovered while the disk is full", n, len(taken))
		}
		disk.SetCapacity(1 << 30)
		check(t, l.Wait(t.Context(), taken[len(taken)-1].pos)) // by itself, after the next try
		check(t, l.Stalled())
		taken = append(taken, mustAppend(t, l, "again"))
		check(t, l.Close())
		if err := equal(replayed(t, options(disk), 0), taken); err != nil {
			t.Error(err)
		}
	})
}

func TestLog_CloseOnAFullDiskSaysSo(t *testing.T) {
	disk := newDisk(t)
	l, _ := mustOpen(t, options(disk), 0)
	disk.SetCapacity(0)
	mustAppend(t, l, "lost")
	if err := l.Close(); !vfs.IsNoSpace(err) {
		t.Errorf("Close = %v, want no space", err)
	}
}

func TestLog_FailedSyncIsTheEnd(t *testing.T) {
	var bad atomic.Bool
	boom := errors.New("boom")
	disk := newDisk(t)
	o := options(vfs.NewFault(disk, vfs.FailOps(&bad, boom, vfs.OpSync)))
	l, _ := mustOpen(t, o, 0)
	good := mustAppend(t, l, "good")
	check(t, l.Wait(t.Context(), good.pos))
	bad.Store(true)
	lost := mustAppend(t, l, "lost")
	if err := l.Wait(t.Context(), lost.pos); !errors.Is(err, boom) {
		t.Errorf("Wait = %v, want boom", err)
	}
	<-l.Failed()
	bad.Store(false)
	if _, err := l.Append([]byte("more")); !errors.Is(err, boom) {
		t.Errorf("Append after a failed sync = %v, want boom", err)
	}
	if err := l.Close(); !errors.Is(err, boom) {
		t.Errorf("Close = %v, want boom", err)
	}
	if got := replayed(t, options(disk.CrashClone(rand.New(rand.NewPCG(0, 0)), 0)), 0); !slices.Contains(got, good) {
		t.Errorf("recovered %v, want what was durable before", got)
	}
}

func TestLog_BeforeSyncComesFirst(t *testing.T) {
	disk := newDisk(t)
	var written atomic.Bool
	fsys := vfs.NewFault(disk, func(c vfs.Call) *vfs.Failure {
		if c.Op == vfs.OpWrite && strings.HasPrefix(c.Name, dir) && strings.HasSuffix(c.Name, ".wal") {
			written.Store(true)
		}
		return nil
	})
	boom := errors.New("boom")
	full := true
	o := options(fsys)
	o.BeforeSync = func() error {
		if written.Load() {
			return boom // for the second record
		}
		if full {
			full = false
			return vfs.ErrNoSpace
		}
		return nil
	}
	l, _ := mustOpen(t, o, 0)
	first := mustAppend(t, l, "first")
	check(t, l.Wait(t.Context(), first.pos)) // a full disk is tried again
	if err := l.Wait(t.Context(), mustAppend(t, l, "second").pos); !errors.Is(err, boom) {
		t.Errorf("Wait = %v, want boom", err)
	}
	if err := l.Close(); !errors.Is(err, boom) {
		t.Errorf("Close = %v, want boom", err)
	}
	if err := equal(replayed(t, options(disk), 0), []entry{first}); err != nil {
		t.Errorf("a record was written before what it refers to: %v", err)
	}
}

func TestLog_OnFlushIsRepeatedAfterAnError(t *testing.T) {
	var seen collector
	fails := 3
	fed := make(chan struct{})
	o := options(newDisk(t))
	o.OnFlush = func(pos wal.Position, rec []byte) error {
		if string(rec) == "b" && fails > 0 {
			fails--
			return errors.New("not now")
		}
		if string(rec) == "c" {
			defer close(fed)
		}
		return seen.flush(pos, rec)
	}
	l, _ := mustOpen(t, o, 0)
	var want []entry
	for _, r := range []string{"a", "b", "c"} {
		want = append(want, mustAppend(t, l, r))
	}
	<-fed
	check(t, l.Close())
	if err := equal(seen.got, want); err != nil {
		t.Error(err)
	}
}

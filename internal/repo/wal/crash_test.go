package wal_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/braidflow/braid/internal/repo/wal"
	"github.com/braidflow/braid/internal/vfs"
)

// ledger is what a test knows of a log from outside.
type ledger struct {
	mu      sync.Mutex // guards what follows
	all     []entry
	from    wal.Position // asked to be kept from here on
	durable wal.Position // told to be durable
}

// append notes a record before the log's next sync can see it.
func (b *ledger) append(l *wal.Log, rec string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	pos, err := l.Append([]byte(rec))
	if err == nil {
		b.all = append(b.all, entry{pos, rec})
	}
	return err
}

// verify recovers a disk and compares: all that was durable must be there, and nothing that was never appended.
func (b *ledger) verify(disk *vfs.Mem, o wal.Options) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	o.FS = disk
	l, got, err := open(o, b.from)
	if err != nil {
		return err
	}
	var want []entry
	durable := 0
	for _, e := range b.all {
		if e.pos > b.from {
			want = append(want, e)
			if e.pos <= b.durable {
				durable = len(want)
			}
		}
	}
	if len(got) < durable {
		err = fmt.Errorf("%d records recovered, %d were durable", len(got), durable)
	} else if len(got) > len(want) {
		err = fmt.Errorf("%d records recovered, %d were appended", len(got), len(want))
	} else {
		err = equal(got, want[:len(got)])
	}
	return errors.Join(err, l.Close())
}

// At each sync of a random run the power fails on a copy of the disk; each copy must recover all that was durable.
// Some runs go on from such a copy.
func TestCrash_AtEachSyncNothingDurableIsLost(t *testing.T) {
	for seed := range seeds(t, 10) {
		for _, sync := range []bool{true, false} {
			rng := rand.New(rand.NewPCG(seed, 1))
			if err := crashRun(t, rng, sync); err != nil {
				t.Fatalf("seed %d, sync %v: %v", seed, sync, err)
			}
		}
	}
}

func crashRun(t *testing.T, rng *rand.Rand, sync bool) error {
	disk, book := newDisk(t), &ledger{}
	o := options(nil)
	o.Sync = sync
	crashes := rand.New(rand.NewPCG(rng.Uint64(), 2)) // the flusher's own
	for range 4 {
		var failed error
		var last *vfs.Mem
		o.FS = disk
		l, got, err := open(o, book.from)
		if err != nil {
			return err
		}
		book.restart(got)
		disk.OnSync(func(vfs.Op, string) {
			// Without Sync only the operating system's death is harmless.
			if sync && failed == nil {
				book.mu.Lock()
				book.durable = max(book.durable, l.Durable())
				book.mu.Unlock()
				last = disk.CrashClone(crashes, []float64{0, 0.5, 0.9, 1}[crashes.IntN(4)])
				failed = book.verify(copyDisk(last), o)
			}
		})
		err = book.work(l, rng)
		disk.OnSync(nil)
		if err = errors.Join(err, l.Close(), failed); err != nil {
			return err
		}
		switch {
		case !sync: // a power failure may leave anything of the rest, but recovery must always work
			book.durable = 0
			disk = disk.CrashClone(crashes, crashes.Float64())
		case last != nil && rng.IntN(2) == 0:
			book.durable = 0 // of the copy, that is known only while the run lasts
			disk = last
		default:
			book.durable = book.all[len(book.all)-1].pos
		}
	}
	return nil
}

// restart takes over what was recovered as the truth from now on.
func (b *ledger) restart(got []entry) {
	kept := b.all[:0]
	for _, e := range b.all {
		if e.pos <= b.from {
			kept = append(kept, e)
		}
	}
	b.all = append(kept, got...)
}

func (b *ledger) work(l *wal.Log, rng *rand.Rand) error {
	for range 60 {
		if err := b.append(l, randomRecord(rng, 1500)); err != nil {
			return err
		}
		last := b.all[len(b.all)-1].pos
		switch rng.IntN(12) {
		case 0, 1:
			if err := l.Wait(context.Background(), last); err != nil {
				return err
			}
		case 2: // as behind a snapshot
			if err := l.Wait(context.Background(), last); err != nil {
				return err
			}
			b.mu.Lock()
			b.from = max(b.from, b.all[rng.IntN(len(b.all))].pos)
			from := b.from
			b.mu.Unlock()
			if err := l.Truncate(from); err != nil {
				return err
			}
		}
	}
	return nil
}

// The file is cut at each byte of the last record, and there filled with zeros or rubbish: the log always opens,
// without that record only.
func TestTornTail_AlwaysOpens(t *testing.T) {
	disk := newDisk(t)
	l, _ := mustOpen(t, options(disk), 0)
	want := fill(t, l, rand.New(rand.NewPCG(5, 5)), 20, 300)
	check(t, l.Wait(t.Context(), want[19].pos))
	last := strings.Repeat("last", 50)
	check(t, l.Wait(t.Context(), mustAppend(t, l, last).pos))
	check(t, l.Close())
	name := segmentNames(t, disk, ".wal")[0]
	after, err := vfs.ReadFile(disk, name)
	check(t, err)
	start := bytes.Index(after, []byte(last)) - 44 // the headers of frame and record
	end := start + 44 + len(last)
	for cut := start; cut < end; cut++ {
		for what, tail := range map[string][]byte{
			"the end": nil, "zeros": make([]byte, 300), "rubbish": []byte(strings.Repeat("BWF1rubbish", 30)),
		} {
			c := newDisk(t)
			check(t, c.MkdirAll(dir, 0o750))
			overwrite(t, c, name, append(after[:cut:cut], tail...))
			got, again := replayed(t, options(c), 0), replayed(t, options(c), 0)
			if err := equal(got, want); err != nil {
				t.Fatalf("cut at %d before %s: %v", cut, what, err)
			}
			if err := equal(again, want); err != nil {
				t.Fatalf("cut at %d before %s, second opening: %v", cut, what, err)
			}
		}
	}
}

// Each byte of a log that was closed is changed in turn: the records are either all right or reported as damaged.
func TestDamage_IsAlwaysDetected(t *testing.T) {
	disk := newDisk(t)
	o := options(disk)
	o.SegmentSize = 6 << 10
	var want []entry
	for seed := range uint64(3) {
		l, _ := mustOpen(t, o, 0)
		want = append(want, fill(t, l, rand.New(rand.NewPCG(6, seed)), 4, 150)...)
		check(t, l.Close())
	}
	names := segmentNames(t, disk, ".wal")
	if len(names) < 3 {
		t.Fatalf("only %d segments", len(names))
	}
	for _, name := range names {
		whole, err := vfs.ReadFile(disk, name)
		check(t, err)
		used := len(strings.TrimRight(string(whole), "\x00"))
		detected, tried := 0, 0
		for at := 0; at < used; at++ {
			if at == 100 {
				at = 4000 // the middle of the header is zeros under one checksum
			}
			tried++
			c := copyDisk(disk)
			overwrite(t, c, name, append(append(whole[:at:at], whole[at]^1<<(at%8)), whole[at+1:]...))
			o.FS = c
			l, got, err := open(o, 0)
			var damaged *wal.CorruptError
			switch {
			case errors.As(err, &damaged):
				detected++
				continue
			case err != nil:
				t.Fatalf("%s, byte %d: %v", name, at, err)
			}
			check(t, l.Close())
			if err := equal(got, want); err != nil {
				t.Fatalf("%s, byte %d: %v", name, at, err)
			}
		}
		if detected < tried-40 { // but for the last frame, which only vouches for the others
			t.Errorf("%s: only %d of %d changes were detected", name, detected, tried)
		}
	}
}

func TestDamage_SalvageGoesOnBehindIt(t *testing.T) {
	for name, damage := range map[string]func(disk *vfs.Mem, names []string){
		"a record": func(disk *vfs.Mem, names []string) {
			b, _ := vfs.ReadFile(disk, names[1])
			b[4096+500] ^= 1
			overwrite(t, disk, names[1], b)
		},
		"a header": func(disk *vfs.Mem, names []string) {
			b, _ := vfs.ReadFile(disk, names[1])
			b[20] ^= 1
			overwrite(t, disk, names[1], b)
		},
		"a missing segment": func(disk *vfs.Mem, names []string) { check(t, disk.Remove(names[1])) },
		"the first missing": func(disk *vfs.Mem, names []string) { check(t, disk.Remove(names[0])) },
		"the last emptied":  func(disk *vfs.Mem, names []string) { overwrite(t, disk, names[len(names)-2], nil) },
	} {
		t.Run(name, func(t *testing.T) {
			disk := newDisk(t)
			o := options(disk)
			o.SegmentSize = 8 << 10
			l, _ := mustOpen(t, o, 0)
			want := fill(t, l, rand.New(rand.NewPCG(7, 7)), 100, 500)
			check(t, l.Close())
			damage(disk, segmentNames(t, disk, ".wal"))
			var damaged *wal.CorruptError
			if _, _, err := open(o, 0); !errors.As(err, &damaged) || damaged.File == "" || damaged.Hint == "" {
				t.Fatalf("open = %v, want a CorruptError with file and hint", err)
			}
			o.Salvage = true
			l, got := mustOpen(t, o, 0)
			if len(got) < 30 || len(got) >= len(want) {
				t.Errorf("%d of %d records salvaged", len(got), len(want))
			}
			known := map[entry]bool{}
			for _, e := range want {
				known[e] = true
			}
			for _, e := range got {
				if !known[e] {
					t.Fatalf("record at %d was never appended", e.pos)
				}
			}
			if len(l.Recovery().Damaged) == 0 {
				t.Error("the damage is not reported")
			}
			next := mustAppend(t, l, "next")
			if next.pos <= want[len(want)-1].pos {
				t.Errorf("position %d was given out again", next.pos)
			}
			check(t, l.Close())
			l, _ = mustOpen(t, o, next.pos)
			check(t, l.Close())
			o.Salvage = false // behind a snapshot of what was salvaged, the log is whole
			if err := equal(replayed(t, o, next.pos-8), []entry{next}); err != nil {
				t.Error(err)
			}
		})
	}
}

// For each n the n-th call to the disk fails. What was durable must be there afterwards, and only a failed sync (or
// close) may end the log.
func TestFault_AtEachCall(t *testing.T) {
	for _, cause := range []error{vfs.ErrNoSpace, errors.New("input/output error")} {
		for n := 1; ; n++ {
			disk, book := newDisk(t), &ledger{}
			var op vfs.Op
			nth := vfs.FailNth(n, cause)
			fsys := vfs.NewFault(disk, func(c vfs.Call) *vfs.Failure {
				fail := nth(c)
				if fail != nil {
					op = c.Op
				}
				return fail
			})
			err := faultRun(fsys, book)
			if fsys.Calls() < n {
				check(t, err)
				break
			}
			if err != nil && !errors.Is(err, cause) {
				t.Fatalf("call %d (%s): %v", n, op, err)
			}
			if err := book.verify(disk.CrashClone(rand.New(rand.NewPCG(1, 1)), 0), options(nil)); err != nil {
				t.Fatalf("call %d (%s): %v", n, op, err)
			}
			if err == nil && book.durable != book.all[len(book.all)-1].pos {
				t.Fatalf("call %d (%s): not all is durable", n, op)
			}
		}
	}
}

// faultRun opens a log twice and works with it; it repeats what ErrFull refuses.
func faultRun(fsys vfs.FS, book *ledger) error {
	rng := rand.New(rand.NewPCG(8, 8))
	for range 2 {
		o := options(fsys)
		o.SegmentSize = 6 << 10
		l, _, err := open(o, book.from)
		if err != nil {
			return err
		}
		for i := range 12 {
			for {
				if err = book.append(l, randomRecord(rng, 1000)); !errors.Is(err, wal.ErrFull) {
					break
				}
			}
			if err == nil {
				err = l.Wait(context.Background(), book.all[len(book.all)-1].pos)
			}
			if err != nil {
				return errors.Join(err, l.Close())
			}
			book.durable = l.Durable()
			if i == 8 {
				book.from = book.all[len(book.all)-3].pos
				if err := l.Truncate(book.from); err != nil {
					return errors.Join(err, l.Close())
				}
			}
		}
		if err := l.Close(); err != nil {
			return err
		}
	}
	return nil
}

// FuzzReplay feeds rubbish to recovery: it may refuse it, but must not panic or make records up that no checksum
// covers.
func FuzzReplay(f *testing.F) {
	disk := newDisk(f)
	l, _ := mustOpen(f, options(disk), 0)
	for _, r := range []string{"one", "two", strings.Repeat("three", 100)} {
		mustAppend(f, l, r)
		check(f, l.Wait(context.Background(), l.End()))
	}
	check(f, l.Close())
	seed, err := vfs.ReadFile(disk, segmentNames(f, disk, ".wal")[0])
	check(f, err)
	f.Add(seed[4096:], false)
	f.Add(append(seed[4096:4200:4200], seed[4096:]...), true)
	f.Add(binary.LittleEndian.AppendUint32([]byte("BWF1"), 1<<31), true)
	f.Fuzz(func(t *testing.T, frames []byte, salvage bool) {
		c := newDisk(t)
		check(t, c.MkdirAll(dir, 0o750))
		overwrite(t, c, dir+"/0000000000000000.wal", append(seed[:4096:4096], frames...))
		o := options(c)
		o.Salvage = salvage
		l, got, err := open(o, 0)
		if err != nil {
			return
		}
		pos := wal.Position(0)
		for _, e := range got {
			if pos += wal.Position(4 + len(e.rec)); e.pos < pos {
				t.Fatalf("record at %d, want at least %d", e.pos, pos)
			}
		}
		check(t, l.Close())
	})
}

// FuzzLog runs a list of operations against a plain list of records.
func FuzzLog(f *testing.F) {
	f.Add([]byte{10, 20, 250, 30, 251, 252, 5, 5, 253, 0, 0, 251, 251, 7})
	f.Add([]byte{255, 251, 251, 255, 1, 252, 255, 2, 253, 3, 251, 250})
	f.Fuzz(func(t *testing.T, ops []byte) {
		if len(ops) > 300 {
			return
		}
		var seen collector
		o := options(newDisk(t))
		o.SegmentSize, o.MaxPending, o.OnFlush = 5<<10, 3000, seen.flush
		l, _ := mustOpen(t, o, 0)
		var all []entry
		from := wal.Position(0)
		for i, op := range ops {
			switch op {
			case 250, 251: // an empty flush is what a prototype stumbled over
				check(t, l.Wait(context.Background(), l.End()))
			case 252:
				check(t, l.Close())
				var got []entry
				l, got = mustOpen(t, o, from)
				for len(all) > 0 && all[0].pos <= from {
					all = all[1:]
				}
				if err := equal(got, all); err != nil {
					t.Fatalf("replay: %v", err)
				}
			case 253:
				if len(all) > 0 {
					from = all[len(all)/2].pos
					check(t, l.Truncate(from))
				}
			default:
				all = append(all, mustAppend(t, l, fmt.Sprint(i, strings.Repeat("x", int(op)*20))))
			}
		}
		check(t, l.Close())
		for i, e := range seen.got {
			if i > 0 && e.pos <= seen.got[i-1].pos {
				t.Fatalf("OnFlush saw %d after %d", e.pos, seen.got[i-1].pos)
			}
		}
		for len(all) > 0 && all[0].pos <= from {
			all = all[1:]
		}
		if len(seen.got) < len(all) {
			t.Fatalf("OnFlush saw %d of %d records", len(seen.got), len(all))
		}
		if err := equal(seen.got[len(seen.got)-len(all):], all); err != nil {
			t.Fatalf("OnFlush: %v", err)
		}
	})
}

// A killed process may leave records that it gave to the operating system and did not sync. They count from the
// restart on, so they must survive a loss of power after it.
func TestCrash_WhatAKilledProcessDidNotSyncIsSyncedAtTheRestart(t *testing.T) {
	for _, size := range []int{100, 100_000} { // the longer record ends where the file does
		m := newDisk(t)
		var began atomic.Bool // the sync of the segment's header
		o := options(vfs.NewFault(m, func(c vfs.Call) *vfs.Failure {
			if c.Op == vfs.OpSync && began.Swap(true) {
				return &vfs.Failure{Err: errors.New("input/output error")}
			}
			return nil
		}))
		o.SegmentSize = 1 << 20
		l, _ := mustOpen(t, o, 0)
		rec := mustAppend(t, l, strings.Repeat("x", size))
		if err := l.Wait(t.Context(), rec.pos); err == nil {
			t.Fatal("the sync did not fail")
		}
		_ = l.Close() // it has failed

		again, got := mustOpen(t, options(m), 0)
		check(t, equal(got, []entry{rec}))
		after := m.CrashClone(rand.New(rand.NewPCG(1, 1)), 0)
		check(t, again.Close())
		check(t, equal(replayed(t, options(after), 0), []entry{rec}))
	}
}

package wal_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/braidflow/braid/internal/clock"
	"github.com/braidflow/braid/internal/repo/wal"
	"github.com/braidflow/braid/internal/vfs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const dir = "/data/log"

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newDisk(t testing.TB) *vfs.Mem {
	m := vfs.NewMem()
	check(t, m.MkdirAll("/data", 0o750))
	check(t, m.SyncDir("/"))
	return m
}

// impatient is a clock whose timers fire at once.
type impatient struct{ clock.Clock }

func (impatient) NewTimer(time.Duration) clock.Timer { return clock.Real.NewTimer(0) }

// options are those of most tests: small segments, no waiting.
func options(fsys vfs.FS) wal.Options {
	return wal.Options{FS: fsys, Dir: dir, Sync: true, SegmentSize: 16 << 10, Clock: impatient{clock.Real}}
}

// entry is a record and the position after it.
type entry struct {
	pos wal.Position
	rec string
}

// open opens a log and returns what it replayed.
func open(o wal.Options, from wal.Position) (*wal.Log, []entry, error) {
	l, err := wal.Open(o)
	if err != nil {
		return nil, nil, err
	}
	var got []entry
	err = l.Replay(from, func(pos wal.Position, rec []byte) error {
		got = append(got, entry{pos, string(rec)})
		return nil
	})
	if err != nil {
		return nil, nil, errors.Join(err, l.Close())
	}
	return l, got, nil
}

func mustOpen(t testing.TB, o wal.Options, from wal.Position) (*wal.Log, []entry) {
	t.Helper()
	l, got, err := open(o, from)
	check(t, err)
	return l, got
}

// replayed opens a log, closes it, and returns what it replayed.
func replayed(t testing.TB, o wal.Options, from wal.Position) []entry {
	t.Helper()
	l, got := mustOpen(t, o, from)
	check(t, l.Close())
	return got
}

func mustAppend(t testing.TB, l *wal.Log, rec string) entry {
	t.Helper()
	pos, err := l.Append([]byte(rec))
	check(t, err)
	return entry{pos, rec}
}

// fill appends records of random length and waits for them now and then.
func fill(t testing.TB, l *wal.Log, rng *rand.Rand, n, maxLen int) []entry {
	t.Helper()
	var all []entry
	for range n {
		all = append(all, mustAppend(t, l, randomRecord(rng, maxLen)))
		if rng.IntN(10) == 0 {
			check(t, l.Wait(context.Background(), all[len(all)-1].pos))
		}
	}
	return all
}

func randomRecord(rng *rand.Rand, maxLen int) string {
	return fmt.Sprintf("%d:%s", rng.Uint64(), strings.Repeat("x", rng.IntN(maxLen)))
}

// equal tells where two lists of entries differ.
func equal(got, want []entry) error {
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			return fmt.Errorf("record %d is %.40q at %d, want %.40q at %d", i, got[i].rec, got[i].pos, want[i].rec, want[i].pos)
		}
	}
	if len(got) != len(want) {
		return fmt.Errorf("%d records, want %d", len(got), len(want))
	}
	return nil
}

// collector is an OnFlush that notes what it sees.
type collector struct {
	mu  sync.Mutex // guards got
	got []entry
}

func (c *collector) flush(pos wal.Position, rec []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.got = append(c.got, entry{pos, string(rec)})
	return nil
}

func segmentNames(t testing.TB, fsys vfs.FS, ext string) (names []string) {
	t.Helper()
	entries, err := fsys.ReadDir(dir)
	check(t, err)
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ext) {
			names = append(names, dir+"/"+e.Name())
		}
	}
	return names
}

// overwrite replaces the content of a file.
func overwrite(t testing.TB, fsys vfs.FS, name string, data []byte) {
	t.Helper()
	f, err := fsys.OpenFile(name, os.O_RDWR|os.O_TRUNC|os.O_CREATE, 0o640)
	check(t, err)
	_, err = f.Write(data)
	check(t, err)
	check(t, f.Close())
}

// seeds returns how many seeds a random test runs: n, or what BRAID_SEEDS says.
func seeds(t testing.TB, n uint64) uint64 {
	t.Helper()
	if v := os.Getenv("BRAID_SEEDS"); v != "" {
		more, err := strconv.ParseUint(v, 10, 64)
		check(t, err)
		return more
	}
	return n
}

func copyDisk(m *vfs.Mem) *vfs.Mem { return m.CrashClone(rand.New(rand.NewPCG(0, 0)), 1) }

package state_test

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"github.com/braidflow/braid/internal/repo/state"
	"github.com/braidflow/braid/internal/vfs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const dir = "/data/state"

func open(t *testing.T, fsys vfs.FS) *state.Store {
	t.Helper()
	s, err := state.Open(state.Options{FS: fsys, Dir: dir, SnapshotAfter: 2000})
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() { _ = s.Close() }) // a second Close is harmless here
	return s
}

// all returns the values of all components.
func all(s *state.Store) map[string]map[string]string {
	m := map[string]map[string]string{}
	for _, id := range s.List() {
		m[id] = maps.Collect(s.Get(id).All())
	}
	return m
}

func equal(a, b map[string]map[string]string) bool {
	return maps.EqualFunc(a, b, func(x, y map[string]string) bool { return maps.Equal(x, y) })
}

func TestStore_SetReplaceClearRemove(t *testing.T) {
	disk := vfs.NewMem()
	s := open(t, disk)
	if m := s.Get("a"); m.Version() != state.NoVersion || m.Len() != 0 {
		t.Errorf("state that was never stored = version %d, %d keys", m.Version(), m.Len())
	}
	must(t, s.Clear("cleared"))
	ok, err := s.Replace("a", state.NoVersion, map[string]string{"k": "1"})
	if err != nil || !ok {
		t.Fatalf("Replace of what was never stored = %v, %v", ok, err)
	}
	old := s.Get("a")
	values := map[string]string{"k": "2", "": "empty key", "empty": ""}
	must(t, s.Set("a", values))
	values["k"] = "changed by the caller later on"
	if v, _ := s.Get("a").Get("k"); v != "2" {
		t.Errorf("k = %q, want 2", v)
	}
	if v, _ := old.Get("k"); v != "1" {
		t.Errorf("a Map that was returned earlier has changed: k = %q", v)
	}
	if ok, err := s.Replace("a", old.Version(), nil); ok || err != nil {
		t.Errorf("Replace of an old version = %v, %v; want false", ok, err)
	}
	if ok, err := s.Replace("a", state.NoVersion, nil); ok || err != nil {
		t.Errorf("Replace of no version = %v, %v; want false", ok, err)
	}
	must(t, s.Set("gone", map[string]string{"x": "y"}))
	must(t, s.Remove("gone"))
	must(t, s.Remove("never there"))
	if s.Get("cleared").Version() == state.NoVersion {
		t.Error("Clear gave no version")
	}
	want := map[string]map[string]string{"a": {"k": "2", "": "empty key", "empty": ""}, "cleared": {}}
	if got := all(s); !equal(got, want) {
		t.Errorf("state = %v, want %v", got, want)
	}
	version := s.Get("a").Version()
	must(t, s.Close())
	if err := s.Set("a", nil); err == nil {
		t.Error("Set works after Close")
	}
	s = open(t, disk)
	if got := all(s); !equal(got, want) || s.Get("a").Version() != version {
		t.Errorf("after a restart: %v, version %d; want %v, version %d", got, s.Get("a").Version(), want, version)
	}
	must(t, s.Set("b", nil))
	if s.Get("b").Version() <= version {
		t.Error("versions do not grow over a restart")
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestStore_DropKey(t *testing.T) {
	tests := map[string]struct {
		rest map[string]string
		ok   bool
	}{
		"one key":           {map[string]string{"b": "1", "c": "1"}, true},
		"two keys":          {map[string]string{"c": "1"}, false},
		"no key":            {map[string]string{"a": "1", "b": "1", "c": "1"}, false},
		"a changed value":   {map[string]string{"b": "2", "c": "1"}, false},
		"an unknown key":    {map[string]string{"b": "1", "d": "1"}, false},
		"an additional key": {map[string]string{"a": "1", "b": "1", "c": "1", "d": "1"}, false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			s := open(t, vfs.NewMem())
			want := map[string]string{"a": "1", "b": "1", "c": "1"}
			must(t, s.Set("id", want))
			err := s.DropKey("id", tc.rest)
			if tc.ok {
				want = tc.rest
			}
			if (err == nil) != tc.ok || err != nil && !errors.Is(err, state.ErrNotOneKey) {
				t.Errorf("DropKey = %v", err)
			}
			if got := maps.Collect(s.Get("id").All()); !maps.Equal(got, want) {
				t.Errorf("state = %v, want %v", got, want)
			}
		})
	}
}

func TestStore_TooLargeIsRefusedAndTheRestGoesOn(t *testing.T) {
	s := open(t, vfs.NewMem())
	if err := s.Set("a", map[string]string{"k": strings.Repeat("x", 65<<20)}); !errors.Is(err, state.ErrTooLarge) {
		t.Errorf("Set = %v, want ErrTooLarge", err)
	}
	must(t, s.Set("a", map[string]string{"k": "small"}))
}

// TestStore_ConcurrentReplace counts with compare-and-set from many goroutines: no increment may get lost.
func TestStore_ConcurrentReplace(t *testing.T) {
	fault := vfs.NewFault(vfs.NewMem(), nil)
	s := open(t, fault)
	var wg sync.WaitGroup
	const tasks, rounds = 8, 50
	for task := range tasks {
		wg.Go(func() {
			for range rounds {
				if !increment(t, s, "shared") || !increment(t, s, "own"+strconv.Itoa(task)) {
					return
				}
			}
		})
	}
	wg.Wait()
	if v, _ := s.Get("shared").Get("n"); v != strconv.Itoa(tasks*rounds) {
		t.Errorf("shared counter = %s, want %d", v, tasks*rounds)
	}
	if v, _ := s.Get("own3").Get("n"); v != strconv.Itoa(rounds) {
		t.Errorf("own counter = %s, want %d", v, rounds)
	}
}

func increment(t *testing.T, s *state.Store, id string) bool {
	for {
		m := s.Get(id)
		v, _ := m.Get("n")
		n, _ := strconv.Atoi(v) // "" is 0
		ok, err := s.Replace(id, m.Version(), map[string]string{"n": strconv.Itoa(n + 1)})
		if err != nil {
			t.Error(err)
			return false
		}
		if ok {
			return true
		}
	}
}

// work changes state by a seed until something fails; it returns what was acknowledged and the failure.
func work(s *state.Store, seed uint64, steps int) (acked map[string]map[string]string, fate error) {
	rng := rand.New(rand.NewPCG(seed, 3))
	acked = map[string]map[string]string{}
	for i := range steps {
		id := "component-" + strconv.Itoa(rng.IntN(5))
		if rng.IntN(10) == 0 {
			if err := s.Remove(id); err != nil {
				return acked, err
			}
			delete(acked, id)
			continue
		}
		values := map[string]string{"step": strconv.Itoa(i), "text": strings.Repeat("v", rng.IntN(200))}
		if err := s.Set(id, values); err != nil {
			return acked, err
		}
		acked[id] = values
	}
	return acked, nil
}

func TestStore_AcknowledgedStateSurvivesACrashAtAnySyncPoint(t *testing.T) {
	for seed := range uint64(4) {
		disk := vfs.NewMem()
		s := open(t, disk)
		rng := rand.New(rand.NewPCG(seed, 4))
		before := map[string]map[string]string{}
		snapshots := 0
		disk.OnSync(func(op vfs.Op, name string) {
			if strings.Contains(name, "snapshot") {
				snapshots++
			}
			for _, keep := range []float64{0, 0.5, 1} {
				c := open(t, disk.CrashClone(rng, keep))
				for id, want := range before {
					if got := maps.Collect(c.Get(id).All()); !maps.Equal(got, want) {
						t.Fatalf("seed %d, crash before %s %s: %s = %v, want %v", seed, op, name, id, got, want)
					}
				}
				must(t, c.Set("after", nil))
				must(t, c.Close())
			}
		})
		for i := range 60 {
			id := "component-" + strconv.Itoa(i%7)
			values := map[string]string{"i": strconv.Itoa(i), "text": strings.Repeat("v", rng.IntN(200))}
			delete(before, id) // while it is being stored either may be found
			must(t, s.Set(id, values))
			before[id] = values
		}
		disk.OnSync(nil)
		if got := all(s); !equal(got, before) {
			t.Errorf("seed %d: state = %v, want %v", seed, got, before)
		}
		if snapshots == 0 {
			t.Error("no snapshot was written: the test does not test it")
		}
	}
}

func TestStore_TheNthDiskCallFails(t *testing.T) {
	for name, cause := range map[string]error{"error": syscall.EIO, "no space": vfs.ErrNoSpace} {
		t.Run(name, func(t *testing.T) {
			const steps = 80
			refused := 0
			for n, total := 1_000_000, 0; n != total; n++ { // the first time counts the calls
				disk := vfs.NewMem()
				fault := vfs.NewFault(disk, vfs.FailNth(n, cause))
				s, err := state.Open(state.Options{FS: fault, Dir: dir, SnapshotAfter: 2000})
				if err != nil {
					refused++
					continue
				}
				acked, fate := work(s, 1, steps)
				if n == 1_000_000 {
					n, total = 0, fault.Calls()
				}
				if got := all(s); !equal(got, acked) {
					t.Fatalf("call %d: state = %v, want %v", n, got, acked)
				}
				if err := s.Set("more", map[string]string{"a": "b"}); err == nil {
					acked["more"] = map[string]string{"a": "b"}
				} else if fate == nil {
					t.Errorf("call %d: not usable though nothing had failed: %v", n, err)
				}
				if fate != nil {
					refused++
				}
				_ = s.Close()
				for when, d := range map[string]vfs.FS{
					"restart": disk, "crash": disk.CrashClone(rand.New(rand.NewPCG(1, 1)), 0),
				} {
					got := all(open(t, d))
					for id, want := range acked {
						if !maps.Equal(got[id], want) && fate == nil {
							t.Errorf("call %d, after a %s: %s = %v, want %v", n, when, id, got[id], want)
						}
					}
					if fate != nil && different(got, acked) > 1 { // the one change that failed may be there or not
						t.Errorf("call %d, after a %s: state = %v, want %v", n, when, got, acked)
					}
				}
			}
			if refused == 0 {
				t.Error("nothing failed: the test does not test it")
			}
		})
	}
}

// different counts the components whose states differ.
func different(a, b map[string]map[string]string) (n int) {
	ids := slices.Collect(maps.Keys(a))
	for id := range b {
		if _, both := a[id]; !both {
			ids = append(ids, id)
		}
	}
	for _, id := range ids {
		x, okX := a[id]
		y, okY := b[id]
		if okX != okY || !maps.Equal(x, y) {
			n++
		}
	}
	return n
}

func TestStore_FullDiskGoesOnByItself(t *testing.T) {
	disk := vfs.NewMem()
	s := open(t, disk)
	must(t, s.Set("a", map[string]string{"k": "1"}))
	disk.SetCapacity(disk.Used() + 10)
	if err := s.Set("a", map[string]string{"k": strings.Repeat("x", 100)}); !errors.Is(err, vfs.ErrNoSpace) {
		t.Fatalf("Set on a full disk: %v", err)
	}
	if v, _ := s.Get("a").Get("k"); v != "1" {
		t.Errorf("k = %q though storing it failed", v)
	}
	disk.SetCapacity(1 << 30)
	must(t, s.Set("b", map[string]string{"k": "2"}))
	if ok, err := s.Replace("a", s.Get("a").Version(), map[string]string{"k": "1"}); !ok || err != nil {
		t.Errorf("Replace after a failure = %v, %v", ok, err)
	}
	must(t, s.Close())
	want := map[string]map[string]string{"a": {"k": "1"}, "b": {"k": "2"}}
	if got := all(open(t, disk)); !equal(got, want) {
		t.Errorf("after a restart: %v, want %v", got, want)
	}
}

func TestStore_WhatFailedIsNotThereAfterARestart(t *testing.T) {
	disk := vfs.NewMem()
	var on atomic.Bool
	fault := vfs.NewFault(disk, func(c vfs.Call) *vfs.Failure {
		if on.Load() && c.Op == vfs.OpWrite {
			return &vfs.Failure{Err: syscall.EIO, Part: c.Size} // all is written, and yet it fails
		}
		return nil
	})
	s := open(t, fault)
	must(t, s.Set("a", map[string]string{"k": "1"}))
	on.Store(true)
	if err := s.Set("a", map[string]string{"k": "2"}); !errors.Is(err, syscall.EIO) {
		t.Fatalf("Set = %v", err)
	}
	must(t, s.Close())
	if v, _ := open(t, disk).Get("a").Get("k"); v != "1" {
		t.Errorf("k = %q, want 1: storing 2 was refused", v)
	}
}

func TestStore_CutSnapshotIsDamage(t *testing.T) {
	disk := vfs.NewMem()
	s := open(t, disk)
	for i := 0; !exists(disk, "snapshot"); i++ {
		must(t, s.Set("component-"+strconv.Itoa(i%3), map[string]string{"k": strings.Repeat("f", 100)}))
	}
	must(t, s.Close())
	whole, err := vfs.ReadFile(disk, dir+"/snapshot")
	must(t, err)
	for n := range len(whole) {
		m := vfs.NewMem()
		must(t, m.MkdirAll(dir, 0))
		put(t, m, "snapshot", whole[:n])
		must(t, open(t, m).Close())
		if !exists(m, "snapshot.damaged") {
			t.Errorf("snapshot cut to %d of %d bytes: no copy was put aside", n, len(whole))
		}
		must(t, open(t, m).Close())
	}
}

// TestStore_OldLogBesideANewSnapshot starts as after a crash between the two steps of a snapshot; the last record of
// the old log, a removal, is damaged.
func TestStore_OldLogBesideANewSnapshot(t *testing.T) {
	disk := vfs.NewMem()
	s := open(t, disk)
	must(t, s.Set("removed", map[string]string{"k": "1"}))
	must(t, s.Set("changed", map[string]string{"k": "1"}))
	var log []byte
	for i := 0; !exists(disk, "snapshot"); i++ {
		must(t, s.Set("changed", map[string]string{"k": strings.Repeat("f", 100)}))
		must(t, s.Remove("removed"))
		if b, err := vfs.ReadFile(disk, dir+"/log"); err != nil || log == nil {
			must(t, err)
			log = b
		}
	}
	must(t, s.Close())
	log[len(log)-1] ^= 1
	put(t, disk, "log", log)
	c := open(t, disk)
	if v, _ := c.Get("changed").Get("k"); v != strings.Repeat("f", 100) || !slices.Equal(c.List(), []string{"changed"}) {
		t.Errorf("state = %v: an old log overrides the snapshot", all(c))
	}
}

func TestStore_LogCutAtAnyByteStarts(t *testing.T) {
	disk := vfs.NewMem()
	s := open(t, disk)
	must(t, s.Set("a", map[string]string{"k": "1"}))
	before := fileSize(t, disk, "log")
	must(t, s.Set("a", map[string]string{"k": "2"}))
	must(t, s.Close())
	whole, err := vfs.ReadFile(disk, dir+"/log")
	must(t, err)
	for n := range len(whole) + 1 {
		m := vfs.NewMem()
		must(t, m.MkdirAll(dir, 0))
		put(t, m, "log", whole[:n])
		want := "2"
		if n < len(whole) {
			want = "1"
		}
		if n < before {
			want = ""
		}
		c := open(t, m)
		if v, _ := c.Get("a").Get("k"); v != want {
			t.Errorf("cut to %d bytes: k = %q, want %q", n, v, want)
		}
		must(t, c.Set("b", map[string]string{"after": "it"}))
		must(t, c.Close())
		c = open(t, m)
		if v, _ := c.Get("b").Get("after"); v != "it" {
			t.Errorf("cut to %d bytes: what was stored afterwards is lost", n)
		}
		list, err := m.ReadDir(dir)
		must(t, err)
		for _, e := range list {
			if strings.Contains(e.Name(), "damaged") {
				t.Errorf("cut to %d bytes: %s: a torn tail is no damage", n, e.Name())
			}
		}
	}
}

func fileSize(t *testing.T, fsys vfs.FS, name string) int {
	t.Helper()
	info, err := fsys.Stat(dir + "/" + name)
	must(t, err)
	return int(info.Size())
}

func put(t *testing.T, fsys vfs.FS, name string, b []byte) {
	t.Helper()
	f, err := vfs.Create(fsys, dir+"/"+name)
	must(t, err)
	_, err = f.Write(b)
	must(t, errors.Join(err, f.Close()))
}

func TestStore_DamageIsDetectedAndPutAside(t *testing.T) {
	for _, name := range []string{"log", "snapshot"} {
		t.Run(name, func(t *testing.T) {
			disk := vfs.NewMem()
			s := open(t, disk)
			want := map[string]string{}
			for i := range 3 {
				id := fmt.Sprintf("component-%d", i)
				want[id] = "kept"
				must(t, s.Set(id, map[string]string{"k": "kept"}))
			}
			for i := 0; name == "snapshot" && !exists(disk, name); i++ {
				must(t, s.Set("filler", map[string]string{"k": strings.Repeat("f", 100)}))
			}
			must(t, s.Close())
			whole, err := vfs.ReadFile(disk, dir+"/"+name)
			must(t, err)
			for i := 8; i < len(whole); i++ { // the file's header tells nothing that is needed
				m := vfs.NewMem()
				must(t, m.MkdirAll(dir, 0))
				bad := slices.Clone(whole)
				bad[i] ^= 0x20
				put(t, m, name, bad)
				c := open(t, m)
				lost := 0
				for id, v := range want {
					switch got, _ := c.Get(id).Get("k"); got {
					case v:
					case "":
						lost++
					default:
						t.Errorf("byte %d flipped: %s = %q: wrong state was served", i, id, got)
					}
				}
				if lost > 1 {
					t.Errorf("byte %d flipped: %d components lost their state, want one at most", i, lost)
				}
				version := c.Get("component-1").Version()
				must(t, c.Set("new", nil))
				if v := c.Get("new").Version(); v <= version {
					t.Errorf("byte %d flipped: version %d after %d", i, v, version)
				}
				if !exists(m, name+".damaged") && lost > 0 && !lastFrameHead(whole, i) {
					t.Errorf("byte %d flipped: no copy was put aside", i)
				}
				must(t, c.Close())
			}
		})
	}
}

// lastFrameHead tells whether byte i is in the marker or the length of the last record: that looks like a write that
// a crash cut short.
func lastFrameHead(whole []byte, i int) bool {
	last := strings.LastIndex(string(whole), "\xb7Rs\xa5")
	return i >= last && i < last+8
}

// exists tells whether there is a file whose name starts so.
func exists(fsys vfs.FS, prefix string) bool {
	list, _ := fsys.ReadDir(dir)
	return slices.ContainsFunc(list, func(e fs.DirEntry) bool { return strings.HasPrefix(e.Name(), prefix) })
}

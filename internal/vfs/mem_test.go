package vfs_test

import (
	"bytes"
	"errors"
	"io/fs"
	"math/rand/v2"
	"testing"

	"github.com/braidflow/braid/internal/vfs"
)

func seeded(n uint64) *rand.Rand { return rand.New(rand.NewPCG(n, 0)) }

func TestMem_CrashKeepsOnlyWhatWasSynced(t *testing.T) {
	m := vfs.NewMem()
	check(t, m.MkdirAll("/d", 0o750))
	check(t, m.SyncDir("/"))
	synced, err := vfs.Create(m, "/d/synced")
	check(t, err)
	_, err = synced.Write([]byte("kept"))
	check(t, err)
	check(t, synced.Sync())
	check(t, m.SyncDir("/d"))
	_, err = synced.Write([]byte("lost"))
	check(t, err)
	unnamed, err := vfs.Create(m, "/d/unnamed")
	check(t, err)
	check(t, unnamed.Sync())
	check(t, m.Rename("/d/synced", "/d/renamed"))

	c := m.CrashClone(seeded(1), 0)
	got, err := vfs.ReadFile(c, "/d/synced")
	check(t, err)
	if string(got) != "kept" {
		t.Errorf("content = %q, want kept", got)
	}
	for _, name := range []string{"/d/unnamed", "/d/renamed"} {
		if _, err := c.Stat(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s survived without a sync of its folder: %v", name, err)
		}
	}
	all := m.CrashClone(seeded(1), 1)
	if got, _ := vfs.ReadFile(all, "/d/renamed"); string(got) != "keptlost" {
		t.Errorf("with all kept, content = %q, want keptlost", got)
	}
}

func TestMem_CrashTearsWrites(t *testing.T) {
	m := vfs.NewMem()
	f, err := vfs.Create(m, "/f")
	check(t, err)
	check(t, f.Sync())
	check(t, m.SyncDir("/"))
	want := bytes.Repeat([]byte{'x'}, 10*512)
	for i := 0; i < len(want); i += 512 {
		_, err = f.WriteAt(want[i:i+512], int64(i))
		check(t, err)
	}
	prefixes, holes := 0, 0
	for seed := range uint64(100) {
		got, err := vfs.ReadFile(m.CrashClone(seeded(seed), 0.7), "/f")
		check(t, err)
		switch n := bytes.Count(got, []byte{'x'}); {
		case n%512 != 0:
			t.Fatalf("a sector was torn: %d bytes", n)
		case n == len(got) && n > 0 && n < len(want):
			prefixes++
		case n < len(got):
			holes++
		}
	}
	if prefixes == 0 || holes == 0 {
		t.Errorf("prefixes = %d, with holes = %d, want both", prefixes, holes)
	}
}

func TestMem_CrashCloneRepeatsBySeedAndIsItsOwn(t *testing.T) {
	m := vfs.NewMem()
	for _, name := range []string{"/a", "/b", "/c"} {
		f, err := vfs.Create(m, name)
		check(t, err)
		_, err = f.Write(bytes.Repeat([]byte(name), 2000))
		check(t, err)
	}
	for seed := range uint64(20) {
		one, two := m.CrashClone(seeded(seed), 0.5), m.CrashClone(seeded(seed), 0.5)
		for _, name := range []string{"/a", "/b", "/c"} {
			a, aerr := vfs.ReadFile(one, name)
			b, berr := vfs.ReadFile(two, name)
			if !bytes.Equal(a, b) || (aerr == nil) != (berr == nil) {
				t.Fatalf("seed %d: two clones differ in %s", seed, name)
			}
		}
	}
	clone := m.CrashClone(seeded(1), 1)
	f, err := clone.OpenFile("/a", 2, 0)
	check(t, err)
	_, err = f.Write([]byte("changed"))
	check(t, err)
	if got, _ := vfs.ReadFile(m, "/a"); bytes.Contains(got, []byte("changed")) {
		t.Error("a write to the clone reached the original")
	}
}

func TestMem_CallsBackBeforeEachSync(t *testing.T) {
	m := vfs.NewMem()
	var lost int
	m.OnSync(func(op vfs.Op, _ string) {
		if got, _ := vfs.ReadFile(m.CrashClone(seeded(1), 0), "/f"); len(got) == 0 && op == vfs.OpSync {
			lost++
		}
	})
	f, err := vfs.Create(m, "/f")
	check(t, err)
	check(t, m.SyncDir("/"))
	_, err = f.Write([]byte("x"))
	check(t, err)
	check(t, f.Sync())
	check(t, f.Sync())
	if lost != 1 {
		t.Errorf("content was missing before %d of 2 syncs, want before the first", lost)
	}
}

func TestMem_FullDiskTakesWhatFits(t *testing.T) {
	m := vfs.NewMem()
	m.SetCapacity(10)
	f, err := vfs.Create(m, "/f")
	check(t, err)
	n, err := f.Write(make([]byte, 16))
	if n != 10 || !vfs.IsNoSpace(err) {
		t.Errorf("write = %d, %v, want 10, no space", n, err)
	}
	if _, err := f.WriteAt([]byte("over"), 0); err != nil {
		t.Errorf("overwriting on a full disk: %v", err)
	}
	check(t, f.Close())
	check(t, m.Remove("/f"))
	if u, _ := m.Usage("/"); u.Free != 10 {
		t.Errorf("free after removal = %d, want 10", u.Free)
	}
}

func TestFault_FailsTheCallOfTheRule(t *testing.T) {
	boom := errors.New("boom")
	rule := func(c vfs.Call) *vfs.Failure {
		if c.Op == vfs.OpWrite && c.Name == "/b" {
			return &vfs.Failure{Err: boom, Part: 3}
		}
		return nil
	}
	mem := vfs.NewMem()
	fsys := vfs.NewFault(mem, rule)
	for name, want := range map[string]struct {
		n   int
		err error
	}{"/a": {5, nil}, "/b": {3, boom}} {
		f, err := vfs.Create(fsys, name)
		check(t, err)
		n, err := f.Write([]byte("12345"))
		if n != want.n || !errors.Is(err, want.err) {
			t.Errorf("write to %s = %d, %v, want %d, %v", name, n, err, want.n, want.err)
		}
		check(t, f.Close())
	}
	if got, _ := vfs.ReadFile(mem, "/b"); string(got) != "123" {
		t.Errorf("short write left %q, want 123", got)
	}
	if fsys.Calls() != 6 {
		t.Errorf("calls = %d, want 6", fsys.Calls())
	}
}

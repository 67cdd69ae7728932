package flowfile_test

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/braidflow/braid/internal/repo/flowfile"
	"github.com/braidflow/braid/internal/repo/wal"
	"github.com/braidflow/braid/internal/vfs"
)

// Each byte of the newest snapshot is changed in turn: the one before and the log behind it give the same state, and
// the damaged file is put aside.
func TestDamage_OfASnapshotCostsNothing(t *testing.T) {
	disk := newDisk(t)
	m := filled(t, disk, 10, 3)
	name := files(t, disk, dir, ".snapshot")[1]
	info, err := disk.Stat(name)
	check(t, err)
	for at := 0; at < int(info.Size()); at += 1 + at/200 {
		c := copyDisk(disk)
		flip(t, c, name, at)
		if err := m.verify(c); err != nil {
			t.Fatalf("byte %d: %v", at, err)
		}
		if _, err := c.Stat(name + ".damaged"); err != nil {
			t.Fatalf("byte %d: the damage was not detected: %v", at, err)
		}
	}
}

// If both snapshots are damaged, the log alone is not enough: nothing is started from a part of the state.
func TestDamage_OfAllSnapshotsIsReported(t *testing.T) {
	disk := newDisk(t)
	m := filled(t, disk, 11, 3)
	for _, name := range files(t, disk, dir, ".snapshot") {
		flip(t, disk, name, 40)
	}
	for range 2 { // the first start must not hide it from the second
		var damaged *flowfile.CorruptError
		if _, _, err := flowfile.Open(m.options(disk, nil)); !errors.As(err, &damaged) || !strings.Contains(err.Error(), "--salvage") {
			t.Fatalf("Open = %v, want a CorruptError that says what to do", err)
		}
	}
	o := m.options(disk, nil)
	o.Salvage = true
	r, rec := mustOpen(t, o)
	if len(rec.Damaged) == 0 || len(rec.Quarantined) == 0 {
		t.Errorf("damaged = %v, quarantined = %v, want both", rec.Damaged, rec.Quarantined)
	}
	check(t, r.Close())
	o.Salvage = false
	r, _ = mustOpen(t, o) // what was salvaged is the state now
	check(t, r.Close())
}

func TestDamage_OfASwapFileIsAlwaysDetected(t *testing.T) {
	disk := newDisk(t)
	m := newModel(rand.New(rand.NewPCG(12, 12)))
	r, _ := mustOpen(t, options(disk))
	var ffs []*flowfile.FlowFile
	for range 10 {
		ffs = append(ffs, m.newFlowFile(r.NextIDs(1)))
	}
	f, err := r.WriteSwap(m.queues[0], ffs)
	check(t, err)
	name := dir + "/swap/" + f.Name
	info, err := disk.Stat(name)
	check(t, err)
	for at := range int(info.Size()) {
		flip(t, disk, name, at)
		var damaged *flowfile.CorruptError
		if _, err := r.ReadSwap(f); !errors.As(err, &damaged) {
			t.Fatalf("byte %d: ReadSwap = %v, want a CorruptError", at, err)
		}
		flip(t, disk, name, at)
	}
	if _, err := disk.Stat(name + ".damaged"); err != nil {
		t.Errorf("no copy was put aside: %v", err)
	}
	wrong := f
	wrong.Count++
	if _, err := r.ReadSwap(wrong); err == nil {
		t.Error("a file with fewer FlowFiles than promised was taken")
	}
	wrong.Name = "../lock"
	if _, err := r.ReadSwap(wrong); err == nil {
		t.Error("a name outside the folder was taken")
	}
	check(t, r.Close())
}

func TestDamage_OfTheLogIsSalvagedOnlyOnDemand(t *testing.T) {
	for seed := range uint64(5) {
		disk := newDisk(t)
		m := filled(t, disk, 20+seed, 0)
		logs := files(t, disk, dir+"/log", ".wal")
		flip(t, disk, logs[0], 4096+100+int(seed)*400)
		var damaged *wal.CorruptError
		if _, _, err := flowfile.Open(m.options(disk, nil)); !errors.As(err, &damaged) {
			t.Fatalf("Open = %v, want a CorruptError", err)
		}
		o := m.options(disk, nil)
		o.Salvage = true
		r, rec := mustOpen(t, o)
		if len(rec.Damaged) == 0 || len(rec.Quarantined) == 0 {
			t.Errorf("damaged = %v, quarantined = %v, want both", rec.Damaged, rec.Quarantined)
		}
		state, err := recoveredText(r, rec)
		check(t, err)
		check(t, r.Close())
		o.Salvage = false
		r, rec = mustOpen(t, o)
		again, err := recoveredText(r, rec)
		check(t, err)
		if again != state {
			t.Errorf("seed %d: the salvaged state did not last:\n%s\nwas:\n%s", seed, again, state)
		}
		check(t, r.Close())
	}
}

// For each n the n-th call to the disk fails. What was acknowledged must be there afterwards.
func TestFault_AtEachCall(t *testing.T) {
	for _, cause := range []error{vfs.ErrNoSpace, errors.New("input/output error")} {
		for n := 1; ; n++ {
			disk := newDisk(t)
			m := newModel(rand.New(rand.NewPCG(13, 13)))
			fsys := vfs.NewFault(disk, vfs.FailNth(n, cause))
			err := m.faultRun(fsys)
			if err != nil && !errors.Is(err, cause) {
				t.Fatalf("call %d: %v", n, err)
			}
			if verr := m.verify(disk.CrashClone(rand.New(rand.NewPCG(1, 1)), 0)); verr != nil {
				t.Fatalf("call %d (%v): %v", n, err, verr)
			}
			if fsys.Calls() < n {
				check(t, err)
				break
			}
		}
	}
}

func (m *model) faultRun(fsys vfs.FS) (err error) {
	for range 2 {
		r, _, err := flowfile.Open(m.options(fsys, nil))
		if err != nil {
			return err
		}
		for i := range 10 {
			if err = m.commit(r); err == nil {
				err = m.wait(r)
			}
			if err == nil && i%4 == 3 {
				m.stored = m.last
				err = m.snapshot(r)
			}
			if err != nil {
				break
			}
		}
		if err = errors.Join(err, r.Close()); err != nil {
			return err
		}
	}
	return nil
}

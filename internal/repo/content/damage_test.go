package content_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/braidflow/braid/internal/repo/content"
	"github.com/braidflow/braid/internal/vfs"
)

func TestDamage_EveryFlippedByteIsDetectedAndPutAside(t *testing.T) {
	root := t.TempDir()
	r := open(t, vfs.OS, root)
	a := r.NewAppender()
	write(t, a, fill(0, 33))
	c := write(t, a, fill(1, 64))
	if err := a.Flush(); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(root, fmt.Sprintf("%016x.seg", c.Segment))
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Close()
	readers := map[string]func(*content.Reader) error{
		"ReadAll":  func(d *content.Reader) error { _, err := io.ReadAll(d); return err },
		"ReadFull": func(d *content.Reader) error { _, err := io.ReadFull(d, make([]byte, 64)); return err },
		"Copy":     func(d *content.Reader) error { _, err := io.Copy(io.Discard, d); return err },
	}
	for i := range whole {
		for how, readWith := range readers {
			bad := bytes.Clone(whole)
			bad[i] ^= 0x10
			at := int64(i) - c.Offset
			concerned := i < 16 && i != 5 && i != 6 && i != 7 || at >= 0 && at < c.Length // kind and padding tell nothing
			if err := os.WriteFile(name, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			f, _ := reopen(t, vfs.OS, root, []content.Claim{c})
			d, err := f.Open(c)
			if err == nil {
				err = readWith(d)
				_ = d.Close()
			}
			var corrupt *content.CorruptError
			if i == 4 { // a version that is not known
				if err == nil {
					t.Errorf("unknown format version was read")
				}
			} else if errors.As(err, &corrupt) != concerned {
				t.Errorf("%s with byte %d flipped: %v, concerned: %v", how, i, err, concerned)
			}
			if at >= 0 && at < c.Length {
				aside := filepath.Join(root, "quarantine", fmt.Sprintf("%016x-%d.content", c.Segment, c.Offset))
				got, err := os.ReadFile(aside)
				if err != nil || !bytes.Equal(got, bad[c.Offset:c.Offset+c.Length]) {
					t.Fatalf("copy in quarantine: %v, or other bytes", err)
				}
				_ = os.Remove(aside)
			}
			if verr := f.Verify(c); (verr == nil) != (err == nil) {
				t.Errorf("Verify with byte %d flipped: %v, read: %v", i, verr, err)
			}
			_ = f.Close()
		}
	}
}

func TestDamage_IsNotLostByCompaction(t *testing.T) {
	root := t.TempDir()
	r := open(t, vfs.OS, root)
	list := segment(t, r.Repository, r.NewAppender())
	r.Apply(nil, list[2:])
	name := filepath.Join(root, fmt.Sprintf("%016x.seg", list[0].Segment))
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	b[list[0].Offset] ^= 1
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		r.clock.Advance(2 * time.Minute)
		if err := r.Clean(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(name); err != nil {
		t.Errorf("the segment with the damaged content: %v", err)
	}
	if got := read(t, r.Repository, list[1]); !bytes.Equal(got, fill(1, 1000)) {
		t.Error("its neighbor differs")
	}
	var bad *content.CorruptError
	if err := r.Verify(list[0]); !errors.As(err, &bad) {
		t.Errorf("Verify = %v, want a CorruptError", err)
	}
	if r.Stats().Damaged != 1 {
		t.Errorf("damaged = %d, want 1", r.Stats().Damaged)
	}
}

func TestDamage_RedirectsThatCannotBeReadDeleteNothing(t *testing.T) {
	disk := vfs.NewMem()
	r := open(t, disk, dir)
	a := r.NewAppender()
	list := segment(t, r.Repository, a)
	r.Apply(nil, list[1:])
	r.clock.Advance(2 * time.Minute)
	if err := errors.Join(r.Clean(), r.Close()); err != nil {
		t.Fatal(err)
	}
	moved := filepath.Join(dir, fmt.Sprintf("%016x.moved", list[0].Segment))
	f, err := disk.OpenFile(moved, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	good := make([]byte, 1)
	_, err1 := f.ReadAt(good, 10)
	_, err2 := f.WriteAt([]byte{^good[0]}, 10)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	g, missing := reopen(t, disk, dir, list[:1])
	if len(missing) != 1 || missing[0] != list[0] {
		t.Errorf("missing = %v, want %v", missing, list[0])
	}
	g.clock.Advance(time.Hour)
	if err := errors.Join(g.Clean(), g.Close()); err != nil {
		t.Fatal(err)
	}
	kept, err := disk.ReadDir(filepath.Join(dir, "quarantine"))
	if err != nil || len(kept) != 1 {
		t.Fatalf("quarantine = %v, %v; want the segment that the redirect leads to", kept, err)
	}
	if _, err := f.WriteAt(good, 10); err != nil { // the way back that the log message names
		t.Fatal(err)
	}
	if err := disk.Rename(filepath.Join(dir, "quarantine", kept[0].Name()), filepath.Join(dir, kept[0].Name())); err != nil {
		t.Fatal(err)
	}
	h, missing := reopen(t, disk, dir, list[:1])
	if len(missing) != 0 || !bytes.Equal(read(t, h.Repository, list[0]), fill(0, 1000)) {
		t.Errorf("missing = %v after the redirects were restored, or other bytes", missing)
	}
}

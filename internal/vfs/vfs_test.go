package vfs_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/braidflow/braid/internal/vfs"
)

// disks are the implementations that must behave alike, each with a folder that exists.
func disks(t *testing.T) map[string]func() (vfs.FS, string) {
	return map[string]func() (vfs.FS, string){
		"os":    func() (vfs.FS, string) { return vfs.OS, t.TempDir() },
		"mem":   func() (vfs.FS, string) { return vfs.NewMem(), "/" },
		"fault": func() (vfs.FS, string) { return vfs.NewFault(vfs.NewMem(), nil), "/" },
	}
}

func TestFS_FilesKeepWhatIsWritten(t *testing.T) {
	for name, disk := range disks(t) {
		t.Run(name, func(t *testing.T) {
			fsys, dir := disk()
			p := filepath.Join(dir, "f")
			f, err := vfs.Create(fsys, p)
			check(t, err)
			_, err = f.Write([]byte("hello"))
			check(t, err)
			_, err = f.WriteAt([]byte("XY"), 7)
			check(t, err)
			_, err = f.Seek(1, io.SeekStart)
			check(t, err)
			b := make([]byte, 3)
			_, err = io.ReadFull(f, b)
			check(t, err)
			if string(b) != "ell" {
				t.Errorf("read at 1 = %q, want ell", b)
			}
			if n, err := f.ReadAt(b, 8); n != 1 || !errors.Is(err, io.EOF) {
				t.Errorf("read over the end = %d, %v, want 1, EOF", n, err)
			}
			check(t, f.Truncate(8))
			check(t, f.Truncate(9))
			check(t, f.Sync())
			check(t, f.Close())
			got, err := vfs.ReadFile(fsys, p)
			check(t, err)
			if want := []byte("hello\x00\x00X\x00"); !bytes.Equal(got, want) {
				t.Errorf("content = %q, want %q", got, want)
			}
			if err := f.Close(); !errors.Is(err, fs.ErrClosed) {
				t.Errorf("second close = %v, want ErrClosed", err)
			}
		})
	}
}

func TestFS_FoldersAndNames(t *testing.T) {
	for name, disk := range disks(t) {
		t.Run(name, func(t *testing.T) {
			fsys, dir := disk()
			sub := filepath.Join(dir, "a", "b")
			check(t, fsys.MkdirAll(sub, 0o755))
			check(t, fsys.MkdirAll(sub, 0o755))
			for _, n := range []string{"z", "x", "y"} {
				check(t, vfs.WriteFileAtomic(fsys, filepath.Join(sub, n), func(w io.Writer) error {
					_, err := io.WriteString(w, n)
					return err
				}))
			}
			check(t, fsys.Rename(filepath.Join(sub, "x"), filepath.Join(sub, "y")))
			check(t, fsys.Rename(filepath.Join(sub, "z"), filepath.Join(dir, "z")))
			entries, err := fsys.ReadDir(sub)
			check(t, err)
			if len(entries) != 1 || entries[0].Name() != "y" || entries[0].IsDir() {
				t.Errorf("entries = %v, want only the file y", entries)
			}
			if got, _ := vfs.ReadFile(fsys, filepath.Join(sub, "y")); string(got) != "x" {
				t.Errorf("y holds %q, want that of x", got)
			}
			info, err := fsys.Stat(filepath.Join(dir, "a"))
			check(t, err)
			if !info.IsDir() {
				t.Error("a is no folder")
			}
			if err := fsys.Remove(filepath.Join(dir, "a")); err == nil {
				t.Error("a folder that is not empty was removed")
			}
			check(t, fsys.Remove(filepath.Join(sub, "y")))
			check(t, fsys.Remove(sub))
			check(t, fsys.SyncDir(dir))
		})
	}
}

func TestFS_ErrorsAreThoseOfPackageOS(t *testing.T) {
	for name, disk := range disks(t) {
		t.Run(name, func(t *testing.T) {
			fsys, dir := disk()
			p := filepath.Join(dir, "f")
			missing := filepath.Join(dir, "no", "such")
			f, err := vfs.Create(fsys, p)
			check(t, err)
			check(t, f.Close())
			_, openErr := vfs.Open(fsys, missing)
			_, statErr := fsys.Stat(missing)
			_, listErr := fsys.ReadDir(missing)
			_, existErr := fsys.OpenFile(p, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o640)
			for what, tc := range map[string]struct{ got, want error }{
				"open":   {openErr, fs.ErrNotExist},
				"stat":   {statErr, fs.ErrNotExist},
				"list":   {listErr, fs.ErrNotExist},
				"rename": {fsys.Rename(missing, p), fs.ErrNotExist},
				"remove": {fsys.Remove(missing), fs.ErrNotExist},
				"exist":  {existErr, fs.ErrExist},
			} {
				if !errors.Is(tc.got, tc.want) {
					t.Errorf("%s: %v, want %v", what, tc.got, tc.want)
				}
			}
			in, err := vfs.Open(fsys, p)
			check(t, err)
			if _, err := in.Write([]byte("x")); err == nil {
				t.Error("a file opened for reading was written")
			}
			check(t, in.Close())
		})
	}
}

func TestFS_LockExcludesAndEnds(t *testing.T) {
	for name, disk := range disks(t) {
		t.Run(name, func(t *testing.T) {
			fsys, dir := disk()
			p := filepath.Join(dir, "lock")
			l, err := fsys.Lock(p)
			check(t, err)
			if _, err := fsys.Lock(p); !errors.Is(err, vfs.ErrLocked) {
				t.Errorf("second lock = %v, want ErrLocked", err)
			}
			check(t, l.Close())
			l, err = fsys.Lock(p)
			check(t, err)
			check(t, l.Close())
		})
	}
}

func TestWriteFileAtomic_ErrorLeavesTheOldFile(t *testing.T) {
	for n := 1; ; n++ {
		mem := vfs.NewMem()
		write := func(fsys vfs.FS, text string) error {
			return vfs.WriteFileAtomic(fsys, "/f", func(w io.Writer) error {
				_, err := io.WriteString(w, text)
				return err
			})
		}
		check(t, write(mem, "old"))
		faulty := vfs.NewFault(mem, vfs.FailNth(n, vfs.ErrNoSpace))
		err := write(faulty, "newer")
		got, rerr := vfs.ReadFile(mem, "/f")
		check(t, rerr)
		if faulty.Calls() < n {
			check(t, err)
			return // no call was left to fail
		}
		if !vfs.IsNoSpace(err) {
			t.Errorf("call %d: error = %v, want no space", n, err)
		}
		if !slices.Contains([]string{"old", "newer"}, string(got)) {
			t.Errorf("call %d: content = %q", n, got)
		}
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

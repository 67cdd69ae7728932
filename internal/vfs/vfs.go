// Package vfs is the seam between Braid and the disk. Everything that a repository writes goes through an
// [FS], so that a test can run the real code over a disk that forgets what was never synced, that is full,
// or that fails at its n-th call.
//
// [OS] is the real disk, [Mem] one in memory with crash clones, and [Fault] wraps either to inject errors.
package vfs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrLocked is returned by [FS.Lock] when another process (or another holder in this one) has the lock.
var ErrLocked = errors.New("locked by another process")

// FS is a disk. All methods may be called concurrently. Names are paths in the form of the operating system.
// Errors satisfy errors.Is for fs.ErrNotExist and fs.ErrExist as those of package os do.
type FS interface {
	// OpenFile opens a file with the flags of package os. A new file's name is durable after SyncDir of its folder.
	OpenFile(name string, flag int, perm fs.FileMode) (File, error)
	Rename(oldName, newName string) error
	// Remove deletes one file or empty folder.
	Remove(name string) error
	MkdirAll(name string, perm fs.FileMode) error
	// ReadDir lists a folder, sorted by name.
	ReadDir(name string) ([]fs.DirEntry, error)
	Stat(name string) (fs.FileInfo, error)
	// SyncDir makes creations, renames and removals in a folder durable.
	SyncDir(name string) error
	// Lock takes an exclusive lock on a file that it creates; the lock ends with Close or with the process.
	Lock(name string) (io.Closer, error)
	// Usage tells the size and the free bytes of the disk that holds name.
	Usage(name string) (Usage, error)
}

// Usage is the room of a disk in bytes.
type Usage struct{ Total, Free uint64 }

// File is an open file. ReadAt and WriteAt may be called concurrently; the others belong to one goroutine.
type File interface {
	io.Reader
	io.ReaderAt
	io.Writer
	io.WriterAt
	io.Seeker
	io.Closer
	// Sync makes all that was written durable (data and the length; other metadata may be left out).
	// After an error nothing is known about what is on disk: the caller must not go on as if a retry had cured it.
	Sync() error
	Truncate(size int64) error
	Stat() (fs.FileInfo, error)
	Name() string
}

// Open opens a file for reading.
func Open(fsys FS, name string) (File, error) { return fsys.OpenFile(name, os.O_RDONLY, 0) }

// Create opens an empty file for reading and writing.
func Create(fsys FS, name string) (File, error) {
	return fsys.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o640)
}

// ReadFile reads a whole file.
func ReadFile(fsys FS, name string) ([]byte, error) {
	f, err := Open(fsys, name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // read only: nothing can be lost by a failed close
	return io.ReadAll(f)
}

// WriteFileAtomic replaces a file so that a crash leaves the old content or the new one, never a part: write to
// a temporary name, sync, rename, sync the folder. On an error the old file is untouched.
func WriteFileAtomic(fsys FS, name string, write func(io.Writer) error) (err error) {
	tmp := name + ".partial"
	f, err := Create(fsys, tmp)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("write %s: %w", filepath.Base(name), err)
			_ = f.Close()        // the first error is the one to report
			_ = fsys.Remove(tmp) // likewise; a leftover is overwritten next time
		}
	}()
	if err = write(f); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	if err = fsys.Rename(tmp, name); err != nil {
		return err
	}
	return fsys.SyncDir(filepath.Dir(name))
}

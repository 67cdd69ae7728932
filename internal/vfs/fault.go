package vfs

import (
	"io"
	"io/fs"
	"sync/atomic"
)

// Op is a kind of call to a disk.
type Op string

// The kinds of calls that a Fault counts. Reading and writing are those of files, in all forms.
const (
	OpOpen     Op = "open"
	OpRename   Op = "rename"
	OpRemove   Op = "remove"
	OpMkdir    Op = "mkdir"
	OpReadDir  Op = "readdir"
	OpStat     Op = "stat"
	OpSyncDir  Op = "syncdir"
	OpLock     Op = "lock"
	OpUsage    Op = "usage"
	OpRead     Op = "read"
	OpWrite    Op = "write"
	OpSync     Op = "sync"
	OpTruncate Op = "truncate"
	OpClose    Op = "close"
)

// Call is one call to a disk.
type Call struct {
	N    int // from 1, over all calls
	Op   Op
	Name string
	Size int // bytes to read or write
}

// Failure is what a call gets instead of its result.
type Failure struct {
	Err  error
	Part int // bytes that a write still writes before it fails
}

// Rule decides about a call; nil lets it through. It may be called concurrently.
type Rule func(Call) *Failure

// FailNth fails the n-th call only.
func FailNth(n int, err error) Rule {
	return func(c Call) *Failure {
		if c.N != n {
			return nil
		}
		return &Failure{Err: err, Part: c.Size / 2}
	}
}

// FailOps fails all calls of the given kinds for as long as on is set. Writes still write half.
func FailOps(on *atomic.Bool, err error, ops ...Op) Rule {
	return func(c Call) *Failure {
		for _, op := range ops {
			if c.Op == op && on.Load() {
				return &Failure{Err: err, Part: c.Size / 2}
			}
		}
		return nil
	}
}

// Fault is a disk on which a rule lets calls fail.
type Fault struct {
	fs    FS
	rule  Rule
	calls atomic.Int64
}

// NewFault wraps a disk. A nil rule only counts.
func NewFault(fsys FS, rule Rule) *Fault { return &Fault{fs: fsys, rule: rule} }

// Calls returns how many calls there were.
func (f *Fault) Calls() int { return int(f.calls.Load()) }

func (f *Fault) call(op Op, name string, size int) *Failure {
	c := Call{N: int(f.calls.Add(1)), Op: op, Name: name, Size: size}
	if f.rule == nil {
		return nil
	}
	fail := f.rule(c)
	if fail != nil && fail.Err != nil {
		fail.Err = &fs.PathError{Op: string(op), Path: name, Err: fail.Err}
	}
	return fail
}

func (f *Fault) err(op Op, name string) error {
	if fail := f.call(op, name, 0); fail != nil {
		return fail.Err
	}
	return nil
}

// OpenFile is [FS.OpenFile].
func (f *Fault) OpenFile(name string, flag int, perm fs.FileMode) (File, error) {
	if err := f.err(OpOpen, name); err != nil {
		return nil, err
	}
	file, err := f.fs.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return &faultFile{file, f}, nil
}

// Rename is [FS.Rename].
func (f *Fault) Rename(oldName, newName string) error {
	if err := f.err(OpRename, oldName); err != nil {
		return err
	}
	return f.fs.Rename(oldName, newName)
}

// Remove is [FS.Remove].
func (f *Fault) Remove(name string) error {
	if err := f.err(OpRemove, name); err != nil {
		return err
	}
	return f.fs.Remove(name)
}

// MkdirAll is [FS.MkdirAll].
func (f *Fault) MkdirAll(name string, perm fs.FileMode) error {
	if err := f.err(OpMkdir, name); err != nil {
		return err
	}
	return f.fs.MkdirAll(name, perm)
}

// ReadDir is [FS.ReadDir].
func (f *Fault) ReadDir(name string) ([]fs.DirEntry, error) {
	if err := f.err(OpReadDir, name); err != nil {
		return nil, err
	}
	return f.fs.ReadDir(name)
}

// Stat is [FS.Stat].
func (f *Fault) Stat(name string) (fs.FileInfo, error) {
	if err := f.err(OpStat, name); err != nil {
		return nil, err
	}
	return f.fs.Stat(name)
}

// SyncDir is [FS.SyncDir].
func (f *Fault) SyncDir(name string) error {
	if err := f.err(OpSyncDir, name); err != nil {
		return err
	}
	return f.fs.SyncDir(name)
}

// Lock is [FS.Lock].
func (f *Fault) Lock(name string) (io.Closer, error) {
	if err := f.err(OpLock, name); err != nil {
		return nil, err
	}
	return f.fs.Lock(name)
}

// Usage is [FS.Usage].
func (f *Fault) Usage(name string) (Usage, error) {
	if err := f.err(OpUsage, name); err != nil {
		return Usage{}, err
	}
	return f.fs.Usage(name)
}

// faultFile is a file of a Fault; Seek and Stat always work.
type faultFile struct {
	File
	fault *Fault
}

func (f *faultFile) Read(p []byte) (int, error) {
	if fail := f.fault.call(OpRead, f.Name(), len(p)); fail != nil {
		return 0, fail.Err
	}
	return f.File.Read(p)
}

func (f *faultFile) ReadAt(p []byte, off int64) (int, error) {
	if fail := f.fault.call(OpRead, f.Name(), len(p)); fail != nil {
		return 0, fail.Err
	}
	return f.File.ReadAt(p, off)
}

func (f *faultFile) Write(p []byte) (int, error) {
	return f.write(p, func(p []byte) (int, error) { return f.File.Write(p) })
}

func (f *faultFile) WriteAt(p []byte, off int64) (int, error) {
	return f.write(p, func(p []byte) (int, error) { return f.File.WriteAt(p, off) })
}

func (f *faultFile) write(p []byte, write func([]byte) (int, error)) (int, error) {
	fail := f.fault.call(OpWrite, f.Name(), len(p))
	if fail == nil {
		return write(p)
	}
	n := 0
	if part := min(fail.Part, len(p)); part > 0 {
		n, _ = write(p[:part]) // the injected error is the one to report
	}
	return n, fail.Err
}

func (f *faultFile) Sync() error {
	if err := f.fault.err(OpSync, f.Name()); err != nil {
		return err
	}
	return f.File.Sync()
}

func (f *faultFile) Truncate(size int64) error {
	if err := f.fault.err(OpTruncate, f.Name()); err != nil {
		return err
	}
	return f.File.Truncate(size)
}

// Close closes the file in any case, as a real close does.
func (f *faultFile) Close() error {
	err := f.fault.err(OpClose, f.Name())
	if cerr := f.File.Close(); err == nil {
		err = cerr
	}
	return err
}

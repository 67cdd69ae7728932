package vfs

import (
	"io"
	"io/fs"
	"os"
)

// OS is the disk of the operating system.
var OS FS = osFS{}

type osFS struct{}

func (osFS) OpenFile(name string, flag int, perm fs.FileMode) (File, error) {
	f, err := os.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

func (osFS) Rename(oldName, newName string) error         { return os.Rename(oldName, newName) }
func (osFS) Remove(name string) error                     { return os.Remove(name) }
func (osFS) MkdirAll(name string, perm fs.FileMode) error { return os.MkdirAll(name, perm) }
func (osFS) ReadDir(name string) ([]fs.DirEntry, error)   { return os.ReadDir(name) }
func (osFS) Stat(name string) (fs.FileInfo, error)        { return os.Stat(name) }
func (osFS) SyncDir(name string) error                    { return syncDir(name) }
func (osFS) Lock(name string) (io.Closer, error)          { return lockFile(name) }
func (osFS) Usage(name string) (Usage, error)             { return usage(name) }

// osFile replaces os.File's Sync by one that leaves out what no reader needs, such as the modification time.
type osFile struct{ *os.File }

func (f osFile) Sync() error { return dataSync(f.File) }

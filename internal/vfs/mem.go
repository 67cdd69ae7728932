package vfs

import (
	"errors"
	"io"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// Mem is a disk in memory that knows what was synced. CrashClone gives the disk as a loss of power would leave it.
// It starts with an empty root folder; names are taken from there, whether they are absolute or not.
//
// A sync of a file makes its content durable, SyncDir the names in a folder, and neither does the other's work, as
// POSIX allows. A rename between folders is a removal and a creation, each durable with its own folder.
type Mem struct {
	mu       sync.Mutex // guards all that lies below root, and what follows
	root     *memNode
	locked   map[string]bool
	onSync   func(op Op, name string)
	capacity int64
	used     int64
}

// memNode is a file or a folder.
type memNode struct {
	dir bool

	data   []byte // of a file: what readers see
	synced []byte // what is on disk
	writes []memWrite

	names   map[string]*memNode // of a folder: what readers see
	durable map[string]*memNode // what is on disk
	changes []memChange
}

// memWrite is a change of a file that is not synced.
type memWrite struct {
	off  int64
	data []byte
	size int64 // of a truncation; -1 for a write
}

// memChange is a change of a folder that is not synced: names with their new nodes, nil for removal.
type memChange map[string]*memNode

// NewMem makes an empty disk.
func NewMem() *Mem {
	return &Mem{root: newMemDir(), locked: map[string]bool{}, capacity: math.MaxInt64}
}

func newMemDir() *memNode {
	return &memNode{dir: true, names: map[string]*memNode{}, durable: map[string]*memNode{}}
}

// OnSync sets a function that is called before each sync of a file or a folder takes effect, without a lock, so that
// it may call CrashClone. nil ends that.
func (m *Mem) OnSync(fn func(op Op, name string)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.onSync = fn
}

// SetCapacity sets how many bytes all files together may have; writes beyond it fail with ErrNoSpace after the part
// that fits.
func (m *Mem) SetCapacity(bytes int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.capacity = bytes
}

// Used returns how many bytes all files together have.
func (m *Mem) Used() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.used
}

func (m *Mem) syncing(op Op, name string) {
	m.mu.Lock()
	fn := m.onSync
	m.mu.Unlock()
	if fn != nil {
		fn(op, name)
	}
}

// find returns the node of a name, its folder and its last part. node is nil if only the folder exists. The caller
// holds mu.
func (m *Mem) find(op, name string) (dir *memNode, base string, node *memNode, err error) {
	node = m.root
	for _, part := range splitPath(name) {
		if node == nil || !node.dir {
			return nil, "", nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
		}
		dir, base, node = node, part, node.names[part]
	}
	return dir, base, node, nil
}

func splitPath(name string) []string {
	name = filepath.ToSlash(filepath.Clean(name))
	return slices.DeleteFunc(strings.Split(name, "/"), func(p string) bool { return p == "" || p == "." })
}

// change gives names new nodes. The caller holds mu.
func (n *memNode) change(c memChange) {
	c.apply(n.names)
	n.changes = append(n.changes, c)
}

func (c memChange) apply(names map[string]*memNode) {
	for name, node := range c {
		if node == nil {
			delete(names, name)
		} else {
			names[name] = node
		}
	}
}

// OpenFile is [FS.OpenFile].
func (m *Mem) OpenFile(name string, flag int, _ fs.FileMode) (File, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	dir, base, node, err := m.find("open", name)
	switch {
	case err != nil:
		return nil, err
	case node == nil && flag&os.O_CREATE == 0:
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	case node == nil:
		node = &memNode{}
		dir.change(memChange{base: node})
	case flag&os.O_EXCL != 0 && flag&os.O_CREATE != 0:
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrExist}
	case node.dir && flag&(os.O_WRONLY|os.O_RDWR) != 0:
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("is a folder")}
	case flag&os.O_TRUNC != 0:
		m.truncate(node, 0)
	}
	return &memFile{fs: m, node: node, name: name, flag: flag}, nil
}

// Rename is [FS.Rename].
func (m *Mem) Rename(oldName, newName string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	oldDir, oldBase, node, err := m.find("rename", oldName)
	if err != nil {
		return err
	}
	newDir, newBase, target, err := m.find("rename", newName)
	if err != nil {
		return err
	}
	if node == nil || newDir == nil {
		return &fs.PathError{Op: "rename", Path: oldName, Err: fs.ErrNotExist}
	}
	if target == node {
		return nil
	}
	m.release(target)
	if oldDir == newDir {
		oldDir.change(memChange{oldBase: nil, newBase: node})
		return nil
	}
	oldDir.change(memChange{oldBase: nil})
	newDir.change(memChange{newBase: node})
	return nil
}

// release takes the bytes of a file that lost its name off the bill. The caller holds mu.
func (m *Mem) release(node *memNode) {
	if node != nil {
		m.used -= int64(len(node.data))
	}
}

// Remove is [FS.Remove].
func (m *Mem) Remove(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	dir, base, node, err := m.find("remove", name)
	if err != nil {
		return err
	}
	if node == nil || dir == nil {
		return &fs.PathError{Op: "remove", Path: name, Err: fs.ErrNotExist}
	}
	if len(node.names) > 0 {
		return &fs.PathError{Op: "remove", Path: name, Err: errors.New("folder is not empty")}
	}
	m.release(node)
	dir.change(memChange{base: nil})
	return nil
}

// MkdirAll is [FS.MkdirAll].
func (m *Mem) MkdirAll(name string, _ fs.FileMode) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	node := m.root
	for _, part := range splitPath(name) {
		next := node.names[part]
		if next == nil {
			next = newMemDir()
			node.change(memChange{part: next})
		}
		if !next.dir {
			return &fs.PathError{Op: "mkdir", Path: name, Err: errors.New("is not a folder")}
		}
		node = next
	}
	return nil
}

// ReadDir is [FS.ReadDir].
func (m *Mem) ReadDir(name string) ([]fs.DirEntry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, _, node, err := m.find("readdir", name)
	if err != nil {
		return nil, err
	}
	if node == nil || !node.dir {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
	}
	var list []fs.DirEntry
	for _, base := range slices.Sorted(maps.Keys(node.names)) {
		list = append(list, fs.FileInfoToDirEntry(node.names[base].info(base)))
	}
	return list, nil
}

// Stat is [FS.Stat].
func (m *Mem) Stat(name string) (fs.FileInfo, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, _, node, err := m.find("stat", name)
	if err != nil {
		return nil, err
	}
	if node == nil {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
	}
	return node.info(filepath.Base(name)), nil
}

// SyncDir is [FS.SyncDir].
func (m *Mem) SyncDir(name string) error {
	m.syncing(OpSyncDir, name)
	m.mu.Lock()
	defer m.mu.Unlock()
	_, _, node, err := m.find("sync", name)
	if err != nil {
		return err
	}
	if node == nil || !node.dir {
		return &fs.PathError{Op: "sync", Path: name, Err: fs.ErrNotExist}
	}
	for _, c := range node.changes {
		c.apply(node.durable)
	}
	node.changes = nil
	return nil
}

// Lock is [FS.Lock].
func (m *Mem) Lock(name string) (io.Closer, error) {
	f, err := m.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o640)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	name = filepath.Clean(name)
	if m.locked[name] {
		return nil, &fs.PathError{Op: "lock", Path: name, Err: ErrLocked}
	}
	m.locked[name] = true
	return &memLock{m, name, f}, nil
}

type memLock struct {
	fs   *Mem
	name string
	file File
}

func (l *memLock) Close() error {
	l.fs.mu.Lock()
	defer l.fs.mu.Unlock()
	if !l.fs.locked[l.name] {
		return fs.ErrClosed
	}
	delete(l.fs.locked, l.name)
	return nil
}

// Usage is [FS.Usage].
func (m *Mem) Usage(string) (Usage, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return Usage{Total: uint64(m.capacity), Free: uint64(max(0, m.capacity-m.used))}, nil
}

// memInfo describes a node at one moment.
type memInfo struct {
	name string
	size int64
	dir  bool
}

func (n *memNode) info(name string) fs.FileInfo { return memInfo{name, int64(len(n.data)), n.dir} }

func (i memInfo) Name() string       { return i.name }
func (i memInfo) Size() int64        { return i.size }
func (i memInfo) IsDir() bool        { return i.dir }
func (i memInfo) ModTime() time.Time { return time.Time{} }
func (i memInfo) Sys() any           { return nil }
func (i memInfo) Mode() fs.FileMode {
	if i.dir {
		return fs.ModeDir | 0o750
	}
	return 0o640
}

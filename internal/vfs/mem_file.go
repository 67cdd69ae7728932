package vfs

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// memFile is an open file of a Mem.
type memFile struct {
	fs     *Mem
	node   *memNode
	name   string
	flag   int
	off    int64 // of Read, Write and Seek
	closed bool
}

func (f *memFile) Name() string { return f.name }

// check says why the file cannot be used. The caller holds fs.mu.
func (f *memFile) check(op string, write bool) error {
	if f.closed {
		return &fs.PathError{Op: op, Path: f.name, Err: fs.ErrClosed}
	}
	access := f.flag & (os.O_RDONLY | os.O_WRONLY | os.O_RDWR)
	if f.node.dir || (write && access == os.O_RDONLY) || (!write && access == os.O_WRONLY) {
		return &fs.PathError{Op: op, Path: f.name, Err: fs.ErrPermission}
	}
	return nil
}

func (f *memFile) ReadAt(p []byte, off int64) (int, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if err := f.check("read", false); err != nil {
		return 0, err
	}
	if off < 0 {
		return 0, &fs.PathError{Op: "read", Path: f.name, Err: errors.New("negative offset")}
	}
	if off >= int64(len(f.node.data)) {
		return 0, io.EOF
	}
	n := copy(p, f.node.data[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (f *memFile) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	n, err := f.ReadAt(p, f.off)
	f.off += int64(n)
	if n > 0 {
		err = nil
	}
	return n, err
}

func (f *memFile) WriteAt(p []byte, off int64) (int, error) {
	if f.flag&os.O_APPEND != 0 {
		return 0, &fs.PathError{Op: "write", Path: f.name, Err: errors.New("WriteAt on a file opened for appending")}
	}
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	return f.writeAt(p, off)
}

func (f *memFile) Write(p []byte) (int, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if f.flag&os.O_APPEND != 0 {
		f.off = int64(len(f.node.data))
	}
	n, err := f.writeAt(p, f.off)
	f.off += int64(n)
	return n, err
}

// writeAt expects fs.mu to be held.
func (f *memFile) writeAt(p []byte, off int64) (n int, err error) {
	if err := f.check("write", true); err != nil {
		return 0, err
	}
	if off < 0 {
		return 0, &fs.PathError{Op: "write", Path: f.name, Err: errors.New("negative offset")}
	}
	grow := max(0, off+int64(len(p))-int64(len(f.node.data)))
	if room := max(0, f.fs.capacity-f.fs.used); grow > room {
		p = p[:max(0, int64(len(p))-(grow-room))]
		grow = max(0, off+int64(len(p))-int64(len(f.node.data)))
		err = &fs.PathError{Op: "write", Path: f.name, Err: ErrNoSpace}
	}
	if len(p) == 0 {
		return 0, err
	}
	f.fs.used += grow
	w := memWrite{off: off, data: slices.Clone(p), size: -1}
	f.node.data = w.apply(f.node.data)
	f.node.writes = append(f.node.writes, w)
	return len(p), err
}

func (w memWrite) apply(data []byte) []byte {
	if w.size >= 0 {
		return resize(data, w.size)
	}
	if end := w.off + int64(len(w.data)); end > int64(len(data)) {
		data = resize(data, end)
	}
	copy(data[w.off:], w.data)
	return data
}

// resize cuts or appends zeros.
func resize(data []byte, size int64) []byte {
	if size <= int64(len(data)) {
		return data[:size:size] // no capacity: what comes behind must be zeros again
	}
	return append(data, make([]byte, size-int64(len(data)))...)
}

func (f *memFile) Seek(offset int64, whence int) (int64, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	switch whence {
	case io.SeekCurrent:
		offset += f.off
	case io.SeekEnd:
		offset += int64(len(f.node.data))
	}
	if offset < 0 {
		return 0, &fs.PathError{Op: "seek", Path: f.name, Err: errors.New("negative offset")}
	}
	f.off = offset
	return offset, nil
}

func (f *memFile) Close() error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if f.closed {
		return &fs.PathError{Op: "close", Path: f.name, Err: fs.ErrClosed}
	}
	f.closed = true
	return nil
}

func (f *memFile) Sync() error {
	f.fs.syncing(OpSync, f.name)
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if f.closed {
		return &fs.PathError{Op: "sync", Path: f.name, Err: fs.ErrClosed}
	}
	for _, w := range f.node.writes {
		f.node.synced = w.apply(f.node.synced)
	}
	f.node.writes = nil
	return nil
}

func (f *memFile) Truncate(size int64) error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if err := f.check("truncate", true); err != nil {
		return err
	}
	if size < 0 || size-int64(len(f.node.data)) > f.fs.capacity-f.fs.used {
		return &fs.PathError{Op: "truncate", Path: f.name, Err: ErrNoSpace}
	}
	f.fs.truncate(f.node, size)
	return nil
}

// truncate expects mu to be held.
func (m *Mem) truncate(n *memNode, size int64) {
	w := memWrite{size: size}
	m.used += size - int64(len(n.data))
	n.data = w.apply(n.data)
	n.writes = append(n.writes, w)
}

func (f *memFile) Stat() (fs.FileInfo, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if f.closed {
		return nil, &fs.PathError{Op: "stat", Path: f.name, Err: fs.ErrClosed}
	}
	return f.node.info(filepath.Base(f.name)), nil
}

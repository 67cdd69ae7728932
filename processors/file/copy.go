package file

import (
	"io"
	"os"
	"sync"
)

// buffers are large enough that a small file takes one read and one write.
var buffers = sync.Pool{New: func() any { b := make([]byte, 64<<10); return &b }}

// copyAll copies through a shared buffer. The bare Reader and Writer keep io.Copy from methods of *os.File that would
// allocate a buffer for each file.
func copyAll(w io.Writer, r io.Reader) error {
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	_, err := io.CopyBuffer(struct{ io.Writer }{w}, struct{ io.Reader }{r}, *buf)
	return err
}

// readInto copies a file.
func readInto(w io.Writer, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return copyAll(w, f)
}

package record

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// spoolMemory is how much the contents of one spool may take in memory together before they go to disk.
const spoolMemory = 32 << 20

// spool gathers contents that grow at the same time, because a session writes one after the other. What does not
// fit into memory waits in one temporary file, so that memory is bounded whatever the input. It belongs to one
// goroutine.
type spool struct {
	limit int
	used  int // bytes in memory
	parts []*spooled
	file  *os.File
	end   int64
}

func newSpool(limit int) *spool { return &spool{limit: limit} }

// spooled is one content of a spool.
type spooled struct {
	spool  *spool
	memory []byte
	chunks []chunk
}

// chunk is a part of a content in the file.
type chunk struct{ offset, size int64 }

func (s *spool) add() *spooled {
	p := &spooled{spool: s}
	s.parts = append(s.parts, p)
	return p
}

// Write implements [io.Writer].
func (p *spooled) Write(b []byte) (int, error) {
	p.memory = append(p.memory, b...)
	if p.spool.used += len(b); p.spool.used > p.spool.limit {
		if err := p.spool.spill(); err != nil {
			return 0, fmt.Errorf("make room in memory: %w", err)
		}
	}
	return len(b), nil
}

// spill moves all that is in memory to the file.
func (s *spool) spill() error {
	if s.file == nil {
		f, err := os.CreateTemp("", "braid-spool-")
		if err != nil {
			return err
		}
		s.file = f
		_ = os.Remove(f.Name()) // where that works, nothing is left behind even by a crash; else close removes it
	}
	for _, p := range s.parts {
		if len(p.memory) == 0 {
			continue
		}
		n, err := s.file.WriteAt(p.memory, s.end)
		if err != nil {
			return err
		}
		p.chunks = append(p.chunks, chunk{s.end, int64(n)})
		s.end += int64(n)
		p.memory = p.memory[:0]
	}
	s.used = 0
	return nil
}

// copyTo writes the whole content to w.
func (p *spooled) copyTo(w io.Writer) error {
	for _, c := range p.chunks {
		n, err := io.Copy(w, io.NewSectionReader(p.spool.file, c.offset, c.size))
		if err == nil && n != c.size {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
	}
	_, err := w.Write(p.memory)
	return err
}

// close removes the file.
func (s *spool) close() error {
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	if rerr := os.Remove(s.file.Name()); rerr != nil && !errors.Is(rerr, os.ErrNotExist) {
		err = errors.Join(err, rerr)
	}
	s.file = nil
	return err
}

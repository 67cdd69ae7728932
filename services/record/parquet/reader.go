package parquet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"

	"github.com/braidflow/braid/sdk/record"
)

// maxUnseekable bounds what is kept in memory of input that cannot be read from
// its end, where Parquet has its table of contents.
const maxUnseekable = 256 << 20

const rowsAtOnce = 64

// Reader reads the rows of a file as records. It reuses one Record.
type Reader struct {
	file   *parquet.File
	root   *readPlan
	rec    *record.Record
	groups []parquet.RowGroup
	rows   parquet.Rows
	buf    []parquet.Row
	have   []parquet.Row // of buf, not yet read
	dec    decoder
	row    int64
	failed error // is all that Read gives from here on
}

// NewReader reads a file from in, which should be an
// io.ReadSeeker; other input is kept in memory.
func NewReader(in io.Reader) (r *Reader, err error) {
	defer caught(&err)
	at, size, err := readerAt(in)
	if err != nil {
		return nil, err
	}
	if err := checkFooter(at, size); err != nil {
		return nil, fmt.Errorf("content is no Parquet file: %w", err)
	}
	file, err := parquet.OpenFile(at, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, fmt.Errorf("content is no Parquet file: %w", err)
	}
	columns := 0
	root, err := planOf(file.Root(), &columns, true, 0)
	if err != nil {
		return nil, err
	}
	if root.shape != group {
		return nil, errors.New("the Parquet file describes no record")
	}
	r = &Reader{file: file, root: root, rec: record.New(root.typ.Schema), groups: file.RowGroups(), buf: make([]parquet.Row, rowsAtOnce)}
	r.dec.columns = make([][]parquet.Value, columns)
	return r, nil
}

// maxFooter bounds the table of contents.
const maxFooter = 64 << 20

// checkFooter looks at the end of the file, because the library believes the
// length that stands there.
func checkFooter(at io.ReaderAt, size int64) error {
	const magic = "PAR1"
	if size < 12 {
		return fmt.Errorf("it has %d bytes", size)
	}
	var end [8]byte
	if _, err := at.ReadAt(end[:], size-8); err != nil && err != io.EOF {
		return err
	}
	if string(end[4:]) != magic {
		return errors.New("it does not end with " + magic)
	}
	if n := int64(binary.LittleEndian.Uint32(end[:])); n > min(size-12, maxFooter) {
		return fmt.Errorf("its footer cannot have %d bytes", n)
	}
	return nil
}

// Schema implements [record.Reader].
func (r *Reader) Schema() (*record.Schema, error) { return r.root.typ.Schema, nil }

// Close implements [record.Reader].
func (r *Reader) Close() (err error) {
	defer caught(&err)
	if r.rows == nil {
		return nil
	}
	rows := r.rows
	r.rows = nil
	return rows.Close()
}

// Read implements [record.Reader]. Any error is final.
func (r *Reader) Read() (*record.Record, error) {
	if r.failed != nil {
		return nil, r.failed
	}
	if err := r.next(); err != nil {
		if err != io.EOF {
			err = &record.MalformedError{Row: r.row + 1, Err: err}
		}
		r.failed = err
		return nil, err
	}
	r.row++
	return r.rec, nil
}

func (r *Reader) next() (err error) {
	defer caught(&err)
	for len(r.have) == 0 {
		if err := r.fill(); err != nil {
			return err
		}
	}
	row := r.have[0]
	r.have = r.have[1:]
	r.dec.arena.Reset()
	r.rec.ResetSchema(r.root.typ.Schema)
	if len(r.dec.columns) == 0 {
		return nil
	}
	if err := r.dec.split(row); err != nil {
		return err
	}
	return r.dec.record(r.root, r.rec)
}

// fill reads some rows.
func (r *Reader) fill() error {
	if r.rows == nil {
		if len(r.groups) == 0 {
			return io.EOF
		}
		r.rows = r.groups[0].Rows()
		r.groups = r.groups[1:]
	}
	n, err := r.rows.ReadRows(r.buf)
	r.have = r.buf[:n]
	if err == io.EOF || err == nil && n == 0 {
		rows := r.rows
		r.rows = nil
		if n == 0 {
			return rows.Close()
		}
		defer rows.Close()
		return r.keep()
	}
	return err
}

// keep copies what was read last, because the pages behind it are given back.
func (r *Reader) keep() error {
	for i, row := range r.have {
		r.have[i] = row.Clone()
	}
	return nil
}

func readerAt(in io.Reader) (io.ReaderAt, int64, error) {
	if seeker, ok := in.(io.ReadSeeker); ok {
		start, err := seeker.Seek(0, io.SeekCurrent)
		if err != nil {
			return nil, 0, err
		}
		end, err := seeker.Seek(0, io.SeekEnd)
		return &seekReaderAt{in: seeker, start: start}, end - start, err
	}
	content, err := io.ReadAll(io.LimitReader(in, maxUnseekable+1))
	if len(content) > maxUnseekable {
		return nil, 0, fmt.Errorf("a Parquet file of more than %d bytes can only be read from content that is at hand as a whole", maxUnseekable)
	}
	return bytes.NewReader(content), int64(len(content)), err
}

// seekReaderAt makes an io.ReaderAt of a seeker, for one goroutine.
type seekReaderAt struct {
	in    io.ReadSeeker
	start int64
}

// ReadAt implements [io.ReaderAt].
func (s *seekReaderAt) ReadAt(p []byte, off int64) (int, error) {
	if _, err := s.in.Seek(s.start+off, io.SeekStart); err != nil {
		return 0, err
	}
	n, err := io.ReadFull(s.in, p)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	return n, err
}

package avro

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/braidflow/braid/sdk/record"
)

const (
	magic    = "Obj\x01"
	syncSize = 16
	maxMeta  = 16 << 20
)

// Reader reads datums as records. It reuses one Record.
type Reader struct {
	schema *Schema
	rec    *record.Record
	data   decoder // bare datums, or those of the block at hand
	row    int64

	file     *decoder // nil: bare datums
	expand   *expander
	sync     []byte
	left     int64 // datums that the block at hand still has
	block    int64 // offset of that block
	failed   error // is all that Read gives from here on
	expanded []byte
}

// NewReader reads an object container file, with the schema that it holds.
func NewReader(in io.Reader) (*Reader, error) {
	file := &decoder{src: in}
	head, err := file.take(int64(len(magic)))
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	if string(head) != magic {
		return nil, errors.New("content is no Avro file: it does not begin with Obj and 1; if it has no schema, choose another Schema Access Strategy")
	}
	return newFile(file)
}

// NewBareReader reads datums of a schema, one after the other. If content is an
// object container file after all, its schema must be the same.
func NewBareReader(in io.Reader, s *Schema) (*Reader, error) {
	d := decoder{src: in}
	if err := d.need(len(magic)); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	if !bytes.HasPrefix(d.buf, []byte(magic)) {
		return &Reader{schema: s, rec: record.New(s.Record()), data: d}, nil
	}
	d.pos = len(magic)
	r, err := newFile(&d)
	if err == nil && !r.schema.Record().Equal(s.Record()) {
		_ = r.Close()
		return nil, errors.New("the schema that the Avro file holds is not the one that it should have; use the embedded schema")
	}
	return r, err
}

func newFile(file *decoder) (*Reader, error) {
	meta, err := header(file)
	if err != nil {
		return nil, fmt.Errorf("header of the Avro file: %w", err)
	}
	schema, err := Parse(meta["avro.schema"])
	if err != nil {
		return nil, err
	}
	codec := Codec(meta["avro.codec"])
	if codec == "" {
		codec = None
	}
	expand, err := newExpander(codec)
	if err != nil {
		return nil, err
	}
	r := &Reader{schema: schema, rec: record.New(schema.Record()), file: file, expand: expand}
	b, err := file.take(syncSize)
	r.sync = bytes.Clone(b)
	return r, err
}

func header(file *decoder) (map[string]string, error) {
	meta := map[string]string{}
	file.budget = 10_000
	err := file.blocks(1, func() error {
		key, err := file.bytes()
		if err != nil {
			return err
		}
		value, err := file.bytes()
		if err != nil {
			return err
		}
		if file.pos > maxMeta {
			return fmt.Errorf("larger than %d bytes", maxMeta)
		}
		meta[string(key)] = string(value)
		return nil
	})
	return meta, err
}

// Schema implements [record.Reader].
func (r *Reader) Schema() (*record.Schema, error) { return r.schema.Record(), nil }

// Close implements [record.Reader].
func (r *Reader) Close() error {
	if r.expand != nil {
		r.expand.close()
	}
	return nil
}

// Read implements [record.Reader]. Any error is final: what follows broken
// binary data cannot be told.
func (r *Reader) Read() (*record.Record, error) {
	if r.failed != nil {
		return nil, r.failed
	}
	if err := r.next(); err != nil {
		r.failed = err
		return nil, err
	}
	return r.rec, nil
}

func (r *Reader) next() error {
	r.data.startRecord()
	if r.file == nil {
		if err := r.data.need(1); errors.Is(err, io.ErrUnexpectedEOF) {
			return io.EOF
		}
	}
	for r.file != nil && r.left == 0 {
		if r.data.pos < len(r.data.buf) {
			return r.malformed(fmt.Errorf("%d bytes are left behind the last record of the block", len(r.data.buf)-r.data.pos))
		}
		if err := r.nextBlock(); err != nil {
			if err == io.EOF {
				return err
			}
			return r.malformed(err)
		}
	}
	r.left--
	r.row++
	r.rec.ResetSchema(r.schema.Record())
	if err := r.data.record(r.schema.root, r.rec); err != nil {
		return r.malformed(err)
	}
	return nil
}

// malformed says where, unless it is the input that failed.
func (r *Reader) malformed(err error) error {
	offset := r.data.base + int64(r.data.pos)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("the content ends in the middle")
	}
	if r.file != nil {
		err = fmt.Errorf("block at byte %d: %w", r.block, err)
	} else {
		err = fmt.Errorf("byte %d: %w", offset, err)
	}
	return &record.MalformedError{Row: r.row, Err: err}
}

// nextBlock reads a block and checks the mark behind it.
func (r *Reader) nextBlock() error {
	f := r.file
	f.startRecord()
	r.block = f.base + int64(f.pos)
	if err := f.need(1); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return io.EOF
		}
		return err
	}
	count, err := f.long()
	if err != nil {
		return err
	}
	block, err := f.bytes()
	if err != nil {
		return err
	}
	mark, err := f.take(syncSize)
	if err != nil {
		return err
	}
	if !bytes.Equal(mark, r.sync) {
		return errors.New("the mark at its end is wrong")
	}
	if r.expand.codec != None {
		if r.expanded, err = r.expand.expand(r.expanded[:0], block); err != nil {
			return fmt.Errorf("decompress: %w", err)
		}
		block = r.expanded
	}
	width := r.schema.root.width
	if count < 0 || width > 0 && count > int64(len(block)) || width == 0 && count > maxEmpty {
		return fmt.Errorf("%d records in %d bytes", count, len(block))
	}
	r.left = count
	r.data.buf, r.data.pos = block, 0
	return nil
}

package parquet

import (
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"

	"github.com/braidflow/braid/sdk/record"
)

const (
	// DefaultRowGroup is the bytes of values that a row group has by default.
	// It bounds the memory of a Writer, and is less than the 128 MB of other writers.
	DefaultRowGroup = 32 << 20

	batchRows  = 128 // few enough for a processor's cache
	batchBytes = 1 << 20
)

// codecs are the compressions by their names in Parquet.
var codecs = map[string]compress.Codec{
	"UNCOMPRESSED": &parquet.Uncompressed, "SNAPPY": &parquet.Snappy, "GZIP": &parquet.Gzip, "BROTLI": &parquet.Brotli,
	"ZSTD": &parquet.Zstd, "LZ4_RAW": &parquet.Lz4Raw,
}

// CanCompress tells whether there is a compression of that name in Parquet.
func CanCompress(name string) bool { return codecs[name] != nil }

// WriterOptions say how a Writer puts records down.
type WriterOptions struct {
	Compression string // "" = UNCOMPRESSED
	RowGroup    int64  // bytes of values in a row group; 0 = DefaultRowGroup
	Page        int64  // bytes of a page; 0 = 1 MB
	// DictionaryPage bounds a dictionary; a column that exceeds it is written
	// without from there on. 0 = 1 MB.
	DictionaryPage int64
	Dictionary     bool
	Version2       bool // data pages of version 2
	// OldLists writes arrays as one repeated element, which cannot be null.
	OldLists bool
	// Int96 are the paths of fields that are written as INT96 timestamps.
	Int96 map[string]bool
	// Attributes are added to the WriteResult.
	Attributes map[string]string
}

// Writer writes records as the rows of a file.
type Writer struct {
	opts    WriterOptions
	root    *plan
	file    *parquet.Writer //nolint:staticcheck // the generic one refuses the old structure of lists
	columns []*parquet.ColumnWriter
	enc     encoder
	rows    int   // in enc
	group   int64 // bytes in the row group
	count   int64
}

// NewWriter writes the fields of s.
func NewWriter(out io.Writer, s *record.Schema, o WriterOptions) (w *Writer, err error) {
	defer caught(&err)
	if o.Compression == "" {
		o.Compression = "UNCOMPRESSED"
	}
	codec := codecs[o.Compression]
	if codec == nil {
		return nil, fmt.Errorf("compression %s cannot be written", o.Compression)
	}
	p := planner{opts: &o}
	root, node, err := p.node(record.RecordOf(s), "", false, 0, 0)
	if err != nil {
		return nil, err
	}
	name := s.Name()
	if name == "" {
		name = "nifiRecord"
	}
	version := 1
	if o.Version2 {
		version = 2
	}
	w = &Writer{opts: o, root: root}
	w.file = parquet.NewWriter(out, parquet.NewSchema(name, node), parquet.Compression(codec), parquet.DataPageVersion(version),
		parquet.PageBufferSize(orDefault(o.Page, 1<<20)), parquet.DictionaryMaxBytes(int64(orDefault(o.DictionaryPage, 1<<20))),
		parquet.CreatedBy("braid", "", ""), parquet.KeyValueMetadata("parquet.avro.schema", record.AvroText(s)),
		parquet.KeyValueMetadata("writer.model.name", "avro"))
	w.columns = w.file.ColumnWriters()
	w.enc = newEncoder(p.columns)
	return w, nil
}

func orDefault(n, other int64) int {
	if n <= 0 {
		n = other
	}
	return int(min(n, 1<<30))
}

// Begin implements [record.Writer].
func (w *Writer) Begin() error { return nil }

// Write implements [record.Writer]. After an error the record has left no trace.
func (w *Writer) Write(r *record.Record) error {
	mark := w.enc.mark()
	if err := w.enc.record(w.root, r, 0); err != nil {
		w.enc.undo(mark)
		return fmt.Errorf("write record %d: %w", w.count+1, err)
	}
	w.count++
	w.rows++
	if w.rows >= batchRows || len(w.enc.text) >= batchBytes {
		return w.put()
	}
	return nil
}

// put hands the rows to the columns, and ends the row group if it is full.
func (w *Writer) put() (err error) {
	if w.rows == 0 {
		return nil
	}
	defer caught(&err)
	for i, values := range w.enc.columns {
		if _, err := w.columns[i].WriteRowValues(values); err != nil {
			return fmt.Errorf("write Parquet: %w", err)
		}
		w.group += 8 * int64(len(values))
	}
	w.group += int64(len(w.enc.text))
	w.enc.reset()
	w.rows = 0
	if w.group >= int64(orDefault(w.opts.RowGroup, DefaultRowGroup)) {
		w.group = 0
		if err := w.file.Flush(); err != nil {
			return fmt.Errorf("write Parquet: %w", err)
		}
	}
	return nil
}

// Flush implements [record.Writer]. It does nothing: what is buffered belongs to
// a row group that has yet to grow.
func (w *Writer) Flush() error { return nil }

// Finish implements [record.Writer]; the file ends.
func (w *Writer) Finish() (record.WriteResult, error) {
	err := w.put()
	if err == nil {
		if err = w.file.Close(); err != nil {
			err = fmt.Errorf("write Parquet: %w", err)
		}
	}
	return record.ResultOf(w.count, "application/parquet", w.opts.Attributes), err
}

// caught turns a panic of the library into an error: bad data must not end the node.
func caught(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("Parquet: %v", p) //nolint:staticcheck // a name
	}
}

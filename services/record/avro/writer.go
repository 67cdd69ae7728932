package avro

import (
	"crypto/rand"
	"fmt"
	"io"

	"github.com/braidflow/braid/sdk/record"
)

const blockSize = 64 << 10

// WriterOptions say how a Writer puts records down.
type WriterOptions struct {
	// Bare leaves out the file's frame: datums follow each other.
	Bare bool
	// Header stands before bare datums.
	Header []byte
	Codec  Codec // of a file; "" = None
	// Attributes are added to the WriteResult.
	Attributes map[string]string
}

// Writer writes records as datums of a schema.
type Writer struct {
	out    io.Writer
	schema *Schema
	opts   WriterOptions
	enc    encoder
	pack   compressor
	packed []byte
	sync   []byte
	begun  bool  // the header is written
	active bool  // between Begin and Finish
	block  int64 // records in enc.buf
	count  int64
}

// NewWriter writes records with the fields of s.
func NewWriter(out io.Writer, s *Schema, o WriterOptions) *Writer {
	if o.Codec == "" {
		o.Codec = None
	}
	return &Writer{out: out, schema: s, opts: o, pack: compressor{codec: o.Codec}, enc: encoder{project: make([]record.Projection, s.records)}}
}

// Begin implements [record.Writer].
func (w *Writer) Begin() error {
	w.active, w.count = true, 0
	return w.header()
}

func (w *Writer) header() error {
	if w.begun {
		return nil
	}
	w.begun = true
	head := w.opts.Header
	if !w.opts.Bare {
		w.sync = make([]byte, syncSize)
		if _, err := rand.Read(w.sync); err != nil {
			return fmt.Errorf("write Avro: %w", err)
		}
		e := encoder{buf: []byte(magic)}
		e.long(2)
		e.text("avro.schema")
		e.text(w.schema.text)
		e.text("avro.codec")
		e.text(string(w.opts.Codec))
		e.long(0)
		head = append(e.buf, w.sync...)
	}
	return w.put(head)
}

func (w *Writer) put(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	if _, err := w.out.Write(b); err != nil {
		return fmt.Errorf("write Avro: %w", err)
	}
	return nil
}

// Write implements [record.Writer]. After an error the record has left no trace.
func (w *Writer) Write(r *record.Record) error {
	if err := w.header(); err != nil {
		return err
	}
	if w.opts.Bare && !w.active && w.count > 0 { // each bare record tells its schema
		w.enc.buf = append(w.enc.buf, w.opts.Header...)
	}
	start := len(w.enc.buf)
	if err := w.enc.record(w.schema.root, r); err != nil {
		w.enc.buf = w.enc.buf[:start]
		return fmt.Errorf("write record %d: %w", w.count+1, err)
	}
	w.count++
	w.block++
	if len(w.enc.buf) >= blockSize {
		return w.Flush()
	}
	return nil
}

// Flush implements [record.Writer]; it ends the block at hand.
func (w *Writer) Flush() error {
	if w.block == 0 {
		return nil
	}
	data := w.enc.buf
	if !w.opts.Bare {
		if w.opts.Codec != None {
			packed, err := w.pack.compress(w.packed[:0], data)
			if err != nil {
				return fmt.Errorf("write Avro: %w", err)
			}
			w.packed, data = packed, packed
		}
		var frame encoder
		frame.long(w.block)
		frame.long(int64(len(data)))
		if err := w.put(frame.buf); err != nil {
			return err
		}
		data = append(data, w.sync...)
	}
	err := w.put(data)
	w.enc.buf, w.block = w.enc.buf[:0], 0
	return err
}

// Finish implements [record.Writer].
func (w *Writer) Finish() (record.WriteResult, error) {
	err := w.header()
	w.active = false
	if err == nil {
		err = w.Flush()
	}
	return record.ResultOf(w.count, "application/avro-binary", w.opts.Attributes), err
}

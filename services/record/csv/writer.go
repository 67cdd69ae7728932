package csv

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"

	"github.com/braidflow/braid/sdk/record"
)

const flushSize = 64 << 10

// WriterOptions say how a Writer puts records down.
type WriterOptions struct {
	Format Format
	// Header writes the field names in front.
	Header  bool
	Formats *record.Formats
	// Attributes are added to the WriteResult.
	Attributes map[string]string
}

// Writer writes records as rows, in UTF-8.
type Writer struct {
	out        io.Writer
	opts       WriterOptions
	schema     *record.Schema
	project    record.Projection
	sep        []byte
	buf        []byte
	scratch    []byte
	count      int64
	headerDone bool
}

// NewWriter writes the fields of schema.
func NewWriter(out io.Writer, schema *record.Schema, o WriterOptions) (*Writer, error) {
	if err := o.Format.Check(); err != nil {
		return nil, err
	}
	return &Writer{out: out, opts: o, schema: schema, sep: utf8.AppendRune(nil, o.Format.Separator), headerDone: !o.Header}, nil
}

// Begin implements [record.Writer].
func (w *Writer) Begin() error { return nil }

// Write implements [record.Writer].
func (w *Writer) Write(r *record.Record) error {
	w.header()
	slots := w.project.Slots(r.Schema(), w.schema)
	for i, f := range w.schema.Fields() {
		v := record.Missing
		if slots[i] >= 0 {
			v = r.At(slots[i])
		}
		if v.IsMissing() {
			v = f.Default
		}
		if err := w.field(i, v, f.Type); err != nil {
			return fmt.Errorf("write record %d, field %q: %w", w.count+1, f.Name, err)
		}
	}
	w.endRow(w.schema.Len())
	w.count++
	if len(w.buf) >= flushSize {
		return w.Flush()
	}
	return nil
}

func (w *Writer) header() {
	if w.headerDone {
		return
	}
	w.headerDone = true
	for i, f := range w.schema.Fields() {
		w.separate(i)
		w.text([]byte(f.Name), i == 0, false)
	}
	w.endRow(w.schema.Len())
}

func (w *Writer) separate(i int) {
	if i > 0 {
		w.buf = append(w.buf, w.sep...)
	}
}

func (w *Writer) endRow(fields int) {
	if w.opts.Format.TrailingSeparator && fields > 0 {
		w.buf = append(w.buf, w.sep...)
	}
	w.buf = append(w.buf, w.opts.Format.RecordSeparator...)
}

func (w *Writer) field(i int, v record.Value, t *record.Type) error {
	w.separate(i)
	if v.IsNull() {
		w.null()
		return nil
	}
	if v.Kind().IsInteger() && (w.opts.Format.QuoteMode == QuoteMinimal || w.opts.Format.QuoteMode == QuoteNonNumeric) {
		w.buf = strconv.AppendInt(w.buf, v.Int(), 10)
		return nil
	}
	if t.Kind.IsDateTime() || t.Kind == record.KindEnum {
		c, err := record.Convert(v, t, w.opts.Formats)
		if err != nil {
			return err
		}
		v = c
	}
	w.scratch = record.AppendText(w.scratch[:0], v, w.opts.Formats)
	w.text(w.scratch, i == 0, v.Kind().IsNumber())
	return nil
}

// null writes the null string as it is, or nothing; QuoteAll makes it an empty
// quoted field, as Commons CSV.
func (w *Writer) null() {
	f := &w.opts.Format
	switch {
	case f.HasNull && f.QuoteMode == QuoteAll && f.Quote != 0:
		w.buf = append(append(append(w.buf, byte(f.Quote)), f.NullString...), byte(f.Quote))
	case f.HasNull:
		w.buf = append(w.buf, f.NullString...)
	}
}

func (w *Writer) text(b []byte, first, number bool) {
	f := &w.opts.Format
	quote := false
	switch f.QuoteMode {
	case QuoteAll, quoteNonNull:
		quote = true
	case QuoteNonNumeric:
		quote = !number
	case QuoteMinimal:
		quote = w.needsQuotes(b, first)
	}
	switch {
	case f.Quote != 0 && quote:
		w.quoted(b)
	case f.Escape != 0 && (f.Quote == 0 || f.QuoteMode == QuoteNone):
		w.escaped(b)
	default:
		w.buf = append(w.buf, b...)
	}
}

// needsQuotes is Commons CSV's rule for the minimal mode: an empty text at the
// start of a row, one that begins or ends with something low, or one that
// holds what has a meaning.
func (w *Writer) needsQuotes(b []byte, first bool) bool {
	f := &w.opts.Format
	if len(b) == 0 {
		return first
	}
	if b[0] <= '#' || first && b[0] > '~' || b[len(b)-1] <= ' ' || f.Comment != 0 && b[0] == byte(f.Comment) {
		return true
	}
	for i, c := range b {
		if c == '\n' || c == '\r' || f.Quote != 0 && c == byte(f.Quote) || f.Escape != 0 && c == byte(f.Escape) ||
			c == w.sep[0] && bytes.HasPrefix(b[i:], w.sep) {
			return true
		}
	}
	return false
}

// quoted doubles quotes and, because a reader with an escape character would
// take it away, escapes that character.
func (w *Writer) quoted(b []byte) {
	quote, esc := byte(w.opts.Format.Quote), byte(w.opts.Format.Escape)
	w.buf = append(w.buf, quote)
	for _, c := range b {
		if c == quote {
			w.buf = append(w.buf, quote)
		} else if esc != 0 && c == esc {
			w.buf = append(w.buf, esc)
		}
		w.buf = append(w.buf, c)
	}
	w.buf = append(w.buf, quote)
}

func (w *Writer) escaped(b []byte) {
	f := &w.opts.Format
	for i, c := range b {
		switch {
		case c == '\n':
			w.buf = append(w.buf, byte(f.Escape), 'n')
			continue
		case c == '\r':
			w.buf = append(w.buf, byte(f.Escape), 'r')
			continue
		case c == byte(f.Escape), f.Quote != 0 && c == byte(f.Quote), c == w.sep[0] && bytes.HasPrefix(b[i:], w.sep):
			w.buf = append(w.buf, byte(f.Escape))
		}
		w.buf = append(w.buf, c)
	}
}

// Flush implements [record.Writer].
func (w *Writer) Flush() error {
	_, err := w.out.Write(w.buf)
	w.buf = w.buf[:0]
	if err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}

// Finish implements [record.Writer]; it writes the header even if there were no records.
func (w *Writer) Finish() (record.WriteResult, error) {
	w.header()
	return record.ResultOf(w.count, "text/csv", w.opts.Attributes), w.Flush()
}

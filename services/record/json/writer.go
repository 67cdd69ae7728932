package json

import (
	"fmt"
	"io"

	"github.com/braidflow/braid/sdk/record"
)

const flushSize = 64 << 10

// NullSuppression says which nulls a Writer leaves out.
type NullSuppression string

// The values of NiFi's property "Suppress Null Values".
const (
	NeverSuppress   NullSuppression = "never-suppress"
	AlwaysSuppress  NullSuppression = "always-suppress"
	SuppressMissing NullSuppression = "suppress-missing" // fields that the input did not mention
)

// WriterOptions say how a Writer puts records down.
type WriterOptions struct {
	Lines    bool // one object a line instead of one array
	Pretty   bool
	Suppress NullSuppression // "" = NeverSuppress
	// Scientific allows exponents in numbers.
	Scientific bool
	// Formats are those of dates and times; nil means numbers of milliseconds.
	Formats *record.Formats
	// MimeType is reported in the result; "" = application/json.
	MimeType string
	// Attributes are added to the WriteResult.
	Attributes map[string]string
}

// style is what the formatting functions need of the options.
type style struct {
	formats    *record.Formats
	suppress   NullSuppression
	pretty     bool
	scientific bool
	plans      map[*record.Schema]*plan // of records in arrays and CHOICEs
}

func (s *style) plan(schema *record.Schema) *plan {
	p := s.plans[schema]
	if p == nil {
		if s.plans == nil || len(s.plans) > 1000 { // schemas may differ from record to record
			s.plans = map[*record.Schema]*plan{}
		}
		p = newPlan(schema, s.pretty)
		s.plans[schema] = p
	}
	return p
}

// Writer writes records as JSON objects in UTF-8.
type Writer struct {
	out    io.Writer
	opts   WriterOptions
	style  style
	plan   *plan
	buf    []byte
	count  int64
	active bool
}

// NewWriter writes the fields of schema.
func NewWriter(out io.Writer, schema *record.Schema, o WriterOptions) *Writer {
	if o.MimeType == "" {
		o.MimeType = "application/json"
	}
	w := &Writer{out: out, opts: o, plan: newPlan(schema, o.Pretty)}
	w.style = style{formats: o.Formats, suppress: o.Suppress, pretty: o.Pretty, scientific: o.Scientific}
	return w
}

// Begin implements [record.Writer].
func (w *Writer) Begin() error {
	w.active, w.count = true, 0
	if !w.opts.Lines {
		w.buf = append(w.buf, '[')
		if w.opts.Pretty {
			w.buf = append(w.buf, ' ')
		}
	}
	return nil
}

// Write implements [record.Writer]. After an error the record has left no trace.
func (w *Writer) Write(r *record.Record) error {
	start := len(w.buf)
	switch {
	case w.count == 0:
	case w.opts.Lines || !w.active:
		w.buf = append(w.buf, '\n')
	case w.opts.Pretty:
		w.buf = append(w.buf, ", "...)
	default:
		w.buf = append(w.buf, ',')
	}
	buf, err := w.plan.append(w.buf, r, &w.style, 0)
	if err != nil {
		w.buf = w.buf[:start]
		return fmt.Errorf("write record %d: %w", w.count+1, err)
	}
	w.buf = buf
	w.count++
	if len(w.buf) >= flushSize {
		return w.Flush()
	}
	return nil
}

// Flush implements [record.Writer].
func (w *Writer) Flush() error {
	_, err := w.out.Write(w.buf)
	w.buf = w.buf[:0]
	if err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return nil
}

// Finish implements [record.Writer].
func (w *Writer) Finish() (record.WriteResult, error) {
	if w.active && !w.opts.Lines {
		if w.opts.Pretty && w.count > 0 {
			w.buf = append(w.buf, ' ')
		}
		w.buf = append(w.buf, ']')
	}
	w.active = false
	return record.ResultOf(w.count, w.opts.MimeType, w.opts.Attributes), w.Flush()
}

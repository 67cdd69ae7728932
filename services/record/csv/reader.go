package csv

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/braidflow/braid/sdk/record"
)

// Options say how a Reader interprets rows.
type Options struct {
	Format Format
	// Schema gives the fields their types; columns that it lacks are dropped. Nil
	// means a STRING for each column of the header.
	Schema *record.Schema
	// Header says that the first row names the columns. Without it, and with
	// IgnoreHeader, the columns are the schema's fields in their order.
	Header, IgnoreHeader bool
	// Formats are those of dates and times; nil means numbers of milliseconds.
	Formats *record.Formats
	// KeepQuotes leaves a pair of quotes around an unquoted STRING alone, which
	// NiFi strips unless told otherwise.
	KeepQuotes bool
	// KeepEmpty makes an empty field of STRING type an empty text, not null.
	KeepEmpty bool
}

// Reader reads rows as records. It reuses one Record.
type Reader struct {
	scan    *scanner
	opts    Options
	schema  *record.Schema
	columns []column
	// complete says that a full row sets every field of the schema.
	complete bool
	rec      *record.Record
	row      int64
	lenient  bool
}

// column is what becomes of one column: slot is the field's place in the
// schema, -1 to drop it.
type column struct {
	slot int
	typ  *record.Type
	name string
}

// NewReader reads the header, if there is one. in must be UTF-8, with or
// without byte order mark; what is not valid becomes U+FFFD.
func NewReader(in io.Reader, o Options) (*Reader, error) {
	if err := o.Format.Check(); err != nil {
		return nil, err
	}
	r := &Reader{scan: newScanner(in, o.Format), opts: o, schema: o.Schema}
	if err := r.readHeader(); err != nil {
		_ = r.Close()
		return nil, err
	}
	slots := map[int]bool{}
	for _, c := range r.columns {
		slots[c.slot] = c.slot >= 0
	}
	delete(slots, -1)
	r.complete = len(slots) == r.schema.Len()
	r.rec = record.New(r.schema)
	return r, nil
}

func (r *Reader) readHeader() error {
	r.scan.skipBOM()
	var names []string
	if r.opts.Header {
		var err error
		if names, err = headerNames(r.scan); err != nil {
			return err
		}
	}
	if r.schema == nil {
		fields := make([]record.Field, len(names))
		for i, n := range names {
			fields[i] = record.Field{Name: n, Type: record.String}
		}
		r.schema = record.NewSchema(uniqueFields(fields)...)
	}
	if !r.opts.Header || r.opts.IgnoreHeader {
		for i, f := range r.schema.Fields() {
			r.columns = append(r.columns, column{i, f.Type, f.Name})
		}
		return nil
	}
	for _, n := range names {
		c := column{r.schema.Index(n), record.String, n}
		if c.slot >= 0 {
			c.typ = r.schema.Field(c.slot).Type
		}
		r.columns = append(r.columns, c)
	}
	return nil
}

// headerNames reads the header; empty content has none.
func headerNames(s *scanner) ([]string, error) {
	err := s.next()
	if err == io.EOF {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read CSV header: %w", err)
	}
	names := make([]string, len(s.fields))
	seen := map[string]bool{}
	for i := range s.fields {
		names[i] = string(validUTF8(s.field(i)))
		if seen[names[i]] && s.format.NoDuplicateHeaders {
			return nil, fmt.Errorf("read CSV header: column %q occurs twice; allow duplicate header names or rename it", names[i])
		}
		seen[names[i]] = true
	}
	return names, nil
}

// uniqueFields drops fields whose name came before.
func uniqueFields(fields []record.Field) []record.Field {
	seen := map[string]bool{}
	var out []record.Field
	for _, f := range fields {
		if !seen[f.Name] {
			seen[f.Name] = true
			out = append(out, f)
		}
	}
	return out
}

func (s *scanner) skipBOM() {
	for s.end-s.pos < 3 && s.fill() {
	}
	if bytes.HasPrefix(s.buf[s.pos:s.end], []byte("\xEF\xBB\xBF")) {
		s.pos += 3
	}
}

// field is the text of a field of the row at hand.
func (s *scanner) field(i int) []byte {
	b := s.buf[s.fields[i].start:s.fields[i].end]
	if s.format.Trim {
		b = bytes.TrimFunc(b, func(r rune) bool { return r <= ' ' }) // as String.trim
	}
	return b
}

// Schema implements [record.Reader].
func (r *Reader) Schema() (*record.Schema, error) { return r.schema, nil }

// Close implements [record.Reader].
func (r *Reader) Close() error {
	r.scan.close()
	return nil
}

// Lenient implements [record.Lenient].
func (r *Reader) Lenient() { r.lenient = true }

// Read implements [record.Reader]. Fields that a row lacks are missing,
// surplus ones are dropped. A row that cannot be parsed gives a resumable
// [record.MalformedError].
func (r *Reader) Read() (*record.Record, error) {
	err := r.scan.next()
	if err == io.EOF {
		return nil, err
	}
	r.row++
	if err != nil {
		if bad, ok := errors.AsType[*record.MalformedError](err); ok {
			bad.Row = r.row
		}
		return nil, err
	}
	r.rec.ResetSchema(r.schema)
	values := r.rec.Values()
	if !r.complete || len(r.scan.fields) < len(r.columns) {
		for i := range values {
			values[i] = record.Missing
		}
	}
	for i := range min(len(r.scan.fields), len(r.columns)) {
		c := &r.columns[i]
		if c.slot < 0 {
			continue
		}
		v, err := r.value(i, c.typ)
		if err != nil && r.lenient {
			v, err = record.BytesTextValue(validUTF8(r.scan.field(i))), nil
		}
		if err != nil {
			return nil, r.malformed(c.name, err)
		}
		values[c.slot] = v
	}
	return r.rec, nil
}

func (r *Reader) malformed(name string, err error) error {
	first, last := r.scan.fields[0], r.scan.fields[len(r.scan.fields)-1]
	raw := r.scan.buf[first.start:max(first.start, min(last.end, first.start+200))]
	return &record.MalformedError{
		Row: r.row, Line: r.scan.line, Column: name, Raw: strings.ToValidUTF8(string(raw), "\uFFFD"), Err: err, Resumable: true,
	}
}

// value converts the i-th field of the row; texts stay where they are.
func (r *Reader) value(i int, t *record.Type) (record.Value, error) {
	f := r.scan.fields[i]
	b := r.scan.buf[f.start:f.end]
	if r.opts.Format.Trim && len(b) > 0 && (b[0] <= ' ' || b[len(b)-1] <= ' ') {
		b = r.scan.field(i)
	}
	if r.opts.Format.HasNull && string(b) == r.opts.Format.NullString {
		return record.Null, nil
	}
	if n := len(b); n > 1 && b[0] == '"' && b[n-1] == '"' && !(r.opts.KeepQuotes && (t.Kind == record.KindString || t.Kind == record.KindChoice)) {
		b = b[1 : n-1]
	}
	if len(b) == 0 {
		if r.opts.KeepEmpty && t.Kind == record.KindString {
			return record.StringValue(""), nil
		}
		return record.Null, nil
	}
	switch t.Kind {
	case record.KindString:
		if r.scan.highBytes {
			b = validUTF8(b)
		}
		return record.BytesTextValue(b), nil
	case record.KindInt, record.KindLong:
		if n, ok := shortWhole(b); ok {
			return record.WholeValue(t.Kind, n), nil
		}
	case record.KindFloat:
		if x, err := record.ParseFloat(unsafeString(b), 32); err == nil {
			return record.FloatValue(float32(x)), nil
		}
	case record.KindDouble:
		if x, err := record.ParseFloat(unsafeString(b), 64); err == nil {
			return record.DoubleValue(x), nil
		}
	case record.KindChoice:
		if v, ok := r.choice(b, t); ok {
			return v, nil
		}
	}
	return record.Convert(record.BytesTextValue(validUTF8(b)), t, r.opts.Formats)
}

// choice is the short way for the most frequent CHOICE, of INT and STRING,
// which inference finds in columns where some rows say NA.
func (r *Reader) choice(b []byte, t *record.Type) (record.Value, bool) {
	if len(t.Options) != 2 || t.Options[0].Kind != record.KindInt || t.Options[1].Kind != record.KindString {
		return record.Null, false
	}
	if n, ok := shortWhole(b); ok {
		return record.WholeValue(record.KindInt, n), true
	}
	if c := b[0]; c >= 'A' && c <= 'z' {
		return record.BytesTextValue(validUTF8(b)), true
	}
	return record.Null, false
}

// shortWhole reads a whole number of at most nine digits, which fits any kind
// from INT on.
func shortWhole(b []byte) (int64, bool) {
	digits := b
	if b[0] == '-' {
		digits = b[1:]
	}
	if len(digits) == 0 || len(digits) > 9 {
		return 0, false
	}
	n := int64(0)
	for _, c := range digits {
		if c -= '0'; c > 9 {
			return 0, false
		}
		n = n*10 + int64(c)
	}
	if len(digits) < len(b) {
		n = -n
	}
	return n, true
}

func validUTF8(b []byte) []byte {
	if utf8.Valid(b) {
		return b
	}
	return bytes.ToValidUTF8(b, []byte("\uFFFD"))
}

// unsafeString is b as a string for calls that do not keep it.
func unsafeString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

package grok

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/services/record/line"
)

// NoMatch says what happens to lines that no expression matches.
type NoMatch string

// The values of NiFi's property "No Match Behavior".
const (
	Append NoMatch = "append-to-previous-message"
	Skip   NoMatch = "skip-line"
	Raw    NoMatch = "raw-line"
)

const (
	stackTraceField = "stackTrace"
	rawField        = "_raw"
	// maxRecord bounds the bytes of one record with the lines that are appended to it.
	maxRecord = 64 << 20
)

// Options say how lines become records.
type Options struct {
	Expressions []*Expression  // tried in order
	Schema      *record.Schema // nil: texts, named by the expressions
	NoMatch     NoMatch
}

// SchemaOf has a text field for each field of the expressions, one for a stack
// trace and one for the lines as they are.
func SchemaOf(expressions []*Expression) *record.Schema {
	var names []string
	for _, e := range expressions {
		names = append(names, e.fields...)
	}
	names = append(names, stackTraceField, rawField)
	var fields []record.Field
	seen := map[string]bool{}
	for _, name := range names {
		if !seen[name] {
			seen[name] = true
			fields = append(fields, record.Field{Name: name, Type: record.String})
		}
	}
	return record.NewSchema(fields...)
}

// message is a line that has begun a record, and what was appended.
type message struct {
	fields   map[string]record.Value // nil: no expression matched
	trailing strings.Builder
	stack    string
	raw      strings.Builder
	line     int64
}

// Reader reads lines as records.
type Reader struct {
	lines   *line.Reader
	opts    Options
	fields  []string // of the expressions, in order
	ahead   *message // begun, not yet returned
	unread  *string  // line behind a stack trace
	row     int64
	lenient bool
}

// NewReader reads from in, which must be UTF-8.
func NewReader(in io.Reader, o Options) *Reader {
	r := &Reader{lines: line.NewReader(in), opts: o}
	for _, f := range SchemaOf(o.Expressions).Fields() {
		r.fields = append(r.fields, f.Name)
	}
	r.fields = r.fields[:len(r.fields)-2]
	if o.Schema == nil {
		r.opts.Schema = SchemaOf(o.Expressions)
	}
	return r
}

// Schema implements [record.Reader].
func (r *Reader) Schema() (*record.Schema, error) { return r.opts.Schema, nil }

// Close implements [record.Reader].
func (r *Reader) Close() error { return nil }

// Lenient implements [record.Lenient].
func (r *Reader) Lenient() { r.lenient = true }

// Read implements [record.Reader]. A value that does not fit its field gives a
// resumable [record.MalformedError].
func (r *Reader) Read() (*record.Record, error) {
	m, err := r.begin()
	if err == nil {
		err = r.complete(m)
	}
	if err == io.EOF {
		return nil, err
	}
	r.row++
	if err != nil {
		if errors.Is(err, line.ErrTooLong) {
			return nil, &record.MalformedError{Row: r.row, Line: r.lines.Number(), Err: err}
		}
		return nil, err
	}
	return r.record(m)
}

// next returns the next line, and what it matches.
func (r *Reader) next() (*message, string, error) {
	var text string
	if r.unread != nil {
		text, r.unread = *r.unread, nil
	} else {
		b, err := r.lines.Next()
		if err != nil {
			return nil, "", err
		}
		text = string(b)
	}
	m := &message{line: r.lines.Number()}
	for _, e := range r.opts.Expressions {
		fields, err := e.match(text)
		if err != nil {
			return nil, "", &record.MalformedError{Row: r.row + 1, Line: m.line, Err: err}
		}
		if fields != nil {
			m.fields = fields
			break
		}
	}
	return m, text, nil
}

// begin finds the line that begins the record. Lines before it are kept in its raw text, as in NiFi.
func (r *Reader) begin() (*message, error) {
	if m := r.ahead; m != nil {
		r.ahead = nil
		return m, nil
	}
	var before strings.Builder
	for {
		m, text, err := r.next()
		if err != nil {
			return nil, err
		}
		if before.Len()+len(text) > maxRecord {
			before.Reset()
		}
		before.WriteString(text)
		if m.fields != nil || r.opts.NoMatch == Raw {
			m.raw.WriteString(before.String())
			return m, nil
		}
	}
}

// complete adds the lines that belong to m, up to the one that begins the next.
func (r *Reader) complete(m *message) error {
	for {
		next, text, err := r.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if next.fields != nil || r.opts.NoMatch == Raw {
			next.raw.WriteString(text)
			r.ahead = next
			return nil
		}
		if m.raw.Len()+len(text) > maxRecord {
			return fmt.Errorf("a record has more than %d bytes, because line %d and those before match no expression", maxRecord, next.line)
		}
		if startsStackTrace(text) {
			m.stack, err = r.stackTrace(text)
			m.raw.WriteString("\n" + m.stack)
			return err
		}
		if r.opts.NoMatch == Append {
			m.trailing.WriteString("\n" + text)
			m.raw.WriteString("\n" + text)
		}
	}
}

func startsStackTrace(text string) bool {
	i := strings.Index(text, "Exception: ")
	if i < 0 {
		i = strings.Index(text, "Error: ")
	}
	return i >= 0 && strings.IndexByte(text, ' ') >= i
}

var inStackTrace = regexp.MustCompile(`^\s*(?: {4}|\t)+at |(?: {4}|\t)+\[CIRCULAR REFERENCE:|Caused by: |Suppressed: |\s+\.\.\. \d+ (?:more|common frames? omitted)$`)

func (r *Reader) stackTrace(first string) (string, error) {
	var b strings.Builder
	b.WriteString(first)
	for {
		l, err := r.lines.Next()
		if err == io.EOF {
			return b.String(), nil
		}
		if err != nil {
			return "", err
		}
		text := string(l)
		if !inStackTrace.MatchString(text) {
			r.unread = &text
			return b.String(), nil
		}
		if b.Len()+len(text) > maxRecord {
			return "", fmt.Errorf("a stack trace has more than %d bytes", maxRecord)
		}
		b.WriteString("\n" + text)
	}
}

func (r *Reader) record(m *message) (*record.Record, error) {
	if m.trailing.Len() > 0 && m.fields != nil {
		for _, name := range slices.Backward(r.fields) {
			if v := m.fields[name]; !v.IsNull() {
				if v.Kind() == record.KindString {
					m.fields[name] = record.StringValue(v.Text() + m.trailing.String())
				}
				break
			}
		}
	}
	rec := record.New(r.opts.Schema)
	for i, f := range r.opts.Schema.Fields() {
		v := m.fields[f.Name]
		for _, alias := range f.Aliases {
			if v.IsNull() {
				v = m.fields[alias]
			}
		}
		switch {
		case f.Name == rawField:
			v = record.StringValue(m.raw.String())
		case f.Name == stackTraceField && m.stack != "":
			v = record.StringValue(m.stack)
		}
		c, err := record.Convert(v, f.Type, record.DefaultFormats)
		if err != nil && !r.lenient {
			return nil, &record.MalformedError{Row: r.row, Line: m.line, Column: f.Name, Err: err, Resumable: true}
		}
		if err != nil {
			c = v
		}
		rec.SetAt(i, c)
	}
	return rec, nil
}

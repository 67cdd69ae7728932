package xml

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/services/record/json"
)

const flushSize = 64 << 10

// Wrapping says which elements stand around those of an array.
type Wrapping string

// The values of NiFi's property "Wrap Elements of Arrays".
const (
	PropertyAsWrapper   Wrapping = "use-property-as-wrapper"   // as NiFi calls it: the tag of WriterOptions around the field's elements
	PropertyForElements Wrapping = "use-property-for-elements" // the field around elements with that tag
	NoWrapping          Wrapping = "no-wrapping"               // one element of the field's name for each
)

// WriterOptions say how a Writer puts records down.
type WriterOptions struct {
	Root        string // tag around the records; "" allows one record only
	Record      string // tag of a record
	Array       string // tag for Wrapping
	Wrapping    Wrapping
	Suppress    json.NullSuppression
	Pretty      bool
	Declaration bool   // write <?xml …?>
	Charset     string // what the declaration says of the character set; "" = nothing
	Formats     *record.Formats
	Attributes  map[string]string // added to the WriteResult
}

// Writer writes records as elements, in UTF-8.
type Writer struct {
	out      io.Writer
	opts     WriterOptions
	schema   *record.Schema
	projects map[*record.Schema]*record.Projection
	tags     map[string]string // field names as tags
	buf      []byte
	pending  []string // elements to be begun as soon as there is something in them
	open     []string // elements that have begun
	inline   bool     // the innermost element holds text
	count    int64
	written  bool // a record
}

// NewWriter writes the fields of schema.
func NewWriter(out io.Writer, schema *record.Schema, o WriterOptions) (*Writer, error) {
	if o.Record == "" {
		return nil, errors.New("'Name of Record Tag' is not set, and the schema has no name that could be used")
	}
	return &Writer{out: out, opts: o, schema: schema, projects: map[*record.Schema]*record.Projection{}, tags: map[string]string{}}, nil
}

// Begin implements [record.Writer].
func (w *Writer) Begin() error {
	w.count = 0
	if w.opts.Declaration {
		w.buf = append(w.buf, `<?xml version="1.0" `...)
		if w.opts.Charset != "" {
			w.buf = append(append(append(w.buf, `encoding="`...), w.opts.Charset...), `" `...)
		}
		w.buf = append(w.buf, "?>"...)
		if w.opts.Pretty {
			w.buf = append(w.buf, '\n')
		}
	}
	if w.opts.Root != "" {
		w.begin(w.opts.Root)
	}
	return nil
}

// Write implements [record.Writer]. After an error the record has left no trace.
func (w *Writer) Write(r *record.Record) error {
	if w.opts.Root == "" && w.written {
		return errors.New("there is more than one record, but 'Name of Root Tag' is not set; set it to wrap them")
	}
	start, depth := len(w.buf), len(w.open)
	w.pending = append(w.pending[:0], w.opts.Record)
	written, err := w.fields(r, w.schema)
	if err != nil {
		w.buf, w.open = w.buf[:start], w.open[:depth]
		return fmt.Errorf("write record %d: %w", w.count+1, err)
	}
	if written {
		w.end()
		w.written = true
	}
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
		return fmt.Errorf("write XML: %w", err)
	}
	return nil
}

// Finish implements [record.Writer].
func (w *Writer) Finish() (record.WriteResult, error) {
	for len(w.open) > 0 {
		w.end()
	}
	return record.ResultOf(w.count, "application/xml", w.opts.Attributes), w.Flush()
}

// begin begins an element.
func (w *Writer) begin(name string) {
	tag, ok := w.tags[name]
	if !ok {
		tag = tagOf(name)
		if len(w.tags) < 10_000 { // keys of maps may all differ
			w.tags[name] = tag
		}
	}
	w.indent()
	w.buf = append(append(append(w.buf, '<'), tag...), '>')
	w.open = append(w.open, tag)
	w.inline = true
}

func (w *Writer) indent() {
	if !w.opts.Pretty || len(w.buf) == 0 && w.count == 0 && len(w.open) == 0 {
		return
	}
	if n := len(w.buf); len(w.open) > 0 || n > 0 && w.buf[n-1] != '\n' {
		w.buf = append(w.buf, '\n')
	}
	for range w.open {
		w.buf = append(w.buf, "  "...)
	}
}

// end ends the innermost element.
func (w *Writer) end() {
	last := len(w.open) - 1
	tag := w.open[last]
	w.open = w.open[:last]
	if !w.inline {
		w.indent()
	}
	w.inline = false
	w.buf = append(append(append(w.buf, "</"...), tag...), '>')
}

// flushTags begins what is pending.
func (w *Writer) flushTags() {
	for _, name := range w.pending {
		w.begin(name)
	}
	w.pending = w.pending[:0]
}

// leaf writes an element with text.
func (w *Writer) leaf(name string, text []byte) {
	w.flushTags()
	w.begin(name)
	w.buf = appendEscaped(w.buf, text)
	w.end()
}

// tagOf strips what NiFi does and replaces what no tag may have.
func tagOf(name string) string {
	var b strings.Builder
	for _, r := range name {
		switch {
		case strings.ContainsRune(`/<>!&'"`, r):
			continue
		case r == '_' || unicode.IsLetter(r), b.Len() > 0 && (unicode.IsDigit(r) || r == '-' || r == '.'), r == ':':
			b.WriteRune(r)
		default:
			b.WriteByte('_')
			if unicode.IsDigit(r) {
				b.WriteRune(r)
			}
		}
	}
	if b.Len() == 0 {
		return "_"
	}
	return b.String()
}

// appendEscaped replaces characters that XML cannot hold by U+FFFD.
func appendEscaped(dst, text []byte) []byte {
	plain := true
	for _, c := range text {
		if c < ' ' && c != '\n' && c != '\t' || c == '<' || c == '>' || c == '&' || c >= 0x80 {
			plain = false
			break
		}
	}
	if plain {
		return append(dst, text...)
	}
	for _, r := range string(text) {
		switch {
		case r == '<':
			dst = append(dst, "&lt;"...)
		case r == '>':
			dst = append(dst, "&gt;"...)
		case r == '&':
			dst = append(dst, "&amp;"...)
		case r == '\r':
			dst = append(dst, "&#xd;"...)
		case r < ' ' && r != '\n' && r != '\t', r == 0xFFFE, r == 0xFFFF:
			dst = append(dst, "\uFFFD"...)
		default:
			dst = append(dst, string(r)...)
		}
	}
	return dst
}

package record

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/charset"
	"github.com/braidflow/braid/sdk/record"
)

// FreeFormTextRecordSetWriter writes records as lines of any text.
var FreeFormTextRecordSetWriter = sdk.Component{
	Type:       "org.apache.nifi.text.FreeFormTextRecordSetWriter",
	Artifact:   artifact,
	NewService: func() sdk.ControllerService { return new(textWriter) },
}

type textWriter struct {
	text    sdk.Text
	charset charset.Charset
}

func (p *textWriter) Describe(s *sdk.Spec) {
	s.About("Writes records as text, a line each. Its Expression Language may refer to the fields of the record and to the "+
		"attributes of the FlowFile; fields come first.", "text", "freeform", "expression", "language", "el", "record", "recordset", "resultset", "writer", "serialize")
	s.Offers(record.WriterFactoryType)
	s.Text(&p.text, "Text", "The text for a record, such as ${name}: ${amount}.", sdk.Required, sdk.PerFlowFile)
	sdk.Parsed(s, &p.charset, charset.Parse, "Character Set", "The character set of the content.", sdk.Required, sdk.Default("UTF-8"))
}

// SchemaFor implements [record.WriterFactory].
func (p *textWriter) SchemaFor(_ map[string]string, readSchema *record.Schema) (*record.Schema, error) {
	if readSchema == nil {
		return nil, errors.New("the records have no schema")
	}
	return readSchema, nil
}

// NewWriter implements [record.WriterFactory].
func (p *textWriter) NewWriter(_ context.Context, _ *record.Schema, out io.Writer, attrs map[string]string) (record.Writer, error) {
	encoded := p.charset.Writer(out)
	return &closingWriter{&textLines{out: encoded, text: p.text, attrs: attrs, values: map[string]string{}}, encoded}, nil
}

// textLines writes one line a record.
type textLines struct {
	out    io.Writer
	text   sdk.Text
	attrs  map[string]string
	values map[string]string // of the record at hand, with the attributes
	buf    []byte
	count  int64
}

// Begin implements [record.Writer].
func (w *textLines) Begin() error { return nil }

// Write implements [record.Writer].
func (w *textLines) Write(r *record.Record) error {
	clear(w.values)
	maps.Copy(w.values, w.attrs)
	for i, f := range r.Schema().Fields() {
		v := r.At(i)
		for _, name := range append([]string{f.Name}, f.Aliases...) {
			if v.IsNull() {
				delete(w.values, name)
			} else {
				w.values[name] = record.ToString(v, record.DefaultFormats)
			}
		}
	}
	line, err := w.text.ForAttrs(w.values)
	if err != nil {
		return fmt.Errorf("write record %d: %w", w.count+1, err)
	}
	w.count++
	w.buf = append(append(w.buf, line...), '\n')
	if len(w.buf) >= 64<<10 {
		return w.Flush()
	}
	return nil
}

// Flush implements [record.Writer].
func (w *textLines) Flush() error {
	_, err := w.out.Write(w.buf)
	w.buf = w.buf[:0]
	if err != nil {
		return fmt.Errorf("write text: %w", err)
	}
	return nil
}

// Finish implements [record.Writer].
func (w *textLines) Finish() (record.WriteResult, error) {
	return record.ResultOf(w.count, "text/plain", nil), w.Flush()
}

package core

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/charset"
)

// GenerateFlowFile makes FlowFiles for tests and simulations.
var GenerateFlowFile = sdk.Component{
	Type:     "org.apache.nifi.processors.standard.GenerateFlowFile",
	Artifact: "nifi-standard-nar",
	New:      func() sdk.Processor { return new(generateFlowFile) },
}

type dataFormat string

const (
	binaryData dataFormat = "Binary"
	textData   dataFormat = "Text"
)

type generateFlowFile struct {
	size     int64
	batch    int
	format   dataFormat
	unique   bool
	custom   sdk.Text
	charset  charset.Charset
	mimeType string
	dynamic  []sdk.DynamicProperty
	success  sdk.Relationship

	pattern []byte // Start: random bytes that fill the contents, over and over if they are larger
}

func (p *generateFlowFile) Describe(s *sdk.Spec) {
	s.About("Creates FlowFiles with random data or a text of your own, for load tests, for trying out a configuration and for simulation.",
		"test", "random", "generate", "load")
	s.InputForbidden()
	s.Batching(0)
	s.Schedule("1 min")
	s.Size(&p.size, "File Size", "How large each content is.", sdk.Required, sdk.Default("0B"), sdk.FromEnv)
	s.Int(&p.batch, "Batch Size", "How many FlowFiles are made each time the processor runs.", sdk.Required, sdk.Default("1"))
	sdk.Choice(s, &p.format, "Data Format", "Whether random contents are text or any bytes.",
		[]dataFormat{binaryData, textData}, sdk.Required, sdk.Default(string(textData)))
	s.Bool(&p.unique, "Unique FlowFiles", "Whether each FlowFile has a random content of its own. Sharing one is much faster.",
		sdk.Required, sdk.Default("false"))
	s.Text(&p.custom, "Custom Text", "The content of all FlowFiles; the File Size is ignored then. Needs the Data Format Text and no "+
		"Unique FlowFiles. Expression Language is evaluated once for each batch.", sdk.FromEnv)
	sdk.Parsed(s, &p.charset, charset.Parse, "Character Set", "The character set in which Custom Text is written.",
		sdk.Required, sdk.Default("UTF-8"))
	s.String(&p.mimeType, "Mime Type", "The value of the attribute mime.type.")
	s.Dynamics(&p.dynamic, sdk.DynamicSpec{
		Doc:      "Sets an attribute of each FlowFile. Expression Language is evaluated once for each batch.",
		NameDoc:  "Generated FlowFile attribute name",
		ValueDoc: "Generated FlowFile attribute value",
		EL:       sdk.EnvEL,
	})
	s.WritesAttr(sdk.AttrMIMEType, "The Mime Type, if one is set")
	s.Rel(&p.success, "success", "The FlowFiles that were made.")
}

func (p *generateFlowFile) MigrateProperties(values map[string]string) {
	sdk.Rename(values, "generate-ff-custom-text", "Custom Text")
	sdk.Rename(values, "character-set", "Character Set")
	sdk.Rename(values, "mime-type", "Mime Type")
}

func (p *generateFlowFile) Validate() []error {
	if p.custom.IsSet() && (p.unique || p.format != textData) {
		return []error{sdk.Problem{Property: "Custom Text", Reason: "it needs the Data Format Text and Unique FlowFiles false"}}
	}
	if p.batch < 1 {
		return []error{sdk.Problem{Property: "Batch Size", Value: "0", Reason: "it must be at least 1"}}
	}
	return nil
}

// patternSize bounds the memory that random contents take, whatever their size.
const patternSize = 1 << 20

func (p *generateFlowFile) Start(context.Context, *sdk.Host) error {
	p.pattern = make([]byte, min(p.size, patternSize))
	p.fill(p.pattern)
	return nil
}

func (p *generateFlowFile) Trigger(_ context.Context, s *sdk.Session) error {
	attrs, err := p.attributes()
	if err != nil {
		return err
	}
	write, err := p.writer()
	if err != nil {
		return err
	}
	for range p.batch {
		ff := s.Create()
		if write != nil {
			if ff, err = s.Write(ff, write); err != nil {
				return fmt.Errorf("write the content: %w", err)
			}
		}
		if len(attrs) > 0 {
			ff = s.PutAttrs(ff, attrs...)
		}
		s.Transfer(ff, p.success)
	}
	return nil
}

func (p *generateFlowFile) attributes() ([]sdk.Attr, error) {
	var attrs []sdk.Attr
	for _, d := range p.dynamic {
		v, err := d.Value.For(sdk.FlowFile{})
		if err != nil {
			return nil, fmt.Errorf("evaluate %s: %w", d.Name, err)
		}
		attrs = append(attrs, sdk.Attr{Name: d.Name, Value: v})
	}
	if p.mimeType != "" {
		attrs = append(attrs, sdk.Attr{Name: sdk.AttrMIMEType, Value: p.mimeType})
	}
	return attrs, nil
}

// writer returns what writes one content, or nil if contents are empty.
func (p *generateFlowFile) writer() (func(io.Writer) error, error) {
	switch {
	case p.custom.IsSet():
		text, err := p.custom.For(sdk.FlowFile{})
		if err != nil || text == "" {
			return nil, err
		}
		b := p.charset.Encode(text)
		return func(w io.Writer) error { _, err := w.Write(b); return err }, nil
	case p.size == 0:
		return nil, nil
	case p.unique:
		buf := make([]byte, len(p.pattern)) // Triggers run side by side, so each has its own
		return func(w io.Writer) error { return p.write(w, buf, true) }, nil
	}
	return func(w io.Writer) error { return p.write(w, p.pattern, false) }, nil
}

// write writes buf until the file size is reached, with fresh random data each time if asked.
func (p *generateFlowFile) write(w io.Writer, buf []byte, fresh bool) error {
	for left := p.size; left > 0; {
		b := buf[:min(left, int64(len(buf)))]
		if fresh {
			p.fill(b)
		}
		if _, err := w.Write(b); err != nil {
			return err
		}
		left -= int64(len(b))
	}
	return nil
}

// textChars are the characters of random texts: 64, so that six random bits choose one.
const textChars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 \n"

func (p *generateFlowFile) fill(b []byte) {
	var bits uint64
	for i := range b {
		if i%8 == 0 {
			bits = rand.Uint64()
		}
		b[i] = byte(bits)
		if p.format == textData {
			b[i] = textChars[bits&63]
		}
		bits >>= 8
	}
}

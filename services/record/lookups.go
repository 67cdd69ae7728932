package record

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
)

// ReaderLookup is whichever reader a FlowFile asks for.
var ReaderLookup = sdk.Component{
	Type:       "org.apache.nifi.lookup.ReaderLookup",
	Artifact:   artifact,
	NewService: func() sdk.ControllerService { return new(readerLookup) },
}

// RecordSetWriterLookup is whichever writer a FlowFile asks for.
var RecordSetWriterLookup = sdk.Component{
	Type:       "org.apache.nifi.lookup.RecordSetWriterLookup",
	Artifact:   artifact,
	NewService: func() sdk.ControllerService { return new(writerLookup) },
}

const serviceToUse = "Service to Use"

// chooser finds the service of type T that a FlowFile asks for.
type chooser[T any] struct {
	use      sdk.Text
	services []sdk.DynamicProperty
	byName   map[string]T
}

func (c *chooser[T]) describe(s *sdk.Spec, preset, typeName, what string) {
	s.Offers(typeName)
	s.Text(&c.use, serviceToUse, "The name of the added property whose service is used.", sdk.Required, sdk.PerFlowFile, sdk.Default(preset))
	s.Dynamics(&c.services, sdk.DynamicSpec{
		Doc: "Adds a service.", NameDoc: "Name of the " + what, ValueDoc: "A " + what + "Factory controller service", EL: sdk.NoEL, Service: typeName,
	})
}

func (c *chooser[T]) validate(self any) (problems []error) {
	c.byName = map[string]T{}
	for _, d := range c.services {
		t, ok := d.Service.(T)
		switch {
		case d.Service == self:
			problems = append(problems, fmt.Errorf("'%s' refers to this service itself", d.Name))
		case !ok && d.Service != nil:
			problems = append(problems, fmt.Errorf("'%s' refers to a service of another kind", d.Name))
		default:
			c.byName[d.Name] = t
		}
	}
	if len(c.services) == 0 {
		problems = append(problems, errors.New("no service is given to choose from; add a property for each"))
	}
	if raw := c.use.Raw(); !strings.Contains(raw, "${") && problems == nil {
		if _, ok := c.byName[raw]; !ok {
			problems = append(problems, fmt.Errorf("'%s' names %q, but there is no property of that name", serviceToUse, raw))
		}
	}
	return problems
}

func (c *chooser[T]) choose(attrs map[string]string) (T, error) {
	var none T
	name, err := c.use.ForAttrs(attrs)
	if err != nil {
		return none, err
	}
	if strings.TrimSpace(name) == "" {
		return none, fmt.Errorf("'%s' is empty for this FlowFile; set the attribute that it refers to", serviceToUse)
	}
	t, ok := c.byName[name]
	if !ok || any(t) == nil {
		return none, fmt.Errorf("'%s' is %q, but there is no service of that name", serviceToUse, name)
	}
	return t, nil
}

type readerLookup struct{ chooser[record.ReaderFactory] }

func (p *readerLookup) Describe(s *sdk.Spec) {
	s.About("Reads records with the reader that the FlowFile names, one of several.", "lookup", "parse", "record", "row", "reader")
	p.describe(s, "${recordreader.name}", record.ReaderFactoryType, "RecordReader")
}

// Validate implements [sdk.Validator].
func (p *readerLookup) Validate() []error { return p.validate(p) }

// NewReader implements [record.ReaderFactory].
func (p *readerLookup) NewReader(ctx context.Context, attrs map[string]string, in io.Reader, size int64) (record.Reader, error) {
	chosen, err := p.choose(attrs)
	if err != nil {
		return nil, err
	}
	return chosen.NewReader(ctx, attrs, in, size)
}

type writerLookup struct{ chooser[record.WriterFactory] }

func (p *writerLookup) Describe(s *sdk.Spec) {
	s.About("Writes records with the writer that the FlowFile names, one of several.",
		"lookup", "result", "set", "writer", "serializer", "record", "recordset", "row")
	p.describe(s, "${recordsetwriter.name}", record.WriterFactoryType, "RecordSetWriter")
}

// Validate implements [sdk.Validator].
func (p *writerLookup) Validate() []error { return p.validate(p) }

// SchemaFor implements [record.WriterFactory].
func (p *writerLookup) SchemaFor(attrs map[string]string, readSchema *record.Schema) (*record.Schema, error) {
	chosen, err := p.choose(attrs)
	if err != nil {
		return nil, err
	}
	return chosen.SchemaFor(attrs, readSchema)
}

// NewWriter implements [record.WriterFactory].
func (p *writerLookup) NewWriter(ctx context.Context, schema *record.Schema, out io.Writer, attrs map[string]string) (record.Writer, error) {
	chosen, err := p.choose(attrs)
	if err != nil {
		return nil, err
	}
	return chosen.NewWriter(ctx, schema, out, attrs)
}

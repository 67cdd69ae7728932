package record

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/services/record/csv"
	"github.com/braidflow/braid/services/record/xml"
)

// XMLReader reads XML as records.
var XMLReader = sdk.Component{
	Type:       "org.apache.nifi.xml.XMLReader",
	Artifact:   artifact,
	NewService: func() sdk.ControllerService { return new(xmlReader) },
}

type xmlReader struct {
	source                 schemaSource
	cache                  schemaCache
	times                  timeFormats
	attributes             bool
	array, prefix, content sdk.Text
}

func (p *xmlReader) Describe(s *sdk.Spec) {
	s.About("Reads XML: each element is a record whose attributes and child elements are fields. Document type definitions are "+
		"skipped, their entities are unknown.", "xml", "record", "reader", "parser")
	s.Offers(record.ReaderFactoryType)
	p.source.describe(s, schemaInferred, schemaFromName, schemaFromText, schemaByReference, schemaInferred)
	s.Bool(&p.attributes, "Parse XML Attributes", "Whether attributes become fields.", sdk.Default("true"), sdk.When(accessProperty, schemaInferred))
	sdk.Service(s, &p.cache, "org.apache.nifi.serialization.RecordSchemaCacheService", "Schema Inference Cache",
		"Kept for compatibility: the schema is always inferred.")
	s.Text(&p.array, "Expect Records as Array", "Whether the outermost element only wraps the records, or is itself the one record.",
		sdk.Required, sdk.PerFlowFile, sdk.Default("false"), sdk.OneOf(sdk.Allowed{Value: "false", Doc: "The outermost element is the record."},
			sdk.Allowed{Value: "true", Doc: "The outermost element wraps any number of records."},
			sdk.Allowed{Value: "${xml.stream.is.array}", Display: "Use attribute 'xml.stream.is.array'", Doc: "The FlowFile's attribute says true or false."}))
	s.Text(&p.prefix, "Attribute Prefix", "What is put before the names of attributes to make names of fields.", sdk.PerFlowFile)
	s.Text(&p.content, "Field Name for Content", "The field for the text of elements that have attributes or child elements too. "+
		"Without it such text is dropped.", sdk.PerFlowFile)
	p.times.describe(s)
}

// Validate implements [sdk.Validator].
func (p *xmlReader) Validate() []error { return p.source.validate() }

// MigrateProperties implements [sdk.Migrator].
func (p *xmlReader) MigrateProperties(values map[string]string) {
	migrateSchema(values)
	for old, name := range map[string]string{
		"record_format": "Expect Records as Array", "attribute_prefix": "Attribute Prefix",
		"content_field_name": "Field Name for Content", "parse_xml_attributes": "Parse XML Attributes",
	} {
		sdk.Rename(values, old, name)
	}
}

// NewReader implements [record.ReaderFactory].
func (p *xmlReader) NewReader(ctx context.Context, attrs map[string]string, in io.Reader, _ int64) (record.Reader, error) {
	o, err := p.options(attrs)
	if err != nil {
		return nil, err
	}
	if p.source.strategy == schemaInferred {
		times := o.Formats.TimeMatcher()
		o.Schema, in, err = inferFirst(in, func(in io.Reader) (*record.Schema, error) {
			return xml.Infer(in, o, func(text string) *record.Type { return csv.TypeOfText(text, times) })
		})
	} else {
		o.Schema, err = p.source.schema(ctx, attrs, in)
	}
	if err != nil {
		return nil, err
	}
	return xml.NewReader(in, o), nil
}

func (p *xmlReader) options(attrs map[string]string) (o xml.Options, err error) {
	o = xml.Options{Formats: p.times.formats(), Attributes: p.attributes || p.source.strategy != schemaInferred}
	if o.Prefix, err = p.prefix.ForAttrs(attrs); err != nil {
		return o, err
	}
	if o.Content, err = p.content.ForAttrs(attrs); err != nil {
		return o, err
	}
	o.Prefix, o.Content = strings.TrimSpace(o.Prefix), strings.TrimSpace(o.Content)
	array, err := p.array.ForAttrs(attrs)
	if err != nil {
		return o, err
	}
	switch array = strings.TrimSpace(array); {
	case strings.EqualFold(array, "true"):
		o.Array = true
	case !strings.EqualFold(array, "false"):
		err = fmt.Errorf("'Expect Records as Array' is %q, which is neither true nor false; set the attribute that it refers to", array)
	}
	return o, err
}

package record

import (
	"context"
	"errors"
	"io"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/charset"
	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/services/record/json"
	"github.com/braidflow/braid/services/record/xml"
)

// XMLRecordSetWriter writes records as XML.
var XMLRecordSetWriter = sdk.Component{
	Type:       "org.apache.nifi.xml.XMLRecordSetWriter",
	Artifact:   artifact,
	NewService: func() sdk.ControllerService { return new(xmlWriter) },
}

type xmlWriter struct {
	schemaTarget
	times               timeFormats
	suppress            json.NullSuppression
	pretty, omit        bool
	root, record, array string
	wrapping            xml.Wrapping
	charset             namedCharset
}

// namedCharset is a character set with its name, for the XML declaration.
type namedCharset struct {
	charset.Charset
	name string
}

func parseCharset(name string) (namedCharset, error) {
	c, err := charset.Parse(name)
	return namedCharset{c, name}, err
}

func (p *xmlWriter) Describe(s *sdk.Spec) {
	s.About("Writes records as XML: an element for each record, in it one for each field.",
		"xml", "resultset", "writer", "serialize", "record", "recordset", "row")
	s.Offers(record.WriterFactoryType)
	p.schemaTarget.describe(s)
	p.times.describe(s)
	sdk.Choice(s, &p.suppress, "Suppress Null Values", "Which fields without value are left out.", nil,
		sdk.Required, sdk.Default(string(json.NeverSuppress)), sdk.OneOf(
			sdk.Allowed{Value: string(json.NeverSuppress), Display: "Never Suppress", Doc: "None: they are empty elements."},
			sdk.Allowed{Value: string(json.AlwaysSuppress), Display: "Always Suppress", Doc: "All."},
			sdk.Allowed{Value: string(json.SuppressMissing), Display: "Suppress Missing Values", Doc: "Those that the input did not mention."}))
	s.Bool(&p.pretty, "Pretty Print XML", "Whether elements are indented, each on a line.", sdk.Required, sdk.Default("false"))
	s.Bool(&p.omit, "Omit XML Declaration", "Whether the content begins without <?xml …?>.", sdk.Required, sdk.Default("false"))
	s.String(&p.root, "Name of Root Tag", "The element around the records. Without it there may be one record only.")
	s.String(&p.record, "Name of Record Tag", "The element of a record; without it, the name of the schema.")
	sdk.Choice(s, &p.wrapping, "Wrap Elements of Arrays", "Whether there is an element around those of an array.", nil,
		sdk.Required, sdk.Default(string(xml.NoWrapping)), sdk.OneOf(
			sdk.Allowed{Value: string(xml.PropertyAsWrapper), Display: "Use Property as Wrapper", Doc: "One called as Array Tag Name says, around elements of the field's name."},
			sdk.Allowed{Value: string(xml.PropertyForElements), Display: "Use Property for Elements", Doc: "One of the field's name, around elements called as Array Tag Name says."},
			sdk.Allowed{Value: string(xml.NoWrapping), Display: "No Wrapping", Doc: "No; elements of the field's name follow each other."}))
	s.String(&p.array, "Array Tag Name", "The name for the elements of arrays or for the one around them.")
	sdk.Parsed(s, &p.charset, parseCharset, "Character Set", "The character set of the content.", sdk.Required, sdk.Default("UTF-8"))
}

// Validate implements [sdk.Validator].
func (p *xmlWriter) Validate() []error {
	problems := p.source.validate()
	if p.wrapping != xml.NoWrapping && p.array == "" {
		problems = append(problems, errors.New("'Array Tag Name' is required to wrap the elements of arrays"))
	}
	return problems
}

// MigrateProperties implements [sdk.Migrator].
func (p *xmlWriter) MigrateProperties(values map[string]string) {
	migrateSchema(values)
	for old, name := range map[string]string{
		"suppress_nulls": "Suppress Null Values", "pretty_print_xml": "Pretty Print XML", "omit_xml_declaration": "Omit XML Declaration",
		"root_tag_name": "Name of Root Tag", "record_tag_name": "Name of Record Tag", "array_wrapping": "Wrap Elements of Arrays",
		"array_tag_name": "Array Tag Name",
	} {
		sdk.Rename(values, old, name)
	}
}

// NewWriter implements [record.WriterFactory].
func (p *xmlWriter) NewWriter(_ context.Context, schema *record.Schema, out io.Writer, _ map[string]string) (record.Writer, error) {
	out, err := p.prefixed(out, schema)
	if err != nil {
		return nil, err
	}
	o := xml.WriterOptions{
		Root: p.root, Record: p.record, Array: p.array, Wrapping: p.wrapping, Suppress: p.suppress, Pretty: p.pretty,
		Declaration: !p.omit, Formats: p.times.formats(), Attributes: p.attributes(schema),
	}
	for _, name := range []string{schema.Name(), schema.ID().Name} {
		if o.Record == "" {
			o.Record = name
		}
	}
	if p.charset.IsUTF8() {
		return noNilWriter(xml.NewWriter(out, schema, o))
	}
	o.Charset = p.charset.name
	encoded := p.charset.Writer(out)
	w, err := xml.NewWriter(encoded, schema, o)
	if err != nil {
		return nil, err
	}
	return &closingWriter{w, encoded}, nil
}

// noNilWriter keeps a nil pointer from becoming an interface that is not nil.
func noNilWriter[W record.Writer](w W, err error) (record.Writer, error) {
	if err != nil {
		return nil, err
	}
	return w, nil
}

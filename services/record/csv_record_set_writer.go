package record

import (
	"context"
	"io"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/charset"
	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/services/record/csv"
	"github.com/braidflow/braid/services/record/csvformat"
)

// CSVRecordSetWriter writes records as CSV.
var CSVRecordSetWriter = sdk.Component{
	Type:       "org.apache.nifi.csv.CSVRecordSetWriter",
	Artifact:   artifact,
	NewService: func() sdk.ControllerService { return new(csvWriter) },
}

type csvWriter struct {
	schemaTarget
	times   timeFormats
	format  csvformat.Properties
	writer  string
	header  bool
	charset charset.Charset
}

func (p *csvWriter) Describe(s *sdk.Spec) {
	s.About("Writes records as CSV, one row each; the first line may be a header with the names of the fields.",
		"csv", "result", "set", "recordset", "record", "writer", "serializer", "row", "tsv", "tab", "separated", "delimited")
	s.Offers(record.WriterFactoryType)
	p.schemaTarget.describe(s)
	p.times.describe(s)
	p.format.DescribeFormat(s, csvformat.Custom)
	s.String(&p.writer, "CSV Writer", "Kept for compatibility: there is one writer.", sdk.Required, sdk.Default("commons-csv"),
		sdk.OneOf(sdk.Allowed{Value: "commons-csv", Display: "Apache Commons CSV"}, sdk.Allowed{Value: "fast-csv", Display: "FastCSV"}))
	p.format.DescribeSeparator(s)
	s.Bool(&p.header, "Include Header Line", "Whether the first line names the fields.", sdk.Required, sdk.Default("true"))
	p.format.DescribeQuote(s)
	p.format.DescribeEscape(s)
	p.format.DescribeComment(s)
	p.format.DescribeNull(s)
	p.format.DescribeTrim(s)
	p.format.DescribeQuoteMode(s)
	s.String(&p.format.RecordSeparator, "Record Separator", "What ends a row.", sdk.Required, sdk.Default(`\n`), csvformat.IfCustom)
	s.Bool(&p.format.TrailingSeparator, "Include Trailing Delimiter", "Whether a separator follows the last field of a row.",
		sdk.Required, sdk.Default("false"), csvformat.IfCustom)
	sdk.Parsed(s, &p.charset, charset.Parse, "Character Set", "The character set of the content.", sdk.Required, sdk.Default("UTF-8"))
}

// Validate implements [sdk.Validator].
func (p *csvWriter) Validate() []error { return append(p.source.validate(), p.format.Validate()...) }

// MigrateProperties implements [sdk.Migrator].
func (p *csvWriter) MigrateProperties(values map[string]string) {
	migrateSchema(values)
	csvformat.Migrate(values)
}

// NewWriter implements [record.WriterFactory].
func (p *csvWriter) NewWriter(_ context.Context, schema *record.Schema, out io.Writer, attrs map[string]string) (record.Writer, error) {
	format, err := p.format.Format(attrs)
	if err != nil {
		return nil, err
	}
	if out, err = p.prefixed(out, schema); err != nil {
		return nil, err
	}
	o := csv.WriterOptions{Format: format, Header: p.header, Formats: p.times.formats(), Attributes: p.attributes(schema)}
	if p.charset.IsUTF8() {
		return csv.NewWriter(out, schema, o)
	}
	encoded := p.charset.Writer(out)
	w, err := csv.NewWriter(encoded, schema, o)
	if err != nil {
		return nil, err
	}
	return &closingWriter{w, encoded}, nil
}

// closingWriter ends what lies between a writer and its output with the record set.
type closingWriter struct {
	record.Writer
	inner io.Closer
}

// Finish implements [record.Writer].
func (w *closingWriter) Finish() (record.WriteResult, error) {
	result, err := w.Writer.Finish()
	if cerr := w.inner.Close(); err == nil {
		err = cerr
	}
	return result, err
}

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

// CSVReader reads CSV as records.
var CSVReader = sdk.Component{
	Type:       "org.apache.nifi.csv.CSVReader",
	Artifact:   artifact,
	NewService: func() sdk.ControllerService { return new(csvReader) },
}

type csvReader struct {
	source       schemaSource
	times        timeFormats
	format       csvformat.Properties
	parser       string
	header       bool
	ignoreHeader bool
	charset      charset.Charset
	trimQuotes   bool
	duplicates   bool
}

func (p *csvReader) Describe(s *sdk.Spec) {
	s.About("Reads CSV: each row is a record, whose fields are named by the header or the schema.",
		"csv", "parse", "record", "row", "reader", "delimited", "comma", "separated", "values")
	s.Offers(record.ReaderFactoryType)
	p.source.describe(s, schemaInferred, schemaFromName, schemaFromText, schemaByReference, schemaFromHeader, schemaInferred)
	s.String(&p.parser, "CSV Parser", "Kept for compatibility: there is one parser.", sdk.Required, sdk.Default("commons-csv"),
		sdk.OneOf(sdk.Allowed{Value: "commons-csv", Display: "Apache Commons CSV"}, sdk.Allowed{Value: "jackson-csv", Display: "Jackson CSV"},
			sdk.Allowed{Value: "fast-csv", Display: "FastCSV"}))
	p.times.describe(s)
	p.format.DescribeFormat(s, csvformat.Custom)
	p.format.DescribeSeparator(s)
	s.String(&p.format.RecordSeparator, "Record Separator", "Kept for compatibility: LF, CR and CRLF all end a row.",
		sdk.Required, sdk.Default(`\n`), csvformat.IfCustom)
	s.Bool(&p.header, "Treat First Line as Header", "Whether the first line names the columns. "+
		"It does in any case if the schema is inferred or taken from the header.", sdk.Required, sdk.Default("false"))
	s.Bool(&p.ignoreHeader, "Ignore CSV Header Column Names", "Whether the columns are the schema's fields in their order, "+
		"whatever the header calls them.", sdk.Default("false"))
	p.format.DescribeQuote(s)
	p.format.DescribeEscape(s)
	p.format.DescribeComment(s)
	p.format.DescribeNull(s)
	p.format.DescribeTrim(s)
	sdk.Parsed(s, &p.charset, charset.Parse, "Character Set", "The character set of the content.", sdk.Required, sdk.Default("UTF-8"))
	s.Bool(&p.duplicates, "Allow Duplicate Header Names", "Whether a header may name two columns alike; the last one counts.",
		sdk.Default("true"), csvformat.IfCustom)
	s.Bool(&p.trimQuotes, "Trim Double Quote", "Whether a pair of double quotes that is left around a field is cut off.",
		sdk.Required, sdk.Default("true"), sdk.When(csvformat.Property, "rfc-4180"))
}

// Validate implements [sdk.Validator].
func (p *csvReader) Validate() []error {
	return append(p.source.validate(), p.format.Validate()...)
}

// MigrateProperties implements [sdk.Migrator].
func (p *csvReader) MigrateProperties(values map[string]string) {
	migrateSchema(values)
	csvformat.Migrate(values)
}

// NewReader implements [record.ReaderFactory].
func (p *csvReader) NewReader(ctx context.Context, attrs map[string]string, in io.Reader, _ int64) (record.Reader, error) {
	format, err := p.format.Format(attrs)
	if err != nil {
		return nil, err
	}
	format.NoDuplicateHeaders = p.format.Name == csvformat.Custom && !p.duplicates
	o := csv.Options{
		Format: format, Header: p.header, IgnoreHeader: p.ignoreHeader, Formats: p.times.formats(),
		KeepQuotes: p.format.Name == "rfc-4180" && !p.trimQuotes,
	}
	switch p.source.strategy {
	case schemaFromHeader:
		o.Header, o.IgnoreHeader = true, false
	case schemaInferred:
		o.Header = true
		o.Schema, in, err = inferFirst(in, func(in io.Reader) (*record.Schema, error) {
			return csv.Infer(p.charset.Reader(in), format, o.Formats.TimeMatcher())
		})
	default:
		o.Schema, err = p.source.schema(ctx, attrs, in)
	}
	if err != nil {
		return nil, err
	}
	return csv.NewReader(p.charset.Reader(in), o)
}

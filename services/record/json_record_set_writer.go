package record

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/services/record/json"
)

// JsonRecordSetWriter writes records as JSON.
var JsonRecordSetWriter = sdk.Component{ //nolint:revive // NiFi's name
	Type:       "org.apache.nifi.json.JsonRecordSetWriter",
	Artifact:   artifact,
	NewService: func() sdk.ControllerService { return new(jsonWriter) },
}

const oneLine = "output-oneline"

type compression string

const (
	uncompressed  compression = "none"
	gzipped       compression = "gzip"
	snappyFramed  compression = "snappy framed"
	zstdFormatted compression = "zstd"
)

var compressedTypes = map[compression]string{
	gzipped: "application/gzip", snappyFramed: "application/x-snappy-framed", zstdFormatted: "application/zstd",
}

type jsonWriter struct {
	schemaTarget
	times       timeFormats
	pretty      bool
	suppress    json.NullSuppression
	scientific  bool
	grouping    string
	compression compression
	level       int
}

func (p *jsonWriter) Describe(s *sdk.Spec) {
	s.About("Writes records as JSON objects, in one array or one a line.", "json", "resultset", "writer", "serialize", "record", "recordset", "row")
	s.Offers(record.WriterFactoryType)
	p.schemaTarget.describe(s)
	p.times.describe(s)
	s.Bool(&p.pretty, "Pretty Print JSON", "Whether objects are indented over several lines.", sdk.Required, sdk.Default("false"))
	sdk.Choice(s, &p.suppress, "Suppress Null Values", "Which fields without value are left out.", nil,
		sdk.Required, sdk.Default(string(json.NeverSuppress)), sdk.OneOf(
			sdk.Allowed{Value: string(json.NeverSuppress), Display: "Never Suppress", Doc: "None: they are written as null."},
			sdk.Allowed{Value: string(json.AlwaysSuppress), Display: "Always Suppress", Doc: "All."},
			sdk.Allowed{Value: string(json.SuppressMissing), Display: "Suppress Missing Values", Doc: "Those that the input did not mention."}))
	s.Bool(&p.scientific, "Allow Scientific Notation", "Whether numbers may be written with an exponent.", sdk.Required, sdk.Default("false"))
	s.String(&p.grouping, "Output Grouping", "How the objects are put together.", sdk.Required, sdk.Default("output-array"),
		sdk.OneOf(sdk.Allowed{Value: "output-array", Display: "Array", Doc: "One array of objects."},
			sdk.Allowed{Value: oneLine, Display: "One Line Per Object", Doc: "A line for each object. Pretty Print JSON must be off."}))
	sdk.Choice(s, &p.compression, "Compression Format", "How the content is compressed.",
		[]compression{uncompressed, gzipped, snappyFramed, zstdFormatted}, sdk.Required, sdk.Default(string(uncompressed)))
	s.Int(&p.level, "Compression Level", "From 0 (none) to 9 (smallest).", sdk.Required, sdk.Default("1"),
		sdk.When("Compression Format", string(gzipped)))
}

// Validate implements [sdk.Validator].
func (p *jsonWriter) Validate() []error {
	problems := p.source.validate()
	if p.pretty && p.grouping == oneLine {
		problems = append(problems, errors.New("'Pretty Print JSON' must be off to write one line for each object"))
	}
	if p.level > gzip.BestCompression {
		problems = append(problems, fmt.Errorf("'Compression Level' %d is not between 0 and 9", p.level))
	}
	return problems
}

// MigrateProperties implements [sdk.Migrator].
func (p *jsonWriter) MigrateProperties(values map[string]string) {
	migrateSchema(values)
	sdk.Rename(values, "suppress-nulls", "Suppress Null Values")
	sdk.Rename(values, "output-grouping", "Output Grouping")
	sdk.Rename(values, "compression-format", "Compression Format")
	sdk.Rename(values, "compression-level", "Compression Level")
}

// NewWriter implements [record.WriterFactory].
func (p *jsonWriter) NewWriter(_ context.Context, schema *record.Schema, out io.Writer, _ map[string]string) (record.Writer, error) {
	o := json.WriterOptions{
		Lines: p.grouping == oneLine, Pretty: p.pretty, Suppress: p.suppress, Scientific: p.scientific,
		Formats: p.times.formats(), MimeType: compressedTypes[p.compression], Attributes: p.attributes(schema),
	}
	out, err := p.prefixed(out, schema)
	if err != nil {
		return nil, err
	}
	compressed, err := p.compress(out)
	if err != nil || compressed == nil {
		return json.NewWriter(out, schema, o), err
	}
	return &closingWriter{json.NewWriter(compressed, schema, o), compressed}, nil
}

// compress returns what compresses to out, nil for nothing.
func (p *jsonWriter) compress(out io.Writer) (io.WriteCloser, error) {
	switch p.compression {
	case gzipped:
		return gzip.NewWriterLevel(out, p.level)
	case snappyFramed:
		return s2.NewWriter(out, s2.WriterSnappyCompat(), s2.WriterConcurrency(1)), nil
	case zstdFormatted:
		return zstd.NewWriter(out, zstd.WithEncoderConcurrency(1))
	}
	return nil, nil
}

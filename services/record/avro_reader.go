package record

import (
	"context"
	"io"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/services/record/avro"
)

// AvroReader reads Avro as records.
var AvroReader = sdk.Component{
	Type:       "org.apache.nifi.avro.AvroReader",
	Artifact:   artifact,
	NewService: func() sdk.ControllerService { return new(avroReader) },
}

type avroReader struct {
	source  schemaSource
	schemas avroSchemas
	fast    bool
}

func (p *avroReader) Describe(s *sdk.Spec) {
	s.About("Reads Avro: files that hold their schema, or bare datums whose schema is known from elsewhere.",
		"avro", "parse", "record", "row", "reader", "delimited", "comma", "separated", "values")
	s.Offers(record.ReaderFactoryType)
	p.source.describe(s, schemaEmbedded, schemaFromName, schemaFromText, schemaByReference, schemaEmbedded)
	s.Int(&p.schemas.size, "Cache Size", "How many compiled schemas are kept.", sdk.Required, sdk.Default("1000"))
	s.Bool(&p.fast, "Fast Reader Enabled", "Kept for compatibility: there is one decoder.", sdk.Required, sdk.Default("true"))
}

// Validate implements [sdk.Validator].
func (p *avroReader) Validate() []error { return p.source.validate() }

// MigrateProperties implements [sdk.Migrator].
func (p *avroReader) MigrateProperties(values map[string]string) {
	migrateSchema(values)
	sdk.Rename(values, "cache-size", "Cache Size")
	sdk.Rename(values, "fast-reader-enabled", "Fast Reader Enabled")
}

// NewReader implements [record.ReaderFactory].
func (p *avroReader) NewReader(ctx context.Context, attrs map[string]string, in io.Reader, _ int64) (record.Reader, error) {
	if p.source.strategy == schemaEmbedded {
		return noNil(avro.NewReader(in))
	}
	schema, err := p.source.schema(ctx, attrs, in)
	if err != nil {
		return nil, err
	}
	compiled, err := p.schemas.of(schema)
	if err != nil {
		return nil, err
	}
	return noNil(avro.NewBareReader(in, compiled))
}

// noNil keeps a nil pointer from becoming an interface that is not nil.
func noNil[R record.Reader](r R, err error) (record.Reader, error) {
	if err != nil {
		return nil, err
	}
	return r, nil
}

package record

import (
	"context"
	"io"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/services/record/parquet"
)

const parquetArtifact = "nifi-parquet-nar"

// ParquetReader reads Parquet as records.
var ParquetReader = sdk.Component{
	Type:       "org.apache.nifi.parquet.ParquetReader",
	Artifact:   parquetArtifact,
	NewService: func() sdk.ControllerService { return new(parquetReader) },
}

type parquetReader struct{ compatible, elements bool }

func (p *parquetReader) Describe(s *sdk.Spec) {
	s.About("Reads Parquet: each row is a record. The schema is that of the file.", "parquet", "parse", "record", "row", "reader")
	s.Offers(record.ReaderFactoryType)
	s.Bool(&p.compatible, "Avro Read Compatibility", "Kept for compatibility with a Java library.", sdk.Required, sdk.Default("true"))
	s.Bool(&p.elements, "Avro Add List Element Records", "Kept for compatibility: whether lists are of the old or the new structure is seen in the file.",
		sdk.Required, sdk.Default("true"))
}

// MigrateProperties implements [sdk.Migrator].
func (p *parquetReader) MigrateProperties(values map[string]string) {
	sdk.Rename(values, "avro-read-compatibility", "Avro Read Compatibility")
	sdk.Rename(values, "avro-add-list-element-records", "Avro Add List Element Records")
}

// NewReader implements [record.ReaderFactory].
func (p *parquetReader) NewReader(_ context.Context, _ map[string]string, in io.Reader, _ int64) (record.Reader, error) {
	return noNil(parquet.NewReader(in))
}

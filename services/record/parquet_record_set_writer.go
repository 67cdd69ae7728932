package record

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/services/record/parquet"
)

// ParquetRecordSetWriter writes records as Parquet.
var ParquetRecordSetWriter = sdk.Component{
	Type:       "org.apache.nifi.parquet.ParquetRecordSetWriter",
	Artifact:   parquetArtifact,
	NewService: func() sdk.ControllerService { return new(parquetWriter) },
}

type parquetWriter struct {
	schemaTarget
	cache                                   int
	compression, dictionary, version, int96 string
	validation                              string
	rowGroup, page, dictionaryPage, padding sdk.Text
	oldLists, elements                      bool
}

func (p *parquetWriter) Describe(s *sdk.Spec) {
	s.About("Writes records as Parquet, in one file.", "parquet", "result", "set", "writer", "serializer", "record", "recordset", "row")
	s.Offers(record.WriterFactoryType)
	p.schemaTarget.describe(s)
	s.Int(&p.cache, "Cache Size", "Kept for compatibility: schemas need not be compiled.", sdk.Required, sdk.Default("1000"))
	s.String(&p.compression, "Compression Type", "How pages are compressed. LZO and LZ4 are known for compatibility and cannot be written.",
		sdk.Required, sdk.Default("UNCOMPRESSED"), sdk.OneOf(values("UNCOMPRESSED", "SNAPPY", "GZIP", "LZO", "BROTLI", "LZ4", "ZSTD", "LZ4_RAW")...))
	s.Text(&p.rowGroup, "Row Group Size", "The size of a row group, such as 64 MB; 32 MB if none is given. A row group is held in memory until it is full.", sdk.PerFlowFile)
	s.Text(&p.page, "Page Size", "The size of a page, such as 1 MB, which is taken if none is given.", sdk.PerFlowFile)
	s.Text(&p.dictionaryPage, "Dictionary Page Size", "The largest size of a dictionary; a column with more different values is written without from there on. 1 MB if none is given.", sdk.PerFlowFile)
	s.Text(&p.padding, "Max Padding Size", "Kept for compatibility: row groups are not padded.", sdk.PerFlowFile)
	s.String(&p.dictionary, "Enable Dictionary Encoding", "Whether values that occur often are written once; they are if nothing is given.", sdk.OneOf(values("true", "false")...))
	s.String(&p.validation, "Enable Validation", "Kept for compatibility: values are always checked against the schema.", sdk.OneOf(values("true", "false")...))
	s.String(&p.version, "Writer Version", "The version of the format of pages; the first if none is given.", sdk.OneOf(values("PARQUET_1_0", "PARQUET_2_0")...))
	s.Bool(&p.oldLists, "Avro Write Old List Structure", "Whether arrays are written in the old structure, in which elements cannot be null.", sdk.Required, sdk.Default("true"))
	s.Bool(&p.elements, "Avro Add List Element Records", "Kept for compatibility with a Java library.", sdk.Required, sdk.Default("true"))
	s.String(&p.int96, "INT96 Fields", "Fields that are written as INT96 timestamps: their full paths, separated by commas.")
}

func values(list ...string) []sdk.Allowed {
	allowed := make([]sdk.Allowed, len(list))
	for i, v := range list {
		allowed[i] = sdk.Allowed{Value: v}
	}
	return allowed
}

// Validate implements [sdk.Validator].
func (p *parquetWriter) Validate() []error {
	problems := p.source.validate()
	if !parquet.CanCompress(p.compression) {
		problems = append(problems, fmt.Errorf("'Compression Type' %s cannot be written; choose another, such as SNAPPY or LZ4_RAW", p.compression))
	}
	return problems
}

// MigrateProperties implements [sdk.Migrator].
func (p *parquetWriter) MigrateProperties(values map[string]string) {
	migrateSchema(values)
	for old, name := range map[string]string{
		"cache-size": "Cache Size", "int96-fields": "INT96 Fields", "compression-type": "Compression Type", "row-group-size": "Row Group Size",
		"page-size": "Page Size", "dictionary-page-size": "Dictionary Page Size", "max-padding-size": "Max Padding Size",
		"enable-dictionary-encoding": "Enable Dictionary Encoding", "enable-validation": "Enable Validation", "writer-version": "Writer Version",
		"avro-add-list-element-records": "Avro Add List Element Records", "avro-write-old-list-structure": "Avro Write Old List Structure",
	} {
		sdk.Rename(values, old, name)
	}
}

// NewWriter implements [record.WriterFactory].
func (p *parquetWriter) NewWriter(_ context.Context, schema *record.Schema, out io.Writer, attrs map[string]string) (record.Writer, error) {
	out, err := p.prefixed(out, schema)
	if err != nil {
		return nil, err
	}
	o := parquet.WriterOptions{
		Compression: p.compression, Dictionary: p.dictionary != "false", Version2: p.version == "PARQUET_2_0", OldLists: p.oldLists,
		Attributes: p.attributes(schema), Int96: map[string]bool{},
	}
	for path := range strings.SplitSeq(p.int96, ",") {
		o.Int96[strings.TrimSpace(path)] = true
	}
	for _, size := range []struct {
		dst  *int64
		text sdk.Text
	}{{&o.RowGroup, p.rowGroup}, {&o.Page, p.page}, {&o.DictionaryPage, p.dictionaryPage}} {
		if *size.dst, err = sizeOf(size.text, attrs); err != nil {
			return nil, err
		}
	}
	return noNilWriter(parquet.NewWriter(out, schema, o))
}

// sizeOf is 0 for a text that is unset or empty.
func sizeOf(t sdk.Text, attrs map[string]string) (int64, error) {
	text, err := t.ForAttrs(attrs)
	if err != nil || text == "" {
		return 0, err
	}
	return sdk.ParseSize(text)
}

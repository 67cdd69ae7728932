package record

import (
	"context"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
)

// ExtractRecordSchema puts the schema of a FlowFile into an attribute.
var ExtractRecordSchema = sdk.Component{
	Type:     "org.apache.nifi.processors.standard.ExtractRecordSchema",
	Artifact: "nifi-standard-nar",
	New:      func() sdk.Processor { return new(extractRecordSchema) },
}

type extractRecordSchema struct {
	reader           record.ReaderFactory
	cacheSize        int
	success, failure sdk.Relationship
}

func (p *extractRecordSchema) Describe(s *sdk.Spec) {
	s.About("Puts the schema that the reader gives the records of a FlowFile into the attribute avro.schema.",
		"record", "generic", "schema", "json", "csv", "avro", "freeform", "text", "xml")
	s.InputRequired()
	s.Batching(0)
	s.SideEffectFree()
	sdk.Service(s, &p.reader, readerType, "Record Reader", "How to read the content.", sdk.Required)
	s.Int(&p.cacheSize, "Schema Cache Size", "How many texts of schemas NiFi remembers. Here they are made anew, which takes "+
		"microseconds: accepted and not used.", sdk.Required, sdk.Default("10"))
	s.WritesAttr(sdk.AttrRecordErrMessage, "Why the schema could not be found.")
	s.WritesAttr("avro.schema", "The schema, as an Avro schema in JSON.")
	s.Rel(&p.success, "success", "FlowFiles with the schema in avro.schema.")
	s.Rel(&p.failure, "failure", "FlowFiles that could not be read, unchanged.")
}

// MigrateProperties accepts the names of NiFi 1.x.
func (p *extractRecordSchema) MigrateProperties(values map[string]string) {
	sdk.Rename(values, "record-reader", "Record Reader")
	sdk.Rename(values, "cache-size", "Schema Cache Size")
}

func (p *extractRecordSchema) Trigger(ctx context.Context, s *sdk.Session) error {
	for _, ff := range take(s) {
		schema, err := p.schema(ctx, s, ff)
		if err != nil {
			ff = s.PutAttr(ff, sdk.AttrRecordErrMessage, err.Error())
			if err := fail(ctx, s, ff, p.failure, "extract the schema", err); err != nil {
				return err
			}
			continue
		}
		s.Transfer(s.PutAttr(ff, "avro.schema", record.AvroText(schema)), p.success)
	}
	return nil
}

func (p *extractRecordSchema) schema(ctx context.Context, s *sdk.Session, ff sdk.FlowFile) (*record.Schema, error) {
	in, err := s.Read(ff)
	if err != nil {
		return nil, err
	}
	defer in.Close() //nolint:errcheck // it was only read
	reader, err := p.reader.NewReader(ctx, ff.AttrMap(), in, ff.Size())
	if err != nil {
		return nil, err
	}
	defer reader.Close() //nolint:errcheck // it was only read
	return reader.Schema()
}

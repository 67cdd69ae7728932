package record

import (
	"context"
	"io"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
)

// ConvertRecord reads records in one format and writes them in another.
var ConvertRecord = sdk.Component{
	Type:     "org.apache.nifi.processors.standard.ConvertRecord",
	Artifact: "nifi-standard-nar",
	New:      func() sdk.Processor { return new(convertRecord) },
}

type convertRecord struct {
	formats
	empty            bool
	success, failure sdk.Relationship
}

func (p *convertRecord) Describe(s *sdk.Spec) {
	s.About("Converts records from one format to another. The schemas of reader and writer need not be the same: "+
		"fields are matched by name, and values are converted to the types of the writer's schema.",
		"convert", "record", "generic", "schema", "json", "csv", "avro", "log", "logs", "freeform", "text")
	s.InputRequired()
	s.Batching(0)
	s.SideEffectFree()
	p.describe(s)
	s.Bool(&p.empty, "Include Zero Record FlowFiles", "Whether a FlowFile without records is passed on or dropped.",
		sdk.Required, sdk.Default("true"))
	s.WritesAttr(sdk.AttrRecordErrMessage, "Why the FlowFile could not be converted.")
	s.Rel(&p.success, "success", "FlowFiles that were converted.")
	s.Rel(&p.failure, "failure", "FlowFiles that could not be read or written, unchanged.")
}

// MigrateProperties accepts the names of NiFi 1.x.
func (p *convertRecord) MigrateProperties(values map[string]string) {
	p.migrate(values)
	sdk.Rename(values, "include-zero-record-flowfiles", "Include Zero Record FlowFiles")
}

func (p *convertRecord) Trigger(ctx context.Context, s *sdk.Session) error {
	for _, ff := range take(s) {
		var result record.WriteResult
		out, err := s.Rewrite(ff, func(r io.Reader, w io.Writer) (err error) {
			result, err = p.convert(ctx, ff.AttrMap(), r, ff.Size(), w)
			return err
		})
		if err != nil {
			ff = s.PutAttr(ff, sdk.AttrRecordErrMessage, err.Error())
			if err := fail(ctx, s, ff, p.failure, "convert records", err); err != nil {
				return err
			}
			continue
		}
		s.Counter("Records Processed", result.Count)
		if result.Count == 0 && !p.empty {
			s.Remove(out)
			continue
		}
		s.Transfer(s.PutAttrs(out, attributes(result)...), p.success)
	}
	return nil
}

func (p *convertRecord) convert(ctx context.Context, attrs map[string]string, in io.Reader, size int64, out io.Writer) (record.WriteResult, error) {
	reader, err := p.reader.NewReader(ctx, attrs, in, size)
	if err != nil {
		return record.WriteResult{}, err
	}
	defer reader.Close() //nolint:errcheck // it was only read
	schema, err := reader.Schema()
	if err != nil {
		return record.WriteResult{}, err
	}
	writer, err := newWriter(ctx, p.writer, schema, out, attrs)
	if err != nil {
		return record.WriteResult{}, err
	}
	if err := each(ctx, reader, writer.Write); err != nil {
		return record.WriteResult{}, err
	}
	return writer.Finish()
}

// newWriter starts a record set with the schema that the factory chooses.
func newWriter(ctx context.Context, f record.WriterFactory, read *record.Schema, out io.Writer, attrs map[string]string) (record.Writer, error) {
	schema, err := f.SchemaFor(attrs, read)
	if err != nil {
		return nil, err
	}
	writer, err := f.NewWriter(ctx, schema, out, attrs)
	if err != nil {
		return nil, err
	}
	return writer, writer.Begin()
}

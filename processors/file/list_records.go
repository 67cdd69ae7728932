package file

import (
	"context"
	"io"
	"maps"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
)

// listingSchema is that of NiFi's FileInfo.
var listingSchema = record.NewSchema(
	record.Field{Name: "filename", Type: record.String, Required: true},
	record.Field{Name: "path", Type: record.String, Required: true},
	record.Field{Name: "directory", Type: record.Boolean, Required: true},
	record.Field{Name: "size", Type: record.Long, Required: true},
	record.Field{Name: "lastModified", Type: record.Timestamp, Required: true},
	record.Field{Name: "permissions", Type: record.String},
	record.Field{Name: "owner", Type: record.String},
	record.Field{Name: "group", Type: record.String},
)

// emitRecords makes one FlowFile of a whole listing.
func (p *listFile) emitRecords(ctx context.Context, s *sdk.Session, files []found) error {
	schema, err := p.writer.SchemaFor(nil, listingSchema)
	if err != nil {
		return err
	}
	var result record.WriteResult
	ff, err := s.Write(s.Create(), func(out io.Writer) error {
		w, err := p.writer.NewWriter(ctx, schema, out, nil)
		if err != nil {
			return err
		}
		if err := w.Begin(); err != nil {
			return err
		}
		for _, f := range files {
			if err := w.Write(p.record(f)); err != nil {
				return err
			}
		}
		result, err = w.Finish()
		return err
	})
	if err != nil {
		return err
	}
	var attrs []sdk.Attr
	for name, value := range maps.All(result.Attributes) {
		attrs = append(attrs, sdk.Attr{Name: name, Value: value})
	}
	s.Transfer(s.PutAttrs(ff, attrs...), p.success)
	return nil
}

func (p *listFile) record(f found) *record.Record {
	r := record.Of(listingSchema,
		record.StringValue(f.info.Name()), record.StringValue(f.in.path), record.BoolValue(false),
		record.LongValue(f.info.Size()), record.MillisValue(record.KindTimestamp, f.millis()))
	if !p.facts {
		return r
	}
	info := f.info
	if n, ok := info.(named); ok {
		info = n.FileInfo
	}
	if facts := factsOf(info); facts.owner != "" {
		r.Set("permissions", record.StringValue(info.Mode().Perm().String()[1:]))
		r.Set("owner", record.StringValue(facts.owner))
		r.Set("group", record.StringValue(facts.group))
	}
	return r
}

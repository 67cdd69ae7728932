package record

import (
	"context"
	"io"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
)

// transformer is what processors share that change each record by itself, as NiFi's AbstractRecordProcessor.
type transformer struct {
	formats
	success, failure sdk.Relationship
}

func (t *transformer) describe(s *sdk.Spec) {
	s.InputRequired()
	s.Batching(0)
	s.SideEffectFree()
	t.formats.describe(s)
	s.WritesAttr(sdk.AttrRecordErrMessage, "Why the FlowFile could not be processed.")
}

func (t *transformer) describeRels(s *sdk.Spec) {
	s.Rel(&t.success, "success", "FlowFiles whose records were processed.")
	s.Rel(&t.failure, "failure", "FlowFiles that could not be read, processed or written, unchanged.")
}

// change changes a record, the index-th of its FlowFile, and returns it or another one in its place.
type change func(r *record.Record, index int64) (*record.Record, error)

// run changes the records of each waiting FlowFile; prepare makes the change for one FlowFile.
func (t *transformer) run(ctx context.Context, s *sdk.Session, prepare func(sdk.FlowFile) (change, error)) error {
	for _, ff := range take(s) {
		var result record.WriteResult
		out, err := s.Rewrite(ff, func(r io.Reader, w io.Writer) error {
			change, err := prepare(ff)
			if err == nil {
				result, err = t.transform(ctx, ff, change, r, w)
			}
			return err
		})
		if err != nil {
			ff = s.PutAttr(ff, sdk.AttrRecordErrMessage, err.Error())
			if err := fail(ctx, s, ff, t.failure, "process records", err); err != nil {
				return err
			}
			continue
		}
		s.Counter("Records Processed", result.Count)
		s.Transfer(s.PutAttrs(out, attributes(result)...), t.success)
	}
	return nil
}

// transform writes with the schema of the first record once it is changed.
func (t *transformer) transform(ctx context.Context, ff sdk.FlowFile, change change, in io.Reader, out io.Writer) (result record.WriteResult, err error) {
	attrs := ff.AttrMap()
	reader, err := t.reader.NewReader(ctx, attrs, in, ff.Size())
	if err != nil {
		return result, err
	}
	defer reader.Close() //nolint:errcheck // it was only read
	var writer record.Writer
	index := int64(0)
	err = each(ctx, reader, func(r *record.Record) error {
		index++
		r, err := change(r, index)
		if err == nil && writer == nil {
			writer, err = newWriter(ctx, t.writer, r.Schema(), out, attrs)
		}
		if err != nil {
			return err
		}
		return writer.Write(r)
	})
	if err == nil && writer == nil { // there was no record
		var schema *record.Schema
		if schema, err = reader.Schema(); err == nil {
			writer, err = newWriter(ctx, t.writer, schema, out, attrs)
		}
	}
	if err != nil {
		return result, err
	}
	return writer.Finish()
}

// checkNames finds what is wrong with user-defined properties whose names are paths.
func checkNames(props []sdk.DynamicProperty) []error {
	if len(props) == 0 {
		return []error{sdk.Problem{Property: "User-defined Properties", Reason: "At least one RecordPath must be specified"}}
	}
	var problems []error
	for _, d := range props {
		problems = append(problems, checkPath(d.Name, sdk.Literal(d.Name))...)
	}
	return problems
}

// regenerate makes the types of the fields that hold records say what is in them now, after fields were taken out of
// records within. As MapRecord.regenerateSchema.
func regenerate(r *record.Record) {
	for i := range r.Schema().Len() {
		f := r.Schema().Field(i)
		if t := typeNow(r.At(i), f.Type); t != f.Type && !t.Equal(f.Type) {
			f.Type = t
			r.Put(f, r.At(i))
		}
	}
}

func typeNow(v record.Value, declared *record.Type) *record.Type {
	switch v.Kind() {
	case record.KindRecord:
		regenerate(v.Record())
		return record.RecordOf(v.Record().Schema())
	case record.KindArray:
		if declared.Kind != record.KindArray || declared.Elem == nil || declared.Elem.Kind != record.KindRecord {
			return declared
		}
		var t *record.Type
		for _, item := range v.Array() {
			if item.Kind() == record.KindRecord {
				t = record.Merge(t, typeNow(item, declared.Elem))
			}
		}
		if t != nil {
			return record.ArrayOf(t)
		}
	}
	return declared
}

package jolt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strconv"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/jolt"
	"github.com/braidflow/braid/sdk/jsonpath"
	"github.com/braidflow/braid/sdk/record"
)

// JoltTransformRecord transforms each record of a FlowFile.
var JoltTransformRecord = sdk.Component{
	Type:     "org.apache.nifi.processors.jolt.JoltTransformRecord",
	Artifact: artifact,
	New:      func() sdk.Processor { return new(joltTransformRecord) },
}

type joltTransformRecord struct {
	specification
	reader                     record.ReaderFactory
	writer                     record.WriterFactory
	success, failure, original sdk.Relationship
}

func (p *joltTransformRecord) Describe(s *sdk.Spec) {
	s.About("Transforms each record of a FlowFile by a Jolt specification. A record that becomes a list becomes several records.",
		"record", "jolt", "transform", "shiftr", "chainr", "defaultr", "removr", "cardinality", "sort")
	s.Details("A writer that inherits its schema gets that of the first record once it is transformed.")
	s.InputRequired()
	s.Batching(0)
	s.SideEffectFree()
	p.describe(s)
	sdk.Service(s, &p.reader, record.ReaderFactoryType, "Record Reader", "How to read the content.", sdk.Required)
	sdk.Service(s, &p.writer, record.WriterFactoryType, "Record Writer", "How to write the records.", sdk.Required)
	s.WritesAttr(sdk.AttrRecordCount, "The number of records.")
	s.WritesAttr(sdk.AttrMIMEType, "The MIME type that the Record Writer gives.")
	s.Rel(&p.success, "success", "The transformed records.")
	s.Rel(&p.original, "original", "FlowFiles that were transformed, unchanged.")
	s.Rel(&p.failure, "failure", "FlowFiles that could not be read, transformed or written, unchanged.")
}

// MigrateProperties accepts the names of NiFi 1.x.
func (p *joltTransformRecord) MigrateProperties(values map[string]string) {
	migrate(values)
	sdk.Rename(values, "jolt-record-record-reader", "Record Reader")
	sdk.Rename(values, "jolt-record-record-writer", "Record Writer")
	for _, r := range [][2]string{
		{"jolt-record-transform", "Jolt Transform"},
		{"jolt-record-spec", "Jolt Specification"},
		{"jolt-record-custom-class", "Custom Transformation Class Name"},
		{"jolt-record-custom-modules", "Custom Module Directory"},
		{"jolt-record-transform-cache-size", "Transform Cache Size"},
	} {
		sdk.Rename(values, r[0], r[1])
	}
}

func (p *joltTransformRecord) Trigger(ctx context.Context, s *sdk.Session) error {
	for _, ff := range s.GetBatch(batch) {
		var result record.WriteResult
		made := s.CreateFrom(ff)
		out, err := s.Write(made, func(w io.Writer) (err error) {
			result, err = p.transform(ctx, s, ff, w)
			return err
		})
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			s.Remove(made)
			_ = s.Fail(ff, p.failure, fmt.Errorf("transform records: %w", err)) // always nil
			continue
		}
		attrs := []sdk.Attr{{Name: sdk.AttrRecordCount, Value: strconv.FormatInt(result.Count, 10)}}
		for name, v := range result.Attributes {
			attrs = append(attrs, sdk.Attr{Name: name, Value: v})
		}
		s.Transfer(s.PutAttrs(out, attrs...), p.success)
		s.Transfer(ff, p.original)
	}
	return nil
}

func (p *joltTransformRecord) transform(ctx context.Context, s *sdk.Session, ff sdk.FlowFile, w io.Writer) (result record.WriteResult, err error) {
	t, err := p.of(ff)
	if err != nil {
		return result, err
	}
	in, err := s.Read(ff)
	if err != nil {
		return result, err
	}
	defer in.Close() //nolint:errcheck // it was only read
	attrs := ff.AttrMap()
	reader, err := p.reader.NewReader(ctx, attrs, in, ff.Size())
	if err != nil {
		return result, err
	}
	defer reader.Close() //nolint:errcheck // it was only read
	var writer record.Writer
	start := func(schema *record.Schema) (err error) {
		if schema, err = p.writer.SchemaFor(attrs, schema); err != nil {
			return err
		}
		if writer, err = p.writer.NewWriter(ctx, schema, w, attrs); err != nil {
			return err
		}
		return writer.Begin()
	}
	for ctx.Err() == nil {
		r, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return result, err
		}
		made, err := apply(t, r)
		if err != nil {
			return result, err
		}
		for _, out := range made {
			if writer == nil {
				if err := start(out.Schema()); err != nil {
					return result, err
				}
			}
			if err := writer.Write(out); err != nil {
				return result, err
			}
		}
	}
	if writer == nil { // there was no record
		schema, err := reader.Schema()
		if err == nil {
			err = start(schema)
		}
		if err != nil {
			return result, err
		}
	}
	return writer.Finish()
}

// apply transforms a record into none, one or several.
func apply(t *jolt.Transform, r *record.Record) ([]*record.Record, error) {
	doc, err := t.Apply(fromRecord(r))
	if err != nil {
		return nil, err
	}
	items := []any{doc}
	if list, ok := doc.(*jsonpath.Array); ok {
		items = list.Items
	}
	var out []*record.Record
	for _, item := range items {
		switch v := toValue(item); v.Kind() {
		case record.KindNull:
		case record.KindRecord:
			out = append(out, v.Record())
		default:
			return nil, fmt.Errorf("the result is no record but %.100s", jsonpath.Format(item))
		}
	}
	return out, nil
}

func fromRecord(r *record.Record) *jsonpath.Object {
	o := jsonpath.NewObject()
	for i, v := range r.Values() {
		o.Set(r.Schema().FieldName(i), fromValue(v))
	}
	return o
}

// fromValue is a value as JSON has it; dates are texts.
func fromValue(v record.Value) any {
	switch k := v.Kind(); {
	case k == record.KindNull:
		return nil
	case k == record.KindBoolean:
		return v.Bool()
	case k.IsInteger():
		return v.Int()
	case k == record.KindFloat || k == record.KindDouble:
		return v.Float()
	case k == record.KindBigInt:
		return new(big.Int).Set(v.BigInt())
	case k == record.KindRecord:
		return fromRecord(v.Record())
	case k == record.KindArray || k == record.KindBytes:
		list := &jsonpath.Array{}
		for _, item := range v.Array() {
			list.Items = append(list.Items, fromValue(item))
		}
		return list
	case k == record.KindMap:
		o := jsonpath.NewObject()
		for i := range v.Len() {
			o.Set(v.Map().Key(i), fromValue(v.Map().At(i)))
		}
		return o
	case k == record.KindDecimal:
		return v.Decimal().Float()
	}
	return string(record.AppendText(nil, v, record.DefaultFormats)) // a copy: the reader uses its memory again
}

// toValue gives JSON the types that it shows.
func toValue(v any) record.Value {
	switch v := v.(type) {
	case bool:
		return record.BoolValue(v)
	case int64:
		if int64(int32(v)) == v { //nolint:gosec // that is asked
			return record.IntValue(int32(v))
		}
		return record.LongValue(v)
	case *big.Int:
		return record.BigIntValue(v)
	case float64:
		return record.DoubleValue(v)
	case string:
		return record.StringValue(v)
	case *jsonpath.Array:
		items := make([]record.Value, len(v.Items))
		for i, item := range v.Items {
			items[i] = toValue(item)
		}
		return record.ArrayValue(items)
	case *jsonpath.Object:
		fields := make([]record.Field, 0, len(v.Keys()))
		values := make([]record.Value, 0, len(v.Keys()))
		for _, k := range v.Keys() {
			sub, _ := v.Get(k)
			value := toValue(sub)
			fields, values = append(fields, record.Field{Name: k, Type: record.TypeOf(value)}), append(values, value)
		}
		return record.RecordValue(record.Of(record.NewSchema(fields...), values...))
	}
	return record.Null
}

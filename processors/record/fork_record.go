package record

import (
	"context"
	"io"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/sdk/recordpath"
)

// ForkRecord makes several records of one that holds arrays.
var ForkRecord = sdk.Component{
	Type:     "org.apache.nifi.processors.standard.ForkRecord",
	Artifact: "nifi-standard-nar",
	New:      func() sdk.Processor { return new(forkRecord) },
}

type forkMode string

const (
	forkExtract forkMode = "extract"
	forkSplit   forkMode = "split"
)

type forkRecord struct {
	formats
	mode                    forkMode
	parents                 bool
	arrays                  []sdk.DynamicProperty
	forked, original, fault sdk.Relationship
	paths                   paths
}

func (p *forkRecord) Describe(s *sdk.Spec) {
	s.About("Makes a record of each element of the arrays that RecordPaths select in a record.",
		"fork", "record", "content", "array", "stream", "event")
	s.InputRequired()
	s.Batching(0)
	s.SideEffectFree()
	p.describe(s)
	sdk.Choice(s, &p.mode, "Mode", "What becomes a record.", nil, sdk.Required, sdk.Default(string(forkSplit)), sdk.OneOf(
		sdk.Allowed{Value: string(forkExtract), Display: "Extract", Doc: "Each element of the array, which must be a record."},
		sdk.Allowed{Value: string(forkSplit), Display: "Split", Doc: "The whole record with an array of one element, once for each element."}))
	s.Bool(&p.parents, "Include Parent Fields", "With Extract, whether the fields of the records around the array, up to the root, are "+
		"added to each element. Of fields with the same name the deepest counts.", sdk.Required, sdk.Default("false"))
	s.Dynamics(&p.arrays, sdk.DynamicSpec{
		EL: sdk.FlowFileEL, NameDoc: "A name of your choice for the array.", ValueDoc: "A RecordPath to the array.", Doc: "The arrays to be forked.",
	})
	s.Rel(&p.forked, "fork", "The new records.")
	s.Rel(&p.original, "original", "FlowFiles that were forked, unchanged.")
	s.Rel(&p.fault, "failure", "FlowFiles that could not be read or written, unchanged.")
}

// MigrateProperties accepts the names of NiFi 1.x.
func (p *forkRecord) MigrateProperties(values map[string]string) {
	p.migrate(values)
	sdk.Rename(values, "fork-mode", "Mode")
	sdk.Rename(values, "include-parent-fields", "Include Parent Fields")
}

// Validate wants paths that compile.
func (p *forkRecord) Validate() []error {
	var problems []error
	for _, d := range p.arrays {
		problems = append(problems, checkPath(d.Name, d.Value)...)
	}
	return problems
}

func (p *forkRecord) Trigger(ctx context.Context, s *sdk.Session) error {
	for _, ff := range take(s) {
		f := &forker{forkRecord: p}
		out, err := s.Write(s.CreateFrom(ff), func(w io.Writer) error { return f.fork(ctx, s, ff, w) })
		if err != nil {
			s.Remove(out)
			if err := fail(ctx, s, ff, p.fault, "fork records", err); err != nil {
				return err
			}
			continue
		}
		s.Counter("Records Processed", f.read)
		s.Counter("Records Generated", f.result.Count)
		s.Transfer(s.PutAttrs(out, attributes(f.result)...), p.forked)
		s.Transfer(ff, p.original)
	}
	return nil
}

// forker forks the records of one FlowFile.
type forker struct {
	*forkRecord
	by     []*recordpath.Path
	writer record.Writer
	read   int64
	result record.WriteResult
}

func (f *forker) fork(ctx context.Context, s *sdk.Session, ff sdk.FlowFile, out io.Writer) error {
	for _, d := range f.arrays {
		path, err := f.paths.compile(d.Value, ff)
		if err != nil {
			return err
		}
		if path != nil {
			f.by = append(f.by, path)
		}
	}
	in, err := s.Read(ff)
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // it was only read
	attrs := ff.AttrMap()
	reader, err := f.reader.NewReader(ctx, attrs, in, ff.Size())
	if err != nil {
		return err
	}
	defer reader.Close() //nolint:errcheck // it was only read
	schema, err := reader.Schema()
	if err != nil {
		return err
	}
	err = each(ctx, reader, func(r *record.Record) error {
		if f.read++; f.writer == nil {
			if err := f.open(ctx, r, schema, out, attrs); err != nil {
				return err
			}
		}
		return f.write(r)
	})
	if err == nil && f.writer == nil {
		err = f.open(ctx, nil, schema, out, attrs)
	}
	if err == nil {
		f.result, err = f.writer.Finish()
	}
	return err
}

// open starts the record set. A writer that inherits its schema gets, with Extract, that of the elements in the first record.
func (f *forker) open(ctx context.Context, first *record.Record, schema *record.Schema, out io.Writer, attrs map[string]string) error {
	chosen, err := f.forkRecord.writer.SchemaFor(attrs, schema)
	if err != nil {
		return err
	}
	if chosen == schema && f.mode == forkExtract && first != nil {
		if schema, err = f.elementSchema(first); err != nil {
			return err
		}
	}
	f.writer, err = newWriter(ctx, f.forkRecord.writer, schema, out, attrs)
	return err
}

func (f *forker) elementSchema(first *record.Record) (*record.Schema, error) {
	schema := record.NewSchema()
	for _, path := range f.by {
		selected, err := path.Eval(first)
		if err != nil {
			return nil, err
		}
		for _, sel := range selected {
			t := arrayType(sel)
			if t == nil || t.Elem.Kind != record.KindRecord || t.Elem.Schema == nil {
				continue
			}
			for _, field := range t.Elem.Schema.Fields() {
				schema = schema.With(field)
			}
			if f.parents {
				schema = withParents(schema, sel)
			}
		}
	}
	return schema, nil
}

// arrayType is the type of the array at a place, nil if there is none.
func arrayType(sel *recordpath.Selected) *record.Type {
	t := sel.Type
	if t != nil && t.Kind == record.KindChoice {
		if t = record.Choose(sel.Value, sel.Type, record.DefaultFormats); t == nil {
			for _, option := range sel.Type.Options {
				if option.Kind == record.KindArray && (t == nil || option.Elem.Kind == record.KindRecord) {
					t = option
				}
			}
		}
	}
	if t == nil || t.Kind != record.KindArray {
		return nil
	}
	return t
}

func withParents(schema *record.Schema, sel *recordpath.Selected) *record.Schema {
	for ; sel.Parent() != nil; sel = sel.Parent() {
		r := sel.Parent().Value.Record()
		if r == nil {
			continue
		}
		for _, field := range r.Schema().Fields() {
			if field.Name != sel.Name && schema.Index(field.Name) < 0 {
				schema = schema.With(field)
			}
		}
	}
	return schema
}

func (f *forker) write(r *record.Record) error {
	for _, path := range f.by {
		selected, err := path.Eval(r)
		if err != nil {
			return err
		}
		for _, sel := range selected {
			t := arrayType(sel)
			if t == nil || sel.Value.Kind() != record.KindArray {
				continue
			}
			if f.mode == forkSplit {
				err = f.split(r, sel)
			} else if t.Elem.Kind == record.KindRecord {
				err = f.extract(sel)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// split writes the record once for each element of the array. As in NiFi, the array keeps the last one.
func (f *forker) split(r *record.Record, sel *recordpath.Selected) error {
	for _, item := range sel.Value.Array() {
		if err := sel.SetTyped(record.ArrayValue([]record.Value{item}), sel.Type); err != nil {
			return err
		}
		if err := f.writer.Write(r); err != nil {
			return err
		}
	}
	return nil
}

func (f *forker) extract(sel *recordpath.Selected) error {
	for _, item := range sel.Value.Array() {
		element := item.Record()
		if element == nil {
			continue
		}
		if f.parents {
			addParents(element, sel)
		}
		if err := f.writer.Write(element); err != nil {
			return err
		}
	}
	return nil
}

// addParents adds the fields of the records around the place that the element has not, or that are null in it.
func addParents(element *record.Record, sel *recordpath.Selected) {
	for ; sel.Parent() != nil; sel = sel.Parent() {
		r := sel.Parent().Value.Record()
		if r == nil {
			continue
		}
		for i, field := range r.Schema().Fields() {
			if field.Name != sel.Name && element.Get(field.Name).IsNull() {
				element.Put(field, r.At(i))
			}
		}
	}
}

package json

import (
	"errors"
	"fmt"
	"io"
	"math/big"

	"github.com/braidflow/braid/sdk/jsonpath"
	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/services/record/infer"
)

// NamedPath is the path at which the value of a field is found.
type NamedPath struct {
	Name string
	Path *jsonpath.Path
}

// PathReader reads objects as records whose fields are found by paths.
type PathReader struct {
	objects *Reader
	paths   []NamedPath
	schema  *record.Schema
	rec     *record.Record
	lenient bool
}

// NewPathReader reads from in; Options.Schema has the fields of the records,
// those without a path are null.
func NewPathReader(in io.Reader, o Options, paths []NamedPath) *PathReader {
	p := &PathReader{paths: paths, schema: o.Schema, rec: record.New(o.Schema)}
	o.Schema = record.NewSchema()
	p.objects = NewReader(in, o)
	return p
}

// Schema implements [record.Reader].
func (p *PathReader) Schema() (*record.Schema, error) { return p.schema, nil }

// Close implements [record.Reader].
func (p *PathReader) Close() error { return nil }

// Lenient implements [record.Lenient].
func (p *PathReader) Lenient() { p.lenient = true }

// Read implements [record.Reader], as [Reader.Read].
func (p *PathReader) Read() (*record.Record, error) {
	object, err := p.objects.Object()
	if err != nil {
		return nil, err
	}
	doc := document(object)
	p.rec.ResetSchema(p.schema)
	clear(p.rec.Values())
	for _, np := range p.paths {
		i := p.schema.Index(np.Name)
		if i < 0 {
			continue
		}
		v, err := find(np, doc)
		if err == nil && !v.IsNull() {
			var c record.Value
			if c, err = Fit(v, p.schema.Type(i), p.objects.opts.Formats); err != nil && p.lenient {
				c, err = v, nil
			}
			v = c
		}
		if err != nil {
			return nil, p.objects.unfit(np.Name, err)
		}
		if v.IsNull() {
			v = p.schema.Field(i).Default
		}
		p.rec.SetAt(i, v)
	}
	return p.rec, nil
}

// Object reads the next object as a MAP, in place of Read.
func (r *Reader) Object() (record.Value, error) {
	r.loc.inRecord = false
	c, err := r.loc.next()
	if errors.Is(err, errEnd) && len(r.loc.open) == 0 {
		return record.Null, io.EOF
	}
	r.row++
	if err != nil {
		return record.Null, r.malformed(err)
	}
	if c != '{' {
		if err := r.loc.skip(); err != nil {
			return record.Null, r.malformed(err)
		}
		return record.Null, r.unfit("", errors.New("expected an object"))
	}
	r.loc.startRecord()
	r.arena.reset()
	v, err := r.object()
	if err != nil {
		return record.Null, r.malformed(err)
	}
	return v, nil
}

// find is null for what is not there.
func find(np NamedPath, doc any) (record.Value, error) {
	v, err := np.Path.Read(doc)
	if errors.Is(err, jsonpath.ErrNotFound) {
		return record.Null, nil
	}
	if err != nil {
		return record.Null, fmt.Errorf("path %s: %w", np.Path, err)
	}
	return valueOf(v), nil
}

// document makes of a value what paths are evaluated on.
func document(v record.Value) any {
	switch v.Kind() {
	case record.KindNull:
		return nil
	case record.KindBoolean:
		return v.Bool()
	case record.KindInt, record.KindLong:
		return v.Int()
	case record.KindBigInt:
		return v.BigInt()
	case record.KindDouble:
		return v.Float()
	case record.KindArray:
		a := &jsonpath.Array{Items: make([]any, v.Len())}
		for i, item := range v.Array() {
			a.Items[i] = document(item)
		}
		return a
	case record.KindMap:
		o := jsonpath.NewObject()
		for i := range v.Len() {
			o.Set(v.Map().Key(i), document(v.Map().At(i)))
		}
		return o
	}
	return record.ToString(v, nil)
}

// valueOf is the reverse of document.
func valueOf(v any) record.Value {
	switch v := v.(type) {
	case nil:
		return record.Null
	case bool:
		return record.BoolValue(v)
	case int64:
		if v == int64(int32(v)) {
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
			items[i] = valueOf(item)
		}
		return record.ArrayValue(items)
	case *jsonpath.Object:
		keys := v.Keys()
		m := record.NewMap(len(keys))
		for _, k := range keys {
			item, _ := v.Get(k)
			m.Append(k, valueOf(item))
		}
		return record.MapValue(m)
	}
	return record.StringValue(jsonpath.Text(v))
}

// InferPaths reads all content and returns the narrowest schema for what the
// paths find. Options.Schema is ignored; inference ends at broken JSON.
func InferPaths(in io.Reader, o Options, paths []NamedPath, times TimeMatcher) (*record.Schema, error) {
	o.Schema = record.NewSchema()
	objects := NewReader(in, o)
	root := &infer.Node{}
	for _, np := range paths {
		root.Field([]byte(np.Name))
	}
	text := func(s string) *record.Type { return textType([]byte(s), times) }
	for {
		object, err := objects.Object()
		if objects.loc.parser.err != nil {
			return nil, objects.loc.parser.err
		}
		var bad *record.MalformedError
		if errors.As(err, &bad) && bad.Resumable {
			continue
		}
		if err != nil {
			break
		}
		doc := document(object)
		for _, np := range paths {
			if v, err := find(np, doc); err == nil {
				root.Field([]byte(np.Name)).Add(v, text)
			}
		}
	}
	return root.Schema(""), nil //nolint:nilerr // reading reports what is broken
}

package xml

import (
	"fmt"
	"io"

	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/services/record/infer"
	"github.com/braidflow/braid/services/record/json"
)

// Options say how XML becomes records.
type Options struct {
	Schema  *record.Schema
	Formats *record.Formats
	// Array says that the root element wraps the records; otherwise it is the record.
	Array bool
	// Attributes makes fields of attributes, whose names begin with Prefix.
	Attributes bool
	Prefix     string
	// Content is the field for the text of elements that have fields as well;
	// "" drops it.
	Content string
}

// Reader reads elements as records. It reuses one Record.
type Reader struct {
	parser  *parser
	opts    Options
	rec     *record.Record
	row     int64
	lenient bool
	failed  error // is all that Read gives from here on
	opened  bool
}

// NewReader reads from in, whose character set the XML declaration tells.
// Options.Schema is required; fields that it lacks are dropped.
func NewReader(in io.Reader, o Options) *Reader {
	r := &Reader{opts: o, rec: record.New(o.Schema)}
	r.parser = newParser(in, &r.opts)
	return r
}

// Schema implements [record.Reader].
func (r *Reader) Schema() (*record.Schema, error) { return r.opts.Schema, nil }

// Close implements [record.Reader].
func (r *Reader) Close() error { return nil }

// Lenient implements [record.Lenient].
func (r *Reader) Lenient() { r.lenient = true }

// Read implements [record.Reader]. A value that does not fit its field gives a
// resumable [record.MalformedError], broken XML a final one.
func (r *Reader) Read() (*record.Record, error) {
	if r.failed != nil {
		return nil, r.failed
	}
	e, err := r.next()
	if err != nil {
		if err != io.EOF {
			err = r.parser.malformed(r.row+1, err)
		}
		r.failed = err
		return nil, err
	}
	r.row++
	r.rec.ResetSchema(r.opts.Schema)
	if _, column, err := r.fields(r.rec, e); err != nil {
		line, _ := r.parser.dec.InputPos()
		return nil, &record.MalformedError{Row: r.row, Line: int64(line), Column: column, Err: err, Resumable: true}
	}
	return r.rec, nil
}

func (r *Reader) next() (*element, error) {
	if !r.opened {
		r.opened = true
		if err := r.parser.open(); err != nil {
			return nil, err
		}
	}
	return r.parser.next()
}

// fields fills rec; it tells whether any field has a value, and which one does not fit.
func (r *Reader) fields(rec *record.Record, e *element) (some bool, column string, err error) {
	s, values := rec.Schema(), rec.Values()
	for i := range values {
		values[i] = record.Missing
	}
	several := map[int][]*element{} // of arrays and CHOICEs
	for _, c := range e.children {
		i := r.index(s, c)
		if i < 0 {
			continue
		}
		if k := s.Type(i).Kind; k == record.KindArray || k == record.KindChoice {
			several[i] = append(several[i], c)
			continue
		}
		v, err := r.value(c, s.Type(i))
		if err != nil {
			return false, s.FieldName(i), err
		}
		if !v.IsNull() {
			values[i], some = v, true
		}
	}
	for i, elements := range several {
		if values[i], err = r.several(elements, s.Type(i)); err != nil {
			return false, s.FieldName(i), err
		}
		some = some || !values[i].IsNull()
	}
	if i := s.Index(r.opts.Content); r.opts.Content != "" && e.text != "" && i >= 0 {
		if values[i], err = r.scalar(e.text, s.Type(i)); err != nil {
			return false, r.opts.Content, err
		}
		some = some || !values[i].IsNull()
	}
	return some, "", nil
}

// index finds the field of an element or attribute, -1 if there is none.
func (r *Reader) index(s *record.Schema, c *element) int {
	if c.attr {
		if i := s.Index(r.opts.Prefix + c.name); i >= 0 {
			return i
		}
	}
	return s.Index(c.name)
}

// several is the array that elements of one name make, or the choice that suits them.
func (r *Reader) several(elements []*element, t *record.Type) (record.Value, error) {
	if t.Kind == record.KindChoice {
		return r.choice(elements, t)
	}
	items := make([]record.Value, 0, len(elements))
	for i, e := range elements {
		v, err := r.value(e, t.Elem)
		if err != nil {
			return record.Null, fmt.Errorf("element %d: %w", i, err)
		}
		if !v.IsNull() {
			items = append(items, v)
		}
	}
	if len(items) == 0 {
		return record.Null, nil
	}
	return record.ArrayValue(items), nil
}

func (r *Reader) choice(elements []*element, t *record.Type) (record.Value, error) {
	var items []record.Value
	for _, e := range elements {
		if v := untyped(e, &r.opts); !v.IsNull() {
			items = append(items, v)
		}
	}
	switch len(items) {
	case 0:
		return record.Null, nil
	case 1:
		return r.lenientOr(items[0], t)
	}
	return r.lenientOr(record.ArrayValue(items), t)
}

func (r *Reader) lenientOr(v record.Value, t *record.Type) (record.Value, error) {
	c, err := json.Fit(v, t, r.opts.Formats)
	if err != nil && r.lenient {
		return v, nil
	}
	return c, err
}

func (r *Reader) value(e *element, t *record.Type) (record.Value, error) {
	switch t.Kind {
	case record.KindRecord:
		if t.Schema == nil {
			return record.Null, nil
		}
		rec := record.New(t.Schema)
		some, column, err := r.fields(rec, e)
		if err != nil {
			return record.Null, fmt.Errorf("field %q: %w", column, err)
		}
		if !some {
			return record.Null, nil
		}
		return record.RecordValue(rec), nil
	case record.KindArray, record.KindChoice:
		return r.several([]*element{e}, t)
	case record.KindMap:
		return r.mapping(e, t)
	}
	return r.scalar(e.text, t)
}

func (r *Reader) mapping(e *element, t *record.Type) (record.Value, error) {
	m := record.NewMap(len(e.children))
	names, groups := group(e.children, func(c *element) string {
		if c.attr {
			return ""
		}
		return c.name
	})
	for _, name := range names {
		if name == "" {
			continue
		}
		elements := groups[name]
		v, err := r.value(elements[len(elements)-1], t.Elem)
		if k := t.Elem.Kind; k == record.KindArray || k == record.KindChoice {
			v, err = r.several(elements, t.Elem)
		}
		if err != nil {
			return record.Null, fmt.Errorf("key %q: %w", name, err)
		}
		m.Append(name, v)
	}
	if m.Len() == 0 {
		return record.Null, nil
	}
	return record.MapValue(m), nil
}

// group puts elements of one key together, in the order of appearance.
func group(elements []*element, key func(*element) string) (keys []string, groups map[string][]*element) {
	groups = map[string][]*element{}
	for _, e := range elements {
		k := key(e)
		if groups[k] == nil {
			keys = append(keys, k)
		}
		groups[k] = append(groups[k], e)
	}
	return keys, groups
}

func (r *Reader) scalar(text string, t *record.Type) (record.Value, error) {
	if text == "" {
		return record.Null, nil
	}
	v := record.StringValue(text)
	c, err := record.Convert(v, t, r.opts.Formats)
	if err != nil && r.lenient {
		return v, nil
	}
	return c, err
}

// untyped is an element without a schema: text, or a MAP if it has fields.
func untyped(e *element, o *Options) record.Value {
	if len(e.children) == 0 {
		if e.text == "" {
			return record.Null
		}
		return record.StringValue(e.text)
	}
	m := record.NewMap(len(e.children))
	names, groups := group(e.children, func(c *element) string {
		if c.attr {
			return o.Prefix + c.name
		}
		return c.name
	})
	for _, name := range names {
		items := make([]record.Value, len(groups[name]))
		for i, c := range groups[name] {
			items[i] = untyped(c, o)
		}
		if len(items) == 1 {
			m.Append(name, items[0])
		} else {
			m.Append(name, record.ArrayValue(items))
		}
	}
	if o.Content != "" && e.text != "" {
		m.Set(o.Content, record.StringValue(e.text))
	}
	return record.MapValue(m)
}

// Infer reads all content and returns the narrowest schema that takes it, named
// after the first record's element. Options.Schema is ignored; inference ends at
// broken XML, which reading reports. text tells the type that a text looks like.
func Infer(in io.Reader, o Options, text func(string) *record.Type) (*record.Schema, error) {
	p := newParser(in, &o)
	root, name := &infer.Node{}, ""
	if p.open() != nil {
		return root.Schema(""), nil //nolint:nilerr // reading reports it
	}
	for {
		e, err := p.next()
		if err != nil {
			return root.Schema(name), inputError(err)
		}
		if name == "" {
			name = e.name
		}
		if v := untyped(e, &o); v.Kind() == record.KindMap {
			root.Add(v, text)
		}
	}
}

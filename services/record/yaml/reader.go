// Package yaml reads YAML as records: the codec behind the YamlTreeReader service.
//
// A document is a mapping, which is a record, or a sequence of them. A document
// is held in memory as a whole, and so is bounded; of several documents in a
// content only one at a time is. Aliases are followed within bounds.
package yaml

import (
	"errors"
	"fmt"
	"io"
	"math/big"
	"strconv"
	"strings"

	yaml "go.yaml.in/yaml/v3"

	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/services/record/infer"
	"github.com/braidflow/braid/services/record/json"
)

const (
	maxDocument = 32 << 20 // bytes
	maxNodes    = 4 << 20  // of a document, with its aliases
	maxDepth    = 500
)

// Options say how YAML becomes records.
type Options struct {
	Schema  *record.Schema
	Formats *record.Formats
	// Field is the key whose value holds the records; "" means that the
	// document itself does.
	Field string
	// MaxString bounds the bytes of one text; 0 means no other bound than that of a document.
	MaxString int
}

// Reader reads mappings as records.
type Reader struct {
	docs    *documents
	opts    Options
	row     int64
	lenient bool
}

// NewReader reads from in, which must be UTF-8 or UTF-16. Options.Schema is
// required; fields that it lacks are dropped.
func NewReader(in io.Reader, o Options) *Reader {
	return &Reader{docs: newDocuments(in, &o), opts: o}
}

// Schema implements [record.Reader].
func (r *Reader) Schema() (*record.Schema, error) { return r.opts.Schema, nil }

// Close implements [record.Reader].
func (r *Reader) Close() error { return nil }

// Lenient implements [record.Lenient].
func (r *Reader) Lenient() { r.lenient = true }

// Read implements [record.Reader]. What is no mapping, or does not fit its
// fields, gives a resumable [record.MalformedError], broken YAML a final one.
func (r *Reader) Read() (*record.Record, error) {
	v, line, err := r.docs.next()
	if err == io.EOF || r.docs.limit.err != nil {
		return nil, err
	}
	r.row++
	if err != nil {
		return nil, &record.MalformedError{Row: r.row, Line: line, Err: err}
	}
	if v.Kind() != record.KindMap {
		return nil, &record.MalformedError{Row: r.row, Line: line, Err: errors.New("expected a mapping"), Resumable: true}
	}
	rec := record.New(r.opts.Schema)
	for i, f := range r.opts.Schema.Fields() {
		item, ok := v.Map().Get(f.Name)
		for _, alias := range f.Aliases {
			if !ok {
				item, ok = v.Map().Get(alias)
			}
		}
		if !ok {
			rec.SetAt(i, record.Missing)
			continue
		}
		c, err := json.Fit(item, f.Type, r.opts.Formats)
		if err != nil && !r.lenient {
			return nil, &record.MalformedError{Row: r.row, Line: line, Column: f.Name, Err: err, Resumable: true}
		}
		if err != nil {
			c = item
		}
		rec.SetAt(i, c)
	}
	return rec, nil
}

// Infer reads all content and returns the narrowest schema that takes it, as
// that of JSON. Options.Schema is ignored; inference ends at broken YAML, which reading reports.
func Infer(in io.Reader, o Options, times infer.TimeMatcher) (*record.Schema, error) {
	root := &infer.Node{}
	docs := newDocuments(in, &o)
	text := func(s string) *record.Type {
		if times != nil {
			if t := times(s); t != nil {
				return t
			}
		}
		return record.String
	}
	for {
		v, _, err := docs.next()
		if docs.limit.err != nil {
			return nil, docs.limit.err
		}
		if err != nil {
			break
		}
		if v.Kind() == record.KindMap {
			root.Add(v, text)
		}
	}
	return root.Schema(""), nil //nolint:nilerr // reading reports what is broken
}

// documents yields the values that should be records.
type documents struct {
	dec   *yaml.Decoder
	limit *limiter
	opts  *Options
	items []*yaml.Node // of the document, not yet read
	nodes int
	err   error
}

func newDocuments(in io.Reader, o *Options) *documents {
	l := &limiter{in: in}
	return &documents{dec: yaml.NewDecoder(l), limit: l, opts: o}
}

// limiter fails when a document is too large.
type limiter struct {
	in   io.Reader
	read int
	err  error // of in
}

// Read implements [io.Reader].
func (l *limiter) Read(p []byte) (int, error) {
	if l.read > maxDocument {
		return 0, fmt.Errorf("a YAML document has more than %d bytes", maxDocument)
	}
	n, err := l.in.Read(p)
	l.read += n
	if err != io.EOF {
		l.err = err
	}
	return n, err
}

// next returns the next value and its line; io.EOF after the last.
func (d *documents) next() (record.Value, int64, error) {
	for len(d.items) == 0 {
		if d.err == nil {
			d.err = d.document()
		}
		if d.err != nil {
			return record.Null, 0, d.err
		}
	}
	n := d.items[0]
	d.items = d.items[1:]
	v, err := d.value(n, 0)
	if err != nil {
		d.items, d.err = nil, err
	}
	return v, int64(n.Line), err
}

// document reads a document and finds the records in it. The library panics on
// some faulty input, of which nothing else may suffer.
func (d *documents) document() (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("YAML: %v", p)
		}
	}()
	d.limit.read, d.nodes = 0, 0
	var doc yaml.Node
	if err := d.dec.Decode(&doc); err != nil {
		return err
	}
	root := &doc
	if root.Kind == yaml.DocumentNode && len(root.Content) == 1 {
		root = root.Content[0]
	}
	if d.opts.Field != "" {
		if root = field(root, d.opts.Field, 0); root == nil {
			return nil
		}
	}
	for root.Kind == yaml.AliasNode {
		root = root.Alias
	}
	switch {
	case root.Kind == yaml.SequenceNode:
		d.items = root.Content
	case root.Kind != 0 && root.ShortTag() != "!!null":
		d.items = []*yaml.Node{root}
	}
	return nil
}

// field finds the value of the first key of that name, at any depth.
func field(n *yaml.Node, name string, depth int) *yaml.Node {
	if depth > maxDepth {
		return nil
	}
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode {
			if i%2 == 0 {
				if c.Value == name {
					return n.Content[i+1]
				}
				continue
			}
		}
		if found := field(c, name, depth+1); found != nil {
			return found
		}
	}
	return nil
}

// value is a node as an untyped value, in which mappings are MAPs.
func (d *documents) value(n *yaml.Node, depth int) (record.Value, error) {
	if d.nodes++; d.nodes > maxNodes {
		return record.Null, fmt.Errorf("line %d: the document has more than %d values, its aliases included", n.Line, maxNodes)
	}
	if depth > maxDepth {
		return record.Null, fmt.Errorf("line %d: nested deeper than %d levels", n.Line, maxDepth)
	}
	switch n.Kind {
	case yaml.AliasNode:
		return d.value(n.Alias, depth+1)
	case yaml.SequenceNode:
		items := make([]record.Value, len(n.Content))
		for i, c := range n.Content {
			v, err := d.value(c, depth+1)
			if err != nil {
				return record.Null, err
			}
			items[i] = v
		}
		return record.ArrayValue(items), nil
	case yaml.MappingNode:
		m := record.NewMap(len(n.Content) / 2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			v, err := d.value(n.Content[i+1], depth+1)
			if err != nil {
				return record.Null, err
			}
			m.Set(n.Content[i].Value, v)
		}
		return record.MapValue(m), nil
	}
	if d.opts.MaxString > 0 && len(n.Value) > d.opts.MaxString {
		return record.Null, fmt.Errorf("line %d: a text has more than %d bytes", n.Line, d.opts.MaxString)
	}
	return scalar(n), nil
}

func scalar(n *yaml.Node) record.Value {
	text := strings.ReplaceAll(n.Value, "_", "")
	switch n.ShortTag() {
	case "!!null":
		return record.Null
	case "!!bool":
		return record.BoolValue(strings.EqualFold(n.Value, "true"))
	case "!!int":
		if i, err := strconv.ParseInt(text, 0, 64); err == nil {
			if i == int64(int32(i)) {
				return record.IntValue(int32(i))
			}
			return record.LongValue(i)
		}
		if b, ok := new(big.Int).SetString(text, 0); ok {
			return record.BigIntValue(b)
		}
	case "!!float":
		var f float64
		if n.Decode(&f) == nil {
			if b, ok := new(big.Int).SetString(text, 10); ok { // an integer beyond 64 bits
				return record.BigIntValue(b)
			}
			return record.DoubleValue(f)
		}
	}
	return record.StringValue(n.Value)
}

// Package recordpath is NiFi's RecordPath: a language that selects values
// within a record, and functions over them.
//
// Compile turns the text of a path into a [Path] once; a Path evaluates
// records from any number of goroutines. What it selects is not only a value
// but a [Selected]: a place in the record, which knows its field and parent and
// can be set or removed.
//
// Where NiFi's implementation departs from its guide, the implementation is
// followed (descendants of a given name include all entries of maps on the way,
// comparisons with < and > of two numbers ignore fractions), with
// two exceptions: anchored takes arrays of records, and a relative path in the
// second argument of a predicate's function refers to the field at hand. Times
// without zone are UTC.
package recordpath

import (
	"errors"
	"fmt"

	"github.com/braidflow/braid/sdk/record"
)

// Path is a compiled RecordPath. It is immutable.
type Path struct {
	text  string
	seg   segment
	plain []step // of a path of only children, indexes and keys
}

// Compile parses a path. The error says where it is wrong.
func Compile(text string) (*Path, error) {
	tree, err := parse(text)
	if err == nil {
		var seg segment
		if seg, err = compileRoot(tree); err == nil {
			return &Path{text, seg, plainSteps(tree)}, nil
		}
	}
	return nil, fmt.Errorf("RecordPath %q: %w", text, err)
}

// String is the text that the path was compiled from.
func (p *Path) String() string { return p.text }

// Eval returns what the path selects in r. Values are those of the record
// itself, not copies.
func (p *Path) Eval(r *record.Record) ([]*Selected, error) { return p.EvalAt(r, nil) }

// EvalAt is Eval with a field to which relative paths refer, usually one that
// another path selected in the same record.
func (p *Path) EvalAt(r *record.Record, context *Selected) ([]*Selected, error) {
	c := &evaluation{root: r, context: context}
	var out []*Selected
	if s, ok := p.seg.(single); ok && s.isSingle() {
		if f := s.one(c); f != nil {
			c.result[0] = f
			out = c.result[:]
		}
	} else {
		p.seg.eval(c, func(f *Selected) bool { out = append(out, f); return true })
	}
	if c.err != nil {
		return nil, fmt.Errorf("RecordPath %q: %w", p.text, c.err)
	}
	return out, nil
}

// First returns the first value that the path selects and whether there is one.
// For paths of fields, indexes and map keys it allocates nothing.
func (p *Path) First(r *record.Record) (record.Value, bool, error) {
	if p.plain != nil {
		return firstPlain(p, r)
	}
	c := &evaluation{root: r}
	f := c.first(p.seg)
	if c.err != nil {
		return record.Null, false, fmt.Errorf("RecordPath %q: %w", p.text, c.err)
	}
	if f == nil {
		return record.Null, false, nil
	}
	return f.Value, true, nil
}

// Selected is a place in a record that a path has selected, or the result of
// a function there.
type Selected struct {
	Value record.Value
	// Name and Type are those of the field; elements of arrays and maps have the name
	// of their array or map. The Type of a literal is nil.
	Name string
	Type *record.Type

	parent *Selected
	index  int    // of an element of an array, otherwise -1
	key    string // of an entry of a map
	isKey  bool
}

// Parent is the place that holds this one, nil for the record itself and for
// results of functions that make something new.
func (s *Selected) Parent() *Selected { return s.parent }

// Field describes the place as a field.
func (s *Selected) Field() record.Field { return record.Field{Name: s.Name, Type: s.Type} }

var (
	errNoContext = errors.New("'.' and '..' have nothing to refer to here")
	errNoField   = errors.New("a literal or computed value is no field")
	errNoValue   = errors.New("nothing is selected where a value is needed")
)

// evaluation is one evaluation of a path over one record.
type evaluation struct {
	root    *record.Record
	context *Selected // to which . refers
	err     error
	slab    []Selected
	inline  [4]Selected
	result  [1]*Selected // of a path that selects one
}

func (c *evaluation) fail(err error) *Selected {
	if c.err == nil {
		c.err = err
	}
	return nil
}

// add keeps s for as long as the results are in use.
func (c *evaluation) add(s Selected) *Selected {
	if len(c.slab) == cap(c.slab) {
		if c.slab == nil {
			c.slab = c.inline[:0]
		} else {
			c.slab = make([]Selected, 0, 16)
		}
	}
	c.slab = append(c.slab, s)
	return &c.slab[len(c.slab)-1]
}

// derive is f with another value, as most functions return it.
func (c *evaluation) derive(f *Selected, v record.Value) *Selected {
	return c.add(Selected{Value: v, Name: f.Name, Type: f.Type, parent: f.parent, index: -1})
}

// retype is derive with another type, and a name for what is no field.
func (c *evaluation) retype(f *Selected, v record.Value, t *record.Type, name string) *Selected {
	if f.Type != nil {
		name = f.Name
	}
	return c.add(Selected{Value: v, Name: name, Type: t, parent: f.parent, index: -1})
}

// made is a value that belongs to no place in the record.
func (c *evaluation) made(v record.Value, t *record.Type, name string) *Selected {
	return c.add(Selected{Value: v, Name: name, Type: t, index: -1})
}

// first returns the first that seg selects, or nil.
func (c *evaluation) first(seg segment) (found *Selected) {
	seg.eval(c, func(f *Selected) bool { found = f; return false })
	if c.err != nil {
		return nil
	}
	return found
}

// text is the first that seg selects as text; false if there is none or it is null.
func (c *evaluation) text(seg segment) (string, bool) {
	f := c.first(seg)
	if f == nil || f.Value.IsNull() {
		return "", false
	}
	return textOf(f.Value), true
}

func textOf(v record.Value) string { return record.ToString(v, nil) }

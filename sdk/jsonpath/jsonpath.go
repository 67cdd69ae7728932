// Package jsonpath is Jayway's JsonPath, as NiFi uses it: the path language, its
// filters and functions, and the changes to a document, over JSON whose objects
// keep the order of their members.
//
// Values are nil, bool, int64, *big.Int, float64, string, *Array and *Object.
// Paths are compiled once and serve any number of goroutines; a document being
// changed belongs to one.
//
// Where Jayway is odd it is followed, because flows rely on what it returns: a
// path that may have many results (a wildcard, .., a filter, a slice) gives an
// Array, a missing property in one is passed over, and elsewhere it is
// ErrNotFound; max() of negative numbers is the smallest positive double; last()
// of one element fails.
package jsonpath

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

var (
	// ErrPath is wrapped by errors about a path's syntax.
	ErrPath = errors.New("invalid JSON path")
	// ErrNotFound is wrapped when a document has not what a path asks for.
	ErrNotFound = errors.New("no results for path")
	// ErrUse is wrapped when a document is not of the kind that a path needs.
	ErrUse = errors.New("path cannot be applied")

	// errInvalid is a fault in a filter that only makes the filter false.
	errInvalid = errors.New("invalid path")
)

// Path is a compiled path.
type Path struct {
	source string
	root   *token
}

// String is the path as it was written.
func (p *Path) String() string { return p.source }

// Definite reports whether the path has at most one result.
func (p *Path) Definite() bool { return p.root.pathDefinite() }

// Read is what the path finds in a document: one value if it is definite, an
// *Array of all results if not.
func (p *Path) Read(doc any) (any, error) {
	return p.read(doc, doc, false)
}

func (p *Path) read(item, root any, require bool) (any, error) {
	c := &evaluation{path: p, root: root, require: require}
	if err := p.root.eval(c, ref{kind: refRoot, parent: root}, item); err != nil {
		return nil, err
	}
	return c.value()
}

// Set puts a value in place of what the path finds.
func (p *Path) Set(doc, value any) error {
	return p.update(doc, func(r ref) error { return r.set(value) })
}

// Add appends a value to each array that the path finds.
func (p *Path) Add(doc, value any) error {
	return p.update(doc, func(r ref) error { return r.add(value) })
}

// Put sets a member in each object that the path finds.
func (p *Path) Put(doc any, key string, value any) error {
	if key == "" {
		return fmt.Errorf("%w: the key is empty", ErrUse)
	}
	return p.update(doc, func(r ref) error { return r.put(key, value) })
}

// Delete removes what the path finds.
func (p *Path) Delete(doc any) error {
	return p.update(doc, ref.delete)
}

func (p *Path) update(doc any, change func(ref) error) error {
	c := &evaluation{path: p, root: doc}
	if err := p.root.eval(c, ref{kind: refRoot, parent: doc}, doc); err != nil {
		return err
	}
	if len(c.refs) == 0 {
		return fmt.Errorf("%w %s", ErrNotFound, p.source)
	}
	slices.SortStableFunc(c.refs, compareRefs)
	for _, r := range c.refs {
		if err := change(r); err != nil {
			return err
		}
	}
	return nil
}

// evaluation gathers the results of one path on one document.
type evaluation struct {
	path     *Path
	root     any
	require  bool // a missing property is an error everywhere, for exists checks
	results  []any
	refs     []ref
	upstream map[*token]int // the index of the array element that a scan handed to a token
}

func (c *evaluation) add(r ref, value any) {
	c.results = append(c.results, value)
	c.refs = append(c.refs, r)
}

func (c *evaluation) value() (any, error) {
	if !c.path.Definite() {
		return &Array{Items: c.results}, nil
	}
	if len(c.results) == 0 {
		return nil, fmt.Errorf("%w %s", ErrNotFound, c.path.source)
	}
	return c.results[len(c.results)-1], nil
}

type refKind uint8

const (
	refRoot refKind = iota
	refIndex
	refProperty
	refProperties
)

// ref is a place in a document that can be changed.
type ref struct {
	kind   refKind
	parent any
	index  int
	names  []string
}

func (r ref) accessor() string {
	switch r.kind {
	case refRoot:
		return "$"
	case refIndex:
		return strconv.Itoa(r.index)
	}
	return strings.Join(r.names, "&&")
}

// compareRefs puts later places first, so that deleting one leaves the others
// where they are.
func compareRefs(a, b ref) int {
	if a.kind == refIndex && b.kind == refIndex {
		return cmp.Compare(b.index, a.index)
	}
	return cmp.Compare(b.accessor(), a.accessor())
}

var errPlace = fmt.Errorf("%w: the place cannot be changed so", ErrUse)

func (r ref) set(value any) error {
	switch parent := r.parent.(type) {
	case *Array:
		if r.kind != refIndex || r.index < 0 || r.index >= len(parent.Items) {
			return errPlace
		}
		parent.Items[r.index] = value
	case *Object:
		if r.kind != refProperty && r.kind != refProperties {
			return errPlace
		}
		for _, name := range r.names {
			parent.Set(name, value)
		}
	default:
		return errPlace
	}
	return nil
}

func (r ref) delete() error {
	switch parent := r.parent.(type) {
	case *Array:
		if r.kind != refIndex || r.index < 0 || r.index >= len(parent.Items) {
			return errPlace
		}
		parent.Items = slices.Delete(parent.Items, r.index, r.index+1)
	case *Object:
		if r.kind != refProperty && r.kind != refProperties {
			return errPlace
		}
		for _, name := range r.names {
			parent.Delete(name)
		}
	default:
		return errPlace
	}
	return nil
}

// target is the value at the place; missing says that there is none or a null.
func (r ref) target() (value any, missing bool, err error) {
	switch r.kind {
	case refRoot:
		return r.parent, false, nil
	case refIndex:
		array, ok := r.parent.(*Array)
		if !ok || r.index < 0 || r.index >= len(array.Items) {
			return nil, false, errPlace
		}
		value = array.Items[r.index]
	case refProperty:
		value, _ = r.parent.(*Object).Get(r.names[0])
	default:
		return nil, false, errPlace
	}
	return value, value == nil, nil
}

// add appends to an array; Jayway cannot do so to an element of another array.
func (r ref) add(value any) error {
	target, missing, err := r.target()
	if err != nil || missing {
		return err
	}
	array, ok := target.(*Array)
	if !ok || r.kind == refIndex {
		return errPlace
	}
	array.Items = append(array.Items, value)
	return nil
}

func (r ref) put(key string, value any) error {
	target, missing, err := r.target()
	if err != nil || missing {
		return err
	}
	object, ok := target.(*Object)
	if !ok {
		return errPlace
	}
	object.Set(key, value)
	return nil
}

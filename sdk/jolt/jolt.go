// Package jolt transforms JSON documents as bazaarvoice's Jolt does: shift, default, remove, sort, cardinality, and the three
// modify operations, alone or in a chain. It works on the values of package jsonpath.
//
// Each operation has a file. What they share is in key.go (the left sides of specifications: names, *, &, $, #, @) and in
// walk.go (the path that was walked through the document, which & and @ refer to).
//
// Where Jolt throws an exception because a reference goes above the root, nothing is written here.
package jolt

import (
	"errors"
	"fmt"

	"github.com/braidflow/braid/sdk/jsonpath"
)

// ErrSpec is wrapped by errors about a specification.
var ErrSpec = errors.New("invalid Jolt specification")

func specError(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrSpec, fmt.Sprintf(format, args...))
}

// Transform is a compiled specification, which may be used by many goroutines.
type Transform struct{ steps []operation }

// operation is one step of a chain. It may change its input, and returns what takes its place.
type operation interface {
	transform(input any) (any, error)
}

// Apply transforms a document, which must not be used afterwards: parts of it may be in the result.
func (t *Transform) Apply(doc any) (any, error) {
	for _, s := range t.steps {
		var err error
		if doc, err = s.transform(doc); err != nil {
			return nil, err
		}
	}
	return doc, nil
}

// maxDepth bounds how deep documents and specifications may be nested.
const maxDepth = 1000

// Compile compiles the specification of one operation, named as in a chain: shift, default, remove, sort, cardinality,
// modify-overwrite-beta, modify-default-beta, modify-define-beta.
func Compile(name string, spec any) (*Transform, error) {
	op, err := compileOne(name, spec)
	if err != nil {
		return nil, err
	}
	return &Transform{[]operation{op}}, nil
}

// CompileChain compiles a list of objects with the members operation and spec, or one such object.
func CompileChain(spec any) (*Transform, error) {
	list, ok := spec.(*jsonpath.Array)
	if o, one := spec.(*jsonpath.Object); one {
		list, ok = &jsonpath.Array{Items: []any{o}}, true
	}
	if !ok {
		return nil, specError("a chain is a list of operations")
	}
	if len(list.Items) == 0 {
		return nil, specError("the chain is empty")
	}
	t := &Transform{}
	for i, item := range list.Items {
		o, ok := item.(*jsonpath.Object)
		if !ok {
			return nil, specError("item %d of the chain is no object", i)
		}
		v, _ := o.Get("operation")
		name, ok := v.(string)
		if !ok {
			return nil, specError("item %d of the chain has no operation", i)
		}
		sub, _ := o.Get("spec")
		op, err := compileOne(name, sub)
		if err != nil {
			return nil, fmt.Errorf("item %d of the chain, %s: %w", i, name, err)
		}
		t.steps = append(t.steps, op)
	}
	return t, nil
}

func compileOne(name string, spec any) (operation, error) {
	if deep(spec, maxDepth/2) {
		return nil, specError("it is nested too deep")
	}
	if name == "sort" {
		return sortr{}, nil
	}
	o, ok := spec.(*jsonpath.Object)
	if !ok {
		return nil, specError("the spec of %s must be an object", name)
	}
	switch name {
	case "shift":
		return newShift(o)
	case "default":
		return newDefault(o)
	case "remove":
		return newRemove(o)
	case "cardinality":
		return newCardinality(o)
	case "modify-overwrite-beta":
		return newModify(o, overwrite)
	case "modify-default-beta":
		return newModify(o, byDefault)
	case "modify-define-beta":
		return newModify(o, define)
	}
	return nil, specError("there is no operation %q", name)
}

// deep tells whether a value is nested deeper than limit.
func deep(v any, limit int) bool {
	if limit < 0 {
		return true
	}
	switch v := v.(type) {
	case *jsonpath.Object:
		for _, k := range v.Keys() {
			if sub, _ := v.Get(k); deep(sub, limit-1) {
				return true
			}
		}
	case *jsonpath.Array:
		for _, sub := range v.Items {
			if deep(sub, limit-1) {
				return true
			}
		}
	}
	return false
}

// copyOf copies a value and all that it holds.
func copyOf(v any) any {
	switch v := v.(type) {
	case *jsonpath.Object:
		c := jsonpath.NewObject()
		for _, k := range v.Keys() {
			sub, _ := v.Get(k)
			c.Set(k, copyOf(sub))
		}
		return c
	case *jsonpath.Array:
		c := &jsonpath.Array{Items: make([]any, len(v.Items))}
		for i, sub := range v.Items {
			c.Items[i] = copyOf(sub)
		}
		return c
	}
	return v
}

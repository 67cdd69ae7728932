// Package extension knows the component types that are linked into this binary.
package extension

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/braidflow/braid/sdk"
)

// Registry maps type names to components. It is immutable and may be used concurrently.
type Registry struct {
	types map[string]Type
}

// Type is a component type with what its Describe declares, for everyone who does not run it.
type Type struct {
	sdk.Component
	Spec *sdk.Spec
}

// New makes a registry. Two components of the same type are an error.
func New(components ...sdk.Component) (*Registry, error) {
	r := &Registry{types: make(map[string]Type, len(components))}
	for _, c := range components {
		if _, twice := r.types[c.Type]; twice {
			return nil, fmt.Errorf("component type %s is registered twice", c.Type)
		}
		t := Type{Component: c, Spec: &sdk.Spec{}}
		switch {
		case c.New != nil:
			c.New().Describe(t.Spec)
		case c.NewService != nil:
			c.NewService().Describe(t.Spec)
		case c.NewReportingTask != nil:
			c.NewReportingTask().Describe(t.Spec)
		default:
			return nil, fmt.Errorf("component type %s has no constructor", c.Type)
		}
		r.types[c.Type] = t
	}
	return r, nil
}

// With returns a registry that knows more components.
func (r *Registry) With(components ...sdk.Component) (*Registry, error) {
	var all []sdk.Component
	for _, t := range r.All() {
		all = append(all, t.Component)
	}
	return New(append(all, components...)...)
}

// Get finds a type by its full name.
func (r *Registry) Get(typ string) (Type, bool) {
	t, ok := r.types[typ]
	return t, ok
}

// All returns the types in alphabetical order.
func (r *Registry) All() []Type {
	var out []Type
	for _, name := range slices.Sorted(maps.Keys(r.types)) {
		out = append(out, r.types[name])
	}
	return out
}

// ShortName is the last part of a type name, which users see.
func ShortName(typ string) string { return typ[strings.LastIndexByte(typ, '.')+1:] }

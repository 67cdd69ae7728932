package sdk

import (
	"fmt"
	"time"
)

// Value is what a property is set to.
type Value struct {
	Raw     string
	Set     bool       // false: there is no value, not even a default
	Expr    Expression // compiled, if the scope allows Expression Language
	Service any        // the referred controller service, if the property refers to one
}

// Text declares a text that is evaluated whenever it is asked for: over a FlowFile's attributes with [PerFlowFile], over
// the environment alone with [FromEnv] (ask with the zero FlowFile; ${now()} gives the time of asking).
func (s *Spec) Text(dst *Text, name, doc string, opts ...Option) {
	s.add(name, doc, "text", func(v Value) error {
		*dst = Text{raw: v.Raw, expr: v.Expr, set: v.Set}
		return nil
	}, opts)
}

// String declares a text without per-FlowFile values.
func (s *Spec) String(dst *string, name, doc string, opts ...Option) {
	Parsed(s, dst, func(v string) (string, error) { return v, nil }, name, doc, opts...)
}

// Int declares a whole number that is at least 0.
func (s *Spec) Int(dst *int, name, doc string, opts ...Option) {
	Parsed(s, dst, func(v string) (int, error) {
		n, err := parseInt(v)
		if err == nil && n < 0 {
			err = fmt.Errorf("%d is negative", n)
		}
		return int(n), err
	}, name, doc, append([]Option{typeName("integer")}, opts...)...)
}

// Bool declares a choice of true and false.
func (s *Spec) Bool(dst *bool, name, doc string, opts ...Option) {
	allowed := OneOf(Allowed{Value: "true"}, Allowed{Value: "false"})
	Parsed(s, dst, parseBool, name, doc, append([]Option{allowed, typeName("boolean")}, opts...)...)
}

// Duration declares a time span such as "5 sec".
func (s *Spec) Duration(dst *time.Duration, name, doc string, opts ...Option) {
	Parsed(s, dst, ParseDuration, name, doc, append([]Option{typeName("duration")}, opts...)...)
}

// Size declares a data size such as "10 MB".
func (s *Spec) Size(dst *int64, name, doc string, opts ...Option) {
	Parsed(s, dst, ParseSize, name, doc, append([]Option{typeName("data size")}, opts...)...)
}

// Choice declares an enumeration over a string type. For display names add [OneOf].
func Choice[T ~string](s *Spec, dst *T, name, doc string, allowed []T, opts ...Option) {
	var list []Allowed
	for _, a := range allowed {
		list = append(list, Allowed{Value: string(a)})
	}
	Parsed(s, dst, func(v string) (T, error) { return T(v), nil }, name, doc, append([]Option{OneOf(list...)}, opts...)...)
}

// Parsed declares a property of any type that can be made from text. dst is set to the zero value if there is none.
func Parsed[T any](s *Spec, dst *T, parse func(string) (T, error), name, doc string, opts ...Option) {
	s.add(name, doc, "text", func(v Value) (err error) {
		var zero T
		*dst = zero
		if v.Set {
			*dst, err = parse(v.Raw)
		}
		return err
	}, opts)
}

// Service declares a reference to a controller service that implements T; typeName is how flow definitions and users
// name the interface.
func Service[T any](s *Spec, dst *T, typeName, name, doc string, opts ...Option) {
	p := s.add(name, doc, "service", func(v Value) error {
		var zero T
		*dst = zero
		if v.Service == nil {
			return nil
		}
		t, ok := v.Service.(T)
		if !ok {
			return fmt.Errorf("the service is no %s", typeName)
		}
		*dst = t
		return nil
	}, opts)
	p.Service = typeName
	p.accepts = func(service any) bool { _, ok := service.(T); return ok }
}

// DynamicProperty is one that the user has added.
type DynamicProperty struct {
	Name    string
	Value   Text
	Service any // the referred controller service, with [DynamicSpec] Service
}

// Dynamics allows properties that the user adds and binds them, sorted by name.
func (s *Spec) Dynamics(dst *[]DynamicProperty, d DynamicSpec) {
	d.reset = func() { *dst = nil }
	d.set = func(name string, v Value) error {
		*dst = append(*dst, DynamicProperty{name, Text{v.Raw, v.Expr, v.Set}, v.Service})
		return nil
	}
	if d.EL == "" {
		d.EL = NoEL
	}
	s.Dynamic = &d
}

func (s *Spec) add(name, doc, typ string, set func(Value) error, opts []Option) *Property {
	p := &Property{Name: name, Display: name, Doc: doc, EL: NoEL, TypeName: typ, set: set}
	for _, o := range opts {
		o(p)
	}
	s.Properties = append(s.Properties, p)
	return p
}

func typeName(n string) Option { return func(p *Property) { p.TypeName = n } }

package sdk

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Environment is what an engine supplies to set values.
type Environment interface {
	// Compile compiles Expression Language and refuses what the scope does not allow.
	Compile(text string, scope Scope) (Expression, error)
	// Service returns the controller service with that id. An error says why it cannot be used now.
	Service(id string) (any, error)
}

// Problem says what is wrong with one property.
type Problem struct {
	Property string
	Value    string // "" for a secret
	Reason   string
}

// Error implements error in the form that NiFi's users know.
func (p Problem) Error() string {
	if p.Value != "" {
		return fmt.Sprintf("'%s' validated against '%s' is invalid because %s", p.Property, p.Value, p.Reason)
	}
	return fmt.Sprintf("'%s' is invalid because %s", p.Property, p.Reason)
}

// Configure sets all properties from raw values (keyed by property name; parameters already replaced) and returns
// what is wrong. It may be called again with other values as long as the component does not run.
func (s *Spec) Configure(values map[string]string, env Environment) []error {
	var problems []error
	for _, p := range s.Properties {
		v, has := values[p.Name]
		if !has {
			v, has = p.Default, p.HasDefault
		}
		if !s.applies(p, values) {
			v, has = "", false
		} else if reason := p.check(v, has); reason != "" {
			problems = append(problems, Problem{Property: p.Display, Value: p.shown(v), Reason: reason})
			continue
		}
		if err := p.assign(v, has, env); err != nil {
			problems = append(problems, Problem{Property: p.Display, Value: p.shown(v), Reason: err.Error()})
		}
	}
	s.values = values
	return append(problems, s.configureDynamic(values, env)...)
}

// check finds what is wrong with a value before it is assigned.
func (p *Property) check(v string, has bool) string {
	switch {
	case p.Required && (!has || v == "" && !p.Empty):
		return p.Display + " is required"
	case has && !p.allows(v) && !strings.Contains(v, "${"):
		var names []string
		for _, a := range p.Allowed {
			names = append(names, a.Value)
		}
		return "Given value not found in allowed set '" + strings.Join(names, ", ") + "'"
	}
	return ""
}

// assign compiles, evaluates what has no FlowFile to wait for, and hands the value to the bound field.
func (p *Property) assign(v string, has bool, env Environment) error {
	val := Value{Raw: v, Set: has}
	if !has {
		return p.set(val)
	}
	if p.Service != "" {
		service, err := env.Service(v)
		if err != nil {
			return err
		}
		val.Service = service
		return p.set(val)
	}
	if p.EL != NoEL {
		expr, err := env.Compile(v, p.EL)
		if err != nil {
			return err
		}
		val.Expr = expr
		if p.EL == EnvEL {
			if val.Raw, err = expr.Eval(nil); err != nil {
				return err
			}
		}
	}
	return p.set(val)
}

func (p *Property) shown(v string) string {
	if p.Secret {
		return ""
	}
	return v
}

func (s *Spec) configureDynamic(values map[string]string, env Environment) []error {
	if s.Dynamic != nil {
		s.Dynamic.reset()
	}
	var problems []error
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if s.Property(name) != nil {
			continue
		}
		if s.Dynamic == nil {
			problems = append(problems, Problem{Property: name, Value: values[name], Reason: "'" + name + "' is not a supported property or has no Validator associated with it"})
			continue
		}
		p := &Property{Name: name, Display: name, EL: s.Dynamic.EL, Dynamic: true, Service: s.Dynamic.Service}
		p.set = func(v Value) error { return s.Dynamic.set(name, v) }
		if err := p.assign(values[name], true, env); err != nil {
			problems = append(problems, Problem{Property: name, Value: values[name], Reason: err.Error()})
		}
	}
	return problems
}

// applies tells whether the properties on which p depends have the values that p needs, and apply themselves.
func (s *Spec) applies(p *Property, values map[string]string) bool {
	for _, need := range p.Needs {
		on := s.Property(need.Property)
		if on == nil {
			return false
		}
		v, has := values[on.Name]
		if !has {
			v, has = on.Default, on.HasDefault
		}
		fits := len(need.Values) == 0 || slices.Contains(need.Values, v) || (on.EL != NoEL && strings.Contains(v, "${"))
		if !has || !fits || !s.applies(on, values) {
			return false // an expression may give any of the values
		}
	}
	return true
}

// Applies tells whether a property matters with these values, for forms.
func (s *Spec) Applies(p *Property, values map[string]string) bool { return s.applies(p, values) }

// holds tells whether needs hold with the values of the last Configure.
func (s *Spec) holds(needs []Need) bool {
	return len(needs) == 0 || s.applies(&Property{Needs: needs}, s.values)
}

// Check looks for mistakes of the author, for tests: each is one line.
func (s *Spec) Check() error {
	var errs []error
	seen := map[string]bool{}
	for _, p := range s.Properties {
		if seen[p.Name] {
			errs = append(errs, fmt.Errorf("property %q is declared twice", p.Name))
		}
		seen[p.Name] = true
		if p.Doc == "" {
			errs = append(errs, fmt.Errorf("property %q has no help", p.Name))
		}
		if p.HasDefault && !p.allows(p.Default) {
			errs = append(errs, fmt.Errorf("property %q: its default %q is not allowed", p.Name, p.Default))
		}
		errs = append(errs, s.checkNeeds("property "+p.Name, p.Needs)...)
	}
	for _, r := range s.rels {
		if r.Doc == "" {
			errs = append(errs, fmt.Errorf("relationship %q has no help", r.Name))
		}
		errs = append(errs, s.checkNeeds("relationship "+r.Name, r.needs)...)
	}
	if s.Summary == "" {
		errs = append(errs, errors.New("the component has no summary: call About"))
	}
	return errors.Join(errs...)
}

func (s *Spec) checkNeeds(of string, needs []Need) []error {
	var errs []error
	for _, n := range needs {
		on := s.Property(n.Property)
		if on == nil {
			errs = append(errs, fmt.Errorf("%s depends on %q, which is not declared", of, n.Property))
			continue
		}
		for _, v := range n.Values {
			if !on.allows(v) {
				errs = append(errs, fmt.Errorf("%s depends on a value %q that %q does not allow", of, v, n.Property))
			}
		}
	}
	return errs
}

package params

import (
	"errors"
	"fmt"

	"github.com/braidflow/braid/internal/flow"
)

// The rules that a reference can break; the error's text names the parameter.
var (
	ErrUnknown   = errors.New("parameter does not exist")
	ErrNoValue   = errors.New("parameter has no value")
	ErrSensitive = errors.New("parameter and property must both be sensitive or both not")
)

// Effective is a parameter as a context shows it, with the id of the context that it comes from.
type Effective struct {
	flow.Parameter
	ContextID string
}

// EffectiveOf returns all parameters of a context by name: its own ones win over inherited ones, an earlier inherited
// context over a later one, at every level.
func EffectiveOf(f *flow.Flow, contextID string) map[string]Effective {
	all := map[string]Effective{}
	collect(f, contextID, all, map[string]bool{})
	return all
}

func collect(f *flow.Flow, contextID string, all map[string]Effective, seen map[string]bool) {
	c, ok := flow.Lookup[*flow.ParameterContext](f, contextID)
	if !ok || seen[contextID] {
		return
	}
	seen[contextID] = true
	for name, p := range c.Parameters {
		if _, nearer := all[name]; !nearer {
			all[name] = Effective{p, contextID}
		}
	}
	for _, id := range c.Inherited {
		collect(f, id, all, seen)
	}
}

// Property says what matters of a property to a [Resolver].
type Property struct {
	Sensitive bool
	EL        bool // supports the Expression Language
}

// Resolver resolves the values of one process group's components. It belongs to one snapshot of the flow and may be
// used concurrently.
type Resolver struct {
	all    map[string]Effective
	cipher *Cipher
}

// NewResolver returns a resolver for the components directly in a group. The cipher may be nil in a flow without
// sensitive values.
func NewResolver(f *flow.Flow, groupID string, cipher *Cipher) *Resolver {
	r := &Resolver{cipher: cipher}
	if c := f.Context(groupID); c != nil {
		r.all = EffectiveOf(f, c.ID)
	}
	return r
}

// Resolve returns the value that a component works with: references put in, sensitive values decrypted. The error says
// in one line why the stored value is not legal; it never holds a sensitive value.
func (r *Resolver) Resolve(value string, p Property) (string, error) {
	t := Parse(value, p.EL)
	if p.Sensitive {
		return r.sensitive(value, t)
	}
	for _, name := range t.Names() { // those inside expressions are not expanded here, but must be legal too
		if _, err := r.plain(name); err != nil {
			return "", err
		}
	}
	return t.Expand(r.plain)
}

func (r *Resolver) sensitive(value string, t Template) (string, error) {
	names := t.Names()
	if len(names) == 0 {
		return r.decrypt(value)
	}
	name, ok := t.Single()
	if !ok {
		return "", errors.New("a sensitive property may hold one parameter reference and nothing else, or none")
	}
	v, sensitive, err := r.value(name)
	if err == nil && !sensitive {
		return "", fmt.Errorf("%q: %w", name, ErrSensitive)
	}
	return v, err
}

func (r *Resolver) plain(name string) (string, error) {
	v, sensitive, err := r.value(name)
	if err == nil && sensitive {
		return "", fmt.Errorf("%q: %w", name, ErrSensitive)
	}
	return v, err
}

// Lookup returns the value of a parameter that is not sensitive, for expressions.
func (r *Resolver) Lookup(name string) (string, bool) {
	v, err := r.plain(name)
	return v, err == nil
}

// value reads a parameter; a value that is exactly one reference is an alias and resolved one level deep.
func (r *Resolver) value(name string) (value string, sensitive bool, err error) {
	p, ok := r.all[name]
	if !ok {
		return "", false, fmt.Errorf("%q: %w", name, ErrUnknown)
	}
	v, err := r.own(name, p)
	if err != nil {
		return "", p.Sensitive, err
	}
	target, alias := Parse(v, false).Single()
	if !alias {
		return v, p.Sensitive, nil
	}
	q, ok := r.all[target]
	switch {
	case !ok:
		return "", p.Sensitive, fmt.Errorf("%q, the value of %q: %w", target, name, ErrUnknown)
	case q.Sensitive != p.Sensitive:
		return "", p.Sensitive, fmt.Errorf("%q refers to %q, and one of the two is sensitive: %w", name, target, ErrSensitive)
	}
	v, err = r.own(target, q)
	return v, p.Sensitive, err
}

func (r *Resolver) own(name string, p Effective) (string, error) {
	if p.Value == nil {
		return "", fmt.Errorf("%q: %w", name, ErrNoValue)
	}
	if !p.Sensitive {
		return *p.Value, nil
	}
	v, err := r.decrypt(*p.Value)
	if err != nil {
		return "", fmt.Errorf("parameter %q: %w", name, err)
	}
	return v, nil
}

func (r *Resolver) decrypt(stored string) (string, error) {
	if !Encrypted(stored) {
		return stored, nil
	}
	if r.cipher == nil {
		return "", errNoKey
	}
	return r.cipher.Decrypt(stored)
}

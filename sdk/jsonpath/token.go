package jsonpath

import (
	"errors"
	"fmt"
	"slices"
)

type tokenKind uint8

const (
	tokRoot tokenKind = iota
	tokProperty
	tokIndex
	tokSlice
	tokWildcard
	tokScan
	tokFilter
	tokFunction
)

// token is one step of a path.
type token struct {
	kind       tokenKind
	item       bool     // tokRoot: @, not $
	names      []string // tokProperty
	indexes    []int    // tokIndex
	from, to   *int     // tokSlice
	filter     condition
	name       string // tokFunction
	params     []parameter
	next, prev *token
}

func (t *token) leaf() bool { return t.next == nil }

func (t *token) definite() bool {
	switch t.kind {
	case tokRoot, tokFunction:
		return true
	case tokProperty:
		return len(t.names) == 1 || t.leaf()
	case tokIndex:
		return len(t.indexes) == 1
	}
	return false
}

func (t *token) pathDefinite() bool {
	for ; t != nil; t = t.next {
		if !t.definite() {
			return false
		}
	}
	return true
}

func (t *token) upstreamDefinite() bool {
	for p := t.prev; p != nil; p = p.prev {
		if !p.definite() {
			return false
		}
	}
	return true
}

func (t *token) tail() *token {
	for t.next != nil {
		t = t.next
	}
	return t
}

func notFound(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrNotFound, fmt.Sprintf(format, args...))
}

// eval applies the token to a model at a place and hands on what it finds.
func (t *token) eval(c *evaluation, at ref, model any) error {
	switch t.kind {
	case tokRoot:
		return t.found(c, at, model)
	case tokProperty:
		return t.property(c, model)
	case tokIndex, tokSlice:
		return t.array(c, model)
	case tokWildcard:
		return t.wildcard(c, model)
	case tokScan:
		if t.next == nil { // $..length()
			return fmt.Errorf("%w: nothing follows '..'", ErrUse)
		}
		return t.next.walk(c, at, model)
	case tokFilter:
		return t.filtered(c, at, model)
	}
	return t.function(c, at, model)
}

// found hands a value to the next token, or keeps it at the end of the path.
func (t *token) found(c *evaluation, at ref, value any) error {
	if t.leaf() {
		c.add(at, value)
		return nil
	}
	return t.next.eval(c, at, value)
}

func (t *token) property(c *evaluation, model any) error {
	object, ok := model.(*Object)
	if !ok {
		if !t.upstreamDefinite() {
			return nil
		}
		return notFound("expected an object with property %q", t.names)
	}
	if len(t.names) > 1 && t.leaf() {
		return t.merged(c, object)
	}
	for _, name := range t.names {
		if err := t.member(c, object, name); err != nil {
			return err
		}
	}
	return nil
}

// merged makes one object of several members.
func (t *token) merged(c *evaluation, object *Object) error {
	out := NewObject()
	for _, name := range t.names {
		value, ok := object.Get(name)
		if ok {
			out.Set(name, value)
		} else if c.require {
			return notFound("missing property %q", name)
		}
	}
	c.add(ref{kind: refProperties, parent: object, names: t.names}, out)
	return nil
}

func (t *token) member(c *evaluation, object *Object, name string) error {
	value, ok := object.Get(name)
	if !ok {
		switch {
		case t.leaf() && !c.require:
			return nil
		case !t.leaf() && !c.require && !(t.upstreamDefinite() && t.definite()):
			return nil
		}
		return notFound("missing property %q", name)
	}
	at := ref{kind: refProperty, parent: object, names: []string{name}}
	if !t.leaf() {
		return t.next.eval(c, at, value)
	}
	// After a scan over an array, only the element that the path names counts.
	if i, scanned := c.upstream[t]; scanned && !c.path.root.tail().prev.names1(i) {
		return nil
	}
	c.add(at, value)
	return nil
}

// names1 reports whether the token is the index i and nothing else.
func (t *token) names1(i int) bool {
	return t.kind == tokIndex && len(t.indexes) == 1 && t.indexes[0] == i
}

func (t *token) array(c *evaluation, model any) error {
	array, ok := model.(*Array)
	if !ok {
		if !t.upstreamDefinite() {
			return nil
		}
		return notFound("an index can only be applied to an array")
	}
	if t.kind == tokIndex {
		for _, i := range t.indexes {
			if err := t.element(c, array, i); err != nil {
				return err
			}
		}
		return nil
	}
	from, to := t.bounds(len(array.Items))
	for i := from; i < to; i++ {
		if err := t.element(c, array, i); err != nil {
			return err
		}
	}
	return nil
}

// bounds are those of a slice; with both ends given, negative ones are not
// counted from the end, and elements before the first do not exist.
func (t *token) bounds(length int) (from, to int) {
	switch {
	case t.to == nil:
		from = *t.from
		if from < 0 {
			from += length
		}
		return max(0, from), length
	case t.from == nil:
		to = *t.to
		if to < 0 {
			to += length
		}
		return 0, min(length, to)
	}
	return max(*t.from, -length), min(length, *t.to)
}

func (t *token) element(c *evaluation, array *Array, i int) error {
	at := i
	if at < 0 {
		at += len(array.Items)
	}
	if at < 0 || at >= len(array.Items) {
		return nil
	}
	return t.found(c, ref{kind: refIndex, parent: array, index: i}, array.Items[at])
}

func (t *token) wildcard(c *evaluation, model any) error {
	switch m := model.(type) {
	case *Object:
		for _, name := range slices.Clone(m.keys) {
			if err := t.member(c, m, name); err != nil {
				return err
			}
		}
	case *Array:
		for i := range m.Items {
			err := t.element(c, m, i)
			if err != nil && (c.require || !errors.Is(err, ErrNotFound)) {
				return err
			}
		}
	}
	return nil
}

// walk applies the token after .. to a model and to all below it.
func (t *token) walk(c *evaluation, at ref, model any) error {
	switch m := model.(type) {
	case *Object:
		ok, err := t.reaches(c, model)
		if err == nil && ok {
			err = t.eval(c, at, model)
		}
		if err != nil {
			return err
		}
		for _, name := range slices.Clone(m.keys) {
			value, _ := m.Get(name)
			if err := t.walk(c, ref{kind: refProperty, parent: m, names: []string{name}}, value); err != nil {
				return err
			}
		}
	case *Array:
		if err := t.walkArray(c, at, m); err != nil {
			return err
		}
		for i, value := range m.Items {
			if err := t.walk(c, ref{kind: refIndex, parent: m, index: i}, value); err != nil {
				return err
			}
		}
	}
	return nil
}

// walkArray hands every element to the token after the next, which then keeps
// those whose index the path names.
func (t *token) walkArray(c *evaluation, at ref, m *Array) error {
	ok, err := t.reaches(c, m)
	if err != nil || !ok {
		return err
	}
	if t.leaf() {
		return t.eval(c, at, m)
	}
	for i, value := range m.Items {
		if c.upstream == nil {
			c.upstream = make(map[*token]int)
		}
		c.upstream[t.next] = i
		if err := t.next.eval(c, at, value); err != nil {
			return err
		}
	}
	return nil
}

// reaches reports whether a scan stops at a model to apply the token.
func (t *token) reaches(c *evaluation, model any) (bool, error) {
	switch t.kind {
	case tokProperty:
		object, ok := model.(*Object)
		if !ok {
			return false, nil
		}
		if !t.definite() {
			return true, nil
		}
		for _, name := range t.names {
			if _, ok := object.Get(name); !ok {
				return false, nil
			}
		}
		return true, nil
	case tokIndex, tokSlice:
		_, ok := model.(*Array)
		return ok, nil
	case tokWildcard:
		return true, nil
	case tokFilter:
		return t.accepts(c, model)
	}
	return false, nil
}

func (t *token) accepts(c *evaluation, model any) (bool, error) {
	ok, err := t.filter.holds(&scope{item: model, root: c.root})
	if errors.Is(err, errInvalid) {
		return false, nil
	}
	return ok, err
}

func (t *token) filtered(c *evaluation, at ref, model any) error {
	switch m := model.(type) {
	case *Object:
		ok, err := t.accepts(c, m)
		if err != nil || !ok {
			return err
		}
		return t.found(c, at, m)
	case *Array:
		for i, value := range slices.Clone(m.Items) {
			ok, err := t.accepts(c, value)
			if err == nil && ok {
				err = t.element(c, m, i)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
	if t.upstreamDefinite() {
		return fmt.Errorf("%w: a filter cannot be applied to %T", errors.Join(ErrUse, errInvalid), model)
	}
	return nil
}

// function adds its result and hands it on too.
func (t *token) function(c *evaluation, at ref, model any) error {
	result, err := t.call(c, model)
	if err != nil {
		return err
	}
	c.add(at, result)
	if t.leaf() {
		return nil
	}
	return t.next.eval(c, at, result)
}

package jolt

import (
	"slices"
	"strconv"

	"github.com/braidflow/braid/sdk/jsonpath"
)

// shift copies values of the document to places in a new one.
type shift struct{ root *shiftNode }

type shiftNode struct {
	key      *key
	special  []*shiftNode // @, $ and #, which need no key of the document
	literals map[string]*shiftNode
	order    []string // of the literals
	computed []*shiftNode
	conflict bool     // a star may match the name of a literal: each key of the document goes to one of them
	outputs  [][]*key // of a leaf
	leaf     bool
}

func newShift(spec *jsonpath.Object) (*shift, error) {
	root := &shiftNode{key: &key{text: "root"}}
	return &shift{root}, root.parse(spec)
}

func (n *shiftNode) parse(spec *jsonpath.Object) error {
	if k := n.key.kind; k == keyAt || k == keyDollar || k == keyHash && len(spec.Keys()) > 0 {
		return specError("%q cannot have keys below it", n.key.text)
	}
	if len(spec.Keys()) == 0 {
		return specError("there is nothing below %q", n.key.text)
	}
	n.literals = map[string]*shiftNode{}
	for _, raw := range spec.Keys() {
		right, _ := spec.Get(raw)
		for _, name := range alternatives(raw) {
			k, err := parseKey(name)
			if err != nil {
				return err
			}
			c := &shiftNode{key: k}
			if err := c.right(right); err != nil {
				return err
			}
			switch {
			case k.kind == keyLiteral:
				n.order = append(n.order, k.text)
				n.literals[k.text] = c
			case k.isComputed():
				n.computed = append(n.computed, c)
			default:
				n.special = append(n.special, c)
			}
		}
	}
	slices.SortStableFunc(n.computed, func(x, y *shiftNode) int { return byPrecedence(x.key, y.key) })
	for _, c := range n.computed {
		for name := range n.literals {
			n.conflict = n.conflict || c.key.kind == keyAmp || c.key.match(name, nil) != nil
		}
	}
	return nil
}

// right parses what stands right of a key: more keys, a path, a list of paths, or null for nothing.
func (n *shiftNode) right(v any) error {
	switch v := v.(type) {
	case *jsonpath.Object:
		return n.parse(v)
	case string:
		return n.addOutput(v)
	case nil:
		n.leaf = true
		return nil
	case *jsonpath.Array:
		n.leaf = true
		for _, item := range v.Items {
			s, ok := item.(string)
			if !ok {
				return specError("%q: a list must be one of paths", n.key.text)
			}
			if err := n.addOutput(s); err != nil {
				return err
			}
		}
		return nil
	}
	return specError("%q must have keys, a path or a list of paths", n.key.text)
}

func (n *shiftNode) addOutput(path string) error {
	n.leaf = true
	keys, err := parsePath(path)
	n.outputs = append(n.outputs, keys)
	return err
}

// shiftRun is the shift of one document.
type shiftRun struct {
	walk
	out any
}

func (s *shift) transform(input any) (any, error) {
	if deep(input, maxDepth) {
		return nil, errDeep
	}
	r := &shiftRun{}
	r.push(input, newMatched("root"))
	s.root.apply(r, "root", input)
	return r.out, nil
}

// apply reports whether the node matched the key, so that no other one is to be tried.
func (n *shiftNode) apply(r *shiftRun, name string, input any) bool {
	m := n.key.match(name, &r.walk)
	if m == nil {
		return false
	}
	if n.key.kind == keyLookup {
		found, ok := n.key.find(&r.walk)
		if !ok {
			return false
		}
		input = found
	}
	if n.leaf {
		return n.write(r, m, input)
	}
	r.push(input, m)
	for _, c := range n.special {
		c.apply(r, name, input)
	}
	n.below(r, input)
	r.pop()
	r.counted()
	return true
}

func (n *shiftNode) write(r *shiftRun, m *matched, input any) bool {
	data := input
	isKey := true // of the document
	switch n.key.kind {
	case keyDollar, keyHash:
		data, isKey = m.key, false
	case keyAt, keyLookup:
		isKey = false
	}
	r.push(input, m)
	for _, path := range n.outputs {
		r.set(path, data)
	}
	r.pop()
	if isKey {
		r.counted()
	}
	return isKey
}

// below applies the children to what is in the value.
func (n *shiftNode) below(r *shiftRun, input any) {
	switch v := input.(type) {
	case *jsonpath.Object:
		if !n.conflict {
			for _, name := range n.order {
				if sub, ok := v.Get(name); ok {
					n.literals[name].apply(r, name, sub)
				}
			}
		}
		for _, name := range v.Keys() {
			sub, _ := v.Get(name)
			n.dispatch(r, name, sub)
		}
	case *jsonpath.Array:
		if !n.conflict {
			for _, name := range n.order {
				if i, ok := index(name); ok && i < len(v.Items) {
					n.literals[name].apply(r, name, v.Items[i])
				}
			}
		}
		for i, sub := range v.Items {
			n.dispatch(r, strconv.Itoa(i), sub)
		}
	case nil:
	default: // the value itself is the key
		name := jsonpath.Text(v)
		if c := n.literals[name]; c != nil && !n.conflict {
			c.apply(r, name, nil)
		}
		n.dispatch(r, name, nil)
	}
}

// dispatch gives a key to the first child that takes it; literals are done already unless there is a conflict.
func (n *shiftNode) dispatch(r *shiftRun, name string, sub any) {
	if n.conflict {
		if c := n.literals[name]; c != nil {
			c.apply(r, name, sub)
			return
		}
	}
	for _, c := range n.computed {
		if c.apply(r, name, sub) {
			return
		}
	}
}

// set writes a value to a path in the output. What is there already becomes a list with it.
func (r *shiftRun) set(path []*key, data any) {
	names := make([]string, len(path))
	for i, k := range path {
		var ok bool
		if names[i], ok = k.value(&r.walk); !ok {
			return
		}
	}
	data = copyOf(data) // else the output could come to hold itself
	store := func(v any) { r.out = v }
	current := r.out
	for i, k := range path {
		if current == nil {
			current = any(jsonpath.NewObject())
			if k.kind == keyArray {
				current = &jsonpath.Array{}
			}
			store(current)
		}
		var ok bool
		if current, store, ok = slot(current, names[i], k.kind == keyArray); !ok {
			return
		}
	}
	switch old := current.(type) {
	case nil:
		store(data)
	case *jsonpath.Array:
		old.Items = append(old.Items, data)
	default:
		store(&jsonpath.Array{Items: []any{old, data}})
	}
}

// slot returns what is at a place, and what puts something there. It is not ok if the container is of the other kind.
func slot(container any, name string, array bool) (v any, store func(any), ok bool) {
	switch c := container.(type) {
	case *jsonpath.Object:
		v, _ = c.Get(name)
		return v, func(v any) { c.Set(name, v) }, !array
	case *jsonpath.Array:
		if !array {
			return nil, nil, false
		}
		if name == "[]" {
			c.Items = append(c.Items, nil)
			at := len(c.Items) - 1
			return nil, func(v any) { c.Items[at] = v }, true
		}
		at, ok := index(name)
		if !ok {
			return nil, nil, false
		}
		for len(c.Items) <= at {
			c.Items = append(c.Items, nil)
		}
		return c.Items[at], func(v any) { c.Items[at] = v }, true
	}
	return nil, nil, false
}

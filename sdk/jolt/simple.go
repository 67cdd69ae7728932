package jolt

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/braidflow/braid/sdk/jsonpath"
)

var errDeep = errors.New("the document is nested too deep")

// sortr sorts the members of all objects by name, but those whose name starts with ~ come first.
type sortr struct{}

func (sortr) transform(input any) (any, error) {
	if deep(input, maxDepth) {
		return nil, errDeep
	}
	return sorted(input), nil
}

func sorted(v any) any {
	switch v := v.(type) {
	case *jsonpath.Object:
		names := slices.Clone(v.Keys())
		slices.SortFunc(names, func(x, y string) int {
			if a, b := strings.HasPrefix(x, "~"), strings.HasPrefix(y, "~"); a != b {
				if a {
					return -1
				}
				return 1
			}
			return strings.Compare(x, y)
		})
		out := jsonpath.NewObject()
		for _, name := range names {
			sub, _ := v.Get(name)
			out.Set(name, sorted(sub))
		}
		return out
	case *jsonpath.Array:
		for i, sub := range v.Items {
			v.Items[i] = sorted(sub)
		}
	}
	return v
}

// removr removes what its specification has with an empty text.
type removr struct{ children []*removeNode }

type removeNode struct {
	key      *key
	leaf     bool
	children []*removeNode
}

func newRemove(spec *jsonpath.Object) (*removr, error) {
	children, err := removeNodes(spec)
	return &removr{children}, err
}

func removeNodes(spec *jsonpath.Object) (nodes []*removeNode, err error) {
	for _, raw := range spec.Keys() {
		right, _ := spec.Get(raw)
		for _, name := range alternatives(raw) {
			n := &removeNode{}
			if n.key, err = parseKey(name); err != nil {
				return nil, err
			}
			if n.key.kind != keyLiteral && n.key.kind != keyStar && n.key.stars == nil {
				return nil, specError("remove knows names and * only, not %q", name)
			}
			switch v := right.(type) {
			case *jsonpath.Object:
				if n.children, err = removeNodes(v); err != nil {
					return nil, err
				}
			case string:
				n.leaf = strings.TrimSpace(v) == ""
			}
			if _, more := right.(*jsonpath.Object); !n.leaf && !more {
				return nil, specError("%q must have an empty text or more keys", raw)
			}
			nodes = append(nodes, n)
		}
	}
	return nodes, nil
}

func (r *removr) transform(input any) (any, error) {
	if deep(input, maxDepth) {
		return nil, errDeep
	}
	remove(r.children, input)
	return input, nil
}

func remove(nodes []*removeNode, v any) {
	switch v := v.(type) {
	case *jsonpath.Object:
		var gone []string
		for _, n := range nodes {
			for _, name := range v.Keys() {
				if n.key.match(name, nil) == nil {
					continue
				}
				if n.leaf {
					gone = append(gone, name)
					continue
				}
				sub, _ := v.Get(name)
				remove(n.children, sub)
			}
		}
		for _, name := range gone {
			v.Delete(name)
		}
	case *jsonpath.Array:
		gone := map[int]bool{}
		for _, n := range nodes {
			for i, sub := range v.Items {
				if n.key.kind != keyStar && (n.key.kind != keyLiteral || n.key.text != strconv.Itoa(i)) {
					continue
				}
				if n.leaf {
					gone[i] = true
				} else {
					remove(n.children, sub)
				}
			}
		}
		kept := v.Items[:0]
		for i, sub := range v.Items {
			if !gone[i] {
				kept = append(kept, sub)
			}
		}
		v.Items = kept
	}
}

// cardinality makes lists of single values, or takes the first of a list.
type cardinality struct{ root *cardinalityNode }

type cardinalityNode struct {
	key      *key
	one      bool
	leaf     bool
	self     *cardinalityNode // @: the value itself
	literals map[string]*cardinalityNode
	computed []*cardinalityNode
}

func newCardinality(spec *jsonpath.Object) (*cardinality, error) {
	root := &cardinalityNode{key: &key{text: "root"}}
	return &cardinality{root}, root.parse(spec)
}

func (n *cardinalityNode) parse(spec *jsonpath.Object) error {
	if len(spec.Keys()) == 0 {
		return specError("there is nothing below %q", n.key.text)
	}
	n.literals = map[string]*cardinalityNode{}
	for _, raw := range spec.Keys() {
		k, err := parseKey(raw)
		if err != nil {
			return err
		}
		c := &cardinalityNode{key: k}
		right, _ := spec.Get(raw)
		switch v := right.(type) {
		case *jsonpath.Object:
			err = c.parse(v)
		case string:
			c.leaf, c.one = true, v == "ONE"
			if v != "ONE" && v != "MANY" {
				err = specError("%q must be ONE or MANY", raw)
			}
		default:
			err = specError("%q must be ONE or MANY, or have more keys", raw)
		}
		if err != nil {
			return err
		}
		switch {
		case k.kind == keyAt && c.leaf:
			n.self = c
		case k.kind == keyLiteral:
			n.literals[k.text] = c
		case k.isComputed():
			n.computed = append(n.computed, c)
		default:
			return specError("cardinality does not know %q", raw)
		}
	}
	slices.SortStableFunc(n.computed, func(x, y *cardinalityNode) int { return byPrecedence(x.key, y.key) })
	return nil
}

func (c *cardinality) transform(input any) (any, error) {
	if deep(input, maxDepth) {
		return nil, errDeep
	}
	w := &walk{}
	w.push(input, newMatched("root"))
	c.root.below(w, input)
	return input, nil
}

func (n *cardinalityNode) below(w *walk, v any) {
	switch v := v.(type) {
	case *jsonpath.Object:
		for _, name := range slices.Clone(v.Keys()) {
			sub, _ := v.Get(name)
			n.dispatch(w, name, sub, func(x any) { v.Set(name, x) })
		}
	case *jsonpath.Array:
		for i, sub := range v.Items {
			n.dispatch(w, strconv.Itoa(i), sub, func(x any) { v.Items[i] = x })
		}
	}
}

func (n *cardinalityNode) dispatch(w *walk, name string, sub any, store func(any)) {
	candidates := n.computed
	if c := n.literals[name]; c != nil {
		candidates = []*cardinalityNode{c}
	}
	for _, c := range candidates {
		m := c.key.match(name, w)
		if m == nil {
			continue
		}
		if c.leaf {
			store(c.adjust(sub))
			return
		}
		if c.self != nil {
			sub = c.self.adjust(sub)
			store(sub)
		}
		w.push(sub, m)
		c.below(w, sub)
		w.pop()
		return
	}
}

func (n *cardinalityNode) adjust(v any) any {
	list, isList := v.(*jsonpath.Array)
	switch {
	case n.one && isList && len(list.Items) > 0:
		return list.Items[0]
	case n.one && isList:
		return nil
	case n.one || isList:
		return v
	case v == nil:
		return &jsonpath.Array{}
	}
	return &jsonpath.Array{Items: []any{v}}
}

// defaultr sets what is missing or null.
type defaultr struct {
	object *defaultNode
	array  *defaultNode // nil if the keys are no numbers
}

type defaultNode struct {
	names    []string // of a|b
	star, or bool
	array    bool // name[]: what is made is an array
	size     int  // the largest index below it
	value    any
	children []*defaultNode
}

func newDefault(spec *jsonpath.Object) (*defaultr, error) {
	d := &defaultr{}
	var err error
	if d.object, err = defaultOf("root", spec, false); err != nil {
		return nil, err
	}
	d.array, _ = defaultOf("root[]", spec, false) // a spec for objects is none for arrays
	return d, nil
}

// defaultOf parses a key and what is right of it; in an array the key must be a number.
func defaultOf(raw string, right any, inArray bool) (*defaultNode, error) {
	n := &defaultNode{size: -1}
	n.array = strings.HasSuffix(raw, "[]")
	raw = strings.ReplaceAll(raw, "[]", "")
	switch {
	case raw == "*":
		n.star = true
	case strings.Contains(raw, "|"):
		n.or, n.names = true, alternatives(raw)
	default:
		n.names = []string{raw}
	}
	for _, name := range n.names {
		if _, ok := index(name); inArray && !ok {
			return nil, specError("%q is no index of an array", name)
		}
	}
	spec, ok := right.(*jsonpath.Object)
	if !ok {
		n.value = right
		return n, nil
	}
	n.children = []*defaultNode{}
	for _, name := range spec.Keys() {
		sub, _ := spec.Get(name)
		c, err := defaultOf(name, sub, n.array)
		if err != nil {
			return nil, err
		}
		if n.array && !c.star && !c.or {
			at, _ := index(c.names[0]) // it was looked at
			n.size = max(n.size, at)
		}
		n.children = append(n.children, c)
	}
	rank := func(c *defaultNode) int {
		switch {
		case c.star:
			return 1 << 20
		case c.or:
			return len(c.names)
		}
		return 0
	}
	slices.SortStableFunc(n.children, func(x, y *defaultNode) int { return rank(x) - rank(y) })
	return n, nil
}

func (d *defaultr) transform(input any) (any, error) {
	if deep(input, maxDepth) {
		return nil, errDeep
	}
	if input == nil {
		input = jsonpath.NewObject()
	}
	if _, isArray := input.(*jsonpath.Array); isArray {
		if d.array == nil {
			return nil, errors.New("the default specification is for an object, and the document is an array")
		}
		d.array.fill(input)
		return input, nil
	}
	d.object.fill(input)
	return input, nil
}

// fill applies the children of a node to a container.
func (n *defaultNode) fill(container any) {
	switch c := container.(type) {
	case *jsonpath.Object:
		if n.array {
			return
		}
		for _, child := range n.children {
			for _, name := range child.matching(c.Keys()) {
				v, _ := c.Get(name)
				child.put(v, func(v any) { c.Set(name, v) })
			}
		}
	case *jsonpath.Array:
		if !n.array {
			return
		}
		for len(c.Items) <= n.size {
			c.Items = append(c.Items, nil)
		}
		var all []string
		for i := range c.Items {
			all = append(all, strconv.Itoa(i))
		}
		for _, child := range n.children {
			for _, name := range child.matching(all) {
				if i, ok := index(name); ok && i < len(c.Items) {
					child.put(c.Items[i], func(v any) { c.Items[i] = v })
				}
			}
		}
	}
}

func (n *defaultNode) matching(there []string) []string {
	switch {
	case n.star:
		return slices.Clone(there)
	case n.or:
		return slices.DeleteFunc(slices.Clone(n.names), func(name string) bool { return !slices.Contains(there, name) })
	}
	return n.names
}

func (n *defaultNode) put(v any, store func(any)) {
	if n.children == nil {
		if v == nil {
			store(copyOf(n.value))
		}
		return
	}
	if v == nil {
		v = any(jsonpath.NewObject())
		if n.array {
			v = &jsonpath.Array{}
		}
		store(v)
	}
	n.fill(v)
}

package jolt

import (
	"slices"
	"strconv"
	"strings"

	"github.com/braidflow/braid/sdk/jsonpath"
)

// mode says which values a modify operation sets.
type mode byte

const (
	overwrite mode = '+' // all
	byDefault mode = '~' // those that are null or missing
	define    mode = '_' // those that are missing
)

// modify sets values to constants, to values from elsewhere in the document, or to results of functions.
type modify struct{ root *modifyNode }

type container byte

const (
	anyContainer container = iota
	objectContainer
	arrayContainer
)

type modifyNode struct {
	key      *key
	mode     mode
	exists   bool // name?: only if it is there
	choices  []value
	leaf     bool
	kind     container
	size     int // the largest index below it, -1 for none
	literals map[string]*modifyNode
	order    []string
	computed []*modifyNode
}

func newModify(spec *jsonpath.Object, m mode) (*modify, error) {
	root := &modifyNode{key: &key{text: "root"}, mode: m}
	return &modify{root}, root.parse(spec)
}

func (n *modifyNode) parse(spec *jsonpath.Object) error {
	n.literals, n.size = map[string]*modifyNode{}, -1
	for _, raw := range spec.Keys() {
		right, _ := spec.Get(raw)
		for _, name := range alternatives(raw) {
			c, err := newModifyNode(name, right, n.mode)
			if err != nil {
				return err
			}
			if err := n.add(c); err != nil {
				return err
			}
		}
	}
	slices.SortStableFunc(n.computed, func(x, y *modifyNode) int { return byPrecedence(x.key, y.key) })
	return nil
}

func newModifyNode(name string, right any, m mode) (*modifyNode, error) {
	n := &modifyNode{mode: m, size: -1}
	if len(name) > 1 && strings.Contains("+~_", name[:1]) {
		n.mode, name = mode(name[0]), name[1:]
	}
	if strings.HasSuffix(name, "?") && !strings.HasSuffix(name, `\?`) && len(name) > 1 {
		n.exists, name = true, name[:len(name)-1]
	}
	var err error
	if n.key, err = parseKey(name); err != nil {
		return nil, err
	}
	switch k := n.key; {
	case k.kind == keyLiteral, k.kind == keyStar, k.stars != nil, k.kind == keyArray && k.at >= 0:
	default:
		return nil, specError("modify knows names, [index] and *, not %q", name)
	}
	if o, ok := right.(*jsonpath.Object); ok && len(o.Keys()) > 0 {
		return n, n.parse(o)
	}
	n.leaf = true
	list, ok := right.(*jsonpath.Array)
	if !ok || len(list.Items) == 0 {
		list = &jsonpath.Array{Items: []any{right}}
	}
	for _, item := range list.Items {
		v, err := parseValue(item)
		if err != nil {
			return nil, err
		}
		n.choices = append(n.choices, v)
	}
	return n, nil
}

func (n *modifyNode) add(c *modifyNode) error {
	kind := objectContainer
	switch c.key.kind {
	case keyLiteral:
		n.order = append(n.order, c.key.text)
		n.literals[c.key.text] = c
	case keyArray:
		kind = arrayContainer
		name := strconv.Itoa(c.key.at)
		n.order = append(n.order, name)
		n.literals[name] = c
		if !c.exists {
			n.size = max(n.size, c.key.at)
		}
	default:
		n.computed = append(n.computed, c)
		if c.key.kind == keyStar {
			return nil
		}
	}
	if n.kind != anyContainer && n.kind != kind {
		return specError("the keys below %q are both names and indexes", n.key.text)
	}
	n.kind = kind
	return nil
}

func (m *modify) transform(input any) (any, error) {
	if deep(input, maxDepth) {
		return nil, errDeep
	}
	r := &walk{}
	r.push(input, newMatched("root"))
	m.root.apply(r, "root", input, true)
	return input, nil
}

// apply reports whether the node matched the key. has says whether there is a value.
func (n *modifyNode) apply(w *walk, name string, v any, has bool) bool {
	var m *matched
	if n.key.kind == keyArray {
		if name != strconv.Itoa(n.key.at) {
			return false
		}
		m = newMatched(name)
	} else if m = n.key.match(name, w); m == nil {
		return false
	}
	m.size = w.up(0).key.size
	if n.exists && !has {
		return true
	}
	if n.leaf {
		n.set(w, m, v, has)
	} else {
		n.below(w, m, v)
	}
	return true
}

func (n *modifyNode) set(w *walk, m *matched, v any, has bool) {
	parent := w.up(0).tree
	size := m.size
	w.push(v, &matched{m.key, m.parts, 0, -1})
	defer w.pop()
	for _, c := range n.choices {
		if result, ok := c.eval(w, v, has); ok {
			n.mode.store(parent, m.key, size, copyOf(result))
			return
		}
	}
}

// store sets a member or element if the mode allows it. size is that of the array before it was extended.
func (m mode) store(parent any, name string, size int, v any) bool {
	switch p := parent.(type) {
	case *jsonpath.Object:
		old, has := p.Get(name)
		if m == byDefault && old != nil || m == define && has {
			return false
		}
		p.Set(name, v)
		return true
	case *jsonpath.Array:
		i, ok := index(name)
		if !ok || i >= len(p.Items) || m == byDefault && p.Items[i] != nil || m == define && (i < size || p.Items[i] != nil) {
			return false
		}
		p.Items[i] = v
		return true
	}
	return false
}

// below applies the children to a container, which is made if there is none.
func (n *modifyNode) below(w *walk, m *matched, v any) {
	_, isObject := v.(*jsonpath.Object)
	list, isArray := v.(*jsonpath.Array)
	if v != nil && (n.kind == objectContainer && !isObject || n.kind == arrayContainer && !isArray) {
		return
	}
	if v == nil && n.kind != anyContainer {
		made := any(jsonpath.NewObject())
		if n.kind == arrayContainer {
			list, isArray = &jsonpath.Array{}, true
			made = list
		}
		if n.mode.store(w.up(0).tree, m.key, m.size, made) {
			v = made
		}
	}
	at := &matched{m.key, m.parts, 0, -1}
	if isArray {
		at.size = len(list.Items)
		for len(list.Items) <= n.size {
			list.Items = append(list.Items, nil)
		}
	}
	w.push(v, at)
	defer w.pop()
	switch v := v.(type) {
	case *jsonpath.Object:
		for _, name := range n.order {
			sub, has := v.Get(name)
			n.literals[name].apply(w, name, sub, has)
		}
		for _, name := range slices.Clone(v.Keys()) {
			sub, _ := v.Get(name)
			n.dispatch(w, name, sub, true)
		}
	case *jsonpath.Array:
		for _, name := range n.order {
			if i, ok := index(name); ok {
				var sub any
				if i < len(v.Items) {
					sub = v.Items[i]
				}
				n.literals[name].apply(w, name, sub, i < at.size)
			}
		}
		for i := 0; i < len(v.Items); i++ {
			n.dispatch(w, strconv.Itoa(i), v.Items[i], v.Items[i] != nil || i < at.size)
		}
	}
}

func (n *modifyNode) dispatch(w *walk, name string, sub any, has bool) {
	for _, c := range n.computed {
		if c.apply(w, name, sub, has) {
			return
		}
	}
}

// value is a right side: a constant, a value of the document, or a function.
type value struct {
	constant any
	lookup   *key
	none     bool // it never gives a value
	f        function
	args     []value
	called   bool
}

func parseValue(v any) (value, error) {
	s, ok := v.(string)
	switch {
	case !ok || s == "":
		return value{constant: v}, nil
	case s[0] != '=':
		return parseArg(s, false)
	}
	name, args, hasArgs := strings.Cut(s[1:], "(")
	f, known := functions[name]
	if !known {
		return value{}, specError("there is no function %q", name)
	}
	out := value{f: f, called: true}
	if !hasArgs {
		return out, nil
	}
	if !strings.HasSuffix(args, ")") {
		return value{}, specError("%q has no closing parenthesis", s)
	}
	for _, a := range splitArgs(args[:len(args)-1]) {
		arg, err := parseArg(a, true)
		if err != nil {
			return value{}, err
		}
		out.args = append(out.args, arg)
	}
	return out, nil
}

// splitArgs splits at commas that are neither in quotes nor in parentheses.
func splitArgs(s string) (out []string) {
	depth, quoted, start := 0, false, 0
	for i := range len(s) {
		switch c := s[i]; {
		case c == '\'' && (i == 0 || s[i-1] != '\\'):
			quoted = !quoted
		case quoted:
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == ',' && depth == 0:
			out = append(out, strings.TrimSpace(s[start:i]))
			start = i + 1
		}
	}
	if last := strings.TrimSpace(s[start:]); last != "" || len(out) > 0 {
		out = append(out, last)
	}
	return out
}

func parseArg(s string, inFunction bool) (value, error) {
	switch {
	case strings.HasPrefix(s, "^"): // the context, of which there is none
		return value{none: true}, nil
	case strings.HasPrefix(s, "@"):
		k, err := parseLookup(s)
		return value{lookup: k}, err
	case !inFunction:
		return value{constant: s}, nil
	case s == "":
		return value{}, nil
	case len(s) > 1 && s[0] == '\'' && s[len(s)-1] == '\'':
		return value{constant: strings.ReplaceAll(s[1:len(s)-1], `\'`, `'`)}, nil
	case strings.EqualFold(s, "true"), strings.EqualFold(s, "false"):
		return value{constant: strings.EqualFold(s, "true")}, nil
	}
	if n, ok := toNumber(s); ok {
		return value{constant: n}, nil
	}
	return value{constant: s}, nil
}

// eval evaluates the value; self is what stands at the place now.
func (v value) eval(w *walk, self any, has bool) (any, bool) {
	switch {
	case v.none:
		return nil, false
	case v.lookup != nil:
		return v.lookup.find(w)
	case !v.called:
		return v.constant, true
	case len(v.args) == 0:
		if !has {
			return v.f(nil)
		}
		return v.f([]any{self})
	}
	args := make([]any, len(v.args))
	for i, a := range v.args {
		arg, ok := a.eval(w, nil, false)
		if !ok && len(v.args) == 1 {
			return v.f(nil)
		}
		args[i] = arg
	}
	return v.f(args)
}

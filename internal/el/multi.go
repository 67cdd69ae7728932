package el

import (
	"strings"

	"github.com/braidflow/braid/sdk/javaregex"
)

// multiNames are the functions that make a subject of many attributes; the
// value says whether any or all of them decide.
var multiNames = map[string]string{
	"anyAttribute": "any", "anyMatchingAttribute": "any", "anyDelineatedValue": "any",
	"allAttributes": "all", "allMatchingAttributes": "all", "allDelineatedValues": "all",
}

// multiNode yields one value after the other; the node above it (any, all or
// map) asks until none is left.
type multiNode struct {
	all      bool
	names    []string            // named attributes
	patterns []*javaregex.Regexp // attributes by pattern
	list     node                // a delimited list ...
	delim    node                // ... and its delimiter, a regular expression
}

// cursor is the position of a multiNode in one evaluation.
type cursor struct {
	values []value
	next   int
	loaded bool
}

func (n *multiNode) kind() kind    { return kindString }
func (n *multiNode) subject() node { return nil }

func (n *multiNode) cursor(r *run) *cursor {
	c, ok := r.state[n].(*cursor)
	if !ok {
		c = &cursor{}
		r.setState(n, c)
	}
	return c
}

func (n *multiNode) eval(r *run) value {
	c := n.cursor(r)
	if !c.loaded {
		c.values, c.loaded = n.load(r), true
	}
	if c.next >= len(c.values) {
		return null
	}
	c.next++
	return c.values[c.next-1]
}

// remaining reports whether there is another value.
func (n *multiNode) remaining(r *run) bool {
	c := n.cursor(r)
	return r.err == nil && c.next < len(c.values)
}

func (n *multiNode) load(r *run) []value {
	var values []value
	switch {
	case n.list != nil:
		list, delim := n.list.eval(r), n.delim.eval(r)
		if list.isNull() || delim.isNull() {
			return nil
		}
		parts, err := splitList(list.s, delim.s)
		if err != nil {
			r.fail(regexError(err))
		}
		for _, p := range parts {
			values = append(values, str(p))
		}
	case n.patterns != nil:
		keys := attributeNames(r.env)
		for _, p := range n.patterns {
			for _, k := range keys {
				ok, err := p.Match(k)
				if err != nil {
					r.fail(regexError(err))
				}
				if ok {
					values = append(values, (&attrNode{k}).eval(r))
				}
			}
		}
	default:
		for _, name := range n.names {
			values = append(values, (&attrNode{name}).eval(r))
		}
	}
	return values
}

func splitList(list, delim string) ([]string, error) {
	re, err := javaregex.Compile(delim, 0)
	if err != nil {
		return nil, err
	}
	return re.Split(list, 0)
}

// attributeNames lists all names in the order in which Java's HashSet would,
// so that join gives the text that NiFi gives.
func attributeNames(env *Env) []string {
	var names []string
	seen := make(map[string]bool)
	for _, attrs := range []Attributes{env.Attributes, env.Variables} {
		if l, ok := attrs.(Lister); ok {
			for name := range l.All() {
				if !seen[name] {
					seen[name] = true
					names = append(names, name)
				}
			}
		}
	}
	return hashOrder(names)
}

// quantNode decides over all values of a multiNode: any or all.
type quantNode struct {
	cond  node
	multi *multiNode
}

func (n *quantNode) kind() kind    { return kindBool }
func (n *quantNode) subject() node { return nil }
func (n *quantNode) eval(r *run) value {
	first := n.cond.eval(r)
	if first.isNull() {
		return boolean(false)
	}
	if first.isTrue() != n.multi.all {
		return first
	}
	for n.multi.remaining(r) {
		v := n.cond.eval(r)
		if !v.isNull() && v.isTrue() != n.multi.all {
			return v
		}
	}
	return boolean(n.multi.all)
}

// mapNode feeds all values of a multiNode to join or count.
type mapNode struct {
	reduce *callNode
	multi  *multiNode
}

func (n *mapNode) kind() kind    { return n.reduce.kind() }
func (n *mapNode) subject() node { return nil }
func (n *mapNode) eval(r *run) value {
	v := n.reduce.eval(r)
	for n.multi.remaining(r) {
		v = n.reduce.eval(r)
	}
	return v
}

// multi builds the subject made of many attributes.
func (b *builder) multi(e *expression) (node, error) {
	name, args := e.subject.token.text, e.subject.args
	n := &multiNode{all: multiNames[name] == "all"}
	if strings.HasSuffix(name, "DelineatedValue") || strings.HasSuffix(name, "DelineatedValues") {
		return n, b.delineated(e, n)
	}
	for _, a := range args {
		text, err := b.multiName(e, a)
		if err != nil {
			return nil, err
		}
		if !strings.Contains(name, "Matching") {
			if trim(text) == "" {
				return nil, semantic(e, "Invalid Attribute Name: '"+text+"'", "a name that is not empty")
			}
			n.names = append(n.names, text)
			b.attrs[text] = true
			continue
		}
		re, err := javaregex.Compile(text, 0)
		if err != nil {
			return nil, semantic(e, err.Error(), "")
		}
		n.patterns = append(n.patterns, re)
		b.any = true
	}
	return n, nil
}

func (b *builder) delineated(e *expression, n *multiNode) error {
	args := e.subject.args
	for i, dst := range []*node{&n.list, &n.delim} {
		arg, err := b.argument(args[i])
		if err != nil {
			return err
		}
		if *dst, err = convert(e, arg, kindString); err != nil {
			return err
		}
	}
	return nil
}

// multiName is the name given as an argument. NiFi takes the text of the
// argument: an expression is not evaluated but stands for the word EXPRESSION,
// and one inside a string is evaluated without attributes.
func (b *builder) multiName(e *expression, a argument) (string, error) {
	if a.nested != nil {
		return "EXPRESSION", nil
	}
	n, err := b.text(a.token.text)
	if err != nil {
		return "", err
	}
	r := &run{env: &Env{}}
	v := n.eval(r)
	if r.err != nil || v.isNull() {
		return "", semantic(e, "Invalid Attribute Name", "a string without expressions")
	}
	return v.s, nil
}

// checkArgs holds the arguments of a subject to what the grammar allows.
func checkArgs(t token, args []argument) error {
	if fn := subjectless[t.text]; fn != nil {
		if len(args) < fn.min || len(args) > fn.max() {
			return usageError(fn.usage())
		}
		if t.text == "hostname" && len(args) == 1 && (args[0].token.text != "true" && args[0].token.text != "false" || args[0].token.kind != tokKeyword) {
			return usageError("hostname(), hostname(true) or hostname(false)")
		}
		return nil
	}
	least := 1
	if strings.Contains(t.text, "Delineated") {
		least = 2
	}
	if len(args) < least {
		return usageError("the names in " + t.text + "(...)")
	}
	for _, a := range args {
		if a.nested == nil && a.token.kind != tokString {
			return usageError("quoted strings in " + t.text + "(...)")
		}
	}
	return nil
}

type usageError string

func (e usageError) Error() string { return string(e) }

// iterate wraps an expression over many attributes in the node that runs it.
func iterate(e *expression, n node) (node, error) {
	multi, ok := root(n).(*multiNode)
	if !ok {
		return n, nil
	}
	if n.kind() == kindBool {
		return &quantNode{cond: n, multi: multi}, nil
	}
	if c, ok := n.(*callNode); ok && multi.all && c.fn.reduces {
		return &mapNode{reduce: c, multi: multi}, nil
	}
	return nil, semantic(e, "The expression refers to many attributes but gives one value",
		"a function that ends in true or false, or join() or count() after allAttributes")
}

// checkReduced refuses functions called on the result of join or count.
func checkReduced(e *expression, n node) error {
	if q, ok := n.(*quantNode); ok {
		n = q.cond
	}
	for s := n.subject(); s != nil; s = s.subject() {
		if c, ok := s.(*callNode); ok && c.fn.reduces {
			return semantic(e, "A function is called on the result of '"+c.fn.name+"'",
				"${literal(${...}):function()}")
		}
	}
	return nil
}

// root is where a chain of functions starts.
func root(n node) node {
	for s := n.subject(); s != nil; s = n.subject() {
		n = s
	}
	return n
}

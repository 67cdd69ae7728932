package recordpath

import "fmt"

type nodeKind uint8

const (
	nodePath     nodeKind = iota // absolute: kids are the steps
	nodeRelative                 // kids are the steps, the first one . or ..
	nodeRoot                     // /
	nodeChild                    // /name
	nodeDescendant
	nodeWildChild
	nodeWildDescendant
	nodeCurrent
	nodeParent
	nodeIndexes // kids are numbers and ranges
	nodeRange   // text is from, kids[0] to
	nodeKeys    // kids are strings
	nodeAny     // [*]
	nodePredicate
	nodeString
	nodeNumber
	nodeFunction // text is the name
	nodeOperator // text is the operator, two kids
)

type node struct {
	kind nodeKind
	text string
	kids []*node
}

// maxNesting bounds the recursion of parser and compiler.
const maxNesting = 200

type parser struct {
	tokens []token
	depth  int
}

// parse builds the tree of a path by the rules of NiFi's RecordPathParser.
func parse(path string) (*node, error) {
	tokens, err := lex(path)
	if err != nil {
		return nil, err
	}
	p := &parser{tokens: tokens}
	n, err := p.filter()
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.kind != tokEnd {
		return nil, p.unexpected(t)
	}
	return n, nil
}

func (p *parser) peek() token { return p.tokens[0] }

func (p *parser) take() token {
	t := p.tokens[0]
	if t.kind != tokEnd {
		p.tokens = p.tokens[1:]
	}
	return t
}

func (p *parser) is(punct string) bool {
	return p.tokens[0].kind == tokPunct && p.tokens[0].text == punct
}

func (p *parser) accept(punct string) bool {
	if p.is(punct) {
		p.take()
		return true
	}
	return false
}

func (p *parser) expect(punct string) error {
	if !p.accept(punct) {
		return p.unexpected(p.peek())
	}
	return nil
}

func (p *parser) unexpected(t token) error {
	return fmt.Errorf("unexpected %q at column %d", t.text, t.at)
}

// filter: a filter function, or an expression with or without comparison.
func (p *parser) filter() (*node, error) {
	if p.peek().kind == tokFilter {
		return p.filterFunction()
	}
	return p.operation()
}

func (p *parser) operation() (*node, error) {
	left, err := p.expression()
	if err != nil {
		return nil, err
	}
	t := p.peek()
	if t.kind != tokPunct || !isOperator(t.text) {
		return left, nil
	}
	p.take()
	right, err := p.expression()
	return &node{nodeOperator, t.text, []*node{left, right}}, err
}

func isOperator(s string) bool {
	switch s {
	case "<", "<=", ">", ">=", "=", "!=":
		return true
	}
	return false
}

func (p *parser) expression() (*node, error) {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxNesting {
		return nil, fmt.Errorf("nested deeper than %d levels", maxNesting)
	}
	switch t := p.peek(); t.kind {
	case tokNumber:
		p.take()
		return &node{kind: nodeNumber, text: t.text}, nil
	case tokString:
		p.take()
		return &node{kind: nodeString, text: t.text}, nil
	case tokIdentifier:
		p.take()
		return p.call(t.text, p.expression)
	}
	return p.path()
}

// call reads the arguments of a function.
func (p *parser) call(name string, argument func() (*node, error)) (*node, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	f := &node{kind: nodeFunction, text: name}
	if p.accept(")") {
		return f, nil
	}
	if !p.is(",") { // the grammar lets the first argument be absent
		a, err := argument()
		if err != nil {
			return nil, err
		}
		f.kids = append(f.kids, a)
	}
	for p.accept(",") {
		a, err := argument()
		if err != nil {
			return nil, err
		}
		f.kids = append(f.kids, a)
	}
	return f, p.expect(")")
}

func (p *parser) filterFunction() (*node, error) {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxNesting {
		return nil, fmt.Errorf("nested deeper than %d levels", maxNesting)
	}
	name := p.take().text
	if name != "not" {
		return p.call(name, p.filterArgument)
	}
	if err := p.expect("("); err != nil {
		return nil, err
	}
	if t := p.peek(); t.kind == tokFilter && t.text == "not" {
		return nil, p.unexpected(t)
	}
	arg, err := p.filter()
	if err != nil {
		return nil, err
	}
	return &node{nodeFunction, name, []*node{arg}}, p.expect(")")
}

func (p *parser) filterArgument() (*node, error) {
	if p.peek().kind == tokFilter {
		return p.filterFunction()
	}
	return p.expression()
}

// path: absolute, or relative to the current field.
func (p *parser) path() (*node, error) {
	switch {
	case p.accept("."):
		return p.steps(&node{kind: nodeRelative, kids: []*node{{kind: nodeCurrent}}}, true)
	case p.accept(".."):
		return p.steps(&node{kind: nodeRelative, kids: []*node{{kind: nodeParent}}}, true)
	case p.is("/") && !p.stepFollows():
		p.take()
		return &node{kind: nodePath, kids: []*node{{kind: nodeRoot}}}, nil
	}
	n, err := p.steps(&node{kind: nodePath}, true)
	if err == nil && len(n.kids) == 0 {
		err = p.unexpected(p.peek())
	}
	return n, err
}

// stepFollows reports whether the slash at hand begins a step rather than
// being the root.
func (p *parser) stepFollows() bool {
	switch t := p.tokens[1]; t.kind {
	case tokIdentifier, tokString:
		return true
	case tokPunct:
		return t.text == "*" || t.text == "." || t.text == ".."
	}
	return false
}

// steps adds the steps at hand to n. The first one after . or .. or at the
// start of a path cannot be a predicate.
func (p *parser) steps(n *node, first bool) (*node, error) {
	for ; ; first = false {
		var step *node
		var err error
		switch {
		case p.is("/"), p.is("//"):
			step, err = p.reference()
		case p.is("["):
			step, err = p.brackets(first)
		case p.is(".") && !first:
			p.take()
			step = &node{kind: nodeCurrent}
		default:
			return n, nil
		}
		if err != nil {
			return nil, err
		}
		n.kids = append(n.kids, step)
	}
}

func (p *parser) reference() (*node, error) {
	slash := p.take().text
	t := p.take()
	named, wild := nodeChild, nodeWildChild
	if slash == "//" {
		named, wild = nodeDescendant, nodeWildDescendant
	}
	switch {
	case t.kind == tokIdentifier || t.kind == tokString:
		return &node{kind: named, text: t.text}, nil
	case t.kind == tokPunct && t.text == "*":
		return &node{kind: wild}, nil
	case t.kind == tokPunct && t.text == "." && slash == "/":
		return &node{kind: nodeCurrent}, nil
	case t.kind == tokPunct && t.text == ".." && slash == "/":
		return &node{kind: nodeParent}, nil
	}
	return nil, p.unexpected(t)
}

// brackets: indexes, keys, a wildcard or a predicate.
func (p *parser) brackets(first bool) (*node, error) {
	p.take()
	n := &node{}
	var err error
	next := p.tokens[min(1, len(p.tokens)-1)]
	list := next.kind == tokPunct && !isOperator(next.text)
	switch t := p.peek(); {
	case p.accept("*"):
		n.kind = nodeAny
	case t.kind == tokNumber && list:
		n, err = p.indexes()
	case t.kind == tokString && list:
		n, err = p.keys()
	case first:
		return nil, p.unexpected(t)
	default:
		n.kind = nodePredicate
		var f *node
		f, err = p.filter()
		n.kids = []*node{f}
	}
	if err != nil {
		return nil, err
	}
	return n, p.expect("]")
}

func (p *parser) indexes() (*node, error) {
	n := &node{kind: nodeIndexes}
	for {
		t := p.take()
		if t.kind != tokNumber {
			return nil, p.unexpected(t)
		}
		item := &node{kind: nodeNumber, text: t.text}
		if p.accept("..") {
			to := p.take()
			if to.kind != tokNumber {
				return nil, p.unexpected(to)
			}
			item = &node{nodeRange, t.text, []*node{{kind: nodeNumber, text: to.text}}}
		}
		n.kids = append(n.kids, item)
		if !p.accept(",") {
			return n, nil
		}
	}
}

func (p *parser) keys() (*node, error) {
	n := &node{kind: nodeKeys}
	for {
		t := p.take()
		if t.kind != tokString {
			return nil, p.unexpected(t)
		}
		n.kids = append(n.kids, &node{kind: nodeString, text: t.text})
		if !p.accept(",") {
			return n, nil
		}
	}
}

package el

import (
	"slices"
	"strings"

	"github.com/braidflow/braid/sdk/javanum"
)

// builder turns parsed expressions into nodes.
type builder struct {
	depth int
	attrs map[string]bool // names of attributes referred to
	any   bool            // refers to attributes whose names are not known
}

func semantic(e *expression, message, expected string) error {
	return &SyntaxError{Message: message, Query: e.text, Expected: expected}
}

// compile builds the whole of one ${...}.
func (b *builder) compile(text string) (node, error) {
	if b.depth++; b.depth > maxDepth {
		return nil, &tooDeepError{SyntaxError{Message: ErrTooDeep.Error(), Query: shorten(text)}}
	}
	defer func() { b.depth-- }()
	e, err := parse(text, b.depth)
	if err != nil {
		return nil, err
	}
	n, err := b.expression(e)
	if err != nil {
		return nil, err
	}
	return n, checkReduced(e, n)
}

func (b *builder) expression(e *expression) (node, error) {
	n, err := b.subject(e)
	if err != nil {
		return nil, err
	}
	for _, c := range e.calls {
		if n, err = b.call(e, c, n); err != nil {
			return nil, err
		}
	}
	return iterate(e, n)
}

func (b *builder) subject(e *expression) (node, error) {
	s := e.subject
	switch {
	case s.indirect != nil:
		name, err := b.expression(s.indirect)
		if err != nil {
			return nil, err
		}
		return b.attribute(e, name)
	case s.token.kind == tokParam:
		return &paramNode{s.token.text}, nil
	case s.token.kind != tokKeyword:
		name, err := b.text(s.token.text)
		if err != nil {
			return nil, err
		}
		return b.attribute(e, name)
	case multiNames[s.token.text] != "":
		return b.multi(e)
	}
	return b.standalone(e)
}

func (b *builder) attribute(e *expression, name node) (node, error) {
	name, err := convert(e, name, kindString)
	if err != nil {
		return nil, err
	}
	if c, ok := name.(*constNode); ok && !c.v.isNull() {
		b.attrs[c.v.s] = true
		return &attrNode{c.v.s}, nil
	}
	b.any = true
	return &indirectNode{name}, nil
}

// standalone builds a function without a subject.
func (b *builder) standalone(e *expression) (node, error) {
	return b.function(e, subjectless[e.subject.token.text], nil, e.subject.args)
}

func (b *builder) call(e *expression, c call, subj node) (node, error) {
	return b.function(e, functions[c.name.text], subj, c.args)
}

// function types the subject and the arguments of fn and folds the result.
func (b *builder) function(e *expression, fn *function, subj node, args []argument) (node, error) {
	n := &callNode{fn: fn, result: fn.result}
	var err error
	if subj != nil {
		if n.subj, err = convert(e, subj, fn.subject); err != nil {
			return nil, err
		}
	}
	for i, a := range args {
		arg, err := b.argument(a)
		if err != nil {
			return nil, err
		}
		if arg, err = convert(e, arg, fn.argKind(i)); err != nil {
			return nil, err
		}
		n.args = append(n.args, arg)
	}
	if fn.check != nil {
		if err := fn.check(n); err != nil {
			return nil, semantic(e, err.Error(), "")
		}
	}
	if fn.eval == nil { // nothing but the conversion of its subject
		return n.subj, nil
	}
	return fold(n), nil
}

func (b *builder) argument(a argument) (node, error) {
	if a.nested != nil {
		return b.expression(a.nested)
	}
	switch a.token.kind {
	case tokWhole:
		n, err := javanum.ParseLong(a.token.text, 10)
		if err != nil {
			return nil, &SyntaxError{Message: "Number " + a.token.text + " is out of range"}
		}
		return &constNode{k: kindWhole, v: whole(n)}, nil
	case tokDecimal:
		f, err := javanum.ParseDouble(a.token.text)
		return &constNode{k: kindDecimal, v: decimal(f)}, err
	case tokParam:
		return &paramNode{a.token.text}, nil
	case tokString:
		return b.text(a.token.text)
	}
	switch a.token.text {
	case "null":
		return &constNode{k: kindString, literal: true}, nil
	default:
		return &constNode{k: kindBool, v: boolean(a.token.text == "true")}, nil
	}
}

// text builds a string literal or a name, in which expressions may be embedded.
func (b *builder) text(text string) (node, error) {
	if len(text) < 2 {
		return literal(text), nil
	}
	spans := expressionSpans(text)
	if len(spans) == 0 {
		return escapedText(text), nil
	}
	var parts []node
	last := 0
	for _, s := range spans {
		n, err := b.compile(text[s.start:s.end])
		if err != nil {
			return nil, err
		}
		if s.start > last {
			before := text[last:s.start]
			if isAttribute(n) {
				before = unescapeTrailing(before)
			}
			lit, err := b.text(before)
			if err != nil {
				return nil, err
			}
			parts = append(parts, lit)
		}
		if n, err = convert(&expression{text: text}, n, kindString); err != nil {
			return nil, err
		}
		parts = append(parts, n)
		last = s.end
	}
	if last < len(text) {
		lit, err := b.text(text[last:])
		if err != nil {
			return nil, err
		}
		parts = append(parts, lit)
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return &concatNode{parts}, nil
}

func literal(text string) *constNode {
	return &constNode{k: kindString, v: str(literalText(text)), literal: true}
}

// escapedText is a literal whose $${...} stand for ${...}.
func escapedText(text string) node {
	spans := escapedSpans(text)
	if len(spans) == 0 {
		return literal(text)
	}
	var sb strings.Builder
	last := 0
	for _, s := range spans {
		sb.WriteString(literalText(text[last:s.start]))
		sb.WriteString(literalText(unescapeBraced(text[s.start:s.end])))
		last = s.end
	}
	sb.WriteString(literalText(text[last:]))
	whole := len(spans) == 1 && spans[0] == span{0, len(text)}
	return &constNode{k: kindString, v: str(sb.String()), literal: whole}
}

func isAttribute(n node) bool {
	switch n.(type) {
	case *attrNode, *indirectNode:
		return true
	}
	return false
}

// convert makes n yield values of the kind wanted, or says why it cannot.
func convert(e *expression, n node, to kind) (node, error) {
	from := n.kind()
	if from == to || to == kindAny {
		if _, ok := n.(*mapNode); ok && to == kindString {
			return nil, semantic(e, "The result of join cannot be used here",
				"${literal(${...})} around it")
		}
		return n, nil
	}
	ok := true
	switch to {
	case kindBool:
		ok = from == kindString
	case kindWhole, kindNumber, kindDate, kindInstant:
		ok = from != kindBool
	case kindDecimal:
		ok = from != kindBool && from != kindInstant
	}
	if !ok {
		return nil, semantic(e, "Cannot implicitly convert Data Type "+from.String()+" to "+to.String(), "")
	}
	return fold(&castNode{to: to, from: n}), nil
}

// fold replaces a node by its value where nothing outside decides it. What
// fails is kept, to fail when it is evaluated.
func fold(n node) node {
	switch n := n.(type) {
	case *castNode:
		if !isConst(n.from) || n.to == kindDate { // dates are read in the zone of the Env
			return n
		}
	case *callNode:
		if n.fn.volatile || (n.subj != nil && !isConst(n.subj)) || slices.ContainsFunc(n.args, isNotConst) {
			return n
		}
	}
	r := &run{env: &Env{}}
	v := n.eval(r)
	if r.err != nil {
		return n
	}
	return &constNode{k: n.kind(), v: v}
}

func isConst(n node) bool {
	_, ok := n.(*constNode)
	return ok
}

func isNotConst(n node) bool { return !isConst(n) }

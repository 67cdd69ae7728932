package el

import (
	"slices"
	"strings"
)

// Expr is a compiled property value. It is immutable and safe for concurrent use.
type Expr struct {
	source string
	parts  []node
	attrs  []string
	any    bool
}

// Compile reads a property value whose parameters have been put in already:
// #{name} outside of an expression is plain text. The error is a *SyntaxError.
func Compile(text string) (*Expr, error) { return compile(text, false) }

// CompileUnresolved reads a property value in which #{name} stands for what
// Env.Parameter gives, and ##{name} for the text #{name}.
func CompileUnresolved(text string) (*Expr, error) { return compile(text, true) }

func compile(text string, params bool) (*Expr, error) {
	e := &Expr{source: text}
	b := &builder{attrs: make(map[string]bool)}
	spans := expressionSpans(text)
	if len(spans) == 0 {
		e.addUnescaped(text, params)
		return e, nil
	}
	last := 0
	for _, s := range spans {
		n, err := b.compile(text[s.start:s.end])
		if err != nil {
			return nil, err
		}
		if s.start > last {
			e.addLiteral(textBefore(text[last:s.start], n), params)
		}
		e.parts = append(e.parts, n)
		last = s.end
	}
	if last < len(text) {
		e.addLiteral(unescapeLeading(text[last:]), params)
	}
	for name := range b.attrs {
		e.attrs = append(e.attrs, name)
	}
	slices.Sort(e.attrs)
	e.any = b.any
	e.join()
	return e, nil
}

// textBefore undoes the escapes of the literal text before expression n: before
// a plain attribute the dollars at its end are escapes too.
func textBefore(text string, n node) string {
	text = unescapeLeading(text)
	if isAttribute(n) && strings.Trim(text, "$") != "" {
		text = unescapeTrailing(text)
	}
	return text
}

// addUnescaped adds text without expressions.
func (e *Expr) addUnescaped(text string, params bool) {
	escapes := escapedSpans(text)
	if len(escapes) == 0 {
		e.addLiteral(text, params)
	}
	last := 0
	for i, s := range escapes {
		if s.start > last {
			e.addLiteral(unescapeLeading(text[last:s.start]), params)
		}
		e.addLiteral(unescapeLeading(text[s.start:s.end]), params)
		last = s.end
		if i == len(escapes)-1 && last < len(text) {
			e.addLiteral(unescapeLeading(text[last:]), params)
		}
	}
	e.join()
}

func (e *Expr) addLiteral(text string, params bool) {
	last := 0
	if params {
		for _, p := range paramSpans(text) {
			if p.literal != "" {
				e.addConst(p.literal) // NiFi loses the text before an escape
			} else {
				e.addConst(text[last:p.start])
				e.parts = append(e.parts, &paramNode{p.name})
			}
			last = p.end
		}
	}
	e.addConst(text[last:])
}

func (e *Expr) addConst(text string) {
	if text != "" {
		e.parts = append(e.parts, &constNode{k: kindString, v: str(text)})
	}
}

// join makes one constant of those that stand side by side.
func (e *Expr) join() {
	var parts []node
	r := &run{env: &Env{}}
	for _, n := range e.parts {
		c, ok := n.(*constNode)
		if !ok {
			parts = append(parts, n)
			continue
		}
		text := r.text(c.v)
		if len(parts) > 0 {
			if before, ok := parts[len(parts)-1].(*constNode); ok {
				before.v.s += text
				continue
			}
		}
		parts = append(parts, &constNode{k: kindString, v: str(text)})
	}
	e.parts = parts
}

// String is the property value as it was written.
func (e *Expr) String() string { return e.source }

// Eval is the text that the value stands for. A nil env is the zero Env. The
// error is an *EvalError or a *RuntimeError.
func (e *Expr) Eval(env *Env) (string, error) {
	if s, ok := e.IsConstant(); ok {
		return s, nil
	}
	if env == nil {
		env = &Env{}
	}
	if n, ok := e.parts[0].(*attrNode); ok && len(e.parts) == 1 {
		s, _ := env.lookup(n.name)
		return env.decorate(n, s), nil
	}
	r := &run{env: env, compile: CompileUnresolved}
	s := e.text(r)
	if r.err != nil {
		return "", r.err
	}
	return s, nil
}

// text evaluates all parts; r.err says whether that worked.
func (e *Expr) text(r *run) string {
	if len(e.parts) == 1 {
		return r.env.decorate(e.parts[0], r.text(e.parts[0].eval(r)))
	}
	var b strings.Builder
	for _, n := range e.parts {
		b.WriteString(r.env.decorate(n, r.text(n.eval(r))))
	}
	return b.String()
}

// decorate applies Decorate to the text that n gave, unless n is plain text.
func (e *Env) decorate(n node, text string) string {
	if e.Decorate == nil {
		return text
	}
	switch n.(type) {
	case *constNode, *paramNode:
		return text
	}
	return e.Decorate(text)
}

// EvalBool reports whether the value is the text "true" in any case, as
// RouteOnAttribute reads it.
func (e *Expr) EvalBool(env *Env) (bool, error) {
	s, err := e.Eval(env)
	return strings.EqualFold(s, "true"), err
}

// IsConstant returns the text of a value that no FlowFile and no environment
// can change.
func (e *Expr) IsConstant() (string, bool) {
	switch len(e.parts) {
	case 0:
		return "", true
	case 1:
		if c, ok := e.parts[0].(*constNode); ok {
			return c.v.s, true
		}
	}
	return "", false
}

// HasExpression reports whether the value holds ${...} at all.
func (e *Expr) HasExpression() bool { return len(expressionSpans(e.source)) > 0 }

// Attributes are the names of attributes that the value refers to, sorted;
// names that are computed or matched by a pattern are not among them.
func (e *Expr) Attributes() []string { return slices.Clone(e.attrs) }

// UsesAttributes reports whether the value looks at attributes (or variables)
// at all, by name or otherwise.
func (e *Expr) UsesAttributes() bool { return e.any || len(e.attrs) > 0 }

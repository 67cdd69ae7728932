package el

import (
	"strings"
	"unicode/utf8"
)

// expression is ${subject:function(argument, ...):...} before its types are known.
type expression struct {
	text    string // from ${ to }
	subject subject
	calls   []call
}

// subject is what the chain of functions starts with: an attribute whose name
// is a token or an expression, a parameter, or a function without a subject.
type subject struct {
	token    token       // name, string, keyword or parameter
	indirect *expression // ${${name}}
	args     []argument  // of a keyword
}

type call struct {
	name token
	args []argument
}

type argument struct {
	token  token
	nested *expression
}

type parser struct {
	text   string
	tokens []token
	next   int
	depth  int
}

// parse reads one whole expression.
func parse(text string, depth int) (*expression, error) {
	p := &parser{text: text, tokens: lex(text), depth: depth}
	e, err := p.expression()
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.kind != tokEOF {
		return nil, p.unexpected(t, "the end of the expression")
	}
	return e, nil
}

func (p *parser) peek() token { return p.tokens[p.next] }

func (p *parser) take() token {
	t := p.tokens[p.next]
	if t.kind != tokEOF {
		p.next++
	}
	return t
}

func (p *parser) expect(punct string) error {
	if t := p.take(); !t.is(punct) {
		return p.unexpected(t, "'"+punct+"'")
	}
	return nil
}

// unexpected is the error for t, worded and placed as NiFi's.
func (p *parser) unexpected(t token, expected string) error {
	before := p.text[:t.pos]
	e := &SyntaxError{Query: p.text, Line: 1 + strings.Count(before, "\n"), Expected: expected}
	e.Column = utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
	e.Message = "Unexpected token '" + t.text + "'"
	if t.kind == tokBad {
		e.Message = "Unrecognized token '" + t.text + "'"
	}
	return e
}

func (p *parser) expression() (*expression, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, &tooDeepError{SyntaxError{Message: ErrTooDeep.Error(), Query: shorten(p.text)}}
	}
	defer func() { p.depth-- }()
	start := p.peek().pos
	if err := p.expect("$"); err != nil {
		return nil, err
	}
	if err := p.expect("{"); err != nil {
		return nil, err
	}
	e := new(expression)
	var err error
	if e.subject, err = p.subject(); err != nil {
		return nil, err
	}
	for p.peek().is(":") {
		p.take()
		c, err := p.call()
		if err != nil {
			return nil, err
		}
		e.calls = append(e.calls, c)
	}
	end := p.peek()
	if err := p.expect("}"); err != nil {
		return nil, err
	}
	e.text = p.text[start : end.pos+1]
	return e, nil
}

func (p *parser) subject() (subject, error) {
	t := p.peek()
	switch {
	case t.is("$"):
		nested, err := p.expression()
		return subject{indirect: nested}, err
	case t.kind == tokName || t.kind == tokString || t.kind == tokParam:
		p.take()
		return subject{token: t}, nil
	case t.kind == tokKeyword && (subjectless[t.text] != nil || multiNames[t.text] != ""):
		p.take()
		args, err := p.args()
		if err != nil {
			return subject{}, err
		}
		if err := checkArgs(t, args); err != nil {
			return subject{}, p.unexpected(t, err.Error())
		}
		return subject{token: t, args: args}, nil
	}
	return subject{}, p.unexpected(t, "an attribute, or a function that needs no subject")
}

func (p *parser) call() (call, error) {
	t := p.take()
	fn := functions[t.text]
	if t.kind != tokKeyword || fn == nil {
		return call{}, p.unexpected(t, "a function")
	}
	args, err := p.args()
	if err != nil {
		return call{}, err
	}
	if len(args) < fn.min || len(args) > fn.max() {
		return call{}, p.unexpected(t, fn.usage())
	}
	return call{name: t, args: args}, nil
}

func (p *parser) args() ([]argument, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	if p.peek().is(")") {
		p.take()
		return nil, nil
	}
	var args []argument
	for {
		a, err := p.argument()
		if err != nil {
			return nil, err
		}
		args = append(args, a)
		if t := p.take(); t.is(")") {
			return args, nil
		} else if !t.is(",") {
			return nil, p.unexpected(t, "',' or ')'")
		}
	}
}

func (p *parser) argument() (argument, error) {
	t := p.peek()
	if t.is("$") {
		nested, err := p.expression()
		return argument{nested: nested}, err
	}
	p.take()
	switch t.kind {
	case tokWhole, tokDecimal, tokString, tokParam:
		return argument{token: t}, nil
	case tokKeyword:
		if t.text == "true" || t.text == "false" || t.text == "null" {
			return argument{token: t}, nil
		}
		return argument{}, p.unexpected(t, "a value; a function needs ${...} around it and its subject")
	}
	return argument{}, p.unexpected(t, "a quoted string, a number, true, false, null or ${...}")
}

// tooDeepError is a SyntaxError that errors.Is finds as ErrTooDeep.
type tooDeepError struct{ SyntaxError }

func (e *tooDeepError) Is(target error) bool { return target == ErrTooDeep }

// Unwrap lets errors.As find the SyntaxError.
func (e *tooDeepError) Unwrap() error { return &e.SyntaxError }

func shorten(text string) string {
	const limit = 200
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "") + "..."
}

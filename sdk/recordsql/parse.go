package recordsql

import (
	"slices"
	"strconv"
	"strings"
)

// maxDepth bounds how deep expressions and queries may be nested.
const maxDepth = 200

type parser struct {
	sql   string
	toks  []token
	i     int
	depth int
}

func parse(sql string) (*query, error) {
	toks, err := lex(sql)
	if err != nil {
		return nil, err
	}
	p := &parser{sql: sql, toks: toks}
	q, err := p.query()
	if err != nil {
		return nil, err
	}
	p.symbol(";")
	if p.peek().kind != tokEnd {
		return nil, p.unexpected("the end")
	}
	return q, nil
}

func (p *parser) peek() token { return p.toks[p.i] }

func (p *parser) peekAt(n int) token { return p.toks[min(p.i+n, len(p.toks)-1)] }

func (p *parser) next() token {
	t := p.toks[p.i]
	if t.kind != tokEnd {
		p.i++
	}
	return t
}

// word takes the given key words, if they are next, and tells so.
func (p *parser) word(words ...string) bool {
	for n, w := range words {
		if t := p.peekAt(n); t.kind != tokWord || t.up != w {
			return false
		}
	}
	p.i += len(words)
	return true
}

func (p *parser) symbol(s string) bool {
	if t := p.peek(); t.kind == tokSymbol && t.text == s {
		p.i++
		return true
	}
	return false
}

func (p *parser) expect(s string) error {
	if p.symbol(s) || p.word(s) {
		return nil
	}
	return p.unexpected(s)
}

func (p *parser) unexpected(want string) error {
	t := p.peek()
	got := strconv.Quote(t.text)
	if t.kind == tokEnd {
		got = "the end"
	}
	return syntaxError(p.sql, t.pos, "expected %s, got %s", want, got)
}

// enter guards against statements that are nested without end.
func (p *parser) enter() error {
	if p.depth++; p.depth > maxDepth {
		return syntaxError(p.sql, p.peek().pos, "nested too deep")
	}
	return nil
}

func (p *parser) leave() { p.depth-- }

func (p *parser) query() (*query, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	start := p.peek().pos
	q := &query{limit: -1}
	if p.word("WITH") {
		if err := p.with(q); err != nil {
			return nil, err
		}
	}
	for {
		s, err := p.term()
		if err != nil {
			return nil, err
		}
		q.terms = append(q.terms, s)
		op := ""
		switch {
		case p.word("UNION"):
			op = "UNION"
			if p.word("ALL") {
				op = "UNION ALL"
			} else {
				p.word("DISTINCT")
			}
		case p.word("INTERSECT"):
			op = "INTERSECT"
		case p.word("EXCEPT"), p.word("MINUS"):
			op = "EXCEPT"
		}
		if op == "" {
			break
		}
		q.ops = append(q.ops, op)
	}
	if err := p.tail(q); err != nil {
		return nil, err
	}
	q.text = p.sql[start:p.peek().pos]
	return q, nil
}

func (p *parser) with(q *query) error {
	for {
		c := cte{}
		var err error
		if c.name, err = p.name(); err != nil {
			return err
		}
		if p.symbol("(") {
			if c.columns, err = p.names(); err != nil {
				return err
			}
		}
		if err = p.expect("AS"); err == nil {
			err = p.expect("(")
		}
		if err != nil {
			return err
		}
		if c.query, err = p.query(); err != nil {
			return err
		}
		if err := p.expect(")"); err != nil {
			return err
		}
		q.with = append(q.with, c)
		if !p.symbol(",") {
			return nil
		}
	}
}

// tail is ORDER BY, LIMIT, OFFSET and FETCH.
func (p *parser) tail(q *query) error {
	if p.word("ORDER", "BY") {
		for {
			e, err := p.expr()
			if err != nil {
				return err
			}
			o := ordering{expr: e}
			if o.descending = p.word("DESC"); !o.descending {
				p.word("ASC")
			}
			o.nullsFirst = o.descending // null is the largest value
			if p.word("NULLS", "FIRST") {
				o.nullsFirst = true
			} else if p.word("NULLS", "LAST") {
				o.nullsFirst = false
			}
			q.order = append(q.order, o)
			if !p.symbol(",") {
				break
			}
		}
	}
	for {
		var err error
		switch {
		case p.word("LIMIT"):
			if p.word("ALL") {
				continue
			}
			if q.limit, err = p.count(); err == nil && p.symbol(",") { // LIMIT start, count
				q.offset = q.limit
				q.limit, err = p.count()
			}
		case p.word("OFFSET"):
			q.offset, err = p.count()
			_ = p.word("ROWS") || p.word("ROW")
		case p.word("FETCH"):
			_ = p.word("FIRST") || p.word("NEXT")
			q.limit, err = p.count()
			if !p.word("ROWS", "ONLY") && !p.word("ROW", "ONLY") && err == nil {
				err = p.unexpected("ROWS ONLY")
			}
		default:
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (p *parser) count() (int64, error) {
	t := p.peek()
	n, err := strconv.ParseInt(t.text, 10, 64)
	if t.kind != tokNumber || err != nil {
		return 0, p.unexpected("a whole number")
	}
	p.i++
	return n, nil
}

// term is one SELECT, or a query in parentheses.
func (p *parser) term() (*selection, error) {
	if p.symbol("(") {
		q, err := p.query()
		if err != nil {
			return nil, err
		}
		return &selection{nested: q}, p.expect(")")
	}
	if err := p.expect("SELECT"); err != nil {
		return nil, err
	}
	s := &selection{}
	if s.distinct = p.word("DISTINCT"); !s.distinct {
		p.word("ALL")
	}
	for {
		it, err := p.item()
		if err != nil {
			return nil, err
		}
		s.items = append(s.items, it)
		if !p.symbol(",") {
			break
		}
	}
	var err error
	if p.word("FROM") {
		if s.from, err = p.from(); err != nil {
			return nil, err
		}
	}
	if p.word("WHERE") {
		if s.where, err = p.expr(); err != nil {
			return nil, err
		}
	}
	if p.word("GROUP", "BY") {
		s.grouped = true
		if s.group, err = p.groupBy(); err != nil {
			return nil, err
		}
	}
	if p.word("HAVING") {
		if s.having, err = p.expr(); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (p *parser) groupBy() ([]*node, error) {
	if p.symbol("(") {
		if p.symbol(")") { // GROUP BY (): one group
			return nil, nil
		}
		p.i--
	}
	var list []*node
	for {
		e, err := p.expr()
		if err != nil {
			return nil, err
		}
		if list = append(list, e); !p.symbol(",") {
			return list, nil
		}
	}
}

func (p *parser) item() (item, error) {
	t := p.peek()
	if p.symbol("*") {
		return item{expr: &node{op: opStar, pos: t.pos}}, nil
	}
	if (t.kind == tokWord || t.kind == tokQuoted) && p.peekAt(1).text == "." && p.peekAt(1).kind == tokSymbol && p.peekAt(2).text == "*" && p.peekAt(2).kind == tokSymbol {
		p.i += 3
		return item{expr: &node{op: opStar, table: t.text, pos: t.pos}}, nil
	}
	e, err := p.expr()
	if err != nil {
		return item{}, err
	}
	it := item{expr: e}
	switch t := p.peek(); {
	case p.word("AS"):
		it.name, err = p.name()
	case t.kind == tokQuoted, t.kind == tokWord && !isReserved(t.up):
		it.name = p.next().text
	case e.op == opColumn:
		it.name = e.text
	}
	return it, err
}

func (p *parser) from() (*source, error) {
	left, err := p.tableRef()
	if err != nil {
		return nil, err
	}
	for {
		var join string
		pos := p.peek().pos
		switch {
		case p.symbol(","), p.word("CROSS", "JOIN"):
			join = "CROSS"
		case p.word("INNER", "JOIN"), p.word("JOIN"):
			join = "INNER"
		case p.word("LEFT", "OUTER", "JOIN"), p.word("LEFT", "JOIN"):
			join = "LEFT"
		case p.word("RIGHT", "OUTER", "JOIN"), p.word("RIGHT", "JOIN"):
			join = "RIGHT"
		case p.word("FULL", "OUTER", "JOIN"), p.word("FULL", "JOIN"):
			join = "FULL"
		default:
			return left, nil
		}
		right, err := p.tableRef()
		if err != nil {
			return nil, err
		}
		left = &source{left: left, right: right, join: join, pos: pos}
		if join == "CROSS" {
			continue
		}
		if p.word("USING") {
			if err := p.expect("("); err != nil {
				return nil, err
			}
			if left.using, err = p.names(); err != nil {
				return nil, err
			}
			continue
		}
		if err := p.expect("ON"); err != nil {
			return nil, err
		}
		if left.on, err = p.expr(); err != nil {
			return nil, err
		}
	}
}

func (p *parser) tableRef() (*source, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	s := &source{pos: p.peek().pos}
	_ = p.word("LATERAL")
	var err error
	switch {
	case p.peek().up == "UNNEST" && p.peekAt(1).text == "(":
		p.i += 2
		if s.unnest, err = p.expr(); err != nil {
			return nil, err
		}
		if err := p.expect(")"); err != nil {
			return nil, err
		}
		s.ordinality = p.word("WITH", "ORDINALITY")
	case p.symbol("("):
		if t := p.peek().up; t != "SELECT" && t != "WITH" && p.peek().text != "(" {
			s, err = p.from() // a join in parentheses
			if err != nil {
				return nil, err
			}
			return s, p.expect(")")
		}
		if s.query, err = p.query(); err != nil {
			return nil, err
		}
		if err := p.expect(")"); err != nil {
			return nil, err
		}
	default:
		if s.name, err = p.name(); err != nil {
			return nil, err
		}
		s.alias = s.name
	}
	return s, p.alias(s)
}

func (p *parser) alias(s *source) (err error) {
	t := p.peek()
	if p.word("AS") {
		s.alias, err = p.name()
	} else if t.kind == tokQuoted || t.kind == tokWord && !isReserved(t.up) {
		s.alias = p.next().text
	}
	if err == nil && s.alias != s.name && p.symbol("(") {
		s.columns, err = p.names()
	}
	return err
}

// names is a list of names up to a closing parenthesis.
func (p *parser) names() (list []string, err error) {
	for {
		name, err := p.name()
		if err != nil {
			return nil, err
		}
		if list = append(list, name); !p.symbol(",") {
			return list, p.expect(")")
		}
	}
}

func (p *parser) name() (string, error) {
	t := p.peek()
	if t.kind == tokQuoted || t.kind == tokWord && !isReserved(t.up) {
		p.i++
		return t.text, nil
	}
	return "", p.unexpected("a name")
}

// reserved are the words that cannot be names unless they are quoted.
var reserved = strings.Fields(`ALL AND AS ASC BETWEEN BY CASE CAST CROSS DESC DISTINCT ELSE END ESCAPE EXCEPT EXISTS FALSE FETCH
	FROM FULL GROUP HAVING IN INNER INTERSECT IS JOIN LEFT LIKE LIMIT MINUS NATURAL NOT NULL OFFSET ON OR ORDER OUTER RIGHT SELECT
	THEN TRUE UNION UNNEST USING WHEN WHERE WITH`)

func isReserved(word string) bool { return slices.Contains(reserved, word) }

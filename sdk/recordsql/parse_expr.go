package recordsql

import (
	"strconv"
	"strings"

	"github.com/braidflow/braid/sdk/record"
)

func (p *parser) expr() (*node, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	return p.or()
}

// binary parses operators of one precedence, which group from the left.
func (p *parser) binary(operand func() (*node, error), operators ...string) (*node, error) {
	left, err := operand()
	for err == nil {
		t := p.peek()
		op := ""
		for _, o := range operators {
			if t.up == o && (t.kind == tokSymbol || t.kind == tokWord) {
				op = o
			}
		}
		if op == "" {
			return left, nil
		}
		p.i++
		var right *node
		if right, err = operand(); err == nil {
			left = &node{op: op, args: []*node{left, right}, pos: t.pos}
		}
	}
	return nil, err
}

func (p *parser) or() (*node, error)  { return p.binary(p.and, "OR") }
func (p *parser) and() (*node, error) { return p.binary(p.not, "AND") }

func (p *parser) not() (*node, error) {
	pos := p.peek().pos
	if !p.word("NOT") {
		return p.predicate()
	}
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	e, err := p.not()
	return &node{op: opNot, args: []*node{e}, pos: pos}, err
}

// predicate is a comparison, IS, IN, BETWEEN or LIKE.
func (p *parser) predicate() (*node, error) {
	left, err := p.sum()
	for err == nil {
		t := p.peek()
		if t.kind == tokSymbol {
			op := t.text
			switch op {
			case "!=":
				op = "<>"
			case "=", "<>", "<", "<=", ">", ">=":
			default:
				return left, nil
			}
			p.i++
			var right *node
			right, err = p.sum()
			left = &node{op: op, args: []*node{left, right}, pos: t.pos}
			continue
		}
		if p.word("IS") {
			n := &node{op: opIs, args: []*node{left}, not: p.word("NOT"), pos: t.pos}
			if n.text = p.next().up; n.text != "NULL" && n.text != "TRUE" && n.text != "FALSE" && n.text != "UNKNOWN" {
				p.i--
				return nil, p.unexpected("NULL, TRUE or FALSE")
			}
			left = n
			continue
		}
		before := p.i
		not := p.word("NOT")
		switch {
		case p.word("IN"):
			left, err = p.in(left, not)
		case p.word("BETWEEN"):
			left, err = p.between(left, not)
		case p.peek().up == "LIKE", p.peek().up == "RLIKE", p.word("SIMILAR", "TO"):
			left, err = p.like(left, not)
		default:
			p.i = before
			return left, nil
		}
	}
	return nil, err
}

func (p *parser) in(left *node, not bool) (*node, error) {
	n := &node{op: opIn, args: []*node{left}, not: not, pos: p.peek().pos}
	if err := p.expect("("); err != nil {
		return nil, err
	}
	if t := p.peek(); t.kind == tokWord && (t.up == "SELECT" || t.up == "WITH") {
		var err error
		if n.query, err = p.query(); err != nil {
			return nil, err
		}
		return n, p.expect(")")
	}
	list, err := p.list()
	n.args = append(n.args, list...)
	return n, err
}

// list is a list of expressions up to a closing parenthesis.
func (p *parser) list() (list []*node, err error) {
	for {
		e, err := p.expr()
		if err != nil {
			return nil, err
		}
		if list = append(list, e); !p.symbol(",") {
			return list, p.expect(")")
		}
	}
}

func (p *parser) between(left *node, not bool) (*node, error) {
	_ = p.word("ASYMMETRIC")
	low, err := p.sum()
	if err != nil {
		return nil, err
	}
	if err := p.expect("AND"); err != nil {
		return nil, err
	}
	high, err := p.sum()
	return &node{op: opBetween, args: []*node{left, low, high}, not: not, pos: left.pos}, err
}

func (p *parser) like(left *node, not bool) (*node, error) {
	kind := "SIMILAR"
	if p.word("LIKE") {
		kind = "LIKE"
	} else if p.word("RLIKE") {
		kind = "RLIKE"
	}
	pattern, err := p.sum()
	if err != nil {
		return nil, err
	}
	n := &node{op: opLike, text: kind, args: []*node{left, pattern}, not: not, pos: left.pos}
	if p.word("ESCAPE") {
		escape, err := p.sum()
		if err != nil {
			return nil, err
		}
		n.args = append(n.args, escape)
	}
	return n, nil
}

func (p *parser) sum() (*node, error)     { return p.binary(p.product, "+", "-", "||") }
func (p *parser) product() (*node, error) { return p.binary(p.unary, "*", "/", "%") }

func (p *parser) unary() (*node, error) {
	pos := p.peek().pos
	if p.symbol("+") {
		return p.unary()
	}
	if !p.symbol("-") {
		return p.postfix()
	}
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	e, err := p.unary()
	return &node{op: opNeg, args: []*node{e}, pos: pos}, err
}

// postfix is an operand, perhaps with [index].
func (p *parser) postfix() (*node, error) {
	e, err := p.operand()
	for err == nil && p.symbol("[") {
		var index *node
		if index, err = p.expr(); err == nil {
			err = p.expect("]")
			e = &node{op: opItem, args: []*node{e, index}, pos: e.pos}
		}
	}
	return e, err
}

func (p *parser) operand() (*node, error) {
	t := p.peek()
	switch t.kind {
	case tokText:
		p.i++
		return &node{op: opLiteral, value: record.StringValue(t.text), typ: record.String, pos: t.pos}, nil
	case tokNumber:
		p.i++
		return number(t), nil
	case tokQuoted:
		return p.column()
	case tokWord:
		return p.wordOperand(t)
	case tokSymbol:
		if p.symbol("(") {
			if next := p.peek(); next.kind == tokWord && (next.up == "SELECT" || next.up == "WITH") {
				q, err := p.query()
				if err != nil {
					return nil, err
				}
				return &node{op: opScalar, query: q, pos: t.pos}, p.expect(")")
			}
			e, err := p.expr()
			if err != nil {
				return nil, err
			}
			return e, p.expect(")")
		}
	case tokEnd:
	}
	return nil, p.unexpected("an expression")
}

func number(t token) *node {
	n := &node{op: opLiteral, pos: t.pos}
	if i, err := strconv.ParseInt(t.text, 10, 64); err == nil {
		n.value, n.typ = record.LongValue(i), record.Long
		if int64(int32(i)) == i {
			n.value, n.typ = record.IntValue(int32(i)), record.Int
		}
		return n
	}
	if d, err := record.ParseDecimal(t.text); err == nil && !strings.ContainsAny(t.text, "eE") {
		n.value, n.typ = record.DecimalValue(d), record.DecimalOf(max(d.Precision(), int(d.Scale())), int(d.Scale()))
		return n
	}
	f, _ := strconv.ParseFloat(t.text, 64) // its syntax is known to be right
	n.value, n.typ = record.DoubleValue(f), record.Double
	return n
}

func (p *parser) wordOperand(t token) (*node, error) {
	lit := func(v record.Value, typ *record.Type) (*node, error) {
		p.i++
		return &node{op: opLiteral, value: v, typ: typ, pos: t.pos}, nil
	}
	next := p.peekAt(1)
	switch t.up {
	case "NULL":
		return lit(record.Null, nil)
	case "TRUE":
		return lit(record.BoolValue(true), record.Boolean)
	case "FALSE":
		return lit(record.BoolValue(false), record.Boolean)
	case "CASE":
		return p.caseExpr()
	case "CAST", "TRY_CAST", "SAFE_CAST":
		return p.cast()
	case "EXISTS":
		p.i++
		if err := p.expect("("); err != nil {
			return nil, err
		}
		q, err := p.query()
		if err != nil {
			return nil, err
		}
		return &node{op: opExists, query: q, pos: t.pos}, p.expect(")")
	case "DATE", "TIME", "TIMESTAMP":
		if next.kind == tokText {
			p.i += 2
			text := &node{op: opLiteral, value: record.StringValue(next.text), typ: record.String, pos: t.pos}
			typ := map[string]*record.Type{"DATE": record.Date, "TIME": record.Time, "TIMESTAMP": record.Timestamp}[t.up]
			return &node{op: opCast, typ: typ, args: []*node{text}, pos: t.pos}, nil
		}
	case "INTERVAL":
		if next.kind == tokText || next.kind == tokNumber || next.text == "-" {
			return p.interval()
		}
	case "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP":
		p.i++
		if p.symbol("(") {
			if err := p.expect(")"); err != nil {
				return nil, err
			}
		}
		return &node{op: opCall, text: t.up, all: true, pos: t.pos}, nil
	}
	if next.kind == tokSymbol && next.text == "(" {
		return p.call()
	}
	return p.column()
}

func (p *parser) column() (*node, error) {
	pos := p.peek().pos
	name, err := p.name()
	if err != nil {
		return nil, p.unexpected("an expression")
	}
	n := &node{op: opColumn, text: name, pos: pos}
	if p.symbol(".") {
		n.table = n.text
		n.text, err = p.name()
	}
	return n, err
}

// interval is INTERVAL '3' DAY: the number and, as text, the unit.
func (p *parser) interval() (*node, error) {
	pos := p.next().pos
	negative := p.symbol("-")
	n, err := strconv.ParseInt(strings.TrimSpace(p.next().text), 10, 64)
	if err != nil {
		p.i--
		return nil, p.unexpected("a whole number in quotes")
	}
	if negative {
		n = -n
	}
	unit := strings.TrimSuffix(p.next().up, "S")
	if _, known := units[unit]; !known {
		p.i--
		return nil, p.unexpected("a unit of time")
	}
	count := &node{op: opLiteral, value: record.LongValue(n), typ: record.Long}
	return &node{op: opCall, text: "INTERVAL " + unit, args: []*node{count}, all: true, pos: pos}, nil
}

func (p *parser) caseExpr() (*node, error) {
	n := &node{op: opCase, pos: p.next().pos}
	var subject *node
	var err error
	if p.peek().up != "WHEN" {
		if subject, err = p.expr(); err != nil {
			return nil, err
		}
	}
	for p.word("WHEN") {
		when, err := p.expr()
		if err != nil {
			return nil, err
		}
		if subject != nil {
			when = &node{op: "=", args: []*node{subject, when}, pos: when.pos}
		}
		if err := p.expect("THEN"); err != nil {
			return nil, err
		}
		then, err := p.expr()
		if err != nil {
			return nil, err
		}
		n.args = append(n.args, when, then)
	}
	if len(n.args) == 0 {
		return nil, p.unexpected("WHEN")
	}
	otherwise := &node{op: opLiteral}
	if p.word("ELSE") {
		if otherwise, err = p.expr(); err != nil {
			return nil, err
		}
	}
	n.args = append(n.args, otherwise)
	return n, p.expect("END")
}

func (p *parser) cast() (*node, error) {
	t := p.next()
	if err := p.expect("("); err != nil {
		return nil, err
	}
	e, err := p.expr()
	if err != nil {
		return nil, err
	}
	if err := p.expect("AS"); err != nil {
		return nil, err
	}
	n := &node{op: opCast, args: []*node{e}, pos: t.pos}
	if t.up != "CAST" {
		n.text = "TRY"
	}
	if n.typ, n.all, err = p.typeName(n); err != nil {
		return nil, err
	}
	return n, p.expect(")")
}

var typeNames = map[string]*record.Type{
	"VARCHAR": record.String, "CHAR": record.String, "CHARACTER": record.String, "TEXT": record.String, "STRING": record.String,
	"INT": record.Int, "INTEGER": record.Int, "BIGINT": record.Long, "SMALLINT": record.Short, "TINYINT": record.Byte,
	"DOUBLE": record.Double, "FLOAT": record.Double, "REAL": record.Float, "BOOLEAN": record.Boolean, "DATE": record.Date,
	"TIME": record.Time, "TIMESTAMP": record.Timestamp, "DATETIME": record.Timestamp, "UUID": record.UUID, "ANY": nil,
}

// typeName reads a type. defaulted says that it is a DECIMAL without digits.
func (p *parser) typeName(n *node) (typ *record.Type, defaulted bool, err error) {
	t := p.next()
	typ, known := typeNames[t.up]
	decimal := t.up == "DECIMAL" || t.up == "NUMERIC" || t.up == "DEC"
	if t.kind != tokWord || !known && !decimal {
		p.i--
		return nil, false, p.unexpected("a type")
	}
	_ = p.word("PRECISION") || p.word("VARYING")
	var digits []int64
	if p.symbol("(") {
		for {
			d, err := p.count()
			if err != nil {
				return nil, false, err
			}
			if digits = append(digits, min(d, 1000)); !p.symbol(",") {
				break
			}
		}
		if err := p.expect(")"); err != nil {
			return nil, false, err
		}
	}
	switch {
	case decimal && len(digits) == 0:
		return record.DecimalOf(0, 0), true, nil
	case decimal && len(digits) == 1:
		return record.DecimalOf(int(digits[0]), 0), false, nil
	case decimal:
		return record.DecimalOf(int(digits[0]), int(digits[1])), false, nil
	case typ == record.String && len(digits) == 1: // longer text is cut
		n.value = record.LongValue(digits[0])
	}
	return typ, false, nil
}

// call is a function, with the forms of arguments that some of them have.
func (p *parser) call() (*node, error) {
	t := p.next()
	p.i++ // the parenthesis
	n := &node{op: opCall, text: t.up, all: true, pos: t.pos}
	var err error
	switch {
	case p.symbol(")"):
	case n.text == "EXTRACT":
		n.text = "EXTRACT " + p.next().up
		if err = p.expect("FROM"); err == nil {
			n.args, err = p.list()
		}
	case n.text == "TRIM":
		err = p.trim(n)
	case n.text == "TIMESTAMPADD", n.text == "TIMESTAMPDIFF":
		n.text += " " + strings.TrimPrefix(p.next().up, "SQL_TSI_")
		if err = p.expect(","); err == nil {
			n.args, err = p.list()
		}
	case p.peek().text == "*" && p.peek().kind == tokSymbol:
		p.i++
		n.args = []*node{{op: opStar, pos: t.pos}}
		err = p.expect(")")
	default:
		if n.all = !p.word("DISTINCT"); n.all {
			p.word("ALL")
		}
		err = p.arguments(n)
	}
	if err != nil {
		return nil, err
	}
	if p.peek().up == "OVER" && p.peek().kind == tokWord {
		return nil, syntaxError(p.sql, p.peek().pos, "window functions (OVER) are not supported")
	}
	if p.word("FILTER") {
		if !p.symbol("(") || !p.word("WHERE") {
			return nil, p.unexpected("(WHERE")
		}
		cond, err := p.expr()
		if err != nil {
			return nil, err
		}
		return &node{op: opFilter, args: []*node{n, cond}, pos: t.pos}, p.expect(")")
	}
	return n, nil
}

// arguments also takes words in place of commas: SUBSTRING(x FROM 1 FOR 2), POSITION(x IN y), FLOOR(x TO DAY).
func (p *parser) arguments(n *node) error {
	for {
		operand := p.expr
		if n.text == "POSITION" && len(n.args) == 0 {
			operand = p.sum
		}
		e, err := operand()
		if err != nil {
			return err
		}
		n.args = append(n.args, e)
		switch {
		case p.symbol(","), n.text == "SUBSTRING" && (p.word("FROM") || p.word("FOR")), n.text == "POSITION" && (p.word("IN") || p.word("FROM")),
			n.text == "OVERLAY" && (p.word("PLACING") || p.word("FROM") || p.word("FOR")):
		case (n.text == "FLOOR" || n.text == "CEIL" || n.text == "CEILING") && p.word("TO"):
			n.text = strings.TrimSuffix(n.text, "ING") + " " + p.next().up
			return p.expect(")")
		default:
			return p.expect(")")
		}
	}
}

// trim is TRIM([[BOTH|LEADING|TRAILING] [what] FROM] text).
func (p *parser) trim(n *node) error {
	side := "BOTH"
	for _, s := range []string{"BOTH", "LEADING", "TRAILING"} {
		if p.word(s) {
			side = s
		}
	}
	n.text = "TRIM " + side
	if p.word("FROM") {
		list, err := p.list()
		n.args = list
		return err
	}
	e, err := p.expr()
	if err != nil {
		return err
	}
	n.args = []*node{e}
	if p.word("FROM") {
		text, err := p.expr()
		if err != nil {
			return err
		}
		n.args = []*node{text, e}
	}
	return p.expect(")")
}

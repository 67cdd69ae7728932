package recordsql

import (
	"strconv"
	"strings"

	"github.com/braidflow/braid/sdk/record"
)

// node is an expression as it was written.
type node struct {
	op    string // what it is: see the constants, or the symbol of a binary operator
	text  string // name of a column, function, type or unit of time
	table string // of a column or star: its qualifier, "" for none
	args  []*node
	value record.Value // of a literal
	typ   *record.Type // of a literal or CAST
	query *query       // of a subquery
	not   bool         // NOT LIKE, NOT IN, NOT BETWEEN, IS NOT
	all   bool         // of an aggregate: without DISTINCT
	pos   int
}

const (
	opColumn  = "column"
	opStar    = "star"
	opLiteral = "literal"
	opCall    = "call"
	opCast    = "cast"
	opCase    = "case" // pairs of condition and result, then the result of ELSE
	opNot     = "not"
	opNeg     = "neg"
	opIs      = "is" // text: NULL, TRUE, FALSE, UNKNOWN
	opIn      = "in" // the value, then the list, or query
	opBetween = "between"
	opLike    = "like" // value, pattern, perhaps the escape; text: LIKE or SIMILAR
	opItem    = "item" // element of an array or map
	opScalar  = "scalar"
	opExists  = "exists"
	opFilter  = "filter" // an aggregate and its condition
)

// key is the same for expressions that are the same, whatever the case of names and whether they are qualified: find tells
// which column a name means; nil if that does not matter.
func (n *node) key(find func(*node) (int, error)) string {
	var b strings.Builder
	n.addKey(&b, find)
	return b.String()
}

func (n *node) addKey(b *strings.Builder, find func(*node) (int, error)) {
	if n == nil {
		return
	}
	b.WriteString(n.op)
	if n.not {
		b.WriteString("!")
	}
	b.WriteByte(' ')
	switch n.op {
	case opLiteral:
		b.WriteString(n.value.Kind().String() + "'" + record.ToString(n.value, record.DefaultFormats))
	case opColumn:
		if find != nil {
			if at, err := find(n); err == nil {
				b.WriteString(strconv.Itoa(at))
				break
			}
		}
		b.WriteString(strings.ToUpper(n.table + "." + n.text))
	default:
		b.WriteString(n.text)
		if n.typ != nil {
			b.WriteString(n.typ.String())
		}
		if n.query != nil {
			b.WriteString(n.query.text)
		}
		if n.op == opCall && !n.all {
			b.WriteString(" distinct")
		}
	}
	for _, a := range n.args {
		b.WriteByte('(')
		a.addKey(b, find)
		b.WriteByte(')')
	}
}

// query is a statement: one or more SELECTs with set operations between them.
type query struct {
	text   string // as it was written
	with   []cte
	terms  []*selection
	ops    []string // between the terms: UNION, UNION ALL, INTERSECT, EXCEPT
	order  []ordering
	limit  int64 // -1 for none
	offset int64
}

// cte is a named query of a WITH clause.
type cte struct {
	name    string
	columns []string
	query   *query
}

type selection struct {
	distinct bool
	items    []item
	from     *source // nil: one row without columns
	where    *node
	group    []*node
	grouped  bool
	having   *node
	nested   *query // a query in parentheses in place of a SELECT
}

type item struct {
	expr *node
	name string // "" if it has none
}

type ordering struct {
	expr       *node
	descending bool
	nullsFirst bool
}

// source is what FROM names: a table, a subquery, UNNEST, or a join of two.
type source struct {
	name, alias string
	columns     []string // new names for the columns
	query       *query
	unnest      *node
	ordinality  bool

	left, right *source
	join        string // INNER, LEFT, RIGHT, FULL, CROSS
	on          *node
	using       []string
	pos         int
}

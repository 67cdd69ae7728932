package recordsql

import (
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/braidflow/braid/sdk/record"
)

// Statement is a parsed SELECT. It is immutable.
type Statement struct {
	sql   string
	query *query
}

// Parse reads a statement. The error is a [*SyntaxError].
func Parse(sql string) (*Statement, error) {
	q, err := parse(sql)
	if err != nil {
		return nil, err
	}
	return &Statement{sql, q}, nil
}

// Table is what a statement selects from. Open may be called several times, as often as the statement names the table; the
// readers it returns are closed.
type Table struct {
	Schema *record.Schema
	Open   func(ctx context.Context) (record.Reader, error)
}

// Options are for one run of a statement.
type Options struct {
	Now              time.Time // of CURRENT_TIMESTAMP
	Precision, Scale int       // of DECIMAL without digits
}

// Result is the result of a statement, as a [record.Reader].
type Result struct {
	schema *record.Schema
	rel    *relation
	rows   rows
	out    *record.Record
	read   int64
}

// Run runs the statement over tables by name. The caller closes the result.
func (s *Statement) Run(ctx context.Context, tables map[string]Table, o Options) (*Result, error) {
	if o.Precision == 0 {
		o.Precision = 10
	}
	res := &Result{}
	p := &plan{ctx: ctx, tables: map[string]Table{}, read: &res.read}
	p.env = &env{sql: s.sql, options: o}
	for name, t := range tables {
		p.tables[strings.ToUpper(name)] = t
	}
	rel, err := p.query(s.query)
	if err != nil {
		return nil, err
	}
	res.rel = rel
	if res.rows, err = rel.open(); err != nil {
		return nil, err
	}
	return res, res.start()
}

// start looks at the first row where a type is not known without it.
func (r *Result) start() error {
	cols := r.rel.cols
	var first row
	for _, c := range cols {
		if c.field.Type != nil || first != nil {
			continue
		}
		v, err := r.rows.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			r.rows.close()
			return err
		}
		first = clone(v)
	}
	names := map[string]bool{}
	fields := make([]record.Field, len(cols))
	for i, c := range cols {
		f := c.field
		if f.Type == nil {
			f.Type = record.String
			if first != nil && !first[i].IsNull() {
				f.Type = record.TypeOf(first[i])
			}
		}
		if isInterval(f.Type) {
			f.Type = record.Long
		}
		for n := 0; names[f.Name]; n++ { // as Calcite: id, id0
			f.Name = c.field.Name + strconv.Itoa(n)
		}
		names[f.Name] = true
		fields[i] = f
	}
	r.schema = record.NewSchema(fields...)
	r.out = record.New(r.schema)
	if first != nil {
		r.rows = &chain{&listed{[]row{first}}, func(rest rows) func() (rows, error) { return func() (rows, error) { return rest, nil } }(r.rows)}
	}
	return nil
}

// Schema implements [record.Reader].
func (r *Result) Schema() (*record.Schema, error) { return r.schema, nil }

// Read implements [record.Reader].
func (r *Result) Read() (*record.Record, error) {
	v, err := r.rows.next()
	if err != nil {
		return nil, err
	}
	r.out.ResetSchema(r.schema)
	copy(r.out.Values(), v[:r.schema.Len()])
	return r.out, nil
}

// Close implements [record.Reader].
func (r *Result) Close() error {
	r.rows.close()
	return nil
}

// RecordsRead is how many records the tables have given so far.
func (r *Result) RecordsRead() int64 { return r.read }

// subquery compiles a query that is a value, or EXISTS. It is run once, when it is needed first.
func (s *scope) subquery(n *node) (expr, error) {
	rel, err := s.plan.query(n.query)
	if err != nil {
		return expr{}, err
	}
	typ := record.Boolean
	if n.op == opScalar {
		if len(rel.cols) != 1 {
			return expr{}, s.errorf(n, "the subquery has %d columns, and one is wanted", len(rel.cols))
		}
		typ = rel.cols[0].field.Type
	}
	var value record.Value
	done := false
	return expr{typ: typ, eval: func(row) (record.Value, error) {
		if done {
			return value, nil
		}
		list, err := all(rel)
		switch {
		case err != nil:
			return record.Null, err
		case n.op == opExists:
			value = record.BoolValue(len(list) > 0)
		case len(list) > 1:
			return record.Null, s.errorf(n, "the subquery gives more than one row")
		case len(list) == 1:
			value = list[0][0]
		}
		done = true
		return value, nil
	}}, nil
}

// inQuery compiles value IN (query).
func (s *scope) inQuery(n *node) (expr, error) {
	rel, err := s.plan.query(n.query)
	if err != nil {
		return expr{}, err
	}
	if len(rel.cols) != 1 {
		return expr{}, s.errorf(n, "the subquery has %d columns, and one is wanted", len(rel.cols))
	}
	value, err := s.compile(n.args[0])
	if err != nil {
		return expr{}, err
	}
	var known map[string]bool
	hasNull := false
	var key []byte
	e := null1(record.Boolean, value, func(v record.Value) (record.Value, error) {
		if known == nil {
			list, err := all(rel)
			if err != nil {
				return v, err
			}
			known = map[string]bool{}
			for _, r := range list {
				known[string(appendKey(nil, r[0]))] = true
				hasNull = hasNull || r[0].IsNull()
			}
		}
		key = appendKey(key[:0], v)
		if !known[string(key)] && hasNull {
			return record.Null, nil
		}
		return record.BoolValue(known[string(key)] != n.not), nil
	})
	return e, nil
}

package record

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/sdk/recordsql"
)

// QueryRecord evaluates SQL over the records of a FlowFile.
var QueryRecord = sdk.Component{
	Type:     "org.apache.nifi.processors.standard.QueryRecord",
	Artifact: "nifi-standard-nar",
	New:      func() sdk.Processor { return new(queryRecord) },
}

type queryRecord struct {
	formats
	decimals
	empty           bool
	queries         []sdk.DynamicProperty
	original, fault sdk.Relationship
	statements      statements
}

const queryRoute = "QueryRecord.Route"

func (p *queryRecord) Describe(s *sdk.Spec) {
	s.About("Evaluates SQL queries over the records of a FlowFile, to select, filter, aggregate or convert them. Each query has a relationship.",
		"sql", "query", "calcite", "route", "record", "transform", "select", "update", "modify", "etl", "filter", "record", "csv", "json",
		"logs", "text", "avro", "aggregate")
	s.Details("The table is called FLOWFILE. Queries are in the dialect of Apache Calcite: names are in double quotes where they are " +
		"key words or have other characters than letters, and do not mind case. Fields within records are reached by RPATH(field, '/path'), or " +
		"RPATH_STRING, RPATH_INT, RPATH_LONG, RPATH_DOUBLE, RPATH_FLOAT and RPATH_DATE where a value of one type is wanted.\n\n" +
		"Records stream through a query without ORDER BY, DISTINCT, GROUP BY or join; those hold in memory what they must.")
	s.InputRequired()
	s.Batching(0)
	s.SideEffectFree()
	p.formats.describe(s)
	s.Bool(&p.empty, "Include Zero Record FlowFiles", "Whether a result without records is passed on or dropped.", sdk.Required, sdk.Default("true"))
	p.decimals.describe(s, sdk.Required)
	s.Dynamics(&p.queries, sdk.DynamicSpec{
		EL: sdk.FlowFileEL, NameDoc: "The relationship for the result.", ValueDoc: "A SELECT statement over FLOWFILE.",
		Doc: "The queries. Each is evaluated over every FlowFile.", Relationships: true,
	})
	s.WritesAttr(queryRoute, "The relationship to which the FlowFile went.")
	s.Rel(&p.original, "original", "FlowFiles that were queried, unchanged.")
	s.Rel(&p.fault, "failure", "FlowFiles that could not be read, queried or written, unchanged.")
	s.Rels(func() []sdk.Relationship {
		var rels []sdk.Relationship
		for _, q := range p.queries {
			rels = append(rels, sdk.Relationship{Name: q.Name, Doc: "The results of the query of this name."})
		}
		return rels
	})
}

// decimals are the properties for numbers whose digits are not known.
type decimals struct{ precision, scale sdk.Text }

func (d *decimals) describe(s *sdk.Spec, opts ...sdk.Option) {
	opts = append(opts, sdk.PerFlowFile)
	s.Text(&d.precision, "Default Decimal Precision", "How many digits a DECIMAL has for which the query says nothing.",
		append(opts, sdk.Default("10"))...)
	s.Text(&d.scale, "Default Decimal Scale", "How many of them are behind the point.", append(opts, sdk.Default("0"))...)
}

func (d *decimals) migrate(values map[string]string) {
	sdk.Rename(values, "dbf-default-precision", "Default Decimal Precision")
	sdk.Rename(values, "dbf-default-scale", "Default Decimal Scale")
}

func (d *decimals) options(s *sdk.Session, attrs map[string]string) (o recordsql.Options, err error) {
	o = recordsql.Options{Now: s.Now()}
	for _, t := range []struct {
		text sdk.Text
		dst  *int
	}{{d.precision, &o.Precision}, {d.scale, &o.Scale}} {
		v, err := t.text.ForAttrs(attrs)
		if err != nil {
			return o, err
		}
		if v == "" {
			continue
		}
		if _, err := fmt.Sscanf(v, "%d", t.dst); err != nil || *t.dst < 0 || *t.dst > 1000 {
			return o, fmt.Errorf("%q is no number of digits", v)
		}
	}
	return o, nil
}

// MigrateProperties accepts the names of NiFi 1.x.
func (p *queryRecord) MigrateProperties(values map[string]string) {
	p.formats.migrate(values)
	p.decimals.migrate(values)
	delete(values, "cache-schema")
	sdk.Rename(values, "include-zero-record-flowfiles", "Include Zero Record FlowFiles")
}

// Validate wants statements that can be parsed.
func (p *queryRecord) Validate() []error {
	var problems []error
	for _, q := range p.queries {
		if strings.Contains(q.Value.Raw(), "${") {
			continue
		}
		if _, err := recordsql.Parse(q.Value.Raw()); err != nil {
			problems = append(problems, sdk.Problem{Property: q.Name, Value: q.Value.Raw(), Reason: "Not a valid SQL Statement: " + err.Error()})
		}
	}
	return problems
}

func (p *queryRecord) Trigger(ctx context.Context, s *sdk.Session) error {
	for _, ff := range take(s) {
		made, err := p.queryAll(ctx, s, ff)
		if err != nil {
			for _, m := range made {
				s.Remove(m.ff)
			}
			if err := fail(ctx, s, s.PutAttr(ff, queryRoute, "failure"), p.fault, "query records", err); err != nil {
				return err
			}
			continue
		}
		for i, m := range made {
			if m.result.Count == 0 && !p.empty {
				s.Remove(m.ff)
				continue
			}
			rel := sdk.Relationship{Name: p.queries[i].Name}
			out := s.PutAttrs(m.ff, attributes(m.result, sdk.Attr{Name: queryRoute, Value: rel.Name})...)
			s.Counter("Records Written", m.result.Count)
			s.Routed(out, rel, "")
			s.Transfer(out, rel)
		}
		s.Transfer(s.PutAttr(ff, queryRoute, "original"), p.original)
	}
	return nil
}

// queryAll returns the results so far also with an error.
func (p *queryRecord) queryAll(ctx context.Context, s *sdk.Session, ff sdk.FlowFile) (made []part, err error) {
	attrs := ff.AttrMap()
	o, err := p.options(s, attrs)
	if err != nil {
		return nil, err
	}
	in := &content{factory: p.formats.reader, s: s, ff: ff, attrs: attrs}
	defer in.close()
	table, err := in.table(ctx)
	if err != nil {
		return nil, err
	}
	read := int64(0)
	for _, q := range p.queries {
		text, err := q.Value.For(ff)
		if err != nil {
			return made, err
		}
		stmt, err := p.statements.parse(text)
		if err != nil {
			return made, fmt.Errorf("query %s: %w", q.Name, err)
		}
		one := part{ff: s.CreateFrom(ff)}
		one.ff, err = s.Write(one.ff, func(w io.Writer) error {
			res, err := stmt.Run(ctx, map[string]recordsql.Table{"FLOWFILE": table}, o)
			if err != nil {
				return err
			}
			defer res.Close() //nolint:errcheck // it was only read
			one.result, err = copyRecords(ctx, res, p.writer, w, attrs)
			read = max(read, res.RecordsRead())
			return err
		})
		made = append(made, one)
		if err != nil {
			return made, fmt.Errorf("query %s: %w", q.Name, err)
		}
	}
	s.Counter("Records Read", read)
	return made, nil
}

// copyRecords writes all records of a reader.
func copyRecords(ctx context.Context, r record.Reader, f record.WriterFactory, w io.Writer, attrs map[string]string) (record.WriteResult, error) {
	schema, err := r.Schema()
	if err != nil {
		return record.WriteResult{}, err
	}
	writer, err := newWriter(ctx, f, schema, w, attrs)
	if err != nil {
		return record.WriteResult{}, err
	}
	if err := each(ctx, r, writer.Write); err != nil {
		return record.WriteResult{}, err
	}
	return writer.Finish()
}

// content is a FlowFile as a table of SQL, which may be read several times. The first reader also gives the schema.
type content struct {
	factory record.ReaderFactory
	s       *sdk.Session
	ff      sdk.FlowFile
	attrs   map[string]string
	first   record.Reader
}

func (c *content) table(ctx context.Context) (recordsql.Table, error) {
	var err error
	if c.first, err = c.open(ctx); err != nil {
		return recordsql.Table{}, err
	}
	schema, err := c.first.Schema()
	return recordsql.Table{Schema: schema, Open: func(ctx context.Context) (record.Reader, error) {
		if r := c.first; r != nil {
			c.first = nil
			return r, nil
		}
		return c.open(ctx)
	}}, err
}

func (c *content) open(ctx context.Context) (record.Reader, error) {
	in, err := c.s.Read(c.ff)
	if err != nil {
		return nil, err
	}
	r, err := c.factory.NewReader(ctx, c.attrs, in, c.ff.Size())
	if err != nil {
		return nil, errors.Join(err, in.Close())
	}
	return &owned{r, in}, nil
}

// close closes the first reader if nothing has used it.
func (c *content) close() {
	if c.first != nil {
		_ = c.first.Close() // it was only read
	}
}

// owned also closes the content.
type owned struct {
	record.Reader
	in io.Closer
}

func (o *owned) Close() error { return errors.Join(o.Reader.Close(), o.in.Close()) }

// maxStatements bounds how many parsed statements a processor remembers.
const maxStatements = 50

// statements remembers parsed statements by their text. It is used by many goroutines.
type statements struct {
	mu    sync.Mutex // guards known
	known map[string]*recordsql.Statement
}

func (c *statements) parse(text string) (*recordsql.Statement, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.known[text]; s != nil {
		return s, nil
	}
	s, err := recordsql.Parse(text)
	if err != nil {
		return nil, err
	}
	if c.known == nil || len(c.known) >= maxStatements {
		c.known = map[string]*recordsql.Statement{}
	}
	c.known[text] = s
	return s, nil
}

package sql

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/services/dbcp"
)

// Start implements [sdk.Starter].
func (p *putDatabaseRecord) Start(context.Context, *sdk.Host) error {
	p.tables = newTables(p.cacheSize)
	return nil
}

// Trigger writes the records of one FlowFile. If the node dies between the database's commit and the session's, they
// are written once more.
func (p *putDatabaseRecord) Trigger(ctx context.Context, s *sdk.Session) error {
	ff, ok := s.Get()
	if !ok {
		return nil
	}
	began := s.Now()
	url, mayRetry, err := p.put(ctx, s, ff)
	switch {
	case err == nil:
		s.Sent(ff, url, s.Now().Sub(began))
		s.Transfer(ff, p.success)
		return nil
	case p.rollback || ctx.Err() != nil:
		return err
	}
	ff = s.PutAttr(ff, errAttribute, err.Error())
	if mayRetry {
		return s.Fail(s.Penalize(ff), p.retry, err)
	}
	return s.Fail(ff, p.failure, err)
}

// put returns the URL of the database and, with an error, whether trying again may help.
func (p *putDatabaseRecord) put(ctx context.Context, s *sdk.Session, ff sdk.FlowFile) (url string, mayRetry bool, err error) {
	set, err := p.evaluate(ff)
	if err != nil {
		return "", false, err
	}
	conn, err := p.pool.Conn(ctx, ff.AttrMap())
	if err != nil {
		return "", true, err
	}
	defer conn.Close() //nolint:errcheck // puts it back
	set.table.url = conn.URL
	in, err := s.Read(ff)
	if err != nil {
		return conn.URL, false, err
	}
	defer in.Close() //nolint:errcheck // it was only read
	work := func(db dbcp.Execer) error {
		return p.writeAll(ctx, s, put{db: db, conn: conn, set: set}, ff, in)
	}
	switch {
	case p.autoCommit:
		err = work(conn)
	case conn.Dialect == dbcp.MySQL && set.mayDefine():
		err = withoutAutoCommit(ctx, conn, work)
	default:
		err = inTransaction(ctx, conn, work)
	}
	if err != nil {
		p.tables.forget(set.table)
	}
	return conn.URL, err != nil && conn.MayRetry(err), err
}

func inTransaction(ctx context.Context, conn *dbcp.Conn, work func(dbcp.Execer) error) error {
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin a transaction: %w", err)
	}
	if err := work(tx); err != nil {
		_ = tx.Rollback() // what went wrong before says more
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// withoutAutoCommit is inTransaction for MySQL, where CREATE TABLE and its like end the transaction: what follows is in
// another one then, as with JDBC, instead of in none.
func withoutAutoCommit(ctx context.Context, conn *dbcp.Conn, work func(dbcp.Execer) error) error {
	if _, err := conn.ExecContext(ctx, "SET autocommit = 0"); err != nil {
		return fmt.Errorf("begin a transaction: %w", err)
	}
	err := inTransaction(ctx, conn, work)
	if _, reset := conn.ExecContext(context.WithoutCancel(ctx), "SET autocommit = 1"); reset != nil {
		_ = conn.Raw(func(any) error { return driver.ErrBadConn }) // nobody else may get it
	}
	return err
}

// put is the writing of one FlowFile.
type put struct {
	db   dbcp.Execer
	conn *dbcp.Conn
	set  settings
}

// writeAll runs the SQL before, the records, and the SQL after.
func (p *putDatabaseRecord) writeAll(ctx context.Context, s *sdk.Session, w put, ff sdk.FlowFile, in io.Reader) error {
	if err := p.execAll(ctx, w.db, w.set.before); err != nil {
		return fmt.Errorf("Pre-Processing SQL: %w", err) //nolint:staticcheck // a property's name
	}
	reader, err := p.reader.NewReader(ctx, ff.AttrMap(), in, ff.Size())
	if err != nil {
		return fmt.Errorf("read records: %w", err)
	}
	defer reader.Close() //nolint:errcheck // it was only read
	if strings.EqualFold(w.set.statementType, string(rawSQL)) {
		err = p.runSQL(ctx, s, w, reader)
	} else {
		err = p.writeRows(ctx, s, w, reader)
	}
	if err != nil {
		return err
	}
	if err := p.execAll(ctx, w.db, w.set.after); err != nil {
		return fmt.Errorf("Post-Processing SQL: %w", err) //nolint:staticcheck // a property's name
	}
	return nil
}

func (p *putDatabaseRecord) execAll(ctx context.Context, db dbcp.Execer, statements []string) error {
	for _, q := range statements {
		if err := p.exec(ctx, db, q); err != nil {
			return fmt.Errorf("%.200s: %w", q, err)
		}
	}
	return nil
}

func (p *putDatabaseRecord) exec(ctx context.Context, db dbcp.Execer, query string) error {
	if p.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, p.timeout)
		defer cancel()
	}
	_, err := db.ExecContext(ctx, query)
	return err
}

// writeRows writes records into the table.
func (p *putDatabaseRecord) writeRows(ctx context.Context, s *sdk.Session, w put, reader record.Reader) error {
	if w.set.table.name == "" {
		return errors.New("Table Name is empty for this FlowFile") //nolint:staticcheck // a property's name
	}
	table, err := p.tables.get(ctx, w.db, w.conn.Dialect, w.set.table)
	if err != nil {
		return err
	}
	warned := map[string]bool{}
	b := newBatcher(w.db, newBuilder(table, rules{
		normalize:  normalizer(p.translate, p.translation, p.pattern),
		failFields: p.onField == failFields, failColumns: p.onColumn == failColumns, warnColumns: p.onColumn == warnColumns,
		updateKeys: w.set.updateKeys, deleteKeys: w.set.deleteKeys,
		warn: func(problem string) {
			if !warned[problem] {
				warned[problem] = true
				s.Log().Warn("Unmatched column", "problem", problem)
			}
		},
	}), w.set.binary, w.set.batch, p.timeout)
	b.pipeline = w.conn.Pipeline
	err = eachRecord(reader, func(r *record.Record) error { return p.add(ctx, b, w.set.statementType, r) })
	if err == nil {
		err = b.finish(ctx)
	} else {
		_ = b.close()
	}
	if err != nil {
		return err
	}
	for k, n := range b.counts {
		s.Counter(string(k)+" updates performed", int64(n))
	}
	s.Counter("Batches Executed", int64(b.executed))
	return nil
}

// eachRecord calls f for each record and says in its errors which one it was.
func eachRecord(reader record.Reader, f func(*record.Record) error) error {
	for n := int64(1); ; n++ {
		r, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read records: %w", err)
		}
		if err := f(r); err != nil {
			return fmt.Errorf("record %d: %w", n, err)
		}
	}
}

// add hands a record, or those within it, to the batcher.
func (p *putDatabaseRecord) add(ctx context.Context, b *batcher, statementType string, r *record.Record) error {
	k := kind(strings.ToUpper(statementType))
	if statementType == "" {
		var err error
		if k, err = p.kindOf(r); err != nil {
			return err
		}
	}
	if p.dataPath == nil {
		return b.add(ctx, k, r)
	}
	selected, err := p.dataPath.Eval(r)
	if err != nil {
		return err
	}
	if len(selected) == 0 {
		return fmt.Errorf("Data Record Path %s selects nothing", p.dataPath) //nolint:staticcheck // a property's name
	}
	for _, sel := range selected {
		inner := sel.Value.Record()
		if inner == nil {
			return fmt.Errorf("Data Record Path %s selects a %s where a record is needed", p.dataPath, sel.Value.Kind()) //nolint:staticcheck // a property's name
		}
		if err := b.add(ctx, k, inner); err != nil {
			return err
		}
	}
	return nil
}

// kindOf reads from the record what to do with it.
func (p *putDatabaseRecord) kindOf(r *record.Record) (kind, error) {
	v, found, err := p.typePath.First(r)
	if err != nil {
		return "", err
	}
	switch text := strings.ToUpper(record.ToString(v, nil)); {
	case !found:
		return "", fmt.Errorf("Statement Type Record Path %s selects nothing", p.typePath) //nolint:staticcheck // a property's name
	case text == "C" || text == "R":
		return insert, nil
	case text == "U":
		return update, nil
	case text == "D":
		return remove, nil
	case text == string(insert) || text == string(update) || text == string(upsert) || text == string(remove):
		return kind(text), nil
	default:
		return "", fmt.Errorf("Statement Type Record Path %s selects %.40q: it must be INSERT, UPDATE, UPSERT, DELETE, c, r, u or d", p.typePath, text) //nolint:staticcheck // a property's name
	}
}

// runSQL runs the statements that the records hold.
func (p *putDatabaseRecord) runSQL(ctx context.Context, s *sdk.Session, w put, reader record.Reader) error {
	if w.set.sqlField == "" {
		return errors.New("Field Containing SQL is needed for statement type SQL") //nolint:staticcheck // a property's name
	}
	executed := int64(0)
	err := eachRecord(reader, func(r *record.Record) error {
		text := record.ToString(r.Get(w.set.sqlField), nil)
		if text == "" {
			return fmt.Errorf("field %q, which must hold SQL, is missing or empty", w.set.sqlField)
		}
		statements := []string{text}
		if p.multiple {
			statements = splitStatements(text)
		}
		executed += int64(len(statements))
		return p.execAll(ctx, w.db, statements)
	})
	if err == nil {
		s.Counter("Batches Executed", executed)
	}
	return err
}

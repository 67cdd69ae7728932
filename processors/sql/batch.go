package sql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/services/dbcp"
)

// maxRows bounds the rows of one statement. More gain nothing, and cost memory. SQLite, which is no network away, is
// fastest with one: its driver takes ever longer to bind more parameters.
func maxRows(d dbcp.Dialect) int {
	if d == dbcp.SQLite {
		return 1
	}
	return 1024
}

// maxBytes bounds the text and binary data that wait, and with it the size of a packet to the server.
const maxBytes = 1 << 20

// batcher writes records into one table. Rows for the same statement are gathered and sent as one statement with
// many rows. It belongs to one goroutine and one transaction.
type batcher struct {
	db dbcp.Execer
	// pipeline sends rows that need a statement each; nil if the database has none. See [dbcp.Conn].
	pipeline func(ctx context.Context, query string, params int, args []any) error
	build    *builder
	limit    int           // rows in a batch; 0 = no limit of the user's
	timeout  time.Duration // of a statement; 0 = none
	bind     binder

	statements map[kind]*prepared
	last       *prepared
	executed   int
	counts     map[kind]int
}

// prepared is a statement with the rows that wait for it.
type prepared struct {
	*statement
	schema *record.Schema
	rows   int  // of a full statement
	used   bool // a full statement was executed before
	full   *sql.Stmt
	args   []any
	seen   map[string]struct{} // keys among args, where they must differ
}

func newBatcher(db dbcp.Execer, b *builder, how binary, limit int, timeout time.Duration) *batcher {
	return &batcher{
		db: db, build: b, limit: limit, timeout: timeout, bind: binder{dialect: b.table.Dialect, binary: how},
		statements: map[kind]*prepared{}, counts: map[kind]int{},
	}
}

// add writes a record, now or with a later call. It keeps no part of it. Records take effect in the order of the calls.
func (b *batcher) add(ctx context.Context, k kind, r *record.Record) error {
	p, err := b.prepared(ctx, k, r.Schema())
	if err != nil {
		return err
	}
	if b.last != nil && b.last != p {
		if err := b.flush(ctx); err != nil {
			return err
		}
	}
	b.last = p
	b.bind.lend = p.rows == 1 // executed before the next record is read
	at := len(p.args)
	for _, param := range p.params {
		v, err := b.bind.value(r.At(param.field), param.column.Type)
		if err != nil {
			return fmt.Errorf("column %q: %w", param.column.Name, err)
		}
		p.args = append(p.args, v)
	}
	if p.keys != nil {
		if err := b.separate(ctx, p, at); err != nil {
			return err
		}
	}
	b.counts[k]++
	if len(p.args) == p.rows*len(p.params) || b.bind.kept > maxBytes {
		return b.flush(ctx)
	}
	return nil
}

// separate sends the rows that wait if one of them has the key of the row at the end of the arguments.
func (b *batcher) separate(ctx context.Context, p *prepared, at int) error {
	var key strings.Builder
	for _, i := range p.keys {
		fmt.Fprintf(&key, "%v\x00", p.args[at+i])
	}
	if _, dup := p.seen[key.String()]; dup {
		row := append([]any(nil), p.args[at:]...)
		p.args = p.args[:at]
		if err := b.flush(ctx); err != nil {
			return err
		}
		p.args = append(p.args, row...)
	}
	p.seen[key.String()] = struct{}{}
	return nil
}

func (b *batcher) prepared(ctx context.Context, k kind, s *record.Schema) (*prepared, error) {
	p := b.statements[k]
	if p != nil && (p.schema == s || p.schema.Equal(s)) {
		return p, nil
	}
	st, err := b.build.build(k, s)
	if err != nil {
		return nil, err
	}
	if p != nil { // records of another shape
		err := b.flush(ctx)
		if p.full != nil {
			err = errors.Join(err, p.full.Close())
		}
		if err != nil {
			return nil, err
		}
	}
	p = &prepared{statement: st, schema: s, rows: 1, seen: map[string]struct{}{}}
	if st.tuple || b.pipeline != nil {
		p.rows = max(1, min(maxRows(b.build.table.Dialect), b.build.table.Dialect.MaxParams()/len(st.params)))
		if b.limit > 0 {
			p.rows = min(p.rows, b.limit)
		}
	}
	b.statements[k] = p
	return p, nil
}

// flush sends the rows that wait.
func (b *batcher) flush(ctx context.Context) error {
	p := b.last
	if p == nil || len(p.args) == 0 {
		return nil
	}
	args := p.args
	for left := len(args) / len(p.params); left > 0; {
		n := p.rows
		if n > left && !p.tuple {
			n = left
		}
		for n > left { // the rest in powers of two, so that few texts are used
			n = largestPower(left)
		}
		if err := b.exec(ctx, p, n, args[:n*len(p.params)]); err != nil {
			return err
		}
		left, args = left-n, args[n*len(p.params):]
	}
	clear(p.args)
	p.args = p.args[:0]
	b.bind.kept = 0
	clear(p.seen)
	return nil
}

func largestPower(n int) int {
	p := 1
	for p*2 <= n {
		p *= 2
	}
	return p
}

func (b *batcher) exec(ctx context.Context, p *prepared, rows int, args []any) (err error) {
	if b.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, b.timeout)
		defer cancel()
	}
	b.executed++
	if !p.tuple && b.pipeline != nil {
		err = b.pipeline(ctx, p.head, len(p.params), args)
	} else if rows < p.rows || !p.used { // one that may be the only one of its kind is not worth preparing
		p.used = p.used || rows == p.rows
		_, err = b.db.ExecContext(ctx, p.text(b.build.table.Dialect, rows), args...)
	} else {
		if p.full == nil {
			if p.full, err = b.db.PrepareContext(ctx, p.text(b.build.table.Dialect, rows)); err != nil {
				return fmt.Errorf("%s into table %s: %w", p.kind, b.build.table.Name, err)
			}
		}
		_, err = p.full.ExecContext(ctx, args...)
	}
	if err != nil {
		return fmt.Errorf("%s into table %s: %w", p.kind, b.build.table.Name, err)
	}
	return nil
}

// finish sends what waits and frees the statements.
func (b *batcher) finish(ctx context.Context) error {
	return errors.Join(b.flush(ctx), b.close())
}

func (b *batcher) close() error {
	var errs []error
	for _, p := range b.statements {
		if p.full != nil {
			errs = append(errs, p.full.Close())
			p.full = nil
		}
	}
	return errors.Join(errs...)
}

package dbcp

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/braidflow/braid/sdk/record"
)

// ErrNoTable is returned, wrapped, if a table does not exist or is not visible to the user of the connection.
var ErrNoTable = errors.New("no such table")

// Table is what a database says of one of its tables. It is immutable.
type Table struct {
	Dialect Dialect
	Schema  string // the database for MySQL
	Name    string // as the database spells it
	Columns []Column
	Keys    []string // columns of the primary key
}

// Column is one column that may be written.
type Column struct {
	Name     string
	Declared string       // the database's own name of the type
	Type     *record.Type // the nearest type of a record field; nil if there is none
	Nullable bool
	// Required columns are those that must be given a value: neither nullable nor with a default.
	Required bool
}

// QualifiedName is the quoted name of the table with its schema.
func (t *Table) QualifiedName() string {
	if t.Schema == "" {
		return t.Dialect.Quote(t.Name)
	}
	return t.Dialect.Quote(t.Schema) + "." + t.Dialect.Quote(t.Name)
}

// ReadTable asks the database for a table. An exact match of the name is
// preferred; without one the letter case does not matter. catalog and
// schema may be "": MySQL's databases are catalogs, PostgreSQL's are
// those that one is connected to, SQLite's are attached files.
func ReadTable(ctx context.Context, q Execer, d Dialect, catalog, schema, name string) (*Table, error) {
	if schema == "" && d != PostgreSQL {
		schema = catalog
	}
	query, types := columnQueries[d], typeNames[d]
	rows, err := q.QueryContext(ctx, query, name, schema)
	if err != nil {
		return nil, fmt.Errorf("read the columns of table %s: %w", name, err)
	}
	defer rows.Close() //nolint:errcheck // a failed read shows in Err
	t := &Table{Dialect: d}
	for rows.Next() {
		var c Column
		var inSchema, inTable string
		var generated, hasDefault, key bool
		if err := rows.Scan(&inSchema, &inTable, &c.Name, &c.Declared, &c.Nullable, &hasDefault, &generated, &key); err != nil {
			return nil, fmt.Errorf("read the columns of table %s: %w", name, err)
		}
		if t.Name == "" {
			t.Schema, t.Name = inSchema, inTable
		}
		if t.Schema != inSchema || t.Name != inTable { // a namesake further down the search path
			break
		}
		if key {
			t.Keys = append(t.Keys, c.Name)
		}
		c.Required = !c.Nullable && !hasDefault
		c.Type = types(strings.ToLower(c.Declared))
		if !generated {
			t.Columns = append(t.Columns, c)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the columns of table %s: %w", name, err)
	}
	if t.Name == "" {
		return nil, fmt.Errorf("table %s: %w: check the names of table, schema and database, and the user's rights", fullName(catalog, schema, name), ErrNoTable)
	}
	return t, nil
}

func fullName(parts ...string) string {
	var given []string
	for _, p := range parts {
		if p != "" {
			given = append(given, p)
		}
	}
	return strings.Join(given, ".")
}

// columnQueries take the name of a table and of its schema ("" for the usual
// ones) and give, for each column of each table of that name, best match first:
// schema, table, column, type, nullable, has a default, is computed, is part of the key.
var columnQueries = map[Dialect]string{
	SQLite: `SELECT l.schema, l.name, c.name, c.type, c."notnull" = 0 AND (c.pk = 0 OR l.wr = 0),
		c.dflt_value IS NOT NULL OR (c.pk = 1 AND upper(c.type) = 'INTEGER' AND l.wr = 0), c.hidden > 1, c.pk > 0
	FROM pragma_table_list AS l JOIN pragma_table_xinfo(l.name, l.schema) AS c
	WHERE l.name = ?1 COLLATE NOCASE AND (?2 = '' OR l.schema = ?2 COLLATE NOCASE)
	ORDER BY l.name = ?1 DESC, l.schema = 'temp' DESC, l.schema = 'main' DESC, l.schema, l.name, c.cid`,

	PostgreSQL: `SELECT n.nspname, c.relname, a.attname, t.typname, NOT a.attnotnull,
		a.atthasdef OR a.attidentity <> '', a.attgenerated <> '', COALESCE(a.attnum = ANY(i.indkey), false)
	FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
	JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
	JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
	LEFT JOIN pg_catalog.pg_index i ON i.indrelid = c.oid AND i.indisprimary
	WHERE c.relname IN ($1::text, lower($1::text)) AND c.relkind IN ('r', 'p', 'v', 'f')
		AND CASE WHEN $2::text = '' THEN n.nspname = ANY(current_schemas(true)) ELSE n.nspname IN ($2::text, lower($2::text)) END
	ORDER BY c.relname = $1::text DESC, n.nspname = $2::text DESC,
		array_position(current_schemas(true), n.nspname), n.nspname, c.relname, a.attnum`,

	MySQL: `SELECT table_schema, table_name, column_name, column_type, is_nullable = 'YES',
		column_default IS NOT NULL OR extra LIKE '%auto_increment%', extra LIKE '%GENERATED%' AND extra NOT LIKE '%DEFAULT_GENERATED%', column_key = 'PRI'
	FROM information_schema.columns
	WHERE table_name = ? AND table_schema = COALESCE(NULLIF(?, ''), DATABASE())
	ORDER BY table_name, ordinal_position`,
}

var _ Execer = (*sql.Conn)(nil)

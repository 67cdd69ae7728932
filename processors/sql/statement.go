package sql

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/services/dbcp"
)

// kind is what is done with a record.
type kind string

const (
	insert       kind = "INSERT"
	insertIgnore kind = "INSERT_IGNORE"
	upsert       kind = "UPSERT"
	update       kind = "UPDATE"
	remove       kind = "DELETE"
	rawSQL       kind = "SQL"
)

// rules are the settings of the processor that shape statements.
type rules struct {
	normalize              func(string) string
	failFields             bool // a field without a column is an error
	failColumns            bool // a required column without a field is an error
	warnColumns            bool // ... or worth a warning
	updateKeys, deleteKeys []string
	warn                   func(string)
}

// param is one parameter of a row: which field it comes from and which column it is for.
type param struct {
	field  int
	column dbcp.Column
}

// statement is SQL for the records of one schema: head, one tuple for each row, tail. Statements that cannot take
// several rows have no tuple.
type statement struct {
	kind       kind
	head, tail string
	params     []param
	tuple      bool
	keys       []int // of params; only where rows of one statement must not share a key
}

// text is the SQL for a number of rows.
func (st *statement) text(d dbcp.Dialect, rows int) string {
	if !st.tuple {
		return st.head
	}
	var b strings.Builder
	b.WriteString(st.head)
	n := 0
	for row := range rows {
		if row > 0 {
			b.WriteString(", ")
		}
		for i := range st.params {
			n++
			b.WriteString(map[bool]string{true: "(", false: ", "}[i == 0])
			b.WriteString(d.Param(n))
		}
		b.WriteByte(')')
	}
	b.WriteString(st.tail)
	return b.String()
}

// builder makes the statements for one table.
type builder struct {
	table   *dbcp.Table
	columns map[string]int // by normalized name
	rules   rules
}

func newBuilder(t *dbcp.Table, r rules) *builder {
	b := &builder{table: t, columns: make(map[string]int, len(t.Columns)), rules: r}
	for i, c := range t.Columns {
		b.columns[r.normalize(c.Name)] = i
	}
	return b
}

func (b *builder) build(k kind, s *record.Schema) (*statement, error) {
	params, err := b.match(s)
	if err != nil {
		return nil, err
	}
	if k != update {
		if err := b.checkRequired(s); err != nil {
			return nil, err
		}
	}
	switch k {
	case insert:
		return b.insert(k, params, "INSERT", ""), nil
	case insertIgnore:
		return b.insertIgnore(params), nil
	case upsert:
		return b.upsert(s, params)
	case update:
		return b.update(s, params)
	case remove:
		return b.delete(s, params)
	}
	return nil, fmt.Errorf("statement type %q is not one of INSERT, INSERT_IGNORE, UPSERT, UPDATE, DELETE", k)
}

// match finds the columns of the record's fields.
func (b *builder) match(s *record.Schema) ([]param, error) {
	var params []param
	seen := map[int]string{}
	for i, f := range s.Fields() {
		c, ok := b.columns[b.rules.normalize(f.Name)]
		if !ok && b.rules.failFields {
			return nil, fmt.Errorf("field %q has no column in table %s, which has %s", f.Name, b.table.Name, b.names())
		}
		if other, twice := seen[c]; ok && twice {
			return nil, fmt.Errorf("fields %q and %q both belong to column %q of table %s", other, f.Name, b.table.Columns[c].Name, b.table.Name)
		}
		if ok {
			seen[c] = f.Name
			params = append(params, param{i, b.table.Columns[c]})
		}
	}
	if len(params) == 0 {
		return nil, fmt.Errorf("no field of the record has a column in table %s, which has %s", b.table.Name, b.names())
	}
	return params, nil
}

func (b *builder) names() string {
	var names []string
	for _, c := range b.table.Columns {
		names = append(names, c.Name)
	}
	return strings.Join(names, ", ")
}

func (b *builder) has(s *record.Schema, column string) bool {
	want := b.rules.normalize(column)
	return slices.ContainsFunc(s.Fields(), func(f record.Field) bool { return b.rules.normalize(f.Name) == want })
}

func (b *builder) checkRequired(s *record.Schema) error {
	for _, c := range b.table.Columns {
		if !c.Required || b.has(s, c.Name) {
			continue
		}
		if err := b.missing("the required column", c.Name); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) missing(what, column string) error {
	problem := fmt.Sprintf("the record has no field for %s %q of table %s", what, column, b.table.Name)
	if b.rules.failColumns {
		return errors.New(problem)
	}
	if b.rules.warnColumns {
		b.rules.warn(problem)
	}
	return nil
}

// isKey tells which parameters are among the columns that identify a row: the given ones or the primary key.
func (b *builder) isKey(s *record.Schema, params []param, given []string) ([]bool, error) {
	names, what := given, "the update key"
	if len(given) == 0 {
		names, what = b.table.Keys, "the primary key"
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("table %s has no primary key: name the columns that identify a row in Update Keys", b.table.Name)
	}
	is := make([]bool, len(params))
	for _, name := range names {
		if !b.has(s, name) {
			if err := b.missing(what, name); err != nil {
				return nil, err
			}
		}
		for i, p := range params {
			is[i] = is[i] || b.rules.normalize(p.column.Name) == b.rules.normalize(name)
		}
	}
	if !slices.Contains(is, true) {
		return nil, fmt.Errorf("the record has no field for any key column of table %s: every row would be changed", b.table.Name)
	}
	return is, nil
}

func (b *builder) quote(p param) string { return b.table.Dialect.Quote(p.column.Name) }

func (b *builder) insert(k kind, params []param, verb, tail string) *statement {
	names := make([]string, len(params))
	for i, p := range params {
		names[i] = b.quote(p)
	}
	head := verb + " INTO " + b.table.QualifiedName() + " (" + strings.Join(names, ", ") + ") VALUES "
	return &statement{kind: k, head: head, tail: tail, params: params, tuple: true}
}

func (b *builder) insertIgnore(params []param) *statement {
	if b.table.Dialect == dbcp.MySQL {
		return b.insert(insertIgnore, params, "INSERT IGNORE", "")
	}
	return b.insert(insertIgnore, params, "INSERT", " ON CONFLICT DO NOTHING")
}

func (b *builder) upsert(s *record.Schema, params []param) (*statement, error) {
	isKey, err := b.isKey(s, params, b.rules.updateKeys)
	if err != nil {
		return nil, err
	}
	mysql := b.table.Dialect == dbcp.MySQL
	var keys, sets []string
	var keyParams []int
	oneRow := false
	for i, p := range params {
		name := b.quote(p)
		switch {
		case isKey[i]:
			keys, keyParams = append(keys, name), append(keyParams, i)
			oneRow = oneRow || !plainKey(p.column)
		case mysql:
			sets = append(sets, name+" = VALUES("+name+")")
		default:
			sets = append(sets, name+" = EXCLUDED."+name)
		}
	}
	tail := " ON CONFLICT (" + strings.Join(keys, ", ") + ") DO UPDATE SET "
	switch {
	case mysql && len(sets) == 0:
		tail = " ON DUPLICATE KEY UPDATE " + keys[0] + " = " + keys[0]
	case mysql:
		tail = " ON DUPLICATE KEY UPDATE "
	case len(sets) == 0:
		tail = " ON CONFLICT (" + strings.Join(keys, ", ") + ") DO NOTHING"
	}
	st := b.insert(upsert, params, "INSERT", tail+strings.Join(sets, ", "))
	if b.table.Dialect == dbcp.PostgreSQL { // it refuses to change a row twice in one statement
		if st.keys = keyParams; oneRow {
			st.head, st.tail, st.tuple = st.text(b.table.Dialect, 1), "", false
		}
	}
	return st, nil
}

// plainKey tells whether equal values of a key column always look the same as parameters.
func plainKey(c dbcp.Column) bool {
	if c.Type == nil {
		return false
	}
	return c.Type.Kind.IsInteger() || c.Type.Kind == record.KindUUID || c.Declared == "text" || c.Declared == "varchar"
}

func (b *builder) update(s *record.Schema, params []param) (*statement, error) {
	isKey, err := b.isKey(s, params, b.rules.updateKeys)
	if err != nil {
		return nil, err
	}
	d := b.table.Dialect
	var sets, where []string
	var ordered []param
	for i, p := range params {
		if !isKey[i] {
			ordered = append(ordered, p)
			sets = append(sets, b.quote(p)+" = "+d.Param(len(ordered)))
		}
	}
	if len(sets) == 0 {
		return nil, fmt.Errorf("the record has nothing to update in table %s besides its key", b.table.Name)
	}
	for i, p := range params {
		if isKey[i] {
			ordered = append(ordered, p)
			where = append(where, b.quote(p)+" = "+d.Param(len(ordered)))
		}
	}
	text := "UPDATE " + b.table.QualifiedName() + " SET " + strings.Join(sets, ", ") + " WHERE " + strings.Join(where, " AND ")
	return &statement{kind: update, head: text, params: ordered}, nil
}

// delete matches null with null, unlike update, as NiFi does.
func (b *builder) delete(s *record.Schema, params []param) (*statement, error) {
	d := b.table.Dialect
	var keys []string
	for _, k := range b.rules.deleteKeys {
		if !b.has(s, k) {
			if err := b.missing("the delete key", k); err != nil {
				return nil, err
			}
		}
		keys = append(keys, b.rules.normalize(k))
	}
	var where []string
	var used []param
	for _, p := range params {
		if len(keys) > 0 && !slices.Contains(keys, b.rules.normalize(p.column.Name)) {
			continue
		}
		used = append(used, p)
		name, value := b.quote(p), d.Param(len(used))
		switch {
		case !p.column.Nullable:
			where = append(where, name+" = "+value)
		case d == dbcp.MySQL:
			where = append(where, name+" <=> "+value)
		case d == dbcp.SQLite:
			where = append(where, name+" IS "+value)
		default:
			where = append(where, "("+name+" = "+value+" OR ("+name+" IS NULL AND "+value+" IS NULL))")
		}
	}
	if len(used) == 0 {
		return nil, fmt.Errorf("the record has no field for any of the Delete Keys: every row of table %s would be deleted", b.table.Name)
	}
	text := "DELETE FROM " + b.table.QualifiedName() + " WHERE " + strings.Join(where, " AND ")
	return &statement{kind: remove, head: text, params: used}, nil
}

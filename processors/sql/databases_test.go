package sql_test

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/sdk/sdktest"
	"github.com/braidflow/braid/services/record/json"
	pools "github.com/braidflow/braid/services/sql"
	"github.com/braidflow/braid/test/servers"

	processors "github.com/braidflow/braid/processors/sql"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// jsonReader reads JSON with the Avro schema in its property.
var jsonReader = sdk.Component{Type: "test.JSON", NewService: func() sdk.ControllerService { return new(jsonReaderService) }}

type jsonReaderService struct{ schema string }

func (c *jsonReaderService) Describe(s *sdk.Spec) {
	s.About("For tests.", "test")
	s.Offers("org.apache.nifi.serialization.RecordReaderFactory")
	s.String(&c.schema, "schema", "An Avro schema.")
}

func (c *jsonReaderService) NewReader(_ context.Context, _ map[string]string, in io.Reader, _ int64) (record.Reader, error) {
	schema, err := record.ParseAvro(c.schema)
	if err != nil {
		return nil, err
	}
	return json.NewReader(in, json.Options{Schema: schema, Formats: record.DefaultFormats}), nil
}

// database is one to test with.
type database struct {
	name  string
	db    *sql.DB
	props map[string]string // of the pool
	quote string
}

func sqlite(t testing.TB) database {
	t.Helper()
	file := filepath.Join(t.TempDir(), "test.db")
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return database{"SQLite", db, map[string]string{"Database Connection URL": "jdbc:sqlite:" + file}, `"`}
}

func server(name, quote string, s *servers.Server) database {
	return database{name, s.DB, map[string]string{
		"Database Connection URL": s.URL, "Database User": s.User, "Password": s.Password,
	}, quote}
}

// onEach runs a test on all databases that are there, one after the other on the same server.
func onEach(t *testing.T, tests map[string]func(*testing.T, database)) {
	t.Helper()
	for _, d := range []struct {
		name string
		open func(*testing.T) database
	}{
		{"SQLite", func(t *testing.T) database { return sqlite(t) }},
		{"PostgreSQL", func(t *testing.T) database { return server("PostgreSQL", `"`, servers.PostgreSQL(t)) }},
		{"MariaDB", func(t *testing.T) database { return server("MariaDB", "`", servers.MariaDB(t)) }},
	} {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			db := d.open(t)
			for name, test := range tests {
				t.Run(name, func(t *testing.T) { test(t, db) })
			}
		})
	}
}

// table makes a table for one test and returns its name.
func (d database) table(t *testing.T, columns string) string {
	t.Helper()
	name := "t_" + strings.ToLower(strings.NewReplacer("/", "_", " ", "_", "'", "").Replace(t.Name()[strings.LastIndexByte(t.Name(), '/')+1:]))
	columns = strings.ReplaceAll(columns, "`", d.quote)
	for _, q := range []string{"DROP TABLE IF EXISTS " + name, "CREATE TABLE " + name + " (" + columns + ")"} {
		if _, err := d.db.ExecContext(t.Context(), q); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
	t.Cleanup(func() { _, _ = d.db.ExecContext(context.WithoutCancel(t.Context()), "DROP TABLE "+name) })
	return name
}

// rows are the results of a query, in lines of values with bars between.
func (d database) rows(t *testing.T, query string) string {
	t.Helper()
	rows, err := d.db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for rows.Next() {
		values, into := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		var texts []string
		for _, v := range values {
			if v.Valid {
				texts = append(texts, v.String)
			} else {
				texts = append(texts, "NULL")
			}
		}
		lines = append(lines, strings.Join(texts, "|"))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

func (d database) wantRows(t *testing.T, query, want string) {
	t.Helper()
	if got := d.rows(t, query); got != want {
		t.Errorf("%s:\ngot  %s\nwant %s", query, got, want)
	}
}

// fields makes the schema of a reader: names and Avro types in turn; all fields may be null.
func fields(namesAndTypes ...string) string {
	var list []string
	for i := 0; i+1 < len(namesAndTypes); i += 2 {
		typ := namesAndTypes[i+1]
		if !strings.HasPrefix(typ, "{") {
			typ = `"` + typ + `"`
		}
		list = append(list, fmt.Sprintf(`{"name":%q,"type":["null",%s]}`, namesAndTypes[i], typ))
	}
	return `{"type":"record","name":"r","fields":[` + strings.Join(list, ",") + `]}`
}

// runner has a reader of the schema and a pool to the database.
func (d database) runner(t testing.TB, table, schema string, props ...string) *sdktest.Runner {
	t.Helper()
	r := sdktest.New(t, processors.PutDatabaseRecord)
	pool := map[string]string{"Database Driver Class Name": "any"}
	maps.Copy(pool, d.props)
	r.Service("pool", pools.DBCPConnectionPool, pool)
	r.Service("reader", jsonReader, map[string]string{"schema": schema})
	r.Set("Database Connection Pooling Service", "pool")
	r.Set("Record Reader", "reader")
	r.Set("Table Name", table)
	for i := 0; i+1 < len(props); i += 2 {
		r.Set(props[i], props[i+1])
	}
	return r
}

// put runs one FlowFile and wants it in a relationship.
func put(t *testing.T, r *sdktest.Runner, want, content string, attrs ...string) sdktest.Output {
	t.Helper()
	r.Enqueue(sdktest.FF(content, attrs...))
	r.RunUntilEmpty()
	out := r.Out()
	if len(out) != 1 || len(out[want]) != 1 {
		t.Fatalf("got %s, want one in %s; bulletins %q", out, want, r.Bulletins())
	}
	if got := out[want][0]; got.Content != content {
		t.Errorf("the content has changed to %q", got.Content)
	}
	return out[want][0]
}

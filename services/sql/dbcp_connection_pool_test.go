package sql

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/services/dbcp"
	"github.com/braidflow/braid/test/servers"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// env is an environment without services in which Expression Language is taken literally.
type env struct{ provider dbcp.PasswordProvider }

type literal string

func (l literal) Eval(sdk.Attributes) (string, error) { return string(l), nil }
func (l literal) Constant() (string, bool)            { return string(l), true }

func (env) Compile(text string, _ sdk.Scope) (sdk.Expression, error) { return literal(text), nil }
func (e env) Service(string) (any, error)                            { return e.provider, nil }

func newPool(t *testing.T, props map[string]string, e env) *pool {
	t.Helper()
	p := DBCPConnectionPool.NewService().(*pool)
	var s sdk.Spec
	p.Describe(&s)
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	if _, set := props["Database Driver Class Name"]; !set {
		props["Database Driver Class Name"] = "org.example.Driver"
	}
	if problems := append(s.Configure(props, e), p.Validate()...); len(problems) > 0 {
		t.Fatal(errors.Join(problems...))
	}
	return p
}

func started(t *testing.T, props map[string]string) *pool {
	t.Helper()
	p := newPool(t, props, env{})
	if err := p.Start(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return p
}

func conn(t *testing.T, p *pool) *dbcp.Conn {
	t.Helper()
	c, err := p.Conn(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestPool_MaxTotalConnectionsAndMaxWait(t *testing.T) {
	p := started(t, map[string]string{
		"Database Connection URL": "jdbc:sqlite:" + filepath.Join(t.TempDir(), "a b.db"),
		"Max Total Connections":   "2", "Max Wait Time": "5 ms",
	})
	first := conn(t, p)
	conn(t, p)
	if _, err := p.Conn(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "all 2 connections were in use") || !lost(err) {
		t.Fatalf("a third connection: got %v", err)
	}
	if err := errors.Join(first.Close(), first.Close()); err != nil {
		t.Fatal(err)
	}
	conn(t, p)
	if _, err := p.Conn(t.Context(), nil); err == nil {
		t.Error("closing a connection twice made room for two")
	}
}

func TestPool_MemoryDatabaseIsOneForAll(t *testing.T) {
	p := started(t, map[string]string{
		"Database Connection URL": "jdbc:sqlite::memory:", "Maximum Idle Connections": "0",
		"Maximum Connection Lifetime": "1 ns", "Time Between Eviction Runs": "1 ns", "Minimum Evictable Idle Time": "1 ns",
	})
	c := conn(t, p)
	if _, err := c.ExecContext(t.Context(), "CREATE TABLE t (a INT)"); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := conn(t, p).ExecContext(t.Context(), "INSERT INTO t VALUES (1)"); err != nil {
		t.Errorf("the table is gone: %v", err)
	}
}

func TestPool_ValidationQueryRefusesBadConnections(t *testing.T) {
	p := started(t, map[string]string{
		"Database Connection URL": "jdbc:sqlite::memory:", "Validation Query": "SELECT 1 FROM nosuch", "Max Total Connections": "1",
	})
	for range 3 { // a slot that is not given back would block the second try
		if _, err := p.Conn(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "no such table") {
			t.Fatalf("got %v", err)
		}
	}
}

func TestPool_Pragmas(t *testing.T) {
	p := started(t, map[string]string{
		"Database Connection URL": "jdbc:sqlite:" + filepath.Join(t.TempDir(), "x.db") + "?journal_mode=WAL&busy_timeout=77",
		"foreign_keys":            "true",
	})
	for pragma, want := range map[string]string{"journal_mode": "wal", "busy_timeout": "77", "foreign_keys": "1"} {
		var got string
		if err := conn(t, p).QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %q, want %q (%v)", pragma, got, want, err)
		}
	}
}

func TestPool_URLProblems(t *testing.T) {
	for url, want := range map[string]string{
		"jdbc:oracle:thin:@h:1521:x":                "no driver",
		"nonsense":                                  "no driver",
		"jdbc:mysql://h/d?nosuch=1":                 "nosuch=1",
		"jdbc:mysql://a,b/d":                        "several hosts",
		"jdbc:mysql://h/d?sslMode=maybe":            "no such mode",
		"jdbc:postgresql://h/d?sslmode=maybe":       "sslmode",
		"jdbc:postgresql://h:port/d":                "parameters",
		"jdbc:sqlite:x.db?a=%zz":                    "parameters behind ?",
		"jdbc:postgresql://u:topsecret@h/d?%zz":     "parameters behind ?",
		"jdbc:postgresql://u:topsecret@h:x/d":       "PostgreSQL",
		"u:topsecret@tcp(h:1/d":                     "no driver",
		"jdbc:mariadb://u:topsecret@h/d?sslMode=no": "no such mode",
	} {
		p := &pool{url: url}
		problems := p.Validate()
		if len(problems) != 1 || !strings.Contains(problems[0].Error(), want) || strings.Contains(problems[0].Error(), "topsecret") {
			t.Errorf("%s: got %v, want one problem with %q", url, problems, want)
		}
	}
}

func TestPool_URLForms(t *testing.T) {
	for url, want := range map[string]struct {
		dialect dbcp.Dialect
		shown   string
	}{
		"jdbc:sqlite:/data/x.db": {dbcp.SQLite, "jdbc:sqlite:/data/x.db"},
		"file:x.db?mode=ro":      {dbcp.SQLite, "jdbc:sqlite:x.db"},
		"jdbc:postgresql:db":     {dbcp.PostgreSQL, "jdbc:postgresql:///db"},
		"jdbc:postgresql://u:p@h1:1,h2:2/db?ssl=true&tcpKeepAlive=true": {dbcp.PostgreSQL, "jdbc:postgresql://h1:1,h2:2/db"},
		"postgres://u:p@h/db":                               {dbcp.PostgreSQL, "jdbc:postgresql://h/db"},
		"jdbc:mysql://h/db?useSSL=false&serverTimezone=UTC": {dbcp.MySQL, "jdbc:mysql://h/db"},
		"jdbc:mariadb://u:p@[::1]:3307/db":                  {dbcp.MySQL, "jdbc:mysql://[::1]:3307/db"},
		"u:p@tcp(h:3306)/db?parseTime=true":                 {dbcp.MySQL, "jdbc:mysql://h:3306/db"},
	} {
		got, err := resolve(url, login{}, nil)
		if err != nil || got.dialect != want.dialect || got.url != want.shown {
			t.Errorf("%s: got %s %s, want %+v (%v)", url, got.dialect, got.url, want, err)
		}
	}
}

func TestPool_MigratesOldNames(t *testing.T) {
	values := map[string]string{"dbcp-max-idle-conns": "3", "Validation-query": "q", "kerberos-principal": "x"}
	new(pool).MigrateProperties(values)
	if len(values) != 2 || values["Maximum Idle Connections"] != "3" || values["Validation Query"] != "q" {
		t.Errorf("got %v", values)
	}
}

type changing struct{ asked int }

func (c *changing) Password(_ context.Context, r dbcp.PasswordRequest) (string, error) {
	if c.asked++; r.User != "braid" {
		return "", errors.New("unknown user " + r.User)
	}
	return "secret", nil
}

func TestPool_Servers(t *testing.T) {
	for name, start := range map[string]func(testing.TB) *servers.Server{"PostgreSQL": servers.PostgreSQL, "MariaDB": servers.MariaDB} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			props := func() map[string]string {
				return map[string]string{"Database Connection URL": s.URL, "Database User": s.User, "Password": s.Password, "Minimum Idle Connections": "2"}
			}
			p := started(t, props())
			if idle := p.db.Stats().Idle; idle != 2 {
				t.Errorf("%d idle connections, want 2", idle)
			}
			testTransient(t, p)
			for _, v := range p.Verify(t.Context(), nil, nil) {
				if v.Outcome != sdk.Successful {
					t.Errorf("verify: %+v", v)
				}
			}
			t.Run("password provider", func(t *testing.T) {
				with := props()
				delete(with, "Password")
				with["Password Source"], with["Database Password Provider"] = fromProvider, "id"
				provider := new(changing)
				p := newPool(t, with, env{provider})
				for _, v := range p.Verify(t.Context(), nil, nil) {
					if v.Outcome != sdk.Successful || provider.asked == 0 && v.Step == "Establish Connection" {
						t.Errorf("verify: %+v, asked %d times", v, provider.asked)
					}
				}
			})
			t.Run("nobody there", func(t *testing.T) {
				with := props()
				with["Database Connection URL"] = strings.Replace(s.URL, "127.0.0.1", "nosuch.invalid", 1)
				got := newPool(t, with, env{}).Verify(t.Context(), nil, nil)
				if len(got) != 2 || got[1].Outcome != sdk.Failed || strings.Contains(got[1].Explanation, s.Password) {
					t.Errorf("got %+v", got)
				}
			})
		})
	}
}

// testTransient makes one connection wait for a lock of another until the server ends the wait.
func testTransient(t *testing.T, p *pool) {
	t.Helper()
	a, b := conn(t, p), conn(t, p)
	must := func(c *dbcp.Conn, queries ...string) {
		t.Helper()
		for _, q := range queries {
			if _, err := c.ExecContext(t.Context(), q); err != nil {
				t.Fatalf("%s: %v", q, err)
			}
		}
	}
	must(a, "CREATE TABLE locked (a INT PRIMARY KEY)", "INSERT INTO locked VALUES (1)")
	if p.target.dialect == dbcp.MySQL {
		must(b, "SET SESSION innodb_lock_wait_timeout = 1")
	} else {
		must(b, "SET lock_timeout = '50 ms'")
	}
	tx, err := a.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback() //nolint:errcheck // only its lock is wanted
	if _, err := tx.ExecContext(t.Context(), "UPDATE locked SET a = 2"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.ExecContext(t.Context(), "UPDATE locked SET a = 3"); err == nil || !b.MayRetry(err) {
		t.Errorf("a lock wait that timed out: got %v, want a transient error", err)
	}
	if _, err := b.ExecContext(t.Context(), "SELECT nosuch FROM locked"); err == nil || b.MayRetry(err) {
		t.Errorf("a wrong statement: got %v, want a lasting error", err)
	}
}

func FuzzResolve(f *testing.F) {
	for _, s := range []string{
		"jdbc:sqlite:x.db?a=b", "jdbc:postgresql://u:p@h1:1,h2/db?ssl=true", "jdbc:mysql://h/db?useSSL=false",
		"u:p@tcp(h:3306)/db?parseTime=true", "jdbc:postgresql:db", "jdbc:mariadb://[::1]:1/x?localSocket=/s", "file:",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, url string) {
		began := time.Now()
		got, err := resolve(url, login{password: "0therwise-n0where"}, nil)
		if err == nil && (got.connector == nil || got.dialect == "") {
			t.Errorf("%q: resolved to nothing: %+v", url, got)
		}
		if err != nil && strings.Contains(err.Error(), "0therwise-n0where") {
			t.Errorf("%q: the error shows the password: %v", url, err)
		}
		if time.Since(began) > 5*time.Second {
			t.Errorf("%q took %s", url, time.Since(began))
		}
	})
}

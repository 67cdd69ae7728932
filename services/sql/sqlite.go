package sql

import (
	"context"
	"database/sql/driver"
	"errors"
	"net/url"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"

	"github.com/braidflow/braid/services/dbcp"
)

// sqliteTarget reads sqlite:FILE?params and file:FILE?params. Parameters are pragmas, as for SQLite's JDBC driver, or
// start with _, as for the Go driver; mode, cache, vfs and immutable are SQLite's own.
func sqliteTarget(raw string, props map[string]string) (target, error) {
	file, query, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(raw, "sqlite:"), "file:"), "?")
	if strings.HasPrefix(raw, "sqlite://") {
		file = strings.TrimPrefix(file, "//")
	}
	given, err := url.ParseQuery(query)
	if err != nil {
		return target{}, errors.New("the parameters behind ? cannot be read: write name=value&name=value")
	}
	for k, v := range props {
		if !given.Has(k) {
			given.Set(k, v)
		}
	}
	// Writers wait for each other, and a transaction takes its lock at the start: upgrading a read lock fails at once.
	params := url.Values{"_txlock": {"immediate"}}
	if !given.Has("busy_timeout") {
		given.Set("busy_timeout", "5000")
	}
	for k, v := range given {
		switch {
		case k == "_txlock":
			params[k] = v
		case strings.HasPrefix(k, "_"), k == "mode", k == "cache", k == "vfs", k == "immutable", k == "nolock":
			params[k] = append(params[k], v...)
		case k != "user" && k != "password": // SQLite has none
			params.Add("_pragma", k+"("+v[0]+")")
		}
	}
	private := file == "" || file == ":memory:" || given.Get("mode") == "memory"
	c := sqliteConnector("file:" + (&url.URL{Path: filepath.ToSlash(file)}).EscapedPath() + "?" + params.Encode())
	return target{dialect: dbcp.SQLite, url: "jdbc:sqlite:" + file, connector: c, private: private, transient: sqliteTransient}, nil
}

type sqliteConnector string

func (c sqliteConnector) Connect(context.Context) (driver.Conn, error) {
	return c.Driver().Open(string(c))
}

func (c sqliteConnector) Driver() driver.Driver { return new(sqlite.Driver) }

// sqliteTransient: BUSY, LOCKED, NOMEM, IOERR, FULL and PROTOCOL may pass.
func sqliteTransient(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return lost(err)
	}
	switch e.Code() & 0xff {
	case 5, 6, 7, 10, 13, 15:
		return true
	}
	return false
}

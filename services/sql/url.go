package sql

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"maps"
	"net/url"
	"strings"

	"github.com/braidflow/braid/services/dbcp"
)

// target is a database that a URL names, and how to reach it.
type target struct {
	dialect   dbcp.Dialect
	url       string // for people: without credentials
	connector driver.Connector
	private   bool // each connection has a database of its own: SQLite in memory
	transient func(error) bool
	// pipeline is nil if the driver has none.
	pipeline func(ctx context.Context, c *sql.Conn, query string, params int, args []any) error
}

// login is who connects.
type login struct {
	user, password string
	provider       dbcp.PasswordProvider
	driver         string
}

func (l login) request(url string, props map[string]string) dbcp.PasswordRequest {
	return dbcp.PasswordRequest{URL: url, Driver: l.driver, User: l.user, Properties: props}
}

// resolve finds the driver for a JDBC URL or a URL of a Go driver.
func resolve(raw string, who login, props map[string]string) (target, error) {
	raw, jdbc := strings.CutPrefix(raw, "jdbc:")
	scheme, rest, _ := strings.Cut(raw, ":")
	switch {
	case scheme == "sqlite" || scheme == "file":
		return sqliteTarget(raw, props)
	case scheme == "postgresql" || scheme == "postgres":
		return postgresTarget(raw, who, props)
	case scheme == "mysql" || scheme == "mariadb":
		return mysqlTarget("mysql:"+strings.TrimPrefix(rest, "loadbalance:"), who, props)
	case !jdbc && strings.Contains(raw, ")/"):
		return mysqlDSNTarget(raw, who, props)
	}
	return target{}, fmt.Errorf("no driver for %.40q: write jdbc:sqlite:FILE, jdbc:postgresql://HOST/DATABASE, jdbc:mysql://HOST/DATABASE or jdbc:mariadb://HOST/DATABASE", scheme+":")
}

// address is what JDBC URLs of servers are made of.
type address struct {
	hosts    []string // host[:port], at least one
	database string
	params   map[string]string
}

// parseAddress reads //user:password@host:port,host:port/database?params and, as PostgreSQL's driver allows, the
// database alone. props have less weight than what the URL says.
func parseAddress(rest string, who *login, props map[string]string) (address, error) {
	a := address{params: map[string]string{}}
	maps.Copy(a.params, props)
	rest, query, _ := strings.Cut(rest, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		return a, fmt.Errorf("the parameters behind ? cannot be read: %w", err)
	}
	for k := range values {
		a.params[k] = values.Get(k)
	}
	rest, server := strings.CutPrefix(rest, "//")
	hosts, database := "", rest
	if server {
		hosts, database, _ = strings.Cut(rest, "/")
	}
	if at := strings.LastIndexByte(hosts, '@'); at >= 0 {
		name, password, _ := strings.Cut(hosts[:at], ":")
		a.set("user", name)
		a.set("password", password)
		hosts = hosts[at+1:]
	}
	a.hosts = strings.Split(hosts, ",")
	if a.database, err = url.PathUnescape(strings.TrimPrefix(database, "/")); err != nil {
		return a, fmt.Errorf("the name of the database cannot be read: %w", err)
	}
	a.login(who)
	return a, nil
}

func (a address) set(name, escaped string) {
	if v, err := url.PathUnescape(escaped); err == nil && v != "" {
		a.params[name] = v
	}
}

// login moves user and password out of the parameters; the service's own properties have more weight.
func (a address) login(who *login) {
	if who.user == "" {
		who.user = a.params["user"]
	}
	if who.password == "" {
		who.password = a.params["password"]
	}
	delete(a.params, "user")
	delete(a.params, "password")
}

// shown is the URL without credentials and parameters.
func (a address) shown(scheme string) string {
	return "jdbc:" + scheme + "://" + strings.Join(a.hosts, ",") + "/" + a.database
}

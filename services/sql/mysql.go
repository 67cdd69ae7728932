package sql

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/braidflow/braid/services/dbcp"
)

// mysqlIgnored are parameters of the JDBC drivers without a meaning here.
var mysqlIgnored = map[string]bool{
	"characterEncoding": true, "useUnicode": true, "serverTimezone": true, "connectionTimeZone": true,
	"useLegacyDatetimeCode": true, "autoReconnect": true, "rewriteBatchedStatements": true, "useServerPrepStmts": true,
	"cachePrepStmts": true, "prepStmtCacheSize": true, "prepStmtCacheSqlLimit": true, "zeroDateTimeBehavior": true,
	"useCursorFetch": true, "defaultFetchSize": true, "tcpKeepAlive": true, "maxReconnects": true, "useBulkStmts": true,
	"useCompression": true, "nullCatalogMeansCurrent": true, "forceConnectionTimeZoneToSession": true, "failOverReadOnly": true,
}

// mysqlTLS maps the values of sslMode, useSSL and requireSSL.
var mysqlTLS = map[string]string{
	"disabled": "false", "disable": "false", "false": "false", "preferred": "preferred", "true": "preferred",
	"required": "skip-verify", "trust": "skip-verify", "verify_ca": "true", "verify-ca": "true",
	"verify_identity": "true", "verify-full": "true",
}

func mysqlTarget(raw string, who login, props map[string]string) (target, error) {
	a, err := parseAddress(strings.TrimPrefix(raw, "mysql:"), &who, props)
	if err != nil {
		return target{}, err
	}
	if len(a.hosts) > 1 {
		return target{}, errors.New("several hosts are not supported for MySQL: name one, or a proxy")
	}
	cfg := mysql.NewConfig()
	cfg.Net, cfg.Addr, cfg.DBName = "tcp", a.hosts[0], a.database
	if cfg.Addr == "" {
		cfg.Addr = "localhost"
	}
	if _, _, err := net.SplitHostPort(cfg.Addr); err != nil {
		cfg.Addr = net.JoinHostPort(strings.Trim(cfg.Addr, "[]"), "3306")
	}
	cfg.Params = map[string]string{}
	for name, v := range a.params {
		if err := mysqlParam(cfg, name, v); err != nil {
			return target{}, fmt.Errorf("parameter %s=%s: %w", name, v, err)
		}
	}
	return mysqlConfigTarget(cfg, who, a.shown("mysql"), props)
}

func mysqlParam(cfg *mysql.Config, name, v string) (err error) {
	switch name {
	case "sslMode", "useSSL", "requireSSL":
		tls, ok := mysqlTLS[strings.ToLower(v)]
		if !ok {
			return errors.New("no such mode")
		}
		if name == "sslMode" || cfg.TLSConfig == "" {
			cfg.TLSConfig = tls
		}
	case "connectTimeout":
		cfg.Timeout, err = millis(v)
	case "socketTimeout":
		cfg.ReadTimeout, err = millis(v)
		cfg.WriteTimeout = cfg.ReadTimeout
	case "allowMultiQueries":
		cfg.MultiStatements = v == "true"
	case "allowPublicKeyRetrieval": // always done
	case "connectionCollation":
		cfg.Collation = v
	case "localSocket":
		cfg.Net, cfg.Addr = "unix", v
	case "sessionVariables":
		for pair := range strings.SplitSeq(v, ",") {
			k, val, _ := strings.Cut(pair, "=")
			cfg.Params[strings.TrimSpace(k)] = val
		}
	default:
		if !mysqlIgnored[name] {
			return errors.New("it is not supported: remove it, or set a variable of the session by sessionVariables")
		}
	}
	return err
}

func millis(v string) (time.Duration, error) {
	n, err := strconv.Atoi(v)
	return time.Duration(n) * time.Millisecond, err
}

// mysqlDSNTarget takes the Go driver's own form, user:password@tcp(host:3306)/database?params.
func mysqlDSNTarget(dsn string, who login, props map[string]string) (target, error) {
	cfg, err := mysql.ParseDSN(dsn)
	if err != nil {
		return target{}, err
	}
	if cfg.Params == nil {
		cfg.Params = map[string]string{}
	}
	if who.user == "" {
		who.user = cfg.User
	}
	if who.password == "" {
		who.password = cfg.Passwd
	}
	for name, v := range props {
		if err := mysqlParam(cfg, name, v); err != nil {
			return target{}, fmt.Errorf("property %s: %w", name, err)
		}
	}
	return mysqlConfigTarget(cfg, who, "jdbc:mysql://"+cfg.Addr+"/"+cfg.DBName, props)
}

func mysqlConfigTarget(cfg *mysql.Config, who login, shown string, props map[string]string) (target, error) {
	cfg.User, cfg.Passwd = who.user, who.password
	if _, set := cfg.Params["time_zone"]; !set {
		cfg.Params["time_zone"] = "'+00:00'" // timestamps without a zone are UTC everywhere
	}
	cfg.Logger = &mysql.NopLogger{} // a lost connection is an error of whoever uses it
	if who.provider != nil {
		request := who.request(shown, props)
		if err := cfg.Apply(mysql.BeforeConnect(func(ctx context.Context, c *mysql.Config) (err error) {
			c.Passwd, err = who.provider.Password(ctx, request)
			return err
		})); err != nil {
			return target{}, err
		}
	}
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return target{}, err
	}
	return target{dialect: dbcp.MySQL, url: shown, connector: connector, transient: mysqlTransient}, nil
}

// mysqlTransient: too many connections, shutting down, lock wait timeout, deadlock, aborted connection, read-only
// after a fail-over.
func mysqlTransient(err error) bool {
	var e *mysql.MySQLError
	if !errors.As(err, &e) {
		return errors.Is(err, mysql.ErrInvalidConn) || lost(err)
	}
	switch e.Number {
	case 1040, 1053, 1152, 1158, 1159, 1160, 1161, 1203, 1205, 1213, 1290, 1614, 1637, 3024, 3572:
		return true
	}
	return false
}

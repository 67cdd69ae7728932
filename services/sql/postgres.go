package sql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/braidflow/braid/services/dbcp"
)

// postgresParams are the parameters of PostgreSQL's JDBC driver by the names that pgx knows; "" = accepted and not
// needed. Others are handed on as they are, to be settings of the server.
var postgresParams = map[string]string{
	"currentSchema": "search_path", "ApplicationName": "application_name", "connectTimeout": "connect_timeout",
	"loginTimeout": "connect_timeout", "targetServerType": "target_session_attrs", "channelBinding": "channel_binding",
	"sslmode": "sslmode", "sslcert": "sslcert", "sslkey": "sslkey", "sslrootcert": "sslrootcert", "sslpassword": "sslpassword",
	"ssl": "sslmode", "options": "options",
	"socketTimeout": "", "tcpKeepAlive": "", "prepareThreshold": "", "preparedStatementCacheQueries": "",
	"preparedStatementCacheSizeMiB": "", "defaultRowFetchSize": "", "reWriteBatchedInserts": "", "stringtype": "",
	"binaryTransfer": "", "loggerLevel": "", "assumeMinServerVersion": "", "autosave": "", "cancelSignalTimeout": "",
	"readOnly": "", "loadBalanceHosts": "", "hostRecheckSeconds": "", "sslfactory": "", "sslfactoryarg": "",
	"gssEncMode": "", "escapeSyntaxCallMode": "", "disableColumnSanitiser": "", "logUnclosedConnections": "",
}

var postgresValues = map[string]map[string]string{
	"ssl":              {"true": "verify-full", "": "verify-full", "false": "prefer"},
	"targetServerType": {"primary": "primary", "master": "primary", "secondary": "standby", "slave": "standby", "preferSecondary": "prefer-standby", "preferSlave": "prefer-standby", "any": "any"},
}

func postgresTarget(raw string, who login, props map[string]string) (target, error) {
	_, rest, _ := strings.Cut(raw, ":")
	a, err := parseAddress(rest, &who, props)
	if err != nil {
		return target{}, err
	}
	cfg, err := pgx.ParseConfig(postgresURL(a, who))
	if err != nil {
		return target{}, fmt.Errorf("PostgreSQL does not understand the URL's parameters: %w", errors.Unwrap(err))
	}
	var opts []stdlib.OptionOpenDB
	if who.provider != nil {
		request := who.request(a.shown("postgresql"), props)
		opts = append(opts, stdlib.OptionBeforeConnect(func(ctx context.Context, c *pgx.ConnConfig) (err error) {
			c.Password, err = who.provider.Password(ctx, request)
			return err
		}))
	}
	return target{
		dialect: dbcp.PostgreSQL, url: a.shown("postgresql"), connector: stdlib.GetConnector(*cfg, opts...),
		transient: postgresTransient, pipeline: postgresPipeline,
	}, nil
}

func postgresURL(a address, who login) string {
	u := url.URL{Scheme: "postgres", Host: strings.Join(a.hosts, ","), Path: "/" + a.database}
	if u.Host == "" {
		u.Host = "localhost"
	}
	if who.user != "" {
		u.User = url.UserPassword(who.user, who.password)
	}
	q := url.Values{}
	for name, v := range a.params {
		to, known := postgresParams[name]
		if !known {
			to = name
		}
		if better, ok := postgresValues[name][v]; ok {
			v = better
		}
		if to != "" && (to != "sslmode" || name == "sslmode" || !q.Has(to)) { // sslmode outweighs ssl
			q.Set(to, v)
		}
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// postgresPipeline implements [dbcp.Conn] Pipeline, also within a transaction of c.
func postgresPipeline(ctx context.Context, c *sql.Conn, query string, params int, args []any) error {
	return c.Raw(func(driverConn any) error {
		var b pgx.Batch
		for ; len(args) >= params; args = args[params:] {
			b.Queue(query, args[:params]...)
		}
		return driverConn.(*stdlib.Conn).Conn().SendBatch(ctx, &b).Close()
	})
}

// postgresTransient goes by the class of the SQLSTATE: connection lost, serialization and deadlock, resources,
// operator intervention, lock not available, file system.
func postgresTransient(err error) bool {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		var dial *pgconn.ConnectError
		return errors.As(err, &dial) || pgconn.SafeToRetry(err) || lost(err)
	}
	if len(e.Code) != 5 {
		return false
	}
	switch e.Code[:2] {
	case "08", "40", "53", "57", "58":
		return e.Code != "57014" // canceled: by the statement timeout, and so it would be again
	}
	return e.Code == "55P03"
}

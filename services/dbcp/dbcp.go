// Package dbcp is the contract of database connection pools (NiFi's
// DBCPService) and what every user of one needs to know of its database: how
// names are quoted, how parameters are written, which columns a table has.
package dbcp

import (
	"context"
	"database/sql"
	"errors"
)

// The names by which flow definitions and users know the interfaces of this package.
const (
	PoolType             = "org.apache.nifi.dbcp.DBCPService"
	PasswordProviderType = "org.apache.nifi.dbcp.api.DatabasePasswordProvider"
)

// Pool hands out connections to one database. It is used by many goroutines.
type Pool interface {
	// Conn takes a connection out of the pool and waits for one no longer than
	// the pool is configured to. attrs are the attributes of the FlowFile at
	// hand, for pools that choose by them, or nil. The caller closes the Conn,
	// which puts it back, after it has ended its transaction.
	Conn(ctx context.Context, attrs map[string]string) (*Conn, error)
}

// Conn is a connection that its owner alone uses until it closes it.
type Conn struct {
	*sql.Conn
	Dialect Dialect
	// URL names the database for provenance, without credentials.
	URL string
	// Transient tells whether what caused an error of the connection may go
	// away by itself: a lost connection, a deadlock, a lock that was held too
	// long. It may be nil.
	Transient func(err error) bool
	// Pipeline runs one statement for each group of as many arguments as it has
	// parameters, in one exchange with the server instead of one for each. It
	// may be nil, if the driver cannot do so.
	Pipeline func(ctx context.Context, query string, params int, args []any) error
	// Closed is called once the connection is back in its pool. It may be nil.
	Closed func()
}

// Close puts the connection back into its pool, or does nothing if it was closed before.
func (c *Conn) Close() error {
	err := c.Conn.Close()
	if errors.Is(err, sql.ErrConnDone) {
		return nil
	}
	if c.Closed != nil {
		c.Closed()
	}
	return err
}

// MayRetry tells whether the work that ended with err may succeed if it is done again.
func (c *Conn) MayRetry(err error) bool { return c.Transient != nil && c.Transient(err) }

// Execer runs statements: a connection or a transaction on it.
type Execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// PasswordProvider supplies the password for each new connection, for
// databases whose passwords are short-lived (DatabasePasswordProvider).
type PasswordProvider interface {
	Password(ctx context.Context, r PasswordRequest) (string, error)
}

// PasswordRequest says for which connection a password is wanted.
type PasswordRequest struct {
	URL, Driver, User string
	Properties        map[string]string
}

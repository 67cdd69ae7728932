package sql

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/services/dbcp"
)

// DBCPConnectionPool pools connections to one database.
var DBCPConnectionPool = sdk.Component{
	Type:       "org.apache.nifi.dbcp.DBCPConnectionPool",
	Artifact:   "nifi-dbcp-service-nar",
	NewService: func() sdk.ControllerService { return new(pool) },
}

const (
	fromProperty = "PASSWORD"
	fromProvider = "PASSWORD_PROVIDER"
)

type pool struct {
	url, driver, locations       string
	user, password               string
	source                       string
	provider                     dbcp.PasswordProvider
	kerberos                     kerberosUser
	maxWait                      time.Duration
	maxTotal                     int
	validation                   string
	minIdle, maxIdle             int
	lifetime, evictions          time.Duration
	minEvictable, minEvictableSo time.Duration
	props                        []sdk.DynamicProperty

	db     *sql.DB
	target target
	inUse  chan struct{} // one element for each connection in use; nil without limit
}

// kerberosUser is what a KerberosUserService would offer.
type kerberosUser interface{ KerberosUser() }

func (p *pool) Describe(s *sdk.Spec) {
	s.About("Provides a pool of connections to a database: SQLite, PostgreSQL, MySQL or MariaDB.",
		"dbcp", "jdbc", "database", "connection", "pooling", "store")
	s.Offers(dbcp.PoolType)
	s.Restricted("reference remote resources", "Database Connection URL can name a file on the node.")
	s.String(&p.url, "Database Connection URL", "Where the database is, as a JDBC URL or as the Go driver's own: "+
		"jdbc:sqlite:/data/flights.db, jdbc:postgresql://host:5432/db, jdbc:mysql://host:3306/db, jdbc:mariadb://host/db, "+
		"postgres://host/db, user@tcp(host:3306)/db, file:flights.db.", sdk.Required, sdk.FromEnv)
	s.String(&p.driver, "Database Driver Class Name", "Kept for compatibility and not used: the driver follows from the URL.",
		sdk.Required, sdk.FromEnv)
	s.String(&p.locations, "Database Driver Locations", "Kept for compatibility and not used: all drivers are built in.",
		sdk.FromEnv, func(p *sdk.Property) { p.Resource, p.Multiple = sdk.File, true })
	sdk.Service(s, &p.kerberos, "org.apache.nifi.kerberos.KerberosUserService", "Kerberos User Service",
		"Kept for compatibility: logging in with Kerberos is not supported.")
	s.String(&p.user, "Database User", "The user name, unless the URL holds one.", sdk.FromEnv)
	s.String(&p.source, "Password Source", "Where the password comes from.", sdk.Required, sdk.Default(fromProperty),
		sdk.OneOf(sdk.Allowed{Value: fromProperty, Display: "Password", Doc: "The Password property."},
			sdk.Allowed{Value: fromProvider, Display: "Password Provider", Doc: "A service that is asked for each new connection."}))
	s.String(&p.password, "Password", "The user's password.", sdk.Secret, sdk.FromEnv, sdk.When("Password Source", fromProperty))
	sdk.Service(s, &p.provider, dbcp.PasswordProviderType, "Database Password Provider",
		"Supplies the password for each new connection.", sdk.Required, sdk.When("Password Source", fromProvider))
	p.describeLimits(s)
	s.Dynamics(&p.props, sdk.DynamicSpec{
		EL: sdk.EnvEL, Secret: true, NameDoc: "JDBC property name", ValueDoc: "JDBC property value",
		Doc: "Connection properties, as they may also stand behind the URL's question mark. A name that starts with SENSITIVE. is taken without it.",
	})
}

func (p *pool) describeLimits(s *sdk.Spec) {
	sdk.Parsed(s, &p.maxWait, parseSpan, "Max Wait Time", "How long to wait for a connection if all are in use; -1 without limit.",
		sdk.Required, sdk.Default("500 millis"), sdk.FromEnv)
	sdk.Parsed(s, &p.maxTotal, strconv.Atoi, "Max Total Connections", "How many connections may be open at once; negative without limit.",
		sdk.Required, sdk.Default("8"), sdk.FromEnv)
	s.String(&p.validation, "Validation Query", "A query that each connection must answer before it is handed out. "+
		"Without it, connections are checked by the driver's own, cheaper means.", sdk.FromEnv)
	s.Int(&p.minIdle, "Minimum Idle Connections", "How many idle connections are opened when the service is enabled.",
		sdk.Default("0"), sdk.FromEnv)
	sdk.Parsed(s, &p.maxIdle, strconv.Atoi, "Maximum Idle Connections", "How many connections may stay open without being used; negative without limit.",
		sdk.Default("8"), sdk.FromEnv)
	sdk.Parsed(s, &p.lifetime, parseSpan, "Maximum Connection Lifetime", "How long a connection is used before it is replaced; 0 or less without limit.",
		sdk.Default("-1"), sdk.FromEnv)
	sdk.Parsed(s, &p.evictions, parseSpan, "Time Between Eviction Runs", "A positive value closes connections that were idle for long; when exactly, follows from the times below.",
		sdk.Default("-1"), sdk.FromEnv)
	sdk.Parsed(s, &p.minEvictable, parseSpan, "Minimum Evictable Idle Time", "After what idle time a connection is closed, if eviction runs.",
		sdk.Default("30 mins"), sdk.FromEnv)
	sdk.Parsed(s, &p.minEvictableSo, parseSpan, "Soft Minimum Evictable Idle Time", "As Minimum Evictable Idle Time, and used if that is not positive.",
		sdk.Default("-1"), sdk.FromEnv)
}

// parseSpan reads a time span or -1.
func parseSpan(s string) (time.Duration, error) {
	if s = strings.TrimSpace(s); s == "-1" {
		return -1, nil
	}
	return sdk.ParseDuration(s)
}

// MigrateProperties accepts the names of NiFi 1.x.
func (p *pool) MigrateProperties(values map[string]string) {
	for _, old := range []string{"kerberos-principal", "kerberos-password", "kerberos-credentials-service"} {
		delete(values, old)
	}
	for _, r := range [][2]string{
		{"database-driver-locations", "Database Driver Locations"},
		{"Database Driver Location(s)", "Database Driver Locations"},
		{"Validation-query", "Validation Query"},
		{"dbcp-min-idle-conns", "Minimum Idle Connections"},
		{"dbcp-max-idle-conns", "Maximum Idle Connections"},
		{"dbcp-max-conn-lifetime", "Maximum Connection Lifetime"},
		{"dbcp-time-between-eviction-runs", "Time Between Eviction Runs"},
		{"dbcp-min-evictable-idle-time", "Minimum Evictable Idle Time"},
		{"dbcp-soft-min-evictable-idle-time", "Soft Minimum Evictable Idle Time"},
		{"kerberos-user-service", "Kerberos User Service"},
	} {
		sdk.Rename(values, r[0], r[1])
	}
}

// Validate finds a URL that no driver understands.
func (p *pool) Validate() []error {
	if strings.TrimSpace(p.url) == "" {
		return nil // reported as missing
	}
	if _, err := p.resolve(); err != nil {
		return []error{sdk.Problem{Property: "Database Connection URL", Reason: err.Error()}}
	}
	return nil
}

func (p *pool) resolve() (target, error) {
	props := map[string]string{}
	for _, d := range p.props {
		v, err := d.Value.ForAttrs(nil)
		if err != nil {
			return target{}, fmt.Errorf("property %s: %w", d.Name, err)
		}
		props[strings.TrimPrefix(d.Name, "SENSITIVE.")] = v
	}
	return resolve(strings.TrimSpace(p.url), login{p.user, p.password, p.provider, p.driver}, props)
}

// Start opens the pool. A database that does not answer yet is no error: users of the pool try again.
func (p *pool) Start(ctx context.Context, h *sdk.Host) error {
	t, err := p.resolve()
	if err != nil {
		return err
	}
	p.target, p.db = t, sql.OpenDB(t.connector)
	p.limit()
	if err := p.warm(ctx); err != nil {
		h.Log().Warn("The database does not answer", "url", t.url, "error", err)
	}
	return nil
}

// limit maps the limits of Commons DBCP to those of database/sql.
func (p *pool) limit() {
	maxTotal, maxIdle := max(p.maxTotal, 0), p.maxIdle
	if p.target.private {
		maxTotal, maxIdle = 1, 1 // each connection would have a database of its own
	}
	if maxIdle == 0 {
		maxIdle = -1 // database/sql: none
	} else if maxIdle < 0 {
		maxIdle = 1 << 20
	}
	if p.inUse = nil; maxTotal > 0 {
		p.inUse = make(chan struct{}, maxTotal)
	}
	p.db.SetMaxOpenConns(maxTotal)
	p.db.SetMaxIdleConns(maxIdle)
	if p.target.private {
		return // closing the only connection would drop the database
	}
	p.db.SetConnMaxLifetime(max(p.lifetime, 0))
	if p.evictions > 0 {
		idle := p.minEvictable
		if idle <= 0 {
			idle = p.minEvictableSo
		}
		p.db.SetConnMaxIdleTime(max(idle, 0))
	}
}

// warm opens the connections that shall be idle from the start.
func (p *pool) warm(ctx context.Context) error {
	for range min(p.minIdle, max(p.maxTotal, 1)) {
		c, err := p.db.Conn(ctx)
		if err != nil {
			return err
		}
		defer c.Close() //nolint:errcheck // puts it back
	}
	return nil
}

// Stop closes all connections as soon as their users have put them back.
func (p *pool) Stop(context.Context) error {
	if p.db == nil {
		return nil
	}
	err := p.db.Close()
	p.db = nil
	return err
}

// Conn implements [dbcp.Pool].
func (p *pool) Conn(ctx context.Context, _ map[string]string) (*dbcp.Conn, error) {
	if err := p.acquire(ctx); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	var last error
	for range max(p.maxTotal, 8) + 1 { // each of the pool may be stale
		c, err := p.db.Conn(ctx)
		if err != nil {
			p.release()
			return nil, fmt.Errorf("connect to %s: %w", p.target.url, err)
		}
		if last = p.check(ctx, c); last == nil {
			return p.wrap(c), nil
		}
		_ = c.Raw(func(any) error { return driver.ErrBadConn }) // takes it out of the pool
	}
	p.release()
	return nil, fmt.Errorf("validation query on %s: %w", p.target.url, last)
}

func (p *pool) wrap(c *sql.Conn) *dbcp.Conn {
	t := p.target
	conn := &dbcp.Conn{Conn: c, Dialect: t.dialect, URL: t.url, Transient: t.transient, Closed: p.release}
	if t.pipeline != nil {
		conn.Pipeline = func(ctx context.Context, query string, params int, args []any) error {
			return t.pipeline(ctx, c, query, params, args)
		}
	}
	return conn
}

// acquire waits until fewer than Max Total Connections are in use. database/sql could wait, too, but would count the
// time to open a connection as waiting.
func (p *pool) acquire(ctx context.Context) error {
	if p.inUse == nil {
		return nil
	}
	var timeout <-chan time.Time
	if p.maxWait > 0 { // as in Commons DBCP, 0 waits without limit, too
		timer := time.NewTimer(p.maxWait)
		defer timer.Stop()
		timeout = timer.C
	}
	select {
	case p.inUse <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-timeout:
		return fmt.Errorf("connect to %s: all %d connections were in use for Max Wait Time (%s): %w", p.target.url, cap(p.inUse), p.maxWait, errBusy)
	}
}

func (p *pool) release() {
	if p.inUse != nil {
		<-p.inUse
	}
}

func (p *pool) check(ctx context.Context, c *sql.Conn) error {
	if p.validation == "" {
		return nil
	}
	rows, err := c.QueryContext(ctx, p.validation)
	if err != nil {
		return err
	}
	rows.Next()
	return errors.Join(rows.Err(), rows.Close())
}

// Verify implements [sdk.Verifier].
func (p *pool) Verify(ctx context.Context, _ *sdk.Host, _ map[string]string) []sdk.Verification {
	const configure, connect = "Configure Data Source", "Establish Connection"
	t, err := p.resolve()
	if err != nil {
		return []sdk.Verification{
			{Step: configure, Outcome: sdk.Failed, Explanation: err.Error()},
			{Step: connect, Outcome: sdk.Skipped, Explanation: "The data source is not configured"},
		}
	}
	out := []sdk.Verification{{Step: configure, Outcome: sdk.Successful, Explanation: "Connects to " + t.url + " as " + string(t.dialect)}}
	try := &pool{target: t, db: sql.OpenDB(t.connector), maxTotal: 1, maxWait: max(p.maxWait, 10*time.Second), validation: p.validation}
	defer try.db.Close() //nolint:errcheck // nothing was written
	c, err := try.Conn(ctx, nil)
	if err == nil {
		err = errors.Join(c.PingContext(ctx), c.Close())
	}
	if err != nil {
		return append(out, sdk.Verification{Step: connect, Outcome: sdk.Failed, Explanation: err.Error()})
	}
	return append(out, sdk.Verification{Step: connect, Outcome: sdk.Successful, Explanation: "The database answers"})
}

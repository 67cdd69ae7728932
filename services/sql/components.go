// Package sql holds the connection pools to relational databases.
//
// The pools keep NiFi's properties but connect with Go's drivers, which are
// linked in: SQLite, PostgreSQL, MySQL and MariaDB. A JDBC URL is translated to
// what the driver wants; the driver's class name and JAR are accepted and not used.
package sql

import "github.com/braidflow/braid/sdk"

// Components are the services of this package.
var Components = []sdk.Component{DBCPConnectionPool}

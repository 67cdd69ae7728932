package dbcp

import (
	"strconv"
	"strings"
)

// Dialect is a family of databases that understand the same SQL.
type Dialect string

// The dialects; MariaDB speaks MySQL's.
const (
	SQLite     Dialect = "SQLite"
	PostgreSQL Dialect = "PostgreSQL"
	MySQL      Dialect = "MySQL"
)

// Quote makes an identifier of any name.
func (d Dialect) Quote(name string) string {
	q := `"`
	if d == MySQL {
		q = "`"
	}
	return q + strings.ReplaceAll(name, q, q+q) + q
}

// Param is how the n-th parameter of a statement is written, from 1.
func (d Dialect) Param(n int) string {
	if d == PostgreSQL {
		return "$" + strconv.Itoa(n)
	}
	return "?"
}

// MaxParams is the greatest number of parameters in one statement.
func (d Dialect) MaxParams() int {
	if d == SQLite {
		return 32766
	}
	return 65535
}

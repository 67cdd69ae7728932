package dbcp

import (
	"strings"

	"github.com/braidflow/braid/sdk/record"
)

var typeNames = map[Dialect]func(string) *record.Type{SQLite: sqliteType, PostgreSQL: postgresType, MySQL: mysqlType}

var (
	bytesType   = record.ArrayOf(record.Byte)
	decimalType = record.DecimalOf(38, 10) // conversion keeps whatever digits the value has
)

var postgresTypes = map[string]*record.Type{
	"bool": record.Boolean, "int2": record.Short, "int4": record.Int, "int8": record.Long, "oid": record.Long,
	"float4": record.Float, "float8": record.Double, "numeric": decimalType, "money": decimalType,
	"text": record.String, "varchar": record.String, "bpchar": record.String, "char": record.String,
	"citext": record.String, "name": record.String, "bytea": bytesType, "date": record.Date,
	"time": record.Time, "timestamp": record.Timestamp, "timestamptz": record.Timestamp, "uuid": record.UUID,
}

// postgresType knows no type for what PostgreSQL itself reads from text best: JSON, enumerations, intervals, addresses.
func postgresType(declared string) *record.Type { return postgresTypes[declared] }

var mysqlTypes = map[string]*record.Type{
	"tinyint": record.Byte, "smallint": record.Short, "mediumint": record.Int, "int": record.Int, "integer": record.Int,
	"bigint": record.Long, "year": record.Int, "float": record.Float, "double": record.Double, "decimal": decimalType,
	"char": record.String, "varchar": record.String, "tinytext": record.String, "text": record.String,
	"mediumtext": record.String, "longtext": record.String, "binary": bytesType, "varbinary": bytesType,
	"tinyblob": bytesType, "blob": bytesType, "mediumblob": bytesType, "longblob": bytesType,
	"date": record.Date, "time": record.Time, "datetime": record.Timestamp, "timestamp": record.Timestamp, "uuid": record.UUID,
}

var mysqlUnsigned = map[string]*record.Type{
	"tinyint": record.Short, "smallint": record.Int, "mediumint": record.Long, "int": record.Long, "bigint": record.BigInt,
}

func mysqlType(declared string) *record.Type {
	name, rest, _ := strings.Cut(declared, "(")
	word, attributes, _ := strings.Cut(name, " ")
	switch {
	case declared == "tinyint(1)" || declared == "bit(1)":
		return record.Boolean
	case strings.Contains(rest+attributes, "unsigned") && mysqlUnsigned[word] != nil:
		return mysqlUnsigned[word]
	}
	return mysqlTypes[word]
}

// sqliteType goes by the words of the declaration, as SQLite itself does, but knows dates and booleans besides. A column
// takes any value in any case.
func sqliteType(declared string) *record.Type {
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(declared, w) {
				return true
			}
		}
		return false
	}
	switch {
	case has("datetime", "timestamp"):
		return record.Timestamp
	case has("bool"):
		return record.Boolean
	case has("int"):
		return record.Long
	case has("char", "clob", "text"):
		return record.String
	case has("blob"):
		return bytesType
	case has("real", "floa", "doubt"):
		return record.Double
	case has("date"):
		return record.Date
	case has("time"):
		return record.Time
	case has("dec", "num"):
		return decimalType
	}
	return nil
}

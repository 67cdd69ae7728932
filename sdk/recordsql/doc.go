// Package recordsql evaluates SQL SELECT statements over records, in the dialect of NiFi's QueryRecord: Apache Calcite's, with
// identifiers in double quotes, names that do not mind case, and the functions RPATH, RPATH_STRING and so on for what is nested.
//
// Rows stream: a statement without ORDER BY, DISTINCT, GROUP BY, set operation or join holds one record at a time. GROUP BY and
// DISTINCT hold a row for each group, ORDER BY all rows of the result, a join all rows of its right side.
//
// The steps are: lex.go and parse*.go make a tree of nodes, compile*.go turns expressions into functions over rows that know
// their type, plan*.go turns statements into relations, which are pulled row by row.
//
// As in Calcite, the quotient and the average of whole numbers is a whole number, an expression without a name is called
// EXPR$n, and elements of arrays count from 1. Unlike there, the sum of INTs is a LONG, a result that does not fit its type is
// an error, and SUM and AVG take numbers written as text. Left out are window functions and subqueries that refer to the
// statement around them.
package recordsql

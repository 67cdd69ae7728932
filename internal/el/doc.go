// Package el is NiFi 2's Expression Language: literal text mixed with
// expressions such as ${filename:substringBefore('.'):toUpper()}.
//
// Compile turns a property value into a tree of typed nodes once; Expr.Eval
// walks the tree for each FlowFile. The tree is immutable, so one Expr serves
// any number of goroutines.
//
// How a value is read:
//
//	text      scan.go   literal text, ${...} and the $$ escapes around it
//	tokens    lexer.go  the longest token wins; a function name is a keyword
//	syntax    parser.go subject, then a chain of function calls
//	nodes     build.go  checks types, converts arguments, folds constants
//	values    node.go   the seven result types and the conversions between them
//
// The functions are one table (functions.go and its siblings). What a function
// does with a missing value, a bad number or a date out of range follows NiFi's
// evaluators and the Java classes below them, because flows depend on it.
//
// Three kinds of failure are told apart: SyntaxError (the value does not
// compile), EvalError (NiFi's AttributeExpressionLanguageException) and
// RuntimeError (another Java exception, named in Class).
package el

package el

import (
	"errors"
	"fmt"
)

// SyntaxError says why a value does not compile. Its text starts as NiFi's does.
type SyntaxError struct {
	Message  string // what is wrong, without the position
	Query    string // the expression, from ${ to }
	Line     int    // 1 is the first line of Query; 0 if the fault has no place
	Column   int    // characters before the fault on its line
	Expected string // what would have been right; may be empty
}

// Error is one line: the fault, its place, the expression and what was expected.
func (e *SyntaxError) Error() string {
	text := e.Message
	if e.Line > 0 {
		text = fmt.Sprintf("%s at line %d, column %d", e.Message, e.Line, e.Column)
	}
	if e.Query != "" {
		text += ". Query: " + e.Query
	}
	if e.Expected != "" {
		text += ". Expected " + e.Expected
	}
	return text
}

// EvalError is a failure that NiFi reports as AttributeExpressionLanguageException.
type EvalError struct{ Message string }

func (e *EvalError) Error() string { return e.Message }

// RuntimeError is a failure for which NiFi lets a Java exception through.
type RuntimeError struct {
	Class   string // the exception's simple name, such as NumberFormatException
	Message string
}

func (e *RuntimeError) Error() string { return e.Class + ": " + e.Message }

// ErrTooDeep is wrapped by the error for expressions nested beyond the limit.
var ErrTooDeep = errors.New("expression is nested too deeply")

// maxDepth bounds nesting of expressions, strings in expressions and
// evaluateELString, so that no input can exhaust the stack.
const maxDepth = 100

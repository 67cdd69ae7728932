package core

import "github.com/braidflow/braid/sdk/javaregex"

// wholeMatch compiles a regular expression that must match all of a text. A text that takes too long does not match.
func wholeMatch(expr string) (func(string) bool, error) {
	re, err := javaregex.Compile(expr, 0)
	if err != nil {
		return nil, err
	}
	return func(text string) bool {
		ok, err := re.Match(text)
		return ok && err == nil
	}, nil
}

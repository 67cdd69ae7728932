package core

import "regexp"

// wholeMatch compiles a regular expression that must match all of a text.
func wholeMatch(expr string) (func(string) bool, error) {
	re, err := regexp.Compile("^(?:" + expr + ")$")
	if err != nil {
		return nil, err
	}
	return re.MatchString, nil
}

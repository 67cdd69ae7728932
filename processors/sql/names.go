package sql

import (
	"errors"
	"regexp"
	"strings"

	"github.com/braidflow/braid/sdk/javaregex"
)

// translation is how names of fields and columns are made alike, as NiFi's TranslationStrategy.
type translation string

const (
	removeUnderscore         translation = "REMOVE_UNDERSCORE"
	removeSpace              translation = "REMOVE_SPACE"
	removeUnderscoreAndSpace translation = "REMOVE_UNDERSCORE_AND_SPACE"
	removeSpecial            translation = "REMOVE_ALL_SPECIAL_CHAR"
	removePattern            translation = "PATTERN"
)

var special = regexp.MustCompile("[^a-zA-Z0-9]")

// normalizer returns the function by which a field finds its column: both give the same text.
func normalizer(on bool, how translation, pattern *javaregex.Regexp) func(string) string {
	remove := func(s string) string { return s }
	switch how {
	case removeUnderscore:
		remove = strings.NewReplacer("_", "").Replace
	case removeSpace:
		remove = strings.NewReplacer(" ", "").Replace
	case removeUnderscoreAndSpace:
		remove = strings.NewReplacer("_", "", " ", "").Replace
	case removeSpecial:
		remove = func(s string) string { return special.ReplaceAllString(s, "") }
	case removePattern:
		if pattern != nil {
			remove = func(s string) string {
				if out, err := pattern.ReplaceAll(s, ""); err == nil {
					return out
				}
				return s // a pattern that runs for seconds over a name
			}
		}
	}
	if !on {
		return func(s string) string { return s }
	}
	return func(s string) string { return strings.ToUpper(strings.TrimSpace(remove(s))) }
}

// parsePattern compiles the user's pattern.
func parsePattern(s string) (*javaregex.Regexp, error) {
	if s == "" {
		return nil, errors.New("it is empty")
	}
	return javaregex.Compile(s, 0)
}

// splitList splits a list of names at its commas.
func splitList(s string) []string {
	var names []string
	for n := range strings.SplitSeq(s, ",") {
		if n = strings.TrimSpace(n); n != "" {
			names = append(names, n)
		}
	}
	return names
}

// splitStatements splits SQL at each semicolon that has no backslash before it, and drops those backslashes.
func splitStatements(sql string) []string {
	var out []string
	var b strings.Builder
	end := func() {
		if s := strings.TrimSpace(b.String()); s != "" {
			out = append(out, s)
		}
		b.Reset()
	}
	for i := 0; i < len(sql); i++ {
		switch c := sql[i]; {
		case c == '\\' && i+1 < len(sql) && sql[i+1] == ';':
			i++
			b.WriteByte(';')
		case c == ';':
			end()
		default:
			b.WriteByte(c)
		}
	}
	end()
	return out
}

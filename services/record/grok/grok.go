// Package grok reads lines of text as records by Grok expressions: the codec
// behind the GrokReader service.
//
// An expression is a regular expression of Java in which %{NAME:field} stands
// for the pattern of that name, whose match becomes a field. Patterns that
// look around or have possessive quantifiers run on an engine that
// backtracks, with a limit of time for each line.
package grok

import (
	_ "embed"
	"fmt"
	"regexp"
	"strings"

	"github.com/braidflow/braid/sdk/javaregex"
	"github.com/braidflow/braid/sdk/record"
)

//go:embed patterns.txt
var builtin string

const (
	maxDepth  = 50
	maxLength = 1 << 20 // of an expression without references
)

// Patterns are regular expressions by name.
type Patterns map[string]string

// ParsePatterns reads patterns, one a line: a name, white space, the regular
// expression. Lines that are empty or begin with # are skipped. Those that come
// with Braid are among the result unless text replaces them.
func ParsePatterns(text string) (Patterns, error) {
	p := Patterns{}
	for _, source := range []string{builtin, text} {
		for l := range strings.Lines(source) {
			l = strings.TrimRight(l, "\r\n")
			if strings.TrimSpace(l) == "" || strings.HasPrefix(l, "#") {
				continue
			}
			i := strings.IndexAny(l, " \t")
			if i <= 0 {
				return nil, fmt.Errorf("Grok pattern %.60q is not a name, a space and a regular expression", l) //nolint:staticcheck // a name
			}
			p[l[:i]] = strings.TrimLeft(l[i:], " \t")
		}
	}
	return p, nil
}

// Expression is a compiled Grok expression, for many goroutines.
type Expression struct {
	regexp *javaregex.Regexp
	groups []capture
	fields []string // each once, in the order of their appearance
}

// capture is a group whose match is a field.
type capture struct {
	group int
	field string
}

// Compile replaces the references in an expression by the patterns and compiles
// what results.
func (p Patterns) Compile(expression string) (*Expression, error) {
	x := expander{patterns: p}
	if err := x.expand(expression, 0); err != nil {
		return nil, fmt.Errorf("Grok expression %.80q: %w", expression, err) //nolint:staticcheck // a name
	}
	r, err := javaregex.Compile(x.out.String(), 0)
	if err != nil {
		return nil, fmt.Errorf("Grok expression %.80q: %w", expression, err) //nolint:staticcheck // a name
	}
	e := &Expression{regexp: r}
	seen := map[string]bool{}
	for i, field := range x.fields {
		group, _ := r.GroupIndex(groupName(i))
		e.groups = append(e.groups, capture{group, field})
		if !seen[field] {
			seen[field] = true
			e.fields = append(e.fields, field)
		}
	}
	return e, nil
}

func groupName(i int) string { return fmt.Sprintf("grok%d", i) }

// expander writes an expression without references.
type expander struct {
	patterns Patterns
	out      strings.Builder
	fields   []string // of the groups
}

var reference = regexp.MustCompile(`%\{([A-Za-z0-9_]+)(?::([^}:]+))?(?::[^}]*)?\}`)

func (x *expander) expand(text string, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("patterns refer to each other more than %d levels deep; does one refer to itself?", maxDepth)
	}
	for {
		m := reference.FindStringSubmatchIndex(text)
		if m == nil {
			x.out.WriteString(text)
			return nil
		}
		x.out.WriteString(text[:m[0]])
		name := text[m[2]:m[3]]
		pattern, ok := x.patterns[name]
		if !ok {
			return fmt.Errorf("there is no pattern %s; add it to the patterns", name)
		}
		if m[4] >= 0 {
			fmt.Fprintf(&x.out, "(?<%s>", groupName(len(x.fields)))
			x.fields = append(x.fields, strings.TrimSpace(text[m[4]:m[5]]))
		} else {
			x.out.WriteString("(?:")
		}
		if err := x.expand(pattern, depth+1); err != nil {
			return err
		}
		x.out.WriteByte(')')
		if x.out.Len() > maxLength {
			return fmt.Errorf("it has more than %d bytes once patterns are put in", maxLength)
		}
		text = text[m[1]:]
	}
}

// match is the fields that an expression finds in a line; nil if it does not
// match. A field that several groups give is an array.
func (e *Expression) match(line string) (map[string]record.Value, error) {
	var found map[string]record.Value
	err := e.regexp.FindAll(line, func(loc []int) bool {
		found = make(map[string]record.Value, len(e.groups))
		for _, g := range e.groups {
			if at := loc[2*g.group]; at >= 0 {
				found[g.field] = add(found[g.field], record.StringValue(line[at:loc[2*g.group+1]]))
			}
		}
		return false
	})
	if len(found) == 0 {
		return nil, err
	}
	return found, err
}

func add(known, v record.Value) record.Value {
	switch known.Kind() {
	case record.KindNull:
		return v
	case record.KindArray:
		return record.ArrayValue(append(known.Array(), v))
	}
	return record.ArrayValue([]record.Value{known, v})
}

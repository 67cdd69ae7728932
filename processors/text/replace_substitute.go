package text

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// substitutor replaces ${name} by attributes, as the StringSubstitutor of Apache Commons: ${name:-other} has a default,
// $${name} stays as ${name}, a name that is not known stays as it is, and values are substituted too.
type substitutor struct {
	lookup func(name string) (string, bool)
	within []string // names whose values are being substituted
}

func (s *substitutor) edit(w io.Writer, text []byte) error {
	out, err := s.replace(string(text))
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, out)
	return err
}

func (s *substitutor) replace(text string) (string, error) {
	var b strings.Builder
	for {
		start := strings.Index(text, "${")
		if start < 0 {
			break
		}
		if start > 0 && text[start-1] == '$' {
			b.WriteString(text[:start-1] + "${")
			text = text[start+2:]
			continue
		}
		name, rest, closed := strings.Cut(text[start+2:], "}")
		if !closed {
			break
		}
		value, err := s.value(name)
		if err != nil {
			return "", err
		}
		b.WriteString(text[:start] + value)
		text = rest
	}
	return b.String() + text, nil
}

// value returns what takes the place of ${ref}.
func (s *substitutor) value(ref string) (string, error) {
	name, other, hasOther := strings.Cut(ref, ":-")
	value, ok := s.lookup(name)
	switch {
	case !ok && !hasOther:
		return "${" + ref + "}", nil
	case !ok:
		value = other
	case slices.Contains(s.within, name):
		return "", fmt.Errorf("the attribute %s refers to itself: %s", name, strings.Join(s.within, " -> "))
	}
	if !strings.Contains(value, "${") {
		return value, nil
	}
	inner := substitutor{s.lookup, append(slices.Clip(s.within), name)}
	return inner.replace(value)
}

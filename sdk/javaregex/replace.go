package javaregex

import (
	"fmt"
	"strings"
)

// ReplaceAll puts the replacement in place of each match, as String.replaceAll.
// In it $1 and ${name} stand for groups and a backslash makes the next
// character plain.
func (r *Regexp) ReplaceAll(text, replacement string) (string, error) {
	return r.replace(text, replacement, false)
}

// ReplaceFirst does so for the first match only.
func (r *Regexp) ReplaceFirst(text, replacement string) (string, error) {
	return r.replace(text, replacement, true)
}

func (r *Regexp) replace(text, replacement string, once bool) (string, error) {
	var b strings.Builder
	last := 0
	var bad error
	err := r.FindAll(text, func(loc []int) bool {
		b.WriteString(text[last:loc[0]])
		bad = r.Expand(&b, replacement, text, loc)
		last = loc[1]
		return bad == nil && !once
	})
	if err == nil {
		err = bad
	}
	if err != nil {
		return "", err
	}
	b.WriteString(text[last:])
	return b.String(), nil
}

// Expand writes the replacement for the match at loc, as Matcher.appendReplacement.
func (r *Regexp) Expand(b *strings.Builder, replacement, text string, loc []int) error {
	for i := 0; i < len(replacement); i++ {
		switch replacement[i] {
		case '\\':
			if i++; i == len(replacement) {
				return fmt.Errorf("%w: a backslash ends it", ErrReplacement)
			}
			b.WriteByte(replacement[i])
		case '$':
			group, width, err := r.reference(replacement[i+1:])
			if err != nil {
				return err
			}
			if loc[2*group] >= 0 {
				b.WriteString(text[loc[2*group]:loc[2*group+1]])
			}
			i += width
		default:
			b.WriteByte(replacement[i])
		}
	}
	return nil
}

// reference reads the group after a $: {name}, or as many digits as make the
// number of a group.
func (r *Regexp) reference(s string) (group, width int, err error) {
	if name, ok := strings.CutPrefix(s, "{"); ok {
		name, _, closed := strings.Cut(name, "}")
		group, known := r.names[name]
		switch {
		case !closed:
			return 0, 0, fmt.Errorf("%w: named capturing group is missing trailing '}'", ErrReplacement)
		case !known:
			return 0, 0, fmt.Errorf("%w: no group with name {%s}", ErrReplacement, name)
		}
		return group, len(name) + 2, nil
	}
	if s == "" || s[0] < '0' || s[0] > '9' {
		return 0, 0, fmt.Errorf("%w: no group after $", ErrReplacement)
	}
	if group = int(s[0] - '0'); group > r.groups {
		return 0, 0, fmt.Errorf("%w: %d", ErrNoGroup, group)
	}
	for width = 1; width < len(s) && s[width] >= '0' && s[width] <= '9'; width++ {
		next := group*10 + int(s[width]-'0')
		if next > r.groups {
			break
		}
		group = next
	}
	return group, width, nil
}

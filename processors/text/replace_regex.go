package text

import (
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/javaregex"
)

// lastPattern keeps the pattern that was compiled last, which is nearly always the one that comes next. It may be used
// concurrently.
type lastPattern struct {
	v atomic.Pointer[javaregex.Regexp]
}

func (l *lastPattern) compile(expr string) (*javaregex.Regexp, error) {
	if re := l.v.Load(); re != nil && re.String() == expr {
		return re, nil
	}
	re, err := javaregex.Compile(expr, 0)
	if err == nil {
		l.v.Store(re)
	}
	return re, err
}

// regexEditor replaces the matches of a pattern.
type regexEditor struct {
	re    *javaregex.Regexp
	value sdk.Text
	ff    sdk.FlowFile
}

// regexEditor makes the editor for one FlowFile. Two patterns that mean everything need no search, as in NiFi.
func (p *replaceText) regexEditor(ff sdk.FlowFile) (editor, error) {
	raw := p.search.Raw()
	if raw == ".*" || (raw == everything && p.mode == entireText && p.value.Raw() == "") {
		value, err := p.value.For(ff)
		return always(value), err
	}
	expr, err := p.search.With(ff, sdk.Values{Decorate: quote})
	if err != nil {
		return nil, fmt.Errorf("evaluate Search Value: %w", err)
	}
	re, err := p.patterns.compile(expr)
	if err != nil {
		return nil, fmt.Errorf("the Search Value is no regular expression: %w", err)
	}
	return &regexEditor{re, p.value, ff}, nil
}

// quote makes a pattern that matches just the text, as Java's Pattern.quote.
func quote(text string) string {
	return `\Q` + strings.ReplaceAll(text, `\E`, `\E\\E\Q`) + `\E`
}

func (e *regexEditor) edit(w io.Writer, text []byte) error {
	t := string(text)
	var b strings.Builder
	last := 0
	var bad error
	err := e.re.FindAll(t, func(loc []int) bool {
		var value string
		if value, bad = e.value.With(e.ff, sdk.Values{Variables: groups{t, loc}, Decorate: escape}); bad != nil {
			bad = fmt.Errorf("evaluate Replacement Value: %w", bad)
			return false
		}
		b.WriteString(t[last:loc[0]])
		expand(&b, value, t, loc)
		last = loc[1]
		return true
	})
	if err == nil {
		err = bad
	}
	if err != nil {
		return err
	}
	b.WriteString(t[last:])
	_, err = io.WriteString(w, b.String())
	return err
}

// groups are the groups of a match as the variables $0, $1 and so on.
type groups struct {
	text string
	loc  []int
}

// Attr implements sdk.Attributes.
func (g groups) Attr(name string) (string, bool) {
	digits, ok := strings.CutPrefix(name, "$")
	if !ok {
		return "", false
	}
	n, err := strconv.Atoi(digits)
	if err != nil || n < 0 || 2*n+1 >= len(g.loc) || g.loc[2*n] < 0 {
		return "", false
	}
	return g.text[g.loc[2*n]:g.loc[2*n+1]], true
}

// All implements sdk.Attributes.
func (g groups) All() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for n := range len(g.loc) / 2 {
			name := "$" + strconv.Itoa(n)
			if v, ok := g.Attr(name); ok && !yield(name, v) {
				return
			}
		}
	}
}

func digit(s string, i int) bool { return i < len(s) && s[i] >= '0' && s[i] <= '9' }

// escape keeps a dollar in the value of an attribute from being taken for a group.
func escape(value string) string {
	if !strings.Contains(value, "$") {
		return value
	}
	var b strings.Builder
	for i := range len(value) {
		if value[i] == '$' && digit(value, i+1) {
			b.WriteByte('\\')
		}
		b.WriteByte(value[i])
	}
	return b.String()
}

// expand writes the replacement of one match. It differs from Java's as NiFi's ReplaceText does: a group that the pattern
// does not have is plain text, and a dollar before anything but a digit makes all of the replacement plain text.
func expand(b *strings.Builder, value, text string, loc []int) {
	for i := range len(value) {
		if value[i] == '$' && i+1 < len(value) && !digit(value, i+1) {
			b.WriteString(value)
			return
		}
	}
	for i := 0; i < len(value); i++ {
		switch {
		case value[i] == '\\' && i+1 < len(value):
			i++
			b.WriteByte(value[i])
		case value[i] == '$' && digit(value, i+1):
			i += reference(b, value[i:], text, loc) - 1
		default:
			b.WriteByte(value[i])
		}
	}
}

// reference writes the group that ref, which starts with a dollar and a digit, stands for and returns how much of ref names
// it: as many digits as make the number of a group.
func reference(b *strings.Builder, ref, text string, loc []int) int {
	last := len(loc)/2 - 1
	n, width := 0, 1
	for digit(ref, width) && n*10+int(ref[width]-'0') <= last {
		n = n*10 + int(ref[width]-'0')
		width++
	}
	switch {
	case width == 1: // there is no such group
		for width++; digit(ref, width); width++ {
		}
		b.WriteString(ref[:width])
	case loc[2*n] >= 0:
		b.WriteString(text[loc[2*n]:loc[2*n+1]])
	}
	return width
}

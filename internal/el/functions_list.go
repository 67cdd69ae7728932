package el

import (
	"slices"
	"strings"
)

var listFunctions = []*function{
	{name: "join", subject: kindString, args: oneString, min: 1, result: kindString, volatile: true, reduces: true, eval: evalJoin},
	{name: "count", subject: kindAny, result: kindWhole, volatile: true, reduces: true, eval: evalCount},
	{name: "unique", subject: kindString, args: oneString, min: 1, result: kindString, eval: editList(unique)},
	{name: "compactDelimitedList", subject: kindString, args: oneString, min: 1, result: kindString, eval: editList(compact)},
	{name: "trimDelimitedList", subject: kindString, args: oneString, min: 1, result: kindString, eval: editList(trimEmpty)},
	{
		name: "getDelimitedField", subject: kindString, args: []kind{kindWhole, kindString, kindString, kindString, kindBool}, min: 1,
		result: kindString, eval: evalDelimitedField,
	},
}

// joined is the text that join has gathered so far in one evaluation.
type joined struct {
	text  strings.Builder
	count int
}

func evalJoin(r *run, n *callNode) value {
	s, _ := n.on(r)
	delim, ok := n.text(r, 0)
	if !ok {
		delim = "null" // as StringBuilder.append(null)
	}
	j, ok := r.state[n].(*joined)
	if !ok {
		j = &joined{}
		r.setState(n, j)
	}
	if j.count > 0 {
		j.text.WriteString(delim)
	}
	j.text.WriteString(s)
	j.count++
	return str(j.text.String())
}

// evalCount counts values that are neither null nor false.
func evalCount(r *run, n *callNode) value {
	v := n.subj.eval(r)
	count, _ := r.state[n].(int64)
	if v.isNull() || v.kind == kindBool && !v.isTrue() {
		return whole(count)
	}
	r.setState(n, count+1)
	return whole(count + 1)
}

// editList makes a function that edits the parts of a delimited text.
func editList(edit func([]string) []string) func(*run, *callNode) value {
	return func(r *run, n *callNode) value {
		s, ok := n.on(r)
		if !ok {
			return str("")
		}
		delim, _ := n.text(r, 0)
		if delim == "" {
			return str(s)
		}
		return str(strings.Join(edit(strings.Split(s, delim)), delim))
	}
}

func unique(parts []string) []string {
	seen := make(map[string]bool, len(parts))
	return slices.DeleteFunc(parts, func(p string) bool {
		again := seen[p]
		seen[p] = true
		return again
	})
}

func compact(parts []string) []string {
	return slices.DeleteFunc(parts, func(p string) bool { return p == "" })
}

func trimEmpty(parts []string) []string {
	for len(parts) > 0 && parts[0] == "" {
		parts = parts[1:]
	}
	for len(parts) > 0 && parts[len(parts)-1] == "" {
		parts = parts[:len(parts)-1]
	}
	return parts
}

// evalDelimitedField is field number n of a line of delimited values. Quotes
// hide delimiters, the escape character hides both.
func evalDelimitedField(r *run, n *callNode) value {
	line, _ := n.on(r)
	if line == "" {
		return str("")
	}
	index := n.arg(r, 0)
	if index.isNull() {
		return r.evalError("Cannot evaluate getDelimitedField function because the index (which field to obtain) was not specified")
	}
	if index.n < 1 {
		return str("")
	}
	var marks [3]rune
	for i, what := range []struct{ name, or string }{{"delimiter", ","}, {"quote character", `"`}, {"escape character", `\`}} {
		text := what.or
		if i+1 < len(n.args) {
			text, _ = n.text(r, i+1)
		}
		if textLength(text) != 1 {
			return r.evalError("Cannot evaluate getDelimitedField function because the " + what.name + " is not a single character: \"" + text + "\"")
		}
		marks[i] = []rune(text)[0]
	}
	strip := n.arg(r, 4).isTrue()
	if marks[0] == marks[1] || marks[1] == marks[2] || marks[0] == marks[2] {
		return r.evalError("Cannot evaluate getDelimitedField function because delimiter, quote and escape character are not all different")
	}
	return str(delimitedField(line, int64(int32(index.n)), marks[0], marks[1], marks[2], strip))
}

func delimitedField(line string, wanted int64, delim, quote, escape rune, strip bool) string {
	var field strings.Builder
	var at int64 = 1
	quoted, escaped := false, false
	for _, c := range line {
		switch {
		case c == quote && !escaped:
			quoted = !quoted
			if !strip && at == wanted {
				field.WriteRune(c)
			}
		case c == delim && !escaped && !quoted:
			if at == wanted {
				return field.String()
			}
			at++
		case at == wanted && (c != escape || !strip):
			field.WriteRune(c)
		}
		escaped = c == escape && !escaped
	}
	if at == wanted {
		return field.String()
	}
	return ""
}

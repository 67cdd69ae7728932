package params

import "strings"

// Template is a property value cut into text and references.
type Template struct{ parts []part }

// part is a piece of text or, if it has a name, a reference. One inside an expression keeps its text in place.
type part struct {
	text, name string
	inside     bool
}

// maxOpen bounds the search for the ends of expressions that have none, which takes quadratic time.
const maxOpen = 100

// Parse cuts a property value. With el, what stands in ${...} stays text in which references are only listed.
// Any text is a template: what is not a reference stands for itself.
func Parse(value string, el bool) Template {
	p := &parser{}
	for rest := value; rest != ""; {
		i := strings.IndexAny(rest, "#$")
		if i < 0 {
			p.add(rest)
			break
		}
		p.add(rest[:i])
		rest = rest[i:]
		if rest[0] == '#' {
			rest = rest[p.hashes(rest):]
		} else {
			rest = rest[p.dollars(rest, el):]
		}
	}
	p.flush()
	return Template{p.parts}
}

// parser collects the parts of a value.
type parser struct {
	parts []part
	text  []byte // since the last part
	open  int    // expressions without an end
}

func (p *parser) add(text string) { p.text = append(p.text, text...) }

func (p *parser) flush() {
	if len(p.text) > 0 {
		p.parts = append(p.parts, part{text: string(p.text)})
		p.text = p.text[:0]
	}
}

func (p *parser) reference(name string, inside bool) {
	p.flush()
	p.parts = append(p.parts, part{name: name, inside: inside})
}

// hashes takes a run of # and what it begins or escapes; it returns how many bytes it took.
func (p *parser) hashes(s string) int {
	run := len(s) - len(strings.TrimLeft(s, "#"))
	name, end, ok := reference(s[run:])
	if !ok {
		p.add(s[:run])
		return run
	}
	p.add(s[:run/2])
	if run%2 == 0 {
		p.add(s[run : run+end])
	} else {
		p.reference(name, false)
	}
	return run + end
}

// reference reads {name} or {'name'} at the start of s.
func reference(s string) (name string, end int, ok bool) {
	if !strings.HasPrefix(s, "{") {
		return "", 0, false
	}
	end = strings.IndexByte(s, '}') + 1
	if end == 0 {
		return "", 0, false
	}
	name = s[1 : end-1]
	if n := len(name); n > 1 && (name[0] == '\'' || name[0] == '"') && name[n-1] == name[0] {
		name = name[1 : n-1]
	}
	return name, end, name != "" && !strings.ContainsAny(name, `'"`)
}

// dollars takes a run of $ and the expression that it begins, if el is set and the run does not escape it.
func (p *parser) dollars(s string, el bool) int {
	run := len(s) - len(strings.TrimLeft(s, "$"))
	end := 0
	if el && run%2 == 1 && p.open < maxOpen {
		end = expressionEnd(s[run:])
	}
	if end == 0 {
		p.open++
		p.add(s[:run])
		return run
	}
	p.add(s[:run+end])
	inner := &parser{}
	for rest := s[run : run+end]; rest != ""; {
		i := strings.Index(rest, "#{")
		if i < 0 {
			break
		}
		rest = rest[i+inner.hashes(rest[i:]):]
	}
	for _, r := range inner.parts {
		if r.name != "" {
			p.reference(r.name, true)
		}
	}
	return run + end
}

// expressionEnd returns the length of {...} at the start of s with nested braces and quoted text, 0 if it is open.
func expressionEnd(s string) int {
	depth, quote := 0, byte(0)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0 && c == '\\':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case depth == 0 && c != '{':
			return 0
		case c == '\'' || c == '"':
			quote = c
		case c == '{':
			depth++
		case c == '}':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}

// Names lists the parameters that the value refers to, those inside expressions too, in order and with repeats.
func (t Template) Names() []string {
	var names []string
	for _, p := range t.parts {
		if p.name != "" {
			names = append(names, p.name)
		}
	}
	return names
}

// Single returns the parameter's name if the value is exactly one reference and nothing else.
func (t Template) Single() (string, bool) {
	if len(t.parts) == 1 && t.parts[0].name != "" && !t.parts[0].inside {
		return t.parts[0].name, true
	}
	return "", false
}

// Expand puts in the values of the references outside of expressions and undoes the escapes. It returns the first
// error of lookup.
func (t Template) Expand(lookup func(name string) (string, error)) (string, error) {
	var b strings.Builder
	for _, p := range t.parts {
		text := p.text
		if p.name != "" && !p.inside {
			var err error
			if text, err = lookup(p.name); err != nil {
				return "", err
			}
		}
		b.WriteString(text)
	}
	return b.String(), nil
}

package javaregex

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// emitter writes a pattern's tree in the syntax of an engine.
type emitter struct {
	b     strings.Builder
	quick bool   // for Go's regexp; otherwise for regexp2
	unfit bool   // Go's regexp has no such thing
	needs needed // what the text must be like for the quick engine
}

// needed are conditions under which Go's anchors mean what Java's mean.
type needed uint8

const (
	noFinalLineEnd needed = 1 << iota // the text does not end with a line end
	onlyNewlines                      // \n is the only line end in the text
)

func (e *emitter) emit(n *part) {
	switch n.op {
	case opSet:
		e.set(n.set)
	case opConcat:
		for _, s := range n.subs {
			e.emit(s)
		}
	case opAlternate:
		e.list("(?:", n.subs)
	case opGroup:
		e.list("(", n.subs)
	case opRepeat:
		e.repeat(n)
	case opLook:
		e.slowOnly()
		e.list("(?"+n.look, n.subs)
	case opAtomic:
		e.slowOnly()
		e.list("(?>", n.subs)
	case opBackref:
		e.slowOnly()
		if n.flags&CaseInsensitive != 0 {
			fmt.Fprintf(&e.b, `(?i:\k<%d>)`, n.index)
		} else {
			fmt.Fprintf(&e.b, `\k<%d>`, n.index)
		}
	case opAssert:
		e.assert(n)
	case opNever:
		e.set(nil)
	case opEmpty:
		e.b.WriteString("(?:)")
	}
}

func (e *emitter) slowOnly() { e.unfit = true }

func (e *emitter) list(open string, subs []*part) {
	e.b.WriteString(open)
	for i, s := range subs {
		if i > 0 {
			e.b.WriteByte('|')
		}
		e.emit(s)
	}
	e.b.WriteByte(')')
}

func (e *emitter) repeat(n *part) {
	if n.min > 1000 || n.max > 1000 || n.mode == '+' || matchesEmpty(n.subs[0]) {
		e.slowOnly() // limits of Go's regexp, and loops over nothing, where the engines differ
	}
	if n.mode == '+' {
		e.b.WriteString("(?>")
	}
	e.list("(?:", n.subs)
	switch {
	case n.min == 0 && n.max == 1:
		e.b.WriteByte('?')
	case n.min == 0 && n.max < 0:
		e.b.WriteByte('*')
	case n.min == 1 && n.max < 0:
		e.b.WriteByte('+')
	case n.max < 0:
		fmt.Fprintf(&e.b, "{%d,}", n.min)
	case n.min == n.max:
		fmt.Fprintf(&e.b, "{%d}", n.min)
	default:
		fmt.Fprintf(&e.b, "{%d,%d}", n.min, n.max)
	}
	switch n.mode {
	case '?':
		e.b.WriteByte('?')
	case '+':
		e.b.WriteByte(')')
	}
}

func matchesEmpty(n *part) bool {
	switch n.op {
	case opSet, opNever:
		return false
	case opConcat:
		for _, s := range n.subs {
			if !matchesEmpty(s) {
				return false
			}
		}
		return true
	case opAlternate, opGroup, opAtomic:
		if slices.ContainsFunc(n.subs, matchesEmpty) {
			return true
		}
		return len(n.subs) == 0
	case opRepeat:
		return n.min == 0 || matchesEmpty(n.subs[0])
	}
	return true
}

const (
	anyEnd   = `[\n\r\u0085\u2028\u2029]`
	wordChar = `[0-9A-Za-z_]`
)

// slowAsserts are Java's anchors in the syntax of regexp2. \r\n is one line
// end, and ^ in multiline mode never matches at the end of the text.
var slowAsserts = map[string]string{
	"^": `\A`, "u^": `\A`, "A": `\A`, "z": `\z`, "G": `\G`,
	"m^":  `(?!\z)(?:\A|(?<=[\n\u0085\u2028\u2029]|\r(?!\n)))`,
	"um^": `(?!\z)(?:\A|(?<=\n))`,
	"$":   `(?=(?:\r\n|(?<!\r)\n|[\r\u0085\u2028\u2029])?\z)`,
	"u$":  `(?=\n?\z)`,
	"m$":  `(?=\r\n|(?<!\r)\n|[\r\u0085\u2028\u2029]|\z)`,
	"um$": `(?=\n|\z)`,
	"b":   `(?:(?<=` + wordChar + `)(?!` + wordChar + `)|(?<!` + wordChar + `)(?=` + wordChar + `))`,
	"B":   `(?:(?<=` + wordChar + `)(?=` + wordChar + `)|(?<!` + wordChar + `)(?!` + wordChar + `))`,
}

var quickAsserts = map[string]struct {
	text  string
	needs needed
}{
	"^": {`\A`, 0}, "u^": {`\A`, 0}, "A": {`\A`, 0}, "z": {`\z`, 0}, "b": {`\b`, 0}, "B": {`\B`, 0},
	"$": {`\z`, noFinalLineEnd}, "u$": {`\z`, noFinalLineEnd},
	"m^": {`(?m:^)`, noFinalLineEnd | onlyNewlines}, "um^": {`(?m:^)`, noFinalLineEnd},
	"m$": {`(?m:$)`, onlyNewlines}, "um$": {`(?m:$)`, 0},
}

func (e *emitter) assert(n *part) {
	if n.flags&UnicodeClasses != 0 && (n.look == "b" || n.look == "B") {
		e.unicodeBoundary(n.look == "B")
		return
	}
	if !e.quick {
		e.b.WriteString(slowAsserts[n.look])
		return
	}
	a, ok := quickAsserts[n.look]
	if !ok {
		e.slowOnly()
	}
	e.b.WriteString(a.text)
	e.needs |= a.needs
}

func (e *emitter) unicodeBoundary(not bool) {
	e.slowOnly()
	var w emitter
	w.set(unicodeWord())
	word := w.b.String()
	inside, outside := "(?!", "(?="
	if not {
		inside, outside = outside, inside
	}
	e.b.WriteString("(?:(?<=" + word + ")" + inside + word + ")|(?<!" + word + ")" + outside + word + "))")
}

func (e *emitter) set(s set) {
	switch {
	case len(s) == 0 && e.quick:
		e.b.WriteString(`[^\x00-\x{10FFFF}]`)
		return
	case len(s) == 0:
		e.b.WriteString(`(?!)`)
		return
	case len(s) == 1 && s[0].lo == s[0].hi:
		e.char(s[0].lo)
		return
	case s[0].lo == 0 && s[len(s)-1].hi == unicode.MaxRune && len(s) > 1:
		e.b.WriteString("[^")
		s = s.negate()
	default:
		e.b.WriteByte('[')
	}
	for _, r := range s {
		e.char(r.lo)
		if r.hi > r.lo {
			e.b.WriteByte('-')
			e.char(r.hi)
		}
	}
	e.b.WriteByte(']')
}

func (e *emitter) char(c rune) {
	switch {
	case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z':
		e.b.WriteRune(c)
	case e.quick:
		fmt.Fprintf(&e.b, `\x{%X}`, c)
	case c <= 0xffff:
		fmt.Fprintf(&e.b, `\u%04X`, c)
	default:
		e.b.WriteRune(c)
	}
}

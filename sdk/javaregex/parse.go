package javaregex

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// Flags change how a pattern is read, as those of java.util.regex.Pattern.
type Flags uint16

// The flags that a pattern may also set itself.
const (
	UnixLines       Flags = 1 << iota // (?d) only \n ends a line
	CaseInsensitive                   // (?i) for ASCII; with UnicodeCase for all
	Comments                          // (?x) spaces and # comments are passed over
	Multiline                         // (?m) ^ and $ at each line
	DotAll                            // (?s) . matches line ends too
	UnicodeCase                       // (?u)
	UnicodeClasses                    // (?U) \w, \d, \s and POSIX classes are Unicode's
	Literal                           // the pattern is plain text
)

var flagLetters = map[rune]Flags{
	'd': UnixLines, 'i': CaseInsensitive, 'x': Comments, 'm': Multiline,
	's': DotAll, 'u': UnicodeCase, 'U': UnicodeClasses | UnicodeCase,
}

// op is what a part of a pattern does.
type op uint8

const (
	opEmpty     op = iota
	opSet          // one character of set
	opConcat       // all of subs
	opAlternate    // one of subs
	opGroup        // subs[0], captured as group index
	opRepeat       // subs[0] min to max times (max -1: no limit)
	opLook         // subs[0] ahead, behind, not ahead, not behind: by look
	opAtomic       // subs[0], never given up
	opBackref      // what group index matched
	opAssert       // a place: by look
	opNever        // matches nothing
)

// part is a node of the pattern's tree.
type part struct {
	op       op
	set      set
	subs     []*part
	index    int
	min, max int
	mode     byte // of a repeat: 0 greedy, '?' reluctant, '+' possessive
	look     string
	flags    Flags
}

const maxNesting = 500

type parser struct {
	src    []rune
	pos    int
	flags  Flags
	groups int
	names  map[string]int
	depth  int
	refs   []*part // back references by number, checked when all groups are known
}

// SyntaxError says where a pattern is wrong.
type SyntaxError struct {
	Pattern string
	Index   int // characters before the fault
	Message string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("regular expression: %s near index %d: %s", e.Message, e.Index, e.Pattern)
}

func (p *parser) errorf(format string, args ...any) error {
	return &SyntaxError{Pattern: string(p.src), Index: p.pos, Message: fmt.Sprintf(format, args...)}
}

func (p *parser) has(f Flags) bool { return p.flags&f != 0 }
func (p *parser) end() bool        { return p.pos >= len(p.src) }

// peek is the next character, past spaces and comments where those do not count; 0 at the end.
func (p *parser) peek() rune {
	if p.has(Comments) {
		p.skipComments()
	}
	if p.end() {
		return 0
	}
	return p.src[p.pos]
}

func (p *parser) skipComments() {
	for !p.end() {
		c := p.src[p.pos]
		if c == '#' {
			for !p.end() && !lineEnds.has(p.src[p.pos]) {
				p.pos++
			}
		} else if !spaceSet.has(c) {
			return
		} else {
			p.pos++
		}
	}
}

func (p *parser) looking(at string) bool {
	return strings.HasPrefix(string(p.src[p.pos:min(len(p.src), p.pos+len(at))]), at)
}

func (p *parser) accept(text string) bool {
	if p.looking(text) {
		p.pos += len(text)
		return true
	}
	return false
}

func parsePattern(text string, flags Flags) (*parser, *part, error) {
	p := &parser{src: []rune(text), flags: flags, names: make(map[string]int)}
	if flags&Literal != 0 {
		n := &part{op: opConcat}
		for _, c := range p.src {
			n.subs = append(n.subs, p.char(c))
		}
		return p, n, nil
	}
	n, err := p.alternation()
	if err != nil {
		return nil, nil, err
	}
	if !p.end() {
		return nil, nil, p.errorf("unmatched closing ')'")
	}
	for _, ref := range p.refs {
		if ref.index > p.groups {
			ref.op = opNever
		}
	}
	return p, n, nil
}

func (p *parser) alternation() (*part, error) {
	if p.depth++; p.depth > maxNesting {
		return nil, p.errorf("nested too deeply")
	}
	defer func() { p.depth-- }()
	var options []*part
	for {
		n, err := p.sequence()
		if err != nil {
			return nil, err
		}
		options = append(options, n)
		if p.peek() != '|' || p.end() {
			break
		}
		p.pos++
	}
	if len(options) == 1 {
		return options[0], nil
	}
	return &part{op: opAlternate, subs: options}, nil
}

func (p *parser) sequence() (*part, error) {
	n := &part{op: opConcat}
	for {
		c := p.peek()
		if p.end() || c == '|' || c == ')' {
			return n, nil
		}
		item, err := p.atom(c)
		if err != nil {
			return nil, err
		}
		if item == nil {
			continue // flags for the rest, or an end of a quotation
		}
		if item.op == opConcat { // a quotation: only its last character repeats
			last := len(item.subs) - 1
			n.subs = append(n.subs, item.subs[:last]...)
			item = item.subs[last]
		}
		if item, err = p.repeat(item); err != nil {
			return nil, err
		}
		n.subs = append(n.subs, item)
	}
}

func (p *parser) atom(c rune) (*part, error) {
	switch c {
	case '(':
		return p.group()
	case '[':
		p.pos++
		s, err := p.class(true)
		return &part{op: opSet, set: s}, err
	case '\\':
		return p.escape()
	case '.':
		p.pos++
		return &part{op: opSet, set: p.dot()}, nil
	case '^':
		p.pos++
		return &part{op: opAssert, look: p.line("^"), flags: p.flags}, nil
	case '$':
		p.pos++
		return &part{op: opAssert, look: p.line("$"), flags: p.flags}, nil
	case '*', '+', '?':
		return nil, p.errorf("dangling meta character '%c'", c)
	case '{':
		return &part{op: opEmpty}, nil // Java repeats nothing here: a{2}{3}
	}
	p.pos++
	return p.char(c), nil
}

// line names an anchor by the mode in force.
func (p *parser) line(anchor string) string {
	if p.has(Multiline) {
		anchor = "m" + anchor
	}
	if p.has(UnixLines) {
		anchor = "u" + anchor
	}
	return anchor
}

func (p *parser) char(c rune) *part { return &part{op: opSet, set: p.folded(single(c))} }

func (p *parser) folded(s set) set {
	if p.has(CaseInsensitive) {
		return s.fold(p.has(UnicodeCase))
	}
	return s
}

func (p *parser) dot() set {
	switch {
	case p.has(DotAll):
		return between(0, unicode.MaxRune)
	case p.has(UnixLines):
		return single('\n').negate()
	}
	return lineEnds.negate()
}

// repeat reads a quantifier after n, if there is one.
func (p *parser) repeat(n *part) (*part, error) {
	r := &part{op: opRepeat, subs: []*part{n}, max: -1}
	switch p.peek() {
	case '*':
	case '+':
		r.min = 1
	case '?':
		r.max = 1
	case '{':
		if p.end() {
			return n, nil
		}
		if err := p.counts(r); err != nil {
			return nil, err
		}
		p.pos--
	default:
		return n, nil
	}
	p.pos++
	if c := p.peek(); c == '?' || c == '+' {
		r.mode = byte(c)
		p.pos++
	}
	return r, nil
}

func (p *parser) counts(r *part) error {
	p.pos++
	low, ok := p.number()
	if !ok {
		return p.errorf("illegal repetition")
	}
	r.min, r.max = low, low
	if p.accept(",") {
		r.max = -1
		if high, ok := p.number(); ok {
			if r.max = high; high < low {
				return p.errorf("illegal repetition range")
			}
		}
	}
	if !p.accept("}") {
		return p.errorf("unclosed counted closure")
	}
	return nil
}

func (p *parser) number() (int, bool) {
	start := p.pos
	for !p.end() && p.src[p.pos] >= '0' && p.src[p.pos] <= '9' {
		p.pos++
	}
	n, err := strconv.ParseInt(string(p.src[start:p.pos]), 10, 32)
	return int(n), err == nil
}

func (p *parser) group() (*part, error) {
	p.pos++ // (
	saved := p.flags
	n := &part{op: opGroup}
	switch {
	case !p.accept("?"):
		p.groups++
		n.index = p.groups
	case p.accept(":"):
		n.op = opConcat
	case p.accept("="), p.accept("!"):
		n.op, n.look = opLook, string(p.src[p.pos-1])
	case p.accept(">"):
		n.op = opAtomic
	case p.accept("<="), p.accept("<!"):
		n.op, n.look = opLook, string(p.src[p.pos-2:p.pos])
	case p.accept("<"):
		name, err := p.groupName()
		if err != nil {
			return nil, err
		}
		if _, taken := p.names[name]; taken {
			return nil, p.errorf("named capturing group <%s> is already defined", name)
		}
		p.groups++
		n.index = p.groups
		p.names[name] = n.index
	default:
		if err := p.setFlags(); err != nil {
			return nil, err
		}
		if p.accept(")") {
			return nil, nil
		}
		if !p.accept(":") {
			return nil, p.errorf("unknown inline modifier")
		}
		n.op = opConcat
	}
	body, err := p.alternation()
	if err != nil {
		return nil, err
	}
	if p.end() || p.src[p.pos] != ')' {
		return nil, p.errorf("unclosed group")
	}
	p.pos++
	p.flags = saved
	if n.op == opConcat {
		return &part{op: opAlternate, subs: []*part{body}}, nil
	}
	n.subs = []*part{body}
	if strings.HasPrefix(n.look, "<") && maxLength(body) < 0 {
		return nil, p.errorf("look-behind group does not have an obvious maximum length")
	}
	return n, nil
}

func (p *parser) groupName() (string, error) {
	start := p.pos
	for !p.end() && p.src[p.pos] != '>' {
		c := p.src[p.pos]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (p.pos == start || c < '0' || c > '9') {
			return "", p.errorf("capturing group name does not start with a letter or has another character than letters and digits")
		}
		p.pos++
	}
	if p.end() || p.pos == start {
		return "", p.errorf("named capturing group is missing trailing '>'")
	}
	p.pos++
	return string(p.src[start : p.pos-1]), nil
}

func (p *parser) setFlags() error {
	off := false
	for !p.end() {
		c := p.src[p.pos]
		f, known := flagLetters[c]
		switch {
		case c == '-' && !off:
			off = true
		case !known:
			return nil
		case off:
			p.flags &^= f
		default:
			p.flags |= f
		}
		p.pos++
	}
	return p.errorf("unknown inline modifier")
}

// maxLength is how much a part can match at most; -1 without a limit.
func maxLength(n *part) int {
	const many = 1 << 20
	total := 0
	switch n.op {
	case opSet:
		return 1
	case opBackref:
		return -1
	case opLook, opAssert, opEmpty, opNever:
		return 0
	}
	for _, s := range n.subs {
		l := maxLength(s)
		if l < 0 {
			return -1
		}
		if n.op == opAlternate {
			total = max(total, l)
		} else {
			total = min(many, total+l)
		}
	}
	if n.op == opRepeat {
		switch {
		case total == 0:
			return 0
		case n.max < 0 && n.subs[0].op == opSet:
			return many // Java minds only what repeats more than a character
		case n.max < 0:
			return -1
		}
		return min(many, total*n.max)
	}
	return total
}

package javaregex

import (
	"strconv"
	"strings"
	"unicode"
)

// escape reads what a backslash outside of a class begins.
func (p *parser) escape() (*part, error) {
	if p.pos++; p.end() {
		return nil, p.errorf("unexpected internal error: a backslash ends the pattern")
	}
	switch c := p.src[p.pos]; c {
	case 'Q':
		return p.quotation()
	case 'E':
		return nil, p.errorf("illegal/unsupported escape sequence")
	case 'A', 'z', 'G', 'b', 'B':
		p.pos++
		if p.accept("{g}") {
			return nil, p.errorf("\\b{g} is not supported")
		}
		return &part{op: opAssert, look: string(c), flags: p.flags}, nil
	case 'Z':
		p.pos++
		look := "$"
		if p.has(UnixLines) {
			look = "u$"
		}
		return &part{op: opAssert, look: look, flags: p.flags}, nil
	case 'R':
		p.pos++
		return &part{op: opAlternate, subs: []*part{
			{op: opConcat, subs: []*part{{op: opSet, set: single('\r')}, {op: opSet, set: single('\n')}}},
			{op: opSet, set: vertSet},
		}}, nil
	case 'X':
		p.pos++
		mark := fromTable(unicode.M, unicode.Join_Control)
		return &part{op: opAtomic, subs: []*part{{op: opConcat, subs: []*part{
			{op: opSet, set: between(0, unicode.MaxRune)},
			{op: opRepeat, max: -1, subs: []*part{{op: opSet, set: mark}}},
		}}}}, nil
	case 'k':
		return p.namedRef()
	case '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return p.numberedRef(), nil
	}
	s, one, err := p.charEscape()
	if err != nil {
		return nil, err
	}
	if one {
		s = p.folded(s)
	}
	return &part{op: opSet, set: s}, nil
}

// quotation reads \Q...\E, to the end of the pattern if \E is missing.
func (p *parser) quotation() (*part, error) {
	p.pos++
	rest := string(p.src[p.pos:])
	text, _, closed := strings.Cut(rest, `\E`)
	n := &part{op: opConcat}
	for _, c := range text {
		n.subs = append(n.subs, p.char(c))
	}
	p.pos += len([]rune(text))
	if closed {
		p.pos += 2
	}
	if len(n.subs) == 0 {
		return nil, nil
	}
	return n, nil
}

func (p *parser) namedRef() (*part, error) {
	p.pos++
	if !p.accept("<") {
		return nil, p.errorf("\\k is not followed by '<' for named capturing group")
	}
	name, err := p.groupName()
	if err != nil {
		return nil, err
	}
	index, ok := p.names[name]
	if !ok {
		return nil, p.errorf("named capturing group <%s> does not exist", name)
	}
	return &part{op: opBackref, index: index, flags: p.flags}, nil
}

// numberedRef takes further digits as long as there are that many groups.
func (p *parser) numberedRef() *part {
	n := int(p.src[p.pos] - '0')
	p.pos++
	for !p.end() && p.src[p.pos] >= '0' && p.src[p.pos] <= '9' {
		next := n*10 + int(p.src[p.pos]-'0')
		if next > p.groups {
			break
		}
		n = next
		p.pos++
	}
	ref := &part{op: opBackref, index: n, flags: p.flags}
	p.refs = append(p.refs, ref)
	return ref
}

// charEscape reads an escape that stands for characters, at the one after the
// backslash; one tells whether it is a single one, which may begin a range.
func (p *parser) charEscape() (s set, one bool, err error) {
	c := p.src[p.pos]
	p.pos++
	if s, ok := p.classEscape(c); ok {
		return s, false, nil
	}
	switch c {
	case 't':
		return single('\t'), true, nil
	case 'n':
		return single('\n'), true, nil
	case 'r':
		return single('\r'), true, nil
	case 'f':
		return single('\f'), true, nil
	case 'a':
		return single(7), true, nil
	case 'e':
		return single(27), true, nil
	case '0':
		return p.octal()
	case 'x', 'u':
		return p.hex(c)
	case 'c':
		if p.end() {
			return nil, false, p.errorf("illegal control escape sequence")
		}
		p.pos++
		return single(p.src[p.pos-1] ^ 64), true, nil
	case 'p', 'P':
		return p.propertyEscape(c == 'P')
	}
	if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
		return nil, false, p.errorf("illegal/unsupported escape sequence")
	}
	return single(c), true, nil
}

// classEscape is a predefined class such as \d; an upper-case letter negates it.
func (p *parser) classEscape(c rune) (set, bool) {
	var s set
	uni := p.has(UnicodeClasses)
	switch unicode.ToLower(c) {
	case 'd':
		s = digitSet
		if uni {
			s = fromTable(unicode.Nd)
		}
	case 'w':
		s = wordSet
		if uni {
			s = unicodeWord()
		}
	case 's':
		s = spaceSet
		if uni {
			s = fromTable(unicode.White_Space)
		}
	case 'h':
		s = horizSet
	case 'v':
		s = vertSet
	default:
		return nil, false
	}
	if unicode.IsUpper(c) {
		s = s.negate()
	}
	return s, true
}

func (p *parser) octal() (set, bool, error) {
	n, digits := rune(0), 0
	for digits < 3 && !p.end() && p.src[p.pos] >= '0' && p.src[p.pos] <= '7' {
		next := n*8 + p.src[p.pos] - '0'
		if next > 0o377 {
			break
		}
		n = next
		digits++
		p.pos++
	}
	if digits == 0 {
		return nil, false, p.errorf("illegal octal escape sequence")
	}
	return single(n), true, nil
}

// hex reads \xhh, \x{h...} and \uhhhh; two \u of a surrogate pair are one character.
func (p *parser) hex(kind rune) (set, bool, error) {
	if kind == 'x' && p.accept("{") {
		end := strings.IndexRune(string(p.src[p.pos:]), '}')
		if end < 0 {
			return nil, false, p.errorf("unclosed hexadecimal escape sequence")
		}
		n, err := strconv.ParseUint(string(p.src[p.pos:p.pos+end]), 16, 32)
		if err != nil || n > unicode.MaxRune {
			return nil, false, p.errorf("hexadecimal codepoint is too big")
		}
		p.pos += end + 1
		return single(rune(n)), true, nil
	}
	width := 2
	if kind == 'u' {
		width = 4
	}
	n, ok := p.hexDigits(width)
	if !ok {
		return nil, false, p.errorf("illegal %s escape sequence", map[rune]string{'x': "hexadecimal", 'u': "Unicode"}[kind])
	}
	if kind == 'u' && n >= 0xd800 && n < 0xdc00 && p.looking(`\u`) {
		p.pos += 2
		if low, ok := p.hexDigits(4); ok && low >= 0xdc00 && low < 0xe000 {
			return single((n-0xd800)<<10 + (low - 0xdc00) + 0x10000), true, nil
		}
		return nil, false, p.errorf("illegal Unicode escape sequence")
	}
	return single(n), true, nil
}

func (p *parser) hexDigits(width int) (rune, bool) {
	if p.pos+width > len(p.src) {
		return 0, false
	}
	n, err := strconv.ParseUint(string(p.src[p.pos:p.pos+width]), 16, 32)
	if err != nil {
		return 0, false
	}
	p.pos += width
	return rune(n), true
}

// propertyEscape reads \pL and \p{Name}.
func (p *parser) propertyEscape(negated bool) (set, bool, error) {
	if p.end() {
		return nil, false, p.errorf("unclosed character family")
	}
	name := string(p.src[p.pos])
	p.pos++
	if name == "{" {
		end := strings.IndexRune(string(p.src[p.pos:]), '}')
		if end <= 0 {
			return nil, false, p.errorf("unclosed or empty character family")
		}
		name = string(p.src[p.pos : p.pos+end])
		p.pos += end + 1
	}
	s, err := p.property(name)
	if err != nil {
		return nil, false, err
	}
	if p.has(CaseInsensitive) {
		switch name {
		case "Lower", "Upper", "Lu", "Ll", "Lt", "IsLowercase", "IsUppercase", "IsTitlecase", "javaLowerCase", "javaUpperCase", "javaTitleCase":
			s = s.fold(true)
		}
	}
	if negated {
		s = s.negate()
	}
	return s, false, nil
}

// class reads a character class after its [, or the right side of && in one.
func (p *parser) class(consume bool) (set, error) {
	if p.depth++; p.depth > maxNesting {
		return nil, p.errorf("nested too deeply")
	}
	defer func() { p.depth-- }()
	negated := consume && p.accept("^")
	var s set
	empty := true
	for {
		c := p.peek()
		if p.end() {
			return nil, p.errorf("unclosed character class")
		}
		var item set
		var err error
		switch {
		case c == ']' && !empty:
			if consume {
				p.pos++
			}
			if negated {
				s = s.negate()
			}
			return s, nil
		case c == '[':
			p.pos++
			item, err = p.class(true)
		case p.looking("&&"):
			p.pos += 2
			if s, err = p.intersection(s, empty); err != nil {
				return nil, err
			}
			empty = false
			continue
		default:
			item, err = p.classRange(c)
		}
		if err != nil {
			return nil, err
		}
		s = s.union(item)
		empty = false
	}
}

// intersection reads what follows && up to the next && or the end of the class.
func (p *parser) intersection(left set, empty bool) (set, error) {
	var right set
	found := false
	for {
		c := p.peek()
		if p.end() {
			return nil, p.errorf("unclosed character class")
		}
		if c == ']' || p.looking("&&") {
			break
		}
		var item set
		var err error
		if c == '[' {
			p.pos++
			item, err = p.class(true)
		} else {
			item, err = p.classRange(c)
		}
		if err != nil {
			return nil, err
		}
		right = right.union(item)
		found = true
	}
	switch {
	case !found && empty:
		return nil, p.errorf("bad class syntax")
	case !found:
		return left, nil
	case empty:
		return right, nil
	}
	return left.intersect(right), nil
}

// classRange reads one character, an escape or a range in a class.
func (p *parser) classRange(c rune) (set, error) {
	low, one, err := p.classChar(c)
	if err != nil || !one {
		return low, err
	}
	// Case is folded here, before the class may be negated.
	if p.peek() != '-' || p.end() || p.pos+1 >= len(p.src) || p.src[p.pos+1] == ']' || p.src[p.pos+1] == '[' {
		return p.folded(low), nil
	}
	p.pos++
	next := p.peek()
	high, one, err := p.classChar(next)
	if err != nil {
		return nil, err
	}
	if !one || high[0].lo < low[0].lo {
		return nil, p.errorf("illegal character range")
	}
	return p.folded(set{{low[0].lo, high[0].lo}}), nil
}

func (p *parser) classChar(c rune) (set, bool, error) {
	p.pos++
	if c != '\\' {
		return single(c), true, nil
	}
	if p.end() {
		return nil, false, p.errorf("unclosed character class")
	}
	if p.src[p.pos] == 'Q' { // a quotation in a class
		part, err := p.quotation()
		if err != nil || part == nil {
			return nil, false, err
		}
		var s set
		for _, sub := range part.subs {
			s = s.union(sub.set)
		}
		return s, false, nil
	}
	return p.charEscape()
}

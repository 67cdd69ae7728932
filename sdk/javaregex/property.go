package javaregex

import (
	"strings"
	"unicode"
)

// posix are \p{Name} classes, of ASCII unless Unicode classes are asked for.
var posix = map[string]set{
	"Lower": between('a', 'z'), "Upper": between('A', 'Z'), "ASCII": between(0, 0x7f), "Alpha": between('A', 'Z', 'a', 'z'),
	"Digit": digitSet, "Alnum": between('0', '9', 'A', 'Z', 'a', 'z'), "Punct": between('!', '/', ':', '@', '[', '`', '{', '~'),
	"Graph": between('!', '~'), "Print": between(' ', '~'), "Blank": between('\t', '\t', ' ', ' '),
	"Cntrl": between(0, 0x1f, 0x7f, 0x7f), "XDigit": between('0', '9', 'A', 'F', 'a', 'f'), "Space": spaceSet,
}

// blocks are the Unicode blocks in use; Java knows all of them.
var blocks = map[string]rng{
	"basiclatin": {0, 0x7f}, "latin1supplement": {0x80, 0xff}, "latinextendeda": {0x100, 0x17f}, "latinextendedb": {0x180, 0x24f},
	"ipaextensions": {0x250, 0x2af}, "combiningdiacriticalmarks": {0x300, 0x36f}, "greek": {0x370, 0x3ff},
	"greekandcoptic": {0x370, 0x3ff}, "cyrillic": {0x400, 0x4ff}, "cyrillicsupplement": {0x500, 0x52f}, "armenian": {0x530, 0x58f},
	"hebrew": {0x590, 0x5ff}, "arabic": {0x600, 0x6ff}, "devanagari": {0x900, 0x97f}, "bengali": {0x980, 0x9ff},
	"thai": {0xe00, 0xe7f}, "georgian": {0x10a0, 0x10ff}, "hanguljamo": {0x1100, 0x11ff}, "latinextendedadditional": {0x1e00, 0x1eff},
	"greekextended": {0x1f00, 0x1fff}, "generalpunctuation": {0x2000, 0x206f}, "superscriptsandsubscripts": {0x2070, 0x209f},
	"currencysymbols": {0x20a0, 0x20cf}, "letterlikesymbols": {0x2100, 0x214f}, "numberforms": {0x2150, 0x218f},
	"arrows": {0x2190, 0x21ff}, "mathematicaloperators": {0x2200, 0x22ff}, "boxdrawing": {0x2500, 0x257f},
	"blockelements": {0x2580, 0x259f}, "geometricshapes": {0x25a0, 0x25ff}, "miscellaneoussymbols": {0x2600, 0x26ff},
	"dingbats": {0x2700, 0x27bf}, "cjksymbolsandpunctuation": {0x3000, 0x303f}, "hiragana": {0x3040, 0x309f},
	"katakana": {0x30a0, 0x30ff}, "bopomofo": {0x3100, 0x312f}, "cjkunifiedideographs": {0x4e00, 0x9fff},
	"hangulsyllables": {0xac00, 0xd7af}, "privateusearea": {0xe000, 0xf8ff}, "cjkcompatibilityideographs": {0xf900, 0xfaff},
	"halfwidthandfullwidthforms": {0xff00, 0xffef}, "specials": {0xfff0, 0xffff}, "emoticons": {0x1f600, 0x1f64f},
	"miscellaneoussymbolsandpictographs": {0x1f300, 0x1f5ff},
}

// property is the set of \p{name}.
func (p *parser) property(name string) (set, error) {
	if key, val, ok := strings.Cut(name, "="); ok {
		switch strings.ToLower(key) {
		case "sc", "script":
			return p.known(script(val))(name)
		case "blk", "block":
			return p.known(block(val))(name)
		case "gc", "general_category":
			return p.known(category(val))(name)
		}
		return nil, p.errorf("unknown Unicode property {name=<%s>, value=<%s>}", key, val)
	}
	if rest, ok := strings.CutPrefix(name, "In"); ok {
		return p.known(block(rest))(name)
	}
	if rest, ok := strings.CutPrefix(name, "Is"); ok {
		s, ok := binary(rest)
		if !ok {
			s, ok = category(rest)
		}
		if !ok {
			s, ok = script(rest)
		}
		return p.known(s, ok)(name)
	}
	if s, ok := posix[name]; ok {
		if p.has(UnicodeClasses) {
			return p.known(unicodePosix(name))(name)
		}
		return s, nil
	}
	if rest, ok := strings.CutPrefix(name, "java"); ok {
		return p.known(javaClass(rest))(name)
	}
	return p.known(category(name))(name)
}

// known turns a look-up into a result or the error for an unknown name.
func (p *parser) known(s set, ok bool) func(name string) (set, error) {
	return func(name string) (set, error) {
		if !ok {
			return nil, p.errorf("unknown character property name {%s}", name)
		}
		return s, nil
	}
}

func category(name string) (set, bool) {
	switch name {
	case "L1":
		return between(0, 0xff), true
	case "all":
		return between(0, unicode.MaxRune), true
	case "LC":
		return fromTable(unicode.Lu, unicode.Ll, unicode.Lt), true
	case "LD":
		return fromTable(unicode.L, unicode.Nd), true
	case "Cn":
		return assigned().negate(), true
	}
	if t, ok := unicode.Categories[name]; ok {
		return fromTable(t), true
	}
	return nil, false
}

func assigned() set {
	return fromTable(unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Z, unicode.C)
}

func script(name string) (set, bool) {
	for key, t := range unicode.Scripts {
		if strings.EqualFold(key, name) {
			return fromTable(t), true
		}
	}
	return nil, false
}

func block(name string) (set, bool) {
	key := strings.NewReplacer(" ", "", "_", "", "-", "").Replace(strings.ToLower(name))
	r, ok := blocks[key]
	return set{r}, ok
}

// binary is a Unicode binary property, named without its Is.
func binary(name string) (set, bool) {
	switch strings.ToUpper(name) {
	case "ALPHABETIC":
		return fromTable(unicode.L, unicode.Nl, unicode.Other_Alphabetic), true
	case "LETTER":
		return fromTable(unicode.L), true
	case "IDEOGRAPHIC":
		return fromTable(unicode.Ideographic), true
	case "LOWERCASE":
		return fromTable(unicode.Ll, unicode.Other_Lowercase), true
	case "UPPERCASE":
		return fromTable(unicode.Lu, unicode.Other_Uppercase), true
	case "TITLECASE":
		return fromTable(unicode.Lt), true
	case "WHITE_SPACE", "WHITESPACE":
		return fromTable(unicode.White_Space), true
	case "CONTROL":
		return fromTable(unicode.Cc), true
	case "PUNCTUATION":
		return fromTable(unicode.P), true
	case "HEX_DIGIT", "HEXDIGIT":
		return fromTable(unicode.Nd, unicode.Hex_Digit), true
	case "DIGIT":
		return fromTable(unicode.Nd), true
	case "ASSIGNED":
		return assigned(), true
	case "NONCHARACTER_CODE_POINT", "NONCHARACTERCODEPOINT":
		return fromTable(unicode.Noncharacter_Code_Point), true
	case "ALNUM":
		return fromTable(unicode.L, unicode.Nl, unicode.Other_Alphabetic, unicode.Nd), true
	case "WORD":
		return unicodeWord(), true
	}
	return nil, false
}

func unicodeWord() set {
	return fromTable(unicode.L, unicode.Nl, unicode.Other_Alphabetic, unicode.M, unicode.Nd, unicode.Pc, unicode.Join_Control)
}

// unicodePosix is a POSIX class as Unicode's UTS 18 has it.
func unicodePosix(name string) (set, bool) {
	switch name {
	case "Lower", "Upper":
		return binary(name + "case")
	case "Alpha":
		return binary("alphabetic")
	case "Punct":
		return binary("punctuation")
	case "Space":
		return binary("white_space")
	case "XDigit":
		return binary("hex_digit")
	case "Cntrl":
		return binary("control")
	case "Blank":
		return fromTable(unicode.Zs).union(single('\t')), true
	case "Graph":
		return assigned().intersect(fromTable(unicode.White_Space, unicode.Cc, unicode.Cs).negate()), true
	case "Print":
		s, _ := unicodePosix("Graph")
		return s.union(fromTable(unicode.Zs)), true
	case "ASCII":
		return between(0, 0x7f), true
	}
	return binary(name)
}

// javaClass is \p{javaXxx}, the method Character.isXxx.
func javaClass(name string) (set, bool) {
	switch name {
	case "LowerCase", "UpperCase", "TitleCase":
		return binary(name)
	case "Alphabetic", "Ideographic", "Digit", "Letter":
		return binary(name)
	case "LetterOrDigit":
		return fromTable(unicode.L, unicode.Nd), true
	case "Defined":
		return assigned(), true
	case "SpaceChar":
		return fromTable(unicode.Z), true
	case "Whitespace":
		return fromTable(unicode.Z).intersect(between(0xa0, 0xa0, 0x2007, 0x2007, 0x202f, 0x202f).negate()).union(between('\t', '\r', 0x1c, 0x1f)), true
	case "ISOControl":
		return between(0, 0x1f, 0x7f, 0x9f), true
	case "JavaIdentifierStart":
		return fromTable(unicode.L, unicode.Nl, unicode.Sc, unicode.Pc), true
	case "JavaIdentifierPart":
		return fromTable(unicode.L, unicode.Nl, unicode.Sc, unicode.Pc, unicode.Nd, unicode.Mc, unicode.Mn, unicode.Cf).
			union(between(0, 8, 0xe, 0x1b, 0x7f, 0x9f)), true
	case "UnicodeIdentifierStart":
		return fromTable(unicode.L, unicode.Nl, unicode.Other_ID_Start), true
	case "UnicodeIdentifierPart":
		return fromTable(unicode.L, unicode.Nl, unicode.Pc, unicode.Nd, unicode.Mc, unicode.Mn, unicode.Cf).union(between(0, 8, 0xe, 0x1b, 0x7f, 0x9f)), true
	case "IdentifierIgnorable":
		return fromTable(unicode.Cf).union(between(0, 8, 0xe, 0x1b, 0x7f, 0x9f)), true
	}
	return nil, false
}

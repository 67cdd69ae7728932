package javatime

import (
	"errors"
	"fmt"
	"unicode"
)

// Field is a field of a date or a time, as Java's ChronoField and WeekFields.
type Field uint8

// The fields that a pattern can have.
const (
	Era Field = iota
	YearOfEra
	Year
	MonthOfYear
	DayOfMonth
	DayOfYear
	QuarterOfYear
	WeekBasedYear
	WeekOfWeekBasedYear
	WeekOfMonth
	LocalDayOfWeek // Sunday is 1
	DayOfWeek      // Monday is 1
	AlignedWeekOfMonth
	ModifiedJulianDay
	AmPmOfDay
	DayPeriod
	ClockHourOfAmPm
	HourOfAmPm
	ClockHourOfDay
	HourOfDay
	MinuteOfHour
	SecondOfMinute
	NanoOfSecond
	MilliOfSecond
	MilliOfDay
	NanoOfDay
	OffsetSeconds
	InstantSeconds
	fieldCount
)

var fieldNames = [fieldCount]string{
	"Era", "YearOfEra", "Year", "MonthOfYear", "DayOfMonth", "DayOfYear", "QuarterOfYear",
	"WeekBasedYear", "WeekOfWeekBasedYear", "WeekOfMonth", "LocalDayOfWeek", "DayOfWeek", "AlignedWeekOfMonth",
	"ModifiedJulianDay", "AmPmOfDay", "DayPeriod", "ClockHourOfAmPm", "HourOfAmPm", "ClockHourOfDay", "HourOfDay",
	"MinuteOfHour", "SecondOfMinute", "NanoOfSecond", "MilliOfSecond", "MilliOfDay", "NanoOfDay", "OffsetSeconds", "InstantSeconds",
}

func (f Field) String() string { return fieldNames[f] }

type itemKind uint8

const (
	kindLiteral  itemKind = iota
	kindNumber            // a field in digits
	kindReduced           // the last two digits of a year
	kindFraction          // digits after the second
	kindText              // a field by name
	kindOffset            // +05:30
	kindGMT               // GMT+5
	kindZoneID
	kindZoneName
	kindOptional // items that may be missing
)

// sign says how a number may be signed, as Java's SignStyle.
type sign uint8

const (
	signNever sign = iota // NOT_NEGATIVE
	signNormal
	signPad // EXCEEDS_PAD: + where there are more digits than the width
)

type style uint8

const (
	short style = iota
	full
	narrow
)

// item is one element of a pattern.
type item struct {
	kind       itemKind
	field      Field
	min, max   int // digits
	sign       sign
	subsequent int // digits that following numbers need; -1: this one has a fixed width
	style      style
	text       string // literal; or what offset zero is
	offset     int    // index in offsetPatterns
	generic    bool   // zone names without daylight saving
	pad        int    // width to pad to with spaces; 0: none
	items      []item
}

// patternBuilder compiles a pattern. It follows DateTimeFormatterBuilder: a run
// of numbers without anything between shares its digits.
type patternBuilder struct {
	pattern []rune
	pos     int
	out     []item
	active  int  // index of the number that gives digits to those after it; -1: none
	padded  bool // the last item is a padded number, after which Java fails on another
}

// items compiles up to the end or, at depth > 0, to the closing bracket; an open
// bracket at the end closes itself.
func (b *patternBuilder) items(depth int) ([]item, error) {
	outer, outerActive := b.out, b.active
	b.out, b.active = nil, -1
	defer func() { b.out, b.active = outer, outerActive }()
	for b.pos < len(b.pattern) {
		c := b.pattern[b.pos]
		switch {
		case c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z':
			if err := b.letters(c); err != nil {
				return nil, err
			}
			continue
		case c == '\'':
			if err := b.quoted(); err != nil {
				return nil, err
			}
		case c == '[':
			if depth > 50 {
				return nil, errors.New("too many brackets")
			}
			b.pos++
			inner, err := b.items(depth + 1)
			if err != nil {
				return nil, err
			}
			b.add(item{kind: kindOptional, items: inner})
			continue
		case c == ']':
			if depth == 0 {
				return nil, errors.New("pattern has ] without [")
			}
			b.pos++
			return b.out, nil
		case c == '{' || c == '}' || c == '#':
			return nil, fmt.Errorf("pattern has the reserved character '%c'", c)
		default:
			b.literal(string(c))
		}
		b.pos++
	}
	return b.out, nil
}

func (b *patternBuilder) add(i item) {
	b.out = append(b.out, i)
	b.active = -1
	b.padded = false
}

func (b *patternBuilder) literal(text string) {
	b.add(item{kind: kindLiteral, text: text})
}

// quoted reads '...' with ” for a quote, at the opening quote.
func (b *patternBuilder) quoted() error {
	var text []rune
	for b.pos++; b.pos < len(b.pattern); b.pos++ {
		if b.pattern[b.pos] != '\'' {
			text = append(text, b.pattern[b.pos])
			continue
		}
		if b.pos+1 < len(b.pattern) && b.pattern[b.pos+1] == '\'' {
			text = append(text, '\'')
			b.pos++
			continue
		}
		if len(text) == 0 {
			text = []rune{'\''}
		}
		b.literal(string(text))
		return nil
	}
	return errors.New("pattern ends with an incomplete string literal")
}

// letters reads a run of one letter, with p for padding before it.
func (b *patternBuilder) letters(c rune) error {
	count := b.run(c)
	pad := 0
	if c == 'p' {
		if b.pos < len(b.pattern) && unicode.IsLetter(b.pattern[b.pos]) {
			pad = count
			c = b.pattern[b.pos]
			count = b.run(c)
		}
		if pad == 0 {
			return errors.New("pad letter 'p' must be followed by a valid pad pattern")
		}
	}
	padded := b.padded
	if err := b.letter(c, count); err != nil {
		return err
	}
	last := &b.out[len(b.out)-1]
	number := last.kind == kindNumber || last.kind == kindReduced || last.kind == kindFraction
	if padded && number {
		return errors.New("a padded number must not be followed by a number")
	}
	if pad > 0 {
		last.pad, b.padded, b.active = pad, number, -1
	}
	return nil
}

func (b *patternBuilder) run(c rune) int {
	start := b.pos
	for b.pos < len(b.pattern) && b.pattern[b.pos] == c {
		b.pos++
	}
	return b.pos - start
}

var errTooMany = errors.New("too many pattern letters")

// number adds a field in digits and shares digits with the numbers before it, as
// DateTimeFormatterBuilder.appendValue.
func (b *patternBuilder) number(i item) {
	if b.active < 0 {
		b.out = append(b.out, i)
		b.active = len(b.out) - 1
		return
	}
	base := &b.out[b.active]
	if i.min == i.max && i.sign == signNever {
		base.subsequent += i.max
		i.subsequent = -1
		b.out = append(b.out, i)
		return
	}
	base.subsequent = -1
	b.out = append(b.out, i)
	b.active = len(b.out) - 1
}

// plain is a field as it comes (one letter) or with exactly count digits.
func (b *patternBuilder) plain(f Field, count, most int) error {
	switch {
	case count > most:
		return errTooMany
	case count == 1:
		b.number(item{kind: kindNumber, field: f, min: 1, max: 19, sign: signNormal})
	default:
		b.number(item{kind: kindNumber, field: f, min: count, max: count})
	}
	return nil
}

func (b *patternBuilder) year(f Field, count int) error {
	switch {
	case count == 2:
		b.number(item{kind: kindReduced, field: f, min: 2, max: 2})
	case count < 4:
		b.number(item{kind: kindNumber, field: f, min: count, max: 19, sign: signNormal})
	case count > 19:
		return errTooMany
	default:
		b.number(item{kind: kindNumber, field: f, min: count, max: 19, sign: signPad})
	}
	return nil
}

func (b *patternBuilder) text(f Field, count int) error {
	switch {
	case count > 5:
		return errTooMany
	case count == 4:
		b.add(item{kind: kindText, field: f, style: full})
	case count == 5:
		b.add(item{kind: kindText, field: f, style: narrow})
	default:
		b.add(item{kind: kindText, field: f, style: short})
	}
	return nil
}

// simple are the letters that are a number of one digit and more.
var simple = map[rune]struct {
	field Field
	most  int
}{
	'd': {DayOfMonth, 2}, 'h': {ClockHourOfAmPm, 2}, 'H': {HourOfDay, 2}, 'k': {ClockHourOfDay, 2}, 'K': {HourOfAmPm, 2},
	'm': {MinuteOfHour, 2}, 's': {SecondOfMinute, 2}, 'F': {AlignedWeekOfMonth, 1}, 'w': {WeekOfWeekBasedYear, 2}, 'W': {WeekOfMonth, 1},
}

func (b *patternBuilder) letter(c rune, count int) error {
	if s, ok := simple[c]; ok {
		if (c == 'w' || c == 'W') && count <= s.most {
			b.number(item{kind: kindNumber, field: s.field, min: count, max: s.most})
			return nil
		}
		return b.plain(s.field, count, s.most)
	}
	switch c {
	case 'u':
		return b.year(Year, count)
	case 'y':
		return b.year(YearOfEra, count)
	case 'Y':
		return b.weekYear(count)
	case 'M', 'L', 'Q', 'q':
		return b.monthOrQuarter(c, count)
	case 'E', 'e', 'c':
		return b.dayOfWeek(c, count)
	case 'G':
		return b.text(Era, count)
	case 'a':
		if count > 1 {
			return errTooMany
		}
		return b.text(AmPmOfDay, count)
	case 'B':
		if count != 1 && count != 4 && count != 5 {
			return errors.New("wrong number of pattern letters B")
		}
		return b.text(DayPeriod, count)
	case 'D':
		return b.dayOfYear(count)
	case 'S':
		if count > 9 {
			return errTooMany
		}
		b.number(item{kind: kindFraction, field: NanoOfSecond, min: count, max: count})
		return nil
	case 'A', 'n', 'N', 'g':
		return b.wide(c, count)
	}
	return b.zone(c, count)
}

func (b *patternBuilder) weekYear(count int) error {
	switch {
	case count == 2:
		b.number(item{kind: kindReduced, field: WeekBasedYear, min: 2, max: 2})
	case count > 19:
		return errTooMany
	case count < 4:
		b.number(item{kind: kindNumber, field: WeekBasedYear, min: count, max: 19, sign: signNormal})
	default:
		b.number(item{kind: kindNumber, field: WeekBasedYear, min: count, max: 19, sign: signPad})
	}
	return nil
}

func (b *patternBuilder) monthOrQuarter(c rune, count int) error {
	f := MonthOfYear
	if c == 'Q' || c == 'q' {
		f = QuarterOfYear
	}
	if count > 2 {
		return b.text(f, count)
	}
	return b.plain(f, count, 2)
}

func (b *patternBuilder) dayOfWeek(c rune, count int) error {
	switch {
	case c == 'c' && count == 2:
		return errors.New("invalid pattern \"cc\"")
	case c == 'E' || count > 2:
		return b.text(DayOfWeek, count)
	}
	b.number(item{kind: kindNumber, field: LocalDayOfWeek, min: count, max: count})
	return nil
}

func (b *patternBuilder) dayOfYear(count int) error {
	switch count {
	case 1:
		return b.plain(DayOfYear, 1, 1)
	case 2, 3:
		b.number(item{kind: kindNumber, field: DayOfYear, min: count, max: 3})
		return nil
	}
	return errTooMany
}

func (b *patternBuilder) wide(c rune, count int) error {
	if count > 19 {
		return errTooMany
	}
	i := item{kind: kindNumber, min: count, max: 19}
	switch c {
	case 'A':
		i.field = MilliOfDay
	case 'n':
		i.field = NanoOfSecond
	case 'N':
		i.field = NanoOfDay
	case 'g':
		i.field, i.sign = ModifiedJulianDay, signNormal
	}
	b.number(i)
	return nil
}

func (b *patternBuilder) zone(c rune, count int) error {
	i := item{kind: kindOffset, style: short, text: "Z"}
	switch {
	case c == 'z' && count <= 4:
		i.kind = kindZoneName
	case c == 'v' && (count == 1 || count == 4):
		i.kind, i.generic = kindZoneName, true
	case c == 'V' && count == 2:
		i.kind = kindZoneID
	case c == 'V', c == 'v', c == 'O' && count != 1 && count != 4:
		return fmt.Errorf("wrong number of pattern letters %c", c)
	case c == 'O':
		i.kind = kindGMT
	case c == 'Z' && count < 4:
		i.offset, i.text = 3, "+0000"
	case c == 'Z' && count == 4:
		i.kind = kindGMT
	case c == 'Z' && count == 5:
		i.offset = 6
	case c == 'X' && count <= 5:
		i.offset = offsetIndex(count)
	case c == 'x' && count <= 5:
		i.offset = offsetIndex(count)
		i.text = zeroOffset(count)
	case c == 'z', c == 'Z', c == 'X', c == 'x':
		return errTooMany
	default:
		return fmt.Errorf("unknown pattern letter: %c", c)
	}
	if count == 4 && (i.kind == kindZoneName || i.kind == kindGMT) {
		i.style = full
	}
	b.add(i)
	return nil
}

func offsetIndex(count int) int {
	if count == 1 {
		return 1
	}
	return count + 1
}

func zeroOffset(count int) string {
	switch {
	case count == 1:
		return "+00"
	case count%2 == 0:
		return "+0000"
	}
	return "+00:00"
}

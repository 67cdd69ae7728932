// Package javatime formats and reads times by the patterns of Java's
// DateTimeFormatter in its US English form, and knows Java's names of zones.
//
// A Formatter is a list of elements compiled from a pattern once. Reading has
// two steps, as in Java: the elements fill in fields (ParseFields), and Resolve
// makes a date, a time and an instant of them by the rules of Java's SMART
// style. CompileLenient is the form NiFi uses for dates: any case, any number of
// digits where nothing follows directly, and what is missing taken from 1970.
//
// A *time.Location stands for a ZoneId; its name is the id. Zone finds it.
//
// zonenames.tsv holds the English names of zones (short: standard, daylight,
// generic; long: the same; zones), zoneparse.tsv what zone a name means where
// several share it. Both are facts of Unicode's CLDR and the tz database as Java
// 25 has them.
package javatime

import (
	"errors"
	"fmt"
	"time"
)

// Formatter is a compiled pattern, safe for concurrent use.
type Formatter struct {
	pattern string
	items   []item
	lenient bool // any case and loose widths when reading
}

// ErrPattern is wrapped by errors about the pattern itself, ErrParse by those
// about a text that does not fit it, ErrRange by values that no date can have.
var (
	ErrPattern = errors.New("illegal date pattern")
	ErrParse   = errors.New("text could not be parsed")
	ErrRange   = errors.New("date or time out of range")
)

// Compile reads a pattern as DateTimeFormatter.ofPattern(pattern, Locale.US).
func Compile(pattern string) (*Formatter, error) {
	b := &patternBuilder{pattern: []rune(pattern), active: -1}
	items, err := b.items(0)
	if err != nil {
		return nil, fmt.Errorf("%w %q: %w", ErrPattern, pattern, err)
	}
	return &Formatter{pattern: pattern, items: items}, nil
}

// CompileLenient reads a pattern as NiFi does for toDate and records: parsing is
// lenient and does not mind case. It formats as Compile.
func CompileLenient(pattern string) (*Formatter, error) {
	f, err := Compile(pattern)
	if err != nil {
		return nil, err
	}
	f.lenient = true
	return f, nil
}

// String is the pattern.
func (f *Formatter) String() string { return f.pattern }

// Format prints t in its own location.
func (f *Formatter) Format(t time.Time) (string, error) {
	var buf [64]byte
	out, err := f.Append(buf[:0], t)
	return string(out), err
}

// Append appends the text of t. The error is for a value that does not fit its
// width, such as a year of five digits in "yy".
func (f *Formatter) Append(dst []byte, t time.Time) ([]byte, error) {
	v := moment{t: t}
	return v.appendItems(dst, f.items)
}

// ParseInstant reads text that gives a whole date, a time and a zone or offset;
// zone is for text without one (nil: there is no other). As
// DateTimeFormatter.withZone(zone).parse(text, Instant::from).
func (f *Formatter) ParseInstant(text string, zone *time.Location) (time.Time, error) {
	fields, err := f.Parse(text, zone)
	if err != nil {
		return time.Time{}, err
	}
	return fields.Instant()
}

// ParseDefaulted reads text and takes what is missing from 1970-01-01 00:00 in
// zone. As NiFi's FormatUtils.parseToInstant.
func (f *Formatter) ParseDefaulted(text string, zone, system *time.Location) (time.Time, error) {
	fields, err := f.Parse(text, zone)
	if err != nil {
		return time.Time{}, err
	}
	return fields.Defaulted(system)
}

// Parse reads the whole text and resolves what it says.
func (f *Formatter) Parse(text string, zone *time.Location) (*Fields, error) {
	fields, err := f.ParseFields(text)
	if err != nil {
		return nil, err
	}
	if fields.zone == nil {
		fields.zone = zone
	}
	if err := fields.resolve(); err != nil {
		return nil, fmt.Errorf("%w: text %q: %w", ErrParse, text, err)
	}
	return fields, nil
}

// ParseFields reads the whole text into fields and leaves them as they are, as
// DateTimeFormatter.parseUnresolved.
func (f *Formatter) ParseFields(text string) (*Fields, error) {
	r := &reader{text: text, strict: !f.lenient, fields: newFields()}
	if pos := r.items(f.items, 0); pos != len(text) {
		if pos < 0 {
			pos = ^pos
		}
		return nil, fmt.Errorf("%w: text %q does not fit pattern %q at index %d", ErrParse, text, f.pattern, pos)
	}
	return r.fields, nil
}

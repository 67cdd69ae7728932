package record

import (
	"errors"
	"fmt"
	"time"

	"github.com/braidflow/braid/sdk/javatime"
)

// NewTimeFormat compiles a Java pattern for DATE, TIME or TIMESTAMP. Text must
// give all that the kind holds: a whole date, a time of day, or both.
func NewTimeFormat(kind Kind, pattern string) (TimeFormat, error) {
	f, err := javatime.Compile(pattern)
	if err != nil {
		return nil, err
	}
	return &patternFormat{kind, f}, nil
}

// NewFormats compiles the patterns; an empty one means milliseconds.
func NewFormats(date, timeOfDay, timestamp string) (*Formats, error) {
	f := &Formats{}
	for _, p := range []struct {
		kind    Kind
		pattern string
		dst     *TimeFormat
	}{{KindDate, date, &f.Date}, {KindTime, timeOfDay, &f.Time}, {KindTimestamp, timestamp, &f.Timestamp}} {
		if p.pattern == "" {
			continue
		}
		format, err := NewTimeFormat(p.kind, p.pattern)
		if err != nil {
			return nil, fmt.Errorf("%s format %q: %w", p.kind, p.pattern, err)
		}
		*p.dst = format
	}
	return f, nil
}

type patternFormat struct {
	kind    Kind
	pattern *javatime.Formatter
}

var (
	errNoDate = errors.New("text gives no whole date")
	errNoTime = errors.New("text gives no time of day")
)

func (p *patternFormat) Parse(s string) (time.Time, error) {
	f, err := p.pattern.Parse(s, nil)
	if err != nil {
		return time.Time{}, err
	}
	if _, offset := f.Get(javatime.OffsetSeconds); p.kind == KindTimestamp && (offset || f.Zone() != nil) {
		return f.Instant()
	}
	year, month, day := int64(1970), int64(1), int64(1)
	if p.kind != KindTime {
		var ok [3]bool
		year, ok[0] = f.Get(javatime.Year)
		month, ok[1] = f.Get(javatime.MonthOfYear)
		day, ok[2] = f.Get(javatime.DayOfMonth)
		if ok != [3]bool{true, true, true} {
			return time.Time{}, errNoDate
		}
	}
	nanos, ok := f.Get(javatime.NanoOfDay)
	if !ok && p.kind != KindDate {
		return time.Time{}, errNoTime
	}
	return time.Date(int(year), time.Month(month), int(day), 0, 0, 0, 0, time.UTC).Add(time.Duration(nanos)), nil
}

// Append writes what the pattern cannot express, such as a year of five
// digits in four, by RFC 3339.
func (p *patternFormat) Append(dst []byte, t time.Time) []byte {
	out, err := p.pattern.Append(dst, t)
	if err != nil {
		return t.AppendFormat(dst, time.RFC3339Nano)
	}
	return out
}

// TimeMatcher returns a function that tells which of the formats text is in,
// a type with that pattern, or nil; nil if there are no formats. It is for
// inference, which tries TIMESTAMP, DATE and TIME, as NiFi's TimeValueInference.
func (f *Formats) TimeMatcher() func(text string) *Type {
	var tries []*patternFormat
	for _, format := range []TimeFormat{f.Timestamp, f.Date, f.Time} {
		if p, ok := format.(*patternFormat); ok {
			tries = append(tries, p)
		}
	}
	if tries == nil {
		return nil
	}
	types := make([]*Type, len(tries))
	for i, p := range tries {
		types[i] = &Type{Kind: p.kind, Format: p.pattern.String()}
	}
	return func(text string) *Type {
		for i, p := range tries {
			if _, err := p.Parse(text); err == nil {
				return types[i]
			}
		}
		return nil
	}
}

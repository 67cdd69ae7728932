package javatime

import (
	"fmt"
	"math"
	"time"
)

// Fields are what a text said and, once resolved, what follows from it.
type Fields struct {
	values  [fieldCount]int64
	has     uint32 // bit by field
	zone    *time.Location
	date    *int64 // epoch day
	nanos   *int64 // of the day
	excess  int64  // days beyond the date, from 24:00
	instant *time.Time
}

func newFields() *Fields { return &Fields{} }

// put sets a field; false if it has another value already.
func (f *Fields) put(field Field, n int64) bool {
	if old, ok := f.get(field); ok && old != n {
		return false
	}
	f.values[field] = n
	f.has |= 1 << field
	return true
}

func (f *Fields) get(field Field) (int64, bool) {
	return f.values[field], f.has&(1<<field) != 0
}

// take removes a field and returns it.
func (f *Fields) take(field Field) (int64, bool) {
	n, ok := f.get(field)
	f.has &^= 1 << field
	return n, ok
}

// Get is a field's value as it was read, or as it follows from the date or time.
func (f *Fields) Get(field Field) (int64, bool) {
	if n, ok := f.get(field); ok {
		return n, true
	}
	if f.date != nil && field <= ModifiedJulianDay {
		return f.dateField(field), true
	}
	if f.nanos != nil && field >= AmPmOfDay && field <= NanoOfDay {
		return f.nanoField(field), true
	}
	return 0, false
}

// Zone is the zone that the text or its reader gave; nil if none.
func (f *Fields) Zone() *time.Location { return f.zone }

func (f *Fields) dateField(field Field) int64 {
	v := moment{t: time.Unix(*f.date*86400, 0).UTC()}
	return v.field(field)
}

func (f *Fields) nanoField(field Field) int64 {
	v := moment{t: time.Unix(0, *f.nanos).UTC()}
	return v.field(field)
}

// Instant is the moment that the fields name: date, time and a zone or offset
// must all be there.
func (f *Fields) Instant() (time.Time, error) {
	if f.instant == nil {
		return time.Time{}, fmt.Errorf("%w: unable to obtain an instant: it needs a date, a time and a zone", ErrParse)
	}
	return *f.instant, nil
}

// Defaulted is the moment with what is missing taken from 1970-01-01 00:00, in
// the zone of the text, else in the one given.
func (f *Fields) Defaulted(system *time.Location) (time.Time, error) {
	get := func(field Field, missing int64) int {
		if n, ok := f.Get(field); ok {
			return int(n)
		}
		return int(missing)
	}
	year, month, day := get(Year, 1970), get(MonthOfYear, 1), get(DayOfMonth, 1)
	hour, minute, second := get(HourOfDay, 0), get(MinuteOfHour, 0), get(SecondOfMinute, 0)
	nano := 0
	if _, ok := f.Get(MilliOfSecond); ok {
		nano = get(NanoOfSecond, 0)
	}
	if !validDate(year, month, day) || hour > 23 || hour < 0 || minute > 59 || minute < 0 || second > 59 || second < 0 {
		return time.Time{}, fmt.Errorf("%w: %04d-%02d-%02d %02d:%02d:%02d", ErrRange, year, month, day, hour, minute, second)
	}
	zone := f.zone
	if zone == nil {
		zone = system
	}
	if offset, ok := f.get(OffsetSeconds); ok {
		zone = FixedOffset(int(offset))
	}
	return local(epochDay(year, month, day), int64(hour*3600+minute*60+second)*1e9+int64(nano), zone), nil
}

func validDate(year, month, day int) bool {
	return year >= minYear && year <= maxYear && month >= 1 && month <= 12 && day >= 1 && day <= monthLength(year, month)
}

func monthLength(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

const minYear, maxYear = -999_999_999, 999_999_999

// local is the moment at which clocks in a zone show a date and time. Where
// they show it twice it is the first; where they skip it, the offset before the
// gap holds. As ZonedDateTime.ofLocal.
func local(epochDay, nanos int64, zone *time.Location) time.Time {
	seconds := epochDay*86400 + nanos/1e9
	guess := time.Unix(seconds, 0)
	_, before := guess.Add(-24 * time.Hour).In(zone).Zone()
	_, after := guess.Add(24 * time.Hour).In(zone).Zone()
	at := func(offset int) (time.Time, bool) {
		t := time.Unix(seconds-int64(offset), nanos%1e9).In(zone)
		_, got := t.Zone()
		return t, got == offset
	}
	if t, ok := at(before); ok {
		return t
	}
	if t, ok := at(after); ok {
		return t
	}
	t, _ := at(before)
	return t
}

// LocalNear is the moment at which clocks in the zone of near show what clock
// (a time in UTC) shows; where they show it twice, near's offset decides. As
// ZonedDateTime.plusDays and its like.
func LocalNear(clock, near time.Time) time.Time {
	seconds := clock.Unix()
	_, offset := near.Zone()
	t := time.Unix(seconds-int64(offset), int64(clock.Nanosecond())).In(near.Location())
	if _, got := t.Zone(); got == offset {
		return t
	}
	day := seconds / 86400
	if seconds%86400 < 0 {
		day--
	}
	return local(day, (seconds-day*86400)*1e9+int64(clock.Nanosecond()), near.Location())
}

// GapAt reports whether clocks in zone skip the given date and time.
func GapAt(year, month, day, hour, minute, second int, zone *time.Location) bool {
	t := local(epochDay(year, month, day), int64(hour*3600+minute*60+second)*1e9, zone)
	h, m, s := t.Clock()
	return h != hour || m != minute || s != second
}

// ranges are the values that fields may take.
var ranges = map[Field][2]int64{
	Era: {0, 1}, YearOfEra: {1, maxYear + 1}, Year: {minYear, maxYear}, MonthOfYear: {1, 12}, DayOfMonth: {1, 31}, DayOfYear: {1, 366},
	QuarterOfYear: {1, 4}, WeekOfWeekBasedYear: {1, 53}, WeekOfMonth: {0, 6}, LocalDayOfWeek: {1, 7}, DayOfWeek: {1, 7},
	AlignedWeekOfMonth: {1, 5}, AmPmOfDay: {0, 1}, ClockHourOfAmPm: {1, 12}, HourOfAmPm: {0, 11}, ClockHourOfDay: {1, 24},
	HourOfDay: {0, 23}, MinuteOfHour: {0, 59}, SecondOfMinute: {0, 59}, NanoOfSecond: {0, 999_999_999}, MilliOfDay: {0, 86_399_999},
	NanoOfDay: {0, 86_399_999_999_999}, OffsetSeconds: {-18 * 3600, 18 * 3600}, WeekBasedYear: {minYear, maxYear},
	ModifiedJulianDay: {math.MinInt32, math.MaxInt32},
}

func check(field Field, n int64) error {
	if r, ok := ranges[field]; ok && (n < r[0] || n > r[1]) {
		return fmt.Errorf("%w: invalid value for %v (valid values %d - %d): %d", ErrRange, field, r[0], r[1], n)
	}
	return nil
}

package javatime

import (
	"fmt"
	"strconv"
	"time"
)

// moment is a time being printed; its date is taken apart once.
type moment struct {
	t          time.Time
	known      bool
	year       int
	month      time.Month
	day        int
	hour, m, s int
}

func (v *moment) split() {
	if !v.known {
		v.year, v.month, v.day = v.t.Date()
		v.hour, v.m, v.s = v.t.Clock()
		v.known = true
	}
}

func (v *moment) appendItems(dst []byte, items []item) ([]byte, error) {
	var err error
	for i := range items {
		it := &items[i]
		start := len(dst)
		if dst, err = v.appendItem(dst, it); err != nil {
			return dst, err
		}
		if it.pad > 0 {
			if dst, err = padLeft(dst, start, it.pad); err != nil {
				return dst, err
			}
		}
	}
	return dst, nil
}

func padLeft(dst []byte, start, width int) ([]byte, error) {
	text := string(dst[start:])
	if len(text) > width {
		return dst, fmt.Errorf("%w: %q exceeds the pad width of %d", ErrRange, text, width)
	}
	return fmt.Appendf(dst[:start], "%*s", width, text), nil
}

func (v *moment) appendItem(dst []byte, it *item) ([]byte, error) {
	switch it.kind {
	case kindLiteral:
		return append(dst, it.text...), nil
	case kindNumber:
		return appendNumber(dst, it, v.field(it.field))
	case kindReduced:
		n := v.field(it.field)
		return appendDigits(dst, max(n, -n)%100, 2), nil
	case kindFraction:
		var buf [9]byte
		return append(dst, appendDigits(buf[:0], int64(v.t.Nanosecond()), 9)[:it.min]...), nil
	case kindText:
		n := textNames[it.field]
		return append(dst, n.style(it.style)[v.field(it.field)-n.first]...), nil
	case kindOffset:
		_, offset := v.t.Zone()
		return appendOffsetItem(dst, it, offset), nil
	case kindGMT:
		_, offset := v.t.Zone()
		return appendGMT(dst, offset, it.style), nil
	case kindZoneID:
		return append(dst, v.t.Location().String()...), nil
	case kindZoneName:
		return append(dst, zoneName(v.t, it.style, it.generic)...), nil
	}
	return v.appendItems(dst, it.items)
}

// field is the value of a field of this moment.
func (v *moment) field(f Field) int64 {
	v.split()
	switch f {
	case Era:
		if v.year <= 0 {
			return 0
		}
		return 1
	case YearOfEra:
		if v.year <= 0 {
			return int64(1 - v.year)
		}
		return int64(v.year)
	case Year:
		return int64(v.year)
	case MonthOfYear:
		return int64(v.month)
	case DayOfMonth:
		return int64(v.day)
	case DayOfYear:
		return int64(v.t.YearDay())
	case QuarterOfYear:
		return int64(v.month+2) / 3
	case DayOfWeek:
		return isoWeekday(v.t)
	case LocalDayOfWeek:
		return int64(v.t.Weekday()) + 1
	case AlignedWeekOfMonth:
		return int64(v.day-1)/7 + 1
	case ModifiedJulianDay:
		return epochDay(v.year, int(v.month), v.day) + 40587
	case WeekBasedYear, WeekOfWeekBasedYear, WeekOfMonth:
		return weekField(f, v.year, int(v.month), v.day)
	}
	return v.timeField(f)
}

func isoWeekday(t time.Time) int64 { return (int64(t.Weekday())+6)%7 + 1 }

func (v *moment) timeField(f Field) int64 {
	hour := int64(v.hour)
	seconds := hour*3600 + int64(v.m)*60 + int64(v.s)
	switch f {
	case AmPmOfDay:
		return hour / 12
	case DayPeriod:
		return dayPeriod(v.hour, v.m)
	case ClockHourOfAmPm:
		return (hour+11)%12 + 1
	case HourOfAmPm:
		return hour % 12
	case ClockHourOfDay:
		return (hour+23)%24 + 1
	case HourOfDay:
		return hour
	case MinuteOfHour:
		return int64(v.m)
	case SecondOfMinute:
		return int64(v.s)
	case NanoOfSecond:
		return int64(v.t.Nanosecond())
	case MilliOfSecond:
		return int64(v.t.Nanosecond() / 1e6)
	case MilliOfDay:
		return seconds*1e3 + int64(v.t.Nanosecond()/1e6)
	case NanoOfDay:
		return seconds*1e9 + int64(v.t.Nanosecond())
	case InstantSeconds:
		return v.t.Unix()
	}
	_, offset := v.t.Zone()
	return int64(offset)
}

// appendNumber prints within the widths, as NumberPrinterParser.format.
func appendNumber(dst []byte, it *item, n int64) ([]byte, error) {
	abs := max(n, -n)
	var buf [20]byte
	digits := strconv.AppendInt(buf[:0], abs, 10)
	if len(digits) > it.max {
		return dst, fmt.Errorf("%w: field %v cannot be printed as %d exceeds the width of %d", ErrRange, it.field, n, it.max)
	}
	switch {
	case n < 0 && it.sign == signNever:
		return dst, fmt.Errorf("%w: field %v cannot be printed as %d is negative", ErrRange, it.field, n)
	case n < 0:
		dst = append(dst, '-')
	case it.sign == signPad && len(digits) > it.min:
		dst = append(dst, '+')
	}
	for i := len(digits); i < it.min; i++ {
		dst = append(dst, '0')
	}
	return append(dst, digits...), nil
}

// appendDigits prints n with leading zeros to width.
func appendDigits(dst []byte, n int64, width int) []byte {
	start := len(dst)
	for range width {
		dst = append(dst, '0')
	}
	for i := start + width - 1; i >= start; i-- {
		dst[i] = byte('0' + n%10)
		n /= 10
	}
	return dst
}

// offsetPatterns are the forms of an offset: whether there are colons, whether
// minutes always show, and seconds: never, where not zero, always.
var offsetPatterns = [...]struct {
	colon, minutes bool
	seconds        int
}{
	0: {}, 1: {}, 2: {colon: true}, 3: {minutes: true}, 4: {colon: true, minutes: true},
	5: {minutes: true, seconds: 1}, 6: {colon: true, minutes: true, seconds: 1},
}

func appendOffsetItem(dst []byte, it *item, offset int) []byte {
	p := offsetPatterns[it.offset]
	shown := offset / 60 * 60
	if p.seconds > 0 {
		shown = offset
	}
	if shown == 0 {
		return append(dst, it.text...)
	}
	return appendOffset(dst, it.offset, offset)
}

func appendOffset(dst []byte, pattern, offset int) []byte {
	p := offsetPatterns[pattern]
	mark := byte('+')
	if offset < 0 {
		mark, offset = '-', -offset
	}
	dst = append(dst, mark)
	dst = appendDigits(dst, int64(offset/3600), 2)
	minutes, seconds := offset/60%60, offset%60
	if !p.minutes && minutes == 0 {
		return dst
	}
	if p.colon {
		dst = append(dst, ':')
	}
	dst = appendDigits(dst, int64(minutes), 2)
	if p.seconds == 1 && seconds != 0 {
		if p.colon {
			dst = append(dst, ':')
		}
		dst = appendDigits(dst, int64(seconds), 2)
	}
	return dst
}

// appendGMT prints GMT+5, or GMT+05:00 in full.
func appendGMT(dst []byte, offset int, s style) []byte {
	dst = append(dst, "GMT"...)
	if offset == 0 {
		return dst
	}
	mark := byte('+')
	if offset < 0 {
		mark, offset = '-', -offset
	}
	dst = append(dst, mark)
	hours, minutes, seconds := int64(offset/3600), int64(offset/60%60), int64(offset%60)
	if s == full {
		dst = appendDigits(dst, hours, 2)
	} else {
		dst = strconv.AppendInt(dst, hours, 10)
	}
	if s == full || minutes != 0 || seconds != 0 {
		dst = appendDigits(append(dst, ':'), minutes, 2)
	}
	if seconds != 0 {
		dst = appendDigits(append(dst, ':'), seconds, 2)
	}
	return dst
}

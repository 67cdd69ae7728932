package javatime

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// FormatInstant prints a moment as Instant.toString: in UTC, with no fraction of
// a second or one of 3, 6 or 9 digits.
func FormatInstant(t time.Time) string {
	t = t.UTC()
	year := t.Year()
	var b []byte
	switch {
	case year > 9999:
		b = strconv.AppendInt(append(b, '+'), int64(year), 10)
	case year < 0:
		b = appendDigits(append(b, '-'), int64(-year), max(4, len(strconv.Itoa(-year))))
	default:
		b = appendDigits(b, int64(year), 4)
	}
	b = t.AppendFormat(b, "-01-02T15:04:05")
	switch n := t.Nanosecond(); {
	case n == 0:
	case n%1e6 == 0:
		b = appendDigits(append(b, '.'), int64(n/1e6), 3)
	case n%1e3 == 0:
		b = appendDigits(append(b, '.'), int64(n/1e3), 6)
	default:
		b = appendDigits(append(b, '.'), int64(n), 9)
	}
	return string(append(b, 'Z'))
}

// FormatDate prints a moment as java.util.Date.toString, which has the Julian
// calendar before October 15, 1582 and no sign for years before Christ.
func FormatDate(t time.Time) string {
	year, month, day := t.Date()
	if epoch := epochDay(year, int(month), day); epoch < gregorianStart {
		year, month, day = julian(epoch)
	}
	if year <= 0 {
		year = 1 - year
	}
	return fmt.Sprintf("%s %s %02d %s %s %d", t.Format("Mon"), month.String()[:3], day, t.Format("15:04:05"), zoneName(t, short, false), year)
}

const gregorianStart = -141427 // the epoch day of October 15, 1582

// julian is the date of an epoch day in the Julian calendar, where every fourth
// year has a leap day. Years are counted from March, so that it comes last.
func julian(epoch int64) (int, time.Month, int) {
	days := epoch + 719470 // since March 1 of Julian year 0
	year := floorDiv(days*4+3, 1461)
	inYear := days - floorDiv(year*1461, 4)
	month := (5*inYear + 2) / 153
	day := inYear - (153*month+2)/5 + 1
	if month += 3; month > 12 {
		month -= 12
		year++
	}
	return int(year), time.Month(month), int(day)
}

func floorDiv(a, b int64) int64 {
	if a < 0 {
		return (a - b + 1) / b
	}
	return a / b
}

// isoForms are ISO_INSTANT, ISO_OFFSET_DATE_TIME and RFC_1123_DATE_TIME.
var isoForms = []func(string) (time.Time, bool){
	isoDateTime,
	rfc1123,
}

// ParseISO reads an instant in ISO form (2026-08-04T10:15:30Z, with fraction and
// any offset) or as in RFC 1123 (Tue, 4 Aug 2026 10:15:30 GMT).
func ParseISO(text string) (time.Time, error) {
	for _, form := range isoForms {
		if t, ok := form(text); ok {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%w: %q is no instant in ISO form", ErrParse, text)
}

// isoDateTime reads date, T, time and offset; the date and time forms are those
// of ISO_LOCAL_DATE_TIME.
func isoDateTime(text string) (time.Time, bool) {
	mark := strings.IndexAny(text, "Tt")
	if mark < 0 {
		return time.Time{}, false
	}
	r := &reader{text: text, strict: true, fields: newFields()}
	items := []item{
		{kind: kindNumber, field: Year, min: 4, max: 10, sign: signPad},
		{kind: kindLiteral, text: "-"},
		{kind: kindNumber, field: MonthOfYear, min: 2, max: 2},
		{kind: kindLiteral, text: "-"},
		{kind: kindNumber, field: DayOfMonth, min: 2, max: 2},
	}
	if end := r.items(items, 0); end != mark {
		return time.Time{}, false
	}
	items = []item{
		{kind: kindNumber, field: HourOfDay, min: 2, max: 2},
		{kind: kindLiteral, text: ":"},
		{kind: kindNumber, field: MinuteOfHour, min: 2, max: 2},
		{kind: kindOptional, items: []item{
			{kind: kindLiteral, text: ":"}, {kind: kindNumber, field: SecondOfMinute, min: 2, max: 2},
		}},
	}
	pos := r.items(items, mark+1)
	if pos < 0 {
		return time.Time{}, false
	}
	if pos = r.isoFraction(pos); pos < 0 {
		return time.Time{}, false
	}
	return r.isoOffset(pos)
}

// isoFraction reads .digits, up to nine of them.
func (r *reader) isoFraction(pos int) int {
	if _, ok := r.fields.get(SecondOfMinute); !ok || r.at0(pos) != '.' {
		return pos
	}
	if pos+1 < len(r.text) && !isDigit(r.text[pos+1]) {
		return pos + 1
	}
	return r.fraction(&item{min: 0, max: 9}, pos+1)
}

func (r *reader) isoOffset(pos int) (time.Time, bool) {
	loose := &reader{text: r.text, fields: r.fields} // Java reads this offset leniently
	if end := loose.offset(&item{kind: kindOffset, offset: 6, text: "Z"}, pos); end != len(r.text) {
		return time.Time{}, false
	}
	f := r.fields
	if hour, _ := f.get(HourOfDay); hour == 23 && f.values[MinuteOfHour] == 59 && f.values[SecondOfMinute] == 60 {
		f.values[SecondOfMinute] = 59 // a leap second
	}
	if f.resolve() != nil || f.instant == nil {
		return time.Time{}, false
	}
	return *f.instant, true
}

// rfc1123 reads [Tue, ]4 Aug 2026 10:15[:30] GMT or +hhmm.
func rfc1123(text string) (time.Time, bool) {
	r := &reader{text: text, fields: newFields()}
	two := func(f Field) item { return item{kind: kindNumber, field: f, min: 2, max: 2, subsequent: -1} }
	items := []item{
		{kind: kindOptional, items: []item{{kind: kindText, field: DayOfWeek, style: short}, {kind: kindLiteral, text: ", "}}},
		{kind: kindNumber, field: DayOfMonth, min: 1, max: 2},
		{kind: kindLiteral, text: " "},
		{kind: kindText, field: MonthOfYear, style: short},
		{kind: kindLiteral, text: " "},
		{kind: kindNumber, field: Year, min: 4, max: 4, subsequent: -1},
		{kind: kindLiteral, text: " "},
		two(HourOfDay),
		{kind: kindLiteral, text: ":"},
		two(MinuteOfHour),
		{kind: kindOptional, items: []item{{kind: kindLiteral, text: ":"}, two(SecondOfMinute)}},
		{kind: kindLiteral, text: " "},
		{kind: kindOffset, offset: 3, text: "GMT"},
	}
	if end := r.items(items, 0); end != len(text) || r.fields.resolve() != nil || r.fields.instant == nil {
		return time.Time{}, false
	}
	return *r.fields.instant, true
}

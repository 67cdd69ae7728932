package recordsql

import (
	"fmt"
	"strings"
	"time"

	"github.com/braidflow/braid/sdk/record"
)

// unit is a unit of time: a number of months, or of milliseconds.
type unit struct{ months, millis int64 }

var units = map[string]unit{
	"YEAR": {months: 12}, "QUARTER": {months: 3}, "MONTH": {months: 1}, "WEEK": {millis: 7 * 86_400_000}, "DAY": {millis: 86_400_000},
	"HOUR": {millis: 3_600_000}, "MINUTE": {millis: 60_000}, "SECOND": {millis: 1000}, "MILLISECOND": {millis: 1},
}

// parts are what EXTRACT takes out of a time.
var parts = map[string]func(time.Time) int64{
	"YEAR": func(t time.Time) int64 { return int64(t.Year()) }, "ISOYEAR": func(t time.Time) int64 { y, _ := t.ISOWeek(); return int64(y) },
	"QUARTER": func(t time.Time) int64 { return int64(t.Month()-1)/3 + 1 }, "MONTH": func(t time.Time) int64 { return int64(t.Month()) },
	"WEEK": func(t time.Time) int64 { _, w := t.ISOWeek(); return int64(w) }, "DAY": func(t time.Time) int64 { return int64(t.Day()) },
	"DOW": func(t time.Time) int64 { return int64(t.Weekday()) + 1 }, "DOY": func(t time.Time) int64 { return int64(t.YearDay()) },
	"ISODOW": func(t time.Time) int64 { return int64(t.Weekday()+6)%7 + 1 }, "HOUR": func(t time.Time) int64 { return int64(t.Hour()) },
	"MINUTE": func(t time.Time) int64 { return int64(t.Minute()) }, "SECOND": func(t time.Time) int64 { return int64(t.Second()) },
	"MILLISECOND": func(t time.Time) int64 { return int64(t.Second())*1000 + int64(t.Nanosecond())/1_000_000 },
	"EPOCH":       time.Time.Unix, "DECADE": func(t time.Time) int64 { return int64(t.Year()) / 10 },
	"CENTURY": func(t time.Time) int64 { return int64(t.Year()+99) / 100 }, "MILLENNIUM": func(t time.Time) int64 { return int64(t.Year()+999) / 1000 },
}

// partNames are functions that are another name for a part.
var partNames = map[string]string{
	"YEAR": "YEAR", "QUARTER": "QUARTER", "MONTH": "MONTH", "WEEK": "WEEK", "DAYOFMONTH": "DAY", "DAYOFWEEK": "DOW", "DAYOFYEAR": "DOY",
	"HOUR": "HOUR", "MINUTE": "MINUTE", "SECOND": "SECOND",
}

// timeFunction finds a function over times, whose names may end with a unit.
func timeFunction(name string) (function, bool) {
	head, u, _ := strings.Cut(name, " ")
	if part := partNames[name]; part != "" {
		head, u = "EXTRACT", part
	}
	switch head {
	case "EXTRACT":
		part, known := parts[u]
		return function{1, 1, returns(record.Long), func(a []record.Value) (record.Value, error) {
			v, err := asTime(a[0])
			return record.LongValue(part(v.Time())), err
		}}, known
	case "FLOOR", "CEIL":
		_, known := units[u]
		return function{1, 1, func(args []expr) *record.Type { return args[0].typ }, func(a []record.Value) (record.Value, error) {
			v, err := asTime(a[0])
			if err != nil {
				return v, err
			}
			down := truncated(v.Time(), u)
			if head == "CEIL" && !down.Equal(v.Time()) {
				return shift(timeOf(down, v.Kind()), units[u].months+units[u].millis, units[u].months > 0), nil
			}
			return timeOf(down, v.Kind()), nil
		}}, known && u != "MILLISECOND"
	case "TIMESTAMPADD":
		by, known := units[u]
		return function{2, 2, func(args []expr) *record.Type { return args[1].typ }, func(a []record.Value) (record.Value, error) {
			v, err := asTime(a[1])
			return shift(v, a[0].Int()*(by.months+by.millis), by.months > 0), err
		}}, known
	case "TIMESTAMPDIFF":
		by, known := units[u]
		return function{2, 2, returns(record.Long), func(a []record.Value) (record.Value, error) {
			from, err := asTime(a[0])
			if err != nil {
				return from, err
			}
			to, err := asTime(a[1])
			return record.LongValue(between(from.Time(), to.Time(), by)), err
		}}, known
	case "TO_DATE", "TO_TIMESTAMP":
		k := record.KindTimestamp
		t := record.Timestamp
		if head == "TO_DATE" {
			k, t = record.KindDate, record.Date
		}
		return function{1, 2, returns(t), func(a []record.Value) (record.Value, error) {
			if len(a) < 2 {
				return castTo(a[0], t)
			}
			format, err := record.NewTimeFormat(k, text(a[1]))
			if err != nil {
				return a[1], err
			}
			parsed, err := format.Parse(text(a[0]))
			return timeOf(parsed.UTC(), k), err
		}}, true
	}
	return function{}, false
}

// asTime also reads a text, and takes a number for milliseconds since 1970.
func asTime(v record.Value) (record.Value, error) {
	switch k := v.Kind(); {
	case k.IsDateTime():
		return v, nil
	case isText(k):
		t, err := toTime(text(v), record.KindTimestamp)
		if err != nil {
			return v, fmt.Errorf("%.50q is no time: %w", text(v), err)
		}
		return t, nil
	case k.IsInteger():
		return record.MillisValue(record.KindTimestamp, v.Int()), nil
	}
	return v, fmt.Errorf("%s is no time", v.Kind())
}

// truncated is the start of the unit that t lies in; weeks begin on Sunday.
func truncated(t time.Time, unit string) time.Time {
	y, m, d := t.Date()
	switch unit {
	case "YEAR":
		m, d = 1, 1
	case "QUARTER":
		m, d = (m-1)/3*3+1, 1
	case "MONTH":
		d = 1
	case "WEEK":
		d -= int(t.Weekday())
	case "DAY":
	default:
		size := time.Duration(units[unit].millis) * time.Millisecond
		return t.Add(-time.Duration(t.Hour()*3600+t.Minute()*60+t.Second())*time.Second%size - time.Duration(t.Nanosecond()))
	}
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// between is how many whole units lie between two times.
func between(from, to time.Time, by unit) int64 {
	if by.millis > 0 {
		return (to.UnixMilli() - from.UnixMilli()) / by.millis
	}
	months := int64(to.Year()-from.Year())*12 + int64(to.Month()-from.Month())
	day := func(t time.Time) int64 {
		return int64(t.Day())*86_400_000 + t.UnixMilli() - truncated(t, "DAY").UnixMilli()
	}
	if rest := day(to) - day(from); months > 0 && rest < 0 {
		months--
	} else if months < 0 && rest > 0 {
		months++
	}
	return months / by.months
}

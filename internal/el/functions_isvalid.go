package el

import (
	"errors"
	"time"

	"github.com/braidflow/braid/sdk/javatime"
)

// evalIsValidDate reads leniently but wants a day that the calendar has and a
// time that the zone has.
func evalIsValidDate(r *run, n *callNode) value {
	s, ok := n.on(r)
	if !ok {
		return boolean(false)
	}
	inner := &run{env: r.env, compile: r.compile, depth: r.depth, state: r.state}
	l := n.layout(inner, javatime.CompileLenient)
	var bad *RuntimeError
	if errors.As(inner.err, &bad) && (bad.Class == "IllegalArgumentException" || bad.Class == "ZoneRulesException") {
		return boolean(false) // a computed pattern or zone that is none
	}
	if inner.err != nil {
		return r.fail(inner.err)
	}
	if l == nil {
		return boolean(false)
	}
	fields, err := l.format.ParseFields(trim(s))
	return boolean(err == nil && validFields(fields, l.zone))
}

func validFields(f *javatime.Fields, zone *time.Location) bool {
	month, ok1 := f.Get(javatime.MonthOfYear)
	day, ok2 := f.Get(javatime.DayOfMonth)
	if !ok1 || !ok2 {
		return true
	}
	year, ok := f.Get(javatime.Year)
	if !ok {
		if year, ok = f.Get(javatime.YearOfEra); !ok {
			year = 2000 // a leap year, so that February 29 is a day
		}
	}
	if month < 1 || month > 12 || day < 1 || time.Date(int(year), time.Month(month), int(day), 0, 0, 0, 0, time.UTC).Day() != int(day) {
		return false
	}
	hour, ok := hourOf(f)
	if zone == nil || !ok || javatime.IsOffset(zone) {
		return true
	}
	minute, _ := f.Get(javatime.MinuteOfHour)
	second, _ := f.Get(javatime.SecondOfMinute)
	if hour < 0 || hour > 23 || minute > 59 || second > 59 {
		return false
	}
	return !javatime.GapAt(int(year), int(month), int(day), int(hour), int(minute), int(second), zone)
}

func hourOf(f *javatime.Fields) (int64, bool) {
	if hour, ok := f.Get(javatime.HourOfDay); ok {
		return hour, true
	}
	hour, ok := f.Get(javatime.HourOfAmPm)
	if !ok {
		if hour, ok = f.Get(javatime.ClockHourOfAmPm); !ok {
			return 0, false
		}
		hour %= 12
	}
	half, _ := f.Get(javatime.AmPmOfDay)
	return half*12 + hour, true
}

// Package unit reads durations ("10 sec") and data sizes ("1 GB") as users of NiFi write them in a flow.
package unit

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Duration reads a number and a unit of time from nanoseconds to weeks, in any case and with or without a space: "10
// sec", "500ms", "1.5 hours". As NiFi's FormatUtils, but a result beyond 292 years is an error.
func Duration(s string) (time.Duration, error) {
	number, name, err := split(s)
	if err != nil {
		return 0, fmt.Errorf("duration %q: write a number and a unit, such as \"10 sec\"", s)
	}
	unit := timeUnit(name)
	if unit == 0 {
		return 0, fmt.Errorf("duration %q: unknown unit %q; use ns, ms, sec, min, hours, days or weeks", s, name)
	}
	n, err := scale(number, int64(unit))
	if err != nil {
		return 0, fmt.Errorf("duration %q: %w", s, err)
	}
	return time.Duration(n), nil
}

// Size reads a number and a unit of data (B, KB, MB, GB, TB; a KB is 1024 bytes), in any case and with or without a
// space: "1 GB", "0.5 mb". The result is in bytes, a fraction of one cut off.
func Size(s string) (int64, error) {
	number, name, err := split(s)
	if err != nil {
		return 0, fmt.Errorf("data size %q: write a number and a unit, such as \"1 GB\"", s)
	}
	i := strings.Index("b kb mb gb tb ", strings.ToLower(name)+" ")
	if i < 0 || (i > 0 && len(name) != 2) {
		return 0, fmt.Errorf("data size %q: unknown unit %q; use B, KB, MB, GB or TB", s, name)
	}
	n, err := scale(number, 1<<(10*((i+1)/3)))
	if err != nil {
		return 0, fmt.Errorf("data size %q: %w", s, err)
	}
	return n, nil
}

func timeUnit(name string) time.Duration {
	switch strings.ToLower(name) {
	case "ns", "nano", "nanos", "nanosecond", "nanoseconds":
		return time.Nanosecond
	case "us", "µs", "micro", "micros", "microsecond", "microseconds":
		return time.Microsecond
	case "ms", "milli", "millis", "millisecond", "milliseconds":
		return time.Millisecond
	case "s", "sec", "secs", "second", "seconds":
		return time.Second
	case "m", "min", "mins", "minute", "minutes":
		return time.Minute
	case "h", "hr", "hrs", "hour", "hours":
		return time.Hour
	case "d", "day", "days":
		return 24 * time.Hour
	case "w", "wk", "wks", "week", "weeks":
		return 7 * 24 * time.Hour
	default:
		return 0
	}
}

// split cuts "1.5 sec" into the number and the unit.
func split(s string) (number, unit string, err error) {
	s = strings.TrimSpace(s)
	i := strings.IndexFunc(s, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
	if i < 0 {
		return "", "", strconv.ErrSyntax
	}
	number, unit = s[:i], strings.TrimSpace(s[i:])
	whole, fraction, dotted := strings.Cut(number, ".")
	if whole == "" || unit == "" || (dotted && fraction == "") || strings.Contains(fraction, ".") {
		return "", "", strconv.ErrSyntax
	}
	return number, unit, nil
}

// scale multiplies exactly where the number is whole.
func scale(number string, unit int64) (int64, error) {
	if n, err := strconv.ParseInt(number, 10, 64); err == nil {
		if n > math.MaxInt64/unit {
			return 0, strconv.ErrRange
		}
		return n * unit, nil
	}
	f, err := strconv.ParseFloat(number, 64)
	if err != nil || f*float64(unit) >= math.MaxInt64 {
		return 0, strconv.ErrRange
	}
	return int64(f * float64(unit)), nil
}

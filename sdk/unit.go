package sdk

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

var timeUnits = map[string]time.Duration{
	"ns": time.Nanosecond, "nano": time.Nanosecond, "nanos": time.Nanosecond, "nanosecond": time.Nanosecond,
	"nanoseconds": time.Nanosecond,
	"µs":          time.Microsecond, "micro": time.Microsecond, "micros": time.Microsecond, "microsecond": time.Microsecond,
	"microseconds": time.Microsecond,
	"ms":           time.Millisecond, "milli": time.Millisecond, "millis": time.Millisecond, "millisecond": time.Millisecond,
	"milliseconds": time.Millisecond,
	"s":            time.Second, "sec": time.Second, "secs": time.Second, "second": time.Second, "seconds": time.Second,
	"m": time.Minute, "min": time.Minute, "mins": time.Minute, "minute": time.Minute, "minutes": time.Minute,
	"h": time.Hour, "hr": time.Hour, "hrs": time.Hour, "hour": time.Hour, "hours": time.Hour,
	"d": 24 * time.Hour, "day": 24 * time.Hour, "days": 24 * time.Hour,
	"w": 7 * 24 * time.Hour, "wk": 7 * 24 * time.Hour, "wks": 7 * 24 * time.Hour, "week": 7 * 24 * time.Hour,
	"weeks": 7 * 24 * time.Hour,
}

// ParseDuration reads a time span as users write it: "10 sec", "1.5 hours", "500 ms". The units are those of NiFi's
// FormatUtils.
func ParseDuration(s string) (time.Duration, error) {
	n, unit, ok := splitUnit(s)
	u, known := timeUnits[strings.ToLower(unit)]
	if !ok || !known {
		return 0, fmt.Errorf("%q is not a time span: write a number and a unit, such as 5 sec or 10 mins", s)
	}
	d := n * float64(u)
	if d > math.MaxInt64 {
		return math.MaxInt64, nil
	}
	return time.Duration(d), nil
}

var sizeUnits = map[string]float64{"b": 1, "kb": 1 << 10, "mb": 1 << 20, "gb": 1 << 30, "tb": 1 << 40}

// ParseSize reads a data size in bytes as users write it: "10 KB", "1 GB"; the units are powers of 1,024.
func ParseSize(s string) (int64, error) {
	n, unit, ok := splitUnit(s)
	u, known := sizeUnits[strings.ToLower(unit)]
	if !ok || !known || n*u > math.MaxInt64 {
		return 0, fmt.Errorf("%q is not a data size: write a number and a unit, such as 10 KB or 1 GB", s)
	}
	return int64(n * u), nil
}

func splitUnit(s string) (n float64, unit string, ok bool) {
	s = strings.TrimSpace(s)
	i := strings.IndexFunc(s, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
	if i <= 0 {
		return 0, "", false
	}
	n, err := strconv.ParseFloat(s[:i], 64)
	return n, strings.TrimSpace(s[i:]), err == nil
}

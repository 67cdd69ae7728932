// Package cron reads cron expressions of six fields (second, minute, hour, day of month, month, day of week, and an
// optional year) and finds the next time that matches. The syntax is that of NiFi's CRON driven scheduling, which is
// Spring's and Quartz's: lists, ranges, steps, names, ?, L, W and #.
package cron

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Schedule is a parsed expression. It is immutable.
type Schedule struct {
	second, minute, hour, month uint64 // bit n: the value n matches
	dom, dow                    []dayRule
	year                        map[int]bool // nil: every year
	source                      string
}

// String returns the expression as it was given.
func (s *Schedule) String() string { return s.source }

// dayRule tells whether a day matches.
type dayRule func(t time.Time) bool

var (
	monthNames = names("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC", 1)
	dayNames   = names("SUN MON TUE WED THU FRI SAT", 0)
	macros     = map[string]string{
		"@yearly": "0 0 0 1 1 *", "@annually": "0 0 0 1 1 *", "@monthly": "0 0 0 1 * *",
		"@weekly": "0 0 0 * * 0", "@daily": "0 0 0 * * *", "@midnight": "0 0 0 * * *", "@hourly": "0 0 * * * *",
	}
)

func names(list string, first int) map[string]int {
	m := map[string]int{}
	for i, n := range strings.Fields(list) {
		m[n] = i + first
	}
	return m
}

// Parse reads an expression.
func Parse(expr string) (*Schedule, error) {
	text := strings.TrimSpace(expr)
	if m, ok := macros[strings.ToLower(text)]; ok {
		text = m
	}
	f := strings.Fields(strings.ToUpper(text))
	if len(f) != 6 && len(f) != 7 {
		return nil, fmt.Errorf("cron expression %q has %d fields: write second minute hour day-of-month month day-of-week", expr, len(f))
	}
	s := &Schedule{source: expr}
	var err error
	for _, p := range []struct {
		dst      *uint64
		text     string
		min, max int
		names    map[string]int
	}{{&s.second, f[0], 0, 59, nil}, {&s.minute, f[1], 0, 59, nil}, {&s.hour, f[2], 0, 23, nil}, {&s.month, f[4], 1, 12, monthNames}} {
		if *p.dst, err = bits(p.text, p.min, p.max, p.names); err != nil {
			return nil, fmt.Errorf("cron expression %q: %w", expr, err)
		}
	}
	if s.dom, err = daysOfMonth(f[3]); err != nil {
		return nil, fmt.Errorf("cron expression %q: %w", expr, err)
	}
	if s.dow, err = daysOfWeek(f[5]); err != nil {
		return nil, fmt.Errorf("cron expression %q: %w", expr, err)
	}
	if len(f) == 7 {
		if s.year, err = years(f[6]); err != nil {
			return nil, fmt.Errorf("cron expression %q: %w", expr, err)
		}
	}
	return s, nil
}

// bits reads a field of lists, ranges and steps.
func bits(field string, low, high int, named map[string]int) (uint64, error) {
	var set uint64
	for part := range strings.SplitSeq(field, ",") {
		from, to, step, err := span(part, low, high, named)
		if err != nil {
			return 0, err
		}
		for v := from; v <= to; v += step {
			set |= 1 << v
		}
	}
	return set, nil
}

// span reads one of *, ?, n, n-m, each with an optional /step. n/step runs to the end of the range.
func span(part string, low, high int, named map[string]int) (from, to, step int, err error) {
	step = 1
	body, stepText, stepped := strings.Cut(part, "/")
	if stepped {
		if step, err = strconv.Atoi(stepText); err != nil || step < 1 {
			return 0, 0, 0, fmt.Errorf("%q is not a step", stepText)
		}
	}
	if body == "*" || body == "?" {
		return low, high, step, nil
	}
	first, last, ranged := strings.Cut(body, "-")
	if from, err = number(first, low, high, named); err != nil {
		return 0, 0, 0, err
	}
	switch {
	case ranged:
		to, err = number(last, low, high, named)
	case stepped:
		to = high
	default:
		to = from
	}
	if err == nil && to < from {
		err = fmt.Errorf("range %q runs backward", body)
	}
	return from, to, step, err
}

func number(s string, low, high int, named map[string]int) (int, error) {
	if n, ok := named[s]; ok {
		return n, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < low || n > high {
		return 0, fmt.Errorf("%q is not a number from %d to %d", s, low, high)
	}
	return n, nil
}

func years(field string) (map[int]bool, error) {
	if field == "*" {
		return nil, nil
	}
	set := map[int]bool{}
	for part := range strings.SplitSeq(field, ",") {
		from, to, step, err := span(part, 1970, 2199, nil)
		if err != nil {
			return nil, err
		}
		for y := from; y <= to; y += step {
			set[y] = true
		}
	}
	return set, nil
}

// daysOfMonth reads numbers and ranges, L (the last day), L-n, LW (the last weekday) and nW (the weekday nearest to
// n); an empty result means any day.
func daysOfMonth(field string) ([]dayRule, error) {
	var rules []dayRule
	for part := range strings.SplitSeq(field, ",") {
		switch {
		case part == "*" || part == "?":
			continue
		case part == "LW":
			rules = append(rules, func(t time.Time) bool { return t.Day() == nearestWeekday(t, lastDay(t)) })
		case strings.HasPrefix(part, "L"):
			back := 0
			if part != "L" {
				var err error
				if back, err = number(strings.TrimPrefix(part, "L-"), 1, 30, nil); err != nil {
					return nil, err
				}
			}
			rules = append(rules, func(t time.Time) bool { return t.Day() == lastDay(t)-back })
		case strings.HasSuffix(part, "W"):
			n, err := number(strings.TrimSuffix(part, "W"), 1, 31, nil)
			if err != nil {
				return nil, err
			}
			rules = append(rules, func(t time.Time) bool { return n <= lastDay(t) && t.Day() == nearestWeekday(t, n) })
		default:
			set, err := bits(part, 1, 31, nil)
			if err != nil {
				return nil, err
			}
			rules = append(rules, func(t time.Time) bool { return set&(1<<t.Day()) != 0 })
		}
	}
	return rules, nil
}

// daysOfWeek reads numbers (0 and 7 are Sunday), names and ranges, nL (the last such day of the month) and n#k (the
// k-th one); an empty result means any day.
func daysOfWeek(field string) ([]dayRule, error) {
	var rules []dayRule
	for part := range strings.SplitSeq(field, ",") {
		name, nth, counted := strings.Cut(part, "#")
		switch {
		case part == "*" || part == "?":
			continue
		case counted:
			day, err := number(name, 0, 7, dayNames)
			if err != nil {
				return nil, err
			}
			k, err := number(nth, 1, 5, nil)
			if err != nil {
				return nil, err
			}
			rules = append(rules, func(t time.Time) bool { return int(t.Weekday()) == day%7 && (t.Day()-1)/7 == k-1 })
		case len(part) > 1 && strings.HasSuffix(part, "L"):
			day, err := number(strings.TrimSuffix(part, "L"), 0, 7, dayNames)
			if err != nil {
				return nil, err
			}
			rules = append(rules, func(t time.Time) bool { return int(t.Weekday()) == day%7 && t.Day()+7 > lastDay(t) })
		default:
			set, err := bits(part, 0, 7, dayNames)
			if err != nil {
				return nil, err
			}
			rules = append(rules, func(t time.Time) bool {
				return set&(1<<t.Weekday()) != 0 || (t.Weekday() == time.Sunday && set&(1<<7) != 0)
			})
		}
	}
	return rules, nil
}

func lastDay(t time.Time) int {
	return time.Date(t.Year(), t.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// nearestWeekday is the Monday to Friday nearest to day n, within the month.
func nearestWeekday(t time.Time, n int) int {
	switch time.Date(t.Year(), t.Month(), n, 0, 0, 0, 0, time.UTC).Weekday() {
	case time.Saturday:
		if n == 1 {
			return 3
		}
		return n - 1
	case time.Sunday:
		if n == lastDay(t) {
			return n - 2
		}
		return n + 1
	}
	return n
}

// horizon bounds the search: an expression such as 30 February never matches.
const horizon = 28 // years, the period of the calendar

// Next returns the first time after t that matches, in t's time zone, and false if there is none.
func (s *Schedule) Next(t time.Time) (time.Time, bool) {
	end := t.Year() + horizon
	t = t.Truncate(time.Second).Add(time.Second)
	for t.Year() <= end {
		switch {
		case s.year != nil && !s.year[t.Year()]:
			t = time.Date(t.Year()+1, 1, 1, 0, 0, 0, 0, t.Location())
		case s.month&(1<<t.Month()) == 0:
			t = time.Date(t.Year(), t.Month()+1, 1, 0, 0, 0, 0, t.Location())
		case !anyDay(s.dom, t) || !anyDay(s.dow, t):
			t = time.Date(t.Year(), t.Month(), t.Day()+1, 0, 0, 0, 0, t.Location())
		case s.hour&(1<<t.Hour()) == 0:
			t = t.Truncate(time.Minute).Add(time.Duration(60-t.Minute()) * time.Minute)
			t = t.Add(-time.Duration(t.Second()) * time.Second)
		case s.minute&(1<<t.Minute()) == 0:
			t = t.Add(time.Duration(60-t.Second()) * time.Second)
		case s.second&(1<<t.Second()) == 0:
			t = t.Add(time.Second)
		default:
			return t, true
		}
	}
	return time.Time{}, false
}

func anyDay(rules []dayRule, t time.Time) bool {
	for _, r := range rules {
		if r(t) {
			return true
		}
	}
	return len(rules) == 0
}

package el

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/braidflow/braid/sdk/javatime"
)

var amountForm = regexp.MustCompile(`(?i)^[ \t-\r]*(\d+)[ \t-\r]+(nanosecond|second|minute|hour|day|week|month|year)s?[ \t-\r]*$`)

// amount is a parsed duration such as "2 weeks".
type amount struct {
	n    int64
	unit string
}

func parseAmount(text string) (amount, error) {
	m := amountForm.FindStringSubmatch(text)
	if m == nil {
		return amount{}, &EvalError{"Invalid amount expression: '" + text + "'. Expected format: '<integer> <unit>' (e.g. '2 weeks')"}
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil {
		return amount{}, &EvalError{"Numeric overflow in expression: '" + text + "'"}
	}
	return amount{n, strings.ToLower(m[2])}, nil
}

// checkDuration checks a literal amount and a literal zone.
func checkDuration(n *callNode) error {
	if v, ok := n.literalArg(0); ok {
		if _, err := parseAmount(v.s); err != nil {
			return err
		}
	}
	if v, ok := n.literalArg(1); ok {
		_, err := javatime.Zone(v.s)
		return err
	}
	return nil
}

// evalDuration moves a date in its zone or an instant in UTC.
func evalDuration(direction int64) func(*run, *callNode) value {
	return func(r *run, n *callNode) value {
		v := n.subj.eval(r)
		if v.isNull() {
			return null
		}
		text, _ := n.text(r, 0)
		by, err := parseAmount(text)
		if err != nil {
			return r.fail(err)
		}
		zone := time.UTC
		if n.result == kindDate {
			zone = r.env.location()
			if id, ok := n.text(r, 1); ok {
				if zone, err = javatime.Zone(id); err != nil {
					return r.evalError("Invalid timezone identifier: " + id)
				}
			}
		}
		t, ok := by.move(v.time().In(zone), direction)
		if !ok {
			return r.javaError("ArithmeticException", n.fn.name+"(): the result is out of range: "+text)
		}
		switch {
		case n.result == kindInstant:
			return instant(t)
		case t.Unix() >= math.MaxInt64/1000 || t.Unix() <= math.MinInt64/1000:
			return r.javaError("IllegalArgumentException", n.fn.name+"(): the result is out of range: "+text)
		}
		return date(t.UnixMilli())
	}
}

// maxAmount keeps results within what Java's calendar takes, by unit.
var maxAmount = map[string]int64{
	"nanosecond": math.MaxInt64, "second": 1e15, "minute": 1e13, "hour": 1e11,
	"day": 1e10, "week": 1e9, "month": math.MaxInt32, "year": 999_999_999,
}

func (a amount) move(t time.Time, direction int64) (time.Time, bool) {
	if a.n > maxAmount[a.unit] {
		return t, false
	}
	n := a.n * direction
	switch a.unit {
	case "nanosecond":
		return t.Add(time.Duration(n)), true
	case "second", "minute", "hour":
		seconds := map[string]int64{"second": 1, "minute": 60, "hour": 3600}[a.unit]
		return time.Unix(t.Unix()+n*seconds, int64(t.Nanosecond())).In(t.Location()), true
	case "day", "week":
		if a.unit == "week" {
			n *= 7
		}
		return onCalendar(t, 0, int(n)), true
	case "year":
		n *= 12
	}
	return onCalendar(t, int(n), 0), true
}

// onCalendar moves by months, held to the end of the month, and days, and then
// looks up the offset anew, as ZonedDateTime does.
func onCalendar(t time.Time, months, days int) time.Time {
	y, m, d := t.Date()
	first := time.Date(y, m+time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	day := first.AddDate(0, 0, min(d, last)-1+days)
	hour, minute, second := t.Clock()
	clock := time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute + time.Duration(second)*time.Second
	return javatime.LocalNear(day.Add(clock+time.Duration(t.Nanosecond())), t)
}

package recordpath

import (
	"strconv"
	"strings"
	"time"

	"github.com/braidflow/braid/sdk/javatime"
	"github.com/braidflow/braid/sdk/record"
)

// formatTime turns a date, or a number of milliseconds since the epoch, into
// text. Anything else, and everything if the pattern or the zone is unusable,
// stays as it is.
func formatTime(args []segment) (segment, error) {
	return each{args[0], false, func(c *evaluation, f *Selected) *Selected {
		pattern := c.pattern(args[1])
		zone := time.UTC
		if pattern != nil && len(args) == 3 {
			id, _ := c.text(args[2])
			if id == "" {
				return f
			}
			zone = zoneOf(id)
		}
		millis, ok := millisOf(f.Value)
		if pattern == nil || !ok || c.err != nil {
			return f
		}
		text, err := pattern.Format(time.UnixMilli(millis).In(zone))
		if err != nil {
			return c.fail(err)
		}
		return c.retype(f, record.StringValue(text), record.String, "format")
	}}, nil
}

// pattern compiles the pattern that seg gives; nil if it gives none or a bad one.
func (c *evaluation) pattern(seg segment) *javatime.Formatter {
	text, _ := c.text(seg)
	if text == "" {
		return nil
	}
	f, err := javatime.Compile(text)
	if err != nil {
		return nil
	}
	return f
}

func millisOf(v record.Value) (int64, bool) {
	switch {
	case v.Kind().IsDateTime():
		return v.Int(), true
	case v.Kind().IsNumber():
		return toLong(v), true
	}
	return 0, false
}

// toDate reads text as a TIMESTAMP. Text that does not fit the pattern, or
// lacks a whole date, stays as it is; a zone in the text is not heeded, only
// the one given, else UTC.
func toDate(args []segment) (segment, error) {
	return each{args[0], false, func(c *evaluation, f *Selected) *Selected {
		if !isText(f.Value) {
			return f
		}
		pattern := c.pattern(args[1])
		zone := time.UTC
		if len(args) == 3 {
			if id, _ := c.text(args[2]); id != "" {
				zone = zoneOf(id)
			}
		}
		if pattern == nil || c.err != nil {
			return f
		}
		fields, err := pattern.Parse(f.Value.Text(), nil)
		if err != nil {
			return f
		}
		t, ok := wholeDate(fields, zone)
		if !ok {
			return f
		}
		return c.retype(f, record.TimestampValue(t), record.Timestamp, "toDate")
	}}, nil
}

// wholeDate needs year, month and day; the time of day is 0 where nothing is said.
func wholeDate(f *javatime.Fields, zone *time.Location) (time.Time, bool) {
	get := func(field javatime.Field) int {
		n, _ := f.Get(field)
		return int(n)
	}
	month, day := get(javatime.MonthOfYear), get(javatime.DayOfMonth)
	if month == 0 || day == 0 {
		return time.Time{}, false
	}
	nano := 0
	if _, ok := f.Get(javatime.MilliOfSecond); ok {
		nano = get(javatime.NanoOfSecond)
	}
	millis := nano / 1e6 * 1e6 // java.util.Date holds no more
	return time.Date(get(javatime.YearOfEra), time.Month(month), day,
		get(javatime.HourOfDay), get(javatime.MinuteOfHour), get(javatime.SecondOfMinute), millis, zone), true
}

// zoneOf finds a zone as TimeZone.getTimeZone: the id of a region, an old
// abbreviation, or an offset such as GMT+8 or GMT-03:30. Anything else is GMT.
func zoneOf(id string) *time.Location {
	if offset, ok := strings.CutPrefix(id, "GMT"); ok && offset != "" {
		return customOffset(offset)
	}
	if region, ok := oldZones[id]; ok {
		id = region
	}
	if id == "Z" || strings.ContainsAny(id, "+-") && !strings.Contains(id, "/") || strings.HasPrefix(id, "UT") && len(id) > 3 {
		return gmt
	}
	zone, err := javatime.Zone(id)
	if err != nil {
		return gmt
	}
	return zone
}

var gmt = time.FixedZone("GMT", 0)

// customOffset reads +8, +08, +0800, +8:00 or +08:00.
func customOffset(s string) *time.Location {
	sign := map[byte]int{'+': 1, '-': -1}[s[0]]
	hours, minutes, colon := strings.Cut(s[1:], ":")
	if !colon && len(hours) > 2 {
		hours, minutes = hours[:len(hours)-2], hours[len(hours)-2:]
	}
	h, errH := strconv.ParseUint(hours, 10, 8)
	m := uint64(0)
	var errM error
	if colon || minutes != "" {
		m, errM = strconv.ParseUint(minutes, 10, 8)
	}
	if sign == 0 || errH != nil || errM != nil || h > 23 || m > 59 || len(hours) > 2 || minutes != "" && len(minutes) != 2 {
		return gmt
	}
	return javatime.FixedOffset(sign * int(h*3600+m*60))
}

// oldZones are Java's three-letter ids (ZoneId.SHORT_IDS).
var oldZones = map[string]string{
	"ACT": "Australia/Darwin", "AET": "Australia/Sydney", "AGT": "America/Argentina/Buenos_Aires", "ART": "Africa/Cairo",
	"AST": "America/Anchorage", "BET": "America/Sao_Paulo", "BST": "Asia/Dhaka", "CAT": "Africa/Harare",
	"CNT": "America/St_Johns", "CST": "America/Chicago", "CTT": "Asia/Shanghai", "EAT": "Africa/Addis_Ababa",
	"ETC": "Europe/Paris", "IET": "America/Indiana/Indianapolis", "IST": "Asia/Kolkata", "JST": "Asia/Tokyo",
	"MIT": "Pacific/Apia", "NET": "Asia/Yerevan", "NST": "Pacific/Auckland", "PLT": "Asia/Karachi",
	"PNT": "America/Phoenix", "PRT": "America/Puerto_Rico", "PST": "America/Los_Angeles", "SST": "Pacific/Guadalcanal",
	"VST": "Asia/Ho_Chi_Minh", "EST": "America/Panama", "MST": "America/Phoenix", "HST": "Pacific/Honolulu",
}

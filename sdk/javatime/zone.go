package javatime

import (
	_ "embed"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // zones must be there on machines without a tz database
)

// ErrZone is wrapped by the error for an id that is no zone.
var ErrZone = errors.New("unknown time zone")

var (
	regionID = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9~/._+-]+$`)
	offsetID = regexp.MustCompile(`^([+-])(?:(\d{1,2})|(\d\d)(\d\d)(\d\d)?|(\d\d):(\d\d)(?::(\d\d))?)$`)
	// The tz database has these, Java's build of it has not.
	notInJava = map[string]bool{"EST": true, "MST": true, "HST": true, "Factory": true, "localtime": true, "posixrules": true, "Local": true, "leapseconds": true, "tzdata.zi": true}
	zones     sync.Map // id to *time.Location
)

// Zone finds a zone as ZoneId.of: Z, an offset (+05:30), an offset with the
// prefix UTC, GMT or UT, or the name of a region. The location's name is the id.
func Zone(id string) (*time.Location, error) {
	if z, ok := zones.Load(id); ok {
		return z.(*time.Location), nil
	}
	z, err := findZone(id)
	if err != nil {
		return nil, err
	}
	zones.Store(id, z)
	return z, nil
}

func findZone(id string) (*time.Location, error) {
	switch id {
	case "UTC":
		return time.UTC, nil
	case "Z":
		return time.FixedZone("Z", 0), nil
	case "GMT", "UT":
		return time.FixedZone(id, 0), nil
	}
	if strings.HasPrefix(id, "+") || strings.HasPrefix(id, "-") {
		seconds, err := parseOffset(id)
		if err != nil {
			return nil, err
		}
		return FixedOffset(seconds), nil
	}
	for _, prefix := range []string{"UTC", "GMT", "UT"} {
		rest, ok := strings.CutPrefix(id, prefix)
		if ok && rest != "" && (rest[0] == '+' || rest[0] == '-') {
			seconds, err := parseOffset(rest)
			if err != nil {
				return nil, err
			}
			if seconds == 0 {
				return time.FixedZone(prefix, 0), nil
			}
			return time.FixedZone(prefix+offsetName(seconds), seconds), nil
		}
	}
	if !regionID.MatchString(id) || notInJava[id] || strings.HasPrefix(id, "posix/") || strings.HasPrefix(id, "right/") {
		return nil, fmt.Errorf("%w: %q", ErrZone, id)
	}
	z, err := time.LoadLocation(id)
	if err != nil {
		return nil, fmt.Errorf("%w: %q", ErrZone, id)
	}
	return z, nil
}

// FixedOffset is a zone of one offset, named as Java names it: Z, +05:30, -00:00:01.
func FixedOffset(seconds int) *time.Location {
	return time.FixedZone(offsetName(seconds), seconds)
}

func offsetName(seconds int) string {
	if seconds == 0 {
		return "Z"
	}
	return string(appendOffset(nil, 6, seconds))
}

// parseOffset reads +h, +hh, +hhmm, +hh:mm, with seconds or without.
func parseOffset(text string) (int, error) {
	m := offsetID.FindStringSubmatch(text)
	if m == nil {
		return 0, fmt.Errorf("%w: %q", ErrZone, text)
	}
	n := func(a, b string) int {
		v, _ := strconv.Atoi(a + b)
		return v
	}
	hours, minutes, seconds := n(m[2]+m[3], m[6]), n(m[4], m[7]), n(m[5], m[8])
	total := hours*3600 + minutes*60 + seconds
	if minutes > 59 || seconds > 59 || total > 18*3600 {
		return 0, fmt.Errorf("%w: offset %q is out of range", ErrZone, text)
	}
	if m[1] == "-" {
		total = -total
	}
	return total, nil
}

// IsOffset reports whether a location is an offset and no region.
func IsOffset(z *time.Location) bool {
	id := z.String()
	return id == "Z" || strings.HasPrefix(id, "+") || strings.HasPrefix(id, "-")
}

//go:embed zonenames.tsv
var zoneNamesFile string

//go:embed zoneparse.tsv
var zoneParseFile string

// zoneNames are the six names of each region: short standard, daylight and
// generic, then the long ones.
var zoneNames = sync.OnceValue(func() map[string][]string {
	all := make(map[string][]string)
	for line := range strings.Lines(zoneNamesFile) {
		cols := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		for id := range strings.FieldsSeq(cols[6]) {
			all[id] = cols[:6]
		}
	}
	return all
})

// zoneIDs finds the id of a region by its lower-case form.
var zoneIDs = sync.OnceValue(func() map[string]string {
	all := make(map[string]string)
	for id := range zoneNames() {
		all[strings.ToLower(id)] = id
	}
	return all
})

// zoneByName tells what region a name means, by style; each is there in lower
// case too.
var zoneByName = sync.OnceValue(func() [2]map[string]string {
	all := [2]map[string]string{{}, {}}
	for line := range strings.Lines(zoneParseFile) {
		cols := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		for i, id := range cols[1:] {
			if id != "" {
				all[i][cols[0]] = id
				all[i][strings.ToLower(cols[0])] = id
			}
		}
	}
	return all
})

// zoneName is the name of t's zone as it is called then.
func zoneName(t time.Time, s style, generic bool) string {
	z := t.Location()
	id := z.String()
	if IsOffset(z) {
		return id
	}
	cols, ok := zoneNames()[id]
	if !ok {
		return id
	}
	i := 0
	switch {
	case generic:
		i = 2
	case isDaylight(t):
		i = 1
	}
	if s == full {
		i += 3
	}
	return cols[i]
}

// winterTime are regions whose winter time the tz database calls the daylight
// saving one, below the standard; Java has it the other way round.
var winterTime = map[string]bool{"Europe/Dublin": true, "Eire": true, "Africa/Casablanca": true, "Africa/El_Aaiun": true}

func isDaylight(t time.Time) bool {
	if winterTime[t.Location().String()] {
		_, offset := t.Zone()
		return offset != 0
	}
	return t.IsDST()
}

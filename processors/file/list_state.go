package file

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

type precision string

const (
	autoDetect precision = "auto-detect"
	millis     precision = "millis"
	seconds    precision = "seconds"
	minutes    precision = "minutes"
)

// lag is how old a time of this precision must be before no other file can get the same.
func (p precision) lag() time.Duration {
	switch p {
	case minutes:
		return time.Minute
	case seconds:
		return time.Second
	case millis, autoDetect:
	}
	return 100 * time.Millisecond
}

// unit is the step between two times, in milliseconds.
func (p precision) unit() int64 {
	switch p {
	case minutes:
		return 60_000
	case seconds:
		return 1000
	case millis, autoDetect:
	}
	return 1
}

func detect(files []found) precision {
	best := minutes
	for _, f := range files {
		switch t := f.millis(); {
		case t%1000 != 0:
			return millis
		case t%60_000 != 0:
			best = seconds
		}
	}
	return best
}

// The keys of the state, as in NiFi's AbstractListProcessor.
const (
	listedKey    = "listing.timestamp"
	processedKey = "processed.timestamp"
	idPrefix     = "id."
)

// never is before all times.
const never = math.MinInt64

// timestamps is what the strategy of that name remembers. Times are Unix milliseconds.
type timestamps struct {
	listed    int64           // the newest time seen
	processed int64           // the newest time of a file that was chosen
	ids       map[string]bool // the files of that time that were chosen
}

func newTimestamps() *timestamps {
	return &timestamps{listed: never, processed: never, ids: map[string]bool{}}
}

func parseTimestamps(state map[string]string) (*timestamps, error) {
	t := newTimestamps()
	for key, value := range state {
		var err error
		switch {
		case key == listedKey:
			t.listed, err = strconv.ParseInt(value, 10, 64)
		case key == processedKey:
			t.processed, err = strconv.ParseInt(value, 10, 64)
		case strings.HasPrefix(key, idPrefix):
			t.ids[value] = true
		}
		if err != nil {
			return nil, fmt.Errorf("state %s=%q: %w", key, value, err)
		}
	}
	return t, nil
}

func (t *timestamps) format() map[string]string {
	state := map[string]string{
		listedKey:    strconv.FormatInt(t.listed, 10),
		processedKey: strconv.FormatInt(t.processed, 10),
	}
	for id := range t.ids {
		state[idPrefix+strconv.Itoa(len(state)-2)] = id
	}
	return state
}

// choose returns the files that are new and whether t has changed. files are sorted by time.
//
// The newest files are held back until no other can come with the same time; if one comes nevertheless, the names
// tell it from those that were chosen.
func (t *timestamps) choose(files []found, now, lastRun time.Time, p precision) (chosen []found, changed bool) {
	if p == autoDetect {
		p = detect(files)
	}
	fresh := t.since(files)
	if len(fresh) == 0 {
		return nil, false
	}
	newest := fresh[len(fresh)-1].millis()
	if newest == t.listed {
		if now.Sub(lastRun) < p.lag() {
			return nil, false // too soon after the last time to be sure
		}
	} else if reliable := now.Add(-p.lag()).UnixMilli(); reliable-reliable%p.unit() < newest {
		for len(fresh) > 0 && fresh[len(fresh)-1].millis() == newest {
			fresh = fresh[:len(fresh)-1]
		}
	}
	for _, f := range fresh {
		if f.millis() != t.processed || !t.ids[f.path()] {
			chosen = append(chosen, f)
		}
	}
	if newest == t.listed && len(chosen) == 0 {
		return nil, false
	}
	t.listed = newest
	for _, f := range chosen {
		if at := f.millis(); at != t.processed {
			t.processed, t.ids = at, map[string]bool{}
		}
		t.ids[f.path()] = true
	}
	return chosen, true
}

// since returns the files that are not older than what was listed.
func (t *timestamps) since(files []found) []found {
	for i, f := range files {
		if at := f.millis(); at >= t.listed && at >= t.processed {
			return files[i:]
		}
	}
	return nil
}

// filePrefix marks the keys of the strategy that tracks entities.
const filePrefix = "file:"

// chooseByEntities returns the files of the time window that are not in the state as they are now. from is the start of the
// window; the first listing may cover all.
func chooseByEntities(files []found, state map[string]string, from int64, firstAll bool) ([]found, map[string]string) {
	if state == nil && firstAll {
		from = never
	}
	next := map[string]string{}
	var chosen []found
	for _, f := range files {
		if f.millis() < from {
			continue
		}
		key := filePrefix + f.path()
		next[key] = strconv.FormatInt(f.millis(), 10) + " " + strconv.FormatInt(f.info.Size(), 10)
		if changedSince(state[key], f) {
			chosen = append(chosen, f)
		}
	}
	for key, value := range state { // files that are gone may come back unchanged while they are in the window
		if at, _, ok := parseEntity(value); ok && strings.HasPrefix(key, filePrefix) && at >= from && next[key] == "" {
			next[key] = value
		}
	}
	if state != nil && len(chosen) == 0 && len(next) == count(state) {
		return nil, nil
	}
	return chosen, next
}

func count(state map[string]string) (files int) {
	for key := range state {
		if strings.HasPrefix(key, filePrefix) {
			files++
		}
	}
	return files
}

func changedSince(entry string, f found) bool {
	at, size, ok := parseEntity(entry)
	return !ok || f.millis() > at || f.info.Size() != size
}

func parseEntity(entry string) (millis, size int64, ok bool) {
	m, s, _ := strings.Cut(entry, " ")
	millis, err1 := strconv.ParseInt(m, 10, 64)
	size, err2 := strconv.ParseInt(s, 10, 64)
	return millis, size, err1 == nil && err2 == nil
}

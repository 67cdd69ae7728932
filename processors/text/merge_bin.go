package text

import (
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/braidflow/braid/sdk"
)

// limits are when a bin is full.
type limits struct {
	minEntries, maxEntries int
	minSize, maxSize       int64 // maxSize 0: no limit
	fragments              bool  // the FlowFiles say how many they are
}

// bin gathers FlowFiles in a session of its own.
type bin struct {
	limits
	s        *sdk.Session
	born     time.Time
	number   int // grows from bin to bin
	contents []sdk.FlowFile
	size     int64
	indexes  map[string]bool // of fragments
	refused  int             // FlowFiles in a row that did not fit
	complete bool            // told so by a FlowFile
	reason   string          // why it is merged, as NiFi's EvictionReason
}

// fits tells whether ff may join, and notes it if not.
func (b *bin) fits(ff sdk.FlowFile) bool {
	ok := !b.complete && len(b.contents) < b.maxEntries && b.size+ff.Size() <= b.maxSize
	if ok && b.fragments {
		index := ff.Attr(sdk.AttrFragmentIndex)
		ok = index != "" && !b.indexes[index]
	}
	if !ok {
		b.refused++
	}
	return ok
}

// add moves ff from session s into the bin.
func (b *bin) add(s *sdk.Session, ff sdk.FlowFile) {
	if b.fragments {
		b.indexes[ff.Attr(sdk.AttrFragmentIndex)] = true
		if n, err := strconv.Atoi(ff.Attr(sdk.AttrFragmentCount)); err == nil && n >= 0 {
			b.minEntries, b.maxEntries = n, n
		}
	}
	s.Migrate(b.s, ff)
	b.contents = append(b.contents, ff)
	b.size += ff.Size()
	b.refused = 0
}

// manyRefused is how many FlowFiles must not have fitted before a bin with all minimums is taken to be full.
const manyRefused = 5

// isReady tells whether to merge the bin, and says why in b.reason. idle means that there is no more input.
func (b *bin) isReady(idle bool, maxAge time.Duration, now time.Time) bool {
	enough := b.size >= b.minSize && len(b.contents) >= b.minEntries
	switch {
	case b.complete:
		b.reason = "BIN_TERMINATION_SIGNAL"
	case b.size >= b.maxSize:
		b.reason = "MAX_BYTES_THRESHOLD_REACHED"
	case len(b.contents) >= b.maxEntries:
		b.reason = "MAX_ENTRIES_THRESHOLD_REACHED"
	case enough && (idle || b.refused > manyRefused):
		b.reason = "MIN_THRESHOLDS_REACHED"
	case maxAge > 0 && now.Sub(b.born) > maxAge:
		b.reason = "TIMEOUT"
	default:
		return false
	}
	return true
}

// bins are all that are being filled, in the order in which they were begun within a group.
type bins struct {
	limits
	insert insertion
	groups map[string][]*bin
	count  int
	begun  int // ever
}

// offer puts ff, which s has, into a bin of its group; false if it fits into none, not even a new one.
func (bs *bins) offer(s *sdk.Session, ff sdk.FlowFile, group string, ends bool) bool {
	if ends && bs.insert != lastInBin {
		bs.end(group)
	} else {
		for _, b := range bs.groups[group] {
			if b.fits(ff) {
				b.add(s, ff)
				b.complete = ends
				return true
			}
		}
	}
	b := bs.begin(s)
	if !b.fits(ff) {
		b.s.Rollback()
		return false
	}
	b.add(s, ff)
	b.complete = ends && bs.insert != firstInNewBin
	bs.groups[group] = append(bs.groups[group], b)
	bs.count++
	return true
}

// end completes the first bin of a group that is not complete.
func (bs *bins) end(group string) {
	for _, b := range bs.groups[group] {
		if !b.complete {
			b.complete = true
			return
		}
	}
}

func (bs *bins) begin(s *sdk.Session) *bin {
	bs.begun++
	b := &bin{limits: bs.limits, s: s.Branch(), born: s.Now(), number: bs.begun}
	if b.fragments { // until a fragment tells how many there are
		b.minEntries, b.maxEntries, b.minSize, b.maxSize = math.MaxInt, math.MaxInt, 0, 0
		b.indexes = map[string]bool{}
	}
	if b.maxSize == 0 {
		b.maxSize = math.MaxInt64
	}
	return b
}

// ready takes out the bins to be merged, the oldest first.
func (bs *bins) ready(idle bool, maxAge time.Duration, now time.Time) (out []*bin) {
	for group, list := range bs.groups {
		kept := list[:0]
		for _, b := range list {
			if b.isReady(idle, maxAge, now) {
				out = append(out, b)
			} else {
				kept = append(kept, b)
			}
		}
		bs.keep(group, kept)
	}
	bs.count -= len(out)
	slices.SortFunc(out, func(x, y *bin) int { return x.number - y.number })
	return out
}

// oldest takes out the bin that was begun first.
func (bs *bins) oldest() *bin {
	var first *bin
	var in string
	at := 0
	for group, list := range bs.groups {
		for i, b := range list {
			if first == nil || b.number < first.number {
				first, in, at = b, group, i
			}
		}
	}
	list := bs.groups[in]
	bs.keep(in, append(list[:at], list[at+1:]...))
	bs.count--
	first.reason = "BIN_MANAGER_FULL"
	return first
}

func (bs *bins) keep(group string, list []*bin) {
	if len(list) == 0 {
		delete(bs.groups, group)
	} else {
		bs.groups[group] = list
	}
}

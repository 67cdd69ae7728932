package record

import (
	"errors"
	"time"
)

// TimeFormat reads and writes dates and times in one pattern. It is used by
// many goroutines.
type TimeFormat interface {
	// Parse reads the whole of s; a text without zone is in UTC.
	Parse(s string) (time.Time, error)
	// Append appends t in UTC to dst.
	Append(dst []byte, t time.Time) []byte
}

// Formats are the patterns in which dates and times stand in text. A nil
// format means milliseconds since the epoch (TIME: since midnight).
type Formats struct {
	Date, Time, Timestamp TimeFormat
}

// DefaultFormats are those of NiFi's field types: yyyy-MM-dd, HH:mm:ss and
// yyyy-MM-dd HH:mm:ss.
var DefaultFormats = &Formats{Date: layout(time.DateOnly), Time: layout(time.TimeOnly), Timestamp: layout(time.DateTime)}

// Of returns the format for a kind, nil for milliseconds. Nil Formats have none.
func (f *Formats) Of(k Kind) TimeFormat {
	if f == nil {
		return nil
	}
	switch k {
	case KindDate:
		return f.Date
	case KindTime:
		return f.Time
	case KindTimestamp:
		return f.Timestamp
	}
	return nil
}

// layout is a Go time layout of fixed width.
type layout string

var errWidth = errors.New("wrong length")

func (l layout) Parse(s string) (time.Time, error) {
	if len(s) != len(l) { // time.Parse would also take 10:00:00.5
		return time.Time{}, errWidth
	}
	return time.Parse(string(l), s)
}

func (l layout) Append(dst []byte, t time.Time) []byte { return t.AppendFormat(dst, string(l)) }

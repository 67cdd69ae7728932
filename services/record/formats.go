package record

import (
	"bytes"
	"fmt"
	"io"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
)

// timeFormats are the properties for dates and times.
type timeFormats struct{ date, time, timestamp record.TimeFormat }

func (f *timeFormats) describe(s *sdk.Spec) {
	for _, p := range []struct {
		dst  *record.TimeFormat
		kind record.Kind
		name string
		help string
	}{
		{&f.date, record.KindDate, "Date Format", "The Java pattern of dates, such as MM/dd/yyyy; without one, dates are numbers of milliseconds since 1970."},
		{&f.time, record.KindTime, "Time Format", "The Java pattern of times of day, such as HH:mm:ss; without one, they are numbers of milliseconds since midnight."},
		{&f.timestamp, record.KindTimestamp, "Timestamp Format", "The Java pattern of timestamps, such as yyyy-MM-dd'T'HH:mm:ssX; without one, they are numbers of milliseconds since 1970. Text without zone is UTC."},
	} {
		sdk.Parsed(s, p.dst, func(v string) (record.TimeFormat, error) {
			if v == "" {
				return nil, nil
			}
			return record.NewTimeFormat(p.kind, v)
		}, p.name, p.help)
	}
}

func (f *timeFormats) formats() *record.Formats {
	return &record.Formats{Date: f.date, Time: f.time, Timestamp: f.timestamp}
}

// inferFirst infers a schema from in and returns a reader from its start again.
func inferFirst(in io.Reader, infer func(io.Reader) (*record.Schema, error)) (*record.Schema, io.Reader, error) {
	if seeker, ok := in.(io.ReadSeeker); ok {
		start, err := seeker.Seek(0, io.SeekCurrent)
		if err != nil {
			return nil, nil, fmt.Errorf("infer schema: %w", err)
		}
		schema, err := infer(in)
		if err != nil {
			return nil, nil, fmt.Errorf("infer schema: %w", err)
		}
		if _, err = seeker.Seek(start, io.SeekStart); err != nil {
			return nil, nil, fmt.Errorf("infer schema: %w", err)
		}
		return schema, in, nil
	}
	head, err := io.ReadAll(io.LimitReader(in, record.InferenceSample))
	if err != nil {
		return nil, nil, fmt.Errorf("infer schema: %w", err)
	}
	schema, err := infer(bytes.NewReader(head))
	if err != nil {
		return nil, nil, fmt.Errorf("infer schema: %w", err)
	}
	return schema, io.MultiReader(bytes.NewReader(head), in), nil
}

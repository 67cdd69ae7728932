package javatime_test

import (
	"errors"
	"testing"
	"time"

	"github.com/braidflow/braid/sdk/javatime"
)

func zone(t *testing.T, id string) *time.Location {
	t.Helper()
	z, err := javatime.Zone(id)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestFormat(t *testing.T) {
	at := time.Date(2026, 11, 1, 13, 5, 9, 120_000_000, time.UTC)
	for pattern, want := range map[string]string{
		"yyyy-MM-dd HH:mm:ss.SSS":    "2026-11-01 08:05:09.120",
		"yy M d h K k H m s a":       "26 11 1 8 8 8 8 5 9 AM",
		"EEE EEEE EEEEE MMM MMMM":    "Sun Sunday S Nov November",
		"z zzzz Z ZZZZ XXX x O VV v": "EST Eastern Standard Time -0500 GMT-05:00 -05:00 -05 GMT-5 America/New_York ET",
		"D DDD w W e Y Q QQQ F G B":  "305 305 45 1 1 2026 4 Q4 1 AD in the morning",
		"A n N":                      "29109120 120000000 29109120000000",
		"'it''s' [yyyy] ppH":         "it's 2026  8",
		"uuuuu g":                    "02026 61345",
	} {
		f, err := javatime.Compile(pattern)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := f.Format(at.In(zone(t, "America/New_York"))); got != want || err != nil {
			t.Errorf("%q\n got %q, %v\nwant %q", pattern, got, err, want)
		}
	}
}

func TestCompile_Refuses(t *testing.T) {
	for _, pattern := range []string{"b", "ddd", "'x", "]", "{", "MMMMMM", "cc", "VVV", "OO", "p", "aa", "ppddMM", "XXXXXX"} {
		if _, err := javatime.Compile(pattern); !errors.Is(err, javatime.ErrPattern) {
			t.Errorf("%q: got %v", pattern, err)
		}
	}
}

func TestParseDefaulted(t *testing.T) {
	for _, c := range []struct{ pattern, text, zone, want string }{
		{"yyyy-MM-dd", "2014-12-31", "UTC", "2014-12-31T00:00:00Z"},
		{"yyyy-MM-dd", "2014-02-31", "UTC", "2014-02-28T00:00:00Z"},
		{"yyyyMMddHHmmssSSS", "20141231153603264", "UTC", "2014-12-31T15:36:03.264Z"},
		{"EEE MMM dd HH:mm:ss zzz yyyy", "wed dec 31 15:36:03 pst 2014", "UTC", "2014-12-31T23:36:03Z"},
		{"HH:mm", "24:00", "UTC", "1970-01-01T00:00:00Z"},
		{"h:mm a", "3:36 pm", "Asia/Kolkata", "1970-01-01T10:06:00Z"},
		{"yy", "99", "UTC", "2099-01-01T00:00:00Z"},
		{"yyyy-DDD", "2016-366", "UTC", "2016-12-31T00:00:00Z"},
		{"YYYY-'W'ww-e", "2014-W01-1", "UTC", "2013-12-29T00:00:00Z"},
		{"yyyy-MM-dd HH:mm:ss", "2014-03-09 02:30:00", "America/New_York", "2014-03-09T07:30:00Z"},
		{"yyyy-MM-dd'T'HH:mm:ssX", "2014-12-31T15:36:03+0530", "UTC", "2014-12-31T10:06:03Z"},
		{"[yyyy][-MM]", "2014-07", "UTC", "2014-07-01T00:00:00Z"},
	} {
		f, err := javatime.CompileLenient(c.pattern)
		if err != nil {
			t.Fatal(err)
		}
		got, err := f.ParseDefaulted(c.text, zone(t, c.zone), time.UTC)
		if err != nil || javatime.FormatInstant(got) != c.want {
			t.Errorf("%q by %q: got %v, %v, want %s", c.text, c.pattern, javatime.FormatInstant(got), err, c.want)
		}
	}
	for text, pattern := range map[string]string{"2014-13-01": "yyyy-MM-dd", "2014-12-31x": "yyyy-MM-dd", "Tue Dec 31 2014": "EEE MMM dd yyyy", "2015-366": "yyyy-DDD", "": "yyyy"} {
		f, _ := javatime.CompileLenient(pattern)
		if got, err := f.ParseDefaulted(text, nil, time.UTC); err == nil {
			t.Errorf("%q by %q: got %v, want an error", text, pattern, got)
		}
	}
}

func TestParseInstant_NeedsAll(t *testing.T) {
	f, _ := javatime.Compile("yyyy-MM-dd HH:mm")
	if got, err := f.ParseInstant("2014-12-31 15:36", zone(t, "+05:30")); err != nil || javatime.FormatInstant(got) != "2014-12-31T10:06:00Z" {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := f.ParseInstant("2014-12-31 15:36", nil); !errors.Is(err, javatime.ErrParse) {
		t.Errorf("without a zone: got %v", err)
	}
	f, _ = javatime.Compile("yyyy-MM-dd")
	if _, err := f.ParseInstant("2014-12-31", time.UTC); !errors.Is(err, javatime.ErrParse) {
		t.Errorf("without a time: got %v", err)
	}
}

func TestParseISO(t *testing.T) {
	for text, want := range map[string]string{
		"2026-08-04T10:15:30Z": "2026-08-04T10:15:30Z", "2026-08-04T10:15:30.123456789+05:30": "2026-08-04T04:45:30.123456789Z",
		"Tue, 4 Aug 2026 10:15:30 GMT": "2026-08-04T10:15:30Z", "2016-12-31T23:59:60Z": "2016-12-31T23:59:59Z",
		"2026-08-04T24:00:00Z": "2026-08-05T00:00:00Z", "-0001-01-01T00:00:00Z": "-0001-01-01T00:00:00Z",
	} {
		if got, err := javatime.ParseISO(text); err != nil || javatime.FormatInstant(got) != want {
			t.Errorf("%q: got %s, %v, want %s", text, javatime.FormatInstant(got), err, want)
		}
	}
	for _, text := range []string{"", "2026-08-04", "2026-08-04T10:15", "Wed, 4 Aug 2026 10:15:30 GMT", "2026-13-04T10:15:30Z"} {
		if got, err := javatime.ParseISO(text); err == nil {
			t.Errorf("%q: got %v, want an error", text, got)
		}
	}
}

func TestZone(t *testing.T) {
	for _, id := range []string{"UTC", "GMT", "Z", "+05:30", "-08", "GMT+5", "UTC+01:00", "America/New_York", "Asia/Kolkata"} {
		if _, err := javatime.Zone(id); err != nil {
			t.Errorf("%q: %v", id, err)
		}
	}
	for _, id := range []string{"", "Local", "EST", "utc", "+25:00", "../etc/passwd", "Nowhere/X", "+5:30"} {
		if z, err := javatime.Zone(id); err == nil {
			t.Errorf("%q: got %v, want an error", id, z)
		}
	}
	if got := javatime.FormatDate(time.Date(1582, 10, 4, 0, 0, 0, 0, time.UTC)); got != "Mon Sep 24 00:00:00 UTC 1582" {
		t.Errorf("got %s", got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("yyyy-MM-dd HH:mm:ss zzz", "2014-12-31 15:36:03 PST")
	f.Add("EEE, d MMM yyyy[ h:mm a]", "Wed, 31 Dec 2014 3:36 PM")
	f.Add("B YYYY-'W'ww-e O VV", "noon 2014-W01-1 GMT+5 UTC")
	f.Add("pppHSSSnAN", "  1123")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		compiled, err := javatime.CompileLenient(pattern)
		if err != nil {
			return
		}
		if got, err := compiled.ParseDefaulted(text, nil, time.UTC); err == nil {
			_, _ = compiled.Format(got)
		}
		_, _ = javatime.ParseISO(text)
		_, _ = javatime.Zone(text)
	})
}

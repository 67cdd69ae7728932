package unit_test

import (
	"testing"
	"time"

	"github.com/braidflow/braid/internal/flow/unit"
)

func TestDuration(t *testing.T) {
	for in, want := range map[string]time.Duration{
		"0 sec": 0, "10 sec": 10 * time.Second, "500 ms": 500 * time.Millisecond, "1 min": time.Minute,
		"10 mins": 10 * time.Minute, "1.5 hours": 90 * time.Minute, "2days": 48 * time.Hour, " 3  Weeks ": 504 * time.Hour,
		"7 µs": 7 * time.Microsecond, "1 NANOS": 1, "0.25 s": 250 * time.Millisecond, "5 us": 5 * time.Microsecond,
	} {
		if got, err := unit.Duration(in); err != nil || got != want {
			t.Errorf("Duration(%q) = %v, %v; want %v", in, got, err, want)
		}
	}
	for _, in := range []string{"", "10", "sec", "-1 sec", "1..5 sec", "1. sec", ".5 sec", "1 fortnight", "1 month", "9999999999 weeks", "1e3 sec", "1 sec 2"} {
		if got, err := unit.Duration(in); err == nil {
			t.Errorf("Duration(%q) = %v, want an error", in, got)
		}
	}
}

func TestSize(t *testing.T) {
	for in, want := range map[string]int64{
		"0B": 0, "1 GB": 1 << 30, "10 KB": 10 << 10, "1 mb": 1 << 20, "0.5 MB": 1 << 19, "2 TB": 2 << 40, "1.5 B": 1,
	} {
		if got, err := unit.Size(in); err != nil || got != want {
			t.Errorf("Size(%q) = %v, %v; want %v", in, got, err, want)
		}
	}
	for _, in := range []string{"", "1", "GB", "1 PB", "-1 KB", "1 k", "1 t", "1 kb mb", "9999999999 TB", "1 b k"} {
		if got, err := unit.Size(in); err == nil {
			t.Errorf("Size(%q) = %v, want an error", in, got)
		}
	}
}

func FuzzUnits(f *testing.F) {
	for _, s := range []string{"10 sec", "1.5 GB", "0B", "1 µs"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := unit.Duration(s); err == nil && d < 0 {
			t.Errorf("Duration(%q) = %v, want no negative duration", s, d)
		}
		if n, err := unit.Size(s); err == nil && n < 0 {
			t.Errorf("Size(%q) = %v, want no negative size", s, n)
		}
	})
}

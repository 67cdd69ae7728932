package cron_test

import (
	"strings"
	"testing"
	"time"

	"github.com/braidflow/braid/internal/cron"
)

func TestNext(t *testing.T) {
	tests := map[string]struct{ expr, from, want string }{
		"every second":           {"* * * * * ?", "2026-01-01 00:00:00", "2026-01-01 00:00:01"},
		"every 5 minutes":        {"0 */5 * * * *", "2026-01-01 00:03:20", "2026-01-01 00:05:00"},
		"start and step":         {"0 10/20 * * * *", "2026-01-01 00:31:00", "2026-01-01 00:50:00"},
		"next hour":              {"0 0 13 * * ?", "2026-01-01 12:59:59", "2026-01-01 13:00:00"},
		"tomorrow":               {"0 0 13 * * ?", "2026-01-01 13:00:00", "2026-01-02 13:00:00"},
		"weekdays by name":       {"0 20 14 ? * MON-FRI", "2026-01-02 15:00:00", "2026-01-05 14:20:00"},
		"Sunday as 7":            {"0 0 0 * * 7", "2026-01-01 00:00:00", "2026-01-04 00:00:00"},
		"last day":               {"0 0 0 L * ?", "2026-02-10 00:00:00", "2026-02-28 00:00:00"},
		"two before the last":    {"0 0 0 L-2 * ?", "2026-02-10 00:00:00", "2026-02-26 00:00:00"},
		"last weekday":           {"0 0 0 LW * ?", "2026-02-10 00:00:00", "2026-02-27 00:00:00"},
		"nearest weekday":        {"0 0 0 15W * ?", "2026-08-01 00:00:00", "2026-08-14 00:00:00"},
		"weekday near the first": {"0 0 0 1W * ?", "2026-07-31 00:00:00", "2026-08-03 00:00:00"},
		"last Friday":            {"0 0 0 ? * FRIL", "2026-01-01 00:00:00", "2026-01-30 00:00:00"},
		"second Monday":          {"0 0 0 ? * MON#2", "2026-01-01 00:00:00", "2026-01-12 00:00:00"},
		"leap day":               {"0 0 0 29 2 ?", "2026-01-01 00:00:00", "2028-02-29 00:00:00"},
		"month names":            {"0 0 0 1 MAR,JUN *", "2026-03-02 00:00:00", "2026-06-01 00:00:00"},
		"year":                   {"0 0 0 1 1 ? 2030", "2026-03-02 00:00:00", "2030-01-01 00:00:00"},
		"macro":                  {"@daily", "2026-03-02 00:00:01", "2026-03-03 00:00:00"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			s, err := cron.Parse(tc.expr)
			if err != nil {
				t.Fatal(err)
			}
			from, _ := time.Parse(time.DateTime, tc.from)
			got, ok := s.Next(from)
			if !ok || got.Format(time.DateTime) != tc.want {
				t.Errorf("next after %s = %s, %v; want %s", tc.from, got.Format(time.DateTime), ok, tc.want)
			}
		})
	}
}

func TestNext_NeverMatching(t *testing.T) {
	s, err := cron.Parse("0 0 0 30 2 ?")
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := s.Next(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)); ok {
		t.Errorf("30 February matched %s", got)
	}
}

func TestParse_RefusesRubbish(t *testing.T) {
	for _, expr := range []string{"", "* * * * *", "60 * * * * *", "* * * * 13 *", "a * * * * *", "5-1 * * * * *", "*/0 * * * * *", "* * * 32W * *", "* * * * * MON#6"} {
		if _, err := cron.Parse(expr); err == nil {
			t.Errorf("%q was taken", expr)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("0 0/5 8-18 LW JAN,MAR MON#2 2030")
	f.Add("@weekly")
	f.Fuzz(func(t *testing.T, expr string) {
		s, err := cron.Parse(expr)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("the error is not one line: %q", err)
			}
			return
		}
		from := time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
		if next, ok := s.Next(from); ok && !next.After(from) {
			t.Errorf("%q: next %s is not after %s", expr, next, from)
		}
	})
}

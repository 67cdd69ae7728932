package api

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/braidflow/braid/sdk"
)

// The functions of this file write figures as NiFi's FormatUtils does: clients cut these texts up.

// count32 is a count in a field of 32 bits: it stays at the greatest number instead of wrapping around.
func count32[T int | int32 | int64](n T) *int32 {
	return new(int32(max(math.MinInt32, min(int64(n), math.MaxInt32))))
}

// formatCount groups the digits by thousands: "1,768".
func formatCount(n int64) string {
	s := strconv.FormatInt(n, 10)
	start := 0
	if n < 0 {
		start = 1
	}
	for i := len(s) - 3; i > start; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// formatSize writes bytes: "1,024 bytes", "14 KB", "2.01 MB". A unit is used from just above one of it.
func formatSize(n int64) string {
	for i, unit := range []string{"TB", "GB", "MB", "KB"} {
		size := int64(1) << (10 * (4 - i))
		if n <= size {
			continue
		}
		whole, hundredths := math.Modf(float64(n) / float64(size))
		rounded := int64(math.RoundToEven(hundredths * 100))
		text := formatCount(int64(whole) + rounded/100)
		if rounded %= 100; rounded > 0 {
			text += strings.TrimRight(fmt.Sprintf(".%02d", rounded), "0")
		}
		return text + " " + unit
	}
	return formatCount(n) + " bytes"
}

// formatAmount is "28 (28 KB)".
func formatAmount(a sdk.Amount) string {
	return formatCount(a.Count) + " (" + formatSize(a.Bytes) + ")"
}

// formatPair is "28 / 28 KB".
func formatPair(a sdk.Amount) string { return formatCount(a.Count) + " / " + formatSize(a.Bytes) }

// formatDuration is "00:02:03.443".
func formatDuration(d time.Duration) string {
	ms := d.Milliseconds()
	return fmt.Sprintf("%02d:%02d:%02d.%03d", ms/3_600_000, ms/60_000%60, ms/1000%60, ms%1000)
}

// formatPercent is "19.0%".
func formatPercent(part, whole float64) string {
	if whole <= 0 {
		return "0.0%"
	}
	return strconv.FormatFloat(math.Round(part/whole*100), 'f', 1, 64) + "%"
}

// The forms of a time: of day, with the date, and as ISO 8601.
const (
	timeOfDay = "15:04:05 MST"
	dateTime  = "01/02/2006 15:04:05.000 MST"
	isoTime   = "2006-01-02T15:04:05.000Z07:00"
)

func millis(ms int64) time.Time { return time.UnixMilli(ms) }

package javanum_test

import (
	"math"
	"testing"

	"github.com/braidflow/braid/sdk/javanum"
)

func TestFormatDouble(t *testing.T) {
	for want, f := range map[string]float64{
		"0.0": 0, "-0.0": math.Copysign(0, -1), "1.0": 1, "-2.5": -2.5, "100.0": 100, "9999999.0": 9999999, "1.0E7": 1e7,
		"0.001": 0.001, "9.0E-4": 0.0009, "1.0E-5": 1e-5, "1.2345678901E10": 12345678901, "4.9E-324": math.SmallestNonzeroFloat64,
		"1.7976931348623157E308": math.MaxFloat64, "0.002": 0.002, "NaN": math.NaN(), "Infinity": math.Inf(1), "-Infinity": math.Inf(-1),
		"0.1": 0.1, "2.2250738585072014E-308": 2.2250738585072014e-308, "1.0E23": 1e23, "123456.789": 123456.789,
	} {
		if got := javanum.FormatDouble(f); got != want {
			t.Errorf("%v: got %s, want %s", f, got, want)
		}
	}
	if got := javanum.FormatFloat(3.4028235e38); got != "3.4028235E38" {
		t.Errorf("got %s", got)
	}
	if got := javanum.FormatFloat(0.1); got != "0.1" {
		t.Errorf("got %s", got)
	}
}

func TestParse(t *testing.T) {
	for text, want := range map[string]int64{"0x1F": 31, "-0x10": -16, "#ff": 255, "010": 8, "+7": 7, "0": 0, "-9223372036854775808": math.MinInt64} {
		if got, err := javanum.DecodeLong(text); got != want || err != nil {
			t.Errorf("DecodeLong(%q) = %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "-", "0x", "--1", "1_0", "9223372036854775808", "0x-1", "08"} {
		if n, err := javanum.DecodeLong(text); err == nil {
			t.Errorf("DecodeLong(%q) = %d, want an error", text, n)
		}
	}
	for text, want := range map[string]float64{" 1.5 ": 1.5, "1e3": 1000, ".5": .5, "5.": 5, "1d": 1, "-Infinity": math.Inf(-1), "0x1p3": 8, "1e999": math.Inf(1)} {
		if got, err := javanum.ParseDouble(text); got != want || err != nil {
			t.Errorf("ParseDouble(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "inf", "nan", "0x10", "1_0", "+-1", "x"} {
		if f, err := javanum.ParseDouble(text); err == nil {
			t.Errorf("ParseDouble(%q) = %v, want an error", text, f)
		}
	}
	if javanum.ToLong(math.NaN()) != 0 || javanum.ToLong(1e300) != math.MaxInt64 || javanum.ToLong(-1e300) != math.MinInt64 || javanum.ToLong(-2.9) != -2 {
		t.Error("ToLong does not cast as Java")
	}
}

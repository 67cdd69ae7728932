package record

import (
	"slices"
	"testing"
)

// The numbers are those of Java's new Random(42).nextInt(100) and nextInt(8).
func TestJavaRandom(t *testing.T) {
	r := newJavaRandom(42)
	var got []int32
	for range 5 {
		got = append(got, r.intN(100))
	}
	if want := []int32{30, 63, 48, 84, 70}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if n := newJavaRandom(42).intN(8); n != 5 {
		t.Errorf("below a power of two: got %d, want 5", n)
	}
}

package gctune_test

import (
	"testing"

	"github.com/braidflow/braid/internal/gctune"
)

func TestPercent(t *testing.T) {
	for live, want := range map[uint64]int{0: 1000, 1 << 20: 1000, 32 << 20: 400, 64 << 20: 200, 128 << 20: 100, 200 << 20: 64, 4 << 30: 50} {
		if got := gctune.Percent(live); got != want {
			t.Errorf("Percent(%d MB) = %d, want %d", live>>20, got, want)
		}
	}
}

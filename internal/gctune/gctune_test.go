package gctune_test

import (
	"testing"

	"github.com/braidflow/braid/internal/gctune"
)

func TestPercent(t *testing.T) {
	for live, want := range map[uint64]int{0: 400, 1 << 20: 400, 48 << 20: 400, 96 << 20: 200, 192 << 20: 100, 300 << 20: 64, 4 << 30: 50} {
		if got := gctune.Percent(live); got != want {
			t.Errorf("Percent(%d MB) = %d, want %d", live>>20, got, want)
		}
	}
}

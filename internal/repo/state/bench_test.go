package state_test

import (
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/braidflow/braid/internal/repo/state"
	"github.com/braidflow/braid/internal/vfs"
)

// BenchmarkSet stores the state of 16 components at once, each change durable when it returns.
func BenchmarkSet(b *testing.B) {
	s, err := state.Open(state.Options{FS: vfs.OS, Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }() // nothing of it is used again
	var next atomic.Int64
	b.SetParallelism(8)
	b.RunParallel(func(pb *testing.PB) {
		id := "component-" + strconv.FormatInt(next.Add(1), 10)
		for i := 0; pb.Next(); i++ {
			if err := s.Set(id, map[string]string{"last": strconv.Itoa(i)}); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

package wal_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/braidflow/braid/internal/repo/wal"
	"github.com/braidflow/braid/internal/vfs"
)

// BenchmarkAppend counts updates of 300 bytes, in records of a batch each, until all are durable. The log is
// truncated as it would be behind snapshots.
func BenchmarkAppend(b *testing.B) {
	for _, mode := range []string{"sync", "written"} {
		for _, c := range []struct{ writers, batch int }{{1, 100}, {8, 100}, {8, 1}, {64, 1}} {
			b.Run(fmt.Sprintf("%s/%dx%d", mode, c.writers, c.batch), func(b *testing.B) {
				benchAppend(b, mode == "sync", c.writers, c.batch)
			})
		}
	}
}

func benchAppend(b *testing.B, sync bool, writers, batch int) {
	l, _ := mustOpen(b, wal.Options{FS: vfs.OS, Dir: b.TempDir() + "/log", Sync: sync}, 0)
	rec := make([]byte, 300*batch)
	b.ReportAllocs()
	b.ResetTimer()
	each := b.N/batch/writers + 1
	appendFrom(b, l, writers, each, rec)
	check(b, l.Wait(b.Context(), l.End()))
	b.StopTimer()
	b.ReportMetric(float64(each*writers*batch)/b.Elapsed().Seconds(), "updates/s")
	b.ReportMetric(float64(each*writers)/b.Elapsed().Seconds(), "commits/s")
	check(b, l.Close())
}

func appendFrom(b *testing.B, l *wal.Log, writers, each int, rec []byte) {
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for i := range each {
				pos, err := l.Append(rec)
				if err != nil {
					b.Error(err)
					return
				}
				if i%4096 == 0 && l.Durable() > 256<<20 && pos-l.First() > 256<<20 {
					if err := l.Truncate(l.Durable() - 128<<20); err != nil {
						b.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
}

package flowfile_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/braidflow/braid/internal/repo/content"
	"github.com/braidflow/braid/internal/repo/flowfile"
	"github.com/braidflow/braid/internal/vfs"
)

// tenAttributes are those of a FlowFile that came from a file and was looked at a few times.
func tenAttributes(mem *flowfile.Arena, i int) flowfile.Attrs {
	n := strconv.Itoa(i)
	return flowfile.Attrs("").With(mem,
		flowfile.Attr{Name: "filename", Value: "flights-" + n + ".csv"}, flowfile.Attr{Name: "path", Value: "in/2013/"},
		flowfile.Attr{Name: "mime.type", Value: "text/csv"}, flowfile.Attr{Name: "carrier", Value: "UA"},
		flowfile.Attr{Name: "record.count", Value: n}, flowfile.Attr{Name: "file.owner", Value: "braid"},
		flowfile.Attr{Name: "file.lastModifiedTime", Value: "2013-01-01T05:00:00+0000"},
		flowfile.Attr{Name: "fragment.identifier", Value: "c7a1b9a0-2b6f"},
		flowfile.Attr{Name: "fragment.index", Value: n}, flowfile.Attr{Name: "fragment.count", Value: "1000000"})
}

// million yields n FlowFiles over ten queues.
func million(n int, mem *flowfile.Arena) func(func(uint32, *flowfile.FlowFile) bool) {
	var queues [10]uint32
	for i := range queues {
		queues[i] = flowfile.Number(fmt.Sprint("queue-", i))
	}
	tenAttributes(nil, 0) // so that all names have numbers before a snapshot is begun
	return func(yield func(uint32, *flowfile.FlowFile) bool) {
		for i := range n {
			ff := &flowfile.FlowFile{
				ID: uint64(i + 1), UUID: flowfile.NewUUID(), Entry: 1_760_000_000_000, Lineage: 1_760_000_000_000,
				Queued: 1_760_000_000_000 + int64(i/100), Claim: content.Claim{Segment: uint64(i/1000 + 1), Offset: int64(i%1000) * 1024, Length: 1024},
				Attrs: tenAttributes(mem, i),
			}
			if !yield(queues[i*10/n], ff) {
				return
			}
		}
	}
}

// BenchmarkRecover opens a repository of 1,000,000 live FlowFiles with ten attributes each, once with nothing but a
// snapshot and once with 100,000 updates behind it; rss-MB is the process's peak. Run it with -benchtime=1x.
func BenchmarkRecover(b *testing.B) {
	const live, tail = 1_000_000, 100_000
	for _, updates := range []int{0, tail} {
		b.Run(fmt.Sprintf("%d+%d", live, updates), func(b *testing.B) {
			o := flowfile.Options{FS: vfs.OS, Dir: b.TempDir() + "/ff"}
			writeMillion(b, o, live, updates)
			runtime.GC()
			for b.Loop() {
				r, rec, err := flowfile.Open(o)
				check(b, err)
				if n := len(rec.Queues); n != 10 {
					b.Fatalf("%d queues", n)
				}
				b.StopTimer()
				var mem runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&mem)
				b.ReportMetric(float64(mem.HeapAlloc)/live, "B/FlowFile")
				b.ReportMetric(peakRSS(), "rss-MB")
				runtime.KeepAlive(rec)
				check(b, r.Close())
				b.StartTimer()
			}
		})
	}
}

// peakRSS reads what Linux says; 0 elsewhere.
func peakRSS() float64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	kb, _ := strconv.ParseFloat(fields[0], 64)
	return kb / 1024
}

// writeMillion makes the repository without keeping the FlowFiles.
func writeMillion(b *testing.B, o flowfile.Options, live, updates int) {
	r, _ := mustOpen(b, o)
	var batch flowfile.Batch
	batch.Meta('b', []byte("begin"))
	_, err := r.Commit(&batch)
	check(b, err)
	var mem flowfile.Arena
	r.NextIDs(live)
	check(b, r.WriteSnapshot(context.Background(), flowfile.Snapshot{At: r.Position(), Live: million(live, &mem)}))
	i := 0
	million(live, &mem)(func(q uint32, ff *flowfile.FlowFile) bool {
		if i++; i > updates {
			return false
		}
		to := *ff
		to.Attrs = ff.Attrs.With(&mem, flowfile.Attr{Name: "carrier", Value: "AA"})
		batch.Update(ff, &to, q)
		if batch.Len() == 100 {
			_, err := r.Commit(&batch)
			check(b, err)
		}
		return true
	})
	check(b, r.Close())
}

// BenchmarkSnapshot writes 1,000,000 FlowFiles with ten attributes each.
func BenchmarkSnapshot(b *testing.B) {
	const live = 1_000_000
	var mem flowfile.Arena
	var ffs []*flowfile.FlowFile
	var queues []uint32
	million(live, &mem)(func(q uint32, ff *flowfile.FlowFile) bool {
		ffs, queues = append(ffs, ff), append(queues, q)
		return true
	})
	r, _ := mustOpen(b, flowfile.Options{FS: vfs.OS, Dir: b.TempDir() + "/ff"})
	for b.Loop() {
		check(b, r.WriteSnapshot(context.Background(), flowfile.Snapshot{At: r.Position(), Live: func(yield func(uint32, *flowfile.FlowFile) bool) {
			for i, ff := range ffs {
				if !yield(queues[i], ff) {
					return
				}
			}
		}}))
	}
	check(b, r.Close())
}

// BenchmarkCommit makes commits of a batch of updates each, as a processor does that sets an attribute, and waits
// until all are durable.
func BenchmarkCommit(b *testing.B) {
	for _, mode := range []flowfile.Durability{flowfile.Durable, flowfile.Memory} {
		for _, c := range []struct{ writers, batch int }{{1, 100}, {8, 100}, {8, 1}, {64, 1}} {
			b.Run(fmt.Sprintf("%s/%dx%d", map[flowfile.Durability]string{flowfile.Durable: "durable", flowfile.Memory: "memory"}[mode], c.writers, c.batch), func(b *testing.B) {
				benchCommit(b, mode, c.writers, c.batch)
			})
		}
	}
}

func benchCommit(b *testing.B, mode flowfile.Durability, writers, batch int) {
	r, _ := mustOpen(b, flowfile.Options{FS: vfs.OS, Dir: b.TempDir() + "/ff", Durability: mode})
	queue := flowfile.Number("queue")
	each := b.N/batch/writers + 1
	b.ReportAllocs()
	b.ResetTimer()
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			var bt flowfile.Batch
			ff := &flowfile.FlowFile{ID: 1, Queued: 1, Attrs: tenAttributes(nil, 1)}
			to := *ff
			to.Attrs = ff.Attrs.With(nil, flowfile.Attr{Name: "carrier", Value: "AA"})
			for range each {
				for range batch {
					bt.Update(ff, &to, queue)
				}
				if _, err := r.Commit(&bt); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	check(b, r.Wait(b.Context(), r.Position()))
	b.StopTimer()
	b.ReportMetric(float64(each*writers*batch)/b.Elapsed().Seconds(), "updates/s")
	b.ReportMetric(float64(r.Position())/float64(each*writers*batch), "B/update")
	check(b, r.Close())
}

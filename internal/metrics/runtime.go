package metrics

import (
	"math"
	"runtime/metrics"
	"time"
)

// Runtime are figures of the Go runtime; sizes are in bytes.
type Runtime struct {
	Goroutines          int64
	Total               int64 // of the operating system
	HeapTotal, HeapUsed int64
	Limit               int64 // that the garbage collector keeps; -1 = none
	GCCycles            int64
	GCTime              time.Duration // of processors
}

// ReadRuntime reads the figures without stopping anything.
func ReadRuntime() Runtime {
	s := []metrics.Sample{
		{Name: "/sched/goroutines:goroutines"},
		{Name: "/memory/classes/total:bytes"},
		{Name: "/memory/classes/heap/released:bytes"},
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/heap/unused:bytes"},
		{Name: "/memory/classes/heap/free:bytes"},
		{Name: "/gc/gomemlimit:bytes"},
		{Name: "/gc/cycles/total:gc-cycles"},
		{Name: "/cpu/classes/gc/total:cpu-seconds"},
	}
	metrics.Read(s)
	n := func(i int) int64 {
		if s[i].Value.Kind() != metrics.KindUint64 {
			return 0
		}
		return int64(min(s[i].Value.Uint64(), math.MaxInt64))
	}
	r := Runtime{
		Goroutines: n(0), Total: n(1) - n(2), HeapUsed: n(3), HeapTotal: n(3) + n(4) + n(5), Limit: n(6), GCCycles: n(7),
	}
	if r.Limit == math.MaxInt64 {
		r.Limit = -1
	}
	if s[8].Value.Kind() == metrics.KindFloat64 {
		r.GCTime = time.Duration(s[8].Value.Float64() * float64(time.Second))
	}
	return r
}

package provenance_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/braidflow/braid/internal/clock"
	"github.com/braidflow/braid/internal/repo/content"
	"github.com/braidflow/braid/internal/repo/flowfile"
	"github.com/braidflow/braid/internal/repo/provenance"
)

// life encodes the five events of the i-th FlowFile, with five attributes of which two differ each time.
type life struct {
	names [5]provenance.Name
	ids   [5]provenance.Name
	now   int64
	mem   flowfile.Arena
}

func newLife() *life {
	l := &life{now: time.Now().UnixMilli()}
	for i, name := range [...]string{"GenerateFlowFile", "UpdateAttribute", "RouteOnAttribute", "PutFile", "LogAttribute"} {
		l.names[i] = provenance.MakeName(name)
		l.ids[i] = provenance.MakeName(flowfile.NewUUID().String())
	}
	return l
}

func benchUUID(i uint64) (id flowfile.UUID) {
	rng := rand.NewPCG(i, 42)
	binary.LittleEndian.PutUint64(id[:8], rng.Uint64())
	binary.LittleEndian.PutUint64(id[8:], rng.Uint64())
	return id
}

func (l *life) append(blob []byte, i uint64) []byte {
	attrs := flowfile.Attrs("").With(&l.mem, flowfile.Attr{Name: "filename", Value: fmt.Sprint("flights-", i, ".csv")},
		flowfile.Attr{Name: "mime.type", Value: "text/csv"}, flowfile.Attr{Name: "carrier", Value: "UA"},
		flowfile.Attr{Name: "record.count", Value: "842"})
	routed := attrs.With(&l.mem, flowfile.Attr{Name: "late", Value: "true"})
	claim := content.Claim{Segment: i / 60_000, Offset: int64(i%60_000) * 1024, Length: 1024, Sum: uint32(i * 0x9e3779b9)}
	e := provenance.Event{Time: l.now + int64(i)/1000, Lineage: l.now + int64(i)/1000, UUID: benchUUID(i), Size: 1024, After: claim}
	for k, t := range [...]provenance.Type{provenance.Create, provenance.AttributesModified, provenance.Route, provenance.Send, provenance.Drop} {
		e.Type, e.ComponentID, e.ComponentType, e.Attrs, e.Updated = t, l.ids[k], l.names[k], attrs, attrs
		if k == 1 {
			e.Updated = routed
		}
		if k > 1 {
			e.Attrs, e.Updated, e.Before, e.SourceQueue, e.Relationship = routed, routed, claim, l.names[k-1], l.names[k]
		}
		blob = provenance.AppendEvent(blob, &e)
	}
	return blob
}

// BenchmarkAppend measures encoding, storing, compressing and indexing, with batches of 100 FlowFiles.
func BenchmarkAppend(b *testing.B) {
	dir := b.TempDir()
	r := start(b, provenance.Options{Dir: dir, Clock: clock.Real})
	l := newLife()
	var blob []byte
	began, bytes := time.Now(), 0
	b.ResetTimer()
	for n := range uint64(b.N) {
		blob = blob[:0]
		for i := range uint64(100) {
			blob = l.append(blob, n*100+i)
		}
		if bytes += len(blob); r.Append(n+1, blob) != nil {
			b.Fatal("append")
		}
	}
	if err := r.Flush(b.Context()); err != nil {
		b.Fatal(err)
	}
	events := float64(b.N) * 500
	b.ReportMetric(events/time.Since(began).Seconds(), "events/s")
	b.ReportMetric(float64(bytes)/events, "B/event")
	b.ReportMetric(float64(size(b, dir, ".events"))/events, "disk-B/event")
	b.ReportMetric(float64(size(b, dir, ".index"))/events, "index-B/event")
}

func size(b testing.TB, dir, suffix string) (n int64) {
	files, err := os.ReadDir(dir)
	if err != nil {
		b.Fatal(err)
	}
	for _, f := range files {
		if info, err := os.Stat(filepath.Join(dir, f.Name())); err == nil && strings.HasSuffix(f.Name(), suffix) {
			n += info.Size()
		}
	}
	return n
}

// BenchmarkSearch measures the latency of queries among a million events (set -events for more).
func BenchmarkSearch(b *testing.B) {
	r := start(b, provenance.Options{Dir: b.TempDir(), Clock: clock.Real})
	l := newLife()
	flowFiles := uint64(*benchEvents / 5)
	var blob []byte
	for i := range flowFiles {
		blob = l.append(blob, i)
		if i%100 == 99 || i == flowFiles-1 {
			if err := r.Append(i+1, blob); err != nil {
				b.Fatal(err)
			}
			blob = blob[:0]
		}
	}
	if err := r.Flush(b.Context()); err != nil {
		b.Fatal(err)
	}
	queries := map[string]func(i uint64) provenance.Query{
		"uuid": func(i uint64) provenance.Query {
			return provenance.Query{Terms: []provenance.Term{{Field: provenance.FieldFlowFileUUID, Value: benchUUID(i).String()}}}
		},
		"filename": func(i uint64) provenance.Query {
			return provenance.Query{Terms: []provenance.Term{{Field: provenance.FieldFilename, Value: fmt.Sprint("flights-", i, ".csv")}}}
		},
		"component newest 1000": func(uint64) provenance.Query {
			return provenance.Query{Terms: []provenance.Term{{Field: provenance.FieldComponentID, Value: l.ids[2].String()}}}
		},
		"type and component newest 10": func(uint64) provenance.Query {
			return provenance.Query{Max: 10, Terms: []provenance.Term{
				{Field: provenance.FieldEventType, Value: "DROP"}, {Field: provenance.FieldComponentID, Value: l.ids[4].String()},
			}}
		},
		"nothing": func(uint64) provenance.Query {
			return provenance.Query{Terms: []provenance.Term{{Field: provenance.FieldFlowFileUUID, Value: flowfile.NewUUID().String()}}}
		},
	}
	for name, query := range queries {
		b.Run(name, func(b *testing.B) {
			var worst time.Duration
			for b.Loop() {
				began := time.Now()
				res, err := r.Search(b.Context(), query(rand.Uint64N(flowFiles)))
				if err != nil || (len(res.Events) == 0) != (name == "nothing") {
					b.Fatalf("%d events, %v", len(res.Events), err)
				}
				worst = max(worst, time.Since(began))
			}
			b.ReportMetric(float64(worst.Microseconds()), "worst-µs")
		})
	}
}

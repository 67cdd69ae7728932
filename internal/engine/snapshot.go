package engine

import (
	"context"
	"log/slog"
	"runtime/debug"
	"slices"
	"time"

	"github.com/braidflow/braid/internal/repo/content"
	"github.com/braidflow/braid/internal/repo/flowfile"
	"github.com/braidflow/braid/internal/repo/wal"
)

const (
	snapshotEvery = 20 * time.Second // as NiFi's checkpoint interval
	snapshotBytes = 256 << 20        // or when the log has grown by so much
)

// snapshots writes snapshots in the background.
func (e *Engine) snapshots() {
	every := e.o.SnapshotEvery
	if every == 0 {
		every = snapshotEvery
	}
	tick := min(every, time.Second*2)
	timer := e.clock.NewTimer(tick)
	defer timer.Stop()
	var waited time.Duration
	for {
		select {
		case <-e.ctx.Done():
			return
		case <-timer.C():
		}
		waited += tick
		grown := e.flowFiles.Position() - e.lastSnapshot()
		if (grown > 0 && waited >= every) || grown > snapshotBytes {
			waited = 0
			if err := e.snapshot(e.ctx); err != nil && e.ctx.Err() == nil {
				e.log.Warn("snapshot not written; the log grows until one is", slog.Any("error", err))
			}
		}
		timer.Reset(tick)
	}
}

func (e *Engine) lastSnapshot() wal.Position {
	e.snapMu.Lock()
	defer e.snapMu.Unlock()
	return e.snapAt
}

// snapshot writes the state of all queues. Commits wait only while the queues' pointers are copied.
func (e *Engine) snapshot(ctx context.Context) error {
	type part struct {
		num   uint32
		ffs   []*flowfile.FlowFile
		files []flowfile.SwapFile
	}
	var parts []part
	e.gate.Lock()
	at := e.flowFiles.Position()
	e.mu.RLock()
	for _, list := range []map[string]*Queue{e.queues, e.orphans} {
		for _, q := range list {
			ffs, files := q.all()
			parts = append(parts, part{q.num, ffs, files})
		}
	}
	e.mu.RUnlock()
	e.snapshotting.Store(true)
	e.gate.Unlock()
	defer e.snapshotting.Store(false)

	err := e.flowFiles.WriteSnapshot(ctx, flowfile.Snapshot{
		At: at,
		Live: func(yield func(uint32, *flowfile.FlowFile) bool) {
			for _, p := range parts {
				for _, ff := range p.ffs {
					if !yield(p.num, ff) {
						return
					}
				}
			}
		},
		Swaps: func(yield func(flowfile.SwapFile) bool) {
			for _, p := range parts {
				for _, f := range p.files {
					if !yield(f) {
						return
					}
				}
			}
		},
	})
	if err != nil {
		return err
	}
	e.snapMu.Lock()
	e.snapAt = at
	e.snapMu.Unlock()
	return nil
}

// recoverQueues makes a queue for each that the log knows. Apply gives them their connections; a queue without one
// is kept as an orphan.
func (e *Engine) recoverQueues(rec *flowfile.Recovered) error {
	e.snapAt, e.recovered = rec.Position, rec.Position
	recovered := 0
	for num, files := range rec.Swaps {
		for _, f := range files {
			e.recoverSwap(f)
		}
		if _, more := rec.Queues[num]; !more {
			rec.Queues[num] = nil
		}
	}
	for num, ffs := range rec.Queues {
		e.reportMissing(num, e.contents.Recover(claimsOf(ffs)))
		e.orphan(num).restore(e, ffs, rec.Swaps[num])
		recovered += len(ffs)
		delete(rec.Queues, num)
	}
	if recovered > manyFlowFiles {
		debug.FreeOSMemory() // recovery leaves as much garbage as it makes FlowFiles
	}
	return e.contents.Done()
}

const manyFlowFiles = 100_000

func (e *Engine) orphan(num uint32) *Queue {
	id := flowfile.NameOf(num)
	q := e.orphans[id]
	if q == nil {
		q = newQueue(id)
		q.swap.threshold = e.swapThreshold()
		e.orphans[id] = q
	}
	return q
}

func (e *Engine) swapThreshold() int {
	if e.swapper == nil {
		return 0
	}
	return e.o.Swap
}

func claimsOf(ffs []*flowfile.FlowFile) func(func(content.Claim) bool) {
	return func(yield func(content.Claim) bool) {
		for _, ff := range ffs {
			if !yield(ff.Claim) {
				return
			}
		}
	}
}

// recoverSwap counts the contents of swapped-out FlowFiles. A damaged file keeps its place: reading it will report it.
func (e *Engine) recoverSwap(f flowfile.SwapFile) {
	var claims []content.Claim
	if err := e.flowFiles.SwapClaims(f, func(c content.Claim) { claims = append(claims, c) }); err != nil {
		e.log.Error("swap file cannot be read; its FlowFiles are put aside", slog.String("file", f.Name), slog.Any("error", err))
		return
	}
	e.reportMissing(f.Queue, e.contents.Recover(slices.Values(claims)))
}

// reportMissing tells users about FlowFiles whose content is not on disk any more: they stay in their queue, and
// reading them fails, so that nothing wrong is served and nothing vanishes silently.
func (e *Engine) reportMissing(queue uint32, missing []content.Claim) {
	if len(missing) > 0 {
		e.log.Error("contents are missing on disk: their FlowFiles will fail when they are read",
			slog.String("connection", flowfile.NameOf(queue)), slog.Int("contents", len(missing)))
	}
}

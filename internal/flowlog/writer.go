package flowlog

import (
	"fmt"
	"io"
	"time"

	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/internal/flow/definition"
	"github.com/braidflow/braid/internal/vfs"
)

// retryDelay is the wait after flow.json.gz could not be written, as on a full disk.
const retryDelay = 5 * time.Second

// write keeps flow.json.gz and the snapshots behind the log until Close. Neither is needed for an entry to be durable,
// so that an edit never waits for them.
func (l *Log) write() {
	defer close(l.done)
	_, snapshots, err := l.files.list()
	if err != nil {
		l.log.Error("flow snapshots cannot be listed", "error", err)
	}
	w := &writer{log: l, written: l.fileIndex}
	if n := len(snapshots); n > 0 {
		w.snapshot = snapshots[n-1]
	}
	timer := l.opts.Clock.NewTimer(0) // at start: the file may be older than the log
	defer timer.Stop()
	for waiting := true; ; {
		select {
		case <-l.stop:
			w.snapshotIfDue()
			w.flush()
			return
		case <-l.dirty:
			w.snapshotIfDue()
			if !waiting {
				timer.Reset(l.opts.FlowFileDelay)
				waiting = true
			}
		case <-timer.C():
			waiting = false
			if !w.flush() {
				timer.Reset(retryDelay)
				waiting = true
			}
		}
	}
}

// writer belongs to the goroutine of Log.write.
type writer struct {
	log      *Log
	written  uint64 // index of flow.json.gz
	snapshot uint64 // index of the newest snapshot
}

// flush writes flow.json.gz if it is behind; false if it failed.
func (w *writer) flush() bool {
	f, index := w.log.Current()
	if index == w.written || f.Root() == nil {
		return true
	}
	if err := w.log.writeFlowFile(f, index); err != nil {
		w.log.log.Error("flow.json.gz was not written; the flow log holds all edits", "error", err)
		return false
	}
	w.written = index
	return true
}

func (l *Log) writeFlowFile(f *flow.Flow, index uint64) error {
	n := definition.ExportNode(f)
	n.Comment = fmt.Sprintf(flowFileComment, f.Root().ID, index)
	return vfs.WriteFileAtomic(l.fs, l.opts.FlowFile, func(out io.Writer) error { return n.Write(out) })
}

func (w *writer) snapshotIfDue() {
	f, index := w.log.Current()
	if index < w.snapshot+uint64(w.log.opts.SnapshotEvery) {
		return
	}
	if err := w.log.files.writeSnapshot(f, index); err != nil {
		w.log.log.Error("flow snapshot was not written; starting will take longer", "error", err)
		return
	}
	w.snapshot = index
	if err := w.log.prune(index); err != nil {
		w.log.log.Warn("old flow log files were not removed", "error", err)
	}
}

// prune removes what is no longer needed: all snapshots but the two newest while all entries are kept, else segments
// and snapshots behind the entries to keep.
func (l *Log) prune(index uint64) error {
	segments, snapshots, err := l.files.list()
	if err != nil {
		return err
	}
	if l.opts.KeepEntries == 0 {
		for _, s := range snapshots[:max(0, len(snapshots)-2)] {
			if err := l.fs.Remove(l.files.snapshot(s)); err != nil {
				return err
			}
		}
		return nil
	}
	base := uint64(0) // the snapshot from which all kept entries can be replayed
	for _, s := range snapshots[:max(0, len(snapshots)-1)] {
		if s+l.opts.KeepEntries <= index {
			base = s
		}
	}
	for _, s := range snapshots {
		if s < base {
			if err := l.fs.Remove(l.files.snapshot(s)); err != nil {
				return err
			}
		}
	}
	for i, first := range segments {
		if i+1 < len(segments) && segments[i+1] <= base+1 {
			if err := l.fs.Remove(l.files.segment(first)); err != nil {
				return err
			}
		}
	}
	return nil
}

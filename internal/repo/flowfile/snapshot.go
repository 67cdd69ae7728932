package flowfile

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/braidflow/braid/internal/repo/wal"
	"github.com/braidflow/braid/internal/vfs"
)

const (
	snapshotExt   = ".snapshot"
	keepSnapshots = 2 // a damaged one must not be the end: the log reaches back to the one before
)

// Snapshot is the state at one position of the log: all commits up to it and none after it. All that it uses has its
// number (see Intern) before WriteSnapshot is called.
type Snapshot struct {
	At    wal.Position
	Live  iter.Seq2[uint32, *FlowFile] // queue and FlowFile, best queue by queue; those in sessions too
	Swaps iter.Seq[SwapFile]
	Meta  iter.Seq[Meta] // what is still needed of Batch.Meta; Pos is not stored
}

// Meta is what Batch.Meta was given.
type Meta struct {
	Pos  wal.Position // 0 if it comes from a snapshot
	Kind byte
	Blob []byte
}

// WriteSnapshot writes a snapshot and gives up the part of the log that no recovery needs any more. It is meant to
// run in the background; one at a time. Live, Swaps and Meta are ranged over once; nil stands for nothing. It does
// nothing while events of an earlier process are not stored, as only the last snapshot knows its names.
func (r *Repository) WriteSnapshot(ctx context.Context, s Snapshot) error {
	if r.opts.Durability == Memory {
		return nil
	}
	if r.opts.RetainFrom != nil && r.opts.RetainFrom() < r.old {
		r.opts.Log.Info("no snapshot yet: events of the last run are still being stored")
		return nil
	}
	return r.writeSnapshot(ctx, s)
}

func (r *Repository) writeSnapshot(ctx context.Context, s Snapshot) error {
	r.snapMu.Lock()
	defer r.snapMu.Unlock()
	// Nothing in a snapshot may refer to contents that are not on disk.
	if err := r.log.Wait(ctx, s.At); err != nil {
		return fmt.Errorf("write a snapshot: %w", err)
	}
	if r.opts.Durability == Written && r.opts.BeforeSync != nil {
		if err := r.opts.BeforeSync(); err != nil {
			return fmt.Errorf("write a snapshot: %w", err)
		}
	}
	if err := r.writeSnapshotFile(s); err != nil {
		return fmt.Errorf("write a snapshot: %w", err)
	}
	return r.dropOld()
}

func snapshotName(at wal.Position) string { return fmt.Sprintf("%016x%s", uint64(at), snapshotExt) }

func (r *Repository) writeSnapshotFile(s Snapshot) error {
	return vfs.WriteFileAtomic(r.opts.FS, r.path(snapshotName(s.At)), func(w io.Writer) error {
		buf := bufio.NewWriterSize(w, 1<<20)
		b, err := newBlockWriter(buf, snapshotMagic, uint64(s.At))
		if err != nil {
			return err
		}
		if err := b.names(Names()); err != nil {
			return err
		}
		if err := b.snapshot(s, r.next.Load()); err != nil {
			return err
		}
		return buf.Flush()
	})
}

// names writes the names of a whole dictionary.
func (b *blockWriter) names(names []string) error {
	b.begin(blockNames)
	b.enc.names(1, names[1:])
	return b.end()
}

func (b *blockWriter) snapshot(s Snapshot, nextID uint64) error {
	ffs := 0
	if s.Live != nil {
		var err error
		if ffs, err = b.flowFiles(s.Live); err != nil {
			return err
		}
	}
	if s.Swaps != nil {
		for f := range s.Swaps {
			b.begin(blockSwaps)
			b.enc.swapFile(f)
			if err := b.end(); err != nil {
				return err
			}
		}
	}
	if s.Meta != nil {
		for m := range s.Meta {
			b.begin(blockMeta)
			b.enc.buf = append(b.enc.buf, m.Kind)
			b.enc.bytes(m.Blob)
			if err := b.end(); err != nil {
				return err
			}
		}
	}
	return b.totals(ffs, nextID)
}

func (b *blockWriter) totals(ffs int, nextID uint64) error {
	b.begin(blockEnd)
	b.enc.uvarint(uint64(ffs))
	b.enc.uvarint(nextID)
	return b.end()
}

// flowFiles writes FlowFiles, in blocks of one queue each.
func (b *blockWriter) flowFiles(ffs iter.Seq2[uint32, *FlowFile]) (count int, err error) {
	current, open := uint32(0), false
	for queue, ff := range ffs {
		if open && (queue != current || b.full()) {
			if err := b.end(); err != nil {
				return count, err
			}
			open = false
		}
		if !open {
			b.begin(blockFlowFiles)
			b.enc.uvarint(uint64(queue))
			current, open = queue, true
		}
		b.enc.flowFile(ff)
		count++
	}
	if open {
		err = b.end()
	}
	return count, err
}

// dropOld deletes what the kept snapshots have made superfluous. The caller holds snapMu.
func (r *Repository) dropOld() error {
	snaps, err := r.snapshots()
	if err != nil {
		return err
	}
	for len(snaps) > keepSnapshots {
		if err := r.opts.FS.Remove(r.path(snapshotName(snaps[0]))); err != nil {
			return fmt.Errorf("remove an old snapshot: %w", err)
		}
		snaps = snaps[1:]
	}
	if len(snaps) < keepSnapshots {
		return nil // the log from its beginning is the other way to recover
	}
	if err := r.opts.FS.SyncDir(r.opts.Dir); err != nil {
		return fmt.Errorf("remove an old snapshot: %w", err)
	}
	floor := snaps[0]
	if err := r.dropSwaps(floor); err != nil {
		return err
	}
	if r.opts.Events != nil {
		floor = min(floor, r.retainFrom())
	}
	return r.log.Truncate(floor)
}

// snapshots lists the positions of the snapshots, oldest first.
func (r *Repository) snapshots() ([]wal.Position, error) {
	entries, err := r.opts.FS.ReadDir(r.opts.Dir)
	if err != nil {
		return nil, fmt.Errorf("list the snapshots: %w", err)
	}
	var snaps []wal.Position
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), snapshotExt); ok {
			if at, err := strconv.ParseUint(name, 16, 64); err == nil {
				snaps = append(snaps, wal.Position(at))
			}
		}
	}
	slices.SortFunc(snaps, func(a, b wal.Position) int { return cmp.Compare(a, b) })
	return snaps, nil
}

// readSnapshot reads a snapshot into an empty recovery.
func (rec *recovery) readSnapshot(name string, at wal.Position) (err error) {
	f, err := vfs.Open(rec.repo.opts.FS, name)
	if err != nil {
		return fmt.Errorf("read the snapshot: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	b, err := newBlockReader(f, snapshotMagic)
	if err != nil {
		return err
	}
	if b.number != uint64(at) {
		return b.corrupt("its name is that of another snapshot")
	}
	return rec.readBlocks(b)
}

func (rec *recovery) readBlocks(b *blockReader) error {
	for {
		kind, d, err := b.next()
		if err != nil {
			return err
		}
		switch kind {
		case blockNames:
			rec.names.read(&d)
		case blockFlowFiles:
			rec.readQueue(&d)
		case blockSwaps:
			if f := d.swapFile(rec.names); d.err == nil {
				rec.swapOut(f)
			}
		case blockMeta:
			rec.meta = append(rec.meta, Meta{Kind: d.byte(), Blob: bytes.Clone(d.bytes())})
		case blockEnd:
			count := d.uvarint()
			rec.nextID = max(rec.nextID, d.uvarint())
			if d.err != nil || count != uint64(len(rec.live.entries)) {
				return b.corrupt("its totals are wrong")
			}
			return b.finish()
		default:
			d.fail()
		}
		if d.err != nil || len(d.b) > 0 {
			return b.corrupt("a block is malformed")
		}
	}
}

// readQueue reads FlowFiles of one queue.
func (rec *recovery) readQueue(d *decoder) {
	queue := rec.names.queue(d.number())
	if queue == 0 {
		d.fail()
	}
	for len(d.b) > 0 {
		ff := rec.cut()
		d.flowFile(ff, rec.names, &rec.arena)
		if d.err == nil {
			rec.live.append(ff, queue)
		}
	}
}

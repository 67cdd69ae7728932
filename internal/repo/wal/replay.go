package wal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/braidflow/braid/internal/vfs"
)

// CorruptError says that a part of the log that was safely on disk cannot be read any more.
type CorruptError struct {
	File   string
	Offset int64
	Hint   string // what the user can do
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("%s is damaged at byte %d; %s", e.File, e.Offset, e.Hint)
}

const salvageHint = "restore the file from a backup, or start once with --salvage to go on without the damaged records"

// Recovery is what Replay found.
type Recovery struct {
	End         Position // where the log ended
	Cut         int64    // bytes cut off as a torn tail: records that nobody was told to be durable
	Damaged     []*CorruptError
	Quarantined []string // files put aside, or copied there before they were used in spite of damage
}

// Recovery tells what Replay found.
func (l *Log) Recovery() Recovery { return l.stats }

// First returns the position from which Replay can be asked for records; the greatest there is if there are none.
func (l *Log) First() Position {
	l.segs.mu.Lock()
	defer l.segs.mu.Unlock()
	if len(l.segs.list) == 0 {
		return noSegment
	}
	return l.segs.list[0].base
}

// Truncate gives up records at or before pos, by whole segments. What lies after pos stays.
func (l *Log) Truncate(pos Position) error {
	if l.opts.FS == nil {
		return nil
	}
	return l.segs.truncate(pos)
}

// Replay calls fn for each record that ends after from, with the position after it, and makes the log ready for
// Append. rec is valid until fn returns; an error of fn ends the replay and is returned.
//
// A torn tail is cut at the last whole record. Damage to what had been synced gives a *CorruptError and leaves the
// files as they are; with Options.Salvage the file is copied aside, the damaged records are left out and reported
// in Recovery, and the owner must write down what it recovered and Truncate before it relies on the log again.
// If the log ends before from, it goes on at from.
func (l *Log) Replay(from Position, fn func(end Position, rec []byte) error) error {
	r := replay{log: l, segs: &l.segs, from: from, fn: fn}
	if l.opts.FS != nil {
		if err := r.run(); err != nil {
			return err
		}
	}
	l.stats.End = r.pos
	start := max(r.pos, from, l.reserved)
	l.segs.end, l.segs.synced, l.segs.gap = start, start, start-r.pos
	if len(l.stats.Damaged) > 0 { // a segment that begins behind the damage, so that no later Replay need pass it
		if err := l.segs.roll(start, l.epoch); err != nil {
			return err
		}
	}
	l.start(start)
	return nil
}

// Reserve makes the log go on at pos or later; call it before Replay. A snapshot can have more than a log that was not
// synced; its position must not be given out again.
func (l *Log) Reserve(pos Position) { l.reserved = pos }

// replay is one pass over the segments.
type replay struct {
	log  *Log
	segs *segments
	from Position
	fn   func(Position, []byte) error
	pos  Position // after the last record read
}

func (r *replay) run() error {
	list := r.segs.list
	first := 0
	for first+1 < len(list) && list[first+1].base <= r.from {
		first++
	}
	if len(list) == 0 {
		return nil
	}
	r.pos = list[first].base
	if r.pos > r.from {
		if err := r.damage(list[first], 0, "the segment before it is missing"); err != nil {
			return err
		}
	}
	for i := first; i < len(list); i++ {
		end, err := r.segment(i)
		if err != nil {
			return err
		}
		if end != nil {
			return r.cut(i, end)
		}
	}
	return nil
}

// segment reads one segment. If the log ends in it, it returns the reader (whose file is closed) that stands there.
func (r *replay) segment(i int) (end *segmentReader, err error) {
	err = r.read(i, func(in *segmentReader) error {
		ended, err := r.follow(i, in)
		if ended {
			end = in
		}
		return err
	})
	return end, err
}

// follow reads a segment to where the next one begins; ended tells that the log ends before.
func (r *replay) follow(i int, in *segmentReader) (ended bool, err error) {
	for {
		if err := r.frames(in); err != nil {
			return false, err
		}
		next, ok, err := r.link(i)
		if err != nil {
			return false, err
		}
		if ok {
			r.pos = next
			return false, nil
		}
		vouched, err := r.vouched(i, in)
		if err != nil {
			return false, err
		}
		if vouched <= r.pos {
			r.log.stats.Cut, err = in.torn(r.pos)
			return true, err
		}
		what := fmt.Sprintf("%d bytes of records are unreadable", vouched-r.pos)
		if err := r.damage(r.segs.list[i], in.off, what); err != nil {
			return false, err
		}
		if more, err := r.skip(i, in, vouched); err != nil || !more {
			return false, err
		}
	}
}

// frames reads frames for as long as they are whole and follow each other.
func (r *replay) frames(in *segmentReader) error {
	for in.next(r.pos) {
		for p := in.payload; len(p) > 0; {
			rec, rest, _ := cutRecord(p)
			p = rest
			r.pos += Position(recordHeaderSize + len(rec))
			if r.pos <= r.from {
				continue
			}
			if err := r.fn(r.pos, rec); err != nil {
				return err
			}
		}
	}
	return in.err
}

// link tells whether segment i was read to its end because the next one follows, and where that one begins.
func (r *replay) link(i int) (next Position, ok bool, err error) {
	if i+1 >= len(r.segs.list) {
		return 0, false, nil
	}
	err = r.read(i+1, func(in *segmentReader) error {
		next, ok = in.header.base, in.valid && in.header.prev == r.pos
		return nil
	})
	return next, ok, err
}

// read calls fn with a reader of segment i.
func (r *replay) read(i int, fn func(in *segmentReader) error) (err error) {
	f, err := vfs.Open(r.segs.fs, r.segs.path(r.segs.list[i].name))
	if err != nil {
		return fmt.Errorf("read the log: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	in, err := newSegmentReader(f, r.segs.list[i].base)
	if err != nil {
		return err
	}
	return fn(in)
}

// vouched finds up to where the log had been synced, as far as anything after the place where reading stopped says.
func (r *replay) vouched(i int, in *segmentReader) (Position, error) {
	limit, err := in.vouched(r.pos)
	for j := i + 1; j < len(r.segs.list) && err == nil; j++ {
		err = r.read(j, func(in *segmentReader) error {
			if in.valid {
				limit = max(limit, in.header.durable)
			}
			v, err := in.vouched(r.pos)
			limit = max(limit, v)
			return err
		})
	}
	return limit, err
}

// cut ends the log at the place where reading stopped: what follows was never acknowledged.
func (r *replay) cut(i int, end *segmentReader) error {
	list := r.segs.list
	for _, seg := range list[i+1:] {
		to, err := r.segs.quarantine(seg.name, "torn")
		if err != nil {
			return err
		}
		r.log.stats.Quarantined = append(r.log.stats.Quarantined, to)
	}
	r.segs.list = list[:i+1]
	if end.off <= segmentHeaderSize { // it holds nothing, and the next segment will have its name
		r.segs.list = list[:i]
		spare, err := r.segs.recycle(list[i].name, 0)
		if err == nil {
			err = r.segs.fs.SyncDir(r.segs.dir)
		}
		if err == nil && spare != "" {
			r.segs.spares = append(r.segs.spares, spare)
		}
		return err
	}
	// Also if there is nothing to cut: a process that was killed may not have synced what counts from now on.
	return r.shorten(list[i].name, end.off)
}

func (r *replay) shorten(name string, size int64) (err error) {
	f, err := r.segs.fs.OpenFile(r.segs.path(name), os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("cut the torn end of the log off: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := f.Truncate(size); err != nil {
		return fmt.Errorf("cut the torn end of the log off: %w", err)
	}
	return f.Sync()
}

// damage reports damage, or notes it when salvaging.
func (r *replay) damage(seg segment, off int64, what string) error {
	err := &CorruptError{File: r.segs.path(seg.name), Offset: off, Hint: what + "; " + salvageHint}
	if !r.log.opts.Salvage {
		return err
	}
	to, cerr := r.copyAside(seg)
	if cerr != nil {
		return cerr
	}
	r.log.opts.Log.Error("going on after damage to the log", "file", err.File, "offset", off, "damage", what, "copy", to)
	r.log.stats.Damaged = append(r.log.stats.Damaged, err)
	r.log.stats.Quarantined = append(r.log.stats.Quarantined, to)
	return nil
}

func (r *replay) copyAside(seg segment) (string, error) {
	dir := r.segs.path(quarantineDir)
	to := filepath.Join(dir, seg.name+".damaged")
	if err := r.segs.fs.MkdirAll(dir, 0o750); err != nil {
		return "", fmt.Errorf("put a copy of %s aside: %w", seg.name, err)
	}
	f, err := vfs.Open(r.segs.fs, r.segs.path(seg.name))
	if err != nil {
		return "", fmt.Errorf("put a copy of %s aside: %w", seg.name, err)
	}
	defer func() { _ = f.Close() }() // read only
	return to, vfs.WriteFileAtomic(r.segs.fs, to, func(w io.Writer) error {
		_, err := io.Copy(w, f)
		return err
	})
}

// skip goes on behind damage: at the next whole frame, or (more = false) at the next segment or the vouched end.
func (r *replay) skip(i int, in *segmentReader, vouched Position) (more bool, err error) {
	if pos, ok, err := in.seekFrame(r.pos); err != nil || ok {
		r.pos = pos
		return ok, err
	}
	if i+1 < len(r.segs.list) {
		r.pos = r.segs.list[i+1].base
	} else {
		r.pos = vouched // not reused: others may have noted positions up to here
	}
	return false, nil
}

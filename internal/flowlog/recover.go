package flowlog

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/internal/flow/definition"
	"github.com/braidflow/braid/internal/vfs"
)

// ErrDamaged says that entries of the log are lost and nothing on disk makes up for them.
var ErrDamaged = errors.New("the flow log is damaged")

// recovered is the state on disk.
type recovered struct {
	flow    *flow.Flow
	index   uint64
	segment uint64 // first index of the segment to append to; 0 = start a new one
	length  int64  // of that segment
	count   int    // its entries
	last    uint64 // the highest index that was ever seen, also in what is damaged
}

// recover reads the newest good snapshot and applies the entries behind it.
func (l *Log) recover() (recovered, error) {
	segments, snapshots, err := l.files.list()
	if err != nil {
		return recovered{}, err
	}
	r, err := l.newestSnapshot(snapshots)
	if err != nil {
		return recovered{}, err
	}
	for i, first := range segments {
		if i+1 < len(segments) && segments[i+1] <= r.index+1 {
			continue // all of it is in the snapshot
		}
		if err := l.replay(&r, first, i == len(segments)-1); err != nil {
			return recovered{}, err
		}
		if r.segment == 0 {
			break // damage: what follows cannot be applied
		}
	}
	if n := len(segments); n > 0 && l.damage != nil {
		data, err := vfs.ReadFile(l.fs, l.files.segment(segments[n-1]))
		if err != nil {
			return recovered{}, fmt.Errorf("read flow log: %w", err)
		}
		r.last = max(r.last, segments[n-1]+uint64(bytes.Count(data, []byte{'\n'}))-1)
	}
	r.last = max(r.last, r.index)
	l.checkEnd(&r)
	return r, nil
}

// newestSnapshot reads the newest good snapshot; damaged ones go to quarantine.
func (l *Log) newestSnapshot(snapshots []uint64) (recovered, error) {
	r := recovered{flow: flow.Empty()}
	for _, index := range slices.Backward(snapshots) {
		r.last = max(r.last, index)
		f, err := l.files.readSnapshot(index)
		if err == nil {
			r.flow, r.index = f, index
			break
		}
		if disk := (*fs.PathError)(nil); errors.As(err, &disk) {
			return recovered{}, fmt.Errorf("read flow snapshot %d: %w", index, err)
		}
		l.log.Warn("flow snapshot is damaged; an older one is used", "index", index, "error", err)
		if err := l.files.quarantine(l.files.snapshot(index)); err != nil {
			return recovered{}, fmt.Errorf("put damaged flow snapshot %d aside: %w", index, err)
		}
	}
	return r, nil
}

// replay applies the entries of a segment that r does not have. If it is damaged, r.segment is 0 and r.last tells how
// far the log went.
func (l *Log) replay(r *recovered, first uint64, newest bool) error {
	name := l.files.segment(first)
	data, err := vfs.ReadFile(l.fs, name)
	if err != nil {
		return fmt.Errorf("read flow log: %w", err)
	}
	s := scan(data, first)
	if first > r.index+1 {
		s = scanned{bad: fmt.Errorf("entries %d to %d are missing", r.index+1, first-1), after: true}
	}
	for _, e := range s.entries {
		if e.Index <= r.index {
			continue
		}
		next, _, err := r.flow.Apply(e.Edit)
		if err != nil {
			s.bad, s.after = fmt.Errorf("entry %d cannot be applied: %w", e.Index, err), true
			break
		}
		r.flow, r.index = next, e.Index
	}
	r.segment, r.length, r.count = first, int64(s.good), len(s.entries)
	switch {
	case s.bad == nil:
		return nil
	case newest && !s.after:
		l.log.Warn("the end of the flow log was cut off; a write had not been finished", "error", s.bad,
			"bytes", len(data)-s.good)
		if err := l.files.cut(name, data, s.good); err != nil {
			return fmt.Errorf("cut torn flow log: %w", err)
		}
		return nil
	default:
		l.log.Error("flow log is damaged", "error", s.bad, "file", name)
		r.segment = 0
		l.damage = s.bad
		return nil
	}
}

// repair makes up for a damaged log: with flow.json.gz if that has all entries, else, if it is allowed, with the newer
// of that file and what the log gave. The result becomes a snapshot at the old end of the log, so that no index is ever
// used twice; the old segments go to quarantine after that, so that a crash in between loses nothing.
func (l *Log) repair(r recovered) (recovered, error) {
	at := r.index
	file, index, err := l.readFlowFile()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		l.log.Warn("flow.json.gz cannot be used", "error", err)
	}
	if err == nil && index > at && (r.flow.Root() == nil || r.flow.Root().ID == file.Root().ID) {
		at = index
		if r.flow, _, err = r.flow.Apply(flow.ChangeSet{Changes: flow.Between(r.flow, file)}); err != nil {
			return r, fmt.Errorf("take over flow.json.gz: %w", err)
		}
	}
	if at < r.last && !l.opts.Repair {
		return r, fmt.Errorf("%w: %w; entries %d to %d are lost: restore %s from a backup, or allow the repair to go on with the flow as of entry %d",
			ErrDamaged, l.damage, at+1, r.last, l.files.dir, at)
	}
	r.index = max(r.last, at)
	if err := l.files.writeSnapshot(r.flow, r.index); err != nil {
		return r, fmt.Errorf("repair flow log: %w", err)
	}
	segments, _, err := l.files.list()
	if err != nil {
		return r, err
	}
	for _, first := range segments {
		if err := l.files.quarantine(l.files.segment(first)); err != nil {
			return r, fmt.Errorf("put damaged flow log aside: %w", err)
		}
	}
	r.segment, r.length, r.count = 0, 0, 0
	return r, nil
}

// readFlowFile reads flow.json.gz and the index in its header, 0 if another program wrote it.
func (l *Log) readFlowFile() (*flow.Flow, uint64, error) {
	data, err := vfs.ReadFile(l.fs, l.opts.FlowFile)
	if err != nil {
		return nil, 0, err
	}
	n, err := definition.ReadNode(data)
	if err != nil {
		return nil, 0, err
	}
	for _, path := range n.Ignored {
		l.log.Warn("flow.json.gz has a field that is not known and was left out", "field", path)
	}
	changes, warnings, err := n.Changes(l.opts.Cipher)
	if err != nil {
		return nil, 0, err
	}
	for _, w := range warnings {
		l.log.Warn("flow.json.gz was not taken over whole", "reason", w)
	}
	f, _, err := flow.Empty().Apply(flow.ChangeSet{Changes: changes})
	if err != nil {
		return nil, 0, fmt.Errorf("load flow.json.gz: %w", err)
	}
	root, index := parseComment(n.Comment)
	if f.Root() == nil || root != f.Root().ID {
		index = 0
	}
	return f, index, nil
}

// flowFileComment stands in the header of flow.json.gz: the root group says which flow it is, the index how far.
const flowFileComment = "braid flow %s index %d"

func parseComment(s string) (root string, index uint64) {
	if _, err := fmt.Sscanf(s, flowFileComment, &root, &index); err != nil {
		return "", 0
	}
	return root, index
}

// checkEnd finds out by the header of flow.json.gz, which is only written behind the log, whether entries at the end
// of the log are gone without a trace.
func (l *Log) checkEnd(r *recovered) {
	file, err := vfs.Open(l.fs, l.opts.FlowFile)
	if err != nil {
		return // there is none: a new node, or a crash before it was first written
	}
	defer func() { _ = file.Close() }() // read only
	zr, err := gzip.NewReader(file)
	if err != nil {
		return
	}
	root, index := parseComment(zr.Comment)
	if g := r.flow.Root(); g == nil || g.ID != root {
		return // another flow's: it will be replaced
	}
	if _, err := io.Copy(io.Discard, zr); err == nil { // its checksum is good, else it will be replaced
		l.fileIndex = index
	}
	if index > r.last {
		l.damage = fmt.Errorf("entries %d to %d are missing at its end", r.index+1, index)
		r.last = index
	}
}

package flowlog

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/internal/vfs"
)

const (
	segmentPrefix, segmentSuffix   = "log-", ".jsonl"
	snapshotPrefix, snapshotSuffix = "snapshot-", ".json"
	quarantineDir                  = "quarantine"
	lockName                       = "lock"
	defaultFlowFile                = "flow.json.gz"
)

// files are the log's files in one folder: segments by the index of their first entry, snapshots by the index that
// they stand for.
type files struct {
	fs  vfs.FS
	dir string
}

func (d files) segment(first uint64) string {
	return filepath.Join(d.dir, fmt.Sprintf("%s%020d%s", segmentPrefix, first, segmentSuffix))
}

func (d files) snapshot(index uint64) string {
	return filepath.Join(d.dir, fmt.Sprintf("%s%020d%s", snapshotPrefix, index, snapshotSuffix))
}

// list returns the indexes of the segments and of the snapshots, ascending.
func (d files) list() (segments, snapshots []uint64, err error) {
	names, err := d.fs.ReadDir(d.dir)
	if err != nil {
		return nil, nil, fmt.Errorf("list flow log: %w", err)
	}
	for _, n := range names {
		if i, ok := number(n.Name(), segmentPrefix, segmentSuffix); ok {
			segments = append(segments, i)
		}
		if i, ok := number(n.Name(), snapshotPrefix, snapshotSuffix); ok {
			snapshots = append(snapshots, i)
		}
	}
	slices.Sort(segments)
	slices.Sort(snapshots)
	return segments, snapshots, nil
}

func number(name, prefix, suffix string) (uint64, bool) {
	digits, ok := strings.CutPrefix(name, prefix)
	if !ok || !strings.HasSuffix(digits, suffix) {
		return 0, false
	}
	i, err := strconv.ParseUint(strings.TrimSuffix(digits, suffix), 10, 64)
	return i, err == nil
}

func (d files) readSnapshot(index uint64) (*flow.Flow, error) {
	data, err := vfs.ReadFile(d.fs, d.snapshot(index))
	if err != nil {
		return nil, err
	}
	data, err = payload(snapshotMagic, data)
	if err != nil {
		return nil, err
	}
	var s snapshot
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, err
	}
	if s.Index != index {
		return nil, fmt.Errorf("it says that it is snapshot %d", s.Index)
	}
	f, _, err := flow.Empty().Apply(s.Flow)
	return f, err
}

func (d files) writeSnapshot(f *flow.Flow, index uint64) error {
	line, err := frame(snapshotMagic, snapshot{index, f.Snapshot()})
	if err != nil {
		return err
	}
	return vfs.WriteFileAtomic(d.fs, d.snapshot(index), func(w io.Writer) error {
		_, err := w.Write(line)
		return err
	})
}

// quarantine moves a file out of the way without losing it.
func (d files) quarantine(name string) error {
	if err := vfs.MakeDir(d.fs, filepath.Join(d.dir, quarantineDir)); err != nil {
		return err
	}
	to := filepath.Join(d.dir, quarantineDir, filepath.Base(name))
	for n := 1; ; n++ {
		if _, err := d.fs.Stat(to); errors.Is(err, fs.ErrNotExist) {
			break
		}
		to = filepath.Join(d.dir, quarantineDir, fmt.Sprintf("%s.%d", filepath.Base(name), n))
	}
	if err := d.fs.Rename(name, to); err != nil {
		return err
	}
	return errors.Join(d.fs.SyncDir(filepath.Join(d.dir, quarantineDir)), d.fs.SyncDir(d.dir))
}

// cut shortens a segment to its good part; what is cut off is kept in quarantine.
func (d files) cut(name string, data []byte, good int) error {
	copyOf := fmt.Sprintf("%s.cut-%d", name, good)
	err := vfs.WriteFileAtomic(d.fs, copyOf, func(w io.Writer) error {
		_, err := w.Write(data[good:])
		return err
	})
	if err == nil {
		err = d.quarantine(copyOf)
	}
	if err != nil {
		return err
	}
	f, err := d.fs.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Truncate(int64(good)), f.Sync(), f.Close())
}

package flowlog

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/braidflow/braid/internal/clock"
	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/internal/flow/definition"
	"github.com/braidflow/braid/internal/params"
	"github.com/braidflow/braid/internal/vfs"
)

// The errors of Append beside those of flow.Apply.
var (
	// ErrConflict says that the log has moved on: read the flow again and repeat the edit if it still makes sense.
	ErrConflict = errors.New("the flow was changed by someone else in the meantime")
	// ErrClosed says that the log was closed.
	ErrClosed = errors.New("the flow log is closed")
	// ErrBroken says that a sync failed, after which nobody knows what is on disk. Only a restart helps.
	ErrBroken = errors.New("the flow log cannot be written since a disk error; restart the node")
)

// Options say where the log lives. FS, Clock and Dir must be set.
type Options struct {
	FS    vfs.FS
	Clock clock.Clock
	Dir   string       // made if it does not exist
	Log   *slog.Logger // nil discards

	FlowFile string         // flow.json.gz; by default in Dir
	RootName string         // of the root group of a new flow; by default "Braid Flow"
	Cipher   *params.Cipher // encrypts plain sensitive values of an imported flow.json.gz; may be nil
	// SnapshotEvery is the number of entries between snapshots; by default 1000.
	SnapshotEvery int
	// KeepEntries is how many entries before the newest snapshot are kept at least; 0 keeps all.
	KeepEntries uint64
	// FlowFileDelay is how long the writing of flow.json.gz waits for further changes; by default 500 ms.
	FlowFileDelay time.Duration
	// Repair lets Open go on with an older flow if entries are lost; by default it refuses with ErrDamaged.
	Repair bool
}

// fill sets what the caller left out.
func (o *Options) fill() {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.FlowFile == "" {
		o.FlowFile = filepath.Join(o.Dir, defaultFlowFile)
	}
	if o.RootName == "" {
		o.RootName = "Braid Flow"
	}
	if o.SnapshotEvery <= 0 {
		o.SnapshotEvery = 1000
	}
	if o.FlowFileDelay <= 0 {
		o.FlowFileDelay = 500 * time.Millisecond
	}
}

// state is the flow at an index.
type state struct {
	flow  *flow.Flow
	index uint64
}

// Log is the log of one node. All methods may be called concurrently.
type Log struct {
	opts  Options
	fs    vfs.FS
	log   *slog.Logger
	files files
	lock  io.Closer
	// Set while opening:
	damage    error
	fileIndex uint64 // of the flow.json.gz that is there, 0 if it is not this flow's

	current atomic.Pointer[state]

	mu      sync.Mutex // guards what follows, and the order of appends
	segment vfs.File
	first   uint64 // index of the segment's first entry
	length  int64  // of the segment
	count   int    // entries in the segment
	broken  error
	recent  []Entry       // the newest entries, for Watch
	changed chan struct{} // closed and replaced at each append

	dirty chan struct{} // tells the writer that there is something to do
	stop  chan struct{}
	done  chan struct{}
}

const recentEntries = 1024

// Open reads the log, or starts one: from flow.json.gz if that exists, else with an empty root group. The log is
// locked against other processes until Close.
func Open(o Options) (*Log, error) {
	o.fill()
	if err := vfs.MakeDir(o.FS, o.Dir); err != nil {
		return nil, err
	}
	lock, err := o.FS.Lock(filepath.Join(o.Dir, lockName))
	if err != nil {
		return nil, fmt.Errorf("open flow log in %s: %w", o.Dir, err)
	}
	l := &Log{
		opts: o, fs: o.FS, log: o.Log, files: files{o.FS, o.Dir}, lock: lock, changed: make(chan struct{}),
		dirty: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{}),
	}
	if err := l.load(); err != nil {
		if l.segment != nil {
			err = errors.Join(err, l.segment.Close())
		}
		return nil, errors.Join(fmt.Errorf("open flow log in %s: %w", o.Dir, err), lock.Close())
	}
	go l.write()
	return l, nil
}

func (l *Log) load() error {
	r, err := l.recover()
	if err != nil {
		return err
	}
	var note *flow.ChangeSet
	switch {
	case l.damage != nil:
		if r, err = l.repair(r); err != nil {
			return err
		}
		note = &flow.ChangeSet{Message: fmt.Sprintf("repair of the flow log: %v", l.damage)}
	case r.index == 0:
		changes, err := l.beginning()
		if err != nil {
			return err
		}
		note = &flow.ChangeSet{Message: "start of the flow", Changes: changes}
	}
	l.current.Store(&state{r.flow, r.index})
	if r.segment != 0 {
		l.segment, err = l.fs.OpenFile(l.files.segment(r.segment), os.O_RDWR, 0)
		if err == nil {
			err = l.segment.Sync() // what a killed process had not synced counts from here on
		}
		if err != nil {
			return err
		}
		l.first, l.length, l.count = r.segment, r.length, r.count
	}
	if note != nil {
		_, err = l.Append(context.Background(), r.index, *note)
	}
	return err
}

// beginning is the first entry of a new log.
func (l *Log) beginning() ([]flow.Change, error) {
	f, _, err := l.readFlowFile()
	if err == nil {
		l.log.Info("the flow starts from flow.json.gz", "file", l.opts.FlowFile, "components", f.Len())
		return flow.Between(flow.Empty(), f), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", l.opts.FlowFile, err)
	}
	return []flow.Change{
		flow.Create(flow.NewController()), flow.Create(flow.NewProcessGroup(definition.NewID(rand.Text()), "", l.opts.RootName)),
	}, nil
}

// Current returns the flow and the index of the entry that made it. The flow never changes; a later call may return
// another one.
func (l *Log) Current() (*flow.Flow, uint64) {
	s := l.current.Load()
	return s.flow, s.index
}

// Append adds an edit if the log is still at expectIndex, and returns once it is on disk. The entry's edit is as every
// reader will see it, with When filled in. On any error but ErrBroken nothing has changed.
func (l *Log) Append(ctx context.Context, expectIndex uint64, edit flow.ChangeSet) (Entry, error) {
	if err := ctx.Err(); err != nil {
		return Entry{}, err
	}
	if edit.When.IsZero() {
		edit.When = l.opts.Clock.Now()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken != nil {
		return Entry{}, l.broken
	}
	now := l.current.Load()
	if now.index != expectIndex {
		return Entry{}, fmt.Errorf("%w (entry %d, not %d)", ErrConflict, now.index, expectIndex)
	}
	line, err := frame(entryMagic, Entry{now.index + 1, edit})
	if err != nil {
		return Entry{}, fmt.Errorf("write edit: %w", err)
	}
	e, err := decodeEntry(line) // apply what a replay will read, and keep nothing of the caller's
	if err != nil {
		return Entry{}, fmt.Errorf("write edit: %w", err)
	}
	next, _, err := now.flow.Apply(e.Edit)
	if err != nil {
		return Entry{}, err
	}
	if err := l.store(line, e.Index); err != nil {
		return Entry{}, err
	}
	l.current.Store(&state{next, e.Index})
	l.announce(e)
	return e, nil
}

// store writes a line to the segment, a new one if the old one is full. The caller holds mu.
func (l *Log) store(line []byte, index uint64) error {
	if l.segment == nil || l.count >= l.opts.SnapshotEvery {
		if err := l.rotate(index); err != nil {
			return fmt.Errorf("begin flow log segment: %w", err)
		}
	}
	if _, err := l.segment.WriteAt(line, l.length); err != nil {
		if e := l.segment.Truncate(l.length); e != nil {
			l.broken = fmt.Errorf("%w: %w", ErrBroken, e)
		}
		return fmt.Errorf("write flow log: %w", err)
	}
	if err := l.segment.Sync(); err != nil {
		l.broken = fmt.Errorf("%w: %w", ErrBroken, err)
		return l.broken
	}
	l.length += int64(len(line))
	l.count++
	return nil
}

func (l *Log) rotate(index uint64) error {
	f, err := vfs.Create(l.fs, l.files.segment(index))
	if err != nil {
		return err
	}
	if err := l.fs.SyncDir(l.files.dir); err != nil {
		return errors.Join(err, f.Close(), l.fs.Remove(l.files.segment(index)))
	}
	if l.segment != nil {
		if err := l.segment.Close(); err != nil {
			l.log.Warn("flow log segment was not closed", "error", err) // its entries are synced
		}
	}
	l.segment, l.first, l.length, l.count = f, index, 0, 0
	return nil
}

// announce wakes watchers and the writer. The caller holds mu.
func (l *Log) announce(e Entry) {
	if len(l.recent) >= 2*recentEntries {
		l.recent = append([]Entry(nil), l.recent[len(l.recent)-recentEntries:]...)
	}
	l.recent = append(l.recent, e)
	close(l.changed)
	l.changed = make(chan struct{})
	select {
	case l.dirty <- struct{}{}:
	default: // it is awake already
	}
}

// Close writes flow.json.gz, ends the watchers and unlocks the folder.
func (l *Log) Close() error {
	l.mu.Lock()
	if errors.Is(l.broken, ErrClosed) {
		l.mu.Unlock()
		return nil
	}
	l.broken = ErrClosed
	close(l.changed)
	l.changed = nil
	l.mu.Unlock()
	close(l.stop)
	<-l.done
	err := l.lock.Close()
	if l.segment != nil {
		err = errors.Join(l.segment.Close(), err)
	}
	return err
}

// Inverse returns the change set that takes back one entry, if nothing that it touched has changed since. Append
// AsEdit of it to undo.
func (l *Log) Inverse(index uint64) (flow.ChangeSet, error) {
	entries, err := l.Entries(index, index)
	if err != nil {
		return flow.ChangeSet{}, err
	}
	before, err := l.FlowAt(index - 1)
	if err != nil {
		return flow.ChangeSet{}, err
	}
	_, inverse, err := before.Apply(entries[0].Edit)
	return inverse, err
}

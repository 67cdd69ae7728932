package provenance

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/braidflow/braid/internal/clock"
	"github.com/braidflow/braid/internal/repo/flowfile"
	"github.com/braidflow/braid/internal/vfs"
)

// ErrClosed is returned for what comes after the end of Run.
var ErrClosed = errors.New("provenance repository is closed")

// ErrNotFound is returned for an event that is not (or no longer) in the repository.
var ErrNotFound = errors.New("provenance event not found: it may have been too old to keep")

// Options configures a repository. Only FS and Dir are required; zero means the default.
type Options struct {
	FS    vfs.FS
	Clock clock.Clock // default clock.Real
	Dir   string      // is created
	Log   *slog.Logger

	SegmentEvents int           // a segment is sealed at so many events; default 500,000
	SegmentBytes  int64         // or at so many bytes; default 100 MB
	RollAfter     time.Duration // or, with a fiftieth of that in it, after such a time; default 10 minutes
	FlushAfter    time.Duration // for so long events may stay out of the segments, when few come; default 5 s

	MaxAge   time.Duration // events may be dropped when they are older; default 30 days
	MaxBytes int64         // the oldest segments are dropped beyond; default 10 GB

	// IndexedAttributes can be searched fast, besides type, FlowFile, component, file name and relationship. Other
	// attributes can be searched too, by reading all events. At most 100.
	IndexedAttributes []string
}

func (o *Options) setDefaults() error {
	if len(o.IndexedAttributes) > 100 {
		return fmt.Errorf("%d indexed provenance attributes: choose at most 100", len(o.IndexedAttributes))
	}
	if o.Clock == nil {
		o.Clock = clock.Real
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	setDefault(&o.SegmentEvents, 500_000)
	setDefault(&o.SegmentBytes, 100<<20)
	setDefault(&o.RollAfter, 10*time.Minute)
	setDefault(&o.FlushAfter, 5*time.Second)
	setDefault(&o.MaxAge, 30*24*time.Hour)
	setDefault(&o.MaxBytes, 10<<30)
	return nil
}

func setDefault[T int | int64 | time.Duration](p *T, v T) {
	if *p <= 0 {
		*p = v
	}
}

// Repository stores and finds provenance events. Its methods may be called concurrently.
type Repository struct {
	opts    Options
	attrs   []string // indexed
	in      inbox
	flushes chan chan error
	sealed  chan *segment // full segments on their way to an index
	rebuild []*segment    // segments found without one by Open
	repairs chan *segment // segments whose index was found to be damaged
	stored  atomic.Uint64
	running atomic.Bool
	dirs    directories

	recovered uint64   // Stored after Open
	warned    sync.Map // ids at which damaged blocks start that were reported

	mu   sync.RWMutex // guards segs
	segs []*segment   // oldest first; the last one is being written. Never changed in place
}

// Open reads what is in the folder, cuts what a crash left unfinished, and prepares the next segment. The repository
// then answers searches; Run must be started for Append to be of use.
func Open(opts Options) (*Repository, error) {
	if err := opts.setDefaults(); err != nil {
		return nil, err
	}
	r := &Repository{
		opts: opts, attrs: indexedAttrs(opts.IndexedAttributes),
		flushes: make(chan chan error), sealed: make(chan *segment, 1), repairs: make(chan *segment, 1),
	}
	for _, a := range r.attrs {
		flowfile.Intern(a) // so that the index finds it by number
	}
	r.in.init()
	if err := r.recover(); err != nil {
		return nil, fmt.Errorf("open provenance repository %s: %w", opts.Dir, err)
	}
	return r, nil
}

// Append hands over the events of one commit: blob was made with AppendEvent in this process and is copied; pos is
// the log position behind the commit and must grow. A commit without events may be handed over too, so that Stored
// gets past it. Append blocks while too many bytes wait to be compressed. An error (ErrClosed, or that of a failed
// fsync) is final: the repository takes no more events before it is opened again.
func (r *Repository) Append(pos uint64, blob []byte) error { return r.in.put(pos, blob, nil) }

// Replay is Append for a blob that an earlier process made: names[n] is the text that had the number n there. What
// was stored already when the repository was opened is ignored. names must not be changed afterwards.
func (r *Repository) Replay(pos uint64, blob []byte, names []string) error {
	if pos <= r.recovered {
		return nil
	}
	if names == nil {
		names = []string{}
	}
	return r.in.put(pos, blob, names)
}

// Stored returns the log position up to which all events are durable in the segments. The log must keep what lies
// behind it.
func (r *Repository) Stored() uint64 { return r.stored.Load() }

// Flush waits until all that was appended before the call is stored and can be found. Run must be running.
func (r *Repository) Flush(ctx context.Context) error {
	done := make(chan error, 1)
	select {
	case r.flushes <- done:
	case <-r.in.gone:
		return r.in.failure()
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Run stores, seals, indexes and drops segments until ctx ends; then it stores what it has and returns. It may be
// called once. A failed fsync ends it with an error: the node must stop, because nobody knows what is on disk.
func (r *Repository) Run(ctx context.Context) error {
	if r.running.Swap(true) {
		return errors.New("provenance repository runs already")
	}
	var sealer sync.WaitGroup
	sealing, stop := context.WithCancel(ctx)
	sealer.Go(func() { r.runSealer(sealing) })
	err := r.runWriter(ctx)
	stop()
	sealer.Wait()
	return err
}

// Close releases memory and files. It must not be called before Run has returned or while a search is under way.
func (r *Repository) Close() error {
	r.in.close(ErrClosed)
	segs := r.segments()
	if live := segs[len(segs)-1].live.Load(); live != nil {
		return live.file.Close()
	}
	return nil
}

// segments returns the current segments, oldest first.
func (r *Repository) segments() []*segment {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.segs
}

func (r *Repository) addSegment(s *segment) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.segs = append(slices.Clip(r.segs), s)
}

// inbox holds what was appended until the writer takes it.
type inbox struct {
	wake chan struct{} // holds a token when there is something to take
	gone chan struct{} // closed when there will be no writer any more

	mu    sync.Mutex // guards what follows
	room  sync.Cond
	buf   []byte
	marks []mark
	last  uint64 // position appended last
	err   error
}

// mark says that a blob ends at buf[:end], and what its numbers mean (nil: as in this process).
type mark struct {
	end   int
	pos   uint64
	names []string
}

// inboxLimit is when Append begins to block, in bytes.
const inboxLimit = 8 << 20

func (in *inbox) init() {
	in.wake, in.gone = make(chan struct{}, 1), make(chan struct{})
	in.room.L = &in.mu
}

func (in *inbox) put(pos uint64, blob []byte, names []string) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	for len(in.buf) > inboxLimit && in.err == nil {
		in.room.Wait()
	}
	if in.err != nil || pos <= in.last {
		return in.err
	}
	in.buf, in.last = append(in.buf, blob...), pos
	if n := len(in.marks); n > 0 && len(blob) == 0 {
		in.marks[n-1].pos = pos // nothing to store: the position is all there is to it
	} else {
		in.marks = append(in.marks, mark{len(in.buf), pos, names})
	}
	select {
	case in.wake <- struct{}{}:
	default:
	}
	return nil
}

// take exchanges what was appended for two empty buffers.
func (in *inbox) take(buf []byte, marks []mark) ([]byte, []mark) {
	in.mu.Lock()
	defer in.mu.Unlock()
	buf, in.buf = in.buf, buf[:0]
	marks, in.marks = in.marks, marks[:0]
	in.room.Broadcast()
	return buf, marks
}

// close refuses all that comes from now on.
func (in *inbox) close(err error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.err == nil {
		in.err = err
	}
	in.room.Broadcast()
}

func (in *inbox) failure() error {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.err
}

// shrink gives back a large buffer that is not in use.
func (in *inbox) shrink() {
	in.mu.Lock()
	defer in.mu.Unlock()
	if len(in.buf) == 0 && cap(in.buf) > idleKeep {
		in.buf = nil
	}
}

package content

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/braidflow/braid/internal/clock"
	"github.com/braidflow/braid/internal/vfs"
)

// ErrFull means that the disk has no room for more content. Writing goes on by itself once there is room.
var ErrFull = errors.New("content repository is full: free some disk space, or shorten the archive")

// ErrGone means that a content is not kept any more (or never was).
var ErrGone = errors.New("content is not kept any more")

// ErrClosed means that a Writer, a Reader or the repository was used after it was closed.
var ErrClosed = errors.New("already closed")

// Defaults of [Options].
const (
	DefaultSegmentSize = 64 << 20
	DefaultLargeFrom   = 1 << 20
	DefaultSyncEvery   = 32 << 20
	DefaultMaxOpen     = 512
)

// DefaultArchive is what NiFi ships.
var DefaultArchive = Archive{Keep: 3 * time.Hour, MaxUsage: 90}

// Archive says how long content that no FlowFile refers to stays readable, for the viewing and the replay of
// provenance events.
type Archive struct {
	Keep     time.Duration // since the last reference ended (or since the restart, if that came later); 0 = no archive
	MaxUsage int           // percent of the disk in use above which the oldest archived content is deleted early; 0 = 90
}

// Options says where and how to keep content. A zero size means the default.
type Options struct {
	FS          vfs.FS
	Clock       clock.Clock
	Dir         string // made if it is not there
	SegmentSize int64  // of a shared file, in bytes, up to 1 GiB
	LargeFrom   int64  // a content of so many bytes gets a file of its own
	// SyncEvery makes the writer of a large content sync it each time so many bytes are written, so that
	// [Repository.Sync], for which all commits wait, finds little left to do. Negative = leave all to Sync.
	SyncEvery int64
	MaxOpen   int // open file handles that are kept
	Archive   Archive
	Log       *slog.Logger // nil = silent
}

// Repository keeps contents. All methods may be called concurrently, but see [Repository.Recover].
type Repository struct {
	o       Options
	log     *slog.Logger
	lock    io.Closer
	handles handles
	shared  space         // where appenders write
	aged    space         // where compaction puts what has outlived its segment
	bell    chan struct{} // wakes Run
	ready   atomic.Bool   // Done was called: nothing is deleted before

	mu       sync.RWMutex // guards segments, moved, inbound
	segments map[uint64]*segment
	moved    map[uint64]moves               // by the segment that was compacted
	inbound  map[uint64]map[uint64]struct{} // target segment -> segments whose moves lead there

	numMu    sync.Mutex // guards next, reserved
	next     uint64     // number of the next segment
	reserved uint64     // numbers below it were reserved on disk

	syncing  sync.Mutex // serializes Sync; held before dirtyMu
	unsynced atomic.Int64
	newNames atomic.Bool // files were made since the folder was synced
	dirtyMu  sync.Mutex  // guards dirty
	dirty    []*segment
	failed   atomic.Pointer[error] // of a sync: nothing may be promised any more

	full     atomic.Bool
	lastRoom atomic.Int64 // when the room was measured, Unix nanoseconds

	deadMu sync.Mutex // guards dead and segment.listed
	dead   []*segment // nobody refers to them, in the order of their death

	cleaning  sync.Mutex // serializes Clean; guards lastScan, keepAged
	lastScan  time.Time
	keepAged  bool // a redirect was unreadable: what it may have led to is set aside instead of deleted
	badMu     sync.Mutex
	bad       map[place]struct{} // contents that were found damaged; guarded by badMu
	strayRefs atomic.Int64
}

// Open takes the folder over (one process at a time) and reads what is there. The caller then names all claims that
// are in use by [Repository.Recover], and calls [Repository.Done].
func Open(o Options) (*Repository, error) {
	if err := o.setDefaults(); err != nil {
		return nil, err
	}
	r := &Repository{
		o: o, log: o.Log, bell: make(chan struct{}, 1),
		segments: map[uint64]*segment{}, moved: map[uint64]moves{}, inbound: map[uint64]map[uint64]struct{}{},
		bad: map[place]struct{}{},
	}
	r.handles = handles{r: r, max: o.MaxOpen}
	r.shared.r, r.aged.r, r.aged.kind = r, r, kindAged
	if err := vfs.MakeDir(o.FS, o.Dir); err != nil {
		return nil, err
	}
	lock, err := o.FS.Lock(r.path("lock"))
	if err != nil {
		return nil, fmt.Errorf("open content repository %s: %w", o.Dir, err)
	}
	r.lock = lock
	if err := r.scan(); err != nil {
		return nil, errors.Join(fmt.Errorf("open content repository %s: %w", o.Dir, err), lock.Close())
	}
	r.checkRoom()
	return r, nil
}

func (o *Options) setDefaults() error {
	def := func(v *int64, d int64) {
		if *v == 0 {
			*v = d
		}
	}
	def(&o.SegmentSize, DefaultSegmentSize)
	def(&o.LargeFrom, DefaultLargeFrom)
	def(&o.SyncEvery, DefaultSyncEvery)
	if o.MaxOpen == 0 {
		o.MaxOpen = DefaultMaxOpen
	}
	if o.Archive.MaxUsage == 0 {
		o.Archive.MaxUsage = DefaultArchive.MaxUsage
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.SegmentSize < 1 || o.SegmentSize > 1<<30 || o.LargeFrom < 1 {
		return fmt.Errorf("content segments of %d bytes, large from %d: choose sizes from 1 byte to 1 GiB",
			o.SegmentSize, o.LargeFrom)
	}
	o.LargeFrom = min(o.LargeFrom, o.SegmentSize)
	return nil
}

// Close ends the use of the folder. All appenders and readers must be closed; what was not synced may be lost if
// the machine stops.
func (r *Repository) Close() error {
	return errors.Join(r.handles.closeAll(), r.lock.Close())
}

// Stats is a snapshot of what the repository holds.
type Stats struct {
	Segments, Archived int   // files; those of them that no FlowFile refers to
	Contents           int64 // that are referred to
	LiveBytes, Bytes   int64 // of these contents; of all files
	Damaged            int   // contents that failed their checksum since the start
	UnknownReleases    int64 // releases of what nobody held: always 0 unless the caller miscounts
	Full               bool
}

// Stats counts; it takes a moment where there are many thousand segments.
func (r *Repository) Stats() Stats {
	st := Stats{Full: r.Full(), UnknownReleases: r.strayRefs.Load()}
	r.mu.RLock()
	st.Segments = len(r.segments)
	for _, s := range r.segments {
		st.Contents += s.live.Load()
		st.LiveBytes += s.liveBytes.Load()
		st.Bytes += s.size.Load()
		if s.live.Load() == 0 && s.holders.Load() == 0 {
			st.Archived++
		}
	}
	r.mu.RUnlock()
	r.badMu.Lock()
	st.Damaged = len(r.bad)
	r.badMu.Unlock()
	return st
}

package flowfile_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/braidflow/braid/internal/clock"
	"github.com/braidflow/braid/internal/repo/content"
	"github.com/braidflow/braid/internal/repo/flowfile"
	"github.com/braidflow/braid/internal/repo/wal"
	"github.com/braidflow/braid/internal/vfs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const dir = "/data/flowfile"

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newDisk(t testing.TB) *vfs.Mem {
	m := vfs.NewMem()
	check(t, m.MkdirAll("/data", 0o750))
	check(t, m.SyncDir("/"))
	return m
}

// seeds returns how many seeds a random test runs: n, or what BRAID_SEEDS says.
func seeds(t testing.TB, n uint64) uint64 {
	t.Helper()
	if v := os.Getenv("BRAID_SEEDS"); v != "" {
		more, err := strconv.ParseUint(v, 10, 64)
		check(t, err)
		return more
	}
	return n
}

// impatient is a clock whose timers fire at once.
type impatient struct{ clock.Clock }

func (impatient) NewTimer(time.Duration) clock.Timer { return clock.Real.NewTimer(0) }

func options(fsys vfs.FS) flowfile.Options {
	return flowfile.Options{FS: fsys, Dir: dir, SegmentSize: 16 << 10, Clock: impatient{clock.Real}}
}

func mustOpen(t testing.TB, o flowfile.Options) (*flowfile.Repository, *flowfile.Recovered) {
	t.Helper()
	r, rec, err := flowfile.Open(o)
	check(t, err)
	return r, rec
}

// event is a blob of events and the position of its commit.
type event struct {
	pos  wal.Position
	blob string
}

// model is what a repository must hold, kept by a test beside it: the state after each commit as text.
type model struct {
	rng    *rand.Rand
	queues []uint32

	live  map[uint64]*flowfile.FlowFile
	where map[uint64]uint32
	swaps map[string]flowfile.SwapFile
	swapd map[string][]*flowfile.FlowFile
	meta  []string

	mu     sync.Mutex // guards what follows
	states map[wal.Position]string
	last   wal.Position
	acked  wal.Position
	events []event
	stored wal.Position // up to here the events are safe elsewhere
}

func newModel(rng *rand.Rand) *model {
	m := &model{
		rng: rng, live: map[uint64]*flowfile.FlowFile{}, where: map[uint64]uint32{},
		swaps: map[string]flowfile.SwapFile{}, swapd: map[string][]*flowfile.FlowFile{}, states: map[wal.Position]string{},
	}
	for i := range 4 {
		m.queues = append(m.queues, flowfile.Number(fmt.Sprintf("connection-%d", i)))
	}
	m.states[0] = m.text()
	return m
}

// text is the state in a form to compare.
func (m *model) text() string {
	queues := map[uint32][]*flowfile.FlowFile{}
	for id, ff := range m.live {
		queues[m.where[id]] = append(queues[m.where[id]], ff)
	}
	swaps := map[string][]*flowfile.FlowFile{}
	for name := range m.swaps {
		swaps[name] = m.swapd[name]
	}
	return text(queues, m.swaps, swaps, m.meta)
}

func text(queues map[uint32][]*flowfile.FlowFile, files map[string]flowfile.SwapFile,
	swapped map[string][]*flowfile.FlowFile, meta []string,
) string {
	var b strings.Builder
	for _, q := range slices.Sorted(maps.Keys(queues)) {
		if len(queues[q]) == 0 {
			continue
		}
		fmt.Fprintf(&b, "queue %s\n", flowfile.NameOf(q))
		ffs := slices.SortedFunc(slices.Values(queues[q]), func(a, b *flowfile.FlowFile) int { return int(a.ID) - int(b.ID) })
		for _, ff := range ffs {
			b.WriteString(describe(ff))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(&b, "swap %+v\n", files[name])
		for _, ff := range swapped[name] {
			b.WriteString(describe(ff))
		}
	}
	fmt.Fprintln(&b, meta)
	return b.String()
}

func describe(ff *flowfile.FlowFile) string {
	attrs := maps.Collect(ff.Attrs.All())
	return fmt.Sprintf(" %d %s %d %d %d %d %v %v\n", ff.ID, ff.UUID, ff.Entry, ff.Lineage, ff.Queued, ff.Penalty, ff.Claim, attrs)
}

func (m *model) queue() uint32 { return m.queues[m.rng.IntN(len(m.queues))] }

func (m *model) any() *flowfile.FlowFile {
	if len(m.live) == 0 {
		return nil
	}
	ids := slices.Sorted(maps.Keys(m.live))
	return m.live[ids[m.rng.IntN(len(ids))]]
}

func (m *model) put(ff *flowfile.FlowFile, queue uint32) {
	m.live[ff.ID], m.where[ff.ID] = ff, queue
}

func (m *model) newFlowFile(id uint64) *flowfile.FlowFile {
	now := 1_760_000_000_000 + m.rng.Int64N(100_000)
	ff := &flowfile.FlowFile{ID: id, Entry: now - m.rng.Int64N(100), Lineage: now - m.rng.Int64N(1e6), Queued: now}
	for i := range ff.UUID {
		ff.UUID[i] = byte(m.rng.Uint32())
	}
	attrs := map[string]string{}
	for range m.rng.IntN(8) {
		attrs[fmt.Sprintf("name-%d", m.rng.IntN(20))] = strings.Repeat("v", m.rng.IntN(30))
	}
	ff.Attrs = flowfile.MakeAttrs(attrs)
	if m.rng.IntN(2) == 0 {
		ff.Claim = m.claim()
	}
	if m.rng.IntN(4) == 0 {
		ff.Penalty = now + 30_000
	}
	return ff
}

func (m *model) claim() content.Claim {
	return content.Claim{Segment: m.rng.Uint64N(100) + 1, Offset: m.rng.Int64N(1 << 30), Length: m.rng.Int64N(1 << 20), Sum: m.rng.Uint32()}
}

func (m *model) changed(old *flowfile.FlowFile) *flowfile.FlowFile {
	ff := *old
	ff.Queued += m.rng.Int64N(1000)
	if m.rng.IntN(2) == 0 {
		name := fmt.Sprintf("name-%d", m.rng.IntN(20))
		ff.Attrs = ff.Attrs.With(nil, flowfile.Attr{Name: name, Value: strconv.Itoa(m.rng.IntN(1000))})
	}
	if m.rng.IntN(3) == 0 {
		drop := fmt.Sprintf("name-%d", m.rng.IntN(20))
		ff.Attrs = ff.Attrs.Without(nil, func(n string) bool { return n == drop })
	}
	switch m.rng.IntN(6) {
	case 0:
		ff.Claim = m.claim()
	case 1:
		ff.Claim = content.Claim{}
	case 2:
		ff.Penalty = ff.Queued + 5
	case 3:
		ff.Penalty = 0
	case 4:
		ff.Entry, ff.Lineage = ff.Entry-1, ff.Lineage-2
	case 5:
		ff.Attrs = m.newFlowFile(0).Attrs
	}
	return &ff
}

// commit makes a random commit.
func (m *model) commit(r *flowfile.Repository) error {
	var b flowfile.Batch
	for range 1 + m.rng.IntN(6) {
		if err := m.change(r, &b); err != nil {
			return err
		}
	}
	for range m.rng.IntN(3) {
		b.Events([]byte(fmt.Sprintf("event-%d", m.rng.Uint64())))
	}
	return m.finish(r, &b)
}

func (m *model) change(r *flowfile.Repository, b *flowfile.Batch) error {
	ff := m.any()
	switch op := m.rng.IntN(12); {
	case op < 5 || ff == nil:
		ff, q := m.newFlowFile(r.NextIDs(1)), m.queue()
		b.Create(ff, q)
		m.put(ff, q)
	case op < 7:
		to, q := m.changed(ff), m.queue()
		b.Update(ff, to, q)
		m.put(to, q)
	case op < 8:
		to, q := *ff, m.queue()
		to.Queued, to.Penalty = ff.Queued+7, 0
		b.Move(&to, q)
		m.put(&to, q)
	case op < 9:
		b.Delete(ff)
		delete(m.live, ff.ID)
	case op < 10:
		blob := fmt.Sprint("state-", m.rng.IntN(1000))
		b.Meta('s', []byte(blob))
		m.meta = append(m.meta, blob)
	default:
		return m.swap(r, b)
	}
	return nil
}

func (m *model) swap(r *flowfile.Repository, b *flowfile.Batch) error {
	if names := slices.Sorted(maps.Keys(m.swaps)); len(names) > 2 {
		f := m.swaps[names[0]]
		delete(m.swaps, f.Name)
		if m.rng.IntN(4) == 0 {
			b.SwapDrop(f)
			return nil
		}
		ffs, err := r.ReadSwap(f)
		if err != nil {
			return err
		}
		b.SwapIn(f)
		for _, ff := range ffs {
			m.put(ff, f.Queue)
		}
		return nil
	}
	q := m.queue()
	var ffs []*flowfile.FlowFile
	for _, id := range slices.Sorted(maps.Keys(m.live)) {
		if m.where[id] == q {
			ffs = append(ffs, m.live[id])
		}
	}
	f, err := r.WriteSwap(q, ffs)
	if err != nil {
		return err
	}
	b.SwapOut(f, ffs)
	m.swaps[f.Name], m.swapd[f.Name] = f, ffs
	for _, ff := range ffs {
		delete(m.live, ff.ID)
	}
	return nil
}

// finish commits and notes the state; the lock keeps a crash from looking in between.
func (m *model) finish(r *flowfile.Repository, b *flowfile.Batch, events ...string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	blobs := append(events, b.EventBlobs()...)
	for {
		pos, err := r.Commit(b)
		if errors.Is(err, wal.ErrFull) {
			continue
		}
		if err != nil {
			return err
		}
		m.states[pos], m.last = m.text(), pos
		for _, e := range blobs {
			m.events = append(m.events, event{pos, e})
		}
		return nil
	}
}

func (m *model) wait(r *flowfile.Repository) error {
	if err := r.Wait(context.Background(), m.last); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.acked = max(m.acked, m.last)
	return nil
}

// snapshot writes the state; then the events of the past are safe in part.
func (m *model) snapshot(r *flowfile.Repository) error {
	return r.WriteSnapshot(context.Background(), flowfile.Snapshot{
		At: r.Position(),
		Live: func(yield func(uint32, *flowfile.FlowFile) bool) {
			for id, ff := range m.live {
				if !yield(m.where[id], ff) {
					return
				}
			}
		},
		Swaps: maps.Values(m.swaps),
		Meta: func(yield func(flowfile.Meta) bool) {
			for _, blob := range m.meta {
				if !yield(flowfile.Meta{Kind: 's', Blob: []byte(blob)}) {
					return
				}
			}
		},
	})
}

// options are those of the model's repository on a disk, with events noted in got.
func (m *model) options(fsys vfs.FS, got *[]event) flowfile.Options {
	o := options(fsys)
	o.Events = func(pos wal.Position, blob []byte) error {
		if got != nil {
			*got = append(*got, event{pos, string(blob)})
		}
		return nil
	}
	o.RetainFrom = func() wal.Position { return m.stored }
	return o
}

// verify recovers a disk and compares: a state after a whole commit, not older than the last that was acknowledged,
// with all events that are not stored elsewhere.
func (m *model) verify(fsys vfs.FS) (err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var got []event
	r, rec, err := flowfile.Open(m.options(fsys, &got))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	at := wal.Position(0)
	for pos := range m.states {
		if pos <= rec.Position {
			at = max(at, pos)
		}
	}
	if at < m.acked {
		return fmt.Errorf("recovered up to %d, acknowledged was %d", at, m.acked)
	}
	state, err := recoveredText(r, rec)
	if err != nil {
		return err
	}
	if state != m.states[at] {
		return fmt.Errorf("state at %d:\n%s\nwant:\n%s", at, state, m.states[at])
	}
	want := slices.DeleteFunc(slices.Clone(m.events), func(e event) bool { return e.pos > at || e.pos <= m.stored })
	got = slices.DeleteFunc(got, func(e event) bool { return e.pos <= m.stored })
	if !slices.Equal(got, want) {
		return fmt.Errorf("events: %d recovered, want %d", len(got), len(want))
	}
	return nil
}

func recoveredText(r *flowfile.Repository, rec *flowfile.Recovered) (string, error) {
	files, swapped := map[string]flowfile.SwapFile{}, map[string][]*flowfile.FlowFile{}
	highest := uint64(0)
	for _, list := range rec.Swaps {
		for _, f := range list {
			ffs, err := r.ReadSwap(f)
			if err != nil {
				return "", err
			}
			files[f.Name], swapped[f.Name] = f, ffs
			highest = max(highest, f.MaxID)
		}
	}
	for _, ffs := range rec.Queues {
		if !slices.IsSortedFunc(ffs, func(a, b *flowfile.FlowFile) int { return int(a.Queued - b.Queued) }) {
			return "", errors.New("a queue is out of order")
		}
		for _, ff := range ffs {
			highest = max(highest, ff.ID)
		}
	}
	if next := r.NextIDs(1); next <= highest {
		return "", fmt.Errorf("id %d was given out again", next)
	}
	var meta []string
	for _, e := range rec.Meta {
		meta = append(meta, string(e.Blob))
	}
	return text(rec.Queues, files, swapped, meta), nil
}

package provenance_test

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braidflow/braid/internal/clock"
	"github.com/braidflow/braid/internal/repo/flowfile"
	"github.com/braidflow/braid/internal/repo/provenance"
	"github.com/braidflow/braid/internal/vfs"
)

// history is what a FlowFile log would hold: the blobs of commits at positions 1, 2, ...
type history struct {
	blobs [][]byte
	all   model
}

func newHistory(t testing.TB, g *generator, commits, events int) *history {
	h := &history{}
	for range commits {
		h.add(t, g, g.IntN(events))
	}
	return h
}

func (h *history) add(t testing.TB, g *generator, events int) {
	var blob []byte
	for range events {
		e := g.event()
		blob = provenance.AppendEvent(blob, &e)
	}
	h.blobs = append(h.blobs, blob)
	h.all = h.all.with(t, blob, flowfile.Names())
}

// replay hands over what is not stored, as an engine does after a restart, and waits until it is.
func (h *history) replay(r *running) error {
	for pos := r.Stored() + 1; pos <= uint64(len(h.blobs)); pos++ {
		if err := r.Append(pos, h.blobs[pos-1]); err != nil {
			return err
		}
	}
	return r.Flush(r.t.Context())
}

// check compares all stored events with the history, and the index with them.
func (h *history) check(t *testing.T, r *running) {
	t.Helper()
	res, err := r.Search(t.Context(), provenance.Query{Max: len(h.all) + 1, OldestFirst: true})
	if err != nil || len(res.Events) != len(h.all) || res.Damaged > 0 {
		t.Fatalf("%d events, %d damaged, %v; want %d events", len(res.Events), res.Damaged, err, len(h.all))
	}
	for i, e := range res.Events {
		if !reflect.DeepEqual(e, &h.all[i].Record) {
			t.Fatalf("event %d = %+v, want %+v", i, e, h.all[i].Record)
		}
	}
	for i := 0; i < len(h.all); i += 1 + len(h.all)/10 {
		h.all.compare(t, r, provenance.Query{Max: 1000, Terms: []provenance.Term{
			{Field: provenance.FieldFlowFileUUID, Value: h.all[i].UUID.String()},
			{Field: provenance.FieldComponentID, Value: h.all[i].ComponentID.String()},
		}})
	}
}

// crash is the disk after a loss of power, and what had been promised by then.
type crash struct {
	disk   *vfs.Mem
	stored uint64
}

// crashes runs a repository over a disk and returns a clone for each sync.
func (h *history) crashes(t *testing.T, disk *vfs.Mem, opts provenance.Options, rng *rand.Rand) []crash {
	var mu sync.Mutex
	var all []crash
	var repo atomic.Pointer[running]
	disk.OnSync(func(vfs.Op, string) {
		mu.Lock()
		defer mu.Unlock()
		c := crash{}
		if r := repo.Load(); r != nil {
			c.stored = r.Stored()
		}
		c.disk = disk.CrashClone(rng, rng.Float64())
		all = append(all, c)
	})
	opts.FS = disk
	r := start(t, opts)
	repo.Store(r)
	if err := h.replay(r); err != nil {
		t.Fatal(err)
	}
	r.close()
	disk.OnSync(nil)
	return all
}

func TestRepository_LosesNothingInACrash(t *testing.T) {
	rng := random(t)
	opts := provenance.Options{Dir: "prov", SegmentEvents: 150, Log: slog.New(slog.DiscardHandler)}
	for round := range 2 * *rounds {
		g := newGenerator(rng)
		h := newHistory(t, g, 40, 60)
		if round%2 == 1 { // with a commit that is larger than a block
			h = newHistory(t, g, 2, 40)
			g.details = strings.Repeat("long ", 1500)
			h.add(t, g, 200)
			g.details = ""
			h.add(t, g, 3)
		}
		for i, c := range h.crashes(t, vfs.NewMem(), opts, rng) {
			opts := opts
			if rng.IntN(10) == 0 { // and again while it recovers
				later := h.crashes(t, c.disk, opts, rng)
				c = later[rng.IntN(len(later))]
			}
			opts.FS = c.disk
			r := start(t, opts)
			if r.Stored() < c.stored {
				t.Fatalf("crash %d: Stored = %d after the restart, %d was promised", i, r.Stored(), c.stored)
			}
			if err := h.replay(r); err != nil {
				t.Fatal(err)
			}
			h.check(t, r)
			r.close()
		}
	}
}

func TestRepository_StartsWithTheEndCutAnywhere(t *testing.T) {
	rng := random(t)
	h := newHistory(t, newGenerator(rng), 3, 4)
	disk := vfs.NewMem()
	opts := provenance.Options{FS: disk, Dir: "prov", Log: slog.New(slog.DiscardHandler)}
	r := start(t, opts)
	for pos := range h.blobs { // a block each
		if err := errors.Join(r.Append(uint64(pos+1), h.blobs[pos]), r.Flush(t.Context())); err != nil {
			t.Fatal(err)
		}
	}
	r.close()
	name := filepath.Join("prov", "00000000000000000000.events")
	whole, err := vfs.ReadFile(disk, name)
	if err != nil {
		t.Fatal(err)
	}
	for n := range len(whole) {
		opts.FS = vfs.NewMem()
		if err := vfs.MakeDir(opts.FS, "prov"); err != nil {
			t.Fatal(err)
		}
		write(t, opts.FS, name, whole[:n])
		r := start(t, opts)
		if err := h.replay(r); err != nil {
			t.Fatal(err)
		}
		h.check(t, r)
		r.close()
	}
}

func write(t *testing.T, fsys vfs.FS, name string, data []byte) {
	t.Helper()
	f, err := vfs.Create(fsys, name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// warnings counts log records at WARN and above.
type warnings struct {
	slog.Handler
	n *atomic.Int64
}

func (w warnings) Enabled(context.Context, slog.Level) bool { return true }

func (w warnings) Handle(_ context.Context, r slog.Record) error {
	if r.Level >= slog.LevelWarn {
		w.n.Add(1)
	}
	return nil
}

func TestRepository_NeverServesAFlippedBit(t *testing.T) {
	rng := random(t)
	h := newHistory(t, newGenerator(rng), 60, 40)
	disk := vfs.NewMem()
	opts := provenance.Options{FS: disk, Dir: "prov", SegmentEvents: 200, Log: slog.New(slog.DiscardHandler)}
	r := start(t, opts)
	if err := h.replay(r); err != nil {
		t.Fatal(err)
	}
	r.close()
	start(t, opts).close() // so that the last segment gets its index
	files, err := disk.ReadDir("prov")
	if err != nil {
		t.Fatal(err)
	}
	answers := map[provenance.Term][]uint64{}
	for i := 0; i < len(h.all); i += 7 {
		for _, term := range []provenance.Term{
			{Field: provenance.FieldFlowFileUUID, Value: h.all[i].UUID.String()},
			{Field: provenance.FieldComponentID, Value: h.all[i].ComponentID.String()},
			{Field: provenance.FieldEventType, Value: h.all[i].Type.String()},
		} {
			if answers[term] == nil {
				answers[term] = h.all.search(provenance.Query{Terms: []provenance.Term{term}})
			}
		}
	}
	for range 40 * *rounds {
		opts.FS = disk.CrashClone(rng, 1)
		name := filepath.Join("prov", files[rng.IntN(len(files))].Name())
		data, err := vfs.ReadFile(opts.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		bit := rng.IntN(8 * len(data))
		if strings.HasSuffix(name, ".index") && rng.IntN(2) == 0 { // lists and directory are at the end
			bit = 8*len(data) - 1 - rng.IntN(2*len(data))
		}
		data[bit/8] ^= 1 << (bit % 8)
		write(t, opts.FS, name, data)
		h.checkFlipped(t, opts, name, answers)
	}
}

// checkFlipped accepts that events are missing only with a warning, and no wrong ones at all.
func (h *history) checkFlipped(t *testing.T, opts provenance.Options, name string, answers map[provenance.Term][]uint64) {
	t.Helper()
	var warned atomic.Int64
	opts.Log = slog.New(warnings{slog.DiscardHandler, &warned})
	r := start(t, opts)
	defer r.close()
	res, err := r.Search(t.Context(), provenance.Query{Max: len(h.all) + 1, OldestFirst: true})
	if err != nil {
		t.Fatal(err)
	}
	have := map[uint64]bool{}
	for _, e := range res.Events {
		have[e.ID] = true
		if !reflect.DeepEqual(e, &h.all[e.ID].Record) {
			t.Fatalf("%s: event %d = %+v, want %+v", name, e.ID, e, h.all[e.ID])
		}
	}
	for term, want := range answers {
		res, err := r.Search(t.Context(), provenance.Query{Max: 5000, Terms: []provenance.Term{term}})
		if err != nil {
			t.Fatal(err)
		}
		want = slices.DeleteFunc(slices.Clone(want), func(id uint64) bool { return !have[id] })
		if got := ids(res.Events); !slices.Equal(got, want) {
			t.Fatalf("%s: %v: got %v, want %v", name, term, got, want)
		}
	}
	if len(have) < len(h.all) && warned.Load() == 0 {
		t.Fatalf("%s: %d events are missing without a warning", name, len(h.all)-len(have))
	}
}

func TestRepository_DamageInTheLastSegmentCostsOneBlock(t *testing.T) {
	h := newHistory(t, newGenerator(random(t)), 0, 0)
	disk := vfs.NewMem()
	opts := provenance.Options{FS: disk, Dir: "prov", Log: slog.New(slog.DiscardHandler)}
	r := start(t, opts)
	g := newGenerator(random(t))
	for pos := uint64(1); pos <= 3; pos++ { // three blocks of ten events, each synced
		h.add(t, g, 10)
		if err := errors.Join(r.Append(pos, h.blobs[pos-1]), r.Flush(t.Context())); err != nil {
			t.Fatal(err)
		}
	}
	r.close()
	name := filepath.Join("prov", "00000000000000000000.events")
	data, err := vfs.ReadFile(disk, name)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	write(t, disk, name, data)
	r = start(t, opts)
	res, err := r.Search(t.Context(), provenance.Query{})
	if n := len(res.Events); err != nil || n != 20 || r.Stored() != 3 {
		t.Fatalf("%d events, Stored = %d, %v; want 20 and 3", n, r.Stored(), err)
	}
	for _, e := range res.Events {
		if !reflect.DeepEqual(e, &h.all[e.ID].Record) {
			t.Errorf("event %d = %+v, want %+v", e.ID, e, h.all[e.ID].Record)
		}
	}
}

func TestRepository_SurvivesEveryFailedCall(t *testing.T) {
	rng := random(t)
	h := newHistory(t, newGenerator(rng), 20, 40)
	opts := provenance.Options{Dir: "prov", SegmentEvents: 100, Log: slog.New(slog.DiscardHandler)}
	for n := 1; ; n++ {
		disk := vfs.NewMem()
		fault := vfs.NewFault(disk, vfs.FailNth(n, errors.New("injected")))
		stored := h.runFailing(t, fault, opts)
		after := opts
		after.FS = disk.CrashClone(rng, rng.Float64())
		r := start(t, after)
		if r.Stored() < stored {
			t.Fatalf("call %d fails: Stored = %d after the restart, %d was promised", n, r.Stored(), stored)
		}
		if err := h.replay(r); err != nil {
			t.Fatal(err)
		}
		h.check(t, r)
		r.close()
		if fault.Calls() < n {
			return
		}
	}
}

// runFailing runs a repository on a disk that fails, with a clock that hurries, and returns what it promised.
func (h *history) runFailing(t *testing.T, disk vfs.FS, opts provenance.Options) uint64 {
	clk := clock.NewFake(time.UnixMilli(epoch))
	opts.FS, opts.Clock = disk, clk
	repo, err := provenance.Open(opts)
	if err != nil {
		return 0
	}
	ctx, stop := context.WithCancel(t.Context())
	done, fed := make(chan error, 1), make(chan error, 1)
	go func() { done <- repo.Run(ctx) }()
	go func() { fed <- h.replay(&running{Repository: repo, t: t}) }()
	for waiting := true; waiting; {
		select {
		case <-fed: // an error is that of a failed sync: the node would stop
			waiting = false
		default:
			clk.Advance(time.Second) // a write is tried again
		}
	}
	stored := repo.Stored()
	stop()
	<-done
	_ = repo.Close() // may be the call that fails
	return stored
}

func TestRepository_WaitsForRoomOnTheDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var full atomic.Bool
		disk := vfs.NewFault(vfs.NewMem(), vfs.FailOps(&full, errors.New("no space"), vfs.OpWrite))
		h := newHistory(t, newGenerator(random(t)), 50, 40)
		r := start(t, provenance.Options{FS: disk, Dir: "prov", Clock: clock.Real, SegmentEvents: 300})
		full.Store(true)
		time.AfterFunc(time.Minute, func() { full.Store(false) }) // the bubble's time
		if err := h.replay(r); err != nil {
			t.Fatal(err)
		}
		h.check(t, r)
		r.close()
	})
}

func TestAppend_BlocksAndEndsWithTheRepository(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		repo, err := provenance.Open(provenance.Options{FS: vfs.NewMem(), Dir: "prov"})
		if err != nil {
			t.Fatal(err)
		}
		e := benchEvent()
		blob := provenance.AppendEvent(nil, &e)
		var n atomic.Int64
		done := make(chan error)
		go func() {
			for {
				if err := repo.Append(uint64(n.Add(1)), blob); err != nil {
					done <- err
					return
				}
			}
		}()
		synctest.Wait()
		if bytes := int(n.Load()) * len(blob); bytes < 1<<20 || bytes > 16<<20 {
			t.Errorf("blocked at %d bytes", bytes)
		}
		if err := repo.Close(); err != nil {
			t.Fatal(err)
		}
		if err := <-done; !errors.Is(err, provenance.ErrClosed) {
			t.Errorf("error = %v, want ErrClosed", err)
		}
	})
}

func TestRun_FailedSyncIsFinal(t *testing.T) {
	var broken atomic.Bool
	disk := vfs.NewFault(vfs.NewMem(), vfs.FailOps(&broken, errors.New("io error"), vfs.OpSync))
	repo, err := provenance.Open(provenance.Options{FS: disk, Dir: "prov"})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- repo.Run(t.Context()) }()
	broken.Store(true)
	e := benchEvent()
	blob := provenance.AppendEvent(nil, &e)
	if err := repo.Append(9, blob); err != nil {
		t.Fatal(err)
	}
	if err := repo.Flush(t.Context()); err == nil {
		t.Error("Flush succeeded")
	}
	broken.Store(false)
	if err := <-done; err == nil || !strings.Contains(err.Error(), "sync provenance segment") {
		t.Errorf("Run = %v", err)
	}
	if err := repo.Append(10, blob); err == nil || repo.Stored() != 0 {
		t.Errorf("Append = %v, Stored = %d", err, repo.Stored())
	}
	if err := repo.Close(); err != nil {
		t.Error(err)
	}
}

func TestRetention_DropsWholeSegments(t *testing.T) {
	clk := clock.NewFake(time.UnixMilli(epoch))
	dir := t.TempDir()
	opts := provenance.Options{Dir: dir, Clock: clk, SegmentEvents: 100, MaxBytes: 60_000, MaxAge: 24 * time.Hour}
	r := start(t, opts)
	g := newGenerator(random(t))
	h := newHistory(t, g, 100, 40)
	searching, stop := context.WithCancel(t.Context())
	var searches sync.WaitGroup
	searches.Go(func() { // while segments go
		for searching.Err() == nil {
			if _, err := r.Search(t.Context(), provenance.Query{Terms: []provenance.Term{{Field: "other", Value: "*1"}}}); err != nil {
				t.Error(err)
			}
		}
	})
	if err := h.replay(r); err != nil {
		t.Fatal(err)
	}
	stop()
	searches.Wait()
	if n := size(t, dir, "events") + size(t, dir, "index"); n > 100_000 {
		t.Errorf("%d bytes are kept", n)
	}
	res, err := r.Search(t.Context(), provenance.Query{Max: len(h.all)})
	if n := len(res.Events); err != nil || n == 0 || n == len(h.all) || res.Events[0].ID != uint64(len(h.all)-1) {
		t.Errorf("%d of %d events, %v", n, len(h.all), err)
	}
	if _, err := r.Event(t.Context(), 0); !errors.Is(err, provenance.ErrNotFound) {
		t.Errorf("the oldest event: %v, want ErrNotFound", err)
	}
	clk.Advance(25 * time.Hour) // all are too old, those in the open segment too
	for left := 1; left > 0; {  // the writer looks when its timer wins
		clk.Advance(time.Minute)
		r.flush()
		res, err := r.Search(t.Context(), provenance.Query{})
		if err != nil {
			t.Fatal(err)
		}
		left = len(res.Events)
	}
	stored := r.Stored()
	r.close()
	r = start(t, opts)
	if r.Stored() != stored {
		t.Errorf("Stored = %d after a restart with an empty repository, want %d", r.Stored(), stored)
	}
}

func TestOpen_MakesAMissingIndexAgain(t *testing.T) {
	dir := t.TempDir()
	opts := provenance.Options{Dir: dir, SegmentEvents: 100}
	h := newHistory(t, newGenerator(random(t)), 30, 40)
	r := start(t, opts)
	if err := h.replay(r); err != nil {
		t.Fatal(err)
	}
	var indexes []string
	for len(indexes) == 0 { // they are made in the background
		indexes, _ = filepath.Glob(filepath.Join(dir, "*.index")) // the pattern is right
	}
	r.close()
	for _, name := range indexes {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	r = start(t, opts)
	h.check(t, r)
	for _, name := range indexes {
		for _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist); _, err = os.Stat(name) {
			h.check(t, r) // it is made in the background
		}
	}
	h.check(t, r)
}

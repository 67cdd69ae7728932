package provenance_test

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/braidflow/braid/internal/clock"
	"github.com/braidflow/braid/internal/repo/flowfile"
	"github.com/braidflow/braid/internal/repo/provenance"
	"github.com/braidflow/braid/internal/vfs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// running is a repository whose Run is stopped when the test ends.
type running struct {
	*provenance.Repository
	t    testing.TB
	stop context.CancelFunc
	done chan error
}

func start(t testing.TB, opts provenance.Options) *running {
	t.Helper()
	if opts.FS == nil {
		opts.FS = vfs.OS
	}
	if opts.Clock == nil {
		opts.Clock = clock.NewFake(time.UnixMilli(epoch))
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	}
	repo, err := provenance.Open(opts)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{Repository: repo, t: t, stop: cancel, done: make(chan error, 1)}
	go func() { r.done <- repo.Run(ctx) }()
	t.Cleanup(r.close)
	return r
}

func (r *running) close() {
	if r.stop == nil {
		return
	}
	r.stop()
	r.stop = nil
	if err := <-r.done; err != nil {
		r.t.Errorf("Run: %v", err)
	}
	if err := r.Close(); err != nil {
		r.t.Errorf("Close: %v", err)
	}
}

func (r *running) flush() {
	r.t.Helper()
	if err := r.Flush(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}

func TestRepository_FindsWhatWasAppended(t *testing.T) {
	dir := t.TempDir()
	r := start(t, provenance.Options{Dir: dir})
	rng := rand.New(rand.NewPCG(1, 2))
	g := newGenerator(rng)
	var blob []byte
	for range 10 {
		e := g.event()
		blob = provenance.AppendEvent(blob, &e)
	}
	want, err := provenance.Decode(blob, flowfile.Names(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Append(77, blob); err != nil {
		t.Fatal(err)
	}
	r.flush()
	if r.Stored() != 77 {
		t.Errorf("Stored = %d, want 77", r.Stored())
	}
	check := func(r *running) {
		t.Helper()
		for i := range want {
			e, err := r.Event(t.Context(), uint64(i))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(e, &want[i]) {
				t.Errorf("event %d = %v, want %v", i, e, &want[i])
			}
		}
	}
	check(r)
	r.close()
	r = start(t, provenance.Options{Dir: dir})
	check(r)
	if r.Stored() != 77 {
		t.Errorf("Stored after a restart = %d, want 77", r.Stored())
	}
}

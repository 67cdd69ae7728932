package bench

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/braidflow/braid/internal/repo/flowfile"
	"github.com/braidflow/braid/internal/repo/provenance"
	"github.com/braidflow/braid/internal/vfs"
)

const provenanceFlowFiles = 2_000_000 // with five events each

// Provenance measures storing and indexing events, and finding those of one FlowFile among ten million.
func (s *Suite) Provenance(ctx context.Context) error {
	dir, remove, err := s.temp("provenance")
	if err != nil {
		return err
	}
	defer remove()
	repo, err := provenance.Open(provenance.Options{FS: vfs.OS, Dir: filepath.Join(dir, "provenance")})
	if err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- repo.Run(running) }()
	wanted, err := s.storeEvents(ctx, repo)
	if err == nil {
		err = s.findEvents(ctx, repo, wanted)
	}
	stop()
	if rerr := <-done; err == nil {
		err = rerr
	}
	if cerr := repo.Close(); err == nil {
		err = cerr
	}
	return err
}

// storeEvents appends ten million events in commits of 100 FlowFiles and returns some of the UUIDs.
func (s *Suite) storeEvents(ctx context.Context, repo *provenance.Repository) ([]flowfile.UUID, error) {
	var wanted []flowfile.UUID
	component, typ := provenance.MakeName("component"), provenance.MakeName("UpdateAttribute")
	types := []provenance.Type{provenance.Create, provenance.AttributesModified, provenance.Route, provenance.Send, provenance.Drop}
	before := flowfile.MakeAttrs(map[string]string{"color": "red", "path": "in/", "kind": "test"})
	var mem flowfile.Arena
	start, pos := time.Now(), uint64(0)
	now := start.UnixMilli() // old events would be dropped
	var blob []byte
	for i := range provenanceFlowFiles {
		id := flowfile.NewUUID()
		if i%(provenanceFlowFiles/200) == 7 {
			wanted = append(wanted, id)
		}
		after := before.With(&mem, flowfile.Attr{Name: "filename", Value: fmt.Sprint("file-", i)})
		for n, t := range types {
			e := provenance.Event{Type: t, Time: now + int64(n), Lineage: now, UUID: id, ComponentID: component, ComponentType: typ, Attrs: before, Updated: after}
			blob = provenance.AppendEvent(blob, &e)
		}
		if i%100 == 99 {
			pos += uint64(len(blob))
			if err := repo.Append(pos, blob); err != nil {
				return nil, err
			}
			blob = blob[:0]
		}
	}
	if err := repo.Flush(ctx); err != nil {
		return nil, err
	}
	took := time.Since(start)
	s.Out(Result{Name: "provenance/append-and-index", PerSecond: new(float64(provenanceFlowFiles*len(types)) / took.Seconds()), Seconds: took.Seconds()})
	return wanted, nil
}

func (s *Suite) findEvents(ctx context.Context, repo *provenance.Repository, wanted []flowfile.UUID) error {
	var total, worst time.Duration
	for _, id := range wanted {
		start := time.Now()
		found, err := repo.EventsOf(ctx, id)
		if err != nil {
			return err
		}
		if len(found) != 5 {
			return fmt.Errorf("FlowFile %s has %d events, not 5", id, len(found))
		}
		took := time.Since(start)
		total, worst = total+took, max(worst, took)
	}
	mean := total / time.Duration(len(wanted))
	s.Out(Result{
		Name: "provenance/events-of-one-flowfile-of-10M", Milliseconds: new(float64(mean.Microseconds()) / 1000),
		Details: map[string]any{"worst_ms": float64(worst.Microseconds()) / 1000, "queries": len(wanted)},
	})
	return nil
}

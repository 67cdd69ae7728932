package bulletin_test

import (
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/braidflow/braid/internal/bulletin"
	"github.com/braidflow/braid/internal/clock"
)

func TestRepository_ShowsTheNewestFiveForFiveMinutes(t *testing.T) {
	c := clock.NewFake(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	r := bulletin.New(c)
	for range 7 {
		r.Add(bulletin.Source{ID: "p"}, slog.LevelError, "m", "")
	}
	got := r.Of("p")
	if len(got) != 5 || got[0].ID != 6 || got[4].ID != 2 {
		t.Fatalf("bulletins = %v, want ids 6 to 2", got)
	}
	c.Advance(6 * time.Minute)
	if n := len(r.Of("p")); n != 0 {
		t.Errorf("%d bulletins are left after six minutes", n)
	}
}

func TestHandler_MakesOneLineOfARecordAtTheLevel(t *testing.T) {
	r := bulletin.New(clock.Real)
	src := bulletin.Source{ID: "p", Type: "PutFile"}
	log := slog.New(bulletin.NewHandler(slog.DiscardHandler, r, func() (bulletin.Source, slog.Level) {
		return src, bulletin.ParseLevel("WARN")
	}))
	log.Info("too quiet")
	log.With("host", "h").Error("FlowFile routed to failure", slog.String("flowfile", "u"), slog.Any("error", errors.New("disk\nfull")))
	got := r.Of("p")
	if len(got) != 1 {
		t.Fatalf("bulletins = %v, want one", got)
	}
	want := "PutFile[id=p] FlowFile routed to failure, host h (FlowFile u): disk full"
	if got[0].Message != want || got[0].FlowFileUUID != "u" || got[0].Level != "ERROR" {
		t.Errorf("bulletin = %+v, want message %q", got[0], want)
	}
}

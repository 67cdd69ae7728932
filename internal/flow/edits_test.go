package flow_test

import (
	"errors"
	"testing"

	"github.com/braidflow/braid/internal/flow"
)

func TestRemove_TakesTheContent(t *testing.T) {
	f := small(t)
	if _, _, err := f.Apply(flow.ChangeSet{Changes: flow.Remove(f, "child")}); !errors.Is(err, flow.ErrNotFound) {
		t.Errorf("removing a connected group: %v, want %v", err, flow.ErrNotFound)
	}
	f = apply(t, f, flow.Remove(f, "child", "c2", "c5", "c2")...)
	if f.Len() != 14-8 || f.Get("cp") != nil || f.Get("c4") != nil {
		t.Errorf("components = %d, cp %v, c4 %v; want 6 and neither", f.Len(), f.Get("cp"), f.Get("c4"))
	}
}

func TestMoveTo_TakesConnectionsAlong(t *testing.T) {
	f := small(t)
	if _, _, err := f.Apply(flow.ChangeSet{Changes: flow.MoveTo(f, "child", "p1", "p2", "c1")}); err == nil {
		t.Error("p2 was moved although c2 leads from it to a port")
	}
	if _, _, err := f.Apply(flow.ChangeSet{Changes: flow.MoveTo(f, "child", "nosuch")}); !errors.Is(err, flow.ErrNotFound) {
		t.Errorf("moving nothing: %v, want %v", err, flow.ErrNotFound)
	}
	f = apply(t, f, flow.Delete(flow.KindConnection, "c2"))
	f = apply(t, f, flow.MoveTo(f, "child", "p1", "p2", "c1")...)
	c, _ := flow.Lookup[*flow.Connection](f, "c1")
	if c.GroupID != "child" || c.Source.GroupID != "child" || c.Destination.GroupID != "child" || c.Revision.Version != 2 {
		t.Errorf("connection = %+v, want it in child with both ends and version 2", c)
	}
}

func TestSchedule_SkipsWhatIsDisabled(t *testing.T) {
	f := small(t)
	f = apply(t, f, flow.Run(flow.KindProcessor, "p2", flow.Disabled), flow.Create(flow.NewControllerService("s", "child", "T")))
	f = apply(t, f, flow.Schedule(f, "root", flow.Running)...)
	for id, want := range map[string]flow.State{"p1": flow.Running, "p2": flow.Disabled, "cp": flow.Running, "cin": flow.Running, "s": flow.Disabled} {
		if got := flow.StateOf(f.Get(id)); got != want {
			t.Errorf("state of %s = %s, want %s", id, got, want)
		}
	}
	if again := flow.Schedule(f, "root", flow.Running); len(again) != 0 {
		t.Errorf("starting twice changes %v", again)
	}
	f = apply(t, f, flow.Services(f, "root", flow.Enabled)...)
	if got := flow.StateOf(f.Get("s")); got != flow.Enabled {
		t.Errorf("service = %s, want ENABLED", got)
	}
}

package flow_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/braidflow/braid/internal/flow"
)

// apply applies changes that must be legal.
func apply(t testing.TB, f *flow.Flow, changes ...flow.Change) *flow.Flow {
	t.Helper()
	next, _, err := f.Apply(flow.ChangeSet{Who: "ann", ClientID: "c1", Changes: changes})
	if err != nil {
		t.Fatalf("Apply: %v", err)
	}
	return next
}

// small is root{p1 -> p2, in, out, child{cin -> cp -> cout}, f1, ctx}.
func small(t testing.TB) *flow.Flow {
	t.Helper()
	p1, p2 := flow.NewProcessor("p1", "root", "a.b.Gen"), flow.NewProcessor("p2", "root", "a.b.Log")
	cin, cout := flow.NewInputPort("cin", "child", "in"), flow.NewOutputPort("cout", "child", "out")
	cp := flow.NewProcessor("cp", "child", "a.b.C")
	fun := flow.NewFunnel("f1", "root")
	child := flow.NewProcessGroup("child", "root", "Child")
	child.ParameterContextID = "ctx"
	return apply(t, flow.Empty(),
		flow.Create(flow.NewConnection("c1", "root", flow.EndOf(p1), flow.EndOf(p2), "success")),
		flow.Create(flow.NewConnection("c2", "root", flow.EndOf(p2), flow.EndOf(cin), "success")),
		flow.Create(flow.NewConnection("c3", "child", flow.EndOf(cin), flow.EndOf(cp))),
		flow.Create(flow.NewConnection("c4", "child", flow.EndOf(cp), flow.EndOf(cout), "ok")),
		flow.Create(flow.NewConnection("c5", "root", flow.EndOf(cout), flow.EndOf(fun))),
		flow.Create(p1), flow.Create(p2), flow.Create(cin), flow.Create(cout), flow.Create(cp), flow.Create(fun),
		flow.Create(child), flow.Create(flow.NewProcessGroup("root", "", "NiFi Flow")),
		flow.Create(flow.NewParameterContext("ctx", "ctx")),
	)
}

func TestFlow_ReadsWhatWasApplied(t *testing.T) {
	f := small(t)
	if f.Len() != 14 {
		t.Errorf("Len = %d, want 14", f.Len())
	}
	if got := f.Root().ID; got != "root" {
		t.Errorf("Root = %s, want root", got)
	}
	var walk []string
	for c := range f.Under("child") {
		walk = append(walk, c.Common().ID)
	}
	if got := strings.Join(walk, " "); got != "child cp cin cout c3 c4" {
		t.Errorf("Under(child) = %s", got)
	}
	if got := f.Outgoing("cp"); len(got) != 1 || got[0].ID != "c4" {
		t.Errorf("Outgoing(cp) = %v, want c4", got)
	}
	if got := f.Incoming("cin"); len(got) != 1 || got[0].ID != "c2" {
		t.Errorf("Incoming(cin) = %v, want c2", got)
	}
	if got := len(flow.List[*flow.Port](f, "child")); got != 2 {
		t.Errorf("ports in child = %d, want 2", got)
	}
	if got := f.Context("child"); got == nil || got.Name != "ctx" {
		t.Errorf("Context(child) = %v, want ctx", got)
	}
	if got := f.Context("root"); got != nil {
		t.Errorf("Context(root) = %v, want none", got)
	}
	p, _ := flow.Lookup[*flow.Processor](f, "p1")
	if want := (flow.Revision{Version: 1, ClientID: "c1", LastModifier: "ann"}); p.Revision != want {
		t.Errorf("revision = %v, want %v", p.Revision, want)
	}
}

func TestApply_SnapshotsDoNotChange(t *testing.T) {
	before := small(t)
	p, _ := flow.Lookup[*flow.Processor](before, "p1")
	edit := flow.Clone(p)
	edit.Name = "renamed"
	edit.SetProperty("a", "1")
	after := apply(t, before, flow.Update(edit))
	edit.Name = "changed behind its back"
	edit.SetProperty("a", "2")

	if q, _ := flow.Lookup[*flow.Processor](before, "p1"); q.Name != "Gen" || len(q.Properties) != 0 {
		t.Errorf("the old snapshot changed: %+v", q)
	}
	q, _ := flow.Lookup[*flow.Processor](after, "p1")
	if v, _ := q.Property("a"); q.Name != "renamed" || v != "1" || q.Revision.Version != 2 {
		t.Errorf("new snapshot: name %s, a=%s, version %d; want renamed, 1, 2", q.Name, v, q.Revision.Version)
	}
	d := flow.Diff(before, after)
	if len(d) != 1 || d[0].ID != "p1" || d[0].Before != flow.Component(p) || d[0].After != flow.Component(q) {
		t.Errorf("Diff = %v, want p1 alone", d)
	}
}

func TestApply_Refuses(t *testing.T) {
	p := func(id string) flow.Endpoint { return flow.Endpoint{ID: id, Kind: flow.KindProcessor, GroupID: "root"} }
	port := func(id string, k flow.Kind) flow.Endpoint { return flow.Endpoint{ID: id, Kind: k, GroupID: "child"} }
	badPeriod := flow.NewProcessor("x", "root", "T")
	badPeriod.PenaltyDuration = "soon"
	otherRoot := flow.NewProcessGroup("x", "", "x")
	bound := flow.NewProcessGroup("x", "root", "x")
	bound.ParameterContextID = "nosuch"
	loop := flow.NewParameterContext("ctx", "ctx")
	loop.Inherited = []string{"ctx2"}
	ctx2 := flow.NewParameterContext("ctx2", "ctx2")
	ctx2.Inherited = []string{"ctx"}
	conn := func(src, dst flow.Endpoint) []flow.Change {
		return []flow.Change{flow.Create(flow.NewConnection("x", "root", src, dst, "r"))}
	}
	for name, tc := range map[string]struct {
		changes []flow.Change
		want    error
	}{
		"used id":              {[]flow.Change{flow.Create(flow.NewFunnel("p1", "root"))}, flow.ErrExists},
		"missing group":        {[]flow.Change{flow.Create(flow.NewFunnel("x", "nosuch"))}, flow.ErrNotFound},
		"group is a processor": {[]flow.Change{flow.Create(flow.NewFunnel("x", "p1"))}, flow.ErrNotFound},
		"processor in nothing": {[]flow.Change{flow.Create(flow.NewProcessor("x", "", "T"))}, flow.ErrRule},
		"second root":          {[]flow.Change{flow.Create(otherRoot)}, flow.ErrRule},
		"bad duration":         {[]flow.Change{flow.Create(badPeriod)}, flow.ErrSetting},
		"bad state":            {[]flow.Change{flow.Run(flow.KindProcessor, "p1", "FLYING")}, flow.ErrSetting},
		"run a funnel":         {[]flow.Change{flow.Run(flow.KindFunnel, "f1", flow.Running)}, flow.ErrRule},
		"delete unknown":       {[]flow.Change{flow.Delete(flow.KindLabel, "x")}, flow.ErrNotFound},
		"delete other kind":    {[]flow.Change{flow.Delete(flow.KindLabel, "p1")}, flow.ErrNotFound},
		"delete connected":     {[]flow.Change{flow.Delete(flow.KindProcessor, "p1")}, flow.ErrNotFound},
		"delete full group": {[]flow.Change{
			flow.Delete(flow.KindConnection, "c2"), flow.Delete(flow.KindConnection, "c5"),
			flow.Delete(flow.KindProcessGroup, "child"),
		}, flow.ErrRule},
		"delete used context": {[]flow.Change{flow.Delete(flow.KindParameterContext, "ctx")}, flow.ErrRule},
		"unknown context":     {[]flow.Change{flow.Create(bound)}, flow.ErrNotFound},
		"context cycle":       {[]flow.Change{flow.Update(loop), flow.Create(ctx2)}, flow.ErrRule},
		"context name":        {[]flow.Change{flow.Create(flow.NewParameterContext("x", "ctx"))}, flow.ErrExists},
		"port name":           {[]flow.Change{flow.Create(flow.NewInputPort("x", "child", "in"))}, flow.ErrExists},
		"group in itself":     {[]flow.Change{flow.Move(flow.KindProcessGroup, "child", "child")}, flow.ErrRule},
		"move connected":      {[]flow.Change{flow.Move(flow.KindProcessor, "p1", "child")}, flow.ErrNotFound},
		"context in a group":  {[]flow.Change{flow.Move(flow.KindParameterContext, "ctx", "root")}, flow.ErrRule},
		"missing end":         {conn(p("p1"), p("nosuch")), flow.ErrNotFound},
		"end elsewhere":       {conn(p("p1"), flow.Endpoint{ID: "cp", Kind: flow.KindProcessor, GroupID: "child"}), flow.ErrRule},
		"into an output port": {conn(p("p1"), port("cout", flow.KindOutputPort)), flow.ErrRule},
		"from an input port":  {conn(port("cin", flow.KindInputPort), p("p1")), flow.ErrRule},
		"from a group":        {conn(flow.Endpoint{ID: "child", Kind: flow.KindProcessGroup, GroupID: "root"}, p("p1")), flow.ErrRule},
		"no relationship":     {[]flow.Change{flow.Create(flow.NewConnection("x", "root", p("p1"), p("p2")))}, flow.ErrSetting},
		"second change fails": {[]flow.Change{
			flow.Delete(flow.KindConnection, "c1"), flow.Delete(flow.KindConnection, "c1"),
		}, flow.ErrNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			f := small(t)
			before, _ := f.Encode()
			_, _, err := f.Apply(flow.ChangeSet{Changes: tc.changes})
			if !errors.Is(err, tc.want) {
				t.Fatalf("error = %v, want %v", err, tc.want)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("error has several lines: %q", err)
			}
			if after, _ := f.Encode(); string(after) != string(before) {
				t.Error("the flow changed although the change set was refused")
			}
		})
	}
}

func TestApply_InverseOfEachOperation(t *testing.T) {
	f := small(t)
	rpg := flow.NewRemoteProcessGroup("rpg", "root", "http://x")
	rpg.InputPorts = []flow.RemotePort{{ID: "r1", Name: "a", State: flow.Stopped, ConcurrentTasks: 1}, {ID: "r2", Name: "b", State: flow.Running, ConcurrentTasks: 1}}
	f = apply(t, f, flow.Create(rpg))
	ctx := flow.NewParameterContext("ctx", "renamed")
	for name, changes := range map[string][]flow.Change{
		"create": {flow.Create(flow.NewLabel("l", "child", "hello"))},
		"update": {flow.Update(ctx)},
		"run":    {flow.Run(flow.KindProcessor, "p1", flow.Running)},
		"remote": {flow.Run(flow.KindRemoteProcessGroup, "rpg", flow.Running)},
		"move":   {flow.Move(flow.KindProcessGroup, "child", "root"), flow.Delete(flow.KindConnection, "c1"), flow.Move(flow.KindProcessor, "p1", "child")},
		"several of one": {
			flow.Run(flow.KindProcessor, "p1", flow.Running), flow.Run(flow.KindProcessor, "p1", flow.Disabled),
			flow.Delete(flow.KindConnection, "c1"), flow.Delete(flow.KindProcessor, "p1"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			before, _ := f.Encode()
			next, inverse, err := f.Apply(flow.ChangeSet{Who: "bob", Changes: changes})
			if err != nil {
				t.Fatal(err)
			}
			if middle, _ := next.Encode(); string(middle) == string(before) {
				t.Fatal("the change set changed nothing")
			}
			back, _, err := next.Apply(inverse)
			if err != nil {
				t.Fatal(err)
			}
			if after, _ := back.Encode(); string(after) != string(before) {
				t.Errorf("after the inverse:\n%s\nwant\n%s", after, before)
			}
		})
	}
}

func TestChangeSet_AsEditGoesOnWithRevisions(t *testing.T) {
	f := small(t)
	next, inverse, err := f.Apply(flow.ChangeSet{Changes: []flow.Change{
		flow.Delete(flow.KindConnection, "c1"), flow.Run(flow.KindProcessor, "p1", flow.Running),
	}})
	if err != nil {
		t.Fatal(err)
	}
	undone, _, err := next.Apply(inverse.AsEdit("bob", inverse.When, "c9", "undo"))
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]uint64{"c1": 2, "p1": 3, "p2": 1} {
		if got := undone.Get(id).Common().Revision.Version; got != want {
			t.Errorf("version of %s = %d, want %d", id, got, want)
		}
	}
	if got := flow.StateOf(undone.Get("p1")); got != flow.Stopped {
		t.Errorf("state of p1 = %s, want STOPPED", got)
	}
}

func TestRevision_Accepts(t *testing.T) {
	r := flow.Revision{Version: 4, ClientID: "c1"}
	for _, tc := range []struct {
		version uint64
		client  string
		want    bool
	}{{4, "c2", true}, {4, "", true}, {3, "c1", true}, {3, "c2", false}, {3, "", false}} {
		if got := r.Accepts(tc.version, tc.client); got != tc.want {
			t.Errorf("Accepts(%d, %q) = %v, want %v", tc.version, tc.client, got, tc.want)
		}
	}
}

// big is a flow of n processors in groups of 100.
func big(t testing.TB, n int) *flow.Flow {
	t.Helper()
	changes := []flow.Change{flow.Create(flow.NewProcessGroup("root", "", "root"))}
	for i := range n {
		group := fmt.Sprintf("g%d", i/100)
		if i%100 == 0 {
			changes = append(changes, flow.Create(flow.NewProcessGroup(group, "root", group)))
		}
		changes = append(changes, flow.Create(flow.NewProcessor(fmt.Sprintf("p%d", i), group, "T")))
	}
	return apply(t, flow.Empty(), changes...)
}

func BenchmarkApply_OneEditOf10000(b *testing.B) {
	f := big(b, 10_000)
	p, _ := flow.Lookup[*flow.Processor](f, "p77")
	cs := flow.ChangeSet{Changes: []flow.Change{flow.Update(p)}}
	for b.Loop() {
		if _, _, err := f.Apply(cs); err != nil {
			b.Fatal(err)
		}
	}
}

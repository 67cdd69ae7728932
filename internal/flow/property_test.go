package flow_test

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/internal/flow/randomflow"
)

func encode(t testing.TB, f *flow.Flow) string {
	t.Helper()
	data, err := f.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestApply_RandomEdits checks, for random edits, that an inverse restores the flow byte for byte, that what was
// written and read gives the same flow, that a fresh replay does, and that a refused edit changes nothing.
func TestApply_RandomEdits(t *testing.T) {
	for seed := range uint64(8) {
		rng := rand.New(rand.NewPCG(seed, 1))
		live, replayed := flow.Empty(), flow.Empty()
		applied, refused := 0, 0
		for range 90 {
			cs := randomflow.Edit(rng, live)
			before := encode(t, live)
			next, inverse, err := live.Apply(cs)
			if now := encode(t, live); now != before {
				t.Fatalf("seed %d: Apply changed the flow that it was called on", seed)
			}
			if err != nil {
				refused++
				continue
			}
			applied++
			back, _, err := next.Apply(inverse)
			if err != nil {
				t.Fatalf("seed %d: the inverse is refused: %v", seed, err)
			}
			if got := encode(t, back); got != before {
				t.Fatalf("seed %d: after the inverse\n%s\nwant\n%s", seed, got, before)
			}
			data, err := json.Marshal(cs)
			if err != nil {
				t.Fatal(err)
			}
			var read flow.ChangeSet
			if err := json.Unmarshal(data, &read); err != nil {
				t.Fatalf("seed %d: %v in %s", seed, err, data)
			}
			if replayed, _, err = replayed.Apply(read); err != nil {
				t.Fatalf("seed %d: replay: %v", seed, err)
			}
			if a, b := encode(t, next), encode(t, replayed); a != b {
				t.Fatalf("seed %d: replayed\n%s\nwant\n%s", seed, b, a)
			}
			undo := flow.Between(next, live)
			if undone, _, err := next.Apply(flow.ChangeSet{Changes: undo}); err != nil || len(flow.Between(undone, live)) > 0 {
				t.Fatalf("seed %d: Between does not lead back: %v, %v", seed, err, flow.Between(undone, live))
			}
			live = next
		}
		decoded, err := flow.Decode([]byte(encode(t, live)))
		if err != nil || encode(t, decoded) != encode(t, live) {
			t.Fatalf("seed %d: Decode gives another flow: %v", seed, err)
		}
		if applied < 20 || refused < 5 {
			t.Errorf("seed %d: %d edits applied, %d refused: the test does not test", seed, applied, refused)
		}
	}
}

// everything has each kind of component with each of its fields set.
func everything(t testing.TB) flow.ChangeSet {
	t.Helper()
	value, yes := "v", true
	base := func(id string) flow.Base {
		return flow.Base{ID: id, VersionedID: "v-" + id, Name: "name", Comments: "comments", Position: flow.Position{X: 1, Y: -2.5}}
	}
	code := flow.Extension{
		Type: "a.B", Bundle: flow.Bundle{Group: "g", Artifact: "a", Version: "1"}, AnnotationData: "note",
		Properties:  map[string]*string{"set": &value, "unset": nil},
		Descriptors: map[string]flow.PropertyDescriptor{"set": {DisplayName: "Set", Service: true, Sensitive: true, Dynamic: true}},
	}
	g := flow.NewProcessGroup("root", "", "root")
	g.Base = base("root")
	g.ParameterContextID, g.LogFileSuffix = "ctx", "suffix"
	g.VersionControl = &flow.VersionControl{RegistryID: "r", StorageLocation: "s", Branch: "b", BucketID: "b", FlowID: "f", Version: "1", Latest: &yes}
	p := flow.NewProcessor("p", "root", "")
	p.Base, p.Extension, p.Style = base("p"), code, map[string]string{"background-color": "#fff"}
	p.GroupID, p.AutoTerminated, p.Retried, p.RunDurationMillis = "root", []string{"a"}, []string{"b"}, 25
	in := flow.NewInputPort("in", "root", "in")
	in.AllowRemote = true
	r := flow.NewRemoteProcessGroup("r", "root", "http://x")
	r.LocalNetworkInterface, r.ProxyHost, r.ProxyPort, r.ProxyUser, r.ProxyPassword = "eth0", "h", 1, "u", "enc{}"
	r.OutputPorts = []flow.RemotePort{{ID: "rp", VersionedID: "v", TargetID: "t", Name: "n", Comments: "c", State: flow.Running, ConcurrentTasks: 2, UseCompression: true, BatchCount: 3, BatchSize: "1 MB", BatchDuration: "1 sec"}}
	conn := flow.NewConnection("c", "root", flow.EndOf(p), flow.Endpoint{ID: "f", Kind: flow.KindFunnel, GroupID: "root"}, "success")
	conn.Bends, conn.PartitioningAttribute, conn.Prioritizers = []flow.Position{{X: 1, Y: 2}}, "attr", []string{"a.P"}
	s := flow.NewControllerService("s", "root", "a.S")
	s.APIs = []flow.ServiceAPI{{Type: "a.I", Bundle: flow.Bundle{Version: "2"}}}
	ctx := flow.NewParameterContext("ctx", "ctx")
	ctx.Inherited = []string{"ctx2"}
	ctx.Provider = &flow.ProvidedContext{ProviderID: "provider", GroupName: "g", Synchronized: true}
	ctx.Parameters = map[string]flow.Parameter{"p": {Description: "d", Sensitive: true, Provided: true, Value: &value, Assets: []flow.Asset{{ID: "i", Name: "n"}}}}
	l := flow.NewLabel("l", "root", "text")
	l.ZIndex, l.Style = 3, map[string]string{"font-size": "14px"}
	return flow.ChangeSet{
		Who: "ann", When: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC), ClientID: "client", Message: "all kinds",
		Changes: []flow.Change{
			flow.Create(flow.NewController()), flow.Create(g), flow.Create(p), flow.Create(in),
			flow.Create(flow.NewOutputPort("out", "root", "out")), flow.Create(flow.NewFunnel("f", "root")), flow.Create(l),
			flow.Create(r), flow.Create(conn), flow.Create(s), flow.Create(ctx), flow.Create(flow.NewParameterContext("ctx2", "ctx2")),
			flow.Create(&flow.ParameterProvider{Base: base("provider"), Extension: code}),
			flow.Create(&flow.FlowRegistryClient{Base: base("registry"), Extension: code}),
			flow.Create(&flow.FlowAnalysisRule{Base: base("rule"), Extension: code, State: flow.Enabled, EnforcementPolicy: "WARN"}),
			flow.Create(flow.NewReportingTask("task", "a.T")),
			flow.Run(flow.KindProcessor, "p", flow.Running), flow.Update(in), flow.Move(flow.KindFunnel, "f", "root"),
			{Op: flow.OpDelete, Kind: flow.KindLabel, ID: "l", Revision: &flow.Revision{Version: 7, ClientID: "c", LastModifier: "m"}},
		},
	}
}

// TestChangeSet_Golden holds the format of the log: what an older version wrote must be read as it was meant.
func TestChangeSet_Golden(t *testing.T) {
	cs := everything(t)
	got, err := json.MarshalIndent(cs, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	file := filepath.Join("testdata", "changeset.golden.json")
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("the format changed (UPDATE_GOLDEN=1 rewrites the file, but old logs must stay readable):\n%s", got)
	}
	var read flow.ChangeSet
	if err := json.Unmarshal(want, &read); err != nil {
		t.Fatal(err)
	}
	again, _ := json.MarshalIndent(read, "", " ")
	if string(again)+"\n" != string(want) {
		t.Errorf("read and written again:\n%s", again)
	}
	f, _, err := flow.Empty().Apply(read)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[flow.Kind]bool{flow.KindLabel: true} // deleted at the end
	for c := range f.All() {
		kinds[c.Kind()] = true
	}
	if len(kinds) != len(flow.Kinds) {
		t.Errorf("%d kinds of components, want all %d", len(kinds), len(flow.Kinds))
	}
}

func TestChangeSet_UnmarshalErrors(t *testing.T) {
	for _, in := range []string{
		`{"v":2,"changes":[]}`, `{"changes":[]}`, `{"v":1,"changes":[{"op":"FLY","kind":"LABEL","id":"x"}]}`,
		`{"v":1,"changes":[{"op":"CREATE","kind":"TEAPOT","id":"x","value":{}}]}`,
		`{"v":1,"changes":[{"op":"CREATE","kind":"LABEL","id":"x"}]}`, `{"v":1,"changes":[{"op":"UPDATE","kind":"LABEL","id":"x","value":7}]}`,
		`[]`, `{"v":1,"changes":7}`,
	} {
		var cs flow.ChangeSet
		if err := json.Unmarshal([]byte(in), &cs); err == nil {
			t.Errorf("Unmarshal(%s) succeeded", in)
		}
	}
}

func FuzzChangeSet(f *testing.F) {
	data, _ := json.Marshal(everything(f))
	f.Add(data)
	f.Add([]byte(`{"v":1,"changes":[{"op":"CREATE","kind":"PROCESS_GROUP","id":"r","value":{}}]}`))
	f.Add([]byte(`{"v":1,"when":"2026-01-02T03:04:05+02:00","changes":[{"op":"DELETE","kind":"LABEL","id":"x","revision":{"version":1}}]}`))
	start := small(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		var cs flow.ChangeSet
		if json.Unmarshal(data, &cs) != nil {
			return
		}
		out, err := json.Marshal(cs)
		if err != nil {
			return // a year that RFC 3339 cannot hold
		}
		var again flow.ChangeSet
		if err := json.Unmarshal(out, &again); err != nil {
			t.Fatalf("%v in %s", err, out)
		}
		if twice, _ := json.Marshal(again); string(twice) != string(out) {
			t.Errorf("written twice:\n%s\n%s", out, twice)
		}
		next, inverse, err := start.Apply(cs)
		if err != nil {
			return
		}
		if back, _, err := next.Apply(inverse); err != nil || encode(t, back) != encode(t, start) {
			t.Errorf("the inverse of %s does not restore the flow: %v", out, err)
		}
	})
}

func TestApply_1000ProcessorsOneByOne(t *testing.T) {
	f := apply(t, flow.Empty(), flow.Create(flow.NewProcessGroup("root", "", "root")))
	start := time.Now()
	for i := range 1000 {
		f = apply(t, f, flow.Create(flow.NewProcessor(string(rune('a'+i%26))+string(rune('0'+i/26)), "root", "T")))
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("1000 edits took %v, want less than 1 s", took)
	}
	if f.Len() != 1001 {
		t.Errorf("components = %d, want 1001", f.Len())
	}
}

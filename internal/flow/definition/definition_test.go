package definition_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/internal/flow/definition"
	"github.com/braidflow/braid/internal/params"
)

func sample(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func read(t testing.TB, data []byte) *definition.Definition {
	t.Helper()
	d, err := definition.Read(data)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// tree is JSON with lists of components in the order of their identifiers, which is free.
func tree(t testing.TB, data []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return order(v)
}

func order(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = order(v[k])
		}
	case []any:
		for i := range v {
			v[i] = order(v[i])
		}
		slices.SortFunc(v, func(a, b any) int { return strings.Compare(sortKey(a), sortKey(b)) })
	}
	return v
}

func sortKey(v any) string {
	if m, ok := v.(map[string]any); ok && m["identifier"] != nil {
		return fmt.Sprint(m["identifier"])
	}
	return fmt.Sprint(v)
}

// diff lists the paths in which two trees differ.
func diff(path string, a, b any, found *[]string) {
	ma, oka := a.(map[string]any)
	mb, okb := b.(map[string]any)
	la, okc := a.([]any)
	lb, okd := b.([]any)
	switch {
	case oka && okb:
		keys := maps.Clone(ma)
		maps.Copy(keys, mb)
		for _, k := range slices.Sorted(maps.Keys(keys)) {
			va, ina := ma[k]
			vb, inb := mb[k]
			if ina != inb {
				*found = append(*found, fmt.Sprintf("%s.%s: %v | %v", path, k, va, vb))
			} else {
				diff(path+"."+k, va, vb, found)
			}
		}
	case okc && okd && len(la) == len(lb):
		for i := range la {
			diff(fmt.Sprintf("%s[%d]", path, i), la[i], lb[i], found)
		}
	default:
		if fmt.Sprint(a) != fmt.Sprint(b) {
			*found = append(*found, fmt.Sprintf("%s: %v | %v", path, a, b))
		}
	}
}

func mustEqual(t *testing.T, got, want []byte, but ...string) {
	t.Helper()
	var found []string
	diff("", tree(t, got), tree(t, want), &found)
	found = slices.DeleteFunc(found, func(s string) bool {
		return slices.ContainsFunc(but, func(b string) bool { return strings.Contains(s, b) })
	})
	if len(found) > 0 {
		t.Errorf("got | want differ in %d places:\n%s", len(found), strings.Join(found[:min(20, len(found))], "\n"))
	}
}

func written(t testing.TB, d *definition.Definition) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := d.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRead_WritesWhatItRead(t *testing.T) {
	for _, name := range []string{"samples.json", "replaced.json"} {
		d := read(t, sample(t, name))
		if len(d.Ignored) > 0 {
			t.Errorf("%s: ignored %v, want nothing", name, d.Ignored)
		}
		out := written(t, d)
		mustEqual(t, out, sample(t, name))
		if again := written(t, read(t, out)); !bytes.Equal(again, out) {
			t.Errorf("%s: write, read, write gave other bytes", name)
		}
	}
}

func TestRead_Errors(t *testing.T) {
	for in, want := range map[string]string{
		"":                                     "line 1, column 0",
		"{}":                                   "no flowContents",
		"{\n \"flowContents\": {\"name\": 7}}": "line 2, column",
		"{\"flowContents\": {\"processors\": [{]}}": "line 1, column 35",
		"{\"flowContents\": {\"processors\": {}}}":  "flowContents.processors",
		"{\"rootGroup\": {}}":                       "no flowContents",
		"\x1f\x8b garbage":                          "gzip",
		"[]":                                        "unexpected array",
	} {
		_, err := definition.Read([]byte(in))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("Read(%q) = %v, want one line with %q", in, err, want)
		}
	}
	if _, err := definition.ReadNode([]byte("{}")); err == nil {
		t.Error("ReadNode({}) succeeded")
	}
}

func TestRead_ListsWhatItIgnores(t *testing.T) {
	d := read(t, []byte(`{"flowContents":{"variables":{"a":"b"},"processors":[{"new":1,"properties":{"x":"y"}},{"new":2}]},"more":[1],
		"bucket":{"any":"thing"},"flowencodingversion":"1.0"}`))
	want := []string{"flowContents.processors.new", "flowContents.variables", "more"}
	if !slices.Equal(d.Ignored, want) {
		t.Errorf("Ignored = %v, want %v", d.Ignored, want)
	}
}

// rooted is a flow with a root group.
func rooted(t testing.TB, changes ...flow.Change) *flow.Flow {
	t.Helper()
	return apply(t, flow.Empty(), append(changes, flow.Create(flow.NewProcessGroup("root", "", "NiFi Flow")))...)
}

func apply(t testing.TB, f *flow.Flow, changes ...flow.Change) *flow.Flow {
	t.Helper()
	next, _, err := f.Apply(flow.ChangeSet{Changes: changes})
	if err != nil {
		t.Fatal(err)
	}
	return next
}

func TestImport_ExportsTheSameDefinition(t *testing.T) {
	for _, name := range []string{"samples.json", "replaced.json"} {
		d := read(t, sample(t, name))
		f := rooted(t)
		im, err := d.Import(f, definition.ImportOptions{Seed: "s", GroupID: "root", AsGroup: true})
		if err != nil {
			t.Fatal(err)
		}
		if len(im.Warnings) > 0 {
			t.Errorf("warnings: %v", im.Warnings)
		}
		again, _ := d.Import(f, definition.ImportOptions{Seed: "s", GroupID: "root", AsGroup: true})
		a, _ := json.Marshal(im.Changes)
		b, _ := json.Marshal(again.Changes)
		if !bytes.Equal(a, b) {
			t.Error("the same import gave other changes")
		}
		f = apply(t, f, im.Changes...)
		out, err := definition.Export(f, im.GroupID, definition.ExportOptions{})
		if err != nil {
			t.Fatal(err)
		}
		// The copy has ids of its own, and so has its top group; descriptors come from installed components.
		top := d.Contents.Identifier
		want := bytes.ReplaceAll(sample(t, name), []byte(top), []byte(out.Contents.Identifier))
		mustEqual(t, written(t, out), want, "nstanceIdentifier", "propertyDescriptors")

		second, err := d.Import(f, definition.ImportOptions{Seed: "s2", GroupID: "root", AsGroup: true, Name: "copy"})
		if err != nil {
			t.Fatal(err)
		}
		f = apply(t, f, second.Changes...)
		if g, _ := flow.Lookup[*flow.ProcessGroup](f, second.GroupID); g.Name != "copy" || f.Context(g.ID) != f.Context(im.GroupID) {
			t.Errorf("second import: name %q, context %v; want copy and the context of the first", g.Name, f.Context(g.ID))
		}
	}
}

func TestImport_ConnectsServices(t *testing.T) {
	d := read(t, sample(t, "samples.json"))
	im, err := d.Import(rooted(t), definition.ImportOptions{Seed: "s", GroupID: "root"})
	if err != nil {
		t.Fatal(err)
	}
	if im.GroupID != "root" {
		t.Errorf("group = %s, want root", im.GroupID)
	}
	f := apply(t, rooted(t), im.Changes...)
	for _, p := range flow.List[*flow.Processor](f, "root") {
		if p.Name != "QR" {
			continue
		}
		id, _ := p.Property("Record Reader")
		if s, ok := flow.Lookup[*flow.ControllerService](f, id); !ok || s.Name != "JR" {
			t.Errorf("Record Reader = %q, want the id of JR", id)
		}
		if !p.Descriptors["Record Reader"].Service {
			t.Error("the descriptor does not say that Record Reader is a service")
		}
	}
}

func TestImport_ExternalServiceByName(t *testing.T) {
	d := read(t, []byte(`{"flowContents":{"identifier":"g","name":"g","processors":[
		{"identifier":"p","name":"P","type":"no.such.Type","properties":{"Reader":"ext","Other":"gone"}}]},
		"externalControllerServices":{"ext":{"identifier":"ext","name":"My Reader"},"gone":{"identifier":"gone","name":"Gone"}}}`))
	f := rooted(t, flow.Create(named(flow.NewControllerService("svc", "root", "T"), "My Reader")))
	im, err := d.Import(f, definition.ImportOptions{Seed: "s", GroupID: "root", AsGroup: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(im.Warnings) != 1 || !strings.Contains(im.Warnings[0], "Gone") {
		t.Errorf("warnings = %v, want one about Gone", im.Warnings)
	}
	f = apply(t, f, im.Changes...)
	p := flow.List[*flow.Processor](f, im.GroupID)[0]
	if v, _ := p.Property("Reader"); v != "svc" {
		t.Errorf("Reader = %s, want svc", v)
	}
	if p.Type != "no.such.Type" || p.State != flow.Stopped || p.PenaltyDuration != "30 sec" {
		t.Errorf("unknown type: %+v, want it kept with NiFi's defaults", p)
	}
	out, err := definition.Export(f, im.GroupID, definition.ExportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.ExternalServices) != 1 {
		t.Errorf("external services = %v, want My Reader", out.ExternalServices)
	}
	full, _ := definition.Export(f, im.GroupID, definition.ExportOptions{Services: true})
	if len(full.ExternalServices) != 0 || len(full.Contents.Services) != 1 {
		t.Errorf("with services: external %v, included %d; want none and 1", full.ExternalServices, len(full.Contents.Services))
	}
}

func named[C flow.Component](c C, name string) C {
	c.Common().Name = name
	return c
}

func TestImport_Errors(t *testing.T) {
	for name, tc := range map[string]struct{ contents, want string }{
		"no such end": {`"connections":[{"identifier":"c","name":"con","source":{"id":"x","type":"PROCESSOR"},"destination":{}}]`, `"con" (c) in group "g": its source, PROCESSOR x`},
		"no id":       {`"processors":[{"name":"P","type":"T"}]`, `PROCESSOR "P" in group "g" has no identifier`},
		"same id":     {`"processors":[{"identifier":"p","name":"P"},{"identifier":"p","name":"Q"}]`, `"Q" in group "g", p: the identifier is used twice`},
		"bad setting": {`"processors":[{"identifier":"p","name":"P","penaltyDuration":"soon"}]`, `PROCESSOR "P" in group "g": penalty duration: duration "soon"`},
		"bad state":   {`"processGroups":[{"identifier":"h","name":"h","inputPorts":[{"identifier":"i","name":"in","scheduledState":"X"}]}]`, `"in" in group "g / h": state "X"`},
	} {
		d := read(t, []byte(`{"flowContents":{"identifier":"g","name":"g",`+tc.contents+`}}`))
		_, err := d.Import(rooted(t), definition.ImportOptions{Seed: "s", GroupID: "root"})
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %s", name, err, tc.want)
		}
	}
	d := read(t, []byte(`{"flowContents":{}}`))
	if _, err := d.Import(rooted(t), definition.ImportOptions{GroupID: "nosuch"}); !errors.Is(err, flow.ErrNotFound) {
		t.Errorf("into a missing group: %v, want %v", err, flow.ErrNotFound)
	}
}

func TestImport_ParameterContexts(t *testing.T) {
	d := read(t, sample(t, "samples.json"))
	kept := flow.NewParameterContext("mine", "ctx")
	size := "1 KB"
	kept.Parameters = map[string]flow.Parameter{"size": {Value: &size}}
	f := rooted(t, flow.Create(kept))
	im, err := d.Import(f, definition.ImportOptions{Seed: "s", GroupID: "root", AsGroup: true})
	if err != nil {
		t.Fatal(err)
	}
	g := apply(t, f, im.Changes...)
	c := g.Context(im.GroupID)
	if c == nil || c.ID != "mine" || *c.Parameters["size"].Value != "1 KB" || !c.Parameters["secret"].Sensitive {
		t.Errorf("context = %+v, want the existing one with its value and the parameter that it lacked", c)
	}
	im, err = d.Import(f, definition.ImportOptions{Seed: "s", GroupID: "root", AsGroup: true, NewContexts: true})
	if err != nil {
		t.Fatal(err)
	}
	g = apply(t, f, im.Changes...)
	if c := g.Context(im.GroupID); c.Name != "ctx (1)" || *c.Parameters["size"].Value != "3 KB" {
		t.Errorf("context = %+v, want a new one with the file's value", c)
	}
}

func TestExport_HoldsNoSecrets(t *testing.T) {
	cipher, err := params.NewCipher("0123456789abcdef")
	if err != nil {
		t.Fatal(err)
	}
	secret := "canary"
	sealed, _ := cipher.Encrypt(secret)
	ctx := flow.NewParameterContext("ctx", "ctx")
	ctx.Parameters = map[string]flow.Parameter{"p": {Sensitive: true, Value: &sealed}}
	g := flow.NewProcessGroup("g", "root", "g")
	g.ParameterContextID = "ctx"
	p := flow.NewProcessor("p", "g", "T")
	p.SetProperty("Sealed", sealed)
	p.SetProperty("Plain but sensitive", secret)
	p.SetProperty("Reference", "#{p}")
	p.Descriptors = map[string]flow.PropertyDescriptor{"Plain but sensitive": {Sensitive: true}, "Reference": {Sensitive: true}}
	r := flow.NewRemoteProcessGroup("r", "g", "http://x")
	r.ProxyPassword = sealed
	f := rooted(t, flow.Create(ctx), flow.Create(g), flow.Create(p), flow.Create(r))
	d, err := definition.Export(f, "g", definition.ExportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	out := string(written(t, d))
	if strings.Contains(out, secret) || strings.Contains(out, "enc{") {
		t.Errorf("the definition holds a secret: %s", out)
	}
	if !strings.Contains(out, "#{p}") {
		t.Error("the parameter reference was not exported")
	}
	var node bytes.Buffer
	if err := definition.ExportNode(f).Write(&node); err != nil {
		t.Fatal(err)
	}
	n, err := definition.ReadNode(node.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if v := n.RootGroup.Groups[0].Processors[0].Properties["Sealed"]; v == nil || *v != sealed {
		t.Error("the node's file does not hold the encrypted value")
	}
}

func TestImport_SealsPlainSecrets(t *testing.T) {
	d := read(t, []byte(`{"flowContents":{"identifier":"g","name":"g","processors":[{"identifier":"p","name":"P","type":"T",
		"properties":{"Password":"hunter2"},"propertyDescriptors":{"Password":{"name":"Password","sensitive":true}}}]},
		"parameterContexts":{"c":{"name":"c","parameters":[{"name":"s","sensitive":true,"value":"hunter2"}]}}}`))
	cipher, _ := params.NewCipher("0123456789abcdef")
	for _, c := range []*params.Cipher{nil, cipher} {
		im, err := d.Import(rooted(t), definition.ImportOptions{Seed: "s", GroupID: "root", Cipher: c})
		if err != nil {
			t.Fatal(err)
		}
		out, _ := json.Marshal(im.Changes)
		if bytes.Contains(out, []byte("hunter2")) {
			t.Errorf("the changes hold the plain secret: %s", out)
		}
		if c == nil && len(im.Warnings) != 2 {
			t.Errorf("without a key: warnings %v, want two", im.Warnings)
		}
		if c != nil && bytes.Count(out, []byte("enc{")) != 2 {
			t.Errorf("with a key: %s, want two encrypted values", out)
		}
	}
}

func TestNodeFlow_RoundTrip(t *testing.T) {
	d := read(t, sample(t, "samples.json"))
	im, err := d.Import(rooted(t), definition.ImportOptions{Seed: "s", GroupID: "root", AsGroup: true})
	if err != nil {
		t.Fatal(err)
	}
	settings := flow.NewController()
	settings.MaxTimerDrivenThreads = 7
	value, bends := "v", []flow.Position{{X: 1.5, Y: -2}}
	parent := flow.NewParameterContext("parent", "parent")
	parent.Parameters = map[string]flow.Parameter{"x": {Value: &value, Provided: true, Assets: []flow.Asset{{ID: "a", Name: "f.txt"}}}}
	parent.Provider = &flow.ProvidedContext{ProviderID: "provider", GroupName: "grp", Synchronized: true}
	ctx := flow.NewParameterContext("child", "child")
	ctx.Inherited, ctx.Comments = []string{"parent"}, "a comment"
	versioned := flow.NewProcessGroup("versioned", "root", "versioned")
	versioned.ExecutionEngine, versioned.State, versioned.ParameterContextID = flow.StatelessEngine, flow.Running, "child"
	versioned.VersionControl = &flow.VersionControl{RegistryID: "registry", BucketID: "b", FlowID: "f", Version: "3"}
	running, disabled := flow.NewProcessor("running", "versioned", "a.T"), flow.NewProcessor("disabled", "versioned", "a.T")
	running.State, disabled.State = flow.Running, flow.Disabled
	running.SetProperty("Service", "service")
	conn := flow.NewConnection("conn", "versioned", flow.EndOf(running), flow.EndOf(disabled), "success", "failure")
	conn.Bends, conn.PartitioningAttribute, conn.LoadBalanceStrategy = bends, "a", flow.PartitionByAttribute
	service := named(flow.NewControllerService("service", "", "a.S"), "management")
	service.State = flow.Enabled
	task := flow.NewReportingTask("task", "a.R")
	task.State, task.SchedulingStrategy, task.SchedulingPeriod = flow.Running, flow.CronDriven, "0 0 * * * ?"
	f := apply(t, rooted(t), append(im.Changes, flow.Create(settings), flow.Create(parent), flow.Create(ctx),
		flow.Create(versioned), flow.Create(running), flow.Create(disabled), flow.Create(conn), flow.Create(service),
		flow.Create(task), flow.Create(&flow.ParameterProvider{Base: flow.Base{ID: "provider", Name: "P"}, Extension: flow.Extension{Type: "a.P"}}),
		flow.Create(&flow.FlowRegistryClient{Base: flow.Base{ID: "registry", Name: "R"}, Extension: flow.Extension{Type: "a.G"}}),
		flow.Create(&flow.FlowAnalysisRule{Base: flow.Base{ID: "rule", Name: "r"}, Extension: flow.Extension{Type: "a.F"}, State: flow.Enabled, EnforcementPolicy: "ENFORCE"}),
	)...)

	var first bytes.Buffer
	if err := definition.ExportNode(f).Write(&first); err != nil {
		t.Fatal(err)
	}
	n, err := definition.ReadNode(first.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []definition.Component{n.Registries[0].Component, n.ReportingTasks[0].Component, n.ParameterProviders[0].Component, n.Rules[0].Component} {
		if c.Identifier != c.InstanceIdentifier {
			t.Errorf("%s: identifier %s, want the id %s, by which NiFi finds it", c.ComponentType, c.Identifier, c.InstanceIdentifier)
		}
	}
	changes, warnings, err := n.Changes(nil)
	if err != nil || len(warnings) > 0 || len(n.Ignored) > 0 {
		t.Fatalf("Changes: %v, warnings %v, ignored %v", err, warnings, n.Ignored)
	}
	g := apply(t, flow.Empty(), changes...)
	for c := range f.All() {
		want, got := c, g.Get(c.Common().ID)
		if got == nil {
			t.Errorf("%s %s is missing", c.Kind(), c.Common().ID)
			continue
		}
		a, _ := json.Marshal(want)
		b, _ := json.Marshal(got)
		if !bytes.Equal(a, b) {
			t.Errorf("%s %s:\n%s\nwant\n%s", c.Kind(), c.Common().ID, b, a)
		}
	}
	if g.Len() != f.Len() {
		t.Errorf("components = %d, want %d", g.Len(), f.Len())
	}
	var second bytes.Buffer
	if err := definition.ExportNode(g).Write(&second); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("the file of the loaded flow has other bytes")
	}
}

func TestExport_CopiesInAGroupGetIdentifiersOfTheirOwn(t *testing.T) {
	one, two := flow.NewProcessor("one", "root", "T"), flow.NewProcessor("two", "root", "T")
	one.VersionedID, two.VersionedID = "same", "same"
	f := rooted(t, flow.Create(one), flow.Create(two), flow.Create(flow.NewConnection("c", "root", flow.EndOf(two), flow.EndOf(two), "r")))
	d, err := definition.Export(f, "root", definition.ExportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	im, err := read(t, written(t, d)).Import(f, definition.ImportOptions{Seed: "s", GroupID: "root", AsGroup: true})
	if err != nil {
		t.Fatal(err)
	}
	g := apply(t, f, im.Changes...)
	if c := flow.List[*flow.Connection](g, im.GroupID)[0]; len(g.Outgoing(c.Source.ID)) != 1 || c.Source != c.Destination {
		t.Errorf("connection = %+v, want one from the copy of two to itself", c)
	}
}

func TestIdentifier_IsNiFis(t *testing.T) {
	if got := definition.Identifier("fcf16d7b-01a1-1000-4ae6-4e6afb40adbc"); got != "2714d720-444c-3872-aed4-dd9def702a84" {
		t.Errorf("Identifier = %s, want that of the sample", got)
	}
}

func FuzzRead(f *testing.F) {
	d := read(f, sample(f, "samples.json"))
	d.Contents.Processors, d.Contents.Connections = d.Contents.Processors[:1], nil // small, or minimizing takes for ever
	d.Contents.Services, d.Contents.Processors[0].Descriptors = nil, nil
	small, _ := json.Marshal(d)
	f.Add(small)
	f.Add([]byte(`{"flowContents":{"identifier":"g","processors":[{"identifier":"p","properties":{"a":null}}]},"parameterContexts":{"c":{"parameters":[{"name":"x"}],"inheritedParameterContexts":["c"]}}}`))
	f.Add([]byte(`{"rootGroup":{"identifier":"g"},"parameterContexts":[{"name":"c"}]}`))
	base := rooted(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		if n, err := definition.ReadNode(data); err == nil {
			if changes, _, err := n.Changes(nil); err == nil {
				_, _, _ = flow.Empty().Apply(flow.ChangeSet{Changes: changes})
			}
		}
		d, err := definition.Read(data)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("error of several lines: %q", err)
			}
			return
		}
		out := written(t, d)
		if again := written(t, read(t, out)); !bytes.Equal(again, out) {
			t.Errorf("write, read, write gave other bytes:\n%s\n%s", out, again)
		}
		im, err := d.Import(base, definition.ImportOptions{Seed: "s", GroupID: "root", AsGroup: true})
		if err != nil {
			return
		}
		if next, _, err := base.Apply(flow.ChangeSet{Changes: im.Changes}); err == nil {
			if _, err := definition.Export(next, im.GroupID, definition.ExportOptions{}); err != nil {
				t.Error(err)
			}
		}
	})
}

package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/braidflow/braid/internal/api"
	"github.com/braidflow/braid/internal/bulletin"
	"github.com/braidflow/braid/internal/extension"
	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/internal/node"
	"github.com/braidflow/braid/internal/repo/flowfile"
	"github.com/braidflow/braid/internal/vfs"
	"github.com/braidflow/braid/sdk"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// source makes FlowFiles; it has a property of each kind.
type source struct {
	text, password sdk.Text
	level          string
	store          store
	extra          []sdk.DynamicProperty
	success        sdk.Relationship
}

func (p *source) Describe(s *sdk.Spec) {
	s.About("Makes FlowFiles.", "test", "source")
	s.InputForbidden()
	s.Text(&p.text, "Text", "What to write.", sdk.Default("hello"), sdk.PerFlowFile)
	s.Text(&p.password, "Password", "A secret.", sdk.Secret)
	sdk.Choice(s, &p.level, "Level", "How loud.", []string{"low", "high"}, sdk.Default("low"), sdk.Required)
	sdk.Service(s, &p.store, storeAPI, "Store", "Where to keep things.", sdk.When("Level", "high"))
	s.Dynamics(&p.extra, sdk.DynamicSpec{Doc: "An attribute.", EL: sdk.EnvEL, Secret: true})
	s.Restricted("read-filesystem", "It could read files.")
	s.Rel(&p.success, "success", "All of them.")
}

func (p *source) Trigger(_ context.Context, s *sdk.Session) error {
	ff, err := s.Write(s.Create(), func(w io.Writer) error {
		_, err := io.WriteString(w, p.text.Raw())
		return err
	})
	if err == nil {
		s.Transfer(ff, p.success)
	}
	return err
}

// painter sets an attribute.
type painter struct{ success sdk.Relationship }

func (p *painter) Describe(s *sdk.Spec) {
	s.About("Sets the attribute color.", "test")
	s.InputRequired()
	s.Stateful("What it has seen.", sdk.Local)
	s.Rel(&p.success, "success", "All of them.")
}

func (p *painter) Trigger(_ context.Context, s *sdk.Session) error {
	for _, ff := range s.GetBatch(10) {
		s.Counter("painted", 1)
		s.Transfer(s.PutAttr(ff, "color", "blue"), p.success)
	}
	return nil
}

const storeAPI = "org.example.Store"

type store interface{ Keep() }

// shelf is a controller service.
type shelf struct {
	mode string
	next store
}

func (p *shelf) Describe(s *sdk.Spec) {
	s.About("Keeps things.", "test")
	s.Offers(storeAPI)
	sdk.Choice(s, &p.mode, "Mode", "Where to keep things.", []string{"here", "there"}, sdk.Default("here"))
	sdk.Service(s, &p.next, storeAPI, "Next", "Where to keep what does not fit.", sdk.When("Mode", "there"))
}

func (p *shelf) Keep() {}

// reporter is a reporting task.
type reporter struct{}

func (reporter) Describe(s *sdk.Spec)                         { s.About("Reports nothing.", "test") }
func (reporter) Report(context.Context, *sdk.Reporting) error { return nil }

var components = []sdk.Component{
	{Type: "org.example.Source", Artifact: "example-nar", New: func() sdk.Processor { return new(source) }},
	{Type: "org.example.Painter", New: func() sdk.Processor { return new(painter) }},
	{Type: "org.example.Shelf", Artifact: "example-nar", NewService: func() sdk.ControllerService { return new(shelf) }},
	{Type: "org.example.Reporter", NewReportingTask: func() sdk.ReportingTask { return reporter{} }},
}

// secret must never be in an answer.
const secret = "swordfish"

// world is a node with a flow and the API over it.
type world struct {
	t testing.TB
	n *node.Node
	h http.Handler

	root, group, inner, gen, paint, ghost, in, out, funnel, label, service, context, remote, lone string
	queue, painted, ported                                                                        string // connections
}

// newWorld opens a node without sensitive values, whose encryption takes a moment.
func newWorld(t testing.TB) *world {
	t.Helper()
	w := openWorld(t)
	w.draw(false)
	return w
}

// newSecretWorld opens a node with some.
func newSecretWorld(t testing.TB) *world {
	t.Helper()
	w := openWorld(t)
	w.draw(true)
	return w
}

func openWorld(t testing.TB) *world {
	t.Helper()
	types, err := extension.New(components...)
	if err != nil {
		t.Fatal(err)
	}
	n, err := node.Open(node.Options{FS: vfs.NewMem(), Dir: "data", Types: types, Durability: flowfile.Memory})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return &world{t: t, n: n, h: api.New(n, "1.2.3"), root: n.Flow().Root().ID}
}

// draw makes a flow with a component of each kind.
func (w *world) draw(secrets bool) {
	w.group, w.inner = id(1), id(2)
	w.gen, w.paint, w.ghost, w.in, w.out = id(3), id(4), id(5), id(6), id(7)
	w.funnel, w.label, w.service, w.context, w.remote = id(8), id(9), id(10), id(11), id(12)
	w.queue, w.painted, w.ported, w.lone = id(13), id(14), id(15), id(16)

	context := flow.NewParameterContext(w.context, "ctx")
	context.Parameters = map[string]flow.Parameter{
		"size": {Value: new("2 KB"), Description: "How much."},
	}
	group := flow.NewProcessGroup(w.group, w.root, "samples")
	group.ParameterContextID = w.context
	gen := flow.NewProcessor(w.gen, w.group, "org.example.Source")
	gen.Name, gen.Comments, gen.Style = "Gen", "makes them", map[string]string{"background-color": "#ff0000"}
	gen.Position = flow.Position{X: 7, Y: 8.5}
	gen.Properties = map[string]*string{
		"Text": new("of #{size}"), "Level": new("high"), "Store": new(w.service), "extra": new("x"),
	}
	if secrets {
		w.hide(context, gen)
	}
	paint := flow.NewProcessor(w.paint, w.group, "org.example.Painter")
	paint.Name = "Paint"
	ghost := flow.NewProcessor(w.ghost, w.group, "org.example.Gone")
	ghost.Bundle = flow.Bundle{Group: "org.example", Artifact: "gone-nar", Version: "1"}
	ghost.Properties = map[string]*string{"What": new("ever")}
	ghost.AutoTerminated = []string{"done"}
	in, out := flow.NewInputPort(w.in, w.inner, "in"), flow.NewOutputPort(w.out, w.inner, "out")
	funnel := flow.NewFunnel(w.funnel, w.group)
	remote := flow.NewRemoteProcessGroup(w.remote, w.group, "https://example.com/nifi")
	remote.ProxyPassword = secret
	w.edit(
		flow.Create(context), flow.Create(group), flow.Create(flow.NewProcessGroup(w.inner, w.group, "inner")), flow.Create(gen),
		flow.Create(paint), flow.Create(ghost), flow.Create(in), flow.Create(out), flow.Create(funnel),
		flow.Create(flow.NewLabel(w.label, w.group, "a note")), flow.Create(flow.NewControllerService(w.service, w.group, "org.example.Shelf")),
		flow.Create(remote), flow.Create(flow.NewInputPort(w.lone, w.inner, "lone")),
		flow.Create(flow.NewConnection(w.queue, w.group, flow.EndOf(gen), flow.EndOf(paint), "success")),
		flow.Create(flow.NewConnection(w.painted, w.group, flow.EndOf(paint), flow.EndOf(funnel), "success")),
		flow.Create(flow.NewConnection(w.ported, w.inner, flow.EndOf(in), flow.EndOf(out))),
		flow.Run(flow.KindControllerService, w.service, flow.Enabled),
	)
}

// hide gives a context and a processor sensitive values.
func (w *world) hide(context *flow.ParameterContext, p *flow.Processor) {
	context.Parameters["secret"] = flow.Parameter{Value: new(secret), Sensitive: true}
	p.Properties["Password"], p.Properties["hidden"] = new(secret), new(secret)
	p.Descriptors = map[string]flow.PropertyDescriptor{"hidden": {Sensitive: true, Dynamic: true}}
	sensitive := func(name string) bool { return name == "Password" || name == "hidden" }
	if err := errors.Join(w.n.Cipher.SealContext(context), w.n.Cipher.Seal(p.Properties, sensitive)); err != nil {
		w.t.Fatal(err)
	}
}

func id(n int) string {
	return "00000000-0000-4000-8000-0000000000" + string("0123456789"[n/10]) + string("0123456789"[n%10])
}

func (w *world) edit(changes ...flow.Change) {
	w.t.Helper()
	_, err := w.n.Edit(context.Background(), "somebody", func(*flow.Flow) (flow.ChangeSet, error) {
		return flow.ChangeSet{ClientID: "client-1", Changes: changes}, nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.n.Engine.Settle()
}

// put fills the first queue.
func (w *world) put(content string, attrs map[string]string) {
	w.t.Helper()
	if err := w.n.Engine.Enqueue(w.queue, strings.NewReader(content), attrs); err != nil {
		w.t.Fatal(err)
	}
}

// run lets a processor work once, in this goroutine, and waits for its events.
func (w *world) run(id string) {
	w.t.Helper()
	ctx := context.Background()
	if _, problems := w.n.Engine.Prepare(ctx, id); len(problems) > 0 {
		w.t.Fatal(problems)
	}
	if err := w.n.Engine.Trigger(ctx, id); err != nil {
		w.t.Fatal(err)
	}
	if err := w.n.Engine.Retire(ctx, id); err != nil {
		w.t.Fatal(err)
	}
	if err := w.n.Engine.FlushEvents(ctx); err != nil {
		w.t.Fatal(err)
	}
}

// answer is what the API answered.
type answer struct {
	*httptest.ResponseRecorder
	t testing.TB
}

// do sends a request; body may be nil, a string, or what is to be sent as JSON.
func (w *world) do(method, path string, body any, headers ...string) answer {
	w.t.Helper()
	var in io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		in = strings.NewReader(b)
	default:
		data, err := json.Marshal(b)
		if err != nil {
			w.t.Fatal(err)
		}
		in = bytes.NewReader(data)
	}
	r := httptest.NewRequest(method, "http://localhost:8080"+path, in)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	w.h.ServeHTTP(rec, r)
	return answer{rec, w.t}
}

func (w *world) get(path string) answer { w.t.Helper(); return w.do("GET", "/nifi-api"+path, nil) }

// want checks the status and the text of an error.
func (a answer) want(status int, text ...string) answer {
	a.t.Helper()
	if a.Code != status {
		a.t.Fatalf("got %d %s, want %d", a.Code, a.Body, status)
	}
	for _, s := range text {
		if !strings.Contains(a.Body.String(), s) {
			a.t.Errorf("got %s, want %q in it", a.Body, s)
		}
	}
	return a
}

// at finds a value in a JSON answer by names and indexes: "processGroupFlow", "flow", 0.
func (a answer) at(path ...any) any {
	a.t.Helper()
	var v any
	if err := json.Unmarshal(a.Body.Bytes(), &v); err != nil {
		a.t.Fatalf("%v in %s", err, a.Body)
	}
	for _, p := range path {
		switch k := p.(type) {
		case string:
			m, ok := v.(map[string]any)
			if !ok {
				a.t.Fatalf("no object with %q in %s", k, a.Body)
			}
			v = m[k]
		case int:
			l, ok := v.([]any)
			if !ok || k >= len(l) {
				a.t.Fatalf("no element %d in %v", k, v)
			}
			v = l[k]
		}
	}
	return v
}

func (a answer) text(path ...any) string {
	a.t.Helper()
	s, ok := a.at(path...).(string)
	if !ok {
		a.t.Fatalf("%v is no text in %s", path, a.Body)
	}
	return s
}

// bulletinOf is the source of a bulletin about the first processor.
func bulletinOf(w *world) bulletin.Source {
	return bulletin.Source{ID: w.gen, Name: "Gen", Type: "Source", GroupID: w.group, Category: "Log Message"}
}

package metrics_test

import (
	"context"
	"io"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/braidflow/braid/internal/bulletin"
	"github.com/braidflow/braid/internal/extension"
	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/internal/metrics"
	"github.com/braidflow/braid/internal/node"
	"github.com/braidflow/braid/internal/repo/flowfile"
	"github.com/braidflow/braid/internal/vfs"
	"github.com/braidflow/braid/sdk"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// maker makes one FlowFile of three bytes at a time.
type maker struct{ success sdk.Relationship }

func (p *maker) Describe(s *sdk.Spec) {
	s.About("Makes FlowFiles.")
	s.Rel(&p.success, "success", "All.")
}

func (p *maker) Trigger(_ context.Context, s *sdk.Session) error {
	ff, err := s.Write(s.Create(), func(w io.Writer) error { _, err := io.WriteString(w, "one"); return err })
	if err == nil {
		s.Transfer(ff, p.success)
	}
	return err
}

const name = `a "name" with \ and` + "\nmore"

// newNode opens a node with a processor, a queue that is full from one FlowFile on, and a processor behind it.
func newNode(t *testing.T) *node.Node {
	t.Helper()
	types, err := extension.New(sdk.Component{Type: "org.example.Maker", New: func() sdk.Processor { return new(maker) }})
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
	_, err = n.Edit(t.Context(), "", func(f *flow.Flow) (flow.ChangeSet, error) {
		root := f.Root().ID
		a, b := flow.NewProcessor("a", root, "org.example.Maker"), flow.NewProcessor("b", root, "org.example.Maker")
		a.Name = name
		c := flow.NewConnection("c", root, flow.EndOf(a), flow.EndOf(b), "success")
		c.BackPressureObjects = 1
		return flow.ChangeSet{Changes: []flow.Change{flow.Create(a), flow.Create(b), flow.Create(c)}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// scrape reads metrics as Prometheus does: it checks each line and returns the values by name and labels.
func scrape(t *testing.T, c *metrics.Collector) map[string]float64 {
	t.Helper()
	rec := httptest.NewRecorder()
	c.ServeHTTP(rec, httptest.NewRequest("GET", "/metrics", nil))
	if got := rec.Header().Get("Content-Type"); got != "text/plain; version=0.0.4; charset=utf-8" {
		t.Errorf("got %s", got)
	}
	line := regexp.MustCompile(`^([a-z_]+)((?:\{(?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*\})?) (-?[0-9.]+)$`)
	kind := regexp.MustCompile(`^# TYPE ([a-z_]+) (counter|gauge)$`)
	values, family := map[string]float64{}, ""
	for text := range strings.SplitSeq(strings.TrimSuffix(rec.Body.String(), "\n"), "\n") {
		if m := kind.FindStringSubmatch(text); m != nil {
			if family = m[1]; (m[2] == "counter") != strings.HasSuffix(family, "_total") {
				t.Errorf("%s has a name that does not say what it is", text)
			}
			continue
		}
		if strings.HasPrefix(text, "# HELP ") {
			continue
		}
		m := line.FindStringSubmatch(text)
		if m == nil || m[1] != family {
			t.Errorf("%q is not in the format, or not after its TYPE", text)
			continue
		}
		if _, twice := values[m[1]+m[2]]; twice {
			t.Errorf("%s is there twice", m[1]+m[2])
		}
		v, err := strconv.ParseFloat(m[3], 64)
		if err != nil {
			t.Error(err)
		}
		values[m[1]+m[2]] = v
	}
	return values
}

func TestMetrics_TellWhatHappened(t *testing.T) {
	n := newNode(t)
	c := metrics.New(n, "1.2.3")
	if _, problems := n.Engine.Prepare(t.Context(), "a"); len(problems) > 0 {
		t.Fatal(problems)
	}
	n.Engine.Bulletins.Add(bulletin.Source{ID: "a"}, 8, "bad", "")
	if err := n.Engine.Trigger(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	if err := n.Engine.Retire(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	values := scrape(t, c)
	root := n.Flow().Root().ID
	a := `{id="a",name="a \"name\" with \\ and\nmore",type="Maker",group_id="` + root + `"}`
	queue := `{id="c",source="a \"name\" with \\ and\nmore",destination="Maker",group_id="` + root + `"}`
	for name, want := range map[string]float64{
		"braid_up": 1, "braid_component_flowfiles_out_total" + a: 1, "braid_component_bytes_written_total" + a: 3,
		"braid_component_bytes_out_total" + a: 3, "braid_component_flowfiles_in_total" + a: 0,
		"braid_connection_flowfiles" + queue: 1, "braid_connection_bytes" + queue: 3, "braid_connection_back_pressure" + queue: 1,
		`braid_bulletins_total{level="ERROR"}`: 1, `braid_bulletins_total{level="INFO"}`: 0, "braid_content_claims": 1,
		"braid_content_full": 0, "braid_content_live_bytes": 3,
	} {
		if got, ok := values[name]; !ok || got != want {
			t.Errorf("%s is %v (%v), want %v", name, got, ok, want)
		}
	}
	for _, name := range []string{"go_goroutines", "go_memory_total_bytes", "go_memory_heap_used_bytes", "process_start_time_seconds"} {
		if values[name] <= 0 {
			t.Errorf("%s is %v", name, values[name])
		}
	}
}

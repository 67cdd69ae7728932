// Package metrics writes a node's figures in Prometheus' text format. It does so by hand: the client library would add
// eight seconds of processor time to a cold build, for a format of three kinds of lines.
//
// Counters grow from the start of the node; gauges are what is now. Components carry their id, name, type and group.
package metrics

import (
	"maps"
	"net/http"
	"runtime"
	"slices"
	"sync"

	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/internal/node"
	"github.com/braidflow/braid/sdk"
)

// Collector answers /metrics. It may be used concurrently.
type Collector struct {
	node    *node.Node
	version string

	mu        sync.Mutex // guards bulletins
	bulletins map[string]int64
}

// New returns a collector of a node's figures; it counts bulletins from now on.
func New(n *node.Node, version string) *Collector {
	c := &Collector{node: n, version: version, bulletins: map[string]int64{"ERROR": 0, "WARNING": 0, "INFO": 0, "DEBUG": 0}}
	n.Engine.Bulletins.Watch(func(b sdk.Bulletin) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.bulletins[b.Level]++
	})
	return c
}

// ServeHTTP implements http.Handler.
func (c *Collector) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	t := &text{}
	c.build(t)
	c.components(t)
	c.connections(t)
	c.repositories(t)
	c.runtime(t)
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_, _ = w.Write(t.b.Bytes()) // the client may be gone
}

func (c *Collector) build(t *text) {
	t.metric("braid_build_info", gauge, "What is running; the value is 1.")
	t.value(1, "version", c.version, "go_version", runtime.Version(), "os", runtime.GOOS, "arch", runtime.GOARCH)
	t.metric("process_start_time_seconds", gauge, "When the node started, in seconds since 1970.")
	t.value(float64(c.node.Start.UnixMilli()) / 1000)
	t.metric("braid_up", gauge, "1 while the node can keep what it promises, 0 once its disk has failed.")
	t.value(truth(c.node.Engine.Err() == nil))
}

// worker is a component that runs, with its labels and figures.
type worker struct {
	labels []string
	st     sdk.Status
}

func (c *Collector) components(t *text) {
	var all []worker
	for d := range c.node.Flow().All() {
		switch d.Kind() {
		case flow.KindProcessor, flow.KindInputPort, flow.KindOutputPort, flow.KindFunnel:
			b := d.Common()
			st := c.node.Engine.Totals(b.ID)
			all = append(all, worker{[]string{"id", b.ID, "name", b.Name, "type", st.Type, "group_id", b.GroupID}, st})
		}
	}
	family := func(name string, k kind, help string, of func(*sdk.Status) float64) {
		t.metric(name, k, help)
		for i := range all {
			t.value(of(&all[i].st), all[i].labels...)
		}
	}
	family("braid_component_flowfiles_in_total", counter, "FlowFiles taken from queues.", func(s *sdk.Status) float64 { return float64(s.In.Count) })
	family("braid_component_bytes_in_total", counter, "Bytes of the FlowFiles taken from queues.", func(s *sdk.Status) float64 { return float64(s.In.Bytes) })
	family("braid_component_flowfiles_out_total", counter, "FlowFiles put into queues.", func(s *sdk.Status) float64 { return float64(s.Out.Count) })
	family("braid_component_bytes_out_total", counter, "Bytes of the FlowFiles put into queues.", func(s *sdk.Status) float64 { return float64(s.Out.Bytes) })
	family("braid_component_bytes_read_total", counter, "Bytes of content read.", func(s *sdk.Status) float64 { return float64(s.Read) })
	family("braid_component_bytes_written_total", counter, "Bytes of content written.", func(s *sdk.Status) float64 { return float64(s.Written) })
	family("braid_component_flowfiles_received_total", counter, "FlowFiles whose data came from outside.", func(s *sdk.Status) float64 { return float64(s.Received.Count) })
	family("braid_component_flowfiles_sent_total", counter, "FlowFiles whose data went outside.", func(s *sdk.Status) float64 { return float64(s.Sent.Count) })
	family("braid_component_tasks_total", counter, "Tasks that were run.", func(s *sdk.Status) float64 { return float64(s.Tasks) })
	family("braid_component_task_seconds_total", counter, "Time that tasks took.", func(s *sdk.Status) float64 { return s.TaskTime.Seconds() })
	family("braid_component_active_tasks", gauge, "Tasks that run now.", func(s *sdk.Status) float64 { return float64(s.ActiveThreads) })
}

func (c *Collector) connections(t *text) {
	type queue struct {
		labels       []string
		count, bytes int64
		full         bool
	}
	var all []queue
	f := c.node.Flow()
	for d := range f.All() {
		conn, ok := d.(*flow.Connection)
		q := c.node.Engine.Queue(d.Common().ID)
		if !ok || q == nil {
			continue
		}
		x := queue{full: q.Full(), labels: []string{
			"id", conn.ID, "source", f.EndpointName(conn.Source), "destination", f.EndpointName(conn.Destination), "group_id", conn.GroupID,
		}}
		x.count, x.bytes = q.Size()
		all = append(all, x)
	}
	family := func(name, help string, of func(*queue) float64) {
		t.metric(name, gauge, help)
		for i := range all {
			t.value(of(&all[i]), all[i].labels...)
		}
	}
	family("braid_connection_flowfiles", "FlowFiles in the queue.", func(q *queue) float64 { return float64(q.count) })
	family("braid_connection_bytes", "Bytes of the FlowFiles in the queue.", func(q *queue) float64 { return float64(q.bytes) })
	family("braid_connection_back_pressure", "1 while the queue keeps its source from running.", func(q *queue) float64 { return truth(q.full) })
}

func (c *Collector) repositories(t *text) {
	c.mu.Lock()
	bulletins := maps.Clone(c.bulletins)
	c.mu.Unlock()
	t.metric("braid_bulletins_total", counter, "Bulletins by level.")
	for _, level := range slices.Sorted(maps.Keys(bulletins)) {
		t.value(float64(bulletins[level]), "level", level)
	}
	e := c.node.Engine
	committed, durable := e.Durability()
	t.one("braid_flowfile_log_committed_bytes_total", counter, "Bytes of the FlowFile log that were committed.", float64(committed))
	t.one("braid_flowfile_log_durable_bytes_total", counter, "Bytes of the FlowFile log that have reached the watermark of durability.", float64(durable))
	t.one("braid_provenance_stored_bytes_total", counter, "Position in the FlowFile log up to which provenance events are stored.", float64(e.Provenance.Stored()))
	s := e.ContentStats()
	t.one("braid_content_segments", gauge, "Files of the content repository.", float64(s.Segments))
	t.one("braid_content_segments_archived", gauge, "Files of the content repository that no FlowFile refers to.", float64(s.Archived))
	t.one("braid_content_claims", gauge, "Contents that FlowFiles refer to.", float64(s.Contents))
	t.one("braid_content_live_bytes", gauge, "Bytes of the contents that FlowFiles refer to.", float64(s.LiveBytes))
	t.one("braid_content_bytes", gauge, "Bytes of all files of the content repository.", float64(s.Bytes))
	t.one("braid_content_damaged_total", counter, "Contents that failed their checksum.", float64(s.Damaged))
	t.one("braid_content_full", gauge, "1 while there is no room for more content.", truth(s.Full))
	if u, err := e.Disk(); err == nil {
		t.one("braid_disk_bytes", gauge, "Size of the disk that holds the node's data.", float64(u.Total))
		t.one("braid_disk_free_bytes", gauge, "Free bytes of the disk that holds the node's data.", float64(u.Free))
	}
}

func (c *Collector) runtime(t *text) {
	m := ReadRuntime()
	t.one("go_goroutines", gauge, "Goroutines.", float64(m.Goroutines))
	t.one("go_memory_total_bytes", gauge, "Memory that the process has of the operating system.", float64(m.Total))
	t.one("go_memory_heap_bytes", gauge, "Memory of the heap, the free part included.", float64(m.HeapTotal))
	t.one("go_memory_heap_used_bytes", gauge, "Memory of objects on the heap.", float64(m.HeapUsed))
	t.one("go_gc_cycles_total", counter, "Garbage collections.", float64(m.GCCycles))
	t.one("go_gc_cpu_seconds_total", counter, "Processor time of garbage collections.", m.GCTime.Seconds())
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

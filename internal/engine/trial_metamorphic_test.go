package engine_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/braidflow/braid/internal/clock"
	"github.com/braidflow/braid/internal/engine"
	"github.com/braidflow/braid/internal/extension"
	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/internal/repo/flowfile"
	"github.com/braidflow/braid/internal/repo/provenance"
	"github.com/braidflow/braid/internal/vfs"
	"github.com/braidflow/braid/sdk"
)

// variant is a way to run a flow that must make no difference to what comes out.
type variant struct {
	durability   flowfile.Durability
	threads      int
	tasks, batch int
	swap, block  int
	snapshot     time.Duration
	logSegment   int64
	contents     int64 // size of a segment
	limit        int64 // back pressure in FlowFiles
	restarts     int
}

func randomVariant(rng *rand.Rand) variant {
	return variant{
		durability: []flowfile.Durability{flowfile.Durable, flowfile.Durable, flowfile.Written, flowfile.Memory}[rng.IntN(4)],
		threads:    []int{1, 2, 10}[rng.IntN(3)],
		tasks:      1 + rng.IntN(4),
		batch:      []int{1, 3, 50}[rng.IntN(3)],
		swap:       []int{-1, 0, 4, 20}[rng.IntN(4)],
		block:      []int{0, 2, 7}[rng.IntN(3)],
		snapshot:   []time.Duration{-1, time.Millisecond, 20 * time.Millisecond}[rng.IntN(3)],
		logSegment: []int64{0, 4 << 10, 64 << 10}[rng.IntN(3)],
		contents:   []int64{0, 16 << 10, 128 << 10}[rng.IntN(3)],
		limit:      []int64{0, 1, 10}[rng.IntN(3)],
		restarts:   rng.IntN(3),
	}
}

// trial is one node that runs a random flow over one disk.
type trial struct {
	t    *testing.T
	flow *randomFlow
	v    variant
	fs   vfs.FS
	out  *outside
	e    *engine.Engine

	crashed bool        // the disk is one that a loss of power or a fault left
	clock   clock.Clock // nil = the real one
	calls   int         // to the disk before the node was closed
}

func (r *trial) name() string { return fmt.Sprintf("seed %d, %+v, flow %s", r.flow.seed, r.v, r.flow) }

func (r *trial) open() error {
	var types []sdk.Component
	for i, st := range r.flow.steps {
		if st.kind != funnel {
			seed := r.flow.seed + uint64(i)
			types = append(types, sdk.Component{Type: "test." + st.id, New: func() sdk.Processor {
				return &stepProcessor{st: st, r: r, batch: r.v.batch, rng: rand.New(rand.NewPCG(seed, 5)), bins: map[string]*bin{}}
			}})
		}
	}
	reg, err := extension.New(types...)
	if err != nil {
		return err
	}
	r.e, err = engine.Open(engine.Options{
		FS: r.fs, Dir: "data", Types: reg, Durability: r.v.durability, Threads: r.v.threads, Swap: r.v.swap,
		SwapBlock: r.v.block, SnapshotEvery: r.v.snapshot, LogSegment: r.v.logSegment, ContentSegment: r.v.contents,
		Provenance: provenance.Options{FlushAfter: 5 * time.Millisecond}, Clock: r.clock,
	})
	if err != nil {
		return err
	}
	r.e.Apply(r.draw())
	return nil
}

// draw makes the flow of the steps.
func (r *trial) draw() *flow.Flow {
	changes := []flow.Change{flow.Create(flow.NewProcessGroup("root", "", "random"))}
	made := map[*step]flow.Component{}
	for _, st := range r.flow.steps {
		made[st] = r.component(st)
		changes = append(changes, flow.Create(made[st]))
	}
	for _, st := range r.flow.steps {
		for i, next := range st.next {
			c := flow.NewConnection(st.id+">"+next.id, "root", flow.EndOf(made[st]), flow.EndOf(made[next]))
			if st.kind != funnel {
				c.Relationships = []string{"a"}
			}
			if st.kind == route && i == 1 {
				c.Relationships = []string{"b"}
			}
			c.BackPressureObjects = r.v.limit
			if r.beforeJoin(next) {
				c.BackPressureObjects = 0 // a join holds parts until it has all of them: it must not keep the rest away
			}
			changes = append(changes, flow.Create(c))
		}
	}
	f, _, err := flow.Empty().Apply(flow.ChangeSet{Changes: changes})
	if err != nil {
		r.t.Fatalf("%s: %v", r.name(), err)
	}
	return f
}

func (r *trial) beforeJoin(st *step) bool {
	for st.kind < lastLinear && len(st.next) > 0 {
		st = st.next[0]
	}
	return st.kind == join
}

func (r *trial) component(st *step) flow.Component {
	if st.kind == funnel {
		return flow.NewFunnel(st.id, "root")
	}
	p := flow.NewProcessor(st.id, "root", "test."+st.id)
	p.State, p.PenaltyDuration, p.YieldDuration = flow.Running, "1 ms", "1 ms"
	p.AutoTerminated = []string{"b"}
	switch {
	case st.kind == route:
		p.AutoTerminated = nil
	case st.kind == retried:
		p.Retried, p.RetryCount, p.MaxBackoff = []string{"a"}, 2, "2 ms"
	case len(st.next) == 0:
		p.AutoTerminated = []string{"a", "b"}
	}
	if st.id != "source" {
		p.ConcurrentTasks = r.v.tasks
	}
	return p
}

// took tells whether all inputs were taken for good. A lister may have written that down and not said so.
func (r *trial) took() bool {
	if r.flow.source == lister {
		state, err := r.e.StateOf("source", sdk.Local)
		return err == nil && state["next"] == strconv.Itoa(r.flow.inputs)
	}
	return r.out.safe(r.flow.inputs)
}

// done tells whether all inputs were taken and nothing is left in the queues.
func (r *trial) done() bool {
	if !r.took() {
		return false
	}
	for _, st := range r.flow.steps {
		for _, next := range st.next {
			if n, _ := r.e.Queue(st.id + ">" + next.id).Size(); n > 0 {
				return false
			}
		}
	}
	for _, st := range r.flow.steps { // a task may have committed and not told the outside yet
		if r.e.ComponentStatus(st.id).ActiveThreads > 0 {
			return false
		}
	}
	return true
}

// finish runs the flow to its end.
func (r *trial) finish() {
	r.t.Helper()
	if err := r.tryFinish(); err != nil {
		r.t.Fatalf("%s: %v", r.name(), err)
	}
}

// tryFinish is finish for a node whose disk may fail.
func (r *trial) tryFinish() error {
	deadline := time.NewTimer(20 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(200 * time.Microsecond)
	defer tick.Stop()
	for !r.done() {
		select {
		case <-tick.C:
		case <-r.e.Failed():
			return fmt.Errorf("failed: %w", r.e.Err())
		case <-deadline.C:
			return fmt.Errorf("stuck: %s", r.queues())
		}
	}
	return r.e.Flush(r.t.Context())
}

// queues says where FlowFiles are.
func (r *trial) queues() string {
	var b strings.Builder
	state, _ := r.e.StateOf("source", sdk.Local)
	fmt.Fprintf(&b, "inputs acknowledged: %d, waiting: %d, state %v, missing: %d", len(r.out.promises()), len(r.out.waiting), state, len(r.out.missing()))
	for _, st := range r.flow.steps {
		for _, next := range st.next {
			if n, _ := r.e.Queue(st.id + ">" + next.id).Size(); n > 0 {
				fmt.Fprintf(&b, ", %s>%s: %d", st.id, next.id, n)
			}
		}
	}
	return b.String() + "\n" + bulletins(r.e)
}

func (r *trial) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := r.e.Close(ctx); err != nil {
		r.t.Errorf("%s: close: %v", r.name(), err)
	}
}

// check compares what arrived with what should have.
func (r *trial) check(when string) {
	r.t.Helper()
	if wrong := r.out.wrong; len(wrong) > 0 {
		r.t.Fatalf("%s, %s: %d are wrong, first %s", r.name(), when, len(wrong), wrong[0])
	}
	if st := r.e.Contents(); st.Contents != 0 || st.UnknownReleases != 0 || st.Damaged != 0 {
		r.t.Fatalf("%s, %s: no FlowFile is left, but of contents there is %+v", r.name(), when, st)
	}
	missing := r.out.missing()
	if r.v.durability != flowfile.Memory {
		h := r.readHistory(when)
		h.check(when)
		missing = slices.DeleteFunc(missing, h.told)
	}
	if len(missing) > 0 {
		r.t.Fatalf("%s, %s: lost %d of %d, first %s", r.name(), when, len(missing), len(r.out.want), missing[0])
	}
}

// history is what provenance says.
type history struct {
	r           *trial
	born, ended map[string]bool // by uuid
	parents     map[string][]string
	dropped     map[string]bool // by token.key
}

func (r *trial) readHistory(when string) *history {
	r.t.Helper()
	if err := r.e.FlushEvents(r.t.Context()); err != nil {
		r.t.Fatalf("%s, %s: %v", r.name(), when, err)
	}
	all, err := r.e.Provenance.Search(r.t.Context(), provenance.Query{Max: 1 << 20})
	if err != nil {
		r.t.Fatalf("%s, %s: %v", r.name(), when, err)
	}
	h := &history{r, map[string]bool{}, map[string]bool{}, map[string][]string{}, map[string]bool{}}
	for _, ev := range all.Events {
		switch ev.Type {
		case provenance.Create:
			h.born[ev.UUID.String()] = true
		case provenance.Drop:
			h.ended[ev.UUID.String()] = true
			n, _ := strconv.Atoi(ev.Previous["n"])
			h.dropped[token{n: n, trail: ev.Previous["trail"]}.key(ev.ComponentID.String())] = true
		}
		for _, child := range ev.Children {
			h.born[child.String()] = true
			for _, p := range ev.Parents {
				h.parents[child.String()] = append(h.parents[child.String()], p.String())
			}
		}
	}
	return h
}

// check looks for the events of all that was delivered, back to where it came from.
func (h *history) check(when string) {
	r := h.r
	r.t.Helper()
	for _, uuid := range r.out.uuids {
		if !h.ended[uuid] {
			r.t.Fatalf("%s, %s: %s was delivered but has no DROP event", r.name(), when, uuid)
		}
		for list := []string{uuid}; len(list) > 0; list = list[1:] {
			if !h.born[list[0]] {
				r.t.Fatalf("%s, %s: no event says where %s, an ancestor of what was delivered, came from", r.name(), when, list[0])
			}
			list = append(list, h.parents[list[0]]...)
		}
	}
}

// told tells whether a FlowFile reached a sink that speaks only after its commit: when the power went between the two,
// the commit holds although nobody heard of it.
func (h *history) told(key string) bool {
	return h.r.crashed && strings.HasPrefix(key, kindNames[sinkAfter]) && h.dropped[key]
}

package provenance

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"github.com/braidflow/braid/internal/repo/flowfile"
)

// LineageQuery says where a lineage starts and how far it goes.
type LineageQuery struct {
	UUIDs []flowfile.UUID // the FlowFiles to start from
	// Deep follows parents and children to the end. Otherwise only events that name one of UUIDs are shown, as in
	// NiFi, where the user expands the graph step by step (with the Parents or Children of an event as UUIDs).
	Deep bool
	Max  int // events at most; default 10,000
}

// Lineage is a graph: what happened to some FlowFiles, in order of time.
type Lineage struct {
	Nodes []LineageNode
	Links []LineageLink
	More  bool // there are more events than the maximum
}

// LineageNode is an event, or a FlowFile that an event made.
type LineageNode struct {
	ID    string // the event's number or the FlowFile's uuid
	Event *Record
	UUID  flowfile.UUID // of the FlowFile
	Time  int64         // Unix milliseconds
}

// LineageLink leads from one node to the next in the life of a FlowFile.
type LineageLink struct {
	From, To string // ids of nodes
	UUID     flowfile.UUID
	Time     int64 // of the later node, Unix milliseconds
}

const defaultLineageMax = 10_000

// Lineage follows FlowFiles through their events. For the lineage of an event start from its FlowFile.
func (r *Repository) Lineage(ctx context.Context, q LineageQuery) (*Lineage, error) {
	if q.Max <= 0 {
		q.Max = defaultLineageMax
	}
	seen := map[flowfile.UUID]bool{}
	events := map[uint64]*Record{}
	for todo := slices.Clone(q.UUIDs); len(todo) > 0 && len(events) <= q.Max; {
		id := todo[0]
		todo = todo[1:]
		if seen[id] {
			continue
		}
		seen[id] = true
		res, err := r.Search(ctx, Query{
			Terms: []Term{{Field: FieldFlowFileUUID, Value: id.String()}}, Max: q.Max + 1, OldestFirst: true,
		})
		if err != nil {
			return nil, err
		}
		for _, e := range res.Events {
			events[e.ID] = e
			if q.Deep {
				todo = append(append(append(todo, e.UUID), e.Parents...), e.Children...)
			}
		}
	}
	ordered := make([]*Record, 0, len(events))
	for _, e := range events {
		ordered = append(ordered, e)
	}
	slices.SortFunc(ordered, func(a, b *Record) int { return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(a.ID, b.ID)) })
	g := graph{seen: seen, last: map[flowfile.UUID]string{}, made: map[flowfile.UUID]bool{}}
	if g.More = len(ordered) > q.Max; g.More {
		ordered = ordered[:q.Max]
	}
	for _, e := range ordered {
		g.add(e)
	}
	return &g.Lineage, nil
}

// graph builds a Lineage. As NiFi's StandardLineageResult.
type graph struct {
	Lineage
	seen map[flowfile.UUID]bool   // the FlowFiles that are followed
	last map[flowfile.UUID]string // the newest node of a FlowFile
	made map[flowfile.UUID]bool   // FlowFiles that have a node
}

func (g *graph) add(e *Record) {
	id := strconv.FormatUint(e.ID, 10)
	g.Nodes = append(g.Nodes, LineageNode{ID: id, Event: e, UUID: e.UUID, Time: e.Time})
	g.link(e.UUID, id, e.Time)
	switch e.Type {
	case Fork, Join, Clone, Replay:
		for _, parent := range e.Parents {
			g.link(parent, id, e.Time)
		}
		for _, child := range e.Children {
			if g.seen[child] {
				g.make(child, id, e.Time)
			}
		}
	case Create, Receive, Fetch:
		g.make(e.UUID, id, e.Time)
	}
}

// link continues the life of a FlowFile at a node.
func (g *graph) link(uuid flowfile.UUID, node string, time int64) {
	if from := g.last[uuid]; from != "" && from != node {
		g.Links = append(g.Links, LineageLink{From: from, To: node, UUID: uuid, Time: time})
	}
	g.last[uuid] = node
}

// make shows a FlowFile that came out of a node.
func (g *graph) make(uuid flowfile.UUID, node string, time int64) {
	if g.made[uuid] {
		return
	}
	g.made[uuid] = true
	id := uuid.String()
	g.Nodes = append(g.Nodes, LineageNode{ID: id, UUID: uuid, Time: time})
	g.Links = append(g.Links, LineageLink{From: node, To: id, UUID: uuid, Time: time})
	g.last[uuid] = id
}

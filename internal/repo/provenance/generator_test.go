package provenance_test

import (
	"fmt"
	"math/rand/v2"

	"github.com/braidflow/braid/internal/repo/content"
	"github.com/braidflow/braid/internal/repo/flowfile"
	"github.com/braidflow/braid/internal/repo/provenance"
)

// epoch is when the events of the tests happen, Unix milliseconds.
const epoch = 1_790_000_000_000

// generator makes random events that have values in common.
type generator struct {
	*rand.Rand
	now   int64
	uuids []flowfile.UUID
	attrs []flowfile.Attrs

	details string // of every event if set, to make it long
}

func newGenerator(rng *rand.Rand) *generator {
	g := &generator{Rand: rng, now: epoch + 10, attrs: []flowfile.Attrs{""}}
	for range 10 {
		g.uuids = append(g.uuids, flowfile.NewUUID())
	}
	return g
}

func (g *generator) uuid() flowfile.UUID {
	if g.IntN(5) == 0 {
		g.uuids = append(g.uuids, flowfile.NewUUID())
	}
	return g.uuids[len(g.uuids)-1-g.IntN(10)]
}

func (g *generator) some() []flowfile.UUID {
	var ids []flowfile.UUID
	for range g.IntN(3) {
		ids = append(ids, g.uuid())
	}
	return ids
}

func (g *generator) change(a flowfile.Attrs) flowfile.Attrs {
	names := [...]string{"filename", "path", "carrier", "Größe", "other"}
	name := names[g.IntN(len(names))]
	if g.IntN(4) == 0 {
		return a.Without(nil, func(n string) bool { return n == name })
	}
	return a.With(nil, flowfile.Attr{Name: name, Value: g.text("value")})
}

// text makes one of some texts, in varying case.
func (g *generator) text(stem string) string {
	switch i := g.IntN(8); g.IntN(3) {
	case 0:
		return fmt.Sprintf("%s-%d", stem, i)
	case 1:
		return fmt.Sprintf("%s.With Longer Text-%d", stem, i)
	default:
		return fmt.Sprintf("ABC%s-ä%d", stem, i)
	}
}

func (g *generator) claim() content.Claim {
	return content.Claim{Segment: 1 + g.Uint64N(9), Offset: g.Int64N(1 << 30), Length: g.Int64N(1000), Sum: g.Uint32()}
}

func (g *generator) event() provenance.Event {
	g.now = max(g.now+g.Int64N(10)-2, epoch)
	e := provenance.Event{
		Type: provenance.Type(g.IntN(len(provenance.Types()))), Time: g.now, Lineage: g.now - g.Int64N(1000), UUID: g.uuid(),
		ComponentID: provenance.MakeName(g.text("component")), ComponentType: provenance.MakeName(g.text("Type")),
		Size: g.Int64N(1000),
	}
	if g.IntN(2) == 0 {
		e.Relationship, e.SourceQueue = provenance.MakeName(g.text("rel")), provenance.MakeName(g.text("queue"))
		e.Before, e.Duration = g.claim(), g.Int64N(100)
	}
	if e.After = e.Before; g.IntN(2) == 0 {
		e.After = g.claim()
		e.Size = e.After.Length
	}
	if g.IntN(4) == 0 {
		e.TransitURI, e.Details, e.AlternateID = g.text("file:///x"), g.text("details"), g.text("urn")
	}
	if g.details != "" {
		e.Details = g.details
	}
	if g.IntN(4) == 0 {
		e.Parents, e.Children, e.SourceSystemID = g.some(), g.some(), g.text("there")
	}
	e.Attrs = g.attrs[g.IntN(len(g.attrs))]
	if e.Updated = e.Attrs; g.IntN(2) == 0 {
		e.Updated = g.change(g.change(e.Attrs))
		if g.attrs = append(g.attrs, e.Updated); len(g.attrs) > 100 {
			g.attrs = g.attrs[50:]
		}
	}
	return e
}

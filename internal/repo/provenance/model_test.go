package provenance_test

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/braidflow/braid/internal/repo/flowfile"
	"github.com/braidflow/braid/internal/repo/provenance"
)

var (
	seed   = flag.Uint64("seed", 0, "seed of the random tests; 0 = a new one")
	rounds = flag.Int("rounds", 1, "rounds of the random tests")

	benchEvents = flag.Int("events", 1_000_000, "events in the repository of BenchmarkSearch")
)

// random returns a generator whose seed is printed when the test fails.
func random(t testing.TB) *rand.Rand {
	s := *seed
	if s == 0 {
		s = rand.Uint64()
	}
	t.Logf("replay with -seed=%d", s)
	return rand.New(rand.NewPCG(s, 0))
}

// model is the naive repository: a list.
type model []entry

type entry struct {
	provenance.Record
	after map[string]string // attributes
}

// with returns the model after a blob in which the numbers mean names.
func (m model) with(t testing.TB, blob []byte, names []string) model {
	events, err := provenance.Decode(blob, names, uint64(len(m)))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		m = append(m, entry{e, e.Attributes()})
	}
	return m
}

// shuffle returns names as another process may have numbered them.
func shuffle(g *generator) []string {
	names := slices.Clone(flowfile.Names())
	g.Shuffle(len(names)-1, func(i, j int) { names[i+1], names[j+1] = names[j+1], names[i+1] })
	return names
}

func asciiLower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] += 'a' - 'A'
		}
	}
	return string(b)
}

// pattern returns the meaning of a search value as a regular expression.
func pattern(value string) *regexp.Regexp {
	p := regexp.QuoteMeta(asciiLower(value))
	p = strings.ReplaceAll(strings.ReplaceAll(p, `\*`, `.*`), `\?`, `.`)
	return regexp.MustCompile(`(?s)^` + p + `$`)
}

func values(r *entry, field string) []string {
	var v []string
	switch field {
	case provenance.FieldEventType:
		v = []string{r.Type.String()}
	case provenance.FieldFlowFileUUID:
		v = []string{r.UUID.String()}
		for _, id := range slices.Concat(r.Parents, r.Children) {
			v = append(v, id.String())
		}
	case provenance.FieldComponentID:
		v = []string{r.ComponentID.String()}
	case provenance.FieldRelationship:
		v = []string{r.Relationship.String()}
	case provenance.FieldSourceQueue:
		v = []string{r.SourceQueue.String()}
	case provenance.FieldTransitURI:
		v = []string{r.TransitURI}
	case provenance.FieldDetails:
		v = []string{r.Details}
	case provenance.FieldAlternateID:
		v = []string{r.AlternateID}
	case provenance.FieldFilename:
		field = "filename"
		fallthrough
	default:
		x, ok := r.after[field]
		if !ok {
			return nil
		}
		return []string{x}
	}
	return slices.DeleteFunc(v, func(s string) bool { return s == "" })
}

func (m model) search(q provenance.Query) []uint64 {
	var ids []uint64
	var patterns []*regexp.Regexp
	for _, t := range q.Terms {
		patterns = append(patterns, pattern(t.Value))
	}
	for i := range m {
		r := &m[i]
		ok := (q.From == 0 || r.Time >= q.From) && (q.To == 0 || r.Time <= q.To) &&
			(q.MinSize == nil || r.Size >= *q.MinSize) && (q.MaxSize == nil || r.Size <= *q.MaxSize)
		for i, t := range q.Terms {
			fits := func(v string) bool { return patterns[i].MatchString(asciiLower(v)) }
			ok = ok && slices.ContainsFunc(values(r, t.Field), fits) != t.Inverse
		}
		if ok {
			ids = append(ids, r.ID)
		}
	}
	if !q.OldestFirst {
		slices.Reverse(ids)
	}
	return ids
}

// query makes a random query; what it asks for is mostly there.
func (g *generator) query(m model) provenance.Query {
	fields := [...]string{
		provenance.FieldEventType, provenance.FieldFlowFileUUID, provenance.FieldComponentID, provenance.FieldRelationship,
		provenance.FieldFilename, provenance.FieldTransitURI, provenance.FieldDetails, provenance.FieldAlternateID,
		provenance.FieldSourceQueue, "carrier", "other", "path", "uuid", "Größe", "no.such",
	}
	q := provenance.Query{Max: 1 + g.IntN(300), OldestFirst: g.IntN(3) == 0}
	for range g.IntN(3) {
		t := provenance.Term{Field: fields[g.IntN(len(fields))], Value: "nothing", Inverse: g.IntN(6) == 0}
		if len(m) > 0 {
			if v := values(&m[g.IntN(len(m))], t.Field); len(v) > 0 && v[0] != "" {
				t.Value = g.pattern(v[g.IntN(len(v))])
			}
		}
		q.Terms = append(q.Terms, t)
	}
	if g.IntN(4) == 0 {
		q.From = epoch + g.Int64N(g.now-epoch+1)
	}
	if g.IntN(4) == 0 {
		q.To = epoch + g.Int64N(g.now-epoch+1)
	}
	if g.IntN(8) == 0 {
		n := g.Int64N(1000)
		q.MinSize = &n
	}
	if g.IntN(8) == 0 {
		n := g.Int64N(1000)
		q.MaxSize = &n
	}
	return q
}

// pattern varies the case of a value, or puts wildcards into it.
func (g *generator) pattern(v string) string {
	switch r := []rune(v); g.IntN(6) {
	case 0:
		return string(r[:g.IntN(len(r))]) + "*"
	case 1:
		r[g.IntN(len(r))] = '?'
		return string(r)
	case 2:
		return "*" + string(r[g.IntN(len(r)):])
	case 3:
		return strings.ToUpper(asciiOnly(v))
	default:
		return v
	}
}

func asciiOnly(v string) string {
	if strings.ContainsFunc(v, func(r rune) bool { return r > 127 }) {
		return asciiLower(v)
	}
	return v
}

func ids(events []*provenance.Record) []uint64 {
	var all []uint64
	for _, e := range events {
		all = append(all, e.ID)
	}
	return all
}

func (m model) compare(t *testing.T, r *running, q provenance.Query) {
	t.Helper()
	res, err := r.Search(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	want := m.search(q)
	more := len(want) > q.Max
	if more {
		want = want[:q.Max]
	}
	if got := ids(res.Events); !slices.Equal(got, want) || res.More != more || res.Damaged != 0 {
		t.Fatalf("query %+v\n got %v, more %v, damaged %d\nwant %v, more %v", q, got, res.More, res.Damaged, want, more)
	}
}

func TestRepository_AnswersAsTheModel(t *testing.T) {
	rng := random(t)
	for round := range *rounds {
		t.Run(strconv.Itoa(round), func(t *testing.T) { compareWithModel(t, rng) })
	}
}

// compareWithModel appends random commits and asks random questions in between, over restarts.
func compareWithModel(t *testing.T, rng *rand.Rand) {
	g := newGenerator(rng)
	opts := provenance.Options{
		Dir: t.TempDir(), SegmentEvents: 1 + g.IntN(2000), SegmentBytes: 1 + g.Int64N(200_000), IndexedAttributes: []string{"carrier", "path"},
	}
	r := start(t, opts)
	var m model
	shuffled := shuffle(g)
	large := g.IntN(60) // one commit is too large for a block
	for pos := uint64(1); pos <= 60; pos++ {
		var blob []byte
		if g.details = ""; pos == uint64(large) {
			g.details = strings.Repeat("long ", 1500)
		}
		for range g.commitSize(pos == uint64(large)) {
			e := g.event()
			blob = provenance.AppendEvent(blob, &e)
		}
		if g.IntN(10) == 0 {
			shuffled = shuffle(g)
		}
		names, add := flowfile.Names(), func() error { return r.Append(pos, blob) }
		if g.IntN(3) == 0 {
			names, add = shuffled, func() error { return r.Replay(pos, blob, shuffled) }
		}
		m = m.with(t, blob, names)
		if err := add(); err != nil {
			t.Fatal(err)
		}
		switch g.IntN(12) {
		case 0:
			r.flush()
			for range 10 {
				m.compare(t, r, g.query(m))
			}
			if r.Stored() != pos {
				t.Fatalf("Stored = %d, want %d", r.Stored(), pos)
			}
		case 1:
			r.close()
			r = start(t, opts)
		}
	}
	r.flush()
	for range 40 {
		m.compare(t, r, g.query(m))
	}
	m.compareOthers(t, r, g)
	r.close()
}

// compareOthers checks what is not a query.
func (m model) compareOthers(t *testing.T, r *running, g *generator) {
	for range 20 {
		want := &m[g.IntN(len(m))]
		e, err := r.Event(t.Context(), want.ID)
		if err != nil || e.Time != want.Time || e.UUID != want.UUID {
			t.Fatalf("Event(%d) = %+v, %v, want %+v", want.ID, e, err, want)
		}
		of, err := r.EventsOf(t.Context(), want.UUID)
		q := provenance.Query{Terms: []provenance.Term{{Field: provenance.FieldFlowFileUUID, Value: want.UUID.String()}}, OldestFirst: true}
		if err != nil || !slices.Equal(ids(of), m.search(q)) {
			t.Fatalf("EventsOf(%v) = %v, %v, want %v", want.UUID, ids(of), err, m.search(q))
		}
		component := want.ComponentID.String()
		latest, err := r.Latest(t.Context(), component, 3)
		q = provenance.Query{Terms: []provenance.Term{{Field: provenance.FieldComponentID, Value: component}}}
		if ws := m.search(q); err != nil || !slices.Equal(ids(latest), ws[:min(3, len(ws))]) {
			t.Fatalf("Latest(%s) = %v, %v, want of %v", component, ids(latest), err, ws)
		}
	}
	m.compareLineage(t, r, m[g.IntN(len(m))].UUID)
	if _, err := r.Event(t.Context(), uint64(len(m))); !errors.Is(err, provenance.ErrNotFound) {
		t.Errorf("an event to come: %v, want ErrNotFound", err)
	}
}

// compareLineage checks that a lineage has all events that are connected, and only links between its nodes.
func (m model) compareLineage(t *testing.T, r *running, from flowfile.UUID) {
	known := map[flowfile.UUID]bool{from: true}
	events := map[uint64]*provenance.Record{}
	for n := -1; n != len(events); {
		n = len(events)
		for i := range m {
			all := append(slices.Concat(m[i].Parents, m[i].Children), m[i].UUID)
			if slices.ContainsFunc(all, func(id flowfile.UUID) bool { return known[id] }) {
				events[m[i].ID] = &m[i].Record
				for _, id := range all {
					known[id] = true
				}
			}
		}
	}
	lin, err := r.Lineage(t.Context(), provenance.LineageQuery{UUIDs: []flowfile.UUID{from}, Deep: true, Max: len(m)})
	if err != nil {
		t.Fatal(err)
	}
	nodes := map[string]bool{}
	last := int64(0)
	for _, n := range lin.Nodes {
		if nodes[n.ID] || n.Time < last {
			t.Fatalf("node %s twice or out of order", n.ID)
		}
		nodes[n.ID], last = true, n.Time
		if n.Event != nil {
			if events[n.Event.ID] == nil {
				t.Fatalf("event %d does not belong to the lineage", n.Event.ID)
			}
			delete(events, n.Event.ID)
		}
	}
	if len(events) > 0 || lin.More {
		t.Fatalf("%d events are missing", len(events))
	}
	for _, l := range lin.Links {
		if !nodes[l.From] || !nodes[l.To] || l.From == l.To {
			t.Fatalf("link %+v between what is not there", l)
		}
	}
}

func TestLineage_ForkAndJoin(t *testing.T) {
	r := start(t, provenance.Options{Dir: t.TempDir()})
	a, b, c, d := flowfile.NewUUID(), flowfile.NewUUID(), flowfile.NewUUID(), flowfile.NewUUID()
	var blob []byte
	for i, e := range []provenance.Event{
		{Type: provenance.Create, UUID: a},
		{Type: provenance.Fork, UUID: a, Parents: []flowfile.UUID{a}, Children: []flowfile.UUID{b, c}},
		{Type: provenance.Drop, UUID: a},
		{Type: provenance.AttributesModified, UUID: b},
		{Type: provenance.Join, UUID: d, Parents: []flowfile.UUID{b, c}, Children: []flowfile.UUID{d}},
		{Type: provenance.Send, UUID: d},
	} {
		e.Time = epoch + int64(i)
		blob = provenance.AppendEvent(blob, &e)
	}
	if err := r.Append(1, blob); err != nil {
		t.Fatal(err)
	}
	r.flush()
	name := map[string]string{a.String(): "a", b.String(): "b", c.String(): "c", d.String(): "d"}
	show := func(q provenance.LineageQuery) string {
		lin, err := r.Lineage(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		var links []string
		for _, l := range lin.Links {
			links = append(links, cmp.Or(name[l.From], l.From)+">"+cmp.Or(name[l.To], l.To)+":"+name[l.UUID.String()])
		}
		return fmt.Sprintf("%d nodes %s more=%v", len(lin.Nodes), strings.Join(links, " "), lin.More)
	}
	tests := map[string]struct {
		query provenance.LineageQuery
		want  string
	}{
		"one FlowFile":  {provenance.LineageQuery{UUIDs: []flowfile.UUID{b}}, "4 nodes 1>b:b b>3:b 3>4:b more=false"},
		"all relatives": {provenance.LineageQuery{UUIDs: []flowfile.UUID{c}, Deep: true}, "10 nodes 0>a:a a>1:a 1>b:b 1>c:c 1>2:a b>3:b 3>4:b c>4:c 4>d:d d>5:d more=false"},
		"at most two":   {provenance.LineageQuery{UUIDs: []flowfile.UUID{b}, Max: 2}, "3 nodes 1>b:b b>3:b more=true"},
		"unknown":       {provenance.LineageQuery{UUIDs: []flowfile.UUID{flowfile.NewUUID()}}, "0 nodes  more=false"},
	}
	for what, tc := range tests {
		if got := show(tc.query); got != tc.want {
			t.Errorf("%s: %s, want %s", what, got, tc.want)
		}
	}
}

func TestSearch_RefusesATermWithoutValue(t *testing.T) {
	r := start(t, provenance.Options{Dir: t.TempDir()})
	_, err := r.Search(t.Context(), provenance.Query{Terms: []provenance.Term{{Field: "carrier"}}})
	if err == nil || !strings.Contains(err.Error(), "give both") {
		t.Errorf("error = %v", err)
	}
}

func (g *generator) commitSize(large bool) int {
	switch i := g.IntN(10); {
	case large:
		return 200
	case i == 0:
		return 0
	case i == 1:
		return 200
	default:
		return 1 + g.IntN(20)
	}
}

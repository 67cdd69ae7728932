package engine

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/braidflow/braid/internal/repo/content"
	"github.com/braidflow/braid/internal/repo/flowfile"
	"github.com/braidflow/braid/internal/repo/provenance"
	"github.com/braidflow/braid/sdk"
)

// ErrTerminated is what a session returns when it commits after its processor was terminated: the FlowFiles have gone
// back to their queues, and this work must not count.
var ErrTerminated = errors.New("the processor was terminated: this work is discarded")

// session implements sdk.Backend. It belongs to one goroutine and is used again for the next Trigger.
type session struct {
	e    *Engine
	c    *component
	wire *wiring
	gen  uint64
	now  int64 // of the clock, Unix milliseconds, at the start

	items []item
	holds []*hold // parallel to wire.in; an entry is nil until something was taken there
	views []sdk.FlowFile
	taken []*flowfile.FlowFile // scratch
	kin   []kinship
	notes []note

	mem         flowfile.Arena
	slab        []flowfile.FlowFile
	ids, idsEnd uint64 // reserved FlowFile numbers
	batch       *flowfile.Batch
	appender    *content.Appender
	event       provenance.Event
	special     bool // event has what only some have
	events      []byte
	out         []bucket
	release     []content.Claim
	retain      []content.Claim
	garbage     []content.Claim // written here and replaced since
	verified    content.Claim   // whose checksum was found to be right, so that each of its parts need not ask again

	counters  map[string]int64
	state     map[sdk.StateScope]map[string]string
	callbacks []func()
	yielded   bool
	detached  bool // ended by its owner: a branch, or made by Host.NewSession
	ended     bool
	stats     tally
}

// item is one FlowFile in a session.
type item struct {
	orig *flowfile.FlowFile // as it was taken; nil if it was made here
	cur  *flowfile.FlowFile
	hold *hold // where it was taken
	idx  int   // in hold.ffs
	rel  int   // index in wire.rels, or one of the constants below
	did  did
}

// Values of item.rel beside an index.
const (
	undecided = -1 - iota
	goesBack
	removed
	expired
	migrated
	autoTerminated // minus the index of the relationship; must be the last
)

// did is a set of what was done to a FlowFile in a session.
type did uint8

const (
	didContent  did = 1 << iota // its content was written
	didAttrs                    // its attributes were changed
	didReport                   // the component reported an event about it
	didReceive                  // that event says where it came from
	didFetch                    // that event says that its content was replaced
	didPenalize                 // it is to wait
	didDrop                     // its end has been reported
	didKeep                     // the content that was written here is in use
)

// kinship says that child was made from parent (indices of items).
type kinship struct {
	kind          provenance.Type // Fork, Join or Clone
	parent, child int
}

// note is an event that the component reported.
type note struct {
	item  int
	event sdk.Event
}

// bucket gathers what goes to one queue.
type bucket struct {
	queue *Queue
	ffs   []*flowfile.FlowFile
}

func (e *Engine) newSession() *session {
	return &session{e: e, batch: new(flowfile.Batch), appender: e.contents.NewAppender()}
}

// begin makes the session ready for a Trigger of c.
func (s *session) begin(c *component) {
	s.c, s.wire, s.gen, s.now = c, c.wire.Load(), c.gen.Load(), s.e.nowMillis()
	s.ended, s.yielded = false, false
	if s.event.ComponentID != c.nameID {
		s.event.ComponentID, s.event.ComponentType = c.nameID, c.nameType
	}
	if n := len(s.wire.in); cap(s.holds) < n {
		s.holds = make([]*hold, n)
	} else {
		s.holds = s.holds[:n]
	}
}

// Take implements sdk.Backend. Incoming connections take turns at being the first.
func (s *session) Take(limit int, filter func(sdk.FlowFile) sdk.FilterResult) []sdk.FlowFile {
	s.views = s.views[:0]
	in := s.wire.in
	if len(in) == 0 || s.ended {
		return nil
	}
	first := 0
	if len(in) > 1 {
		first = int(s.c.turn.Add(1) % uint64(len(in)))
	}
	for i := range in {
		at := (first + i) % len(in)
		if filter == nil && len(s.views) >= limit {
			break
		}
		s.takeFrom(at, limit-len(s.views), filter)
	}
	return s.views
}

func (s *session) takeFrom(at, limit int, filter func(sdk.FlowFile) sdk.FilterResult) {
	q := s.wire.in[at]
	if !q.hasFor(s.now) {
		return
	}
	h := s.hold(at)
	start := len(h.ffs)
	var old []*flowfile.FlowFile
	s.taken = s.taken[:0]
	if filter == nil {
		s.taken, old = q.take(s.e, h, limit, s.now, s.taken)
	} else {
		s.taken = q.takeIf(s.e, h, s.picker(filter), s.taken)
	}
	if len(old) == 0 { // the usual case: h.ffs[start:] and taken are the same
		for i, ff := range s.taken {
			s.views = append(s.views, s.adopt(ff, h, start+i))
		}
	} else {
		s.adoptWithExpired(h, start, old)
	}
	s.stats.in.Count += int64(len(s.taken))
	for _, ff := range s.taken {
		s.stats.in.Bytes += ff.Claim.Length
	}
}

// adoptWithExpired sorts out which of h.ffs[start:] are expired: those end here, with an event.
func (s *session) adoptWithExpired(h *hold, start int, old []*flowfile.FlowFile) {
	for i, ff := range h.ffs[start:] {
		view := s.adopt(ff, h, start+i)
		if len(old) > 0 && old[0] == ff {
			old = old[1:]
			s.items[ff.Slot].rel = expired
			continue
		}
		s.views = append(s.views, view)
	}
}

func (s *session) picker(filter func(sdk.FlowFile) sdk.FilterResult) func(*flowfile.FlowFile) (bool, bool) {
	return func(ff *flowfile.FlowFile) (take, stop bool) {
		r := filter(sdk.MakeFlowFile(ff))
		return r == sdk.AcceptAndContinue || r == sdk.AcceptAndStop, r == sdk.AcceptAndStop || r == sdk.RejectAndStop
	}
}

func (s *session) adopt(ff *flowfile.FlowFile, h *hold, idx int) sdk.FlowFile {
	ff.Slot = int32(len(s.items))
	s.items = append(s.items, item{orig: ff, cur: ff, hold: h, idx: idx, rel: undecided})
	return sdk.MakeFlowFile(ff)
}

func (s *session) hold(at int) *hold {
	h := s.holds[at]
	if h == nil {
		h = &hold{}
		s.holds[at] = h
	}
	if h.queue != s.wire.in[at] || h.gen != s.gen || h.owner != s.c {
		*h = hold{queue: s.wire.in[at], gen: s.gen, owner: s.c, ffs: h.ffs[:0]}
	}
	return h
}

// QueueSize implements sdk.Backend.
func (s *session) QueueSize() (count int, bytes int64) {
	for _, q := range s.wire.in {
		n, b := q.Size()
		count, bytes = count+int(n), bytes+b
	}
	return count, bytes
}

// item finds the entry of a FlowFile. A FlowFile of another session is a mistake of the component's author, which the
// engine reports as the Trigger's error.
func (s *session) item(ff sdk.FlowFile) *item {
	if v, ok := ff.View().(*flowfile.FlowFile); ok && int(v.Slot) < len(s.items) {
		if it := &s.items[v.Slot]; it.cur != nil && it.cur.ID == v.ID && it.rel != migrated {
			return it
		}
	}
	panic(misuse("the FlowFile does not belong to this session"))
}

// misuse is the panic of a wrong call by a component.
type misuse string

// next makes a copy of the FlowFile that may be changed.
func (s *session) next(it *item) *flowfile.FlowFile {
	ff := s.alloc()
	*ff = *it.cur
	it.cur = ff
	return ff
}

func (s *session) alloc() *flowfile.FlowFile {
	if len(s.slab) == 0 {
		s.slab = make([]flowfile.FlowFile, 64)
	}
	ff := &s.slab[0]
	s.slab = s.slab[1:]
	return ff
}

// made adds a FlowFile that did not exist before.
func (s *session) made(ff *flowfile.FlowFile) *item {
	if s.ids == s.idsEnd {
		const block = 1024
		s.ids = s.e.flowFiles.NextIDs(block)
		s.idsEnd = s.ids + block
	}
	ff.ID, ff.UUID, ff.Slot, ff.Penalty = s.ids, flowfile.NewUUID(), int32(len(s.items)), 0
	s.ids++
	s.items = append(s.items, item{cur: ff, rel: undecided})
	return &s.items[len(s.items)-1]
}

// HasInput implements sdk.Backend.
func (s *session) HasInput() bool { return !s.wire.source }

// Log implements sdk.Backend.
func (s *session) Log() *slog.Logger { return s.c.log }

// Now implements sdk.Backend.
func (s *session) Now() time.Time { return s.e.clock.Now() }

// Yield implements sdk.Backend.
func (s *session) Yield() { s.yielded = true }

// Counter implements sdk.Backend.
func (s *session) Counter(name string, delta int64) {
	if s.counters == nil {
		s.counters = map[string]int64{}
	}
	s.counters[name] += delta
}

// AfterCommit implements sdk.Backend.
func (s *session) AfterCommit(fn func()) { s.callbacks = append(s.callbacks, fn) }

// idle tells whether the session did nothing that is worth a commit.
func (s *session) idle() bool {
	return len(s.items) == 0 && len(s.callbacks) == 0 && len(s.counters) == 0 && len(s.state) == 0
}

// undecidedError finds a FlowFile that the commit would not know what to do with.
func (s *session) undecidedError() error {
	for i := range s.items {
		if it := &s.items[i]; it.rel == undecided {
			return fmt.Errorf("FlowFile %s was neither transferred nor removed: this is a bug of the processor type", it.cur.UUID)
		}
		if rel := s.items[i].rel; rel >= 0 && len(s.wire.rels[rel].queues) == 0 && !s.wire.rels[rel].ends {
			return fmt.Errorf("relationship %s is neither connected nor auto-terminated: stop the processor and do one of both", s.wire.rels[rel].name)
		}
	}
	return nil
}

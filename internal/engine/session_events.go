package engine

import (
	"slices"

	"github.com/braidflow/braid/internal/repo/flowfile"
	"github.com/braidflow/braid/internal/repo/provenance"
	"github.com/braidflow/braid/sdk"
)

// Event implements sdk.Backend.
func (s *session) Event(ff sdk.FlowFile, e sdk.Event) {
	it := s.item(ff)
	it.did |= didReport
	switch e.Type {
	case sdk.Receive:
		it.did |= didReceive
	case sdk.Fetch:
		it.did |= didFetch
	case dropNote:
		it.did |= didDrop
	}
	s.notes = append(s.notes, note{int(it.cur.Slot), e})
}

// describe encodes the provenance events of the whole session, in the order in which NiFi's session lists them: where
// FlowFiles came from, what the component said, what was changed, what ended.
func (s *session) describe() {
	born := s.describeKin()
	for i := range s.items {
		it := &s.items[i]
		if it.orig == nil && it.cur != nil && it.did&didReceive == 0 && it.rel != migrated && !born[i] {
			s.emit(it, provenance.Create)
		}
	}
	for _, n := range s.notes {
		s.emitNote(&s.items[n.item], n.event)
	}
	for i := range s.items {
		it := &s.items[i]
		switch {
		case it.rel == migrated:
		case it.rel == expired:
			s.emit(it, provenance.Expire)
		case it.rel == removed:
			s.emitChange(it)
			if it.did&didDrop == 0 {
				s.emit(it, provenance.Drop)
			}
		case it.rel <= autoTerminated:
			s.emitChange(it)
			s.start(it, provenance.Drop)
			s.special = true
			s.event.Details = s.wire.rels[autoTerminated-it.rel].dropDetails
			s.finish()
		case it.orig != nil:
			s.emitChange(it)
		}
	}
}

// emitChange reports a change that no other event speaks of.
func (s *session) emitChange(it *item) {
	if it.orig == nil {
		return
	}
	changed := it.did&didContent != 0 && !sameContent(it.orig.Claim, it.cur.Claim)
	switch {
	case changed && it.did&didFetch == 0:
		s.emit(it, provenance.ContentModified)
	case it.did&didAttrs != 0 && it.did&didReport == 0 && it.orig.Attrs != it.cur.Attrs:
		s.emit(it, provenance.AttributesModified)
	}
}

// describeKin reports forks (one event for each parent), joins (one for each child) and clones (one each), and
// returns which items it spoke of.
func (s *session) describeKin() map[int]bool {
	if len(s.kin) == 0 {
		return nil
	}
	born := make(map[int]bool, len(s.kin))
	told := map[kinship]bool{}
	for _, k := range s.kin {
		if s.items[k.parent].cur == nil || s.items[k.child].cur == nil { // moved to another session
			continue
		}
		born[k.child] = true
		about, group := k.child, kinship{k.kind, -1, k.child}
		if k.kind == provenance.Fork {
			about, group = k.parent, kinship{k.kind, k.parent, -1}
		}
		if k.kind == provenance.Clone {
			about, group = k.parent, k
		}
		if told[group] {
			continue
		}
		told[group] = true
		s.start(&s.items[about], k.kind)
		s.family(k, group)
		s.finish()
	}
	return born
}

// family fills in the parents and children of one event: all that are in its group.
func (s *session) family(k, group kinship) {
	ev := &s.event
	if k.kind == provenance.Clone { // a group of its own, and there may be very many
		ev.Parents = append(ev.Parents, s.items[k.parent].cur.UUID)
		ev.Children = append(ev.Children, s.items[k.child].cur.UUID)
		return
	}
	for _, other := range s.kin {
		if other.kind != k.kind || s.items[other.parent].cur == nil || s.items[other.child].cur == nil {
			continue
		}
		switch {
		case other == k:
			ev.Parents = appendOnce(ev.Parents, s.items[k.parent].cur.UUID)
			ev.Children = appendOnce(ev.Children, s.items[k.child].cur.UUID)
		case group.child == -1 && other.parent == k.parent:
			ev.Children = append(ev.Children, s.items[other.child].cur.UUID)
		case group.parent == -1 && other.child == k.child:
			ev.Parents = append(ev.Parents, s.items[other.parent].cur.UUID)
		}
	}
}

func appendOnce(list []flowfile.UUID, u flowfile.UUID) []flowfile.UUID {
	if slices.Contains(list, u) {
		return list
	}
	return append(list, u)
}

func (s *session) emit(it *item, t provenance.Type) {
	s.start(it, t)
	s.finish()
}

func (s *session) emitNote(it *item, e sdk.Event) {
	if it.cur == nil {
		return
	}
	s.start(it, noteTypes[e.Type])
	ev := &s.event
	s.special = true
	ev.TransitURI, ev.Details, ev.Duration = e.TransitURI, e.Details, e.Duration.Milliseconds()
	ev.AlternateID, ev.SourceSystemID = e.AlternateID, e.SourceID
	if e.Relationship != "" {
		ev.Relationship = s.wire.relationshipName(e.Relationship)
	}
	s.finish()
	switch e.Type {
	case sdk.Receive:
		s.stats.received.Count++
		s.stats.received.Bytes += it.cur.Claim.Length
	case sdk.Send:
		s.stats.sent.Count++
		s.stats.sent.Bytes += it.cur.Claim.Length
	}
}

// dropNote and replayNote are reported by the engine itself.
const (
	dropNote   sdk.EventType = "DROP"
	replayNote sdk.EventType = "REPLAY"
)

var noteTypes = map[sdk.EventType]provenance.Type{
	sdk.Receive: provenance.Receive, sdk.Fetch: provenance.Fetch, sdk.Send: provenance.Send,
	sdk.RemoteInvocation: provenance.RemoteInvocation, sdk.Upload: provenance.Upload, sdk.Route: provenance.Route,
	sdk.AddInfo: provenance.AddInfo, sdk.CreateEvent: provenance.Create, sdk.ContentModified: provenance.ContentModified,
	dropNote: provenance.Drop, replayNote: provenance.Replay,
}

// start fills in what events have; what only some have is empty. The session has one event, which is used again and
// again: it is large, and setting all of it each time shows in profiles.
func (s *session) start(it *item, t provenance.Type) {
	ev := &s.event
	ff, before := it.cur, it.orig
	if before == nil {
		before = ff
	}
	ev.Type, ev.Time, ev.Lineage, ev.UUID, ev.Size = t, s.now, ff.Lineage, ff.UUID, ff.Claim.Length
	ev.Before, ev.After, ev.Attrs, ev.Updated = before.Claim, ff.Claim, before.Attrs, ff.Attrs
	var from provenance.Name
	if it.hold != nil {
		from = it.hold.queue.name
	}
	if ev.SourceQueue != from {
		ev.SourceQueue = from
	}
}

// finish encodes the event and empties what only some have.
func (s *session) finish() {
	ev := &s.event
	s.events = provenance.AppendEvent(s.events, ev)
	if len(ev.Parents)+len(ev.Children) > 0 {
		ev.Parents, ev.Children = ev.Parents[:0], ev.Children[:0]
	}
	if s.special {
		s.special = false
		ev.Details, ev.TransitURI, ev.AlternateID, ev.SourceSystemID = "", "", "", ""
		ev.Duration, ev.Relationship = 0, provenance.Name{}
	}
}

package api

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/braidflow/braid/internal/api/dto"
	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/internal/repo/content"
	"github.com/braidflow/braid/internal/repo/flowfile"
	"github.com/braidflow/braid/internal/repo/provenance"
	"github.com/braidflow/braid/sdk"
)

// record finds an event by its number.
func (c *call) record(id int64) (*provenance.Record, error) {
	if id < 0 {
		return nil, errNoEvent.with(id)
	}
	r, err := c.s.engine.Provenance.Event(c.Context(), uint64(id))
	if errors.Is(err, provenance.ErrNotFound) {
		return nil, errNoEvent.with(id)
	}
	return r, err
}

// recordOfPath finds the event that the path names.
func (c *call) recordOfPath() (*provenance.Record, error) {
	text := c.PathValue("id")
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, errNoneSuch.with("event", oneLine(text))
	}
	return c.record(id)
}

func (s *server) getProvenanceEvent(c *call) (any, error) {
	r, err := c.recordOfPath()
	if err != nil {
		return nil, err
	}
	return dto.ProvenanceEventEntity{ProvenanceEvent: c.event(r)}, nil
}

// getLatestEvents answers the newest events of a component.
func (s *server) getLatestEvents(c *call) (any, error) {
	limit, err := c.intParam("limit", 10)
	if err != nil {
		return nil, err
	}
	id := c.PathValue("component")
	events, err := s.engine.Provenance.Latest(c.Context(), id, int(min(max(limit, 1), maxResults)))
	if err != nil {
		return nil, err
	}
	d := &dto.LatestProvenanceEventsDTO{ComponentID: &id, ProvenanceEvents: []dto.ProvenanceEventDTO{}}
	for _, r := range events {
		d.ProvenanceEvents = append(d.ProvenanceEvents, *c.event(r))
	}
	return dto.LatestProvenanceEventsEntity{LatestProvenanceEvents: d}, nil
}

func (s *server) getInputContent(c *call) (any, error) {
	r, err := c.recordOfPath()
	if err != nil {
		return nil, err
	}
	return c.eventContent("Input", inputOf(r), r.Previous, r)
}

func (s *server) getOutputContent(c *call) (any, error) {
	r, err := c.recordOfPath()
	if err != nil {
		return nil, err
	}
	return c.eventContent("Output", r.After, r.Attributes(), r)
}

func (c *call) eventContent(side string, k content.Claim, attrs map[string]string, r *provenance.Record) (any, error) {
	if k.Empty() {
		return nil, errNoClaim.with(side)
	}
	filename := attrs[flowfile.AttrFilename]
	if filename == "" {
		filename = r.UUID.String()
	}
	return c.serveContent(k, filename, attrs[sdk.AttrMIMEType])
}

// submitReplay puts the FlowFile of an event into its queue again.
func (s *server) submitReplay(c *call) (any, error) {
	body, err := decode[dto.SubmitReplayRequestEntity](c)
	if err != nil {
		return nil, err
	}
	if body.EventID == nil {
		return nil, errMissing.with("The event id")
	}
	r, err := c.record(*body.EventID)
	if err != nil {
		return nil, err
	}
	if why := c.noReplay(r); why != "" {
		return nil, errConflict.with(why)
	}
	if _, err := s.engine.Replay(r, identity); err != nil {
		return nil, errConflict.with(oneLine(err.Error())) // what was there a moment ago is gone
	}
	return reply{
		http.StatusCreated, *c.uri("provenance-events", strconv.FormatUint(r.ID, 10)),
		dto.ProvenanceEventEntity{ProvenanceEvent: c.event(r)},
	}, nil
}

// noReplay says why an event cannot be replayed, "" if it can.
func (c *call) noReplay(r *provenance.Record) string {
	queue := r.SourceQueue.String()
	_, there := flow.Lookup[*flow.Connection](c.flow, queue)
	switch {
	case queue == "":
		return "Cannot replay data from Provenance Event because it did not take its FlowFile from a queue"
	case !there:
		return fmt.Sprintf("Cannot replay data from Provenance Event because the Source FlowFile Queue with ID %s no longer exists", queue)
	case !c.s.kept(r.Before):
		return "Cannot replay data from Provenance Event because its content is no longer kept"
	}
	return ""
}

// kept tells whether a content can still be read.
func (s *server) kept(k content.Claim) bool { return k.Empty() || s.engine.ContentRetained(k) }

// briefEvent is what a list of events shows.
func (c *call) briefEvent(r *provenance.Record) *dto.ProvenanceEventDTO {
	at := millis(r.Time)
	d := &dto.ProvenanceEventDTO{
		ID: new(strconv.FormatUint(r.ID, 10)), EventID: new(int64(r.ID)), EventTime: new(at.Format(dateTime)),
		EventTimestamp: new(at.UTC().Format(isoTime)), EventType: new(r.Type.String()), FlowFileUUID: new(r.UUID.String()),
		FileSize: new(formatSize(r.Size)), FileSizeBytes: &r.Size, ComponentID: new(r.ComponentID.String()),
		ComponentType: new(r.ComponentType.String()),
	}
	d.GroupID, d.ComponentName = c.whereabouts(r.ComponentID.String())
	return d
}

// whereabouts finds the group and the name of the component of an event, if it is still there.
func (c *call) whereabouts(id string) (group, name *string) {
	d := c.flow.Get(id)
	if d == nil {
		return nil, nil
	}
	b := d.Common()
	if conn, ok := d.(*flow.Connection); ok {
		return filled(b.GroupID), new(connectionName(conn))
	}
	switch d.Kind() {
	case flow.KindProcessGroup:
		return &b.ID, &b.Name
	case flow.KindFunnel:
		return filled(b.GroupID), new("Funnel")
	}
	return filled(b.GroupID), &b.Name
}

// event is all that is known of an event.
func (c *call) event(r *provenance.Record) *dto.ProvenanceEventDTO {
	d := c.briefEvent(r)
	d.EventDuration, d.LineageDuration = &r.Duration, new(max(0, r.Time-r.Lineage))
	d.Attributes = attributes(r)
	d.ParentUUIDs, d.ChildUUIDs = uuids(r.Parents), uuids(r.Children)
	d.TransitURI, d.Details, d.Relationship = filled(r.TransitURI), filled(r.Details), filled(r.Relationship.String())
	d.AlternateIdentifierURI, d.SourceSystemFlowFileID = filled(r.AlternateID), filled(r.SourceSystemID)
	d.SourceConnectionIdentifier = filled(r.SourceQueue.String())
	input := inputOf(r)
	d.ContentEqual = new(input == r.After)
	d.InputContentAvailable = new(!input.Empty() && c.s.kept(input))
	d.OutputContentAvailable = new(!r.After.Empty() && c.s.kept(r.After))
	if !input.Empty() {
		k := newClaim(input)
		d.InputContentClaimContainer, d.InputContentClaimSection, d.InputContentClaimIdentifier = k.container, k.section, k.identifier
		d.InputContentClaimOffset, d.InputContentClaimFileSize, d.InputContentClaimFileSizeBytes = k.offset, k.size, k.bytes
	}
	if !r.After.Empty() {
		k := newClaim(r.After)
		d.OutputContentClaimContainer, d.OutputContentClaimSection, d.OutputContentClaimIdentifier = k.container, k.section, k.identifier
		d.OutputContentClaimOffset, d.OutputContentClaimFileSize, d.OutputContentClaimFileSizeBytes = k.offset, k.size, k.bytes
	}
	why := c.noReplay(r)
	d.ReplayAvailable, d.ReplayExplanation = new(why == ""), filled(why)
	return d
}

// born tells whether the FlowFile did not exist before the event's session. The event then says the same of before and
// after.
func born(r *provenance.Record) bool { return r.SourceQueue.String() == "" }

// inputOf is the content before the event; empty if there was none.
func inputOf(r *provenance.Record) content.Claim {
	if born(r) {
		return content.Claim{}
	}
	return r.Before
}

// attributes lists those before and after the event, by name.
func attributes(r *provenance.Record) []dto.AttributeDTO {
	after, previous := r.Attributes(), r.Previous
	if born(r) {
		previous = nil
	}
	names := maps.Clone(after)
	maps.Copy(names, previous)
	out := []dto.AttributeDTO{}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		a := dto.AttributeDTO{Name: &name}
		if v, ok := after[name]; ok {
			a.Value = &v
		}
		if v, ok := previous[name]; ok {
			a.PreviousValue = &v
		}
		out = append(out, a)
	}
	return out
}

func uuids(list []flowfile.UUID) []string {
	out := make([]string, 0, len(list))
	for _, u := range list {
		out = append(out, u.String())
	}
	return out
}

package api

import (
	"net/http"

	"github.com/braidflow/braid/internal/api/dto"
	"github.com/braidflow/braid/internal/repo/flowfile"
	"github.com/braidflow/braid/internal/repo/provenance"
)

const lineageKind = "lineage query"

// ancestry is a lineage query as it was asked, and the FlowFiles that it starts from.
type ancestry struct {
	asked *dto.LineageRequestDTO
	uuids []flowfile.UUID
}

// submitLineage asks for the history of a FlowFile, or of the parents or children of an event.
func (s *server) submitLineage(c *call) (any, error) {
	body, err := decode[dto.LineageEntity](c)
	if err != nil {
		return nil, err
	}
	if body.Lineage == nil || body.Lineage.Request == nil || body.Lineage.Request.LineageRequestType == nil {
		return nil, errMissing.with("The request of the lineage query with its lineageRequestType")
	}
	a, err := c.ancestry(body.Lineage.Request)
	if err != nil {
		return nil, err
	}
	r := s.requests.add(lineageKind, "", a)
	e := c.lineageEntity(r, a)
	return reply{http.StatusCreated, *e.Lineage.URI, e}, nil
}

func (c *call) ancestry(in *dto.LineageRequestDTO) (*ancestry, error) {
	a := &ancestry{asked: &dto.LineageRequestDTO{EventID: in.EventID, LineageRequestType: in.LineageRequestType, UUID: in.UUID}}
	kind := *in.LineageRequestType
	if kind != "FLOWFILE" && kind != "PARENTS" && kind != "CHILDREN" {
		return nil, errParameter.with(oneLine(kind), "lineageRequestType", "use FLOWFILE, PARENTS or CHILDREN")
	}
	if in.EventID == nil {
		if kind != "FLOWFILE" || in.UUID == nil {
			return nil, errMissing.with("The event id (or for FLOWFILE the uuid of the FlowFile)")
		}
		id, err := flowfile.ParseUUID(*in.UUID)
		if err != nil {
			return nil, errParameter.with(oneLine(*in.UUID), "uuid", "it is no UUID")
		}
		a.uuids = []flowfile.UUID{id}
		return a, nil
	}
	r, err := c.record(*in.EventID)
	if err != nil {
		return nil, err
	}
	switch kind {
	case "FLOWFILE":
		a.uuids, a.asked.UUID = []flowfile.UUID{r.UUID}, new(r.UUID.String())
	case "PARENTS":
		a.uuids = r.Parents
	case "CHILDREN":
		a.uuids = r.Children
	}
	return a, nil
}

func (s *server) getLineage(c *call) (any, error) {
	r, err := s.requests.get(lineageKind, "", c.PathValue("id"))
	if err != nil {
		return nil, err
	}
	a := r.work.(*ancestry)
	l, err := finish(c.Context(), r, func() (*provenance.Lineage, error) {
		return s.engine.Provenance.Lineage(c.Context(), provenance.LineageQuery{UUIDs: a.uuids})
	})
	if err != nil {
		return nil, err
	}
	e := c.lineageEntity(r, a)
	e.Lineage.Finished, e.Lineage.PercentCompleted, e.Lineage.Results = new(true), count32(100), lineageResults(l)
	return e, nil
}

func (s *server) deleteLineage(c *call) (any, error) {
	_, err := s.requests.remove(lineageKind, "", c.PathValue("id"))
	return dto.LineageEntity{}, err
}

func (c *call) lineageEntity(r *request, a *ancestry) dto.LineageEntity {
	return dto.LineageEntity{Lineage: &dto.LineageDTO{
		ID: &r.id, URI: c.uri("provenance/lineage", r.id), SubmissionTime: new(r.submitted.Format(dateTime)),
		Expiration: new(c.s.requests.expires().Format(dateTime)), PercentCompleted: new(int32(0)), Finished: new(false), Request: a.asked,
	}}
}

func lineageResults(l *provenance.Lineage) *dto.LineageResultsDTO {
	d := &dto.LineageResultsDTO{Nodes: []dto.ProvenanceNodeDTO{}, Links: []dto.ProvenanceLinkDTO{}}
	if l.More {
		d.Errors = []string{"There are more events than can be shown: look at the lineage of a single event."}
	}
	for _, n := range l.Nodes {
		node := dto.ProvenanceNodeDTO{
			ID: &n.ID, FlowFileUUID: new(n.UUID.String()), Type: new("FLOWFILE"), Millis: &n.Time, Timestamp: new(millis(n.Time).Format(dateTime)),
		}
		if e := n.Event; e != nil {
			node.Type, node.EventType, node.ComponentType = new("EVENT"), new(e.Type.String()), new(e.ComponentType.String())
			node.ParentUUIDs, node.ChildUUIDs = uuids(e.Parents), uuids(e.Children)
		}
		d.Nodes = append(d.Nodes, node)
	}
	for _, k := range l.Links {
		d.Links = append(d.Links, dto.ProvenanceLinkDTO{
			SourceID: &k.From, TargetID: &k.To, FlowFileUUID: new(k.UUID.String()), Millis: &k.Time, Timestamp: new(millis(k.Time).Format(dateTime)),
		})
	}
	return d
}

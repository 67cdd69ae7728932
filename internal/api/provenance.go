package api

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/braidflow/braid/internal/api/dto"
	"github.com/braidflow/braid/internal/flow/unit"
	"github.com/braidflow/braid/internal/repo/provenance"
)

const provenanceKind = "provenance query"

// searchable are the fields of a provenance query, as clients see them; any other field is an attribute.
var searchable = []struct{ id, field, label string }{
	{provenance.FieldEventType, "eventType", "Event Type"},
	{provenance.FieldFlowFileUUID, "uuid", "FlowFile UUID"},
	{provenance.FieldFilename, "filename", "Filename"},
	{provenance.FieldComponentID, "processorId", "Component ID"},
	{provenance.FieldRelationship, "relationship", "Relationship"},
}

// The limits of the number of results.
const (
	defaultResults = 1_000
	maxResults     = 10_000
)

func (s *server) getSearchOptions(*call) (any, error) {
	o := &dto.ProvenanceOptionsDTO{}
	for _, f := range searchable {
		o.SearchableFields = append(o.SearchableFields, dto.ProvenanceSearchableFieldDTO{
			ID: new(f.id), Field: new(f.field), Label: new(f.label), Type: new("STRING"),
		})
	}
	return dto.ProvenanceOptionsEntity{ProvenanceOptions: o}, nil
}

// question is a provenance query as it was asked and as it is searched.
type question struct {
	asked *dto.ProvenanceRequestDTO
	query provenance.Query
	brief bool
}

// found is the answer to a question.
type found struct {
	provenance.Result
	oldest int64 // time of the oldest event that is kept, Unix milliseconds; 0 = there is none
	at     time.Time
}

func (s *server) submitProvenance(c *call) (any, error) {
	body, err := decode[dto.ProvenanceEntity](c)
	if err != nil {
		return nil, err
	}
	if body.Provenance == nil || body.Provenance.Request == nil {
		return nil, errMissing.with("The request of the provenance query")
	}
	q, err := newQuestion(body.Provenance.Request)
	if err != nil {
		return nil, err
	}
	r := s.requests.add(provenanceKind, "", q)
	e := c.provenanceEntity(r, q)
	return reply{http.StatusCreated, *e.Provenance.URI, e}, nil
}

func newQuestion(in *dto.ProvenanceRequestDTO) (*question, error) {
	q := &question{brief: in.Summarize != nil && *in.Summarize, query: provenance.Query{Max: defaultResults}}
	q.asked = &dto.ProvenanceRequestDTO{
		SearchTerms: map[string]*dto.ProvenanceSearchValueDTO{}, StartDate: in.StartDate, EndDate: in.EndDate,
		MinimumFileSize: in.MinimumFileSize, MaximumFileSize: in.MaximumFileSize,
	}
	if in.MaxResults != nil {
		if *in.MaxResults < 1 {
			return nil, errParameter.with(*in.MaxResults, "maxResults", "ask for at least one event")
		}
		q.query.Max = min(int(*in.MaxResults), maxResults)
	}
	q.asked.MaxResults = count32(q.query.Max)
	for field, value := range in.SearchTerms {
		if value == nil || value.Value == nil || *value.Value == "" {
			continue
		}
		inverse := value.Inverse != nil && *value.Inverse
		id, label := fieldOf(field)
		q.query.Terms = append(q.query.Terms, provenance.Term{Field: id, Value: *value.Value, Inverse: inverse})
		q.asked.SearchTerms[label] = &dto.ProvenanceSearchValueDTO{Value: value.Value, Inverse: &inverse}
	}
	return q, q.limits(in)
}

// fieldOf finds a field by the id or the label under which a client may know it.
func fieldOf(name string) (id, label string) {
	for _, f := range searchable {
		if strings.EqualFold(name, f.id) || strings.EqualFold(name, f.label) {
			return f.id, f.label
		}
	}
	return name, name
}

// limits reads the bounds of time and size.
func (q *question) limits(in *dto.ProvenanceRequestDTO) (err error) {
	if q.query.From, err = dateParam("startDate", in.StartDate); err != nil {
		return err
	}
	if q.query.To, err = dateParam("endDate", in.EndDate); err != nil {
		return err
	}
	if q.query.MinSize, err = sizeParam("minimumFileSize", in.MinimumFileSize); err != nil {
		return err
	}
	q.query.MaxSize, err = sizeParam("maximumFileSize", in.MaximumFileSize)
	return err
}

// dateParam reads a time such as "11/21/2026 07:08:56 UTC".
func dateParam(name string, v *string) (int64, error) {
	if v == nil || *v == "" {
		return 0, nil
	}
	for _, form := range []string{"01/02/2006 15:04:05 MST", "01/02/2006 15:04:05 -0700", time.RFC3339} {
		t, err := time.ParseInLocation(form, *v, time.Local)
		if err != nil {
			continue
		}
		// a zone that the machine does not know is read as one without an offset
		if zone, offset := t.Zone(); offset != 0 || zone == "UTC" || zone == "GMT" || zone == "" || t.Location() == time.Local {
			return t.UnixMilli(), nil
		}
	}
	return 0, errParameter.with(oneLine(*v), name, "write it like 11/21/2026 07:08:56 UTC, in UTC or the time zone of the node")
}

func sizeParam(name string, v *string) (*int64, error) {
	if v == nil || *v == "" {
		return nil, nil
	}
	n, err := unit.Size(*v)
	if err != nil {
		return nil, errParameter.with(oneLine(*v), name, "write a data size such as 10 KB")
	}
	return &n, nil
}

func (s *server) getProvenance(c *call) (any, error) {
	r, err := s.requests.get(provenanceKind, "", c.PathValue("id"))
	if err != nil {
		return nil, err
	}
	q := r.work.(*question)
	f, err := finish(c.Context(), r, func() (*found, error) { return s.search(c, q) })
	if err != nil {
		return nil, err
	}
	e := c.provenanceEntity(r, q)
	e.Provenance.Finished, e.Provenance.PercentCompleted = new(true), count32(100)
	e.Provenance.Results = c.provenanceResults(f, c.boolParam("summarize", q.brief))
	return e, nil
}

func (s *server) search(c *call, q *question) (*found, error) {
	result, err := s.engine.Provenance.Search(c.Context(), q.query)
	if err != nil {
		return nil, err
	}
	f := &found{Result: result, at: s.now()}
	first, err := s.engine.Provenance.Search(c.Context(), provenance.Query{Max: 1, OldestFirst: true})
	if err == nil && len(first.Events) > 0 {
		f.oldest = first.Events[0].Time
	}
	return f, err
}

func (s *server) deleteProvenance(c *call) (any, error) {
	_, err := s.requests.remove(provenanceKind, "", c.PathValue("id"))
	return dto.ProvenanceEntity{}, err
}

func (c *call) provenanceEntity(r *request, q *question) dto.ProvenanceEntity {
	return dto.ProvenanceEntity{Provenance: &dto.ProvenanceDTO{
		ID: &r.id, URI: c.uri("provenance", r.id), SubmissionTime: new(r.submitted.Format(dateTime)),
		Expiration: new(c.s.requests.expires().Format(dateTime)), PercentCompleted: new(int32(0)), Finished: new(false), Request: q.asked,
	}}
}

func (c *call) provenanceResults(f *found, brief bool) *dto.ProvenanceResultsDTO {
	_, offset := c.view.now.Zone()
	d := &dto.ProvenanceResultsDTO{
		ProvenanceEvents: []dto.ProvenanceEventDTO{}, Total: new(formatCount(int64(len(f.Events)))), TotalCount: new(int64(len(f.Events))),
		Generated: new(f.at.Format(timeOfDay)), TimeOffset: new(int32(offset * 1000)),
	}
	if f.More {
		d.Total = new(formatCount(int64(len(f.Events))) + "+")
	}
	if f.oldest > 0 {
		d.OldestEvent = new(millis(f.oldest).Format(timeOfDay))
	}
	if f.Damaged > 0 {
		d.Errors = []string{strconv.Itoa(f.Damaged) + " blocks of events are damaged and missing from the answer"}
	}
	for _, e := range f.Events {
		if brief {
			d.ProvenanceEvents = append(d.ProvenanceEvents, *c.briefEvent(e))
		} else {
			d.ProvenanceEvents = append(d.ProvenanceEvents, *c.event(e))
		}
	}
	return d
}

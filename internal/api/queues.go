package api

import (
	"net/http"
	"strconv"
	"time"

	"github.com/braidflow/braid/internal/api/dto"
	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/internal/repo/content"
	"github.com/braidflow/braid/internal/repo/flowfile"
	"github.com/braidflow/braid/sdk"
)

// listLimit is how many FlowFiles a listing shows.
const listLimit = 100

const (
	listingKind = "listing request"
	dropKind    = "drop request"
)

// listing is what a queue held when its listing was finished.
type listing struct {
	files []flowfile.FlowFile
	size  sdk.Amount
	at    time.Time
}

func (s *server) createListing(c *call) (any, error) {
	d, err := c.connection()
	if err != nil {
		return nil, err
	}
	r := s.requests.add(listingKind, d.ID, nil)
	e := c.listingEntity(d, r, nil)
	return reply{http.StatusAccepted, *e.ListingRequest.URI, e}, nil
}

func (s *server) getListing(c *call) (any, error) {
	d, err := c.connection()
	if err != nil {
		return nil, err
	}
	r, err := s.requests.get(listingKind, d.ID, c.PathValue("request"))
	if err != nil {
		return nil, err
	}
	l, err := finish(c.Context(), r, func() (*listing, error) {
		files, err := s.engine.ListQueue(d.ID, listLimit)
		return &listing{files: files, size: c.view.queued(d.ID), at: c.view.now}, err
	})
	if err != nil {
		return nil, err
	}
	e := c.listingEntity(d, r, l)
	e.ListingRequest.FlowFileSummaries = c.summaries(d.ID, l.files)
	return e, nil
}

func (s *server) deleteListing(c *call) (any, error) {
	d, err := c.connection()
	if err != nil {
		return nil, err
	}
	r, err := s.requests.remove(listingKind, d.ID, c.PathValue("request"))
	if err != nil {
		return nil, err
	}
	return c.listingEntity(d, r, &listing{size: c.view.queued(d.ID), at: c.view.now}), nil
}

// listingEntity describes a listing request; l is nil until it is finished.
func (c *call) listingEntity(d *flow.Connection, r *request, l *listing) dto.ListingRequestEntity {
	source, destination := c.connectable(d.Source), c.connectable(d.Destination)
	x := &dto.ListingRequestDTO{
		ID: &r.id, URI: c.uri("flowfile-queues/"+d.ID+"/listing-requests", r.id), SubmissionTime: new(r.submitted.Format(dateTime)),
		LastUpdated: new(r.submitted.Format(timeOfDay)), PercentCompleted: new(int32(0)), Finished: new(false),
		MaxResults: count32(listLimit), State: new("Waiting for other queue requests to complete"),
		SourceRunning: source.Running, DestinationRunning: destination.Running,
	}
	size := c.view.queued(d.ID)
	if l != nil {
		size = l.size
		x.PercentCompleted, x.Finished, x.State = count32(100), new(true), new("Completed successfully")
		x.LastUpdated = new(l.at.Format(timeOfDay))
	}
	x.QueueSize = &dto.QueueSizeDTO{ByteCount: &size.Bytes, ObjectCount: count32(size.Count)}
	return dto.ListingRequestEntity{ListingRequest: x}
}

func (c *call) summaries(connectionID string, files []flowfile.FlowFile) []dto.FlowFileSummaryDTO {
	out := make([]dto.FlowFileSummaryDTO, 0, len(files))
	for i := range files {
		f := &files[i]
		filename, _ := f.Attr(flowfile.AttrFilename)
		s := dto.FlowFileSummaryDTO{
			URI: c.uri("flowfile-queues/"+connectionID+"/flowfiles", f.UUID.String()), UUID: new(f.UUID.String()), Filename: &filename,
			Position: count32(i + 1), Size: new(f.Size()), QueuedDuration: new(c.since(f.Queued)), LineageDuration: new(c.since(f.Lineage)),
			PenaltyExpiresIn: new(c.penaltyLeft(f)), Penalized: new(c.penaltyLeft(f) > 0),
		}
		if mimeType, ok := f.Attr(sdk.AttrMIMEType); ok {
			s.MimeType = &mimeType
		}
		out = append(out, s)
	}
	return out
}

// since is how long ago a time was, in milliseconds.
func (c *call) since(ms int64) int64 { return max(0, c.view.now.UnixMilli()-ms) }

func (c *call) penaltyLeft(f *flowfile.FlowFile) int64 {
	return max(0, f.Penalty-c.view.now.UnixMilli())
}

// queuedFile finds the FlowFile of the path.
func (c *call) queuedFile() (f flowfile.FlowFile, d *flow.Connection, err error) {
	if d, err = c.connection(); err != nil {
		return f, nil, err
	}
	text := c.PathValue("flowfile")
	id, err := flowfile.ParseUUID(text)
	if err != nil {
		return f, d, errNoFlowFile.with(oneLine(text))
	}
	f, ok := c.s.engine.FindInQueue(d.ID, id)
	if !ok {
		return f, d, errNoFlowFile.with(text)
	}
	return f, d, nil
}

func (s *server) getFlowFile(c *call) (any, error) {
	f, d, err := c.queuedFile()
	if err != nil {
		return nil, err
	}
	attributes := map[string]*string{}
	for k, v := range f.All() {
		attributes[k] = &v
	}
	x := &dto.FlowFileDTO{
		URI: c.uri("flowfile-queues/"+d.ID+"/flowfiles", f.UUID.String()), UUID: new(f.UUID.String()),
		Filename: attributes[flowfile.AttrFilename], Size: new(f.Size()), QueuedDuration: new(c.since(f.Queued)),
		LineageDuration: new(c.since(f.Lineage)), PenaltyExpiresIn: new(c.penaltyLeft(&f)), Penalized: new(c.penaltyLeft(&f) > 0),
		Attributes: attributes, MimeType: attributes[sdk.AttrMIMEType],
	}
	if !f.Claim.Empty() {
		k := newClaim(f.Claim)
		x.ContentClaimContainer, x.ContentClaimSection, x.ContentClaimIdentifier = k.container, k.section, k.identifier
		x.ContentClaimOffset, x.ContentClaimFileSize, x.ContentClaimFileSizeBytes = k.offset, k.size, k.bytes
	}
	return dto.FlowFileEntity{FlowFile: x}, nil
}

// claim are the fields that say where a content lies.
type claim struct {
	container, section, identifier, size *string
	offset, bytes                        *int64
}

func newClaim(c content.Claim) claim {
	return claim{
		container: new("default"), section: new(strconv.FormatUint(c.Segment%1024, 10)), identifier: new(strconv.FormatUint(c.Segment, 10)),
		offset: &c.Offset, size: new(formatSize(c.Length)), bytes: &c.Length,
	}
}

func (s *server) downloadFlowFileContent(c *call) (any, error) {
	f, _, err := c.queuedFile()
	if err != nil {
		return nil, err
	}
	filename, _ := f.Attr(flowfile.AttrFilename)
	mimeType, _ := f.Attr(sdk.AttrMIMEType)
	return c.serveContent(f.Claim, filename, mimeType)
}

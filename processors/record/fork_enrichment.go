package record

import (
	"context"

	"github.com/braidflow/braid/sdk"
)

// ForkEnrichment makes a copy of each FlowFile for a way on which it is enriched.
var ForkEnrichment = sdk.Component{
	Type:     "org.apache.nifi.processors.standard.ForkEnrichment",
	Artifact: "nifi-standard-nar",
	New:      func() sdk.Processor { return new(forkEnrichment) },
}

const (
	enrichmentGroup = "enrichment.group.id"
	enrichmentRole  = "enrichment.role"
	roleOriginal    = "ORIGINAL"
	roleEnrichment  = "ENRICHMENT"
)

type forkEnrichment struct{ original, enrichment sdk.Relationship }

func (p *forkEnrichment) Describe(s *sdk.Spec) {
	s.About("Sends a FlowFile on two ways: as it is, and as a copy to be turned into what enriches it. JoinEnrichment brings both together again.",
		"fork", "join", "enrich", "record")
	s.InputRequired()
	s.Batching(0)
	s.SideEffectFree()
	s.WritesAttr(enrichmentGroup, "The same random UUID on both, by which they are found again.")
	s.WritesAttr(enrichmentRole, "ORIGINAL or ENRICHMENT.")
	s.Rel(&p.original, "original", "The FlowFiles as they came.")
	s.Rel(&p.enrichment, "enrichment", "Their copies.")
}

func (p *forkEnrichment) Trigger(_ context.Context, s *sdk.Session) error {
	for _, ff := range s.GetBatch(batchCount) {
		ff = s.PutAttrs(ff, sdk.Attr{Name: enrichmentGroup, Value: newUUID()}, sdk.Attr{Name: enrichmentRole, Value: roleOriginal})
		s.Transfer(s.PutAttr(s.Clone(ff), enrichmentRole, roleEnrichment), p.enrichment)
		s.Transfer(ff, p.original)
	}
	return nil
}

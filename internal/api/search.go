package api

import (
	"maps"
	"slices"
	"strings"

	"github.com/braidflow/braid/internal/api/dto"
	"github.com/braidflow/braid/internal/extension"
	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/internal/params"
)

// searchFlow finds components by what users have given them: names, ids, comments, types, values.
func (s *server) searchFlow(c *call) (any, error) {
	r := &dto.SearchResultsDTO{
		ProcessorResults: []dto.ComponentSearchResultDTO{}, ConnectionResults: []dto.ComponentSearchResultDTO{},
		ProcessGroupResults: []dto.ComponentSearchResultDTO{}, InputPortResults: []dto.ComponentSearchResultDTO{},
		OutputPortResults: []dto.ComponentSearchResultDTO{}, RemoteProcessGroupResults: []dto.ComponentSearchResultDTO{},
		FunnelResults: []dto.ComponentSearchResultDTO{}, LabelResults: []dto.ComponentSearchResultDTO{},
		ControllerServiceNodeResults: []dto.ComponentSearchResultDTO{}, ParameterContextResults: []dto.ComponentSearchResultDTO{},
		ParameterProviderNodeResults: []dto.ComponentSearchResultDTO{}, ParameterResults: []dto.ComponentSearchResultDTO{},
	}
	lists := map[flow.Kind]*[]dto.ComponentSearchResultDTO{
		flow.KindProcessor: &r.ProcessorResults, flow.KindConnection: &r.ConnectionResults,
		flow.KindProcessGroup: &r.ProcessGroupResults, flow.KindInputPort: &r.InputPortResults,
		flow.KindOutputPort: &r.OutputPortResults, flow.KindRemoteProcessGroup: &r.RemoteProcessGroupResults,
		flow.KindFunnel: &r.FunnelResults, flow.KindLabel: &r.LabelResults,
		flow.KindControllerService: &r.ControllerServiceNodeResults, flow.KindParameterContext: &r.ParameterContextResults,
		flow.KindParameterProvider: &r.ParameterProviderNodeResults,
	}
	if q := strings.ToLower(strings.TrimSpace(c.URL.Query().Get("q"))); q != "" {
		for d := range c.flow.All() {
			if to := lists[d.Kind()]; to != nil {
				if hit := c.match(d, q); hit != nil {
					*to = append(*to, *hit)
				}
			}
			if ctx, ok := d.(*flow.ParameterContext); ok {
				r.ParameterResults = append(r.ParameterResults, c.matchParameters(ctx, q)...)
			}
		}
	}
	return dto.SearchResultsEntity{SearchResultsDTO: r}, nil
}

// finder collects the texts that contain what is searched.
type finder struct {
	q    string // in lower case
	hits []string
}

func (f *finder) look(label, text string) {
	if text != "" && strings.Contains(strings.ToLower(text), f.q) {
		f.hits = append(f.hits, label+": "+text)
	}
}

// match tells where a component has the text q; nil if nowhere.
func (c *call) match(d flow.Component, q string) *dto.ComponentSearchResultDTO {
	b := d.Common()
	f := &finder{q: q}
	f.look("Id", b.ID)
	f.look("Version Control ID", b.VersionedID)
	f.look("Name", b.Name)
	f.look("Comments", b.Comments)
	name := b.Name
	switch x := d.(type) {
	case *flow.Processor:
		c.matchProcessor(f, x)
	case *flow.ControllerService:
		f.look("Type", extension.ShortName(x.Type))
		c.matchProperties(f, &x.Extension)
	case *flow.Connection:
		name = connectionName(x)
		for _, r := range x.Relationships {
			f.look("Relationship", r)
		}
		for _, p := range x.Prioritizers {
			f.look("Prioritizer", extension.ShortName(p))
		}
		f.look("Source id", x.Source.ID)
		f.look("Source name", c.flow.EndpointName(x.Source))
		f.look("Destination id", x.Destination.ID)
		f.look("Destination name", c.flow.EndpointName(x.Destination))
	case *flow.RemoteProcessGroup:
		f.look("URLs", x.TargetURIs)
	case *flow.Label:
		f.look("Value", x.Text)
		name = x.Text
	}
	if len(f.hits) == 0 {
		return nil
	}
	return &dto.ComponentSearchResultDTO{
		ID: &b.ID, GroupID: filled(b.GroupID), ParentGroup: c.searchGroup(b.GroupID), Name: &name, Matches: f.hits,
	}
}

func (c *call) matchProcessor(f *finder, p *flow.Processor) {
	f.look("Type", extension.ShortName(p.Type))
	for _, r := range relationshipsOf(p, c.s.inspector.of(p.ID)) {
		f.look("Relationship", r.Name)
	}
	if p.ExecutionNode == flow.PrimaryNode {
		f.look("Execution node", "primary")
	}
	c.matchProperties(f, &p.Extension)
}

// matchProperties looks at names and values; those of sensitive properties are not looked at.
func (c *call) matchProperties(f *finder, x *flow.Extension) {
	t, known := c.s.engine.Types().Get(x.Type)
	for _, name := range slices.Sorted(maps.Keys(x.Properties)) {
		f.look("Property name", name)
		v := x.Properties[name]
		secret := x.Descriptors[name].Sensitive
		if known {
			p := t.Spec.Property(name)
			secret = secret || p != nil && p.Secret
		}
		if v != nil && !secret && !params.Encrypted(*v) && strings.Contains(strings.ToLower(*v), f.q) {
			f.hits = append(f.hits, "Property value: "+name+" - "+*v)
		}
	}
}

func (c *call) matchParameters(ctx *flow.ParameterContext, q string) (found []dto.ComponentSearchResultDTO) {
	for _, name := range slices.Sorted(maps.Keys(ctx.Parameters)) {
		p := ctx.Parameters[name]
		f := &finder{q: q}
		f.look("Name", name)
		f.look("Description", p.Description)
		if !p.Sensitive && p.Value != nil && !params.Encrypted(*p.Value) {
			f.look("Value", *p.Value)
		}
		if len(f.hits) > 0 {
			found = append(found, dto.ComponentSearchResultDTO{
				ID: &name, Name: &name, Matches: f.hits, ParentGroup: &dto.SearchResultGroupDTO{ID: &ctx.ID, Name: &ctx.Name},
			})
		}
	}
	return found
}

func (c *call) searchGroup(id string) *dto.SearchResultGroupDTO {
	g, ok := flow.Lookup[*flow.ProcessGroup](c.flow, id)
	if !ok {
		return nil
	}
	return &dto.SearchResultGroupDTO{ID: &g.ID, Name: &g.Name}
}

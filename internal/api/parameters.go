package api

import (
	"maps"
	"slices"

	"github.com/braidflow/braid/internal/api/dto"
	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/internal/params"
)

func (s *server) getParameterContexts(c *call) (any, error) {
	e := dto.ParameterContextsEntity{CurrentTime: c.refreshed(), ParameterContexts: []dto.ParameterContextEntity{}}
	for _, d := range flow.List[*flow.ParameterContext](c.flow, "") {
		e.ParameterContexts = append(e.ParameterContexts, *c.contextEntity(d, false))
	}
	return e, nil
}

func (s *server) getParameterContext(c *call) (any, error) {
	id := c.PathValue("id")
	d, ok := flow.Lookup[*flow.ParameterContext](c.flow, id)
	if !ok {
		return nil, errNoneSuch.with("parameter context", oneLine(id))
	}
	return c.contextEntity(d, c.boolParam("includeInheritedParameters", false)), nil
}

func contextReference(d *flow.ParameterContext) *dto.ParameterContextReferenceEntity {
	return &dto.ParameterContextReferenceEntity{
		ID: &d.ID, Permissions: permissions, Component: &dto.ParameterContextReferenceDTO{ID: &d.ID, Name: &d.Name},
	}
}

// contextEntity is a parameter context with its own parameters, and with all that groups see if inherited is set.
func (c *call) contextEntity(d *flow.ParameterContext, inherited bool) *dto.ParameterContextEntity {
	effective := map[string]params.Effective{}
	if inherited {
		effective = params.EffectiveOf(c.flow, d.ID)
	} else {
		for name, p := range d.Parameters {
			effective[name] = params.Effective{Parameter: p, ContextID: d.ID}
		}
	}
	x := &dto.ParameterContextDTO{
		ID: &d.ID, Name: &d.Name, Description: filled(d.Comments), Parameters: []dto.ParameterEntity{},
		BoundProcessGroups: []dto.ProcessGroupEntity{}, InheritedParameterContexts: []dto.ParameterContextReferenceEntity{},
	}
	for _, name := range slices.Sorted(maps.Keys(effective)) {
		x.Parameters = append(x.Parameters, c.parameter(d, name, effective[name]))
	}
	for _, id := range d.Inherited {
		if from, ok := flow.Lookup[*flow.ParameterContext](c.flow, id); ok {
			x.InheritedParameterContexts = append(x.InheritedParameterContexts, *contextReference(from))
		}
	}
	for g := range c.flow.All() {
		if g, ok := g.(*flow.ProcessGroup); ok && g.ParameterContextID == d.ID {
			x.BoundProcessGroups = append(x.BoundProcessGroups, *c.groupReference(g))
		}
	}
	return &dto.ParameterContextEntity{
		Revision: revision(d.Revision), ID: &d.ID, URI: c.uri("parameter-contexts", d.ID), Permissions: permissions, Component: x,
	}
}

func (c *call) parameter(in *flow.ParameterContext, name string, p params.Effective) dto.ParameterEntity {
	d := &dto.ParameterDTO{
		Name: &name, Description: filled(p.Description), Sensitive: &p.Sensitive, Provided: &p.Provided, Value: p.Value,
		Inherited: new(p.ContextID != in.ID), ReferencedAssets: []dto.AssetReferenceDTO{},
		ReferencingComponents: c.affected(params.Referencing(c.flow, p.ContextID, name)),
	}
	if p.Value != nil && (p.Sensitive || params.Encrypted(*p.Value)) {
		d.Value = new(masked)
	}
	for _, a := range p.Assets {
		d.ReferencedAssets = append(d.ReferencedAssets, dto.AssetReferenceDTO{ID: &a.ID, Name: &a.Name})
	}
	if from, ok := flow.Lookup[*flow.ParameterContext](c.flow, p.ContextID); ok {
		d.ParameterContext = contextReference(from)
	}
	return dto.ParameterEntity{CanWrite: new(true), Parameter: d}
}

// affected lists the components of references, each once.
func (c *call) affected(refs []params.Reference) []dto.AffectedComponentEntity {
	out := []dto.AffectedComponentEntity{}
	seen := map[string]bool{}
	for _, r := range refs {
		b := r.Component.Common()
		if seen[b.ID] {
			continue
		}
		seen[b.ID] = true
		d := &dto.AffectedComponentDTO{ID: &b.ID, Name: &b.Name, ProcessGroupID: filled(b.GroupID), ReferenceType: new(string(r.Component.Kind()))}
		switch x := r.Component.(type) {
		case *flow.Processor:
			k := c.view.conditionOf(x)
			d.State, d.ValidationErrors = &k.state, errorTexts(k.problems)
			d.ActiveThreadCount = count32(c.view.of(x.ID).ActiveThreads)
		case *flow.ControllerService:
			d.State = new(string(c.s.engine.ServicePhaseOf(x.ID)))
		}
		e := dto.AffectedComponentEntity{
			Revision: revision(b.Revision), ID: &b.ID, Permissions: permissions, Bulletins: c.bulletinsOf(b.ID), Component: d,
			ReferenceType: d.ReferenceType,
		}
		if g, ok := flow.Lookup[*flow.ProcessGroup](c.flow, b.GroupID); ok {
			e.ProcessGroup = &dto.ProcessGroupNameDTO{ID: &g.ID, Name: &g.Name}
		}
		out = append(out, e)
	}
	return out
}

package api

import (
	"slices"

	"github.com/braidflow/braid/internal/api/dto"
	"github.com/braidflow/braid/internal/engine"
	"github.com/braidflow/braid/internal/extension"
	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/sdk"
)

func (c *call) service() (*flow.ControllerService, error) {
	id := c.PathValue("id")
	d, ok := flow.Lookup[*flow.ControllerService](c.flow, id)
	if !ok {
		return nil, errNoneSuch.with("controller service", oneLine(id))
	}
	return d, nil
}

func (s *server) getControllerService(c *call) (any, error) {
	d, err := c.service()
	if err != nil {
		return nil, err
	}
	return c.serviceEntity(d, c.references()), nil
}

func (s *server) getControllerServiceReferences(c *call) (any, error) {
	d, err := c.service()
	if err != nil {
		return nil, err
	}
	return dto.ControllerServiceReferencingComponentsEntity{
		ControllerServiceReferencingComponents: c.referencing(d.ID, c.references(), []string{d.ID}),
	}, nil
}

// getGroupServices answers the services that a group's components may use, and on demand those of the groups below.
func (s *server) getGroupServices(c *call) (any, error) {
	g, err := c.group()
	if err != nil {
		return nil, err
	}
	groups := []string{g.ID}
	if c.boolParam("includeAncestorGroups", true) {
		groups = c.scope(g.ID)
	}
	if c.boolParam("includeDescendantGroups", false) {
		for d := range c.flow.Under(g.ID) {
			if d.Kind() == flow.KindProcessGroup && d.Common().ID != g.ID {
				groups = append(groups, d.Common().ID)
			}
		}
	}
	return c.servicesOf(groups), nil
}

// getControllerLevelServices answers the services of the whole flow.
func (s *server) getControllerLevelServices(c *call) (any, error) {
	return c.servicesOf([]string{""}), nil
}

func (c *call) servicesOf(groups []string) dto.ControllerServicesEntity {
	var refs map[string][]flow.Component
	if c.boolParam("includeReferencingComponents", true) {
		refs = c.references()
	}
	e := dto.ControllerServicesEntity{CurrentTime: c.refreshed(), ControllerServices: []dto.ControllerServiceEntity{}}
	for _, group := range groups {
		for _, d := range flow.List[*flow.ControllerService](c.flow, group) {
			e.ControllerServices = append(e.ControllerServices, *c.serviceEntity(d, refs))
		}
	}
	return e
}

// serviceEntity is a service with its configuration; refs may be nil, then nobody asked who uses it.
func (c *call) serviceEntity(d *flow.ControllerService, refs map[string][]flow.Component) *dto.ControllerServiceEntity {
	in := c.s.inspector.of(d.ID)
	spec := in.Spec
	if spec == nil {
		spec = &sdk.Spec{}
	}
	bundle, known := c.s.bundleOf(&d.Extension)
	state := string(c.s.engine.ServicePhaseOf(d.ID))
	s := &dto.ControllerServiceDTO{
		ID: &d.ID, ParentGroupID: filled(d.GroupID), VersionedComponentID: filled(d.VersionedID), Name: &d.Name, Type: &d.Type,
		Bundle: bundle, ControllerServiceAPIs: list(serviceAPIDTOs(c.s.offers(d))), Comments: &d.Comments, State: &state,
		PersistsState: new(len(spec.Facts.Scopes) > 0), Restricted: new(len(spec.Facts.Restrictions) > 0), Deprecated: new(false),
		MultipleVersionsAvailable: new(false), SupportsSensitiveDynamicProperties: new(spec.Dynamic != nil && spec.Dynamic.Secret),
		BulletinLevel: &d.BulletinLevel, AnnotationData: filled(d.AnnotationData),
		SensitiveDynamicPropertyNames: sensitiveDynamic(&d.Extension, in),
		ValidationErrors:              errorTexts(in.Problems), ValidationStatus: validity(in.Problems), ExtensionMissing: new(!known),
	}
	s.Properties, s.Descriptors = c.properties(d.GroupID, &d.Extension, in)
	if refs != nil {
		s.ReferencingComponents = c.referencing(d.ID, refs, []string{d.ID})
	}
	return &dto.ControllerServiceEntity{
		Revision: revision(d.Revision), ID: &d.ID, URI: c.uri("controller-services", d.ID), ParentGroupID: filled(d.GroupID),
		Permissions: permissions, OperatePermissions: permissions, Bulletins: c.bulletinsOf(d.ID), Component: s,
		Status: &dto.ControllerServiceStatusDTO{RunStatus: &state, ValidationStatus: s.ValidationStatus, ActiveThreadCount: new(int32(0))},
	}
}

// references finds who uses each service, in the flow's order.
func (c *call) references() map[string][]flow.Component {
	refs := map[string][]flow.Component{}
	for d := range c.flow.All() {
		x, ok := d.(interface{ Code() *flow.Extension })
		if !ok {
			continue
		}
		for id := range c.s.uses(x.Code()) {
			refs[id] = append(refs[id], d)
		}
	}
	return refs
}

// uses lists the ids of the services that a component's properties name.
func (s *server) uses(x *flow.Extension) map[string]bool {
	used := map[string]bool{}
	t, known := s.engine.Types().Get(x.Type)
	for name, v := range x.Properties {
		isService := x.Descriptors[name].Service
		if known {
			p := t.Spec.Property(name)
			isService = p != nil && p.Service != ""
		}
		if v != nil && isService {
			used[*v] = true
		}
	}
	return used
}

// referencing describes the components that use a service, and those that use them; path is how it came here.
func (c *call) referencing(id string, refs map[string][]flow.Component, path []string) []dto.ControllerServiceReferencingComponentEntity {
	out := []dto.ControllerServiceReferencingComponentEntity{}
	for _, d := range refs[id] {
		b := d.Common()
		x := d.(interface{ Code() *flow.Extension }).Code()
		in := c.s.inspector.of(b.ID)
		r := &dto.ControllerServiceReferencingComponentDTO{
			GroupID: filled(b.GroupID), ID: &b.ID, Name: &b.Name, Type: new(extension.ShortName(x.Type)), ValidationErrors: errorTexts(in.Problems),
		}
		r.Properties, r.Descriptors = c.properties(b.GroupID, x, in)
		switch d := d.(type) {
		case *flow.Processor:
			r.ReferenceType, r.State = new("Processor"), new(c.view.conditionOf(d).state)
			r.ActiveThreadCount = count32(c.view.of(d.ID).ActiveThreads)
		case *flow.ControllerService:
			r.ReferenceType, r.State = new("ControllerService"), new(string(c.s.engine.ServicePhaseOf(d.ID)))
			r.ReferenceCycle = new(slices.Contains(path, d.ID))
			if !*r.ReferenceCycle {
				r.ReferencingComponents = c.referencing(d.ID, refs, append(slices.Clone(path), d.ID))
			}
		case *flow.ReportingTask:
			r.ReferenceType, r.State = new("ReportingTask"), new(string(d.State))
		default:
			r.ReferenceType, r.State = new(string(d.Kind())), new(string(engine.ServiceDisabled))
		}
		out = append(out, dto.ControllerServiceReferencingComponentEntity{
			Revision: revisionOfWrite(b.Revision), ID: &b.ID, Permissions: permissions, OperatePermissions: permissions,
			Bulletins: c.bulletinsOf(b.ID), Component: r,
		})
	}
	return out
}

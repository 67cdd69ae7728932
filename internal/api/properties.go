package api

import (
	"maps"
	"slices"

	"github.com/braidflow/braid/internal/api/dto"
	"github.com/braidflow/braid/internal/engine"
	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/internal/params"
	"github.com/braidflow/braid/sdk"
)

// masked is shown instead of a sensitive value that is set.
const masked = "********"

// properties are a component's property values and their descriptors, in the order of the type's declaration, the
// dynamic ones by name after them. A sensitive value is never among them.
func (c *call) properties(groupID string, x *flow.Extension, in engine.Inspection) (dto.Ordered[*string], dto.Ordered[*dto.PropertyDescriptorDTO]) {
	values := dto.Ordered[*string]{}
	descriptors := dto.Ordered[*dto.PropertyDescriptorDTO]{}
	add := func(p *sdk.Property) {
		v, has := in.Values[p.Name]
		if !has {
			v, has = p.Default, p.HasDefault
		}
		var shown *string
		if has {
			shown = new(v)
			if p.Secret || params.Encrypted(v) {
				shown = new(masked)
			}
		}
		values = append(values, dto.Member[*string]{Name: p.Name, Value: shown})
		descriptors = append(descriptors, dto.Member[*dto.PropertyDescriptorDTO]{Name: p.Name, Value: c.descriptor(groupID, p)})
	}
	declared := map[string]bool{}
	if in.Spec != nil {
		for _, p := range in.Spec.Properties {
			declared[p.Name] = true
			add(p)
		}
	}
	names := map[string]bool{}
	for name := range in.Values {
		names[name] = true
	}
	if in.Spec == nil { // a type that is not linked in: all that the flow knows of it
		for name := range x.Descriptors {
			names[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if !declared[name] {
			add(undeclared(name, x.Descriptors[name], in.Spec))
		}
	}
	return values, descriptors
}

// undeclared describes a property that the user has added, or one of a type that is not linked in.
func undeclared(name string, d flow.PropertyDescriptor, spec *sdk.Spec) *sdk.Property {
	p := &sdk.Property{Name: name, Display: name, EL: sdk.NoEL, Dynamic: spec != nil || d.Dynamic, Secret: d.Sensitive}
	if d.DisplayName != "" {
		p.Display = d.DisplayName
	}
	if spec != nil && spec.Dynamic != nil {
		p.EL, p.Doc, p.Service = spec.Dynamic.EL, spec.Dynamic.ValueDoc, spec.Dynamic.Service
	}
	return p
}

// scopes are the texts of the scopes of the Expression Language.
var scopes = map[sdk.Scope]string{
	sdk.NoEL:       "Not Supported",
	sdk.EnvEL:      "Environment variables defined at JVM level and system properties",
	sdk.FlowFileEL: "Environment variables and FlowFile Attributes",
}

func (c *call) descriptor(groupID string, p *sdk.Property) *dto.PropertyDescriptorDTO {
	d := &dto.PropertyDescriptorDTO{
		Name: &p.Name, DisplayName: &p.Display, Description: filled(p.Doc), Required: &p.Required, Sensitive: &p.Secret,
		Dynamic: &p.Dynamic, SupportsEL: new(p.EL != sdk.NoEL), ExpressionLanguageScope: new(scopes[p.EL]),
		Dependencies: []dto.PropertyDependencyDTO{},
	}
	if p.HasDefault {
		d.DefaultValue = &p.Default
	}
	for _, a := range p.Allowed {
		display := a.Display
		if display == "" {
			display = a.Value
		}
		d.AllowableValues = append(d.AllowableValues, allowable(a.Value, display, a.Doc))
	}
	for _, n := range p.Needs {
		d.Dependencies = append(d.Dependencies, dto.PropertyDependencyDTO{PropertyName: &n.Property, DependentValues: n.Values})
	}
	if p.Service != "" {
		d.IdentifiesControllerService = &p.Service
		d.IdentifiesControllerServiceBundle = nifiBundle(serviceAPIs)
		d.AllowableValues = c.servicesFor(groupID, p.Service)
	}
	return d
}

// serviceAPIs is the bundle of the interfaces of controller services.
const serviceAPIs = "nifi-standard-services-api-nar"

func allowable(value, display, doc string) dto.AllowableValueEntity {
	return dto.AllowableValueEntity{
		AllowableValue: &dto.AllowableValueDTO{Value: &value, DisplayName: &display, Description: filled(doc)}, CanRead: new(true),
	}
}

// servicesFor lists the controller services that a component in a group may refer to by an interface.
func (c *call) servicesFor(groupID, api string) []dto.AllowableValueEntity {
	found := []dto.AllowableValueEntity{}
	for _, group := range c.scope(groupID) {
		for _, d := range flow.List[*flow.ControllerService](c.flow, group) {
			if slices.Contains(c.s.offers(d), api) {
				found = append(found, allowable(d.ID, d.Name, ""))
			}
		}
	}
	return found
}

// scope lists a group and those around it; what belongs to no group sees what belongs to no group.
func (c *call) scope(groupID string) []string {
	groups := []string{groupID}
	for g := range c.flow.Parents(groupID) {
		groups = append(groups, g.ID)
	}
	return groups
}

// offers lists the interfaces of a controller service.
func (s *server) offers(d *flow.ControllerService) []string {
	if t, ok := s.engine.Types().Get(d.Type); ok {
		return t.Spec.Facts.Services
	}
	var list []string
	for _, a := range d.APIs {
		list = append(list, a.Type)
	}
	return list
}

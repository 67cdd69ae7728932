package definition

import (
	"fmt"
	"iter"
	"maps"

	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/internal/params"
)

// ExportOptions say how much a definition holds.
type ExportOptions struct {
	// Describe returns the property descriptors of a component with code; nil, and nil for a type that is not
	// installed, mean those that the flow keeps.
	Describe func(flow.Component) map[string]PropertyDescriptor
	// Services includes the services outside of the group that its components refer to.
	Services bool
	// RunStates writes RUNNING and ENABLED as they are. NiFi does not: what is imported starts stopped.
	RunStates bool
}

// Export makes the definition of a process group. Sensitive values are left out, parameter references are kept.
func Export(f *flow.Flow, groupID string, o ExportOptions) (*Definition, error) {
	g, ok := flow.Lookup[*flow.ProcessGroup](f, groupID)
	if !ok {
		return nil, fmt.Errorf("export process group %s: it %w", groupID, flow.ErrNotFound)
	}
	d := &Definition{
		ExternalServices: map[string]ExternalService{}, ParameterContexts: map[string]ParameterContext{},
		ParameterProviders: map[string]ProviderReference{}, EncodingVersion: "1.0",
	}
	x := &exporter{flow: f, o: o, definition: d}
	x.name(f.Under(groupID))
	contents := x.group(g)
	contents.GroupIdentifier = "" // the definition stands alone
	d.Contents = &contents
	for i := 0; i < len(x.included); i++ { // an included service may refer to more of them
		if s, ok := flow.Lookup[*flow.ControllerService](f, x.included[i]); ok {
			service := x.service(s)
			service.GroupIdentifier = contents.Identifier
			d.Contents.Services = append(d.Contents.Services, service)
		}
	}
	return d, nil
}

// ExportNode makes the content of flow.json.gz for a whole flow: with run states, encrypted sensitive values, and
// services named by the ids of this flow. The flow must have a root group.
func ExportNode(f *flow.Flow) *NodeFlow {
	x := &exporter{flow: f, node: true, o: ExportOptions{RunStates: true}}
	x.name(f.All())
	n := &NodeFlow{
		EncodingVersion: EncodingVersion{2, 0}, MaxThreads: f.Controller().MaxTimerDrivenThreads,
		Registries: []RegistryClient{}, ParameterContexts: []ParameterContext{}, ParameterProviders: []Provider{},
		Services: []Service{}, ReportingTasks: []ReportingTask{}, Rules: []Rule{},
	}
	for _, c := range flow.List[*flow.FlowRegistryClient](f, "") {
		n.Registries = append(n.Registries, RegistryClient{Component: x.component(c), Extension: x.extension(c)})
	}
	for _, c := range flow.List[*flow.ParameterProvider](f, "") {
		n.ParameterProviders = append(n.ParameterProviders, Provider{x.component(c), x.extension(c)})
	}
	for _, c := range flow.List[*flow.ParameterContext](f, "") {
		n.ParameterContexts = append(n.ParameterContexts, x.context(c))
	}
	for _, c := range flow.List[*flow.ControllerService](f, "") {
		n.Services = append(n.Services, x.service(c))
	}
	for _, c := range flow.List[*flow.ReportingTask](f, "") {
		n.ReportingTasks = append(n.ReportingTasks, ReportingTask{
			x.component(c), x.extension(c), c.SchedulingPeriod, string(c.SchedulingStrategy), x.runState(c.State),
		})
	}
	for _, c := range flow.List[*flow.FlowAnalysisRule](f, "") {
		n.Rules = append(n.Rules, Rule{x.component(c), x.extension(c), x.serviceState(c.State), c.EnforcementPolicy})
	}
	root := x.group(f.Root())
	n.RootGroup = &root
	return n
}

// exporter makes versioned components out of those of a flow.
type exporter struct {
	flow       *flow.Flow
	o          ExportOptions
	node       bool
	definition *Definition       // nil for a node's file
	names      map[string]string // the identifiers of all that is exported, by id
	included   []string          // the services outside of the group that go with it
}

func identifier(versionedID, id string) string {
	if versionedID != "" {
		return versionedID
	}
	return Identifier(id)
}

// name chooses the identifiers. A copy of a component in the same group does not get the identifier of its original.
func (x *exporter) name(all iter.Seq[flow.Component]) {
	x.names = map[string]string{}
	used := map[[2]string]bool{}
	for c := range all {
		b := c.Common()
		id := identifier(b.VersionedID, b.ID)
		if b.GroupID == "" && b.VersionedID == "" && c.Kind() != flow.KindProcessGroup && c.Kind() != flow.KindControllerService {
			id = b.ID // NiFi finds tasks, rules, providers, clients and contexts of a node by it
		}
		if used[[2]string{b.GroupID, id}] {
			id = Identifier(b.ID)
		}
		used[[2]string{b.GroupID, id}] = true
		x.names[b.ID] = id
	}
}

func (x *exporter) identifierOf(id string) string {
	if name, ok := x.names[id]; ok {
		return name
	}
	if c := x.flow.Get(id); c != nil {
		return identifier(c.Common().VersionedID, id)
	}
	return ""
}

func (x *exporter) component(c flow.Component) Component {
	b := c.Common()
	out := Component{
		Identifier: x.identifierOf(b.ID), InstanceIdentifier: b.ID, ComponentType: string(c.Kind()),
		GroupIdentifier: x.identifierOf(b.GroupID),
	}
	if b.Name != "" {
		out.Name = &b.Name
	}
	switch c.Kind() {
	case flow.KindProcessor, flow.KindProcessGroup, flow.KindRemoteProcessGroup, flow.KindControllerService:
		out.Comments = &b.Comments
	default:
		out.Comments = optional(b.Comments)
	}
	switch c.Kind() {
	case flow.KindProcessor, flow.KindProcessGroup, flow.KindRemoteProcessGroup, flow.KindInputPort, flow.KindOutputPort,
		flow.KindFunnel, flow.KindLabel:
		p := Position(b.Position)
		out.Position = &p
	}
	return out
}

// extension leaves out sensitive values unless the file is the node's own.
func (x *exporter) extension(c interface {
	flow.Component
	Code() *flow.Extension
},
) Extension {
	e := c.Code()
	out := Extension{
		Type: e.Type, Bundle: bundle(e.Bundle), Properties: map[string]*string{}, AnnotationData: optional(e.AnnotationData),
		Descriptors: x.descriptors(c, e),
	}
	for name, v := range e.Properties {
		switch {
		case v == nil || x.node:
			out.Properties[name] = v
		case params.Encrypted(*v):
		case out.Descriptors[name].Sensitive && len(params.Parse(*v, false).Names()) == 0:
		default:
			value := x.reference(*v)
			out.Properties[name] = &value
		}
	}
	return out
}

func (x *exporter) descriptors(c flow.Component, e *flow.Extension) map[string]PropertyDescriptor {
	all := map[string]PropertyDescriptor{}
	for name, d := range e.Descriptors {
		display := d.DisplayName
		if display == "" {
			display = name
		}
		all[name] = PropertyDescriptor{
			Name: name, DisplayName: display, Service: d.Service, Sensitive: d.Sensitive, Dynamic: d.Dynamic,
		}
	}
	if x.o.Describe != nil {
		maps.Copy(all, x.o.Describe(c))
	}
	return all
}

// reference puts the identifier in place of a controller service's id.
func (x *exporter) reference(value string) string {
	s, ok := flow.Lookup[*flow.ControllerService](x.flow, value)
	if !ok {
		return value
	}
	id := x.identifierOf(s.ID)
	if _, inside := x.names[s.ID]; inside {
		return id
	}
	if x.o.Services {
		x.names[s.ID] = id
		x.included = append(x.included, s.ID)
		return id
	}
	x.definition.ExternalServices[id] = ExternalService{Identifier: id, Name: s.Name}
	return id
}

// useContext adds a parameter context, and those that it inherits from, to the definition.
func (x *exporter) useContext(c *flow.ParameterContext) {
	if _, done := x.definition.ParameterContexts[c.Name]; done {
		return
	}
	out := x.context(c)
	out.Identifier, out.InstanceIdentifier = "", ""
	x.definition.ParameterContexts[c.Name] = out
	for _, id := range c.Inherited {
		if parent, ok := flow.Lookup[*flow.ParameterContext](x.flow, id); ok {
			x.useContext(parent)
		}
	}
	if c.Provider == nil {
		return
	}
	if p, ok := flow.Lookup[*flow.ParameterProvider](x.flow, c.Provider.ProviderID); ok {
		x.definition.ParameterProviders[p.ID] = ProviderReference{p.ID, p.Name, p.Type, bundle(p.Bundle)}
	}
}

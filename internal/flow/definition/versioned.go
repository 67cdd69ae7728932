package definition

import (
	"maps"
	"slices"

	"github.com/braidflow/braid/internal/flow"
)

// optional is nil for an empty text, which NiFi leaves out.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func list(s []string) []string { return append([]string{}, s...) }

func bundle(b flow.Bundle) *Bundle {
	if b == (flow.Bundle{}) {
		return nil
	}
	out := Bundle(b)
	return &out
}

// runState writes ENABLED for what is stopped.
func (x *exporter) runState(s flow.State) string {
	switch {
	case s == flow.Disabled:
		return "DISABLED"
	case s == flow.Running && x.o.RunStates:
		return "RUNNING"
	default:
		return "ENABLED"
	}
}

func (x *exporter) serviceState(s flow.State) string {
	if s == flow.Enabled && x.o.RunStates {
		return "ENABLED"
	}
	return "DISABLED"
}

func (x *exporter) group(g *flow.ProcessGroup) Group {
	out := Group{
		Component: x.component(g), DefaultExpiration: g.DefaultExpiration,
		DefaultBackPressureObjects: &g.DefaultBackPressureObjects, DefaultBackPressureSize: g.DefaultBackPressureSize,
		LogFileSuffix: optional(g.LogFileSuffix), ScheduledState: x.runState(g.State),
		ExecutionEngine: string(g.ExecutionEngine), MaxConcurrentTasks: &g.MaxConcurrentTasks,
		StatelessTimeout: g.StatelessTimeout, FlowFileConcurrency: string(g.FlowFileConcurrency),
		OutboundPolicy: string(g.OutboundPolicy),
	}
	if v := g.VersionControl; v != nil {
		out.Coordinates = &Coordinates{v.RegistryID, v.StorageLocation, v.Branch, v.BucketID, v.FlowID, Version(v.Version), v.Latest}
		if !x.node {
			out.Coordinates.RegistryID = "" // the id of a client in this flow says nothing elsewhere
		}
	}
	if c := x.flow.Context(g.ID); c != nil {
		out.ParameterContextName = &c.Name
		if !x.node {
			x.useContext(c)
		}
	}
	x.content(g.ID, &out)
	return out
}

func (x *exporter) content(groupID string, out *Group) {
	out.Groups = each(x.flow, groupID, x.group)
	out.Remotes = each(x.flow, groupID, x.remote)
	out.Processors = each(x.flow, groupID, x.processor)
	out.InputPorts, out.OutputPorts = []Port{}, []Port{}
	for _, p := range flow.List[*flow.Port](x.flow, groupID) {
		if p.Output {
			out.OutputPorts = append(out.OutputPorts, x.port(p))
		} else {
			out.InputPorts = append(out.InputPorts, x.port(p))
		}
	}
	out.Connections = each(x.flow, groupID, x.connection)
	out.Labels = each(x.flow, groupID, x.label)
	out.Funnels = each(x.flow, groupID, func(f *flow.Funnel) Funnel { return Funnel{x.component(f)} })
	out.Services = each(x.flow, groupID, x.service)
}

func each[C flow.Component, V any](f *flow.Flow, groupID string, convert func(C) V) []V {
	out := []V{}
	for _, c := range flow.List[C](f, groupID) {
		out = append(out, convert(c))
	}
	return out
}

func (x *exporter) processor(p *flow.Processor) Processor {
	style := maps.Clone(p.Style)
	if style == nil {
		style = map[string]string{}
	}
	return Processor{
		Component: x.component(p), Extension: x.extension(p), Style: style, SchedulingPeriod: p.SchedulingPeriod,
		SchedulingStrategy: string(p.SchedulingStrategy), ExecutionNode: string(p.ExecutionNode),
		PenaltyDuration: p.PenaltyDuration, YieldDuration: p.YieldDuration, BulletinLevel: p.BulletinLevel,
		RunDurationMillis: &p.RunDurationMillis, ConcurrentTasks: &p.ConcurrentTasks,
		AutoTerminated: list(p.AutoTerminated), ScheduledState: x.runState(p.State), RetryCount: &p.RetryCount,
		Retried: list(p.Retried), BackoffMechanism: string(p.BackoffMechanism), MaxBackoff: p.MaxBackoff,
	}
}

func (x *exporter) connection(c *flow.Connection) Connection {
	out := Connection{
		Component: x.component(c), Source: x.end(c.Source), Destination: x.end(c.Destination), LabelIndex: &c.LabelIndex,
		ZIndex: &c.ZIndex, Relationships: list(c.Relationships), BackPressureObjects: &c.BackPressureObjects,
		BackPressureSize: c.BackPressureSize, Expiration: c.Expiration, Prioritizers: list(c.Prioritizers),
		Bends: []Position{}, LoadBalanceStrategy: string(c.LoadBalanceStrategy),
		PartitioningAttribute: optional(c.PartitioningAttribute), LoadBalanceCompression: string(c.LoadBalanceCompression),
	}
	if c.Source.Kind != flow.KindProcessor {
		out.Relationships = []string{""}
	}
	for _, b := range c.Bends {
		out.Bends = append(out.Bends, Position(b))
	}
	return out
}

func (x *exporter) end(e flow.Endpoint) End {
	out := End{ID: x.identifierOf(e.ID), Type: string(e.Kind), GroupID: x.identifierOf(e.GroupID), InstanceIdentifier: e.ID}
	if name := x.flow.EndpointName(e); name != "" {
		out.Name = &name
	}
	switch e.Kind {
	case flow.KindProcessor, flow.KindFunnel:
		if c := x.flow.Get(e.ID); c != nil {
			out.Comments = &c.Common().Comments
		}
	case flow.KindRemoteInputPort, flow.KindRemoteOutputPort:
		if r, ok := flow.Lookup[*flow.RemoteProcessGroup](x.flow, e.GroupID); ok {
			if p, _, ok := r.Port(e.ID); ok {
				out.ID = identifier(p.VersionedID, p.ID)
			}
		}
	}
	return out
}

func (x *exporter) port(p *flow.Port) Port {
	return Port{
		Component: x.component(p), Type: string(p.Kind()), ConcurrentTasks: &p.ConcurrentTasks,
		ScheduledState: x.runState(p.State), AllowRemote: p.AllowRemote, Function: string(p.Function),
	}
}

func (x *exporter) label(l *flow.Label) Label {
	return Label{
		Component: x.component(l), Text: optional(l.Text), ZIndex: &l.ZIndex, Width: l.Width, Height: l.Height, Style: l.Style,
	}
}

func (x *exporter) remote(r *flow.RemoteProcessGroup) RemoteGroup {
	out := RemoteGroup{
		Component: x.component(r), TargetURIs: r.TargetURIs, CommunicationsTimeout: r.CommunicationsTimeout,
		YieldDuration: r.YieldDuration, TransportProtocol: r.TransportProtocol,
		LocalNetworkInterface: optional(r.LocalNetworkInterface), ProxyHost: optional(r.ProxyHost),
		ProxyUser: optional(r.ProxyUser), InputPorts: []RemotePort{}, OutputPorts: []RemotePort{},
	}
	if r.ProxyPort != 0 {
		out.ProxyPort = &r.ProxyPort
	}
	if x.node {
		out.ProxyPassword = optional(r.ProxyPassword)
	}
	for _, p := range r.InputPorts {
		out.InputPorts = append(out.InputPorts, x.remotePort(p, flow.KindRemoteInputPort, out.Identifier))
	}
	for _, p := range r.OutputPorts {
		out.OutputPorts = append(out.OutputPorts, x.remotePort(p, flow.KindRemoteOutputPort, out.Identifier))
	}
	return out
}

func (x *exporter) remotePort(p flow.RemotePort, kind flow.Kind, remoteIdentifier string) RemotePort {
	out := RemotePort{
		Component: Component{
			Identifier: identifier(p.VersionedID, p.ID), InstanceIdentifier: p.ID, Name: &p.Name,
			Comments: optional(p.Comments), ComponentType: string(kind), GroupIdentifier: remoteIdentifier,
		},
		RemoteGroupID: remoteIdentifier, ConcurrentTasks: &p.ConcurrentTasks, UseCompression: p.UseCompression,
		BatchSize: &BatchSize{Size: optional(p.BatchSize), Duration: optional(p.BatchDuration)}, TargetID: p.TargetID,
		ScheduledState: x.runState(p.State),
	}
	if p.BatchCount != 0 {
		out.BatchSize.Count = &p.BatchCount
	}
	return out
}

func (x *exporter) service(s *flow.ControllerService) Service {
	out := Service{
		Component: x.component(s), Extension: x.extension(s), APIs: []ServiceAPI{}, ScheduledState: x.serviceState(s.State),
		BulletinLevel: s.BulletinLevel,
	}
	for _, a := range s.APIs {
		out.APIs = append(out.APIs, ServiceAPI{a.Type, bundle(a.Bundle)})
	}
	return out
}

func (x *exporter) context(c *flow.ParameterContext) ParameterContext {
	out := ParameterContext{Component: x.component(c), Description: optional(c.Comments), Parameters: []Parameter{}, Inherited: []string{}}
	out.Comments = nil
	for _, name := range slices.Sorted(maps.Keys(c.Parameters)) {
		p := c.Parameters[name]
		v := Parameter{Name: name, Description: optional(p.Description), Sensitive: p.Sensitive, Provided: p.Provided, Value: p.Value}
		if p.Sensitive && !x.node {
			v.Value = nil
		}
		for _, a := range p.Assets {
			v.Assets = append(v.Assets, Asset(a))
		}
		out.Parameters = append(out.Parameters, v)
	}
	for _, id := range c.Inherited {
		if parent, ok := flow.Lookup[*flow.ParameterContext](x.flow, id); ok {
			out.Inherited = append(out.Inherited, parent.Name)
		}
	}
	if p := c.Provider; p != nil {
		out.ProviderID, out.GroupName, out.Synchronized = &p.ProviderID, &p.GroupName, &p.Synchronized
	}
	return out
}

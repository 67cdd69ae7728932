package definition

import (
	"cmp"

	"github.com/braidflow/braid/internal/flow"
)

// The functions of this file make components of the model from versioned ones: missing settings get NiFi's defaults.
// Ids and references are filled in by the importer.

func text(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}

// setTo sets dst if the file has a value.
func setTo[T any](dst, v *T) {
	if v != nil {
		*dst = *v
	}
}

func setText[D ~string](dst *D, v string) { *dst = cmp.Or(D(v), *dst) }

func (c *Component) base(b *flow.Base) {
	b.VersionedID = c.Identifier
	setTo(&b.Name, c.Name)
	b.Comments = text(c.Comments)
	if c.Position != nil {
		b.Position = flow.Position(*c.Position)
	}
}

func (b *Bundle) model() flow.Bundle {
	if b == nil {
		return flow.Bundle{}
	}
	return flow.Bundle(*b)
}

func (e *Extension) extension(x *flow.Extension) {
	x.Type = e.Type
	x.Bundle = e.Bundle.model()
	for name, v := range e.Properties {
		if x.Properties == nil {
			x.Properties = make(map[string]*string, len(e.Properties))
		}
		x.Properties[name] = v
	}
	for name, d := range e.Descriptors {
		if !d.Service && !d.Sensitive && !d.Dynamic {
			continue // says nothing that is needed without the component's code
		}
		if x.Descriptors == nil {
			x.Descriptors = map[string]flow.PropertyDescriptor{}
		}
		kept := flow.PropertyDescriptor{Service: d.Service, Sensitive: d.Sensitive, Dynamic: d.Dynamic}
		if d.DisplayName != name {
			kept.DisplayName = d.DisplayName
		}
		x.Descriptors[name] = kept
	}
	x.AnnotationData = text(e.AnnotationData)
}

// runState reads NiFi's scheduledState of what can run; ENABLED means stopped.
func runState(s string) flow.State {
	switch s {
	case "", "ENABLED", "STOPPED":
		return flow.Stopped
	default:
		return flow.State(s) // RUNNING, DISABLED; anything else is refused by name
	}
}

// serviceState reads NiFi's scheduledState of what can only be enabled.
func serviceState(s string) flow.State {
	switch s {
	case "", "DISABLED":
		return flow.Disabled
	case "ENABLED", "RUNNING":
		return flow.Enabled
	default:
		return flow.State(s)
	}
}

func (p *Processor) model() *flow.Processor {
	m := flow.NewProcessor("", "", p.Type)
	p.base(&m.Base)
	p.extension(&m.Extension)
	m.State = runState(p.ScheduledState)
	m.Style = p.Style
	setText(&m.SchedulingStrategy, p.SchedulingStrategy)
	setText(&m.SchedulingPeriod, p.SchedulingPeriod)
	setText(&m.ExecutionNode, p.ExecutionNode)
	setTo(&m.ConcurrentTasks, p.ConcurrentTasks)
	setTo(&m.RunDurationMillis, p.RunDurationMillis)
	setText(&m.PenaltyDuration, p.PenaltyDuration)
	setText(&m.YieldDuration, p.YieldDuration)
	setText(&m.BulletinLevel, p.BulletinLevel)
	m.AutoTerminated, m.Retried = p.AutoTerminated, p.Retried
	setTo(&m.RetryCount, p.RetryCount)
	setText(&m.BackoffMechanism, p.BackoffMechanism)
	setText(&m.MaxBackoff, p.MaxBackoff)
	return m
}

func (c *Connection) model() *flow.Connection {
	m := flow.NewConnection("", "", flow.Endpoint{}, flow.Endpoint{})
	c.base(&m.Base)
	for _, r := range c.Relationships {
		if r != "" { // the one relationship of a port or funnel is written as ""
			m.Relationships = append(m.Relationships, r)
		}
	}
	setTo(&m.BackPressureObjects, c.BackPressureObjects)
	setText(&m.BackPressureSize, c.BackPressureSize)
	setText(&m.Expiration, c.Expiration)
	m.Prioritizers = c.Prioritizers
	setText(&m.LoadBalanceStrategy, c.LoadBalanceStrategy)
	m.PartitioningAttribute = text(c.PartitioningAttribute)
	setText(&m.LoadBalanceCompression, c.LoadBalanceCompression)
	for _, b := range c.Bends {
		m.Bends = append(m.Bends, flow.Position(b))
	}
	setTo(&m.LabelIndex, c.LabelIndex)
	setTo(&m.ZIndex, c.ZIndex)
	return m
}

// model leaves the parameter context to the importer.
func (g *Group) model() *flow.ProcessGroup {
	m := flow.NewProcessGroup("", "", "")
	g.base(&m.Base)
	m.State = runState(g.ScheduledState)
	setText(&m.FlowFileConcurrency, g.FlowFileConcurrency)
	setText(&m.OutboundPolicy, g.OutboundPolicy)
	setText(&m.DefaultExpiration, g.DefaultExpiration)
	setTo(&m.DefaultBackPressureObjects, g.DefaultBackPressureObjects)
	setText(&m.DefaultBackPressureSize, g.DefaultBackPressureSize)
	setText(&m.ExecutionEngine, g.ExecutionEngine)
	setTo(&m.MaxConcurrentTasks, g.MaxConcurrentTasks)
	setText(&m.StatelessTimeout, g.StatelessTimeout)
	m.LogFileSuffix = text(g.LogFileSuffix)
	if c := g.Coordinates; c != nil {
		m.VersionControl = &flow.VersionControl{
			RegistryID: c.RegistryID, StorageLocation: c.StorageLocation, Branch: c.Branch, BucketID: c.BucketID,
			FlowID: c.FlowID, Version: string(c.Version), Latest: c.Latest,
		}
	}
	return m
}

func (p *Port) model(output bool) *flow.Port {
	m := flow.NewInputPort("", "", "")
	p.base(&m.Base)
	m.Output = output
	m.State = runState(p.ScheduledState)
	setTo(&m.ConcurrentTasks, p.ConcurrentTasks)
	m.AllowRemote = p.AllowRemote
	setText(&m.Function, p.Function)
	return m
}

func (l *Label) model() *flow.Label {
	m := flow.NewLabel("", "", text(l.Text))
	l.base(&m.Base)
	m.Width, m.Height = cmp.Or(l.Width, m.Width), cmp.Or(l.Height, m.Height)
	setTo(&m.ZIndex, l.ZIndex)
	m.Style = l.Style
	return m
}

func (r *RemoteGroup) model() *flow.RemoteProcessGroup {
	m := flow.NewRemoteProcessGroup("", "", cmp.Or(r.TargetURIs, r.TargetURI))
	r.base(&m.Base)
	setText(&m.TransportProtocol, r.TransportProtocol)
	setText(&m.CommunicationsTimeout, r.CommunicationsTimeout)
	setText(&m.YieldDuration, r.YieldDuration)
	m.LocalNetworkInterface = text(r.LocalNetworkInterface)
	m.ProxyHost, m.ProxyUser, m.ProxyPassword = text(r.ProxyHost), text(r.ProxyUser), text(r.ProxyPassword)
	setTo(&m.ProxyPort, r.ProxyPort)
	return m
}

func (p *RemotePort) model() flow.RemotePort {
	m := flow.RemotePort{
		VersionedID: p.Identifier, TargetID: p.TargetID, Name: text(p.Name), Comments: text(p.Comments),
		State: runState(p.ScheduledState), ConcurrentTasks: 1, UseCompression: p.UseCompression,
	}
	setTo(&m.ConcurrentTasks, p.ConcurrentTasks)
	if b := p.BatchSize; b != nil {
		setTo(&m.BatchCount, b.Count)
		m.BatchSize, m.BatchDuration = text(b.Size), text(b.Duration)
	}
	return m
}

func (s *Service) model() *flow.ControllerService {
	m := flow.NewControllerService("", "", s.Type)
	s.base(&m.Base)
	s.extension(&m.Extension)
	m.State = serviceState(s.ScheduledState)
	setText(&m.BulletinLevel, s.BulletinLevel)
	for _, a := range s.APIs {
		m.APIs = append(m.APIs, flow.ServiceAPI{Type: a.Type, Bundle: a.Bundle.model()})
	}
	return m
}

func (t *ReportingTask) model() *flow.ReportingTask {
	m := flow.NewReportingTask("", t.Type)
	t.base(&m.Base)
	t.extension(&m.Extension)
	m.State = runState(t.ScheduledState)
	setText(&m.SchedulingStrategy, t.SchedulingStrategy)
	setText(&m.SchedulingPeriod, t.SchedulingPeriod)
	return m
}

func (r *Rule) model() *flow.FlowAnalysisRule {
	m := &flow.FlowAnalysisRule{State: serviceState(r.ScheduledState), EnforcementPolicy: cmp.Or(r.EnforcementPolicy, "WARN")}
	r.base(&m.Base)
	r.extension(&m.Extension)
	return m
}

func (p *Provider) model() *flow.ParameterProvider {
	m := &flow.ParameterProvider{}
	p.base(&m.Base)
	p.extension(&m.Extension)
	return m
}

func (c *RegistryClient) model() *flow.FlowRegistryClient {
	m := &flow.FlowRegistryClient{}
	c.base(&m.Base)
	c.extension(&m.Extension)
	m.Comments = cmp.Or(m.Comments, text(c.Description))
	return m
}

// model leaves the inherited contexts and the provider to the importer.
func (c *ParameterContext) model() *flow.ParameterContext {
	m := flow.NewParameterContext("", "")
	c.base(&m.Base)
	m.Comments = cmp.Or(m.Comments, text(c.Description))
	for _, p := range c.Parameters {
		if m.Parameters == nil {
			m.Parameters = map[string]flow.Parameter{}
		}
		m.Parameters[p.Name] = p.model()
	}
	return m
}

func (p *Parameter) model() flow.Parameter {
	m := flow.Parameter{Description: text(p.Description), Sensitive: p.Sensitive, Provided: p.Provided, Value: p.Value}
	for _, a := range p.Assets {
		m.Assets = append(m.Assets, flow.Asset(a))
	}
	return m
}

package flow

import (
	"maps"
	"slices"
)

func (e *Extension) own() {
	props := maps.Clone(e.Properties)
	for k, v := range props {
		if v != nil {
			s := *v
			props[k] = &s
		}
	}
	e.Properties = props
	e.Descriptors = maps.Clone(e.Descriptors)
}

func (p *Processor) clone() Component {
	c := *p
	c.own()
	c.Style = maps.Clone(p.Style)
	c.AutoTerminated = slices.Clone(p.AutoTerminated)
	c.Retried = slices.Clone(p.Retried)
	return &c
}

func (c *Connection) clone() Component {
	d := *c
	d.Relationships = slices.Clone(c.Relationships)
	d.Prioritizers = slices.Clone(c.Prioritizers)
	d.Bends = slices.Clone(c.Bends)
	return &d
}

func (g *ProcessGroup) clone() Component {
	c := *g
	if g.VersionControl != nil {
		v := *g.VersionControl
		if v.Latest != nil {
			latest := *v.Latest
			v.Latest = &latest
		}
		c.VersionControl = &v
	}
	return &c
}

func (r *RemoteProcessGroup) clone() Component {
	c := *r
	c.InputPorts = slices.Clone(r.InputPorts)
	c.OutputPorts = slices.Clone(r.OutputPorts)
	return &c
}

func (l *Label) clone() Component {
	c := *l
	c.Style = maps.Clone(l.Style)
	return &c
}

func (s *ControllerService) clone() Component {
	c := *s
	c.own()
	c.APIs = slices.Clone(s.APIs)
	return &c
}

func (c *ParameterContext) clone() Component {
	d := *c
	d.Inherited = slices.Clone(c.Inherited)
	if c.Provider != nil {
		p := *c.Provider
		d.Provider = &p
	}
	d.Parameters = maps.Clone(c.Parameters)
	for name, p := range d.Parameters {
		if p.Value != nil {
			v := *p.Value
			p.Value = &v
		}
		p.Assets = slices.Clone(p.Assets)
		d.Parameters[name] = p
	}
	return &d
}

func (t *ReportingTask) clone() Component      { c := *t; c.own(); return &c }
func (r *FlowAnalysisRule) clone() Component   { c := *r; c.own(); return &c }
func (p *ParameterProvider) clone() Component  { c := *p; c.own(); return &c }
func (c *FlowRegistryClient) clone() Component { d := *c; d.own(); return &d }
func (p *Port) clone() Component               { c := *p; return &c }
func (f *Funnel) clone() Component             { c := *f; return &c }
func (c *Controller) clone() Component         { d := *c; return &d }

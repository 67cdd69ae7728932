package api

import (
	"fmt"
	"strings"

	"github.com/braidflow/braid/internal/api/dto"
	"github.com/braidflow/braid/internal/flow"
)

func (s *server) getInputPort(c *call) (any, error)  { return c.portByID(flow.KindInputPort) }
func (s *server) getOutputPort(c *call) (any, error) { return c.portByID(flow.KindOutputPort) }

func (c *call) portOf(kind flow.Kind) (*flow.Port, error) {
	id := c.PathValue("id")
	p, ok := flow.Lookup[*flow.Port](c.flow, id)
	if !ok || p.Kind() != kind {
		return nil, errNoneSuch.with(noun(kind), oneLine(id))
	}
	return p, nil
}

// noun is how texts call a kind of component.
func noun(k flow.Kind) string { return strings.ToLower(strings.ReplaceAll(string(k), "_", " ")) }

func (c *call) portByID(kind flow.Kind) (any, error) {
	p, err := c.portOf(kind)
	if err != nil {
		return nil, err
	}
	return c.portEntity(p), nil
}

func (s *server) getInputPortStatus(c *call) (any, error) {
	return c.portStatusByID(flow.KindInputPort)
}

func (s *server) getOutputPortStatus(c *call) (any, error) {
	return c.portStatusByID(flow.KindOutputPort)
}

func (c *call) portStatusByID(kind flow.Kind) (any, error) {
	p, err := c.portOf(kind)
	if err != nil {
		return nil, err
	}
	return dto.PortStatusEntity{PortStatus: c.portStatus(p, c.view.conditionOf(p)), CanRead: new(true)}, nil
}

func (c *call) portEntity(p *flow.Port) *dto.PortEntity {
	k := c.view.conditionOf(p)
	kind, path := string(p.Kind()), "input-ports"
	if p.Output {
		path = "output-ports"
	}
	d := &dto.PortDTO{
		ID: &p.ID, ParentGroupID: &p.GroupID, VersionedComponentID: filled(p.VersionedID), Position: position(p.Position),
		Name: &p.Name, Comments: filled(p.Comments), State: &k.state, Type: &kind,
		ConcurrentlySchedulableTaskCount: count32(p.ConcurrentTasks), PortFunction: new(string(p.Function)),
	}
	for _, text := range errorTexts(k.problems) {
		if _, reason, found := strings.Cut(text, " is invalid because "); found {
			text = fmt.Sprintf("'Port '%s'' is invalid because %s", p.Name, reason)
		}
		d.ValidationErrors = append(d.ValidationErrors, text)
	}
	e := &dto.PortEntity{
		Revision: revision(p.Revision), ID: &p.ID, URI: c.uri(path, p.ID), Position: position(p.Position),
		Permissions: permissions, OperatePermissions: permissions, Bulletins: c.bulletinsOf(p.ID), Component: d,
		Status: c.portStatus(p, k), PortType: &kind,
	}
	if p.AllowRemote {
		d.AllowRemoteAccess, d.Transmitting, e.AllowRemoteAccess = new(true), new(k.runStatus == "Running"), new(true)
	}
	return e
}

func (c *call) portStatus(p *flow.Port, k condition) *dto.PortStatusDTO {
	st := &dto.PortStatusDTO{
		ID: &p.ID, GroupID: &p.GroupID, Name: &p.Name, RunStatus: &k.runStatus, StatsLastRefreshed: c.refreshed(),
		AggregateSnapshot: c.portSnapshot(p, k),
	}
	if p.AllowRemote {
		st.Transmitting = new(k.runStatus == "Running")
	}
	return st
}

func (c *call) portSnapshot(p *flow.Port, k condition) *dto.PortStatusSnapshotDTO {
	st := c.view.of(p.ID)
	return &dto.PortStatusSnapshotDTO{
		ID: &p.ID, GroupID: &p.GroupID, Name: &p.Name, ActiveThreadCount: count32(st.ActiveThreads), RunStatus: &k.runStatus,
		FlowFilesIn: count32(st.In.Count), BytesIn: &st.In.Bytes, Input: new(formatAmount(st.In)),
		FlowFilesOut: count32(st.Out.Count), BytesOut: &st.Out.Bytes, Output: new(formatAmount(st.Out)),
	}
}

func (s *server) getFunnel(c *call) (any, error) {
	id := c.PathValue("id")
	f, ok := flow.Lookup[*flow.Funnel](c.flow, id)
	if !ok {
		return nil, errNoneSuch.with("funnel", oneLine(id))
	}
	return c.funnelEntity(f), nil
}

func (c *call) funnelEntity(f *flow.Funnel) *dto.FunnelEntity {
	return &dto.FunnelEntity{
		Revision: revision(f.Revision), ID: &f.ID, URI: c.uri("funnels", f.ID), Position: position(f.Position), Permissions: permissions,
		Component: &dto.FunnelDTO{
			ID: &f.ID, ParentGroupID: &f.GroupID, VersionedComponentID: filled(f.VersionedID), Position: position(f.Position),
		},
	}
}

func (s *server) getLabel(c *call) (any, error) {
	id := c.PathValue("id")
	l, ok := flow.Lookup[*flow.Label](c.flow, id)
	if !ok {
		return nil, errNoneSuch.with("label", oneLine(id))
	}
	return c.labelEntity(l), nil
}

func (c *call) labelEntity(l *flow.Label) *dto.LabelEntity {
	width, height := dto.Double(l.Width), dto.Double(l.Height)
	return &dto.LabelEntity{
		Revision: revision(l.Revision), ID: &l.ID, URI: c.uri("labels", l.ID), Position: position(l.Position), Permissions: permissions,
		Dimensions: &dto.DimensionsDTO{Width: &width, Height: &height}, ZIndex: &l.ZIndex,
		Component: &dto.LabelDTO{
			ID: &l.ID, ParentGroupID: &l.GroupID, VersionedComponentID: filled(l.VersionedID), Position: position(l.Position),
			Label: &l.Text, Width: &width, Height: &height, ZIndex: &l.ZIndex, Style: style(l.Style),
		},
	}
}

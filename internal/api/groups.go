package api

import (
	"github.com/braidflow/braid/internal/api/dto"
	"github.com/braidflow/braid/internal/flow"
)

// group finds the group of the path; "root" stands for the root group.
func (c *call) group() (*flow.ProcessGroup, error) {
	id := c.PathValue("id")
	if id == "root" {
		return c.flow.Root(), nil
	}
	g, ok := flow.Lookup[*flow.ProcessGroup](c.flow, id)
	if !ok {
		return nil, errNoGroup.with(oneLine(id))
	}
	return g, nil
}

func (s *server) getProcessGroup(c *call) (any, error) {
	g, err := c.group()
	if err != nil {
		return nil, err
	}
	return c.groupEntity(g), nil
}

func (c *call) groupEntity(g *flow.ProcessGroup) *dto.ProcessGroupEntity {
	e := c.groupReference(g)
	e.Status = c.groupStatus(g, false)
	e.URI = c.uri("process-groups", g.ID)
	e.Bulletins = c.bulletinEntities(c.view.bulletinsUnder(g.ID))
	return e
}

// groupReference is a group without its figures, as it is shown where it is only referred to.
func (c *call) groupReference(g *flow.ProcessGroup) *dto.ProcessGroupEntity {
	d := c.groupDTO(g)
	return &dto.ProcessGroupEntity{
		Revision: revision(g.Revision), ID: &g.ID, Position: position(g.Position), Permissions: permissions, Component: d,
		RunningCount: d.RunningCount, StoppedCount: d.StoppedCount, InvalidCount: d.InvalidCount, DisabledCount: d.DisabledCount,
		ActiveRemotePortCount: d.ActiveRemotePortCount, InactiveRemotePortCount: d.InactiveRemotePortCount,
		UpToDateCount: d.UpToDateCount, LocallyModifiedCount: d.LocallyModifiedCount, StaleCount: d.StaleCount,
		LocallyModifiedAndStaleCount: d.LocallyModifiedAndStaleCount, SyncFailureCount: d.SyncFailureCount,
		LocalInputPortCount: d.LocalInputPortCount, LocalOutputPortCount: d.LocalOutputPortCount,
		PublicInputPortCount: d.PublicInputPortCount, PublicOutputPortCount: d.PublicOutputPortCount,
		InputPortCount: d.InputPortCount, OutputPortCount: d.OutputPortCount, ParameterContext: d.ParameterContext,
	}
}

func (c *call) groupDTO(g *flow.ProcessGroup) *dto.ProcessGroupDTO {
	n := c.view.group(g.ID)
	d := &dto.ProcessGroupDTO{
		ID: &g.ID, ParentGroupID: filled(g.GroupID), VersionedComponentID: filled(g.VersionedID), Position: position(g.Position),
		Name: &g.Name, Comments: &g.Comments, FlowfileConcurrency: new(string(g.FlowFileConcurrency)),
		FlowfileOutboundPolicy: new(string(g.OutboundPolicy)), DefaultFlowFileExpiration: &g.DefaultExpiration,
		DefaultBackPressureObjectThreshold:   &g.DefaultBackPressureObjects,
		DefaultBackPressureDataSizeThreshold: &g.DefaultBackPressureSize, ExecutionEngine: new(string(g.ExecutionEngine)),
		MaxConcurrentTasks: count32(g.MaxConcurrentTasks), StatelessFlowTimeout: &g.StatelessTimeout,
		LogFileSuffix: filled(g.LogFileSuffix), StatelessGroupScheduledState: new(string(g.State)),
		RunningCount: count32(n.running), StoppedCount: count32(n.stopped), InvalidCount: count32(n.invalid),
		DisabledCount: count32(n.disabled), ActiveRemotePortCount: count32(n.active), InactiveRemotePortCount: count32(n.inactive),
		LocalInputPortCount: count32(n.inputs - n.publicInputs), LocalOutputPortCount: count32(n.outputs - n.publicOutputs),
		PublicInputPortCount: count32(n.publicInputs), PublicOutputPortCount: count32(n.publicOutputs),
		InputPortCount: count32(n.inputs), OutputPortCount: count32(n.outputs),
		// Versions are not compared with a registry here: no group is known to be in any of these states.
		UpToDateCount: new(int32(0)), LocallyModifiedCount: new(int32(0)), StaleCount: new(int32(0)),
		LocallyModifiedAndStaleCount: new(int32(0)), SyncFailureCount: new(int32(0)),
	}
	if ctx, ok := flow.Lookup[*flow.ParameterContext](c.flow, g.ParameterContextID); ok {
		d.ParameterContext = contextReference(ctx)
	}
	return d
}

// getFlow answers the content of one group: what a canvas shows.
func (s *server) getFlow(c *call) (any, error) {
	g, err := c.group()
	if err != nil {
		return nil, err
	}
	d := &dto.ProcessGroupFlowDTO{
		ID: &g.ID, URI: c.uri("flow/process-groups", g.ID), ParentGroupID: filled(g.GroupID), Breadcrumb: c.breadcrumb(g),
		Flow: c.flowDTO(g.ID, c.boolParam("uiOnly", false)), LastRefreshed: c.refreshed(),
	}
	if ctx, ok := flow.Lookup[*flow.ParameterContext](c.flow, g.ParameterContextID); ok {
		d.ParameterContext = contextReference(ctx)
	}
	return dto.ProcessGroupFlowEntity{Revision: revision(g.Revision), Permissions: permissions, ProcessGroupFlow: d}, nil
}

func (s *server) getBreadcrumbs(c *call) (any, error) {
	g, err := c.group()
	if err != nil {
		return nil, err
	}
	return c.breadcrumb(g), nil
}

func (c *call) breadcrumb(g *flow.ProcessGroup) *dto.FlowBreadcrumbEntity {
	e := &dto.FlowBreadcrumbEntity{ID: &g.ID, Permissions: permissions, Breadcrumb: &dto.FlowBreadcrumbDTO{ID: &g.ID, Name: &g.Name}}
	if parent, ok := flow.Lookup[*flow.ProcessGroup](c.flow, g.GroupID); ok {
		e.ParentBreadcrumb = c.breadcrumb(parent)
	}
	return e
}

func (c *call) flowDTO(groupID string, brief bool) *dto.FlowDTO {
	return &dto.FlowDTO{
		ProcessGroups:       entities(c, groupID, flow.KindProcessGroup, c.groupEntity),
		RemoteProcessGroups: entities(c, groupID, flow.KindRemoteProcessGroup, c.remoteEntity),
		Processors: entities(c, groupID, flow.KindProcessor, func(p *flow.Processor) *dto.ProcessorEntity {
			return c.processorEntity(p, brief)
		}),
		InputPorts:  entities(c, groupID, flow.KindInputPort, c.portEntity),
		OutputPorts: entities(c, groupID, flow.KindOutputPort, c.portEntity),
		Connections: entities(c, groupID, flow.KindConnection, c.connectionEntity),
		Labels:      entities(c, groupID, flow.KindLabel, c.labelEntity),
		Funnels:     entities(c, groupID, flow.KindFunnel, c.funnelEntity),
	}
}

// entities makes the entities of one kind in a group; the list is empty rather than nil.
func entities[C flow.Component, E any](c *call, groupID string, kind flow.Kind, entity func(C) *E) []E {
	out := []E{}
	for d := range c.flow.In(groupID, kind) {
		out = append(out, *entity(d.(C)))
	}
	return out
}

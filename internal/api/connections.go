package api

import (
	"strings"

	"github.com/braidflow/braid/internal/api/dto"
	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/sdk"
)

func (c *call) connection() (*flow.Connection, error) {
	id := c.PathValue("id")
	d, ok := flow.Lookup[*flow.Connection](c.flow, id)
	if !ok {
		return nil, errNoneSuch.with("connection", oneLine(id))
	}
	return d, nil
}

func (s *server) getConnection(c *call) (any, error) {
	d, err := c.connection()
	if err != nil {
		return nil, err
	}
	return c.connectionEntity(d), nil
}

func (s *server) getConnectionStatus(c *call) (any, error) {
	d, err := c.connection()
	if err != nil {
		return nil, err
	}
	return dto.ConnectionStatusEntity{ConnectionStatus: c.connectionStatus(d), CanRead: new(true)}, nil
}

// noLoadBalancing is the state of a connection that is not load balanced, as none is on a single node.
const noLoadBalancing = "LOAD_BALANCE_NOT_CONFIGURED"

func loadBalanceStatus(d *flow.Connection) *string {
	if d.LoadBalanceStrategy == flow.DoNotLoadBalance {
		return new(noLoadBalancing)
	}
	return new("LOAD_BALANCE_INACTIVE")
}

func (c *call) connectionEntity(d *flow.Connection) *dto.ConnectionEntity {
	return &dto.ConnectionEntity{
		Revision: revision(d.Revision), ID: &d.ID, URI: c.uri("connections", d.ID), Permissions: permissions,
		Component: c.connectionDTO(d), Status: c.connectionStatus(d), Bends: positions(d.Bends), LabelIndex: count32(d.LabelIndex),
		ZIndex: &d.ZIndex, SourceID: &d.Source.ID, SourceGroupID: &d.Source.GroupID, SourceType: new(string(d.Source.Kind)),
		DestinationID: &d.Destination.ID, DestinationGroupID: &d.Destination.GroupID, DestinationType: new(string(d.Destination.Kind)),
	}
}

func (c *call) connectionDTO(d *flow.Connection) *dto.ConnectionDTO {
	out := &dto.ConnectionDTO{
		ID: &d.ID, ParentGroupID: &d.GroupID, VersionedComponentID: filled(d.VersionedID), Name: filled(d.Name),
		Source: c.connectable(d.Source), Destination: c.connectable(d.Destination), LabelIndex: count32(d.LabelIndex), ZIndex: &d.ZIndex,
		BackPressureObjectThreshold: &d.BackPressureObjects, BackPressureDataSizeThreshold: &d.BackPressureSize,
		FlowFileExpiration: &d.Expiration, Prioritizers: list(d.Prioritizers), Bends: positions(d.Bends),
		LoadBalanceStrategy: new(string(d.LoadBalanceStrategy)), LoadBalancePartitionAttribute: filled(d.PartitioningAttribute),
		LoadBalanceCompression: new(string(d.LoadBalanceCompression)), LoadBalanceStatus: loadBalanceStatus(d),
	}
	if p, ok := flow.Lookup[*flow.Processor](c.flow, d.Source.ID); ok {
		out.SelectedRelationships = list(d.Relationships)
		out.AvailableRelationships = []string{}
		for _, r := range relationshipsOf(p, c.s.inspector.of(p.ID)) {
			out.AvailableRelationships = append(out.AvailableRelationships, r.Name)
		}
		for _, r := range p.Retried {
			for _, selected := range d.Relationships {
				if r == selected {
					out.RetriedRelationships = append(out.RetriedRelationships, r)
				}
			}
		}
	}
	return out
}

// connectable is one end of a connection.
func (c *call) connectable(e flow.Endpoint) *dto.ConnectableDTO {
	d := &dto.ConnectableDTO{ID: &e.ID, Type: new(string(e.Kind)), GroupID: &e.GroupID, Name: new(c.flow.EndpointName(e))}
	switch x := c.flow.Get(e.ID).(type) {
	case *flow.Funnel:
		d.Running, d.Comments = new(true), new("")
	case *flow.Processor:
		d.Running, d.Comments = new(c.view.conditionOf(x).state == "RUNNING"), &x.Comments
	case *flow.Port:
		d.Running, d.Comments = new(c.view.conditionOf(x).state == "RUNNING"), filled(x.Comments)
	default:
		if r, ok := flow.Lookup[*flow.RemoteProcessGroup](c.flow, e.GroupID); ok {
			if p, _, ok := r.Port(e.ID); ok {
				transmitting := p.State == flow.Running
				d.Exists, d.Running, d.Transmitting = new(true), &transmitting, &transmitting
			}
		}
	}
	return d
}

// connectionName is what users see: the name, or the relationships that lead into the connection.
func connectionName(d *flow.Connection) string {
	if d.Name != "" {
		return d.Name
	}
	return strings.Join(d.Relationships, ", ")
}

func (c *call) connectionStatus(d *flow.Connection) *dto.ConnectionStatusDTO {
	s := c.connectionSnapshot(d)
	return &dto.ConnectionStatusDTO{
		ID: &d.ID, GroupID: &d.GroupID, Name: s.Name, StatsLastRefreshed: c.refreshed(), SourceID: &d.Source.ID,
		SourceName: s.SourceName, DestinationID: &d.Destination.ID, DestinationName: s.DestinationName, AggregateSnapshot: s,
	}
}

func (c *call) connectionSnapshot(d *flow.Connection) *dto.ConnectionStatusSnapshotDTO {
	queued := c.view.queued(d.ID)
	in, out := c.throughput(d)
	availability := "ACTIVE_QUEUE_EMPTY"
	if q := c.s.engine.Queue(d.ID); q != nil && queued.Count > 0 {
		availability = "HEAD_OF_QUEUE_PENALIZED"
		if q.Available(c.view.now) {
			availability = "FLOWFILE_AVAILABLE"
		}
	}
	return &dto.ConnectionStatusSnapshotDTO{
		ID: &d.ID, GroupID: &d.GroupID, Name: new(connectionName(d)), SourceName: new(c.flow.EndpointName(d.Source)),
		DestinationName: new(c.flow.EndpointName(d.Destination)),
		FlowFilesIn:     count32(in.Count), BytesIn: &in.Bytes, Input: new(formatAmount(in)),
		FlowFilesOut: count32(out.Count), BytesOut: &out.Bytes, Output: new(formatAmount(out)),
		FlowFilesQueued: count32(queued.Count), BytesQueued: &queued.Bytes, Queued: new(formatAmount(queued)),
		QueuedCount: new(formatCount(queued.Count)), QueuedSize: new(formatSize(queued.Bytes)),
		PercentUseCount: percentUse(queued.Count, d.BackPressureObjects), PercentUseBytes: percentUse(queued.Bytes, d.BackPressureBytes()),
		FlowFileAvailability: &availability, LoadBalanceStatus: loadBalanceStatus(d),
	}
}

// throughput is what went into a connection and out of it in the last five minutes.
func (c *call) throughput(d *flow.Connection) (in, out sdk.Amount) {
	if q := c.s.engine.Queue(d.ID); q != nil {
		in, out = q.Passed(c.view.now)
	}
	return in, out
}

// percentUse is how near a queue is to back pressure.
func percentUse(n, limit int64) *int32 {
	if limit <= 0 {
		return new(int32(0))
	}
	return count32(int64(float64(n) / float64(limit) * 100))
}

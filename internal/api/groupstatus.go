package api

import (
	"github.com/braidflow/braid/internal/api/dto"
	"github.com/braidflow/braid/internal/flow"
)

func (s *server) getProcessGroupStatus(c *call) (any, error) {
	g, err := c.group()
	if err != nil {
		return nil, err
	}
	st := c.groupStatus(g, true)
	if !c.boolParam("recursive", false) {
		for i := range st.AggregateSnapshot.ProcessGroupStatusSnapshots {
			bare(st.AggregateSnapshot.ProcessGroupStatusSnapshots[i].ProcessGroupStatusSnapshot)
		}
	}
	return dto.ProcessGroupStatusEntity{ProcessGroupStatus: st, CanRead: new(true)}, nil
}

// bare empties the lists of a group's parts.
func bare(s *dto.ProcessGroupStatusSnapshotDTO) {
	s.ConnectionStatusSnapshots = []dto.ConnectionStatusSnapshotEntity{}
	s.ProcessorStatusSnapshots = []dto.ProcessorStatusSnapshotEntity{}
	s.ProcessGroupStatusSnapshots = []dto.ProcessGroupStatusSnapshotEntity{}
	s.RemoteProcessGroupStatusSnapshots = []dto.RemoteProcessGroupStatusSnapshotEntity{}
	s.InputPortStatusSnapshots = []dto.PortStatusSnapshotEntity{}
	s.OutputPortStatusSnapshots = []dto.PortStatusSnapshotEntity{}
}

// groupStatus is a group's figures, with those of its parts if they are asked for.
func (c *call) groupStatus(g *flow.ProcessGroup, parts bool) *dto.ProcessGroupStatusDTO {
	return &dto.ProcessGroupStatusDTO{
		ID: &g.ID, Name: &g.Name, StatsLastRefreshed: c.refreshed(), AggregateSnapshot: c.groupSnapshot(g, parts),
	}
}

func (c *call) groupSnapshot(g *flow.ProcessGroup, parts bool) *dto.ProcessGroupStatusSnapshotDTO {
	n := c.view.group(g.ID)
	s := &dto.ProcessGroupStatusSnapshotDTO{
		ID: &g.ID, Name: &g.Name, StatelessActiveThreadCount: new(int32(0)),
		FlowFilesIn: count32(n.in.Count), BytesIn: &n.in.Bytes, Input: new(formatAmount(n.in)),
		FlowFilesOut: count32(n.out.Count), BytesOut: &n.out.Bytes, Output: new(formatAmount(n.out)),
		FlowFilesQueued: count32(n.queued.Count), BytesQueued: &n.queued.Bytes, Queued: new(formatAmount(n.queued)),
		QueuedCount: new(formatCount(n.queued.Count)), QueuedSize: new(formatSize(n.queued.Bytes)),
		BytesRead: &n.read, Read: new(formatSize(n.read)), BytesWritten: &n.written, Written: new(formatSize(n.written)),
		FlowFilesTransferred: count32(n.transferred.Count), BytesTransferred: &n.transferred.Bytes,
		Transferred:       new(formatAmount(n.transferred)),
		FlowFilesReceived: count32(n.received.Count), BytesReceived: &n.received.Bytes, Received: new(formatAmount(n.received)),
		FlowFilesSent: count32(n.sent.Count), BytesSent: &n.sent.Bytes, Sent: new(formatAmount(n.sent)),
		ActiveThreadCount: count32(n.threads), TerminatedThreadCount: count32(n.terminated),
		ProcessingNanos: new(n.took.Nanoseconds()),
		// Durations within a task are not measured; clients take the object for granted.
		ProcessingPerformanceStatus: &dto.ProcessingPerformanceStatusDTO{
			Identifier: &g.ID, CPUDuration: new(int64(0)), ContentReadDuration: new(int64(0)), ContentWriteDuration: new(int64(0)),
			SessionCommitDuration: new(int64(0)), GarbageCollectionDuration: new(int64(0)),
		},
	}
	if parts {
		c.addParts(g.ID, s)
	}
	return s
}

func (c *call) addParts(groupID string, s *dto.ProcessGroupStatusSnapshotDTO) {
	bare(s)
	for d := range c.flow.Under(groupID) {
		if d.Common().GroupID != groupID {
			continue
		}
		id, canRead := &d.Common().ID, new(true)
		switch d := d.(type) {
		case *flow.Connection:
			s.ConnectionStatusSnapshots = append(s.ConnectionStatusSnapshots,
				dto.ConnectionStatusSnapshotEntity{ID: id, ConnectionStatusSnapshot: c.connectionSnapshot(d), CanRead: canRead})
		case *flow.Processor:
			s.ProcessorStatusSnapshots = append(s.ProcessorStatusSnapshots,
				dto.ProcessorStatusSnapshotEntity{ID: id, ProcessorStatusSnapshot: c.processorSnapshot(d, c.view.conditionOf(d)), CanRead: canRead})
		case *flow.ProcessGroup:
			s.ProcessGroupStatusSnapshots = append(s.ProcessGroupStatusSnapshots,
				dto.ProcessGroupStatusSnapshotEntity{ID: id, ProcessGroupStatusSnapshot: c.groupSnapshot(d, true), CanRead: canRead})
		case *flow.RemoteProcessGroup:
			s.RemoteProcessGroupStatusSnapshots = append(s.RemoteProcessGroupStatusSnapshots,
				dto.RemoteProcessGroupStatusSnapshotEntity{ID: id, RemoteProcessGroupStatusSnapshot: remoteSnapshot(d), CanRead: canRead})
		case *flow.Port:
			e := dto.PortStatusSnapshotEntity{ID: id, PortStatusSnapshot: c.portSnapshot(d, c.view.conditionOf(d)), CanRead: canRead}
			if d.Output {
				s.OutputPortStatusSnapshots = append(s.OutputPortStatusSnapshots, e)
			} else {
				s.InputPortStatusSnapshots = append(s.InputPortStatusSnapshots, e)
			}
		}
	}
}

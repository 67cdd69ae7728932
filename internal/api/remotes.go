package api

import (
	"strings"

	"github.com/braidflow/braid/internal/api/dto"
	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/sdk"
)

func (s *server) getRemoteProcessGroup(c *call) (any, error) {
	id := c.PathValue("id")
	r, ok := flow.Lookup[*flow.RemoteProcessGroup](c.flow, id)
	if !ok {
		return nil, errNoneSuch.with("remote process group", oneLine(id))
	}
	return c.remoteEntity(r), nil
}

func (c *call) remoteEntity(r *flow.RemoteProcessGroup) *dto.RemoteProcessGroupEntity {
	target, _, _ := strings.Cut(r.TargetURIs, ",")
	target = strings.TrimSpace(target)
	inputs, activeIn := c.remotePorts(r, r.InputPorts)
	outputs, activeOut := c.remotePorts(r, r.OutputPorts)
	d := &dto.RemoteProcessGroupDTO{
		ID: &r.ID, ParentGroupID: &r.GroupID, VersionedComponentID: filled(r.VersionedID), Position: position(r.Position),
		TargetURI: &target, TargetURIs: &r.TargetURIs, TargetSecure: new(strings.HasPrefix(target, "https:")), Name: &r.Name,
		Comments: filled(r.Comments), CommunicationsTimeout: &r.CommunicationsTimeout, YieldDuration: &r.YieldDuration,
		TransportProtocol: &r.TransportProtocol, LocalNetworkInterface: filled(r.LocalNetworkInterface),
		ProxyHost: filled(r.ProxyHost), ProxyUser: filled(r.ProxyUser), Transmitting: new(activeIn+activeOut > 0),
		InputPortCount: count32(len(inputs)), OutputPortCount: count32(len(outputs)),
		ActiveRemoteInputPortCount: count32(activeIn), InactiveRemoteInputPortCount: count32(len(inputs) - activeIn),
		ActiveRemoteOutputPortCount: count32(activeOut), InactiveRemoteOutputPortCount: count32(len(outputs) - activeOut),
		Contents: &dto.RemoteProcessGroupContentsDTO{InputPorts: inputs, OutputPorts: outputs},
	}
	if r.ProxyPort > 0 {
		d.ProxyPort = count32(r.ProxyPort)
	}
	if r.ProxyPassword != "" {
		d.ProxyPassword = new(masked)
	}
	snapshot := remoteSnapshot(r)
	return &dto.RemoteProcessGroupEntity{
		Revision: revision(r.Revision), ID: &r.ID, URI: c.uri("remote-process-groups", r.ID), Position: position(r.Position),
		Permissions: permissions, OperatePermissions: permissions, Bulletins: c.bulletinsOf(r.ID), Component: d,
		InputPortCount: d.InputPortCount, OutputPortCount: d.OutputPortCount,
		Status: &dto.RemoteProcessGroupStatusDTO{
			GroupID: &r.GroupID, ID: &r.ID, Name: &r.Name, TargetURI: &target, TransmissionStatus: snapshot.TransmissionStatus,
			StatsLastRefreshed: c.refreshed(), ValidationStatus: new("VALID"), AggregateSnapshot: snapshot,
		},
	}
}

// remotePorts lists the ports of a remote group and counts those that transmit.
func (c *call) remotePorts(r *flow.RemoteProcessGroup, ports []flow.RemotePort) (list []dto.RemoteProcessGroupPortDTO, active int) {
	list = []dto.RemoteProcessGroupPortDTO{}
	for _, p := range ports {
		transmitting := p.State == flow.Running
		if transmitting {
			active++
		}
		list = append(list, dto.RemoteProcessGroupPortDTO{
			ID: &p.ID, TargetID: filled(p.TargetID), VersionedComponentID: filled(p.VersionedID), GroupID: &r.ID, Name: &p.Name,
			Comments: filled(p.Comments), ConcurrentlySchedulableTaskCount: count32(p.ConcurrentTasks), Transmitting: &transmitting,
			UseCompression: &p.UseCompression, Exists: new(true), TargetRunning: &transmitting,
			Connected: new(len(c.flow.Incoming(p.ID))+len(c.flow.Outgoing(p.ID)) > 0),
			BatchSettings: &dto.BatchSettingsDTO{
				Count: count32(p.BatchCount), Size: filled(p.BatchSize), Duration: filled(p.BatchDuration),
			},
		})
	}
	return list, active
}

func remoteSnapshot(r *flow.RemoteProcessGroup) *dto.RemoteProcessGroupStatusSnapshotDTO {
	transmission := "NotTransmitting"
	for _, ports := range [][]flow.RemotePort{r.InputPorts, r.OutputPorts} {
		for _, p := range ports {
			if p.State == flow.Running {
				transmission = "Transmitting"
			}
		}
	}
	target, _, _ := strings.Cut(r.TargetURIs, ",")
	none := sdk.Amount{} // nothing goes to a remote group in this version
	return &dto.RemoteProcessGroupStatusSnapshotDTO{
		ID: &r.ID, GroupID: &r.GroupID, Name: &r.Name, TargetURI: new(strings.TrimSpace(target)), TransmissionStatus: &transmission,
		ActiveThreadCount: new(int32(0)), FlowFilesSent: new(int32(0)), BytesSent: new(int64(0)), Sent: new(formatAmount(none)),
		FlowFilesReceived: new(int32(0)), BytesReceived: new(int64(0)), Received: new(formatAmount(none)),
	}
}

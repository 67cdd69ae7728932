package flow

import "time"

// Connection is a queue between two components.
type Connection struct {
	Base
	Source      Endpoint `json:"source"`
	Destination Endpoint `json:"destination"`
	// Relationships are those of the source processor that lead here; empty for any other source.
	Relationships []string `json:"relationships,omitempty"`

	BackPressureObjects int64    `json:"backPressureObjects"` // FlowFiles; 0 = no limit
	BackPressureSize    string   `json:"backPressureSize"`    // data size; "0 B" = no limit
	Expiration          string   `json:"expiration"`          // "0 sec" = never
	Prioritizers        []string `json:"prioritizers,omitempty"`

	LoadBalanceStrategy    LoadBalanceStrategy    `json:"loadBalanceStrategy"`
	PartitioningAttribute  string                 `json:"partitioningAttribute,omitempty"`
	LoadBalanceCompression LoadBalanceCompression `json:"loadBalanceCompression"`

	Bends      []Position `json:"bends,omitempty"`
	LabelIndex int        `json:"labelIndex"`
	ZIndex     int64      `json:"zIndex"`
}

// Endpoint is one end of a connection. Its name is not stored: it is the component's, see [Flow.EndpointName].
type Endpoint struct {
	ID   string `json:"id"`
	Kind Kind   `json:"kind"`
	// GroupID is the group of the component; that of a remote port is the id of the remote process group.
	GroupID string `json:"groupId"`
}

// NewConnection returns a connection with NiFi's default settings.
func NewConnection(id, groupID string, source, destination Endpoint, relationships ...string) *Connection {
	return &Connection{
		Base:                   Base{ID: id, GroupID: groupID},
		Source:                 source,
		Destination:            destination,
		Relationships:          relationships,
		BackPressureObjects:    10_000,
		BackPressureSize:       "1 GB",
		Expiration:             "0 sec",
		LoadBalanceStrategy:    DoNotLoadBalance,
		LoadBalanceCompression: DoNotCompress,
		LabelIndex:             1,
	}
}

// EndOf is the endpoint at a component other than a remote port.
func EndOf(c Component) Endpoint {
	return Endpoint{ID: c.Common().ID, Kind: c.Kind(), GroupID: c.Common().GroupID}
}

// Kind is KindConnection.
func (c *Connection) Kind() Kind { return KindConnection }

// BackPressureBytes is the size threshold in bytes; 0 = no limit.
func (c *Connection) BackPressureBytes() int64 { return sizeOf(c.BackPressureSize) }

// ExpireAfter is the age at which FlowFiles are dropped; 0 = never.
func (c *Connection) ExpireAfter() time.Duration { return durationOf(c.Expiration) }

package flow

import "time"

// Port lets FlowFiles into or out of a process group, or of the whole node if it allows remote access.
type Port struct {
	Base
	Output          bool         `json:"-"` // an output port, else an input port; the kind says it in JSON
	State           State        `json:"state"`
	ConcurrentTasks int          `json:"concurrentTasks"`
	AllowRemote     bool         `json:"allowRemote,omitempty"` // reachable by site-to-site
	Function        PortFunction `json:"function"`
}

// NewInputPort returns a stopped local input port.
func NewInputPort(id, groupID, name string) *Port {
	return &Port{
		Base: Base{ID: id, GroupID: groupID, Name: name}, State: Stopped, ConcurrentTasks: 1, Function: StandardPort,
	}
}

// NewOutputPort returns a stopped local output port.
func NewOutputPort(id, groupID, name string) *Port {
	p := NewInputPort(id, groupID, name)
	p.Output = true
	return p
}

// Kind is KindInputPort or KindOutputPort.
func (p *Port) Kind() Kind {
	if p.Output {
		return KindOutputPort
	}
	return KindInputPort
}

// Funnel joins connections; it is always running.
type Funnel struct{ Base }

// NewFunnel returns a funnel.
func NewFunnel(id, groupID string) *Funnel { return &Funnel{Base{ID: id, GroupID: groupID}} }

// Kind is KindFunnel.
func (f *Funnel) Kind() Kind { return KindFunnel }

// Label is a note on the canvas.
type Label struct {
	Base
	Text   string            `json:"text,omitempty"`
	Width  float64           `json:"width,omitempty"`
	Height float64           `json:"height,omitempty"`
	ZIndex int64             `json:"zIndex,omitempty"`
	Style  map[string]string `json:"style,omitempty"`
}

// NewLabel returns a label of NiFi's default size.
func NewLabel(id, groupID, text string) *Label {
	return &Label{Base: Base{ID: id, GroupID: groupID}, Text: text, Width: 148, Height: 148}
}

// Kind is KindLabel.
func (l *Label) Kind() Kind { return KindLabel }

// RemoteProcessGroup stands for another instance that is reached by site-to-site.
type RemoteProcessGroup struct {
	Base
	TargetURIs            string       `json:"targetUris"`
	TransportProtocol     string       `json:"transportProtocol"` // RAW or HTTP
	CommunicationsTimeout string       `json:"communicationsTimeout"`
	YieldDuration         string       `json:"yieldDuration"`
	LocalNetworkInterface string       `json:"localNetworkInterface,omitempty"`
	ProxyHost             string       `json:"proxyHost,omitempty"`
	ProxyPort             int          `json:"proxyPort,omitempty"`
	ProxyUser             string       `json:"proxyUser,omitempty"`
	ProxyPassword         string       `json:"proxyPassword,omitempty"` // encrypted
	InputPorts            []RemotePort `json:"inputPorts,omitempty"`
	OutputPorts           []RemotePort `json:"outputPorts,omitempty"`
}

// RemotePort is a port of the other instance.
type RemotePort struct {
	ID              string `json:"id"`
	VersionedID     string `json:"versionedId,omitempty"`
	TargetID        string `json:"targetId,omitempty"` // the port's id over there
	Name            string `json:"name"`
	Comments        string `json:"comments,omitempty"`
	State           State  `json:"state"` // Running = transmitting
	ConcurrentTasks int    `json:"concurrentTasks"`
	UseCompression  bool   `json:"useCompression,omitempty"`
	BatchCount      int    `json:"batchCount,omitempty"`
	BatchSize       string `json:"batchSize,omitempty"`
	BatchDuration   string `json:"batchDuration,omitempty"`
}

// NewRemoteProcessGroup returns a remote group with NiFi's default settings and no known port.
func NewRemoteProcessGroup(id, groupID, targetURIs string) *RemoteProcessGroup {
	return &RemoteProcessGroup{
		Base: Base{ID: id, GroupID: groupID, Name: targetURIs}, TargetURIs: targetURIs, TransportProtocol: "RAW",
		CommunicationsTimeout: "30 sec", YieldDuration: "10 sec",
	}
}

// Kind is KindRemoteProcessGroup.
func (r *RemoteProcessGroup) Kind() Kind { return KindRemoteProcessGroup }

// Timeout bounds the wait for the other instance.
func (r *RemoteProcessGroup) Timeout() time.Duration { return durationOf(r.CommunicationsTimeout) }

// Yield is how long the remote group rests after a failure.
func (r *RemoteProcessGroup) Yield() time.Duration { return durationOf(r.YieldDuration) }

// Port returns the remote port with an id, an input port if its kind is KindRemoteInputPort.
func (r *RemoteProcessGroup) Port(id string) (*RemotePort, Kind, bool) {
	for i := range r.InputPorts {
		if r.InputPorts[i].ID == id {
			return &r.InputPorts[i], KindRemoteInputPort, true
		}
	}
	for i := range r.OutputPorts {
		if r.OutputPorts[i].ID == id {
			return &r.OutputPorts[i], KindRemoteOutputPort, true
		}
	}
	return nil, "", false
}

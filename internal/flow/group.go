package flow

import "time"

// ProcessGroup holds components and other groups.
type ProcessGroup struct {
	Base
	// State is meaningful for a group with the stateless engine, which runs as one.
	State              State  `json:"state"`
	ParameterContextID string `json:"parameterContextId,omitempty"`

	FlowFileConcurrency FlowFileConcurrency `json:"flowFileConcurrency"`
	OutboundPolicy      OutboundPolicy      `json:"outboundPolicy"`

	// The defaults that a new connection in the group takes.
	DefaultExpiration          string `json:"defaultExpiration"`
	DefaultBackPressureObjects int64  `json:"defaultBackPressureObjects"`
	DefaultBackPressureSize    string `json:"defaultBackPressureSize"`

	ExecutionEngine    ExecutionEngine `json:"executionEngine"`
	MaxConcurrentTasks int             `json:"maxConcurrentTasks"`
	StatelessTimeout   string          `json:"statelessTimeout"`
	LogFileSuffix      string          `json:"logFileSuffix,omitempty"`

	VersionControl *VersionControl `json:"versionControl,omitempty"`
}

// VersionControl says which version of which flow in a registry a group is.
type VersionControl struct {
	RegistryID      string `json:"registryId,omitempty"`
	StorageLocation string `json:"storageLocation,omitempty"`
	Branch          string `json:"branch,omitempty"`
	BucketID        string `json:"bucketId,omitempty"`
	FlowID          string `json:"flowId,omitempty"`
	Version         string `json:"version,omitempty"`
	Latest          *bool  `json:"latest,omitempty"`
}

// NewProcessGroup returns an empty group with NiFi's default settings; parentID is empty for the root group.
func NewProcessGroup(id, parentID, name string) *ProcessGroup {
	return &ProcessGroup{
		Base:                       Base{ID: id, GroupID: parentID, Name: name},
		State:                      Stopped,
		FlowFileConcurrency:        Unbounded,
		OutboundPolicy:             StreamWhenAvailable,
		DefaultExpiration:          "0 sec",
		DefaultBackPressureObjects: 10_000,
		DefaultBackPressureSize:    "1 GB",
		ExecutionEngine:            InheritedEngine,
		MaxConcurrentTasks:         1,
		StatelessTimeout:           "1 min",
	}
}

// Kind is KindProcessGroup.
func (g *ProcessGroup) Kind() Kind { return KindProcessGroup }

// Timeout bounds one run of a stateless group.
func (g *ProcessGroup) Timeout() time.Duration { return durationOf(g.StatelessTimeout) }

package definition

import "encoding/json"

// Definition is a flow definition: one process group and what it needs from outside.
type Definition struct {
	Contents           *Group                       `json:"flowContents"`
	ExternalServices   map[string]ExternalService   `json:"externalControllerServices"`
	ParameterContexts  map[string]ParameterContext  `json:"parameterContexts"` // by name
	EncodingVersion    string                       `json:"flowEncodingVersion"`
	ParameterProviders map[string]ProviderReference `json:"parameterProviders"`
	Latest             bool                         `json:"latest"`

	// What a registry adds is kept as it is.
	Bucket           json.RawMessage `json:"bucket,omitempty"`
	Flow             json.RawMessage `json:"flow,omitempty"`
	SnapshotMetadata json.RawMessage `json:"snapshotMetadata,omitempty"`

	// Ignored lists the fields of the file that nothing here knows, as paths such as "flowContents.variables".
	Ignored []string `json:"-"`
}

// NodeFlow is the content of a node's flow.json.gz.
type NodeFlow struct {
	EncodingVersion    EncodingVersion    `json:"encodingVersion"`
	MaxThreads         int                `json:"maxTimerDrivenThreadCount"`
	Registries         []RegistryClient   `json:"registries"`
	ParameterContexts  []ParameterContext `json:"parameterContexts"`
	ParameterProviders []Provider         `json:"parameterProviders"`
	Services           []Service          `json:"controllerServices"`
	ReportingTasks     []ReportingTask    `json:"reportingTasks"`
	Rules              []Rule             `json:"flowAnalysisRules"`
	RootGroup          *Group             `json:"rootGroup"`

	// Comment is kept in the header of the gzip file, where NiFi does not look.
	Comment string   `json:"-"`
	Ignored []string `json:"-"` // as in Definition
}

// EncodingVersion is the version of a node's file: 2.0 as of NiFi 2.
type EncodingVersion struct {
	Major int `json:"majorVersion"`
	Minor int `json:"minorVersion"`
}

// Component is what all versioned components have.
type Component struct {
	Identifier         string    `json:"identifier,omitempty"`
	InstanceIdentifier string    `json:"instanceIdentifier,omitempty"`
	Name               *string   `json:"name,omitempty"`
	Comments           *string   `json:"comments,omitempty"`
	Position           *Position `json:"position,omitempty"`
	ComponentType      string    `json:"componentType,omitempty"`
	GroupIdentifier    string    `json:"groupIdentifier,omitempty"`
}

// Position is a place on the canvas.
type Position struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
}

// Bundle names the package of an extension.
type Bundle struct {
	Group    string `json:"group"`
	Artifact string `json:"artifact"`
	Version  string `json:"version"`
}

// Extension is what all versioned components with code have.
type Extension struct {
	Type           string                        `json:"type"`
	Bundle         *Bundle                       `json:"bundle,omitempty"`
	Properties     map[string]*string            `json:"properties,omitzero"`
	Descriptors    map[string]PropertyDescriptor `json:"propertyDescriptors,omitzero"`
	AnnotationData *string                       `json:"annotationData,omitempty"`
}

// PropertyDescriptor describes a property to an environment that may not have the component.
type PropertyDescriptor struct {
	Name                 string          `json:"name"`
	DisplayName          string          `json:"displayName"`
	Service              bool            `json:"identifiesControllerService"`
	Sensitive            bool            `json:"sensitive"`
	Dynamic              bool            `json:"dynamic"`
	ResourceDefinition   json.RawMessage `json:"resourceDefinition,omitempty"`
	ListenPortDefinition json.RawMessage `json:"listenPortDefinition,omitempty"`
}

// Group is a versioned process group with its content.
type Group struct {
	Component
	Groups      []Group       `json:"processGroups,omitzero"`
	Remotes     []RemoteGroup `json:"remoteProcessGroups,omitzero"`
	Processors  []Processor   `json:"processors,omitzero"`
	InputPorts  []Port        `json:"inputPorts,omitzero"`
	OutputPorts []Port        `json:"outputPorts,omitzero"`
	Connections []Connection  `json:"connections,omitzero"`
	Labels      []Label       `json:"labels,omitzero"`
	Funnels     []Funnel      `json:"funnels,omitzero"`
	Services    []Service     `json:"controllerServices,omitzero"`

	Coordinates                *Coordinates `json:"versionedFlowCoordinates,omitempty"`
	ParameterContextName       *string      `json:"parameterContextName,omitempty"`
	DefaultExpiration          string       `json:"defaultFlowFileExpiration,omitempty"`
	DefaultBackPressureObjects *int64       `json:"defaultBackPressureObjectThreshold,omitempty"`
	DefaultBackPressureSize    string       `json:"defaultBackPressureDataSizeThreshold,omitempty"`
	LogFileSuffix              *string      `json:"logFileSuffix,omitempty"`
	ScheduledState             string       `json:"scheduledState,omitempty"`
	ExecutionEngine            string       `json:"executionEngine,omitempty"`
	MaxConcurrentTasks         *int         `json:"maxConcurrentTasks,omitempty"`
	StatelessTimeout           string       `json:"statelessFlowTimeout,omitempty"`
	FlowFileConcurrency        string       `json:"flowFileConcurrency,omitempty"`
	OutboundPolicy             string       `json:"flowFileOutboundPolicy,omitempty"`
}

// Coordinates say which version of which flow in a registry a group is.
type Coordinates struct {
	RegistryID      string  `json:"registryId,omitempty"`
	StorageLocation string  `json:"storageLocation,omitempty"`
	Branch          string  `json:"branch,omitempty"`
	BucketID        string  `json:"bucketId,omitempty"`
	FlowID          string  `json:"flowId,omitempty"`
	Version         Version `json:"version,omitempty"`
	Latest          *bool   `json:"latest,omitempty"`
}

// Version is the version of a flow: text in NiFi 2, a number in NiFi 1.
type Version string

// UnmarshalJSON reads text or a number.
func (v *Version) UnmarshalJSON(data []byte) error {
	var s string
	if err := json.Unmarshal(data, &s); err == nil {
		*v = Version(s)
		return nil
	}
	var n json.Number
	err := json.Unmarshal(data, &n)
	*v = Version(n)
	return err
}

// Processor is a versioned processor.
type Processor struct {
	Component
	Extension
	Style              map[string]string `json:"style,omitzero"`
	SchedulingPeriod   string            `json:"schedulingPeriod,omitempty"`
	SchedulingStrategy string            `json:"schedulingStrategy,omitempty"`
	ExecutionNode      string            `json:"executionNode,omitempty"`
	PenaltyDuration    string            `json:"penaltyDuration,omitempty"`
	YieldDuration      string            `json:"yieldDuration,omitempty"`
	BulletinLevel      string            `json:"bulletinLevel,omitempty"`
	RunDurationMillis  *int64            `json:"runDurationMillis,omitempty"`
	ConcurrentTasks    *int              `json:"concurrentlySchedulableTaskCount,omitempty"`
	AutoTerminated     []string          `json:"autoTerminatedRelationships,omitzero"`
	ScheduledState     string            `json:"scheduledState,omitempty"`
	RetryCount         *int              `json:"retryCount,omitempty"`
	Retried            []string          `json:"retriedRelationships,omitzero"`
	BackoffMechanism   string            `json:"backoffMechanism,omitempty"`
	MaxBackoff         string            `json:"maxBackoffPeriod,omitempty"`
}

// Connection is a versioned connection.
type Connection struct {
	Component
	Source                 End        `json:"source"`
	Destination            End        `json:"destination"`
	LabelIndex             *int       `json:"labelIndex,omitempty"`
	ZIndex                 *int64     `json:"zIndex,omitempty"`
	Relationships          []string   `json:"selectedRelationships,omitzero"`
	BackPressureObjects    *int64     `json:"backPressureObjectThreshold,omitempty"`
	BackPressureSize       string     `json:"backPressureDataSizeThreshold,omitempty"`
	Expiration             string     `json:"flowFileExpiration,omitempty"`
	Prioritizers           []string   `json:"prioritizers,omitzero"`
	Bends                  []Position `json:"bends,omitzero"`
	LoadBalanceStrategy    string     `json:"loadBalanceStrategy,omitempty"`
	PartitioningAttribute  *string    `json:"partitioningAttribute,omitempty"`
	LoadBalanceCompression string     `json:"loadBalanceCompression,omitempty"`
}

// End is one end of a versioned connection.
type End struct {
	ID                 string  `json:"id,omitempty"`
	Type               string  `json:"type,omitempty"`
	GroupID            string  `json:"groupId,omitempty"`
	Name               *string `json:"name,omitempty"`
	Comments           *string `json:"comments,omitempty"`
	InstanceIdentifier string  `json:"instanceIdentifier,omitempty"`
}

// Port is a versioned input or output port.
type Port struct {
	Component
	Type            string `json:"type,omitempty"`
	ConcurrentTasks *int   `json:"concurrentlySchedulableTaskCount,omitempty"`
	ScheduledState  string `json:"scheduledState,omitempty"`
	AllowRemote     bool   `json:"allowRemoteAccess"`
	Function        string `json:"portFunction,omitempty"`
}

// Funnel is a versioned funnel.
type Funnel struct{ Component }

// Label is a versioned label.
type Label struct {
	Component
	Text   *string           `json:"label,omitempty"`
	ZIndex *int64            `json:"zIndex,omitempty"`
	Width  float64           `json:"width,omitempty"`
	Height float64           `json:"height,omitempty"`
	Style  map[string]string `json:"style,omitzero"`
}

// RemoteGroup is a versioned remote process group.
type RemoteGroup struct {
	Component
	TargetURI             string       `json:"targetUri,omitempty"` // NiFi 1
	TargetURIs            string       `json:"targetUris,omitempty"`
	CommunicationsTimeout string       `json:"communicationsTimeout,omitempty"`
	YieldDuration         string       `json:"yieldDuration,omitempty"`
	TransportProtocol     string       `json:"transportProtocol,omitempty"`
	LocalNetworkInterface *string      `json:"localNetworkInterface,omitempty"`
	ProxyHost             *string      `json:"proxyHost,omitempty"`
	ProxyPort             *int         `json:"proxyPort,omitempty"`
	ProxyUser             *string      `json:"proxyUser,omitempty"`
	ProxyPassword         *string      `json:"proxyPassword,omitempty"`
	InputPorts            []RemotePort `json:"inputPorts,omitzero"`
	OutputPorts           []RemotePort `json:"outputPorts,omitzero"`
}

// RemotePort is a port of a remote process group.
type RemotePort struct {
	Component
	RemoteGroupID   string     `json:"remoteGroupId,omitempty"`
	ConcurrentTasks *int       `json:"concurrentlySchedulableTaskCount,omitempty"`
	UseCompression  bool       `json:"useCompression"`
	BatchSize       *BatchSize `json:"batchSize,omitempty"`
	TargetID        string     `json:"targetId,omitempty"`
	ScheduledState  string     `json:"scheduledState,omitempty"`
}

// BatchSize bounds a transaction with a remote port.
type BatchSize struct {
	Count    *int    `json:"count,omitempty"`
	Size     *string `json:"size,omitempty"`
	Duration *string `json:"duration,omitempty"`
}

// Service is a versioned controller service.
type Service struct {
	Component
	Extension
	APIs           []ServiceAPI `json:"controllerServiceApis,omitzero"`
	ScheduledState string       `json:"scheduledState,omitempty"`
	BulletinLevel  string       `json:"bulletinLevel,omitempty"`
}

// ServiceAPI is an interface that a service offers.
type ServiceAPI struct {
	Type   string  `json:"type"`
	Bundle *Bundle `json:"bundle,omitempty"`
}

// ReportingTask is a versioned reporting task.
type ReportingTask struct {
	Component
	Extension
	SchedulingPeriod   string `json:"schedulingPeriod,omitempty"`
	SchedulingStrategy string `json:"schedulingStrategy,omitempty"`
	ScheduledState     string `json:"scheduledState,omitempty"`
}

// Rule is a versioned flow analysis rule.
type Rule struct {
	Component
	Extension
	ScheduledState    string `json:"scheduledState,omitempty"`
	EnforcementPolicy string `json:"enforcementPolicy,omitempty"`
}

// Provider is a versioned parameter provider.
type Provider struct {
	Component
	Extension
}

// RegistryClient is a versioned flow registry client.
type RegistryClient struct {
	Component
	Extension
	Description *string `json:"description,omitempty"`
}

// ParameterContext is a versioned parameter context.
type ParameterContext struct {
	Component
	Description  *string     `json:"description,omitempty"`
	Parameters   []Parameter `json:"parameters"`
	Inherited    []string    `json:"inheritedParameterContexts"` // names
	ProviderID   *string     `json:"parameterProvider,omitempty"`
	GroupName    *string     `json:"parameterGroupName,omitempty"`
	Synchronized *bool       `json:"synchronized,omitempty"`
}

// Parameter is a versioned parameter.
type Parameter struct {
	Name        string  `json:"name"`
	Description *string `json:"description,omitempty"`
	Sensitive   bool    `json:"sensitive"`
	Provided    bool    `json:"provided"`
	Value       *string `json:"value,omitempty"`
	Assets      []Asset `json:"referencedAssets,omitempty"`
}

// Asset is a file that a parameter refers to.
type Asset struct {
	ID   string `json:"identifier"`
	Name string `json:"name"`
}

// ExternalService names a controller service that a definition needs and does not hold.
type ExternalService struct {
	Identifier string `json:"identifier"`
	Name       string `json:"name"`
}

// ProviderReference names a parameter provider that a definition needs.
type ProviderReference struct {
	Identifier string  `json:"identifier"`
	Name       string  `json:"name"`
	Type       string  `json:"type"`
	Bundle     *Bundle `json:"bundle,omitempty"`
}

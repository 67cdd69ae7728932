package flow

// Kind says what a component is. The values are those of NiFi's componentType.
type Kind string

// The kinds of components. RemoteInputPort and RemoteOutputPort name the end of a connection at a port of a
// [RemoteProcessGroup]; such a port is a part of that group, not a component of its own.
const (
	KindProcessGroup       Kind = "PROCESS_GROUP"
	KindProcessor          Kind = "PROCESSOR"
	KindConnection         Kind = "CONNECTION"
	KindInputPort          Kind = "INPUT_PORT"
	KindOutputPort         Kind = "OUTPUT_PORT"
	KindFunnel             Kind = "FUNNEL"
	KindLabel              Kind = "LABEL"
	KindRemoteProcessGroup Kind = "REMOTE_PROCESS_GROUP"
	KindRemoteInputPort    Kind = "REMOTE_INPUT_PORT"
	KindRemoteOutputPort   Kind = "REMOTE_OUTPUT_PORT"
	KindControllerService  Kind = "CONTROLLER_SERVICE"
	KindReportingTask      Kind = "REPORTING_TASK"
	KindParameterContext   Kind = "PARAMETER_CONTEXT"
	KindParameterProvider  Kind = "PARAMETER_PROVIDER"
	KindFlowAnalysisRule   Kind = "FLOW_ANALYSIS_RULE"
	KindFlowRegistryClient Kind = "FLOW_REGISTRY_CLIENT"
	KindController         Kind = "CONTROLLER"
)

// Kinds lists every kind of component that a flow holds, in the order in which listings show them.
var Kinds = []Kind{
	KindController, KindParameterProvider, KindParameterContext, KindFlowRegistryClient, KindControllerService,
	KindReportingTask, KindFlowAnalysisRule, KindProcessGroup, KindRemoteProcessGroup, KindProcessor, KindInputPort,
	KindOutputPort, KindFunnel, KindLabel, KindConnection,
}

// inGroup tells whether components of a kind live in a process group; a service may live in one or above all.
func (k Kind) inGroup() bool {
	switch k {
	case KindController, KindParameterProvider, KindParameterContext, KindFlowRegistryClient, KindReportingTask,
		KindFlowAnalysisRule:
		return false
	default:
		return true
	}
}

// State is what a component is meant to do; what it does at the moment is the engine's to say.
type State string

// The intended states. RunOnce asks for one trigger when the change is applied and means Stopped to everyone who reads
// it later, after a restart above all. Enabled is for controller services and rules only.
const (
	Stopped  State = "STOPPED"
	Running  State = "RUNNING"
	Disabled State = "DISABLED"
	RunOnce  State = "RUN_ONCE"
	Enabled  State = "ENABLED"
)

// SchedulingStrategy says when a processor or reporting task is due.
type SchedulingStrategy string

// The scheduling strategies.
const (
	TimerDriven SchedulingStrategy = "TIMER_DRIVEN"
	CronDriven  SchedulingStrategy = "CRON_DRIVEN"
)

// ExecutionNode says on which nodes a processor runs.
type ExecutionNode string

// The execution nodes.
const (
	AllNodes    ExecutionNode = "ALL"
	PrimaryNode ExecutionNode = "PRIMARY"
)

// BackoffMechanism says what waits between retries: the FlowFile or the whole processor.
type BackoffMechanism string

// The back-off mechanisms.
const (
	PenalizeFlowFile BackoffMechanism = "PENALIZE_FLOWFILE"
	YieldProcessor   BackoffMechanism = "YIELD_PROCESSOR"
)

// LoadBalanceStrategy says how a connection spreads FlowFiles over the nodes of a cluster.
type LoadBalanceStrategy string

// The load-balance strategies.
const (
	DoNotLoadBalance     LoadBalanceStrategy = "DO_NOT_LOAD_BALANCE"
	PartitionByAttribute LoadBalanceStrategy = "PARTITION_BY_ATTRIBUTE"
	RoundRobin           LoadBalanceStrategy = "ROUND_ROBIN"
	SingleNode           LoadBalanceStrategy = "SINGLE_NODE"
)

// LoadBalanceCompression says what is compressed on the way to another node.
type LoadBalanceCompression string

// The load-balance compressions.
const (
	DoNotCompress                LoadBalanceCompression = "DO_NOT_COMPRESS"
	CompressAttributesOnly       LoadBalanceCompression = "COMPRESS_ATTRIBUTES_ONLY"
	CompressAttributesAndContent LoadBalanceCompression = "COMPRESS_ATTRIBUTES_AND_CONTENT"
)

// ExecutionEngine says how the content of a process group runs.
type ExecutionEngine string

// The execution engines. InheritedEngine takes the parent's; the root's default is StandardEngine.
const (
	InheritedEngine ExecutionEngine = "INHERITED"
	StandardEngine  ExecutionEngine = "STANDARD"
	StatelessEngine ExecutionEngine = "STATELESS"
	TopologyEngine  ExecutionEngine = "TOPOLOGY"
)

// FlowFileConcurrency says how many FlowFiles may be let into a process group at once.
type FlowFileConcurrency string

// The FlowFile concurrencies.
const (
	Unbounded             FlowFileConcurrency = "UNBOUNDED"
	SingleFlowFilePerNode FlowFileConcurrency = "SINGLE_FLOWFILE_PER_NODE"
	SingleBatchPerNode    FlowFileConcurrency = "SINGLE_BATCH_PER_NODE"
)

// OutboundPolicy says when a process group lets FlowFiles out of its output ports.
type OutboundPolicy string

// The outbound policies.
const (
	StreamWhenAvailable OutboundPolicy = "STREAM_WHEN_AVAILABLE"
	BatchOutput         OutboundPolicy = "BATCH_OUTPUT"
)

// PortFunction says whether an output port of a stateless group rolls the group back.
type PortFunction string

// The port functions.
const (
	StandardPort PortFunction = "STANDARD"
	FailurePort  PortFunction = "FAILURE"
)

package flow

import (
	"strings"
	"time"
)

// ControllerService is a service that processors and other services share. With an empty GroupID it belongs to the
// whole flow and serves reporting tasks, rules, parameter providers and registry clients.
type ControllerService struct {
	Base
	Extension
	State         State        `json:"state"` // Enabled or Disabled
	BulletinLevel string       `json:"bulletinLevel"`
	APIs          []ServiceAPI `json:"apis,omitempty"`
}

// ServiceAPI is an interface that a service offers.
type ServiceAPI struct {
	Type   string `json:"type"`
	Bundle Bundle `json:"bundle,omitzero"`
}

// NewControllerService returns a disabled service.
func NewControllerService(id, groupID, typ string) *ControllerService {
	return &ControllerService{
		Base: Base{ID: id, GroupID: groupID, Name: simpleName(typ)}, Extension: Extension{Type: typ}, State: Disabled,
		BulletinLevel: "WARN",
	}
}

// Kind is KindControllerService.
func (s *ControllerService) Kind() Kind { return KindControllerService }

// ReportingTask watches the whole instance on a schedule.
type ReportingTask struct {
	Base
	Extension
	State              State              `json:"state"`
	SchedulingStrategy SchedulingStrategy `json:"schedulingStrategy"`
	SchedulingPeriod   string             `json:"schedulingPeriod"`
}

// NewReportingTask returns a stopped task that runs each minute.
func NewReportingTask(id, typ string) *ReportingTask {
	return &ReportingTask{
		Base: Base{ID: id, Name: simpleName(typ)}, Extension: Extension{Type: typ}, State: Stopped,
		SchedulingStrategy: TimerDriven, SchedulingPeriod: "1 min",
	}
}

// Kind is KindReportingTask.
func (t *ReportingTask) Kind() Kind { return KindReportingTask }

// Period is the time between two runs; 0 for a cron-driven task.
func (t *ReportingTask) Period() time.Duration {
	if t.SchedulingStrategy == CronDriven {
		return 0
	}
	return durationOf(t.SchedulingPeriod)
}

// FlowAnalysisRule checks components or groups against a rule of the house.
type FlowAnalysisRule struct {
	Base
	Extension
	State             State  `json:"state"`             // Enabled or Disabled
	EnforcementPolicy string `json:"enforcementPolicy"` // WARN or ENFORCE
}

// Kind is KindFlowAnalysisRule.
func (r *FlowAnalysisRule) Kind() Kind { return KindFlowAnalysisRule }

// ParameterProvider fetches parameters from a store outside.
type ParameterProvider struct {
	Base
	Extension
}

// Kind is KindParameterProvider.
func (p *ParameterProvider) Kind() Kind { return KindParameterProvider }

// FlowRegistryClient reaches a registry of versioned flows.
type FlowRegistryClient struct {
	Base
	Extension
}

// Kind is KindFlowRegistryClient.
func (c *FlowRegistryClient) Kind() Kind { return KindFlowRegistryClient }

// ControllerID is the id of the one [Controller] of a flow.
const ControllerID = "controller"

// Controller holds the settings of the whole flow.
type Controller struct {
	Base
	MaxTimerDrivenThreads int `json:"maxTimerDrivenThreads"`
}

// NewController returns NiFi's default settings.
func NewController() *Controller {
	return &Controller{Base: Base{ID: ControllerID}, MaxTimerDrivenThreads: 10}
}

// Kind is KindController.
func (c *Controller) Kind() Kind { return KindController }

// simpleName is a class name without its package, the default name of a component.
func simpleName(typ string) string { return typ[strings.LastIndexByte(typ, '.')+1:] }

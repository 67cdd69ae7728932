package flow

import (
	"time"
)

// Processor is a processor's configuration and intended state.
type Processor struct {
	Base
	Extension
	State State             `json:"state"`
	Style map[string]string `json:"style,omitempty"`

	SchedulingStrategy SchedulingStrategy `json:"schedulingStrategy"`
	SchedulingPeriod   string             `json:"schedulingPeriod"` // a duration, or a cron expression
	ExecutionNode      ExecutionNode      `json:"executionNode"`
	ConcurrentTasks    int                `json:"concurrentTasks"`
	RunDurationMillis  int64              `json:"runDurationMillis,omitempty"`
	PenaltyDuration    string             `json:"penaltyDuration"`
	YieldDuration      string             `json:"yieldDuration"`
	BulletinLevel      string             `json:"bulletinLevel"` // NONE, DEBUG, INFO, WARN, ERROR

	// AutoTerminated and Retried are sets of relationships; the order is kept as given.
	AutoTerminated   []string         `json:"autoTerminated,omitempty"`
	Retried          []string         `json:"retried,omitempty"`
	RetryCount       int              `json:"retryCount"`
	BackoffMechanism BackoffMechanism `json:"backoffMechanism"`
	MaxBackoff       string           `json:"maxBackoff"`
}

// NewProcessor returns a stopped processor with NiFi's default settings.
func NewProcessor(id, groupID, typ string) *Processor {
	return &Processor{
		Base:               Base{ID: id, GroupID: groupID, Name: simpleName(typ)},
		Extension:          Extension{Type: typ},
		State:              Stopped,
		SchedulingStrategy: TimerDriven,
		SchedulingPeriod:   "0 sec",
		ExecutionNode:      AllNodes,
		ConcurrentTasks:    1,
		PenaltyDuration:    "30 sec",
		YieldDuration:      "1 sec",
		BulletinLevel:      "WARN",
		RetryCount:         10,
		BackoffMechanism:   PenalizeFlowFile,
		MaxBackoff:         "10 mins",
	}
}

// Kind is KindProcessor.
func (p *Processor) Kind() Kind { return KindProcessor }

// Penalty is how long a penalized FlowFile waits.
func (p *Processor) Penalty() time.Duration { return durationOf(p.PenaltyDuration) }

// Yield is how long the processor is not scheduled after it yielded.
func (p *Processor) Yield() time.Duration { return durationOf(p.YieldDuration) }

// Period is the time between two runs; 0 for a cron-driven processor.
func (p *Processor) Period() time.Duration {
	if p.SchedulingStrategy == CronDriven {
		return 0
	}
	return durationOf(p.SchedulingPeriod)
}

// RunDuration is how long one task may go on before it commits.
func (p *Processor) RunDuration() time.Duration {
	return time.Duration(p.RunDurationMillis) * time.Millisecond
}

// MaxBackoffPeriod bounds the wait between two retries.
func (p *Processor) MaxBackoffPeriod() time.Duration { return durationOf(p.MaxBackoff) }

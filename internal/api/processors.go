package api

import (
	"slices"

	"github.com/braidflow/braid/internal/api/dto"
	"github.com/braidflow/braid/internal/engine"
	"github.com/braidflow/braid/internal/extension"
	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/sdk"
)

func (c *call) processor() (*flow.Processor, error) {
	id := c.PathValue("id")
	p, ok := flow.Lookup[*flow.Processor](c.flow, id)
	if !ok {
		return nil, errNoProcessor.with(oneLine(id))
	}
	return p, nil
}

func (s *server) getProcessor(c *call) (any, error) {
	p, err := c.processor()
	if err != nil {
		return nil, err
	}
	return c.processorEntity(p, false), nil
}

func (s *server) getProcessorStatus(c *call) (any, error) {
	p, err := c.processor()
	if err != nil {
		return nil, err
	}
	st := c.processorStatus(p, c.view.conditionOf(p))
	return dto.ProcessorStatusEntity{ProcessorStatus: st, CanRead: new(true)}, nil
}

// processorEntity is a processor with its configuration; brief leaves out what the canvas does not need.
func (c *call) processorEntity(p *flow.Processor, brief bool) *dto.ProcessorEntity {
	k := c.view.conditionOf(p)
	in := c.s.inspector.of(p.ID)
	component := c.processorDTO(p, k, in)
	component.Config = c.processorConfig(p, in, brief)
	return &dto.ProcessorEntity{
		Revision: revision(p.Revision), ID: &p.ID, URI: c.uri("processors", p.ID), Position: position(p.Position),
		Permissions: permissions, OperatePermissions: permissions, Bulletins: c.bulletinsOf(p.ID), Component: component,
		InputRequirement: component.InputRequirement, PhysicalState: &k.physical, Status: c.processorStatus(p, k),
	}
}

func (c *call) processorDTO(p *flow.Processor, k condition, in engine.Inspection) *dto.ProcessorDTO {
	bundle, known := c.s.bundleOf(&p.Extension)
	spec := in.Spec
	if spec == nil {
		spec = &sdk.Spec{}
	}
	input := spec.Facts.Input
	if input == "" {
		input = sdk.InputAllowed
	}
	d := &dto.ProcessorDTO{
		ID: &p.ID, ParentGroupID: &p.GroupID, VersionedComponentID: filled(p.VersionedID), Position: position(p.Position),
		Name: &p.Name, Type: &p.Type, Bundle: bundle, State: &k.state, PhysicalState: &k.physical, Style: style(p.Style),
		Relationships: relationships(p, in), SupportsParallelProcessing: new(!spec.Facts.Serial),
		SupportsBatching: &spec.Facts.Batching, SupportsSensitiveDynamicProperties: new(spec.Dynamic != nil && spec.Dynamic.Secret),
		PersistsState: new(len(spec.Facts.Scopes) > 0), Restricted: new(len(spec.Facts.Restrictions) > 0), Deprecated: new(false),
		ExecutionNodeRestricted: &spec.Facts.PrimaryOnly, MultipleVersionsAvailable: new(false),
		InputRequirement: new(string(input)), Description: filled(spec.Summary),
		ValidationErrors: errorTexts(k.problems), ValidationStatus: validity(k.problems), ExtensionMissing: new(!known),
	}
	return d
}

func validity(problems []error) *string {
	if len(problems) > 0 {
		return new("INVALID")
	}
	return new("VALID")
}

func style(m map[string]string) map[string]*string {
	out := make(map[string]*string, len(m))
	for k, v := range m {
		out[k] = &v
	}
	return out
}

// relationships are those that the processor has with its configuration, for a type that is not linked in those that
// its flow names.
func relationships(p *flow.Processor, in engine.Inspection) []dto.RelationshipDTO {
	out := []dto.RelationshipDTO{}
	for _, r := range relationshipsOf(p, in) {
		auto := r.AutoTerminated || slices.Contains(p.AutoTerminated, r.Name)
		out = append(out, dto.RelationshipDTO{
			Name: &r.Name, Description: filled(r.Doc), AutoTerminate: &auto, Retry: new(slices.Contains(p.Retried, r.Name)),
		})
	}
	return out
}

func relationshipsOf(p *flow.Processor, in engine.Inspection) []sdk.Relationship {
	if in.Spec != nil {
		return in.Spec.Relationships()
	}
	var named []sdk.Relationship
	for _, name := range slices.Compact(slices.Sorted(slices.Values(slices.Concat(p.AutoTerminated, p.Retried)))) {
		named = append(named, sdk.Relationship{Name: name})
	}
	return named
}

func (c *call) processorConfig(p *flow.Processor, in engine.Inspection, brief bool) *dto.ProcessorConfigDTO {
	d := &dto.ProcessorConfigDTO{
		SchedulingPeriod: &p.SchedulingPeriod, SchedulingStrategy: new(string(p.SchedulingStrategy)),
		ExecutionNode: new(string(p.ExecutionNode)), PenaltyDuration: &p.PenaltyDuration, YieldDuration: &p.YieldDuration,
		BulletinLevel: &p.BulletinLevel, RunDurationMillis: &p.RunDurationMillis,
		ConcurrentlySchedulableTaskCount: count32(p.ConcurrentTasks), AutoTerminatedRelationships: list(p.AutoTerminated),
		Comments: &p.Comments, LossTolerant: new(false), RetryCount: count32(p.RetryCount), RetriedRelationships: list(p.Retried),
		BackoffMechanism: new(string(p.BackoffMechanism)), MaxBackoffPeriod: &p.MaxBackoff, AnnotationData: filled(p.AnnotationData),
	}
	if brief {
		return d
	}
	d.Properties, d.Descriptors = c.properties(p.GroupID, &p.Extension, in)
	d.SensitiveDynamicPropertyNames = sensitiveDynamic(&p.Extension, in)
	period := "0 sec"
	if in.Spec != nil && in.Spec.Facts.Schedule != "" && !in.Spec.Facts.Cron {
		period = in.Spec.Facts.Schedule
	}
	d.DefaultConcurrentTasks = map[string]*string{"TIMER_DRIVEN": new("1"), "CRON_DRIVEN": new("1")}
	d.DefaultSchedulingPeriod = map[string]*string{"TIMER_DRIVEN": &period, "CRON_DRIVEN": new("* * * * * ?")}
	return d
}

// sensitiveDynamic names the properties that the user has added and marked sensitive; nil if there are none.
func sensitiveDynamic(x *flow.Extension, in engine.Inspection) []string {
	var names []string
	for name, d := range x.Descriptors {
		if d.Sensitive && (in.Spec == nil || in.Spec.Property(name) == nil) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (c *call) processorStatus(p *flow.Processor, k condition) *dto.ProcessorStatusDTO {
	return &dto.ProcessorStatusDTO{
		GroupID: &p.GroupID, ID: &p.ID, Name: &p.Name, RunStatus: &k.runStatus, StatsLastRefreshed: c.refreshed(),
		AggregateSnapshot: c.processorSnapshot(p, k),
	}
}

func (c *call) processorSnapshot(p *flow.Processor, k condition) *dto.ProcessorStatusSnapshotDTO {
	st := c.view.of(p.ID)
	return &dto.ProcessorStatusSnapshotDTO{
		ID: &p.ID, GroupID: &p.GroupID, Name: &p.Name, Type: new(extension.ShortName(p.Type)), RunStatus: &k.runStatus,
		ExecutionNode: new(string(p.ExecutionNode)), BytesRead: &st.Read, BytesWritten: &st.Written,
		Read: new(formatSize(st.Read)), Written: new(formatSize(st.Written)),
		FlowFilesIn: count32(st.In.Count), BytesIn: &st.In.Bytes, Input: new(formatAmount(st.In)),
		FlowFilesOut: count32(st.Out.Count), BytesOut: &st.Out.Bytes, Output: new(formatAmount(st.Out)),
		TaskCount: count32(st.Tasks), TasksDurationNanos: new(st.TaskTime.Nanoseconds()), Tasks: new(formatCount(st.Tasks)),
		TasksDuration: new(formatDuration(st.TaskTime)), ActiveThreadCount: count32(st.ActiveThreads),
		TerminatedThreadCount: count32(k.terminated),
	}
}

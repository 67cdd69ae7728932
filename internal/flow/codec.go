package flow

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// codecVersion is written with each change set. A reader refuses a higher one.
const codecVersion = 1

type changeSetJSON struct {
	Version  int       `json:"v"`
	Who      string    `json:"who,omitempty"`
	When     time.Time `json:"when,omitzero"`
	ClientID string    `json:"clientId,omitempty"`
	Message  string    `json:"message,omitempty"`
	Changes  []Change  `json:"changes"`
}

type changeJSON struct {
	Op       Op              `json:"op"`
	Kind     Kind            `json:"kind"`
	ID       string          `json:"id"`
	GroupID  string          `json:"groupId,omitempty"`
	State    State           `json:"state,omitempty"`
	Revision *Revision       `json:"revision,omitempty"`
	Value    json.RawMessage `json:"value,omitempty"`
}

// MarshalJSON writes the form that the flow log keeps: the same bytes for the same change set.
func (cs ChangeSet) MarshalJSON() ([]byte, error) {
	return json.Marshal(changeSetJSON{codecVersion, cs.Who, cs.When.UTC(), cs.ClientID, cs.Message, cs.Changes})
}

// UnmarshalJSON reads what MarshalJSON wrote, in this version of the format or an older one.
func (cs *ChangeSet) UnmarshalJSON(data []byte) error {
	var j changeSetJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return fmt.Errorf("read change set: %w", err)
	}
	if j.Version < 1 || j.Version > codecVersion {
		return fmt.Errorf("read change set: format version %d is unknown; this program reads up to %d", j.Version, codecVersion)
	}
	*cs = ChangeSet{j.Who, j.When.UTC(), j.ClientID, j.Message, j.Changes}
	return nil
}

// MarshalJSON writes one change of a set.
func (c Change) MarshalJSON() ([]byte, error) {
	j := changeJSON{c.Op, c.Kind, c.ID, c.GroupID, c.State, c.Revision, nil}
	if c.Value != nil {
		value, err := json.Marshal(c.Value)
		if err != nil {
			return nil, fmt.Errorf("write %s: %w", describe(c.Kind, c.ID), err)
		}
		j.Value = value
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads one change of a set.
func (c *Change) UnmarshalJSON(data []byte) error {
	var j changeJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	*c = Change{j.Op, j.Kind, j.ID, j.GroupID, j.State, nil, j.Revision}
	if verbs[j.Op] == "" {
		return fmt.Errorf("unknown operation %q of %s", j.Op, describe(j.Kind, j.ID))
	}
	v := newComponent(j.Kind)
	if v == nil {
		return fmt.Errorf("unknown kind of component %q", j.Kind)
	}
	if j.Op != OpCreate && j.Op != OpUpdate {
		return nil
	}
	if len(j.Value) == 0 {
		return fmt.Errorf("%s %s has no value", verbs[j.Op], describe(j.Kind, j.ID))
	}
	if err := json.Unmarshal(j.Value, v); err != nil {
		return fmt.Errorf("value of %s: %w", describe(j.Kind, j.ID), err)
	}
	v.Common().ID, v.Common().GroupID = j.ID, j.GroupID
	c.Value = v
	return nil
}

func newComponent(k Kind) Component {
	switch k {
	case KindProcessGroup:
		return &ProcessGroup{}
	case KindProcessor:
		return &Processor{}
	case KindConnection:
		return &Connection{}
	case KindInputPort:
		return &Port{}
	case KindOutputPort:
		return &Port{Output: true}
	case KindFunnel:
		return &Funnel{}
	case KindLabel:
		return &Label{}
	case KindRemoteProcessGroup:
		return &RemoteProcessGroup{}
	case KindControllerService:
		return &ControllerService{}
	case KindReportingTask:
		return &ReportingTask{}
	case KindParameterContext:
		return &ParameterContext{}
	case KindParameterProvider:
		return &ParameterProvider{}
	case KindFlowAnalysisRule:
		return &FlowAnalysisRule{}
	case KindFlowRegistryClient:
		return &FlowRegistryClient{}
	case KindController:
		return &Controller{}
	default:
		return nil
	}
}

// Snapshot is the change set that makes this flow out of [Empty], sorted by id and with the revisions as they are.
// Equal flows have equal snapshots, byte for byte in JSON.
func (f *Flow) Snapshot() ChangeSet {
	var cs ChangeSet
	for c := range f.All() {
		create := Create(c)
		create.Revision = &c.Common().Revision
		cs.Changes = append(cs.Changes, create)
	}
	slices.SortFunc(cs.Changes, func(a, b Change) int { return ref{id: a.ID}.compare(ref{id: b.ID}) })
	return cs
}

// Encode returns the canonical JSON of the flow: equal flows give equal bytes. [Decode] reads it.
func (f *Flow) Encode() ([]byte, error) { return json.Marshal(f.Snapshot()) }

// Decode reads what Encode wrote.
func Decode(data []byte) (*Flow, error) {
	var cs ChangeSet
	if err := json.Unmarshal(data, &cs); err != nil {
		return nil, err
	}
	f, _, err := Empty().Apply(cs)
	return f, err
}

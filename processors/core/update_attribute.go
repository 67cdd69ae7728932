package core

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"strings"
	"sync"

	"github.com/braidflow/braid/sdk"
)

// UpdateAttribute sets and deletes attributes.
var UpdateAttribute = sdk.Component{
	Type:     "org.apache.nifi.processors.attributes.UpdateAttribute",
	Artifact: "nifi-update-attribute-nar",
	New:      func() sdk.Processor { return new(updateAttribute) },
}

type storeState string

const (
	stateless    storeState = "Do not store state"
	storeLocally storeState = "Store state locally"
)

type updateAttribute struct {
	drop               sdk.Text
	store              storeState
	initial            sdk.Text
	cacheSize          int
	set                []sdk.DynamicProperty
	success, stateFail sdk.Relationship

	busy sync.Mutex // held while a Trigger works on the state
	last lastPattern
}

func (p *updateAttribute) Describe(s *sdk.Spec) {
	s.About("Updates attributes of FlowFiles by Expression Language, and deletes those whose names match a regular expression.",
		"attributes", "modification", "update", "delete", "Attribute Expression Language", "state")
	s.Details("Each property that you add sets the attribute of its name. All values are evaluated over the attributes as they " +
		"arrived, so their order does not matter.\n\nWith *Store state locally*, `${getStateValue('name')}` reads the value " +
		"that the attribute `name` got last time: counters and running totals. Use one concurrent task then, so that no two " +
		"tasks build on the same value.\n\nThe rules of NiFi's Advanced dialog are not supported.")
	s.InputRequired()
	s.Batching(0)
	s.SideEffectFree()
	s.Stateful("The value that each attribute got last, if Store State says so.", sdk.Local)
	s.Text(&p.drop, "Delete Attributes Expression", "Attributes whose whole name matches this regular expression are deleted, "+
		"also if the processor sets them; uuid, filename and path stay.", sdk.PerFlowFile)
	sdk.Choice(s, &p.store, "Store State", "Whether the values are kept beside being set, for getStateValue().",
		[]storeState{stateless, storeLocally}, sdk.Required, sdk.Default(string(stateless)))
	s.Text(&p.initial, "Stateful Variables Initial Value", "The value that getStateValue() gives before the first FlowFile. It must "+
		"be set if state is stored; it may be empty.")
	s.Int(&p.cacheSize, "Cache Value Lookup Cache Size", "How many values NiFi keeps to share them between FlowFiles. Attributes are "+
		"stored in another way here: the value is accepted and has no effect.", sdk.Required, sdk.Default("100"))
	s.Dynamics(&p.set, sdk.DynamicSpec{
		Doc:      "Sets an attribute.",
		NameDoc:  "A FlowFile attribute to update",
		ValueDoc: "The value to set it to",
		EL:       sdk.FlowFileEL,
	})
	s.WritesAttr("See additional details", "The attributes that the added properties name")
	s.Rel(&p.success, "success", "All FlowFiles whose attributes were updated.")
	s.Rel(&p.stateFail, "set state fail", "FlowFiles that came while another task was changing the state.",
		sdk.When("Store State", string(storeLocally)))
}

func (p *updateAttribute) Validate() []error {
	var problems []error
	if p.store == storeLocally && !p.initial.IsSet() {
		problems = append(problems, sdk.Problem{Property: "Stateful Variables Initial Value", Reason: "it must be set if state is stored"})
	}
	if raw := p.drop.Raw(); !strings.Contains(raw, "${") {
		if _, err := p.last.compile(raw); err != nil {
			problems = append(problems, sdk.Problem{Property: "Delete Attributes Expression", Value: raw, Reason: err.Error()})
		}
	}
	for _, d := range p.set {
		if d.Name == "" || d.Name == sdk.AttrUUID {
			problems = append(problems, sdk.Problem{Property: d.Name, Reason: "this attribute cannot be set"})
		}
	}
	return problems
}

func (p *updateAttribute) Start(ctx context.Context, h *sdk.Host) error {
	if p.store != storeLocally {
		return nil
	}
	state, err := h.State(ctx, sdk.Local)
	if err != nil {
		return fmt.Errorf("read the state: %w", err)
	}
	if state == nil {
		state = map[string]string{}
	}
	for _, d := range p.set {
		if _, has := state[d.Name]; !has {
			state[d.Name] = p.initial.Raw()
		}
	}
	return h.SetState(ctx, sdk.Local, state)
}

func (p *updateAttribute) Trigger(ctx context.Context, s *sdk.Session) error {
	if p.store == storeLocally {
		return p.triggerWithState(ctx, s)
	}
	attrs := make([]sdk.Attr, 0, len(p.set))
	for _, ff := range s.GetBatch(batch) {
		out, err := p.update(s, ff, attrs, nil)
		if err != nil {
			keep(s, ff, "FlowFile left in its queue: an attribute has no value", err)
			continue
		}
		s.Transfer(out, p.success)
	}
	return nil
}

func (p *updateAttribute) triggerWithState(ctx context.Context, s *sdk.Session) error {
	ffs := s.GetBatch(batch)
	if len(ffs) == 0 {
		return nil
	}
	if !p.busy.TryLock() {
		for _, ff := range ffs {
			_ = s.Fail(ff, p.stateFail, errors.New("another task is changing the state: use one concurrent task"))
		}
		return nil
	}
	defer p.busy.Unlock()
	state, err := s.State(ctx, sdk.Local)
	if err != nil {
		return fmt.Errorf("read the state: %w", err)
	}
	if state == nil {
		state = map[string]string{}
	}
	attrs := make([]sdk.Attr, 0, len(p.set))
	for _, ff := range ffs {
		out, err := p.update(s, ff, attrs, state)
		if err != nil {
			keep(s, ff, "FlowFile left in its queue: an attribute has no value", err)
			continue
		}
		s.Transfer(out, p.success)
	}
	s.SetState(sdk.Local, state)
	return nil
}

// update applies all changes to one FlowFile; attrs is an empty buffer. A state that is not nil is read and updated.
func (p *updateAttribute) update(s *sdk.Session, ff sdk.FlowFile, attrs []sdk.Attr, state map[string]string) (sdk.FlowFile, error) {
	for _, d := range p.set {
		v, err := valueOf(d.Value, ff, state)
		if err != nil {
			return ff, fmt.Errorf("evaluate %s: %w", d.Name, err)
		}
		attrs = append(attrs, sdk.Attr{Name: d.Name, Value: v})
	}
	doomed, err := p.doomed(ff)
	if err != nil {
		return ff, err
	}
	if state != nil {
		maps.Insert(state, pairs(attrs)) // all values were computed from the old state
	}
	out := ff
	if len(doomed) > 0 {
		attrs = without(attrs, doomed)
		out = s.RemoveAttrs(out, func(name string) bool { return doomed[name] })
	}
	if len(attrs) > 0 {
		out = s.PutAttrs(out, attrs...)
		reportAlternate(s, out, attrs)
	}
	return out, nil
}

func valueOf(t sdk.Text, ff sdk.FlowFile, state map[string]string) (string, error) {
	if state == nil {
		return t.For(ff)
	}
	return t.With(ff, sdk.Values{State: state})
}

// lasting are the attributes that every FlowFile has.
var lasting = map[string]bool{sdk.AttrUUID: true, sdk.AttrFilename: true, sdk.AttrPath: true}

// doomed returns the names of the existing attributes that are to be deleted.
func (p *updateAttribute) doomed(ff sdk.FlowFile) (map[string]bool, error) {
	if !p.drop.IsSet() {
		return nil, nil
	}
	expr, err := p.drop.For(ff)
	if err != nil || expr == "" {
		return nil, err
	}
	matches, err := p.last.compile(expr)
	if err != nil {
		return nil, fmt.Errorf("delete attributes that match %q: %w", expr, err)
	}
	names := map[string]bool{}
	for name := range ff.Attrs() {
		if !lasting[name] && matches(name) {
			names[name] = true
		}
	}
	return names, nil
}

// reportAlternate makes a provenance event of another name for the FlowFile, if it is a URI.
func reportAlternate(s *sdk.Session, ff sdk.FlowFile, attrs []sdk.Attr) {
	for _, a := range attrs {
		if a.Name != sdk.AttrAlternateID {
			continue
		}
		if u, err := url.Parse(a.Value); err == nil && u.Scheme != "" {
			s.Report(ff, sdk.Event{Type: sdk.AddInfo, AlternateID: a.Value})
		}
	}
}

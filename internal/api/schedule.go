package api

import (
	"errors"
	"maps"
	"slices"

	"github.com/braidflow/braid/internal/api/dto"
	"github.com/braidflow/braid/internal/extension"
	"github.com/braidflow/braid/internal/flow"
)

// checkRevision refuses an edit that was not made from the component as it is.
func checkRevision(d flow.Component, r *dto.RevisionDTO) error {
	if r == nil || r.Version == nil {
		return errMissing.with("The revision with its version")
	}
	clientID := ""
	if r.ClientID != nil {
		clientID = *r.ClientID
	}
	b := d.Common()
	if *r.Version < 0 || !b.Revision.Accepts(uint64(*r.Version), clientID) {
		return errRevision.with(*r.Version, oneLine(clientID), b.ID)
	}
	return nil
}

func clientOf(r *dto.RevisionDTO) string {
	if r == nil || r.ClientID == nil {
		return ""
	}
	return *r.ClientID
}

// errUnchanged ends an edit that would change nothing.
var errUnchanged = errors.New("nothing to change")

// edit makes a change of the flow and lets the call go on with the flow after it.
func (c *call) edit(clientID, message string, changes func(f *flow.Flow) ([]flow.Change, error)) error {
	next, err := c.s.node.Edit(c.Context(), identity, func(f *flow.Flow) (flow.ChangeSet, error) {
		list, err := changes(f)
		if err == nil && len(list) == 0 {
			err = errUnchanged
		}
		return flow.ChangeSet{ClientID: clientID, Message: message, Changes: list}, err
	})
	if errors.Is(err, errUnchanged) {
		c.edited(c.s.node.Flow())
		return nil
	}
	if err != nil {
		return err
	}
	c.edited(next)
	return nil
}

// updateProcessorRunStatus starts, stops, disables or enables a processor, or runs it once.
func (s *server) updateProcessorRunStatus(c *call) (any, error) {
	p, err := c.processor()
	if err != nil {
		return nil, err
	}
	body, err := decode[dto.ProcessorRunStatusEntity](c)
	if err != nil {
		return nil, err
	}
	if body.State == nil {
		return nil, errMissing.with("The desired state")
	}
	state := flow.State(*body.State)
	if !slices.Contains([]flow.State{flow.Running, flow.Stopped, flow.Disabled, flow.RunOnce}, state) {
		return nil, errState.with(oneLine(*body.State))
	}
	err = c.edit(clientOf(body.Revision), "Change the run state of "+p.Name, func(f *flow.Flow) ([]flow.Change, error) {
		now, ok := flow.Lookup[*flow.Processor](f, p.ID)
		if !ok {
			return nil, errNoProcessor.with(p.ID)
		}
		if err := checkRevision(now, body.Revision); err != nil {
			return nil, err
		}
		return []flow.Change{flow.Run(flow.KindProcessor, p.ID, state)}, s.mayTurn(now, state)
	})
	if err != nil {
		return nil, err
	}
	if p, err = c.processor(); err != nil {
		return nil, err
	}
	e := c.processorEntity(p, false)
	e.Revision = revisionOfWrite(p.Revision)
	return e, nil
}

// mayTurn refuses changes of state that do not lead from a processor's present one.
func (s *server) mayTurn(p *flow.Processor, to flow.State) error {
	name := extension.ShortName(p.Type)
	switch {
	case p.State == to || to == flow.Stopped:
		return nil
	case to == flow.Disabled && p.State != flow.Stopped:
		return errNotStopped.with(name, p.ID, "disabled")
	case p.State == flow.Disabled:
		return errIsDisabled.with(name, p.ID)
	case p.State != flow.Stopped:
		return errNotStopped.with(name, p.ID, "started")
	}
	return nil
}

// scheduleComponents starts, stops, enables or disables the processors and ports of a group and all below it, or those
// of them that the request names.
func (s *server) scheduleComponents(c *call) (any, error) {
	g, err := c.group()
	if err != nil {
		return nil, err
	}
	body, err := decode[dto.ScheduleComponentsEntity](c)
	if err != nil {
		return nil, err
	}
	switch {
	case body.ID == nil:
		return nil, errMissing.with("The id of the group")
	case *body.ID != g.ID && *body.ID != c.PathValue("id"):
		return nil, errOtherID.with(oneLine(*body.ID), g.ID)
	case body.State == nil:
		return nil, errMissing.with("The desired state")
	}
	err = c.edit("", "Change the run state of what is in "+g.Name, func(f *flow.Flow) ([]flow.Change, error) {
		changes, err := schedule(f, g.ID, *body.State)
		if err != nil || len(body.Components) == 0 {
			return changes, err
		}
		return named(f, g.ID, changes, body.Components)
	})
	if err != nil {
		return nil, err
	}
	return dto.ScheduleComponentsEntity{ID: &g.ID, State: body.State}, nil
}

// schedule lists the changes that bring all that is in a group to a state.
func schedule(f *flow.Flow, groupID, state string) ([]flow.Change, error) {
	var changes []flow.Change
	turn := func(from, to flow.State) {
		for d := range f.Under(groupID) {
			switch d.Kind() {
			case flow.KindProcessor, flow.KindInputPort, flow.KindOutputPort:
				if flow.StateOf(d) == from {
					changes = append(changes, flow.Run(d.Kind(), d.Common().ID, to))
				}
			}
		}
	}
	switch state {
	case "RUNNING":
		return flow.Schedule(f, groupID, flow.Running), nil
	case "STOPPED":
		return flow.Schedule(f, groupID, flow.Stopped), nil
	case "ENABLED":
		turn(flow.Disabled, flow.Stopped)
	case "DISABLED":
		turn(flow.Stopped, flow.Disabled)
	default:
		return nil, errState.with(oneLine(state))
	}
	return changes, nil
}

// named keeps the changes of the components that a request names, all of which must be in the group at the revisions
// that it was made from.
func named(f *flow.Flow, groupID string, changes []flow.Change, wanted map[string]*dto.RevisionDTO) ([]flow.Change, error) {
	inGroup := map[string]flow.Component{}
	for d := range f.Under(groupID) {
		inGroup[d.Common().ID] = d
	}
	for _, id := range slices.Sorted(maps.Keys(wanted)) {
		d, ok := inGroup[id]
		if !ok {
			return nil, errNoneSuch.with("component in the group", oneLine(id))
		}
		if err := checkRevision(d, wanted[id]); err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(changes, func(c flow.Change) bool { _, ok := wanted[c.ID]; return !ok }), nil
}

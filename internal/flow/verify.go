package flow

import (
	"fmt"
	"maps"
	"slices"
)

// verify holds the changed components, and what depends on them, to the rules of structure. Each rule speaks of the
// resulting flow alone, so that the inverse of a legal change set is legal too.
func (f *Flow) verify(before *Flow, touched map[string]bool) error {
	for _, id := range slices.Sorted(maps.Keys(touched)) { // sorted: the same error on every node
		c, was := f.Get(id), before.Get(id)
		var err error
		if c == nil && was != nil {
			c = was
			err = f.verifyGone(was)
		} else if c != nil {
			err = f.verifyPlace(c)
		}
		if err == nil && was != nil {
			err = f.verifyLinks(was)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", describe(c.Kind(), id), err)
		}
	}
	return nil
}

// verifyPlace checks a component that is there.
func (f *Flow) verifyPlace(c Component) error {
	if err := f.verifyParent(c); err != nil {
		return err
	}
	switch c := c.(type) {
	case *Connection:
		return f.verifyConnection(c)
	case *Port:
		for other := range f.In(c.GroupID, c.Kind()) {
			if o := other.Common(); o.Name == c.Name && o.ID != c.ID {
				return fmt.Errorf("a port named %q %w in the group", c.Name, ErrExists)
			}
		}
	case *ProcessGroup:
		if err := f.verifyRef(KindParameterContext, c.ParameterContextID); err != nil {
			return err
		}
	case *ParameterContext:
		return f.verifyContext(c)
	}
	return f.verifyLinks(c)
}

func (f *Flow) verifyParent(c Component) error {
	b := c.Common()
	if !c.Kind().inGroup() {
		if b.GroupID != "" {
			return fmt.Errorf("%w: it belongs to the whole flow, not to a group", ErrRule)
		}
		return nil
	}
	if b.GroupID == "" {
		if c.Kind() == KindControllerService {
			return nil
		}
		if root := f.Root(); c.Kind() != KindProcessGroup || root.ID != b.ID || f.rootCount() > 1 {
			return fmt.Errorf("%w: only the root group is in no group", ErrRule)
		}
		return nil
	}
	if _, ok := Lookup[*ProcessGroup](f, b.GroupID); !ok {
		return fmt.Errorf("its group %s %w", b.GroupID, ErrNotFound)
	}
	if c.Kind() == KindProcessGroup && f.circular(c) {
		return fmt.Errorf("%w: a group cannot be in itself", ErrRule)
	}
	return nil
}

func (f *Flow) rootCount() int {
	n := 0
	for range f.contents.of("", KindProcessGroup) {
		n++
	}
	return n
}

func (f *Flow) circular(c Component) bool {
	steps := 0
	for g := range f.Parents(c.Common().ID) {
		if steps++; g.ID == c.Common().ID || steps > f.size {
			return true
		}
	}
	return false
}

// verifyRef checks a reference that may be empty.
func (f *Flow) verifyRef(kind Kind, id string) error {
	if id == "" {
		return nil
	}
	if c := f.Get(id); c == nil || c.Kind() != kind {
		return fmt.Errorf("its %s %w", describe(kind, id), ErrNotFound)
	}
	return nil
}

// verifyConnection holds a connection to the rules of NiFi's StandardProcessGroup.addConnection: it lives in one
// group and joins components of that group, or ports of the groups directly in it.
func (f *Flow) verifyConnection(c *Connection) error {
	if err := f.verifyEnd(c, c.Source, KindOutputPort); err != nil {
		return fmt.Errorf("its source: %w", err)
	}
	if err := f.verifyEnd(c, c.Destination, KindInputPort); err != nil {
		return fmt.Errorf("its destination: %w", err)
	}
	switch src, dst := c.Source, c.Destination; {
	case src.Kind == KindFunnel && src.ID == dst.ID:
		return fmt.Errorf("%w: a funnel cannot be connected to itself", ErrRule)
	case src.Kind == KindRemoteInputPort:
		return fmt.Errorf("%w: a remote input port cannot be a source", ErrRule)
	case dst.Kind == KindRemoteOutputPort:
		return fmt.Errorf("%w: a remote output port cannot be a destination", ErrRule)
	case src.Kind == KindOutputPort && src.GroupID == c.GroupID:
		return fmt.Errorf("%w: a group's own output port cannot be a source inside it", ErrRule)
	case dst.Kind == KindInputPort && dst.GroupID == c.GroupID:
		return fmt.Errorf("%w: a group's own input port cannot be a destination inside it", ErrRule)
	}
	return nil
}

// verifyEnd checks that an end exists where it says and is in the connection's group; ports of kind outward may
// belong to a group directly below.
func (f *Flow) verifyEnd(c *Connection, e Endpoint, outward Kind) error {
	holder := e.GroupID
	switch e.Kind {
	case KindRemoteInputPort, KindRemoteOutputPort:
		r, ok := Lookup[*RemoteProcessGroup](f, e.GroupID)
		if !ok {
			return fmt.Errorf("remote process group %s %w", e.GroupID, ErrNotFound)
		}
		if _, kind, ok := r.Port(e.ID); !ok || kind != e.Kind {
			return fmt.Errorf("%s of remote process group %s %w", describe(e.Kind, e.ID), e.GroupID, ErrNotFound)
		}
		holder = r.GroupID
	case KindProcessor, KindFunnel, KindInputPort, KindOutputPort:
		end := f.Get(e.ID)
		if end == nil || end.Kind() != e.Kind || end.Common().GroupID != e.GroupID {
			return fmt.Errorf("%s in group %s %w", describe(e.Kind, e.ID), e.GroupID, ErrNotFound)
		}
		if g, ok := Lookup[*ProcessGroup](f, e.GroupID); ok && e.Kind == outward && e.GroupID != c.GroupID {
			holder = g.GroupID
		}
	default:
		return fmt.Errorf("%w: a %s cannot be connected", ErrRule, describe(e.Kind, e.ID))
	}
	if holder != c.GroupID {
		return fmt.Errorf("%w: %s is not in the connection's group %s", ErrRule, describe(e.Kind, e.ID), c.GroupID)
	}
	return nil
}

// verifyLinks checks the connections at a component, which may have moved, and at its ports.
func (f *Flow) verifyLinks(c Component) error {
	for _, end := range ends(f, c) {
		for _, conn := range slices.Concat(f.Incoming(end), f.Outgoing(end)) {
			if err := f.verifyConnection(conn); err != nil {
				return fmt.Errorf("its %s: %w", describe(KindConnection, conn.ID), err)
			}
		}
	}
	return nil
}

// ends lists the ids at which connections of a component can be.
func ends(f *Flow, c Component) []string {
	var list []string
	switch c := c.(type) {
	case *Processor, *Funnel, *Port:
		list = append(list, c.Common().ID)
	case *RemoteProcessGroup:
		for _, p := range slices.Concat(c.InputPorts, c.OutputPorts) {
			list = append(list, p.ID)
		}
	case *ProcessGroup:
		for _, kind := range []Kind{KindInputPort, KindOutputPort} {
			list = slices.AppendSeq(list, f.contents.of(c.ID, kind))
		}
	}
	return list
}

func (f *Flow) verifyContext(c *ParameterContext) error {
	for other := range f.In("", KindParameterContext) {
		if o := other.Common(); o.Name == c.Name && o.ID != c.ID {
			return fmt.Errorf("a parameter context named %q %w", c.Name, ErrExists)
		}
	}
	if c.Provider != nil {
		if err := f.verifyRef(KindParameterProvider, c.Provider.ProviderID); err != nil {
			return err
		}
	}
	for _, id := range c.Inherited {
		if err := f.verifyRef(KindParameterContext, id); err != nil || id == "" {
			return fmt.Errorf("inherited %w", err)
		}
	}
	if f.inherits(c, c.ID, map[string]bool{}) {
		return fmt.Errorf("%w: it inherits from itself", ErrRule)
	}
	return nil
}

func (f *Flow) inherits(c *ParameterContext, id string, seen map[string]bool) bool {
	for _, parent := range c.Inherited {
		if parent == id {
			return true
		}
		p, ok := Lookup[*ParameterContext](f, parent)
		if ok && !seen[parent] {
			seen[parent] = true
			if f.inherits(p, id, seen) {
				return true
			}
		}
	}
	return false
}

// verifyGone checks that nothing needs a component that was deleted. A controller service may go while properties
// name it: as in NiFi, they stay and make their component invalid.
func (f *Flow) verifyGone(was Component) error {
	id := was.Common().ID
	switch was.Kind() {
	case KindProcessGroup:
		if _, filled := f.contents.get(id); filled {
			return fmt.Errorf("%w: the group is not empty; delete its content with it", ErrRule)
		}
	case KindParameterContext, KindParameterProvider:
		for c := range f.All() {
			if refersTo(c, id) {
				return fmt.Errorf("%w: %s uses it", ErrRule, describe(c.Kind(), c.Common().ID))
			}
		}
	}
	return nil
}

func refersTo(c Component, id string) bool {
	switch c := c.(type) {
	case *ProcessGroup:
		return c.ParameterContextID == id
	case *ParameterContext:
		return slices.Contains(c.Inherited, id) || (c.Provider != nil && c.Provider.ProviderID == id)
	default:
		return false
	}
}

package definition

import (
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/braidflow/braid/internal/flow"
)

// survey gives the content of a group its ids, so that it can be referred to before it is created.
func (im *importer) survey(g *Group, s *scope) error {
	seen := map[string]bool{}
	for c, kind := range g.all() {
		id := im.newID(s.id, c)
		switch {
		case c.Identifier == "" && c.InstanceIdentifier == "":
			return fmt.Errorf("%s %q in group %q has no identifier", kind, text(c.Name), s.path)
		case seen[id]:
			return fmt.Errorf("%s %q in group %q, %s: %w", kind, text(c.Name), s.path, c.Identifier, errTwice)
		}
		seen[id] = true
		switch kind {
		case flow.KindProcessor, flow.KindInputPort, flow.KindOutputPort, flow.KindFunnel:
			s.end(c, g.Identifier, flow.Endpoint{ID: id, Kind: kind, GroupID: s.id})
		case flow.KindControllerService:
			s.services[c.Identifier], s.services[c.InstanceIdentifier] = id, id
		}
	}
	for i := range g.Remotes {
		im.surveyRemote(&g.Remotes[i], im.newID(s.id, &g.Remotes[i].Component), s)
	}
	for i := range g.Groups {
		im.surveyPorts(&g.Groups[i], im.newID(s.id, &g.Groups[i].Component), s)
	}
	return nil
}

// all yields what is directly in a group.
func (g *Group) all() iter.Seq2[*Component, flow.Kind] {
	return func(yield func(*Component, flow.Kind) bool) {
		_ = whileEach(g.Processors, func(p *Processor) bool { return yield(&p.Component, flow.KindProcessor) }) &&
			whileEach(g.InputPorts, func(p *Port) bool { return yield(&p.Component, flow.KindInputPort) }) &&
			whileEach(g.OutputPorts, func(p *Port) bool { return yield(&p.Component, flow.KindOutputPort) }) &&
			whileEach(g.Funnels, func(f *Funnel) bool { return yield(&f.Component, flow.KindFunnel) }) &&
			whileEach(g.Services, func(s *Service) bool { return yield(&s.Component, flow.KindControllerService) }) &&
			whileEach(g.Labels, func(l *Label) bool { return yield(&l.Component, flow.KindLabel) }) &&
			whileEach(g.Connections, func(c *Connection) bool { return yield(&c.Component, flow.KindConnection) }) &&
			whileEach(g.Remotes, func(r *RemoteGroup) bool { return yield(&r.Component, flow.KindRemoteProcessGroup) }) &&
			whileEach(g.Groups, func(g *Group) bool { return yield(&g.Component, flow.KindProcessGroup) })
	}
}

// whileEach calls f with the elements until it returns false.
func whileEach[T any](list []T, f func(*T) bool) bool {
	for i := range list {
		if !f(&list[i]) {
			return false
		}
	}
	return true
}

// surveyPorts makes the ports of a child group known to the connections around it.
func (im *importer) surveyPorts(g *Group, id string, s *scope) {
	for _, list := range []struct {
		ports []Port
		kind  flow.Kind
	}{{g.InputPorts, flow.KindInputPort}, {g.OutputPorts, flow.KindOutputPort}} {
		for i := range list.ports {
			c := &list.ports[i].Component
			s.end(c, g.Identifier, flow.Endpoint{ID: im.newID(id, c), Kind: list.kind, GroupID: id})
		}
	}
}

func (im *importer) surveyRemote(r *RemoteGroup, id string, s *scope) {
	for _, list := range []struct {
		ports []RemotePort
		kind  flow.Kind
	}{{r.InputPorts, flow.KindRemoteInputPort}, {r.OutputPorts, flow.KindRemoteOutputPort}} {
		for i := range list.ports {
			c := &list.ports[i].Component
			s.end(c, r.Identifier, flow.Endpoint{ID: im.newID(id, c), Kind: list.kind, GroupID: id})
		}
	}
}

// end registers a component under each of the names that a connection may use. Copies of one versioned group share
// identifiers, so that the instance id comes first and the identifier alone last.
func (s *scope) end(c *Component, groupIdentifier string, e flow.Endpoint) {
	for _, key := range []string{
		"instance " + c.InstanceIdentifier, groupIdentifier + " " + c.Identifier, "any " + c.Identifier,
	} {
		if _, taken := s.ends[key]; !taken {
			s.ends[key] = e
		}
	}
}

func (s *scope) find(e *End) (flow.Endpoint, bool) {
	keys := []string{e.GroupID + " " + e.ID, "any " + e.ID}
	if e.InstanceIdentifier != "" {
		keys = slices.Insert(keys, 0, "instance "+e.InstanceIdentifier)
	}
	for _, key := range keys {
		if found, ok := s.ends[key]; ok && string(found.Kind) == e.Type {
			return found, true
		}
	}
	return flow.Endpoint{}, false
}

func (im *importer) connection(c *Connection, s *scope) error {
	m := c.model()
	for _, end := range []struct {
		name string
		from *End
		to   *flow.Endpoint
	}{{"source", &c.Source, &m.Source}, {"destination", &c.Destination, &m.Destination}} {
		found, ok := s.find(end.from)
		if !ok {
			return fmt.Errorf("CONNECTION %q (%s) in group %q: its %s, %s %s, is not in the group or at its border",
				m.Name, c.Identifier, s.path, end.name, end.from.Type, end.from.ID)
		}
		*end.to = found
	}
	if m.Source.Kind != flow.KindProcessor {
		m.Relationships = nil
	}
	return im.place(&c.Component, m, s)
}

// references puts the ids of the flow in place of those of the file where a property names a controller service. A
// value is a reference if it is exactly a service's id: the file may lack the descriptors that would say so.
func (im *importer) references(m flow.Component, s *scope) {
	x, ok := m.(interface{ Code() *flow.Extension })
	if !ok {
		return
	}
	props := x.Code().Properties
	for _, name := range slices.Sorted(maps.Keys(props)) {
		v := props[name]
		if v == nil || *v == "" {
			continue
		}
		if id, ok := s.service(*v); ok {
			props[name] = &id
		} else if ext, ok := im.external[*v]; ok {
			if id, ok := im.outside(*v, ext); ok {
				props[name] = &id
			} else {
				im.warn("%s: the service %q that %s refers to is not in the flow; choose another one",
					im.where(m, s), ext.Name, name)
			}
		}
	}
}

func (s *scope) service(id string) (string, bool) {
	for ; s != nil; s = s.parent {
		if found, ok := s.services[id]; ok {
			return found, true
		}
	}
	return "", false
}

// outside finds a service that the definition does not hold among those that the target group sees: by identity, else
// by a name that only one of them has.
func (im *importer) outside(id string, ext ExternalService) (string, bool) {
	var named []string
	groups := []string{im.target}
	for g := range im.flow.Parents(im.target) {
		groups = append(groups, g.ID)
	}
	for _, group := range groups {
		for c := range im.flow.In(group, flow.KindControllerService) {
			b := c.Common()
			if b.ID == id || b.VersionedID == id || Identifier(b.ID) == id {
				return b.ID, true
			}
			if b.Name == ext.Name {
				named = append(named, b.ID)
			}
		}
	}
	if len(named) == 1 {
		return named[0], true
	}
	return "", false
}

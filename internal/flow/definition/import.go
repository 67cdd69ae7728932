package definition

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/internal/params"
)

// ImportOptions say where the content of a definition goes.
type ImportOptions struct {
	// Seed makes the new ids: the same seed, definition and target give the same ids. A second import of the same
	// definition into the same group needs another seed.
	Seed string
	// GroupID is the group that the content goes into: in a new group if AsGroup is set, else directly.
	GroupID string
	AsGroup bool
	// Name and Position are those of the new group, instead of the definition's, unless they are empty.
	Name     string
	Position *flow.Position
	// NewContexts makes new parameter contexts where the flow has ones of the same names. Else those are kept, and get
	// the parameters that they lack.
	NewContexts bool
	// Cipher encrypts sensitive values that stand in the file as plain text. Without it they are left out.
	Cipher *params.Cipher
}

// Imported is what an import would do.
type Imported struct {
	Changes []flow.Change
	GroupID string // the group that now holds the content
	// Warnings say, one line each, what could not be taken over as it was.
	Warnings []string
}

// Import makes the changes that bring the definition into a flow, for one change set. The new ids are a function of
// the options, so that all nodes give the same ones. Components keep the run states of the file.
func (d *Definition) Import(f *flow.Flow, o ImportOptions) (*Imported, error) {
	if _, ok := flow.Lookup[*flow.ProcessGroup](f, o.GroupID); !ok {
		return nil, fmt.Errorf("import flow definition: process group %s %w", o.GroupID, flow.ErrNotFound)
	}
	im := &importer{
		flow: f, cipher: o.Cipher, external: d.ExternalServices, target: o.GroupID, providers: map[string]bool{},
		newID: func(parent string, c *Component) string {
			return NewID(o.Seed, parent, cmp.Or(c.Identifier, c.InstanceIdentifier))
		},
	}
	for p := range f.In("", flow.KindParameterProvider) {
		im.providers[p.Common().ID] = true
	}
	if err := im.contexts(d, o); err != nil {
		return nil, fmt.Errorf("import flow definition: %w", err)
	}
	id := o.GroupID
	if o.AsGroup {
		g := d.Contents.model()
		g.Name = cmp.Or(o.Name, g.Name)
		g.VersionedID = "" // the group is a new one; only its content keeps its identity
		if o.Position != nil {
			g.Position = *o.Position
		}
		g.ID, g.GroupID = NewID(o.Seed, o.GroupID, cmp.Or(d.Contents.Identifier, "group")), o.GroupID
		g.ParameterContextID = im.context(d.Contents)
		if err := im.create(g, nil); err != nil {
			return nil, fmt.Errorf("import flow definition: %w", err)
		}
		id = g.ID
	}
	if err := im.content(d.Contents, newScope(nil, id, text(d.Contents.Name))); err != nil {
		return nil, fmt.Errorf("import flow definition: %w", err)
	}
	return &Imported{im.changes, id, im.warnings}, nil
}

// importer collects the changes of one import.
type importer struct {
	flow       *flow.Flow
	cipher     *params.Cipher
	external   map[string]ExternalService
	target     string
	newID      func(parentID string, c *Component) string
	contextIDs map[string]string // by name in the file
	providers  map[string]bool   // ids of the parameter providers that will be there
	changes    []flow.Change
	warnings   []string
}

// scope is what the content of one group may refer to.
type scope struct {
	parent   *scope
	id       string // the group's id in the flow
	path     string // its name with those of the groups around it
	ends     map[string]flow.Endpoint
	services map[string]string // id in the file -> id in the flow
}

func newScope(parent *scope, id, name string) *scope {
	path := name
	if parent != nil {
		path = parent.path + " / " + name
	}
	return &scope{parent, id, path, map[string]flow.Endpoint{}, map[string]string{}}
}

// content imports what is in a group, and the groups below.
func (im *importer) content(g *Group, s *scope) error {
	if err := im.survey(g, s); err != nil {
		return err
	}
	for i := range g.Services {
		if err := im.place(&g.Services[i].Component, g.Services[i].model(), s); err != nil {
			return err
		}
	}
	for i := range g.Processors {
		if err := im.place(&g.Processors[i].Component, g.Processors[i].model(), s); err != nil {
			return err
		}
	}
	if err := im.furniture(g, s); err != nil {
		return err
	}
	for i := range g.Groups {
		sub := &g.Groups[i]
		m := sub.model()
		m.ParameterContextID = im.context(sub)
		if err := im.place(&sub.Component, m, s); err != nil {
			return err
		}
		if err := im.content(sub, newScope(s, m.ID, m.Name)); err != nil {
			return err
		}
	}
	for i := range g.Connections {
		if err := im.connection(&g.Connections[i], s); err != nil {
			return err
		}
	}
	return nil
}

// furniture imports the ports, funnels, labels and remote groups of a group.
func (im *importer) furniture(g *Group, s *scope) error {
	var errs []error
	for i := range g.InputPorts {
		errs = append(errs, im.place(&g.InputPorts[i].Component, g.InputPorts[i].model(false), s))
	}
	for i := range g.OutputPorts {
		errs = append(errs, im.place(&g.OutputPorts[i].Component, g.OutputPorts[i].model(true), s))
	}
	for i := range g.Funnels {
		m := flow.NewFunnel("", "")
		g.Funnels[i].base(&m.Base)
		errs = append(errs, im.place(&g.Funnels[i].Component, m, s))
	}
	for i := range g.Labels {
		errs = append(errs, im.place(&g.Labels[i].Component, g.Labels[i].model(), s))
	}
	for i := range g.Remotes {
		r := &g.Remotes[i]
		m := r.model()
		id := im.newID(s.id, &r.Component)
		for j := range r.InputPorts {
			m.InputPorts = append(m.InputPorts, im.remotePort(&r.InputPorts[j], id))
		}
		for j := range r.OutputPorts {
			m.OutputPorts = append(m.OutputPorts, im.remotePort(&r.OutputPorts[j], id))
		}
		errs = append(errs, im.place(&r.Component, m, s))
	}
	for _, err := range errs {
		if err != nil {
			return err // the first: an error is one line
		}
	}
	return nil
}

func (im *importer) remotePort(p *RemotePort, remoteID string) flow.RemotePort {
	m := p.model()
	m.ID = im.newID(remoteID, &p.Component)
	m.VersionedID = versionedID(p.Identifier, m.ID)
	return m
}

// versionedID is empty for an identifier that is the id or was made of it, as it would be again.
func versionedID(identifier, id string) string {
	if identifier == id || identifier == Identifier(id) {
		return ""
	}
	return identifier
}

// place puts a component in its group and creates it.
func (im *importer) place(c *Component, m flow.Component, s *scope) error {
	b := m.Common()
	b.ID, b.GroupID = im.newID(s.id, c), s.id
	b.VersionedID = versionedID(c.Identifier, b.ID)
	return im.create(m, s)
}

func (im *importer) create(m flow.Component, s *scope) error {
	im.references(m, s)
	if err := im.seal(m, s); err != nil {
		return err
	}
	if err := flow.Check(m); err != nil {
		return fmt.Errorf("%s: %w", im.where(m, s), err)
	}
	im.changes = append(im.changes, flow.Create(m))
	return nil
}

func (im *importer) where(m flow.Component, s *scope) string {
	if s == nil {
		return fmt.Sprintf("%s %q", m.Kind(), m.Common().Name)
	}
	return fmt.Sprintf("%s %q in group %q", m.Kind(), m.Common().Name, s.path)
}

func (im *importer) warn(format string, args ...any) {
	im.warnings = append(im.warnings, fmt.Sprintf(format, args...))
}

// seal encrypts the sensitive values that stand in the file as plain text.
func (im *importer) seal(m flow.Component, s *scope) error {
	if r, ok := m.(*flow.RemoteProcessGroup); ok && r.ProxyPassword != "" && !params.Encrypted(r.ProxyPassword) {
		if im.cipher == nil {
			r.ProxyPassword = ""
			im.warn("%s: the proxy password was left out because there is no key to encrypt it", im.where(m, s))
			return nil
		}
		var err error
		r.ProxyPassword, err = im.cipher.Encrypt(r.ProxyPassword)
		return err
	}
	x, ok := m.(interface{ Code() *flow.Extension })
	if !ok {
		return nil
	}
	sensitive := func(name string) bool { return x.Code().Descriptors[name].Sensitive }
	if im.cipher != nil {
		return im.cipher.Seal(x.Code().Properties, sensitive)
	}
	for _, name := range slices.Sorted(maps.Keys(x.Code().Properties)) {
		v := x.Code().Properties[name]
		if v != nil && sensitive(name) && !params.Encrypted(*v) && len(params.Parse(*v, false).Names()) == 0 {
			x.Code().Properties[name] = nil
			im.warn("%s: the value of %s was left out because there is no key to encrypt it", im.where(m, s), name)
		}
	}
	return nil
}

var errTwice = errors.New("the identifier is used twice in the group")

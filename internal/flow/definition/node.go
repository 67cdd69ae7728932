package definition

import (
	"cmp"
	"fmt"

	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/internal/params"
)

// Changes makes the changes that build the node's flow out of flow.Empty, with the ids of the file. The cipher, which
// may be nil, encrypts sensitive values that stand in the file as plain text. The warnings say, one line each, what
// could not be taken over as it was.
func (n *NodeFlow) Changes(cipher *params.Cipher) (changes []flow.Change, warnings []string, err error) {
	im := &importer{
		flow: flow.Empty(), cipher: cipher, contextIDs: map[string]string{}, providers: map[string]bool{},
		newID: func(_ string, c *Component) string { return c.id() },
	}
	if err := im.node(n); err != nil {
		return nil, nil, fmt.Errorf("load flow.json.gz: %w", err)
	}
	return im.changes, im.warnings, nil
}

// id is the id that a component had on its node.
func (c *Component) id() string { return cmp.Or(c.InstanceIdentifier, c.Identifier) }

func (im *importer) node(n *NodeFlow) error {
	settings := flow.NewController()
	settings.MaxTimerDrivenThreads = cmp.Or(n.MaxThreads, settings.MaxTimerDrivenThreads)
	if err := im.create(settings, nil); err != nil {
		return err
	}
	whole := newScope(nil, "", "controller")
	for i := range n.Registries {
		if err := im.place(&n.Registries[i].Component, n.Registries[i].model(), whole); err != nil {
			return err
		}
	}
	for i := range n.ParameterProviders {
		im.providers[n.ParameterProviders[i].id()] = true
		if err := im.place(&n.ParameterProviders[i].Component, n.ParameterProviders[i].model(), whole); err != nil {
			return err
		}
	}
	if err := im.nodeContexts(n, whole); err != nil {
		return err
	}
	if err := im.nodeExtensions(n, whole); err != nil {
		return err
	}
	root := n.RootGroup.model()
	root.ParameterContextID = im.context(n.RootGroup)
	if err := im.place(&n.RootGroup.Component, root, whole); err != nil {
		return err
	}
	if root.ID == "" {
		return fmt.Errorf("the root group %q has no identifier", root.Name)
	}
	return im.content(n.RootGroup, newScope(nil, root.ID, root.Name))
}

func (im *importer) nodeExtensions(n *NodeFlow, whole *scope) error {
	for i := range n.Services {
		if err := im.place(&n.Services[i].Component, n.Services[i].model(), whole); err != nil {
			return err
		}
	}
	for i := range n.ReportingTasks {
		if err := im.place(&n.ReportingTasks[i].Component, n.ReportingTasks[i].model(), whole); err != nil {
			return err
		}
	}
	for i := range n.Rules {
		if err := im.place(&n.Rules[i].Component, n.Rules[i].model(), whole); err != nil {
			return err
		}
	}
	return nil
}

func (im *importer) nodeContexts(n *NodeFlow, whole *scope) error {
	for i := range n.ParameterContexts {
		c := &n.ParameterContexts[i]
		if c.id() == "" { // as in files made by hand: the name will do
			c.InstanceIdentifier = NewID("parameter context", text(c.Name))
		}
		im.contextIDs[text(c.Name)] = c.id()
	}
	for i := range n.ParameterContexts {
		c := &n.ParameterContexts[i]
		m := c.model()
		if err := im.sealContext(m); err != nil {
			return err
		}
		im.inherit(m, c)
		if err := im.place(&c.Component, m, whole); err != nil {
			return err
		}
	}
	return nil
}

package definition

import (
	"fmt"
	"maps"
	"slices"

	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/internal/params"
)

// contexts imports the parameter contexts of a definition and notes which context of the flow each name stands for.
func (im *importer) contexts(d *Definition, o ImportOptions) error {
	existing := map[string]*flow.ParameterContext{}
	im.contextIDs = map[string]string{}
	for c := range im.flow.In("", flow.KindParameterContext) { // a group may name one that the file does not describe
		existing[c.Common().Name] = c.(*flow.ParameterContext)
		im.contextIDs[c.Common().Name] = c.Common().ID
	}
	names := slices.Sorted(maps.Keys(d.ParameterContexts))
	for _, name := range names {
		if existing[name] == nil || o.NewContexts {
			im.contextIDs[name] = NewID(o.Seed, "parameter context", name)
		}
	}
	taken := maps.Clone(existing)
	for _, name := range names {
		c := d.ParameterContexts[name]
		m := c.model()
		m.ID, m.Name = im.contextIDs[name], name
		if err := im.sealContext(m); err != nil {
			return err
		}
		if have := existing[name]; have != nil && !o.NewContexts {
			im.extend(have, m)
			continue
		}
		for n := 1; taken[m.Name] != nil; n++ {
			m.Name = fmt.Sprintf("%s (%d)", name, n)
		}
		taken[m.Name] = m
		im.inherit(m, &c)
		if err := im.create(m, nil); err != nil {
			return err
		}
	}
	return nil
}

// extend gives a context of the flow the parameters that it lacks.
func (im *importer) extend(have, file *flow.ParameterContext) {
	merged := flow.Clone(have)
	for name, p := range file.Parameters {
		if _, ok := have.Parameters[name]; !ok {
			if merged.Parameters == nil {
				merged.Parameters = map[string]flow.Parameter{}
			}
			merged.Parameters[name] = p
		}
	}
	if len(merged.Parameters) > len(have.Parameters) {
		im.changes = append(im.changes, flow.Update(merged))
	}
}

// inherit fills in what a context takes from others.
func (im *importer) inherit(m *flow.ParameterContext, c *ParameterContext) {
	for _, parent := range c.Inherited {
		if id := im.contextIDs[parent]; id != "" {
			m.Inherited = append(m.Inherited, id)
		} else {
			im.warn("parameter context %q inherits from %q, which is not in the file", m.Name, parent)
		}
	}
	if c.ProviderID == nil {
		return
	}
	if !im.providers[*c.ProviderID] {
		im.warn("parameter context %q is filled by a parameter provider that is not in the flow", m.Name)
		return
	}
	m.Provider = &flow.ProvidedContext{ProviderID: *c.ProviderID, GroupName: text(c.GroupName)}
	setTo(&m.Provider.Synchronized, c.Synchronized)
}

func (im *importer) sealContext(m *flow.ParameterContext) error {
	if im.cipher != nil {
		return im.cipher.SealContext(m)
	}
	for _, name := range slices.Sorted(maps.Keys(m.Parameters)) {
		p := m.Parameters[name]
		if p.Sensitive && p.Value != nil && !params.Encrypted(*p.Value) {
			p.Value = nil
			m.Parameters[name] = p
			im.warn("the value of sensitive parameter %q was left out because there is no key to encrypt it", name)
		}
	}
	return nil
}

// context is the id of a group's parameter context, empty if it has none.
func (im *importer) context(g *Group) string {
	name := text(g.ParameterContextName)
	if name == "" {
		return ""
	}
	id := im.contextIDs[name]
	if id == "" {
		im.warn("group %q uses parameter context %q, which is neither in the file nor in the flow", text(g.Name), name)
	}
	return id
}

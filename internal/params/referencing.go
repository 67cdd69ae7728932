package params

import (
	"maps"
	"slices"

	"github.com/braidflow/braid/internal/flow"
)

// Reference is a property that names a parameter.
type Reference struct {
	Component flow.Component
	Property  string
}

// Referencing lists the properties that would change with a parameter of a context: those that name it, in groups whose
// context is this one or inherits the parameter from it, and those that name an alias of it. They are in the flow's
// order, the properties of a component by name.
func Referencing(f *flow.Flow, contextID, name string) []Reference {
	var found []Reference
	names := map[string]map[string]bool{} // by the context of a group: what stands for the parameter there
	for c := range f.All() {
		x, ok := c.(interface{ Code() *flow.Extension })
		ctx := f.Context(c.Common().GroupID)
		if !ok || ctx == nil {
			continue
		}
		if names[ctx.ID] == nil {
			names[ctx.ID] = standsFor(f, ctx.ID, contextID, name)
		}
		props := x.Code().Properties
		for _, p := range slices.Sorted(maps.Keys(props)) {
			if v := props[p]; v != nil && slices.ContainsFunc(Parse(*v, true).Names(), func(n string) bool { return names[ctx.ID][n] }) {
				found = append(found, Reference{c, p})
			}
		}
	}
	return found
}

// standsFor lists the names under which a group's context shows the parameter of another context, aliases included.
func standsFor(f *flow.Flow, groupContext, contextID, name string) map[string]bool {
	set := map[string]bool{}
	all := EffectiveOf(f, groupContext)
	if all[name].ContextID != contextID {
		return set
	}
	set[name] = true
	for alias, p := range all {
		if p.Value == nil || p.Sensitive { // a sensitive alias is encrypted: its target cannot be seen here
			continue
		}
		if target, ok := Parse(*p.Value, false).Single(); ok && target == name {
			set[alias] = true
		}
	}
	return set
}

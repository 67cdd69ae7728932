package core

import (
	"context"
	"strings"

	"github.com/braidflow/braid/sdk"
)

// RouteOnAttribute chooses where FlowFiles go by expressions over their attributes.
var RouteOnAttribute = sdk.Component{
	Type:     "org.apache.nifi.processors.standard.RouteOnAttribute",
	Artifact: "nifi-standard-nar",
	New:      func() sdk.Processor { return new(routeOnAttribute) },
}

type routingStrategy string

const (
	byName routingStrategy = "Route to Property name"
	ifAll  routingStrategy = "Route to 'match' if all match"
	ifAny  routingStrategy = "Route to 'match' if any matches"
)

// routeAttr tells later processors which way a FlowFile took.
const routeAttr = "RouteOnAttribute.Route"

type routeOnAttribute struct {
	strategy           routingStrategy
	expressions        []sdk.DynamicProperty
	matched, unmatched sdk.Relationship

	onMatch, onNone route
	routes          []route // one for each expression
}

// route is a way out with the attribute that says so.
type route struct {
	rel  sdk.Relationship
	mark []sdk.Attr
}

func newRoute(rel sdk.Relationship) route {
	return route{rel, []sdk.Attr{{Name: routeAttr, Value: rel.Name}}}
}

func (p *routeOnAttribute) Describe(s *sdk.Spec) {
	s.About("Routes FlowFiles by their attributes, with Expression Language.", "attributes", "routing",
		"Attribute Expression Language", "regexp", "regex", "Regular Expression", "Expression Language", "find", "text", "string",
		"search", "filter", "detect")
	s.InputRequired()
	s.Batching(0)
	s.SideEffectFree()
	sdk.Choice(s, &p.strategy, "Routing Strategy", "How the expressions determine the relationship.",
		nil, sdk.Required, sdk.Default(string(byName)), sdk.OneOf(
			sdk.Allowed{
				Value: string(byName), Display: string(byName),
				Doc: "Each expression has a relationship of its name; a copy of the FlowFile goes to each whose expression is true.",
			},
			sdk.Allowed{Value: string(ifAll), Display: "Route to 'matched' if all match", Doc: "To matched if all expressions are true."},
			sdk.Allowed{
				Value: string(ifAny), Display: "Route to 'matched' if any matches",
				Doc: "To matched if at least one expression is true.",
			},
		))
	s.Dynamics(&p.expressions, sdk.DynamicSpec{
		Doc:           "Routes FlowFiles for which the expression is true to the relationship of that name.",
		NameDoc:       "Relationship Name",
		ValueDoc:      "Expression Language that gives true or false",
		EL:            sdk.FlowFileEL,
		Relationships: true,
	})
	s.WritesAttr(routeAttr, "The relationship to which the FlowFile was routed")
	s.Rel(&p.unmatched, "unmatched", "FlowFiles that match no expression, or not as the Routing Strategy asks.")
	s.Rel(&p.matched, "matched", "FlowFiles for which one or all expressions are true, as the Routing Strategy asks.",
		sdk.When("Routing Strategy", string(ifAll), string(ifAny)))
	s.Rels(p.named)
}

// named returns the relationships that the user's expressions make.
func (p *routeOnAttribute) named() []sdk.Relationship {
	if p.strategy != byName {
		return nil
	}
	var rels []sdk.Relationship
	for _, e := range p.expressions {
		if e.Name != p.unmatched.Name {
			rels = append(rels, sdk.Relationship{Name: e.Name, Doc: "FlowFiles for which " + e.Value.Raw() + " is true."})
		}
	}
	return rels
}

func (p *routeOnAttribute) Validate() []error {
	var problems []error
	for _, e := range p.expressions {
		if v := strings.TrimSpace(e.Value.Raw()); !strings.HasPrefix(v, "${") || !strings.HasSuffix(v, "}") {
			problems = append(problems, sdk.Problem{
				Property: e.Name, Value: e.Value.Raw(),
				Reason: "it must be one expression that gives true or false, such as ${filename:endsWith('.csv')}",
			})
		}
	}
	return problems
}

func (p *routeOnAttribute) Start(context.Context, *sdk.Host) error {
	p.onMatch, p.onNone = newRoute(p.matched), newRoute(p.unmatched)
	p.routes = p.routes[:0]
	for _, e := range p.expressions {
		p.routes = append(p.routes, newRoute(sdk.Relationship{Name: e.Name}))
	}
	return nil
}

func (p *routeOnAttribute) Trigger(_ context.Context, s *sdk.Session) error {
	hits := make([]int, 0, len(p.expressions))
	for _, ff := range s.GetBatch(batch) {
		var err error
		if hits, err = p.matching(ff, hits[:0]); err != nil {
			keep(s, ff, "FlowFile left in its queue: an expression cannot be evaluated", err)
			continue
		}
		p.route(s, ff, hits)
	}
	return nil
}

// matching appends the indexes of the expressions that are true for ff.
func (p *routeOnAttribute) matching(ff sdk.FlowFile, hits []int) ([]int, error) {
	for i := range p.expressions {
		v, err := p.expressions[i].Value.For(ff)
		if err != nil {
			return hits, err
		}
		if strings.EqualFold(v, "true") {
			hits = append(hits, i)
		}
	}
	return hits, nil
}

func (p *routeOnAttribute) route(s *sdk.Session, ff sdk.FlowFile, hits []int) {
	if p.strategy != byName {
		if (p.strategy == ifAll && len(hits) == len(p.expressions)) || (p.strategy == ifAny && len(hits) > 0) {
			send(s, ff, p.onMatch)
		} else {
			send(s, ff, p.onNone)
		}
		return
	}
	if len(hits) == 0 {
		send(s, ff, p.onNone)
		return
	}
	for _, i := range hits[1:] {
		send(s, s.Clone(ff), p.routes[i])
	}
	send(s, ff, p.routes[hits[0]])
}

func send(s *sdk.Session, ff sdk.FlowFile, to route) {
	ff = s.PutAttrs(ff, to.mark...)
	s.Routed(ff, to.rel, "")
	s.Transfer(ff, to.rel)
}

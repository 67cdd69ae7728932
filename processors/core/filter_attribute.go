package core

import (
	"context"
	"strings"

	"github.com/braidflow/braid/sdk"
)

// FilterAttribute removes attributes by their names.
var FilterAttribute = sdk.Component{
	Type:     "org.apache.nifi.processors.standard.FilterAttribute",
	Artifact: "nifi-standard-nar",
	New:      func() sdk.Processor { return new(filterAttribute) },
}

const (
	filterRetain = "Retain"
	filterRemove = "Remove"
	filterList   = "Enumerate attributes"
	filterRegex  = "Use regular expression"
)

type filterAttribute struct {
	mode, strategy string
	names, pattern sdk.Text
	success        sdk.Relationship
	last           lastPattern
}

func (p *filterAttribute) Describe(s *sdk.Spec) {
	s.About("Removes attributes from FlowFiles, or all but those that are named.", "attributes", "modification", "filter", "retain", "remove",
		"delete", "regex", "regular expression", "Attribute Expression Language")
	s.Details("uuid, filename and path stay in any case.")
	s.InputRequired()
	s.Batching(0)
	s.SideEffectFree()
	sdk.Choice(s, &p.mode, "Filter Mode", "What happens to the attributes that match.", nil, sdk.Required, sdk.Default(filterRetain), sdk.OneOf(
		sdk.Allowed{Value: filterRetain, Doc: "They stay, and all others go."}, sdk.Allowed{Value: filterRemove, Doc: "They go, and all others stay."}))
	sdk.Choice(s, &p.strategy, "Attribute Matching Strategy", "How attributes are named.", nil, sdk.Required, sdk.Default(filterList), sdk.OneOf(
		sdk.Allowed{Value: filterList, Doc: "By a list."}, sdk.Allowed{Value: filterRegex, Doc: "By a regular expression that the whole name matches."}))
	s.Text(&p.names, "Filtered Attributes", "The names, with commas between them.", sdk.Required, sdk.PerFlowFile,
		sdk.When("Attribute Matching Strategy", filterList))
	s.Text(&p.pattern, "Filtered Attributes Pattern", "The regular expression, as in Java.", sdk.Required, sdk.PerFlowFile,
		sdk.When("Attribute Matching Strategy", filterRegex))
	s.Rel(&p.success, "success", "All FlowFiles.")
}

// Validate wants an expression that compiles, as far as it does not depend on attributes.
func (p *filterAttribute) Validate() []error {
	if p.strategy != filterRegex || strings.Contains(p.pattern.Raw(), "${") {
		return nil
	}
	if _, err := p.last.compile(p.pattern.Raw()); err != nil {
		return []error{sdk.Problem{Property: "Filtered Attributes Pattern", Value: p.pattern.Raw(), Reason: err.Error()}}
	}
	return nil
}

func (p *filterAttribute) Trigger(ctx context.Context, s *sdk.Session) error {
	for _, ff := range s.GetBatch(batch) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		matches, err := p.matcher(ff)
		if err != nil {
			keep(s, ff, "the attributes to filter", err)
			continue
		}
		remove := p.mode == filterRemove
		s.Transfer(s.RemoveAttrs(ff, func(name string) bool { return matches(name) == remove }), p.success)
	}
	return nil
}

func (p *filterAttribute) matcher(ff sdk.FlowFile) (func(string) bool, error) {
	if p.strategy == filterRegex {
		expr, err := p.pattern.For(ff)
		if err != nil {
			return nil, err
		}
		return p.last.compile(expr)
	}
	list, err := p.names.For(ff)
	names := map[string]bool{}
	for name := range strings.SplitSeq(list, ",") {
		names[strings.TrimSpace(name)] = true
	}
	return func(name string) bool { return names[name] }, err
}

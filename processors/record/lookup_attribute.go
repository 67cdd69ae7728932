package record

import (
	"context"
	"fmt"
	"strings"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/lookup"
	"github.com/braidflow/braid/sdk/record"
)

// LookupAttribute sets attributes to what a lookup service knows.
var LookupAttribute = sdk.Component{
	Type:     "org.apache.nifi.processors.standard.LookupAttribute",
	Artifact: "nifi-standard-nar",
	New:      func() sdk.Processor { return new(lookupAttribute) },
}

type lookupAttribute struct {
	service                     lookup.Service
	empty                       bool
	attributes                  []sdk.DynamicProperty
	matched, unmatched, failure sdk.Relationship
}

func (p *lookupAttribute) Describe(s *sdk.Spec) {
	s.About("Looks up values and puts them into attributes.", "lookup", "cache", "enrich", "join", "attributes", "Attribute Expression Language")
	s.InputRequired()
	s.Batching(0)
	s.SideEffectFree()
	sdk.Service(s, &p.service, lookup.StringServiceType, "Lookup Service", "Where to look up. It must need exactly one key.", sdk.Required)
	s.Bool(&p.empty, "Include Empty Values", "Whether attributes are set for which there is nothing: to the empty text if the value is blank, "+
		"and to null, as a word, if there is none. Then every FlowFile is matched.", sdk.Required, sdk.Default("true"))
	s.Dynamics(&p.attributes, sdk.DynamicSpec{
		EL: sdk.FlowFileEL, NameDoc: "The attribute.", ValueDoc: "The key to look up.", Doc: "What to look up.",
	})
	s.Rel(&p.matched, "matched", "FlowFiles that got at least one attribute.")
	s.Rel(&p.unmatched, "unmatched", "FlowFiles that got none.")
	s.Rel(&p.failure, "failure", "FlowFiles for which the service could not be asked.")
}

// MigrateProperties accepts the names of NiFi 1.x.
func (p *lookupAttribute) MigrateProperties(values map[string]string) {
	sdk.Rename(values, "lookup-service", "Lookup Service")
	sdk.Rename(values, "include-empty-values", "Include Empty Values")
}

// Validate wants something to look up, and a service that needs one key.
func (p *lookupAttribute) Validate() []error {
	var problems []error
	if len(p.attributes) == 0 {
		problems = append(problems, sdk.Problem{Property: "User-defined Properties", Reason: "At least one user-defined property must be specified."})
	}
	if p.service != nil && len(p.service.Keys()) != 1 {
		problems = append(problems, sdk.Problem{Property: "Lookup Service", Reason: fmt.Sprintf("it must need exactly one key, and it needs %d", len(p.service.Keys()))})
	}
	return problems
}

func (p *lookupAttribute) Trigger(ctx context.Context, s *sdk.Session) error {
	for _, ff := range s.GetBatch(batchCount) {
		attrs, err := p.find(ctx, ff)
		if err != nil {
			if err := fail(ctx, s, ff, p.failure, "look up attributes", err); err != nil {
				return err
			}
			continue
		}
		rel := p.unmatched
		if len(attrs) > 0 {
			rel, ff = p.matched, s.PutAttrs(ff, attrs...)
		}
		s.Transfer(ff, rel)
	}
	return nil
}

func (p *lookupAttribute) find(ctx context.Context, ff sdk.FlowFile) (attrs []sdk.Attr, err error) {
	all := ff.AttrMap()
	for _, d := range p.attributes {
		key, err := d.Value.For(ff)
		if err != nil {
			return nil, err
		}
		v, found, err := p.service.Lookup(ctx, map[string]record.Value{p.service.Keys()[0]: record.StringValue(key)}, all)
		if err != nil {
			return nil, fmt.Errorf("look up %.50q: %w", key, err)
		}
		switch text := record.ToString(v, record.DefaultFormats); {
		case found && strings.TrimSpace(text) != "":
			attrs = append(attrs, sdk.Attr{Name: d.Name, Value: text})
		case p.empty && found:
			attrs = append(attrs, sdk.Attr{Name: d.Name})
		case p.empty:
			attrs = append(attrs, sdk.Attr{Name: d.Name, Value: "null"})
		}
	}
	return attrs, nil
}

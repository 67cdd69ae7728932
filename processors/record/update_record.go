package record

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/sdk/recordpath"
)

// UpdateRecord sets fields of records.
var UpdateRecord = sdk.Component{
	Type:     "org.apache.nifi.processors.standard.UpdateRecord",
	Artifact: "nifi-standard-nar",
	New:      func() sdk.Processor { return new(updateRecord) },
}

type replacementStrategy string

const (
	literalValue    replacementStrategy = "literal-value"
	recordPathValue replacementStrategy = "record-path-value"
)

type updateRecord struct {
	transformer
	strategy replacementStrategy
	updates  []sdk.DynamicProperty
	paths    paths
}

func (p *updateRecord) Describe(s *sdk.Spec) {
	s.About("Sets the fields of records that RecordPaths select, to values given in the properties or taken from other fields.",
		"update", "record", "generic", "schema", "json", "csv", "avro", "freeform", "text")
	p.describe(s)
	sdk.Choice(s, &p.strategy, "Replacement Value Strategy", "What the values of the user's properties are.", nil, sdk.Required,
		sdk.Default(string(literalValue)), sdk.OneOf(
			sdk.Allowed{Value: string(literalValue), Display: "Literal Value", Doc: "The new value itself. Expression Language may use field.name, " +
				"field.value, field.type and record.index."},
			sdk.Allowed{Value: string(recordPathValue), Display: "Record Path Value", Doc: "A RecordPath whose result is the new value; of several results, " +
				"a record with a field for each. One that does not start with / starts at the field that is set."}))
	s.Dynamics(&p.updates, sdk.DynamicSpec{
		EL: sdk.FlowFileEL, NameDoc: "A RecordPath to the fields to be set; one that does not exist is added.", ValueDoc: "The new value, as Replacement Value Strategy says.",
		Doc: "The fields to be set.",
	})
	s.WritesAttr("record.index", "Only for Expression Language in the properties: the place of the record in its FlowFile, from 1.")
	p.describeRels(s)
}

// MigrateProperties accepts the names of NiFi 1.x.
func (p *updateRecord) MigrateProperties(values map[string]string) {
	p.migrate(values)
	sdk.Rename(values, "replacement-value-strategy", "Replacement Value Strategy")
}

// Validate wants at least one path, and paths that compile.
func (p *updateRecord) Validate() []error {
	problems := checkNames(p.updates)
	if p.strategy == recordPathValue {
		for _, u := range p.updates {
			problems = append(problems, checkPath(u.Name, u.Value)...)
		}
	}
	return problems
}

func (p *updateRecord) Trigger(ctx context.Context, s *sdk.Session) error {
	return p.run(ctx, s, func(ff sdk.FlowFile) (change, error) {
		all := make([]change, 0, len(p.updates))
		for _, u := range p.updates {
			to, err := p.paths.compile(sdk.Literal(u.Name), ff)
			if err != nil {
				return nil, err
			}
			one := p.setText
			if p.strategy == recordPathValue {
				one = p.setField
			}
			c, err := one(ff, to, u.Value)
			if err != nil {
				return nil, fmt.Errorf("property %q: %w", u.Name, err)
			}
			all = append(all, c)
		}
		return func(r *record.Record, index int64) (*record.Record, error) {
			var err error
			for _, c := range all {
				if r, err = c(r, index); err != nil {
					return nil, err
				}
			}
			return r, nil
		}, nil
	})
}

// setText sets the fields at a path to a text.
func (p *updateRecord) setText(ff sdk.FlowFile, to *recordpath.Path, t sdk.Text) (change, error) {
	value, err := newPerField(t, ff)
	return func(r *record.Record, index int64) (*record.Record, error) {
		selected, err := to.Eval(r)
		if err != nil {
			return nil, err
		}
		for _, sel := range selected {
			text, err := value.value(ff, sel, index)
			if err != nil {
				return nil, err
			}
			if sel.Parent() == nil {
				continue // the record itself cannot be a text
			}
			if err := sel.Set(record.StringValue(text)); err != nil {
				return nil, fmt.Errorf("set %s: %w", to, err)
			}
		}
		return r, nil
	}, err
}

// setField sets the fields at a path to what another path selects.
func (p *updateRecord) setField(ff sdk.FlowFile, to *recordpath.Path, t sdk.Text) (change, error) {
	from, err := p.paths.compile(t, ff)
	if err == nil && from == nil {
		err = errors.New("the RecordPath of the value is empty")
	}
	if err != nil {
		return nil, err
	}
	absolute := strings.HasPrefix(from.String(), "/") // one look is enough for all places
	return func(r *record.Record, _ int64) (*record.Record, error) {
		places, err := to.Eval(r)
		if err != nil || len(places) == 0 {
			return r, err
		}
		if len(places) == 1 && places[0].Parent() == nil {
			return replaceRoot(r, places[0], from)
		}
		var found []*recordpath.Selected
		for i, place := range places {
			if i == 0 || !absolute {
				if found, err = from.EvalAt(r, place); err != nil {
					return nil, err
				}
			}
			if err := assign(place, found); err != nil {
				return nil, fmt.Errorf("set %s: %w", to, err)
			}
		}
		return r, nil
	}, nil
}

// assign puts what was found at a place: null for nothing, a record for several values.
func assign(place *recordpath.Selected, found []*recordpath.Selected) error {
	v, t := record.Null, (*record.Type)(nil)
	switch {
	case len(found) == 1:
		v, t = found[0].Value, found[0].Type
	case len(found) > 1:
		v = record.RecordValue(gather(found))
		t = record.RecordOf(v.Record().Schema())
	}
	nested := v.Kind() == record.KindRecord || v.Kind() == record.KindArray || v.Kind() == record.KindMap
	if nested {
		v = v.Clone() // else a change to one place would show at the other, and a record could come to hold itself
	}
	parent := place.Parent()
	isNew := parent != nil && parent.Value.Record() != nil && parent.Value.Record().Schema().Index(place.Name) < 0
	if isNew || nested { // what is nested keeps its own fields
		return place.SetTyped(v, t)
	}
	return place.Set(v)
}

// gather makes a record with a field for each value; of several with one name the last counts.
func gather(found []*recordpath.Selected) *record.Record {
	r := record.New(record.NewSchema())
	for _, sel := range found {
		f := sel.Field()
		if f.Type == nil {
			f.Type = record.TypeOf(sel.Value)
		}
		r.Put(f, sel.Value)
	}
	return r
}

// replaceRoot returns the record that takes the place of the whole one.
func replaceRoot(r *record.Record, root *recordpath.Selected, from *recordpath.Path) (*record.Record, error) {
	found, err := from.EvalAt(r, root)
	switch {
	case err != nil || len(found) == 0:
		return r, err
	case len(found) == 1 && found[0].Value.Kind() == record.KindRecord:
		return found[0].Value.Record(), nil
	}
	return gather(found), nil
}

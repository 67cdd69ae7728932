package record

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/sdk/recordpath"
)

// RemoveRecordField removes fields from records.
var RemoveRecordField = sdk.Component{
	Type:     "org.apache.nifi.processors.standard.RemoveRecordField",
	Artifact: "nifi-standard-nar",
	New:      func() sdk.Processor { return new(removeRecordField) },
}

type removeRecordField struct {
	transformer
	fields []sdk.DynamicProperty
	paths  paths
}

func (p *removeRecordField) Describe(s *sdk.Spec) {
	s.About("Removes the fields, elements of arrays and entries of maps that RecordPaths select from records.",
		"update", "record", "generic", "schema", "json", "csv", "avro", "freeform", "text", "remove", "delete")
	p.describe(s)
	s.Dynamics(&p.fields, sdk.DynamicSpec{
		EL: sdk.FlowFileEL, NameDoc: "A name of your choice for what is removed.", ValueDoc: "A RecordPath to what is removed.",
		Doc: "What to remove. The record itself cannot be removed.",
	})
	p.describeRels(s)
}

// MigrateProperties accepts the names of NiFi 1.x.
func (p *removeRecordField) MigrateProperties(values map[string]string) { p.migrate(values) }

// Validate wants at least one path, and paths that compile and do not select the record itself.
func (p *removeRecordField) Validate() []error {
	problems := checkPaths(p.fields, "at least one RecordPath must be specified")
	for _, f := range p.fields {
		if f.Value.Raw() == "/" {
			problems = append(problems, sdk.Problem{Property: f.Name, Value: "/", Reason: "the root RecordPath cannot be removed"})
		}
	}
	return problems
}

func (p *removeRecordField) Trigger(ctx context.Context, s *sdk.Session) error {
	return p.run(ctx, s, func(ff sdk.FlowFile) (change, error) {
		remove, err := p.paths.compileAll(p.fields, ff)
		return func(r *record.Record, index int64) (*record.Record, error) {
			for _, n := range remove {
				if err := removeAt(r, n); err != nil {
					return nil, err
				}
			}
			if index == 1 { // its schema is the one to write with
				regenerate(r)
			}
			return r, nil
		}, err
	})
}

// allElements are paths that empty an array or map, whose elements need not be removed one by one.
var allElements = regexp.MustCompile(`\[\s*(?:\*|0\s*\.\.\s*-1)\s*\]$`)

func removeAt(r *record.Record, n named) error {
	if n.path.String() == "/" {
		return errors.New("the root RecordPath cannot be removed")
	}
	selected, err := n.path.Eval(r)
	if err != nil {
		return err
	}
	all := allElements.MatchString(n.path.String())
	for _, sel := range slices.Backward(selected) { // the elements of one array from its end
		if all && empty(sel.Parent()) {
			continue
		}
		if err := sel.Remove(); err != nil {
			return fmt.Errorf("remove %s: %w", n.path, err)
		}
	}
	return nil
}

// empty takes all out of an array or map. It reports whether the place holds one.
func empty(sel *recordpath.Selected) bool {
	if sel == nil || sel.Parent() == nil {
		return false
	}
	switch sel.Value.Kind() {
	case record.KindArray, record.KindBytes:
		return sel.SetTyped(record.ArrayValue(nil), sel.Type) == nil
	case record.KindMap:
		return sel.SetTyped(record.MapValue(record.NewMap(0)), sel.Type) == nil
	}
	return false
}

package record

import (
	"context"
	"fmt"
	"slices"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/sdk/recordpath"
)

// RenameRecordField gives fields of records other names.
var RenameRecordField = sdk.Component{
	Type:     "org.apache.nifi.processors.standard.RenameRecordField",
	Artifact: "nifi-standard-nar",
	New:      func() sdk.Processor { return new(renameRecordField) },
}

type renameRecordField struct {
	transformer
	names []sdk.DynamicProperty
	paths paths
}

func (p *renameRecordField) Describe(s *sdk.Spec) {
	s.About("Gives the fields of records that RecordPaths select other names.",
		"update", "record", "rename", "field", "generic", "schema", "json", "csv", "avro", "log", "logs")
	p.describe(s)
	s.Dynamics(&p.names, sdk.DynamicSpec{
		EL: sdk.FlowFileEL, NameDoc: "A RecordPath to the fields to be renamed.",
		ValueDoc: "The new name. Expression Language may use field.name, field.value, field.type and record.index.",
		Doc:      "The new names. A name that another field of the record has already is an error.",
	})
	s.WritesAttr("record.index", "Only for Expression Language in the properties: the place of the record in its FlowFile, from 1.")
	p.describeRels(s)
}

// MigrateProperties accepts the names of NiFi 1.x.
func (p *renameRecordField) MigrateProperties(values map[string]string) { p.migrate(values) }

// Validate wants at least one path, and paths that compile.
func (p *renameRecordField) Validate() []error { return checkNames(p.names) }

func (p *renameRecordField) Trigger(ctx context.Context, s *sdk.Session) error {
	return p.run(ctx, s, func(ff sdk.FlowFile) (change, error) {
		n := &renamer{ff: ff, known: map[renaming]*record.Schema{}}
		for _, d := range p.names {
			path, err := p.paths.compile(sdk.Literal(d.Name), ff)
			if err != nil {
				return nil, err
			}
			name, err := newPerField(d.Value, ff)
			if err != nil {
				return nil, fmt.Errorf("property %q: %w", d.Name, err)
			}
			n.paths, n.names = append(n.paths, path), append(n.names, name)
		}
		return n.rename, nil
	})
}

// renamer renames the fields of one FlowFile.
type renamer struct {
	ff     sdk.FlowFile
	paths  []*recordpath.Path
	names  []*perField
	known  map[renaming]*record.Schema
	values []record.Value // used again for each record
}

type renaming struct {
	schema *record.Schema
	field  int
	name   string
}

func (n *renamer) rename(r *record.Record, index int64) (*record.Record, error) {
	for i, path := range n.paths {
		selected, err := path.Eval(r)
		if err != nil {
			return nil, err
		}
		for _, sel := range selected {
			if sel.Parent() == nil || sel.Parent().Value.Record() == nil {
				continue // an element of an array or map has no name of its own
			}
			name, err := n.names[i].value(n.ff, sel, index)
			if err == nil {
				err = n.set(sel.Parent().Value.Record(), sel.Name, name)
			}
			if err != nil {
				return nil, err
			}
		}
	}
	if index == 1 { // its schema is the one to write with
		regenerate(r)
	}
	return r, nil
}

func (n *renamer) set(r *record.Record, from, to string) error {
	key := renaming{r.Schema(), r.Schema().Index(from), to}
	if key.field < 0 || key.schema.FieldName(key.field) == to {
		return nil
	}
	schema := n.known[key]
	if schema == nil {
		if key.schema.Index(to) >= 0 {
			return fmt.Errorf("rename field %q to %q: there is a field of that name already", from, to)
		}
		fields := slices.Clone(key.schema.Fields())
		fields[key.field].Name, fields[key.field].Aliases = to, nil
		schema = record.NamedSchema(key.schema.Namespace(), key.schema.Name(), fields...)
		if len(n.known) >= maxPaths { // every record may have a schema of its own
			clear(n.known)
		}
		n.known[key] = schema
	}
	n.values = append(n.values[:0], r.Values()...)
	r.Reset(schema)
	copy(r.Values(), n.values)
	return nil
}

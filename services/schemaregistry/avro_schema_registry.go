package schemaregistry

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"sync"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
)

// AvroSchemaRegistry knows the schemas that stand in its properties.
var AvroSchemaRegistry = sdk.Component{
	Type:       "org.apache.nifi.schemaregistry.services.AvroSchemaRegistry",
	Artifact:   "nifi-registry-nar",
	NewService: func() sdk.ControllerService { return new(avroSchemaRegistry) },
}

const checked = "VALIDATE"

type avroSchemaRegistry struct {
	validation string
	texts      []sdk.DynamicProperty

	once    sync.Once // guards schemas and broken
	schemas map[string]*record.Schema
	broken  map[string]error
}

func (p *avroSchemaRegistry) Describe(s *sdk.Spec) {
	s.About("Holds schemas: each property that you add is the name of a schema, its value the JSON text of an Avro schema.",
		"schema", "registry", "avro", "json", "csv")
	s.Offers(record.SchemaRegistryType)
	s.String(&p.validation, "Validation Strategy", "How strictly the schemas are checked.", sdk.Required, sdk.Default(checked),
		sdk.OneOf(sdk.Allowed{Value: checked, Display: "Validate Schemas", Doc: "Names must be names in Avro: letters, digits and underscores. Defaults must fit their fields."},
			sdk.Allowed{Value: "NONE", Display: "Do Not Validate Schemas", Doc: "Any names are taken."}))
	s.Dynamics(&p.texts, sdk.DynamicSpec{Doc: "Adds a schema.", NameDoc: "Schema name", ValueDoc: "Schema Content", EL: sdk.NoEL})
}

// Validate implements [sdk.Validator].
func (p *avroSchemaRegistry) Validate() (problems []error) {
	p.parse()
	for _, d := range p.texts {
		err := p.broken[d.Name]
		if err == nil && p.validation == checked {
			err = checkNames(d.Value.Raw())
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("'%s' is not a valid Avro schema: %w", d.Name, err))
		}
	}
	return problems
}

// MigrateProperties implements [sdk.Migrator].
func (p *avroSchemaRegistry) MigrateProperties(values map[string]string) {
	for _, old := range []string{"avro-reg-validated-field-names", "Validate Field Names"} {
		if v, ok := values[old]; ok {
			values["Validation Strategy"] = checked
			if v == "false" {
				values["Validation Strategy"] = "NONE"
			}
			delete(values, old)
		}
	}
}

func (p *avroSchemaRegistry) parse() {
	p.once.Do(func() {
		p.schemas, p.broken = map[string]*record.Schema{}, map[string]error{}
		for _, d := range p.texts {
			schema, err := record.ParseAvro(d.Value.Raw())
			if err != nil {
				p.broken[d.Name] = err
				continue
			}
			p.schemas[d.Name] = schema.Identified(record.SchemaID{Name: d.Name})
		}
	})
}

// SchemaByName implements [record.SchemaRegistry]; there are no branches and versions.
func (p *avroSchemaRegistry) SchemaByName(_ context.Context, name, _ string, _ int) (*record.Schema, error) {
	p.parse()
	if s := p.schemas[name]; s != nil {
		return s, nil
	}
	return nil, fmt.Errorf("%w: the registry has no schema %q; add it as a property", record.ErrSchemaNotFound, name)
}

var (
	validName  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	validNames = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*)?$`)
)

// checkNames refuses names that Avro does not allow.
func checkNames(text string) error {
	var tree any
	if err := json.Unmarshal([]byte(text), &tree); err != nil {
		return err
	}
	return walkNames(tree, validNames)
}

// walkNames checks a type, whose name may be qualified, or a field.
func walkNames(tree any, allowed *regexp.Regexp) error {
	switch tree := tree.(type) {
	case []any:
		for _, item := range tree {
			if err := walkNames(item, validNames); err != nil {
				return err
			}
		}
	case map[string]any:
		if name, ok := tree["name"].(string); ok && !allowed.MatchString(name) {
			return fmt.Errorf("%q is not a name in Avro", name)
		}
		if space, ok := tree["namespace"].(string); ok && !validNames.MatchString(space) {
			return fmt.Errorf("%q is not a namespace in Avro", space)
		}
		for _, key := range []string{"type", "items", "values"} {
			if err := walkNames(tree[key], validNames); err != nil {
				return err
			}
		}
		fields, _ := tree["fields"].([]any)
		for _, f := range fields {
			if err := walkNames(f, validName); err != nil {
				return err
			}
		}
	}
	return nil
}

package record

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"sync"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
)

// Values of the property "Schema Access Strategy".
const (
	schemaFromName    = "schema-name"
	schemaFromText    = "schema-text-property"
	schemaFromHeader  = "csv-header-derived"
	schemaInferred    = "infer-schema"
	schemaInherited   = "inherit-record-schema"
	schemaByReference = "schema-reference-reader"
	schemaEmbedded    = "embedded-avro-schema"
	schemaFromGrok    = "string-fields-from-grok-expression"
	accessProperty    = "Schema Access Strategy"
)

var accessValues = map[string]sdk.Allowed{
	schemaFromName:    {Value: schemaFromName, Display: "Use 'Schema Name' Property", Doc: "The Schema Registry is asked for the schema of that name."},
	schemaFromText:    {Value: schemaFromText, Display: "Use 'Schema Text' Property", Doc: "The schema stands in a property, as JSON text of an Avro schema."},
	schemaFromHeader:  {Value: schemaFromHeader, Display: "Use String Fields From Header", Doc: "The first line names the fields; all are text."},
	schemaInferred:    {Value: schemaInferred, Display: "Infer Schema", Doc: "All of the content is read once to find the narrowest type for each field."},
	schemaInherited:   {Value: schemaInherited, Display: "Inherit Record Schema", Doc: "The records are written with the schema that they have."},
	schemaEmbedded:    {Value: schemaEmbedded, Display: "Use Embedded Avro Schema", Doc: "The content holds its schema."},
	schemaFromGrok:    {Value: schemaFromGrok, Display: "Use String Fields From Grok Expression", Doc: "The expressions name the fields; all are text. There are fields stackTrace and _raw, too."},
	schemaByReference: {Value: schemaByReference, Display: "Schema Reference Reader", Doc: "A service finds the schema's identifier in the FlowFile."},
}

// schemaCache is what a RecordSchemaCacheService would offer: a property that
// NiFi's flow definitions may hold, for a service that does not exist here.
type schemaCache interface{ SchemaCache() }

// schemaSource finds the schema of a reader or writer by its properties.
type schemaSource struct {
	strategy              string
	registry              record.SchemaRegistry
	name, version, branch sdk.Text
	text                  sdk.Text
	reference             record.ReferenceReader

	mu     sync.Mutex
	parsed map[string]*record.Schema // by schema text
}

// describe declares the properties; preset is the default strategy.
func (s *schemaSource) describe(spec *sdk.Spec, preset string, strategies ...string) {
	allowed := make([]sdk.Allowed, len(strategies))
	for i, v := range strategies {
		allowed[i] = accessValues[v]
	}
	spec.String(&s.strategy, accessProperty, "Where the schema of the records comes from.",
		sdk.Required, sdk.Default(preset), sdk.OneOf(allowed...))
	withRegistry := []string{schemaFromName}
	byReference := slices.Contains(strategies, schemaByReference)
	if byReference {
		withRegistry = append(withRegistry, schemaByReference)
	}
	sdk.Service(spec, &s.registry, record.SchemaRegistryType, "Schema Registry", "The registry that knows the schema.",
		sdk.When(accessProperty, withRegistry...))
	byName := sdk.When(accessProperty, schemaFromName)
	spec.Text(&s.name, "Schema Name", "The name of the schema.", sdk.PerFlowFile, sdk.Default("${schema.name}"), byName)
	spec.Text(&s.version, "Schema Version", "The version of the schema; the latest if none is given.", sdk.PerFlowFile, byName)
	spec.Text(&s.branch, "Schema Branch", "The branch of the schema, for registries that have branches.", sdk.PerFlowFile, byName)
	spec.Text(&s.text, "Schema Text", "The JSON text of an Avro schema.", sdk.PerFlowFile, sdk.Default("${avro.schema}"),
		sdk.When(accessProperty, schemaFromText))
	if byReference {
		sdk.Service(spec, &s.reference, record.ReferenceReaderType, "Schema Reference Reader",
			"The service that finds the schema's identifier in the FlowFile.", sdk.Required, sdk.When(accessProperty, schemaByReference))
	}
}

func (s *schemaSource) validate() []error {
	if (s.strategy == schemaFromName || s.strategy == schemaByReference) && s.registry == nil {
		return []error{errors.New("'Schema Registry' is required to find a schema by its name or identifier")}
	}
	return nil
}

// migrateSchema accepts the names of NiFi 1.x.
func migrateSchema(values map[string]string) {
	for old, name := range map[string]string{
		"schema-access-strategy": accessProperty, "schema-registry": "Schema Registry", "schema-name": "Schema Name",
		"schema-version": "Schema Version", "schema-branch": "Schema Branch", "schema-text": "Schema Text",
		"schema-reference-reader": "Schema Reference Reader", "schema-inference-cache": "Schema Inference Cache",
		"schema-cache": "Schema Cache", "schema-reference-writer": "Schema Reference Writer",
	} {
		sdk.Rename(values, old, name)
	}
}

// schema is the one that properties and registry give for a FlowFile. A
// reference to it at the start of in is consumed; writers have no in.
func (s *schemaSource) schema(ctx context.Context, attrs map[string]string, in io.Reader) (*record.Schema, error) {
	switch s.strategy {
	case schemaFromName:
		return s.byName(ctx, attrs)
	case schemaByReference:
		id, err := s.reference.SchemaID(attrs, in)
		if err != nil {
			return nil, err
		}
		return record.FindByID(ctx, s.registry, id)
	}
	text, err := s.text.ForAttrs(attrs)
	if err != nil {
		return nil, err
	}
	if text == "" {
		return nil, errors.New("'Schema Text' is empty; set it, or the attribute that it refers to")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if known := s.parsed[text]; known != nil {
		return known, nil
	}
	schema, err := record.ParseAvro(text)
	if err != nil {
		return nil, err
	}
	if len(s.parsed) >= 100 || s.parsed == nil { // texts of FlowFiles may all differ
		s.parsed = map[string]*record.Schema{}
	}
	s.parsed[text] = schema
	return schema, nil
}

func (s *schemaSource) byName(ctx context.Context, attrs map[string]string) (*record.Schema, error) {
	name, errName := s.name.ForAttrs(attrs)
	branch, errBranch := s.branch.ForAttrs(attrs)
	text, errVersion := s.version.ForAttrs(attrs)
	if err := errors.Join(errName, errBranch, errVersion); err != nil {
		return nil, err
	}
	if name == "" {
		return nil, errors.New("'Schema Name' is empty; set it, or the attribute that it refers to")
	}
	version := 0
	if text != "" {
		var err error
		if version, err = strconv.Atoi(text); err != nil {
			return nil, fmt.Errorf("'Schema Version' %q is not a whole number", text)
		}
	}
	return s.registry.SchemaByName(ctx, name, branch, version)
}

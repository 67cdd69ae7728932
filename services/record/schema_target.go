package record

import (
	"context"
	"errors"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
)

// Values of the property "Schema Write Strategy".
const (
	writeNoSchema   = "no-schema"
	writeSchemaName = "schema-name"
	writeSchemaText = "full-schema-attribute"
	writeReference  = "schema-reference-writer"
	writeProperty   = "Schema Write Strategy"
)

// schemaTarget is what a writer does with the schema: where it comes from and
// which attribute tells it.
type schemaTarget struct {
	source    schemaSource
	write     string
	cache     schemaCache
	reference schemaReference
}

func (t *schemaTarget) describe(s *sdk.Spec) {
	s.String(&t.write, writeProperty, "How the schema is passed on with the content.", sdk.Required, sdk.Default(writeNoSchema),
		sdk.OneOf(
			sdk.Allowed{Value: writeNoSchema, Display: "Do Not Write Schema", Doc: "The schema is not passed on."},
			sdk.Allowed{Value: writeSchemaName, Display: "Set 'schema.name' Attribute", Doc: "The schema's name becomes an attribute."},
			sdk.Allowed{Value: writeSchemaText, Display: "Set 'avro.schema' Attribute", Doc: "The schema becomes an attribute, as JSON text of an Avro schema."},
			sdk.Allowed{Value: writeReference, Display: "Schema Reference Writer", Doc: "A service writes the schema's identifier."}))
	sdk.Service(s, &t.cache, "org.apache.nifi.serialization.RecordSchemaCacheService", "Schema Cache",
		"Kept for compatibility and not needed.")
	sdk.Service(s, &t.reference, "org.apache.nifi.schemaregistry.services.SchemaReferenceWriter", "Schema Reference Writer",
		"Kept for compatibility: there is no such service.", sdk.Required, sdk.When(writeProperty, writeReference))
	t.source.describe(s, schemaInherited, schemaInherited, schemaFromName, schemaFromText)
}

// SchemaFor implements record.WriterFactory.
func (t *schemaTarget) SchemaFor(attrs map[string]string, readSchema *record.Schema) (*record.Schema, error) {
	if t.source.strategy != schemaInherited {
		return t.source.schema(context.Background(), attrs)
	}
	if readSchema == nil {
		return nil, errors.New("the records have no schema to inherit; choose another Schema Access Strategy for the writer")
	}
	return readSchema, nil
}

// attributes are those by which the schema is passed on.
func (t *schemaTarget) attributes(s *record.Schema) map[string]string {
	switch t.write {
	case writeSchemaName:
		if s.Name() != "" {
			return map[string]string{"schema.name": s.Name()}
		}
	case writeSchemaText:
		return map[string]string{"avro.schema": record.AvroText(s)}
	}
	return nil
}

package record

import (
	"context"
	"errors"
	"io"
	"strconv"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
)

// Values of the property "Schema Write Strategy".
const (
	writeNoSchema   = "no-schema"
	writeSchemaName = "schema-name"
	writeSchemaText = "full-schema-attribute"
	writeReference  = "schema-reference-writer"
	writeEmbedded   = "avro-embedded"
	writeProperty   = "Schema Write Strategy"
)

// schemaTarget is what a writer does with the schema: where it comes from and
// which attribute tells it.
type schemaTarget struct {
	source    schemaSource
	write     string
	cache     schemaCache
	reference record.ReferenceWriter
}

func (t *schemaTarget) describe(s *sdk.Spec) { t.describeFrom(s, writeNoSchema) }

// describeFrom is describe with another default, which is first in the list.
func (t *schemaTarget) describeFrom(s *sdk.Spec, preset string, first ...sdk.Allowed) {
	s.String(&t.write, writeProperty, "How the schema is passed on with the content.", sdk.Required, sdk.Default(preset),
		sdk.OneOf(append(first,
			sdk.Allowed{Value: writeNoSchema, Display: "Do Not Write Schema", Doc: "The schema is not passed on."},
			sdk.Allowed{Value: writeSchemaName, Display: "Set 'schema.name' Attribute", Doc: "The schema's name becomes an attribute."},
			sdk.Allowed{Value: writeSchemaText, Display: "Set 'avro.schema' Attribute", Doc: "The schema becomes an attribute, as JSON text of an Avro schema."},
			sdk.Allowed{Value: writeReference, Display: "Schema Reference Writer", Doc: "A service writes the schema's identifier."})...))
	sdk.Service(s, &t.cache, "org.apache.nifi.serialization.RecordSchemaCacheService", "Schema Cache",
		"Kept for compatibility and not needed.")
	sdk.Service(s, &t.reference, record.ReferenceWriterType, "Schema Reference Writer",
		"The service that writes the schema's identifier: before the records, or as attributes.", sdk.Required, sdk.When(writeProperty, writeReference))
	t.source.describe(s, schemaInherited, schemaInherited, schemaFromName, schemaFromText)
}

// SchemaFor implements record.WriterFactory.
func (t *schemaTarget) SchemaFor(attrs map[string]string, readSchema *record.Schema) (*record.Schema, error) {
	if t.source.strategy != schemaInherited {
		return t.source.schema(context.Background(), attrs, nil)
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
		if id := s.ID(); id.Name != "" {
			attrs := map[string]string{"schema.name": id.Name}
			if id.Version > 0 {
				attrs["schema.version"] = strconv.Itoa(id.Version)
			}
			return attrs
		}
		if s.Name() != "" {
			return map[string]string{"schema.name": s.Name()}
		}
	case writeSchemaText:
		return map[string]string{"avro.schema": record.AvroText(s)}
	case writeReference:
		return t.reference.Attributes(s)
	}
	return nil
}

// header is what stands before the content to tell its schema.
func (t *schemaTarget) header(s *record.Schema) ([]byte, error) {
	if t.write != writeReference {
		return nil, nil
	}
	return t.reference.Header(s)
}

// prefixed writes the header for a reference to the schema; it returns out.
func (t *schemaTarget) prefixed(out io.Writer, s *record.Schema) (io.Writer, error) {
	head, err := t.header(s)
	if err != nil || len(head) == 0 {
		return out, err
	}
	return &prefixWriter{out, head}, nil
}

// prefixWriter puts a prefix before what is first written.
type prefixWriter struct {
	io.Writer
	prefix []byte
}

// Write implements [io.Writer].
func (w *prefixWriter) Write(b []byte) (int, error) {
	if w.prefix != nil {
		if _, err := w.Writer.Write(w.prefix); err != nil {
			return 0, err
		}
		w.prefix = nil
	}
	return w.Writer.Write(b)
}

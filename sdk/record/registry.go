package record

import (
	"context"
	"errors"
	"io"
)

// The names by which flow definitions and users know the service interfaces
// for references to schemas.
const (
	ReferenceReaderType = "org.apache.nifi.schemaregistry.services.SchemaReferenceReader"
	ReferenceWriterType = "org.apache.nifi.schemaregistry.services.SchemaReferenceWriter"
)

// SchemaID names a schema in its registry; what is not known is empty or 0.
type SchemaID struct {
	Name    string
	Version int
	ID      int64 // number of the schema among all of the registry
}

// ID says under which names its registry knows the schema; empty for schemas
// that come from elsewhere.
func (s *Schema) ID() SchemaID { return s.id }

// Identified returns the schema with the names under which a registry knows it.
func (s *Schema) Identified(id SchemaID) *Schema {
	c := NamedSchema(s.namespace, s.name, s.fields...)
	c.source, c.id = s.source, id
	return c
}

// SchemaRegistryByID is implemented by registries that number their schemas.
type SchemaRegistryByID interface {
	// SchemaByID returns the schema with a number. ErrSchemaNotFound if there is none.
	SchemaByID(ctx context.Context, id int64) (*Schema, error)
}

// ReferenceReader finds out which schema a content has
// (SchemaReferenceReader). It is used by many goroutines.
type ReferenceReader interface {
	// SchemaID may consume the start of in, and no more than what tells the schema.
	SchemaID(attrs map[string]string, in io.Reader) (SchemaID, error)
}

// ReferenceWriter tells which schema a content has (SchemaReferenceWriter). It
// is used by many goroutines.
type ReferenceWriter interface {
	// Header is what stands before the records; it may be empty. An error
	// means that the schema has no identity that could be told.
	Header(s *Schema) ([]byte, error)
	// Attributes are those that tell the schema; may be nil.
	Attributes(s *Schema) map[string]string
}

// FindByID looks a schema up in a registry by its number, or by name and
// version if it has none.
func FindByID(ctx context.Context, r SchemaRegistry, id SchemaID) (*Schema, error) {
	byID, ok := r.(SchemaRegistryByID)
	switch {
	case r == nil:
		return nil, errors.New("'Schema Registry' is required to find a schema by its reference")
	case id.ID > 0 && ok:
		return byID.SchemaByID(ctx, id.ID)
	case id.Name != "":
		return r.SchemaByName(ctx, id.Name, "", id.Version)
	}
	return nil, errors.New("the schema registry cannot find schemas by number; choose one that can")
}

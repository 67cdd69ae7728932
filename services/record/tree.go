package record

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
)

const (
	startProperty = "Starting Field Strategy"
	rootNode      = "ROOT_NODE"
	nestedField   = "NESTED_FIELD"
	wholeJSON     = "WHOLE_JSON"
	selectedPart  = "SELECTED_PART"
)

// tree is what the readers of JSON and of YAML have in common: which part of a document holds the records, and where
// their schema comes from.
type tree struct {
	source        schemaSource
	cache         schemaCache
	times         timeFormats
	start, field  string
	application   string
	maxString     int64
	allowComments bool
}

// treeWords are the words of a format for help texts.
type treeWords struct{ document, list, mapping, field, comments string }

func (p *tree) describe(s *sdk.Spec, w treeWords) {
	s.Offers(record.ReaderFactoryType)
	p.source.describe(s, schemaInferred, schemaInferred, schemaFromName, schemaFromText, schemaByReference)
	sdk.Service(s, &p.cache, "org.apache.nifi.serialization.RecordSchemaCacheService", "Schema Inference Cache",
		"Kept for compatibility: the schema is always inferred.", sdk.When(accessProperty, schemaInferred))
	s.String(&p.start, startProperty, "Where the records are.", sdk.Required, sdk.Default(rootNode),
		sdk.OneOf(sdk.Allowed{Value: rootNode, Display: "Root Node", Doc: "At the root of the " + w.document + "."},
			sdk.Allowed{Value: nestedField, Display: "Nested Field", Doc: "In the " + w.list + " or " + w.mapping + " that is the value of a " + w.field + ", at any depth."}))
	s.String(&p.field, "Starting Field Name", "The "+w.field+" that holds the records.", sdk.When(startProperty, nestedField))
	s.String(&p.application, "Schema Application Strategy", "What the schema describes.", sdk.Required, sdk.Default(selectedPart),
		sdk.OneOf(sdk.Allowed{Value: wholeJSON, Display: "Whole JSON", Doc: "All of the " + w.document + "; the schema of the records is the one it has for the starting field."},
			sdk.Allowed{Value: selectedPart, Display: "Selected Part", Doc: "The records."}),
		sdk.When(accessProperty, schemaFromName, schemaByReference, schemaFromText), sdk.When(startProperty, nestedField))
	s.Size(&p.maxString, "Max String Length", "The most bytes that a text may have.", sdk.Required, sdk.Default("20 MB"))
	s.Bool(&p.allowComments, "Allow Comments", w.comments, sdk.Required, sdk.Default("false"))
	p.times.describe(s)
}

// Validate implements [sdk.Validator].
func (p *tree) Validate() []error {
	problems := p.source.validate()
	if p.start == nestedField && p.field == "" {
		problems = append(problems, errors.New("'Starting Field Name' is required with the Nested Field strategy"))
	}
	return problems
}

// MigrateProperties implements [sdk.Migrator].
func (p *tree) MigrateProperties(values map[string]string) {
	migrateSchema(values)
	sdk.Rename(values, "starting-field-strategy", startProperty)
	sdk.Rename(values, "starting-field-name", "Starting Field Name")
	sdk.Rename(values, "schema-application-strategy", "Schema Application Strategy")
}

// schema returns the schema of the records and the input to read them from: after an inference, from the start again.
func (p *tree) schema(
	ctx context.Context, attrs map[string]string, in io.Reader, infer func(io.Reader) (*record.Schema, error),
) (*record.Schema, io.Reader, error) {
	if p.source.strategy == schemaInferred {
		return inferFirst(in, infer)
	}
	schema, err := p.source.schema(ctx, attrs, in)
	if err == nil && p.start == nestedField && p.application == wholeJSON {
		schema, err = schemaOfField(schema, p.field)
	}
	return schema, in, err
}

// schemaOfField is the schema of the records in a field, which is searched
// for breadth first.
func schemaOfField(s *record.Schema, name string) (*record.Schema, error) {
	for level := []*record.Schema{s}; len(level) > 0; {
		var next []*record.Schema
		for _, s := range level {
			for _, f := range s.Fields() {
				t := f.Type
				if t.Kind == record.KindArray && t.Elem != nil {
					t = t.Elem
				}
				if t.Kind != record.KindRecord || t.Schema == nil {
					continue
				}
				if f.Name == name {
					return t.Schema, nil
				}
				next = append(next, t.Schema)
			}
		}
		level = next
	}
	return nil, fmt.Errorf("the schema has no record or array of records in a field %q", name)
}

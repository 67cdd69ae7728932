package record

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/services/record/json"
)

// JsonTreeReader reads JSON objects as records.
var JsonTreeReader = sdk.Component{ //nolint:revive // NiFi's name
	Type:       "org.apache.nifi.json.JsonTreeReader",
	Artifact:   artifact,
	NewService: func() sdk.ControllerService { return new(jsonReader) },
}

const (
	startProperty = "Starting Field Strategy"
	rootNode      = "ROOT_NODE"
	nestedField   = "NESTED_FIELD"
	wholeJSON     = "WHOLE_JSON"
	selectedPart  = "SELECTED_PART"
)

type jsonReader struct {
	source        schemaSource
	cache         schemaCache
	times         timeFormats
	start, field  string
	application   string
	maxString     int64
	allowComments bool
}

func (p *jsonReader) Describe(s *sdk.Spec) {
	s.About("Reads JSON: an array of objects, or objects one after the other. Each object is a record, objects in it are nested records.",
		"json", "tree", "record", "reader", "parser")
	s.Offers(record.ReaderFactoryType)
	p.source.describe(s, schemaInferred, schemaInferred, schemaFromName, schemaFromText, schemaByReference)
	sdk.Service(s, &p.cache, "org.apache.nifi.serialization.RecordSchemaCacheService", "Schema Inference Cache",
		"Kept for compatibility: the schema is always inferred.", sdk.When(accessProperty, schemaInferred))
	s.String(&p.start, startProperty, "Where the records are.", sdk.Required, sdk.Default(rootNode),
		sdk.OneOf(sdk.Allowed{Value: rootNode, Display: "Root Node", Doc: "At the root of the content."},
			sdk.Allowed{Value: nestedField, Display: "Nested Field", Doc: "In the array or object that is the value of a field, at any depth."}))
	s.String(&p.field, "Starting Field Name", "The field that holds the records.", sdk.When(startProperty, nestedField))
	s.String(&p.application, "Schema Application Strategy", "What the schema describes.", sdk.Required, sdk.Default(selectedPart),
		sdk.OneOf(sdk.Allowed{Value: wholeJSON, Display: "Whole JSON", Doc: "All of the content; the schema of the records is the one it has for the starting field."},
			sdk.Allowed{Value: selectedPart, Display: "Selected Part", Doc: "The records."}),
		sdk.When(accessProperty, schemaFromName, schemaByReference, schemaFromText), sdk.When(startProperty, nestedField))
	s.Size(&p.maxString, "Max String Length", "The most bytes that a text may have.", sdk.Required, sdk.Default("20 MB"))
	s.Bool(&p.allowComments, "Allow Comments", "Whether // and /* */ comments are allowed.", sdk.Required, sdk.Default("false"))
	p.times.describe(s)
}

// Validate implements [sdk.Validator].
func (p *jsonReader) Validate() []error {
	problems := p.source.validate()
	if p.start == nestedField && p.field == "" {
		problems = append(problems, errors.New("'Starting Field Name' is required with the Nested Field strategy"))
	}
	return problems
}

// MigrateProperties implements [sdk.Migrator].
func (p *jsonReader) MigrateProperties(values map[string]string) {
	migrateSchema(values)
	sdk.Rename(values, "starting-field-strategy", startProperty)
	sdk.Rename(values, "starting-field-name", "Starting Field Name")
	sdk.Rename(values, "schema-application-strategy", "Schema Application Strategy")
}

// NewReader implements [record.ReaderFactory].
func (p *jsonReader) NewReader(ctx context.Context, attrs map[string]string, in io.Reader, _ int64) (record.Reader, error) {
	o := json.Options{Formats: p.times.formats(), Field: p.field, Comments: p.allowComments, MaxString: int(p.maxString)}
	var err error
	if p.source.strategy == schemaInferred {
		o.Schema, in, err = inferFirst(in, func(in io.Reader) (*record.Schema, error) {
			return json.Infer(in, o, o.Formats.TimeMatcher())
		})
	} else if o.Schema, err = p.source.schema(ctx, attrs, in); err == nil && p.start == nestedField && p.application == wholeJSON {
		o.Schema, err = schemaOfField(o.Schema, p.field)
	}
	if err != nil {
		return nil, err
	}
	return json.NewReader(in, o), nil
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

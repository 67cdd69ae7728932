package record

import (
	"context"
	"errors"
	"io"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/services/record/yaml"
)

// YamlTreeReader reads YAML mappings as records.
var YamlTreeReader = sdk.Component{
	Type:       "org.apache.nifi.yaml.YamlTreeReader",
	Artifact:   artifact,
	NewService: func() sdk.ControllerService { return new(yamlReader) },
}

type yamlReader struct {
	source        schemaSource
	cache         schemaCache
	times         timeFormats
	start, field  string
	application   string
	maxString     int64
	allowComments bool
}

func (p *yamlReader) Describe(s *sdk.Spec) {
	s.About("Reads YAML: a sequence of mappings, or one mapping a document. Each mapping is a record, mappings in it are nested records.",
		"yaml", "tree", "record", "reader", "parser")
	s.Offers(record.ReaderFactoryType)
	p.source.describe(s, schemaInferred, schemaInferred, schemaFromName, schemaFromText, schemaByReference)
	sdk.Service(s, &p.cache, "org.apache.nifi.serialization.RecordSchemaCacheService", "Schema Inference Cache",
		"Kept for compatibility: the schema is always inferred.", sdk.When(accessProperty, schemaInferred))
	s.String(&p.start, startProperty, "Where the records are.", sdk.Required, sdk.Default(rootNode),
		sdk.OneOf(sdk.Allowed{Value: rootNode, Display: "Root Node", Doc: "At the root of the document."},
			sdk.Allowed{Value: nestedField, Display: "Nested Field", Doc: "In the sequence or mapping that is the value of a key, at any depth."}))
	s.String(&p.field, "Starting Field Name", "The key that holds the records.", sdk.When(startProperty, nestedField))
	s.String(&p.application, "Schema Application Strategy", "What the schema describes.", sdk.Required, sdk.Default(selectedPart),
		sdk.OneOf(sdk.Allowed{Value: wholeJSON, Display: "Whole JSON", Doc: "All of the document; the schema of the records is the one it has for the starting field."},
			sdk.Allowed{Value: selectedPart, Display: "Selected Part", Doc: "The records."}),
		sdk.When(accessProperty, schemaFromName, schemaByReference, schemaFromText), sdk.When(startProperty, nestedField))
	s.Size(&p.maxString, "Max String Length", "The most bytes that a text may have.", sdk.Required, sdk.Default("20 MB"))
	s.Bool(&p.allowComments, "Allow Comments", "Kept for compatibility: comments are part of YAML.", sdk.Required, sdk.Default("false"))
	p.times.describe(s)
}

// Validate implements [sdk.Validator].
func (p *yamlReader) Validate() []error {
	problems := p.source.validate()
	if p.start == nestedField && p.field == "" {
		problems = append(problems, errors.New("'Starting Field Name' is required with the Nested Field strategy"))
	}
	return problems
}

// MigrateProperties implements [sdk.Migrator].
func (p *yamlReader) MigrateProperties(values map[string]string) {
	new(jsonReader).MigrateProperties(values)
}

// NewReader implements [record.ReaderFactory].
func (p *yamlReader) NewReader(ctx context.Context, attrs map[string]string, in io.Reader, _ int64) (record.Reader, error) {
	o := yaml.Options{Formats: p.times.formats(), Field: p.field, MaxString: int(p.maxString)}
	var err error
	if p.source.strategy == schemaInferred {
		o.Schema, in, err = inferFirst(in, func(in io.Reader) (*record.Schema, error) {
			return yaml.Infer(in, o, o.Formats.TimeMatcher())
		})
	} else if o.Schema, err = p.source.schema(ctx, attrs, in); err == nil && p.start == nestedField && p.application == wholeJSON {
		o.Schema, err = schemaOfField(o.Schema, p.field)
	}
	if err != nil {
		return nil, err
	}
	return yaml.NewReader(in, o), nil
}

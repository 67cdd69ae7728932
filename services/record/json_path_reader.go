package record

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/jsonpath"
	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/services/record/json"
)

// JsonPathReader reads values that JSON paths find in JSON objects as records.
var JsonPathReader = sdk.Component{ //nolint:revive // NiFi's name
	Type:       "org.apache.nifi.json.JsonPathReader",
	Artifact:   artifact,
	NewService: func() sdk.ControllerService { return new(jsonPathReader) },
}

type jsonPathReader struct {
	source        schemaSource
	times         timeFormats
	maxString     int64
	allowComments bool
	dynamic       []sdk.DynamicProperty
	paths         []json.NamedPath
}

func (p *jsonPathReader) Describe(s *sdk.Spec) {
	s.About("Reads JSON: an array of objects, or objects one after the other. Each object is a record; the properties that you add "+
		"are its fields, their values JSON paths at which the fields' values are found.", "json", "jsonpath", "record", "reader", "parser")
	s.Offers(record.ReaderFactoryType)
	p.source.describe(s, schemaInferred, schemaInferred, schemaFromName, schemaFromText, schemaByReference)
	s.Size(&p.maxString, "Max String Length", "The most bytes that a text may have.", sdk.Required, sdk.Default("20 MB"))
	s.Bool(&p.allowComments, "Allow Comments", "Whether // and /* */ comments are allowed.", sdk.Required, sdk.Default("false"))
	p.times.describe(s)
	s.Dynamics(&p.dynamic, sdk.DynamicSpec{
		Doc: "Adds a field to the records.", NameDoc: "The field name for the record.",
		ValueDoc: "A JSONPath Expression that will be evaluated against each JSON record.", EL: sdk.NoEL,
	})
}

// Validate implements [sdk.Validator]; it compiles the paths.
func (p *jsonPathReader) Validate() []error {
	problems := p.source.validate()
	p.paths = nil
	for _, d := range p.dynamic {
		path, err := jsonpath.Compile(d.Value.Raw())
		if err != nil {
			problems = append(problems, fmt.Errorf("'%s': %w", d.Name, err))
			continue
		}
		p.paths = append(p.paths, json.NamedPath{Name: d.Name, Path: path})
	}
	if len(p.dynamic) == 0 {
		problems = append(problems, errors.New("no JSON paths are given; add a property for each field"))
	}
	return problems
}

// MigrateProperties implements [sdk.Migrator].
func (p *jsonPathReader) MigrateProperties(values map[string]string) { migrateSchema(values) }

// NewReader implements [record.ReaderFactory]. Other than in NiFi, an inferred schema is that
// of the values that are found, not that of the whole objects.
func (p *jsonPathReader) NewReader(ctx context.Context, attrs map[string]string, in io.Reader, _ int64) (record.Reader, error) {
	o := json.Options{Formats: p.times.formats(), Comments: p.allowComments, MaxString: int(p.maxString)}
	var err error
	if p.source.strategy == schemaInferred {
		o.Schema, in, err = inferFirst(in, func(in io.Reader) (*record.Schema, error) {
			return json.InferPaths(in, o, p.paths, o.Formats.TimeMatcher())
		})
	} else {
		o.Schema, err = p.source.schema(ctx, attrs, in)
	}
	if err != nil {
		return nil, err
	}
	return json.NewPathReader(in, o, p.paths), nil
}

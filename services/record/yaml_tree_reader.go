package record

import (
	"context"
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

type yamlReader struct{ tree }

func (p *yamlReader) Describe(s *sdk.Spec) {
	s.About("Reads YAML: a sequence of mappings, or one mapping a document. Each mapping is a record, mappings in it are nested records.",
		"yaml", "tree", "record", "reader", "parser")
	p.describe(s, treeWords{
		document: "document", list: "sequence", mapping: "mapping", field: "key",
		comments: "Kept for compatibility: comments are part of YAML.",
	})
}

// NewReader implements [record.ReaderFactory].
func (p *yamlReader) NewReader(ctx context.Context, attrs map[string]string, in io.Reader, _ int64) (record.Reader, error) {
	o := yaml.Options{Formats: p.times.formats(), Field: p.field, MaxString: int(p.maxString)}
	var err error
	o.Schema, in, err = p.schema(ctx, attrs, in, func(in io.Reader) (*record.Schema, error) {
		return yaml.Infer(in, o, o.Formats.TimeMatcher())
	})
	if err != nil {
		return nil, err
	}
	return yaml.NewReader(in, o), nil
}

package record

import (
	"context"
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

type jsonReader struct{ tree }

func (p *jsonReader) Describe(s *sdk.Spec) {
	s.About("Reads JSON: an array of objects, or objects one after the other. Each object is a record, objects in it are nested records.",
		"json", "tree", "record", "reader", "parser")
	p.describe(s, treeWords{
		document: "content", list: "array", mapping: "object", field: "field",
		comments: "Whether // and /* */ comments are allowed.",
	})
}

// NewReader implements [record.ReaderFactory].
func (p *jsonReader) NewReader(ctx context.Context, attrs map[string]string, in io.Reader, _ int64) (record.Reader, error) {
	o := json.Options{Formats: p.times.formats(), Field: p.field, Comments: p.allowComments, MaxString: int(p.maxString)}
	var err error
	o.Schema, in, err = p.schema(ctx, attrs, in, func(in io.Reader) (*record.Schema, error) {
		return json.Infer(in, o, o.Formats.TimeMatcher())
	})
	if err != nil {
		return nil, err
	}
	return json.NewReader(in, o), nil
}

package json

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/jsonpath"
)

// EvaluateJsonPath takes values out of JSON.
var EvaluateJsonPath = sdk.Component{
	Type:     "org.apache.nifi.processors.standard.EvaluateJsonPath",
	Artifact: artifact,
	New:      func() sdk.Processor { return new(evaluateJSONPath) },
}

const (
	toContent   = "flowfile-content"
	toAttribute = "flowfile-attribute"
	autoDetect  = "auto-detect"
	asJSON      = "json"
	asScalar    = "scalar"
	missWarn    = "warn"
	missIgnore  = "ignore"
	missSkip    = "skip"
)

type evaluateJSONPath struct {
	document
	destination, returns, missing string
	props                         []sdk.DynamicProperty
	paths                         []*jsonpath.Path // set by Start, one for each of props
	matched, unmatched, failure   sdk.Relationship
}

func (p *evaluateJSONPath) Describe(s *sdk.Spec) {
	s.About("Evaluates JsonPaths over a document and puts the results into attributes, or the one result into the content.", "JSON", "evaluate", "JsonPath")
	s.Details("A document is held in memory, so it must not be larger than 256 MB.")
	s.InputRequired()
	s.Batching(0)
	s.SideEffectFree()
	sdk.Choice(s, &p.destination, "Destination", "Where results go. Into the content goes the result of one path.", nil, sdk.Required,
		sdk.Default(toContent), sdk.OneOf(sdk.Allowed{Value: toContent}, sdk.Allowed{Value: toAttribute}))
	sdk.Choice(s, &p.returns, "Return Type", "What a path may find.", nil, sdk.Required, sdk.Default(autoDetect), sdk.OneOf(
		sdk.Allowed{Value: autoDetect, Doc: "JSON for the content, single values for attributes."},
		sdk.Allowed{Value: asJSON, Doc: "Anything."}, sdk.Allowed{Value: asScalar, Doc: "Single values: anything else goes to failure."}))
	sdk.Choice(s, &p.missing, "Path Not Found Behavior", "What happens if a path finds nothing.", nil, sdk.Required, sdk.Default(missIgnore),
		sdk.When("Destination", toAttribute), sdk.OneOf(
			sdk.Allowed{Value: missWarn, Doc: "There is a bulletin, and the attribute is empty."},
			sdk.Allowed{Value: missIgnore, Doc: "The attribute is empty."},
			sdk.Allowed{Value: missSkip, Doc: "The attribute is not set."}))
	p.describe(s)
	s.Dynamics(&p.props, sdk.DynamicSpec{
		NameDoc: "The attribute that gets the result, if the Destination is flowfile-attribute.", ValueDoc: "A JsonPath.",
		Doc: "What to look for.",
	})
	s.Rel(&p.matched, "matched", "FlowFiles in which the paths were evaluated.")
	s.Rel(&p.unmatched, "unmatched", "FlowFiles in which the path for the content found nothing.")
	s.Rel(&p.failure, "failure", "FlowFiles that are no JSON, or in which a path found what is no single value.")
}

// Validate wants paths that compile, and one if the result goes into the content.
func (p *evaluateJSONPath) Validate() []error {
	var problems []error
	if p.destination == toContent && len(p.props) > 1 {
		problems = append(problems, sdk.Problem{Property: "JsonPaths", Reason: "Only one JsonPath may be set when using destination value of flowfile-content"})
	}
	for _, d := range p.props {
		if _, err := jsonpath.Compile(d.Value.Raw()); err != nil {
			problems = append(problems, sdk.Problem{Property: d.Name, Value: d.Value.Raw(), Reason: err.Error()})
		}
	}
	return problems
}

// Start compiles the paths.
func (p *evaluateJSONPath) Start(context.Context, *sdk.Host) error {
	p.paths = nil
	for _, d := range p.props {
		path, err := jsonpath.Compile(d.Value.Raw())
		if err != nil {
			return err
		}
		p.paths = append(p.paths, path)
	}
	return nil
}

func (p *evaluateJSONPath) Trigger(ctx context.Context, s *sdk.Session) error {
	for _, ff := range s.GetBatch(batch) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		out, rel, err := p.evaluate(s, ff)
		if err != nil {
			_ = s.Fail(ff, p.failure, fmt.Errorf("evaluate JsonPath: %w", err)) // always nil
			continue
		}
		s.Transfer(out, rel)
	}
	return nil
}

func (p *evaluateJSONPath) evaluate(s *sdk.Session, ff sdk.FlowFile) (sdk.FlowFile, sdk.Relationship, error) {
	doc, err := p.read(s, ff)
	if err != nil {
		return ff, p.failure, err
	}
	var attrs []sdk.Attr
	for i, path := range p.paths {
		name := p.props[i].Name
		v, err := path.Read(doc)
		switch {
		case errors.Is(err, jsonpath.ErrNotFound):
			if p.destination == toContent {
				return ff, p.unmatched, nil
			}
			if p.missing == missWarn {
				s.Log().Warn("a JsonPath found nothing", "path", path.String(), "attribute", name, "flowfile", ff.UUID())
			}
			if p.missing != missSkip {
				attrs = append(attrs, sdk.Attr{Name: name})
			}
			continue
		case err != nil:
			return ff, p.failure, err
		case p.scalarOnly() && !isScalar(v):
			return ff, p.failure, fmt.Errorf("%s found no single value but %.100s", path, jsonpath.Format(v))
		}
		if p.destination == toAttribute {
			attrs = append(attrs, sdk.Attr{Name: name, Value: p.text(v)})
			continue
		}
		if ff, err = s.Write(ff, func(w io.Writer) error {
			_, err := io.WriteString(w, p.text(v))
			return err
		}); err != nil {
			return ff, p.failure, err
		}
	}
	if len(attrs) > 0 {
		ff = s.PutAttrs(ff, attrs...)
	}
	return ff, p.matched, nil
}

func (p *evaluateJSONPath) scalarOnly() bool {
	return p.returns == asScalar || p.returns == autoDetect && p.destination == toAttribute
}

func isScalar(v any) bool {
	switch v.(type) {
	case *jsonpath.Array, *jsonpath.Object:
		return false
	}
	return true
}

package jolt

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/jolt"
	"github.com/braidflow/braid/sdk/jsonpath"
)

// JoltTransformJSON transforms JSON in contents or attributes.
var JoltTransformJSON = sdk.Component{
	Type:     "org.apache.nifi.processors.jolt.JoltTransformJSON",
	Artifact: artifact,
	New:      func() sdk.Processor { return new(joltTransformJSON) },
}

const (
	sourceContent   = "FLOW_FILE"
	sourceAttribute = "ATTRIBUTE"
	sourceLines     = "JSON_LINES"
)

// maxContent is up to how many bytes a document may have, because all of it is held in memory.
const maxContent = 256 << 20

type joltTransformJSON struct {
	specification
	source, attribute string
	pretty, escape    bool
	maxString         int64
	success, failure  sdk.Relationship
}

func (p *joltTransformJSON) Describe(s *sdk.Spec) {
	s.About("Transforms JSON by a Jolt specification.", "json", "jolt", "transform", "shiftr", "chainr", "defaultr", "removr",
		"cardinality", "sort")
	s.Details("A document is held in memory, so it must not be larger than 256 MB; of JSON Lines, each line is a document.")
	s.InputRequired()
	s.Batching(0)
	s.SideEffectFree()
	p.describe(s)
	sdk.Choice(s, &p.source, "JSON Source", "What is transformed.", nil, sdk.Required, sdk.Default(sourceContent), sdk.OneOf(
		sdk.Allowed{Value: sourceContent, Display: "FlowFile", Doc: "The content, one document."},
		sdk.Allowed{Value: sourceAttribute, Display: "Attribute", Doc: "An attribute."},
		sdk.Allowed{Value: sourceLines, Display: "JSON Lines", Doc: "The content, a document a line."}))
	s.String(&p.attribute, "JSON Source Attribute", "The attribute.", sdk.Required, sdk.When("JSON Source", sourceAttribute))
	s.Bool(&p.pretty, "Pretty Print", "Whether the result is written over several lines.", sdk.Required, sdk.Default("false"),
		sdk.When("JSON Source", sourceContent, sourceAttribute))
	s.Size(&p.maxString, "Max String Length", "How long a text within the document may be.", sdk.Required, sdk.Default("20 MB"))
	s.Bool(&p.escape, "Retain Unicode Escape Sequences", "Whether characters that are not ASCII are written as \\uXXXX.", sdk.Required, sdk.Default("false"))
	s.WritesAttr(sdk.AttrMIMEType, "application/json, or application/jsonl for JSON Lines.")
	s.Rel(&p.success, "success", "FlowFiles that were transformed.")
	s.Rel(&p.failure, "failure", "FlowFiles that could not be read or transformed, unchanged.")
}

// MigrateProperties accepts the names of NiFi 1.x.
func (p *joltTransformJSON) MigrateProperties(values map[string]string) { migrate(values) }

func (p *joltTransformJSON) Trigger(ctx context.Context, s *sdk.Session) error {
	for _, ff := range s.GetBatch(batch) {
		out, err := p.transform(ctx, s, ff)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			_ = s.Fail(ff, p.failure, fmt.Errorf("transform JSON: %w", err)) // always nil
			continue
		}
		s.Transfer(out, p.success)
	}
	return nil
}

func (p *joltTransformJSON) transform(ctx context.Context, s *sdk.Session, ff sdk.FlowFile) (sdk.FlowFile, error) {
	t, err := p.of(ff)
	if err != nil {
		return ff, err
	}
	switch p.source {
	case sourceAttribute:
		text := ff.Attr(p.attribute)
		if strings.TrimSpace(text) == "" {
			return ff, fmt.Errorf("the attribute %s is not set or empty", p.attribute)
		}
		text, err := p.apply(t, text)
		if err != nil {
			return ff, err
		}
		return s.PutAttr(ff, p.attribute, text), nil
	case sourceLines:
		out, err := s.Rewrite(ff, func(r io.Reader, w io.Writer) error { return p.lines(ctx, t, r, w) })
		if err != nil {
			return ff, err
		}
		return s.PutAttr(out, sdk.AttrMIMEType, "application/jsonl"), nil
	}
	b, err := s.ReadAll(ff, maxContent)
	if err != nil {
		return ff, err
	}
	text, err := p.apply(t, string(b))
	if err != nil {
		return ff, err
	}
	out, err := s.Write(ff, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
	if err != nil {
		return ff, err
	}
	return s.PutAttr(out, sdk.AttrMIMEType, "application/json"), nil
}

func (p *joltTransformJSON) apply(t *jolt.Transform, text string) (string, error) {
	doc, err := jsonpath.Parse(text)
	if err != nil {
		return "", err
	}
	if err := p.checkTexts(doc); err != nil {
		return "", err
	}
	if doc, err = t.Apply(doc); err != nil {
		return "", err
	}
	out := jsonpath.Format(doc)
	if p.pretty && p.source != sourceLines {
		out = jsonpath.FormatPretty(doc)
	}
	if p.escape {
		out = escapeUnicode(out)
	}
	return out, nil
}

// checkTexts looks for texts that are too long.
func (p *joltTransformJSON) checkTexts(v any) error {
	switch v := v.(type) {
	case string:
		if int64(len(v)) > p.maxString {
			return fmt.Errorf("a text has %d bytes, more than the Max String Length of %d", len(v), p.maxString)
		}
	case *jsonpath.Array:
		for _, item := range v.Items {
			if err := p.checkTexts(item); err != nil {
				return err
			}
		}
	case *jsonpath.Object:
		for _, k := range v.Keys() {
			sub, _ := v.Get(k)
			if err := p.checkTexts(sub); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *joltTransformJSON) lines(ctx context.Context, t *jolt.Transform, r io.Reader, w io.Writer) error {
	in, out := bufio.NewReader(r), bufio.NewWriter(w)
	for n := 1; ; n++ {
		line, end := in.ReadString('\n')
		if len(line) > maxContent {
			return fmt.Errorf("line %d is longer than 256 MB", n)
		}
		if strings.TrimSpace(line) != "" {
			text, err := p.apply(t, line)
			if err != nil {
				return fmt.Errorf("line %d: %w", n, err)
			}
			if _, err := out.WriteString(text + "\n"); err != nil {
				return err
			}
		}
		if errors.Is(end, io.EOF) {
			return out.Flush()
		}
		if end != nil || ctx.Err() != nil {
			return errors.Join(end, ctx.Err())
		}
	}
}

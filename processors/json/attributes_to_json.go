package json

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/javaregex"
	"github.com/braidflow/braid/sdk/jsonpath"
)

// AttributesToJSON writes attributes as a JSON object.
var AttributesToJSON = sdk.Component{
	Type:     "org.apache.nifi.processors.standard.AttributesToJSON",
	Artifact: artifact,
	New:      func() sdk.Processor { return new(attributesToJSON) },
}

const (
	handleEscaped = "ESCAPED"
	handleNested  = "NESTED"
)

// coreAttributes are those of NiFi's CoreAttributes.
var coreAttributes = []string{
	sdk.AttrPath, sdk.AttrAbsolutePath, sdk.AttrFilename, sdk.AttrUUID, sdk.AttrPriority, sdk.AttrMIMEType, sdk.AttrDiscardReason, sdk.AttrAlternateID,
}

type attributesToJSON struct {
	list                  []string
	pattern               *javaregex.Regexp
	destination, handling string
	core, null, pretty    bool
	success, failure      sdk.Relationship
}

func (p *attributesToJSON) Describe(s *sdk.Spec) {
	s.About("Writes attributes as a JSON object, into the attribute JSONAttributes or into the content.", "json", "attributes", "flowfile")
	s.InputRequired()
	s.Batching(0)
	s.SideEffectFree()
	sdk.Parsed(s, &p.list, splitNames, "Attributes List", "The names of the attributes, with commas between them. Without it and the "+
		"regular expression, all of them.")
	sdk.Parsed(s, &p.pattern, func(v string) (*javaregex.Regexp, error) {
		if v == "" {
			return nil, nil
		}
		return javaregex.Compile(v, 0)
	}, "Attributes Regular Expression", "What the names of further attributes match.", sdk.FromEnv)
	sdk.Choice(s, &p.destination, "Destination", "Where the JSON goes. The content is replaced.", nil, sdk.Required, sdk.Default(toAttribute), sdk.OneOf(
		sdk.Allowed{Value: toAttribute}, sdk.Allowed{Value: toContent}))
	s.Bool(&p.core, "Include Core Attributes", "Whether all attributes include those that every FlowFile has, such as uuid and filename.",
		sdk.Required, sdk.Default("true"))
	s.Bool(&p.null, "Null Value", "Whether an attribute of the list that is not set is null, or the empty text.", sdk.Required, sdk.Default("false"))
	sdk.Choice(s, &p.handling, "JSON Handling Strategy", "What becomes of values that are JSON themselves.", nil, sdk.Required, sdk.Default(handleEscaped),
		sdk.OneOf(sdk.Allowed{Value: handleEscaped, Display: "Escaped", Doc: "They are texts."},
			sdk.Allowed{Value: handleNested, Display: "Nested", Doc: "Objects and arrays are such."}))
	s.Bool(&p.pretty, "Pretty Print", "Whether the JSON is written over several lines.", sdk.Required, sdk.Default("false"), sdk.When("Destination", toContent))
	s.WritesAttr("JSONAttributes", "The JSON, unless it goes into the content.")
	s.Rel(&p.success, "success", "FlowFiles with their attributes as JSON.")
	s.Rel(&p.failure, "failure", "FlowFiles with a value that looks like JSON and is none, if it is to be nested.")
}

func splitNames(list string) (names []string, _ error) {
	for name := range strings.SplitSeq(list, ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	return names, nil
}

// MigrateProperties accepts the names of NiFi 1.x.
func (p *attributesToJSON) MigrateProperties(values map[string]string) {
	sdk.Rename(values, "attributes-to-json-regex", "Attributes Regular Expression")
}

func (p *attributesToJSON) Trigger(ctx context.Context, s *sdk.Session) error {
	for _, ff := range s.GetBatch(batch) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		o, err := p.object(ff)
		if err != nil {
			_ = s.Fail(ff, p.failure, err) // always nil
			continue
		}
		if p.destination == toAttribute {
			s.Transfer(s.PutAttr(ff, "JSONAttributes", jsonpath.Format(o)), p.success)
			continue
		}
		text := jsonpath.Format(o)
		if p.pretty {
			text = jsonpath.FormatPretty(o)
		}
		out, err := s.Write(ff, func(w io.Writer) error {
			_, err := io.WriteString(w, text)
			return err
		})
		if err != nil {
			_ = s.Fail(ff, p.failure, err) // always nil
			continue
		}
		s.Transfer(s.PutAttr(out, sdk.AttrMIMEType, "application/json"), p.success)
	}
	return nil
}

// object has the attributes of the list in its order, then the others by name.
func (p *attributesToJSON) object(ff sdk.FlowFile) (*jsonpath.Object, error) {
	o := jsonpath.NewObject()
	for _, name := range p.list {
		v, has := ff.Lookup(name)
		if !has && p.null {
			o.Set(name, nil)
			continue
		}
		if err := p.set(o, name, v); err != nil {
			return nil, err
		}
	}
	if p.pattern == nil && len(p.list) > 0 {
		return o, nil
	}
	all := ff.AttrMap()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if p.pattern != nil {
			if ok, err := p.pattern.Match(name); err != nil || !ok {
				if err != nil {
					return nil, err
				}
				continue
			}
		} else if !p.core && slices.Contains(coreAttributes, name) {
			continue
		}
		if err := p.set(o, name, all[name]); err != nil {
			return nil, err
		}
	}
	return o, nil
}

func (p *attributesToJSON) set(o *jsonpath.Object, name, v string) error {
	t := strings.TrimSpace(v)
	looks := strings.HasPrefix(t, "{") && strings.HasSuffix(t, "}") || strings.HasPrefix(t, "[") && strings.HasSuffix(t, "]")
	if p.handling != handleNested || !looks {
		o.Set(name, v)
		return nil
	}
	parsed, err := jsonpath.Parse(t)
	if err != nil {
		return fmt.Errorf("attribute %s: %w", name, err)
	}
	o.Set(name, parsed)
	return nil
}

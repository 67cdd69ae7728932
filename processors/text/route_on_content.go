package text

import (
	"context"
	"fmt"
	"strings"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/charset"
	"github.com/braidflow/braid/sdk/javaregex"
)

// RouteOnContent chooses where FlowFiles go by regular expressions over their contents.
var RouteOnContent = sdk.Component{
	Type:     "org.apache.nifi.processors.standard.RouteOnContent",
	Artifact: "nifi-standard-nar",
	New:      func() sdk.Processor { return new(routeOnContent) },
}

const (
	matchAll      = "content must match exactly"
	matchPart     = "content must contain match"
	contentRouted = "RouteOnContent.Route"
)

type routeOnContent struct {
	how       string
	charset   charset.Charset
	buffer    int64
	patterns  []sdk.DynamicProperty
	unmatched sdk.Relationship
}

func (p *routeOnContent) Describe(s *sdk.Spec) {
	s.About("Routes FlowFiles by regular expressions over their contents. Each expression has a relationship.",
		"route", "content", "regex", "regular expression", "regexp", "find", "text", "string", "search", "filter", "detect")
	s.InputRequired()
	s.Batching(0)
	s.SideEffectFree()
	sdk.Choice(s, &p.how, "Match Requirement", "What an expression must match.", nil, sdk.Required, sdk.Default(matchAll), sdk.OneOf(
		sdk.Allowed{Value: matchAll, Doc: "All of what is looked at."}, sdk.Allowed{Value: matchPart, Doc: "Some part of it."}))
	sdk.Parsed(s, &p.charset, charset.Parse, "Character Set", "How the content is encoded.", sdk.Required, sdk.Default("UTF-8"))
	s.Size(&p.buffer, "Content Buffer Size", "How much of the content is looked at, from its start.", sdk.Required, sdk.Default("1 MB"))
	s.Dynamics(&p.patterns, sdk.DynamicSpec{
		EL: sdk.FlowFileEL, NameDoc: "The relationship.", Relationships: true,
		ValueDoc: "A regular expression of Java. The values of attributes in it are plain text.", Doc: "Where FlowFiles go that match.",
	})
	s.WritesAttr(contentRouted, "The relationship to which the FlowFile was routed.")
	s.Rel(&p.unmatched, "unmatched", "FlowFiles that match no expression.")
	s.Rels(func() []sdk.Relationship {
		var rels []sdk.Relationship
		for _, d := range p.patterns {
			if d.Name != p.unmatched.Name {
				rels = append(rels, sdk.Relationship{Name: d.Name, Doc: "FlowFiles that match " + d.Value.Raw() + "."})
			}
		}
		return rels
	})
}

// Validate wants expressions that compile, as far as they do not depend on attributes.
func (p *routeOnContent) Validate() []error {
	var problems []error
	for _, d := range p.patterns {
		if strings.Contains(d.Value.Raw(), "${") {
			continue
		}
		if _, err := javaregex.Compile(d.Value.Raw(), 0); err != nil {
			problems = append(problems, sdk.Problem{Property: d.Name, Value: d.Value.Raw(), Reason: err.Error()})
		}
	}
	return problems
}

func (p *routeOnContent) Trigger(ctx context.Context, s *sdk.Session) error {
	known := map[string]*javaregex.Regexp{}
	for _, ff := range s.GetBatch(batch) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		content, err := readStart(s, ff, p.buffer, p.charset)
		if err != nil {
			return err
		}
		var rels []sdk.Relationship
		for _, d := range p.patterns {
			yes, err := p.matches(d, ff, content, known)
			if err != nil {
				return fmt.Errorf("property %s: %w", d.Name, err)
			}
			if yes {
				rels = append(rels, sdk.Relationship{Name: d.Name})
			}
		}
		if len(rels) == 0 {
			rels = append(rels, p.unmatched)
		}
		for i, rel := range rels {
			out := ff
			if i < len(rels)-1 {
				out = s.Clone(ff)
			}
			out = s.PutAttr(out, contentRouted, rel.Name)
			s.Routed(out, rel, "")
			s.Transfer(out, rel)
		}
	}
	return nil
}

func (p *routeOnContent) matches(d sdk.DynamicProperty, ff sdk.FlowFile, content string, known map[string]*javaregex.Regexp) (bool, error) {
	text, err := d.Value.With(ff, sdk.Values{Decorate: quotePattern})
	if err != nil {
		return false, err
	}
	re := known[text]
	if re == nil {
		if re, err = javaregex.Compile(text, 0); err != nil {
			return false, err
		}
		known[text] = re
	}
	if p.how == matchAll {
		return re.Match(content)
	}
	return re.Find(content)
}

// quotePattern makes a pattern for the text itself, as Pattern.quote.
func quotePattern(s string) string {
	return `\Q` + strings.ReplaceAll(s, `\E`, `\E\\E\Q`) + `\E`
}

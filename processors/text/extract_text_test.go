package text_test

import (
	"strings"
	"testing"

	"github.com/braidflow/braid/processors/text"
	"github.com/braidflow/braid/sdk/sdktest"
)

func TestExtractText(t *testing.T) {
	for name, tt := range map[string]struct {
		props, attrs []string // of attrs, - means not set
		in, rel      string
	}{
		"groups":        {[]string{"p", `(\w+) (\w+)`}, []string{"p", "foo", "p.0", "foo bar", "p.1", "foo", "p.2", "bar"}, "foo bar baz qux", "matched"},
		"without 0":     {[]string{"p", `(\w+) \w+`, "Include Capture Group 0", "false"}, []string{"p", "foo", "p.0", "-", "p.1", "foo"}, "foo bar", "matched"},
		"repeated":      {[]string{"p", `(\d)`, "Enable Repeating Capture Group", "true"}, []string{"p", "1", "p.0", "1", "p.1", "1", "p.2", "2", "p.3", "3"}, "1 2 3", "matched"},
		"first only":    {[]string{"p", `(\d)`}, []string{"p.1", "1", "p.2", "-"}, "1 2 3", "matched"},
		"named":         {[]string{"p", `(?<a>\w+)=(?<b>\w+)`, "Enable Named Groups", "true", "Enable Repeating Capture Group", "true"}, []string{"p", "k=v", "p.a", "k", "p.b", "v", "p.a.1", "x", "p.b.1", "y"}, "k=v x=y", "matched"},
		"nothing":       {[]string{"p", `(zzz)`}, nil, "foo", "unmatched"},
		"one of two":    {[]string{"p", `(zzz)`, "q", `(f)`}, []string{"p", "-", "q", "f"}, "foo", "matched"},
		"flags":         {[]string{"p", `(FOO.bar)`, "Enable Case-insensitive Matching", "true", "Enable DOTALL Mode", "true"}, []string{"p", "foo\nbar"}, "foo\nbar", "matched"},
		"cut":           {[]string{"p", `(.*)`, "Maximum Capture Group Length", "2"}, []string{"p", "äö"}, "äöü", "matched"},
		"small buffer":  {[]string{"p", `(b)`, "Maximum Buffer Size", "1 B"}, nil, "ab", "unmatched"},
		"other charset": {[]string{"p", `(é)`, "Character Set", "ISO-8859-1"}, []string{"p", "é"}, "\xe9", "matched"},
	} {
		t.Run(name, func(t *testing.T) {
			props := map[string]string{}
			for i := 0; i+1 < len(tt.props); i += 2 {
				props[tt.props[i]] = tt.props[i+1]
			}
			out := sdktest.Run(t, text.ExtractText, props, sdktest.FF(tt.in))
			if len(out[tt.rel]) != 1 || out[tt.rel][0].Content != tt.in {
				t.Fatalf("got %v, want it in %s", out, tt.rel)
			}
			for i := 0; i+1 < len(tt.attrs); i += 2 {
				got, has := out[tt.rel][0].Attrs[tt.attrs[i]]
				if has == (tt.attrs[i+1] == "-") || has && got != tt.attrs[i+1] {
					t.Errorf("%s is %q (%v), want %q", tt.attrs[i], got, has, tt.attrs[i+1])
				}
			}
		})
	}
	for pattern, want := range map[string]string{"(": "", "x": "group 0", "(?<a>x)(y)": "Named group"} {
		r := sdktest.New(t, text.ExtractText)
		r.Set("p", pattern)
		r.Set("Include Capture Group 0", "false")
		r.Set("Enable Named Groups", "true")
		if p := r.Problems(); len(p) != 1 || !strings.Contains(p[0].Error(), want) {
			t.Errorf("%s: got %v", pattern, p)
		}
	}
}

func TestRouteOnContent(t *testing.T) {
	for name, tt := range map[string]struct {
		props []string
		rels  []string
	}{
		"whole":      {[]string{"a", "foo.*", "b", "foo"}, []string{"a"}},
		"part":       {[]string{"a", "oo", "b", "^bar", "Match Requirement", "content must contain match"}, []string{"a"}},
		"several":    {[]string{"a", ".*", "b", "f.*"}, []string{"a", "b"}},
		"none":       {[]string{"a", "x"}, []string{"unmatched"}},
		"quoted":     {[]string{"a", "foo ${dot}bar"}, []string{"unmatched"}},
		"of EL":      {[]string{"a", "foo ${word}"}, []string{"a"}},
		"the buffer": {[]string{"a", "fo", "Content Buffer Size", "2 B"}, []string{"a"}},
	} {
		t.Run(name, func(t *testing.T) {
			props := map[string]string{}
			for i := 0; i+1 < len(tt.props); i += 2 {
				props[tt.props[i]] = tt.props[i+1]
			}
			out := sdktest.Run(t, text.RouteOnContent, props, sdktest.FF("foo bar", "dot", ".*", "word", "bar"))
			if len(out) != len(tt.rels) {
				t.Fatalf("got %s, want %v", out, tt.rels)
			}
			for _, rel := range tt.rels {
				if len(out[rel]) != 1 || out[rel][0].Content != "foo bar" || out[rel][0].Attrs["RouteOnContent.Route"] != rel {
					t.Errorf("%s: got %v", rel, out[rel])
				}
			}
		})
	}
	r := sdktest.New(t, text.RouteOnContent)
	r.Set("a", "(")
	if p := r.Problems(); len(p) != 1 {
		t.Errorf("got %v", p)
	}
}

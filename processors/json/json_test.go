package json_test

import (
	"strings"
	"testing"

	"github.com/braidflow/braid/processors/json"
	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/sdktest"
)

const doc = `{"a":{"b":1.50,"n":null,"t":"x","l":[1,"two",null,{"c":3}]}}`

func run(t *testing.T, c sdk.Component, in sdktest.Input, props ...string) (*sdktest.Runner, sdktest.Result) {
	t.Helper()
	r := sdktest.New(t, c)
	for i := 0; i+1 < len(props); i += 2 {
		r.Set(props[i], props[i+1])
	}
	r.Enqueue(in)
	r.RunUntilEmpty()
	return r, r.Out()
}

func TestEvaluateJsonPath(t *testing.T) {
	const attr = "flowfile-attribute"
	for name, tt := range map[string]struct {
		props   []string
		in, rel string
		content string
		attrs   []string // names and values; a value of - means not set
	}{
		"attributes":  {[]string{"Destination", attr, "b", "$.a.b", "t", "$.a.t", "n", "$.a.n"}, doc, "matched", doc, []string{"b", "1.5", "t", "x", "n", ""}},
		"null":        {[]string{"Destination", attr, "n", "$.a.n", "Null Value Representation", "the string 'null'"}, doc, "matched", doc, []string{"n", "null"}},
		"missing":     {[]string{"Destination", attr, "n", "$.q"}, doc, "matched", doc, []string{"n", ""}},
		"skipped":     {[]string{"Destination", attr, "n", "$.q", "Path Not Found Behavior", "skip"}, doc, "matched", doc, []string{"n", "-"}},
		"no scalar":   {[]string{"Destination", attr, "n", "$.a.l"}, doc, "failure", doc, []string{"n", "-"}},
		"as JSON":     {[]string{"Destination", attr, "n", "$.a.l", "Return Type", "json"}, doc, "matched", doc, []string{"n", `[1,"two",null,{"c":3}]`}},
		"content":     {[]string{"x", "$.a.l[3]"}, doc, "matched", `{"c":3}`, nil},
		"indefinite":  {[]string{"x", "$..c"}, doc, "matched", `[3]`, nil},
		"not there":   {[]string{"x", "$.zzz"}, doc, "unmatched", doc, nil},
		"only scalar": {[]string{"x", "$.a", "Return Type", "scalar"}, doc, "failure", doc, nil},
		"malformed":   {[]string{"x", "$.a"}, `{"a"`, "failure", `{"a"`, nil},
		"long text":   {[]string{"x", "$.a", "Max String Length", "1 B"}, `{"a":"xy"}`, "failure", `{"a":"xy"}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r, out := run(t, json.EvaluateJsonPath, sdktest.FF(tt.in), tt.props...)
			if len(out[tt.rel]) != 1 || out[tt.rel][0].Content != tt.content {
				t.Fatalf("got %v, want %s in %s; %q", out, tt.content, tt.rel, r.Bulletins())
			}
			for i := 0; i+1 < len(tt.attrs); i += 2 {
				got, has := out[tt.rel][0].Attrs[tt.attrs[i]]
				if has == (tt.attrs[i+1] == "-") || has && got != tt.attrs[i+1] {
					t.Errorf("%s is %q (%v), want %q", tt.attrs[i], got, has, tt.attrs[i+1])
				}
			}
		})
	}
	r := sdktest.New(t, json.EvaluateJsonPath)
	r.Set("x", "$.a[?(@.x")
	r.Set("y", "$.a")
	if p := r.Problems(); len(p) != 2 {
		t.Errorf("got %v, want 2 problems", p)
	}
}

func TestSplitJson(t *testing.T) {
	_, out := run(t, json.SplitJson, sdktest.FF(doc, "filename", "f.json"), "JsonPath Expression", "$.a.l")
	var got []string
	for i, s := range out["split"] {
		got = append(got, s.Content)
		if s.Attrs["fragment.index"] != string(rune('0'+i)) || s.Attrs["fragment.count"] != "4" || s.Attrs["segment.original.filename"] != "f.json" ||
			s.Attrs["fragment.identifier"] != out["original"][0].Attrs["fragment.identifier"] {
			t.Errorf("split %d has attributes %v", i, s.Attrs)
		}
	}
	if text := strings.Join(got, "|"); text != `1|two||{"c":3}` {
		t.Errorf("got %s", text)
	}
	if o := out["original"]; len(o) != 1 || o[0].Content != doc || o[0].Attrs["fragment.count"] != "4" {
		t.Errorf("original: %v", o)
	}
	for in, path := range map[string]string{`{"a":1}`: "$.a", `{"b":1}`: "$.a", `{`: "$", `null`: "$"} {
		if r, out := run(t, json.SplitJson, sdktest.FF(in), "JsonPath Expression", path); len(out["failure"]) != 1 || len(out) != 1 || len(r.Bulletins()) != 1 {
			t.Errorf("%s: got %s", in, out)
		}
	}
}

func TestAttributesToJSON(t *testing.T) {
	in := sdktest.FF("x", "b", "2", "a", `{"k":[1]}`, "filename", "f", "bad", "{")
	for name, tt := range map[string]struct {
		props []string
		want  string
	}{
		"list":   {[]string{"Attributes List", "b, zz ,a"}, `{"b":"2","zz":"","a":"{\"k\":[1]}"}`},
		"null":   {[]string{"Attributes List", "zz", "Null Value", "true"}, `{"zz":null}`},
		"regex":  {[]string{"Attributes Regular Expression", "[ab]"}, `{"a":"{\"k\":[1]}","b":"2"}`},
		"both":   {[]string{"Attributes List", "filename", "Attributes Regular Expression", "b"}, `{"filename":"f","b":"2"}`},
		"nested": {[]string{"Attributes List", "a,bad", "JSON Handling Strategy", "NESTED"}, `{"a":{"k":[1]},"bad":"{"}`},
		"others": {[]string{"Include Core Attributes", "false"}, `{"a":"{\"k\":[1]}","b":"2","bad":"{"}`},
	} {
		t.Run(name, func(t *testing.T) {
			r, out := run(t, json.AttributesToJSON, in, tt.props...)
			if len(out["success"]) != 1 || out["success"][0].Attrs["JSONAttributes"] != tt.want || out["success"][0].Content != "x" {
				t.Errorf("got %v, want %s; %q", out, tt.want, r.Bulletins())
			}
		})
	}
	_, out := run(t, json.AttributesToJSON, in, "Attributes List", "b", "Destination", "flowfile-content", "Pretty Print", "true")
	if got := out["success"][0]; got.Content != "{\n  \"b\" : \"2\"\n}" || got.Attrs["mime.type"] != "application/json" {
		t.Errorf("content: got %q of %s", got.Content, got.Attrs["mime.type"])
	}
	if _, out := run(t, json.AttributesToJSON, sdktest.FF("x", "a", "{x}"), "Attributes List", "a", "JSON Handling Strategy", "NESTED"); len(out["failure"]) != 1 {
		t.Errorf("bad JSON: got %s", out)
	}
}

func TestSpecs(t *testing.T) {
	for _, c := range json.Components {
		var s sdk.Spec
		c.New().Describe(&s)
		if err := s.Check(); err != nil {
			t.Errorf("%s: %v", c.Type, err)
		}
	}
}

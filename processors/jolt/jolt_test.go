package jolt_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/braidflow/braid/processors/jolt"
	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/sdktest"
	recordservices "github.com/braidflow/braid/services/record"
)

func TestJoltTransformJSON(t *testing.T) {
	file := filepath.Join(t.TempDir(), "spec.json")
	if err := os.WriteFile(file, []byte(`{"a":"b"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		props    []string
		in, want string // "" for failure
		attrs    []string
	}{
		"chain":       {[]string{"Jolt Specification", `[{"operation":"shift","spec":{"a":"b.c"}}]`}, `{"a":1}`, `{"b":{"c":1}}`, []string{"mime.type", "application/json"}},
		"shift":       {[]string{"Jolt Transform", "jolt-transform-shift", "Jolt Specification", `{"${name}":"x"}`}, `{"a":"é"}`, `{"x":"é"}`, nil},
		"file":        {[]string{"Jolt Transform", "jolt-transform-shift", "Jolt Specification", file}, `{"a":1}`, `{"b":1}`, nil},
		"sort":        {[]string{"Jolt Transform", "jolt-transform-sort"}, `{"b":1,"a":2}`, `{"a":2,"b":1}`, nil},
		"pretty":      {[]string{"Jolt Transform", "jolt-transform-sort", "Pretty Print", "true"}, `{"b":[1,{"c":2}],"a":{}}`, "{\n  \"a\" : { },\n  \"b\" : [ 1, {\n    \"c\" : 2\n  } ]\n}", nil},
		"escaped":     {[]string{"Jolt Transform", "jolt-transform-sort", "Retain Unicode Escape Sequences", "true"}, `{"a":"é😀"}`, `{"a":"\u00E9\uD83D\uDE00"}`, nil},
		"attribute":   {[]string{"Jolt Transform", "jolt-transform-sort", "JSON Source", "ATTRIBUTE", "JSON Source Attribute", "json"}, `x`, `x`, []string{"json", `{"a":2,"b":1}`}},
		"no such one": {[]string{"Jolt Transform", "jolt-transform-sort", "JSON Source", "ATTRIBUTE", "JSON Source Attribute", "none"}, `x`, ``, nil},
		"lines":       {[]string{"Jolt Transform", "jolt-transform-sort", "JSON Source", "JSON_LINES"}, "{\"b\":1,\"a\":2}\n\n[1]", "{\"a\":2,\"b\":1}\n[1]\n", []string{"mime.type", "application/jsonl"}},
		"bad line":    {[]string{"Jolt Transform", "jolt-transform-sort", "JSON Source", "JSON_LINES"}, "{}\n{\"a\"", "", nil},
		"malformed":   {[]string{"Jolt Transform", "jolt-transform-sort"}, `{"a":`, "", nil},
		"long text":   {[]string{"Jolt Transform", "jolt-transform-sort", "Max String Length", "2 B"}, `{"a":["abc"]}`, "", nil},
		"bad spec":    {[]string{"Jolt Transform", "jolt-transform-shift", "Jolt Specification", `{"a":"${name}["}`}, `{"a":1}`, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := sdktest.New(t, jolt.JoltTransformJSON)
			for i := 0; i+1 < len(tt.props); i += 2 {
				r.Set(tt.props[i], tt.props[i+1])
			}
			r.Enqueue(sdktest.FF(tt.in, "name", "a", "json", `{"b":1,"a":2}`))
			r.RunUntilEmpty()
			out := r.Out()
			if tt.want == "" {
				if len(out["failure"]) != 1 || out["failure"][0].Content != tt.in || len(r.Bulletins()) != 1 {
					t.Errorf("got %s, %q", out, r.Bulletins())
				}
				return
			}
			if len(out["success"]) != 1 || out["success"][0].Content != tt.want {
				t.Fatalf("got %v, want %s; %q", out, tt.want, r.Bulletins())
			}
			for i := 0; i+1 < len(tt.attrs); i += 2 {
				if got := out["success"][0].Attrs[tt.attrs[i]]; got != tt.attrs[i+1] {
					t.Errorf("%s is %q, want %q", tt.attrs[i], got, tt.attrs[i+1])
				}
			}
		})
	}
}

func TestJoltTransformJSON_Problems(t *testing.T) {
	for name, tt := range map[string]struct {
		props []string
		want  string
	}{
		"no spec":  {nil, "must be set"},
		"bad spec": {[]string{"Jolt Specification", "[]"}, "empty"},
		"bad JSON": {[]string{"Jolt Specification", "[{"}, "not valid"},
		"no file":  {[]string{"Jolt Specification", "/nowhere.json"}, "nowhere"},
		"custom":   {[]string{"Jolt Transform", "jolt-transform-custom"}, "Java"},
		"cache":    {[]string{"Jolt Transform", "jolt-transform-sort", "Transform Cache Size", "0"}, "at least 1"},
	} {
		t.Run(name, func(t *testing.T) {
			r := sdktest.New(t, jolt.JoltTransformJSON)
			for i := 0; i+1 < len(tt.props); i += 2 {
				r.Set(tt.props[i], tt.props[i+1])
			}
			if p := r.Problems(); len(p) != 1 || !strings.Contains(p[0].Error(), tt.want) {
				t.Errorf("got %v, want %q", p, tt.want)
			}
		})
	}
}

func TestJoltTransformRecord(t *testing.T) {
	for name, tt := range map[string]struct{ transform, spec, in, want string }{
		"shift":     {"jolt-transform-shift", `{"name":"person.label","id":"nr"}`, "id,name\n1,Ann\n2,Bob\n", `[{"person":{"label":"Ann"},"nr":1},{"person":{"label":"Bob"},"nr":2}]`},
		"several":   {"jolt-transform-shift", `{"id":"[0].v","name":"[1].v"}`, "id,name\nx,Ann\n", `[{"v":"x"},{"v":"Ann"}]`},
		"nothing":   {"jolt-transform-shift", `{"x":"y"}`, "id\n1\n", `[]`},
		"default":   {"jolt-transform-default", `{"x":true,"y":{"z":2.5}}`, "id\n1\n", `[{"id":1,"x":true,"y":{"z":2.5}}]`},
		"no rows":   {"jolt-transform-sort", ``, "b,a\n", `[]`},
		"malformed": {"jolt-transform-sort", ``, "b,a\n\"1", ``},
		"no record": {"jolt-transform-shift", `{"id":""}`, "id\n1\n", ``},
	} {
		t.Run(name, func(t *testing.T) {
			r := sdktest.New(t, jolt.JoltTransformRecord)
			r.Service("reader", recordservices.CSVReader, map[string]string{"Treat First Line as Header": "true"})
			r.Service("writer", recordservices.JsonRecordSetWriter, nil)
			r.Set("Record Reader", "reader")
			r.Set("Record Writer", "writer")
			r.Set("Jolt Transform", tt.transform)
			if tt.spec != "" {
				r.Set("Jolt Specification", tt.spec)
			}
			r.Enqueue(sdktest.FF(tt.in))
			r.RunUntilEmpty()
			out := r.Out()
			if tt.want == "" {
				if len(out["failure"]) != 1 || out["failure"][0].Content != tt.in || len(out) != 1 {
					t.Errorf("got %v", out)
				}
				return
			}
			if len(out["success"]) != 1 || out["success"][0].Content != tt.want || len(out["original"]) != 1 {
				t.Errorf("got %v, want %s; %q", out, tt.want, r.Bulletins())
			}
		})
	}
}

func TestSpecs(t *testing.T) {
	for _, c := range jolt.Components {
		var s sdk.Spec
		c.New().Describe(&s)
		if err := s.Check(); err != nil {
			t.Errorf("%s: %v", c.Type, err)
		}
	}
}

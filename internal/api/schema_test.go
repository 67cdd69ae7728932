package api_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// schema is a schema of the API description.
type schema struct {
	Ref                  string            `json:"$ref"`
	Type                 string            `json:"type"`
	Format               string            `json:"format"`
	Enum                 []string          `json:"enum"`
	Properties           map[string]schema `json:"properties"`
	Items                *schema           `json:"items"`
	AdditionalProperties *schema           `json:"additionalProperties"`
}

type operation struct {
	OperationID string `json:"operationId"`
	Responses   map[string]struct {
		Content map[string]struct {
			Schema schema `json:"schema"`
		} `json:"content"`
	} `json:"responses"`
}

// description is the API description.
type description struct {
	Paths      map[string]map[string]operation `json:"paths"`
	Components struct {
		Schemas map[string]schema `json:"schemas"`
	} `json:"components"`
}

func readDescription(t *testing.T) *description {
	t.Helper()
	data, err := os.ReadFile("../../api/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	d := &description{}
	if err := json.Unmarshal(data, d); err != nil {
		t.Fatal(err)
	}
	byShape := map[string]map[string]operation{}
	for path, methods := range d.Paths {
		byShape[anyNames(path)] = methods
	}
	d.Paths = byShape
	return d
}

var names = regexp.MustCompile(`\{[^}]*\}`)

// anyNames makes paths comparable whatever their parameters are called.
func anyNames(path string) string { return names.ReplaceAllString(path, "{}") }

// schemaOf is the schema of the successful JSON answer of an operation.
func (o operation) schemaOf() (schema, bool) {
	for _, code := range []string{"200", "201", "202", "default"} {
		for media, c := range o.Responses[code].Content {
			if media == "application/json" && c.Schema.Ref != "" {
				return c.Schema, true
			}
		}
	}
	return schema{}, false
}

// violations lists what is wrong with a value by a schema. Unlike JSON Schema it also refuses fields that the schema
// does not know, so that a misspelled one is found; NiFi's description itself calls zIndex otherwise.
func (d *description) violations(path string, s schema, v any) (out []string) {
	if s.Ref != "" {
		s = d.Components.Schemas[s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]]
	}
	wrong := func(want string) []string { return []string{fmt.Sprintf("%s is %s, want %s", path, typeOf(v), want)} }
	switch s.Type {
	case "object":
		m, ok := v.(map[string]any)
		if !ok {
			return wrong("an object")
		}
		for name, x := range m {
			switch p, known := s.Properties[name]; {
			case known:
				out = append(out, d.violations(path+"."+name, p, x)...)
			case s.AdditionalProperties != nil:
				if x != nil { // a null value of a map is known and unset
					out = append(out, d.violations(path+"."+name, *s.AdditionalProperties, x)...)
				}
			case name != "zIndex":
				out = append(out, path+"."+name+" is not in the schema")
			}
		}
	case "array":
		l, ok := v.([]any)
		if !ok {
			return wrong("a list")
		}
		for i, x := range l {
			out = append(out, d.violations(fmt.Sprintf("%s[%d]", path, i), *s.Items, x)...)
		}
	case "string":
		x, ok := v.(string)
		if !ok {
			return wrong("a text")
		}
		if len(s.Enum) > 0 && !slices.Contains(s.Enum, x) {
			return []string{fmt.Sprintf("%s is %q, want one of %q", path, x, s.Enum)}
		}
	case "boolean":
		if _, ok := v.(bool); !ok {
			return wrong("a boolean")
		}
	case "integer", "number":
		x, ok := v.(float64)
		if !ok || s.Type == "integer" && x != math.Trunc(x) || s.Format == "int32" && math.Abs(x) > math.MaxInt32 {
			return wrong("an " + s.Type + " " + s.Format)
		}
	}
	return out
}

func TestViolations_FindsWhatIsWrong(t *testing.T) {
	d := readDescription(t)
	s := schema{Ref: "#/components/schemas/PortEntity"}
	for text, want := range map[string]int{
		`{"id":"x","portType":"INPUT_PORT","position":{"x":1.5}}`:                            0,
		`{"id":1,"portType":1,"position":{"x":"1"},"bulletins":{}}`:                          4,
		`{"component":{"state":"BOGUS","concurrentlySchedulableTaskCount":1e10},"nosuch":1}`: 3,
	} {
		var v any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		if got := d.violations("$", s, v); len(got) != want {
			t.Errorf("%s: got %q, want %d of them", text, got, want)
		}
	}
}

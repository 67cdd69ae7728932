package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// nifiAnswer is what a NiFi 2.9.0 answered to a request: status, media type, and the names and types of the fields.
type nifiAnswer struct {
	Status int
	Type   string
	Body   any
}

// nifiAnswers reads testdata/nifi-answers.json. There a type stands for a value, a name that ends in ? for a field that
// not all elements of a list had, and * for any name.
func nifiAnswers(t *testing.T) map[string]nifiAnswer {
	t.Helper()
	data, err := os.ReadFile("testdata/nifi-answers.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]nifiAnswer
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// lacking lists what a value lacks of a shape. An empty list of ours where NiFi's has objects is lacking, too, unless it
// is a part of one element of a list of ours: the others may have some.
func lacking(path string, shape, v any) []string {
	switch s := shape.(type) {
	case string:
		if got := typeOf(v); s != "null" && v != nil && got != s {
			return []string{fmt.Sprintf("%s is a %s, want %s", path, got, s)}
		}
	case []any:
		l, ok := v.([]any)
		if !ok {
			return []string{fmt.Sprintf("%s is a %s, want a list", path, typeOf(v))}
		}
		if len(s) > 0 && len(l) == 0 && typeOf(s[0]) == "object" && !strings.Contains(path, "[") {
			return []string{path + " is empty"}
		}
		var out []string
		for i := range l {
			if len(s) > 0 {
				out = append(out, lacking(path+"["+strconv.Itoa(i)+"]", s[0], l[i])...)
			}
		}
		return out
	case map[string]any:
		m, ok := v.(map[string]any)
		if !ok {
			return []string{fmt.Sprintf("%s is a %s, want an object", path, typeOf(v))}
		}
		return lackingFields(path, s, m)
	}
	return nil
}

func lackingFields(path string, shape, m map[string]any) (out []string) {
	if each, ok := shape["*"]; ok {
		for _, name := range slices.Sorted(maps.Keys(m)) {
			out = append(out, lacking(path+"["+name+"]", each, m[name])...)
		}
		return out
	}
	for _, name := range slices.Sorted(maps.Keys(shape)) {
		field, optional := strings.CutSuffix(name, "?")
		v, ok := m[field]
		switch {
		case ok:
			out = append(out, lacking(path+"."+field, shape[name], v)...)
		case !optional:
			out = append(out, path+"."+field+" is missing")
		}
	}
	return out
}

func typeOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case float64:
		return "number"
	case string:
		return "string"
	case []any:
		return "list"
	}
	return "object"
}

func TestLacking_FindsWhatIsMissing(t *testing.T) {
	var shape any
	if err := json.Unmarshal([]byte(`{"a":"number","b?":"string","c":[{"d":"string"}],"m":{"*":"boolean"}}`), &shape); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]int{
		`{"a":1,"c":[{"d":"x"}],"m":{"x":true},"more":1}`: 0,
		`{"a":1,"b":"x","c":[{"d":"x"}],"m":{}}`:          0,
		`{"a":"1","b":2,"c":[{}],"m":{"x":1}}`:            4,
		`{"c":[]}`:                                        3,
	} {
		var v any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		if got := lacking("$", shape, v); len(got) != want {
			t.Errorf("%s: got %q, want %d of them", text, got, want)
		}
	}
}

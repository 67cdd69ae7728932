package definition

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// unknownFields lists the paths of the JSON object fields in raw that the type of v has no field for. Elements of
// lists share a path.
func unknownFields(raw, v any) []string {
	found := map[string]bool{}
	walkUnknown(raw, reflect.TypeOf(v), "", found)
	return slices.Sorted(maps.Keys(found))
}

func walkUnknown(raw any, t reflect.Type, path string, found map[string]bool) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch raw := raw.(type) {
	case []any:
		if t.Kind() == reflect.Slice && t != reflect.TypeFor[json.RawMessage]() {
			for _, item := range raw {
				walkUnknown(item, t.Elem(), path, found)
			}
		}
	case map[string]any:
		switch t.Kind() {
		case reflect.Map:
			for _, item := range raw {
				walkUnknown(item, t.Elem(), path, found)
			}
		case reflect.Struct:
			fields := jsonFields(t)
			for name, item := range raw {
				sub := strings.TrimPrefix(path+"."+name, ".")
				if ft, ok := fields[strings.ToLower(name)]; ok {
					walkUnknown(item, ft, sub, found)
				} else {
					found[sub] = true
				}
			}
		}
	}
}

// jsonFields maps the names of a struct's JSON fields, in lower case as encoding/json compares them, to their types.
func jsonFields(t reflect.Type) map[string]reflect.Type {
	fields := map[string]reflect.Type{}
	for _, f := range reflect.VisibleFields(t) {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" && name != "-" {
			fields[strings.ToLower(name)] = f.Type
		}
	}
	return fields
}

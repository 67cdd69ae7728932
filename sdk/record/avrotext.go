package record

import (
	"encoding/json"
	"fmt"
	"regexp"
)

// AvroText is the schema as the JSON text of an Avro schema, the form in which
// NiFi passes schemas on in the attribute avro.schema. Names that Avro does not
// allow are changed and kept as aliases; defaults are left out. A schema that was
// read from such a text has that text.
func AvroText(s *Schema) string {
	if s.source != "" {
		return s.source
	}
	w := avroWriter{used: map[string]bool{}}
	name := s.name
	if name == "" {
		name = "nifiRecord"
	}
	b, err := json.Marshal(w.record(s, name))
	if err != nil { // the tree holds nothing that JSON cannot express
		return ""
	}
	return string(b)
}

type avroWriter struct{ used map[string]bool }

type avroRecord struct {
	Type      string      `json:"type"`
	Name      string      `json:"name"`
	Namespace string      `json:"namespace,omitempty"`
	Fields    []avroField `json:"fields"`
}

type avroField struct {
	Name    string   `json:"name"`
	Type    any      `json:"type"`
	Aliases []string `json:"aliases,omitempty"`
}

var notAvroName = regexp.MustCompile(`[^A-Za-z0-9_]`)

func avroName(name string) string {
	name = notAvroName.ReplaceAllString(name, "_")
	if name == "" || name[0] >= '0' && name[0] <= '9' {
		name = "_" + name
	}
	return name
}

// unique is a name for a type that no other has.
func (w *avroWriter) unique(name string) string {
	name = avroName(name)
	for base, n := name, 2; w.used[name]; n++ {
		name = fmt.Sprintf("%s%d", base, n)
	}
	w.used[name] = true
	return name
}

func (w *avroWriter) record(s *Schema, name string) avroRecord {
	namespace := s.namespace
	if namespace == "" {
		namespace = "org.apache.nifi"
	}
	r := avroRecord{Type: "record", Name: w.unique(name), Namespace: namespace, Fields: make([]avroField, len(s.fields))}
	for i, f := range s.fields {
		af := avroField{Name: avroName(f.Name), Type: w.typ(f.Type, f.Name), Aliases: f.Aliases}
		if af.Name != f.Name {
			af.Aliases = append([]string{f.Name}, f.Aliases...)
		}
		if !f.Required {
			af.Type = nullable(af.Type)
		}
		r.Fields[i] = af
	}
	return r
}

func nullable(t any) any {
	if union, ok := t.([]any); ok {
		return append([]any{"null"}, union...)
	}
	return []any{"null", t}
}

func (w *avroWriter) typ(t *Type, field string) any {
	switch t.Kind {
	case KindByte, KindShort, KindInt:
		return "int"
	case KindLong:
		return "long"
	case KindBoolean:
		return "boolean"
	case KindFloat:
		return "float"
	case KindDouble:
		return "double"
	case KindDate:
		return logical("int", "date")
	case KindTime:
		return logical("int", "time-millis")
	case KindTimestamp:
		return logical("long", "timestamp-millis")
	case KindUUID:
		return logical("string", "uuid")
	case KindDecimal:
		return map[string]any{"type": "bytes", "logicalType": "decimal", "precision": t.Precision, "scale": t.Scale}
	case KindEnum:
		return map[string]any{"type": "enum", "name": w.unique(field + "Enum"), "symbols": t.Symbols}
	case KindRecord:
		if t.Schema != nil {
			return w.record(t.Schema, field+"Type")
		}
	case KindArray:
		if t.Elem != nil && t.Elem.Kind == KindByte {
			return "bytes"
		}
		return map[string]any{"type": "array", "items": nullable(w.typ(orString(t.Elem), field))}
	case KindMap:
		return map[string]any{"type": "map", "values": nullable(w.typ(orString(t.Elem), field))}
	case KindChoice:
		return w.union(t.Options, field)
	}
	return "string"
}

// union drops options that look the same in Avro.
func (w *avroWriter) union(options []*Type, field string) any {
	var union []any
	seen := map[string]bool{}
	for _, o := range options {
		at := w.typ(o, field)
		key, _ := json.Marshal(at)
		if !seen[string(key)] {
			seen[string(key)] = true
			union = append(union, at)
		}
	}
	return union
}

func logical(base, name string) any { return map[string]any{"type": base, "logicalType": name} }

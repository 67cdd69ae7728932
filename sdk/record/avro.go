package record

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// ParseAvro reads the JSON text of an Avro schema, which NiFi uses to write
// schemas down: a record, or an array of records. Union with null makes a field
// nullable, another union a CHOICE; logical types become DATE, TIME,
// TIMESTAMP, DECIMAL and UUID, bytes an ARRAY of BYTE. Recursive schemas are refused.
func ParseAvro(text string) (*Schema, error) {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	var tree any
	if err := dec.Decode(&tree); err != nil {
		return nil, fmt.Errorf("schema text is not JSON: %w", err)
	}
	p := avroParser{named: map[string]*Type{}}
	t, _, err := p.parse(tree, "", 0)
	if err != nil {
		return nil, fmt.Errorf("schema text: %w", err)
	}
	if t != nil && t.Kind == KindArray {
		t = t.Elem
	}
	if t == nil || t.Kind != KindRecord {
		return nil, errors.New(`schema text describes no record; it should start with {"type": "record"`)
	}
	t.Schema.source = text
	return t.Schema, nil
}

const maxAvroDepth = 200

type avroParser struct {
	named map[string]*Type // nil value: being read
}

var avroTypes = map[string]*Type{
	"boolean": Boolean, "int": Int, "long": Long, "float": Float, "double": Double,
	"string": String, "bytes": ArrayOf(Byte),
}

var avroLogical = map[string]*Type{
	"date": Date, "time-millis": Time, "time-micros": Time, "uuid": UUID,
	"timestamp-millis": Timestamp, "timestamp-micros": Timestamp, "timestamp-nanos": Timestamp,
	"local-timestamp-millis": Timestamp, "local-timestamp-micros": Timestamp, "local-timestamp-nanos": Timestamp,
}

// parse returns the type, nil for null, and whether null is allowed beside it.
func (p *avroParser) parse(tree any, namespace string, depth int) (t *Type, nullable bool, err error) {
	if depth > maxAvroDepth {
		return nil, false, fmt.Errorf("nested deeper than %d levels", maxAvroDepth)
	}
	switch tree := tree.(type) {
	case string:
		t, err = p.byName(tree, namespace)
		return t, t == nil, err
	case []any:
		return p.union(tree, namespace, depth)
	case map[string]any:
		t, err = p.complex(tree, namespace, depth)
		return t, t == nil, err
	}
	return nil, false, fmt.Errorf("unexpected %v where a type should be", tree)
}

func (p *avroParser) byName(name, namespace string) (*Type, error) {
	if name == "null" {
		return nil, nil
	}
	if t, ok := avroTypes[name]; ok {
		return t, nil
	}
	for _, full := range []string{namespace + "." + name, name} {
		if t, ok := p.named[full]; ok {
			if t == nil {
				return nil, fmt.Errorf("record %q contains itself, which is not supported", name)
			}
			return t, nil
		}
	}
	return nil, fmt.Errorf("unknown type %q", name)
}

func (p *avroParser) union(options []any, namespace string, depth int) (*Type, bool, error) {
	var types []*Type
	nullable := false
	for _, o := range options {
		t, null, err := p.parse(o, namespace, depth+1)
		if err != nil {
			return nil, false, err
		}
		nullable = nullable || null
		if t != nil {
			types = append(types, t)
		}
	}
	if len(types) == 0 {
		return nil, true, nil
	}
	return ChoiceOf(types...), nullable, nil
}

func (p *avroParser) complex(m map[string]any, namespace string, depth int) (*Type, error) {
	name, isName := m["type"].(string)
	if !isName {
		t, _, err := p.parse(m["type"], namespace, depth+1)
		return t, err
	}
	if ns, ok := m["namespace"].(string); ok {
		namespace = ns
	}
	if logical, ok := m["logicalType"].(string); ok {
		if logical == "decimal" {
			return DecimalOf(avroInt(m["precision"]), avroInt(m["scale"])), nil
		}
		if t, ok := avroLogical[logical]; ok {
			return t, nil
		}
	}
	switch name {
	case "record", "error":
		return p.record(m, namespace, depth)
	case "enum":
		t := EnumOf(avroStrings(m["symbols"])...)
		p.define(m, namespace, t)
		return t, nil
	case "fixed":
		t := ArrayOf(Byte)
		p.define(m, namespace, t)
		return t, nil
	case "array":
		t, _, err := p.parse(m["items"], namespace, depth+1)
		return ArrayOf(orString(t)), err
	case "map":
		t, _, err := p.parse(m["values"], namespace, depth+1)
		return MapOf(orString(t)), err
	}
	return p.byName(name, namespace)
}

func orString(t *Type) *Type {
	if t == nil {
		return String
	}
	return t
}

func (p *avroParser) define(m map[string]any, namespace string, t *Type) {
	name, _ := m["name"].(string)
	p.named[name] = t
	p.named[namespace+"."+name] = t
}

func (p *avroParser) record(m map[string]any, namespace string, depth int) (*Type, error) {
	p.define(m, namespace, nil)
	list, ok := m["fields"].([]any)
	if !ok {
		return nil, fmt.Errorf("record %v has no fields", m["name"])
	}
	fields := make([]Field, len(list))
	seen := map[string]bool{}
	for i, item := range list {
		fm, _ := item.(map[string]any)
		name, _ := fm["name"].(string)
		if name == "" || seen[name] {
			return nil, fmt.Errorf("field %d of record %v has no name of its own", i+1, m["name"])
		}
		seen[name] = true
		t, nullable, err := p.parse(fm["type"], namespace, depth+1)
		if err != nil {
			return nil, fmt.Errorf("field %q: %w", name, err)
		}
		fields[i] = Field{Name: name, Type: orString(t), Required: !nullable, Aliases: avroStrings(fm["aliases"])}
		if fields[i].Default, err = avroDefault(fm["default"], fields[i].Type); err != nil {
			return nil, fmt.Errorf("default of field %q: %w", name, err)
		}
	}
	name, _ := m["name"].(string)
	t := RecordOf(NamedSchema(namespace, name, fields...))
	p.define(m, namespace, t)
	return t, nil
}

func avroInt(v any) int {
	n, _ := v.(json.Number)
	i, _ := n.Int64()
	return int(i)
}

func avroStrings(v any) (out []string) {
	list, _ := v.([]any)
	for _, item := range list {
		if s, ok := item.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

func avroDefault(v any, t *Type) (Value, error) {
	return Convert(FromJSON(v), t, DefaultFormats)
}

// FromJSON is the value of a tree that encoding/json has made, objects being MAPs.
func FromJSON(v any) Value {
	switch v := v.(type) {
	case string:
		return StringValue(v)
	case bool:
		return BoolValue(v)
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return LongValue(n)
		}
		f, _ := v.Float64()
		return DoubleValue(f)
	case float64:
		return DoubleValue(v)
	case []any:
		items := make([]Value, len(v))
		for i, item := range v {
			items[i] = FromJSON(item)
		}
		return ArrayValue(items)
	case map[string]any:
		m := NewMap(len(v))
		for k, item := range v {
			m.Set(k, FromJSON(item))
		}
		return MapValue(m)
	}
	return Null
}

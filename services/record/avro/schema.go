// Package avro reads and writes records in Avro's binary encoding: the codec
// behind the AvroReader and AvroRecordSetWriter services.
//
// Content is an object container file, which holds its schema, or bare
// datums one after the other. The decoder turns bytes straight into record values:
// texts stay in the buffer of the block. Counts and lengths in the content
// are believed only as far as there are bytes to bear them out.
package avro

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/braidflow/braid/sdk/record"
)

type kind uint8

const (
	kindNull kind = iota
	kindBoolean
	kindInt
	kindLong
	kindFloat
	kindDouble
	kindBytes
	kindString
	kindRecord
	kindEnum
	kindArray
	kindMap
	kindUnion
	kindFixed
)

var primitives = map[string]kind{
	"null": kindNull, "boolean": kindBoolean, "int": kindInt, "long": kindLong, "float": kindFloat,
	"double": kindDouble, "bytes": kindBytes, "string": kindString,
}

// logical is what an int, long, bytes, fixed or string stands for.
type logical uint8

const (
	plain logical = iota
	logicalDate
	logicalTimeMillis
	logicalTimeMicros
	logicalMillis
	logicalMicros
	logicalNanos
	logicalDecimal
	logicalUUID
)

var logicals = map[kind]map[string]logical{
	kindInt: {"date": logicalDate, "time-millis": logicalTimeMillis},
	kindLong: {
		"time-micros": logicalTimeMicros, "timestamp-millis": logicalMillis, "timestamp-micros": logicalMicros,
		"timestamp-nanos": logicalNanos, "local-timestamp-millis": logicalMillis, "local-timestamp-micros": logicalMicros,
		"local-timestamp-nanos": logicalNanos,
	},
	kindBytes:  {"decimal": logicalDecimal},
	kindFixed:  {"decimal": logicalDecimal, "uuid": logicalUUID},
	kindString: {"uuid": logicalUUID},
}

// node is one type of an Avro schema. It is immutable.
type node struct {
	kind    kind
	logical logical
	typ     *record.Type // nil for null
	elem    *node        // array, map; union: the only option that is not null
	fields  []*node      // record
	options []*node      // union
	null    int          // union: index of null, -1 = none
	size    int          // fixed
	id      int          // record: number among the records of the schema
	width   int          // least number of bytes of a value, at most 1
}

// Schema is a compiled Avro schema, for many goroutines.
type Schema struct {
	root    *node
	text    string
	records int
}

// Parse compiles the JSON text of an Avro schema of a record, or of an array
// of records, which stands for its elements. Recursive schemas are refused.
func Parse(text string) (*Schema, error) {
	dec := json.NewDecoder(strings.NewReader(text))
	var tree any
	if err := dec.Decode(&tree); err != nil {
		return nil, fmt.Errorf("Avro schema is not JSON: %w", err) //nolint:staticcheck // a name
	}
	schema, err := record.ParseAvro(text)
	if err != nil {
		return nil, err
	}
	p := parser{named: map[string]*node{}}
	root, err := p.parse(tree, "", 0)
	if err != nil {
		return nil, fmt.Errorf("Avro schema: %w", err) //nolint:staticcheck // a name
	}
	if root.kind == kindArray {
		root = root.elem
	}
	if root.kind != kindRecord {
		return nil, errors.New("Avro schema describes no record") //nolint:staticcheck // a name
	}
	own := *root
	own.typ = record.RecordOf(schema)
	return &Schema{&own, text, p.records}, nil
}

// Record is the schema as records have it.
func (s *Schema) Record() *record.Schema { return s.root.typ.Schema }

// Compile prepares the Avro schema that s has, or that is made of it.
func Compile(s *record.Schema) (*Schema, error) {
	c, err := Parse(record.AvroText(s))
	if err == nil && c.Record().Equal(s) {
		c.root.typ = record.RecordOf(s) // which knows its registry
	}
	return c, err
}

const maxDepth = 200

type parser struct {
	named   map[string]*node // nil value: being read
	records int
}

func (p *parser) parse(tree any, namespace string, depth int) (*node, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("nested deeper than %d levels", maxDepth)
	}
	switch tree := tree.(type) {
	case string:
		return p.byName(tree, namespace)
	case []any:
		return p.union(tree, namespace, depth)
	case map[string]any:
		return p.complex(tree, namespace, depth)
	}
	return nil, fmt.Errorf("unexpected %v where a type should be", tree)
}

func (p *parser) byName(name, namespace string) (*node, error) {
	if k, ok := primitives[name]; ok {
		return primitive(k), nil
	}
	for _, full := range []string{namespace + "." + name, name} {
		if n, ok := p.named[full]; ok {
			if n == nil {
				return nil, fmt.Errorf("record %q contains itself, which is not supported", name)
			}
			return n, nil
		}
	}
	return nil, fmt.Errorf("unknown type %q", name)
}

func primitive(k kind) *node {
	types := map[kind]*record.Type{
		kindBoolean: record.Boolean, kindInt: record.Int, kindLong: record.Long, kindFloat: record.Float,
		kindDouble: record.Double, kindBytes: record.ArrayOf(record.Byte), kindString: record.String,
	}
	n := &node{kind: k, typ: types[k], width: 1}
	if k == kindNull {
		n.width = 0
	}
	return n
}

func (p *parser) union(options []any, namespace string, depth int) (*node, error) {
	n := &node{kind: kindUnion, null: -1, width: 1}
	var types []*record.Type
	for i, o := range options {
		option, err := p.parse(o, namespace, depth+1)
		if err != nil {
			return nil, err
		}
		if option.kind == kindUnion {
			return nil, errors.New("a union holds a union")
		}
		n.options = append(n.options, option)
		if option.kind == kindNull {
			n.null = i
			continue
		}
		types = append(types, option.typ)
		n.elem = option
	}
	if len(n.options) == 0 {
		return nil, errors.New("a union has no types")
	}
	switch len(types) {
	case 0:
		n.elem = nil
	case 1:
		n.typ = types[0]
	default:
		n.elem, n.typ = nil, record.ChoiceOf(types...)
	}
	return n, nil
}

func (p *parser) complex(m map[string]any, namespace string, depth int) (*node, error) {
	name, isName := m["type"].(string)
	if !isName {
		return p.parse(m["type"], namespace, depth+1)
	}
	if ns, ok := m["namespace"].(string); ok {
		namespace = ns
	}
	switch name {
	case "record", "error":
		return p.record(m, namespace, depth)
	case "enum":
		n := &node{kind: kindEnum, typ: record.EnumOf(texts(m["symbols"])...), width: 1}
		p.define(m, namespace, n)
		return n, nil
	case "fixed":
		return p.fixed(m, namespace)
	case "array", "map":
		return p.container(name, m, namespace, depth)
	}
	n, err := p.byName(name, namespace)
	if err != nil {
		return nil, err
	}
	return withLogical(n, m), nil
}

func (p *parser) container(name string, m map[string]any, namespace string, depth int) (*node, error) {
	key, k, of := "items", kindArray, record.ArrayOf
	if name == "map" {
		key, k, of = "values", kindMap, record.MapOf
	}
	elem, err := p.parse(m[key], namespace, depth+1)
	if err != nil {
		return nil, err
	}
	return &node{kind: k, elem: elem, typ: of(typeOf(elem)), width: 1}, nil
}

// typeOf is STRING for what can only be null.
func typeOf(n *node) *record.Type {
	if n.typ == nil {
		return record.String
	}
	return n.typ
}

func (p *parser) fixed(m map[string]any, namespace string) (*node, error) {
	size, ok := m["size"].(float64)
	if !ok || size < 0 || size > maxBlock || size != math.Trunc(size) {
		return nil, fmt.Errorf("size of fixed %v is not between 0 and %d", m["name"], maxBlock)
	}
	n := withLogical(&node{kind: kindFixed, typ: record.ArrayOf(record.Byte), size: int(size), width: min(1, int(size))}, m)
	p.define(m, namespace, n)
	return n, nil
}

// withLogical ignores logical types that do not suit, as the specification demands.
func withLogical(n *node, m map[string]any) *node {
	name, _ := m["logicalType"].(string)
	l, ok := logicals[n.kind][name]
	if !ok || n.typ == nil || l == logicalUUID && n.kind == kindFixed && n.size != 16 {
		return n
	}
	c := *n
	c.logical = l
	switch l {
	case logicalDate:
		c.typ = record.Date
	case logicalTimeMillis, logicalTimeMicros:
		c.typ = record.Time
	case logicalDecimal:
		precision, _ := m["precision"].(float64)
		scale, _ := m["scale"].(float64)
		if precision < 1 || precision > 1e5 || scale < 0 || scale > precision {
			return n
		}
		c.typ = record.DecimalOf(int(precision), int(scale))
	case logicalUUID:
		c.typ = record.UUID
	default:
		c.typ = record.Timestamp
	}
	return &c
}

func (p *parser) define(m map[string]any, namespace string, n *node) {
	name, _ := m["name"].(string)
	p.named[name] = n
	p.named[namespace+"."+name] = n
}

func (p *parser) record(m map[string]any, namespace string, depth int) (*node, error) {
	p.define(m, namespace, nil)
	list, _ := m["fields"].([]any)
	n := &node{kind: kindRecord, fields: make([]*node, len(list)), id: p.records}
	p.records++
	fields := make([]record.Field, len(list))
	for i, item := range list {
		fm, _ := item.(map[string]any)
		name, _ := fm["name"].(string)
		f, err := p.parse(fm["type"], namespace, depth+1)
		if err != nil {
			return nil, fmt.Errorf("field %q: %w", name, err)
		}
		n.fields[i] = f
		n.width = max(n.width, f.width)
		nullable := f.kind == kindNull || f.kind == kindUnion && f.null >= 0
		fields[i] = record.Field{Name: name, Type: typeOf(f), Required: !nullable, Aliases: texts(fm["aliases"])}
		if fields[i].Default, err = record.Convert(record.FromJSON(fm["default"]), fields[i].Type, record.DefaultFormats); err != nil {
			return nil, fmt.Errorf("default of field %q: %w", name, err)
		}
	}
	name, _ := m["name"].(string)
	n.typ = record.RecordOf(record.NamedSchema(namespace, name, fields...))
	p.define(m, namespace, n)
	return n, nil
}

func texts(v any) (out []string) {
	list, _ := v.([]any)
	for _, item := range list {
		if s, ok := item.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

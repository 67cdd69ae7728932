// Package parquet reads and writes records as Parquet: the codec behind the
// ParquetReader and ParquetRecordSetWriter services, over parquet-go.
//
// Rows are taken apart into columns, and put together again, without a detour
// over Go structs. The types are those that NiFi writes by way of Avro: a
// CHOICE becomes a group with one member for each option.
package parquet

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding"

	"github.com/braidflow/braid/sdk/record"
)

type shape uint8

const (
	leaf shape = iota
	group
	list
	mapping
	choice
)

// plan says how values of one field become values of columns. It is immutable.
type plan struct {
	shape        shape
	typ          *record.Type
	name         string
	optional     bool
	def          int // definition level of a value that is there
	rep          int // list, mapping: repetition level of the second and further items
	first, last  int // columns
	int96        bool
	items        *plan   // list, mapping: values
	key          *plan   // mapping
	fields       []*plan // group, choice
	elementsNull bool    // list: elements may be null
}

// planner makes plans and the schema of the file.
type planner struct {
	opts    *WriterOptions
	columns int
}

// node returns the plan of a field and its part of the schema. def and rep
// are the levels around it.
func (p *planner) node(t *record.Type, path string, optional bool, def, rep int) (*plan, parquet.Node, error) {
	n := &plan{typ: t, optional: optional, def: def, rep: rep, first: p.columns}
	if optional {
		n.def++
	}
	var node parquet.Node
	var err error
	switch {
	case t.Kind == record.KindRecord:
		node, err = p.group(n, t.Schema, path)
	case t.Kind == record.KindArray && t.Elem.Kind != record.KindByte:
		node, err = p.list(n, path)
	case t.Kind == record.KindMap:
		node, err = p.mapping(n, path)
	case t.Kind == record.KindChoice:
		node, err = p.choice(n, path)
	default:
		if t.Kind == record.KindDecimal && t.Precision < 1 {
			n.typ = record.DecimalOf(38, t.Scale)
		}
		node = p.leaf(n, path)
	}
	if err != nil {
		return nil, nil, err
	}
	n.last = p.columns
	if optional {
		node = parquet.Optional(node)
	}
	return n, node, nil
}

func (p *planner) leaf(n *plan, path string) parquet.Node {
	p.columns++
	n.int96 = p.opts.Int96[path]
	node := leafNode(n)
	if p.opts.Dictionary && n.typ.Kind != record.KindBoolean && !n.int96 {
		return parquet.Encoded(node, &parquet.RLEDictionary)
	}
	return node
}

func leafNode(n *plan) parquet.Node {
	if n.int96 {
		return parquet.Leaf(parquet.Int96Type)
	}
	switch n.typ.Kind {
	case record.KindBoolean:
		return parquet.Leaf(parquet.BooleanType)
	case record.KindByte, record.KindShort, record.KindInt:
		return parquet.Leaf(parquet.Int32Type)
	case record.KindLong:
		return parquet.Leaf(parquet.Int64Type)
	case record.KindFloat:
		return parquet.Leaf(parquet.FloatType)
	case record.KindDouble:
		return parquet.Leaf(parquet.DoubleType)
	case record.KindDate:
		return parquet.Date()
	case record.KindTime:
		return parquet.Time(parquet.Millisecond)
	case record.KindTimestamp:
		return parquet.Timestamp(parquet.Millisecond)
	case record.KindDecimal:
		return parquet.Decimal(n.typ.Scale, n.typ.Precision, parquet.ByteArrayType)
	case record.KindEnum:
		return parquet.Enum()
	case record.KindArray:
		return parquet.Leaf(parquet.ByteArrayType)
	}
	return parquet.String()
}

func (p *planner) group(n *plan, s *record.Schema, path string) (parquet.Node, error) {
	n.shape = group
	if s == nil || s.Len() == 0 {
		return nil, fmt.Errorf("field %q is a record without fields, which Parquet cannot hold", path)
	}
	var fields []parquet.Field
	for _, f := range s.Fields() {
		child, node, err := p.node(f.Type, join(path, f.Name), !f.Required, n.def, n.rep)
		if err != nil {
			return nil, err
		}
		child.name = f.Name
		n.fields = append(n.fields, child)
		fields = append(fields, field{node, f.Name})
	}
	return ordered(fields...), nil
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// list is a repeated element in a group, and in the newer structure a group of
// its own around an element that may be null.
func (p *planner) list(n *plan, path string) (parquet.Node, error) {
	n.shape, n.elementsNull = list, !p.opts.OldLists
	def := n.def
	n.rep++
	items, node, err := p.node(n.typ.Elem, join(path, "element"), n.elementsNull, def+1, n.rep)
	if err != nil {
		return nil, err
	}
	n.items = items
	if p.opts.OldLists {
		return typed{ordered(field{parquet.Repeated(node), "array"}), parquet.List(parquet.String()).Type()}, nil
	}
	inner := parquet.Repeated(ordered(field{node, "element"}))
	return typed{ordered(field{inner, "list"}), parquet.List(parquet.String()).Type()}, nil
}

func (p *planner) mapping(n *plan, path string) (parquet.Node, error) {
	n.shape = mapping
	n.rep++
	key, keyNode, err := p.node(record.String, join(path, "key"), false, n.def+1, n.rep)
	if err != nil {
		return nil, err
	}
	value, valueNode, err := p.node(n.typ.Elem, join(path, "value"), true, n.def+1, n.rep)
	if err != nil {
		return nil, err
	}
	n.key, n.items = key, value
	inner := parquet.Repeated(ordered(field{keyNode, "key"}, field{valueNode, "value"}))
	return typed{ordered(field{inner, "key_value"}), parquet.Map(parquet.String(), parquet.String()).Type()}, nil
}

func (p *planner) choice(n *plan, path string) (parquet.Node, error) {
	n.shape = choice
	if len(n.typ.Options) == 0 {
		return nil, errors.New("a CHOICE has no options")
	}
	var fields []parquet.Field
	for i, o := range n.typ.Options {
		name := "member" + strconv.Itoa(i)
		child, node, err := p.node(o, join(path, name), true, n.def, n.rep)
		if err != nil {
			return nil, err
		}
		n.fields = append(n.fields, child)
		fields = append(fields, field{node, name})
	}
	return ordered(fields...), nil
}

// orderedGroup is a group whose fields keep their order, which parquet.Group sorts.
type orderedGroup struct {
	parquet.Group
	fields []parquet.Field
}

func ordered(fields ...parquet.Field) parquet.Node {
	g := orderedGroup{parquet.Group{}, fields}
	for _, f := range fields {
		g.Group[f.Name()] = f
	}
	return g
}

// Fields implements [parquet.Node].
func (g orderedGroup) Fields() []parquet.Field { return g.fields }

// field is a node with its name.
type field struct {
	parquet.Node
	name string
}

// Name implements [parquet.Field].
func (f field) Name() string { return f.name }

// Value implements [parquet.Field].
func (f field) Value(base reflect.Value) reflect.Value { return base.MapIndex(reflect.ValueOf(f.name)) }

// typed is a group that is a list or a map.
type typed struct {
	parquet.Node
	typ parquet.Type
}

// Type implements [parquet.Node].
func (t typed) Type() parquet.Type { return t.typ }

// Encoding implements [parquet.Node].
func (t typed) Encoding() encoding.Encoding { return nil }

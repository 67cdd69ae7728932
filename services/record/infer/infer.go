// Package infer gathers what is seen at each place of tree-like records, and
// makes the narrowest schema of it, as NiFi's HierarchicalSchemaInference.
package infer

import "github.com/braidflow/braid/sdk/record"

// TimeMatcher tells which date or time type text has; nil if none.
type TimeMatcher func(text string) *record.Type

// Node gathers what was seen at one place. The zero Node has seen nothing.
type Node struct {
	scalar *record.Type
	fields map[string]*Node // of objects; nil if there was none
	names  []string         // their keys in the order of appearance
	elem   *Node            // of arrays; nil if there was none
}

// Object says that there is an object, maybe without fields.
func (n *Node) Object() {
	if n.fields == nil {
		n.fields = map[string]*Node{}
	}
}

// Field is the place below a key of an object.
func (n *Node) Field(key []byte) *Node {
	if child := n.fields[string(key)]; child != nil {
		return child
	}
	n.Object()
	child := &Node{}
	n.fields[string(key)] = child
	n.names = append(n.names, string(key))
	return child
}

// Elem is the place of the elements of an array.
func (n *Node) Elem() *Node {
	if n.elem == nil {
		n.elem = &Node{}
	}
	return n.elem
}

// Merge says that there is a scalar of type t; nil says nothing.
func (n *Node) Merge(t *record.Type) {
	if n.scalar != t {
		n.scalar = record.Merge(n.scalar, t)
	}
}

// Add says that there is a value: objects are RECORDs or MAPs, texts are what
// text says of them.
func (n *Node) Add(v record.Value, text func(string) *record.Type) {
	switch v.Kind() {
	case record.KindNull:
	case record.KindRecord:
		n.Object()
		for i, item := range v.Record().Values() {
			n.Field([]byte(v.Record().Schema().FieldName(i))).Add(item, text)
		}
	case record.KindMap:
		n.Object()
		for i := range v.Map().Len() {
			n.Field([]byte(v.Map().Key(i))).Add(v.Map().At(i), text)
		}
	case record.KindArray:
		elem := n.Elem()
		for _, item := range v.Array() {
			elem.Add(item, text)
		}
	case record.KindString:
		n.Merge(text(v.Text()))
	default:
		n.Merge(record.TypeOf(v))
	}
}

// Schema is that of the objects. Nothing but null makes STRING.
func (n *Node) Schema(name string) *record.Schema {
	fields := make([]record.Field, len(n.names))
	for i, name := range n.names {
		fields[i] = record.Field{Name: name, Type: n.fields[name].typ()}
	}
	return record.NamedSchema("", name, fields...)
}

func (n *Node) typ() *record.Type {
	t := n.scalar
	if n.fields != nil {
		t = record.Merge(t, record.RecordOf(n.Schema("")))
	}
	if n.elem != nil {
		t = record.Merge(t, record.ArrayOf(n.elem.typ()))
	}
	if t == nil {
		return record.String
	}
	return t
}

package json

import (
	"io"

	"github.com/braidflow/braid/sdk/record"
)

// TimeMatcher tells which date or time type text has, for inference; nil if none.
type TimeMatcher func(text string) *record.Type

// node gathers what was seen at one place of the objects.
type node struct {
	scalar *record.Type
	fields map[string]*node // of objects; nil if there was none
	names  []string         // their keys in the order of appearance
	elem   *node            // of arrays; nil if there was none
}

// Infer reads all content and returns the narrowest schema that takes it:
// fields in the order of their first appearance, numbers as wide as
// needed, objects with all fields seen in any of them, CHOICE where nothing
// else fits, as NiFi's JsonSchemaInference. (Arrays with elements of several
// types become one ARRAY of a CHOICE; NiFi makes a CHOICE of ARRAYs.)
// Options.Schema is ignored; inference ends at broken JSON, which reading reports.
func Infer(in io.Reader, o Options, times TimeMatcher) (*record.Schema, error) {
	l := &locator{parser: newParser(in, &o), field: o.Field}
	root := &node{}
	for {
		c, err := l.next()
		if err == nil {
			if c == '{' {
				err = root.add(l.parser, times)
			} else {
				err = l.skip()
			}
		}
		if l.parser.err != nil {
			return nil, l.parser.err
		}
		if err == nil {
			continue
		}
		if len(l.open) > 0 || l.field != "" || l.eofReached() {
			break
		}
		l.depth = 0
		l.skipLine()
	}
	return root.schema(), nil
}

// add reads the value at hand.
func (n *node) add(p *parser, times TimeMatcher) error {
	c, err := p.peek()
	if err != nil {
		return err
	}
	switch c {
	case '{':
		if n.fields == nil {
			n.fields = map[string]*node{}
		}
		return p.object(func(key []byte) error { return n.field(key).add(p, times) })
	case '[':
		if n.elem == nil {
			n.elem = &node{}
		}
		return p.array(func() error { return n.elem.add(p, times) })
	case '"':
		b, err := p.text()
		n.merge(textType(b, times))
		return err
	case 't', 'f':
		n.merge(record.Boolean)
		return p.skipScalar(c)
	case 'n':
		return p.skipScalar(c)
	}
	b, whole, err := p.number()
	if err != nil {
		return err
	}
	v, err := numberValue(b, whole)
	n.merge(record.TypeOf(v))
	return err
}

func textType(b []byte, times TimeMatcher) *record.Type {
	if times != nil {
		if t := times(unsafeString(b)); t != nil {
			return t
		}
	}
	return record.String
}

func (n *node) field(key []byte) *node {
	if child := n.fields[string(key)]; child != nil {
		return child
	}
	child := &node{}
	n.fields[string(key)] = child
	n.names = append(n.names, string(key))
	return child
}

func (n *node) merge(t *record.Type) {
	if n.scalar != t {
		n.scalar = record.Merge(n.scalar, t)
	}
}

func (n *node) schema() *record.Schema {
	fields := make([]record.Field, len(n.names))
	for i, name := range n.names {
		fields[i] = record.Field{Name: name, Type: n.fields[name].typ()}
	}
	return record.NewSchema(fields...)
}

// typ is STRING where there were only nulls.
func (n *node) typ() *record.Type {
	t := n.scalar
	if n.fields != nil {
		t = record.Merge(t, record.RecordOf(n.schema()))
	}
	if n.elem != nil {
		t = record.Merge(t, record.ArrayOf(n.elem.typ()))
	}
	if t == nil {
		return record.String
	}
	return t
}

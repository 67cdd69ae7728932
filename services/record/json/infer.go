package json

import (
	"io"

	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/services/record/infer"
)

// TimeMatcher tells which date or time type text has, for inference; nil if none.
type TimeMatcher = infer.TimeMatcher

// Infer reads all content and returns the narrowest schema that takes it:
// fields in the order of their first appearance, numbers as wide as
// needed, objects with all fields seen in any of them, CHOICE where nothing
// else fits, as NiFi's JsonSchemaInference. (Arrays with elements of several
// types become one ARRAY of a CHOICE; NiFi makes a CHOICE of ARRAYs.)
// Options.Schema is ignored; inference ends at broken JSON, which reading reports.
func Infer(in io.Reader, o Options, times TimeMatcher) (*record.Schema, error) {
	l := &locator{parser: newParser(in, &o), field: o.Field}
	root := &infer.Node{}
	for {
		c, err := l.next()
		if err == nil {
			if c == '{' {
				err = add(root, l.parser, times)
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
	return root.Schema(""), nil
}

// add reads the value at hand.
func add(n *infer.Node, p *parser, times TimeMatcher) error {
	c, err := p.peek()
	if err != nil {
		return err
	}
	switch c {
	case '{':
		n.Object()
		return p.object(func(key []byte) error { return add(n.Field(key), p, times) })
	case '[':
		elem := n.Elem()
		return p.array(func() error { return add(elem, p, times) })
	case '"':
		b, err := p.text()
		n.Merge(textType(b, times))
		return err
	case 't', 'f':
		n.Merge(record.Boolean)
		return p.skipScalar(c)
	case 'n':
		return p.skipScalar(c)
	}
	b, whole, err := p.number()
	if err != nil {
		return err
	}
	v, err := numberValue(b, whole)
	n.Merge(record.TypeOf(v))
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

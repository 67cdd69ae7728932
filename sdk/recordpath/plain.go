package recordpath

import (
	"fmt"

	"github.com/braidflow/braid/sdk/record"
)

// step of a plain path: a child by name, an element by index, or an entry by key.
type step struct {
	kind  nodeKind
	name  string
	index int
}

// plainSteps returns the steps of an absolute path of children, single indexes
// and single keys, or nil for any other.
func plainSteps(n *node) []step {
	if n.kind != nodePath {
		return nil
	}
	steps := []step{}
	for _, k := range n.kids {
		switch {
		case k.kind == nodeRoot:
		case k.kind == nodeChild:
			steps = append(steps, step{kind: nodeChild, name: k.text})
		case k.kind == nodeIndexes && len(k.kids) == 1 && k.kids[0].kind == nodeNumber:
			i, err := parseIndex(k.kids[0].text)
			if err != nil {
				return nil
			}
			steps = append(steps, step{kind: nodeIndexes, index: i})
		case k.kind == nodeKeys && len(k.kids) == 1:
			steps = append(steps, step{kind: nodeKeys, name: k.kids[0].text})
		default:
			return nil
		}
	}
	return steps
}

func firstPlain(p *Path, r *record.Record) (record.Value, bool, error) {
	v, t := record.RecordValue(r), record.RecordOf(r.Schema())
	for _, s := range p.plain {
		switch s.kind {
		case nodeChild:
			v, t = child(v, s.name)
		case nodeIndexes:
			n := v.Len()
			if s.index < 0 {
				s.index += n
			}
			if t.Kind != record.KindArray || v.IsNull() || s.index >= n {
				return record.Null, false, nil
			}
			if s.index < 0 {
				return record.Null, false, fmt.Errorf("RecordPath %q: %w", p.text, errIndex)
			}
			v, t = v.Array()[s.index], elemOf(t)
		case nodeKeys:
			if t.Kind != record.KindMap {
				return record.Null, false, nil
			}
			if v.Map() == nil {
				return record.Null, false, fmt.Errorf("RecordPath %q: %w", p.text, errNoValue)
			}
			v, _ = v.Map().Get(s.name)
			t = elemOf(t)
		}
	}
	return v, true, nil
}

func child(v record.Value, name string) (record.Value, *record.Type) {
	if r := v.Record(); r != nil {
		if i := r.Schema().Index(name); i >= 0 {
			return valueAt(r, i), r.Schema().Type(i)
		}
	}
	return record.Null, unknownType
}

func elemOf(t *record.Type) *record.Type {
	if t.Elem == nil {
		return record.String
	}
	return t.Elem
}

package recordpath

import (
	"slices"

	"github.com/braidflow/braid/sdk/record"
)

// descendants selects the fields of a name, or all of them, at any depth below
// each parent: through records, arrays of records and maps, whose entries
// are taken whatever their key. The parent of what lies in an array is the
// record that holds the array, as in NiFi.
func descendants(parent segment, name string, all bool) segment {
	d := descent{name, all}
	return spread{parent, d.walk}
}

type descent struct {
	name string
	all  bool
}

func (d descent) walk(c *evaluation, p *Selected, yield func(*Selected) bool) bool {
	r := p.Value.Record()
	if r == nil {
		return true
	}
	for i, f := range r.Schema().Fields() {
		v := valueAt(r, i)
		if v.IsNull() {
			continue
		}
		child := c.add(Selected{Value: v, Name: f.Name, Type: f.Type, parent: p, index: -1})
		if d.all || f.Name == d.name || slices.Contains(f.Aliases, d.name) {
			if !yield(child) {
				return false
			}
		}
		if !d.into(c, child, yield) {
			return false
		}
	}
	return true
}

func (d descent) into(c *evaluation, child *Selected, yield func(*Selected) bool) bool {
	switch child.Value.Kind() {
	case record.KindRecord:
		return d.walk(c, child, yield)
	case record.KindArray:
		if !isRecordArray(child) {
			return true
		}
		for _, item := range child.Value.Array() {
			f := *child
			f.Value = item
			if !d.walk(c, c.add(f), yield) {
				return false
			}
		}
	case record.KindMap:
		if child.Type != nil && child.Type.Kind == record.KindMap {
			return eachEntry(c, child, yield)
		}
	}
	return true
}

func isRecordArray(f *Selected) bool {
	if f.Type == nil || f.Type.Kind != record.KindArray {
		return false
	}
	if f.Type.Elem != nil && f.Type.Elem.Kind == record.KindRecord {
		return true
	}
	items := f.Value.Array()
	return len(items) > 0 && !slices.ContainsFunc(items, func(v record.Value) bool { return v.Kind() != record.KindRecord })
}

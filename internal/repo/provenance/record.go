package provenance

import (
	"fmt"
	"maps"

	"github.com/braidflow/braid/internal/repo/flowfile"
)

// Decode decodes the events of a blob, in order; names[n] is the text of the number n (flowfile.Names for a blob
// that this process made). Events are numbered from first.
func Decode(blob []byte, names []string, first uint64) ([]Record, error) {
	var all []Record
	var v view
	for len(blob) > 0 {
		event, rest, err := nextEvent(blob)
		if err != nil {
			return all, err
		}
		if err := v.parse(event); err != nil {
			return all, err
		}
		r, err := v.record(table(names))
		if err != nil {
			return all, err
		}
		r.ID = first + uint64(len(all))
		all, blob = append(all, *r), rest
	}
	return all, nil
}

// record decodes the event, without its ID. It shares no memory with the view.
func (v *view) record(n names) (*Record, error) {
	r := &Record{Event: Event{
		Type: v.typ, Time: v.time, Duration: v.duration, Lineage: v.lineage, UUID: flowfile.UUID(v.uuid), Size: v.size,
		Before: v.before, After: v.after,
		TransitURI: string(v.texts[0]), Details: string(v.texts[1]),
		AlternateID: string(v.texts[2]), SourceSystemID: string(v.texts[3]),
		Parents: uuids(v.parents), Children: uuids(v.children),
	}}
	for _, f := range [...]struct {
		to   *Name
		from ref
	}{
		{&r.ComponentID, v.component},
		{&r.ComponentType, v.componentType},
		{&r.SourceQueue, v.queue},
		{&r.Relationship, v.relation},
	} {
		text, err := f.from.textIn(n)
		if err != nil {
			return nil, err
		}
		*f.to = Name{text: text} // not numbered: old events must not fill the dictionary
	}
	return r, v.attributes(r, n)
}

func uuids(b []byte) []flowfile.UUID {
	if len(b) == 0 {
		return nil
	}
	ids := make([]flowfile.UUID, len(b)/16)
	for i := range ids {
		ids[i] = flowfile.UUID(b[16*i:])
	}
	return ids
}

// attributes fills in the attribute maps, with the attributes that every FlowFile has.
func (v *view) attributes(r *Record, n names) error {
	id := r.UUID.String()
	implied := map[string]string{flowfile.AttrUUID: id, flowfile.AttrFilename: id, flowfile.AttrPath: impliedPath}
	r.Previous, r.Changed = map[string]string{}, map[string]*string{}
	maps.Copy(r.Previous, implied)
	err := eachAttr(v.attrs, n, func(name, value string) { r.Previous[name] = value })
	if err != nil {
		return err
	}
	err = eachAttr(v.set, n, func(name, value string) { r.Changed[name] = &value })
	if err != nil {
		return err
	}
	for c := (cursor{b: v.removed}); len(c.b) > 0; {
		name, err := c.ref().textIn(n)
		if err != nil || c.bad {
			return fmt.Errorf("%w: removed attributes", errMalformed)
		}
		r.Changed[name] = nil
		if x, ok := implied[name]; ok {
			r.Changed[name] = &x
		}
	}
	return nil
}

// eachAttr calls f for each of some packed attributes.
func eachAttr(packed []byte, n names, f func(name, value string)) error {
	for c := (cursor{b: packed}); len(c.b) > 0; {
		a := c.attr()
		name, err := a.textIn(n)
		if err != nil {
			return err
		}
		if c.bad {
			return fmt.Errorf("%w: attributes", errMalformed)
		}
		f(name, string(a.value))
	}
	return nil
}

package provenance

import (
	"fmt"
	"strings"

	"github.com/braidflow/braid/internal/repo/flowfile"
)

// Query says which events to find. The zero Query finds all.
type Query struct {
	Terms            []Term
	From, To         int64  // Unix milliseconds, both included; 0 = no limit
	MinSize, MaxSize *int64 // of the content in bytes, both included; nil = no limit
	Max              int    // results at most; default 1,000
	OldestFirst      bool   // the default is newest first
}

// Term is one condition; an event must fulfill all of them.
type Term struct {
	Field   string // a Field constant, or the name of an attribute (its value after the event counts)
	Value   string // upper and lower case of ASCII letters are the same; * stands for any text, ? for one character
	Inverse bool   // the event must not have the value
}

const defaultMax = 1000

// condition is a Term made ready.
type condition struct {
	Term
	glob bool
	list int // in listFields, or -1
	text int // in textFields, or -1
	attr string
	uuid *flowfile.UUID // the value as a uuid, if it is one
}

func (q *Query) conditions() ([]condition, error) {
	var all []condition
	for _, t := range q.Terms {
		if t.Field == "" || t.Value == "" {
			return nil, fmt.Errorf("search term %q = %q: give both a field and a value", t.Field, t.Value)
		}
		c := condition{Term: t, glob: strings.ContainsAny(t.Value, "*?"), list: -1, text: -1, attr: attrOf(t.Field)}
		for i, f := range listFields {
			if f == t.Field {
				c.list = i
			}
		}
		for i, f := range textFields {
			if f == t.Field {
				c.text = i
			}
		}
		if id, err := flowfile.ParseUUID(t.Value); err == nil {
			c.uuid = &id
		}
		all = append(all, c)
	}
	return all, nil
}

// match tells whether an event fulfills the query.
func (q *Query) match(v *view, conditions []condition, n names) bool {
	if q.From != 0 && v.time < q.From || q.To != 0 && v.time > q.To ||
		q.MinSize != nil && v.size < *q.MinSize || q.MaxSize != nil && v.size > *q.MaxSize {
		return false
	}
	for i := range conditions {
		if c := &conditions[i]; c.holds(v, n) == c.Inverse {
			return false
		}
	}
	return true
}

// holds tells whether the event has the value, whatever Inverse says.
func (c *condition) holds(v *view, n names) bool {
	switch {
	case c.text >= 0:
		return len(v.texts[c.text]) > 0 && matches(v.texts[c.text], c.Value, c.glob)
	case c.Field == FieldEventType:
		return matches(v.typ.String(), c.Value, c.glob)
	case c.Field == FieldComponentID:
		return c.holdsRef(v.component, n)
	case c.Field == FieldRelationship:
		return c.holdsRef(v.relation, n)
	case c.Field == FieldSourceQueue:
		return c.holdsRef(v.queue, n)
	case c.Field == FieldFlowFileUUID:
		return c.holdsUUID(v.uuid) || c.holdsUUID(v.parents) || c.holdsUUID(v.children)
	}
	value, ok := v.attrAfter(c.attr, n)
	return ok && matches(value, c.Value, c.glob)
}

func (c *condition) holdsRef(r ref, n names) bool {
	text, err := r.textIn(n)
	return err == nil && text != "" && matches(text, c.Value, c.glob)
}

// holdsUUID tells whether one of the uuids fits.
func (c *condition) holdsUUID(ids []byte) bool {
	for ; len(ids) > 0; ids = ids[16:] {
		if c.uuid != nil && flowfile.UUID(ids) == *c.uuid ||
			c.uuid == nil && matches(flowfile.UUID(ids).String(), c.Value, c.glob) {
			return true
		}
	}
	return false
}

// attrAfter returns the value that an attribute has after the event.
func (v *view) attrAfter(name string, n names) (value string, ok bool) {
	gone := false
	for c := (cursor{b: v.removed}); len(c.b) > 0 && !gone; {
		text, _ := c.ref().textIn(n)
		gone = text == name
	}
	for i, packed := range [...][]byte{v.set, v.attrs} {
		if gone && i == 1 {
			break
		}
		for c := (cursor{b: packed}); len(c.b) > 0; {
			a := c.attr()
			if text, err := a.textIn(n); err == nil && text == name {
				return string(a.value), true
			}
		}
	}
	switch name {
	case flowfile.AttrUUID, flowfile.AttrFilename:
		return flowfile.UUID(v.uuid).String(), true
	case flowfile.AttrPath:
		return impliedPath, true
	}
	return "", false
}

// impliedPath is the path of a FlowFile to which nobody gave one, as flowfile.FlowFile.Attr has it.
const impliedPath = "./"

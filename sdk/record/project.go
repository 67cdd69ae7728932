package record

import (
	"maps"
	"strconv"
)

// Projection finds the fields of a target schema in records of another. It
// remembers the last pair of schemas, because they rarely change between
// records. The zero Projection is ready for use.
type Projection struct {
	from, to *Schema
	slots    []int
}

// Slots returns, for each field of to, its index in from, or -1. Fields are
// found by name, then by the aliases of either side. The result is valid until the
// next call.
func (p *Projection) Slots(from, to *Schema) []int {
	if p.from == from && p.to == to {
		return p.slots
	}
	p.from, p.to = from, to
	p.slots = p.slots[:0]
	for _, f := range to.fields {
		p.slots = append(p.slots, from.indexOfAny(f))
	}
	return p.slots
}

// ResultOf makes the result of a Writer from the number of records, the
// content's type and further attributes.
func ResultOf(count int64, mimeType string, attrs map[string]string) WriteResult {
	all := map[string]string{"record.count": strconv.FormatInt(count, 10), "mime.type": mimeType}
	maps.Copy(all, attrs)
	return WriteResult{Count: count, Attributes: all}
}

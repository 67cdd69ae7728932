// Package arena reuses the memory of nested records and arrays from one record
// to the next, for the codecs of record readers.
package arena

import "github.com/braidflow/braid/sdk/record"

// Arena holds the nested values of one record. The zero Arena is ready for
// use, by one goroutine.
type Arena struct {
	stack   []record.Value // elements of arrays that are being read
	values  []record.Value
	records []*record.Record
	used    int
}

const keepValues = 64 << 10 // of an unusually large record, more is given back

// Reset takes back all that was handed out.
func (a *Arena) Reset() {
	if cap(a.values) > keepValues {
		a.values = nil
	}
	if cap(a.stack) > keepValues {
		a.stack = nil
	}
	if len(a.records) > keepValues {
		a.records = nil
	}
	a.stack, a.values, a.used = a.stack[:0], a.values[:0], 0
}

// Record returns a record of nulls, valid until Reset.
func (a *Arena) Record(s *record.Schema) *record.Record {
	if a.used == len(a.records) {
		a.records = append(a.records, record.New(s))
	}
	rec := a.records[a.used]
	a.used++
	rec.Reset(s)
	return rec
}

// Mark begins an array; elements are added by Push, of nested arrays in turn.
func (a *Arena) Mark() int { return len(a.stack) }

// Push adds an element to the innermost array.
func (a *Arena) Push(v record.Value) { a.stack = append(a.stack, v) }

// Array ends the array that began at mark. It is valid until Reset.
func (a *Arena) Array(mark int) record.Value {
	items := a.stack[mark:]
	if cap(a.values)-len(a.values) < len(items) {
		a.values = make([]record.Value, 0, max(256, 2*len(items))) // arrays made before keep the old one
	}
	at := len(a.values)
	a.values = append(a.values, items...)
	a.stack = a.stack[:mark]
	return record.ArrayValue(a.values[at:len(a.values):len(a.values)])
}

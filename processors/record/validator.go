package record

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/braidflow/braid/sdk/record"
)

// problems are what a validator found in records, by what NiFi's StandardSchemaValidator calls their type. Of each kind
// the fields are kept once.
type problems struct{ missing, extra, invalid []string }

func add(list []string, field string) []string {
	if slices.Contains(list, field) {
		return list
	}
	return append(list, field)
}

// String is the text for provenance and for the details attribute.
func (p *problems) String() string {
	var parts []string
	for _, k := range []struct {
		fields []string
		what   string
	}{
		{p.missing, "fields were missing"},
		{p.extra, "fields were present in the Record but not in the schema"},
		{p.invalid, "fields had values whose type did not match the schema"},
	} {
		if len(k.fields) > 0 {
			parts = append(parts, fmt.Sprintf("The following %d %s: [%s]", len(k.fields), k.what, strings.Join(k.fields, ", ")))
		}
	}
	return "Records in this FlowFile were invalid for the following reasons: " + strings.Join(parts, "; ")
}

// validator checks records against a schema, as StandardSchemaValidator.
type validator struct {
	strict, extra bool // check types as they are; allow fields that the schema lacks
	formats       *record.Formats
	found         problems // in all records so far
}

// valid tells whether a record fits the schema. prefix is the path of the record, "" for the outermost.
func (v *validator) valid(r *record.Record, s *record.Schema, prefix string) bool {
	ok := true
	same := r.Schema() == s // then there are no surplus fields, and each is where the schema says
	for i, f := range s.Fields() {
		var value record.Value
		if same {
			value = r.At(i)
		} else {
			value = get(r, f)
		}
		if value.IsNull() {
			if f.Required && f.Default.IsNull() {
				v.found.missing = add(v.found.missing, prefix+"/"+f.Name)
				ok = false
			}
			continue
		}
		if value.Kind() == f.Type.Kind && f.Type.Kind <= record.KindChar || f.Type.Kind == record.KindString && value.Kind() == record.KindString {
			continue
		}
		ok = v.validValue(value, f.Type, prefix, f.Name) && ok
	}
	if same || v.extra {
		return ok
	}
	for i, f := range r.Schema().Fields() {
		if s.Index(f.Name) < 0 && !r.At(i).IsMissing() {
			v.found.extra = add(v.found.extra, prefix+"/"+f.Name)
			ok = false
		}
	}
	return ok
}

func get(r *record.Record, f record.Field) record.Value {
	if i := r.Schema().Index(f.Name); i >= 0 {
		return r.At(i)
	}
	for _, alias := range f.Aliases {
		if i := r.Schema().Index(alias); i >= 0 {
			return r.At(i)
		}
	}
	return record.Missing
}

// validValue puts the path of a value together only if it is needed, which is seldom.
func (v *validator) validValue(value record.Value, t *record.Type, prefix, name string) bool {
	var fits bool
	if v.strict {
		fits = isOf(value, t)
	} else {
		fits = record.Compatible(value, t, false, v.formats)
	}
	if !fits {
		v.found.invalid = add(v.found.invalid, prefix+"/"+name)
		return false
	}
	if value.Kind() < record.KindRecord {
		return true
	}
	return v.validInside(value, t, prefix+"/"+name)
}

// validInside checks the records within a value.
func (v *validator) validInside(value record.Value, t *record.Type, path string) bool {
	if t.Kind == record.KindChoice {
		if t = record.Choose(value, t, v.formats); t == nil {
			v.found.invalid = add(v.found.invalid, path)
			return false
		}
	}
	switch {
	case t.Kind == record.KindRecord && t.Schema != nil:
		inner := value.Record()
		if inner == nil {
			v.found.invalid = add(v.found.invalid, path)
			return false
		}
		return v.valid(inner, t.Schema, path)
	case t.Kind == record.KindArray && t.Elem != nil && t.Elem.Kind >= record.KindRecord:
		ok := true
		for i, item := range value.Array() {
			if !item.IsNull() {
				ok = v.validInside(item, t.Elem, fmt.Sprintf("%s[%d]", path, i)) && ok
			}
		}
		return ok
	}
	return true
}

// isOf tells whether a value is of a type without conversion, except from a narrower number.
func isOf(v record.Value, t *record.Type) bool {
	k := v.Kind()
	switch t.Kind {
	case record.KindEnum:
		return (k == record.KindString || k == record.KindEnum) && slices.Contains(t.Symbols, v.Text())
	case record.KindArray:
		if k == record.KindBytes {
			return t.Elem == nil || t.Elem.Kind == record.KindByte
		}
		return k == record.KindArray && all(v.Array(), t.Elem)
	case record.KindMap:
		if r := v.Record(); r != nil {
			return all(r.Values(), t.Elem)
		}
		for i := range v.Map().Len() {
			if item := v.Map().At(i); !item.IsNull() && !isOf(item, t.Elem) {
				return false
			}
		}
		return k == record.KindMap
	case record.KindChoice:
		return slices.ContainsFunc(t.Options, func(o *record.Type) bool { return isOf(v, o) })
	case record.KindString:
		return k == record.KindString || k == record.KindEnum
	}
	return k == t.Kind || t.Kind.IsNumber() && k.IsNumber() && fitsNumber(v, t.Kind)
}

func all(items []record.Value, t *record.Type) bool {
	for _, item := range items {
		if !item.IsNull() && t != nil && !isOf(item, t) {
			return false
		}
	}
	return true
}

// Whole numbers up to these are exact as floating point numbers.
const (
	exactFloat  = 1 << 24
	exactDouble = 1 << 53
)

// fitsNumber tells whether a number can stand for one of kind to without loss.
func fitsNumber(v record.Value, to record.Kind) bool {
	k := v.Kind()
	exact := func(limit int64) bool {
		n := v.Int()
		if b := v.BigInt(); b != nil {
			if !b.IsInt64() {
				return false
			}
			n = b.Int64()
		}
		return -limit <= n && n <= limit
	}
	switch to {
	case record.KindByte, record.KindShort, record.KindInt, record.KindLong, record.KindBigInt:
		return k <= to
	case record.KindFloat:
		if k == record.KindDouble {
			return math.Abs(v.Float()) <= math.MaxFloat32
		}
		return k <= record.KindBigInt && exact(exactFloat)
	case record.KindDouble:
		return k == record.KindFloat || k <= record.KindBigInt && exact(exactDouble)
	}
	return true // every number is a DECIMAL
}

// coerce converts the values of a record to the types of its schema; what cannot be converted is taken out.
func coerce(r *record.Record, f *record.Formats) {
	for i, field := range r.Schema().Fields() {
		v, err := record.Convert(r.At(i), field.Type, f)
		if err != nil {
			v = record.Missing
		}
		if inner := v.Record(); inner != nil {
			coerce(inner, f)
		}
		r.SetAt(i, v)
	}
}

package record

import "slices"

// Merge is the narrowest type that takes the values of both: the wider one if
// one is wider, a RECORD of all fields for two RECORDs, otherwise a CHOICE, as
// DataTypeUtils.mergeDataTypes. A nil type gives way to the other one.
func Merge(a, b *Type) *Type {
	if w := Wider(a, b); w != nil || a == nil && b == nil {
		return w
	}
	if a.Kind == KindRecord && b.Kind == KindRecord {
		return RecordOf(MergeSchemas(a.Schema, b.Schema))
	}
	if a.Kind == KindArray && b.Kind == KindArray && a.Elem != nil && b.Elem != nil &&
		a.Elem.Kind == KindRecord && b.Elem.Kind == KindRecord {
		return ArrayOf(Merge(a.Elem, b.Elem))
	}
	options := widestOf(append(optionsOf(a), optionsOf(b)...))
	slices.SortStableFunc(options, func(x, y *Type) int { return choiceOrder(x.Kind) - choiceOrder(y.Kind) })
	return ChoiceOf(options...)
}

func optionsOf(t *Type) []*Type {
	if t.Kind == KindChoice {
		return slices.Clone(t.Options)
	}
	return []*Type{t}
}

// widestOf drops the types that another one covers and merges RECORDs. A
// number is not dropped in favor of a STRING, so that it stays a number.
func widestOf(types []*Type) []*Type {
	var kept []*Type
next:
	for _, t := range types {
		for i, k := range kept {
			if w := Wider(k, t); w != nil {
				kept[i] = w
				continue next
			}
			if k.Kind == KindRecord && t.Kind == KindRecord {
				kept[i] = RecordOf(MergeSchemas(k.Schema, t.Schema))
				continue next
			}
		}
		kept = append(kept, t)
	}
	return kept
}

// choiceOrder is the place of a kind in RecordFieldType, which orders the
// options of a CHOICE.
func choiceOrder(k Kind) int { return choiceOrders[k] }

var choiceOrders = func() (order [KindBytes + 1]int) {
	for i, k := range []Kind{
		KindBoolean, KindByte, KindShort, KindInt, KindLong, KindBigInt, KindFloat, KindDouble, KindDecimal,
		KindTimestamp, KindDate, KindTime, KindUUID, KindChar, KindEnum, KindString, KindRecord, KindChoice, KindArray, KindMap,
	} {
		order[k] = i
	}
	return order
}()

// Wider returns whichever type takes all values of the other, or nil if
// neither does, as DataTypeUtils.getWiderType.
func Wider(a, b *Type) *Type {
	switch {
	case a == nil:
		return b
	case b == nil, a.Equal(b):
		return a
	case a.Kind == KindArray && b.Kind == KindArray:
		return widerArray(a, b)
	case a.Kind == KindRecord && b.Kind == KindRecord:
		return widerRecord(a, b)
	case a.Kind == KindDecimal && b.Kind == KindDecimal:
		return DecimalOf(max(a.Precision, b.Precision), max(a.Scale, b.Scale))
	case takesAll(a.Kind, b.Kind):
		return a
	case takesAll(b.Kind, a.Kind):
		return b
	}
	return nil
}

func takesAll(wide, narrow Kind) bool {
	switch wide {
	case KindShort, KindInt, KindLong, KindBigInt:
		return narrow >= KindByte && narrow < wide
	case KindFloat, KindDouble:
		return narrow.IsInteger() || wide == KindDouble && narrow == KindFloat
	case KindDecimal:
		return narrow.IsNumber()
	case KindString:
		return narrow == KindChar || narrow == KindUUID
	}
	return false
}

// widerArray regards an array whose element type is not yet known (an empty
// one) as narrower than any other.
func widerArray(a, b *Type) *Type {
	if a.Elem == nil {
		return b
	}
	if b.Elem == nil {
		return a
	}
	if w := Wider(a.Elem, b.Elem); w != nil {
		return ArrayOf(w)
	}
	return nil
}

func widerRecord(a, b *Type) *Type {
	if schemaTakesAll(a.Schema, b.Schema) {
		return a
	}
	if schemaTakesAll(b.Schema, a.Schema) {
		return b
	}
	return nil
}

func schemaTakesAll(wide, narrow *Schema) bool {
	for _, f := range narrow.fields {
		i := wide.Index(f.Name)
		if i < 0 {
			return false
		}
		t := wide.fields[i].Type
		if w := Wider(t, f.Type); w == nil || !w.Equal(t) {
			return false
		}
	}
	return true
}

// MergeSchemas has the fields of a, then those that only b has. Fields of both
// have the merged type; fields of one may be null. A nil schema gives way.
func MergeSchemas(a, b *Schema) *Schema {
	if a == nil || a == b {
		return b
	}
	if b == nil {
		return a
	}
	fields := slices.Clone(a.fields)
	inBoth := make([]bool, len(fields))
	for _, f := range b.fields {
		i := a.indexOfAny(f)
		if i < 0 {
			f.Required = false
			fields = append(fields, f)
			continue
		}
		inBoth[i] = true
		fields[i] = mergeFields(fields[i], f)
	}
	for i, both := range inBoth {
		fields[i].Required = fields[i].Required && both
	}
	return NamedSchema(a.namespace, a.name, fields...)
}

func (s *Schema) indexOfAny(f Field) int {
	i := s.Index(f.Name)
	for _, alias := range f.Aliases {
		if i < 0 {
			i = s.Index(alias)
		}
	}
	return i
}

func mergeFields(a, b Field) Field {
	a.Type = Merge(a.Type, b.Type)
	a.Required = a.Required && b.Required
	if a.Default.IsNull() {
		a.Default = b.Default
	}
	aliases := slices.Clone(a.Aliases)
	for _, alias := range b.Aliases {
		if !slices.Contains(aliases, alias) {
			aliases = append(aliases, alias)
		}
	}
	a.Aliases = aliases
	return a
}

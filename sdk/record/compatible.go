package record

import (
	"slices"
	"strings"
)

// Compatible reports whether v can be taken for a value of type t, as
// DataTypeUtils.isCompatibleDataType. With strict, a record must not have
// fields that its type lacks. Null is compatible with nothing.
func Compatible(v Value, t *Type, strict bool, f *Formats) bool {
	if v.IsNull() {
		return false
	}
	switch t.Kind {
	case KindBoolean:
		return v.kind == KindBoolean || strings.EqualFold(v.Text(), "true") || strings.EqualFold(v.Text(), "false")
	case KindByte, KindShort, KindInt, KindLong, KindBigInt, KindFloat, KindDouble, KindDecimal:
		return numberCompatible(v, t.Kind)
	case KindDate, KindTime, KindTimestamp:
		return dateCompatible(v, t.Kind, f)
	case KindChar:
		return v.kind == KindChar || v.kind == KindString && v.n > 0
	case KindEnum:
		return slices.Contains(t.Symbols, v.Text())
	case KindUUID:
		_, err := toUUID(v)
		return v.kind == KindUUID || err == nil
	case KindString:
		return v.kind != KindRecord
	case KindMap:
		return v.kind == KindMap || v.kind == KindRecord
	case KindRecord:
		return recordCompatible(v, t.Schema, strict, f)
	case KindArray:
		return arrayCompatible(v, t.Elem, strict, f)
	case KindChoice:
		return Choose(v, t, f) != nil
	}
	return false
}

func numberCompatible(v Value, kind Kind) bool {
	switch {
	case v.kind.IsNumber():
		if kind == KindInt {
			_, err := toWhole(v, kind)
			return err == nil
		}
		return true
	case v.kind.IsDateTime():
		return kind == KindLong
	case v.kind != KindString && v.kind != KindBytes:
		return false
	}
	s := ToString(v, nil)
	if s == "" || strings.TrimSpace(s) != s {
		return false
	}
	_, err := convert(StringValue(s), &Type{Kind: kind}, nil)
	return err == nil
}

func dateCompatible(v Value, kind Kind, f *Formats) bool {
	if v.kind.IsDateTime() || v.kind.IsNumber() {
		return true
	}
	if v.kind != KindString {
		return false
	}
	format := f.Of(kind)
	if format == nil {
		return numberCompatible(v, KindLong)
	}
	_, err := format.Parse(v.Text())
	return err == nil
}

func recordCompatible(v Value, s *Schema, strict bool, f *Formats) bool {
	get := func(name string) Value { return v.Record().Get(name) }
	switch v.kind {
	case KindMap:
		get = func(name string) Value { item, _ := v.Map().Get(name); return item }
	case KindRecord:
		if strict && s != nil && slices.ContainsFunc(v.Record().schema.fields, func(f Field) bool { return s.Index(f.Name) < 0 }) {
			return false
		}
	default:
		return false
	}
	if s == nil {
		return true
	}
	for _, field := range s.fields {
		item := get(field.Name)
		if item.IsNull() {
			if field.Required {
				return false
			}
			continue
		}
		if !Compatible(item, field.Type, strict, f) {
			return false
		}
	}
	return true
}

func arrayCompatible(v Value, elem *Type, strict bool, f *Formats) bool {
	if v.kind == KindString || v.kind == KindBytes {
		return elem != nil && elem.Kind == KindByte
	}
	if v.kind != KindArray {
		return false
	}
	for _, item := range v.Array() {
		if !item.IsNull() && elem != nil && !Compatible(item, elem, strict, f) {
			return false
		}
	}
	return true
}

// Choose picks the option of a CHOICE that suits v best, or nil if none takes
// it, as DataTypeUtils.chooseDataType: the only compatible one; for text the
// simplest compatible one; otherwise the value's own type, then a wider one.
func Choose(v Value, choice *Type, f *Formats) *Type {
	if v.kind == KindString {
		return chooseForText(v, choice, f)
	}
	var fits []*Type
	for _, o := range choice.Options {
		if o.Kind == v.kind && !isNested(v.kind) && v.kind != KindEnum {
			return o
		}
		if Compatible(v, o, false, f) {
			fits = append(fits, o)
		}
	}
	if len(fits) <= 1 {
		return append(fits, nil)[0]
	}
	own := TypeOf(v)
	for _, o := range fits {
		if own.Equal(o) {
			return o
		}
	}
	for _, o := range fits {
		if Wider(o, own) != nil {
			return o
		}
	}
	return fits[0]
}

func chooseForText(v Value, choice *Type, f *Formats) (best *Type) {
	for _, o := range choice.Options {
		if (best == nil || choiceOrder(o.Kind) < choiceOrder(best.Kind)) && Compatible(v, o, false, f) {
			best = o
		}
	}
	return best
}

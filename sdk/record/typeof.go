package record

// TypeOf is the type that describes v: of an array the merged type of its
// elements, of null and of empty arrays and maps STRING.
func TypeOf(v Value) *Type {
	switch v.kind {
	case KindNull:
		return String
	case KindBigInt:
		return BigInt
	case KindDecimal:
		d := v.Decimal()
		return DecimalOf(max(d.Precision(), int(d.scale)), max(0, int(d.scale)))
	case KindEnum:
		return EnumOf(v.Text())
	case KindBytes:
		return ArrayOf(Byte)
	case KindArray:
		return ArrayOf(mergedType(v.Array()))
	case KindMap:
		return MapOf(mergedType(v.Map().values))
	case KindRecord:
		return RecordOf(v.Record().schema)
	}
	return plainTypes[v.kind]
}

func mergedType(items []Value) *Type {
	var t *Type
	for _, item := range items {
		if !item.IsNull() {
			t = Merge(t, TypeOf(item))
		}
	}
	if t == nil {
		return String
	}
	return t
}

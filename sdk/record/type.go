package record

import (
	"slices"
	"strings"
)

// Kind is the kind of a field type or of a value, as NiFi's RecordFieldType.
type Kind uint8

// The kinds. KindNull is the kind of the zero Value. KindBytes is a compact
// form of an array of bytes: a value may have it, a field type never has.
const (
	KindNull Kind = iota
	KindBoolean
	KindByte
	KindShort
	KindInt
	KindLong
	KindBigInt
	KindFloat
	KindDouble
	KindDecimal
	KindDate
	KindTime
	KindTimestamp
	KindChar
	KindEnum
	KindUUID
	KindString
	KindRecord
	KindArray
	KindMap
	KindChoice
	KindBytes
)

var kindNames = [...]string{
	"NULL", "BOOLEAN", "BYTE", "SHORT", "INT", "LONG", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL",
	"DATE", "TIME", "TIMESTAMP", "CHAR", "ENUM", "UUID", "STRING", "RECORD", "ARRAY", "MAP", "CHOICE", "BYTES",
}

// String is the name that NiFi gives the kind, in capitals.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "INVALID"
}

// ParseKind finds the kind of a field type by name, whatever the letter case.
func ParseKind(name string) (Kind, bool) {
	i := slices.Index(kindNames[:KindBytes], strings.ToUpper(name))
	return Kind(max(i, 0)), i > 0
}

// IsInteger reports whether values of the kind are whole numbers of 64 bits or less.
func (k Kind) IsInteger() bool { return k >= KindByte && k <= KindLong }

// IsNumber reports whether values of the kind are numbers.
func (k Kind) IsNumber() bool { return k >= KindByte && k <= KindDecimal }

// IsDateTime reports whether the kind is DATE, TIME or TIMESTAMP.
func (k Kind) IsDateTime() bool { return k >= KindDate && k <= KindTimestamp }

// Type is the type of a field: a kind and what the kind needs. It is immutable.
type Type struct {
	Kind      Kind
	Format    string   // DATE, TIME, TIMESTAMP: Java pattern; "" = the default of reader or writer
	Precision int      // DECIMAL
	Scale     int      // DECIMAL
	Symbols   []string // ENUM
	Elem      *Type    // ARRAY element, MAP value
	Schema    *Schema  // RECORD
	Options   []*Type  // CHOICE; never nested CHOICEs
}

// The types without parameters; those of dates have the default format.
var (
	Boolean   = &Type{Kind: KindBoolean}
	Byte      = &Type{Kind: KindByte}
	Short     = &Type{Kind: KindShort}
	Int       = &Type{Kind: KindInt}
	Long      = &Type{Kind: KindLong}
	BigInt    = &Type{Kind: KindBigInt}
	Float     = &Type{Kind: KindFloat}
	Double    = &Type{Kind: KindDouble}
	Date      = &Type{Kind: KindDate}
	Time      = &Type{Kind: KindTime}
	Timestamp = &Type{Kind: KindTimestamp}
	Char      = &Type{Kind: KindChar}
	UUID      = &Type{Kind: KindUUID}
	String    = &Type{Kind: KindString}
)

var plainTypes = map[Kind]*Type{
	KindBoolean: Boolean, KindByte: Byte, KindShort: Short, KindInt: Int, KindLong: Long, KindBigInt: BigInt,
	KindFloat: Float, KindDouble: Double, KindDate: Date, KindTime: Time, KindTimestamp: Timestamp,
	KindChar: Char, KindUUID: UUID, KindString: String,
}

// DecimalOf is DECIMAL with at most precision digits, scale of them after the point.
func DecimalOf(precision, scale int) *Type {
	return &Type{Kind: KindDecimal, Precision: precision, Scale: scale}
}

// EnumOf is ENUM with the given symbols.
func EnumOf(symbols ...string) *Type { return &Type{Kind: KindEnum, Symbols: symbols} }

// ArrayOf is ARRAY of elem.
func ArrayOf(elem *Type) *Type { return &Type{Kind: KindArray, Elem: elem} }

// MapOf is MAP from text to elem.
func MapOf(elem *Type) *Type { return &Type{Kind: KindMap, Elem: elem} }

// RecordOf is RECORD with schema s; nil stands for any schema.
func RecordOf(s *Schema) *Type {
	if s == nil {
		return anyRecord
	}
	return s.own
}

var anyRecord = &Type{Kind: KindRecord}

// ChoiceOf is CHOICE between the options. CHOICEs among them are dissolved and
// repeated types dropped; one remaining option is returned as itself.
func ChoiceOf(options ...*Type) *Type {
	var flat []*Type
	add := func(t *Type) {
		if !slices.ContainsFunc(flat, t.Equal) {
			flat = append(flat, t)
		}
	}
	for _, o := range options {
		if o.Kind != KindChoice {
			add(o)
			continue
		}
		for _, inner := range o.Options {
			add(inner)
		}
	}
	if len(flat) == 1 {
		return flat[0]
	}
	return &Type{Kind: KindChoice, Options: flat}
}

// Equal reports whether both types accept the same values in the same form.
func (t *Type) Equal(o *Type) bool {
	if t == o {
		return true
	}
	if t == nil || o == nil || t.Kind != o.Kind || t.Format != o.Format ||
		t.Precision != o.Precision || t.Scale != o.Scale || !slices.Equal(t.Symbols, o.Symbols) {
		return false
	}
	switch t.Kind {
	case KindArray, KindMap:
		return t.Elem.Equal(o.Elem)
	case KindRecord:
		return t.Schema.Equal(o.Schema)
	case KindChoice:
		return slices.EqualFunc(t.Options, o.Options, (*Type).Equal)
	}
	return true
}

// String names the type as NiFi does, for example ARRAY[INT] or CHOICE[INT, STRING].
func (t *Type) String() string {
	switch {
	case t == nil:
		return "NULL"
	case t.Kind == KindArray || t.Kind == KindMap:
		return t.Kind.String() + "[" + t.Elem.String() + "]"
	case t.Kind == KindChoice:
		names := make([]string, len(t.Options))
		for i, o := range t.Options {
			names[i] = o.String()
		}
		return "CHOICE[" + strings.Join(names, ", ") + "]"
	case t.Format != "":
		return t.Kind.String() + ":" + t.Format
	}
	return t.Kind.String()
}

package provenance

import (
	"encoding/binary"
	"math/bits"

	"github.com/braidflow/braid/internal/repo/flowfile"
)

// The fields that a search may name, with NiFi's identifiers. Any other field is the name of an attribute.
const (
	FieldEventType    = "EventType"
	FieldFlowFileUUID = "FlowFileUUID" // of the FlowFile, a parent or a child
	FieldFilename     = "Filename"
	FieldComponentID  = "ProcessorID"
	FieldRelationship = "Relationship"
	FieldTransitURI   = "TransitURI"
	FieldDetails      = "Details"
	FieldAlternateID  = "AlternateIdentifierURI"
	FieldSourceQueue  = "SourceQueueIdentifier"
)

// listFields have few different values: the index keeps a list of events per value. listFields[0] is the type.
var listFields = [...]string{FieldEventType, FieldComponentID, FieldRelationship}

// textFields are in the order of view.texts; "" is not searched.
var textFields = [...]string{FieldTransitURI, FieldDetails, FieldAlternateID, ""}

// attrOf returns the attribute behind a field.
func attrOf(field string) string {
	if field == FieldFilename {
		return flowfile.AttrFilename
	}
	return field
}

// seedOf keeps the values of different fields apart in the index.
func seedOf(field string) uint64 { return hashText(0, attrOf(field)) }

const mixer = 0x9e3779b97f4a7c15

// hashUUID hashes a uuid for the index.
func hashUUID(seed uint64, id []byte) uint64 {
	return mix(binary.LittleEndian.Uint64(id)^seed, binary.LittleEndian.Uint64(id[8:])^mixer)
}

// hashText hashes a value for the index. As in NiFi upper and lower case are the same, but here only in ASCII.
func hashText[T string | []byte](seed uint64, s T) uint64 {
	h := seed ^ uint64(len(s))
	for len(s) >= 8 {
		h = mix(h^lower8(word(s)), mixer)
		s = s[8:]
	}
	var last uint64
	for i := range len(s) {
		last |= uint64(s[i]) << (8 * i)
	}
	return mix(h^lower8(last), mixer^uint64(len(s)))
}

func word[T string | []byte](s T) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a^0x8bb84b93962eacc9, b^0x2d358dccaa6c78a5)
	return hi ^ lo
}

// lower8 turns A-Z to lower case in eight bytes at once.
func lower8(x uint64) uint64 {
	const ones = 0x0101010101010101
	low := x & (0x7f * ones)
	upper := (low + (0x80-'A')*ones) &^ (low + (0x7f-'Z')*ones) &^ x & (0x80 * ones)
	return x | upper>>2
}

func lower(c byte) byte {
	if c-'A' < 26 {
		return c + 'a' - 'A'
	}
	return c
}

// matches tells whether a value fits a pattern: ASCII case is ignored, and if glob is set, * stands for any text and
// ? for one character.
func matches[T string | []byte](value T, pattern string, glob bool) bool {
	v, p, star, mark := 0, 0, -1, 0
	for v < len(value) {
		switch {
		case glob && p < len(pattern) && pattern[p] == '*':
			star, mark = p, v
			p++
		case p < len(pattern) && (lower(pattern[p]) == lower(value[v])):
			v++
			p++
		case glob && p < len(pattern) && pattern[p] == '?':
			v += runeLen(value[v])
			p++
		case star >= 0: // let the last * take one more byte
			mark++
			v, p = mark, star+1
		default:
			return false
		}
	}
	for glob && p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern) && v <= len(value)
}

// runeLen returns the length of the UTF-8 sequence that starts with c, 1 for what starts none.
func runeLen(c byte) int {
	if c < 0xc0 {
		return 1
	}
	return min(bits.LeadingZeros8(^c), 4)
}

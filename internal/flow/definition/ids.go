package definition

import (
	"crypto/md5" //nolint:gosec // NiFi's identifiers are made with it; nothing secret depends on it
	"crypto/sha256"
	"fmt"
)

// Identifier is the identifier of a component that no versioned flow gave one: the name-based UUID (version 3) of its
// id, as Java's UUID.nameUUIDFromBytes makes it and NiFi writes it.
func Identifier(id string) string {
	sum := md5.Sum([]byte(id)) //nolint:gosec // see the import
	return uuid(sum, 3)
}

// NewID makes the id of a component from a seed and names: the same ones give the same id on every node.
func NewID(seed string, names ...string) string {
	h := sha256.New()
	for _, s := range append([]string{seed}, names...) {
		_, _ = fmt.Fprintf(h, "%d:%s", len(s), s) // a hash takes everything
	}
	return uuid([16]byte(h.Sum(nil)[:16]), 8)
}

func uuid(b [16]byte, version byte) string {
	b[6] = b[6]&0x0f | version<<4
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// Package content is the content repository: the bytes of FlowFiles, appended to shared segment files and counted
// by the FlowFiles that point to them.
package content

// Claim says where a content lies. The zero Claim is the empty content. A Claim is a value: it may be copied and
// compared; it is kept alive by the repository's reference count, not by being held.
type Claim struct {
	Segment uint64 // number of the segment file, from 1
	Offset  int64  // of the first byte in the segment
	Length  int64  // in bytes
	Sum     uint32 // CRC-32C of the content
}

// Empty tells whether there is no content.
func (c Claim) Empty() bool { return c.Length == 0 }

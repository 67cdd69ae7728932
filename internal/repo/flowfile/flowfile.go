// Package flowfile is the FlowFile repository: what a FlowFile is, and the log from which all live FlowFiles and the
// queues that hold them are recovered.
package flowfile

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"iter"
	"math/rand/v2"
	"time"

	"github.com/braidflow/braid/internal/repo/content"
)

// FlowFile is one record that flows: attributes and a pointer to content. It is immutable once it is in a queue;
// a change makes a new FlowFile with the same ID and UUID. Fields are exported for the engine, which alone makes
// FlowFiles; processors see the methods.
type FlowFile struct {
	ID      uint64 // unique in this repository, growing
	UUID    UUID
	Entry   int64 // when it (or its oldest ancestor here) entered this instance, Unix milliseconds
	Lineage int64 // when its oldest ancestor anywhere was born, Unix milliseconds
	Queued  int64 // when it was put into its current queue, Unix milliseconds
	Penalty int64 // not to be processed before, Unix milliseconds; 0 = now
	Claim   content.Claim
	Attrs   Attrs
	// Slot is scratch space of the session that holds the FlowFile: the index of its entry there.
	Slot int32
}

// UUID identifies a FlowFile everywhere.
type UUID [16]byte

// NewUUID makes a random (version 4) UUID. FlowFile UUIDs are names, not secrets.
func NewUUID() UUID {
	var u UUID
	binary.LittleEndian.PutUint64(u[:8], rand.Uint64())
	binary.LittleEndian.PutUint64(u[8:], rand.Uint64())
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	return u
}

// ParseUUID reads the form with hyphens.
func ParseUUID(s string) (u UUID, err error) {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return u, fmt.Errorf("%q is not a UUID", s)
	}
	b := s[:8] + s[9:13] + s[14:18] + s[19:23] + s[24:]
	if _, err := hex.Decode(u[:], []byte(b)); err != nil {
		return u, fmt.Errorf("%q is not a UUID: %w", s, err)
	}
	return u, nil
}

// String returns the form with hyphens, in lower case.
func (u UUID) String() string {
	b := make([]byte, 36)
	hex.Encode(b, u[:4])
	hex.Encode(b[9:], u[4:6])
	hex.Encode(b[14:], u[6:8])
	hex.Encode(b[19:], u[8:10])
	hex.Encode(b[24:], u[10:])
	b[8], b[13], b[18], b[23] = '-', '-', '-', '-'
	return string(b)
}

// The attributes that each FlowFile has. They are stored only when they differ from these defaults: the filename of
// a FlowFile is its UUID until somebody names it.
const (
	AttrUUID     = "uuid"
	AttrFilename = "filename"
	AttrPath     = "path"
	defaultPath  = "./"
)

// Attr returns the value of an attribute. As in NiFi, uuid, filename and path are always there.
func (f *FlowFile) Attr(name string) (string, bool) {
	if name == AttrUUID {
		return f.UUID.String(), true
	}
	if v, ok := f.Attrs.Get(name); ok {
		return v, true
	}
	switch name {
	case AttrFilename:
		return f.UUID.String(), true
	case AttrPath:
		return defaultPath, true
	}
	return "", false
}

// All ranges over all attributes, the implied ones included, in no particular order.
func (f *FlowFile) All() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		if !yield(AttrUUID, f.UUID.String()) {
			return
		}
		for _, name := range [...]string{AttrFilename, AttrPath} {
			if _, stored := f.Attrs.Get(name); !stored {
				if v, _ := f.Attr(name); !yield(name, v) {
					return
				}
			}
		}
		for k, v := range f.Attrs.All() {
			if !yield(k, v) {
				return
			}
		}
	}
}

// Identifier returns the UUID as text.
func (f *FlowFile) Identifier() string { return f.UUID.String() }

// Number returns ID.
func (f *FlowFile) Number() uint64 { return f.ID }

// Size returns the length of the content in bytes.
func (f *FlowFile) Size() int64 { return f.Claim.Length }

// EntryDate returns when the FlowFile, or its oldest ancestor in this instance, entered the instance.
func (f *FlowFile) EntryDate() time.Time { return time.UnixMilli(f.Entry) }

// LineageStart returns when the oldest ancestor was born.
func (f *FlowFile) LineageStart() time.Time { return time.UnixMilli(f.Lineage) }

// QueuedSince returns when the FlowFile was put into its current queue.
func (f *FlowFile) QueuedSince() time.Time { return time.UnixMilli(f.Queued) }

// PenalizedUntil returns the time before which the FlowFile is not to be processed; zero if there is none.
func (f *FlowFile) PenalizedUntil() time.Time {
	if f.Penalty == 0 {
		return time.Time{}
	}
	return time.UnixMilli(f.Penalty)
}

// Package lookup is the contract of lookup services: what turns coordinates,
// such as a key, into a value or a record (NiFi's LookupService).
package lookup

import (
	"context"

	"github.com/braidflow/braid/sdk/record"
)

// The names by which flow definitions and users know the interface. NiFi has one
// for services that return records and one for those that return texts; a [Service] that does offers both.
const (
	StringServiceType = "org.apache.nifi.lookup.StringLookupService"
	ServiceType       = "org.apache.nifi.lookup.LookupService"
	RecordServiceType = "org.apache.nifi.lookup.RecordLookupService"
)

// Service finds one value by its coordinates. It is used by many goroutines.
type Service interface {
	// Keys are the names of the coordinates that Lookup needs.
	Keys() []string
	// ReturnsRecord says whether found values are records rather than single
	// values.
	ReturnsRecord() bool
	// Lookup returns the value at the coordinates and whether there is one.
	// attrs are the FlowFile's attributes, or nil. The value is shared and
	// must not be changed; a caller that changes it clones it first.
	Lookup(ctx context.Context, coordinates map[string]record.Value, attrs map[string]string) (record.Value, bool, error)
}

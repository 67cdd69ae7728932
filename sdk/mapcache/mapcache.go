// Package mapcache is the contract of maps that components and nodes share: what one of them has put another finds (NiFi's
// DistributedMapCacheClient).
package mapcache

import "context"

// ClientType is the name by which flow definitions and users know the interface.
const ClientType = "org.apache.nifi.distributed.cache.client.DistributedMapCacheClient"

// Client gives access to one map. It is used by many goroutines. An error means that the map could not be reached: nothing
// is known of the entry then.
type Client interface {
	// Get returns the value of a key and whether there is one.
	Get(ctx context.Context, key []byte) (value []byte, found bool, err error)
	// Put sets the value of a key.
	Put(ctx context.Context, key, value []byte) error
	// PutIfAbsent sets the value of a key that has none, at once for all clients, and reports whether it did.
	PutIfAbsent(ctx context.Context, key, value []byte) (bool, error)
	// Remove takes a key out and reports whether it was there.
	Remove(ctx context.Context, key []byte) (bool, error)
}

// Package ssl is the contract of the controller services that hold certificates for TLS (NiFi's SSLContextProvider).
package ssl

import "crypto/tls"

// Type is how flow definitions name the interface.
const Type = "org.apache.nifi.ssl.SSLContextProvider"

// Provider gives what a TLS client or server needs. It is used by many goroutines.
type Provider interface {
	// TLSConfig returns a configuration that the caller owns: the key store as Certificates, and the trust store both as
	// RootCAs (nil: the system's) and as ClientCAs (nil: there is no trust store).
	TLSConfig() (*tls.Config, error)
}

// Package proxy is the contract of the controller services that say by which proxy to reach others (NiFi's
// ProxyConfigurationService).
package proxy

import "net/url"

// Type is how flow definitions name the interface.
const Type = "org.apache.nifi.proxy.ProxyConfigurationService"

// Service gives a proxy. It is used by many goroutines.
type Service interface {
	// ProxyURL returns the proxy as http://, https:// or socks5:// with user and password if it has them; nil for none.
	ProxyURL() *url.URL
}

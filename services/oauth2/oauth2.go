// Package oauth2 is the contract of the controller services that get access tokens (NiFi's OAuth2AccessTokenProvider).
package oauth2

import "context"

// Type is how flow definitions name the interface.
const Type = "org.apache.nifi.oauth2.OAuth2AccessTokenProvider"

// TokenProvider gives access tokens. It is used by many goroutines.
type TokenProvider interface {
	// AccessToken returns a token that is valid now, from memory if it can.
	AccessToken(ctx context.Context) (string, error)
	// Refresh gets a new token, because a server has refused the present one.
	Refresh(ctx context.Context) error
}

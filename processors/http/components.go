// Package http holds the processors that speak HTTP, as client and as server.
package http

import "github.com/braidflow/braid/sdk"

// Components lists what the package offers.
var Components = []sdk.Component{InvokeHTTP, ListenHTTP}

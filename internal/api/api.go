// Package api serves NiFi's REST API under /nifi-api, as a standalone and unsecured NiFi 2.9 answers it, and beside
// it /metrics, /healthz, /readyz and a page that says that the node runs.
//
// There is one file a resource and one table of all operations (routes.go). A handler gets a [call], which holds one
// snapshot of the flow for the whole request, and returns the message to answer with (a struct of package dto) or an
// error. Errors are one line of plain text for people; the texts that occur more than once are in errors.go.
//
// Changes of the flow go through node.Edit with the revision that the client has seen. What may take long is an
// asynchronous request: its creation answers at once, the client polls, and the store in requests.go forgets it after
// a while. Values of sensitive properties and parameters never leave the node.
package api

import (
	"io"
	"net/http"
	"time"

	"github.com/braidflow/braid/internal/clock"
	"github.com/braidflow/braid/internal/engine"
	"github.com/braidflow/braid/internal/metrics"
	"github.com/braidflow/braid/internal/node"
)

// nifiVersion is the version of the API that clients may rely on, and of the components' bundles.
const nifiVersion = "2.9.0"

// server holds what the handlers share. It may be used concurrently.
type server struct {
	node    *node.Node
	engine  *engine.Engine
	clock   clock.Clock
	version string // Braid's own

	inspector *inspector
	requests  *store
	metrics   *metrics.Collector
}

// New returns the handler of all of a node's HTTP. version is that of the binary.
func New(n *node.Node, version string) http.Handler {
	s := &server{
		node: n, engine: n.Engine, clock: n.Engine.Clock(), version: version,
		inspector: newInspector(n), requests: newStore(n.Engine.Clock()), metrics: metrics.New(n, version),
	}
	mux := http.NewServeMux()
	s.register(mux, routes)
	mux.HandleFunc("/nifi-api/", func(w http.ResponseWriter, _ *http.Request) { writeError(w, errNoResource) })
	mux.HandleFunc("GET /metrics", s.metrics.ServeHTTP)
	mux.HandleFunc("GET /healthz", s.health)
	mux.HandleFunc("GET /readyz", s.ready)
	mux.HandleFunc("GET /{$}", s.page)
	return guarded(mux, n.Engine.Log())
}

func (s *server) now() time.Time { return s.clock.Now() }

// health says that the process answers.
func (s *server) health(w http.ResponseWriter, _ *http.Request) { writeText(w, http.StatusOK, "ok\n") }

// ready says whether the node can keep what it promises.
func (s *server) ready(w http.ResponseWriter, _ *http.Request) {
	if err := s.engine.Err(); err != nil {
		writeText(w, http.StatusServiceUnavailable, "the node must stop: "+oneLine(err.Error())+"\n")
		return
	}
	writeText(w, http.StatusOK, "ok\n")
}

func (s *server) page(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(w, page) // the client may be gone
}

const page = `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Braid</title>
<h1>Braid is running</h1>
<p>It speaks NiFi's REST API:</p>
<ul>
<li><a href="nifi-api/flow/about">About</a></li>
<li><a href="nifi-api/flow/status">Status</a></li>
<li><a href="nifi-api/flow/process-groups/root">Flow</a></li>
<li><a href="nifi-api/flow/bulletin-board">Bulletins</a></li>
<li><a href="metrics">Metrics</a></li>
</ul>
</html>
`

package api

import (
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
)

// guarded wraps everything that is served: headers that keep browsers from misusing answers, and refusal of requests
// that a page of another site has made a browser send. There is no login on a loopback address, so without it every
// page that a user visits could operate the node.
func guarded(next http.Handler, log *slog.Logger) http.Handler {
	origin := http.NewCrossOriginProtection()
	origin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { writeError(w, errCrossOrigin) }))
	next = origin.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "SAMEORIGIN")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'self'")
		h.Set("Referrer-Policy", "same-origin")
		defer recovered(w, r, log)
		if !knownHost(r.Host) {
			writeError(w, errHost.with(oneLine(r.Host)))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// knownHost tells whether a Host header can only come from a client that meant this node: an address or localhost. A
// name could be one of an attacker that resolves to this address. Proxies say the outer name in X-ProxyHost.
func knownHost(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	_, err = netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil
}

// recovered turns a panic of a handler, which is a mistake in the code, into an answer.
func recovered(w http.ResponseWriter, r *http.Request, log *slog.Logger) {
	p := recover()
	if p == nil {
		return
	}
	if p == http.ErrAbortHandler { //nolint:errorlint // the very value, as net/http compares it
		panic(p)
	}
	log.Error("a request failed unexpectedly", slog.String("method", r.Method), slog.String("path", r.URL.Path),
		slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
	writeError(w, errInternal)
}

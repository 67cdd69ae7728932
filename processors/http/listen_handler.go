package http

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/flowfilev3"
)

// idleTimeout is how long a client may send nothing.
const idleTimeout = 30 * time.Second

// Headers of the protocol that NiFi's PostHTTP and MiNiFi speak.
const (
	headerConfirm = "x-prefer-acknowledge-uri"
	headerIntent  = "x-location-uri-intent"
	headerGzipped = "flowfile-gzipped"
	headerVersion = "x-nifi-transfer-protocol-version"
)

func (p *listenHTTP) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+p.exact(), p.limited(p.post))
	mux.HandleFunc("HEAD "+p.exact(), p.head)
	mux.HandleFunc("DELETE "+p.under("holds/{id}"), p.limited(p.confirm))
	mux.HandleFunc("GET "+p.under("healthcheck"), healthy)
	return mux
}

func (p *listenHTTP) healthRoutes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+p.under("healthcheck"), healthy)
	return mux
}

// exact is the pattern of the base path and nothing below it.
func (p *listenHTTP) exact() string {
	if p.path == "/" {
		return "/{$}"
	}
	return p.path
}

func (p *listenHTTP) under(path string) string { return strings.TrimSuffix(p.path, "/") + "/" + path }

func healthy(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "OK") } // the client may be gone

// head tells NiFi's clients what they may send.
func (p *listenHTTP) head(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Accept-Encoding", "gzip")
	w.Header().Set("Accept", flowfilev3.MediaType+",*/*;q=0.8")
	w.Header().Set(headerVersion, "3")
}

// client is who sends a request.
type client struct{ host, subject, issuer string }

// limited lets a request in if its client may and when there is a slot for it.
func (p *listenHTTP) limited(next func(http.ResponseWriter, *http.Request, client)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		p.working.RLock()
		defer p.working.RUnlock()
		if p.ending.Err() != nil {
			return // the connection is closed already
		}
		c := client{subject: "none", issuer: "none"}
		c.host, _, _ = net.SplitHostPort(r.RemoteAddr) // the server sets it
		if r.TLS != nil && len(r.TLS.PeerCertificates) > 0 {
			c.subject, c.issuer = subject(r.TLS.PeerCertificates[0]), issuer(r.TLS.PeerCertificates[0])
			if err := p.authorize(c); err != nil {
				p.host.Log().Warn("client refused", "host", c.host, "subject", c.subject, "issuer", c.issuer, "error", err)
				http.Error(w, err.Error(), http.StatusForbidden)
				return
			}
		}
		select {
		case p.slots <- struct{}{}:
			defer func() { <-p.slots }()
			next(w, r, c)
		case <-r.Context().Done():
		}
	}
}

func (p *listenHTTP) authorize(c client) error {
	if ok, err := p.subjects.Match(c.subject); err != nil || !ok {
		return errors.New("not allowed based on subject dn")
	}
	if p.issuers == nil {
		return nil
	}
	if ok, err := p.issuers.Match(c.issuer); err != nil || !ok {
		return errors.New("not allowed based on issuer dn")
	}
	return nil
}

// clientError is what the client did wrong.
type clientError struct {
	status int
	err    error
}

// Error implements error.
func (e clientError) Error() string { return e.err.Error() }

// Unwrap gives access to the cause.
func (e clientError) Unwrap() error { return e.err }

func badRequest(err error) error { return clientError{http.StatusBadRequest, err} }

func (p *listenHTTP) post(w http.ResponseWriter, r *http.Request, c client) {
	if !p.host.HasRoom() {
		http.Error(w, "a queue behind the processor is full: try again later", http.StatusServiceUnavailable)
		return
	}
	s, kept := p.host.NewSession(), false
	defer func() {
		if !kept {
			s.Rollback() // without effect once it is committed
		}
	}()
	ffs, err := p.receive(w, r, c, s)
	if err != nil {
		p.refuse(w, c, err)
		return
	}
	if strings.EqualFold(r.Header.Get(headerConfirm), "true") {
		kept = true
		uri := p.under("holds/" + p.holds.add(&hold{s: s, ffs: ffs, host: c.host}))
		w.Header().Set("Location", uri)
		w.Header().Set(headerIntent, "flowfile-hold")
		w.WriteHeader(http.StatusSeeOther)
		_, _ = io.WriteString(w, uri) // the client may be gone
		return
	}
	p.accept(w, r, c, s, ffs, p.returnCode)
}

// accept passes the FlowFiles on and answers when they are durable.
func (p *listenHTTP) accept(w http.ResponseWriter, r *http.Request, c client, s *sdk.Session, ffs []sdk.FlowFile, status int) {
	for _, ff := range ffs {
		s.Transfer(ff, p.success)
	}
	durable := make(chan struct{})
	s.AfterCommit(func() { close(durable) })
	if err := s.Commit(r.Context()); err != nil {
		p.refuse(w, c, err)
		return
	}
	select {
	case <-durable:
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(status)
	case <-r.Context().Done(): // nobody waits for an answer any more, or it must not be given
		http.Error(w, "the processor is being stopped", http.StatusServiceUnavailable)
	}
}

// refuse answers a request that failed and reports it.
func (p *listenHTTP) refuse(w http.ResponseWriter, c client, err error) {
	status := http.StatusInternalServerError
	var bad clientError
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		status = http.StatusRequestEntityTooLarge
	case errors.As(err, &bad):
		status = bad.status
	}
	p.host.Log().Error("nothing was received", "host", c.host, "subject", c.subject, "status", status, "error", err)
	http.Error(w, err.Error(), status)
}

func (p *listenHTTP) confirm(w http.ResponseWriter, r *http.Request, c client) {
	h := p.holds.take(r.PathValue("id"))
	if h == nil {
		http.Error(w, "there is nothing to be confirmed by this id: it was confirmed already or has waited too long", http.StatusNotFound)
		return
	}
	defer h.s.Rollback() // without effect once it is committed
	p.accept(w, r, c, h.s, h.ffs, http.StatusOK)
}

// receive makes FlowFiles of the body of a request.
func (p *listenHTTP) receive(w http.ResponseWriter, r *http.Request, c client, s *sdk.Session) ([]sdk.FlowFile, error) {
	r.Body = &patient{r.Body, http.NewResponseController(w)}
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		kind = "" // it is only asked for to find out about three types
	}
	if kind == "multipart/form-data" {
		if r.ContentLength > p.multipartSize {
			return nil, clientError{http.StatusRequestEntityTooLarge, fmt.Errorf("the form is larger than %d bytes", p.multipartSize)}
		}
		r.Body = http.MaxBytesReader(w, r.Body, p.multipartSize)
	}
	var body io.Reader = r.Body
	if strings.EqualFold(r.Header.Get(headerGzipped), "true") || r.Header.Get("Content-Encoding") == "gzip" {
		if body, err = gzip.NewReader(r.Body); err != nil {
			return nil, badRequest(fmt.Errorf("decompress the body: %w", err))
		}
	}
	in := receiver{p: p, s: s, r: r, c: c, body: body}
	switch kind {
	case "multipart/form-data":
		err = in.form(params["boundary"])
	case flowfilev3.MediaType:
		err = in.stream()
	case "application/flowfile-v2", "application/flowfile-v1", "application/flowfile":
		err = clientError{http.StatusUnsupportedMediaType, fmt.Errorf("%s is not read: send %s", kind, flowfilev3.MediaType)}
	default:
		err = in.plain(r.Context())
	}
	return in.ffs, err
}

// patient reads a body that may take as long as it needs, but not stop.
type patient struct {
	io.ReadCloser
	rc *http.ResponseController
}

// Read implements io.Reader.
func (b *patient) Read(p []byte) (int, error) {
	_ = b.rc.SetReadDeadline(time.Now().Add(idleTimeout)) // where it cannot be set, there is none
	return b.ReadCloser.Read(p)
}

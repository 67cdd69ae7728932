package http

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/javaregex"
	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/services/ssl"
)

// ListenHTTP makes FlowFiles of what clients send by HTTP.
var ListenHTTP = sdk.Component{
	Type:     "org.apache.nifi.processors.standard.ListenHTTP",
	Artifact: "nifi-standard-nar",
	New:      func() sdk.Processor { return new(listenHTTP) },
}

type protocols string

const (
	protocolHTTP1 protocols = "HTTP_1_1"
	protocolBoth  protocols = "H2_HTTP_1_1"
	protocolHTTP2 protocols = "H2"
)

type clientAuth string

const (
	authAuto     clientAuth = "AUTO"
	authWant     clientAuth = "WANT"
	authRequired clientAuth = "REQUIRED"
	authNone     clientAuth = "NONE"
)

type listenHTTP struct {
	basePath                  string
	port, healthPort          int
	ssl                       ssl.Provider
	protocols                 protocols
	clientAuth                clientAuth
	subjects, issuers         *javaregex.Regexp
	maxUnconfirmed            time.Duration
	headers                   *javaregex.Regexp
	headerSize                int64
	returnCode                int
	multipartSize, bufferSize int64
	threads                   int
	reader                    record.ReaderFactory
	writer                    record.WriterFactory
	success                   sdk.Relationship

	host    *sdk.Host
	path    string // of the base, with a slash in front
	slots   chan struct{}
	ending  context.Context // ends when requests must not go on
	end     context.CancelFunc
	servers []*http.Server
	serving sync.WaitGroup
	working sync.RWMutex // held for reading by each request, so that Stop can wait for them
	holds   holds
}

// grace is how long requests may go on when the processor is being stopped.
const grace = 2 * time.Second

func (p *listenHTTP) Describe(s *sdk.Spec) {
	s.About("Starts an HTTP server and makes a FlowFile of each body that is sent to it by POST.",
		"ingest", "http", "https", "rest", "listen")
	s.Details("The answer is sent once the FlowFiles are durable: what a client was told to have arrived is not lost. While a queue " +
		"behind the processor is full, the answer is 503.\n\nBodies of the type `application/flowfile-v3` are unpacked, forms " +
		"(`multipart/form-data`) give a FlowFile for each part, and compressed bodies are decompressed.\n\nA client that sends the " +
		"header `x-prefer-acknowledge-uri: true` gets the answer 303 and a URI: its FlowFiles are passed on when it deletes that URI.")
	s.InputForbidden()
	s.Push()
	p.describeServer(s)
	s.Duration(&p.maxUnconfirmed, "Max Unconfirmed Flowfile Time", "How long FlowFiles wait for the client's confirmation, if it wants to "+
		"give one, before they are dropped.", sdk.Required, sdk.Default("60 secs"))
	sdk.Parsed(s, &p.headers, parseRegex, "HTTP Headers for Attributes", "Headers whose whole name, as X-Header or as x-header, matches this "+
		"regular expression become attributes.")
	s.Size(&p.headerSize, "Request Header Maximum Size", "How large the headers of a request may be.", sdk.Required, sdk.Default("8 KB"))
	s.Int(&p.returnCode, "Return Code", "The status of the answer if all went well.", sdk.Default("200"))
	s.Size(&p.multipartSize, "Multipart Request Max Size", "How large a form may be.", sdk.Required, sdk.Default("1 MB"))
	s.Size(&p.bufferSize, "Multipart Read Buffer Size", "How much of a form NiFi keeps in memory. Parts are written to the content "+
		"repository as they arrive here: accepted and not used.", sdk.Required, sdk.Default("512 KB"))
	s.Int(&p.threads, "Maximum Thread Pool Size", "How many requests are worked on at the same time; others wait.",
		sdk.Required, sdk.Default("200"))
	sdk.Service(s, &p.reader, "org.apache.nifi.serialization.RecordReaderFactory", "Record Reader", "If set, bodies are read as records.")
	sdk.Service(s, &p.writer, "org.apache.nifi.serialization.RecordSetWriterFactory", "Record Writer", "Writes those records.",
		sdk.Required, sdk.When("Record Reader"))
	s.Rel(&p.success, "success", "What was received.")
}

func (p *listenHTTP) describeServer(s *sdk.Spec) {
	s.String(&p.basePath, "Base Path", "The path of the URL to which clients post, without a slash in front.",
		sdk.Default("contentListener"), sdk.Required, sdk.FromEnv)
	s.Int(&p.port, "Listening Port", "The port for requests.", sdk.Required, sdk.FromEnv)
	s.Int(&p.healthPort, "Listening Port for Health Check Requests", "Another port, on which only GET of the Base Path with /healthcheck is "+
		"answered, without a certificate of the client.", sdk.FromEnv)
	sdk.Service(s, &p.ssl, ssl.Type, "SSL Context Service", "The certificate of the server. Without it, there is no TLS.")
	secured := sdk.When("SSL Context Service")
	sdk.Choice(s, &p.protocols, "HTTP Protocols", "The versions of HTTP that clients may choose.", nil, sdk.Required,
		sdk.Default(string(protocolHTTP1)), secured, sdk.OneOf(
			sdk.Allowed{Value: string(protocolHTTP1), Display: "http/1.1"},
			sdk.Allowed{Value: string(protocolBoth), Display: "h2 http/1.1"},
			sdk.Allowed{Value: string(protocolHTTP2), Display: "h2"}))
	sdk.Choice(s, &p.clientAuth, "Client Authentication", "Whether clients need a certificate.", nil,
		sdk.Default(string(authAuto)), secured, sdk.OneOf(
			sdk.Allowed{Value: string(authAuto), Display: string(authAuto), Doc: "They do if the service has a trust store."},
			sdk.Allowed{Value: string(authWant), Display: string(authWant), Doc: "They may have one, which must be trusted."},
			sdk.Allowed{Value: string(authRequired), Display: string(authRequired), Doc: "They do."},
			sdk.Allowed{Value: string(authNone), Display: string(authNone), Doc: "They do not."}))
	sdk.Parsed(s, &p.subjects, parseRegex, "Authorized Subject DN Pattern", "Clients with a certificate are refused unless the whole name in "+
		"it, as CN=name, O=organization, matches this regular expression.", sdk.Required, sdk.Default(".*"))
	sdk.Parsed(s, &p.issuers, parseRegex, "Authorized Issuer DN Pattern", "So is the name of who issued the certificate.", sdk.Default(".*"))
}

func (p *listenHTTP) MigrateProperties(values map[string]string) {
	for old, name := range map[string]string{
		"health-check-port":                             "Listening Port for Health Check Requests",
		"Authorized DN Pattern":                         "Authorized Subject DN Pattern",
		"authorized-issuer-dn-pattern":                  "Authorized Issuer DN Pattern",
		"multipart-request-max-size":                    "Multipart Request Max Size",
		"multipart-read-buffer-size":                    "Multipart Read Buffer Size",
		"client-authentication":                         "Client Authentication",
		"max-thread-pool-size":                          "Maximum Thread Pool Size",
		"record-reader":                                 "Record Reader",
		"record-writer":                                 "Record Writer",
		"HTTP Headers to receive as Attributes (Regex)": "HTTP Headers for Attributes",
	} {
		sdk.Rename(values, old, name)
	}
	delete(values, "Max Data to Receive per Second")
}

func (p *listenHTTP) Validate() []error {
	var problems []error
	wrong := func(property string, value int, reason string) {
		problems = append(problems, sdk.Problem{Property: property, Value: strconv.Itoa(value), Reason: reason})
	}
	if p.port < 1 || p.port > 65535 {
		wrong("Listening Port", p.port, "it must be from 1 to 65535")
	}
	if p.healthPort > 65535 || (p.healthPort > 0 && p.healthPort == p.port) {
		wrong("Listening Port for Health Check Requests", p.healthPort, "it must be from 1 to 65535 and not the Listening Port")
	}
	if p.returnCode < 200 || p.returnCode > 599 {
		wrong("Return Code", p.returnCode, "it must be from 200 to 599")
	}
	if p.threads < 8 || p.threads > 1000 {
		wrong("Maximum Thread Pool Size", p.threads, "it must be from 8 to 1000")
	}
	return problems
}

func (p *listenHTTP) Start(_ context.Context, h *sdk.Host) error {
	p.host = h
	p.path = "/" + strings.Trim(p.basePath, "/")
	p.slots = make(chan struct{}, p.threads)
	p.ending, p.end = context.WithCancel(context.Background()) //nolint:fatcontext // it ends with Stop, not with Start
	p.holds = holds{max: p.maxUnconfirmed, log: h.Log(), open: map[string]*hold{}}
	p.servers = nil
	err := p.serve(p.port, p.routes(), p.clientAuth)
	if err == nil && p.healthPort > 0 {
		err = p.serve(p.healthPort, p.healthRoutes(), authNone)
	}
	if err != nil {
		return errors.Join(err, p.Stop(context.Background()))
	}
	return nil
}

// serve starts one server.
func (p *listenHTTP) serve(port int, handler http.Handler, auth clientAuth) error {
	server := &http.Server{
		Handler: handler, MaxHeaderBytes: int(p.headerSize), ReadHeaderTimeout: idleTimeout, IdleTimeout: 2 * idleTimeout,
		ErrorLog:    slog.NewLogLogger(p.host.Log().Handler(), slog.LevelDebug), // what clients do wrong is no bulletin
		BaseContext: func(net.Listener) context.Context { return p.ending },
		Protocols:   new(http.Protocols),
	}
	server.Protocols.SetHTTP1(p.ssl == nil || p.protocols != protocolHTTP2)
	server.Protocols.SetHTTP2(p.ssl != nil && p.protocols != protocolHTTP1)
	if p.ssl != nil {
		var err error
		if server.TLSConfig, err = p.ssl.TLSConfig(); err != nil {
			return fmt.Errorf("use the SSL Context Service: %w", err)
		}
		server.TLSConfig.ClientAuth = auth.tls(server.TLSConfig)
	}
	l, err := net.Listen("tcp", ":"+strconv.Itoa(port))
	if err != nil {
		return fmt.Errorf("listen on port %d: choose another or end what uses it: %w", port, err)
	}
	p.servers = append(p.servers, server)
	p.serving.Go(func() {
		var err error
		if p.ssl != nil {
			err = server.ServeTLS(l, "", "")
		} else {
			err = server.Serve(l)
		}
		if !errors.Is(err, http.ErrServerClosed) {
			p.host.Log().Error("the server has stopped", "port", port, "error", err)
		}
	})
	return nil
}

func (a clientAuth) tls(c *tls.Config) tls.ClientAuthType {
	switch {
	case a == authRequired, a == authAuto && c.ClientCAs != nil:
		return tls.RequireAndVerifyClientCert
	case a == authWant:
		return tls.VerifyClientCertIfGiven
	}
	return tls.NoClientCert
}

// Stop lets requests that are being worked on end, within the grace.
func (p *listenHTTP) Stop(ctx context.Context) error {
	if p.end == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, grace)
	defer cancel()
	for _, s := range p.servers {
		if err := s.Shutdown(ctx); err != nil {
			p.end()
			_ = s.Close() // clients that are cut off were told nothing, so they will send again
		}
	}
	p.end()
	p.serving.Wait()
	p.working.Lock()
	p.holds.close()
	p.working.Unlock()
	return nil
}

// Trigger has nothing to do: clients bring the data.
func (p *listenHTTP) Trigger(context.Context, *sdk.Session) error { return nil }

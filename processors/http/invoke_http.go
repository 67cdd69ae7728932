package http

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/javaregex"
	"github.com/braidflow/braid/services/oauth2"
	"github.com/braidflow/braid/services/proxy"
	"github.com/braidflow/braid/services/ssl"
)

// InvokeHTTP sends requests to HTTP servers.
var InvokeHTTP = sdk.Component{
	Type:     "org.apache.nifi.processors.standard.InvokeHTTP",
	Artifact: "nifi-standard-nar",
	New:      func() sdk.Processor { return new(invokeHTTP) },
}

type contentEncoding string

const (
	encodingNone contentEncoding = "DISABLED"
	encodingGzip contentEncoding = "GZIP"
)

type cookieStrategy string

const (
	cookiesOff cookieStrategy = "DISABLED"
	cookiesOn  cookieStrategy = "ACCEPT_ALL"
)

type namingStrategy string

const (
	nameRandom  namingStrategy = "RANDOM"
	nameURLPath namingStrategy = "URL_PATH"
)

type refreshStrategy string

const (
	refreshExpired      refreshStrategy = "ON_TOKEN_EXPIRATION"
	refreshUnauthorized refreshStrategy = "ON_UNAUTHORIZED_RESPONSE"
)

// formPrefix begins the names of dynamic properties that are fields of a form instead of headers.
const formPrefix = "post:form:"

type invokeHTTP struct {
	method, url                              sdk.Text
	http2Disabled                            bool
	ssl                                      ssl.Provider
	connect, read, write, idle               time.Duration
	idleConnections                          int
	proxy                                    proxy.Service
	tokens                                   oauth2.TokenProvider
	refresh                                  refreshStrategy
	user, password                           string
	digest, penalize, body                   bool
	formName                                 sdk.Text
	formFilename, chunked                    bool
	encoding                                 contentEncoding
	contentType                              sdk.Text
	date                                     bool
	headers                                  *javaregex.Regexp
	userAgent, bodyAttr                      sdk.Text
	bodyAttrSize                             int
	ignoreBody, cache                        bool
	cacheSize                                int64
	cookies                                  cookieStrategy
	always                                   bool
	naming                                   namingStrategy
	headersToRequest                         bool
	headerPrefix                             sdk.Text
	redirects                                bool
	dynamic                                  []sdk.DynamicProperty
	original, response, retry, noRetry, fail sdk.Relationship

	client    *http.Client
	transport *http.Transport
}

func (p *invokeHTTP) MigrateProperties(values map[string]string) {
	for old, name := range map[string]string{
		"Read Timeout": "Socket Read Timeout", "Remote URL": "HTTP URL", "disable-http2": "HTTP/2 Disabled",
		"idle-timeout": "Socket Idle Timeout", "max-idle-connections": "Socket Idle Connections",
		"oauth2-access-token-provider":  "Request OAuth2 Access Token Provider",
		"Basic Authentication Username": "Request Username", "Basic Authentication Password": "Request Password",
		"Digest Authentication":           "Request Digest Authentication Enabled",
		`Penalize on "No Retry"`:          "Request Failure Penalization Enabled",
		"send-message-body":               "Request Body Enabled",
		"form-body-form-name":             "Request Multipart Form-Data Name",
		"set-form-filename":               "Request Multipart Form-Data Filename Enabled",
		"Use Chunked Encoding":            "Request Chunked Transfer-Encoding Enabled",
		"Content-Encoding":                "Request Content-Encoding",
		"Content-Type":                    "Request Content-Type",
		"Include Date Header":             "Request Date Header Enabled",
		"Attributes to Send":              "Request Header Attributes Pattern",
		"Useragent":                       "Request User-Agent",
		"ignore-response-content":         "Response Body Ignored",
		"use-etag":                        "Response Cache Enabled",
		"etag-max-cache-size":             "Response Cache Size",
		"cookie-strategy":                 "Response Cookie Strategy",
		"Always Output Response":          "Response Generation Required",
		"Follow Redirects":                "Response Redirects Enabled",
		"proxy-configuration-service":     "Proxy Configuration Service",
		"flow-file-naming-strategy":       "Response FlowFile Naming Strategy",
		"Put Response Body In Attribute":  "Response Body Attribute Name",
		"Max Length To Put In Attribute":  "Response Body Attribute Size",
		"Add Response Headers to Request": "Response Header Request Attributes Enabled",
	} {
		sdk.Rename(values, old, name)
	}
}

func (p *invokeHTTP) Validate() []error {
	var problems []error
	wrong := func(property, reason string) {
		problems = append(problems, sdk.Problem{Property: property, Reason: reason})
	}
	if raw := p.url.Raw(); !strings.Contains(raw, "${") {
		if _, err := parseURL(raw); err != nil {
			wrong("HTTP URL", err.Error())
		}
	}
	forms := false
	for _, d := range p.dynamic {
		forms = forms || strings.HasPrefix(d.Name, formPrefix)
	}
	if forms && p.body && !p.formName.IsSet() {
		wrong("Request Multipart Form-Data Name", "it must be set if there are "+formPrefix+" properties and the body is sent")
	}
	if p.tokens != nil && (p.user != "" || p.password != "") {
		wrong("Request Username", "it cannot be used together with an OAuth2 Access Token Provider")
	}
	return problems
}

func parseURL(text string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil {
		return nil, err
	}
	if (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, fmt.Errorf("%q is no URL of the form http://host/path", text)
	}
	return u, nil
}

func (p *invokeHTTP) Trigger(ctx context.Context, s *sdk.Session) error {
	ff, ok := s.Get()
	if !ok && (s.HasInput() || !p.mayStart()) {
		return nil
	}
	made := false
	if !ok && p.bodyAttr.IsSet() {
		ff, ok, made = s.Create(), true, true
	}
	c := call{p: p, s: s, ff: ff, has: ok, made: made, id: sdk.NewUUID()}
	if err := c.run(ctx); err != nil {
		return c.fail(err)
	}
	return nil
}

// mayStart tells whether requests can be sent without a FlowFile: there is nothing to be sent as their body.
func (p *invokeHTTP) mayStart() bool {
	method, err := p.method.For(sdk.FlowFile{})
	return err == nil && !hasBody(strings.ToUpper(strings.TrimSpace(method)))
}

func hasBody(method string) bool {
	return method == http.MethodPost || method == http.MethodPut || method == http.MethodPatch
}

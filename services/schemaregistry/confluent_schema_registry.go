package schemaregistry

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/services/ssl"
)

// ConfluentSchemaRegistry gets schemas from a Confluent Schema Registry.
var ConfluentSchemaRegistry = sdk.Component{
	Type:       "org.apache.nifi.confluent.schemaregistry.ConfluentSchemaRegistry",
	Artifact:   confluentArtifact,
	NewService: func() sdk.ControllerService { return new(confluentRegistry) },
}

const (
	authProperty = "Authentication Type"
	basicAuth    = "BASIC"
	headerPrefix = "request.header."
)

type confluentRegistry struct {
	urls             sdk.Text
	ssl              ssl.Provider
	timeout, expiry  time.Duration
	size             int
	auth, user, pass string
	headers          []sdk.DynamicProperty

	now    func() time.Time
	client client
	mu     sync.Mutex // guards known
	known  map[schemaKey]cached
}

// schemaKey is a name and version, or a number.
type schemaKey struct {
	name    string
	version int
	id      int64
}

type cached struct {
	schema *record.Schema
	until  time.Time
}

func (p *confluentRegistry) Describe(s *sdk.Spec) {
	s.About("Gets schemas from a Confluent Schema Registry. The name of a schema is what is called subject there.",
		"schema", "registry", "confluent", "avro", "kafka")
	s.Offers(record.SchemaRegistryType)
	s.Text(&p.urls, "Schema Registry URLs", "The addresses of the registry, separated by commas. They are tried in order.",
		sdk.Required, sdk.FromEnv, sdk.Default("http://localhost:8081"))
	sdk.Service(s, &p.ssl, ssl.Type, "SSL Context Service", "The certificates for addresses with https.")
	s.Duration(&p.timeout, "Communications Timeout", "How long to wait for an answer.", sdk.Required, sdk.Default("30 secs"))
	s.Int(&p.size, "Cache Size", "How many schemas are kept in memory.", sdk.Required, sdk.Default("1000"))
	s.Duration(&p.expiry, "Cache Expiration", "How long a schema is kept; after that the registry is asked again.", sdk.Required, sdk.Default("1 hour"))
	s.String(&p.auth, authProperty, "How to authenticate.", sdk.Default("NONE"), sdk.OneOf(sdk.Allowed{Value: basicAuth}, sdk.Allowed{Value: "NONE"}))
	s.String(&p.user, "Username", "The user name for basic authentication.", sdk.When(authProperty, basicAuth))
	s.String(&p.pass, "Password", "The password for basic authentication.", sdk.Secret, sdk.When(authProperty, basicAuth))
	s.Dynamics(&p.headers, sdk.DynamicSpec{Doc: "Adds a header to each request.", NameDoc: "request.header.*", ValueDoc: "String literal, may not be empty", EL: sdk.NoEL})
}

// MigrateProperties implements [sdk.Migrator].
func (p *confluentRegistry) MigrateProperties(values map[string]string) {
	for old, name := range map[string]string{
		"url": "Schema Registry URLs", "ssl-context": "SSL Context Service", "cache-size": "Cache Size", "cache-expiration": "Cache Expiration",
		"timeout": "Communications Timeout", "authentication-type": authProperty, "username": "Username", "password": "Password",
	} {
		sdk.Rename(values, old, name)
	}
}

func (p *confluentRegistry) addresses() ([]string, error) {
	text, err := p.urls.For(sdk.FlowFile{})
	if err != nil {
		return nil, err
	}
	var urls []string
	for u := range strings.SplitSeq(text, ",") {
		u = strings.TrimSuffix(strings.TrimSpace(u), "/")
		if !strings.HasPrefix(u, "http://") && !strings.HasPrefix(u, "https://") {
			return nil, fmt.Errorf("'Schema Registry URLs': %q does not begin with http:// or https://", u)
		}
		if p.ssl != nil && !strings.HasPrefix(u, "https://") {
			return nil, fmt.Errorf("'Schema Registry URLs': with an SSL Context Service, %q must begin with https://", u)
		}
		urls = append(urls, u)
	}
	return urls, nil
}

// Validate implements [sdk.Validator].
func (p *confluentRegistry) Validate() (problems []error) {
	if _, err := p.addresses(); err != nil {
		problems = append(problems, err)
	}
	for _, h := range p.headers {
		if !strings.HasPrefix(h.Name, headerPrefix) || h.Name == headerPrefix || h.Value.Raw() == "" {
			problems = append(problems, fmt.Errorf("'%s' must be called request.header. and the name of a header, and have a value", h.Name))
		}
	}
	if p.auth == basicAuth && (strings.TrimSpace(p.user) == "" || strings.TrimSpace(p.pass) == "") {
		problems = append(problems, errors.New("'Username' and 'Password' are required for basic authentication"))
	}
	return problems
}

// Start implements [sdk.Starter].
func (p *confluentRegistry) Start(_ context.Context, h *sdk.Host) error {
	urls, err := p.addresses()
	if err != nil {
		return err
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if p.ssl != nil {
		if transport.TLSClientConfig, err = p.ssl.TLSConfig(); err != nil {
			return err
		}
	}
	header := http.Header{"Accept": {"application/json"}}
	for _, d := range p.headers {
		header.Set(strings.TrimPrefix(d.Name, headerPrefix), d.Value.Raw())
	}
	p.client = client{urls: urls, header: header, http: &http.Client{Transport: transport, Timeout: p.timeout}}
	if p.auth == basicAuth {
		p.client.user, p.client.password = p.user, p.pass
	}
	p.now, p.known = h.Now, map[schemaKey]cached{}
	return nil
}

// Stop implements [sdk.Stopper].
func (p *confluentRegistry) Stop(context.Context) error {
	if p.client.http != nil {
		p.client.http.CloseIdleConnections()
	}
	return nil
}

// SchemaByName implements [record.SchemaRegistry]; the name is the subject.
func (p *confluentRegistry) SchemaByName(ctx context.Context, name, _ string, version int) (*record.Schema, error) {
	return p.cached(schemaKey{name: name, version: version}, func() (*record.Schema, error) {
		return p.client.bySubject(ctx, name, version)
	})
}

// SchemaByID implements [record.SchemaRegistryByID].
func (p *confluentRegistry) SchemaByID(ctx context.Context, id int64) (*record.Schema, error) {
	return p.cached(schemaKey{id: id}, func() (*record.Schema, error) { return p.client.byID(ctx, id) })
}

// cached asks the registry for what is not known or too old. Failures are not
// kept, so that a schema is found as soon as it is there.
func (p *confluentRegistry) cached(key schemaKey, ask func() (*record.Schema, error)) (*record.Schema, error) {
	now := p.now()
	p.mu.Lock()
	c, ok := p.known[key]
	p.mu.Unlock()
	if ok && now.Before(c.until) {
		return c.schema, nil
	}
	schema, err := ask()
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.known) >= p.size {
		clear(p.known)
	}
	if p.size > 0 {
		p.known[key] = cached{schema, now.Add(p.expiry)}
	}
	return schema, nil
}

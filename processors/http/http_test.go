package http_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http/httptest"
	"testing"

	"go.uber.org/goleak"

	"github.com/braidflow/braid/processors/http"
	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/sdktest"
	"github.com/braidflow/braid/services/ssl"
)

// The clock of regexp2's time-outs goes on for a moment after the last search.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/dlclark/regexp2/v2.runClock"))
}

func TestComponents_AreDescribedWithoutMistakes(t *testing.T) {
	for _, c := range http.Components {
		var s sdk.Spec
		c.New().Describe(&s)
		if err := s.Check(); err != nil {
			t.Errorf("%s: %v", c.Type, err)
		}
	}
}

// runner configures a processor; props are names and values in turn.
func runner(t *testing.T, c sdk.Component, props ...string) *sdktest.Runner {
	t.Helper()
	r := sdktest.New(t, c)
	for i := 0; i+1 < len(props); i += 2 {
		r.Set(props[i], props[i+1])
	}
	return r
}

func trigger(t *testing.T, r *sdktest.Runner) sdktest.Result {
	t.Helper()
	if err := r.Trigger(); err != nil {
		t.Fatal(err)
	}
	return r.Out()
}

// certificate gives the certificate of httptest, which its own pool trusts, to both sides.
type certificate struct{ config *tls.Config }

func (c *certificate) Describe(s *sdk.Spec) {
	s.About("A certificate for tests.")
	s.Offers(ssl.Type)
}

func (c *certificate) TLSConfig() (*tls.Config, error) { return c.config.Clone(), nil }

func certificates(t *testing.T) (sdk.Component, *tls.Config) {
	t.Helper()
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	config := &tls.Config{Certificates: server.TLS.Certificates, RootCAs: pool, ClientCAs: pool, ServerName: "example.com"}
	return sdk.Component{
		Type:       "test.Certificate",
		NewService: func() sdk.ControllerService { return &certificate{config} },
	}, config
}

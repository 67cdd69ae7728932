package http_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"testing"
	"time"

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

// certificate is a controller service for tests.
type certificate struct{ config *tls.Config }

func (c *certificate) Describe(s *sdk.Spec) {
	s.About("A certificate for tests.")
	s.Offers(ssl.Type)
}

func (c *certificate) TLSConfig() (*tls.Config, error) { return c.config.Clone(), nil }

// certificates makes a service whose certificate, of O=Acme Co, is good for both sides and trusted by both.
func certificates(t *testing.T) (sdk.Component, *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{Organization: []string{"Acme Co"}, CommonName: "me"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		DNSNames:    []string{"example.com"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	config := &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, RootCAs: pool, ClientCAs: pool,
	}
	return sdk.Component{
		Type:       "test.Certificate",
		NewService: func() sdk.ControllerService { return &certificate{config} },
	}, config
}

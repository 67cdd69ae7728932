package http

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"mime"
	"net"
	"slices"
	"strings"
	"syscall"

	"github.com/braidflow/braid/sdk/charset"
)

// subject and issuer are the names in a certificate, written as Java's RFC 1779 form does: CN=a, OU=b.
func subject(c *x509.Certificate) string { return distinguishedName(c.RawSubject) }

func issuer(c *x509.Certificate) string { return distinguishedName(c.RawIssuer) }

func distinguishedName(raw []byte) string {
	var parts pkix.RDNSequence
	if _, err := asn1.Unmarshal(raw, &parts); err != nil {
		return ""
	}
	var names []string
	for _, part := range slices.Backward(parts) {
		names = append(names, pkix.RDNSequence{part}.String())
	}
	return strings.Join(names, ", ")
}

// decode turns the start of a body into text.
func decode(contentType string, body []byte) string {
	if _, params, err := mime.ParseMediaType(contentType); err == nil && params["charset"] != "" {
		if cs, err := charset.Parse(params["charset"]); err == nil {
			return strings.ToValidUTF8(cs.Decode(body), "\uFFFD")
		}
	}
	return strings.ToValidUTF8(string(body), "\uFFFD")
}

// javaClass names the kind of an error as NiFi's users know it, because flows route by it.
func javaClass(err error) string {
	var timeout interface{ Timeout() bool }
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &dns):
		return "java.net.UnknownHostException"
	case errors.As(err, &timeout) && timeout.Timeout() || errors.Is(err, context.DeadlineExceeded):
		return "java.net.SocketTimeoutException"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "java.net.ConnectException"
	case errors.As(err, &cert), errors.As(err, &record):
		return "javax.net.ssl.SSLException"
	case errors.Is(err, syscall.ECONNRESET):
		return "java.net.SocketException"
	}
	return "java.io.IOException"
}

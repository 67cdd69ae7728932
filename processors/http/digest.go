package http

import (
	"crypto/md5" //nolint:gosec // the protocol asks for it
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"net/http"
	"strings"
	"sync"
)

// digestAuth is HTTP Digest authentication (RFC 7616). A challenge is kept and used until the server makes a new one.
type digestAuth struct {
	next           http.RoundTripper
	user, password string

	mu   sync.Mutex // guards what follows
	last map[string]*challenge
}

// challenge is what a server asks for.
type challenge struct {
	realm, nonce, opaque, algorithm, qop string
	count                                int
}

// RoundTrip implements http.RoundTripper.
func (d *digestAuth) RoundTrip(req *http.Request) (*http.Response, error) {
	first := req.Clone(req.Context())
	if err := d.authorize(first); err != nil {
		return nil, err
	}
	resp, err := d.next.RoundTrip(first)
	if err != nil || resp.StatusCode != http.StatusUnauthorized || !d.learn(req.URL.Host, resp.Header.Values("Www-Authenticate")) {
		return resp, err
	}
	again := req.Clone(req.Context())
	if req.GetBody != nil {
		if again.Body, err = req.GetBody(); err != nil {
			return resp, nil //nolint:nilerr // the 401 stands
		}
	}
	_, _ = io.CopyN(io.Discard, resp.Body, 4096) // so that the connection can be used again
	_ = resp.Body.Close()
	if err := d.authorize(again); err != nil {
		return nil, err
	}
	return d.next.RoundTrip(again)
}

// learn takes the challenge of a response; false if there is none that can be met.
func (d *digestAuth) learn(host string, headers []string) bool {
	for _, h := range headers {
		scheme, rest, _ := strings.Cut(strings.TrimSpace(h), " ")
		if !strings.EqualFold(scheme, "Digest") {
			continue
		}
		p := parseParams(rest)
		c := &challenge{realm: p["realm"], nonce: p["nonce"], opaque: p["opaque"], algorithm: p["algorithm"]}
		for q := range strings.SplitSeq(p["qop"], ",") {
			if strings.TrimSpace(q) == "auth" {
				c.qop = "auth"
			}
		}
		if c.hash() == nil || c.nonce == "" || (p["qop"] != "" && c.qop == "") {
			continue
		}
		d.mu.Lock()
		if d.last == nil {
			d.last = map[string]*challenge{}
		}
		d.last[host] = c
		d.mu.Unlock()
		return true
	}
	return false
}

func (c *challenge) hash() func() hash.Hash {
	switch strings.ToUpper(strings.TrimSuffix(strings.ToUpper(c.algorithm), "-SESS")) {
	case "", "MD5":
		return md5.New
	case "SHA-256":
		return sha256.New
	}
	return nil
}

// authorize answers the challenge of the host, if it has made one.
func (d *digestAuth) authorize(req *http.Request) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := d.last[req.URL.Host]
	if c == nil {
		return nil
	}
	c.count++
	var random [16]byte
	rand.Read(random[:]) // never fails
	req.Header.Set("Authorization", c.answer(d.user, d.password, req.Method, req.URL.RequestURI(), hex.EncodeToString(random[:])))
	return nil
}

func (c *challenge) answer(user, password, method, uri, cnonce string) string {
	sum := func(parts ...string) string {
		h := c.hash()()
		_, _ = io.WriteString(h, strings.Join(parts, ":")) // a hash does not fail
		return hex.EncodeToString(h.Sum(nil))
	}
	secret := sum(user, c.realm, password)
	if strings.HasSuffix(strings.ToUpper(c.algorithm), "-SESS") {
		secret = sum(secret, c.nonce, cnonce)
	}
	count := fmt.Sprintf("%08x", c.count)
	var b strings.Builder
	fmt.Fprintf(&b, `Digest username="%s", realm="%s", nonce="%s", uri="%s"`, escapeQuotes(user), escapeQuotes(c.realm), c.nonce, uri)
	if c.qop == "" {
		fmt.Fprintf(&b, `, response="%s"`, sum(secret, c.nonce, sum(method, uri)))
	} else {
		fmt.Fprintf(&b, `, response="%s", qop=%s, nc=%s, cnonce="%s"`,
			sum(secret, c.nonce, count, cnonce, c.qop, sum(method, uri)), c.qop, count, cnonce)
	}
	if c.opaque != "" {
		fmt.Fprintf(&b, `, opaque="%s"`, c.opaque)
	}
	if c.algorithm != "" {
		b.WriteString(", algorithm=" + c.algorithm)
	}
	return b.String()
}

func escapeQuotes(s string) string { return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) }

// parseParams reads name=value and name="quoted value" with commas between them.
func parseParams(s string) map[string]string {
	params := map[string]string{}
	for s != "" {
		name, rest, ok := strings.Cut(s, "=")
		if !ok {
			break
		}
		name = strings.ToLower(strings.Trim(name, " ,\t"))
		rest = strings.TrimLeft(rest, " \t")
		if !strings.HasPrefix(rest, `"`) {
			params[name], s, _ = strings.Cut(rest, ",")
			params[name] = strings.TrimSpace(params[name])
			continue
		}
		var b strings.Builder
		i := 1
		for ; i < len(rest) && rest[i] != '"'; i++ {
			if rest[i] == '\\' && i+1 < len(rest) {
				i++
			}
			b.WriteByte(rest[i])
		}
		params[name] = b.String()
		s = rest[min(i+1, len(rest)):]
	}
	return params
}

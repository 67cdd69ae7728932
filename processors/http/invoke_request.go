package http

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"strings"

	"github.com/braidflow/braid/sdk"
)

// maxRedirects is OkHttp's, which NiFi uses.
const maxRedirects = 20

func (p *invokeHTTP) Start(context.Context, *sdk.Host) error {
	t := &http.Transport{
		DialContext:         (&net.Dialer{Timeout: p.connect}).DialContext,
		TLSHandshakeTimeout: p.connect, ResponseHeaderTimeout: p.read, IdleConnTimeout: p.idle,
		MaxIdleConns: p.idleConnections, MaxIdleConnsPerHost: p.idleConnections, DisableKeepAlives: p.idleConnections == 0,
		Protocols: new(http.Protocols),
	}
	t.Protocols.SetHTTP1(true)
	t.Protocols.SetHTTP2(!p.http2Disabled)
	if p.ssl != nil {
		config, err := p.ssl.TLSConfig()
		if err != nil {
			return fmt.Errorf("use the SSL Context Service: %w", err)
		}
		t.TLSClientConfig = config
	} else {
		t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if p.proxy != nil {
		if u := p.proxy.ProxyURL(); u != nil {
			t.Proxy = http.ProxyURL(u)
		}
	}
	p.transport = t
	p.client = &http.Client{Transport: t, CheckRedirect: p.redirect}
	if p.digest && p.user != "" {
		p.client.Transport = &digestAuth{next: p.client.Transport, user: p.user, password: p.password}
	}
	if p.cache {
		p.client.Transport = newResponseCache(p.client.Transport, p.cacheSize)
	}
	if p.cookies == cookiesOn {
		p.client.Jar, _ = cookiejar.New(nil) // without options it cannot fail
	}
	return nil
}

func (p *invokeHTTP) Stop(context.Context) error {
	if p.transport != nil {
		p.transport.CloseIdleConnections()
	}
	return nil
}

func (p *invokeHTTP) redirect(_ *http.Request, via []*http.Request) error {
	if !p.redirects {
		return http.ErrUseLastResponse
	}
	if len(via) > maxRedirects {
		return fmt.Errorf("there are more than %d redirects", maxRedirects)
	}
	return nil
}

// request evaluates the properties for the FlowFile at hand.
func (c *call) request(ctx context.Context, dog *watchdog) (*http.Request, error) {
	var err error
	if c.url, err = c.p.url.For(c.ff); err != nil {
		return nil, fmt.Errorf("evaluate HTTP URL: %w", err)
	}
	u, err := parseURL(c.url)
	if err != nil {
		return nil, err
	}
	if c.method, err = c.p.method.For(c.ff); err != nil {
		return nil, fmt.Errorf("evaluate HTTP Method: %w", err)
	}
	c.method = strings.ToUpper(strings.TrimSpace(c.method))
	req, err := http.NewRequestWithContext(ctx, c.method, u.String(), nil)
	if err != nil {
		return nil, err
	}
	if hasBody(c.method) && c.has {
		if err := c.setBody(req, dog); err != nil {
			return nil, err
		}
	}
	return req, c.setHeaders(ctx, req)
}

func (c *call) setHeaders(ctx context.Context, req *http.Request) error {
	agent, err := c.p.userAgent.For(c.ff)
	if err != nil {
		return fmt.Errorf("evaluate Request User-Agent: %w", err)
	}
	req.Header.Set("User-Agent", strings.TrimSpace(agent)) // an empty one keeps Go's own from being sent
	if c.p.date {
		req.Header.Set("Date", c.s.Now().UTC().Format(http.TimeFormat))
	}
	switch {
	case c.p.tokens != nil:
		token, err := c.p.tokens.AccessToken(ctx)
		if err != nil {
			return fmt.Errorf("get an access token: %w", err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
	case c.p.user != "" && !c.p.digest:
		req.SetBasicAuth(c.p.user, c.p.password)
	}
	for _, d := range c.p.dynamic {
		if strings.HasPrefix(d.Name, formPrefix) {
			continue
		}
		v, err := d.Value.For(c.ff)
		if err != nil {
			return fmt.Errorf("evaluate %s: %w", d.Name, err)
		}
		if strings.EqualFold(d.Name, "Host") {
			req.Host = v
		}
		req.Header.Add(d.Name, v)
	}
	if c.p.headers != nil && c.has {
		for name, value := range c.ff.Attrs() {
			name = strings.TrimSpace(name)
			if ok, err := c.p.headers.Match(name); err == nil && ok && !notHeaders[name] {
				req.Header.Add(name, strings.TrimSpace(value))
			}
		}
	}
	return nil
}

// setBody gives the request its body, which can be read again for a redirect or an authentication.
func (c *call) setBody(req *http.Request, dog *watchdog) error {
	fields, err := c.formFields()
	if err != nil {
		return err
	}
	formName, err := c.p.formName.For(c.ff)
	if err != nil {
		return fmt.Errorf("evaluate Request Multipart Form-Data Name: %w", err)
	}
	contentType, err := c.p.contentType.For(c.ff)
	if err != nil {
		return fmt.Errorf("evaluate Request Content-Type: %w", err)
	}
	if strings.TrimSpace(contentType) == "" {
		contentType = "application/octet-stream"
	}
	if !c.p.body && len(fields) == 0 {
		req.Body, req.ContentLength = http.NoBody, 0
		return nil
	}
	c.body = &content{open: func() (io.ReadCloser, error) { return c.s.Read(c.ff) }, dog: dog, timeout: c.p.write}
	length := c.ff.Size()
	if len(fields) > 0 || formName != "" {
		f := form{fields: fields, name: formName, contentType: contentType, content: c.p.body, gzip: c.p.encoding == encodingGzip}
		if c.p.formFilename {
			f.filename = c.ff.Attr(sdk.AttrFilename)
		}
		contentType = f.begin()
		c.body.encode, length = f.write, f.length(length)
	} else if c.p.encoding == encodingGzip {
		c.body.encode, length = gzipped, -1
		req.Header.Set("Content-Encoding", "gzip")
	}
	if c.p.chunked {
		length = -1
	}
	req.Header.Set("Content-Type", contentType)
	req.ContentLength = length
	req.GetBody = c.body.reader
	req.Body, err = c.body.reader()
	return err
}

func (c *call) formFields() (fields [][2]string, err error) {
	for _, d := range c.p.dynamic {
		name, ok := strings.CutPrefix(d.Name, formPrefix)
		if !ok {
			continue
		}
		v, err := d.Value.For(c.ff)
		if err != nil {
			return nil, fmt.Errorf("evaluate %s: %w", d.Name, err)
		}
		fields = append(fields, [2]string{name, v})
	}
	return fields, nil
}

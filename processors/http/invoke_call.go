package http

import (
	"context"
	"io"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/braidflow/braid/sdk"
)

// Names of the attributes that tell about a request.
const (
	attrStatus     = "invokehttp.status.code"
	attrMessage    = "invokehttp.status.message"
	attrBody       = "invokehttp.response.body"
	attrURL        = "invokehttp.request.url"
	attrDuration   = "invokehttp.request.duration"
	attrFinalURL   = "invokehttp.response.url"
	attrTxID       = "invokehttp.tx.id"
	attrRemoteDN   = "invokehttp.remote.dn"
	attrErrorClass = "invokehttp.java.exception.class"
	attrErrorText  = "invokehttp.java.exception.message"
)

// notHeaders are attributes that are never sent as headers.
var notHeaders = map[string]bool{
	attrStatus: true, attrMessage: true, attrBody: true, attrURL: true, attrFinalURL: true, attrTxID: true,
	attrRemoteDN: true, attrErrorClass: true, attrErrorText: true, sdk.AttrPath: true,
}

// call is one request with its FlowFiles.
type call struct {
	p    *invokeHTTP
	s    *sdk.Session
	ff   sdk.FlowFile // that asked for it
	has  bool         // there is such a FlowFile
	made bool         // it was made here, to take the body as an attribute
	id   string

	method, url string
	begin       time.Time
	body        *content // of the request, nil if it has none
	out         sdk.FlowFile
	hasOut      bool
}

// run sends the request and routes the FlowFiles. If there is an error, nothing has been routed.
func (c *call) run(ctx context.Context) error {
	ctx, dog := newWatchdog(ctx)
	defer dog.stop()
	req, err := c.request(ctx, dog)
	if c.body != nil {
		defer c.body.end()
	}
	if err != nil {
		return err
	}
	c.begin = c.s.Now()
	resp, err := c.p.client.Do(req)
	if err != nil {
		return dog.explain(ctx, err)
	}
	defer resp.Body.Close()
	if c.body != nil {
		c.body.end() // the server has answered: whatever it has not taken it does not want
		c.s.Sent(c.ff, c.url, c.s.Now().Sub(c.begin))
	}
	resp.Body = &received{resp.Body, dog, c.p.read}
	if err := c.take(resp); err != nil {
		return dog.explain(ctx, err)
	}
	c.route(resp.StatusCode)
	if c.p.tokens != nil && c.p.refresh == refreshUnauthorized && resp.StatusCode == http.StatusUnauthorized {
		if err := c.p.tokens.Refresh(ctx); err != nil {
			c.s.Log().Warn("no new access token could be got", "error", err)
		}
	}
	return nil
}

func success(status int) bool { return status/100 == 2 }

// take turns the response into attributes and content.
func (c *call) take(resp *http.Response) error {
	status := c.statusAttrs(resp)
	toAttr := c.has && (!success(resp.StatusCode) || c.p.bodyAttr.IsSet())
	if c.has {
		c.ff = c.s.PutAttrs(c.ff, status...)
	}
	var head capped
	if toAttr {
		head.limit = c.p.bodyAttrSize
		if !c.p.bodyAttr.IsSet() {
			head.limit = 256
		}
	}
	if (success(resp.StatusCode) && !c.p.bodyAttr.IsSet()) || c.p.always {
		if err := c.takeContent(resp, status, &head); err != nil {
			return err
		}
	} else if toAttr && !c.p.ignoreBody {
		if _, err := io.Copy(&head, io.LimitReader(resp.Body, int64(head.limit))); err != nil {
			return err
		}
	}
	if toAttr && !c.p.ignoreBody {
		if err := c.putBody(resp, head.b); err != nil {
			return err
		}
	}
	if c.has && c.p.headersToRequest {
		prefix, err := c.p.headerPrefix.For(c.ff)
		if err != nil {
			return err
		}
		c.ff = c.s.PutAttrs(c.ff, headerAttrs(resp, strings.TrimSpace(prefix))...)
	}
	return nil
}

// takeContent makes the FlowFile for Response.
func (c *call) takeContent(resp *http.Response, status []sdk.Attr, head *capped) error {
	if c.has {
		c.out = c.s.CreateFrom(c.ff)
	} else {
		c.out = c.s.Create()
	}
	c.hasOut = true
	attrs := append(headerAttrs(resp, ""), status...)
	if c.p.naming == nameURLPath && c.method == http.MethodGet {
		if name := path.Base(resp.Request.URL.Path); name != "/" && name != "." {
			attrs = append(attrs, sdk.Attr{Name: sdk.AttrFilename, Value: name})
		}
	}
	if c.p.ignoreBody {
		c.out = c.s.PutAttrs(c.out, attrs...)
		return nil
	}
	if t := resp.Header.Get("Content-Type"); t != "" {
		attrs = append(attrs, sdk.Attr{Name: sdk.AttrMIMEType, Value: t})
	}
	out, err := c.s.Write(c.out, func(w io.Writer) error {
		_, err := io.Copy(w, io.TeeReader(resp.Body, head))
		return err
	})
	if err != nil {
		return err
	}
	c.out = c.s.PutAttrs(out, attrs...)
	if took := c.s.Now().Sub(c.begin); c.has {
		c.s.Fetched(c.out, c.url, took)
	} else {
		c.s.Received(c.out, c.url, took)
	}
	return nil
}

func (c *call) statusAttrs(resp *http.Response) []sdk.Attr {
	message := strings.TrimSpace(strings.TrimPrefix(resp.Status, strconv.Itoa(resp.StatusCode)))
	return []sdk.Attr{
		{Name: attrStatus, Value: strconv.Itoa(resp.StatusCode)},
		{Name: attrMessage, Value: message},
		{Name: attrURL, Value: c.url},
		{Name: attrDuration, Value: strconv.FormatInt(c.s.Now().Sub(c.begin).Milliseconds(), 10)},
		{Name: attrFinalURL, Value: resp.Request.URL.String()},
		{Name: attrTxID, Value: c.id},
	}
}

// putBody sets the attribute that holds the start of the body.
func (c *call) putBody(resp *http.Response, body []byte) error {
	name, err := c.p.bodyAttr.For(c.ff)
	if err != nil {
		return err
	}
	if name == "" {
		name = attrBody
	}
	c.ff = c.s.PutAttr(c.ff, name, decode(resp.Header.Get("Content-Type"), body))
	return nil
}

// headerAttrs returns the headers of a response, several values with a comma between them, and the name of the server.
func headerAttrs(resp *http.Response, prefix string) (attrs []sdk.Attr) {
	for name, values := range resp.Header {
		attrs = append(attrs, sdk.Attr{Name: prefix + name, Value: strings.Join(values, ", ")})
	}
	if resp.TLS != nil && len(resp.TLS.PeerCertificates) > 0 {
		attrs = append(attrs, sdk.Attr{Name: attrRemoteDN, Value: subject(resp.TLS.PeerCertificates[0])})
	}
	return attrs
}

func (c *call) route(status int) {
	if c.hasOut {
		c.s.Transfer(c.out, c.p.response)
	}
	if !c.has {
		if !success(status) {
			c.s.Log().Warn("request without success", "url", c.url, "status", status)
			c.s.Yield()
		}
		return
	}
	switch {
	case success(status):
		c.s.Transfer(c.ff, c.p.original)
	case status/100 == 5:
		c.s.Transfer(c.s.Penalize(c.ff), c.p.retry)
	default:
		if c.p.penalize {
			c.ff = c.s.Penalize(c.ff)
		}
		c.s.Transfer(c.ff, c.p.noRetry)
	}
}

// fail routes a FlowFile whose request was not answered.
func (c *call) fail(err error) error {
	if c.hasOut {
		c.s.Remove(c.out)
	}
	if !c.has || c.made {
		if c.has {
			c.s.Remove(c.ff)
		}
		c.s.Log().Error("request failed", "url", c.url, "error", err)
		c.s.Yield()
		return nil
	}
	c.ff = c.s.PutAttrs(c.s.Penalize(c.ff),
		sdk.Attr{Name: attrErrorClass, Value: javaClass(err)},
		sdk.Attr{Name: attrErrorText, Value: err.Error()})
	return c.s.Fail(c.ff, c.p.fail, err)
}

// capped keeps the first bytes of what is written to it.
type capped struct {
	b     []byte
	limit int
}

// Write implements io.Writer.
func (c *capped) Write(p []byte) (int, error) {
	if room := c.limit - len(c.b); room > 0 {
		c.b = append(c.b, p[:min(room, len(p))]...)
	}
	return len(p), nil
}

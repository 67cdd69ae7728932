package http

import (
	"bytes"
	"container/list"
	"io"
	"net/http"
	"strings"
	"sync"
)

// responseCache keeps responses in memory and asks servers whether they are still good (RFC 9111). It never uses one
// without asking, so it need not know how long they stay fresh.
type responseCache struct {
	next http.RoundTripper
	max  int64

	mu      sync.Mutex // guards what follows
	entries map[string]*list.Element
	recent  *list.List // of *cached, the latest used first
	size    int64
}

type cached struct {
	url  string
	resp http.Response // without Body and Request
	body []byte
}

func newResponseCache(next http.RoundTripper, maxBytes int64) *responseCache {
	return &responseCache{next: next, max: maxBytes, entries: map[string]*list.Element{}, recent: list.New()}
}

// RoundTrip implements http.RoundTripper.
func (c *responseCache) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method != http.MethodGet || conditional(req.Header) {
		return c.next.RoundTrip(req)
	}
	url := req.URL.String()
	old := c.get(url)
	if old != nil {
		req = req.Clone(req.Context())
		if tag := old.resp.Header.Get("Etag"); tag != "" {
			req.Header.Set("If-None-Match", tag)
		} else {
			req.Header.Set("If-Modified-Since", old.resp.Header.Get("Last-Modified"))
		}
	}
	resp, err := c.next.RoundTrip(req)
	switch {
	case err != nil:
		return nil, err
	case old != nil && resp.StatusCode == http.StatusNotModified:
		_ = resp.Body.Close() // it is empty
		return old.again(req, resp), nil
	case cacheable(resp):
		resp.Body = &keeper{ReadCloser: resp.Body, cache: c, entry: &cached{url: url, resp: *resp}}
	default:
		c.drop(url)
	}
	return resp, nil
}

// conditional tells whether the user asks for something special.
func conditional(h http.Header) bool {
	for _, name := range []string{"If-None-Match", "If-Modified-Since", "If-Match", "If-Unmodified-Since", "If-Range", "Range"} {
		if h.Get(name) != "" {
			return true
		}
	}
	return strings.Contains(h.Get("Cache-Control"), "no-store")
}

func cacheable(resp *http.Response) bool {
	vary := resp.Header.Get("Vary")
	return resp.StatusCode == http.StatusOK && (resp.Header.Get("Etag") != "" || resp.Header.Get("Last-Modified") != "") &&
		(vary == "" || strings.EqualFold(vary, "Accept-Encoding")) && !strings.Contains(resp.Header.Get("Cache-Control"), "no-store")
}

// again is the kept response with the headers that the server has just sent.
func (e *cached) again(req *http.Request, fresh *http.Response) *http.Response {
	resp := e.resp
	resp.Header = e.resp.Header.Clone()
	for name, values := range fresh.Header {
		if name != "Content-Length" {
			resp.Header[name] = values
		}
	}
	resp.Body, resp.Request, resp.TLS = io.NopCloser(bytes.NewReader(e.body)), req, fresh.TLS
	return &resp
}

// keeper puts a response into the cache when all of it has been read.
type keeper struct {
	io.ReadCloser
	cache *responseCache
	entry *cached
	large bool
}

// Read implements io.Reader.
func (k *keeper) Read(p []byte) (int, error) {
	n, err := k.ReadCloser.Read(p)
	if !k.large {
		k.entry.body = append(k.entry.body, p[:n]...)
	}
	if int64(len(k.entry.body)) > k.cache.max {
		k.large, k.entry.body = true, nil
	}
	if err == io.EOF && !k.large { //nolint:errorlint // as io.Reader gives it
		k.cache.put(k.entry)
		k.large = true // once
	}
	return n, err
}

func (c *responseCache) get(url string) *cached {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.entries[url]
	if e == nil {
		return nil
	}
	c.recent.MoveToFront(e)
	return e.Value.(*cached)
}

func (c *responseCache) put(entry *cached) {
	c.drop(entry.url)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entries[entry.url] = c.recent.PushFront(entry)
	c.size += int64(len(entry.body))
	for c.size > c.max {
		c.remove(c.recent.Back())
	}
}

func (c *responseCache) drop(url string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.entries[url]; e != nil {
		c.remove(e)
	}
}

// remove takes out one entry. c.mu is held.
func (c *responseCache) remove(e *list.Element) {
	entry := c.recent.Remove(e).(*cached)
	delete(c.entries, entry.url)
	c.size -= int64(len(entry.body))
}

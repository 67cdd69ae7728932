package api

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// maxBody is the limit of a request body in bytes. A flow definition of 10,000 components has a tenth of that.
const maxBody = 64 << 20

// decode reads a JSON body. Unknown fields are ignored, as NiFi does.
func decode[T any](c *call) (*T, error) {
	if t := c.Header.Get("Content-Type"); t != "" || c.ContentLength != 0 {
		if media, _, err := mime.ParseMediaType(t); err != nil || media != "application/json" {
			return nil, errMediaType
		}
	}
	data, err := io.ReadAll(http.MaxBytesReader(c.w, c.Body, maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, errTooLarge.with(maxBody >> 20)
	case err != nil:
		return nil, errMalformed.with("it could not be read to its end")
	}
	v := new(T)
	if text := strings.TrimSpace(string(data)); text == "" || text == "null" {
		return nil, errNoBody
	}
	if err := json.Unmarshal(data, v); err != nil {
		return nil, errMalformed.with(oneLine(strings.TrimPrefix(err.Error(), "json: ")))
	}
	return v, nil
}

// boolParam reads a query parameter. As in NiFi, whatever is not true is false.
func (c *call) boolParam(name string, def bool) bool {
	if v := c.URL.Query().Get(name); v != "" {
		return strings.EqualFold(v, "true")
	}
	return def
}

// intParam reads a query parameter that is a whole number of at least 0.
func (c *call) intParam(name string, def int64) (int64, error) {
	v := c.URL.Query().Get(name)
	if v == "" {
		return def, nil
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil || n < 0 {
		return 0, errParameter.with(oneLine(v), name, "write a whole number")
	}
	return n, nil
}

// patternParam reads a query parameter that is a regular expression; nil if it is not given.
func (c *call) patternParam(name string) (*regexp.Regexp, error) {
	v := c.URL.Query().Get(name)
	if v == "" {
		return nil, nil
	}
	re, err := regexp.Compile(v)
	if err != nil {
		return nil, errParameter.with(oneLine(v), name, "it is no regular expression")
	}
	return re, nil
}

var (
	hostForm = regexp.MustCompile(`^(\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z._-]+)(:[0-9]{1,5})?$`)
	portForm = regexp.MustCompile(`^[0-9]{1,5}$`)
	pathForm = regexp.MustCompile(`^(/[0-9A-Za-z._~-]+)+$`)
)

// baseOf is the address by which the client reached the server: what a proxy says in the headers that NiFi knows, else
// the request's own. A header that is not well-formed counts as absent.
func baseOf(r *http.Request) string {
	header := func(form *regexp.Regexp, names ...string) string {
		for _, n := range names {
			v, _, _ := strings.Cut(r.Header.Get(n), ",")
			if v = strings.TrimSpace(v); form.MatchString(v) {
				return v
			}
		}
		return ""
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	if s := strings.ToLower(header(hostForm, "X-ProxyScheme", "X-Forwarded-Proto")); s == "http" || s == "https" {
		scheme = s
	}
	host := header(hostForm, "X-ProxyHost", "X-Forwarded-Host")
	port := header(portForm, "X-ProxyPort", "X-Forwarded-Port")
	if host == "" {
		host = r.Host
	} else if port != "" && !strings.HasSuffix(host, ":"+port) && !defaultPort(scheme, port) {
		if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
			host = host[:i]
		}
		host += ":" + port
	}
	return scheme + "://" + host + header(pathForm, "X-ProxyContextPath", "X-Forwarded-Context", "X-Forwarded-Prefix")
}

func defaultPort(scheme, port string) bool {
	return scheme == "http" && port == "80" || scheme == "https" && port == "443"
}

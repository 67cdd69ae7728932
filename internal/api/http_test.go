package api_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/braidflow/braid/internal/api"
)

func TestErrors_AreOneLineOfText(t *testing.T) {
	w := newWorld(t)
	for name, c := range map[string]struct {
		method, path string
		body         any
		headers      []string
		status       int
		text         string
	}{
		"unknown path":      {"GET", "/nosuch", nil, nil, 404, "could not be found"},
		"wrong method":      {"DELETE", "/flow/about", nil, nil, 405, "405"},
		"not JSON asked":    {"GET", "/flow/about", nil, []string{"Accept", "text/html"}, 406, "406"},
		"not JSON sent":     {"PUT", "/processors/" + w.gen + "/run-status", "{}", []string{"Content-Type", "text/plain"}, 415, "application/json"},
		"no body":           {"PUT", "/processors/" + w.gen + "/run-status", nil, nil, 400, "body is needed"},
		"malformed body":    {"PUT", "/processors/" + w.gen + "/run-status", `{"revision":`, nil, 400, "not what is expected"},
		"wrong type":        {"PUT", "/processors/" + w.gen + "/run-status", `{"revision":7}`, nil, 400, "revision"},
		"missing processor": {"GET", "/processors/nosuch", nil, nil, 404, "Unable to find processor with id 'nosuch'."},
		"missing group":     {"GET", "/process-groups/nosuch", nil, nil, 404, "Unable to locate group with id 'nosuch'."},
		"wrong kind":        {"GET", "/input-ports/" + w.out, nil, nil, 404, "input port"},
		"secured only":      {"POST", "/access/token", nil, nil, 409, "not secured"},
		"lines in the id":   {"GET", "/processors/a%0Ab", nil, nil, 404, "'a b'"},
	} {
		a := w.do(c.method, "/nifi-api"+c.path, c.body, c.headers...)
		if a.Code != c.status || !strings.Contains(a.Body.String(), c.text) || strings.Contains(a.Body.String(), "\n") {
			t.Errorf("%s: got %d %q, want %d %q", name, a.Code, a.Body, c.status, c.text)
		}
		if got := a.Header().Get("Content-Type"); !strings.HasPrefix(got, "text/plain") {
			t.Errorf("%s: got %s", name, got)
		}
	}
	if a := w.do("OPTIONS", "/nifi-api/flow/process-groups/root", nil); a.Code != 200 || a.Header().Get("Allow") != "GET, HEAD, OPTIONS, PUT" {
		t.Errorf("OPTIONS: got %d %s", a.Code, a.Header().Get("Allow"))
	}
	if a := w.do("HEAD", "/nifi-api/flow/about", nil); a.Code != 200 {
		t.Errorf("HEAD: got %d", a.Code)
	}
	if got := w.get("/flow/client-id").want(200).Body.String(); len(got) != 36 {
		t.Errorf("got the client id %q", got)
	}
}

func TestAddresses_AreThoseThatTheClientSees(t *testing.T) {
	for want, headers := range map[string][]string{
		"http://localhost:8080/nifi-api/":             nil,
		"https://example.com/nifi-api/":               {"X-ProxyScheme", "https", "X-ProxyHost", "example.com"},
		"https://example.com:8443/nifi-api/":          {"X-ProxyScheme", "https", "X-ProxyHost", "example.com", "X-ProxyPort", "8443"},
		"https://example.com:8443/braid/nifi-api/":    {"X-Forwarded-Proto", "https", "X-Forwarded-Host", "example.com:8443", "X-Forwarded-Port", "8443", "X-Forwarded-Prefix", "/braid"},
		"https://[::1]:9/a/b/nifi-api/":               {"X-Forwarded-Proto", "https, http", "X-Forwarded-Host", "[::1]:9, inner", "X-ProxyContextPath", "/a/b"},
		"http://a.example/nifi-api/":                  {"X-ProxyHost", "a.example", "X-ProxyPort", "80"},
		"http://localhost:8080/nifi-api/ and no more": {"X-ProxyScheme", "javascript", "X-ProxyHost", "a\"b", "X-ProxyPort", "x", "X-ProxyContextPath", "//evil/<script>"},
	} {
		w := newWorld(t)
		want, _, _ = strings.Cut(want, " ")
		if got := w.do("GET", "/nifi-api/flow/about", nil, headers...).text("about", "uri"); got != want {
			t.Errorf("%v: got %s, want %s", headers, got, want)
		}
	}
}

func TestHosts_OthersAreRefused(t *testing.T) {
	w := newWorld(t)
	for host, want := range map[string]int{
		"localhost": 200, "localhost:8080": 200, "LOCALHOST.": 200, "a.localhost": 200, "127.0.0.1:1": 200, "[::1]:8080": 200, "10.0.0.7": 200,
		"example.com": 421, "localhost.example.com:8080": 421, "127.0.0.1.example.com": 421, "": 421, "evil\n": 421,
	} {
		r := httptest.NewRequest("GET", "/nifi-api/flow/about", nil)
		r.Host = host
		rec := httptest.NewRecorder()
		w.h.ServeHTTP(rec, r)
		if rec.Code != want {
			t.Errorf("%q: got %d, want %d", host, rec.Code, want)
		}
	}
}

func TestOtherSites_CannotChangeAnything(t *testing.T) {
	w := newWorld(t)
	path, body := "/nifi-api/flow/process-groups/"+w.group, map[string]any{"id": w.group, "state": "RUNNING"}
	w.do("PUT", path, body, "Sec-Fetch-Site", "cross-site").want(403, "another site")
	w.do("PUT", path, body, "Origin", "https://evil.example").want(403)
	w.do("PUT", path, body, "Sec-Fetch-Site", "same-origin").want(200)
}

func TestPages_SayThatTheNodeRuns(t *testing.T) {
	w := newWorld(t)
	a := w.do("GET", "/", nil).want(200, "Braid is running", "nifi-api/flow/about")
	if got := a.Header().Get("Content-Type"); got != "text/html; charset=utf-8" {
		t.Errorf("got %s", got)
	}
	w.do("GET", "/healthz", nil).want(200, "ok")
	w.do("GET", "/readyz", nil).want(200, "ok")
	w.do("GET", "/nosuch", nil).want(404)
	w.do("GET", "/metrics", nil).want(200, "braid_up 1\n")
}

// TestRubbish_NeverBreaksTheServer sends what no client should to every operation.
func TestRubbish_NeverBreaksTheServer(t *testing.T) {
	w := newWorld(t)
	w.put("one", nil)
	w.run(w.paint)
	ids := []string{
		"", "x", "..", "%2e%2e%2f", "%00", "%ff%fe", "a%0ab", "root", "-1", "0", "99999999999999999999", "18446744073709551615", "null",
		strings.Repeat("a", 5000), w.group, w.gen, w.queue, "00000000-0000-0000-0000-000000000000", "%F0%9F%92%A9",
	}
	bodies := []string{
		"", "null", "{}", "[]", "0", `"x"`, "{", "\x00\xff", `{"revision":null,"state":null}`, `{"id":{},"state":[]}`, `{"state":"RUNNING"}`,
		`{"revision":{"version":-1},"state":"RUNNING"}`, `{"revision":{"version":1e400}}`, `{"eventId":-1}`, `{"eventId":1.5}`,
		`{"provenance":{"request":{"searchTerms":{"":{"value":""},"x":null,"EventType":{"value":"**?**"}},"maxResults":2147483647,"startDate":"","minimumFileSize":"-1 KB"}}}`,
		`{"lineage":{"request":{"lineageRequestType":"CHILDREN","eventId":0}}}`,
		`{"id":"` + w.group + `","state":"RUNNING","components":{"x":null}}`,
		strings.Repeat(`{"a":`, 20_000), strings.Repeat("[", 20_000),
	}
	queries := []string{"", "?uiOnly=maybe&recursive=%00&q=%ff&after=-1&limit=x&type=(&message=[&includeAncestorGroups=", "?%zz=%", "?q=" + strings.Repeat("a", 5000)}
	headers := [][]string{
		nil,
		{"Range", "bytes=-"},
		{"Range", "bytes=99999999999999999999-"},
		{"Range", strings.Repeat("bytes=0-1,", 500)},
		{"Accept", ";;;,,/"},
		{"Content-Type", ";;;"},
		{"X-ProxyHost", strings.Repeat("a", 5000)},
		{"If-Range", "x"},
	}
	sent := 0
	send := func(method, path, body string, headers []string) {
		r, err := http.NewRequest(method, "http://localhost/nifi-api"+path, strings.NewReader(body))
		if err != nil {
			return // no client could send it either
		}
		r.Header.Set("Content-Type", "application/json")
		for i := 0; i+1 < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		rec := httptest.NewRecorder()
		w.h.ServeHTTP(rec, r)
		sent++
		if rec.Code >= 500 {
			t.Errorf("%s %.100s with %.60q, %.60q: got %d %s", method, path, body, headers, rec.Code, rec.Body)
		}
		if rec.Code >= 400 && strings.Contains(strings.TrimSpace(rec.Body.String()), "\n") {
			t.Errorf("%s %.100s: more than one line: %q", method, path, rec.Body)
		}
	}
	for i, op := range api.Routes() {
		for j, id := range ids {
			send(op.Method, names.ReplaceAllString(op.Path, id), bodies[(i+j)%len(bodies)], headers[(i+j)%len(headers)])
		}
		for _, query := range queries {
			send(op.Method, names.ReplaceAllString(op.Path, w.queue)+query, "", nil)
		}
		for _, body := range bodies {
			send(op.Method, names.ReplaceAllString(op.Path, w.group), body, nil)
			send(op.Method, names.ReplaceAllString(op.Path, w.gen), body, nil)
		}
	}
	if sent < 1000 {
		t.Errorf("sent %d requests only", sent)
	}
	w.get("/flow/status").want(200)
}

func FuzzRequest(f *testing.F) {
	w := newWorld(f)
	f.Add(uint8(0), "root", "", "")
	f.Add(uint8(20), "root", `{"id":"root","state":"RUNNING"}`, "x=1")
	f.Add(uint8(60), "0", `{"provenance":{"request":{"searchTerms":{"EventType":{"value":"*"}}}}}`, "")
	f.Fuzz(func(t *testing.T, route uint8, id, body, query string) {
		routes := api.Routes()
		op := routes[int(route)%len(routes)]
		r, err := http.NewRequest(op.Method, "http://localhost/nifi-api"+names.ReplaceAllLiteralString(op.Path, id)+"?"+query, strings.NewReader(body))
		if err != nil {
			return
		}
		r.Header.Set("Content-Type", "application/json")
		rec := httptest.NewRecorder()
		w.h.ServeHTTP(rec, r)
		if rec.Code >= 500 {
			t.Errorf("%s %q with %q: %d %s", op.Method, r.URL, body, rec.Code, rec.Body)
		}
	})
}

func TestFigures_AreWrittenAsNiFiDoes(t *testing.T) {
	for n, want := range map[int64]string{
		-1: "-1 bytes", 0: "0 bytes", 1023: "1,023 bytes", 1024: "1,024 bytes", 1025: "1 KB", 14336: "14 KB", 2111488: "2.01 MB",
		1 << 30: "1,024 MB", 140836864: "134.31 MB", 138927720: "132.49 MB", 204309624: "194.84 MB", 270553174016: "251.97 GB",
		218613497856: "203.6 GB", 1909144: "1.82 MB", 3 << 40: "3 TB",
	} {
		if got := api.FormatSize(n); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1768: "1,768", -1234567: "-1,234,567", -123: "-123"} {
		if got := api.FormatCount(n); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
	for d, want := range map[time.Duration]string{
		0: "00:00:00.000", 106716232: "00:00:00.106", 123443 * time.Millisecond: "00:02:03.443", 100 * time.Hour: "100:00:00.000",
	} {
		if got := api.FormatDuration(d); got != want {
			t.Errorf("%v: got %s, want %s", d, got, want)
		}
	}
}

func TestAccepts(t *testing.T) {
	for header, want := range map[string]bool{
		"": true, "*/*": true, "application/json": true, "Application/JSON; q=0.5": true, "text/html, application/*": true,
		"text/html": false, "application/json;q=0": false, "text/html,*/*;q=0.8": true,
	} {
		if got := api.Accepts([]string{header}, "application/json"); got != want {
			t.Errorf("%q: got %v", header, got)
		}
	}
	for in, want := range map[string]string{
		"text/plain": "text/plain", "": "application/octet-stream", "nonsense": "application/octet-stream", "a/b\r\nX: y": "application/octet-stream",
		"text/html; charset=\"utf-8\"": "text/html; charset=utf-8",
	} {
		if got := api.MediaType(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	if got := fmt.Sprint(api.KnownHost("::1"), api.KnownHost("nosuch")); got != "true false" {
		t.Error(got)
	}
}

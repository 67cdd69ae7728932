package http_test

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	braid "github.com/braidflow/braid/processors/http"
	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/sdktest"
)

// serve starts a server that keeps what it got.
func serve(t *testing.T, answer http.HandlerFunc) (url string, got *[]string) {
	t.Helper()
	got = new([]string)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		*got = append(*got, fmt.Sprintf("%s %s %s", r.Method, r.URL.Path, b))
		if err != nil {
			t.Error(err)
		}
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, got
}

func TestInvokeHTTP_Get(t *testing.T) {
	url, got := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Add("X-Two", "1")
		w.Header().Add("X-Two", "2")
		_, _ = io.WriteString(w, "answer")
	})
	r := runner(t, braid.InvokeHTTP, "HTTP URL", url+"/${file}", "Response FlowFile Naming Strategy", "URL_PATH")
	r.Enqueue(sdktest.FF("content", "file", "a.txt", "kept", "yes"))
	out := trigger(t, r)
	if len(out["Response"]) != 1 || len(out["Original"]) != 1 || len(out) != 2 {
		t.Fatalf("got %v", out)
	}
	resp := out["Response"][0]
	if resp.Content != "answer" || out["Original"][0].Content != "content" {
		t.Errorf("contents %q and %q", resp.Content, out["Original"][0].Content)
	}
	for k, want := range map[string]string{
		"invokehttp.status.code": "200", "invokehttp.status.message": "OK", "invokehttp.request.url": url + "/a.txt",
		"invokehttp.response.url": url + "/a.txt", "mime.type": "text/plain; charset=utf-8", "X-Two": "1, 2", "kept": "yes", "filename": "a.txt",
	} {
		if resp.Attrs[k] != want {
			t.Errorf("%s = %q, want %q", k, resp.Attrs[k], want)
		}
	}
	if o := out["Original"][0].Attrs; o["invokehttp.status.code"] != "200" || o["X-Two"] != "" || o["invokehttp.tx.id"] != resp.Attrs["invokehttp.tx.id"] {
		t.Errorf("Original: %v", o)
	}
	if !slices.Equal(*got, []string{"GET /a.txt "}) {
		t.Errorf("the server got %q", *got)
	}
}

func TestInvokeHTTP_RoutesByStatus(t *testing.T) {
	for status, rel := range map[int]string{
		201: "Original", 204: "Original", 304: "No Retry", 404: "No Retry", 500: "Retry", 503: "Retry",
	} {
		for _, always := range []string{"false", "true"} {
			url, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(status)
				_, _ = io.WriteString(w, "body") // some statuses have none
			})
			r := runner(t, braid.InvokeHTTP, "HTTP URL", url, "Response Generation Required", always)
			r.Enqueue(sdktest.FF(""))
			out := trigger(t, r)
			if len(out[rel]) != 1 {
				t.Errorf("%d: got %v, want %s", status, out, rel)
				continue
			}
			want := 0
			if rel == "Original" || always == "true" {
				want = 1
			}
			if len(out["Response"]) != want {
				t.Errorf("%d, always %s: %d responses, want %d", status, always, len(out["Response"]), want)
			}
			if body := out[rel][0].Attrs["invokehttp.response.body"]; status >= 400 && body != "body" {
				t.Errorf("%d: invokehttp.response.body = %q", status, body)
			}
		}
	}
}

func TestInvokeHTTP_SendsBodies(t *testing.T) {
	for name, c := range map[string]struct {
		props []string
		want  string // of the body
		check func(r *http.Request) bool
	}{
		"as it is": {nil, "content", func(r *http.Request) bool {
			return r.ContentLength == 7 && r.Header.Get("Content-Type") == "text/csv"
		}},
		"chunked": {[]string{"Request Chunked Transfer-Encoding Enabled", "true"}, "content", func(r *http.Request) bool {
			return r.ContentLength == -1 && slices.Equal(r.TransferEncoding, []string{"chunked"})
		}},
		"none": {[]string{"Request Body Enabled", "false"}, "", func(r *http.Request) bool { return r.ContentLength == 0 }},
		"compressed": {[]string{"Request Content-Encoding", "GZIP"}, "gzip:content", func(r *http.Request) bool {
			return r.Header.Get("Content-Encoding") == "gzip"
		}},
		"of no type": {[]string{"Request Content-Type", "${none}"}, "content", func(r *http.Request) bool {
			return r.Header.Get("Content-Type") == "application/octet-stream"
		}},
		"by an expression as method": {[]string{"HTTP Method", "${literal('put')}"}, "content", func(r *http.Request) bool { return r.Method == "PUT" }},
		"as a form": {[]string{"Request Multipart Form-Data Name", "file", "post:form:a", "${x}"}, "form", func(r *http.Request) bool {
			f, h, err := r.FormFile("file")
			if err != nil {
				return false
			}
			b, err := io.ReadAll(f)
			return err == nil && string(b) == "content" && h.Filename == "n" && h.Header.Get("Content-Type") == "text/csv" &&
				r.FormValue("a") == "1" && r.ContentLength > 0
		}},
		"as a form without content": {[]string{"Request Body Enabled", "false", "post:form:a", "${x}"}, "form", func(r *http.Request) bool {
			return r.FormValue("a") == "1" && len(r.MultipartForm.File) == 0
		}},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				var body io.Reader = r.Body
				if r.Header.Get("Content-Encoding") == "gzip" {
					var err error
					if body, err = gzip.NewReader(r.Body); err != nil {
						t.Error(err)
						return
					}
				}
				if c.want == "form" {
					if err := r.ParseMultipartForm(1 << 20); err != nil {
						t.Error(err)
					}
				} else if b, err := io.ReadAll(body); err != nil || string(b) != strings.TrimPrefix(c.want, "gzip:") {
					t.Errorf("body %q, %v; want %q", b, err, c.want)
				}
				if !c.check(r) {
					t.Errorf("request: %+v", r)
				}
			}))
			defer server.Close()
			r := runner(t, braid.InvokeHTTP, append([]string{"HTTP Method", "POST", "HTTP URL", server.URL}, c.props...)...)
			r.Enqueue(sdktest.FF("content", "mime.type", "text/csv", "filename", "n", "x", "1"))
			if out := trigger(t, r); len(out["Original"]) != 1 {
				t.Errorf("got %v, bulletins %q", out, r.Bulletins())
			}
			if ev := r.Events(); c.want != "" && !slices.ContainsFunc(ev, func(e sdktest.Event) bool { return e.Type == "SEND" }) {
				t.Errorf("events = %+v, want SEND", ev)
			}
		})
	}
}

func TestInvokeHTTP_SendsHeaders(t *testing.T) {
	var h http.Header
	url, _ := serve(t, func(_ http.ResponseWriter, r *http.Request) { h = r.Header.Clone() })
	r := runner(t, braid.InvokeHTTP, "HTTP URL", url, "Request Header Attributes Pattern", "x-.*|path", "X-Own", "${a}!",
		"Request User-Agent", "me", "Request Username", "u", "Request Password", "p")
	r.Enqueue(sdktest.FF("", "a", "1", "x-a", " 2 ", "y", "3", "path", "p/"))
	trigger(t, r)
	for name, want := range map[string]string{
		"X-Own": "1!", "X-A": "2", "Y": "", "Path": "", "User-Agent": "me", "Authorization": "Basic dTpw",
		"Date": r.Now().UTC().Format(http.TimeFormat),
	} {
		if got := h.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestInvokeHTTP_PutsTheBodyIntoAnAttribute(t *testing.T) {
	url, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=ISO-8859-1")
		_, _ = io.WriteString(w, "n\xe9 and more")
	})
	r := runner(t, braid.InvokeHTTP, "HTTP URL", url, "Response Body Attribute Name", "${to}", "Response Body Attribute Size", "6",
		"Response Header Request Attributes Enabled", "true", "Response Header Request Attributes Prefix", "h.")
	r.Enqueue(sdktest.FF("", "to", "body"))
	out := trigger(t, r)
	if len(out["Response"]) != 0 || len(out["Original"]) != 1 {
		t.Fatalf("got %v", out)
	}
	a := out["Original"][0].Attrs
	if a["body"] != "né and" || a["h.Content-Type"] != "text/plain; charset=ISO-8859-1" {
		t.Errorf("body = %q, h.Content-Type = %q", a["body"], a["h.Content-Type"])
	}
}

func TestInvokeHTTP_Redirects(t *testing.T) {
	for follow, rel := range map[string]string{"True": "Original", "False": "No Retry"} {
		url, got := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/a" {
				http.Redirect(w, r, "/b", http.StatusTemporaryRedirect)
			}
		})
		r := runner(t, braid.InvokeHTTP, "HTTP URL", url+"/a", "HTTP Method", "POST", "Response Redirects Enabled", follow)
		r.Enqueue(sdktest.FF("content"))
		out := trigger(t, r)
		if len(out[rel]) != 1 {
			t.Errorf("%s: got %v", follow, out)
		}
		if follow == "True" && !slices.Equal(*got, []string{"POST /a content", "POST /b content"}) {
			t.Errorf("the server got %q", *got)
		}
	}
}

func TestInvokeHTTP_KeepsCookies(t *testing.T) {
	for strategy, want := range map[string]string{"ACCEPT_ALL": "c=1", "DISABLED": ""} {
		var last string
		url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
			last = r.Header.Get("Cookie")
			http.SetCookie(w, &http.Cookie{Name: "c", Value: "1"})
		})
		r := runner(t, braid.InvokeHTTP, "HTTP URL", url, "Response Cookie Strategy", strategy)
		r.Enqueue(sdktest.FF(""), sdktest.FF(""))
		r.RunUntilEmpty()
		if last != want {
			t.Errorf("%s: cookie %q, want %q", strategy, last, want)
		}
	}
}

func TestInvokeHTTP_DigestAuthentication(t *testing.T) {
	// The answer to this challenge is that of RFC 2617 without qop, section 3.5 otherwise.
	const challenge = `Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"`
	url, got := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Authorization"), `response="670fd8c2df070c60b045671b8b24ff02"`) {
			w.Header().Set("WWW-Authenticate", challenge)
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	r := runner(t, braid.InvokeHTTP, "HTTP URL", url+"/dir/index.html", "Request Username", "Mufasa", "Request Password", "Circle Of Life",
		"Request Digest Authentication Enabled", "true")
	r.Enqueue(sdktest.FF(""), sdktest.FF(""))
	r.RunUntilEmpty()
	if out := r.Out(); len(out["Original"]) != 2 || len(*got) != 3 {
		t.Errorf("got %v after %d requests, want success after 3: the challenge is kept", out, len(*got))
	}
}

func TestInvokeHTTP_CachesResponses(t *testing.T) {
	var asked []string
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Header.Get("If-None-Match"))
		w.Header().Set("ETag", `"1"`)
		if r.Header.Get("If-None-Match") == `"1"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = io.WriteString(w, "body")
	})
	r := runner(t, braid.InvokeHTTP, "HTTP URL", url, "Response Cache Enabled", "true")
	r.Enqueue(sdktest.FF(""), sdktest.FF(""))
	r.RunUntilEmpty()
	out := r.Out()["Response"]
	if len(out) != 2 || out[1].Content != "body" || !slices.Equal(asked, []string{"", `"1"`}) {
		t.Errorf("got %+v, asked with %q", out, asked)
	}
}

func TestInvokeHTTP_FailsWithoutAnAnswer(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	half, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, "half")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	for name, c := range map[string]struct{ url, class string }{
		"nobody listens": {"http://127.0.0.1:1/", "java.net.ConnectException"},
		"no answer":      {"http://" + silent.Addr().String(), "java.net.SocketTimeoutException"},
		"half an answer": {half, "java.net.SocketTimeoutException"},
		"no URL":         {"${none}", "java.io.IOException"},
	} {
		t.Run(name, func(t *testing.T) {
			r := runner(t, braid.InvokeHTTP, "HTTP URL", c.url, "Socket Read Timeout", "100 ms")
			r.Enqueue(sdktest.FF("content"))
			out := trigger(t, r)
			if len(out["Failure"]) != 1 || len(out) != 1 || out["Failure"][0].Content != "content" {
				t.Fatalf("got %v", out)
			}
			a := out["Failure"][0].Attrs
			if a["invokehttp.java.exception.class"] != c.class || a["invokehttp.java.exception.message"] == "" {
				t.Errorf("%s: %s", a["invokehttp.java.exception.class"], a["invokehttp.java.exception.message"])
			}
			if b := r.Bulletins(); len(b) != 1 {
				t.Errorf("bulletins = %q, want one", b)
			}
		})
	}
}

// alone is InvokeHTTP without an incoming connection.
type alone struct{ sdk.Processor }

func (p alone) Describe(s *sdk.Spec) {
	p.Processor.Describe(s)
	s.InputForbidden()
}

func (p alone) Start(ctx context.Context, h *sdk.Host) error {
	return p.Processor.(sdk.Starter).Start(ctx, h)
}

func (p alone) Stop(ctx context.Context) error { return p.Processor.(sdk.Stopper).Stop(ctx) }

func TestInvokeHTTP_WorksWithoutInput(t *testing.T) {
	url, got := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "answer") })
	c := braid.InvokeHTTP
	c.New = func() sdk.Processor { return alone{braid.InvokeHTTP.New()} }
	r := runner(t, c, "HTTP URL", url)
	out := trigger(t, r)
	if len(out["Response"]) != 1 || out["Response"][0].Content != "answer" || len(out) != 1 || len(*got) != 1 {
		t.Errorf("got %v, the server %q", out, *got)
	}
	r.Set("HTTP Method", "POST")
	if out := trigger(t, r); len(out) != 0 || len(*got) != 1 {
		t.Errorf("without content nothing is to be posted: %v, the server %q", out, *got)
	}
}

func TestInvokeHTTP_WithInputNeedsAFlowFile(t *testing.T) {
	url, got := serve(t, func(http.ResponseWriter, *http.Request) {})
	r := runner(t, braid.InvokeHTTP, "HTTP URL", url)
	if out := trigger(t, r); len(out) != 0 || len(*got) != 0 {
		t.Errorf("got %v, the server %q", out, *got)
	}
}

func TestInvokeHTTP_TLS(t *testing.T) {
	service, config := certificates(t)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) }))
	server.TLS = config.Clone()
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	for disabled, want := range map[string]string{"False": "HTTP/2.0", "True": "HTTP/1.1"} {
		r := sdktest.New(t, braid.InvokeHTTP)
		r.Service("ssl", service, nil)
		r.Set("SSL Context Service", "ssl")
		r.Set("HTTP URL", server.URL)
		r.Set("HTTP/2 Disabled", disabled)
		r.Enqueue(sdktest.FF(""))
		out := trigger(t, r)["Response"]
		if len(out) != 1 || out[0].Content != want || out[0].Attrs["invokehttp.remote.dn"] != "CN=me, O=Acme Co" {
			t.Errorf("got %+v, bulletins %q", out, r.Bulletins())
		}
	}
}

func TestInvokeHTTP_ReportsProblems(t *testing.T) {
	for _, props := range [][]string{
		{"HTTP URL", "ftp://host"},
		{"post:form:a", "1", "HTTP Method", "POST"},
		{"Request Header Attributes Pattern", "("},
	} {
		r := runner(t, braid.InvokeHTTP, append([]string{"HTTP URL", "http://host"}, props...)...)
		if p := r.Problems(); len(p) != 1 {
			t.Errorf("%q: problems = %v, want one", props, p)
		}
	}
}

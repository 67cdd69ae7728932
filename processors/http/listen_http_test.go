package http_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	braid "github.com/braidflow/braid/processors/http"
	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/flowfilev3"
	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/sdk/sdktest"
)

// freePort finds a port that nobody uses at this moment.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// listen starts ListenHTTP and returns the URL of its base path.
func listen(t *testing.T, props ...string) (*sdktest.Runner, string) {
	t.Helper()
	port := freePort(t)
	r := runner(t, braid.ListenHTTP, append(props, "Listening Port", port)...)
	r.Start()
	return r, "http://127.0.0.1:" + port + "/contentListener"
}

// send sends a request; headers are names and values in turn.
func send(t *testing.T, method, url, body string, headers ...string) (status int, answer string, header http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	client := &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, strings.TrimSpace(string(b)), resp.Header
}

func TestListenHTTP_Receives(t *testing.T) {
	r, url := listen(t, "HTTP Headers for Attributes", "x-.*|X-Upper", "Return Code", "202")
	status, _, _ := send(t, "POST", url, "content", "filename", "f", "uuid", "1234", "x-lower", "1", "X-Upper", "2", "Y", "3")
	if status != http.StatusAccepted {
		t.Errorf("status %d, want that of the property", status)
	}
	out := r.Out()["success"]
	if len(out) != 1 || out[0].Content != "content" {
		t.Fatalf("got %+v", out)
	}
	for k, want := range map[string]string{
		"filename": "f", "x-lower": "1", "X-Upper": "2", "Y": "", "restlistener.remote.source.host": "127.0.0.1",
		"restlistener.request.uri": "/contentListener", "restlistener.remote.user.dn": "none", "restlistener.remote.issuer.dn": "none",
	} {
		if out[0].Attrs[k] != want {
			t.Errorf("%s = %q, want %q", k, out[0].Attrs[k], want)
		}
	}
	ev := r.Events()
	if len(ev) != 1 || ev[0].Type != "RECEIVE" || ev[0].TransitURI != url || ev[0].Details != "Remote DN=none, Issuer DN=none" {
		t.Errorf("events = %+v", ev)
	}
}

func TestListenHTTP_AnswersOtherRequests(t *testing.T) {
	_, url := listen(t)
	base := strings.TrimSuffix(url, "/contentListener")
	for req, want := range map[string]int{
		"GET " + url: 405, "PUT " + url: 405, "OPTIONS " + url: 405, "POST " + base + "/other": 404, "POST " + url + "/sub": 404,
		"HEAD " + url: 200, "GET " + url + "/healthcheck": 200, "DELETE " + url + "/holds/none": 404,
	} {
		method, url, _ := strings.Cut(req, " ")
		status, _, header := send(t, method, url, "")
		if status != want {
			t.Errorf("%s: %d, want %d", req, status, want)
		}
		if method == "HEAD" && (header.Get("x-nifi-transfer-protocol-version") != "3" || !strings.Contains(header.Get("Accept"), flowfilev3.MediaType)) {
			t.Errorf("HEAD: %v", header)
		}
	}
}

func TestListenHTTP_UnpacksFlowFiles(t *testing.T) {
	r, url := listen(t)
	var body []byte
	for _, name := range []string{"a", "b"} {
		body = append(flowfilev3.AppendHeader(body, map[string]string{"filename": name, "uuid": "u-" + name}, 1), name...)
	}
	if status, answer, _ := send(t, "POST", url, string(body), "Content-Type", flowfilev3.MediaType); status != 200 {
		t.Fatalf("%d %s", status, answer)
	}
	out := r.Out()["success"]
	if len(out) != 2 || out[0].Content != "a" || out[1].Attrs["filename"] != "b" || out[1].Attrs["uuid"] == "u-b" {
		t.Errorf("got %+v", out)
	}
}

func compressed(t *testing.T, s string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, s); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestListenHTTP_Decompresses(t *testing.T) {
	r, url := listen(t)
	for _, header := range [][]string{{"Content-Encoding", "gzip"}, {"flowfile-gzipped", "true"}} {
		if status, answer, _ := send(t, "POST", url, compressed(t, "content"), header...); status != 200 {
			t.Fatalf("%d %s", status, answer)
		}
		if out := r.Out()["success"]; len(out) != 1 || out[0].Content != "content" {
			t.Errorf("%q: got %+v", header, out)
		}
	}
}

func TestListenHTTP_Forms(t *testing.T) {
	r, url := listen(t)
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	if err := m.WriteField("field", "value"); err != nil {
		t.Fatal(err)
	}
	f, err := m.CreateFormFile("file", "a.txt")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(f, "content"); err != nil || m.Close() != nil {
		t.Fatal(err)
	}
	if status, answer, _ := send(t, "POST", url, b.String(), "Content-Type", m.FormDataContentType()); status != 200 {
		t.Fatalf("%d %s", status, answer)
	}
	out := r.Out()["success"]
	if len(out) != 2 || out[0].Content != "value" || out[1].Content != "content" {
		t.Fatalf("got %+v", out)
	}
	for k, want := range map[string]string{
		"http.multipart.name": "file", "http.multipart.filename": "a.txt", "http.multipart.size": "7",
		"http.multipart.content.type": "application/octet-stream", "http.multipart.fragments.sequence.number": "2",
		"http.multipart.fragments.total.number": "2", "http.headers.multipart.Content-Type": "application/octet-stream",
	} {
		if out[1].Attrs[k] != want {
			t.Errorf("%s = %q, want %q", k, out[1].Attrs[k], want)
		}
	}
}

func TestListenHTTP_RefusesBadRequests(t *testing.T) {
	r, url := listen(t, "Multipart Request Max Size", "100 B", "Request Header Maximum Size", "1 KB")
	for name, c := range map[string]struct {
		body    string
		headers []string
		status  int
	}{
		"not compressed":     {"plain", []string{"Content-Encoding", "gzip"}, 400},
		"cut compression":    {compressed(t, "content")[:20], []string{"Content-Encoding", "gzip"}, 400},
		"no FlowFile":        {"rubbish", []string{"Content-Type", flowfilev3.MediaType}, 400},
		"an empty stream":    {"", []string{"Content-Type", flowfilev3.MediaType}, 400},
		"half a FlowFile":    {string(flowfilev3.AppendHeader(nil, nil, 5)) + "abc", []string{"Content-Type", flowfilev3.MediaType}, 400},
		"an older stream":    {"x", []string{"Content-Type", "application/flowfile-v2"}, 415},
		"no form":            {"rubbish", []string{"Content-Type", "multipart/form-data; boundary=b"}, 400},
		"a form of no bound": {"rubbish", []string{"Content-Type", "multipart/form-data"}, 400},
		"too large a form":   {strings.Repeat("x", 200), []string{"Content-Type", "multipart/form-data; boundary=b"}, 413},
	} {
		status, answer, _ := send(t, "POST", url, c.body, c.headers...)
		if status != c.status || answer == "" {
			t.Errorf("%s: %d %q, want %d and a reason", name, status, answer, c.status)
		}
	}
	if status, _, _ := send(t, "POST", url, "", "X-Large", strings.Repeat("x", 8192)); status != 431 {
		t.Errorf("large header: %d, want 431", status)
	}
	if out := r.Out(); len(out) != 0 {
		t.Errorf("came out: %v", out)
	}
}

func TestListenHTTP_HoldsUntilConfirmed(t *testing.T) {
	r, url := listen(t)
	status, uri, header := send(t, "POST", url, "content", "x-prefer-acknowledge-uri", "true")
	if status != 303 || header.Get("Location") != uri || header.Get("x-location-uri-intent") != "flowfile-hold" || !strings.HasPrefix(uri, "/contentListener/holds/") {
		t.Fatalf("%d %q %v", status, uri, header)
	}
	if out := r.Out(); len(out) != 0 {
		t.Errorf("came out before the confirmation: %v", out)
	}
	uri = strings.TrimSuffix(url, "/contentListener") + uri
	if status, answer, _ := send(t, "DELETE", uri, ""); status != 200 {
		t.Errorf("%d %s", status, answer)
	}
	if out := r.Out()["success"]; len(out) != 1 || out[0].Content != "content" {
		t.Errorf("got %+v", out)
	}
	if status, _, _ := send(t, "DELETE", uri, ""); status != 404 {
		t.Errorf("a second confirmation: %d, want 404", status)
	}
}

func TestListenHTTP_DropsWhatIsNotConfirmed(t *testing.T) {
	r, url := listen(t, "Max Unconfirmed Flowfile Time", "1 ms")
	send(t, "POST", url, "content", "x-prefer-acknowledge-uri", "true")
	for deadline := time.Now().Add(5 * time.Second); len(r.Bulletins()) == 0; {
		if time.Now().After(deadline) {
			t.Fatal("there is no bulletin about what was dropped")
		}
		send(t, "HEAD", url, "") // lets time pass
	}
	if out := r.Out(); len(out) != 0 {
		t.Errorf("came out: %v", out)
	}
}

func TestListenHTTP_StopsWithHoldsAndStartsAgain(t *testing.T) {
	r, url := listen(t)
	send(t, "POST", url, "content", "x-prefer-acknowledge-uri", "true")
	r.Stop()
	r.Start()
	if status, _, _ := send(t, "POST", url, "again"); status != 200 {
		t.Errorf("after the restart: %d", status)
	}
	if out := r.Out()["success"]; len(out) != 1 || out[0].Content != "again" {
		t.Errorf("got %+v", out)
	}
}

func TestListenHTTP_HealthPort(t *testing.T) {
	port := freePort(t)
	_, url := listen(t, "Listening Port for Health Check Requests", port)
	health := "http://127.0.0.1:" + port + "/contentListener"
	if status, answer, _ := send(t, "GET", health+"/healthcheck", ""); status != 200 || answer != "OK" {
		t.Errorf("%d %s", status, answer)
	}
	if status, _, _ := send(t, "POST", health, "content"); status != 404 {
		t.Errorf("POST on the health port: %d, want 404", status)
	}
	if status, _, _ := send(t, "GET", url+"/healthcheck", ""); status != 200 {
		t.Errorf("on the other port: %d", status)
	}
}

func TestListenHTTP_ManyAtOnce(t *testing.T) {
	r, url := listen(t, "Maximum Thread Pool Size", "8")
	results := make(chan error)
	for i := range 40 {
		go func() {
			resp, err := http.Post(url, "text/plain", strings.NewReader(strconv.Itoa(i))) //nolint:noctx // it is a test
			if err == nil {
				if resp.Body.Close(); resp.StatusCode != 200 {
					err = fmt.Errorf("status %d", resp.StatusCode)
				}
			}
			results <- err
		}()
	}
	for range 40 {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
	http.DefaultClient.CloseIdleConnections()
	var got []string
	for _, o := range r.Out()["success"] {
		got = append(got, o.Content)
	}
	slices.Sort(got)
	if len(slices.Compact(got)) != 40 {
		t.Errorf("%d different ones came out, want 40", len(got))
	}
}

func TestListenHTTP_TLS(t *testing.T) {
	service, config := certificates(t)
	for name, c := range map[string]struct {
		props  []string
		cert   bool
		status int // 0: no connection
		proto  string
	}{
		"with a certificate":    {nil, true, 200, "HTTP/1.1"},
		"without a certificate": {nil, false, 0, ""},
		"none wanted":           {[]string{"Client Authentication", "NONE"}, false, 200, "HTTP/1.1"},
		"one wanted":            {[]string{"Client Authentication", "WANT"}, false, 200, "HTTP/1.1"},
		"HTTP/2":                {[]string{"HTTP Protocols", "H2"}, true, 200, "HTTP/2.0"},
		"the right subject":     {[]string{"Authorized Subject DN Pattern", "CN=me, O=Acme Co"}, true, 200, "HTTP/1.1"},
		"another subject":       {[]string{"Authorized Subject DN Pattern", "CN=you"}, true, 403, "HTTP/1.1"},
		"another issuer":        {[]string{"Authorized Issuer DN Pattern", "CN=you"}, true, 403, "HTTP/1.1"},
	} {
		t.Run(name, func(t *testing.T) {
			port := freePort(t)
			r := sdktest.New(t, braid.ListenHTTP)
			r.Service("ssl", service, nil)
			for _, kv := range slices.Collect(slices.Chunk(append(c.props, "SSL Context Service", "ssl", "Listening Port", port), 2)) {
				r.Set(kv[0], kv[1])
			}
			r.Start()
			mine := &tls.Config{RootCAs: config.RootCAs}
			if c.cert {
				mine.Certificates = config.Certificates
			}
			client := &http.Client{Transport: &http.Transport{TLSClientConfig: mine, DisableKeepAlives: true, ForceAttemptHTTP2: true}}
			resp, err := client.Post("https://127.0.0.1:"+port+"/contentListener", "text/plain", strings.NewReader("x")) //nolint:noctx // it is a test
			if c.status == 0 {
				if err == nil {
					resp.Body.Close()
					t.Errorf("the connection was accepted: %s", resp.Status)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != c.status || resp.Proto != c.proto {
				t.Errorf("%s %s, want %d %s", resp.Proto, resp.Status, c.status, c.proto)
			}
			if out := r.Out()["success"]; c.cert && c.status == 200 && (len(out) != 1 || out[0].Attrs["restlistener.remote.user.dn"] != "CN=me, O=Acme Co") {
				t.Errorf("got %+v", out)
			}
		})
	}
}

// lines reads each line as a record, and writes records as lines with a mark.
type lines struct{}

var lineSchema = record.NewSchema(record.Field{Name: "line", Type: record.String})

func (lines) Describe(s *sdk.Spec) { s.About("Lines as records, for tests.") }

func (lines) NewReader(_ context.Context, _ map[string]string, in io.Reader, _ int64) (record.Reader, error) {
	b, err := io.ReadAll(in)
	return &lineReader{strings.Fields(string(b))}, err
}

func (lines) SchemaFor(_ map[string]string, read *record.Schema) (*record.Schema, error) {
	return read, nil
}

func (lines) NewWriter(_ context.Context, _ *record.Schema, out io.Writer, _ map[string]string) (record.Writer, error) {
	return &lineWriter{out: out}, nil
}

type lineReader struct{ left []string }

func (r *lineReader) Schema() (*record.Schema, error) { return lineSchema, nil }
func (r *lineReader) Close() error                    { return nil }

func (r *lineReader) Read() (*record.Record, error) {
	if len(r.left) == 0 {
		return nil, io.EOF
	}
	line := r.left[0]
	r.left = r.left[1:]
	if line == "bad" {
		return nil, &record.MalformedError{Row: 1, Err: io.ErrUnexpectedEOF}
	}
	return record.Of(lineSchema, record.StringValue(line)), nil
}

type lineWriter struct {
	out io.Writer
	n   int64
}

func (w *lineWriter) Begin() error { return nil }
func (w *lineWriter) Flush() error { return nil }

func (w *lineWriter) Write(r *record.Record) error {
	w.n++
	_, err := io.WriteString(w.out, "<"+r.Get("line").Text()+">")
	return err
}

func (w *lineWriter) Finish() (record.WriteResult, error) {
	return record.WriteResult{Count: w.n, Attributes: map[string]string{"record.count": strconv.FormatInt(w.n, 10)}}, nil
}

func TestListenHTTP_ReadsRecords(t *testing.T) {
	service := sdk.Component{Type: "test.Lines", NewService: func() sdk.ControllerService { return lines{} }}
	port := freePort(t)
	r := sdktest.New(t, braid.ListenHTTP)
	r.Service("lines", service, nil)
	for _, name := range []string{"Record Reader", "Record Writer"} {
		r.Set(name, "lines")
	}
	r.Set("Listening Port", port)
	r.Start()
	url := "http://127.0.0.1:" + port + "/contentListener"
	if status, answer, _ := send(t, "POST", url, "a b"); status != 200 {
		t.Errorf("%d %s", status, answer)
	}
	if status, _, _ := send(t, "POST", url, "a bad"); status != 400 {
		t.Errorf("malformed: %d, want 400", status)
	}
	out := r.Out()["success"]
	if len(out) != 1 || out[0].Content != "<a><b>" || out[0].Attrs["record.count"] != "2" {
		t.Errorf("got %+v", out)
	}
}

func TestListenHTTP_ReportsProblems(t *testing.T) {
	for _, props := range [][]string{
		{"Listening Port", "0"},
		{"Listening Port for Health Check Requests", "8081"},
		{"Return Code", "7"},
		{"Maximum Thread Pool Size", "2"},
		{"Authorized Subject DN Pattern", "("},
	} {
		r := runner(t, braid.ListenHTTP, append([]string{"Listening Port", "8081"}, props...)...)
		if p := r.Problems(); len(p) != 1 {
			t.Errorf("%q: problems = %v, want one", props, p)
		}
	}
}

// A client that stops sending in the middle neither keeps the processor from stopping nor leaves anything behind.
func TestListenHTTP_StopsInTheMiddleOfARequest(t *testing.T) {
	r, url := listen(t)
	conn, err := net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(url, "http://"), "/contentListener"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "POST /contentListener HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	head := make([]byte, 12)
	if _, err := io.ReadFull(conn, head); err != nil || string(head) != "HTTP/1.1 100" { // the handler is reading now
		t.Fatalf("%q, %v", head, err)
	}
	r.Stop()
	r.Start()
	if out := r.Out(); len(out) != 0 {
		t.Errorf("came out: %v", out)
	}
}

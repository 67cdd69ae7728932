package http

import (
	"compress/gzip"
	"errors"
	"io"
	"mime/multipart"
	"net/textproto"
	"strings"
	"sync"
	"time"
)

var errEnded = errors.New("the request has ended")

// content is the body of a request. It may be read several times, e.g. again after a redirect. The HTTP client reads it on
// goroutines of its own, also after it has returned, so each reader can be ended from outside.
type content struct {
	open    func() (io.ReadCloser, error)        // a reader of the FlowFile; asked for by the goroutine of the Trigger only
	encode  func(w io.Writer, r io.Reader) error // nil: as it is
	dog     *watchdog
	timeout time.Duration

	ends []func()
	wg   sync.WaitGroup // of the goroutines that encode
}

// reader implements http.Request.GetBody.
func (c *content) reader() (io.ReadCloser, error) {
	r, err := c.open()
	if err != nil {
		return nil, err
	}
	src := &source{r: r}
	c.ends = append(c.ends, func() { _ = src.Close() }) // closing a reader has nothing to tell
	if c.encode == nil {
		return &sent{src, c.dog, c.timeout}, nil
	}
	pr, pw := io.Pipe()
	c.ends = append(c.ends, func() { _ = pr.CloseWithError(errEnded) }) // never fails
	c.wg.Go(func() {
		_ = pw.CloseWithError(c.encode(pw, src)) // never fails
		_ = src.Close()
	})
	return &sent{pr, c.dog, c.timeout}, nil
}

// end closes all readers. When it returns, nothing reads the FlowFile any more.
func (c *content) end() {
	for _, end := range c.ends {
		end()
	}
	c.ends = nil
	c.wg.Wait()
}

// source reads until it is closed by whatever goroutine.
type source struct {
	mu sync.Mutex // guards r
	r  io.ReadCloser
}

// Read implements io.Reader.
func (s *source) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.r == nil {
		return 0, errEnded
	}
	return s.r.Read(p)
}

// Close implements io.Closer.
func (s *source) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.r == nil {
		return nil
	}
	r := s.r
	s.r = nil
	return r.Close()
}

func gzipped(w io.Writer, r io.Reader) error {
	z := gzip.NewWriter(w)
	if _, err := io.Copy(z, r); err != nil {
		return err
	}
	return z.Close()
}

// form is a body of the type multipart/form-data.
type form struct {
	fields                      [][2]string
	name, filename, contentType string
	content                     bool // the content is sent as the last field
	gzip                        bool // and is compressed
	boundary                    string
}

// begin chooses the boundary and returns the type of the body.
func (f *form) begin() string {
	w := multipart.NewWriter(io.Discard)
	f.boundary = w.Boundary()
	return w.FormDataContentType()
}

// length is that of the body with a content of size bytes, or -1.
func (f *form) length(size int64) int64 {
	if f.gzip && f.content {
		return -1
	}
	var n counter
	if err := f.write(&n, strings.NewReader("")); err != nil {
		return -1
	}
	if !f.content {
		return int64(n)
	}
	return int64(n) + size
}

type counter int64

// Write implements io.Writer.
func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

func (f *form) write(w io.Writer, r io.Reader) error {
	m := multipart.NewWriter(w)
	if err := m.SetBoundary(f.boundary); err != nil {
		return err
	}
	for _, field := range f.fields {
		if err := m.WriteField(field[0], field[1]); err != nil {
			return err
		}
	}
	if f.content {
		disposition := `form-data; name="` + quoter.Replace(f.name) + `"`
		if f.filename != "" {
			disposition += `; filename="` + quoter.Replace(f.filename) + `"`
		}
		part, err := m.CreatePart(textproto.MIMEHeader{"Content-Type": {f.contentType}, "Content-Disposition": {disposition}})
		if err != nil {
			return err
		}
		if f.gzip {
			err = gzipped(part, r)
		} else {
			_, err = io.Copy(part, r)
		}
		if err != nil {
			return err
		}
	}
	return m.Close()
}

// quoter makes a name fit for a header of a form, as browsers do.
var quoter = strings.NewReplacer("\n", "%0A", "\r", "%0D", `"`, "%22")

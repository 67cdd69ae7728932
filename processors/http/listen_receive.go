package http

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/flowfilev3"
	"github.com/braidflow/braid/sdk/record"
)

// receiver makes the FlowFiles of one request.
type receiver struct {
	p    *listenHTTP
	s    *sdk.Session
	r    *http.Request
	c    client
	body io.Reader // decompressed
	ffs  []sdk.FlowFile
}

// readError tells apart what the client sent from what could not be written here.
type readError struct {
	r   io.Reader
	err error
}

// Read implements io.Reader.
func (e *readError) Read(p []byte) (int, error) {
	n, err := e.r.Read(p)
	if err != nil && err != io.EOF { //nolint:errorlint // as io.Reader gives it
		e.err = err
	}
	return n, err
}

// content makes a FlowFile of what in holds.
func (in *receiver) content(r io.Reader) (sdk.FlowFile, error) {
	src := &readError{r: r}
	ff, err := in.s.Write(in.s.Create(), func(w io.Writer) error { _, err := io.Copy(w, src); return err })
	if src.err != nil {
		return ff, badRequest(fmt.Errorf("read the body: %w", src.err))
	}
	return ff, err
}

// add finishes a FlowFile.
func (in *receiver) add(ff sdk.FlowFile, attrs []sdk.Attr, sourceID string, begin time.Time) {
	attrs = append(attrs, in.headers()...)
	attrs = append(attrs,
		sdk.Attr{Name: "restlistener.remote.source.host", Value: in.c.host},
		sdk.Attr{Name: "restlistener.request.uri", Value: in.r.URL.EscapedPath()},
		sdk.Attr{Name: "restlistener.remote.user.dn", Value: in.c.subject},
		sdk.Attr{Name: "restlistener.remote.issuer.dn", Value: in.c.issuer})
	ff = in.s.PutAttrs(ff, attrs...)
	if sourceID != "" {
		sourceID = "urn:nifi:" + sourceID
	}
	in.s.Report(ff, sdk.Event{
		Type: sdk.Receive, TransitURI: in.url(), SourceID: sourceID, Duration: in.s.Now().Sub(begin),
		Details: "Remote DN=" + in.c.subject + ", Issuer DN=" + in.c.issuer,
	})
	in.ffs = append(in.ffs, ff)
}

func (in *receiver) url() string {
	scheme := "http://"
	if in.r.TLS != nil {
		scheme = "https://"
	}
	return scheme + in.r.Host + in.r.URL.EscapedPath()
}

// headers returns those that the user wants as attributes. How the client wrote their names is not known: Go's server
// writes them all in one way.
func (in *receiver) headers() (attrs []sdk.Attr) {
	if in.p.headers == nil {
		return nil
	}
	for name, values := range in.r.Header {
		for _, form := range []string{name, strings.ToLower(name)} {
			if ok, err := in.p.headers.Match(form); err == nil && ok {
				attrs = append(attrs, sdk.Attr{Name: form, Value: values[0]})
				break
			}
		}
	}
	return attrs
}

// plain makes one FlowFile of the body.
func (in *receiver) plain(ctx context.Context) error {
	begin := in.s.Now()
	var ff sdk.FlowFile
	var attrs []sdk.Attr
	var err error
	if in.p.reader != nil {
		ff, attrs, err = in.records(ctx)
	} else {
		ff, err = in.content(in.body)
	}
	if err != nil {
		return err
	}
	if name := strings.TrimSpace(in.r.Header.Get("filename")); name != "" {
		attrs = append(attrs, sdk.Attr{Name: sdk.AttrFilename, Value: name})
	}
	in.add(ff, attrs, in.r.Header.Get("uuid"), begin)
	return nil
}

// records reads the body as records and writes them anew.
func (in *receiver) records(ctx context.Context) (ff sdk.FlowFile, attrs []sdk.Attr, err error) {
	r, err := in.p.reader.NewReader(ctx, nil, in.body, in.r.ContentLength)
	if err != nil {
		return ff, nil, badRequest(err)
	}
	defer r.Close()
	read, err := r.Schema()
	if err != nil {
		return ff, nil, badRequest(err)
	}
	schema, err := in.p.writer.SchemaFor(nil, read)
	if err != nil {
		return ff, nil, err
	}
	var result record.WriteResult
	ff, err = in.s.Write(in.s.Create(), func(out io.Writer) error {
		w, err := in.p.writer.NewWriter(ctx, schema, out, nil)
		if err != nil {
			return err
		}
		result, err = copyRecords(w, r)
		return err
	})
	for name, value := range result.Attributes {
		attrs = append(attrs, sdk.Attr{Name: name, Value: value})
	}
	return ff, attrs, err
}

func copyRecords(w record.Writer, r record.Reader) (record.WriteResult, error) {
	if err := w.Begin(); err != nil {
		return record.WriteResult{}, err
	}
	for {
		rec, err := r.Read()
		if errors.Is(err, io.EOF) {
			return w.Finish()
		}
		if err != nil {
			return record.WriteResult{}, badRequest(err)
		}
		if err := w.Write(rec); err != nil {
			return record.WriteResult{}, err
		}
	}
}

// stream unpacks FlowFiles.
func (in *receiver) stream() error {
	r := flowfilev3.NewReader(in.body)
	for {
		begin := in.s.Now()
		packed, _, err := r.Next()
		if err == io.EOF && len(in.ffs) > 0 { //nolint:errorlint // Next returns it bare
			return nil
		}
		if err != nil {
			return badRequest(fmt.Errorf("unpack the body: %w", err))
		}
		ff, err := in.content(r)
		if err != nil {
			return err
		}
		var attrs []sdk.Attr
		for name, value := range packed {
			if name != sdk.AttrUUID {
				attrs = append(attrs, sdk.Attr{Name: name, Value: value})
			}
		}
		if name := in.r.Header.Get("filename"); packed[sdk.AttrFilename] == "" && name != "" {
			attrs = append(attrs, sdk.Attr{Name: sdk.AttrFilename, Value: name})
		}
		in.add(ff, attrs, packed[sdk.AttrUUID], begin)
	}
}

// form makes a FlowFile of each part.
func (in *receiver) form(boundary string) error {
	type part struct {
		ff    sdk.FlowFile
		attrs []sdk.Attr
		begin time.Time
	}
	var parts []part
	r := multipart.NewReader(in.body, boundary)
	for {
		begin := in.s.Now()
		next, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return badRequest(fmt.Errorf("read the form: %w", err))
		}
		ff, err := in.content(next)
		if err != nil {
			return err
		}
		parts = append(parts, part{ff, partAttrs(next, ff.Size()), begin})
	}
	if len(parts) == 0 {
		return badRequest(errors.New("the form has no parts"))
	}
	for i, part := range parts {
		in.add(part.ff, append(part.attrs,
			sdk.Attr{Name: "http.multipart.fragments.sequence.number", Value: strconv.Itoa(i + 1)},
			sdk.Attr{Name: "http.multipart.fragments.total.number", Value: strconv.Itoa(len(parts))}), "", part.begin)
	}
	return nil
}

func partAttrs(p *multipart.Part, size int64) []sdk.Attr {
	attrs := []sdk.Attr{
		{Name: "http.multipart.size", Value: strconv.FormatInt(size, 10)},
		{Name: "http.multipart.name", Value: p.FormName()},
	}
	for name, values := range p.Header {
		attrs = append(attrs, sdk.Attr{Name: "http.headers.multipart." + name, Value: values[0]})
	}
	if t := p.Header.Get("Content-Type"); t != "" {
		attrs = append(attrs, sdk.Attr{Name: "http.multipart.content.type", Value: t})
	}
	if name := p.FileName(); name != "" {
		attrs = append(attrs, sdk.Attr{Name: "http.multipart.filename", Value: name})
	}
	return attrs
}

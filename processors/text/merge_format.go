package text

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/flowfilev3"
)

// inputs are the FlowFiles of a bin, in order.
type inputs struct {
	s   *sdk.Session
	ffs []sdk.FlowFile
}

func (in inputs) rejected() []sdk.FlowFile { return nil }

func (in inputs) copy(w io.Writer, ff sdk.FlowFile) error {
	r, err := in.s.Read(ff)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, r)
	if cerr := r.Close(); err == nil {
		err = cerr
	}
	return err
}

// entryName is the name of a FlowFile in an archive.
func entryName(ff sdk.FlowFile, keepPath bool) string {
	name := ff.Attr(sdk.AttrFilename)
	if !keepPath {
		return name
	}
	dir := path.Clean(filepath.ToSlash(ff.Attr(sdk.AttrPath)))
	if dir == "." || dir == "/" {
		return name
	}
	return dir + "/" + name
}

// concatMerger puts one content after the other.
type concatMerger struct {
	inputs
	p *mergeContent
}

func (m *concatMerger) extension() string { return "" }

func (m *concatMerger) mimeType() string {
	first := m.ffs[0].Attr(sdk.AttrMIMEType)
	for _, ff := range m.ffs {
		if t := ff.Attr(sdk.AttrMIMEType); t == "" || t != first {
			return "application/octet-stream"
		}
	}
	return first
}

func (m *concatMerger) write(w io.Writer) error {
	var parts [3][]byte
	for i, t := range []sdk.Text{m.p.header, m.p.demarcator, m.p.footer} {
		var err error
		if parts[i], err = m.p.delimiter(t, m.ffs[0]); err != nil {
			return err
		}
	}
	between := parts[0]
	for _, ff := range m.ffs {
		if _, err := w.Write(between); err != nil {
			return err
		}
		if err := m.copy(w, ff); err != nil {
			return err
		}
		between = parts[1]
	}
	_, err := w.Write(parts[2])
	return err
}

// maxDelimiter bounds a delimiter that is read from a file.
const maxDelimiter = 16 << 20

func (p *mergeContent) delimiter(t sdk.Text, ff sdk.FlowFile) ([]byte, error) {
	text, err := t.For(ff)
	if err != nil {
		return nil, fmt.Errorf("evaluate %s: %w", t.Raw(), err)
	}
	if p.delimiters != delimitByFile || text == "" {
		return []byte(text), nil
	}
	f, err := os.Open(text)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxDelimiter+1))
	if err == nil && len(b) > maxDelimiter {
		err = fmt.Errorf("the delimiter in %s is larger than %d bytes", text, maxDelimiter)
	}
	return b, err
}

// zipMerger makes a ZIP archive.
type zipMerger struct {
	inputs
	keepPath bool
	level    int
	twice    []sdk.FlowFile
}

func (m *zipMerger) extension() string        { return ".zip" }
func (m *zipMerger) mimeType() string         { return "application/zip" }
func (m *zipMerger) rejected() []sdk.FlowFile { return m.twice }

func (m *zipMerger) write(w io.Writer) error {
	z := zip.NewWriter(w)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, m.level) })
	seen := map[string]bool{}
	for _, ff := range m.ffs {
		name := entryName(ff, m.keepPath)
		if seen[name] {
			m.twice = append(m.twice, ff)
			continue
		}
		seen[name] = true
		entry, err := z.Create(name)
		if err != nil {
			return err
		}
		if err := m.copy(entry, ff); err != nil {
			return err
		}
	}
	return z.Close()
}

// tarMerger makes a TAR archive.
type tarMerger struct {
	inputs
	keepPath bool
	modified sdk.Text
	now      time.Time
}

func (m *tarMerger) extension() string { return ".tar" }
func (m *tarMerger) mimeType() string  { return "application/tar" }

func (m *tarMerger) write(w io.Writer) error {
	t := tar.NewWriter(w)
	for _, ff := range m.ffs {
		modified, err := m.modified.For(ff)
		if err != nil {
			return fmt.Errorf("evaluate Tar Modified Time: %w", err)
		}
		h := &tar.Header{Name: entryName(ff, m.keepPath), Size: ff.Size(), Mode: 0o644, ModTime: m.now, Format: tar.FormatGNU}
		for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05-0700"} {
			if at, err := time.Parse(layout, modified); err == nil {
				h.ModTime = at
			}
		}
		if mode, err := strconv.ParseInt(ff.Attr("tar.permissions"), 8, 32); err == nil && mode >= 0 && mode <= 0o777 {
			h.Mode = mode
		}
		if err := t.WriteHeader(h); err != nil {
			return err
		}
		if err := m.copy(t, ff); err != nil {
			return err
		}
	}
	return t.Close()
}

// streamMerger makes a FlowFile stream of version 3 or 2, which is the same without the magic.
type streamMerger struct {
	inputs
	old bool
}

func (m *streamMerger) extension() string { return ".pkg" }

func (m *streamMerger) mimeType() string {
	if m.old {
		return "application/flowfile-v2"
	}
	return flowfilev3.MediaType
}

func (m *streamMerger) write(w io.Writer) error {
	for _, ff := range m.ffs {
		header := flowfilev3.AppendHeader(nil, packed(ff), ff.Size())
		if m.old {
			header = header[len(flowfilev3.Magic):]
		}
		if _, err := w.Write(header); err != nil {
			return err
		}
		if err := m.copy(w, ff); err != nil {
			return err
		}
	}
	return nil
}

// packed are the attributes that go along with a content.
func packed(ff sdk.FlowFile) map[string]string {
	attrs := ff.AttrMap()
	attrs[sdk.AttrUUID] = ff.UUID()
	return attrs
}

// tarV1Merger makes a FlowFile package of version 1.
type tarV1Merger struct{ inputs }

func (m *tarV1Merger) extension() string { return ".pkg" }
func (m *tarV1Merger) mimeType() string  { return "application/flowfile-v1" }

func (m *tarV1Merger) write(w io.Writer) error {
	if len(m.ffs) > 1 {
		return errors.New("FlowFile Tar, v1 holds one FlowFile: set the Maximum Number of Entries to 1 or use v3")
	}
	ff := m.ffs[0]
	attrs := packed(ff)
	var b bytes.Buffer
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE properties` + "\n" +
		`  SYSTEM "http://java.sun.com/dtd/properties.dtd">` + "\n<properties>")
	for _, name := range slices.Sorted(maps.Keys(attrs)) {
		fmt.Fprintf(&b, "\n  <entry key=\"%s\">%s</entry>", escapeXML(name), escapeXML(attrs[name]))
	}
	b.WriteString("</properties>")
	t := tar.NewWriter(w)
	if err := t.WriteHeader(&tar.Header{Name: "flowfile.attributes", Size: int64(b.Len()), Mode: 0o644}); err != nil {
		return err
	}
	if _, err := t.Write(b.Bytes()); err != nil {
		return err
	}
	if err := t.WriteHeader(&tar.Header{Name: "flowfile.content", Size: ff.Size(), Mode: 0o644}); err != nil {
		return err
	}
	if err := m.copy(t, ff); err != nil {
		return err
	}
	return t.Close()
}

func escapeXML(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a Builder does not fail
	return b.String()
}

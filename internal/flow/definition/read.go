package definition

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxSize bounds the JSON of a flow, so that a small file cannot unpack to more than memory holds.
const maxSize = 1 << 30

// Read reads a flow definition, gzipped or not. An error is one line that says what is wrong and where.
func Read(data []byte) (*Definition, error) {
	d := &Definition{}
	ignored, err := decode(data, d)
	if err != nil {
		return nil, fmt.Errorf("read flow definition: %w", err)
	}
	if d.Contents == nil {
		return nil, errors.New("read flow definition: it has no flowContents; download the file from a process group")
	}
	d.Ignored = ignored
	return d, nil
}

// ReadNode reads a node's flow.json.gz, gzipped or not.
func ReadNode(data []byte) (*NodeFlow, error) {
	n := &NodeFlow{}
	ignored, err := decode(data, n)
	if err != nil {
		return nil, fmt.Errorf("read flow.json.gz: %w", err)
	}
	if n.RootGroup == nil {
		return nil, errors.New("read flow.json.gz: it has no rootGroup; is it the flow of a NiFi node, version 1.16 or later?")
	}
	n.Ignored = ignored
	if zr, err := gzip.NewReader(bytes.NewReader(data)); err == nil {
		n.Comment = zr.Comment
	}
	return n, nil
}

func decode(data []byte, into any) (ignored []string, err error) {
	if data, err = unzip(data); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, into); err != nil {
		return nil, locate(data, err)
	}
	var raw any
	if err := json.Unmarshal(data, &raw); err != nil {
		return nil, locate(data, err)
	}
	return unknownFields(raw, into), nil
}

func unzip(data []byte) ([]byte, error) {
	if !bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
		return data, nil
	}
	zr, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("the gzip file is damaged: %w", err)
	}
	plain, err := io.ReadAll(io.LimitReader(zr, maxSize+1))
	if err != nil {
		return nil, fmt.Errorf("the gzip file is damaged: %w", err)
	}
	if len(plain) > maxSize {
		return nil, fmt.Errorf("it holds more than %d bytes", maxSize)
	}
	return plain, nil
}

// locate adds line and column, and the field if it is known, to an error of encoding/json.
func locate(data []byte, err error) error {
	var syntax *json.SyntaxError
	var typ *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		line, column := position(data, syntax.Offset)
		return fmt.Errorf("line %d, column %d: %w", line, column, syntax)
	case errors.As(err, &typ):
		line, column := position(data, typ.Offset)
		return fmt.Errorf("line %d, column %d: unexpected %s in %q", line, column, typ.Value, typ.Field)
	default:
		return err
	}
}

func position(data []byte, offset int64) (line, column int) {
	before := data[:min(int(offset), len(data))]
	return bytes.Count(before, []byte{'\n'}) + 1, len(before) - bytes.LastIndexByte(before, '\n') - 1
}

// Write writes a definition as indented JSON.
func (d *Definition) Write(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(d)
}

// Write writes the gzipped JSON of a node's file. Equal flows give equal bytes.
func (n *NodeFlow) Write(w io.Writer) error {
	zw, err := gzip.NewWriterLevel(w, gzip.BestSpeed) // it is written again after each edit
	if err != nil {
		return err
	}
	zw.Comment = n.Comment
	enc := json.NewEncoder(zw)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(n); err != nil {
		return err
	}
	return zw.Close()
}

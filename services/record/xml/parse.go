// Package xml reads and writes records as XML: the codec behind the XMLReader
// and XMLRecordSetWriter services.
//
// An element is a record; its attributes and child elements are fields, child
// elements of one name an array. One record's elements are held in memory at a
// time. Document type definitions are skipped and their entities unknown.
package xml

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/braidflow/braid/sdk/charset"
	"github.com/braidflow/braid/sdk/record"
)

const (
	maxDepth    = 500
	maxElements = 1 << 20  // of one record, with its attributes
	maxText     = 32 << 20 // bytes of one record
)

// element is one element with all that is in it. Attributes are children.
type element struct {
	name     string
	attr     bool
	text     string // without what is only white space
	children []*element
}

// parser cuts XML into elements.
type parser struct {
	dec      *xml.Decoder
	limit    *limiter
	opts     *Options
	elements int
}

func newParser(in io.Reader, o *Options) *parser {
	l := &limiter{in: in}
	dec := xml.NewDecoder(l)
	dec.CharsetReader = func(name string, in io.Reader) (io.Reader, error) {
		c, err := charset.Parse(name)
		if err != nil {
			return nil, err
		}
		return c.Reader(in), nil
	}
	return &parser{dec: dec, limit: l, opts: o}
}

var errTooLong = fmt.Errorf("more than %d bytes in one record", maxText)

// limiter fails when too much has been read since it was last reset, because
// the decoder keeps a token of any size in memory.
type limiter struct {
	in   io.Reader
	read int
	err  error // of in
}

// Read implements [io.Reader].
func (l *limiter) Read(p []byte) (int, error) {
	if l.read > maxText {
		return 0, errTooLong
	}
	n, err := l.in.Read(p)
	l.read += n
	if err != io.EOF {
		l.err = err
	}
	return n, err
}

// start goes to the next element of the level at hand; io.EOF if there is none.
func (p *parser) start() (xml.StartElement, error) {
	for {
		p.limit.read = 0
		t, err := p.dec.Token()
		if err != nil {
			return xml.StartElement{}, err
		}
		switch t := t.(type) {
		case xml.StartElement:
			return t, nil
		case xml.EndElement:
			if p.opts.Array {
				return xml.StartElement{}, p.end()
			}
		}
	}
}

// end reads what follows the root element.
func (p *parser) end() error {
	for {
		t, err := p.dec.Token()
		if err != nil {
			return err
		}
		if s, ok := t.(xml.StartElement); ok {
			return fmt.Errorf("element %q follows the end of the root element", s.Name.Local)
		}
	}
}

// element reads the element that has begun to its end.
func (p *parser) element(s xml.StartElement, depth int) (*element, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("nested deeper than %d levels", maxDepth)
	}
	e := &element{name: s.Name.Local}
	if p.opts.Attributes {
		p.attributes(e, s)
	}
	if p.elements += 1 + len(e.children); p.elements > maxElements {
		return nil, fmt.Errorf("more than %d elements in one record", maxElements)
	}
	var text strings.Builder
	for {
		t, err := p.dec.Token()
		if err != nil {
			return nil, err
		}
		switch t := t.(type) {
		case xml.StartElement:
			child, err := p.element(t, depth+1)
			if err != nil {
				return nil, err
			}
			e.children = append(e.children, child)
		case xml.CharData:
			if strings.TrimSpace(string(t)) != "" {
				text.Write(t)
			}
		case xml.EndElement:
			e.text = text.String()
			return e, nil
		}
	}
}

func (p *parser) attributes(e *element, s xml.StartElement) {
	for _, a := range s.Attr {
		if a.Name.Space != "xmlns" && a.Name.Local != "xmlns" {
			e.children = append(e.children, &element{name: a.Name.Local, attr: true, text: a.Value})
		}
	}
}

// next reads the next record's element; io.EOF if there is none.
func (p *parser) next() (*element, error) {
	p.elements = 0
	s, err := p.start()
	if err != nil {
		return nil, err
	}
	return p.element(s, 0)
}

// open goes behind the root element's start if it only wraps records.
func (p *parser) open() error {
	if !p.opts.Array {
		return nil
	}
	p.opts.Array = false
	_, err := p.start()
	p.opts.Array = true
	if err == io.EOF {
		return nil
	}
	return err
}

// malformed says in which line the XML is broken; errors of the input stay what they are.
func (p *parser) malformed(row int64, err error) error {
	if p.limit.err != nil {
		return p.limit.err
	}
	line, _ := p.dec.InputPos()
	if syntax, ok := errors.AsType[*xml.SyntaxError](err); ok {
		return &record.MalformedError{Row: row, Line: int64(syntax.Line), Err: errors.New(syntax.Msg)}
	}
	return &record.MalformedError{Row: row, Line: int64(line), Err: err}
}

// inputError is err if it is neither the end nor a fault of the XML.
func inputError(err error) error {
	var syntax *xml.SyntaxError
	if err == io.EOF || errors.As(err, &syntax) {
		return nil
	}
	return err
}

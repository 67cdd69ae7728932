package text

import (
	"errors"
	"fmt"
	"io"
)

// cutter finds out where to cut a content, reading it once.
type cutter struct {
	lines   *lineScanner
	p       *splitText
	at      int64 // where the next line begins
	before  int64 // size of the header
	pending *line // read, and belongs to the next split
}

// line is the length of a line, that of its end included, which is also given apart.
type line struct {
	length, end int64
	marked      bool
}

func (c *cutter) read() (line, error) {
	if c.pending != nil {
		l := *c.pending
		c.pending = nil
		return l, nil
	}
	length, end, marked, err := c.lines.skip([]byte(c.p.headerMarker))
	return line{length, end, marked}, err
}

// header reads the header; the zero span means that there is none.
func (c *cutter) header() (h span, err error) {
	want := c.p.headerLines
	if want == 0 && c.p.headerMarker == "" {
		return h, nil
	}
	var end int64
	for n := 0; want == 0 || n < want; n++ {
		l, err := c.read()
		if errors.Is(err, io.EOF) {
			if want > 0 {
				return h, fmt.Errorf("there are only %d of %d header lines", n, want)
			}
			break
		}
		if err != nil {
			return h, err
		}
		if want == 0 && !l.marked {
			c.pending = &l
			break
		}
		h.end, end = h.end+l.length, l.end
		if c.p.maxSize > 0 && h.end > c.p.maxSize {
			return h, fmt.Errorf("the header is larger than the Maximum Fragment Size of %d bytes", c.p.maxSize)
		}
	}
	h.trimmed = h.end - end
	c.at, c.before = h.end, h.end
	return h, nil
}

// next returns the next split, or io.EOF.
func (c *cutter) next() (span, error) {
	part := span{start: c.at, end: c.at, trimmed: c.at}
	for n := 0; c.p.lineCount == 0 || n < c.p.lineCount; n++ {
		l, err := c.read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return part, err
		}
		if size := part.end - part.start; size > 0 && c.p.maxSize > 0 && c.before+size+l.length > c.p.maxSize {
			c.pending = &l
			break
		}
		part.end += l.length
		if l.length > l.end {
			part.trimmed = part.end - l.end
			part.lines++
		}
	}
	c.at = part.end
	if part.end == part.start {
		return part, io.EOF
	}
	return part, nil
}

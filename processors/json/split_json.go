package json

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"strconv"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/jsonpath"
)

// SplitJson makes a FlowFile of each element of an array.
var SplitJson = sdk.Component{
	Type:     "org.apache.nifi.processors.standard.SplitJson",
	Artifact: artifact,
	New:      func() sdk.Processor { return new(splitJSON) },
}

type splitJSON struct {
	document
	path                     *jsonpath.Path
	original, split, failure sdk.Relationship
}

func (p *splitJSON) Describe(s *sdk.Spec) {
	s.About("Makes a FlowFile of each element of the array that a JsonPath finds.", "json", "split", "jsonpath")
	s.Details("The document is held in memory, so it must not be larger than 256 MB. For larger ones use SplitRecord.")
	s.InputRequired()
	s.Batching(0)
	s.SideEffectFree()
	sdk.Parsed(s, &p.path, jsonpath.Compile, "JsonPath Expression", "Where the array is.", sdk.Required)
	p.describe(s)
	s.WritesAttr(sdk.AttrFragmentID, "The same random UUID for all FlowFiles that came from one.")
	s.WritesAttr(sdk.AttrFragmentIndex, "The place of the FlowFile among them, from 0.")
	s.WritesAttr(sdk.AttrFragmentCount, "How many there are.")
	s.WritesAttr(sdk.AttrSegmentOriginal, "The file name of the FlowFile that they came from.")
	s.Rel(&p.original, "original", "FlowFiles that were split, with the identifier and the number of their parts.")
	s.Rel(&p.split, "split", "The elements.")
	s.Rel(&p.failure, "failure", "FlowFiles that are no JSON, or in which the path found no array.")
}

func (p *splitJSON) Trigger(ctx context.Context, s *sdk.Session) error {
	for _, ff := range s.GetBatch(batch) {
		parts, err := p.splitOne(ctx, s, ff)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			for _, part := range parts {
				s.Remove(part)
			}
			_ = s.Fail(ff, p.failure, fmt.Errorf("split JSON: %w", err)) // always nil
			continue
		}
		id, count := sdk.Attr{Name: sdk.AttrFragmentID, Value: newUUID()}, sdk.Attr{Name: sdk.AttrFragmentCount, Value: strconv.Itoa(len(parts))}
		for i, part := range parts {
			s.Transfer(s.PutAttrs(part, id, count, sdk.Attr{Name: sdk.AttrFragmentIndex, Value: strconv.Itoa(i)},
				sdk.Attr{Name: sdk.AttrSegmentOriginal, Value: ff.Attr(sdk.AttrFilename)}), p.split)
		}
		s.Transfer(s.PutAttrs(ff, id, count), p.original)
	}
	return nil
}

// splitOne returns the parts made so far also with an error.
func (p *splitJSON) splitOne(ctx context.Context, s *sdk.Session, ff sdk.FlowFile) (parts []sdk.FlowFile, err error) {
	doc, err := p.read(s, ff)
	if err != nil {
		return nil, err
	}
	v, err := p.path.Read(doc)
	if err != nil {
		return nil, err
	}
	list, ok := v.(*jsonpath.Array)
	if !ok {
		return nil, fmt.Errorf("%s found no array but %.100s", p.path, jsonpath.Format(v))
	}
	for _, item := range list.Items {
		if ctx.Err() != nil {
			return parts, ctx.Err()
		}
		part, err := s.Write(s.CreateFrom(ff), func(w io.Writer) error {
			_, err := io.WriteString(w, p.text(item))
			return err
		})
		if parts = append(parts, part); err != nil {
			return parts, err
		}
	}
	return parts, nil
}

// newUUID makes a random UUID, version 4.
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

package text

import (
	"context"
	"errors"
	"io"
	"strconv"

	"github.com/braidflow/braid/sdk"
)

// SplitText cuts contents between lines.
var SplitText = sdk.Component{
	Type:     "org.apache.nifi.processors.standard.SplitText",
	Artifact: "nifi-standard-nar",
	New:      func() sdk.Processor { return new(splitText) },
}

// attrLineCount tells how many lines that are not empty a split has.
const attrLineCount = "text.line.count"

type splitText struct {
	lineCount                 int
	maxSize                   int64 // 0: no limit
	headerLines               int
	headerMarker              string
	trim                      bool
	original, splits, failure sdk.Relationship
}

func (p *splitText) Describe(s *sdk.Spec) {
	s.About("Splits a text between lines into FlowFiles with a number of lines or a size at most, each with the header if there is one.",
		"split", "text")
	s.Details("If both a line count and a size are given, a split ends where the first of them is reached. A line that is longer " +
		"than the size gets a split of its own.")
	s.InputRequired()
	s.Batching(0)
	s.SideEffectFree()
	s.Int(&p.lineCount, "Line Split Count", "How many lines a split has at most, without the header; 0: as many as its size allows.", sdk.Required)
	s.Size(&p.maxSize, "Maximum Fragment Size", "How large a split is at most, with the header. Needed if the Line Split Count is 0.")
	s.Int(&p.headerLines, "Header Line Count", "How many lines at the start are the header, which each split gets.",
		sdk.Required, sdk.Default("0"))
	s.String(&p.headerMarker, "Header Line Marker Characters", "The first characters of each line of the header, which ends before the "+
		"first line without them. Not used if the Header Line Count is not 0.")
	s.Bool(&p.trim, "Remove Trailing Newlines", "Whether splits end before the line ends at their end. Splits of nothing but empty "+
		"lines are left out then, unless there is a header.", sdk.Required, sdk.Default("true"))
	s.WritesAttr(attrLineCount, "How many lines of the original, not counting empty ones, the split has")
	s.WritesAttr(sdk.AttrFragmentSize, "The size of the split in bytes, with the header")
	s.WritesAttr(sdk.AttrFragmentID, "The same for all splits of one FlowFile, and unique")
	s.WritesAttr(sdk.AttrFragmentIndex, "The place of the split, from 1")
	s.WritesAttr(sdk.AttrFragmentCount, "How many splits there are")
	s.WritesAttr(sdk.AttrSegmentOriginal, "The filename of the original")
	s.Rel(&p.original, "original", "The FlowFiles that were split.")
	s.Rel(&p.splits, "splits", "The splits.")
	s.Rel(&p.failure, "failure", "FlowFiles that could not be split, e.g. because the header is larger than a split may be.")
}

func (p *splitText) Validate() []error {
	if p.lineCount == 0 && p.maxSize == 0 {
		return []error{sdk.Problem{Property: "Maximum Fragment Size", Reason: "it must be set if the Line Split Count is 0"}}
	}
	return nil
}

// batchSplit is small: one FlowFile may become very many.
const batchSplit = 10

func (p *splitText) Trigger(_ context.Context, s *sdk.Session) error {
	for _, ff := range s.GetBatch(batchSplit) {
		if err := p.split(s, ff); err != nil {
			_ = s.Fail(ff, p.failure, err)
		}
	}
	return nil
}

// span is a part of a content.
type span struct {
	start, end int64
	trimmed    int64 // the end without line ends
	lines      int64 // that are not empty
}

func (p *splitText) split(s *sdk.Session, ff sdk.FlowFile) error {
	r, err := s.Read(ff)
	if err != nil {
		return err
	}
	defer r.Close()
	cut := cutter{lines: newLineScanner(r, 0), p: p}
	header, err := cut.header()
	if err != nil {
		return err
	}
	var parts []span
	for {
		part, err := cut.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if p.trim {
			part.end = max(part.trimmed, part.start)
		}
		if part.end > part.start || header.end > 0 {
			parts = append(parts, part)
		}
	}
	if len(parts) == 0 && header.end > 0 {
		parts = []span{{start: header.end, end: header.end}}
	}
	return p.emit(s, ff, r, header, parts)
}

func (p *splitText) emit(s *sdk.Session, ff sdk.FlowFile, r io.ReaderAt, header span, parts []span) error {
	id, count := sdk.NewUUID(), strconv.Itoa(len(parts))
	made := make([]sdk.FlowFile, 0, len(parts))
	for i, part := range parts {
		out, err := p.part(s, ff, r, header, part)
		if err != nil {
			for _, m := range append(made, out) {
				s.Remove(m)
			}
			return err
		}
		made = append(made, s.PutAttrs(out,
			sdk.Attr{Name: attrLineCount, Value: strconv.FormatInt(part.lines, 10)},
			sdk.Attr{Name: sdk.AttrFragmentSize, Value: strconv.FormatInt(out.Size(), 10)},
			sdk.Attr{Name: sdk.AttrFragmentID, Value: id},
			sdk.Attr{Name: sdk.AttrFragmentIndex, Value: strconv.Itoa(i + 1)},
			sdk.Attr{Name: sdk.AttrFragmentCount, Value: count},
			sdk.Attr{Name: sdk.AttrSegmentOriginal, Value: ff.Attr(sdk.AttrFilename)}))
	}
	for _, m := range made {
		s.Transfer(m, p.splits)
	}
	s.Transfer(s.PutAttrs(ff,
		sdk.Attr{Name: sdk.AttrFragmentID, Value: id},
		sdk.Attr{Name: sdk.AttrFragmentCount, Value: count}), p.original)
	return nil
}

// part makes one split. Only one with a header needs its bytes copied.
func (p *splitText) part(s *sdk.Session, ff sdk.FlowFile, r io.ReaderAt, header, part span) (sdk.FlowFile, error) {
	switch {
	case header.end == 0:
		return s.CloneRange(ff, part.start, part.end-part.start), nil
	case part.end == part.start: // the header alone, without its last line end
		return s.CloneRange(ff, 0, header.trimmed), nil
	}
	return s.Write(s.CreateFrom(ff), func(w io.Writer) error {
		if _, err := io.Copy(w, io.NewSectionReader(r, 0, header.end)); err != nil {
			return err
		}
		_, err := io.Copy(w, io.NewSectionReader(r, part.start, part.end-part.start))
		return err
	})
}

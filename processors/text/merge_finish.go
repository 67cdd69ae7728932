package text

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/braidflow/braid/sdk"
)

// finish merges one bin and commits its session.
func (p *mergeContent) finish(ctx context.Context, b *bin, now time.Time) error {
	if err := p.merge(b, now); err != nil {
		for _, ff := range b.contents {
			b.s.Transfer(ff, p.failure)
		}
		b.s.Log().Error("FlowFiles routed to failure: they cannot be merged", "flowfiles", len(b.contents), "error", err)
	}
	return b.s.Commit(ctx)
}

// merge transfers the merged FlowFile and the originals; if there is an error, nothing has been transferred.
func (p *mergeContent) merge(b *bin, now time.Time) error {
	if p.strategy == defragment {
		if err := checkFragments(b.contents); err != nil {
			return err
		}
		slices.SortStableFunc(b.contents, func(x, y sdk.FlowFile) int { return cmp.Compare(fragmentIndex(x), fragmentIndex(y)) })
	}
	m := p.merger(b, now)
	out := b.s.CreateJoined(b.contents)
	written, err := b.s.Write(out, m.write)
	if err != nil {
		b.s.Remove(out)
		return err
	}
	out = b.s.PutAttrs(written, p.mergedAttrs(b, m, now)...)
	b.s.Transfer(out, p.merged)
	for _, ff := range m.rejected() {
		b.s.Transfer(b.s.Clone(ff), p.failure)
	}
	for _, ff := range b.contents {
		b.s.Transfer(b.s.PutAttr(ff, "merge.uuid", out.UUID()), p.original)
	}
	return nil
}

// merger writes the merged content.
type merger interface {
	write(w io.Writer) error
	// mimeType and extension are asked for after write.
	mimeType() string
	extension() string
	// rejected are the FlowFiles that could not become part of it.
	rejected() []sdk.FlowFile
}

func (p *mergeContent) merger(b *bin, now time.Time) merger {
	in := inputs{b.s, b.contents}
	switch p.format {
	case formatTar:
		return &tarMerger{inputs: in, keepPath: p.keepPath, modified: p.tarTime, now: now}
	case formatZip:
		return &zipMerger{inputs: in, keepPath: p.keepPath, level: p.level}
	case formatV3, formatV2:
		return &streamMerger{inputs: in, old: p.format == formatV2}
	case formatV1:
		return &tarV1Merger{inputs: in}
	case formatAvro:
		return &avroMerger{inputs: in, metadata: p.metadata}
	case formatConcat:
	}
	return &concatMerger{inputs: in, p: p}
}

func (p *mergeContent) mergedAttrs(b *bin, m merger, now time.Time) []sdk.Attr {
	var attrs []sdk.Attr
	if p.attributes == keepUnique {
		attrs = unique(b.contents)
	}
	return append(attrs,
		sdk.Attr{Name: sdk.AttrFilename, Value: mergedName(b.contents, now) + m.extension()},
		sdk.Attr{Name: sdk.AttrMIMEType, Value: m.mimeType()},
		sdk.Attr{Name: "merge.count", Value: strconv.Itoa(len(b.contents))},
		sdk.Attr{Name: "merge.bin.age", Value: strconv.FormatInt(now.Sub(b.born).Milliseconds(), 10)},
		sdk.Attr{Name: "merge.reason", Value: b.reason})
}

func mergedName(ffs []sdk.FlowFile, now time.Time) string {
	if len(ffs) == 1 {
		return ffs[0].Attr(sdk.AttrFilename)
	}
	if name, ok := ffs[0].Lookup(sdk.AttrSegmentOriginal); ok {
		return name
	}
	return strconv.FormatUint(ffs[0].Number(), 36) + strconv.FormatInt(now.UnixNano(), 10)
}

// unique returns the attributes that no two FlowFiles have with different values.
func unique(ffs []sdk.FlowFile) (attrs []sdk.Attr) {
	values, differ := map[string]string{}, map[string]bool{sdk.AttrUUID: true}
	for _, ff := range ffs {
		for name, v := range ff.Attrs() {
			if before, has := values[name]; has && before != v {
				differ[name] = true
			}
			values[name] = v
		}
	}
	for name, v := range values {
		if !differ[name] {
			attrs = append(attrs, sdk.Attr{Name: name, Value: v})
		}
	}
	return attrs
}

func fragmentIndex(ff sdk.FlowFile) int {
	n, _ := strconv.Atoi(ff.Attr(sdk.AttrFragmentIndex)) // checkFragments has looked at it
	return n
}

// checkFragments tells what keeps fragments from being put together.
func checkFragments(ffs []sdk.FlowFile) error {
	id, count := ffs[0].Attr(sdk.AttrFragmentID), ""
	for _, ff := range ffs {
		if n, err := strconv.Atoi(ff.Attr(sdk.AttrFragmentIndex)); err != nil || n < 0 {
			return fmt.Errorf("FlowFile %s has no whole number as fragment.index", ff.UUID())
		}
		c, has := ff.Lookup(sdk.AttrFragmentCount)
		switch {
		case !has:
		case count == "":
			count = c
		case count != c:
			return fmt.Errorf("FlowFiles with fragment.identifier %q have different values for fragment.count: %s and %s", id, count, c)
		}
	}
	n, err := strconv.Atoi(count)
	switch {
	case count == "":
		return fmt.Errorf("no FlowFile with fragment.identifier %q has fragment.count", id)
	case err != nil:
		return fmt.Errorf("FlowFiles with fragment.identifier %q have no whole number as fragment.count: %q", id, count)
	case n != len(ffs):
		return fmt.Errorf("there are %d FlowFiles with fragment.identifier %q, and fragment.count is %d", len(ffs), id, n)
	}
	return nil
}

package record

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
)

// SplitRecord splits a FlowFile into several with a limited number of records each.
var SplitRecord = sdk.Component{
	Type:     "org.apache.nifi.processors.standard.SplitRecord",
	Artifact: "nifi-standard-nar",
	New:      func() sdk.Processor { return new(splitRecord) },
}

type splitRecord struct {
	formats
	perSplit                  sdk.Text
	splits, original, failure sdk.Relationship
}

func (p *splitRecord) Describe(s *sdk.Spec) {
	s.About("Splits a FlowFile of records into several with at most a given number of records each.",
		"split", "generic", "schema", "json", "csv", "avro", "log", "logs", "freeform", "text")
	s.InputRequired()
	s.Batching(0)
	s.SideEffectFree()
	p.describe(s)
	s.Text(&p.perSplit, "Records Per Split", "How many records go into one FlowFile. A single one is written by itself, outside of a "+
		"record set: JSON without brackets around it.", sdk.Required, sdk.PerFlowFile)
	writesFragments(s)
	s.Rel(&p.splits, "splits", "The parts.")
	s.Rel(&p.original, "original", "FlowFiles that were split, with the identifier and the number of their parts.")
	s.Rel(&p.failure, "failure", "FlowFiles that could not be read or written, unchanged.")
}

// MigrateProperties accepts the names of NiFi 1.x.
func (p *splitRecord) MigrateProperties(values map[string]string) {
	p.migrate(values)
	sdk.Rename(values, "records-per-split", "Records Per Split")
}

// Validate refuses a fixed number below 1.
func (p *splitRecord) Validate() []error {
	if n, err := strconv.Atoi(p.perSplit.Raw()); err == nil && n < 1 {
		return []error{sdk.Problem{Property: "Records Per Split", Value: p.perSplit.Raw(), Reason: "it must be 1 or more"}}
	}
	return nil
}

func (p *splitRecord) Trigger(ctx context.Context, s *sdk.Session) error {
	for _, ff := range take(s) {
		splits, err := p.split(ctx, s, ff)
		if err != nil {
			for _, split := range splits {
				s.Remove(split.ff)
			}
			if err := fail(ctx, s, ff, p.failure, "split records", err); err != nil {
				return err
			}
			continue
		}
		id := newUUID()
		for i, split := range splits {
			attrs := attributes(split.result, fragment(ff, id, i, len(splits))...)
			s.Transfer(s.PutAttrs(split.ff, attrs...), p.splits)
			s.Counter("Records Split", split.result.Count)
		}
		s.Transfer(s.PutAttrs(ff, sdk.Attr{Name: sdk.AttrFragmentID, Value: id},
			sdk.Attr{Name: sdk.AttrFragmentCount, Value: strconv.Itoa(len(splits))}), p.original)
	}
	return nil
}

// part is one of the FlowFiles that a split makes.
type part struct {
	ff     sdk.FlowFile
	result record.WriteResult
}

// split returns the parts made so far also with an error.
func (p *splitRecord) split(ctx context.Context, s *sdk.Session, ff sdk.FlowFile) (parts []part, err error) {
	limit, err := p.perSplit.Int(ff)
	if err != nil {
		return nil, err
	}
	in, err := s.Read(ff)
	if err != nil {
		return nil, err
	}
	defer in.Close() //nolint:errcheck // it was only read
	attrs := ff.AttrMap()
	reader, err := p.reader.NewReader(ctx, attrs, in, ff.Size())
	if err != nil {
		return nil, err
	}
	defer reader.Close() //nolint:errcheck // it was only read
	read, err := reader.Schema()
	if err != nil {
		return nil, err
	}
	schema, err := p.writer.SchemaFor(attrs, read)
	if err != nil {
		return nil, err
	}
	next, err := reader.Read()
	for err == nil && ctx.Err() == nil {
		one := part{ff: s.CreateFrom(ff)}
		one.ff, err = s.Write(one.ff, func(w io.Writer) (err error) {
			writer, err := p.writer.NewWriter(ctx, schema, w, attrs)
			if err == nil {
				one.result, next, err = fill(writer, reader, next, max(limit, 1))
			}
			return err
		})
		parts = append(parts, one)
		if err == nil && next == nil {
			return parts, nil
		}
	}
	if errors.Is(err, io.EOF) { // there was no record at all
		err = nil
	}
	return parts, errors.Join(err, ctx.Err())
}

// fill writes first and more records up to the limit, and returns the one behind them, nil at the end.
func fill(w record.Writer, r record.Reader, first *record.Record, limit int64) (result record.WriteResult, next *record.Record, err error) {
	if limit > 1 {
		if err := w.Begin(); err != nil {
			return result, nil, err
		}
	}
	next = first
	for n := int64(0); next != nil && n < limit; n++ {
		if err := w.Write(next); err != nil {
			return result, nil, err
		}
		next, err = r.Read()
		if errors.Is(err, io.EOF) {
			next = nil
		} else if err != nil {
			return result, nil, err
		}
	}
	result, err = w.Finish()
	return result, next, err
}

// newUUID makes a random UUID, version 4.
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

package record

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
)

// MergeRecord makes one FlowFile of the records of several.
var MergeRecord = sdk.Component{
	Type:     "org.apache.nifi.processors.standard.MergeRecord",
	Artifact: "nifi-standard-nar",
	New:      func() sdk.Processor { return new(mergeRecord) },
}

const (
	binPack    = "Bin-Packing Algorithm"
	defragment = "Defragment"
	keepCommon = "Keep Only Common Attributes"
	keepUnique = "Keep All Unique Attributes"
)

type mergeRecord struct {
	formats
	strategy, correlate, attributes string
	minRecords, maxRecords          int
	minSize, maxSize                int64
	maxAge                          time.Duration
	maxBins                         int
	original, merged, failure       sdk.Relationship

	mu   sync.Mutex // guards bins
	bins recordBins
}

func (p *mergeRecord) Describe(s *sdk.Spec) {
	s.About("Merges the records of several FlowFiles into one: it gathers those with the same schema in bins.",
		"merge", "record", "content", "correlation", "stream", "event")
	s.Details("FlowFiles in bins stay in their queue as far as durability goes: after a crash they are gathered anew. A FlowFile is " +
		"never split, so the maximums may be exceeded by the last one. If one FlowFile of a bin cannot be read, all of the bin go to failure.")
	s.InputRequired()
	s.TriggerWhenEmpty()
	s.SideEffectFree()
	p.describe(s)
	sdk.Choice(s, &p.strategy, "Merge Strategy", "Which FlowFiles are merged.", nil, sdk.Required, sdk.Default(binPack), sdk.OneOf(
		sdk.Allowed{Value: binPack, Doc: "Bins are filled by number and size, with FlowFiles of the same schema."},
		sdk.Allowed{Value: defragment, Doc: "FlowFiles with the same fragment.identifier, once all of fragment.count are there, in no particular order."}))
	s.String(&p.correlate, "Correlation Attribute Name", "If set, only FlowFiles with the same value of this attribute are merged.")
	sdk.Choice(s, &p.attributes, "Attribute Strategy", "Which attributes the merged FlowFile gets.", nil, sdk.Required, sdk.Default(keepCommon), sdk.OneOf(
		sdk.Allowed{Value: keepCommon, Doc: "Those that all FlowFiles have with the same value."},
		sdk.Allowed{Value: keepUnique, Doc: "Those that no two FlowFiles have with different values."}))
	s.Int(&p.minRecords, "Minimum Number of Records", "How many records a bin needs.", sdk.Required, sdk.Default("1"), sdk.FromEnv)
	s.Int(&p.maxRecords, "Maximum Number of Records", "With how many records a bin is full.", sdk.Default("1000"), sdk.FromEnv)
	s.Size(&p.minSize, "Minimum Bin Size", "How much content a bin needs, as it is written.", sdk.Required, sdk.Default("0 B"))
	s.Size(&p.maxSize, "Maximum Bin Size", "With how much content a bin is full; no limit if not set.")
	s.Duration(&p.maxAge, "Max Bin Age", "A bin of this age is merged even if it lacks a minimum; fragments that are not all there go to "+
		"failure. Without it a bin may wait for ever.")
	s.Int(&p.maxBins, "Maximum Number of Bins", "How many bins are filled at the same time. If there are more, the oldest is merged.",
		sdk.Required, sdk.Default("10"))
	s.ReadsAttr(sdk.AttrFragmentID, "Defragment: FlowFiles with the same value are merged.")
	s.ReadsAttr(sdk.AttrFragmentCount, "Defragment: how many FlowFiles there are; at least one of them must have it.")
	s.WritesAttr("merge.count", "How many FlowFiles were merged.")
	s.WritesAttr("merge.bin.age", "How old the bin was, in milliseconds.")
	s.WritesAttr("merge.uuid", "The uuid of the merged FlowFile, on the originals.")
	s.WritesAttr("merge.completion.reason", "Why the bin was merged.")
	s.Rel(&p.original, "original", "The FlowFiles that were merged.")
	s.Rel(&p.merged, "merged", "The merged FlowFiles.")
	s.Rel(&p.failure, "failure", "FlowFiles that could not be merged.")
}

// MigrateProperties accepts the names of NiFi 1.x.
func (p *mergeRecord) MigrateProperties(values map[string]string) {
	p.migrate(values)
	for _, r := range [][2]string{
		{"merge-strategy", "Merge Strategy"},
		{"correlation-attribute-name", "Correlation Attribute Name"},
		{"min-bin-size", "Minimum Bin Size"},
		{"max-bin-size", "Maximum Bin Size"},
		{"min-records", "Minimum Number of Records"},
		{"max-records", "Maximum Number of Records"},
		{"max.bin.count", "Maximum Number of Bins"},
		{"max-bin-age", "Max Bin Age"},
	} {
		sdk.Rename(values, r[0], r[1])
	}
}

// Validate refuses maximums below their minimums.
func (p *mergeRecord) Validate() []error {
	var problems []error
	wrong := func(property, reason string) {
		problems = append(problems, sdk.Problem{Property: property, Reason: reason})
	}
	if p.minRecords < 1 {
		wrong("Minimum Number of Records", "it must be at least 1")
	}
	if p.maxRecords < p.minRecords {
		wrong("Maximum Number of Records", "it must be at least 1 and not less than the minimum")
	}
	if p.maxSize > 0 && p.maxSize < p.minSize {
		wrong("Maximum Bin Size", "it must not be less than the minimum")
	}
	if p.maxBins < 1 {
		wrong("Maximum Number of Bins", "it must be at least 1")
	}
	return problems
}

func (p *mergeRecord) Start(context.Context, *sdk.Host) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bins = recordBins{groups: map[string]*recordBin{}}
	return nil
}

// Stop forgets the bins; the engine returns what they hold to the queues.
func (p *mergeRecord) Stop(context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, b := range p.bins.groups {
		_ = b.spool.close() // it is a temporary file
	}
	p.bins = recordBins{}
	return nil
}

// mergeRounds bounds how long one Trigger takes FlowFiles.
const mergeRounds = 10

func (p *mergeRecord) Trigger(ctx context.Context, s *sdk.Session) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	taken := 0
	for range mergeRounds {
		ffs := take(s)
		if len(ffs) == 0 {
			break
		}
		taken += len(ffs)
		for _, ff := range ffs {
			if err := p.bin(ctx, s, ff); err != nil {
				return err
			}
		}
		if err := p.mergeOld(ctx, s.Now()); err != nil {
			return err
		}
	}
	if err := p.mergeOld(ctx, s.Now()); err != nil {
		return err
	}
	if taken > 0 {
		return nil
	}
	s.Yield()
	return p.bins.each(func(b *recordBin) error {
		if !p.enough(b) {
			return nil
		}
		return p.complete(ctx, b, s.Now(), "Bin is full enough")
	})
}

// mergeOld merges the bins that have reached their age.
func (p *mergeRecord) mergeOld(ctx context.Context, now time.Time) error {
	if p.maxAge <= 0 {
		return nil
	}
	return p.bins.each(func(b *recordBin) error {
		if now.Sub(b.born) <= p.maxAge {
			return nil
		}
		return p.complete(ctx, b, now, "Bin has reached Max Bin Age")
	})
}

// bin puts the records of one FlowFile into a bin. An error means that the processor is being terminated.
func (p *mergeRecord) bin(ctx context.Context, s *sdk.Session, ff sdk.FlowFile) error {
	in, err := s.Read(ff)
	if err != nil {
		return fail(ctx, s, ff, p.failure, "merge records", err)
	}
	defer in.Close() //nolint:errcheck // it was only read
	attrs := ff.AttrMap()
	var schema *record.Schema
	reader, err := p.reader.NewReader(ctx, attrs, in, ff.Size())
	if err == nil {
		defer reader.Close() //nolint:errcheck // it was only read
		schema, err = reader.Schema()
	}
	if err != nil {
		return fail(ctx, s, ff, p.failure, "merge records", err)
	}
	group := p.groupOf(attrs, schema)
	b := p.bins.groups[group]
	if b == nil {
		b = p.bins.begin(s, group, spoolMemory/(p.maxBins+1))
	}
	err = p.add(ctx, b, attrs, schema, reader)
	if ctx.Err() != nil {
		p.bins.drop(b)
		b.s.Rollback()
		return ctx.Err()
	}
	s.Migrate(b.s, ff)
	b.ffs = append(b.ffs, ff)
	if err == nil && p.strategy == defragment {
		err = b.countFragments(attrs)
	}
	if err != nil {
		return p.failAll(ctx, b, err)
	}
	switch {
	case p.full(b):
		return p.complete(ctx, b, s.Now(), "Bin is full")
	case len(p.bins.groups) > p.maxBins:
		return p.complete(ctx, p.bins.oldest(), s.Now(), "Maximum number of bins has been exceeded")
	}
	return nil
}

// groupOf tells with which others a FlowFile may share a bin.
func (p *mergeRecord) groupOf(attrs map[string]string, schema *record.Schema) string {
	if p.strategy == defragment {
		return attrs[sdk.AttrFragmentID]
	}
	group := record.AvroText(schema)
	if value, has := attrs[p.correlate]; has && p.correlate != "" {
		group += value
	}
	return group
}

func (p *mergeRecord) add(ctx context.Context, b *recordBin, attrs map[string]string, schema *record.Schema, reader record.Reader) (err error) {
	if b.writer == nil {
		if b.writer, err = newWriter(ctx, p.writer, schema, b, attrs); err != nil {
			return err
		}
	}
	err = each(ctx, reader, func(r *record.Record) error {
		b.records++
		return b.writer.Write(r)
	})
	if err == nil && b.records >= p.minRecords {
		err = b.writer.Flush() // so that its size counts
	}
	return err
}

func (p *mergeRecord) enough(b *recordBin) bool {
	if p.strategy == defragment {
		return len(b.ffs) == b.fragments
	}
	return b.records >= p.minRecords && b.size >= p.minSize
}

func (p *mergeRecord) full(b *recordBin) bool {
	if p.strategy == defragment || !p.enough(b) {
		return p.enough(b)
	}
	return b.records >= p.maxRecords || p.maxSize > 0 && b.size >= p.maxSize
}

// complete merges a bin and commits its session.
func (p *mergeRecord) complete(ctx context.Context, b *recordBin, now time.Time, reason string) error {
	if p.strategy == defragment && len(b.ffs) != b.fragments {
		return p.failAll(ctx, b, fmt.Errorf("there are %d FlowFiles of %s %d: %s", len(b.ffs), sdk.AttrFragmentCount, b.fragments, reason))
	}
	result, err := b.writer.Finish()
	if err != nil {
		return p.failAll(ctx, b, err)
	}
	joined := b.s.CreateJoined(b.ffs)
	out, err := b.s.Write(joined, b.content.copyTo)
	if err != nil {
		b.s.Remove(joined)
		return p.failAll(ctx, b, err)
	}
	var attrs []sdk.Attr
	if p.attributes == keepUnique {
		attrs = uniqueAttrs(b.ffs)
	}
	out = b.s.PutAttrs(out, append(attrs, attributes(result,
		sdk.Attr{Name: "merge.count", Value: strconv.Itoa(len(b.ffs))},
		sdk.Attr{Name: "merge.bin.age", Value: strconv.FormatInt(now.Sub(b.born).Milliseconds(), 10)},
		sdk.Attr{Name: "merge.completion.reason", Value: reason})...)...)
	b.s.Transfer(out, p.merged)
	for _, ff := range b.ffs {
		b.s.Transfer(b.s.PutAttr(ff, "merge.uuid", out.UUID()), p.original)
	}
	b.s.Counter("Records Merged", result.Count)
	p.bins.drop(b)
	return b.s.Commit(ctx)
}

// failAll sends all FlowFiles of a bin to failure.
func (p *mergeRecord) failAll(ctx context.Context, b *recordBin, err error) error {
	for _, ff := range b.ffs {
		b.s.Transfer(ff, p.failure)
	}
	b.s.Log().Error("FlowFiles routed to failure: their records cannot be merged", "flowfiles", len(b.ffs), "error", err)
	p.bins.drop(b)
	return b.s.Commit(ctx)
}

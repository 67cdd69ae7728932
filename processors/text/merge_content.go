package text

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/braidflow/braid/sdk"
)

// MergeContent makes one FlowFile of several.
var MergeContent = sdk.Component{
	Type:     "org.apache.nifi.processors.standard.MergeContent",
	Artifact: "nifi-standard-nar",
	New:      func() sdk.Processor { return new(mergeContent) },
}

type mergeStrategy string

const (
	binPack    mergeStrategy = "Bin-Packing Algorithm"
	defragment mergeStrategy = "Defragment"
)

type mergeFormat string

const (
	formatTar    mergeFormat = "TAR"
	formatZip    mergeFormat = "ZIP"
	formatV3     mergeFormat = "FlowFile Stream, v3"
	formatV2     mergeFormat = "FlowFile Stream, v2"
	formatV1     mergeFormat = "FlowFile Tar, v1"
	formatConcat mergeFormat = "Binary Concatenation"
	formatAvro   mergeFormat = "Avro"
)

type attributeStrategy string

const (
	keepCommon attributeStrategy = "Keep Only Common Attributes"
	keepUnique attributeStrategy = "Keep All Unique Attributes"
)

type insertion string

const (
	lastInBin     insertion = "Last in Bin"
	firstInNewBin insertion = "First in New Bin"
	isolated      insertion = "Isolated"
)

type delimiterStrategy string

const (
	delimitByFile delimiterStrategy = "Filename"
	delimitByText delimiterStrategy = "Text"
	delimitNot    delimiterStrategy = "Do Not Use Delimiters"
)

type mergeContent struct {
	strategy   mergeStrategy
	format     mergeFormat
	attributes attributeStrategy
	correlate  sdk.Text
	metadata   metadataStrategy

	minEntries, maxEntries int
	minSize, maxSize       int64
	terminates             sdk.Text
	insert                 insertion
	maxAge                 time.Duration
	maxBins                int

	delimiters                 delimiterStrategy
	header, footer, demarcator sdk.Text
	level                      int
	keepPath                   bool
	tarTime                    sdk.Text
	original, merged, failure  sdk.Relationship

	mu   sync.Mutex // guards bins
	bins bins
}

func (p *mergeContent) MigrateProperties(values map[string]string) {
	for old, name := range map[string]string{
		"Maximum number of Bins":         "Maximum Number of Bins",
		"mergecontent-metadata-strategy": "Metadata Strategy",
		"Header File":                    "Header",
		"Footer File":                    "Footer",
		"Demarcator File":                "Demarcator",
	} {
		sdk.Rename(values, old, name)
	}
}

func (p *mergeContent) Validate() []error {
	var problems []error
	wrong := func(property, reason string) {
		problems = append(problems, sdk.Problem{Property: property, Reason: reason})
	}
	if p.strategy == binPack {
		if p.minEntries < 1 {
			wrong("Minimum Number of Entries", "it must be at least 1")
		}
		if p.maxEntries < 1 || p.minEntries > p.maxEntries {
			wrong("Maximum Number of Entries", "it must be at least 1 and not less than the minimum")
		}
		if p.maxSize > 0 && p.minSize > p.maxSize {
			wrong("Maximum Group Size", "it must not be less than the minimum")
		}
	}
	if p.maxBins < 1 {
		wrong("Maximum Number of Bins", "it must be at least 1")
	}
	return problems
}

func (p *mergeContent) Start(context.Context, *sdk.Host) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bins = bins{groups: map[string][]*bin{}, limits: limits{
		minEntries: p.minEntries, maxEntries: p.maxEntries, minSize: p.minSize, maxSize: p.maxSize,
		fragments: p.strategy == defragment,
	}, insert: p.insert}
	return nil
}

// Stop forgets the bins; the engine returns what they hold to the queues.
func (p *mergeContent) Stop(context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bins = bins{}
	return nil
}

// A Trigger takes FlowFiles in rounds of take, and no more than maxRounds so that bins that are full get merged.
const (
	take      = 1000
	maxRounds = 10
)

func (p *mergeContent) Trigger(ctx context.Context, s *sdk.Session) error {
	p.mu.Lock()
	binned, ready := p.fill(ctx, s)
	ready = append(ready, p.bins.ready(binned == 0, p.maxAge, s.Now())...)
	for len(ready) == 0 && p.bins.count > p.maxBins {
		ready = append(ready, p.bins.oldest())
	}
	p.mu.Unlock()
	if binned == 0 && len(ready) == 0 {
		s.Yield()
	}
	for _, b := range ready {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := p.finish(ctx, b, s.Now()); err != nil {
			return err
		}
	}
	return nil
}

// fill puts FlowFiles into bins and returns how many, and bins of those that fit into no bin. p.mu is held.
func (p *mergeContent) fill(ctx context.Context, s *sdk.Session) (binned int, alone []*bin) {
	for round := 0; round < maxRounds && p.bins.count <= p.maxBins && ctx.Err() == nil; round++ {
		ffs := s.GetBatch(take)
		if len(ffs) == 0 {
			break
		}
		for _, ff := range ffs {
			group, ends, err := p.groupOf(ff)
			if err != nil {
				_ = s.Fail(ff, p.failure, err)
				continue
			}
			if !p.bins.offer(s, ff, group, ends) {
				b := &bin{s: s.Branch(), born: s.Now(), reason: "UNSET"}
				b.add(s, ff)
				alone = append(alone, b)
			}
			binned++
		}
	}
	return binned, alone
}

// groupOf tells with which others a FlowFile may share a bin, and whether it ends the bin.
func (p *mergeContent) groupOf(ff sdk.FlowFile) (group string, ends bool, err error) {
	if p.strategy == defragment {
		return ff.Attr(sdk.AttrFragmentID), false, nil
	}
	if name, err := p.correlate.For(ff); err != nil {
		return "", false, fmt.Errorf("evaluate Correlation Attribute Name: %w", err)
	} else if value, has := ff.Lookup(name); name != "" && has {
		group = "=" + value // else those without the attribute would be one with those in which it is empty
	}
	text, err := p.terminates.For(ff)
	if err != nil {
		return "", false, fmt.Errorf("evaluate Bin Termination Check: %w", err)
	}
	return group, strings.EqualFold(text, "true"), nil
}

package record

import (
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
)

// SampleRecord takes some of the records of a FlowFile.
var SampleRecord = sdk.Component{
	Type:     "org.apache.nifi.processors.standard.SampleRecord",
	Artifact: "nifi-standard-nar",
	New:      func() sdk.Processor { return new(sampleRecord) },
}

type sampling string

const (
	sampleInterval  sampling = "interval"
	sampleRange     sampling = "range"
	sampleChance    sampling = "probabilistic"
	sampleReservoir sampling = "reservoir"
)

type sampleRecord struct {
	formats
	strategy                                  sampling
	interval, ranges, chance, reservoir, seed sdk.Text
	success, original, failure                sdk.Relationship
}

func (p *sampleRecord) Describe(s *sdk.Spec) {
	s.About("Takes some of the records of a FlowFile: at an interval, in ranges, by chance, or a given number.",
		"record", "sample", "reservoir", "range", "interval")
	s.Details("Records are held in memory with Reservoir Sampling, as many as the Reservoir Size.")
	s.InputRequired()
	s.Batching(0)
	s.SideEffectFree()
	p.describe(s)
	sdk.Choice(s, &p.strategy, "Sampling Strategy", "Which records are taken.", nil, sdk.Required, sdk.Default(string(sampleReservoir)), sdk.OneOf(
		sdk.Allowed{Value: string(sampleInterval), Display: "Interval Sampling", Doc: "Every record whose number is a multiple of the Sampling Interval."},
		sdk.Allowed{Value: string(sampleRange), Display: "Range Sampling", Doc: "Those with the given numbers."},
		sdk.Allowed{Value: string(sampleChance), Display: "Probabilistic Sampling", Doc: "Each with the given probability."},
		sdk.Allowed{Value: string(sampleReservoir), Display: "Reservoir Sampling", Doc: "A given number, each record with the same probability."}))
	s.Text(&p.interval, "Sampling Interval", "1 takes all records, 2 every second one; with 0 there are none.", sdk.Required, sdk.PerFlowFile,
		sdk.When("Sampling Strategy", string(sampleInterval)))
	s.Text(&p.ranges, "Sampling Range", "Numbers of records from 1, with commas between them: 1,3-5,10- are the first, the third to the fifth, "+
		"and all from the tenth on.", sdk.Required, sdk.PerFlowFile, sdk.When("Sampling Strategy", string(sampleRange)))
	s.Text(&p.chance, "Sampling Probability", "The probability in percent, from 0 to 100.", sdk.Required, sdk.PerFlowFile,
		sdk.When("Sampling Strategy", string(sampleChance)))
	s.Text(&p.reservoir, "Reservoir Size", "How many records are taken.", sdk.Required, sdk.PerFlowFile,
		sdk.When("Sampling Strategy", string(sampleReservoir)))
	s.Text(&p.seed, "Random Seed", "A number with which the same records of the same content are taken each time, the same as NiFi takes.",
		sdk.PerFlowFile, sdk.When("Sampling Strategy", string(sampleChance), string(sampleReservoir)))
	s.Rel(&p.success, "success", "The records that were taken.")
	s.Rel(&p.original, "original", "FlowFiles that were sampled, unchanged.")
	s.Rel(&p.failure, "failure", "FlowFiles that could not be read or written, unchanged.")
}

// MigrateProperties accepts the names of NiFi 1.x.
func (p *sampleRecord) MigrateProperties(values map[string]string) {
	p.migrate(values)
	for _, r := range [][2]string{
		{"strategy", "Sampling Strategy"},
		{"interval", "Sampling Interval"},
		{"range", "Sampling Range"},
		{"probability", "Sampling Probability"},
		{"reservoir", "Reservoir Size"},
		{"random-seed", "Random Seed"},
	} {
		sdk.Rename(values, "sample-record-"+r[0], r[1])
	}
	sdk.Rename(values, "sample-record-sampling-strategy", "Sampling Strategy")
}

func (p *sampleRecord) Trigger(ctx context.Context, s *sdk.Session) error {
	for _, ff := range take(s) {
		var result record.WriteResult
		out, err := s.Write(s.CreateFrom(ff), func(w io.Writer) (err error) {
			result, err = p.sample(ctx, s, ff, w)
			return err
		})
		if err != nil {
			s.Remove(out)
			if err := fail(ctx, s, ff, p.failure, "sample records", err); err != nil {
				return err
			}
			continue
		}
		s.Transfer(s.PutAttrs(out, attributes(result)...), p.success)
		s.Transfer(ff, p.original)
	}
	return nil
}

func (p *sampleRecord) sample(ctx context.Context, s *sdk.Session, ff sdk.FlowFile, out io.Writer) (result record.WriteResult, err error) {
	choose, err := p.sampler(ff)
	if err != nil {
		return result, err
	}
	in, err := s.Read(ff)
	if err != nil {
		return result, err
	}
	defer in.Close() //nolint:errcheck // it was only read
	attrs := ff.AttrMap()
	reader, err := p.reader.NewReader(ctx, attrs, in, ff.Size())
	if err != nil {
		return result, err
	}
	defer reader.Close() //nolint:errcheck // it was only read
	schema, err := reader.Schema()
	if err != nil {
		return result, err
	}
	writer, err := newWriter(ctx, p.writer, schema, out, attrs)
	if err != nil {
		return result, err
	}
	var kept []*record.Record
	number := int64(0)
	err = each(ctx, reader, func(r *record.Record) error {
		number++
		switch at := choose(number); {
		case at == taken:
			return writer.Write(r)
		case at >= int64(len(kept)):
			kept = append(kept, r.Clone())
		case at >= 0:
			kept[at] = r.Clone()
		}
		return nil
	})
	for i := 0; err == nil && i < len(kept); i++ {
		err = writer.Write(kept[i])
	}
	if err != nil {
		return result, err
	}
	return writer.Finish()
}

// A sampler says what to do with the record of a number, counted from 1: write it, leave it, or keep it in the place of the
// reservoir that it returns.
type sampler func(number int64) int64

const (
	leave int64 = -1
	taken int64 = -2
)

func (p *sampleRecord) sampler(ff sdk.FlowFile) (sampler, error) {
	switch p.strategy {
	case sampleInterval:
		n, err := p.interval.Int(ff)
		return when(func(number int64) bool { return n > 0 && number%n == 0 }), err
	case sampleRange:
		text, err := p.ranges.For(ff)
		if err != nil {
			return nil, err
		}
		in, err := parseRanges(text)
		return when(in), err
	case sampleChance:
		percent, err := p.chance.Int(ff)
		if err != nil {
			return nil, err
		}
		random, err := p.random(ff)
		return when(func(int64) bool { return int64(random.intN(100)) < percent }), err
	case sampleReservoir:
	}
	size, err := p.reservoir.Int(ff)
	if err != nil {
		return nil, err
	}
	random, err := p.random(ff)
	return func(number int64) int64 {
		if number <= size {
			return number - 1
		}
		if j := int64(random.intN(int32(min(number, math.MaxInt32)))); j < size { //nolint:gosec // it is bounded
			return j
		}
		return leave
	}, err
}

func when(yes func(int64) bool) sampler {
	return func(number int64) int64 {
		if yes(number) {
			return taken
		}
		return leave
	}
}

// parseRanges reads numbers and ranges such as 1,3-5,10-.
func parseRanges(text string) (func(int64) bool, error) {
	type span struct{ from, to int64 }
	var spans []span
	for part := range strings.SplitSeq(text, ",") {
		if part == "" {
			continue
		}
		first, last, isRange := strings.Cut(part, "-")
		s := span{0, math.MaxInt64}
		var err error
		if first != "" {
			s.from, err = strconv.ParseInt(first, 10, 32)
			s.to = s.from
		}
		if err == nil && isRange {
			if s.to = math.MaxInt64; last != "" {
				s.to, err = strconv.ParseInt(last, 10, 32)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("%q is not a list of ranges: write one such as 1,3-5,10-", text)
		}
		spans = append(spans, span{min(s.from, s.to), max(s.from, s.to)})
	}
	return func(n int64) bool {
		for _, s := range spans {
			if n >= s.from && n <= s.to {
				return true
			}
		}
		return len(spans) == 0
	}, nil
}

// javaRandom is java.util.Random, so that a seed gives the same sample as in NiFi.
type javaRandom struct{ state uint64 }

func (p *sampleRecord) random(ff sdk.FlowFile) (*javaRandom, error) {
	seed := int64(rand.Uint64()) //nolint:gosec // nothing depends on it but the sample
	if p.seed.IsSet() && p.seed.Raw() != "" {
		var err error
		if seed, err = p.seed.Int(ff); err != nil {
			return nil, err
		}
	}
	return newJavaRandom(seed), nil
}

func newJavaRandom(seed int64) *javaRandom {
	return &javaRandom{(uint64(seed) ^ 0x5deece66d) & (1<<48 - 1)} //nolint:gosec // the bits count
}

func (r *javaRandom) next(bits uint) int32 {
	r.state = (r.state*0x5deece66d + 0xb) & (1<<48 - 1)
	return int32(r.state >> (48 - bits)) //nolint:gosec // the bits count
}

// intN is a number from 0 below n, as Random.nextInt(int).
func (r *javaRandom) intN(n int32) int32 {
	if n&-n == n {
		return int32(int64(n) * int64(r.next(31)) >> 31) //nolint:gosec // it is less than n
	}
	for {
		bits := r.next(31)
		if v := bits % n; bits-v+(n-1) >= 0 {
			return v
		}
	}
}

package record

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"strconv"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/mapcache"
	"github.com/braidflow/braid/sdk/record"
)

// DeduplicateRecord tells records that were there before from new ones.
var DeduplicateRecord = sdk.Component{
	Type:     "org.apache.nifi.processors.standard.DeduplicateRecord",
	Artifact: "nifi-standard-nar",
	New:      func() sdk.Processor { return new(deduplicateRecord) },
}

const (
	singleFile    = "single"
	multipleFiles = "multiple"
	hashNone      = "none"
	hashSHA256    = "SHA-256"
	hashSHA512    = "SHA-512"
	filterHashSet = "hash-set"
	filterBloom   = "bloom-filter"
)

type deduplicateRecord struct {
	formats
	strategy, hashing, filter                string
	cache                                    mapcache.Client
	cacheID                                  sdk.Text
	putID, empty                             bool
	capacity                                 int
	certainty                                float64
	by                                       []sdk.DynamicProperty
	duplicate, nonDuplicate, original, fault sdk.Relationship
	paths                                    paths
}

func (p *deduplicateRecord) Describe(s *sdk.Spec) {
	s.About("Separates the records that were there before, in the same FlowFile or in earlier ones, from those that were not.",
		"text", "record", "update", "change", "replace", "modify", "distinct", "unique", "filter", "hash", "dupe", "duplicate", "dedupe")
	s.InputRequired()
	s.Batching(0)
	sdk.Choice(s, &p.strategy, "Deduplication Strategy", "Where a record must have been before.", nil, sdk.Required, sdk.Default(singleFile), sdk.OneOf(
		sdk.Allowed{Value: singleFile, Display: "Single File", Doc: "In the same FlowFile."},
		sdk.Allowed{Value: multipleFiles, Display: "Multiple Files", Doc: "In the cache."}))
	sdk.Service(s, &p.cache, mapcache.ClientType, "Distributed Map Cache Client", "The cache that holds the keys of the records that have been there.",
		sdk.When("Deduplication Strategy", multipleFiles))
	s.Text(&p.cacheID, "Cache Identifier", "The key in the cache; ${record.hash.value} is the key that is made of the record.", sdk.PerFlowFile,
		sdk.When("Deduplication Strategy", multipleFiles))
	s.Bool(&p.putID, "Cache Entry Identifier", "Whether the keys of new records are put into the cache.", sdk.Required, sdk.Default("false"),
		sdk.When("Distributed Map Cache Client"))
	p.formats.describe(s)
	s.Bool(&p.empty, "Include Zero Record FlowFiles", "Whether a FlowFile is made even if no record belongs into it.", sdk.Required, sdk.Default("true"))
	sdk.Choice(s, &p.hashing, "Record Hashing Algorithm", "What the key of a record is.", nil, sdk.Required, sdk.Default(hashSHA256), sdk.OneOf(
		sdk.Allowed{Value: hashNone, Display: "None", Doc: "The values themselves with ~ between them."},
		sdk.Allowed{Value: hashSHA256, Doc: "Their SHA-256 hash."},
		sdk.Allowed{Value: hashSHA512, Doc: "Their SHA-512 hash."}))
	single := sdk.When("Deduplication Strategy", singleFile)
	sdk.Choice(s, &p.filter, "Filter Type", "How the keys of one FlowFile are remembered.", nil, sdk.Required, sdk.Default(filterHashSet), single, sdk.OneOf(
		sdk.Allowed{Value: filterHashSet, Display: "HashSet", Doc: "All of them: exact, in memory that grows with the number of records."},
		sdk.Allowed{Value: filterBloom, Display: "BloomFilter", Doc: "In a filter of fixed size that takes a few new records for old ones."}))
	s.Int(&p.capacity, "Filter Capacity Hint", "How many records a FlowFile has, about.", sdk.Required, sdk.Default("25000"),
		sdk.When("Filter Type", filterBloom))
	sdk.Parsed(s, &p.certainty, func(v string) (float64, error) { return strconv.ParseFloat(v, 64) }, "Bloom Filter Certainty",
		"The share of new records, from 0 to 1, that may be taken for old ones once the filter holds as many as its capacity.", sdk.Default("0.10"))
	s.Dynamics(&p.by, sdk.DynamicSpec{
		EL: sdk.FlowFileEL, NameDoc: "A name of your choice, which is part of the key.", ValueDoc: "A RecordPath to values that are part of the key.",
		Doc: "What makes records the same. Without any it is all values of the record.",
	})
	s.Rel(&p.duplicate, "duplicate", "Records that were there before.")
	s.Rel(&p.nonDuplicate, "non-duplicate", "Records that were not.")
	s.Rel(&p.original, "original", "FlowFiles that were split up, unchanged.")
	s.Rel(&p.fault, "failure", "FlowFiles that could not be read or written, or looked up in the cache, unchanged.")
}

// MigrateProperties accepts the names of NiFi 1.x.
func (p *deduplicateRecord) MigrateProperties(values map[string]string) {
	p.migrate(values)
	for _, r := range [][2]string{
		{"deduplication-strategy", "Deduplication Strategy"},
		{"distributed-map-cache", "Distributed Map Cache Client"},
		{"cache-identifier", "Cache Identifier"},
		{"put-cache-identifier", "Cache Entry Identifier"},
		{"include-zero-record-flowfiles", "Include Zero Record FlowFiles"},
		{"record-hashing-algorithm", "Record Hashing Algorithm"},
		{"filter-type", "Filter Type"},
		{"filter-capacity-hint", "Filter Capacity Hint"},
		{"bloom-filter-certainty", "Bloom Filter Certainty"},
	} {
		sdk.Rename(values, r[0], r[1])
	}
}

// Validate wants a cache where one is needed, and paths that compile.
func (p *deduplicateRecord) Validate() []error {
	var problems []error
	for _, d := range p.by {
		problems = append(problems, checkPath(d.Name, d.Value)...)
	}
	if p.strategy == multipleFiles && p.cache == nil {
		problems = append(problems, sdk.Problem{Property: "Distributed Map Cache Client", Reason: "Multiple files deduplication was chosen, but a distributed map cache client was not configured"})
	}
	if p.certainty < 0 || p.certainty > 1 {
		problems = append(problems, sdk.Problem{Property: "Bloom Filter Certainty", Reason: "Valid values are 0.0 - 1.0 inclusive"})
	}
	return problems
}

func (p *deduplicateRecord) Trigger(ctx context.Context, s *sdk.Session) error {
	for _, ff := range take(s) {
		total := int64(0)
		err := fork(s, ff, func(first, second *branch) error { return p.sort(ctx, s, ff, first, second) },
			func(child sdk.FlowFile, b *branch, isNew bool) {
				total += b.result.Count
				rel := p.duplicate
				if isNew {
					rel = p.nonDuplicate
				}
				if b.result.Count == 0 && !p.empty {
					s.Remove(child)
					return
				}
				s.Transfer(child, rel)
			})
		if err != nil {
			if err := fail(ctx, s, ff, p.fault, "deduplicate records", err); err != nil {
				return err
			}
			continue
		}
		s.Counter("Records Processed", total)
		s.Transfer(ff, p.original)
	}
	return nil
}

// sort writes new records to fresh and the others to old.
func (p *deduplicateRecord) sort(ctx context.Context, s *sdk.Session, ff sdk.FlowFile, fresh, old *branch) error {
	by, err := p.paths.compileAll(p.by, ff)
	if err != nil {
		return err
	}
	in, err := s.Read(ff)
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // it was only read
	attrs := ff.AttrMap()
	reader, err := p.reader.NewReader(ctx, attrs, in, ff.Size())
	if err != nil {
		return err
	}
	defer reader.Close() //nolint:errcheck // it was only read
	read, err := reader.Schema()
	if err != nil {
		return err
	}
	schema, err := p.writer.SchemaFor(attrs, read)
	if err != nil {
		return err
	}
	for _, b := range []*branch{fresh, old} {
		b.factory = p.writer
		if err := b.begin(ctx, schema, attrs); err != nil {
			return err
		}
	}
	isNew := p.tester(ctx, ff)
	var key []byte
	return each(ctx, reader, func(r *record.Record) error {
		if key, err = appendKey(key[:0], r, by); err != nil {
			return err
		}
		first, err := isNew(p.hash(key))
		if err != nil {
			return err
		}
		if first {
			return fresh.writer.Write(r)
		}
		return old.writer.Write(r)
	})
}

// appendKey joins what makes the record the same as another: values with ~ between them.
func appendKey(key []byte, r *record.Record, by []named) ([]byte, error) {
	const join = '~'
	if len(by) == 0 {
		for i, v := range r.Values() {
			if i > 0 {
				key = append(key, join)
			}
			key = record.AppendText(key, v, record.DefaultFormats)
		}
		return key, nil
	}
	for i, n := range by {
		if i > 0 {
			key = append(key, join)
		}
		key = append(key, n.name...)
		selected, err := n.path.Eval(r)
		if err != nil {
			return nil, err
		}
		for _, sel := range selected {
			if !sel.Value.IsNull() {
				key = record.AppendText(append(key, join), sel.Value, record.DefaultFormats)
			}
		}
	}
	return key, nil
}

func (p *deduplicateRecord) hash(key []byte) string {
	switch p.hashing {
	case hashSHA256:
		sum := sha256.Sum256(key)
		return hex.EncodeToString(sum[:])
	case hashSHA512:
		sum := sha512.Sum512(key)
		return hex.EncodeToString(sum[:])
	}
	return string(key)
}

// tester returns what tells whether a key is new, and remembers it if so.
func (p *deduplicateRecord) tester(ctx context.Context, ff sdk.FlowFile) func(key string) (bool, error) {
	switch {
	case p.strategy == multipleFiles:
		return func(key string) (bool, error) { return p.ask(ctx, ff, key) }
	case p.filter == filterBloom:
		filter := newBloom(p.capacity, p.certainty)
		return func(key string) (bool, error) { return filter.add(key), nil }
	}
	seen := map[string]struct{}{}
	return func(key string) (bool, error) {
		before := len(seen)
		seen[key] = struct{}{}
		return len(seen) > before, nil
	}
}

func (p *deduplicateRecord) ask(ctx context.Context, ff sdk.FlowFile, key string) (isNew bool, err error) {
	if p.cacheID.IsSet() && p.cacheID.Raw() != "" {
		vars := sdk.AttrMap{"record.hash.value": key}
		if key, err = p.cacheID.With(ff, sdk.Values{Variables: vars}); err != nil {
			return false, err
		}
	}
	if p.putID {
		isNew, err = p.cache.PutIfAbsent(ctx, []byte(key), nil)
	} else {
		_, isNew, err = p.cache.Get(ctx, []byte(key))
		isNew = !isNew
	}
	if err != nil {
		return false, fmt.Errorf("look up %q in the cache: %w", key, err)
	}
	return isNew, nil
}

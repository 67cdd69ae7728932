package record_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/braidflow/braid/processors/record"
	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/mapcache"
	"github.com/braidflow/braid/sdk/sdktest"
)

// cacheService is a map cache in memory. The key "BOOM" cannot be reached.
type cacheService struct {
	mu sync.Mutex
	m  map[string]string
}

var cache = sdk.Component{Type: "test.cache", NewService: func() sdk.ControllerService { return &cacheService{m: map[string]string{"old": ""}} }}

func (c *cacheService) Describe(s *sdk.Spec) {
	s.About("For tests.", "test")
	s.Offers(mapcache.ClientType)
}

func (c *cacheService) Get(_ context.Context, key []byte) ([]byte, bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v, ok := c.m[string(key)]
	if string(key) == "BOOM" {
		return nil, false, errors.New("the cache is on strike")
	}
	return []byte(v), ok, nil
}

func (c *cacheService) Put(_ context.Context, key, value []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.m[string(key)] = string(value)
	return nil
}

func (c *cacheService) PutIfAbsent(ctx context.Context, key, value []byte) (bool, error) {
	_, has, err := c.Get(ctx, key)
	if has || err != nil {
		return false, err
	}
	return true, c.Put(ctx, key, value)
}

func (c *cacheService) Remove(_ context.Context, key []byte) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, has := c.m[string(key)]
	delete(c.m, string(key))
	return has, nil
}

func TestDeduplicateRecord(t *testing.T) {
	const in = "id,name\n1,Ann\n2,Bob\n1,Ann\n1,Cid\n"
	multiple := []string{"Deduplication Strategy", "multiple", "Distributed Map Cache Client", "cache", "Record Hashing Algorithm", "none"}
	for name, tt := range map[string]struct {
		props      []string
		in         string
		fresh, old string // "" for no FlowFile, - for failure
	}{
		"whole record":   {nil, in, "id,name\n1,Ann\n2,Bob\n1,Cid", "id,name\n1,Ann"},
		"by a field":     {[]string{"id", "/id"}, in, "id,name\n1,Ann\n2,Bob", "id,name\n1,Ann\n1,Cid"},
		"plain key":      {[]string{"id", "/id", "Record Hashing Algorithm", "none"}, in, "id,name\n1,Ann\n2,Bob", "id,name\n1,Ann\n1,Cid"},
		"long hash":      {[]string{"id", "/id", "Record Hashing Algorithm", "SHA-512"}, in, "id,name\n1,Ann\n2,Bob", "id,name\n1,Ann\n1,Cid"},
		"bloom":          {[]string{"id", "/id", "Filter Type", "bloom-filter"}, in, "id,name\n1,Ann\n2,Bob", "id,name\n1,Ann\n1,Cid"},
		"none old":       {nil, "id\n1\n2\n", "id\n1\n2", "id"},
		"none, left out": {[]string{"Include Zero Record FlowFiles", "false"}, "id\n1\n2\n", "id\n1\n2", ""},
		"cache": {
			append([]string{"id", "/id", "Cache Entry Identifier", "true", "Cache Identifier", "${record.hash.value:substringAfter('~')}"}, multiple...),
			"id\nold\nnew\nnew\n", "id\nnew", "id\nold\nnew",
		},
		"cache, not filled": {
			append([]string{"id", "/id", "Cache Identifier", "${record.hash.value:substringAfter('~')}"}, multiple...),
			"id\nold\nnew\nnew\n", "id\nnew\nnew", "id\nold",
		},
		"cache is away": {append([]string{"Cache Identifier", "${record.hash.value}"}, multiple...), "id\nBOOM\n", "-", ""},
		"malformed":     {nil, "id,b\n\"1", "-", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := runner(t, record.DeduplicateRecord, csvReader, csvWriter, "")
			r.Service("cache", cache, nil)
			for i := 0; i+1 < len(tt.props); i += 2 {
				r.Set(tt.props[i], tt.props[i+1])
			}
			r.Enqueue(sdktest.FF(tt.in))
			r.RunUntilEmpty()
			out := r.Out()
			if tt.fresh == "-" {
				if got := one(t, out, "failure"); got.Content != tt.in || len(out) != 1 {
					t.Errorf("got %s with %q", out, got.Content)
				}
				return
			}
			if len(out["original"]) != 1 {
				t.Fatalf("got %s: %q", out, r.Bulletins())
			}
			for rel, want := range map[string]string{"non-duplicate": tt.fresh, "duplicate": tt.old} {
				if want == "" {
					if len(out[rel]) > 0 {
						t.Errorf("there is a FlowFile in %s: %q", rel, out[rel][0].Content)
					}
					continue
				}
				wantContent(t, one(t, out, rel), want)
				wantAttrs(t, one(t, out, rel), "record.count", strconv.Itoa(strings.Count(want, "\n")))
			}
		})
	}
}

func TestDeduplicateRecord_BloomFilterKnowsAllItHasSeen(t *testing.T) {
	r := runner(t, record.DeduplicateRecord, csvReader, csvWriter, "")
	r.Set("Filter Type", "bloom-filter")
	r.Set("Filter Capacity Hint", "1000")
	r.Set("Bloom Filter Certainty", "0.01")
	var in strings.Builder
	in.WriteString("n\n")
	for i := range 2000 {
		fmt.Fprintf(&in, "%d\n", i%1000)
	}
	r.Enqueue(sdktest.FF(in.String()))
	r.RunUntilEmpty()
	out := r.Out()
	if n := strings.Count(one(t, out, "non-duplicate").Content, "\n") - 1; n < 950 || n > 1000 {
		t.Errorf("%d records of 1000 are new", n)
	}
}

func TestDeduplicateRecord_Problems(t *testing.T) {
	r := runner(t, record.DeduplicateRecord, csvReader, csvWriter, "")
	r.Set("Deduplication Strategy", "multiple")
	r.Set("Bloom Filter Certainty", "2")
	r.Set("x", "/a[")
	if p := r.Problems(); len(p) != 3 {
		t.Errorf("got %v, want 3", p)
	}
}

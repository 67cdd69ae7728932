package record

import (
	"context"
	"fmt"
	"strings"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/sdk/recordpath"
)

// enricher enriches the records of one FlowFile.
type enricher struct {
	*lookupRecord
	attrs        map[string]string
	keys         []named
	root, result *recordpath.Path

	at       map[string]record.Value // used again for each record
	cache    map[string]cached
	cacheKey grouping
}

// cached is what the service said, also if it found nothing.
type cached struct {
	value record.Value
	found bool
}

func (p *lookupRecord) newEnricher(ff sdk.FlowFile) (*enricher, error) {
	e := &enricher{lookupRecord: p, attrs: ff.AttrMap(), at: map[string]record.Value{}, cache: map[string]cached{}}
	var err error
	if e.keys, err = p.paths.compileAll(p.coordinates, ff); err != nil {
		return nil, err
	}
	if e.root, err = p.paths.compile(p.root, ff); err != nil {
		return nil, fmt.Errorf("Root Record Path: %w", err) //nolint:staticcheck // a property's name
	}
	if e.result, err = p.paths.compile(p.result, ff); err != nil {
		return nil, fmt.Errorf("Result RecordPath: %w", err) //nolint:staticcheck // a property's name
	}
	return e, nil
}

// enrich changes the record and tells whether there was something for it: with a root path, for all records that it
// selects, of which there must be one.
func (e *enricher) enrich(ctx context.Context, r *record.Record) (bool, error) {
	if e.root == nil {
		return e.enrichOne(ctx, r)
	}
	selected, err := e.root.Eval(r)
	if err != nil {
		return false, err
	}
	count, matched := 0, 0
	for _, sel := range selected {
		inner := []record.Value{sel.Value}
		isArray := sel.Value.Kind() == record.KindArray
		if isArray {
			inner = sel.Value.Array()
		}
		t := (*record.Type)(nil)
		for _, v := range inner {
			sub := v.Record()
			if sub == nil {
				continue
			}
			found, err := e.enrichOne(ctx, sub)
			if err != nil {
				return false, err
			}
			if count++; found {
				matched++
			}
			t = record.Merge(t, record.RecordOf(sub.Schema()))
		}
		if isArray && t != nil {
			t = record.ArrayOf(t)
		}
		if t != nil && sel.Parent() != nil { // the records around must know of the new fields
			if err := sel.SetTyped(sel.Value, t); err != nil {
				return false, err
			}
		}
	}
	return count > 0 && matched == count, nil
}

func (e *enricher) enrichOne(ctx context.Context, r *record.Record) (bool, error) {
	if e.strategy == replaceExisting {
		return e.replace(ctx, r)
	}
	clear(e.at)
	for _, k := range e.keys {
		v, err := only(r, k)
		if err != nil || v.IsNull() {
			return false, err
		}
		e.at[k.name] = v
	}
	v, found, err := e.find(ctx)
	if err != nil || !found || e.result == nil {
		return found, err
	}
	return true, e.put(r, v)
}

// only is the one value that is not null of those that a path selects; null if there is none or several.
func only(r *record.Record, n named) (record.Value, error) {
	if n.field {
		v, _, err := n.path.First(r)
		return v, err
	}
	selected, err := n.path.Eval(r)
	found := record.Null
	for _, sel := range selected {
		if sel.Value.IsNull() {
			continue
		}
		if !found.IsNull() {
			return record.Null, err
		}
		found = sel.Value
	}
	return found, err
}

// find asks the service, or the cache, for the coordinates.
func (e *enricher) find(ctx context.Context) (record.Value, bool, error) {
	if e.cacheSize > 0 {
		e.cacheKey.key = e.cacheKey.key[:0]
		for _, k := range e.keys {
			e.cacheKey.addValue(e.at[k.name])
		}
		if c, known := e.cache[string(e.cacheKey.key)]; known {
			return c.value, c.found, nil
		}
	}
	v, found, err := e.service.Lookup(ctx, e.at, e.attrs)
	if err != nil {
		return v, false, fmt.Errorf("look up %s: %w", describe(e.at), err)
	}
	if e.cacheSize > 0 {
		if len(e.cache) >= e.cacheSize {
			clear(e.cache)
		}
		e.cache[string(e.cacheKey.key)] = cached{v, found}
	}
	return v, found, nil
}

func describe(coordinates map[string]record.Value) string {
	text := ""
	var textSb154 strings.Builder
	for name, v := range coordinates {
		textSb154.WriteString(fmt.Sprintf("%s=%.50s ", name, record.ToString(v, record.DefaultFormats)))
	}
	text += textSb154.String()
	return text
}

// put puts what was found at the result path.
func (e *enricher) put(r *record.Record, v record.Value) error {
	selected, err := e.result.Eval(r)
	if err != nil {
		return err
	}
	from := v.Record()
	for _, sel := range selected {
		if from != nil && e.contents == recordFields {
			err = e.putFields(sel, from)
		} else {
			err = sel.Set(v)
		}
		if err != nil {
			return fmt.Errorf("put the result at %s: %w", e.result, err)
		}
	}
	return nil
}

// putFields adds the fields of a record to the one at the place, or replaces what else is there.
func (e *enricher) putFields(sel *recordpath.Selected, from *record.Record) error {
	to := sel.Value.Record()
	if to == nil {
		return sel.SetTyped(record.RecordValue(from), record.RecordOf(from.Schema()))
	}
	for i, f := range from.Schema().Fields() {
		f.Required = f.Required && e.routing == routeMatched // else records without a match have none
		to.Put(f, from.At(i))
	}
	if sel.Parent() == nil {
		return nil
	}
	return sel.SetTyped(sel.Value, record.RecordOf(to.Schema()))
}

// replace looks up each value that the paths select and puts the result in its place. It tells whether there was one for
// each; an empty array is a match.
func (e *enricher) replace(ctx context.Context, r *record.Record) (bool, error) {
	key := e.service.Keys()[0]
	all := true
	for _, k := range e.keys {
		selected, err := k.path.Eval(r)
		if err != nil {
			return false, err
		}
		some := len(selected) == 0
		for _, sel := range selected {
			if sel.Value.IsNull() {
				continue
			}
			some = true
			clear(e.at)
			e.at[key] = sel.Value
			v, found, err := e.service.Lookup(ctx, e.at, e.attrs)
			if err != nil {
				return false, fmt.Errorf("look up %s: %w", describe(e.at), err)
			}
			if !found {
				all = false
				continue
			}
			if err := sel.Set(v); err != nil {
				return false, fmt.Errorf("replace %s: %w", k.path, err)
			}
		}
		if !some {
			return false, nil
		}
	}
	return all, nil
}

package record

import (
	"context"
	"errors"
	"strconv"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/lookup"
	"github.com/braidflow/braid/sdk/record"
)

// LookupRecord enriches records with what a lookup service knows.
var LookupRecord = sdk.Component{
	Type:     "org.apache.nifi.processors.standard.LookupRecord",
	Artifact: "nifi-standard-nar",
	New:      func() sdk.Processor { return new(lookupRecord) },
}

const (
	routeSuccess    = "route-to-success"
	routeMatched    = "route-to-matched-unmatched"
	entireRecord    = "insert-entire-record"
	recordFields    = "record-fields"
	useProperty     = "use-property"
	replaceExisting = "replace-existing-values"
)

type lookupRecord struct {
	formats
	service                              lookup.Service
	root, result                         sdk.Text
	routing, contents, strategy          string
	cacheSize                            int
	coordinates                          []sdk.DynamicProperty
	success, matched, unmatched, failure sdk.Relationship
	paths                                paths
}

func (p *lookupRecord) Describe(s *sdk.Spec) {
	s.About("Looks up a value or a record for each record and puts it into the record, or routes records by whether there is one.",
		"lookup", "enrichment", "route", "record", "csv", "json", "avro", "database", "db", "logs", "convert", "filter")
	s.InputRequired()
	s.Batching(0)
	s.SideEffectFree()
	p.describe(s)
	sdk.Service(s, &p.service, "org.apache.nifi.lookup.LookupService", "Lookup Service", "Where to look up.", sdk.Required)
	s.Text(&p.root, "Root Record Path", "A RecordPath to the records within each record that are enriched instead of it; the other "+
		"paths start there.", sdk.PerFlowFile)
	s.String(&p.routing, "Routing Strategy", "Where records go.", sdk.Required, sdk.Default(routeSuccess), sdk.OneOf(
		sdk.Allowed{Value: routeSuccess, Display: "Route to 'success'", Doc: "All records go to 'success', whether or not something was found."},
		sdk.Allowed{Value: routeMatched, Display: "Route to 'matched' or 'unmatched'", Doc: "A record goes to 'matched' if something was found " +
			"for it, with Root Record Path for all records within it, otherwise to 'unmatched'. One FlowFile may become two."}))
	s.String(&p.contents, "Record Result Contents", "How a record that was found is put in.", sdk.Required, sdk.Default(entireRecord), sdk.OneOf(
		sdk.Allowed{Value: entireRecord, Display: "Insert Entire Record", Doc: "As one value at the destination."},
		sdk.Allowed{Value: recordFields, Display: "Insert Record Fields", Doc: "Field by field into the record at the destination."}))
	s.String(&p.strategy, "Record Update Strategy", "Where what was found is put.", sdk.Required, sdk.Default(useProperty), sdk.OneOf(
		sdk.Allowed{Value: replaceExisting, Display: "Replace Existing Values", Doc: "In place of what was looked up: each property added by the user " +
			"is a path to such values. The service must need exactly one key."},
		sdk.Allowed{Value: useProperty, Display: `Use "Result RecordPath" Property`, Doc: "Where the property Result RecordPath says."}))
	s.Text(&p.result, "Result RecordPath", "Where to put what was found. Without it, only the routing depends on it.", sdk.PerFlowFile,
		sdk.When("Record Update Strategy", useProperty))
	s.Int(&p.cacheSize, "Cache Size", "How many results to remember while one FlowFile is processed. 0 asks the service for each record.",
		sdk.Required, sdk.Default("0"), sdk.FromEnv)
	s.Dynamics(&p.coordinates, sdk.DynamicSpec{
		EL: sdk.FlowFileEL, NameDoc: "The name of a key that the Lookup Service needs.", ValueDoc: "A RecordPath to its value in each record.",
		Doc: "Where in the record the keys of the look-up are. A record in which one of them is missing or null matches nothing.",
	})
	s.Rel(&p.success, "success", "All records.", sdk.When("Routing Strategy", routeSuccess))
	s.Rel(&p.matched, "matched", "Records for which something was found.", sdk.When("Routing Strategy", routeMatched))
	s.Rel(&p.unmatched, "unmatched", "Records for which nothing was found.", sdk.When("Routing Strategy", routeMatched))
	s.Rel(&p.failure, "failure", "FlowFiles that could not be read, looked up or written, unchanged.")
}

// MigrateProperties accepts the names of NiFi 1.x.
func (p *lookupRecord) MigrateProperties(values map[string]string) {
	p.migrate(values)
	for _, r := range [][2]string{
		{"lookup-service", "Lookup Service"},
		{"root-record-path", "Root Record Path"},
		{"routing-strategy", "Routing Strategy"},
		{"result-contents", "Record Result Contents"},
		{"record-update-strategy", "Record Update Strategy"},
		{"result-record-path", "Result RecordPath"},
		{"record-path-lookup-miss-result-cache-size", "Cache Size"},
	} {
		sdk.Rename(values, r[0], r[1])
	}
}

// Validate wants a path for each key that the service needs.
func (p *lookupRecord) Validate() []error {
	problems := checkPaths(p.coordinates, "At least one user-defined property must be specified")
	problems = append(problems, checkPath("Root Record Path", p.root)...)
	problems = append(problems, checkPath("Result RecordPath", p.result)...)
	if p.service == nil || len(p.coordinates) == 0 {
		return problems
	}
	if p.strategy == replaceExisting {
		if len(p.service.Keys()) != 1 {
			problems = append(problems, sdk.Problem{Property: "Lookup Service", Reason: "to replace existing values it must need exactly one key, and it needs " + strconv.Itoa(len(p.service.Keys()))})
		}
		return problems
	}
	for _, key := range p.service.Keys() {
		if !p.has(key) {
			problems = append(problems, sdk.Problem{Property: key, Reason: "the Lookup Service needs this key: add a property of this name with the RecordPath of its value"})
		}
	}
	return problems
}

func (p *lookupRecord) has(key string) bool {
	for _, c := range p.coordinates {
		if c.Name == key {
			return true
		}
	}
	return false
}

func (p *lookupRecord) Trigger(ctx context.Context, s *sdk.Session) error {
	for _, ff := range take(s) {
		err := fork(s, ff, func(first, second *branch) error { return p.enrichAll(ctx, s, ff, first, second) },
			func(child sdk.FlowFile, b *branch, found bool) {
				rel := p.success
				if p.routing == routeMatched {
					if rel = p.matched; !found {
						rel = p.unmatched
					}
				}
				s.Counter("Records Processed", b.result.Count)
				s.Counter("Records Routed to "+rel.Name, b.result.Count)
				s.Routed(child, rel, "")
				s.Transfer(child, rel)
			})
		if err != nil {
			if err := fail(ctx, s, ff, p.failure, "look up records", err); err != nil {
				return err
			}
			continue
		}
		s.Remove(ff)
	}
	return nil
}

// enrichAll writes all records to first, or those without a match to second.
func (p *lookupRecord) enrichAll(ctx context.Context, s *sdk.Session, ff sdk.FlowFile, first, second *branch) error {
	e, err := p.newEnricher(ff)
	if err != nil {
		return err
	}
	in, err := s.Read(ff)
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // it was only read
	reader, err := p.reader.NewReader(ctx, e.attrs, in, ff.Size())
	if err != nil {
		return err
	}
	defer reader.Close() //nolint:errcheck // it was only read
	first.factory, second.factory = p.writer, p.writer
	return each(ctx, reader, func(r *record.Record) error {
		found, err := e.enrich(ctx, r)
		if err != nil {
			return err
		}
		if first.schema == nil {
			if first.schema, err = p.writeSchema(ctx, s, ff, r, found, reader); err != nil {
				return err
			}
			second.schema = first.schema
		}
		if found || p.routing == routeSuccess {
			return first.write(ctx, r, e.attrs)
		}
		return second.write(ctx, r, e.attrs)
	})
}

// writeSchema is the schema of the first record for which something was found, given the first record of all. If there
// was nothing for that one, the content is read ahead on its own.
func (p *lookupRecord) writeSchema(ctx context.Context, s *sdk.Session, ff sdk.FlowFile, r *record.Record, found bool, reader record.Reader) (*record.Schema, error) {
	schema := r.Schema()
	if !found {
		var err error
		if schema, err = reader.Schema(); err != nil {
			return nil, err
		}
		if p.strategy == useProperty && p.result.IsSet() {
			if schema, err = p.firstMatch(ctx, s, ff, schema); err != nil {
				return nil, err
			}
		}
	}
	return p.writer.SchemaFor(ff.AttrMap(), schema)
}

var errFound = errors.New("found")

func (p *lookupRecord) firstMatch(ctx context.Context, s *sdk.Session, ff sdk.FlowFile, schema *record.Schema) (*record.Schema, error) {
	e, err := p.newEnricher(ff)
	if err != nil {
		return nil, err
	}
	in, err := s.Read(ff)
	if err != nil {
		return nil, err
	}
	defer in.Close() //nolint:errcheck // it was only read
	reader, err := p.reader.NewReader(ctx, e.attrs, in, ff.Size())
	if err != nil {
		return nil, err
	}
	defer reader.Close() //nolint:errcheck // it was only read
	err = each(ctx, reader, func(r *record.Record) error {
		found, err := e.enrich(ctx, r)
		if err == nil && found {
			schema, err = r.Schema(), errFound
		}
		return err
	})
	if errors.Is(err, errFound) {
		err = nil
	}
	return schema, err
}

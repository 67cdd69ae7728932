package record_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/sdk/sdktest"
	"github.com/braidflow/braid/services/record/csv"
	"github.com/braidflow/braid/services/record/json"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The services that the tests read and write with: CSV with a header, typed by an Avro schema or as text, and JSON.
var (
	csvReader = service("csv-reader", "org.apache.nifi.serialization.RecordReaderFactory", func() sdk.ControllerService { return new(csvReaderService) })
	csvWriter = service("csv-writer", "org.apache.nifi.serialization.RecordSetWriterFactory", func() sdk.ControllerService { return new(csvWriterService) })
	jsWriter  = service("json-writer", "org.apache.nifi.serialization.RecordSetWriterFactory", func() sdk.ControllerService { return new(jsonWriterService) })
	jsReader  = service("json-reader", "org.apache.nifi.serialization.RecordReaderFactory", func() sdk.ControllerService { return new(jsonReaderService) })
	airlines  = service("airlines", "org.apache.nifi.lookup.LookupService", func() sdk.ControllerService { return new(lookupService) })
)

func service(name, offers string, made func() sdk.ControllerService) sdk.Component {
	return sdk.Component{Type: "test." + name, NewService: func() sdk.ControllerService { return &described{made(), offers} }}
}

// described adds what is the same for all.
type described struct {
	sdk.ControllerService
	offers string
}

func (d *described) Describe(s *sdk.Spec) {
	s.About("For tests.", "test")
	s.Offers(d.offers)
	d.ControllerService.Describe(s)
}

func (d *described) NewReader(ctx context.Context, attrs map[string]string, in io.Reader, size int64) (record.Reader, error) {
	return d.ControllerService.(record.ReaderFactory).NewReader(ctx, attrs, in, size)
}

func (d *described) SchemaFor(attrs map[string]string, read *record.Schema) (*record.Schema, error) {
	return read, nil
}

func (d *described) NewWriter(ctx context.Context, schema *record.Schema, out io.Writer, attrs map[string]string) (record.Writer, error) {
	return d.ControllerService.(interface {
		NewWriter(context.Context, *record.Schema, io.Writer, map[string]string) (record.Writer, error)
	}).NewWriter(ctx, schema, out, attrs)
}

func (d *described) Keys() []string      { return d.ControllerService.(*lookupService).keys }
func (d *described) ReturnsRecord() bool { return true }

func (d *described) Lookup(ctx context.Context, at map[string]record.Value, attrs map[string]string) (record.Value, bool, error) {
	return d.ControllerService.(*lookupService).Lookup(ctx, at, attrs)
}

type csvReaderService struct{ schema string }

func (c *csvReaderService) Describe(s *sdk.Spec) { s.String(&c.schema, "schema", "An Avro schema.") }

func (c *csvReaderService) NewReader(_ context.Context, _ map[string]string, in io.Reader, _ int64) (record.Reader, error) {
	o := csv.Options{Format: csv.Custom, Header: true, Formats: record.DefaultFormats}
	switch c.schema {
	case "":
	case "infer":
		schema, err := csv.Infer(in, csv.Custom, nil)
		if err != nil {
			return nil, err
		}
		if _, err := in.(io.Seeker).Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
		o.Schema = schema
	default:
		schema, err := record.ParseAvro(c.schema)
		if err != nil {
			return nil, err
		}
		o.Schema = schema
	}
	return csv.NewReader(in, o)
}

type csvWriterService struct{}

func (*csvWriterService) Describe(*sdk.Spec) {}

func (*csvWriterService) NewWriter(_ context.Context, schema *record.Schema, out io.Writer, _ map[string]string) (record.Writer, error) {
	return csv.NewWriter(out, schema, csv.WriterOptions{Format: csv.Custom, Header: true, Formats: record.DefaultFormats})
}

type jsonReaderService struct{ schema string }

func (c *jsonReaderService) Describe(s *sdk.Spec) { s.String(&c.schema, "schema", "An Avro schema.") }

func (c *jsonReaderService) NewReader(_ context.Context, _ map[string]string, in io.Reader, _ int64) (record.Reader, error) {
	schema, err := record.ParseAvro(c.schema)
	if err != nil {
		return nil, err
	}
	return json.NewReader(in, json.Options{Schema: schema, Formats: record.DefaultFormats}), nil
}

type jsonWriterService struct{}

func (*jsonWriterService) Describe(*sdk.Spec) {}

func (*jsonWriterService) NewWriter(_ context.Context, schema *record.Schema, out io.Writer, _ map[string]string) (record.Writer, error) {
	return json.NewWriter(out, schema, json.WriterOptions{Formats: record.DefaultFormats}), nil
}

// lookupService knows two airlines: UA as a record, AA as text unless told otherwise. BOOM is an error.
type lookupService struct {
	keys []string
	text string // the code whose name is found as text
}

func (l *lookupService) Describe(s *sdk.Spec) {
	sdk.Parsed(s, &l.keys, func(v string) ([]string, error) { return strings.Split(v, ","), nil }, "keys", "Names of the keys.", sdk.Default("code"))
	s.String(&l.text, "text", "The code whose name is found as text.", sdk.Default("AA"))
}

var airline = record.NewSchema(
	record.Field{Name: "name", Type: record.String, Required: true}, record.Field{Name: "founded", Type: record.Int})

var united = record.RecordValue(record.Of(airline, record.StringValue("United"), record.IntValue(1926)))

func (l *lookupService) Lookup(_ context.Context, at map[string]record.Value, _ map[string]string) (record.Value, bool, error) {
	switch at[l.keys[0]].Text() {
	case l.text:
		return record.StringValue("American"), true, nil
	case "UA", "AA", "DL":
		return united, true, nil
	case "BOOM":
		return record.Null, false, errors.New("the airlines are on strike")
	}
	return record.Null, false, nil
}

// runner has the services by their names; reading with a schema if one is given.
func runner(t testing.TB, c, reader, writer sdk.Component, schema string) *sdktest.Runner {
	t.Helper()
	r := sdktest.New(t, c)
	props := map[string]string{}
	if schema != "" {
		props["schema"] = schema
	}
	r.Service("reader", reader, props)
	r.Service("writer", writer, nil)
	r.Set("Record Reader", "reader")
	r.Set("Record Writer", "writer")
	return r
}

// one is the only FlowFile of a relationship.
func one(t *testing.T, r sdktest.Result, rel string) sdktest.Output {
	t.Helper()
	if len(r[rel]) != 1 {
		t.Fatalf("%d FlowFiles in %s (%s), want 1", len(r[rel]), rel, r)
	}
	return r[rel][0]
}

func wantContent(t *testing.T, got sdktest.Output, want string) {
	t.Helper()
	if strings.TrimSpace(got.Content) != want {
		t.Errorf("content:\ngot  %s\nwant %s", got.Content, want)
	}
}

func wantAttrs(t *testing.T, got sdktest.Output, namesAndValues ...string) {
	t.Helper()
	for i := 0; i+1 < len(namesAndValues); i += 2 {
		if v, ok := got.Attrs[namesAndValues[i]]; !ok || v != namesAndValues[i+1] {
			t.Errorf("attribute %s is %q, want %q", namesAndValues[i], v, namesAndValues[i+1])
		}
	}
}

func wantBulletin(t *testing.T, r *sdktest.Runner, text string) {
	t.Helper()
	for _, b := range r.Bulletins() {
		if strings.Contains(b, text) {
			return
		}
	}
	t.Errorf("no bulletin with %q among %q", text, r.Bulletins())
}

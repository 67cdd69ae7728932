package record

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
)

// env takes ${name} for the attribute of that name and knows one registry.
type env struct{ service any }

type expression string

func (e expression) Eval(attrs sdk.Attributes) (string, error) {
	name, ok := strings.CutPrefix(string(e), "${")
	if !ok {
		return string(e), nil
	}
	if attrs == nil {
		return "", nil
	}
	v, _ := attrs.Attr(strings.TrimSuffix(name, "}"))
	return v, nil
}

func (e expression) Constant() (string, bool) { return string(e), !strings.HasPrefix(string(e), "${") }

func (env) Compile(text string, _ sdk.Scope) (sdk.Expression, error) { return expression(text), nil }
func (e env) Service(string) (any, error)                            { return e.service, nil }

// registry knows one schema.
type registry struct{ schema *record.Schema }

func (r registry) SchemaByName(_ context.Context, name, branch string, version int) (*record.Schema, error) {
	if name != "known" || branch != "b" || version != 2 {
		return nil, record.ErrSchemaNotFound
	}
	return r.schema, nil
}

// configure makes a service and returns what is wrong with its properties.
func configure(t *testing.T, c sdk.Component, props map[string]string) (sdk.ControllerService, []error) {
	t.Helper()
	s := record.NewSchema(record.Field{Name: "x", Type: record.Int}, record.Field{Name: "y", Type: record.String})
	return configureIn(t, c, props, env{registry{s}})
}

// configureIn is configure with other services.
func configureIn(t *testing.T, c sdk.Component, props map[string]string, e env) (sdk.ControllerService, []error) {
	t.Helper()
	service := c.NewService()
	var spec sdk.Spec
	service.Describe(&spec)
	if err := spec.Check(); err != nil {
		t.Fatal(err)
	}
	if m, ok := service.(sdk.Migrator); ok {
		m.MigrateProperties(props)
	}
	problems := spec.Configure(props, e)
	if v, ok := service.(sdk.Validator); ok && problems == nil {
		problems = v.Validate()
	}
	return service, problems
}

func reader(t *testing.T, c sdk.Component, props map[string]string) record.ReaderFactory {
	t.Helper()
	s, problems := configure(t, c, props)
	if len(problems) > 0 {
		t.Fatal(errors.Join(problems...))
	}
	return s.(record.ReaderFactory)
}

func writer(t *testing.T, c sdk.Component, props map[string]string) record.WriterFactory {
	t.Helper()
	s, problems := configure(t, c, props)
	if len(problems) > 0 {
		t.Fatal(errors.Join(problems...))
	}
	return s.(record.WriterFactory)
}

// convert does what ConvertRecord does.
func convert(t *testing.T, rf record.ReaderFactory, wf record.WriterFactory, in io.Reader, attrs map[string]string) (string, record.WriteResult) {
	t.Helper()
	r, err := rf.NewReader(t.Context(), attrs, in, -1)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	read, err := r.Schema()
	if err != nil {
		t.Fatal(err)
	}
	s, err := wf.SchemaFor(attrs, read)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w, err := wf.NewWriter(t.Context(), s, &out, attrs)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Begin(); err != nil {
		t.Fatal(err)
	}
	for {
		rec, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(rec); err != nil {
			t.Fatal(err)
		}
	}
	res, err := w.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return out.String(), res
}

const schemaText = `{"type":"record","name":"R","fields":[{"name":"x","type":"long"},{"name":"y","type":["null","string"]}]}`

func TestCSVReader_SchemaAccess(t *testing.T) {
	json := func(t *testing.T) record.WriterFactory { return writer(t, JsonRecordSetWriter, map[string]string{}) }
	for name, tc := range map[string]struct {
		props map[string]string
		attrs map[string]string
		in    string
		want  string
	}{
		"inferred":      {map[string]string{}, nil, "x,y\n1,a\n", `[{"x":1,"y":"a"}]`},
		"header":        {map[string]string{"Schema Access Strategy": "csv-header-derived"}, nil, "x,y\n1,a\n", `[{"x":"1","y":"a"}]`},
		"text":          {map[string]string{"Schema Access Strategy": "schema-text-property"}, map[string]string{"avro.schema": schemaText}, "1,a\n", `[{"x":1,"y":"a"}]`},
		"text, header":  {map[string]string{"Schema Access Strategy": "schema-text-property", "Schema Text": schemaText, "Treat First Line as Header": "true"}, nil, "y,x\na,1\n", `[{"x":1,"y":"a"}]`},
		"ignore header": {map[string]string{"Schema Access Strategy": "schema-text-property", "Schema Text": schemaText, "Treat First Line as Header": "true", "Ignore CSV Header Column Names": "true"}, nil, "y,x\n1,a\n", `[{"x":1,"y":"a"}]`},
		"name": {
			map[string]string{"Schema Access Strategy": "schema-name", "Schema Registry": "r", "Schema Name": "${n}", "Schema Branch": "b", "Schema Version": "2"},
			map[string]string{"n": "known"},
			"1,a\n", `[{"x":1,"y":"a"}]`,
		},
		"old names":     {map[string]string{"schema-access-strategy": "csv-header-derived", "Value Separator": ";"}, nil, "x;y\n1;a\n", `[{"x":"1","y":"a"}]`},
		"tab":           {map[string]string{"Value Separator": `\t`, "Quote Character": `'`, "Escape Character": "", "Null String": "-"}, nil, "x\ty\n1\t'a\tb\\'\n-\t-\n", `[{"x":1,"y":"a\tb\\"},{"x":null,"y":null}]`},
		"from FlowFile": {map[string]string{"Value Separator": "${sep}"}, map[string]string{"sep": "|"}, "x|y\n1|a\n", `[{"x":1,"y":"a"}]`},
		"ISO-8859-1":    {map[string]string{"Character Set": "ISO-8859-1"}, nil, "x,y\n1,\xE9\n", `[{"x":1,"y":"é"}]`},
		"dates":         {map[string]string{"Date Format": "MM/dd/yyyy"}, nil, "x,y\n1,01/02/1970\n", `[{"x":1,"y":86400000}]`},
		"excel":         {map[string]string{"CSV Format": "excel"}, nil, "x,y\r\n1,\" a\"\r\n", `[{"x":1,"y":" a"}]`},
	} {
		t.Run(name, func(t *testing.T) {
			rf := reader(t, CSVReader, tc.props)
			if got, _ := convert(t, rf, json(t), strings.NewReader(tc.in), tc.attrs); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
			// Input that cannot be read twice is read as well.
			if got, _ := convert(t, rf, json(t), struct{ io.Reader }{strings.NewReader(tc.in)}, tc.attrs); got != tc.want {
				t.Errorf("unseekable: got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

func TestCSVReader_InfersFromWhereTheInputStands(t *testing.T) {
	in := strings.NewReader("rubbish\nx,y\n1,a\n")
	if _, err := in.Seek(8, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	got, _ := convert(t, reader(t, CSVReader, map[string]string{}), writer(t, JsonRecordSetWriter, map[string]string{}), in, nil)
	if want := `[{"x":1,"y":"a"}]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestReaders_MissingSchema(t *testing.T) {
	for want, props := range map[string]map[string]string{
		"'Schema Text' is empty": {"Schema Access Strategy": "schema-text-property"},
		"schema text is not":     {"Schema Access Strategy": "schema-text-property", "Schema Text": "nonsense"},
		"'Schema Name' is empty": {"Schema Access Strategy": "schema-name", "Schema Registry": "r"},
		"schema not found":       {"Schema Access Strategy": "schema-name", "Schema Registry": "r", "Schema Name": "other"},
		"is not a whole number":  {"Schema Access Strategy": "schema-name", "Schema Registry": "r", "Schema Name": "known", "Schema Version": "x"},
	} {
		for _, c := range []sdk.Component{CSVReader, JsonTreeReader} {
			_, err := reader(t, c, props).NewReader(t.Context(), nil, strings.NewReader("x\n"), -1)
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error %v, want %s", c.Type, err, want)
			}
		}
	}
}

func TestServices_RefuseProperties(t *testing.T) {
	for name, tc := range map[string]struct {
		c     sdk.Component
		props map[string]string
		want  string
	}{
		"long separator": {CSVReader, map[string]string{"Value Separator": ",,"}, "must be a single character"},
		"same character": {CSVReader, map[string]string{"Quote Character": ","}, "choose different characters"},
		"charset":        {CSVReader, map[string]string{"Character Set": "nope"}, "nope"},
		"pattern":        {CSVReader, map[string]string{"Date Format": "nonsense{"}, "Date Format"},
		"strategy":       {CSVReader, map[string]string{"Schema Access Strategy": "x"}, "allowed set"},
		"no registry":    {JsonTreeReader, map[string]string{"Schema Access Strategy": "schema-name"}, "'Schema Registry' is required"},
		"nested field":   {JsonTreeReader, map[string]string{"Starting Field Strategy": "NESTED_FIELD"}, "'Starting Field Name' is required"},
		"pretty lines":   {JsonRecordSetWriter, map[string]string{"Pretty Print JSON": "true", "Output Grouping": "output-oneline"}, "must be off"},
		"level":          {JsonRecordSetWriter, map[string]string{"Compression Format": "gzip", "Compression Level": "10"}, "not between 0 and 9"},
	} {
		_, problems := configure(t, tc.c, tc.props)
		if err := errors.Join(problems...); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %s", name, err, tc.want)
		}
	}
}

func TestJsonTreeReader(t *testing.T) {
	csv := func(t *testing.T) record.WriterFactory { return writer(t, CSVRecordSetWriter, map[string]string{}) }
	whole := `{"type":"record","name":"W","fields":[{"name":"head","type":"int"},{"name":"items","type":{"type":"array","items":` + schemaText + `}}]}`
	for name, tc := range map[string]struct {
		props map[string]string
		in    string
		want  string
	}{
		"inferred": {map[string]string{}, `[{"x":1},{"y":"a","x":2.5}]`, "x,y\n1.0,\n2.5,a\n"},
		"nested":   {map[string]string{"Starting Field Strategy": "NESTED_FIELD", "Starting Field Name": "items"}, `{"head":1,"items":[{"x":1,"y":"a"}]}`, "x,y\n1,a\n"},
		"nested, whole schema": {map[string]string{
			"Starting Field Strategy": "NESTED_FIELD", "Starting Field Name": "items", "Schema Application Strategy": "WHOLE_JSON",
			"Schema Access Strategy": "schema-text-property", "Schema Text": whole,
		}, `{"head":1,"items":[{"x":1,"y":"a","z":0}]}`, "x,y\n1,a\n"},
		"comments": {map[string]string{"Allow Comments": "true"}, "[{\"x\":1}] // end", "x\n1\n"},
		"times":    {map[string]string{"Timestamp Format": "yyyy-MM-dd'T'HH:mm:ssX"}, `{"x":"1970-01-01T00:00:01Z"}`, "x\n1000\n"},
	} {
		t.Run(name, func(t *testing.T) {
			if got, _ := convert(t, reader(t, JsonTreeReader, tc.props), csv(t), strings.NewReader(tc.in), nil); got != tc.want {
				t.Errorf("got  %q\nwant %q", got, tc.want)
			}
		})
	}
}

func TestWriters_Attributes(t *testing.T) {
	in := func() io.Reader { return strings.NewReader("x,y\n1,a\n") }
	rf := reader(t, CSVReader, map[string]string{"Schema Access Strategy": "schema-text-property", "Schema Text": schemaText, "Treat First Line as Header": "true"})
	_, res := convert(t, rf, writer(t, CSVRecordSetWriter, map[string]string{"Schema Write Strategy": "schema-name"}), in(), nil)
	if a := res.Attributes; a["schema.name"] != "R" || a["mime.type"] != "text/csv" || a["record.count"] != "1" {
		t.Errorf("attributes %v", a)
	}
	_, res = convert(t, rf, writer(t, JsonRecordSetWriter, map[string]string{"Schema Write Strategy": "full-schema-attribute"}), in(), nil)
	s, err := record.ParseAvro(res.Attributes["avro.schema"])
	if err != nil || s.String() != `["x": LONG, "y": STRING]` || res.Attributes["mime.type"] != "application/json" {
		t.Errorf("attributes %v, %v", res.Attributes, err)
	}
}

func TestWriter_OwnSchema(t *testing.T) {
	wf := writer(t, JsonRecordSetWriter, map[string]string{"Schema Access Strategy": "schema-text-property", "Schema Text": schemaText})
	if got, _ := convert(t, reader(t, CSVReader, map[string]string{}), wf, strings.NewReader("y,z,x\na,b,1\n"), nil); got != `[{"x":1,"y":"a"}]` {
		t.Errorf("got %s", got)
	}
	if _, err := writer(t, JsonRecordSetWriter, map[string]string{}).SchemaFor(nil, nil); err == nil {
		t.Error("there was a schema to inherit")
	}
}

func TestCSVRecordSetWriter_Formats(t *testing.T) {
	for want, props := range map[string]map[string]string{
		"x,y\n1,\xE9\n":  {"Character Set": "ISO-8859-1"},
		"x|y|;1|é|;":     {"Value Separator": "|", "Record Separator": ";", "Include Trailing Delimiter": "true"},
		"\"1\",\"é\"\n":  {"Include Header Line": "false", "Quote Mode": "ALL"},
		"x\ty\n1\té\n":   {"CSV Format": "mysql", "Include Header Line": "true"},
		"x,y\r\n1,é\r\n": {"CSV Format": "rfc-4180"},
	} {
		got, _ := convert(t, reader(t, CSVReader, map[string]string{}), writer(t, CSVRecordSetWriter, props), strings.NewReader("x,y\n1,é\n"), nil)
		if got != want {
			t.Errorf("%v: got %q, want %q", props, got, want)
		}
	}
}

func TestJsonRecordSetWriter_Compression(t *testing.T) {
	for format, open := range map[string]func(io.Reader) (io.Reader, error){
		"gzip":          func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
		"zstd":          func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r, zstd.WithDecoderConcurrency(1)) },
		"snappy framed": func(r io.Reader) (io.Reader, error) { return s2.NewReader(r), nil },
	} {
		wf := writer(t, JsonRecordSetWriter, map[string]string{"Compression Format": format})
		out, res := convert(t, reader(t, CSVReader, map[string]string{}), wf, strings.NewReader("x\n1\n"), nil)
		r, err := open(strings.NewReader(out))
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil || string(b) != `[{"x":1}]` || res.Attributes["mime.type"] == "application/json" {
			t.Errorf("%s: %s, %v, %v", format, b, err, res.Attributes)
		}
	}
}

// TestFlights converts real rows there and back.
func TestFlights(t *testing.T) {
	content, err := os.ReadFile("testdata/flights.csv")
	if err != nil {
		t.Fatal(err)
	}
	json, res := convert(t, reader(t, CSVReader, map[string]string{}), writer(t, JsonRecordSetWriter, map[string]string{}), bytes.NewReader(content), nil)
	if res.Count != 1000 {
		t.Fatalf("%d records", res.Count)
	}
	first := `[{"year":2013,"month":1,"day":1,"dep_time":517,"sched_dep_time":515,"dep_delay":2,"arr_time":830,"sched_arr_time":819,"arr_delay":11,` +
		`"carrier":"UA","flight":1545,"tailnum":"N14228","origin":"EWR","dest":"IAH","air_time":227,"distance":1400,"hour":5,"minute":15,"time_hour":"2013-01-01T10:00:00Z"},`
	if !strings.HasPrefix(json, first) {
		t.Errorf("first row: %.400s", json)
	}
	back, _ := convert(t, reader(t, JsonTreeReader, map[string]string{}), writer(t, CSVRecordSetWriter, map[string]string{}), strings.NewReader(json), nil)
	if back != string(content) {
		for i, line := range strings.Split(string(content), "\n") {
			if got := strings.Split(back, "\n"); i >= len(got) || got[i] != line {
				t.Fatalf("line %d differs:\n got %s\nwant %s", i+1, got[min(i, len(got)-1)], line)
			}
		}
	}
}

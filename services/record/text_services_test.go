package record

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/braidflow/braid/sdk"
)

// TestTextReaders reads one content with each reader of text, as JSON.
func TestTextReaders(t *testing.T) {
	toJSON := writer(t, JsonRecordSetWriter, map[string]string{})
	given := func(more ...string) map[string]string {
		m := map[string]string{"Schema Access Strategy": "schema-text-property", "Schema Text": schemaText}
		for i := 0; i < len(more); i += 2 {
			m[more[i]] = more[i+1]
		}
		return m
	}
	for name, tc := range map[string]struct {
		c     sdk.Component
		props map[string]string
		in    string
		want  string
	}{
		"xml":               {XMLReader, map[string]string{"record_format": "true"}, `<r><x y="a"><z>1</z></x><x/></r>`, `[{"y":"a","z":1},{"y":null,"z":null}]`},
		"xml, one":          {XMLReader, map[string]string{}, `<x y="a"><z>1</z></x>`, `[{"y":"a","z":1}]`},
		"xml, by attribute": {XMLReader, map[string]string{"Expect Records as Array": "${array}"}, `<r><x y="a"/></r>`, `[{"y":"a"}]`},
		"xml, schema":       {XMLReader, given("Attribute Prefix", "y"), `<r ><x>5</x><y>b</y></r>`, `[{"x":5,"y":"b"}]`},
		"paths":             {JsonPathReader, map[string]string{"n": "$.a.b", "all": "$..b", "none": "$.x"}, `[{"a":{"b":1}},{"a":{"b":2.5}}]`, `[{"all":[1.0],"n":1.0,"none":null},{"all":[2.5],"n":2.5,"none":null}]`},
		"paths, schema":     {JsonPathReader, given("x", "$.a.b", "z", "$.z"), `{"a":{"b":"7"},"z":1} {"a":{"b":8}}`, `[{"x":7,"y":null},{"x":8,"y":null}]`},
		"syslog":            {SyslogReader, map[string]string{"Character Set": "ISO-8859-1"}, "<34>Oct 11 22:14:15 h \xe9", `[{"priority":"34","severity":"2","facility":"4","version":null,"timestamp":"Oct 11 22:14:15","hostname":"h","body":"é"}]`},
		"syslog 5424":       {Syslog5424Reader, map[string]string{"Raw Message": "true"}, "<34>1 1970-01-01T00:00:01Z h - - - [a b=\"c\"]", `[{"priority":"34","severity":"2","facility":"4","version":"1","timestamp":1000,"hostname":"h","body":null,"appName":null,"procid":null,"messageid":null,"structuredData":{"a":{"b":"c"}},"_raw":"<34>1 1970-01-01T00:00:01Z h - - - [a b=\"c\"]"}]`},
		"grok":              {GrokReader, map[string]string{"Grok Expression": "%{INT:x} %{WORD:y}\n%{MINE:z}", "Grok Patterns": "MINE [#]+"}, "1 a\n##\n b", `[{"x":"1","y":"a","z":null,"stackTrace":null,"_raw":"1 a"},{"x":null,"y":null,"z":"##\n b","stackTrace":null,"_raw":"##\n b"}]`},
		"grok, schema":      {GrokReader, given("Grok Expressions", "%{INT:x} %{WORD:y}", "No Match Behavior", "skip-line"), "1 a\n?\n", `[{"x":1,"y":"a"}]`},
		"yaml":              {YamlTreeReader, map[string]string{}, "- x: 1\n- x: 2\n  y: a\n", `[{"x":1,"y":null},{"x":2,"y":"a"}]`},
		"yaml, nested":      {YamlTreeReader, map[string]string{"Starting Field Strategy": "NESTED_FIELD", "Starting Field Name": "l"}, "l: [{x: 1}]", `[{"x":1}]`},
		"yaml, dates":       {YamlTreeReader, map[string]string{"Date Format": "yyyy-MM-dd"}, "x: 1970-01-02", `[{"x":86400000}]`},
	} {
		t.Run(name, func(t *testing.T) {
			got, _ := convert(t, reader(t, tc.c, tc.props), toJSON, strings.NewReader(tc.in), map[string]string{"array": "true"})
			if got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

func TestTextReaders_Refuse(t *testing.T) {
	for want, tc := range map[string]struct {
		c     sdk.Component
		props map[string]string
	}{
		"no JSON paths are given":           {JsonPathReader, map[string]string{}},
		"there is no pattern NOPE":          {GrokReader, map[string]string{"Grok Expressions": "%{NOPE:x}"}},
		"'n': invalid JSON path":            {JsonPathReader, map[string]string{"n": "$["}},
		"'Starting Field Name' is required": {YamlTreeReader, map[string]string{"Starting Field Strategy": "NESTED_FIELD"}},
		"'Array Tag Name' is required":      {XMLRecordSetWriter, map[string]string{"Wrap Elements of Arrays": "use-property-as-wrapper"}},
		"'Compression Type' LZO":            {ParquetRecordSetWriter, map[string]string{"compression-type": "LZO"}},
	} {
		_, problems := configure(t, tc.c, tc.props)
		if err := errors.Join(problems...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	_, err := reader(t, XMLReader, map[string]string{"Expect Records as Array": "${array}"}).NewReader(t.Context(), nil, strings.NewReader("<a/>"), -1)
	if err == nil || !strings.Contains(err.Error(), "neither true nor false") {
		t.Error(err)
	}
}

func TestTextWriters(t *testing.T) {
	for name, tc := range map[string]struct {
		c     sdk.Component
		props map[string]string
		want  string
	}{
		"free form":     {FreeFormTextRecordSetWriter, map[string]string{"Text": "${y}"}, "é\n\n"},
		"free, Latin 1": {FreeFormTextRecordSetWriter, map[string]string{"Text": "${y}", "Character Set": "ISO-8859-1"}, "\xe9\n\n"},
		"attribute":     {FreeFormTextRecordSetWriter, map[string]string{"Text": "${attr}"}, "value\nvalue\n"},
		"xml":           {XMLRecordSetWriter, map[string]string{"root_tag_name": "r", "record_tag_name": "p"}, `<?xml version="1.0" ?><r><p><x>1</x><y>é</y></p><p><x>2</x><y></y></p></r>`},
		"xml, Latin 1":  {XMLRecordSetWriter, map[string]string{"Name of Root Tag": "r", "Name of Record Tag": "p", "Character Set": "ISO-8859-1", "Suppress Null Values": "always-suppress"}, "<?xml version=\"1.0\" encoding=\"ISO-8859-1\" ?><r><p><x>1</x><y>\xe9</y></p><p><x>2</x></p></r>"},
	} {
		got, res := convert(t, reader(t, CSVReader, map[string]string{}), writer(t, tc.c, tc.props), strings.NewReader("x,y\n1,é\n2,\n"), map[string]string{"attr": "value"})
		if got != tc.want || res.Count != 2 {
			t.Errorf("%s: got  %q\nwant %q", name, got, tc.want)
		}
	}
}

func TestGrokReader_Files(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{"patterns": "MINE #+\n", "expressions": "%{MINE:m} %{INT:i}\n"} {
		if err := os.WriteFile(folder+"/"+name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	rf := reader(t, GrokReader, map[string]string{"Grok Patterns": folder + "/patterns", "Grok Expressions": "file:" + folder + "/expressions"})
	if err := rf.(sdk.Starter).Start(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	got, _ := convert(t, rf, writer(t, FreeFormTextRecordSetWriter, map[string]string{"Text": "${i}"}), strings.NewReader("## 5\n"), nil)
	if got != "5\n" {
		t.Error(got)
	}
	missing := reader(t, GrokReader, map[string]string{"Grok Expressions": folder + "/none"})
	if err := missing.(sdk.Starter).Start(t.Context(), nil); err == nil {
		t.Error("a missing file was read")
	}
}

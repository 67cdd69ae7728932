package xml_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/services/record/csv"
	"github.com/braidflow/braid/services/record/json"
	"github.com/braidflow/braid/services/record/xml"
)

func text(s string) *record.Type { return csv.TypeOfText(s, nil) }

// infer reads content with the schema that is inferred from it.
func infer(t *testing.T, content string, o xml.Options) *xml.Reader {
	t.Helper()
	s, err := xml.Infer(strings.NewReader(content), o, text)
	if err != nil {
		t.Fatal(err)
	}
	o.Schema = s
	return xml.NewReader(strings.NewReader(content), o)
}

// all is the records of a reader as JSON, one a line, and the error that ends them.
func all(t *testing.T, r record.Reader) (string, error) {
	t.Helper()
	s, _ := r.Schema()
	var out bytes.Buffer
	w := json.NewWriter(&out, s, json.WriterOptions{Lines: true, Suppress: json.SuppressMissing})
	var failed error
	for {
		rec, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		var bad *record.MalformedError
		if errors.As(err, &bad) && bad.Resumable {
			failed = err
			continue
		}
		if err != nil {
			failed = err
			break
		}
		if err := w.Write(rec); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Finish(); err != nil {
		t.Fatal(err)
	}
	return out.String(), failed
}

func TestReader_Inferred(t *testing.T) {
	array := xml.Options{Array: true, Attributes: true}
	for name, tc := range map[string]struct {
		o    xml.Options
		in   string
		want string
	}{
		"single":             {xml.Options{}, `<?xml version="1.0"?><p><a>1</a><b>x</b></p>`, `{"a":1,"b":"x"}`},
		"array":              {array, `<ps><p><a>1</a></p><!-- c --><p><a>2.5</a><b/></p></ps>`, "{\"a\":1.0}\n{\"a\":2.5}"},
		"no record":          {array, `<ps></ps>`, ""},
		"empty":              {array, ``, ""},
		"attributes":         {array, `<ps xmlns:n="u"><p id="7" n:k="v"><a n:z="1">t</a></p></ps>`, `{"id":7,"k":"v","a":{"z":1}}`},
		"prefix, content":    {xml.Options{Array: true, Attributes: true, Prefix: "@", Content: "text"}, `<ps><p id="7"><a z="1">t</a></p></ps>`, `{"@id":7,"a":{"@z":1,"text":"t"}}`},
		"no attributes":      {xml.Options{Array: true}, `<ps><p id="7"><a z="1">t</a></p></ps>`, `{"a":"t"}`},
		"repeated":           {array, `<ps><p><a>1</a><a>2</a></p><p><a>3</a><a>4</a></p></ps>`, "{\"a\":[1,2]}\n{\"a\":[3,4]}"},
		"sometimes repeated": {array, `<ps><p><a>1</a></p><p><a>3</a><a>4</a></p></ps>`, "{\"a\":1}\n{\"a\":[3,4]}"},
		"records in array":   {array, `<ps><p><a><b>1</b></a><a><b>2</b><c>x</c></a></p></ps>`, `{"a":[{"b":1},{"b":2,"c":"x"}]}`},
		"cdata, entities":    {array, `<ps><p><a><![CDATA[<&>]]></a><b>&lt;&#233;&amp;</b></p></ps>`, `{"a":"<&>","b":"<é&"}`},
		"latin 1":            {array, "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><ps><p><a>\xe9</a></p></ps>", `{"a":"é"}`},
		"doctype":            {array, `<!DOCTYPE ps [<!ELEMENT ps ANY>]><ps><p><a>1</a></p></ps>`, `{"a":1}`},
		"text or record":     {array, `<ps><p><a>x</a></p><p><a><b>1</b></a></p></ps>`, "{\"a\":\"x\"}\n{\"a\":{\"b\":1}}"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := all(t, infer(t, tc.in, tc.o))
			if err != nil || got != tc.want {
				t.Errorf("got  %s, %v\nwant %s", got, err, tc.want)
			}
		})
	}
}

func schema(t testing.TB, text string) *record.Schema {
	t.Helper()
	s, err := record.ParseAvro(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestReader_Schema(t *testing.T) {
	s := schema(t, `{"type":"record","name":"p","fields":[{"name":"id","type":"int"},{"name":"m","type":{"type":"map","values":"string"}},
	 {"name":"a","type":{"type":"array","items":"int"}},{"name":"r","type":{"type":"record","name":"r","fields":[{"name":"x","type":"string"}]}},
	 {"name":"d","type":{"type":"int","logicalType":"date"}}]}`)
	f, err := record.NewFormats("yyyy/MM/dd", "", "")
	if err != nil {
		t.Fatal(err)
	}
	in := `<ps><p id="1"><m><k>v</k><l>w</l></m><a>1</a><r><x>y</x><unknown><z/></unknown></r><d>1970/01/02</d><other>1</other></p>` +
		`<p><id>x</id></p><p><id>2</id></p></ps>`
	got, err := all(t, xml.NewReader(strings.NewReader(in), xml.Options{Schema: s, Formats: f, Array: true, Attributes: true}))
	if want := `{"id":1,"m":{"k":"v","l":"w"},"a":[1],"r":{"x":"y"},"d":86400000}` + "\n" + `{"id":2}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if err == nil || !strings.Contains(err.Error(), `record 2 (line 1), field "id": cannot convert "x"`) {
		t.Error(err)
	}
	lenient := xml.NewReader(strings.NewReader(`<p><id>x</id></p>`), xml.Options{Schema: s})
	lenient.Lenient()
	if rec, err := lenient.Read(); err != nil || rec.Get("id").Text() != "x" {
		t.Errorf("%v, %v", rec, err)
	}
}

func TestReader_Malformed(t *testing.T) {
	s := schema(t, `{"type":"record","name":"p","fields":[{"name":"a","type":"string"}]}`)
	laughs := `<!DOCTYPE p [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><ps><p><a>&b;</a></p></ps>`
	for name, tc := range map[string]struct{ in, want string }{
		"cut":             {"<ps><p>\n<a>1</a>", "record 1 (line 2): unexpected EOF"},
		"crossed":         {"<ps><p><a>1</p></a></ps>", "element <a> closed by </p>"},
		"billion laughs":  {laughs, "invalid character entity &b;"},
		"external entity": {`<!DOCTYPE p [<!ENTITY x SYSTEM "file:///etc/passwd">]><ps><p><a>&x;</a></p></ps>`, "invalid character entity &x;"},
		"deep":            {"<ps>" + strings.Repeat("<a>", 5000), "nested deeper than 500 levels"},
		"not XML":         {"{}", ""},
		"two roots":       {"<ps></ps><q/>", "follows the end"},
		"bad UTF-8":       {"<ps><p><a>\xff</a></p></ps>", "invalid UTF-8"},
		"unknown charset": {`<?xml version="1.0" encoding="nope"?><ps/>`, "nope"},
		"long text":       {"<ps><p><a>" + strings.Repeat("x", 33<<20), "bytes in one record"},
		"many elements":   {"<ps><p>" + strings.Repeat("<a/>", 1<<20), "elements in one record"},
	} {
		t.Run(name, func(t *testing.T) {
			o := xml.Options{Schema: s, Array: true, Attributes: true}
			_, err := all(t, xml.NewReader(strings.NewReader(tc.in), o))
			if tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("%v, want %s", err, tc.want)
			}
			if len(tc.in) < 1<<20 {
				if _, err := xml.Infer(strings.NewReader(tc.in), o, text); err != nil && tc.want == "" {
					t.Error(err)
				}
			}
		})
	}
}

func TestWriter(t *testing.T) {
	in := `{"a":1,"b":[1,null,2],"r":{"x":null,"y":"<&>\r\u0000"},"m":{"k":true},"e":{}}`
	s := schema(t, `{"type":"record","name":"p","fields":[{"name":"a","type":"int"},{"name":"b","type":{"type":"array","items":"int"}},
	 {"name":"r","type":{"type":"record","name":"r","fields":[{"name":"x","type":["null","int"]},{"name":"y","type":"string"},{"name":"z","type":"string"}]}},
	 {"name":"m","type":{"type":"map","values":"boolean"}},{"name":"e","type":{"type":"record","name":"e","fields":[{"name":"q","type":"string"}]}}]}`)
	never := xml.WriterOptions{Root: "ps", Record: "p"}
	with := func(change func(*xml.WriterOptions)) xml.WriterOptions {
		o := never
		change(&o)
		return o
	}
	const y = `<y>&lt;&amp;&gt;&#xd;` + "\uFFFD" + `</y>`
	for name, tc := range map[string]struct {
		o    xml.WriterOptions
		want string
	}{
		"never":   {never, `<ps><p><a>1</a><b>1</b><b></b><b>2</b><r><x></x>` + y + `<z></z></r><m><k>true</k></m><e><q></q></e></p></ps>`},
		"always":  {with(func(o *xml.WriterOptions) { o.Suppress = json.AlwaysSuppress }), `<ps><p><a>1</a><b>1</b><b>2</b><r>` + y + `</r><m><k>true</k></m></p></ps>`},
		"missing": {with(func(o *xml.WriterOptions) { o.Suppress = json.SuppressMissing }), `<ps><p><a>1</a><b>1</b><b></b><b>2</b><r><x></x>` + y + `</r><m><k>true</k></m><e></e></p></ps>`},
		"wrapper": {with(func(o *xml.WriterOptions) {
			o.Suppress, o.Wrapping, o.Array = json.AlwaysSuppress, xml.PropertyAsWrapper, "w"
		}), `<ps><p><a>1</a><w><b>1</b><b>2</b></w><r>` + y + `</r><m><k>true</k></m></p></ps>`},
		"elements": {with(func(o *xml.WriterOptions) {
			o.Suppress, o.Wrapping, o.Array = json.AlwaysSuppress, xml.PropertyForElements, "w"
		}), `<ps><p><a>1</a><b><w>1</w><w>2</w></b><r>` + y + `</r><m><k>true</k></m></p></ps>`},
		"declaration": {xml.WriterOptions{Record: "p", Declaration: true, Suppress: json.AlwaysSuppress}, `<?xml version="1.0" ?><p><a>1</a><b>1</b><b>2</b><r>` + y + `</r><m><k>true</k></m></p>`},
		"pretty": {
			with(func(o *xml.WriterOptions) { o.Pretty, o.Declaration, o.Suppress = true, true, json.AlwaysSuppress }),
			"<?xml version=\"1.0\" ?>\n<ps>\n  <p>\n    <a>1</a>\n    <b>1</b>\n    <b>2</b>\n    <r>\n      " + y + "\n    </r>\n    <m>\n      <k>true</k>\n    </m>\n  </p>\n</ps>",
		},
	} {
		t.Run(name, func(t *testing.T) {
			rec, err := json.NewReader(strings.NewReader(in), json.Options{Schema: s}).Read()
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			w, err := xml.NewWriter(&out, s, tc.o)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(w.Begin(), w.Write(rec)); err != nil {
				t.Fatal(err)
			}
			if _, err := w.Finish(); err != nil || out.String() != tc.want {
				t.Errorf("got  %s, %v\nwant %s", &out, err, tc.want)
			}
		})
	}
}

func TestWriter_Errors(t *testing.T) {
	s := record.NewSchema(record.Field{Name: "1 a<b", Type: record.Int})
	if _, err := xml.NewWriter(io.Discard, s, xml.WriterOptions{}); err == nil {
		t.Error("a record needs no name")
	}
	var out strings.Builder
	w, err := xml.NewWriter(&out, s, xml.WriterOptions{Record: "p"})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(record.Of(s, record.StringValue("x"))); err == nil {
		t.Error("x is an INT")
	}
	if err := w.Write(record.Of(s, record.IntValue(1))); err != nil {
		t.Error(err)
	}
	if err := w.Write(record.Of(s, record.IntValue(1))); err == nil || !strings.Contains(err.Error(), "Name of Root Tag") {
		t.Error(err)
	}
	if _, err := w.Finish(); err != nil || out.String() != "<p><_1_ab>1</_1_ab></p>" {
		t.Error(out.String(), err)
	}
}

func FuzzReader(f *testing.F) {
	f.Add(`<?xml version="1.0"?><ps><p a="1"><b>x</b><b><c/></b>t</p></ps>`, true)
	f.Add(`<!DOCTYPE p [<!ENTITY a "b">]><p>&a;<![CDATA[x]]></p>`, false)
	f.Fuzz(func(t *testing.T, content string, array bool) {
		o := xml.Options{Array: array, Attributes: true, Content: "t"}
		s, err := xml.Infer(strings.NewReader(content), o, text)
		if err != nil {
			return
		}
		o.Schema = s
		r := xml.NewReader(strings.NewReader(content), o)
		w, err := xml.NewWriter(io.Discard, s, xml.WriterOptions{Root: "r", Record: "p"})
		if err != nil {
			t.Fatal(err)
		}
		for {
			rec, err := r.Read()
			if err != nil {
				var bad *record.MalformedError
				if err != io.EOF && !errors.As(err, &bad) {
					t.Fatal(err)
				}
				if bad != nil && bad.Resumable {
					t.Fatalf("does not fit what was inferred from it: %v", err)
				}
				return
			}
			if err := w.Write(rec); err != nil {
				t.Fatal(err)
			}
		}
	})
}

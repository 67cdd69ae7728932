package json_test

import (
	stdjson "encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/services/record/json"
)

// rows reads all of in and describes each record, malformed ones by their error.
func rows(in io.Reader, o json.Options) (out []string) {
	r := json.NewReader(in, o)
	defer r.Close()
	for {
		rec, err := r.Read()
		if err == io.EOF {
			return out
		}
		var bad *record.MalformedError
		if errors.As(err, &bad) && bad.Resumable {
			out = append(out, err.Error())
			continue
		}
		if err != nil {
			return append(out, err.Error())
		}
		text := record.ToString(record.RecordValue(rec), record.DefaultFormats)
		out = append(out, strings.TrimSuffix(strings.TrimPrefix(text, "MapRecord["), "]"))
	}
}

func infer(t *testing.T, text string, o json.Options) *record.Schema {
	t.Helper()
	s, err := json.Infer(strings.NewReader(text), o, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestReader_Rows(t *testing.T) {
	tests := map[string]struct {
		text, field string
		want        []string
	}{
		"array":              {`[{"a":1},{"a":2}]`, "", []string{"{a=1}", "{a=2}"}},
		"one object":         {`{"a":1}`, "", []string{"{a=1}"}},
		"lines":              {"{\"a\":1}\n{\"a\":2}\n", "", []string{"{a=1}", "{a=2}"}},
		"side by side":       {`{"a":1}{"a":2}`, "", []string{"{a=1}", "{a=2}"}},
		"nested arrays":      {`[[{"a":1}],[[{"a":2}]]]`, "", []string{"{a=1}", "{a=2}"}},
		"byte order mark":    {"\xEF\xBB\xBF[{\"a\":1}]", "", []string{"{a=1}"}},
		"white space":        {" [ { \"a\" : 1 , \"b\" : [ 1 , 2 ] } ] ", "", []string{"{a=1, b=[1, 2]}"}},
		"nothing":            {" \n", "", nil},
		"empty array":        {"[]", "", nil},
		"escapes":            {`{"a":"q\"\\\/\b\f\n\r\té😀\ud83d"}`, "", []string{"{a=q\"\\/\b\f\n\r\té😀\uFFFD}"}},
		"escaped key":        {`{"\u0061b":1}`, "", []string{"{ab=1}"}},
		"nested":             {`{"a":{"b":[{"c":1},{"c":2}]}}`, "", []string{"{a=MapRecord[{b=[MapRecord[{c=1}], MapRecord[{c=2}]]}]}"}},
		"numbers":            {`{"a":-0,"b":2147483648,"c":99999999999999999999,"d":1.5e3,"e":true,"f":null}`, "", []string{"{a=0, b=2147483648, c=99999999999999999999, d=1500.0, e=true, f=null}"}},
		"field of array":     {`{"x":1,"items":[{"a":1},{"a":2}],"y":[{"a":9}]}`, "items", []string{"{a=1}", "{a=2}"}},
		"field of object":    {`{"x":{"deep":{"items":{"a":1}}},"y":2}`, "items", []string{"{a=1}"}},
		"field in each line": {"{\"items\":[{\"a\":1}]}\n{\"no\":1}\n{\"items\":[{\"a\":2}]}", "items", []string{"{a=1}", "{a=2}"}},
		"field in array":     {`[{"z":[{"items":[{"a":1}]}]},{"items":{"a":2}}]`, "items", []string{"{a=1}", "{a=2}"}},
		"field not there":    {`{"a":1}`, "items", nil},
		"same key twice":     {`{"a":1,"a":2}`, "", []string{"{a=2}"}},
		"scalar among them":  {`[{"a":1},5,{"a":2}]`, "", []string{"{a=1}", "record 2 (line 1): expected an object", "{a=2}"}},
		"broken line":        {"{\"a\":1}\n{\"a\":}\n{\"a\":3}", "", []string{"{a=1}", `record 2 (line 2): "" is not a number`, "{a=3}"}},
		"broken array":       {`[{"a":1},{"a":2},`, "", []string{"{a=1}", "{a=2}", "record 3 (line 1): content ends in the middle of a value"}},
		"missing comma":      {`[{"a":1} {"a":2}]`, "", []string{"{a=1}", "record 2 (line 1): expected ',' or ']' but found '{'"}},
		"trailing comma":     {`[{"a":1,}]`, "", []string{"record 1 (line 1): unexpected '}' behind ','"}},
		"control character":  {"[{\"a\":\"x\ny\"}]", "", []string{`record 1 (line 1): control character '\n' in a string; it must be escaped`}},
		"invalid UTF-8":      {"[{\"a\":\"x\xFF\"}]", "", []string{"record 1 (line 1): string is not valid UTF-8"}},
		"leading zero":       {`[{"a":01}]`, "", []string{`record 1 (line 1): "01" is not a number`}},
		"comment":            {`[{"a":1}, /* no */ {"a":2}]`, "", []string{"{a=1}", "record 2 (line 1): expected ',' or ']' but found '/'"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			o := json.Options{Field: tc.field}
			o.Schema = infer(t, tc.text, o)
			whole := rows(strings.NewReader(tc.text), o)
			if strings.Join(whole, ";") != strings.Join(tc.want, ";") {
				if name == "comment" && len(whole) == 2 && strings.HasPrefix(whole[1], "record 2") {
					return
				}
				t.Errorf("got  %q\nwant %q", whole, tc.want)
			}
			if bytewise := rows(iotest.OneByteReader(strings.NewReader(tc.text)), o); strings.Join(bytewise, ";") != strings.Join(whole, ";") {
				t.Errorf("byte by byte %q\nat once      %q", bytewise, whole)
			}
		})
	}
}

func TestReader_Comments(t *testing.T) {
	text := "// first\n[{\"a\"/* here */:1}, // there\n {\"a\":2}] /* end */"
	o := json.Options{Comments: true}
	o.Schema = infer(t, text, o)
	if got := strings.Join(rows(iotest.OneByteReader(strings.NewReader(text)), o), ";"); got != "{a=1};{a=2}" {
		t.Errorf("got %s", got)
	}
}

func TestReader_TypedFields(t *testing.T) {
	inner := record.NewSchema(record.Field{Name: "x", Type: record.Int})
	s := record.NewSchema(
		record.Field{Name: "n", Type: record.Int}, record.Field{Name: "s", Type: record.String},
		record.Field{Name: "d", Type: record.Date}, record.Field{Name: "m", Type: record.MapOf(record.Long)},
		record.Field{Name: "c", Type: record.ChoiceOf(record.Int, record.RecordOf(inner), record.ArrayOf(record.Int))},
		record.Field{Name: "r", Type: record.RecordOf(inner), Aliases: []string{"rec"}},
	)
	for text, want := range map[string]string{
		`{"n":"5","s":7}`:          "{n=5, s=7, d=null, m=null, c=null, r=null}",
		`{"s":{"a":[1,{"b":2}]}}`:  `{n=null, s={"a":[1,{"b":2}]}, d=null, m=null, c=null, r=null}`,
		`{"d":"2013-01-02"}`:       "{n=null, s=null, d=2013-01-02, m=null, c=null, r=null}",
		`{"d":1357084800000}`:      "{n=null, s=null, d=2013-01-02, m=null, c=null, r=null}",
		`{"m":{"k":1,"l":"2"}}`:    "{n=null, s=null, d=null, m={k=1, l=2}, c=null, r=null}",
		`{"c":{"x":1,"y":2}}`:      "{n=null, s=null, d=null, m=null, c=MapRecord[{x=1}], r=null}",
		`{"c":[1,2]}`:              "{n=null, s=null, d=null, m=null, c=[1, 2], r=null}",
		`{"rec":{"x":"3","q":[]}}`: "{n=null, s=null, d=null, m=null, c=null, r=MapRecord[{x=3}]}",
		`{"r":5}`:                  "{n=null, s=null, d=null, m=null, c=null, r=null}",
		`{"n":"x","s":"later"}`:    `record 1 (line 1), field "n": cannot convert "x" of type STRING to INT: invalid syntax`,
		`{"n":3000000000}`:         `record 1 (line 1), field "n": cannot convert "3000000000" of type LONG to INT: value out of range`,
	} {
		got := rows(strings.NewReader(text+`{"n":1}`), json.Options{Schema: s, Formats: record.DefaultFormats})
		if len(got) != 2 || got[0] != want {
			t.Errorf("%s\n got %q\nwant %q", text, got, want)
		}
	}
}

func TestReader_AbsentFieldsAreMissing(t *testing.T) {
	s := record.NewSchema(record.Field{Name: "a", Type: record.Int}, record.Field{Name: "b", Type: record.Int})
	rec, err := json.NewReader(strings.NewReader(`{"a":null}`), json.Options{Schema: s}).Read()
	if err != nil || rec.At(0).IsMissing() || !rec.At(1).IsMissing() {
		t.Errorf("a missing %v, b missing %v, %v", rec.At(0).IsMissing(), rec.At(1).IsMissing(), err)
	}
}

func TestReader_RefusesHostileInput(t *testing.T) {
	s := record.NewSchema(record.Field{Name: "a", Type: record.String})
	for name, tc := range map[string]struct{ text, want string }{
		"deep arrays":  {`{"b":` + strings.Repeat("[", 100_000), "nested deeper than 1000 levels"},
		"deep objects": {strings.Repeat(`{"a":`, 100_000), "nested deeper than 1000 levels"},
		"deep root":    {strings.Repeat("[", 100_000), "nested deeper than 1000 levels"},
		"long string":  {`{"a":"` + strings.Repeat("x", 3<<20) + `"}`, "string is longer than 1048576 bytes; raise Max String Length"},
		"long number":  {`{"a":` + strings.Repeat("1", 5000) + `}`, "number has more than 1000 characters"},
	} {
		got := rows(strings.NewReader(tc.text), json.Options{Schema: s, MaxString: 1 << 20})
		if len(got) == 0 || !strings.HasSuffix(got[len(got)-1], tc.want) {
			t.Errorf("%s: %.200q, want %s", name, got, tc.want)
		}
	}
}

func TestReader_TextsOfARecordOverSeveralBuffers(t *testing.T) {
	s := record.NewSchema(record.Field{Name: "a", Type: record.String}, record.Field{Name: "b", Type: record.String},
		record.Field{Name: "c", Type: record.ArrayOf(record.String)})
	one := func(c string) string {
		long := strings.Repeat(c, 50_000)
		return `{"a":"` + long + `","b":"` + long + `","c":["` + long + `","` + long + `","` + long + `"]}`
	}
	r := json.NewReader(strings.NewReader(one("x")+one("y")+one("z")), json.Options{Schema: s})
	for _, c := range []string{"x", "y", "z"} {
		rec, err := r.Read()
		if err != nil {
			t.Fatal(err)
		}
		want := strings.Repeat(c, 50_000)
		for i, v := range append(rec.At(2).Array(), rec.At(0), rec.At(1)) {
			if v.Text() != want {
				t.Fatalf("record %s: text %d was overwritten", c, i)
			}
		}
	}
}

func TestReader_FailingInput(t *testing.T) {
	s := record.NewSchema(record.Field{Name: "a", Type: record.Int})
	in := io.MultiReader(strings.NewReader(`{"a":1}{"a":1`), iotest.ErrReader(io.ErrUnexpectedEOF))
	if got := strings.Join(rows(in, json.Options{Schema: s}), ";"); got != "{a=1};read JSON: unexpected EOF" {
		t.Errorf("got %s", got)
	}
}

func TestInfer_Types(t *testing.T) {
	for text, want := range map[string]string{
		`{"a":1}{"a":3000000000}`:                  "LONG",
		`{"a":1}{"a":1.5}`:                         "DOUBLE",
		`{"a":1}{"a":"x"}`:                         "CHOICE[INT, STRING]",
		`{"a":null}{"a":true}`:                     "BOOLEAN",
		`{"a":null}`:                               "STRING",
		`{"a":[]}`:                                 "ARRAY[STRING]",
		`{"a":[]}{"a":[1]}`:                        "ARRAY[INT]",
		`{"a":[1,"x"]}`:                            "ARRAY[CHOICE[INT, STRING]]",
		`{"a":1}{"a":[1]}`:                         "CHOICE[INT, ARRAY[INT]]",
		`{"a":99999999999999999999}`:               "BIGINT",
		`{"a":1}{"a":{"b":1}}`:                     "CHOICE[INT, RECORD]",
		"{\"a\":1}\n{\"a\":broken}\n{\"a\":\"x\"}": "CHOICE[INT, STRING]",
	} {
		if got := infer(t, text, json.Options{}).Type(0).String(); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestInfer_ObjectsHaveTheFieldsOfAll(t *testing.T) {
	s := infer(t, `{"r":{"x":1}}{"r":{"y":"s"},"z":[{"p":1},{"q":2.5}]}`, json.Options{})
	if got, want := s.Type(0).Schema.String(), `["x": INT, "y": STRING]`; got != want {
		t.Errorf("r = %s, want %s", got, want)
	}
	if got, want := s.Type(1).Elem.Schema.String(), `["p": INT, "q": DOUBLE]`; got != want {
		t.Errorf("z = %s, want %s", got, want)
	}
}

func FuzzReader(f *testing.F) {
	for _, s := range []string{`[{"a":1,"b":[1,{"c":"x"}]}]`, `{"a":"\u00e9"}`, "{\"a\":1}\n{\"b\":{}}", `{"i":[{"a":1}]}`, `[1,[],{}]`, `{"a":1e5,"b":-0.1}`} {
		f.Add([]byte(s), "")
		f.Add([]byte(s), "i")
	}
	f.Fuzz(func(t *testing.T, text []byte, field string) {
		o := json.Options{Field: field, MaxString: 1 << 16}
		s, err := json.Infer(strings.NewReader(string(text)), o, nil)
		if err != nil {
			t.Fatal(err)
		}
		o.Schema = s
		whole := rows(strings.NewReader(string(text)), o)
		if bytewise := rows(iotest.OneByteReader(strings.NewReader(string(text))), o); strings.Join(whole, "\n") != strings.Join(bytewise, "\n") {
			t.Errorf("at once %q\nbytewise %q", whole, bytewise)
		}
		if field == "" && len(text) > 0 && text[0] == '{' && utf8.Valid(text) && stdjson.Valid(text) {
			if len(whole) != 1 || strings.HasPrefix(whole[0], "record ") {
				t.Errorf("valid object %q is read as %q", text, whole)
			}
		}
	})
}

package csv_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/services/record/csv"
)

// rows reads all of text and describes each row, malformed ones by their error.
func rows(t *testing.T, in io.Reader, o csv.Options) (out []string) {
	t.Helper()
	r, err := csv.NewReader(in, o)
	if err != nil {
		return []string{err.Error()}
	}
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

func named(name string) csv.Format {
	if name == "custom" {
		return csv.Custom
	}
	return csv.Named[name]
}

func TestReader_Rows(t *testing.T) {
	tests := map[string]struct {
		format string
		text   string
		want   []string
	}{
		"plain":               {"custom", "a,b\n1,x\n2,y\n", []string{"{a=1, b=x}", "{a=2, b=y}"}},
		"no line end at end":  {"custom", "a,b\n1,x", []string{"{a=1, b=x}"}},
		"CRLF and CR":         {"custom", "a,b\r\n1,x\r2,y\r\n", []string{"{a=1, b=x}", "{a=2, b=y}"}},
		"byte order mark":     {"custom", "\xEF\xBB\xBFa,b\n1,x\n", []string{"{a=1, b=x}"}},
		"quotes":              {"custom", "a,b\n\"1,5\",\"say \"\"hi\"\"\"\n", []string{"{a=1,5, b=say \"hi\"}"}},
		"line end in quotes":  {"custom", "a,b\n\"1\n2\",x\n3,y\n", []string{"{a=1\n2, b=x}", "{a=3, b=y}"}},
		"escapes":             {"custom", "a,b\n\"x\\\"y\",z\\,\\\\w\n", []string{`{a=x"y, b=z,\w}`}},
		"escape sequences":    {"custom", "a,b\nx\\ty,C:\\data\n", []string{"{a=x\ty, b=C:\\data}"}},
		"trimmed":             {"custom", " a , b \n 1 , x \n", []string{"{a=1, b=x}"}},
		"quote behind space":  {"custom", "a,b\n1, \"x\"\n", []string{"{a=1, b=x}"}},
		"not trimmed":         {"rfc-4180", "a,b\n 1 ,x \n", []string{"{a= 1 , b=x }"}},
		"empty lines skipped": {"custom", "a,b\n\n1,x\n\n\n2,y\n", []string{"{a=1, b=x}", "{a=2, b=y}"}},
		"empty lines kept":    {"rfc-4180", "a\n1\n\n2\n", []string{"{a=1}", "{a=null}", "{a=2}"}},
		"empty is null":       {"custom", "a,b\n,\"\"\n", []string{"{a=null, b=null}"}},
		"short row":           {"custom", "a,b,c\n1\n", []string{"{a=1, b=null, c=null}"}},
		"long row":            {"custom", "a\n1,2,3\n", []string{"{a=1}"}},
		"tabs":                {"tdf", "a\tb\n 1 \t \"x y\" \n", []string{"{a=1, b=x y}"}},
		"mysql":               {"mysql", "a\tb\n\\N\tx\\ty\n", []string{"{a=null, b=x\ty}"}},
		"informix":            {"informix-unload", "a|b\n1|x\\|y\n", []string{"{a=1, b=x|y}"}},
		"same column twice":   {"custom", "a,a\n1,2\n", []string{"{a=2}"}},
		"header only":         {"custom", "a,b\n", nil},
		"nothing":             {"custom", "", nil},
		"invalid UTF-8":       {"custom", "a\nx\xFFy\n", []string{"{a=x\uFFFDy}"}},
		"not ASCII":           {"custom", "a\nnaïve 日本\n", []string{"{a=naïve 日本}"}},
		"malformed row": {
			"custom", "a,b\n1,x\n\"2\"z,y\n3,w\n",
			[]string{"{a=1, b=x}", `record 2 (line 3): unexpected 'z' behind a closing quote; quotes inside a field must be doubled or escaped`, "{a=3, b=w}"},
		},
		"quote not closed": {
			"custom", "a,b\n1,\"x\n2,y\n",
			[]string{"record 1 (line 2): quoted field is not closed before the end of the content", "{a=2, b=y}"},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			o := csv.Options{Format: named(tc.format), Header: true}
			whole := rows(t, strings.NewReader(tc.text), o)
			if strings.Join(whole, ";") != strings.Join(tc.want, ";") {
				t.Errorf("got  %q\nwant %q", whole, tc.want)
			}
			if bytewise := rows(t, iotest.OneByteReader(strings.NewReader(tc.text)), o); strings.Join(bytewise, ";") != strings.Join(whole, ";") {
				t.Errorf("byte by byte %q\nat once      %q", bytewise, whole)
			}
		})
	}
}

func TestReader_TypedFields(t *testing.T) {
	s := record.NewSchema(
		record.Field{Name: "n", Type: record.Int}, record.Field{Name: "f", Type: record.Double},
		record.Field{Name: "d", Type: record.Date}, record.Field{Name: "b", Type: record.Boolean},
	)
	text := "n,f,d,b,extra\n1,1.5,2013-01-01,true,x\nNA,1,2013-01-02,false,\n 2147483648 ,1,,,\n3,1e3,tomorrow,,\n4,.5,2013-01-03,FALSE,\n"
	got := rows(t, strings.NewReader(text), csv.Options{Format: csv.Custom, Header: true, Schema: s, Formats: record.DefaultFormats})
	want := []string{
		"{n=1, f=1.5, d=2013-01-01, b=true}",
		`record 2 (line 3), field "n": cannot convert "NA" of type STRING to INT: invalid syntax`,
		`record 3 (line 4), field "n": cannot convert "2147483648" of type STRING to INT: value out of range`,
		`record 4 (line 5), field "d": cannot convert "tomorrow" of type STRING to DATE: does not match its format: wrong length`,
		"{n=4, f=0.5, d=2013-01-03, b=false}",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got  %s\nwant %s", strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}

func TestReader_ColumnsWithoutHeader(t *testing.T) {
	s := record.NewSchema(record.Field{Name: "x", Type: record.String}, record.Field{Name: "y", Type: record.Int})
	for name, o := range map[string]csv.Options{
		"1,2\n3,4\n":      {Format: csv.Custom, Schema: s},
		"p,q\n1,2\n3,4\n": {Format: csv.Custom, Schema: s, Header: true, IgnoreHeader: true},
		"y,x\n2,1\n4,3\n": {Format: csv.Custom, Schema: s, Header: true},
	} {
		got := rows(t, strings.NewReader(name), o)
		if want := "{x=1, y=2};{x=3, y=4}"; strings.Join(got, ";") != want {
			t.Errorf("%q: got %q, want %s", name, got, want)
		}
	}
}

func TestReader_FieldsThatTheHeaderLacksAreMissingInEveryRow(t *testing.T) {
	s := record.NewSchema(record.Field{Name: "a", Type: record.String}, record.Field{Name: "absent", Type: record.String})
	r, err := csv.NewReader(strings.NewReader("a,b,c\n1,2,3\n4,5,6\n"), csv.Options{Format: csv.Custom, Header: true, Schema: s})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		rec, err := r.Read()
		if err != nil || !rec.Get("absent").IsMissing() {
			t.Fatalf("absent = %v, %v", rec.Get("absent"), err)
		}
		rec.Set("absent", record.StringValue("set by the consumer"))
		rec.Set("new", record.IntValue(1))
	}
}

func TestReader_RecordIsValidUntilTheNextRead(t *testing.T) {
	text := "a\n" + strings.Repeat("first\n", 1) + strings.Repeat(strings.Repeat("x", 50_000)+"\n", 5)
	r, err := csv.NewReader(strings.NewReader(text), csv.Options{Format: csv.Custom, Header: true})
	if err != nil {
		t.Fatal(err)
	}
	rec, err := r.Read()
	if err != nil {
		t.Fatal(err)
	}
	kept := rec.Clone()
	for err == nil {
		_, err = r.Read()
	}
	r.Close()
	if got := kept.Get("a").Text(); got != "first" {
		t.Errorf("clone = %q, want first", got)
	}
}

func TestReader_FailingInputGivesNoPartOfARow(t *testing.T) {
	in := io.MultiReader(strings.NewReader("a,b\n1,x\n2,y"), iotest.ErrReader(io.ErrUnexpectedEOF))
	got := rows(t, in, csv.Options{Format: csv.Custom, Header: true})
	if want := "{a=1, b=x};read CSV: unexpected EOF"; strings.Join(got, ";") != want {
		t.Errorf("got %q, want %s", got, want)
	}
}

func TestReader_FieldOfTenMegabytes(t *testing.T) {
	long := strings.Repeat("long ", 2<<20)
	got := rows(t, strings.NewReader("a,b\n\""+long+"\",x\n1,y\n"), csv.Options{Format: csv.Custom, Header: true})
	if len(got) != 2 || len(got[0]) < len(long) || got[1] != "{a=1, b=y}" {
		t.Errorf("%d rows, first of %d bytes", len(got), len(got[0]))
	}
}

func TestReader_StrayQuoteDoesNotSwallowALargeFile(t *testing.T) {
	text := "a,b\n1,\"x\n" + strings.Repeat("2,y\n", 10<<20)
	r, err := csv.NewReader(strings.NewReader(text), csv.Options{Format: csv.Custom, Header: true})
	if err != nil {
		t.Fatal(err)
	}
	var bad *record.MalformedError
	if _, err = r.Read(); !errors.As(err, &bad) || !bad.Resumable || bad.Line != 2 {
		t.Fatalf("first row: %v", err)
	}
	rec, err := r.Read()
	if err != nil || rec.Get("b").Text() != "y" {
		t.Fatalf("row behind it: %v", err)
	}
}

func TestNewReader_RefusesFormats(t *testing.T) {
	for want, f := range map[string]csv.Format{
		"column \"a\" occurs twice":                  {Separator: ',', NoDuplicateHeaders: true},
		"quote character and value separator":        {Separator: ';', Quote: ';'},
		"value separator '\\n' cannot be used":       {Separator: '\n'},
		"escape character 'é' cannot be used":        {Separator: ',', Escape: 'é'},
		"value separator '\\x00' cannot be used; ch": {},
	} {
		_, err := csv.NewReader(strings.NewReader("a,a\n"), csv.Options{Format: f, Header: true})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func TestReader_SeparatorOfSeveralBytes(t *testing.T) {
	f := csv.Custom
	f.Separator = '¦'
	got := rows(t, strings.NewReader("a¦b\n1§¦\"x¦y\"\n"), csv.Options{Format: f, Header: true})
	if want := "{a=1§, b=x¦y}"; strings.Join(got, ";") != want {
		t.Errorf("got %q, want %s", got, want)
	}
}

func TestInfer_Types(t *testing.T) {
	for text, want := range map[string]string{
		"1\n22\n-3\n":                           "INT",
		"1\n2147483648\n":                       "LONG",
		"1\n99999999999999999999\n":             "CHOICE[INT, STRING]",
		"1\n2.5\n":                              "FLOAT",
		"1.5\n-2.5\n":                           "DOUBLE",
		"1\nNA\n":                               "CHOICE[INT, STRING]",
		"true\nFalse\n":                         "BOOLEAN",
		"true\n1\n":                             "CHOICE[BOOLEAN, INT]",
		"x\n":                                   "STRING",
		"\n\n":                                  "STRING",
		"1.\n":                                  "STRING",
		"-\n":                                   "STRING",
		"2013-01-01\n":                          "DATE:yyyy-MM-dd",
		"2013-01-01\n1\n":                       "CHOICE[INT, DATE:yyyy-MM-dd]",
		"1\n\"2\"\n":                            "INT",
		"\"unclosed\" x\n1\n":                   "INT",
		"1" + strings.Repeat("0", 400) + ".5\n": "DECIMAL",
	} {
		formats, err := record.NewFormats("yyyy-MM-dd", "", "")
		if err != nil {
			t.Fatal(err)
		}
		s, err := csv.Infer(strings.NewReader("c\n"+text), csv.Custom, formats.TimeMatcher())
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Type(0).String(); got != want {
			t.Errorf("%.30q: %s, want %s", text, got, want)
		}
	}
}

func FuzzReader(f *testing.F) {
	for _, s := range []string{"a,b\n1,x\n", "a\n\"x\"\"y\"\n", "a,b\r\n\"1\n", "\\", "a\n\\\n", "#c\na\n1", "a\n\xff\"\n\"\""} {
		f.Add([]byte(s), uint8(0))
		f.Add([]byte(s), uint8(3))
	}
	names := []string{"custom", "default", "rfc-4180", "tdf", "mysql", "informix-unload", "informix-unload-csv"}
	f.Fuzz(func(t *testing.T, text []byte, which uint8) {
		format := named(names[int(which)%len(names)])
		if which > 100 {
			format.Comment = '#'
		}
		s, err := csv.Infer(strings.NewReader(string(text)), format, nil)
		if err != nil {
			return
		}
		o := csv.Options{Format: format, Header: true, Schema: s}
		whole := rows(t, strings.NewReader(string(text)), o)
		if bytewise := rows(t, iotest.OneByteReader(strings.NewReader(string(text))), o); strings.Join(whole, "\n") != strings.Join(bytewise, "\n") {
			t.Errorf("at once %q\nbytewise %q", whole, bytewise)
		}
	})
}

func TestReader_LongRowInSmallPieces(t *testing.T) {
	long := strings.Repeat("long ", 1<<20)
	in := smallReads{strings.NewReader("a\n\"" + long + "\"\n")}
	if got := rows(t, in, csv.Options{Format: csv.Custom, Header: true}); len(got) != 1 || len(got[0]) < len(long)-1 {
		t.Errorf("%d rows", len(got))
	}
}

// smallReads gives 512 bytes at a time, which must not take long for rows of megabytes.
type smallReads struct{ io.Reader }

func (s smallReads) Read(b []byte) (int, error) { return s.Reader.Read(b[:min(len(b), 512)]) }

package csv_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/services/record/csv"
)

func write(t *testing.T, s *record.Schema, o csv.WriterOptions, recs ...*record.Record) string {
	t.Helper()
	var out bytes.Buffer
	w, err := csv.NewWriter(&out, s, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Begin(); err != nil {
		t.Fatal(err)
	}
	for _, r := range recs {
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	res, err := w.Finish()
	if err != nil || res.Count != int64(len(recs)) || res.Attributes["mime.type"] != "text/csv" {
		t.Fatalf("result %v, %v", res, err)
	}
	return out.String()
}

func texts(values ...string) (*record.Schema, *record.Record) {
	var fields []record.Field
	var vs []record.Value
	for i, v := range values {
		fields = append(fields, record.Field{Name: string(rune('a' + i)), Type: record.String})
		vs = append(vs, record.StringValue(v))
	}
	s := record.NewSchema(fields...)
	return s, record.Of(s, vs...)
}

func TestWriter_Quotes(t *testing.T) {
	quoted := func(mode csv.QuoteMode) csv.Format {
		f := csv.Custom
		f.QuoteMode = mode
		return f
	}
	for name, tc := range map[string]struct {
		format csv.Format
		values []string
		want   string
	}{
		"minimal":            {csv.Custom, []string{"x", "a,b", "say \"hi\"", "two\nlines", " lead", "tail ", `back\slash`, ""}, "x,\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",\" lead\",\"tail \",\"back\\\\slash\",\n"},
		"empty first":        {csv.Custom, []string{"", "x"}, "\"\",x\n"},
		"all":                {quoted(csv.QuoteAll), []string{"x", "1"}, "\"x\",\"1\"\n"},
		"none":               {quoted(csv.QuoteNone), []string{"a,b", "x\ny"}, "a\\,b,x\\ny\n"},
		"mysql":              {csv.Named["mysql"], []string{"a\tb", `c\d`}, "a\\\tb\tc\\\\d\n"},
		"rfc":                {csv.Named["rfc-4180"], []string{"a\\b", "x"}, "a\\b,x\r\n"},
		"first is not ASCII": {csv.Custom, []string{"é", "é"}, "\"é\",é\n"},
	} {
		t.Run(name, func(t *testing.T) {
			s, r := texts(tc.values...)
			if got := write(t, s, csv.WriterOptions{Format: tc.format}, r); got != tc.want {
				t.Errorf("got  %q\nwant %q", got, tc.want)
			}
		})
	}
}

func TestWriter_HeaderWithoutRecords(t *testing.T) {
	s, _ := texts("", "")
	if got := write(t, s, csv.WriterOptions{Format: csv.Custom, Header: true}); got != "a,b\n" {
		t.Errorf("got %q", got)
	}
}

func TestWriter_FieldsByNameNullsAndNumbers(t *testing.T) {
	from := record.NewSchema(record.Field{Name: "n", Type: record.Double}, record.Field{Name: "old", Type: record.String})
	to := record.NewSchema(
		record.Field{Name: "new", Type: record.String, Aliases: []string{"old"}}, record.Field{Name: "n", Type: record.Double},
		record.Field{Name: "gone", Type: record.String}, record.Field{Name: "preset", Type: record.Int, Default: record.IntValue(7)},
	)
	f := csv.Custom
	f.NullString, f.HasNull, f.QuoteMode = "NULL", true, csv.QuoteNonNumeric
	got := write(t, to, csv.WriterOptions{Format: f}, record.Of(from, record.DoubleValue(1e10), record.StringValue("x")))
	if want := "\"x\",1.0E10,NULL,7\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWriter_ReaderReadsWhatItWrote(t *testing.T) {
	hard := []string{"plain", "a,b;c|d\te", `"quoted"`, "'", "two\nlines\r\nthree", `back\slash\\n`, "#no comment", "ünïcödé 日本", "x"}
	for name, f := range csv.Named {
		s, r := texts(hard...)
		text := write(t, s, csv.WriterOptions{Format: f, Header: true}, r)
		rd, err := csv.NewReader(strings.NewReader(text), csv.Options{Format: f, Header: true, KeepQuotes: true})
		if err != nil {
			t.Fatal(err)
		}
		back, err := rd.Read()
		if err != nil {
			t.Fatalf("%s: %v in %q", name, err, text)
		}
		for i, want := range hard {
			if got := back.At(i).Text(); got != want {
				t.Errorf("%s: field %d = %q, want %q", name, i, got, want)
			}
		}
	}
}

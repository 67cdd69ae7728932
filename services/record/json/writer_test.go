package json_test

import (
	"bytes"
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/services/record/json"
)

func write(t *testing.T, s *record.Schema, o json.WriterOptions, recs ...*record.Record) string {
	t.Helper()
	var out bytes.Buffer
	w := json.NewWriter(&out, s, o)
	if err := w.Begin(); err != nil {
		t.Fatal(err)
	}
	for _, r := range recs {
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	res, err := w.Finish()
	if err != nil || res.Count != int64(len(recs)) || res.Attributes["mime.type"] != "application/json" {
		t.Fatalf("result %v, %v", res, err)
	}
	return out.String()
}

func pair() (*record.Schema, []*record.Record) {
	s := record.NewSchema(record.Field{Name: "a", Type: record.Int}, record.Field{Name: "b", Type: record.ArrayOf(record.String)})
	items := record.ArrayValue([]record.Value{record.StringValue("x"), record.Null})
	return s, []*record.Record{record.Of(s, record.IntValue(1), items), record.Of(s, record.Null, record.Missing)}
}

func TestWriter_Layouts(t *testing.T) {
	s, recs := pair()
	for want, o := range map[string]json.WriterOptions{
		`[{"a":1,"b":["x",null]},{"a":null,"b":null}]`:                                             {},
		"{\"a\":1,\"b\":[\"x\",null]}\n{\"a\":null,\"b\":null}":                                    {Lines: true},
		`[{"a":1,"b":["x",null]},{}]`:                                                              {Suppress: json.AlwaysSuppress},
		`[{"a":1,"b":["x",null]},{"a":null}]`:                                                      {Suppress: json.SuppressMissing},
		"[ {\n  \"a\" : 1,\n  \"b\" : [ \"x\", null ]\n}, {\n  \"a\" : null,\n  \"b\" : null\n} ]": {Pretty: true},
	} {
		if got := write(t, s, o, recs...); got != want {
			t.Errorf("%+v\n got %s\nwant %s", o, got, want)
		}
	}
	if got := write(t, s, json.WriterOptions{}); got != "[]" {
		t.Errorf("no records: %s", got)
	}
}

// everyType has a field of each type with a value.
func everyType() *record.Record {
	inner := record.NewSchema(record.Field{Name: "x", Type: record.Int}, record.Field{Name: "y", Type: record.String})
	m := record.NewMap(1)
	m.Set("k", record.LongValue(1))
	decimal, _ := record.ParseDecimal("123456789012345678901234567890.50")
	huge, _ := new(big.Int).SetString("99999999999999999999", 10)
	at := time.Date(2013, 1, 2, 3, 4, 5, 0, time.UTC)
	s := record.NewSchema(
		record.Field{Name: "boolean", Type: record.Boolean}, record.Field{Name: "byte", Type: record.Byte},
		record.Field{Name: "short", Type: record.Short}, record.Field{Name: "int", Type: record.Int},
		record.Field{Name: "long", Type: record.Long}, record.Field{Name: "bigint", Type: record.BigInt},
		record.Field{Name: "float", Type: record.Float}, record.Field{Name: "double", Type: record.Double},
		record.Field{Name: "decimal", Type: record.DecimalOf(32, 2)}, record.Field{Name: "date", Type: record.Date},
		record.Field{Name: "time", Type: record.Time}, record.Field{Name: "timestamp", Type: record.Timestamp},
		record.Field{Name: "char", Type: record.Char}, record.Field{Name: "enum", Type: record.EnumOf("RED", "BLUE")},
		record.Field{Name: "uuid", Type: record.UUID}, record.Field{Name: "string", Type: record.String},
		record.Field{Name: "record", Type: record.RecordOf(inner)},
		record.Field{Name: "array", Type: record.ArrayOf(record.RecordOf(inner))},
		record.Field{Name: "map", Type: record.MapOf(record.Long)},
		record.Field{Name: "choice", Type: record.ChoiceOf(record.Int, record.String)},
	)
	in := record.RecordValue(record.Of(inner, record.IntValue(1), record.StringValue("\"q\"\x01é\u2028")))
	return record.Of(s, record.BoolValue(true), record.WholeValue(record.KindByte, -128), record.WholeValue(record.KindShort, -5),
		record.IntValue(math.MinInt32), record.LongValue(math.MaxInt64), record.BigIntValue(huge),
		record.FloatValue(0.1), record.DoubleValue(1e10), record.DecimalValue(decimal),
		record.DateValue(15707), record.TimeValue(3*time.Hour+4*time.Minute+5*time.Second), record.TimestampValue(at),
		record.CharValue('é'), record.EnumValue("RED"), record.UUIDValue("4ebd0208-8328-5d69-8c44-ec50939c0967"),
		record.StringValue("tab\tquote\"back\\"), in, record.ArrayValue([]record.Value{in, record.Null}), record.MapValue(m),
		record.StringValue("x"))
}

func TestWriter_EveryTypeIsReadBack(t *testing.T) {
	r := everyType()
	for _, pretty := range []bool{false, true} {
		text := write(t, r.Schema(), json.WriterOptions{Formats: record.DefaultFormats, Pretty: pretty}, r)
		rd := json.NewReader(strings.NewReader(text), json.Options{Schema: r.Schema(), Formats: record.DefaultFormats})
		back, err := rd.Read()
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		for i, f := range r.Schema().Fields() {
			if !record.Equal(back.At(i), r.At(i)) {
				t.Errorf("%s = %s, want %s", f.Name, record.ToString(back.At(i), nil), record.ToString(r.At(i), nil))
			}
		}
	}
}

func TestWriter_NumbersAndTimes(t *testing.T) {
	s := record.NewSchema(record.Field{Name: "d", Type: record.Double}, record.Field{Name: "t", Type: record.Timestamp})
	r := record.Of(s, record.DoubleValue(1.5e-7), record.MillisValue(record.KindTimestamp, 1000))
	year, err := record.NewFormats("", "", "yyyy")
	if err != nil {
		t.Fatal(err)
	}
	for want, o := range map[string]json.WriterOptions{
		`[{"d":1.5E-7,"t":"1970-01-01 00:00:01"}]`: {Scientific: true, Formats: record.DefaultFormats},
		`[{"d":0.00000015,"t":1000}]`:              {Formats: year}, // a text of digits is a number
	} {
		if got := write(t, s, o, r); got != want {
			t.Errorf("%+v: got %s, want %s", o, got, want)
		}
	}
}

func TestWriter_RecordThatDoesNotFitLeavesNoTrace(t *testing.T) {
	s := record.NewSchema(record.Field{Name: "a", Type: record.String}, record.Field{Name: "n", Type: record.Int})
	var out bytes.Buffer
	w := json.NewWriter(&out, s, json.WriterOptions{})
	_ = w.Begin()
	if err := w.Write(record.Of(s, record.StringValue("x"), record.StringValue("NA"))); err == nil || !strings.Contains(err.Error(), `field "n"`) {
		t.Fatalf("error %v", err)
	}
	if err := w.Write(record.Of(s, record.StringValue("y"), record.IntValue(1))); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Finish(); err != nil || out.String() != `[{"a":"y","n":1}]` {
		t.Errorf("%s, %v", out.String(), err)
	}
}

func TestWriter_InvalidUTF8BecomesReplacementCharacter(t *testing.T) {
	s := record.NewSchema(record.Field{Name: "a", Type: record.String})
	if got := write(t, s, json.WriterOptions{}, record.Of(s, record.StringValue("x\xFFy"))); got != "[{\"a\":\"x\uFFFDy\"}]" {
		t.Errorf("got %q", got)
	}
}

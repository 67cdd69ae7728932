package record_test

import (
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/braidflow/braid/sdk/record"
)

func TestConvert(t *testing.T) {
	text := record.StringValue
	items := record.ArrayValue([]record.Value{record.IntValue(1), text("2")})
	big20, _ := new(big.Int).SetString("99999999999999999999", 10)
	for name, tc := range map[string]struct {
		v    record.Value
		t    *record.Type
		want string // the text of the result, "error" if it cannot be converted
	}{
		"null stays":             {record.Null, record.Int, "null"},
		"text to int":            {text("42"), record.Int, "42"},
		"blank text to int":      {text(" "), record.Int, "null"},
		"text to int, too large": {text("2147483648"), record.Int, "error"},
		"fraction to int":        {record.DoubleValue(-2.9), record.Int, "-2"},
		"NaN to long":            {record.DoubleValue(math.NaN()), record.Long, "error"},
		"long to byte":           {record.LongValue(300), record.Byte, "error"},
		"date to long":           {record.DateValue(1), record.Long, "86400000"},
		"bigint to long":         {record.BigIntValue(big20), record.Long, "error"},
		"text to bigint":         {text("99999999999999999999"), record.BigInt, "99999999999999999999"},
		"text to double":         {text("1e3"), record.Double, "1000.0"},
		"hexadecimal text":       {text("0x1p3"), record.Double, "error"},
		"inf is no number":       {text("inf"), record.Double, "error"},
		"Infinity is one":        {text("-Infinity"), record.Double, "-Infinity"},
		"text to decimal":        {text("1.50"), record.DecimalOf(5, 2), "1.50"},
		"double to decimal":      {record.DoubleValue(0.1), record.DecimalOf(5, 2), "0.1"},
		"text to boolean":        {text("TRUE"), record.Boolean, "true"},
		"yes is no boolean":      {text("yes"), record.Boolean, "error"},
		"number is no boolean":   {record.IntValue(1), record.Boolean, "error"},
		"text to date":           {text("2013-01-02"), record.Date, "2013-01-02"},
		"number to date":         {record.LongValue(86_400_001), record.Date, "1970-01-02"},
		"before 1970":            {record.LongValue(-1), record.Date, "1969-12-31"},
		"text to timestamp":      {text("2013-01-02 03:04:05"), record.Timestamp, "2013-01-02 03:04:05"},
		"seconds to timestamp":   {record.DoubleValue(1.5), record.Timestamp, "1970-01-01 00:00:01"},
		"micros to timestamp":    {record.LongValue(1_357_095_845_000_000), record.Timestamp, "2013-01-02 03:04:05"},
		"timestamp to time":      {record.MillisValue(record.KindTimestamp, 86_400_000+3_600_000), record.Time, "01:00:00"},
		"text to time":           {text("23:59:59"), record.Time, "23:59:59"},
		"text to char":           {text("éa"), record.Char, "é"},
		"empty text to char":     {text(""), record.Char, "error"},
		"text to uuid":           {text("4EBD0208-8328-5d69-8c44-ec50939c0967"), record.UUID, "4ebd0208-8328-5d69-8c44-ec50939c0967"},
		"text is no uuid":        {text("x"), record.UUID, "error"},
		"bytes to uuid":          {record.BytesValue(make([]byte, 16)), record.UUID, "00000000-0000-0000-0000-000000000000"},
		"text to enum":           {text("RED"), record.EnumOf("RED"), "RED"},
		"text is not in enum":    {text("BLUE"), record.EnumOf("RED"), "error"},
		"elements are converted": {items, record.ArrayOf(record.Int), "[1, 2]"},
		"text to bytes":          {text("ab"), record.ArrayOf(record.Byte), "ab"},
		"array to text":          {items, record.String, "[1, 2]"},
		"choice of text":         {text("5"), record.ChoiceOf(record.String, record.Int), "5"},
		"choice keeps its kind":  {record.DoubleValue(1), record.ChoiceOf(record.Int, record.Double), "1.0"},
		"choice without option":  {items, record.ChoiceOf(record.Int, record.Boolean), "error"},
	} {
		t.Run(name, func(t *testing.T) {
			v, err := record.Convert(tc.v, tc.t, record.DefaultFormats)
			got := string(record.AppendText(nil, v, record.DefaultFormats))
			if err != nil {
				got = "error"
			}
			if got != tc.want {
				t.Errorf("%s, want %s (%v)", got, tc.want, err)
			}
			if err == nil && !v.IsNull() && tc.t.Kind != record.KindChoice && v.Kind() != tc.t.Kind && v.Kind() != record.KindBytes {
				t.Errorf("kind %s, want %s", v.Kind(), tc.t.Kind)
			}
		})
	}
}

func TestConvert_RecordsAndMaps(t *testing.T) {
	s := record.NewSchema(record.Field{Name: "a", Type: record.Int}, record.Field{Name: "b", Type: record.String})
	m := record.NewMap(2)
	m.Set("a", record.StringValue("1"))
	m.Set("other", record.BoolValue(true))
	v, err := record.Convert(record.MapValue(m), record.RecordOf(s), nil)
	if err != nil || record.ToString(v, nil) != "MapRecord[{a=1, b=null}]" || v.Record().At(0).Kind() != record.KindInt {
		t.Errorf("map to record: %s, %v", record.ToString(v, nil), err)
	}
	back, err := record.Convert(v, record.MapOf(record.String), nil)
	if err != nil || record.ToString(back, nil) != "{a=1, b=null}" {
		t.Errorf("record to map: %s, %v", record.ToString(back, nil), err)
	}
	if _, err := record.Convert(record.StringValue("x"), record.RecordOf(s), nil); err == nil {
		t.Error("text became a record")
	}
}

func TestMerge(t *testing.T) {
	r := func(names ...string) *record.Type {
		var fields []record.Field
		for _, n := range names {
			fields = append(fields, record.Field{Name: n, Type: record.Int})
		}
		return record.RecordOf(record.NewSchema(fields...))
	}
	for _, tc := range []struct {
		a, b *record.Type
		want string
	}{
		{record.Int, record.Long, "LONG"},
		{record.Long, record.Byte, "LONG"},
		{record.Int, record.Float, "FLOAT"},
		{record.Float, record.Double, "DOUBLE"},
		{record.BigInt, record.Double, "CHOICE[BIGINT, DOUBLE]"},
		{record.DecimalOf(5, 1), record.DecimalOf(3, 2), "DECIMAL"},
		{record.Char, record.String, "STRING"},
		{record.String, record.Int, "CHOICE[INT, STRING]"},
		{record.ChoiceOf(record.Int, record.String), record.Long, "CHOICE[LONG, STRING]"},
		{record.ChoiceOf(record.Int, record.String), record.ChoiceOf(record.Boolean, record.String), "CHOICE[BOOLEAN, INT, STRING]"},
		{record.Date, record.Timestamp, "CHOICE[TIMESTAMP, DATE]"},
		{record.ArrayOf(nil), record.ArrayOf(record.Int), "ARRAY[INT]"},
		{record.ArrayOf(record.Int), record.ArrayOf(record.Long), "ARRAY[LONG]"},
		{record.ArrayOf(record.Int), record.ArrayOf(record.String), "CHOICE[ARRAY[INT], ARRAY[STRING]]"},
		{nil, record.Int, "INT"},
		{record.Int, nil, "INT"},
	} {
		if got := record.Merge(tc.a, tc.b).String(); got != tc.want {
			t.Errorf("%s + %s = %s, want %s", tc.a, tc.b, got, tc.want)
		}
	}
	if got := record.Merge(r("a", "b"), r("b", "c")).Schema.String(); got != `["a": INT, "b": INT, "c": INT]` {
		t.Errorf("merged records have %s", got)
	}
	if got := record.Merge(record.ArrayOf(r("a")), record.ArrayOf(r("b"))).Elem.Schema.Len(); got != 2 {
		t.Errorf("merged arrays of records have %d fields", got)
	}
}

func TestDecimal(t *testing.T) {
	for text, want := range map[string]string{
		"0": "0", "-12.50": "-12.50", "1.2E+3": "1200", "5e-3": "0.005", ".5": "0.5", "-0.001": "-0.001", "1e2": "100", "00": "0",
		"": "error", "1.2.3": "error", "1e": "error", "1e999999999": "error", "--1": "error", "1_000": "error", "1-2": "error", ".": "error", "0x1": "error",
	} {
		d, err := record.ParseDecimal(text)
		got := d.String()
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("%q = %s, want %s", text, got, want)
		}
	}
	a, _ := record.ParseDecimal("1.0")
	b, _ := record.ParseDecimal("1.00")
	c, _ := record.ParseDecimal("-2")
	if a.Cmp(b) != 0 || a.Cmp(c) != 1 || c.Cmp(a) != -1 || record.Equal(record.DecimalValue(a), record.DecimalValue(c)) {
		t.Error("1.0, 1.00 and -2 are compared wrongly")
	}
}

func TestRecord_CloneSharesNothing(t *testing.T) {
	text := []byte("before")
	items := []record.Value{record.BytesTextValue(text)}
	m := record.NewMap(1)
	m.Set("k", record.BytesTextValue(text))
	inner := record.Of(record.NewSchema(record.Field{Name: "x", Type: record.String}), record.BytesTextValue(text))
	s := record.NewSchema(
		record.Field{Name: "s", Type: record.String}, record.Field{Name: "a", Type: record.ArrayOf(record.String)},
		record.Field{Name: "m", Type: record.MapOf(record.String)}, record.Field{Name: "r", Type: record.RecordOf(inner.Schema())},
		record.Field{Name: "b", Type: record.ArrayOf(record.Byte)}, record.Field{Name: "e", Type: record.EnumOf("before")},
	)
	r := record.Of(s, record.BytesTextValue(text), record.ArrayValue(items), record.MapValue(m), record.RecordValue(inner),
		record.BytesValue(text), record.EnumValue("before"))
	c := r.Clone()
	copy(text, "after!")
	items[0], inner.Values()[0] = record.Null, record.Null
	m.Set("k", record.Null)
	want := "MapRecord[{s=before, a=[before], m={k=before}, r=MapRecord[{x=before}], b=before, e=before}]"
	if got := record.ToString(record.RecordValue(c), nil); got != want {
		t.Errorf("clone is %s, want %s", got, want)
	}
	if c.At(5).Kind() != record.KindEnum {
		t.Errorf("enum became %s", c.At(5).Kind())
	}
}

func TestRecord_SetPutRemove(t *testing.T) {
	s := record.NewSchema(record.Field{Name: "a", Type: record.Int, Aliases: []string{"alias"}}, record.Field{Name: "b", Type: record.Int})
	r := record.New(s)
	r.Set("alias", record.IntValue(1))
	r.Set("new", record.StringValue("x"))
	if got := record.ToString(record.RecordValue(r), nil); got != "MapRecord[{a=1, b=null, new=x}]" {
		t.Errorf("after Set: %s", got)
	}
	other := record.New(s)
	other.Set("new", record.StringValue("y"))
	if other.Schema() != r.Schema() {
		t.Error("the same new field made two schemas")
	}
	r.Put(record.Field{Name: "b", Type: record.Double}, record.DoubleValue(2))
	if got := r.Schema().String(); got != `["a": INT, "b": DOUBLE, "new": STRING]` {
		t.Errorf("after Put: %s", got)
	}
	if !r.Remove("alias") || r.Remove("nope") || record.ToString(record.RecordValue(r), nil) != "MapRecord[{b=2.0, new=x}]" {
		t.Errorf("after Remove: %s", record.ToString(record.RecordValue(r), nil))
	}
	if s.Len() != 2 {
		t.Errorf("the shared schema has %d fields", s.Len())
	}
}

func TestAppendFloat_AsJava(t *testing.T) {
	for f, want := range map[float64][2]string{
		0: {"0.0", "0.0"}, 1: {"1.0", "1.0"}, -1.5: {"-1.5", "-1.5"}, 1e7: {"1.0E7", "10000000"}, 9999999: {"9999999.0", "9999999.0"},
		12345678.5: {"1.23456785E7", "12345678.5"}, 0.001: {"0.001", "0.001"}, 0.0001: {"1.0E-4", "0.00010"}, 0.00012: {"1.2E-4", "0.00012"},
		1e300: {"1.0E300", "1" + strings.Repeat("0", 300)}, -2e-5: {"-2.0E-5", "-0.000020"},
	} {
		if got := string(record.AppendFloat(nil, f, 64)); got != want[0] {
			t.Errorf("%g = %s, want %s", f, got, want[0])
		}
		if got := string(record.AppendPlainFloat(nil, f, 64)); got != want[1] {
			t.Errorf("%g plain = %s, want %s", f, got, want[1])
		}
	}
}

func TestParseAvro(t *testing.T) {
	text := `{"type":"record","name":"Flight","namespace":"x.y","fields":[
		{"name":"n","type":"int","default":7},{"name":"s","type":["null","string"],"aliases":["t"]},
		{"name":"d","type":{"type":"int","logicalType":"date"}},{"name":"ts","type":["null",{"type":"long","logicalType":"timestamp-micros"}]},
		{"name":"dec","type":{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}},
		{"name":"e","type":{"type":"enum","name":"Color","symbols":["RED","BLUE"]}},{"name":"e2","type":"Color"},
		{"name":"a","type":{"type":"array","items":["null","long"]}},{"name":"m","type":{"type":"map","values":"double"}},
		{"name":"c","type":["null","int","string"]},{"name":"b","type":"bytes"},
		{"name":"r","type":{"type":"record","name":"Inner","fields":[{"name":"x","type":"boolean"}]}},{"name":"r2","type":["null","x.y.Inner"]}]}`
	s, err := record.ParseAvro(text)
	if err != nil {
		t.Fatal(err)
	}
	want := `["n": INT, "s": STRING, "d": DATE, "ts": TIMESTAMP, "dec": DECIMAL, "e": ENUM, "e2": ENUM, "a": ARRAY[LONG], "m": MAP[DOUBLE], "c": CHOICE[INT, STRING], "b": ARRAY[BYTE], "r": RECORD, "r2": RECORD]`
	if s.String() != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
	if !s.Field(0).Required || s.Field(1).Required || s.Field(0).Default.Int() != 7 || s.Index("t") != 1 || s.Name() != "Flight" {
		t.Errorf("required, default, alias or name are wrong: %+v", s.Fields()[:2])
	}
	again, err := record.ParseAvro(record.AvroText(s))
	if err != nil || again.String() != want {
		t.Errorf("read back: %s, %v\n%s", again, err, record.AvroText(s))
	}
}

func TestParseAvro_Errors(t *testing.T) {
	for text, want := range map[string]string{
		`{"type":`:                     "schema text is not JSON",
		`"int"`:                        "describes no record",
		`{"type":"record","name":"R"}`: "has no fields",
		`{"type":"record","name":"R","fields":[{"name":"a","type":"nope"}]}`:                          `unknown type "nope"`,
		`{"type":"record","name":"R","fields":[{"name":"a","type":["null","R"]}]}`:                    "contains itself",
		`{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"a","type":"int"}]}`: "has no name of its own",
		`{"type":"record","name":"R","fields":[{"name":"a","type":"int","default":"x"}]}`:             `default of field "a"`,
		strings.Repeat(`{"type":"array","items":`, 300) + `"int"` + strings.Repeat("}", 300):          "nested deeper",
	} {
		if _, err := record.ParseAvro(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: error %v, want %s", text, err, want)
		}
	}
}

func TestNewFormats(t *testing.T) {
	f, err := record.NewFormats("MM/dd/yyyy", "HH:mm", "yyyy-MM-dd'T'HH:mm:ssXXX")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		text, want string
		typ        *record.Type
	}{
		{"02/29/2020", "02/29/2020", record.Date},
		{"23:59", "23:59", record.Time},
		{"2013-01-01T12:00:00+02:00", "2013-01-01T10:00:00Z", record.Timestamp},
	} {
		v, err := record.Convert(record.StringValue(tc.text), tc.typ, f)
		if got := record.ToString(v, f); err != nil || got != tc.want {
			t.Errorf("%s = %s, %v; want %s", tc.text, got, err, tc.want)
		}
	}
	if got := f.TimeMatcher()("02/29/2020"); got == nil || got.String() != "DATE:MM/dd/yyyy" {
		t.Errorf("matcher says %v", got)
	}
	if _, err := record.NewFormats("nonsense{", "", ""); err == nil {
		t.Error("a bad pattern was taken")
	}
}

func TestValue_TimesKeepNanoseconds(t *testing.T) {
	at := time.Date(1905, 6, 7, 8, 9, 10, 123_456_789, time.UTC)
	if got := record.TimestampValue(at).Time(); !got.Equal(at) {
		t.Errorf("got %s, want %s", got, at)
	}
}

func FuzzParseAvro(f *testing.F) {
	f.Add(`{"type":"record","name":"R","fields":[{"name":"a","type":["null","int"]}]}`)
	f.Add(`{"type":"array","items":{"type":"record","name":"R","fields":[]}}`)
	f.Fuzz(func(t *testing.T, text string) {
		s, err := record.ParseAvro(text)
		if err != nil {
			return
		}
		if _, err := record.ParseAvro(record.AvroText(s)); err != nil {
			t.Errorf("%q is written as %s, which is refused: %v", text, record.AvroText(s), err)
		}
	})
}

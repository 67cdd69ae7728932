package avro_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/big"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/services/record/avro"
)

const everything = `{"type":"record","name":"All","namespace":"test","fields":[
 {"name":"bool","type":"boolean"},{"name":"int","type":"int"},{"name":"long","type":["null","long"]},
 {"name":"float","type":"float"},{"name":"double","type":["double","null"]},{"name":"string","type":"string"},
 {"name":"bytes","type":"bytes"},{"name":"fixed","type":{"type":"fixed","name":"F4","size":4}},
 {"name":"enum","type":{"type":"enum","name":"E","symbols":["A","B"]}},
 {"name":"date","type":{"type":"int","logicalType":"date"}},
 {"name":"time","type":{"type":"int","logicalType":"time-millis"}},{"name":"timeMicros","type":{"type":"long","logicalType":"time-micros"}},
 {"name":"ts","type":{"type":"long","logicalType":"timestamp-millis"}},{"name":"tsMicros","type":{"type":"long","logicalType":"timestamp-micros"}},
 {"name":"tsNanos","type":{"type":"long","logicalType":"timestamp-nanos"}},{"name":"local","type":{"type":"long","logicalType":"local-timestamp-millis"}},
 {"name":"uuid","type":{"type":"string","logicalType":"uuid"}},
 {"name":"dec","type":{"type":"bytes","logicalType":"decimal","precision":10,"scale":2}},
 {"name":"decFixed","type":{"type":"fixed","name":"D","size":8,"logicalType":"decimal","precision":12,"scale":3}},
 {"name":"rec","type":["null",{"type":"record","name":"Inner","fields":[{"name":"x","type":"int"},{"name":"f","type":"F4"}]}]},
 {"name":"recs","type":{"type":"array","items":"Inner"}},
 {"name":"list","type":{"type":"array","items":["null","string"]}},
 {"name":"map","type":{"type":"map","values":"long"}},
 {"name":"choice","type":["null","int","string","Inner",{"type":"array","items":"int"}]},
 {"name":"nothing","type":"null"},{"name":"dflt","type":"string","default":"d"}]}`

func parse(tb testing.TB, text string) *avro.Schema {
	tb.Helper()
	s, err := avro.Parse(text)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// rows are two records with a value of every type.
func rows(s *record.Schema) []*record.Record {
	inner := s.Type(s.Index("rec")).Schema
	m := record.NewMap(2)
	m.Set("a", record.LongValue(1))
	m.Set("b", record.LongValue(-1<<63))
	in := func(x int32) record.Value {
		return record.RecordValue(record.Of(inner, record.IntValue(x), record.BytesValue([]byte{0, 1, 254, 255})))
	}
	at := time.Date(2024, 2, 29, 23, 59, 59, 123456789, time.UTC)
	row := func(choice record.Value, sign int64) *record.Record {
		return record.Of(s, record.BoolValue(true), record.IntValue(-1<<31), record.LongValue(1<<63-1), record.FloatValue(1.5), record.DoubleValue(-2.5e300),
			record.StringValue("é\x00,\"\n"), record.BytesValue([]byte{0, 128, 255}), record.BytesValue([]byte("abcd")), record.EnumValue("B"),
			record.DateValue(-1), record.TimeValue(23*time.Hour), record.TimeValue(time.Hour+time.Microsecond),
			record.TimestampValue(at.Truncate(time.Millisecond)), record.TimestampValue(at.Truncate(time.Microsecond)), record.TimestampValue(at), record.TimestampValue(time.UnixMilli(-1)),
			record.UUIDValue("123e4567-e89b-12d3-a456-426614174000"), record.DecimalValue(record.NewDecimal(big.NewInt(-12345*sign), 2)),
			record.DecimalValue(record.NewDecimal(big.NewInt(-128*sign), 3)), in(7), record.ArrayValue([]record.Value{in(1), in(2)}),
			record.ArrayValue([]record.Value{record.StringValue("a"), record.Null}), record.MapValue(m), choice, record.Null, record.StringValue("x"))
	}
	return []*record.Record{
		row(record.StringValue("text"), 1), row(record.IntValue(3), -1), row(in(9), 1), row(record.Null, 1),
		row(record.ArrayValue([]record.Value{record.IntValue(1)}), 1),
	}
}

func write(tb testing.TB, s *avro.Schema, o avro.WriterOptions, recs ...*record.Record) []byte {
	tb.Helper()
	var out bytes.Buffer
	w := avro.NewWriter(&out, s, o)
	if err := w.Begin(); err != nil {
		tb.Fatal(err)
	}
	for _, r := range recs {
		if err := w.Write(r); err != nil {
			tb.Fatal(err)
		}
	}
	if _, err := w.Finish(); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

func readAll(r record.Reader) (recs []*record.Record, err error) {
	defer r.Close()
	for {
		rec, err := r.Read()
		if errors.Is(err, io.EOF) {
			return recs, nil
		}
		if err != nil {
			return recs, err
		}
		recs = append(recs, rec.Clone())
	}
}

func TestRoundTrip(t *testing.T) {
	s := parse(t, everything)
	want := rows(s.Record())
	for name, o := range map[string]avro.WriterOptions{
		"none": {}, "deflate": {Codec: avro.Deflate}, "snappy": {Codec: avro.Snappy}, "zstandard": {Codec: avro.Zstd}, "bare": {Bare: true},
	} {
		t.Run(name, func(t *testing.T) {
			content := write(t, s, o, want...)
			for _, in := range []io.Reader{bytes.NewReader(content), &slow{content}} {
				var r *avro.Reader
				var err error
				if o.Bare {
					r, err = avro.NewBareReader(in, s)
				} else {
					r, err = avro.NewReader(in)
				}
				if err != nil {
					t.Fatal(err)
				}
				got, err := readAll(r)
				if err != nil || len(got) != len(want) {
					t.Fatalf("%d records, %v", len(got), err)
				}
				for i, rec := range got {
					for j, v := range rec.Values() {
						if !record.Equal(v, want[i].At(j)) {
							t.Errorf("record %d, %s: got %s, want %s", i, s.Record().FieldName(j), record.ToString(v, nil), record.ToString(want[i].At(j), nil))
						}
					}
				}
			}
		})
	}
}

// slow gives one byte at a time.
type slow struct{ b []byte }

func (s *slow) Read(p []byte) (int, error) {
	if len(s.b) == 0 {
		return 0, io.EOF
	}
	n := copy(p[:1], s.b)
	s.b = s.b[n:]
	return n, nil
}

func TestWriter_Converts(t *testing.T) {
	s := parse(t, `{"type":"record","name":"R","fields":[{"name":"a_b","type":"long","aliases":["a b"]},{"name":"d","type":["null",{"type":"int","logicalType":"date"}]},
	 {"name":"m","type":{"type":"bytes","logicalType":"decimal","precision":4,"scale":1}},{"name":"s","type":"string","default":"none"},{"name":"u","type":["null","int"]}]}`)
	from := record.NewSchema(record.Field{Name: "s", Type: record.String}, record.Field{Name: "a b", Type: record.String}, record.Field{Name: "d", Type: record.String},
		record.Field{Name: "m", Type: record.String}, record.Field{Name: "u", Type: record.String})
	content := write(t, s, avro.WriterOptions{}, record.Of(from, record.Null, record.StringValue("12"), record.StringValue("1970-01-02"), record.StringValue("-2.25"), record.StringValue("")))
	r, err := avro.NewReader(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	got, err := readAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if text := record.ToString(record.RecordValue(got[0]), record.DefaultFormats); text != "MapRecord[{a_b=12, d=1970-01-02, m=-2.3, s=none, u=null}]" {
		t.Error(text)
	}
	w := avro.NewWriter(io.Discard, s, avro.WriterOptions{})
	for want, rec := range map[string]*record.Record{
		`record 1: field "a_b": null`: record.New(from),
		`cannot convert "x"`:          record.Of(from, record.Null, record.StringValue("x")),
		"more than 4 digits":          record.Of(from, record.Null, record.IntValue(1), record.Null, record.IntValue(1000)),
	} {
		if err := w.Write(rec); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func varint(i int64) []byte { return binary.AppendVarint(nil, i) }

func TestMalformed(t *testing.T) {
	long := parse(t, `{"type":"record","name":"R","fields":[{"name":"s","type":"string"}]}`)
	nothing := parse(t, `{"type":"record","name":"R","fields":[{"name":"a","type":{"type":"array","items":"null"}}]}`)
	empty := parse(t, `{"type":"record","name":"R","fields":[]}`)
	file := write(t, long, avro.WriterOptions{}, record.Of(long.Record(), record.StringValue("text")))
	sync := file[len(file)-16:]
	head := file[:bytes.Index(file, sync)+16]
	block := func(head []byte, count int64, data, sync []byte) []byte {
		return bytes.Join([][]byte{head, varint(count), varint(int64(len(data))), data, sync}, nil)
	}
	nothingHead := write(t, nothing, avro.WriterOptions{})
	emptyHead := write(t, empty, avro.WriterOptions{})
	for name, tc := range map[string]struct {
		in   []byte
		want string
	}{
		"no Avro":         {[]byte("{}"), "no Avro file"},
		"empty":           {nil, "no Avro file"},
		"cut in header":   {head[:20], "header"},
		"cut in block":    {file[:len(file)-20], "the content ends in the middle"},
		"cut in mark":     {file[:len(file)-3], "the content ends in the middle"},
		"wrong mark":      {append(file[:len(file)-1:len(file)-1], ^file[len(file)-1]), "mark"},
		"long text":       {block(head, 1, varint(1<<40), sync), `field "s": length`},
		"too many":        {block(head, 1<<50, []byte{0}, sync), "records in 1 bytes"},
		"negative":        {block(head, -1, []byte{0}, sync), "records in 1 bytes"},
		"bytes left":      {block(head, 1, []byte{0, 0}, sync), "1 bytes are left"},
		"endless number":  {block(head, 1, bytes.Repeat([]byte{255}, 20), sync), "longer than 10 bytes"},
		"array of naught": {block(nothingHead, 1, append(varint(1<<60), 0), nothingHead[len(nothingHead)-16:]), "values in one record"},
		"empty records":   {block(emptyHead, 1<<60, nil, emptyHead[len(emptyHead)-16:]), "records in 0 bytes"},
		"unknown codec":   {[]byte("Obj\x01\x04\x16avro.schema\x60" + `{"type":"record","name":"RRRRRR","fields":[   ]}` + "\x14avro.codec\x04xz\x00"), `codec "xz" is not supported`},
		"recursive":       {[]byte("Obj\x01\x02\x16avro.schema\x84\x01" + `{"type":"record","name":"R","fields":[{"name":"r","type":["R"]}]} ` + "\x00"), "contains itself"},
	} {
		r, err := avro.NewReader(bytes.NewReader(tc.in))
		if err == nil {
			_, err = readAll(r)
		}
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %s", name, err, tc.want)
		}
	}
}

func TestBombs(t *testing.T) {
	s := parse(t, `{"type":"record","name":"R","fields":[{"name":"b","type":"bytes"}]}`)
	zeros := record.Of(s.Record(), record.BytesValue(make([]byte, 129<<20)))
	for _, codec := range []avro.Codec{avro.Deflate, avro.Zstd} {
		content := write(t, s, avro.WriterOptions{Codec: codec}, zeros)
		r, err := avro.NewReader(bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := readAll(r); err == nil || !strings.Contains(err.Error(), "decompress") {
			t.Errorf("%s, %d bytes: %v", codec, len(content), err)
		}
	}
}

func TestMapWithManyKeys(t *testing.T) {
	s := parse(t, `{"type":"record","name":"R","fields":[{"name":"m","type":{"type":"map","values":"int"}}]}`)
	data := varint(300_000)
	for i := range int64(300_000) {
		key := binary.BigEndian.AppendUint32(nil, uint32(i%200_000))
		data = append(append(append(data, 8), key...), varint(i)...)
	}
	r, err := avro.NewBareReader(bytes.NewReader(append(data, 0)), s)
	if err != nil {
		t.Fatal(err)
	}
	got, err := readAll(r)
	if err != nil {
		t.Fatal(err)
	}
	m := got[0].At(0).Map()
	if m.Len() != 200_000 || m.At(0).Int() != 200_000 {
		t.Errorf("%d keys, the first is %d", m.Len(), m.At(0).Int())
	}
}

func FuzzReader(f *testing.F) {
	s := parse(f, everything)
	for _, codec := range []avro.Codec{avro.None, avro.Deflate, avro.Snappy, avro.Zstd} {
		f.Add(write(f, s, avro.WriterOptions{Codec: codec}, rows(s.Record())...), false)
	}
	f.Add(write(f, s, avro.WriterOptions{Bare: true}, rows(s.Record())...), true)
	f.Fuzz(func(t *testing.T, content []byte, bare bool) {
		var r *avro.Reader
		var err error
		if bare {
			r, err = avro.NewBareReader(bytes.NewReader(content), s)
		} else {
			r, err = avro.NewReader(bytes.NewReader(content))
		}
		if err != nil {
			return
		}
		recs := 0
		for ; recs < 1000; recs++ {
			rec, err := r.Read()
			if err != nil {
				break
			}
			schema, _ := r.Schema()
			if rec.Schema() != schema {
				t.Fatal("record of another schema")
			}
			_ = record.ToString(record.RecordValue(rec), nil)
		}
		r.Close()
	})
}

// TestOtherImplementation reads files that fastavro has written, of the rows of rows.
func TestOtherImplementation(t *testing.T) {
	for _, codec := range []string{"null", "deflate", "bzip2"} {
		content, err := os.ReadFile("testdata/fastavro-" + codec + ".avro")
		if err != nil {
			t.Fatal(err)
		}
		r, err := avro.NewReader(bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		s, _ := r.Schema()
		got, err := readAll(r)
		if err != nil || len(got) != 5 {
			t.Fatalf("%s: %d records, %v", codec, len(got), err)
		}
		for i, want := range rows(s) {
			for j, v := range got[i].Values() {
				if !record.Equal(v, want.At(j)) {
					t.Errorf("%s, record %d, %s: got %s, want %s", codec, i, s.FieldName(j), record.ToString(v, nil), record.ToString(want.At(j), nil))
				}
			}
		}
	}
}

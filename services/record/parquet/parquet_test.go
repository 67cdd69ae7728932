package parquet_test

import (
	"bytes"
	"errors"
	"io"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/services/record/parquet"
)

const everything = `{"type":"record","name":"All","fields":[
 {"name":"z","type":"int"},{"name":"bool","type":["null","boolean"]},{"name":"long","type":["null","long"]},
 {"name":"float","type":"float"},{"name":"double","type":"double"},{"name":"string","type":["null","string"]},{"name":"bytes","type":"bytes"},
 {"name":"enum","type":{"type":"enum","name":"E","symbols":["A","B"]}},{"name":"date","type":{"type":"int","logicalType":"date"}},
 {"name":"time","type":{"type":"int","logicalType":"time-millis"}},{"name":"ts","type":{"type":"long","logicalType":"timestamp-millis"}},
 {"name":"dec","type":["null",{"type":"bytes","logicalType":"decimal","precision":10,"scale":2}]},
 {"name":"rec","type":["null",{"type":"record","name":"Inner","fields":[{"name":"x","type":"int"},{"name":"l","type":["null",{"type":"array","items":"int"}]}]}]},
 {"name":"recs","type":["null",{"type":"array","items":["null","Inner"]}]},
 {"name":"lists","type":{"type":"array","items":{"type":"array","items":"string"}}},
 {"name":"map","type":["null",{"type":"map","values":["null","long"]}]},{"name":"maps","type":{"type":"map","values":{"type":"map","values":"Inner"}}},
 {"name":"a","type":"string"}]}`

func schema(tb testing.TB, text string) *record.Schema {
	tb.Helper()
	s, err := record.ParseAvro(text)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func array(items ...record.Value) record.Value { return record.ArrayValue(items) }

func rows(s *record.Schema) []*record.Record {
	text, i := record.StringValue, record.IntValue
	inner := func(x int32, l record.Value) record.Value {
		return record.RecordValue(record.Of(s.Type(s.Index("rec")).Schema, i(x), l))
	}
	m := func(k string, v record.Value) record.Value {
		m := record.NewMap(1)
		m.Set(k, v)
		m.Set("null", record.Null)
		return record.MapValue(m)
	}
	row := func(boolean, long, str, dec, rec, recs, lists, mp, mps record.Value) *record.Record {
		return record.Of(s, i(-1), boolean, long, record.FloatValue(1.5), record.DoubleValue(-2.5e300), str, record.BytesValue([]byte{0, 128}),
			record.EnumValue("B"), record.DateValue(-1), record.TimeValue(23*time.Hour), record.TimestampValue(time.UnixMilli(-5)), dec, rec, recs, lists, mp, mps, text("last"))
	}
	dec := func(n int64) record.Value { return record.DecimalValue(record.NewDecimal(big.NewInt(n), 2)) }
	none := record.MapValue(record.NewMap(0))
	return []*record.Record{
		row(record.BoolValue(true), record.LongValue(1<<62), text("é\x00"), dec(-12345), inner(1, array(i(1), i(2))),
			array(inner(2, array()), record.Null, inner(3, record.Null), inner(4, array(i(9)))), array(array(text("a"), text("b")), array(), array(text("c"))),
			m("k", record.LongValue(5)), m("o", m("p", inner(7, array(i(8), i(9)))))),
		row(record.Null, record.Null, record.Null, record.Null, record.Null, record.Null, array(), record.Null, none),
		row(record.BoolValue(false), record.LongValue(0), text(""), dec(128), inner(1, record.Null), array(), array(array()), none, none),
	}
}

func write(tb testing.TB, s *record.Schema, o parquet.WriterOptions, recs ...*record.Record) []byte {
	tb.Helper()
	var out bytes.Buffer
	w, err := parquet.NewWriter(&out, s, o)
	if err != nil {
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

func read(content io.Reader) (s *record.Schema, recs []*record.Record, err error) {
	r, err := parquet.NewReader(content)
	if err != nil {
		return nil, nil, err
	}
	defer r.Close()
	s, _ = r.Schema()
	for {
		rec, err := r.Read()
		if errors.Is(err, io.EOF) {
			return s, recs, nil
		}
		if err != nil {
			return s, recs, err
		}
		recs = append(recs, rec.Clone())
	}
}

// text is a record as text, with enumerations and maps of nulls told apart from nothing.
func text(r *record.Record) string {
	return record.ToString(record.RecordValue(r), record.DefaultFormats)
}

func TestRoundTrip(t *testing.T) {
	s := schema(t, everything)
	want := rows(s)
	for name, o := range map[string]parquet.WriterOptions{
		"plain": {}, "dictionary": {Dictionary: true}, "version 2": {Version2: true, Dictionary: true}, "row group per row": {RowGroup: 1},
		"snappy": {Compression: "SNAPPY"}, "gzip": {Compression: "GZIP"}, "zstd": {Compression: "ZSTD"}, "brotli": {Compression: "BROTLI"}, "lz4": {Compression: "LZ4_RAW"},
	} {
		t.Run(name, func(t *testing.T) {
			many := want
			for range 9 {
				many = append(many, many...)
			}
			content := write(t, s, o, many...)
			for _, in := range []io.Reader{bytes.NewReader(content), struct{ io.Reader }{bytes.NewReader(content)}} {
				read, got, err := read(in)
				if err != nil || len(got) != len(many) {
					t.Fatalf("%d records, %v", len(got), err)
				}
				for i, f := range s.Fields() {
					if read.FieldName(i) != f.Name || read.Field(i).Required != f.Required {
						t.Errorf("field %d is %v, want %v", i, read.Field(i), f)
					}
				}
				for i, rec := range got {
					if g, w := text(rec), text(many[i]); g != w {
						t.Fatalf("record %d:\n got %s\nwant %s", i, g, w)
					}
				}
			}
		})
	}
}

func TestOldLists(t *testing.T) {
	s := schema(t, `{"type":"record","name":"R","fields":[{"name":"l","type":{"type":"array","items":["null","int"]}},{"name":"r","type":{"type":"array","items":{"type":"record","name":"I","fields":[{"name":"x","type":"int"}]}}}]}`)
	x := record.RecordValue(record.Of(s.Type(1).Elem.Schema, record.IntValue(5)))
	rec := record.Of(s, array(record.IntValue(1), record.IntValue(2)), array(x, x))
	_, got, err := read(bytes.NewReader(write(t, s, parquet.WriterOptions{OldLists: true}, rec)))
	if err != nil || text(got[0]) != text(rec) {
		t.Errorf("%v, %v", got, err)
	}
	w, err := parquet.NewWriter(io.Discard, s, parquet.WriterOptions{OldLists: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(record.Of(s, array(record.Null), array())); err == nil || !strings.Contains(err.Error(), "Avro Write Old List Structure") {
		t.Error(err)
	}
}

func TestInt96AndChoice(t *testing.T) {
	s := schema(t, `{"type":"record","name":"R","fields":[{"name":"t","type":{"type":"long","logicalType":"timestamp-millis"}},{"name":"c","type":["null","int","string"]}]}`)
	at := record.TimestampValue(time.Date(1970, 1, 2, 0, 0, 1, 0, time.UTC))
	_, got, err := read(bytes.NewReader(write(t, s, parquet.WriterOptions{Int96: map[string]bool{"t": true}}, record.Of(s, at, record.StringValue("x")), record.Of(s, at, record.IntValue(7)))))
	if err != nil {
		t.Fatal(err)
	}
	if b := got[0].At(0).Bytes(); !bytes.Equal(b, []byte{0, 0xca, 0x9a, 0x3b, 0, 0, 0, 0, 0x8d, 0x3d, 0x25, 0}) {
		t.Errorf("%x", b)
	}
	if a, b := record.ToString(got[0].At(1), nil), record.ToString(got[1].At(1), nil); a != "MapRecord[{member0=null, member1=x}]" || b != "MapRecord[{member0=7, member1=null}]" {
		t.Error(a, b)
	}
}

func TestWriter_Errors(t *testing.T) {
	s := schema(t, `{"type":"record","name":"R","fields":[{"name":"i","type":"int"}]}`)
	var out bytes.Buffer
	w, err := parquet.NewWriter(&out, s, parquet.WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for want, v := range map[string]record.Value{`record 1: field "i": null`: record.Null, `cannot convert "x"`: record.StringValue("x")} {
		if err := w.Write(record.Of(s, v)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if err := w.Write(record.Of(s, record.StringValue("5"))); err != nil {
		t.Error(err)
	}
	if _, err := w.Finish(); err != nil {
		t.Error(err)
	}
	if _, got, err := read(&out); err != nil || len(got) != 1 || got[0].At(0).Int() != 5 {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := parquet.NewWriter(&out, record.NewSchema(), parquet.WriterOptions{}); err == nil {
		t.Error("a record without fields was written")
	}
}

func TestMalformed(t *testing.T) {
	s := schema(t, everything)
	content := write(t, s, parquet.WriterOptions{Dictionary: true, Compression: "SNAPPY"}, rows(s)...)
	for name, in := range map[string][]byte{
		"empty": nil, "text": []byte("a,b\n1,2\n"), "cut": content[:len(content)/2], "cut at start": content[10:],
	} {
		if _, _, err := read(bytes.NewReader(in)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	for i := 0; i < len(content); i += 11 { // no byte may do worse than an error
		broken := bytes.Clone(content)
		broken[i] ^= 0x55
		_, _, _ = read(bytes.NewReader(broken))
	}
}

func FuzzReader(f *testing.F) {
	s := schema(f, everything)
	f.Add(write(f, s, parquet.WriterOptions{}, rows(s)...))
	f.Add(write(f, s, parquet.WriterOptions{Dictionary: true, Version2: true, Compression: "SNAPPY"}, rows(s)...))
	small := schema(f, `{"type":"record","name":"R","fields":[{"name":"i","type":["null","int"]}]}`)
	f.Add(write(f, small, parquet.WriterOptions{}, record.Of(small, record.IntValue(1)), record.New(small)))
	f.Fuzz(func(t *testing.T, content []byte) {
		r, err := parquet.NewReader(bytes.NewReader(content))
		if err != nil {
			return
		}
		defer r.Close()
		for range 1000 {
			rec, err := r.Read()
			if err != nil {
				return
			}
			_ = text(rec)
		}
	})
}

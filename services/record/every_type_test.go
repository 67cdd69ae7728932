package record

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
)

const everyType = `{"type":"record","name":"All","fields":[
 {"name":"bool","type":"boolean"},{"name":"int","type":"int"},{"name":"long","type":["null","long"]},{"name":"float","type":"float"},
 {"name":"double","type":"double"},{"name":"text","type":"string"},{"name":"bytes","type":"bytes"},
 {"name":"enum","type":{"type":"enum","name":"E","symbols":["A","B"]}},{"name":"date","type":{"type":"int","logicalType":"date"}},
 {"name":"time","type":{"type":"int","logicalType":"time-millis"}},{"name":"ts","type":{"type":"long","logicalType":"timestamp-millis"}},
 {"name":"uuid","type":{"type":"string","logicalType":"uuid"}},{"name":"dec","type":{"type":"bytes","logicalType":"decimal","precision":12,"scale":3}},
 {"name":"rec","type":{"type":"record","name":"Inner","fields":[{"name":"x","type":"int"},{"name":"l","type":{"type":"array","items":"string"}}]}},
 {"name":"recs","type":{"type":"array","items":"Inner"}},{"name":"map","type":{"type":"map","values":"long"}}]}`

const everyValue = `[{"bool":true,"int":-2147483648,"long":9223372036854775807,"float":1.5,"double":-2.5E-300,"text":"é <&>\n\"'","bytes":[0,-128,127],"enum":"B",` +
	`"date":-86400000,"time":86399999,"ts":-1,"uuid":"123e4567-e89b-12d3-a456-426614174000","dec":-123456.789,` +
	`"rec":{"x":1,"l":["a","b"]},"recs":[{"x":2,"l":["c"]},{"x":3,"l":["d","e"]}],"map":{"k":1,"l":-1}},` +
	`{"bool":false,"int":2147483647,"long":null,"float":-0.25,"double":1.0E300,"text":"x","bytes":[1],"enum":"A",` +
	`"date":0,"time":0,"ts":253402300799999,"uuid":"00000000-0000-0000-0000-000000000000","dec":0.001,` +
	`"rec":{"x":-1,"l":["a"]},"recs":[{"x":2,"l":["c"]}],"map":{"k":0}}]`

// TestEveryType writes and reads all types with each pair of a writer and a
// reader, and converts between all formats.
func TestEveryType(t *testing.T) {
	given := func(more ...string) map[string]string {
		m := map[string]string{"Schema Access Strategy": "schema-text-property", "Schema Text": everyType}
		for i := 0; i < len(more); i += 2 {
			m[more[i]] = more[i+1]
		}
		return m
	}
	formats := map[string]struct {
		w      sdk.Component
		r      sdk.Component
		wp, rp map[string]string
	}{
		"json":               {JsonRecordSetWriter, JsonTreeReader, given("Allow Scientific Notation", "true"), given()},
		"json lines":         {JsonRecordSetWriter, JsonTreeReader, given("Output Grouping", "output-oneline", "Compression Format", "none", "Allow Scientific Notation", "true"), given()},
		"avro":               {AvroRecordSetWriter, AvroReader, map[string]string{}, map[string]string{}},
		"avro, bare":         {AvroRecordSetWriter, AvroReader, given("Schema Write Strategy", "no-schema"), given()},
		"avro, snappy":       {AvroRecordSetWriter, AvroReader, map[string]string{"Compression Format": "SNAPPY"}, map[string]string{}},
		"parquet":            {ParquetRecordSetWriter, ParquetReader, map[string]string{}, map[string]string{}},
		"parquet, new lists": {ParquetRecordSetWriter, ParquetReader, map[string]string{"Avro Write Old List Structure": "false", "Compression Type": "ZSTD", "Writer Version": "PARQUET_2_0"}, map[string]string{}},
		"xml":                {XMLRecordSetWriter, XMLReader, given("Name of Root Tag", "root", "Suppress Null Values", "always-suppress"), given("Expect Records as Array", "true")},
	}
	toJSON := writer(t, JsonRecordSetWriter, given("Allow Scientific Notation", "true"))
	direct, _ := convert(t, reader(t, JsonTreeReader, given()), toJSON, strings.NewReader(everyValue), nil)
	for name, f := range formats {
		t.Run(name, func(t *testing.T) {
			content, _ := convert(t, reader(t, JsonTreeReader, given()), writer(t, f.w, f.wp), strings.NewReader(everyValue), nil)
			got, _ := convert(t, reader(t, f.r, f.rp), toJSON, strings.NewReader(content), nil)
			if got != direct {
				t.Errorf("\n got %s\nwant %s", got, direct)
			}
			for other, g := range formats {
				second, _ := convert(t, reader(t, f.r, f.rp), writer(t, g.w, g.wp), strings.NewReader(content), nil)
				if got, _ := convert(t, reader(t, g.r, g.rp), toJSON, strings.NewReader(second), nil); got != direct {
					t.Errorf("then %s:\n got %s\nwant %s", other, got, direct)
				}
			}
		})
	}
}

// TestFlightsThroughFormats takes real rows from CSV to each format and back.
func TestFlightsThroughFormats(t *testing.T) {
	content, err := os.ReadFile("testdata/flights.csv")
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]struct {
		w, r   sdk.Component
		wp, rp map[string]string
	}{
		"avro":    {AvroRecordSetWriter, AvroReader, map[string]string{"Compression Format": "DEFLATE"}, map[string]string{}},
		"parquet": {ParquetRecordSetWriter, ParquetReader, map[string]string{"Compression Type": "SNAPPY"}, map[string]string{}},
		"xml": {
			XMLRecordSetWriter, XMLReader,
			map[string]string{"Name of Root Tag": "r", "Name of Record Tag": "p", "Suppress Null Values": "always-suppress"},
			map[string]string{"Expect Records as Array": "true"},
		},
	} {
		source := map[string]string{"Schema Access Strategy": "csv-header-derived"} // all text: what is read back must be what was written
		there, res := convert(t, reader(t, CSVReader, source), writer(t, f.w, f.wp), bytes.NewReader(content), nil)
		if res.Count != 1000 {
			t.Errorf("%s: %d records", name, res.Count)
		}
		rf := reader(t, f.r, f.rp)
		if name == "xml" { // its own inference would take numbers for numbers
			header, _, _ := strings.Cut(string(content), "\n")
			fields := make([]record.Field, 0, 19)
			for column := range strings.SplitSeq(header, ",") {
				fields = append(fields, record.Field{Name: column, Type: record.String})
			}
			rf = reader(t, f.r, map[string]string{
				"Expect Records as Array": "true", "Schema Access Strategy": "schema-text-property",
				"Schema Text": record.AvroText(record.NamedSchema("", "p", fields...)),
			})
		}
		back, _ := convert(t, rf, writer(t, CSVRecordSetWriter, map[string]string{}), strings.NewReader(there), nil)
		if back != string(content) {
			for i, l := range strings.Split(string(content), "\n") {
				if got := strings.Split(back, "\n"); i >= len(got) || got[i] != l {
					t.Fatalf("%s, line %d:\n got %s\nwant %s", name, i+1, got[min(i, len(got)-1)], l)
				}
			}
		}
	}
}

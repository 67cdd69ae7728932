package record

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/record"
)

func TestAvro_SchemaStrategies(t *testing.T) {
	csv := reader(t, CSVReader, map[string]string{})
	toJSON := writer(t, JsonRecordSetWriter, map[string]string{})
	for name, tc := range map[string]struct{ write, read map[string]string }{
		"embedded":   {map[string]string{}, map[string]string{}},
		"compressed": {map[string]string{"compression-format": "DEFLATE"}, map[string]string{}},
		"attribute":  {map[string]string{"Schema Write Strategy": "full-schema-attribute"}, map[string]string{"Schema Access Strategy": "schema-text-property"}},
		"own text": {
			map[string]string{"Schema Write Strategy": "no-schema", "Schema Access Strategy": "schema-text-property", "Schema Text": schemaText},
			map[string]string{"Schema Access Strategy": "schema-text-property", "Schema Text": schemaText},
		},
		"name": {
			map[string]string{"Schema Write Strategy": "schema-name", "Schema Access Strategy": "schema-name", "Schema Registry": "r", "Schema Name": "known", "Schema Branch": "b", "Schema Version": "2"},
			map[string]string{"Schema Access Strategy": "schema-name", "Schema Registry": "r", "Schema Name": "known", "Schema Branch": "b", "Schema Version": "2"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			content, res := convert(t, csv, writer(t, AvroRecordSetWriter, tc.write), strings.NewReader("x,y\n1,a\n2,\n"), nil)
			if res.Count != 2 || res.Attributes["mime.type"] != "application/avro-binary" {
				t.Errorf("result %v", res)
			}
			if embedded := strings.HasPrefix(content, "Obj\x01"); embedded != (len(tc.read) == 0) {
				t.Errorf("embedded: %v", embedded)
			}
			got, _ := convert(t, reader(t, AvroReader, tc.read), toJSON, struct{ io.Reader }{strings.NewReader(content)}, res.Attributes)
			if want := `[{"x":1,"y":"a"},{"x":2,"y":null}]`; got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

func TestAvroRecordSetWriter_RefusesCodec(t *testing.T) {
	for _, codec := range []string{"BZIP2", "LZO"} {
		_, problems := configure(t, AvroRecordSetWriter, map[string]string{"Compression Format": codec})
		if err := errors.Join(problems...); err == nil || !strings.Contains(err.Error(), "cannot be written") {
			t.Errorf("%s: %v", codec, err)
		}
	}
}

// numbered is a registry, and tells schemas by a number before the content.
type numbered struct{ schema *record.Schema }

func (n numbered) SchemaByName(context.Context, string, string, int) (*record.Schema, error) {
	return n.schema, nil
}

func (n numbered) SchemaByID(_ context.Context, id int64) (*record.Schema, error) {
	if id != n.schema.ID().ID {
		return nil, record.ErrSchemaNotFound
	}
	return n.schema, nil
}

func (n numbered) SchemaID(_ map[string]string, in io.Reader) (record.SchemaID, error) {
	var head [2]byte
	_, err := io.ReadFull(in, head[:])
	return record.SchemaID{ID: int64(binary.BigEndian.Uint16(head[:]))}, err
}

func (n numbered) Header(s *record.Schema) ([]byte, error) {
	return binary.BigEndian.AppendUint16(nil, uint16(s.ID().ID)), nil
}

func (n numbered) Attributes(*record.Schema) map[string]string {
	return map[string]string{"ref": "yes"}
}

// TestSchemaReference passes the schema on by its number with every writer that has the strategy.
func TestSchemaReference(t *testing.T) {
	s, err := record.ParseAvro(schemaText)
	if err != nil {
		t.Fatal(err)
	}
	reg := numbered{s.Identified(record.SchemaID{Name: "n", Version: 1, ID: 300})}
	byRef := func(more ...string) map[string]string {
		m := map[string]string{"Schema Access Strategy": "schema-reference-reader", "Schema Registry": "r", "Schema Reference Reader": "r"}
		for i := 0; i < len(more); i += 2 {
			m[more[i]] = more[i+1]
		}
		return m
	}
	for name, pair := range map[string]struct{ w, r sdk.Component }{
		"avro": {AvroRecordSetWriter, AvroReader}, "csv": {CSVRecordSetWriter, CSVReader}, "json": {JsonRecordSetWriter, JsonTreeReader},
	} {
		ws, problems := configureIn(t, pair.w, map[string]string{
			"Schema Write Strategy": "schema-reference-writer", "Schema Reference Writer": "r",
			"Schema Access Strategy": "schema-name", "Schema Registry": "r", "Schema Name": "n",
		}, env{reg})
		if problems != nil {
			t.Fatal(problems)
		}
		props := byRef()
		if name == "csv" {
			props = byRef("Treat First Line as Header", "true")
		}
		rs, problems := configureIn(t, pair.r, props, env{reg})
		if problems != nil {
			t.Fatal(problems)
		}
		content, res := convert(t, reader(t, JsonTreeReader, map[string]string{}), ws.(record.WriterFactory), strings.NewReader(`{"x":1,"y":"a"}`), nil)
		if !strings.HasPrefix(content, "\x01\x2c") || strings.Count(content, "\x01\x2c") != 1 || res.Attributes["ref"] != "yes" {
			t.Errorf("%s: %q, %v", name, content, res.Attributes)
		}
		r, err := rs.(record.ReaderFactory).NewReader(t.Context(), nil, bytes.NewReader([]byte(content)), -1)
		if err != nil {
			t.Fatal(err)
		}
		if rec, err := r.Read(); err != nil || rec.Schema().ID().ID != 300 || rec.Get("x").Int() != 1 || rec.Get("y").Text() != "a" {
			t.Errorf("%s: %v, %v", name, rec, err)
		}
		r.Close()
	}
}

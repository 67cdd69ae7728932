package record_test

import (
	"strings"
	"testing"

	"github.com/braidflow/braid/processors/record"
	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/sdktest"
)

func TestValidateRecord(t *testing.T) {
	const (
		optional = `{"type":"record","name":"r","fields":[{"name":"a","type":["null","int"]},{"name":"b","type":["null","string"]}]}`
		deep     = `{"type":"record","name":"r","fields":[{"name":"in","type":{"type":"record","name":"i","fields":[{"name":"x","type":"int"}]}},
			{"name":"list","type":["null",{"type":"array","items":"int"}]}]}`
		loose = `{"type":"record","name":"r","fields":[{"name":"a","type":["null","string"]},{"name":"b","type":["null","string"]},{"name":"c","type":["null","int"]}]}`
	)
	for name, tt := range map[string]struct {
		reader         sdk.Component
		schema         string
		props          map[string]string
		in             string
		valid, invalid string
		details        string
	}{
		"all valid": {csvReader, typed, nil, "a,b\n1,x\n", `[{"a":1,"b":"x"}]`, "", ""},
		"a value that does not fit is kept as it stands": {
			csvReader, typed, nil, "a,b\n1,x\nzwei,y\n3,\n", `[{"a":1,"b":"x"},{"a":3,"b":null}]`, `[{"a":"zwei","b":"y"}]`, "did not match the schema: [/a]",
		},
		"a required value is missing": {csvReader, typed, nil, "a,b\n,y\n", "", `[{"a":null,"b":"y"}]`, "fields were missing: [/a]"},
		"a row is too short":          {csvReader, typed, nil, "b,a\nx\n", "", `[{"a":null,"b":"x"}]`, "fields were missing: [/a]"},
		"coerced away":                {csvReader, optional, map[string]string{"Force Types From Reader Schema": "true"}, "a,b\nzwei,y\n", `[{"a":null,"b":"y"}]`, "", ""},
		"another schema, strictly": {
			csvReader, loose,
			map[string]string{"Schema Access Strategy": "schema-text-property", "Schema Text": typed},
			"a,b,c\n1,x,2\n", "", `[{"a":"1","b":"x","c":2}]`,
			"did not match the schema: [/a]",
		},
		"another schema, leniently": {
			csvReader, loose,
			map[string]string{"Schema Access Strategy": "schema-text-property", "Schema Text": "${s}", "Strict Type Checking": "false"},
			"a,b,c\n1,x,2\nzwei,x,2\n", `[{"a":1,"b":"x"}]`, `[{"a":"zwei","b":"x","c":2}]`, "did not match the schema: [/a]",
		},
		"extra fields": {
			csvReader, loose,
			map[string]string{"Schema Access Strategy": "schema-text-property", "Schema Text": typed, "Strict Type Checking": "false", "Allow Extra Fields": "false"},
			"a,b,c\n1,x,2\n", "", `[{"a":"1","b":"x","c":2}]`, "but not in the schema: [/c]",
		},
		"within records and arrays": {
			jsReader, deep, nil, `[{"in":{"x":1},"list":[1,2]},{"in":{},"list":null},{"in":{"x":"no"},"list":[1,"no"]}]`,
			`[{"in":{"x":1},"list":[1,2]}]`, `[{"in":{"x":null},"list":null},{"in":{"x":"no"},"list":[1,"no"]}]`, "fields were missing: [/in/x]; The following 2 fields had values whose type did not match the schema: [/in/x, /list]",
		},
		"no records": {csvReader, typed, nil, "a,b\n", "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := runner(t, record.ValidateRecord, tt.reader, jsWriter, tt.schema)
			r.Set("Validation Details Attribute Name", "why")
			for name, v := range tt.props {
				r.Set(name, v)
			}
			r.Enqueue(sdktest.FF(tt.in, "s", typed))
			r.RunUntilEmpty()
			out := r.Out()
			for rel, want := range map[string]string{"valid": tt.valid, "invalid": tt.invalid} {
				if want == "" {
					if len(out[rel]) > 0 {
						t.Errorf("%s: got %s, want none", rel, out[rel][0].Content)
					}
					continue
				}
				wantContent(t, one(t, out, rel), want)
			}
			if tt.invalid != "" && !strings.Contains(out["invalid"][0].Attrs["why"], tt.details) {
				t.Errorf("details are %q, want them to have %q", out["invalid"][0].Attrs["why"], tt.details)
			}
			if len(out["failure"]) > 0 {
				t.Errorf("failure: %q", r.Bulletins())
			}
		})
	}
}

func TestValidateRecord_WriterForInvalidRecordsAndDetailsLength(t *testing.T) {
	r := runner(t, record.ValidateRecord, csvReader, jsWriter, typed)
	r.Service("invalid", csvWriter, nil)
	r.Set("Record Writer for Invalid Records", "invalid")
	r.Set("Validation Details Attribute Name", "why")
	r.Set("Maximum Validation Details Length", "7")
	r.Enqueue(sdktest.FF("a,b\nzwei,\"y,z\"\n1,x\n", "filename", "f"))
	r.RunUntilEmpty()
	got := one(t, r.Out(), "invalid")
	wantContent(t, got, "a,b\nzwei,\"y,z\"")
	wantAttrs(t, got, "why", "Records", "mime.type", "text/csv", "record.count", "1", "filename", "f")
	var routed bool
	for _, e := range r.Events() {
		routed = routed || e.Type == "ROUTE" && e.Relationship == "invalid" && strings.Contains(e.Details, "/a")
	}
	if !routed {
		t.Errorf("no ROUTE event says what is wrong: %+v", r.Events())
	}
	for name, want := range map[string]int64{"Records Validated": 2, "Records Found Valid": 1, "Records Found Invalid": 1} {
		if got := r.Counters()[name]; got != want {
			t.Errorf("%s is %d, want %d", name, got, want)
		}
	}
}

func TestValidateRecord_UnparsableContentFailsAsAWhole(t *testing.T) {
	for name, tt := range map[string]struct {
		reader     sdk.Component
		schema, in string
	}{
		"broken JSON":    {jsReader, typed, `[{"a":1,"b":"x"},{"a":`},
		"no Avro schema": {csvReader, "", "a\n1\n"},
	} {
		t.Run(name, func(t *testing.T) {
			r := runner(t, record.ValidateRecord, tt.reader, jsWriter, tt.schema)
			if tt.schema == "" {
				r.Set("Schema Access Strategy", "schema-text-property")
				r.Set("Schema Text", "${s}")
			}
			r.Enqueue(sdktest.FF(tt.in, "s", "{"))
			r.RunUntilEmpty()
			out := r.Out()
			if got := one(t, out, "failure"); got.Content != tt.in || len(out) != 1 {
				t.Errorf("got %s with %q", out, got.Content)
			}
		})
	}
}

func TestValidateRecord_SchemaNameNeedsARegistry(t *testing.T) {
	r := runner(t, record.ValidateRecord, csvReader, jsWriter, "")
	r.Set("Schema Access Strategy", "schema-name")
	if p := r.Problems(); len(p) != 1 || !strings.Contains(p[0].Error(), "Schema Registry") {
		t.Errorf("got %v", p)
	}
}

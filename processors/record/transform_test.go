package record_test

import (
	"strings"
	"testing"

	"github.com/braidflow/braid/processors/record"
	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/sdktest"
)

// person is the schema of the tests with nested records.
const person = `{"type":"record","name":"p","fields":[{"name":"id","type":["null","int"]},{"name":"name","type":["null","string"]},
	{"name":"home","type":["null",{"type":"record","name":"a","fields":[{"name":"city","type":["null","string"]},{"name":"zip","type":["null","string"]}]}]},
	{"name":"tags","type":["null",{"type":"array","items":"string"}]},
	{"name":"pets","type":["null",{"type":"array","items":{"type":"record","name":"pet","fields":[{"name":"kind","type":["null","string"]},{"name":"age","type":["null","int"]}]}}]},
	{"name":"map","type":["null",{"type":"map","values":"string"}]}]}`

const ann = `{"id":1,"name":"Ann","home":{"city":"Bern","zip":"3000"},"tags":["a","b","c"],"pets":[{"kind":"cat","age":3},{"kind":"dog","age":5}],"map":{"x":"1","y":"2"}}`

var transformCases = map[string]struct {
	component sdk.Component
	props     []string
	in, want  string
}{
	"literal": {
		record.UpdateRecord,
		[]string{"/name", "Bob", "/new", "x${filename}", "/home/zip", "8000"},
		ann,
		`[{"id":1,"name":"Bob","home":{"city":"Bern","zip":"8000"},"tags":["a","b","c"],"pets":[{"kind":"cat","age":3},{"kind":"dog","age":5}],"map":{"x":"1","y":"2"},"new":"xf"}]`,
	},
	"number stays a number": {
		record.UpdateRecord,
		[]string{"/id", "7"},
		`{"id":1}`,
		`[{"id":7,"name":null,"home":null,"tags":null,"pets":null,"map":null}]`,
	},
	"text in place of a number": {
		record.UpdateRecord,
		[]string{"/id", "seven"},
		`{"id":1}`,
		`[{"id":"seven","name":null,"home":null,"tags":null,"pets":null,"map":null}]`,
	},
	"variables": {
		record.UpdateRecord,
		[]string{"/name", "${field.name}-${field.value:toUpper()}-${field.type}-${record.index}"},
		ann + ann,
		`[{"id":1,"name":"name-ANN-STRING-1","home":{"city":"Bern","zip":"3000"},"tags":["a","b","c"],"pets":[{"kind":"cat","age":3},{"kind":"dog","age":5}],"map":{"x":"1","y":"2"}},` +
			`{"id":1,"name":"name-ANN-STRING-2","home":{"city":"Bern","zip":"3000"},"tags":["a","b","c"],"pets":[{"kind":"cat","age":3},{"kind":"dog","age":5}],"map":{"x":"1","y":"2"}}]`,
	},
	"elements": {
		record.UpdateRecord,
		[]string{"/pets[*]/kind", "${field.value}!", "/tags[1]", "B", "/map['x']", "one"},
		ann,
		`[{"id":1,"name":"Ann","home":{"city":"Bern","zip":"3000"},"tags":["a","B","c"],"pets":[{"kind":"cat!","age":3},{"kind":"dog!","age":5}],"map":{"x":"one","y":"2"}}]`,
	},
	"another field": {
		record.UpdateRecord,
		[]string{"Replacement Value Strategy", "record-path-value", "/name", "/home/city", "/town", "concat(/home/city, '!')", "/first", "/pets[0]"},
		ann,
		`[{"id":1,"name":"Bern","home":{"city":"Bern","zip":"3000"},"tags":["a","b","c"],"pets":[{"kind":"cat","age":3},{"kind":"dog","age":5}],"map":{"x":"1","y":"2"},"first":{"kind":"cat","age":3},"town":"Bern!"}]`,
	},
	"relative": {
		record.UpdateRecord,
		[]string{"Replacement Value Strategy", "record-path-value", "/pets[*]/kind", "../age"},
		`{"pets":[{"kind":"cat","age":3},{"age":5}]}`,
		`[{"id":null,"name":null,"home":null,"tags":null,"pets":[{"kind":"3","age":3},{"kind":"5","age":5}],"map":null}]`,
	},
	"nothing found": {
		record.UpdateRecord,
		[]string{"Replacement Value Strategy", "record-path-value", "/name", "/pets[7]"},
		`{"name":"Ann"}`,
		`[{"id":null,"name":null,"home":null,"tags":null,"pets":null,"map":null}]`,
	},
	"root":            {record.UpdateRecord, []string{"Replacement Value Strategy", "record-path-value", "/", "/home"}, ann, `[{"city":"Bern","zip":"3000"}]`},
	"root of several": {record.UpdateRecord, []string{"Replacement Value Strategy", "record-path-value", "/", "/home/*"}, ann, `[{"city":"Bern","zip":"3000"}]`},
	"several": {
		record.UpdateRecord,
		[]string{"Replacement Value Strategy", "record-path-value", "/name", "/home/*"},
		`{"home":{"city":"Bern","zip":"3000"}}`,
		`[{"id":null,"name":{"city":"Bern","zip":"3000"},"home":{"city":"Bern","zip":"3000"},"tags":null,"pets":null,"map":null}]`,
	},
	"itself": {
		record.UpdateRecord,
		[]string{"Replacement Value Strategy", "record-path-value", "/home", "/"},
		`{"id":1}`,
		`[{"id":1,"name":null,"home":{"id":1,"name":null,"home":null,"tags":null,"pets":null,"map":null},"tags":null,"pets":null,"map":null}]`,
	},

	"remove": {
		record.RemoveRecordField,
		[]string{"1", "/home/city", "2", "/pets[*]/age", "3", "/tags", "4", "/map['x']"},
		ann,
		`[{"id":1,"name":"Ann","home":{"zip":"3000"},"pets":[{"kind":"cat"},{"kind":"dog"}],"map":{"y":"2"}}]`,
	},
	"remove elements": {
		record.RemoveRecordField,
		[]string{"1", "/tags[0,2]", "2", "/pets[*]", "3", "/map[*]", "4", "/${filename}", "5", "/name", "6", "/id", "7", "/home"},
		ann,
		`[{"tags":["b"],"pets":[],"map":{}}]`,
	},

	"rename": {
		record.RenameRecordField,
		[]string{"/name", "label", "/pets[*]/kind", "${field.name:toUpper()}", "/home/*", "${field.name}_${field.value}", "/nothing", "x"},
		ann,
		`[{"id":1,"label":"Ann","home":{"city_Bern":"Bern","zip_3000":"3000"},"tags":["a","b","c"],"pets":[{"KIND":"cat","age":3},{"KIND":"dog","age":5}],"map":{"x":"1","y":"2"}}]`,
	},
	"rename all": {
		record.RenameRecordField,
		[]string{"/*", "x_${field.name}"},
		`{"id":1,"name":"Ann"}{"id":2,"name":"Bob"}`,
		`[{"x_id":1,"x_name":"Ann","home":null,"tags":null,"pets":null,"map":null},{"x_id":2,"x_name":"Bob","home":null,"tags":null,"pets":null,"map":null}]`,
	},
	"no records": {record.UpdateRecord, []string{"/name", "Bob"}, `[]`, `[]`},
}

func TestTransformers(t *testing.T) {
	for name, tt := range transformCases {
		t.Run(name, func(t *testing.T) {
			r := runner(t, tt.component, jsReader, jsWriter, person)
			for i := 0; i+1 < len(tt.props); i += 2 {
				r.Set(tt.props[i], tt.props[i+1])
			}
			r.Enqueue(sdktest.FF(tt.in, "filename", "f"))
			r.RunUntilEmpty()
			out := r.Out()
			if len(out["success"]) != 1 {
				t.Fatalf("got %s: %q", out, r.Bulletins())
			}
			wantContent(t, one(t, out, "success"), tt.want)
			wantAttrs(t, one(t, out, "success"), "mime.type", "application/json")
		})
	}
}

func TestTransformers_Failures(t *testing.T) {
	for name, tt := range map[string]struct {
		component       sdk.Component
		prop, value, in string
		bulletin        string
	}{
		"malformed":            {record.UpdateRecord, "/name", "x", `{"id":1}{"id":`, "process records"},
		"expression":           {record.UpdateRecord, "/name", "${field.value:toDate('yyyy')}", `{"name":"Ann"}`, "Ann"},
		"name is taken":        {record.RenameRecordField, "/name", "id", `{"id":1}`, "already"},
		"path by an attribute": {record.RemoveRecordField, "x", "${path}", `{"id":1}`, "RecordPath"},
		"the record itself":    {record.RemoveRecordField, "x", "${slash}", `{"id":1}`, "root"},
	} {
		t.Run(name, func(t *testing.T) {
			r := runner(t, tt.component, jsReader, jsWriter, person)
			r.Set(tt.prop, tt.value)
			r.Enqueue(sdktest.FF(tt.in, "path", "/a[", "slash", "/"))
			r.RunUntilEmpty()
			got := one(t, r.Out(), "failure")
			if got.Content != tt.in || got.Attrs["record.error.message"] == "" {
				t.Errorf("content %q, message %q", got.Content, got.Attrs["record.error.message"])
			}
			wantBulletin(t, r, tt.bulletin)
		})
	}
}

func TestTransformers_Problems(t *testing.T) {
	for name, tt := range map[string]struct {
		component   sdk.Component
		prop, value string
		want        string
	}{
		"no path":        {record.UpdateRecord, "", "", "At least one RecordPath"},
		"bad path":       {record.RenameRecordField, "/a[", "x", "RecordPath"},
		"bad value":      {record.UpdateRecord, "/a", "/b[", "RecordPath"},
		"nothing to do":  {record.RemoveRecordField, "", "", "at least one RecordPath"},
		"root":           {record.RemoveRecordField, "x", "/", "root"},
		"nothing to say": {record.RenameRecordField, "", "", "At least one RecordPath"},
	} {
		t.Run(name, func(t *testing.T) {
			r := runner(t, tt.component, jsReader, jsWriter, person)
			if tt.component.Type == record.UpdateRecord.Type {
				r.Set("Replacement Value Strategy", "record-path-value")
			}
			if tt.prop != "" {
				r.Set(tt.prop, tt.value)
			}
			if p := r.Problems(); len(p) != 1 || !strings.Contains(p[0].Error(), tt.want) {
				t.Errorf("got %v, want one with %q", p, tt.want)
			}
		})
	}
}

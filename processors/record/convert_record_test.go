package record_test

import (
	"testing"

	"github.com/braidflow/braid/processors/record"
	"github.com/braidflow/braid/sdk/sdktest"
)

const typed = `{"type":"record","name":"r","fields":[{"name":"a","type":"int"},{"name":"b","type":["null","string"]}]}`

func TestConvertRecord(t *testing.T) {
	for name, tt := range map[string]struct {
		in, rel, content, count string
		empty                   string
	}{
		"types of the reader's schema": {"a,b\n1,x\n2,\n", "success", `[{"a":1,"b":"x"},{"a":2,"b":null}]`, "2", "true"},
		"no records":                   {"a,b\n", "success", "[]", "0", "true"},
		"no records, dropped":          {"a,b\n", "", "", "", "false"},
		"nothing at all":               {"", "success", "[]", "0", "true"},
		"malformed":                    {"a,b\n1,x\nzwei,y\n", "failure", "a,b\n1,x\nzwei,y", "", "true"},
	} {
		t.Run(name, func(t *testing.T) {
			r := runner(t, record.ConvertRecord, csvReader, jsWriter, typed)
			r.Set("Include Zero Record FlowFiles", tt.empty)
			r.Enqueue(sdktest.FF(tt.in, "filename", "f"))
			r.RunUntilEmpty()
			out := r.Out()
			if tt.rel == "" {
				if len(out) > 0 {
					t.Fatalf("got %s, want nothing", out)
				}
				return
			}
			got := one(t, out, tt.rel)
			wantContent(t, got, tt.content)
			if tt.rel == "failure" {
				wantAttrs(t, got, "record.error.message", got.Attrs["record.error.message"])
				wantBulletin(t, r, "record 2 (line 3), field \"a\"")
				return
			}
			wantAttrs(t, got, "record.count", tt.count, "mime.type", "application/json", "filename", "f")
		})
	}
}

func TestConvertRecord_ManyInOneTrigger(t *testing.T) {
	r := runner(t, record.ConvertRecord, csvReader, jsWriter, "")
	for range 450 {
		r.Enqueue(sdktest.FF("a\n1\n"))
	}
	if err := r.Trigger(); err != nil {
		t.Fatal(err)
	}
	if n := len(r.Out()["success"]); n != 200 {
		t.Errorf("%d FlowFiles in the first Trigger, want 200", n)
	}
	r.RunUntilEmpty()
	if n := len(r.Out()["success"]); n != 250 {
		t.Errorf("%d FlowFiles in the others, want 250", n)
	}
	if n := r.Counters()["Records Processed"]; n != 450 {
		t.Errorf("Records Processed is %d, want 450", n)
	}
}

func TestConvertRecord_MigratesOldNames(t *testing.T) {
	values := map[string]string{"record-reader": "r", "record-writer": "w", "include-zero-record-flowfiles": "false"}
	record.ConvertRecord.New().(interface{ MigrateProperties(map[string]string) }).MigrateProperties(values)
	if values["Record Reader"] != "r" || values["Record Writer"] != "w" || values["Include Zero Record FlowFiles"] != "false" {
		t.Errorf("got %v", values)
	}
}

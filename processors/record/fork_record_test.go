package record_test

import (
	"testing"

	"github.com/braidflow/braid/processors/record"
	"github.com/braidflow/braid/sdk/sdktest"
)

func TestForkRecord(t *testing.T) {
	const schema = `{"type":"record","name":"c","fields":[{"name":"id","type":"int"},{"name":"name","type":["null","string"]},
		{"name":"a","type":["null",{"type":"record","name":"acc","fields":[{"name":"bank","type":"string"},
		{"name":"tx","type":{"type":"array","items":{"type":"record","name":"t","fields":[{"name":"id","type":["null","int"]},{"name":"sum","type":"double"}]}}}]}]},
		{"name":"tags","type":["null",{"type":"array","items":"string"}]}]}`
	const in = `{"id":1,"name":"Ann","a":{"bank":"B","tx":[{"id":7,"sum":1.5},{"id":null,"sum":2}]},"tags":["x","y"]}{"id":2}`
	for name, tt := range map[string]struct {
		props []string
		want  string
		read  int64
	}{
		"extract":     {[]string{"Mode", "extract", "tx", "/a/tx"}, `[{"id":7,"sum":1.5},{"id":null,"sum":2.0}]`, 2},
		"of no array": {[]string{"Mode", "extract", "tx", "/a"}, `[]`, 2},
		"of no path":  {[]string{"Mode", "extract", "tx", "${nothing}"}, `[]`, 2},
		"of texts":    {[]string{"Mode", "extract", "tx", "/tags"}, `[]`, 2},
		"with parents": {
			[]string{"Mode", "extract", "Include Parent Fields", "true", "tx", "/a/tx"},
			`[{"id":7,"sum":1.5,"bank":"B","name":"Ann","tags":["x","y"]},{"id":1,"sum":2.0,"bank":"B","name":"Ann","tags":["x","y"]}]`, 2,
		},
		"split": {
			[]string{"tags", "/tags"},
			`[{"id":1,"name":"Ann","a":{"bank":"B","tx":[{"id":7,"sum":1.5},{"id":null,"sum":2.0}]},"tags":["x"]},{"id":1,"name":"Ann","a":{"bank":"B","tx":[{"id":7,"sum":1.5},{"id":null,"sum":2.0}]},"tags":["y"]}]`, 2,
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := runner(t, record.ForkRecord, jsReader, jsWriter, schema)
			for i := 0; i+1 < len(tt.props); i += 2 {
				r.Set(tt.props[i], tt.props[i+1])
			}
			r.Enqueue(sdktest.FF(in))
			r.RunUntilEmpty()
			out := r.Out()
			if len(out["fork"]) != 1 {
				t.Fatalf("got %s: %q", out, r.Bulletins())
			}
			if tt.want == "[]" {
				wantAttrs(t, one(t, out, "fork"), "record.count", "0")
			}
			wantContent(t, one(t, out, "fork"), tt.want)
			wantContent(t, one(t, out, "original"), in)
			if n := r.Counters()["Records Processed"]; n != tt.read {
				t.Errorf("%d records processed, want %d", n, tt.read)
			}
		})
	}
}

func TestForkRecord_Failure(t *testing.T) {
	r := runner(t, record.ForkRecord, jsReader, jsWriter, person)
	r.Set("pets", "/pets")
	r.Enqueue(sdktest.FF(ann + `{"id":`))
	r.RunUntilEmpty()
	out := r.Out()
	wantContent(t, one(t, out, "failure"), ann+`{"id":`)
	wantBulletin(t, r, "fork records")
	if len(out) != 1 {
		t.Errorf("got %s", out)
	}
}

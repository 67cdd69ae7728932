package record_test

import (
	"strings"
	"testing"

	"github.com/braidflow/braid/processors/record"
	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/sdktest"
)

func lookupRunner(t *testing.T, reader sdk.Component, schema string, props map[string]string) *sdktest.Runner {
	t.Helper()
	r := runner(t, record.LookupRecord, reader, jsWriter, schema)
	r.Service("airlines", airlines, nil)
	r.Set("Lookup Service", "airlines")
	for name, v := range props {
		r.Set(name, v)
	}
	return r
}

const nested = `{"type":"record","name":"r","fields":[
	{"name":"legs","type":{"type":"array","items":{"type":"record","name":"leg","fields":[{"name":"carrier","type":["null","string"]}]}}},
	{"name":"best","type":["null",{"type":"record","name":"best","fields":[{"name":"carrier","type":"string"}]}]}]}`

var lookupCases = map[string]struct {
	reader sdk.Component
	schema string
	props  map[string]string
	in     string
	want   map[string]string
}{
	"a value at a new field": {
		csvReader, "",
		map[string]string{"code": "/carrier", "Result RecordPath": "/airline"},
		"carrier\nAA\nXX\n",
		map[string]string{"success": `[{"carrier":"AA","airline":"American"},{"carrier":"XX","airline":null}]`},
	},
	"schema of the first match, which is not the first record": {
		csvReader, "",
		map[string]string{"code": "/carrier", "Result RecordPath": "/airline"},
		"carrier\nXX\n\"\"\nAA\n",
		map[string]string{"success": `[{"carrier":"XX","airline":null},{"carrier":null,"airline":null},{"carrier":"AA","airline":"American"}]`},
	},
	"no match at all": {
		csvReader, "",
		map[string]string{"code": "/carrier", "Result RecordPath": "/airline"},
		"carrier\nXX\n",
		map[string]string{"success": `[{"carrier":"XX"}]`},
	},
	"a whole record": {
		csvReader, "",
		map[string]string{"code": "/carrier", "Result RecordPath": "/airline", "Cache Size": "1"},
		"carrier\nUA\nUA\nXX\nUA\n",
		map[string]string{"success": `[{"carrier":"UA","airline":{"name":"United","founded":1926}},` +
			`{"carrier":"UA","airline":{"name":"United","founded":1926}},{"carrier":"XX","airline":null},{"carrier":"UA","airline":{"name":"United","founded":1926}}]`},
	},
	"fields of a record": {
		csvReader, "",
		map[string]string{"code": "/carrier", "Result RecordPath": "/", "Record Result Contents": "record-fields"},
		"carrier,name\nUA,old\nXX,kept\n",
		map[string]string{"success": `[{"carrier":"UA","name":"United","founded":1926},{"carrier":"XX","name":"kept","founded":null}]`},
	},
	"routed": {
		csvReader, "",
		map[string]string{"code": "/carrier", "Result RecordPath": "/airline", "Routing Strategy": "route-to-matched-unmatched"},
		"carrier\nXX\nAA\nYY\nAA\n",
		map[string]string{
			"matched":   `[{"carrier":"AA","airline":"American"},{"carrier":"AA","airline":"American"}]`,
			"unmatched": `[{"carrier":"XX","airline":null},{"carrier":"YY","airline":null}]`,
		},
	},
	"only routed": {
		csvReader, "",
		map[string]string{"code": "/carrier", "Routing Strategy": "route-to-matched-unmatched"},
		"carrier\nXX\n",
		map[string]string{"unmatched": `[{"carrier":"XX"}]`},
	},
	"in place": {
		csvReader, "",
		map[string]string{"a": "/from", "b": "/to", "Record Update Strategy": "replace-existing-values", "Routing Strategy": "route-to-matched-unmatched"},
		"from,to\nAA,AA\nAA,XX\n,\n",
		map[string]string{
			"matched":   `[{"from":"American","to":"American"}]`,
			"unmatched": `[{"from":"American","to":"XX"},{"from":null,"to":null}]`,
		},
	},
	"records within a record": {
		jsReader, nested,
		map[string]string{"code": "/carrier", "Root Record Path": "/legs", "Result RecordPath": "/airline", "Routing Strategy": "route-to-matched-unmatched"},
		`[{"legs":[{"carrier":"AA"},{"carrier":"AA"}]},{"legs":[{"carrier":"AA"},{"carrier":"XX"}]},{"legs":[]}]`,
		map[string]string{
			"matched":   `[{"legs":[{"carrier":"AA","airline":"American"},{"carrier":"AA","airline":"American"}],"best":null}]`,
			"unmatched": `[{"legs":[{"carrier":"AA","airline":"American"},{"carrier":"XX","airline":null}],"best":null},{"legs":[],"best":null}]`,
		},
	},
	"fields into a record within": {
		jsReader, nested,
		map[string]string{"code": "/best/carrier", "Result RecordPath": "/best", "Record Result Contents": "record-fields"},
		`[{"legs":[],"best":{"carrier":"UA"}}]`,
		map[string]string{"success": `[{"legs":[],"best":{"carrier":"UA","name":"United","founded":1926}}]`},
	},
	"no records": {csvReader, "", map[string]string{"code": "/carrier", "Result RecordPath": "/airline"}, "carrier\n", nil},
}

func TestLookupRecord(t *testing.T) {
	for name, tt := range lookupCases {
		t.Run(name, func(t *testing.T) {
			r := lookupRunner(t, tt.reader, tt.schema, tt.props)
			r.Enqueue(sdktest.FF(tt.in))
			r.RunUntilEmpty()
			out := r.Out()
			if len(out) != len(tt.want) {
				t.Errorf("got %s, want %v; bulletins %q", out, tt.want, r.Bulletins())
			}
			for rel, want := range tt.want {
				wantContent(t, one(t, out, rel), want)
				wantAttrs(t, one(t, out, rel), "mime.type", "application/json")
			}
		})
	}
}

func TestLookupRecord_Failures(t *testing.T) {
	for name, tt := range map[string]struct{ schema, in, bulletin string }{
		"the service fails": {"", "a\nAA\nBOOM\n", "on strike"},
		"malformed":         {typed, "a,b\n1,x\nzwei,y\n", "field \"a\""},
	} {
		t.Run(name, func(t *testing.T) {
			r := lookupRunner(t, csvReader, tt.schema, map[string]string{"code": "/a", "Result RecordPath": "/airline"})
			r.Enqueue(sdktest.FF(tt.in))
			r.RunUntilEmpty()
			out := r.Out()
			if got := one(t, out, "failure"); got.Content != tt.in || len(out) != 1 {
				t.Errorf("got %s with %q", out, got.Content)
			}
			wantBulletin(t, r, tt.bulletin)
		})
	}
}

func TestLookupRecord_Problems(t *testing.T) {
	for name, tt := range map[string]struct {
		keys  string
		props map[string]string
		want  string
	}{
		"no key":            {"code", nil, "At least one user-defined property"},
		"wrong key":         {"code", map[string]string{"kode": "/a"}, "needs this key"},
		"bad path":          {"code", map[string]string{"code": "/a["}, "RecordPath"},
		"bad result path":   {"code", map[string]string{"code": "/a", "Result RecordPath": "/a["}, "RecordPath"},
		"two keys in place": {"code,year", map[string]string{"a": "/a", "Record Update Strategy": "replace-existing-values"}, "exactly one key"},
	} {
		t.Run(name, func(t *testing.T) {
			r := runner(t, record.LookupRecord, csvReader, jsWriter, "")
			r.Service("airlines", airlines, map[string]string{"keys": tt.keys})
			r.Set("Lookup Service", "airlines")
			for name, v := range tt.props {
				r.Set(name, v)
			}
			if p := r.Problems(); len(p) != 1 || !strings.Contains(p[0].Error(), tt.want) {
				t.Errorf("got %v, want one with %q", p, tt.want)
			}
		})
	}
}

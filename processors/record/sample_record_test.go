package record_test

import (
	"strings"
	"testing"

	"github.com/braidflow/braid/processors/record"
	"github.com/braidflow/braid/sdk/sdktest"
)

func TestSampleRecord(t *testing.T) {
	const in = "n\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n"
	for name, tt := range map[string]struct {
		props []string
		want  string // "" for failure
	}{
		"interval":        {[]string{"Sampling Strategy", "interval", "Sampling Interval", "${three}"}, "3 6 9"},
		"every one":       {[]string{"Sampling Strategy", "interval", "Sampling Interval", "1"}, "1 2 3 4 5 6 7 8 9 10"},
		"none":            {[]string{"Sampling Strategy", "interval", "Sampling Interval", "0"}, " "},
		"no number":       {[]string{"Sampling Strategy", "interval", "Sampling Interval", "${x}"}, ""},
		"ranges":          {[]string{"Sampling Strategy", "range", "Sampling Range", "2,4-5,9-"}, "2 4 5 9 10"},
		"to a number":     {[]string{"Sampling Strategy", "range", "Sampling Range", "-2,4"}, "1 2 4"},
		"no ranges":       {[]string{"Sampling Strategy", "range", "Sampling Range", "${x}"}, "1 2 3 4 5 6 7 8 9 10"},
		"bad range":       {[]string{"Sampling Strategy", "range", "Sampling Range", "1,a"}, ""},
		"chance":          {[]string{"Sampling Strategy", "probabilistic", "Sampling Probability", "50", "Random Seed", "42"}, "1 3 6 7 8 9"},
		"never":           {[]string{"Sampling Strategy", "probabilistic", "Sampling Probability", "0"}, " "},
		"always":          {[]string{"Sampling Strategy", "probabilistic", "Sampling Probability", "100"}, "1 2 3 4 5 6 7 8 9 10"},
		"reservoir":       {[]string{"Reservoir Size", "20"}, "1 2 3 4 5 6 7 8 9 10"},
		"small, seeded":   {[]string{"Reservoir Size", "3", "Random Seed", "1"}, "7 8 4"},
		"bad seed":        {[]string{"Reservoir Size", "3", "Random Seed", "x"}, ""},
		"bad reservoir":   {[]string{"Reservoir Size", "x"}, ""},
		"empty reservoir": {[]string{"Reservoir Size", "0"}, " "},
	} {
		t.Run(name, func(t *testing.T) {
			r := runner(t, record.SampleRecord, csvReader, csvWriter, "")
			for i := 0; i+1 < len(tt.props); i += 2 {
				r.Set(tt.props[i], tt.props[i+1])
			}
			r.Enqueue(sdktest.FF(in, "three", "3"))
			r.RunUntilEmpty()
			out := r.Out()
			if tt.want == "" {
				wantContent(t, one(t, out, "failure"), strings.TrimSpace(in))
				return
			}
			if len(out["success"]) != 1 {
				t.Fatalf("got %s: %q", out, r.Bulletins())
			}
			wantContent(t, one(t, out, "success"), strings.TrimSpace("n\n"+strings.ReplaceAll(strings.TrimSpace(tt.want), " ", "\n")))
			wantContent(t, one(t, out, "original"), strings.TrimSpace(in))
		})
	}
}

func TestCalculateRecordStats(t *testing.T) {
	r := sdktest.New(t, record.CalculateRecordStats)
	r.Service("reader", jsReader, map[string]string{"schema": person})
	r.Set("Record Reader", "reader")
	r.Set("name", "/name")
	r.Set("kind", "/pets[*]/kind")
	r.Enqueue(sdktest.FF(ann+`{"name":"Bob"}{"name":"Ann"}{"id":4}`), sdktest.FF(`{"id":`))
	r.RunUntilEmpty()
	out := r.Out()
	wantAttrs(t, one(t, out, "success"), "record.count", "4", "recordStats.name", "3", "recordStats.name.Ann", "2",
		"recordStats.name.Bob", "1", "recordStats.name.<null>", "1", "recordStats.kind", "2", "recordStats.kind.cat", "1", "recordStats.kind.dog", "1")
	wantContent(t, one(t, out, "failure"), `{"id":`)

	r.Set("Record Stats Limit", "${limit}")
	r.Enqueue(sdktest.FF(ann+`{"name":"Bob"}{"name":"Ann"}`, "limit", "1"))
	r.RunUntilEmpty()
	got := one(t, r.Out(), "success")
	wantAttrs(t, got, "recordStats.name", "3", "recordStats.name.Ann", "2", "recordStats.kind", "2")
	if v, has := got.Attrs["recordStats.name.Bob"]; has {
		t.Errorf("a value above the limit is there: %q", v)
	}
}

func TestExtractRecordSchema(t *testing.T) {
	r := sdktest.New(t, record.ExtractRecordSchema)
	r.Service("reader", csvReader, map[string]string{"schema": "infer"})
	r.Set("Record Reader", "reader")
	r.Enqueue(sdktest.FF("id,name\n1,Ann\n"))
	r.RunUntilEmpty()
	out := r.Out()
	wantAttrs(t, one(t, out, "success"), "avro.schema",
		`{"type":"record","name":"nifiRecord","namespace":"org.apache.nifi","fields":[{"name":"id","type":["null","int"]},{"name":"name","type":["null","string"]}]}`)

	r = sdktest.New(t, record.ExtractRecordSchema)
	r.Service("reader", jsReader, map[string]string{"schema": "nonsense"})
	r.Set("Record Reader", "reader")
	r.Enqueue(sdktest.FF("{}"))
	r.RunUntilEmpty()
	if one(t, r.Out(), "failure").Attrs["record.error.message"] == "" {
		t.Error("there is no record.error.message")
	}
}

package record_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/braidflow/braid/processors/record"
	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/sdktest"
)

// flights is 31 MB of CSV, as large as the year's flights: their first 1,000 rows many times over.
func flights(b *testing.B) string {
	b.Helper()
	rows, err := os.ReadFile("../../services/record/testdata/flights.csv")
	if err != nil {
		b.Fatal(err)
	}
	header := bytes.IndexByte(rows, '\n') + 1
	return string(append(rows[:header:header], bytes.Repeat(rows[header:], 31_000_000/len(rows))...))
}

// BenchmarkFlights measures each processor over the engine's session, in MB of CSV a second: with a schema given by the
// header, all text, and with one inferred.
func BenchmarkFlights(b *testing.B) {
	content := flights(b)
	for _, bench := range []struct {
		component sdk.Component
		props     []string
	}{
		{record.ConvertRecord, nil},
		{record.PartitionRecord, []string{"carrier", "/carrier"}},
		{record.LookupRecord, []string{"code", "/carrier", "Result RecordPath", "/airline"}},
		{record.LookupRecord, []string{"code", "/carrier", "Result RecordPath", "/", "Record Result Contents", "record-fields"}},
		{record.QueryRecord, []string{"out", "SELECT carrier, AVG(TRY_CAST(dep_delay AS DOUBLE)) AS delay FROM FLOWFILE GROUP BY carrier"}},
		{record.UpdateRecord, []string{"/carrier", "${field.value:toLower()}", "/new", "x"}},
		{record.SplitRecord, []string{"Records Per Split", "1000"}},
		{record.ValidateRecord, nil},
	} {
		for _, schema := range []string{"", "infer"} {
			name := bench.component.Type[len("org.apache.nifi.processors.standard."):]
			b.Run(name+"/"+map[string]string{"": "text", "infer": "inferred"}[schema], func(b *testing.B) {
				r := runner(b, bench.component, csvReader, jsWriter, schema)
				if bench.component.Type == record.LookupRecord.Type {
					r.Service("airlines", airlines, map[string]string{"text": "none"})
					r.Set("Lookup Service", "airlines")
				}
				for i := 0; i+1 < len(bench.props); i += 2 {
					r.Set(bench.props[i], bench.props[i+1])
				}
				b.SetBytes(int64(len(content)))
				b.ReportAllocs()
				for b.Loop() {
					b.StopTimer()
					r.Enqueue(sdktest.FF(content))
					b.StartTimer()
					if err := r.Trigger(); err != nil {
						b.Fatal(err)
					}
					b.StopTimer()
					if out := r.Out(); len(out["failure"]) > 0 {
						b.Fatalf("%q", r.Bulletins())
					}
					b.StartTimer()
				}
			})
		}
	}
}

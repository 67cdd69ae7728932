package sql_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/braidflow/braid/sdk/sdktest"
	"github.com/braidflow/braid/test/servers"
)

// BenchmarkPutDatabaseRecord inserts and upserts rows of nine columns, with a commit for each 20,000.
func BenchmarkPutDatabaseRecord(b *testing.B) {
	const rows = 20_000
	schema := fields("id", "int", "carrier", "string", "flight", "int", "tailnum", "string", "origin", "string", "dest", "string",
		"dep_delay", "double", "distance", "double", "time_hour", `{"type":"long","logicalType":"timestamp-millis"}`)
	var content strings.Builder
	for i := range rows {
		fmt.Fprintf(&content, `{"id":%d,"carrier":"UA","flight":%d,"tailnum":"N%d","origin":"EWR","dest":"IAH","dep_delay":%d.5,"distance":1400,"time_hour":"2013-01-01 05:00:00"}`+"\n",
			i, i%9000, i%4000, i%300)
	}
	for _, open := range []func() database{
		func() database { return sqlite(b) },
		func() database { return server("PostgreSQL", `"`, servers.PostgreSQL(b)) },
		func() database { return server("MariaDB", "`", servers.MariaDB(b)) },
	} {
		d := open()
		const table = "bench"
		if _, err := d.db.ExecContext(b.Context(), `CREATE TABLE bench (id INT PRIMARY KEY, carrier VARCHAR(2), flight INT, tailnum VARCHAR(9),
			origin VARCHAR(3), dest VARCHAR(3), dep_delay DOUBLE PRECISION, distance DOUBLE PRECISION, time_hour TIMESTAMP)`); err != nil {
			b.Fatal(err)
		}
		for _, how := range []string{"INSERT", "UPSERT", "UPDATE"} {
			b.Run(d.name+"/"+how, func(b *testing.B) {
				r := d.runner(b, table, schema, "Statement Type", how)
				if how == "INSERT" {
					r.Set("Pre-Processing SQL", "DELETE FROM bench")
				}
				for b.Loop() {
					r.Enqueue(sdktest.FF(content.String()))
					r.RunUntilEmpty()
					if out := r.Out(); len(out["success"]) != 1 {
						b.Fatalf("got %s: %q", out, r.Bulletins())
					}
				}
				b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
			})
		}
	}
}

package record_test

import (
	"strings"
	"testing"
	"time"

	"github.com/braidflow/braid/processors/record"
	"github.com/braidflow/braid/sdk/sdktest"
)

func TestQueryRecord(t *testing.T) {
	const in = "carrier,delay,Dest Name\nUA,10,x\nAA,5,y\nUA,21,z\nAA,,\n"
	r := runner(t, record.QueryRecord, csvReader, jsWriter, "infer")
	r.Set("by carrier", "SELECT carrier, AVG(delay) AS delay, COUNT(*) AS n FROM FLOWFILE GROUP BY carrier")
	r.Set("late", `SELECT "Dest Name" AS name, delay * 2 AS twice FROM FLOWFILE WHERE delay > ${limit}`)
	r.Set("none", "SELECT * FROM FLOWFILE WHERE carrier = 'XX'")
	r.Enqueue(sdktest.FF(in, "limit", "6"))
	r.RunUntilEmpty()
	out := r.Out()
	wantContent(t, one(t, out, "by carrier"), `[{"carrier":"UA","delay":15,"n":2},{"carrier":"AA","delay":5,"n":2}]`)
	wantAttrs(t, one(t, out, "by carrier"), "record.count", "2", "QueryRecord.Route", "by carrier", "mime.type", "application/json")
	wantContent(t, one(t, out, "late"), `[{"name":"x","twice":20},{"name":"z","twice":42}]`)
	wantContent(t, one(t, out, "none"), `[]`)
	wantContent(t, one(t, out, "original"), strings.TrimSpace(in))
	wantAttrs(t, one(t, out, "original"), "QueryRecord.Route", "original")
	if n := r.Counters()["Records Read"]; n != 4 {
		t.Errorf("%d records read, want 4", n)
	}

	r.Set("Include Zero Record FlowFiles", "false")
	r.Enqueue(sdktest.FF(in, "limit", "6"))
	r.RunUntilEmpty()
	if out := r.Out(); len(out["none"]) > 0 || len(out["late"]) != 1 {
		t.Errorf("got %s", out)
	}
}

func TestQueryRecord_Failures(t *testing.T) {
	for name, tt := range map[string]struct{ query, in, bulletin string }{
		"column":    {"SELECT nothing FROM FLOWFILE", "a\n1\n", `there is no column \"nothing\"`},
		"syntax":    {"${query}", "a\n1\n", "expected SELECT"},
		"value":     {"SELECT CAST(a AS INT) AS n FROM FLOWFILE", "a\nx\n", "CAST of"},
		"malformed": {"SELECT a FROM FLOWFILE", "a\n\"1", "query"},
	} {
		t.Run(name, func(t *testing.T) {
			r := runner(t, record.QueryRecord, csvReader, jsWriter, "")
			r.Set("out", tt.query)
			r.Enqueue(sdktest.FF(tt.in, "query", "DELETE"))
			r.RunUntilEmpty()
			out := r.Out()
			if got := one(t, out, "failure"); got.Content != tt.in || len(out) != 1 || got.Attrs["QueryRecord.Route"] != "failure" {
				t.Errorf("got %s with %q", out, got.Content)
			}
			if b := strings.Join(r.Bulletins(), "\n"); !strings.Contains(strings.ReplaceAll(b, `\"`, `"`), strings.ReplaceAll(tt.bulletin, `\"`, `"`)) {
				t.Errorf("no %q in %s", tt.bulletin, b)
			}
		})
	}
}

func TestQueryRecord_Problems(t *testing.T) {
	r := runner(t, record.QueryRecord, csvReader, jsWriter, "")
	r.Set("out", "SELECT FROM x")
	if p := r.Problems(); len(p) != 1 || !strings.Contains(p[0].Error(), "Not a valid SQL Statement") {
		t.Errorf("got %v", p)
	}
}

func joiner(t *testing.T) *sdktest.Runner {
	t.Helper()
	r := sdktest.New(t, record.JoinEnrichment)
	r.Service("reader", csvReader, map[string]string{"schema": "infer"})
	r.Service("writer", jsWriter, nil)
	r.Set("Original Record Reader", "reader")
	r.Set("Enrichment Record Reader", "reader")
	r.Set("Record Writer", "writer")
	return r
}

func TestJoinEnrichment(t *testing.T) {
	o := sdktest.FF("id,name\n1,Ann\n2,Bob\n", "enrichment.group.id", "g", "enrichment.role", "ORIGINAL", "a", "1")
	e := sdktest.FF("id,town\n2,Bern\n1,Rome\n3,Oslo\n", "enrichment.group.id", "g", "enrichment.role", "ENRICHMENT", "a", "2", "b", "name")
	for name, tt := range map[string]struct {
		props []string
		want  string // "" for failure
	}{
		"wrapper": {nil, `[{"original":{"id":1,"name":"Ann"},"enrichment":{"id":2,"town":"Bern"}},{"original":{"id":2,"name":"Bob"},"enrichment":{"id":1,"town":"Rome"}},{"original":null,"enrichment":{"id":3,"town":"Oslo"}}]`},
		"insert":  {[]string{"Join Strategy", "Insert Enrichment Fields"}, `[{"id":2,"name":"Ann","town":"Bern"},{"id":1,"name":"Bob","town":"Rome"}]`},
		"sql":     {[]string{"Join Strategy", "SQL"}, `[{"id":1,"name":"Ann","id0":1,"town":"Rome"},{"id":2,"name":"Bob","id0":2,"town":"Bern"}]`},
		"other sql": {
			[]string{"Join Strategy", "SQL", "SQL", "SELECT ${b}, town FROM original o JOIN enrichment e ON o.id = e.id WHERE o.id = ${a}"},
			`[{"name":"Bob","town":"Bern"}]`,
		},
		"bad sql": {[]string{"Join Strategy", "SQL", "SQL", "SELECT x FROM original"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := joiner(t)
			for i := 0; i+1 < len(tt.props); i += 2 {
				r.Set(tt.props[i], tt.props[i+1])
			}
			r.Enqueue(e, o)
			r.RunUntilEmpty()
			out := r.Out()
			if tt.want == "" {
				if len(out["failure"]) != 2 || len(out) != 1 {
					t.Errorf("got %s", out)
				}
				return
			}
			if len(out["joined"]) != 1 || len(out["original"]) != 2 {
				t.Fatalf("got %s: %q", out, r.Bulletins())
			}
			wantContent(t, one(t, out, "joined"), tt.want)
		})
	}
}

func TestJoinEnrichment_Waiting(t *testing.T) {
	r := joiner(t)
	r.Set("Timeout", "1 min")
	r.Set("Maximum Number of Bins", "1")
	in := func(group, role string) sdktest.Input {
		return sdktest.FF("id\n1\n", "enrichment.group.id", group, "enrichment.role", role)
	}
	r.Enqueue(in("1", "ORIGINAL"), in("2", "ORIGINAL"))
	if err := r.Trigger(); err != nil {
		t.Fatal(err)
	}
	if out := r.Out(); len(out) != 0 || r.Queued() != 2 {
		t.Errorf("got %s, %d are waiting", out, r.Queued())
	}
	r.Enqueue(in("2", "ENRICHMENT"))
	r.Advance(30 * time.Second)
	if err := r.Trigger(); err != nil {
		t.Fatal(err)
	}
	if out := r.Out(); len(out["joined"]) != 1 {
		t.Errorf("got %s", out)
	}
	r.Advance(2 * time.Minute)
	for range 2 {
		if err := r.Trigger(); err != nil {
			t.Fatal(err)
		}
	}
	if out := r.Out(); len(out["timeout"]) != 1 {
		t.Errorf("got %s", out)
	}
	r.Enqueue(in("3", "ORIGINAL"), in("3", "ORIGINAL"))
	r.RunUntilEmpty()
	if out := r.Out(); len(out["failure"]) != 2 {
		t.Errorf("two originals: got %s", out)
	}
}

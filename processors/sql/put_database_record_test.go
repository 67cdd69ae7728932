package sql_test

import (
	"fmt"
	"strings"
	"testing"

	processors "github.com/braidflow/braid/processors/sql"
	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/sdktest"
)

func TestPutDatabaseRecord(t *testing.T) {
	onEach(t, map[string]func(*testing.T, database){
		"insert types":         testInsertTypes,
		"insert many":          testInsertMany,
		"large values":         testLargeValues,
		"update many":          testUpdateMany,
		"upsert":               testUpsert,
		"upsert only keys":     testUpsertOnlyKeys,
		"insert ignore":        testInsertIgnore,
		"update":               testUpdate,
		"delete":               testDelete,
		"mixed by path":        testMixedByPath,
		"sql":                  testSQL,
		"before and after":     testBeforeAndAfter,
		"names":                testNames,
		"rolled back":          testRolledBack,
		"auto commit":          testAutoCommit,
		"unmatched":            testUnmatched,
		"hostile":              testHostile,
		"altered":              testAltered,
		"rollback on failure":  testRollbackOnFailure,
		"no connection":        testNoConnection,
		"malformed":            testMalformed,
		"statement takes long": testTimeout,
	})
}

// sqlTypes are column types by database.
func sqlTypes(d database, types ...string) string {
	names := map[string]string{"bytes": "BLOB", "double": "DOUBLE PRECISION", "stamp": "TIMESTAMP(3)", "uuid": "CHAR(36)"}
	switch d.name {
	case "PostgreSQL":
		names["bytes"], names["uuid"] = "BYTEA", "UUID"
	case "MariaDB":
		names["stamp"] = "DATETIME(3)"
	}
	var columns []string
	for i, typ := range types {
		if n, ok := names[typ]; ok {
			typ = n
		}
		columns = append(columns, fmt.Sprintf("c%d %s", i, typ))
	}
	return strings.Join(columns, ", ")
}

func testInsertTypes(t *testing.T, d database) {
	table := d.table(t, sqlTypes(d, "INT", "BIGINT", "DECIMAL(20,3)", "double", "VARCHAR(20)", "BOOLEAN", "DATE", "TIME", "stamp", "bytes", "uuid"))
	schema := fields("c0", "int", "c1", "long", "c2", "string", "c3", "double", "c4", "string", "c5", "boolean",
		"c6", `{"type":"int","logicalType":"date"}`, "c7", `{"type":"int","logicalType":"time-millis"}`,
		"c8", `{"type":"long","logicalType":"timestamp-millis"}`, "c9", "string", "c10", "string")
	r := d.runner(t, table, schema, "Statement Type", "INSERT", "Binary String Format", "Hexadecimal")
	const id = "0b9c3f7e-3f53-4f07-8c0c-0a1f3b0c1d2e"
	put(t, r, "success", `[{"c0":1,"c1":9007199254740993,"c2":"12345678901234567.891","c3":1.5,"c4":"O'Neil; \"x\"","c5":true,
		"c6":"2013-01-31","c7":"23:59:58","c8":"2013-01-31 23:59:58","c9":"00ff7f","c10":"`+id+`"},{"c0":null},
		{"c0":2,"c4":"ü","c5":false}]`)
	text := map[string]string{"SQLite": "hex(c9)", "PostgreSQL": "upper(encode(c9, 'hex'))", "MariaDB": "hex(c9)"}[d.name]
	truth := map[string]string{"SQLite": "c5", "PostgreSQL": "c5::int", "MariaDB": "c5"}[d.name]
	stamp := map[string]string{"SQLite": "c8||''", "PostgreSQL": "to_char(c8, 'YYYY-MM-DD HH24:MI:SS')", "MariaDB": "date_format(c8, '%Y-%m-%d %H:%i:%s')"}[d.name]
	day := map[string]string{"SQLite": "c6||''", "PostgreSQL": "c6::text", "MariaDB": "date_format(c6, '%Y-%m-%d')"}[d.name]
	at := map[string]string{"SQLite": "c7||''", "PostgreSQL": "c7::text", "MariaDB": "c7"}[d.name]
	exact := map[string]string{"SQLite": "12345678901234568"}[d.name] // SQLite has no exact decimal numbers
	if exact == "" {
		exact = "12345678901234567.891"
	}
	number := map[string]string{"SQLite": "c2||''", "PostgreSQL": "c2::text", "MariaDB": "c2"}[d.name]
	got := d.rows(t, fmt.Sprintf("SELECT c0, c1, %s, c3, c4, %s, %s, %s, %s, %s, c10 FROM %s WHERE c0 = 1", number, truth, day, at, stamp, text, table))
	want := "1|9007199254740993|" + exact + `|1.5|O'Neil; "x"|1|2013-01-31|23:59:58|2013-01-31 23:59:58|00FF7F|` + id
	if !strings.EqualFold(got, want) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	d.wantRows(t, "SELECT c4, "+truth+", c1, c9 FROM "+table+" WHERE c0 = 2", "ü|0|NULL|NULL")
	d.wantRows(t, "SELECT count(*) FROM "+table+" WHERE c0 IS NULL AND c4 IS NULL", "1")
}

func testInsertMany(t *testing.T, d database) {
	table := d.table(t, "id INT PRIMARY KEY, word VARCHAR(40)")
	for _, batch := range []string{"0", "1", "100", "1000"} {
		r := d.runner(t, table, fields("id", "int", "word", "string"), "Statement Type", "INSERT", "Maximum Batch Size", batch,
			"Pre-Processing SQL", "DELETE FROM "+table)
		var b strings.Builder
		const rows = 1237
		for i := range rows {
			fmt.Fprintf(&b, `{"id":%d,"word":"word %d"}`, i, i)
		}
		put(t, r, "success", b.String())
		d.wantRows(t, "SELECT count(*), sum(id), count(DISTINCT word) FROM "+table, fmt.Sprintf("%d|%d|%d", rows, rows*(rows-1)/2, rows))
		d.wantRows(t, "SELECT word FROM "+table+" WHERE id IN (0, 1, 777, 1236) ORDER BY id", "word 0\nword 1\nword 777\nword 1236")
		if n := r.Counters()["INSERT updates performed"]; n != rows {
			t.Errorf("batch size %s: counted %d inserts, want %d", batch, n, rows)
		}
		if e := r.Events(); len(e) == 0 || e[len(e)-1].Type != "SEND" || !strings.HasPrefix(e[len(e)-1].TransitURI, "jdbc:") {
			t.Errorf("no SEND event: %+v", e)
		}
	}
}

// Rows are sent before too much of them waits, and one that is larger than that is sent alone.
func testLargeValues(t *testing.T, d database) {
	table := d.table(t, "id INT PRIMARY KEY, word "+map[string]string{"MariaDB": "LONGTEXT"}[d.name]+map[string]string{"SQLite": "TEXT", "PostgreSQL": "TEXT"}[d.name])
	var b strings.Builder
	for i := range 20 {
		fmt.Fprintf(&b, `{"id":%d,"word":"%s"}`, i, strings.Repeat("x", 1+i%7*400_000))
	}
	put(t, d.runner(t, table, fields("id", "int", "word", "string"), "Statement Type", "INSERT"), "success", b.String())
	d.wantRows(t, "SELECT count(*), sum(length(word)) FROM "+table, "20|22800020")
}

// Rows with a statement each go out together where the database can, in their order, and fail together.
func testUpdateMany(t *testing.T, d database) {
	table := d.table(t, "id INT PRIMARY KEY, n INT NOT NULL")
	var rows, changes strings.Builder
	for i := range 2500 {
		fmt.Fprintf(&rows, `{"id":%d,"n":0}`, i)
		fmt.Fprintf(&changes, `{"id":%d,"n":%d}`, i%1300, i)
	}
	schema := fields("id", "int", "n", "int")
	put(t, d.runner(t, table, schema, "Statement Type", "INSERT"), "success", rows.String())
	r := d.runner(t, table, schema, "Statement Type", "UPDATE")
	put(t, r, "success", changes.String())
	d.wantRows(t, "SELECT id, n FROM "+table+" WHERE id IN (0, 1199, 1200, 1299, 1300) ORDER BY id", "0|1300\n1199|2499\n1200|1200\n1299|1299\n1300|0")
	got := put(t, r, "failure", `{"id":1,"n":77}{"id":2,"n":null}{"id":3,"n":77}`)
	if !strings.HasPrefix(got.Attrs["putdatabaserecord.error"], "UPDATE") && !strings.Contains(got.Attrs["putdatabaserecord.error"], ": UPDATE") {
		t.Errorf("the error is %q", got.Attrs["putdatabaserecord.error"])
	}
	d.wantRows(t, "SELECT count(*) FROM "+table+" WHERE n = 77", "0")
	put(t, d.runner(t, table, schema, "Statement Type", "DELETE", "Delete Keys", "id"), "success", rows.String())
	d.wantRows(t, "SELECT count(*) FROM "+table, "0")
}

func testUpsert(t *testing.T, d database) {
	table := d.table(t, "id INT PRIMARY KEY, word VARCHAR(40), n INT")
	r := d.runner(t, table, fields("id", "int", "word", "string"), "Statement Type", "UPSERT")
	put(t, r, "success", `[{"id":1,"word":"a"},{"id":2,"word":"b"},{"id":1,"word":"c"},{"id":3,"word":"d"},{"id":3,"word":null}]`)
	d.wantRows(t, "SELECT id, word FROM "+table+" ORDER BY id", "1|c\n2|b\n3|NULL")
	keyed := d.runner(t, table, fields("id", "int", "word", "string"), "Statement Type", "UPSERT", "Update Keys", "ID")
	put(t, keyed, "success", `[{"id":2,"word":"z"}]`)
	d.wantRows(t, "SELECT id, word FROM "+table+" ORDER BY id", "1|c\n2|z\n3|NULL")
}

func testUpsertOnlyKeys(t *testing.T, d database) {
	table := d.table(t, "a INT NOT NULL, b VARCHAR(9) NOT NULL, PRIMARY KEY (a, b)")
	r := d.runner(t, table, fields("a", "int", "b", "string"), "Statement Type", "UPSERT")
	put(t, r, "success", `[{"a":1,"b":"x"},{"a":1,"b":"x"},{"a":1,"b":"y"}]`)
	d.wantRows(t, "SELECT a, b FROM "+table+" ORDER BY a, b", "1|x\n1|y")
}

func testInsertIgnore(t *testing.T, d database) {
	table := d.table(t, "id INT PRIMARY KEY, word VARCHAR(40)")
	r := d.runner(t, table, fields("id", "int", "word", "string"), "Statement Type", "INSERT_IGNORE")
	put(t, r, "success", `[{"id":1,"word":"a"},{"id":1,"word":"b"},{"id":2,"word":"c"}]`)
	put(t, r, "success", `[{"id":2,"word":"d"},{"id":3,"word":"e"}]`)
	d.wantRows(t, "SELECT id, word FROM "+table+" ORDER BY id", "1|a\n2|c\n3|e")
}

func testUpdate(t *testing.T, d database) {
	table := d.table(t, "id INT PRIMARY KEY, word VARCHAR(40), n INT")
	d.exec(t, "INSERT INTO "+table+" VALUES (1, 'a', 1), (2, 'b', 2), (3, 'b', 3)")
	schema := fields("id", "int", "word", "string", "n", "int")
	put(t, d.runner(t, table, schema, "Statement Type", "UPDATE"), "success", `[{"id":1,"word":"x","n":10},{"id":9,"word":"y","n":0}]`)
	put(t, d.runner(t, table, fields("word", "string", "n", "int"), "Statement Type", "UPDATE", "Update Keys", "${keys}"), "success",
		`[{"word":"b","n":20}]`, "keys", " Word ")
	d.wantRows(t, "SELECT id, word, n FROM "+table+" ORDER BY id", "1|x|10\n2|b|20\n3|b|20")
	keyless := d.runner(t, table, fields("word", "string"), "Statement Type", "UPDATE", "Unmatched Column Behavior", "Ignore Unmatched Columns")
	put(t, keyless, "failure", `[{"word":"all"}]`)
	d.wantRows(t, "SELECT count(*) FROM "+table+" WHERE word = 'all'", "0")
}

func testDelete(t *testing.T, d database) {
	table := d.table(t, "id INT PRIMARY KEY, word VARCHAR(40), n INT")
	fill := "DELETE FROM " + table + "; INSERT INTO " + table + " VALUES (1, 'a', NULL), (2, NULL, NULL), (3, NULL, 3), (4, 'a', 4)"
	schema := fields("id", "int", "word", "string", "n", "int")
	put(t, d.runner(t, table, schema, "Statement Type", "DELETE", "Pre-Processing SQL", fill), "success",
		`[{"id":1,"word":"a","n":null},{"id":2,"word":"a","n":null},{"id":3,"word":null,"n":3}]`)
	d.wantRows(t, "SELECT id FROM "+table+" ORDER BY id", "2\n4")
	put(t, d.runner(t, table, schema, "Statement Type", "DELETE", "Delete Keys", "word", "Pre-Processing SQL", fill), "success",
		`[{"id":99,"word":null,"n":98}]`)
	d.wantRows(t, "SELECT id FROM "+table+" ORDER BY id", "1\n4")
	put(t, d.runner(t, table, schema, "Statement Type", "DELETE", "Delete Keys", "nosuch", "Unmatched Column Behavior", "Ignore Unmatched Columns"),
		"failure", `[{"id":1}]`)
}

// Changes of different kinds, as Debezium writes them, take effect in their order.
func testMixedByPath(t *testing.T, d database) {
	table := d.table(t, "id INT PRIMARY KEY, word VARCHAR(40)")
	row := `{"type":"record","name":"row","fields":[{"name":"id","type":"int"},{"name":"word","type":["null","string"]}]}`
	r := d.runner(t, table, fields("op", "string", "after", row), "Statement Type", "Use Record Path",
		"Statement Type Record Path", "/op", "Data Record Path", "/after")
	put(t, r, "success", `[{"op":"c","after":{"id":1,"word":"a"}},{"op":"r","after":{"id":2,"word":"b"}},{"op":"u","after":{"id":1,"word":"x"}},
		{"op":"d","after":{"id":1,"word":"x"}},{"op":"INSERT","after":{"id":1,"word":"again"}},{"op":"upsert","after":{"id":2,"word":"last"}}]`)
	d.wantRows(t, "SELECT id, word FROM "+table+" ORDER BY id", "1|again\n2|last")
	for content, want := range map[string]string{
		`[{"op":"x","after":{"id":1}}]`:  "record 1: Statement Type Record Path",
		`[{"op":"c","after":null}]`:      "where a record is needed",
		`[{"op":null,"after":{"id":1}}]`: "record 1: Statement Type Record Path",
	} {
		if got := put(t, r, "failure", content).Attrs["putdatabaserecord.error"]; !strings.Contains(got, want) {
			t.Errorf("%s: the error is %q, want it to have %q", content, got, want)
		}
	}
}

func testSQL(t *testing.T, d database) {
	table := d.table(t, "id INT PRIMARY KEY, word VARCHAR(40)")
	r := d.runner(t, table, fields("do", "string"), "Statement Type", "Use statement.type Attribute", "Field Containing SQL", "${field}",
		"Allow Multiple SQL Statements", "true")
	put(t, r, "success", `[{"do":"INSERT INTO `+table+` VALUES (1, 'a\\;b'); INSERT INTO `+table+` VALUES (2, 'c') ; "},{"do":"DELETE FROM `+table+` WHERE id = 2"}]`,
		"statement.type", "sql", "field", "do")
	d.wantRows(t, "SELECT id, word FROM "+table, "1|a;b")
	put(t, r, "failure", `[{"do":"INSERT INTO `+table+` VALUES (3, 'x')"},{"do":"nonsense"}]`, "statement.type", "SQL", "field", "do")
	put(t, r, "failure", `[{"do":""}]`, "statement.type", "SQL", "field", "do")
	put(t, r, "failure", `[{"do":"SELECT 1"}]`, "statement.type", "SQL")
	put(t, r, "failure", `[{"do":"SELECT 1"}]`, "field", "do")
	put(t, r, "failure", `[{"do":"SELECT 1"}]`, "statement.type", "MERGE", "field", "do")
	d.wantRows(t, "SELECT id, word FROM "+table, "1|a;b")
	insert := d.runner(t, table, fields("id", "int", "word", "string"), "Statement Type", "Use statement.type Attribute")
	put(t, insert, "success", `[{"id":7,"word":"z"}]`, "statement.type", "insert")
	d.wantRows(t, "SELECT count(*) FROM "+table, "2")
}

func testBeforeAndAfter(t *testing.T, d database) {
	table := d.table(t, "id INT PRIMARY KEY, word VARCHAR(40)")
	r := d.runner(t, table+"_made", fields("id", "int", "word", "string"), "Statement Type", "INSERT",
		"Pre-Processing SQL", "CREATE TABLE IF NOT EXISTS "+table+"_made (id INT PRIMARY KEY, word VARCHAR(40))",
		"Post-Processing SQL", "INSERT INTO "+table+` VALUES (1, 'a\;b'); INSERT INTO `+table+" SELECT id, word FROM "+table+"_made")
	t.Cleanup(func() { _, _ = d.db.Exec("DROP TABLE " + table + "_made") }) //nolint:noctx // the test's context has ended
	put(t, r, "success", `[{"id":2,"word":"made"}]`)
	d.wantRows(t, "SELECT id, word FROM "+table+" ORDER BY id", "1|a;b\n2|made")
	if got := put(t, r, "failure", `[{"id":3,"word":"made"}]`).Attrs["putdatabaserecord.error"]; !strings.HasPrefix(got, "Post-Processing SQL: ") {
		t.Errorf("the error is %q", got)
	}
	d.wantRows(t, "SELECT count(*) FROM "+table+"_made", "1")
}

func testNames(t *testing.T, d database) {
	table := d.table(t, "`order` INT, `User Name` VARCHAR(9), `MixedCase` INT, a_b INT")
	content := `[{"ORDER":1,"user name":"x","mixed_case":2,"AB":3}]`
	schema := strings.NewReplacer("USER", "user name").Replace(fields("ORDER", "int", "USER", "string", "mixed_case", "int", "AB", "int"))
	put(t, d.runner(t, table, schema, "Statement Type", "INSERT", "Unmatched Field Behavior", "Fail on Unmatched Fields"), "success", content)
	query := strings.ReplaceAll("SELECT `order`, `User Name`, `MixedCase`, a_b FROM "+table, "`", d.quote)
	d.wantRows(t, query, "1|x|2|3")
	exact := d.runner(t, strings.ToUpper(table), schema, "Statement Type", "INSERT", "Translate Field Names", "false",
		"Unmatched Field Behavior", "Fail on Unmatched Fields", "Pre-Processing SQL", "DELETE FROM "+table)
	got := put(t, exact, "failure", content)
	if !strings.Contains(got.Attrs["putdatabaserecord.error"], "ORDER") && d.name != "MariaDB" { // whose table names are case-sensitive
		t.Errorf("the error is %q", got.Attrs["putdatabaserecord.error"])
	}
	pattern := d.runner(t, table, fields("xorder9", "int"), "Statement Type", "INSERT", "Column Name Translation Strategy", "PATTERN",
		"Column Name Translation Pattern", `^x|\d`, "Pre-Processing SQL", "DELETE FROM "+table)
	put(t, pattern, "success", `[{"xorder9":5}]`)
	d.wantRows(t, query, "5|NULL|NULL|NULL")
}

func testRolledBack(t *testing.T, d database) {
	table := d.table(t, "id INT PRIMARY KEY, word VARCHAR(40) NOT NULL")
	r := d.runner(t, table, fields("id", "int", "word", "string"), "Statement Type", "INSERT", "Maximum Batch Size", "2")
	got := put(t, r, "failure", `[{"id":1,"word":"a"},{"id":2,"word":"b"},{"id":3,"word":"c"},{"id":1,"word":"twice"}]`)
	if got.Attrs["putdatabaserecord.error"] == "" {
		t.Error("the FlowFile does not say what went wrong")
	}
	d.wantRows(t, "SELECT count(*) FROM "+table, "0")
	put(t, r, "failure", `[{"id":1,"word":"a"},{"id":2,"word":null}]`)
	d.wantRows(t, "SELECT count(*) FROM "+table, "0")
	put(t, r, "success", `[{"id":1,"word":"a"}]`)
}

func testAutoCommit(t *testing.T, d database) {
	table := d.table(t, "id INT PRIMARY KEY")
	r := d.runner(t, table, fields("id", "int"), "Statement Type", "INSERT", "Database Session AutoCommit", "true", "Maximum Batch Size", "0",
		"Pre-Processing SQL", "INSERT INTO "+table+" VALUES (99)")
	put(t, r, "failure", `[{"id":99}]`)
	d.wantRows(t, "SELECT id FROM "+table, "99")
}

func testUnmatched(t *testing.T, d database) {
	table := d.table(t, "id INT PRIMARY KEY, must INT NOT NULL, has INT NOT NULL DEFAULT 7, may INT")
	for name, tt := range map[string]struct {
		schema, fields, columns, rel, err string
	}{
		"required column":   {fields("id", "int"), "Ignore Unmatched Fields", "Fail on Unmatched Columns", "failure", `required column "must"`},
		"left to database":  {fields("id", "int"), "Ignore Unmatched Fields", "Ignore Unmatched Columns", "failure", "INSERT into table"},
		"surplus field":     {fields("id", "int", "must", "int", "x", "int"), "Fail on Unmatched Fields", "Fail on Unmatched Columns", "failure", `field "x"`},
		"surplus, ignored":  {fields("id", "int", "must", "int", "x", "int"), "Ignore Unmatched Fields", "Fail on Unmatched Columns", "success", ""},
		"nothing matches":   {fields("x", "int"), "Ignore Unmatched Fields", "Ignore Unmatched Columns", "failure", "no field of the record"},
		"two for one":       {fields("id", "int", "ID", "int", "must", "int"), "Ignore Unmatched Fields", "Fail on Unmatched Columns", "failure", "both belong"},
		"warning of column": {fields("id", "int"), "Ignore Unmatched Fields", "Warn on Unmatched Columns", "failure", "INSERT into table"},
	} {
		r := d.runner(t, table, tt.schema, "Statement Type", "INSERT", "Unmatched Field Behavior", tt.fields, "Unmatched Column Behavior", tt.columns)
		got := put(t, r, tt.rel, `[{"id":1,"must":2,"x":3}]`).Attrs["putdatabaserecord.error"]
		if name == "left to database" && got == "" || !strings.Contains(got, tt.err) {
			t.Errorf("%s: the error is %q, want it to have %q", name, got, tt.err)
		}
		if tt.columns == "Warn on Unmatched Columns" && len(r.Bulletins()) != 2 {
			t.Errorf("%s: bulletins are %q, want a warning and an error", name, r.Bulletins())
		}
	}
	d.wantRows(t, "SELECT * FROM "+table, "1|2|7|NULL")
}

// What a FlowFile says is data, never SQL.
func testHostile(t *testing.T, d database) {
	table := d.table(t, "id INT PRIMARY KEY, word VARCHAR(200)")
	r := d.runner(t, "${table}", fields("id", "int", "word", "string"), "Statement Type", "INSERT")
	const bobby = `'); DROP TABLE x; --`
	put(t, r, "success", `[{"id":1,"word":"`+bobby+`"}]`, "table", table)
	d.wantRows(t, "SELECT word FROM "+table, bobby)
	for _, name := range []string{table + " (id) VALUES (9) --", table + d.quote + "; DROP TABLE " + table + "; --", "nosuch", ""} {
		got := put(t, r, "failure", `[{"id":2,"word":"x"}]`, "table", name).Attrs["putdatabaserecord.error"]
		if !strings.Contains(got, "no such table") && !strings.Contains(got, "Table Name is empty") {
			t.Errorf("table %q: the error is %q", name, got)
		}
	}
	d.wantRows(t, "SELECT count(*) FROM "+table, "1")
}

// A table that was altered is read anew after a failure.
func testAltered(t *testing.T, d database) {
	table := d.table(t, "id INT PRIMARY KEY, old INT")
	r := d.runner(t, table, fields("id", "int", "old", "int", "fresh", "int"), "Statement Type", "INSERT")
	put(t, r, "success", `[{"id":1,"old":1,"fresh":1}]`)
	d.exec(t, "DROP TABLE "+table)
	d.exec(t, "CREATE TABLE "+table+" (id INT PRIMARY KEY, fresh INT)")
	put(t, r, "failure", `[{"id":2,"old":2,"fresh":2}]`)
	put(t, r, "success", `[{"id":3,"old":3,"fresh":3}]`)
	d.wantRows(t, "SELECT id, fresh FROM "+table, "3|3")
}

func testRollbackOnFailure(t *testing.T, d database) {
	table := d.table(t, "id INT PRIMARY KEY")
	r := d.runner(t, table, fields("id", "int"), "Statement Type", "INSERT", "Rollback On Failure", "true")
	r.Enqueue(sdktest.FF(`[{"id":1},{"id":1}]`))
	if err := r.Trigger(); err == nil {
		t.Error("Trigger does not fail")
	}
	if out := r.Out(); r.Queued() != 1 || len(out) > 0 {
		t.Errorf("%d FlowFiles in the queue and %s out, want 1 and none", r.Queued(), out)
	}
	d.wantRows(t, "SELECT count(*) FROM "+table, "0")
}

func testNoConnection(t *testing.T, d database) {
	broken := d
	broken.props = map[string]string{
		"Database Connection URL": "jdbc:postgresql://127.0.0.1:1/nobody", "Database User": "nobody", "Password": "x",
	}
	r := broken.runner(t, "t", fields("id", "int"), "Statement Type", "INSERT")
	got := put(t, r, "retry", `[{"id":1}]`)
	if !strings.Contains(got.Attrs["putdatabaserecord.error"], "connect to jdbc:postgresql://127.0.0.1:1/nobody") {
		t.Errorf("the error is %q", got.Attrs["putdatabaserecord.error"])
	}
}

func testMalformed(t *testing.T, d database) {
	table := d.table(t, "id INT PRIMARY KEY")
	r := d.runner(t, table, fields("id", "int"), "Statement Type", "INSERT")
	put(t, r, "failure", `[{"id":1},{"id":"two"}]`)
	put(t, r, "failure", `[{"id":1},{`)
	put(t, r, "success", ``)
	d.wantRows(t, "SELECT count(*) FROM "+table, "0")
}

func testTimeout(t *testing.T, d database) {
	slow := map[string]string{
		"SQLite":     "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
		"PostgreSQL": "SELECT pg_sleep(30)", "MariaDB": "SELECT sleep(30)",
	}[d.name]
	table := d.table(t, "id INT PRIMARY KEY")
	r := d.runner(t, table, fields("id", "int"), "Statement Type", "INSERT", "Max Wait Time", "50 ms", "Pre-Processing SQL", slow)
	r.Enqueue(sdktest.FF(`[{"id":1}]`))
	r.RunUntilEmpty()
	out := r.Out()
	if len(out["failure"])+len(out["retry"]) != 1 {
		t.Errorf("got %s", out)
	}
}

func (d database) exec(t *testing.T, query string) {
	t.Helper()
	if _, err := d.db.ExecContext(t.Context(), query); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// A lock that another connection holds is worth another try.
func TestPutDatabaseRecord_SQLiteBusy(t *testing.T) {
	d := sqlite(t)
	d.props["Database Connection URL"] += "?busy_timeout=1"
	table := d.table(t, "id INT PRIMARY KEY")
	tx, err := d.db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), "INSERT INTO "+table+" VALUES (9)"); err != nil {
		t.Fatal(err)
	}
	r := d.runner(t, table, fields("id", "int"), "Statement Type", "INSERT")
	put(t, r, "retry", `[{"id":1}]`)
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	put(t, r, "success", `[{"id":1}]`)
}

func TestPutDatabaseRecord_Problems(t *testing.T) {
	d := sqlite(t)
	for name, tt := range map[string]struct {
		props []string
		want  string
	}{
		"batches and auto-commit":  {[]string{"Database Session AutoCommit", "true"}, "Maximum Batch Size"},
		"rollback and auto-commit": {[]string{"Database Session AutoCommit", "true", "Maximum Batch Size", "0", "Rollback On Failure", "true"}, "Rollback On Failure"},
		"bad path":                 {[]string{"Data Record Path", "/a["}, "RecordPath"},
		"bad pattern":              {[]string{"Column Name Translation Strategy", "PATTERN", "Column Name Translation Pattern", "("}, "Column Name Translation Pattern"},
	} {
		r := d.runner(t, "t", fields("id", "int"), append([]string{"Statement Type", "INSERT"}, tt.props...)...)
		if p := r.Problems(); len(p) != 1 || !strings.Contains(p[0].Error(), tt.want) {
			t.Errorf("%s: got %v, want one with %q", name, p, tt.want)
		}
	}
}

func TestPutDatabaseRecord_SpecAndOldNames(t *testing.T) {
	p := processors.PutDatabaseRecord.New()
	var s sdk.Spec
	p.Describe(&s)
	if err := s.Check(); err != nil {
		t.Error(err)
	}
	values := map[string]string{"put-db-record-table-name": "t", "put-db-record-dcbp-service": "pool", "rollback-on-failure": "true"}
	p.(interface{ MigrateProperties(map[string]string) }).MigrateProperties(values)
	if values["Table Name"] != "t" || values["Database Connection Pooling Service"] != "pool" || values["Rollback On Failure"] != "true" || len(values) != 3 {
		t.Errorf("got %v", values)
	}
}

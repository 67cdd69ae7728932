package recordsql_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/sdk/recordsql"
)

// source is a table in memory.
type source struct {
	schema *record.Schema
	rows   [][]record.Value
}

type reader struct {
	*source
	at int
	r  *record.Record
}

func (r *reader) Schema() (*record.Schema, error) { return r.schema, nil }
func (r *reader) Close() error                    { return nil }

func (r *reader) Read() (*record.Record, error) {
	if r.at == len(r.rows) {
		return nil, io.EOF
	}
	copy(r.r.Values(), r.rows[r.at])
	r.at++
	return r.r, nil
}

func (s *source) table() recordsql.Table {
	return recordsql.Table{Schema: s.schema, Open: func(context.Context) (record.Reader, error) {
		return &reader{s, 0, record.New(s.schema)}, nil
	}}
}

var (
	str, num = record.StringValue, record.IntValue
	null     = record.Null

	home = record.NewSchema(record.Field{Name: "city", Type: record.String}, record.Field{Name: "label", Type: record.String})
	rec  = func(city, label string) record.Value {
		return record.RecordValue(record.Of(home, str(city), str(label)))
	}

	people = &source{
		record.NewSchema(
			record.Field{Name: "id", Type: record.Int}, record.Field{Name: "name", Type: record.String}, record.Field{Name: "age", Type: record.Int},
			record.Field{Name: "height", Type: record.Double}, record.Field{Name: "pay", Type: record.DecimalOf(10, 2)}, record.Field{Name: "born", Type: record.Date},
			record.Field{Name: "seen", Type: record.Timestamp}, record.Field{Name: "tags", Type: record.ArrayOf(record.String)},
			record.Field{Name: "home", Type: record.RecordOf(home)}, record.Field{Name: "homes", Type: record.ArrayOf(record.RecordOf(home))},
			record.Field{Name: "likes", Type: record.MapOf(record.String)}, record.Field{Name: "Dept Name", Type: record.String}),
		[][]record.Value{
			{
				num(1), str("Ann"), num(30), record.DoubleValue(1.5), dec("10.50"), day("1990-03-31"), at("2024-01-15 10:20:30"), list("a", "b"), rec("Bern", "home"),
				record.ArrayValue([]record.Value{rec("Bern", "home"), rec("Rome", "work")}), likes("color", "red"), str("x"),
			},
			{
				num(2), str("Bob"), num(41), record.DoubleValue(2), dec("20.25"), day("1983-12-01"), at("2024-02-29 00:00:00"), list("c"), rec("Rome", "home"),
				record.ArrayValue([]record.Value{rec("Rome", "home"), rec("Rome", "work")}), likes("color", "green"), str("y"),
			},
			{num(3), str("Cid"), null, record.DoubleValue(0.25), null, null, null, null, null, null, null, str("x")},
			{num(4), str("ann"), num(20), null, dec("0.05"), null, null, list(), null, null, null, null},
		},
	}
	depts = &source{
		record.NewSchema(record.Field{Name: "id", Type: record.Long}, record.Field{Name: "dept", Type: record.String}, record.Field{Name: "code", Type: record.String}),
		[][]record.Value{{record.LongValue(1), str("sales"), str("x")}, {record.LongValue(2), str("it"), str("y")}, {record.LongValue(9), str("hr"), str("z")}},
	}
)

func dec(s string) record.Value {
	d, err := record.ParseDecimal(s)
	if err != nil {
		panic(err)
	}
	return record.DecimalValue(d)
}

func day(s string) record.Value {
	t, _ := time.Parse(time.DateOnly, s)
	return record.DateValue(t.Unix() / 86400)
}

func at(s string) record.Value {
	t, _ := time.Parse(time.DateTime, s)
	return record.TimestampValue(t)
}

func list(items ...string) record.Value {
	out := []record.Value{}
	for _, s := range items {
		out = append(out, str(s))
	}
	return record.ArrayValue(out)
}

func likes(k, v string) record.Value {
	m := record.NewMap(1)
	m.Set(k, str(v))
	return record.MapValue(m)
}

func run(sql string) (header string, rows []string, err error) {
	s, err := recordsql.Parse(sql)
	if err != nil {
		return "", nil, err
	}
	now, _ := time.Parse(time.DateTime, "2026-05-06 07:08:09")
	res, err := s.Run(context.Background(), map[string]recordsql.Table{"FLOWFILE": people.table(), "dept": depts.table()}, recordsql.Options{Now: now, Precision: 10})
	if err != nil {
		return "", nil, err
	}
	defer res.Close() //nolint:errcheck // it was only read
	schema, err := res.Schema()
	if err != nil {
		return "", nil, err
	}
	var names []string
	for _, f := range schema.Fields() {
		names = append(names, f.Name+":"+f.Type.String())
	}
	for {
		r, err := res.Read()
		if errors.Is(err, io.EOF) {
			return strings.Join(names, " "), rows, nil
		}
		if err != nil {
			return "", nil, err
		}
		var values []string
		for _, v := range r.Values() {
			if v.IsNull() {
				values = append(values, "-")
			} else {
				values = append(values, record.ToString(v, record.DefaultFormats))
			}
		}
		rows = append(rows, strings.Join(values, " "))
	}
}

var selectCases = map[string]struct{ sql, header, rows string }{
	"columns":       {`select NAME, "id" from flowfile where id < 3`, "NAME:STRING id:INT", "Ann 1|Bob 2"},
	"quoted name":   {`SELECT "Dept Name" AS d FROM FLOWFILE WHERE "Dept Name" IS NULL`, "d:STRING", "-"},
	"star and more": {`SELECT *, dept AS again FROM dept WHERE id = 9`, "id:LONG dept:STRING code:STRING again:STRING", "9 hr z hr"},
	"no name":       {`SELECT id, id + 1, 'x' FROM dept WHERE id = 9`, "id:LONG EXPR$1:LONG EXPR$2:STRING", "9 10 x"},
	"no table":      {`SELECT 1 + 1 AS two`, "two:INT", "2"},

	"null in conditions": {`SELECT id FROM FLOWFILE WHERE NOT (age > 25)`, "id:INT", "4"},
	"or with null":       {`SELECT id FROM FLOWFILE WHERE age > 100 OR id = 3`, "id:INT", "3"},
	"in":                 {`SELECT id FROM FLOWFILE WHERE name IN ('Bob', 'Cid') AND age NOT IN (1, 2)`, "id:INT", "2"},
	"between":            {`SELECT id FROM FLOWFILE WHERE age BETWEEN 20 AND 30`, "id:INT", "1|4"},
	"like":               {`SELECT id FROM FLOWFILE WHERE name LIKE '_nn' AND name NOT LIKE 'a%'`, "id:INT", "1"},
	"like, escaped":      {`SELECT id FROM dept WHERE '50%' LIKE '50!%' ESCAPE '!' AND '501' NOT LIKE '50!%' ESCAPE '!' AND id = 1`, "id:LONG", "1"},
	"text and number":    {`SELECT id FROM FLOWFILE WHERE id = '2' AND '2024-02-29' = CAST(seen AS DATE)`, "id:INT", "2"},
	"is":                 {`SELECT id FROM FLOWFILE WHERE (age > 25) IS NOT TRUE`, "id:INT", "3|4"},

	"whole numbers": {`SELECT 7 / 2 AS a, -7 / 2 AS b, 7 % 4 AS c, MOD(-7, 4) AS d, 2 + 3 * 4 AS e, (2 + 3) * 4 AS f`, "a:INT b:INT c:INT d:INT e:INT f:INT", "3 -3 3 -3 14 20"},
	"long":          {`SELECT 3000000000 + 1 AS a, CAST(2147483647 AS BIGINT) + 1 AS b`, "a:LONG b:LONG", "3000000001 2147483648"},
	"decimals":      {`SELECT 1.5 * 2 AS a, 1.10 + 2.2 AS b, pay * 2 AS c FROM FLOWFILE WHERE id = 1`, "a:DECIMAL b:DECIMAL c:DECIMAL", "3.0 3.30 21.00"},
	"doubles":       {`SELECT 1e0 / 4 AS a, height * 2 AS b FROM FLOWFILE WHERE id = 1`, "a:DOUBLE b:DOUBLE", "0.25 3.0"},
	"rounding":      {`SELECT ROUND(2.345, 2) AS a, ROUND(-1.5e0) AS b, TRUNCATE(2.349, 2) AS c, TRUNCATE(-2.349, 1) AS d, FLOOR(-1.5) AS e, CEIL(1.2e0) AS f, ROUND(5) AS g`, "a:DECIMAL b:DOUBLE c:DECIMAL d:DECIMAL e:DECIMAL f:DOUBLE g:INT", "2.35 -2.0 2.34 -2.3 -2.0 2.0 5"},
	"math":          {`SELECT ABS(-3) AS a, POWER(2, 10) AS b, SQRT(16) AS c, SIGN(-2.5) AS d, LN(EXP(1)) AS e`, "a:INT b:DOUBLE c:DOUBLE d:DECIMAL e:DOUBLE", "3 1024.0 4.0 -1.0 1.0"},

	"texts": {
		`SELECT UPPER(name) || '!' AS a, SUBSTRING(name FROM 2 FOR 1) AS b, CHAR_LENGTH(name) AS c, POSITION('b' IN name) AS d, INITCAP('ab cD') AS e FROM FLOWFILE WHERE id = 2`,
		"a:STRING b:STRING c:INT d:INT e:STRING", "BOB! o 3 3 Ab Cd",
	},
	"trim":     {`SELECT TRIM('  x ') AS a, TRIM(LEADING 'x' FROM 'xxa') AS b, TRIM(BOTH FROM ' y ') AS c, REPLACE('aba', 'a', 'c') AS d, OVERLAY('abcd' PLACING 'XX' FROM 2) AS e`, "a:STRING b:STRING c:STRING d:STRING e:STRING", "x a y cbc aXXd"},
	"sub":      {`SELECT SUBSTRING('äöü', 2) AS a, SUBSTRING('abc', 0, 2) AS b, SUBSTRING('abc', 5) AS c, LEFT('abc', 2) AS d, RIGHT('abc', 2) AS e`, "a:STRING b:STRING c:STRING d:STRING e:STRING", "öü a  ab bc"},
	"nulls":    {`SELECT COALESCE(age, id) AS a, NULLIF(id, 3) AS b, age + 1 AS c FROM FLOWFILE WHERE id = 3`, "a:INT b:INT c:INT", "3 - -"},
	"case":     {`SELECT CASE WHEN age > 35 THEN 'old' WHEN age IS NULL THEN NULL ELSE 'young' END AS c FROM FLOWFILE`, "c:STRING", "young|old|-|young"},
	"case of":  {`SELECT CASE id WHEN 1 THEN 1 WHEN 2 THEN 2.5 ELSE 0 END AS c FROM FLOWFILE WHERE id <= 2`, "c:DECIMAL", "1|2.5"},
	"cast":     {`SELECT CAST('12' AS INTEGER) AS a, CAST(2.7 AS INT) AS b, CAST('1.25' AS DECIMAL(5,1)) AS c, CAST(id AS VARCHAR) AS d, CAST('abcd' AS VARCHAR(2)) AS e, CAST('true' AS BOOLEAN) AS f FROM dept WHERE id = 1`, "a:INT b:INT c:DECIMAL d:STRING e:STRING f:BOOLEAN", "12 2 1.3 1 ab true"},
	"try cast": {`SELECT TRY_CAST('x' AS INT) AS a`, "a:INT", "-"},

	"dates":      {`SELECT EXTRACT(YEAR FROM born) AS y, MONTH(born) AS m, DAYOFMONTH(born) AS d, DAYOFWEEK(born) AS w, QUARTER(born) AS q FROM FLOWFILE WHERE id = 1`, "y:LONG m:LONG d:LONG w:LONG q:LONG", "1990 3 31 7 1"},
	"intervals":  {`SELECT born - INTERVAL '1' MONTH AS a, seen + INTERVAL '2' HOUR AS b, born + INTERVAL 1 DAY AS c FROM FLOWFILE WHERE id = 1`, "a:DATE b:TIMESTAMP c:DATE", "1990-02-28 2024-01-15 12:20:30 1990-04-01"},
	"floor time": {`SELECT FLOOR(seen TO DAY) AS a, CEIL(seen TO MONTH) AS b, FLOOR(seen TO MINUTE) AS c FROM FLOWFILE WHERE id = 1`, "a:TIMESTAMP b:TIMESTAMP c:TIMESTAMP", "2024-01-15 00:00:00 2024-02-01 00:00:00 2024-01-15 10:20:00"},
	"time diff":  {`SELECT TIMESTAMPDIFF(DAY, TIMESTAMP '2024-01-01 00:00:00', seen) AS a, TIMESTAMPDIFF(YEAR, born, DATE '2024-03-30') AS b, TIMESTAMPADD(MONTH, 1, born) AS c FROM FLOWFILE WHERE id = 1`, "a:LONG b:LONG c:DATE", "14 33 1990-04-30"},
	"now":        {`SELECT CURRENT_DATE AS d, CURRENT_TIMESTAMP AS t`, "d:DATE t:TIMESTAMP", "2026-05-06 2026-05-06 07:08:09"},

	"aggregates":       {`SELECT COUNT(*) AS n, COUNT(age) AS a, SUM(age) AS s, AVG(age) AS avg_age, MIN(name) AS lo, MAX(height) AS hi, SUM(pay) AS p, AVG(height) AS h FROM FLOWFILE`, "n:LONG a:LONG s:LONG avg_age:INT lo:STRING hi:DOUBLE p:DECIMAL h:DOUBLE", "4 3 91 30 Ann 2.0 30.80 1.25"},
	"of nothing":       {`SELECT COUNT(*), SUM(age) FROM FLOWFILE WHERE id > 9`, "EXPR$0:LONG EXPR$1:LONG", "0 -"},
	"groups":           {`SELECT "Dept Name" AS d, COUNT(*) AS n FROM FLOWFILE GROUP BY "Dept Name" ORDER BY n DESC, d`, "d:STRING n:LONG", "x 2|y 1|- 1"},
	"no group at all":  {`SELECT name, COUNT(*) FROM FLOWFILE WHERE id > 9 GROUP BY name`, "name:STRING EXPR$1:LONG", ""},
	"group by expr":    {`SELECT UPPER(name) AS u, SUM(id) * 2 AS s FROM FLOWFILE GROUP BY UPPER(name) HAVING COUNT(*) > 1`, "u:STRING s:LONG", "ANN 10"},
	"group by place":   {`SELECT UPPER(name) AS u, MAX(id) FROM FLOWFILE GROUP BY 1 ORDER BY 2 DESC LIMIT 1`, "u:STRING EXPR$1:INT", "ANN 4"},
	"distinct counted": {`SELECT COUNT(DISTINCT UPPER(name)) AS n, COUNT(*) FILTER (WHERE age > 25) AS f FROM FLOWFILE`, "n:LONG f:LONG", "3 2"},
	"spread":           {`SELECT VAR_POP(id) AS a, STDDEV_SAMP(id) > 1.29 AS b FROM FLOWFILE`, "a:DOUBLE b:BOOLEAN", "1.25 true"},
	"floats":           {`SELECT SUM(CAST(height AS REAL)) AS f, SUM(CAST(height AS BIGINT)) AS l FROM FLOWFILE`, "f:FLOAT l:LONG", "3.75 3"},
	"text as number":   {`SELECT SUM(CASE WHEN id = 1 THEN '2.5' ELSE '1' END) AS s FROM FLOWFILE`, "s:DOUBLE", "5.5"},

	"order":        {`SELECT id FROM FLOWFILE ORDER BY age, id DESC`, "id:INT", "4|1|2|3"},
	"descending":   {`SELECT id FROM FLOWFILE ORDER BY age DESC NULLS LAST`, "id:INT", "2|1|4|3"},
	"limit":        {`SELECT id FROM FLOWFILE ORDER BY 1 LIMIT 2 OFFSET 1`, "id:INT", "2|3"},
	"fetch":        {`SELECT id FROM FLOWFILE OFFSET 3 ROWS FETCH NEXT 5 ROWS ONLY`, "id:INT", "4"},
	"distinct":     {`SELECT DISTINCT "Dept Name" AS d FROM FLOWFILE`, "d:STRING", "x|y|-"},
	"union all":    {`SELECT id, 'a' AS k FROM dept WHERE id = 1 UNION ALL SELECT id, 'b' FROM FLOWFILE WHERE id = 1`, "id:LONG k:STRING", "1 a|1 b"},
	"union":        {`SELECT id FROM dept UNION SELECT id FROM FLOWFILE ORDER BY id DESC LIMIT 2`, "id:LONG", "9|4"},
	"intersect":    {`SELECT id FROM dept INTERSECT SELECT id FROM FLOWFILE`, "id:LONG", "1|2"},
	"except":       {`SELECT id FROM dept EXCEPT SELECT id FROM FLOWFILE`, "id:LONG", "9"},
	"subquery":     {`SELECT d.n FROM (SELECT COUNT(*) AS n, "Dept Name" FROM FLOWFILE GROUP BY "Dept Name") AS d WHERE d.n > 1`, "n:LONG", "2"},
	"with":         {`WITH big (i) AS (SELECT id FROM FLOWFILE WHERE id > 2) SELECT i FROM big WHERE i < (SELECT MAX(i) FROM big)`, "i:INT", "3"},
	"scalar":       {`SELECT name FROM FLOWFILE WHERE age > (SELECT AVG(age) FROM FLOWFILE)`, "name:STRING", "Bob"},
	"in subquery":  {`SELECT id FROM FLOWFILE WHERE id NOT IN (SELECT id FROM dept)`, "id:INT", "3|4"},
	"exists":       {`SELECT id FROM dept WHERE EXISTS (SELECT 1 FROM FLOWFILE WHERE id = 4) AND id = 1`, "id:LONG", "1"},
	"join":         {`SELECT f.name, d.dept FROM FLOWFILE f JOIN dept AS d ON f.id = d.id`, "name:STRING dept:STRING", "Ann sales|Bob it"},
	"left join":    {`SELECT FLOWFILE.id, dept.* FROM FLOWFILE LEFT OUTER JOIN dept ON FLOWFILE.id = dept.id WHERE FLOWFILE.id > 1`, "id:INT id0:LONG dept:STRING code:STRING", "2 2 it y|3 - - -|4 - - -"},
	"right join":   {`SELECT f.id, d.id FROM FLOWFILE f RIGHT JOIN dept d ON f.id = d.id AND f.age > 35`, "id:INT id0:LONG", "2 2|- 1|- 9"},
	"full join":    {`SELECT f.id, d.id FROM FLOWFILE f FULL JOIN dept d USING (id)`, "id:INT id0:LONG", "1 1|2 2|3 -|4 -|- 9"},
	"cross join":   {`SELECT f.id FROM FLOWFILE f, dept d WHERE f.id > d.id AND f.id < 4`, "id:INT", "2|3|3"},
	"join, groups": {`SELECT f.id, d.id, COUNT(*) AS n FROM FLOWFILE f JOIN dept d ON f.id >= d.id AND d.id < 2 GROUP BY f.id, d.id`, "id:INT id0:LONG n:LONG", "1 1 1|2 1 1|3 1 1|4 1 1"},
	"unnest":       {`SELECT id, tag FROM FLOWFILE CROSS JOIN UNNEST(FLOWFILE.tags) AS f(tag) WHERE tag IN ('a', 'c')`, "id:INT tag:STRING", "1 a|2 c"},
	"unnest rows":  {`SELECT id, city, ordinality FROM FLOWFILE, UNNEST(homes) WITH ORDINALITY WHERE id = 1`, "id:INT city:STRING ordinality:INT", "1 Bern 1|1 Rome 2"},

	"elements":    {`SELECT tags[1] AS a, tags[CARDINALITY(tags)] AS b, tags[9] AS c, likes['color'] AS d FROM FLOWFILE WHERE CARDINALITY(tags) > 0`, "a:STRING b:STRING c:STRING d:STRING", "a b - red|c c - green"},
	"record path": {`SELECT RPATH_STRING(home, '/city') AS c, RPATH(home, '/label') AS l, RPATH(homes, '/city[/label = ''work'']') AS w FROM FLOWFILE WHERE RPATH(likes, '.[''color'']') = 'red'`, "c:STRING l:STRING w:STRING", "Bern home Rome"},
	"two homes":   {`SELECT name FROM FLOWFILE WHERE RPATH(homes, '/.[/label = ''home'']/city') = RPATH(homes, '/.[/label = ''work'']/city')`, "name:STRING", "Bob"},
	"comments":    {"SELECT 1 AS a -- one\n/* two\n */ ;", "a:INT", "1"},
}

func TestSelect(t *testing.T) {
	for name, tt := range selectCases {
		t.Run(name, func(t *testing.T) {
			header, rows, err := run(tt.sql)
			if err != nil {
				t.Fatalf("%s: %v", tt.sql, err)
			}
			if header != tt.header {
				t.Errorf("%s\ncolumns %s\nwant    %s", tt.sql, header, tt.header)
			}
			if got := strings.Join(rows, "|"); got != tt.rows {
				t.Errorf("%s\nrows %s\nwant %s", tt.sql, got, tt.rows)
			}
		})
	}
}

func TestErrors(t *testing.T) {
	for sql, want := range map[string]string{
		"SELEC 1":                                                 "line 1, column 1: expected SELECT",
		"SELECT\n  1 +":                                           "line 2, column 6: expected an expression, got the end",
		"SELECT 'x":                                               "has no end",
		"SELECT nothing FROM FLOWFILE":                            `there is no column "nothing"`,
		"SELECT 1 FROM nowhere":                                   "there is DEPT, FLOWFILE",
		"SELECT id FROM FLOWFILE f, dept d":                       "ambiguous",
		"SELECT name, COUNT(*) FROM FLOWFILE":                     "not grouped",
		"SELECT id FROM FLOWFILE WHERE COUNT(*) > 1":              "cannot stand here",
		"SELECT NOSUCH(1)":                                        "there is no function NOSUCH",
		"SELECT UPPER('a', 'b')":                                  "takes 1 to 1 arguments",
		"SELECT 1 / 0":                                            "division by zero",
		"SELECT 2147483647 + 1":                                   "does not fit INT",
		"SELECT CAST('x' AS INT)":                                 `CAST of "x" to INT`,
		"SELECT id FROM FLOWFILE WHERE name > 1":                  "cannot compare",
		"SELECT RPATH(home, '/[') FROM FLOWFILE":                  "RecordPath",
		"SELECT RPATH_STRING(homes, '/city') FROM FLOWFILE":       "more than one value",
		"SELECT (SELECT id FROM dept)":                            "more than one row",
		"SELECT id FROM dept UNION SELECT id, name FROM FLOWFILE": "1 and 2 columns",
		"SELECT ROW_NUMBER() OVER () FROM dept":                   "window functions",
		"SELECT 1 x y":                                            "expected the end",
		"SELECT " + strings.Repeat("(", 500):                      "nested too deep",
		"SELECT " + strings.Repeat("NOT ", 500) + "1":             "nested too deep",
	} {
		_, _, err := run(sql)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: got %v, want %q", sql, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`SELECT a, COUNT(*) FROM FLOWFILE f LEFT JOIN dept d ON f.id = d.id WHERE a IN (1, 2) GROUP BY a HAVING SUM(b) > 1 ORDER BY 1 DESC LIMIT 1`,
		`SELECT id, tags[1], CAST(name AS DECIMAL(5, 2)) FROM FLOWFILE CROSS JOIN UNNEST(tags) AS t(tag)`,
		`WITH x AS (SELECT 1 AS a UNION ALL SELECT 2) SELECT CASE WHEN a > 1 THEN 'b' END FROM x`,
		`SELECT EXTRACT(YEAR FROM born), born + INTERVAL '1' DAY, TRIM(BOTH 'x' FROM name), RPATH(home, '/city') FROM FLOWFILE`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		if strings.Contains(strings.ToUpper(sql), "JOIN") && strings.Count(sql, ",") > 20 {
			return // a product of many tables takes long
		}
		_, _, _ = run(sql) // it must not panic
	})
}

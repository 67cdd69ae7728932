package jsonpath_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/braidflow/braid/sdk/jsonpath"
)

const store = `{"store":{"book":[{"category":"reference","price":8.95,"isbn":null},{"category":"fiction","price":12.99,"tags":["a","b"]},
{"category":"fiction","price":8.99,"isbn":"x"}],"bicycle":{"color":"red","price":20}},"max":10,"big":123456789012345678901234567890,"a b":1}`

func parse(t *testing.T, text string) any {
	t.Helper()
	doc, err := jsonpath.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestRead(t *testing.T) {
	for path, want := range map[string]string{
		"$.store.bicycle.color":                  "red",
		"store.bicycle['color','price']":         `{"color":"red","price":20}`,
		"$.store.book[0].price":                  "8.95",
		"$.store.book[-1].isbn":                  "x",
		"$.store.book[*].price":                  "[8.95,12.99,8.99]",
		"$.store.book[0,2].price":                "[8.95,8.99]",
		"$.store.book[1:].category":              `["fiction","fiction"]`,
		"$.store.book[:-2].price":                "[8.95]",
		"$..price":                               "[8.95,12.99,8.99,20]",
		"$..book[2].price":                       "[8.99]",
		"$.store.book[?(@.isbn)].category":       `["reference","fiction"]`,
		"$.store.book[?(!@.isbn)].price":         "[12.99]",
		"$.store.book[?(@.price < $.max)].price": "[8.95,8.99]",
		"$.store.book[?(@.category == 'fiction' && @.price > 10)].price": "[12.99]",
		"$.store.book[?(@.category =~ /REF.*/i || @.isbn == 'x')].price": "[8.95,8.99]",
		"$.store.book[?(@.tags contains 'b')].price":                     "[12.99]",
		"$.store.book[?(@.price in [8.95, 12.99])].price":                "[8.95,12.99]",
		"$.store.book.length()":                                          "3",
		"$..price.sum()":                                                 "50.93",
		"$.store.book[0].keys()":                                         "[category, price, isbn]",
		"$.store.book[?(@.none)]":                                        "[]",
		"$['a b']":                                                       "1",
		"$.big":                                                          "123456789012345678901234567890",
		"$.store.book[0].isbn":                                           "",
	} {
		p, err := jsonpath.Compile(path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if got, err := p.Read(parse(t, store)); err != nil || jsonpath.Text(got) != want {
			t.Errorf("%s: got %s, %v, want %s", path, jsonpath.Text(got), err, want)
		}
	}
	for _, path := range []string{"$.none", "$.max.none", "$.store.book[9]", "$.max[0]", "$.store.none.x"} {
		p, _ := jsonpath.Compile(path)
		if got, err := p.Read(parse(t, store)); !errors.Is(err, jsonpath.ErrNotFound) {
			t.Errorf("%s: got %v, %v", path, got, err)
		}
	}
}

func TestCompile_Refuses(t *testing.T) {
	for _, path := range []string{"", "$.", "$..", "$[", "$x", "$['a", "$[?(@.a", "$[?(@.a ~ 1)]", "$[1:2:3x]", "$.f(", "$[a]", "$ .a", "$[?()]", strings.Repeat("$[?(@", 100)} {
		if p, err := jsonpath.Compile(path); !errors.Is(err, jsonpath.ErrPath) {
			t.Errorf("%q: got %v, %v", path, p, err)
		}
	}
}

func TestChange(t *testing.T) {
	const doc = `{"a":[1,2,{"b":3}],"o":{"k":"v"}}`
	for _, c := range []struct {
		op, path, want string
		err            error
	}{
		{"set", "$.a[0]", `{"a":[9,2,{"b":3}],"o":{"k":"v"}}`, nil},
		{"set", "$..b", `{"a":[1,2,{"b":9}],"o":{"k":"v"}}`, nil},
		{"set", "$.none", doc, jsonpath.ErrNotFound},
		{"set", "$", doc, jsonpath.ErrUse},
		{"add", "$.a", `{"a":[1,2,{"b":3},9],"o":{"k":"v"}}`, nil},
		{"add", "$.o", doc, jsonpath.ErrUse},
		{"put", "$.o", `{"a":[1,2,{"b":3}],"o":{"k":"v","n":9}}`, nil},
		{"put", "$", `{"a":[1,2,{"b":3}],"o":{"k":"v"},"n":9}`, nil},
		{"delete", "$.a[*]", `{"a":[],"o":{"k":"v"}}`, nil},
		{"delete", "$.o.k", `{"a":[1,2,{"b":3}],"o":{}}`, nil},
		{"delete", "$.a[-1]", doc, jsonpath.ErrUse},
	} {
		p, err := jsonpath.Compile(c.path)
		if err != nil {
			t.Fatal(err)
		}
		v := parse(t, doc)
		switch c.op {
		case "set":
			err = p.Set(v, int64(9))
		case "add":
			err = p.Add(v, int64(9))
		case "put":
			err = p.Put(v, "n", int64(9))
		default:
			err = p.Delete(v)
		}
		if got := jsonpath.Format(v); got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s %s: got %s, %v; want %s, %v", c.op, c.path, got, err, c.want, c.err)
		}
	}
}

func TestParseFormat(t *testing.T) {
	for text, want := range map[string]string{
		` {"b":1.50,"a":[true,null,"\u00e9\n\u0001"]} trailing`: `{"b":1.5,"a":[true,null,"é\n\u0001"]}`,
		`1e400`: `"Infinity"`, `"\ud83d\ude00"`: `"😀"`, `{"a":1,"a":2}`: `{"a":2}`, `-0.0`: `-0.0`,
	} {
		if got := jsonpath.Format(parse(t, text)); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
	for _, text := range []string{"", "{", "[1,]", "01", "1.", "+1", "nul", `"a`, `{"a"}`, "NaN", "'a'", "5x", "\"\x01\"", strings.Repeat("[", 5000)} {
		if v, err := jsonpath.Parse(text); !errors.Is(err, jsonpath.ErrJSON) {
			t.Errorf("%.20q: got %v, %v", text, v, err)
		}
	}
}

func FuzzPath(f *testing.F) {
	for _, s := range []string{"$.a[0]", "$..b[?(@.c == 'x')].d", "$['a','b']", "$.a.append($.b).length()", "$[?(@.a =~ /x/i && !(@.b in [1,2]))]", "$..*", "$..length()"} {
		f.Add(s, store)
	}
	f.Fuzz(func(t *testing.T, path, text string) {
		doc, err := jsonpath.Parse(text)
		if err != nil || len(text) > 2000 {
			return
		}
		p, err := jsonpath.Compile(path)
		if err != nil {
			if !errors.Is(err, jsonpath.ErrPath) {
				t.Fatalf("%q: %v", path, err)
			}
			return
		}
		if got, err := p.Read(doc); err == nil {
			_ = jsonpath.Text(got)
		}
		_ = p.Set(doc, "x")
		_ = p.Delete(doc)
		if _, err := jsonpath.Parse(jsonpath.Format(doc)); err != nil {
			t.Fatalf("%q on %q made %s: %v", path, text, jsonpath.Format(doc), err)
		}
	})
}

package yaml_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/services/record/json"
	"github.com/braidflow/braid/services/record/yaml"
)

// all is the records as JSON, one a line, and the error that ends them.
func all(t *testing.T, content string, o yaml.Options) (string, error) {
	t.Helper()
	if o.Schema == nil {
		s, err := yaml.Infer(strings.NewReader(content), o, nil)
		if err != nil {
			return "", err
		}
		o.Schema = s
	}
	r := yaml.NewReader(strings.NewReader(content), o)
	var out bytes.Buffer
	w := json.NewWriter(&out, o.Schema, json.WriterOptions{Lines: true, Suppress: json.SuppressMissing})
	var failed error
	for {
		rec, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			failed = err
			var bad *record.MalformedError
			if errors.As(err, &bad) && bad.Resumable {
				continue
			}
			break
		}
		if err := w.Write(rec); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Finish(); err != nil {
		t.Fatal(err)
	}
	return out.String(), failed
}

func TestReader(t *testing.T) {
	for name, tc := range map[string]struct {
		o    yaml.Options
		in   string
		want string
	}{
		"sequence":  {yaml.Options{}, "- a: 1\n  b: x\n- a: 2.5\n  c: [true, false]\n", "{\"a\":1.0,\"b\":\"x\"}\n{\"a\":2.5,\"c\":[true,false]}"},
		"mapping":   {yaml.Options{}, "a: 1\nb: {c: null, d: ~}\n", `{"a":1,"b":{"c":null,"d":null}}`},
		"documents": {yaml.Options{}, "a: 1\n---\na: 2\n...\n", "{\"a\":1}\n{\"a\":2}"},
		"scalars": {
			yaml.Options{},
			"{q: '1', h: 0x10, u: 1_000, big: 12345678901234567890, l: 5000000000, d: 2001-01-01, y: yes, t: \"a\\nb\"}",
			`{"q":"1","h":16,"u":1000,"big":12345678901234567890,"l":5000000000,"d":"2001-01-01","y":"yes","t":"a\nb"}`,
		},
		"aliases": {yaml.Options{}, "- &x {a: 1}\n- *x\n", "{\"a\":1}\n{\"a\":1}"},
		"nested":  {yaml.Options{Field: "items"}, "head: {items: [{a: 1}, {a: 2}]}\n", "{\"a\":1}\n{\"a\":2}"},
		"empty":   {yaml.Options{}, "", ""},
		"JSON":    {yaml.Options{}, `[{"a": "b"}]`, `{"a":"b"}`},
	} {
		if got, err := all(t, tc.in, tc.o); err != nil || got != tc.want {
			t.Errorf("%s: got  %s, %v\nwant %s", name, got, err, tc.want)
		}
	}
}

func TestReader_Malformed(t *testing.T) {
	s := record.NewSchema(record.Field{Name: "a", Type: record.Int})
	var laughs strings.Builder
	laughs.WriteString("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n")
	for i := 1; i < 10; i++ {
		n, m := string(rune('0'+i)), string(rune('0'+i-1))
		laughs.WriteString("a" + n + ": &a" + n + " [" + strings.TrimSuffix(strings.Repeat("*a"+m+",", 10), ",") + "]\n")
	}
	for name, tc := range map[string]struct{ in, want string }{
		"syntax":         {"- a: 1\n- b: [\n", "line 2"},
		"type":           {"- a: x\n- a: 2\n", `record 1 (line 1), field "a": cannot convert "x"`},
		"no mapping":     {"- 1\n", "expected a mapping"},
		"billion laughs": {laughs.String(), "values, its aliases included"},
		"deep":           {strings.Repeat("[", 20_000), ""},
		"deep records":   {"a: " + strings.Repeat("[", 2000) + strings.Repeat("]", 2000), "nested deeper"},
		"own alias":      {"&a [*a]", ""},
		"long":           {"a: 1\nb: " + strings.Repeat("x", 33<<20), "more than 33554432 bytes"},
		"long text":      {"a: " + strings.Repeat("x", 200), "a text has more than 100 bytes"},
	} {
		_, err := all(t, tc.in, yaml.Options{Schema: s, MaxString: 100})
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %s", name, err, tc.want)
		}
	}
}

func FuzzReader(f *testing.F) {
	f.Add("- a: 1\n  b: [x, {c: ~}]\n---\n&x {d: *x}\n")
	f.Add("a: !!int '5'\nb: |\n text\n")
	f.Fuzz(func(t *testing.T, content string) {
		if _, err := all(t, content, yaml.Options{MaxString: 1 << 20}); err != nil {
			var bad *record.MalformedError
			if errors.As(err, &bad) && bad.Resumable && bad.Column != "" {
				t.Fatalf("does not fit what was inferred from it: %v", err)
			}
		}
	})
}

package recordpath_test

import (
	"strings"
	"testing"

	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/sdk/recordpath"
)

// order is {id, tags: [..], lines: [{sku, qty}, {sku, qty}], attrs: map}.
func order() *record.Record {
	line := record.NewSchema(record.Field{Name: "sku", Type: record.String}, record.Field{Name: "qty", Type: record.Int})
	attrs := record.NewMap(1)
	attrs.Set("color", record.StringValue("red"))
	s := record.NewSchema(
		record.Field{Name: "id", Type: record.Int},
		record.Field{Name: "tags", Type: record.ArrayOf(record.String)},
		record.Field{Name: "lines", Type: record.ArrayOf(record.RecordOf(line))},
		record.Field{Name: "attrs", Type: record.MapOf(record.String)},
	)
	return record.Of(s, record.IntValue(7),
		record.ArrayValue([]record.Value{record.StringValue("a"), record.StringValue("b")}),
		record.ArrayValue([]record.Value{
			record.RecordValue(record.Of(line, record.StringValue("x"), record.IntValue(1))),
			record.RecordValue(record.Of(line, record.StringValue("y"), record.IntValue(2))),
		}), record.MapValue(attrs))
}

func selectOnly(t *testing.T, path string, r *record.Record) *recordpath.Selected {
	t.Helper()
	p, err := recordpath.Compile(path)
	if err != nil {
		t.Fatal(err)
	}
	found, err := p.Eval(r)
	if err != nil || len(found) != 1 {
		t.Fatalf("%s selects %d, %v", path, len(found), err)
	}
	return found[0]
}

func TestSelected_Set(t *testing.T) {
	tests := map[string]struct {
		path  string
		value record.Value
		want  string // of the record
		typ   string // of the top-level field
	}{
		"field":            {"/id", record.IntValue(8), "{id=8, tags=[a, b], ", "INT"},
		"converted":        {"/id", record.StringValue("9"), "{id=9, tags=[a, b], ", "INT"},
		"other type":       {"/id", record.StringValue("x"), "{id=x, tags=[a, b], ", "STRING"},
		"new field":        {"/extra", record.DoubleValue(1.5), "attrs={color=red}, extra=1.5}", "DOUBLE"},
		"element":          {"/tags[-1]", record.StringValue("z"), "tags=[a, z]", "ARRAY[STRING]"},
		"nested":           {"/lines[1]/qty", record.IntValue(5), "{sku=y, qty=5}", "ARRAY[RECORD]"},
		"new nested field": {"/lines[0]/note", record.StringValue("n"), "{sku=x, qty=1, note=n}", "ARRAY[RECORD]"},
		"map entry":        {"/attrs['size']", record.StringValue("XL"), "attrs={color=red, size=XL}", "MAP[STRING]"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			r := order()
			s := selectOnly(t, tc.path, r)
			if err := s.Set(tc.value); err != nil {
				t.Fatal(err)
			}
			text := string(record.AppendText(nil, record.RecordValue(r), nil))
			top := s
			for top.Parent().Parent() != nil {
				top = top.Parent()
			}
			got := r.Schema().Field(r.Schema().Index(top.Name)).Type.String()
			if !strings.Contains(text, tc.want) || got != tc.typ {
				t.Errorf("record %s, type %s; want %s, %s", text, got, tc.want, tc.typ)
			}
		})
	}
}

func TestSelected_SetNewNestedFieldReachesTheSchemaOfTheRoot(t *testing.T) {
	r := order()
	if err := selectOnly(t, "/lines[0]/note", r).Set(record.StringValue("n")); err != nil {
		t.Fatal(err)
	}
	lines := r.Schema().Field(r.Schema().Index("lines")).Type
	if lines.Elem.Schema.Index("note") < 0 {
		t.Errorf("elements of lines have %s, want a field note", lines.Elem.Schema)
	}
}

func TestSelected_Remove(t *testing.T) {
	for path, want := range map[string]string{
		"/id":             "MapRecord[{tags=[a, b], lines=[MapRecord[{sku=x, qty=1}], MapRecord[{sku=y, qty=2}]], attrs={color=red}}]",
		"/tags[0]":        "tags=[b]",
		"/lines[0]":       "lines=[MapRecord[{sku=y, qty=2}]]",
		"/lines[1]/sku":   "MapRecord[{qty=2}]",
		"/attrs['color']": "attrs={}",
	} {
		r := order()
		if err := selectOnly(t, path, r).Remove(); err != nil {
			t.Fatal(err)
		}
		if got := string(record.AppendText(nil, record.RecordValue(r), nil)); !strings.Contains(got, want) {
			t.Errorf("without %s: %s, want %s", path, got, want)
		}
	}
}

func TestSelected_ResultsOfFunctionsCannotBeSet(t *testing.T) {
	if err := selectOnly(t, "concat(/id, 'x')", order()).Set(record.IntValue(1)); err == nil {
		t.Error("set what is no part of the record")
	}
}

func TestPath_FirstAgreesWithEval(t *testing.T) {
	r := order()
	for _, path := range []string{"/id", "/tags[1]", "/tags[9]", "/lines[-1]/sku", "/attrs['color']", "/nope/x", "/"} {
		p, err := recordpath.Compile(path)
		if err != nil {
			t.Fatal(err)
		}
		all, err := p.Eval(r)
		if err != nil {
			t.Fatal(err)
		}
		v, ok, err := p.First(r)
		if err != nil || ok != (len(all) > 0) || ok && !record.Equal(v, all[0].Value) {
			t.Errorf("%s: First = %v, %v, %v; Eval selects %d", path, record.ToString(v, nil), ok, err, len(all))
		}
	}
}

func FuzzEval(f *testing.F) {
	for _, c := range cases(f) {
		f.Add(c.path[1:len(c.path)-1], c.record)
	}
	f.Fuzz(func(t *testing.T, path, text string) {
		p, err := recordpath.Compile(path)
		if err != nil {
			return
		}
		r := order()
		found, err := p.Eval(r)
		if _, ok, errFirst := p.First(r); err == nil && (errFirst != nil || ok != (len(found) > 0)) {
			t.Errorf("%s: First = %v, %v; Eval selects %d", path, ok, errFirst, len(found))
		}
		for _, s := range found {
			_ = s.Set(record.StringValue(text))
		}
		_, _ = p.Eval(r)
	})
}

func BenchmarkPath(b *testing.B) {
	r := order()
	p, err := recordpath.Compile("/lines[0]/sku")
	if err != nil {
		b.Fatal(err)
	}
	b.Run("First", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, ok, err := p.First(r); !ok || err != nil {
				b.Fatal(ok, err)
			}
		}
	})
	b.Run("Eval", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if found, err := p.Eval(r); len(found) != 1 || err != nil {
				b.Fatal(found, err)
			}
		}
	})
}

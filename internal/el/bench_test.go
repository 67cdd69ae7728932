package el_test

import (
	"testing"
	"time"

	"github.com/braidflow/braid/internal/el"
)

func benchmark(b *testing.B, text string) {
	e, err := el.Compile(text)
	if err != nil {
		b.Fatal(err)
	}
	now := time.Date(2026, 11, 21, 10, 15, 30, 0, time.UTC)
	env := &el.Env{
		Attributes: el.AttrMap{"filename": "flights.2013.csv", "n": "42", "json": `{"a":[1,2,{"b":"c"}]}`},
		Now:        func() time.Time { return now },
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.Eval(env); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLiteral(b *testing.B)   { benchmark(b, "just some text") }
func BenchmarkAttribute(b *testing.B) { benchmark(b, "${filename}") }
func BenchmarkSubstringToUpper(b *testing.B) {
	benchmark(b, "${filename:substringBefore('.'):toUpper()}")
}
func BenchmarkNowFormat(b *testing.B) { benchmark(b, "${now():format('yyyy-MM-dd')}") }
func BenchmarkRoute(b *testing.B) {
	benchmark(b, "${n:toNumber():gt(40):and(${filename:endsWith('csv')})}")
}
func BenchmarkReplaceAll(b *testing.B) { benchmark(b, "${filename:replaceAll('[0-9]+', 'N')}") }
func BenchmarkJSONPath(b *testing.B)   { benchmark(b, "${json:jsonPath('$.a[2].b')}") }

func BenchmarkCompile(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := el.Compile("a/${filename:substringBefore('.'):toUpper()}.${n}"); err != nil {
			b.Fatal(err)
		}
	}
}

package record_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"testing"

	"github.com/braidflow/braid/sdk"
	sdkrecord "github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/services/record"
	"github.com/braidflow/braid/services/record/csv"
	"github.com/braidflow/braid/services/record/json"
)

// flights is the first 1,000 rows of the year's flights, times n.
func flights(tb testing.TB, n int) []byte {
	tb.Helper()
	b, err := os.ReadFile("testdata/flights.csv")
	if err != nil {
		tb.Fatal(err)
	}
	header := bytes.IndexByte(b, '\n') + 1
	return append(b[:header:header], bytes.Repeat(b[header:], n)...)
}

func copyRecords(tb testing.TB, r sdkrecord.Reader, w sdkrecord.Writer) {
	tb.Helper()
	if err := w.Begin(); err != nil {
		tb.Fatal(err)
	}
	for {
		rec, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			tb.Fatal(err)
		}
		if err := w.Write(rec); err != nil {
			tb.Fatal(err)
		}
	}
	if _, err := w.Finish(); err != nil {
		tb.Fatal(err)
	}
}

// BenchmarkConvert measures ConvertRecord's work, in MB of CSV a second.
func BenchmarkConvert(b *testing.B) {
	content := flights(b, 30)
	for _, how := range []string{"infer", "header"} {
		b.Run(how, func(b *testing.B) {
			b.SetBytes(int64(len(content)))
			b.ReportAllocs()
			for b.Loop() {
				o := csv.Options{Format: csv.Custom, Header: true}
				if how == "infer" {
					s, err := csv.Infer(bytes.NewReader(content), csv.Custom, nil)
					if err != nil {
						b.Fatal(err)
					}
					o.Schema = s
				}
				r, err := csv.NewReader(bytes.NewReader(content), o)
				if err != nil {
					b.Fatal(err)
				}
				s, _ := r.Schema()
				copyRecords(b, r, json.NewWriter(io.Discard, s, json.WriterOptions{}))
				r.Close()
			}
		})
	}
	b.Run("JSON to JSON", func(b *testing.B) {
		var text bytes.Buffer
		r, err := csv.NewReader(bytes.NewReader(content), csv.Options{Format: csv.Custom, Header: true})
		if err != nil {
			b.Fatal(err)
		}
		s, _ := r.Schema()
		copyRecords(b, r, json.NewWriter(&text, s, json.WriterOptions{}))
		b.SetBytes(int64(text.Len()))
		b.ReportAllocs()
		for b.Loop() {
			s, err := json.Infer(bytes.NewReader(text.Bytes()), json.Options{}, nil)
			if err != nil {
				b.Fatal(err)
			}
			in := json.NewReader(bytes.NewReader(text.Bytes()), json.Options{Schema: s})
			copyRecords(b, in, json.NewWriter(io.Discard, s, json.WriterOptions{}))
		}
	})
	b.Run("inference alone", func(b *testing.B) {
		b.SetBytes(int64(len(content)))
		for b.Loop() {
			if _, err := csv.Infer(bytes.NewReader(content), csv.Custom, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkCSVTo measures what writing a binary format costs, with and without inference.
func BenchmarkCSVTo(b *testing.B) {
	content := flights(b, 30)
	for name, c := range map[string]sdk.Component{"Avro": record.AvroRecordSetWriter, "Parquet": record.ParquetRecordSetWriter} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(content)))
			b.ReportAllocs()
			wf := service[sdkrecord.WriterFactory](b, c)
			for b.Loop() {
				s, err := csv.Infer(bytes.NewReader(content), csv.Custom, nil)
				if err != nil {
					b.Fatal(err)
				}
				r, err := csv.NewReader(bytes.NewReader(content), csv.Options{Format: csv.Custom, Header: true, Schema: s})
				if err != nil {
					b.Fatal(err)
				}
				w, err := wf.NewWriter(b.Context(), s, io.Discard, nil)
				if err != nil {
					b.Fatal(err)
				}
				copyRecords(b, r, w)
				r.Close()
			}
		})
	}
}

// service makes a service with its default properties.
func service[T any](tb testing.TB, c sdk.Component) T {
	tb.Helper()
	s := c.NewService()
	var spec sdk.Spec
	s.Describe(&spec)
	if problems := spec.Configure(map[string]string{}, noEL{}); problems != nil {
		tb.Fatal(errors.Join(problems...))
	}
	return s.(T)
}

// noEL takes text as it stands.
type noEL struct{}

func (noEL) Compile(text string, _ sdk.Scope) (sdk.Expression, error) { return constant(text), nil }
func (noEL) Service(string) (any, error)                              { return nil, nil }

type constant string

func (c constant) Eval(sdk.Attributes) (string, error) { return string(c), nil }
func (c constant) Constant() (string, bool)            { return string(c), true }

package bench_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/braidflow/braid/components"
	"github.com/braidflow/braid/internal/bench"
	"github.com/braidflow/braid/internal/extension"
)

// The measurements are no tests, but they must work, and print what scripts read.
func TestSuite_PrintsJSONLines(t *testing.T) {
	types, err := extension.New(components.All()...)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	s := &bench.Suite{Types: types, Seconds: 0.05, Dir: t.TempDir(), Only: "batches", Out: bench.Print(&out, true)}
	if err := s.Engine(t.Context()); err != nil {
		t.Fatal(err)
	}
	var r struct {
		Name      string  `json:"name"`
		PerSecond float64 `json:"per_second"`
	}
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatalf("%q: %v", out.String(), err)
	}
	if r.Name != "engine/batches-of-100" || r.PerSecond <= 0 {
		t.Errorf("result = %+v", r)
	}
}

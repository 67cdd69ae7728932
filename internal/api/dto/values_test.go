package dto_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/braidflow/braid/internal/api/dto"
)

func TestDouble_IsWrittenAsJavaDoes(t *testing.T) {
	for in, want := range map[dto.Double]string{
		0: "0.0", 7: "7.0", -1.5: "-1.5", 0.1: "0.1", 1234567: "1234567.0", 1e21: "1e+21", dto.Double(math.Inf(1)): "0.0",
	} {
		got, err := json.Marshal(in)
		if err != nil || string(got) != want {
			t.Errorf("%v: got %s, %v, want %s", float64(in), got, err, want)
		}
	}
}

func TestFields_NilIsLeftOutAndZeroIsNot(t *testing.T) {
	config := dto.ProcessorConfigDTO{
		Comments: new(""), RetryCount: new(int32(0)), AutoTerminatedRelationships: []string{},
		Properties: dto.Ordered[*string]{{Name: "b", Value: nil}, {Name: "a", Value: new("1")}},
	}
	got, err := json.Marshal(config)
	want := `{"autoTerminatedRelationships":[],"comments":"","properties":{"b":null,"a":"1"},"retryCount":0}`
	if err != nil || string(got) != want {
		t.Errorf("got  %s, %v\nwant %s", got, err, want)
	}
}

func TestOrdered_ReadsWhatItWrites(t *testing.T) {
	for in, want := range map[string]string{
		`{"z":"1","a":null}`:         `{"z":"1","a":null}`,
		`{"z":"1","a":"2","z":null}`: `{"z":null,"a":"2"}`,
		`{}`:                         `{}`,
	} {
		var o dto.Ordered[*string]
		if err := json.Unmarshal([]byte(in), &o); err != nil {
			t.Fatal(in, err)
		}
		got, err := json.Marshal(o)
		if err != nil || string(got) != want {
			t.Errorf("%s: got %s, %v, want %s", in, got, err, want)
		}
	}
	for _, in := range []string{`[]`, `"x"`, `1`, `{"a":1}`, `{"a":{}}`} {
		var o dto.Ordered[*string]
		if err := json.Unmarshal([]byte(in), &o); err == nil {
			t.Errorf("%s: got no error", in)
		}
	}
	var none dto.Ordered[*string]
	if err := json.Unmarshal([]byte(`null`), &none); err != nil || none != nil {
		t.Errorf("null: got %v, %v", none, err)
	}
}

func FuzzOrdered(f *testing.F) {
	f.Add([]byte(`{"a":"b","c":null}`))
	f.Add([]byte(`{"a":`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var o, again dto.Ordered[*string]
		if json.Unmarshal(data, &o) != nil || o == nil {
			return
		}
		out, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(out, &again); err != nil || len(again) != len(o) {
			t.Fatalf("%q became %q, which reads as %d members: %v", data, out, len(again), err)
		}
	})
}

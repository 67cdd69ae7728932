package json_test

import (
	"strings"
	"testing"

	"github.com/braidflow/braid/processors/json"
	"github.com/braidflow/braid/sdk/sdktest"
)

func TestDeepNesting(t *testing.T) {
	in := strings.Repeat(`[`, 5_000_000)
	if _, out := run(t, json.SplitJson, sdktest.FF(in), "JsonPath Expression", "$"); len(out["failure"]) != 1 {
		t.Errorf("got %s", out)
	}
	in = strings.Repeat(`{"a":`, 1_000_000) + "1" + strings.Repeat("}", 1_000_000)
	if _, out := run(t, json.EvaluateJsonPath, sdktest.FF(in), "x", "$.a"); len(out["failure"]) != 1 {
		t.Errorf("got %s", out)
	}
}

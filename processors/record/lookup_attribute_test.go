package record_test

import (
	"testing"

	"github.com/braidflow/braid/processors/record"
	"github.com/braidflow/braid/sdk/sdktest"
	"github.com/braidflow/braid/services/lookup"
)

func TestLookupAttribute(t *testing.T) {
	for name, tt := range map[string]struct {
		key, empty, rel, want string // - means not set
	}{
		"found":              {"${code}", "true", "matched", "United"},
		"not there":          {"XX", "true", "matched", "null"},
		"not there, left":    {"XX", "false", "unmatched", "-"},
		"blank":              {"blank", "true", "matched", ""},
		"blank, left":        {"blank", "false", "unmatched", "-"},
		"cannot be asked so": {"${code:toDate('yyyy')}", "true", "failure", "-"},
	} {
		t.Run(name, func(t *testing.T) {
			r := sdktest.New(t, record.LookupAttribute)
			r.Service("airlines", lookup.SimpleKeyValueLookupService, map[string]string{"UA": "United", "blank": " "})
			r.Set("Lookup Service", "airlines")
			r.Set("Include Empty Values", tt.empty)
			r.Set("airline", tt.key)
			r.Enqueue(sdktest.FF("x", "code", "UA"))
			r.RunUntilEmpty()
			got, has := one(t, r.Out(), tt.rel).Attrs["airline"]
			if has == (tt.want == "-") || has && got != tt.want {
				t.Errorf("airline is %q (%v), want %q", got, has, tt.want)
			}
		})
	}
	r := sdktest.New(t, record.LookupAttribute)
	r.Service("airlines", lookup.SimpleKeyValueLookupService, nil)
	r.Set("Lookup Service", "airlines")
	if p := r.Problems(); len(p) != 1 {
		t.Errorf("got %v, want a problem", p)
	}
}

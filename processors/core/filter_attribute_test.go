package core_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/braidflow/braid/processors/core"
	"github.com/braidflow/braid/sdk/sdktest"
)

func TestFilterAttribute(t *testing.T) {
	for name, tt := range map[string]struct {
		props map[string]string
		want  string
	}{
		"retain":         {map[string]string{"Filtered Attributes": "a, ac ,nothing"}, "a ac"},
		"remove":         {map[string]string{"Filter Mode": "Remove", "Filtered Attributes": "${which}"}, "ac b which"},
		"retain pattern": {map[string]string{"Attribute Matching Strategy": "Use regular expression", "Filtered Attributes Pattern": "a.?"}, "a ac"},
		"remove pattern": {map[string]string{"Filter Mode": "Remove", "Attribute Matching Strategy": "Use regular expression", "Filtered Attributes Pattern": "${which}.+"}, "a b which"},
	} {
		t.Run(name, func(t *testing.T) {
			out := sdktest.Run(t, core.FilterAttribute, tt.props, sdktest.FF("x", "a", "1", "ac", "2", "b", "3", "which", "a", "filename", "f"))
			if len(out["success"]) != 1 {
				t.Fatalf("got %s", out)
			}
			attrs := out["success"][0].Attrs
			for _, always := range []string{"uuid", "filename", "path"} {
				delete(attrs, always)
			}
			if got := strings.Join(slices.Sorted(maps.Keys(attrs)), " "); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
	r := sdktest.New(t, core.FilterAttribute)
	r.Set("Attribute Matching Strategy", "Use regular expression")
	r.Set("Filtered Attributes Pattern", "(")
	if p := r.Problems(); len(p) != 1 {
		t.Errorf("got %v, want a problem", p)
	}
}

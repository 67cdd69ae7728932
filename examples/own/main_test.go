package main

import (
	"strings"
	"testing"

	"github.com/braidflow/braid/sdk/sdktest"
)

func TestNumber(t *testing.T) {
	for name, c := range map[string]struct{ separator, in, rel, want string }{
		"lines":            {"${sep}", "a\nb\n", "success", "1) a\n2) b\n"},
		"nothing":          {": ", "", "success", ""},
		"a line too long":  {": ", strings.Repeat("x", 2000), "failure", strings.Repeat("x", 2000)},
		"no such function": {"${sep:number()}", "a", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := sdktest.New(t, Number)
			r.Set("Separator", c.separator)
			r.Set("Maximum Line Length", "1 KB")
			if c.rel == "" {
				if len(r.Problems()) == 0 {
					t.Error("a malformed expression is accepted")
				}
				return
			}
			r.Enqueue(sdktest.FF(c.in, "sep", ") "))
			r.RunUntilEmpty()
			if out := r.Out()[c.rel]; len(out) != 1 || out[0].Content != c.want {
				t.Errorf("%s = %+v, want %q", c.rel, out, c.want)
			}
		})
	}
}

package core_test

import (
	"testing"

	"github.com/braidflow/braid/processors/core"
	"github.com/braidflow/braid/sdk/sdktest"
)

func TestRouteOnAttribute(t *testing.T) {
	small, red := "${fileSize:lt(3)}", "${color:equals('red')}"
	all, anyOf := "Route to 'match' if all match", "Route to 'match' if any matches"
	for name, c := range map[string]struct {
		strategy       string
		color, content string
		want           []string
	}{
		"by name, one":  {"Route to Property name", "red", "large", []string{"red"}},
		"by name, both": {"Route to Property name", "red", "s", []string{"red", "small"}},
		"by name, none": {"Route to Property name", "blue", "large", []string{"unmatched"}},
		"all":           {all, "red", "s", []string{"matched"}},
		"not all":       {all, "red", "large", []string{"unmatched"}},
		"any":           {anyOf, "red", "large", []string{"matched"}},
		"not any":       {anyOf, "blue", "large", []string{"unmatched"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := sdktest.Run(t, core.RouteOnAttribute, map[string]string{"Routing Strategy": c.strategy, "small": small, "red": red},
				sdktest.FF(c.content, "color", c.color))
			n := 0
			for _, rel := range c.want {
				if len(got[rel]) != 1 || got[rel][0].Attrs["RouteOnAttribute.Route"] != rel || got[rel][0].Content != c.content {
					t.Errorf("%s: got %+v", rel, got[rel])
				}
				n += len(got[rel])
			}
			if total := len(got["red"]) + len(got["small"]) + len(got["matched"]) + len(got["unmatched"]); total != n {
				t.Errorf("%d came out: %v, want %v", total, got, c.want)
			}
		})
	}
}

func TestRouteOnAttribute_ReportsTheRoute(t *testing.T) {
	r := sdktest.New(t, core.RouteOnAttribute)
	r.Set("red", "${color:equals('red')}")
	r.Enqueue(sdktest.FF("", "color", "red"))
	r.RunUntilEmpty()
	for _, e := range r.Events() {
		if e.Type == "ROUTE" && e.Relationship == "red" {
			return
		}
	}
	t.Errorf("events = %+v, want a ROUTE to red", r.Events())
}

func TestRouteOnAttribute_RefusesWhatIsNoExpression(t *testing.T) {
	for _, value := range []string{"true", "a ${b}", ""} {
		wantProblem(t, sdktest.New(t, core.RouteOnAttribute), map[string]string{"red": value})
	}
}

package text_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/braidflow/braid/processors/text"
	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/sdktest"
)

// The clock of regexp2's time-outs goes on for a moment after the last search.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/dlclark/regexp2/v2.runClock"))
}

func TestComponents_AreDescribedWithoutMistakes(t *testing.T) {
	for _, c := range text.Components {
		var s sdk.Spec
		c.New().Describe(&s)
		if err := s.Check(); err != nil {
			t.Errorf("%s: %v", c.Type, err)
		}
	}
}

func wantProblem(t *testing.T, r *sdktest.Runner, props map[string]string) {
	t.Helper()
	for name, value := range props {
		r.Set(name, value)
	}
	if problems := r.Problems(); len(problems) != 1 {
		t.Errorf("problems = %v, want one", problems)
	}
}

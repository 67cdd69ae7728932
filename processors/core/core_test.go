package core_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/braidflow/braid/processors/core"
	"github.com/braidflow/braid/sdk"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestComponents_AreDescribedWithoutMistakes(t *testing.T) {
	for _, c := range core.Components {
		var s sdk.Spec
		c.New().Describe(&s)
		if err := s.Check(); err != nil {
			t.Errorf("%s: %v", c.Type, err)
		}
	}
}

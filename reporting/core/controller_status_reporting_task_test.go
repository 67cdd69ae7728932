package core_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/braidflow/braid/reporting/core"
	"github.com/braidflow/braid/sdk"
)

// node is what the task reports on.
type node struct {
	log    bytes.Buffer
	status sdk.Status
}

func (n *node) Log() *slog.Logger              { return slog.New(slog.NewTextHandler(&n.log, nil)) }
func (n *node) Now() time.Time                 { return time.Time{} }
func (n *node) Status() sdk.Status             { return n.status }
func (n *node) Bulletins(int64) []sdk.Bulletin { return nil }

func TestControllerStatusReportingTask(t *testing.T) {
	tests := map[string]struct {
		props  map[string]string
		second string
	}{
		"deltas":     {map[string]string{}, `in="900 (+300)"`},
		"no deltas":  {map[string]string{"Show Deltas": "false"}, "in=900"},
		"per second": {map[string]string{"Reporting Granularity": "one-second"}, `in="3 (+1)"`},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			task, spec := core.ControllerStatusReportingTask.NewReportingTask(), &sdk.Spec{}
			task.Describe(spec)
			if problems := spec.Configure(tc.props, nil); len(problems) > 0 {
				t.Fatal(problems)
			}
			n := &node{}
			for _, in := range []int64{600, 900} {
				n.log.Reset()
				n.status = sdk.Status{Children: []sdk.Status{{ID: "g", Type: "PROCESS_GROUP", Children: []sdk.Status{
					{ID: "p", Name: "put", Type: "PutFile", In: sdk.Amount{Count: in}},
				}}}}
				if err := task.Report(t.Context(), sdk.NewReporting(n)); err != nil {
					t.Fatal(err)
				}
			}
			if got := n.log.String(); !strings.Contains(got, tc.second) || strings.Count(got, "\n") != 1 {
				t.Errorf("second report = %q, want one line with %s", got, tc.second)
			}
		})
	}
}

// Package core holds the processors that need nothing but the session: they make, mark, log and route FlowFiles.
package core

import "github.com/braidflow/braid/sdk"

// Components lists what the package offers.
var Components = []sdk.Component{FilterAttribute, GenerateFlowFile, LogAttribute, RouteOnAttribute, UpdateAttribute}

// batch is how many FlowFiles one Trigger takes at most: enough to make the cost of a commit small, few enough to be
// quick.
const batch = 100

// keep leaves a FlowFile that cannot be evaluated in its queue, penalized, so that it neither gets lost nor holds up
// the others; for processors without a relationship for failures.
func keep(s *sdk.Session, ff sdk.FlowFile, what string, err error) {
	s.Log().Error(what, "flowfile", ff.UUID(), "error", err) //nolint:sloglint // a constant of the caller
	s.TransferBack(s.Penalize(ff))
}

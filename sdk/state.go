package sdk

import "context"

// StateScope says who shares a component's state.
type StateScope string

// The scopes of NiFi's StateManager. On a node that is not clustered, Cluster state is kept locally.
const (
	Local   StateScope = "LOCAL"   // each node has its own
	Cluster StateScope = "CLUSTER" // all nodes share one
)

// State returns a copy of the component's state, with what this session has set.
func (s *Session) State(ctx context.Context, scope StateScope) (map[string]string, error) {
	return s.b.State(ctx, scope)
}

// SetState replaces the component's state when the session commits. After a crash the state is never newer than the
// FlowFiles of the session: work may be done twice, not left out.
func (s *Session) SetState(scope StateScope, values map[string]string) { s.b.SetState(scope, values) }

package engine

import (
	"log/slog"
	"maps"
	"path/filepath"

	"github.com/braidflow/braid/internal/repo/flowfile"
	"github.com/braidflow/braid/internal/repo/state"
	"github.com/braidflow/braid/internal/vfs"
	"github.com/braidflow/braid/sdk"
)

// localStates keeps the state of a node that is not clustered: there, as in NiFi, both scopes are local.
type localStates struct{ *state.Store }

func openStates(o Options, log *slog.Logger) (States, error) {
	fsys, dir := o.FS, filepath.Join(o.Dir, "state")
	if o.Durability == flowfile.Memory {
		fsys = vfs.NewMem()
	}
	s, err := state.Open(state.Options{FS: fsys, Dir: dir, Log: log})
	if err != nil {
		return nil, err
	}
	return localStates{s}, nil
}

// Get implements States.
func (l localStates) Get(id string, scope sdk.StateScope) (map[string]string, error) {
	return maps.Collect(l.Store.Get(stateKey(id, scope)).All()), nil
}

// Set implements States.
func (l localStates) Set(id string, scope sdk.StateScope, values map[string]string) error {
	return l.Store.Set(stateKey(id, scope), values)
}

func stateKey(id string, scope sdk.StateScope) string {
	if scope == sdk.Cluster {
		return id + "/cluster"
	}
	return id
}

// storeState stores a component's state. A store that can store nothing any more, as after a failed sync, stops the node.
func (e *Engine) storeState(id string, scope sdk.StateScope, values map[string]string) error {
	err := e.states.Set(id, scope, values)
	if s, ok := e.states.(interface{ Err() error }); ok && err != nil && s.Err() != nil {
		e.fail(s.Err())
	}
	return err
}

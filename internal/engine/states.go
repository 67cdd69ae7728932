package engine

import (
	"maps"
	"path/filepath"

	"github.com/braidflow/braid/internal/repo/flowfile"
	"github.com/braidflow/braid/internal/repo/state"
	"github.com/braidflow/braid/internal/vfs"
	"github.com/braidflow/braid/sdk"
)

// localStates keeps the state of a node that is not clustered: there, as in NiFi, both scopes are local.
type localStates struct{ *state.Store }

func openStates(o Options) (States, error) {
	fsys, dir := o.FS, filepath.Join(o.Dir, "state")
	if o.Durability == flowfile.Memory {
		fsys = vfs.NewMem()
	}
	s, err := state.Open(state.Options{FS: fsys, Dir: dir, Log: o.Log})
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

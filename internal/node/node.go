// Package node is one Braid node as a whole: the flow log, the engine that runs what the log says, and the one way by
// which the flow is changed.
package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/braidflow/braid/internal/clock"
	"github.com/braidflow/braid/internal/engine"
	"github.com/braidflow/braid/internal/extension"
	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/internal/flow/definition"
	"github.com/braidflow/braid/internal/flowlog"
	"github.com/braidflow/braid/internal/params"
	"github.com/braidflow/braid/internal/repo/content"
	"github.com/braidflow/braid/internal/repo/flowfile"
	"github.com/braidflow/braid/internal/vfs"
)

// Options say how a node is set up. Dir and Types must be set.
type Options struct {
	Dir   string // of all the node's data
	Types *extension.Registry

	FS         vfs.FS      // nil = the disk
	Clock      clock.Clock // nil = the real one
	Log        *slog.Logger
	Durability flowfile.Durability
	// SensitiveKey encrypts sensitive values; empty: the one in the folder, made at the first start.
	SensitiveKey string
	// Salvage goes on after damage to the repositories with what can still be read, Repair with an older flow.
	Salvage, Repair bool
	// Stopped starts the node with all components stopped, whatever the flow says.
	Stopped bool
}

// Node is a running node. Its methods may be called concurrently.
type Node struct {
	Engine *engine.Engine
	Flows  *flowlog.Log
	Cipher *params.Cipher
	ID     string
	Start  time.Time

	o    Options
	lock interface{ Close() error }

	tasks sync.WaitGroup // edits that the engine caused

	mu       sync.Mutex // held while an edit is appended and applied, so that edits are applied in order
	watchers []func(flowlog.Entry)
}

// contentArchive is how long contents are kept for replay when no FlowFile needs them any more: NiFi's default.
const contentArchive = 3 * time.Hour

// Open recovers a node's data and runs its flow as it ran before.
func Open(o Options) (n *Node, err error) {
	if o.FS == nil {
		o.FS = vfs.OS
	}
	if o.Clock == nil {
		o.Clock = clock.Real
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if err := vfs.MakeDir(o.FS, o.Dir); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	n = &Node{o: o, Start: o.Clock.Now()}
	if n.lock, err = o.FS.Lock(filepath.Join(o.Dir, "lock")); err != nil {
		if errors.Is(err, vfs.ErrLocked) {
			err = fmt.Errorf("another process uses %s: stop it, or choose another folder with --data", o.Dir)
		}
		return nil, err
	}
	if err := n.open(); err != nil {
		return nil, errors.Join(err, n.lock.Close())
	}
	return n, nil
}

func (n *Node) open() error {
	o := n.o
	key, err := params.LoadKey(o.FS, filepath.Join(o.Dir, "sensitive.key"), o.SensitiveKey)
	if err != nil {
		return err
	}
	if n.Cipher, err = params.NewCipher(key); err != nil {
		return err
	}
	n.Flows, err = flowlog.Open(flowlog.Options{
		FS: o.FS, Clock: o.Clock, Dir: filepath.Join(o.Dir, "flow"), Log: o.Log, Cipher: n.Cipher, Repair: o.Repair,
	})
	if err != nil {
		return err
	}
	n.Engine, err = engine.Open(engine.Options{
		FS: o.FS, Dir: o.Dir, Types: o.Types, Clock: o.Clock, Log: o.Log, Durability: o.Durability, Salvage: o.Salvage,
		Cipher: n.Cipher, Archive: content.Archive{Keep: contentArchive},
	})
	if err != nil {
		return errors.Join(err, n.Flows.Close())
	}
	n.Engine.OnRanOnce(n.ranOnce)
	f, _ := n.Flows.Current()
	if err := n.Cipher.CheckKey(f); err != nil {
		return errors.Join(err, n.Engine.Close(context.Background()), n.Flows.Close())
	}
	n.ID = f.Root().ID
	n.Engine.Apply(n.startable(f))
	return nil
}

// startable is the flow as it is run at a start: a run-once that was asked for before does not happen again.
func (n *Node) startable(f *flow.Flow) *flow.Flow {
	var stop []flow.Change
	for c := range f.All() {
		switch d := c.(type) {
		case *flow.Processor:
			if d.State == flow.RunOnce || (n.o.Stopped && d.State == flow.Running) {
				stop = append(stop, flow.Run(c.Kind(), d.ID, flow.Stopped))
			}
		case *flow.Port:
			if n.o.Stopped && d.State == flow.Running {
				stop = append(stop, flow.Run(c.Kind(), d.ID, flow.Stopped))
			}
		}
	}
	next, _, err := f.Apply(flow.ChangeSet{Changes: stop})
	if err != nil { // cannot be: only run states change
		n.o.Log.Error("the flow could not be prepared for the start", slog.Any("error", err))
		return f
	}
	return next
}

// Close stops all components, waits for their tasks until ctx ends, and makes everything durable.
func (n *Node) Close(ctx context.Context) error {
	err := n.Engine.Close(ctx)
	n.tasks.Wait()
	return errors.Join(err, n.Flows.Close(), n.lock.Close())
}

// Empty tells whether nobody has put anything into the flow yet.
func (n *Node) Empty() bool {
	for c := range n.Flow().All() {
		switch c.Kind() {
		case flow.KindController:
		case flow.KindProcessGroup:
			if c.Common().GroupID != "" {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// Flow returns the flow as it is now.
func (n *Node) Flow() *flow.Flow {
	f, _ := n.Flows.Current()
	return f
}

// Edit makes one change of the flow: compute makes it from the flow as it is, and is called again if somebody else
// was faster. When Edit returns, the change is durable and the engine has been told.
func (n *Node) Edit(ctx context.Context, who string, compute func(f *flow.Flow) (flow.ChangeSet, error)) (*flow.Flow, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for {
		f, index := n.Flows.Current()
		set, err := compute(f)
		if err != nil {
			return nil, err
		}
		set.Who = who
		entry, err := n.Flows.Append(ctx, index, set)
		if errors.Is(err, flowlog.ErrConflict) {
			continue
		}
		if err != nil {
			return nil, err
		}
		next, _ := n.Flows.Current()
		n.Engine.Apply(next)
		for _, fn := range n.watchers {
			fn(entry)
		}
		return next, nil
	}
}

// Watch calls fn for each entry of the flow log once it has been applied; fn must be quick.
func (n *Node) Watch(fn func(flowlog.Entry)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.watchers = append(n.watchers, fn)
}

// ranOnce writes down that a processor has run once.
func (n *Node) ranOnce(id string) {
	n.tasks.Go(func() { // not at once: this is called from a task of the engine, which an edit may have to wait for
		_, err := n.Edit(context.Background(), "", func(f *flow.Flow) (flow.ChangeSet, error) {
			p, ok := flow.Lookup[*flow.Processor](f, id)
			if !ok || p.State != flow.RunOnce {
				return flow.ChangeSet{}, errNothing
			}
			return flow.ChangeSet{Message: "ran once", Changes: []flow.Change{flow.Run(flow.KindProcessor, id, flow.Stopped)}}, nil
		})
		if err != nil && !errors.Is(err, errNothing) {
			n.o.Log.Warn("the end of a run-once was not written down", slog.String("component", id), slog.Any("error", err))
		}
	})
}

var errNothing = errors.New("nothing to change")

// Import brings the content of a flow definition into the root group, running: what a batch job or the demo does.
// Components without a counterpart in this binary are kept, and named in the warnings.
func (n *Node) Import(ctx context.Context, data []byte, seed string, run bool) (groupID string, warnings []string, err error) {
	def, err := definition.Read(data)
	if err != nil {
		return "", nil, err
	}
	_, err = n.Edit(ctx, "", func(f *flow.Flow) (flow.ChangeSet, error) {
		im, err := def.Import(f, definition.ImportOptions{Seed: seed, GroupID: f.Root().ID, AsGroup: true, Cipher: n.Cipher})
		if err != nil {
			return flow.ChangeSet{}, err
		}
		groupID, warnings = im.GroupID, im.Warnings
		changes := im.Changes
		if run {
			changes = append(changes, StartAll(im.Changes)...)
		}
		return flow.ChangeSet{Message: "Import a flow definition", Changes: changes}, nil
	})
	return groupID, warnings, err
}

// StartAll returns the changes that enable all services and start all processors and ports that a list of changes
// creates, except what is disabled.
func StartAll(created []flow.Change) (changes []flow.Change) {
	for _, c := range created {
		if c.Op != flow.OpCreate {
			continue
		}
		switch d := c.Value.(type) {
		case *flow.ControllerService:
			changes = append(changes, flow.Run(c.Kind, c.ID, flow.Enabled))
		case *flow.Processor:
			if d.State != flow.Disabled {
				changes = append(changes, flow.Run(c.Kind, c.ID, flow.Running))
			}
		case *flow.Port:
			if d.State != flow.Disabled {
				changes = append(changes, flow.Run(c.Kind, c.ID, flow.Running))
			}
		}
	}
	return changes
}

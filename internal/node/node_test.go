package node_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"github.com/braidflow/braid/internal/extension"
	"github.com/braidflow/braid/internal/flow"
	"github.com/braidflow/braid/internal/node"
	"github.com/braidflow/braid/internal/vfs"
	"github.com/braidflow/braid/sdk"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// idler is a processor that does nothing.
type idler struct{}

func (idler) Describe(s *sdk.Spec)                        { s.About("For tests.") }
func (idler) Trigger(context.Context, *sdk.Session) error { return nil }

func open(disk vfs.FS) (*node.Node, error) {
	types, err := extension.New(sdk.Component{Type: "test.idler", New: func() sdk.Processor { return idler{} }})
	if err != nil {
		return nil, err
	}
	return node.Open(node.Options{Dir: "data", FS: disk, Types: types})
}

func mustOpen(t *testing.T, disk vfs.FS) *node.Node {
	t.Helper()
	n, err := open(disk)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func mustClose(t *testing.T, n *node.Node) {
	t.Helper()
	if err := n.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// draw adds a processor.
func draw(n *node.Node, id string, state flow.State) error {
	_, err := n.Edit(context.Background(), "me", func(f *flow.Flow) (flow.ChangeSet, error) {
		p := flow.NewProcessor(id, f.Root().ID, "test.idler")
		p.State = state
		return flow.ChangeSet{Message: "add " + id, Changes: []flow.Change{flow.Create(p)}}, nil
	})
	return err
}

func TestNode_GoesOnAsItRan(t *testing.T) {
	disk := vfs.NewMem()
	n := mustOpen(t, disk)
	for id, state := range map[string]flow.State{"runs": flow.Running, "stands": flow.Stopped} {
		if err := draw(n, id, state); err != nil {
			t.Fatal(err)
		}
	}
	root := n.ID
	mustClose(t, n)
	again := mustOpen(t, disk)
	defer mustClose(t, again)
	again.Engine.Settle()
	if again.ID != root {
		t.Errorf("id = %s, want %s as before", again.ID, root)
	}
	for id, want := range map[string]string{"runs": "RUNNING", "stands": "STOPPED"} {
		if phase, _ := again.Engine.PhaseOf(id); string(phase) != want {
			t.Errorf("%s is %s, want %s", id, phase, want)
		}
	}
}

func TestNode_TellsWhoeverComesSecondWhatToDo(t *testing.T) {
	disk := vfs.NewMem()
	n := mustOpen(t, disk)
	defer mustClose(t, n)
	if _, err := open(disk); err == nil || !strings.Contains(err.Error(), "choose another") {
		t.Errorf("error = %v, want one that says what to do", err)
	}
}

// cut is a disk as a loss of power left it, and the edits that had returned by then.
type cut struct {
	disk  *vfs.Mem
	edits []string
	when  string
}

// TestNode_PowerLossKeepsEachEditThatReturned cuts the power before each sync of a node that is being edited.
func TestNode_PowerLossKeepsEachEditThatReturned(t *testing.T) {
	for seed := range uint64(4) {
		rng := rand.New(rand.NewPCG(seed, 1))
		disk := vfs.NewMem()
		var mu sync.Mutex // guards cuts, done
		var cuts []cut
		var done []string
		disk.OnSync(func(op vfs.Op, name string) {
			mu.Lock()
			defer mu.Unlock()
			edits := append([]string(nil), done...)
			cuts = append(cuts, cut{disk.CrashClone(rng, []float64{0, 0.5, 1}[rng.IntN(3)]), edits, string(op) + " " + name})
		})
		n := mustOpen(t, disk)
		for i := range 8 {
			id := fmt.Sprint("p", i)
			if err := draw(n, id, []flow.State{flow.Running, flow.Stopped}[i%2]); err != nil {
				t.Fatal(err)
			}
			mu.Lock()
			done = append(done, id)
			mu.Unlock()
		}
		mustClose(t, n)
		disk.OnSync(nil)
		for _, c := range cuts {
			again, err := open(c.disk)
			if err != nil {
				t.Fatalf("seed %d, power lost before %s: %v", seed, c.when, err)
			}
			for _, id := range c.edits {
				if again.Flow().Get(id) == nil {
					t.Fatalf("seed %d, power lost before %s: %s is lost", seed, c.when, id)
				}
			}
			mustClose(t, again)
		}
	}
}

// TestNode_TheNthCallToTheDiskFails lets each call fail, one a run: an edit that returned no error is there after the
// next start, and a failed start leaves nothing locked behind.
func TestNode_TheNthCallToTheDiskFails(t *testing.T) {
	every := 3
	for n := 1; ; n += every {
		hit := false
		var what vfs.Call
		var mu sync.Mutex // guards hit, what
		disk := vfs.NewMem()
		faulty := vfs.NewFault(disk, func(c vfs.Call) *vfs.Failure {
			if c.N == n {
				mu.Lock()
				hit, what = true, c
				mu.Unlock()
			}
			return vfs.FailNth(n, syscall.EIO)(c)
		})
		var done []string
		if first, err := open(faulty); err == nil {
			for i := range 4 {
				if id := fmt.Sprint("p", i); draw(first, id, flow.Running) == nil {
					done = append(done, id)
				}
			}
			_ = first.Close(t.Context()) // the failure may come here
		}
		again, err := open(disk)
		if err != nil {
			t.Fatalf("call %d, %s %s: the next start: %v", n, what.Op, what.Name, err)
		}
		for _, id := range done {
			if again.Flow().Get(id) == nil {
				t.Fatalf("call %d, %s %s: %s is lost", n, what.Op, what.Name, id)
			}
		}
		mustClose(t, again)
		if !hit {
			return
		}
	}
}

// TestNode_ADamagedFlowLogIsNotServed flips bits in what holds the flow.
func TestNode_ADamagedFlowLogIsNotServed(t *testing.T) {
	disk := vfs.NewMem()
	n := mustOpen(t, disk)
	for i := range 5 {
		if err := draw(n, fmt.Sprint("p", i), flow.Stopped); err != nil {
			t.Fatal(err)
		}
	}
	mustClose(t, n)
	rng := rand.New(rand.NewPCG(1, 2))
	var names []string
	dir := filepath.Join("data", "flow")
	entries, err := disk.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && !e.IsDir() && info.Size() > 0 {
			names = append(names, filepath.Join(dir, e.Name()))
		}
	}
	refused := 0
	for range 60 {
		copied := disk.CrashClone(rng, 1)
		name := names[rng.IntN(len(names))]
		flip(t, copied, name, rng)
		again, err := open(copied)
		if err != nil {
			refused++
			continue
		}
		for i := range 5 {
			if again.Flow().Get(fmt.Sprint("p", i)) == nil {
				t.Fatalf("%s: p%d is gone and nothing is said", name, i)
			}
		}
		mustClose(t, again)
	}
	t.Logf("60 flips in %d files, %d starts refused, the others had the whole flow", len(names), refused)
}

func flip(t *testing.T, disk vfs.FS, name string, rng *rand.Rand) {
	t.Helper()
	b, err := vfs.ReadFile(disk, name)
	if err != nil {
		t.Fatal(err)
	}
	b[rng.IntN(len(b))] ^= 1 << rng.IntN(8)
	f, err := vfs.Create(disk, name)
	if err == nil {
		_, err = f.Write(b)
		err = errors.Join(err, f.Close())
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
}

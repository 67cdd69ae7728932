// Package crash kills the braid binary again and again while it works, and compares what it promised with what came
// out.
package crash

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/braidflow/braid/test/binary"
)

// Long runs: go test ./test/crash -run Kill -kills 500 -seed 7 -timeout 0
var (
	kills = flag.Int("kills", 20, "how often the node is killed")
	seed  = flag.Uint64("seed", 1, "of the moments at which it is killed, and of the data")
)

func TestMain(m *testing.M) {
	code := m.Run()
	binary.Remove()
	os.Exit(code)
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }() // only its number is wanted
	return l.Addr().(*net.TCPAddr).Port
}

// TestKill_LosesNothingAcknowledged kills the node with SIGKILL at random moments, while it starts and while it works.
// A request that was answered by 200 and a file that was taken from its folder must come out, byte for byte.
func TestKill_LosesNothingAcknowledged(t *testing.T) {
	dir := t.TempDir()
	port := freePort(t)
	l := &load{
		seed: *seed, in: filepath.Join(dir, "in"), out: filepath.Join(dir, "out"), url: fmt.Sprintf("http://127.0.0.1:%d/in", port),
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}, acked: map[string]bool{}, files: map[string]bool{},
	}
	defer l.client.CloseIdleConnections()
	for _, d := range []string{l.in, l.out} {
		if err := os.Mkdir(d, 0o750); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "flow.json"), crashFlow(t, l.in, l.out, port), 0o600); err != nil {
		t.Fatal(err)
	}
	start := func() *binary.Process {
		return binary.Start(t, dir, "run", "--listen", "127.0.0.1:0", "--data", "data", "--flow", "flow.json")
	}
	stop, workers := make(chan struct{}), sync.WaitGroup{}
	for range 6 {
		workers.Go(func() { l.send(stop) })
	}
	workers.Go(func() { l.drop(t, stop) })
	rng := rand.New(rand.NewPCG(*seed, 3))
	early := 0
	for n := range *kills {
		p := start()
		alive := 700
		if n%3 == 0 {
			alive = 150 // it has hardly come up
		}
		pause(time.Duration(rng.IntN(alive)) * time.Millisecond)
		p.Kill()
		if !printed(p, "Braid is ready") {
			early++
		}
	}
	close(stop)
	began := time.Now()
	p := start()
	p.Await("Braid is ready", 30*time.Second)
	ready := time.Since(began)
	workers.Wait()
	r := l.untilDelivered(t, p)
	if code := p.Interrupt(30 * time.Second); code != 0 {
		t.Errorf("exit code at the end = %d:\n%s", code, strings.Join(p.Output(), "\n"))
	}
	t.Logf("seed %d: %d kills, %d of them before the node was ready; last start took %v; acknowledged %d requests and %d files: "+
		"lost %d, damaged %d, delivered again %d; %d requests were sent again for want of an answer",
		*seed, *kills, early, ready.Round(time.Millisecond), r.requests, r.files, len(r.lost), len(r.damaged), r.twice(), l.resent)
	if len(r.lost) > 0 || len(r.damaged) > 0 {
		slices.Sort(r.lost)
		t.Errorf("lost %v, damaged %v", r.lost[:min(len(r.lost), 20)], r.damaged[:min(len(r.damaged), 20)])
	}
}

func printed(p *binary.Process, text string) bool {
	return slices.ContainsFunc(p.Output(), func(line string) bool { return strings.Contains(line, text) })
}

// untilDelivered waits until nothing is missing, or long enough.
func (l *load) untilDelivered(t *testing.T, p *binary.Process) result {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; pause(100 * time.Millisecond) {
		r, err := l.compare()
		if err != nil && !os.IsNotExist(err) { // a file may have been renamed meanwhile
			t.Fatal(err)
		}
		if err == nil && len(r.lost) == 0 || time.Now().After(deadline) {
			if len(r.lost) > 0 {
				t.Logf("the node said:\n%s", strings.Join(p.Output(), "\n"))
			}
			return r
		}
	}
}

// Package binary builds the braid command for black-box tests and runs it as a user would.
package binary

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

var build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "braid-test-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "braid")
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	out, err := exec.Command("go", "build", "-o", path, "github.com/braidflow/braid/cmd/braid").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build ./cmd/braid: %w\n%s", err, out)
	}
	return path, nil
})

// Path builds the binary, once for a test process, and returns where it is.
func Path(t testing.TB) string {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// Remove deletes the binary; call it from TestMain after the tests.
func Remove() {
	if path, err := build(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path)) // only a temporary file
	}
}

// Process is a running braid.
type Process struct {
	t    testing.TB
	cmd  *exec.Cmd
	done chan error

	mu    sync.Mutex // guards lines
	lines []string
	grown chan struct{}
}

// Start runs braid with arguments in a folder. It is killed when the test ends.
func Start(t testing.TB, dir string, args ...string) *Process {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	p := &Process{t: t, done: make(chan error, 1), grown: make(chan struct{}, 1)}
	p.cmd = exec.CommandContext(ctx, Path(t), args...)
	p.cmd.Dir = dir
	out, w := io.Pipe()
	p.cmd.Stdout, p.cmd.Stderr = w, w
	if err := p.cmd.Start(); err != nil {
		cancel()
		t.Fatal(err)
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		p.read(out)
	}()
	go func() {
		err := p.cmd.Wait()
		_ = w.Close() // ends the reader
		<-read
		p.done <- err
		close(p.done)
	}()
	t.Cleanup(func() {
		cancel()
		<-p.done
	})
	return p
}

// read gathers lines; a carriage return ends one, too.
func (p *Process) read(r io.Reader) {
	s := bufio.NewScanner(r)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		p.mu.Lock()
		for part := range strings.SplitSeq(s.Text(), "\r") {
			if part = strings.TrimSpace(part); part != "" {
				p.lines = append(p.lines, part)
			}
		}
		p.mu.Unlock()
		select {
		case p.grown <- struct{}{}:
		default:
		}
	}
}

// Await waits for a line that contains text and returns it.
func (p *Process) Await(text string, limit time.Duration) string {
	p.t.Helper()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for {
		for _, l := range p.Output() {
			if strings.Contains(l, text) {
				return l
			}
		}
		select {
		case <-p.grown:
		case <-timer.C:
			p.t.Fatalf("braid did not print %q within %v; it printed:\n%s", text, limit, strings.Join(p.Output(), "\n"))
		}
	}
}

// Output returns what was printed so far.
func (p *Process) Output() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.lines...)
}

// Interrupt asks the process to end, as Ctrl+C does, and returns its exit code.
func (p *Process) Interrupt(limit time.Duration) int {
	p.t.Helper()
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		p.t.Fatal(err)
	}
	return p.Wait(limit)
}

// Kill ends the process at once, as kill -9 does.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill() // it may have ended by itself
	<-p.done
}

// Wait returns the exit code once the process has ended.
func (p *Process) Wait(limit time.Duration) int {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(limit):
		p.t.Fatalf("braid did not end within %v; it printed:\n%s", limit, strings.Join(p.Output(), "\n"))
	}
	return p.cmd.ProcessState.ExitCode()
}

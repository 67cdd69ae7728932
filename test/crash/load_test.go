package crash

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// load gives a node work for as long as it is told to, and remembers what the node has promised.
type load struct {
	seed    uint64
	in, out string
	url     string
	client  *http.Client

	mu     sync.Mutex // guards what follows
	next   int
	acked  map[string]bool // requests that were answered by 200
	resent int             // requests that were sent again because there was no answer
	files  map[string]bool // files that were put into the folder
}

// content is what belongs to a name: lines of random letters.
func (l *load) content(name string) []byte {
	n, _ := strconv.Atoi(name[1:])
	rng := rand.New(rand.NewPCG(l.seed, uint64(n)))
	var b bytes.Buffer
	for range 1 + rng.IntN(4) {
		for range 1 + rng.IntN(40)*rng.IntN(40) {
			b.WriteByte(byte('a' + rng.IntN(26)))
		}
		b.WriteByte('\n')
	}
	return b.Bytes()
}

func (l *load) name(prefix string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next++
	return prefix + strconv.Itoa(l.next)
}

// send posts until stop is closed. A request without an answer is sent again until it has one: nobody knows whether
// it was taken.
func (l *load) send(stop <-chan struct{}) {
	name := ""
	for !closed(stop) || name != "" {
		if name == "" {
			name = l.name("h")
		}
		switch l.post(name) {
		case http.StatusOK:
			l.mu.Lock()
			l.acked[name] = true
			l.mu.Unlock()
			name = ""
		case 0:
			l.mu.Lock()
			l.resent++
			l.mu.Unlock()
			fallthrough
		default:
			pause(3 * time.Millisecond)
			if closed(stop) {
				return // it was never acknowledged
			}
		}
	}
}

// post returns the status, 0 if there was none.
func (l *load) post(name string) int {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.url, bytes.NewReader(l.content(name)))
	if err != nil {
		return 0
	}
	req.Header.Set("filename", name)
	resp, err := l.client.Do(req)
	if err != nil {
		return 0
	}
	_, err = io.Copy(io.Discard, resp.Body)
	if cerr := resp.Body.Close(); err != nil || cerr != nil {
		return 0
	}
	return resp.StatusCode
}

// drop puts files into the folder until stop is closed, at most thirty ahead of the node.
func (l *load) drop(t *testing.T, stop <-chan struct{}) {
	for !closed(stop) {
		list, err := os.ReadDir(l.in)
		if err != nil {
			t.Error(err)
			return
		}
		for range max(0, 30-len(list)) {
			name := l.name("f")
			hidden := filepath.Join(l.in, "."+name)
			if err := os.WriteFile(hidden, l.content(name), 0o600); err != nil {
				t.Error(err)
				return
			}
			l.mu.Lock()
			l.files[name] = true
			l.mu.Unlock()
			if err := os.Rename(hidden, filepath.Join(l.in, name)); err != nil {
				t.Error(err)
				return
			}
		}
		pause(10 * time.Millisecond)
	}
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func pause(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	<-timer.C
}

// result compares what was promised with what came out.
type result struct {
	requests, files int // acknowledged
	copies          int // delivered, again and again included
	lost, damaged   []string
}

func (r result) twice() int { return r.copies - r.requests - r.files }

// compare reads all that was delivered. What was not acknowledged may be there, too.
func (l *load) compare() (r result, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	seen := map[string]bool{}
	err = filepath.WalkDir(l.out, func(path string, d fs.DirEntry, err error) error {
		name := filepath.Base(path)
		if err != nil || d.IsDir() || strings.HasPrefix(name, ".") { // a copy that a kill cut short has another name
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if !bytes.Equal(b, l.content(name)) {
			r.damaged = append(r.damaged, fmt.Sprintf("%s has %d bytes instead of %d", path, len(b), len(l.content(name))))
		}
		if seen[name] = true; l.acked[name] || l.files[name] {
			r.copies++
		}
		return nil
	})
	for _, promised := range []map[string]bool{l.acked, l.files} {
		for name := range promised {
			if !seen[name] {
				r.lost = append(r.lost, name)
			}
		}
	}
	r.requests, r.files = len(l.acked), len(l.files)
	return r, err
}

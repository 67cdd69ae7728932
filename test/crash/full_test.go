package crash

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/braidflow/braid/test/binary"
)

// smallDisk mounts a disk of so many megabytes, where that is possible.
func smallDisk(t *testing.T, megabytes int) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "disk")
	if err := os.Mkdir(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("mount", "-t", "tmpfs", "-o", fmt.Sprintf("size=%dm", megabytes), "tmpfs", dir).CombinedOutput()
	if err != nil {
		t.Skipf("a small disk cannot be mounted here (that takes Linux and its superuser): %v %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", "-l", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %v %s", err, out)
		}
	})
	return dir
}

// TestFullDisk_IsRefusedAndWaitedFor fills the disk of a running node to the last byte. Requests are refused, nothing
// that was acknowledged is lost, and when there is room again the same process goes on.
func TestFullDisk_IsRefusedAndWaitedFor(t *testing.T) {
	disk, dir := smallDisk(t, 48), t.TempDir()
	port := freePort(t)
	l := &load{
		seed: 1, in: filepath.Join(dir, "in"), out: filepath.Join(dir, "out"), url: fmt.Sprintf("http://127.0.0.1:%d/in", port),
		client: &http.Client{}, acked: map[string]bool{}, files: map[string]bool{},
	}
	defer l.client.CloseIdleConnections()
	if err := os.Mkdir(l.in, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "flow.json"), crashFlow(t, l.in, l.out, port), 0o600); err != nil {
		t.Fatal(err)
	}
	p := binary.Start(t, dir, "run", "--listen", "127.0.0.1:0", "--data", filepath.Join(disk, "data"), "--flow", "flow.json")
	p.Await("Braid is ready", 30*time.Second)
	l.until(t, "a request is answered", func(status int) bool { return status == http.StatusOK })
	filler := filepath.Join(disk, "filler")
	fill(t, filler)
	l.until(t, "a request is refused", func(status int) bool { return status >= 500 })
	if len(p.Output()) < 2 || !strings.Contains(strings.Join(p.Output(), "\n"), "full") {
		t.Errorf("nothing is said of the full disk:\n%s", strings.Join(p.Output(), "\n"))
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	l.until(t, "requests are answered again", func(status int) bool { return status == http.StatusOK })
	if r := l.untilDelivered(t, p); len(r.lost)+len(r.damaged) > 0 {
		t.Errorf("lost %v, damaged %v", r.lost, r.damaged)
	}
	if code := p.Interrupt(30 * time.Second); code != 0 {
		t.Errorf("exit code = %d:\n%s", code, strings.Join(p.Output(), "\n"))
	}
}

// fill writes a file until nothing more fits.
func fill(t *testing.T, name string) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }() // what it holds does not matter
	for size := 1 << 20; size > 0; {
		if _, err := f.Write(make([]byte, size)); err != nil {
			size /= 2
		}
	}
}

// until sends requests until one is answered as wanted.
func (l *load) until(t *testing.T, what string, wanted func(status int) bool) {
	t.Helper()
	status := 0
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); pause(20 * time.Millisecond) {
		name := l.name("h")
		if status = l.post(name); status == http.StatusOK {
			l.acked[name] = true
		}
		if wanted(status) {
			return
		}
	}
	t.Fatalf("waited in vain until %s; the last status was %d", what, status)
}

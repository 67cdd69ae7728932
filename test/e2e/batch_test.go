package e2e

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/braidflow/braid/examples/flights"
	"github.com/braidflow/braid/test/binary"
)

// layOut puts the example's flow and data into a folder.
func layOut(t *testing.T, dir string) {
	t.Helper()
	files := map[string]string{
		"data/2013-01-08-resent.csv": "braid-demo/in/flights.csv", "data/airlines.csv": "braid-demo/reference/airlines.csv",
		"data/airports.csv": "braid-demo/reference/airports.csv",
	}
	for from, to := range files {
		b, err := flights.Data.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(dir, to), b)
	}
	if err := os.MkdirAll(filepath.Join(dir, "braid-demo/out"), 0o750); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "flow.json"), flights.Flow)
}

func writeFile(t *testing.T, name string, b []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestRun_UntilIdleIsABatchJob(t *testing.T) {
	dir := t.TempDir()
	layOut(t, dir)
	p := binary.Start(t, dir, "run", "--flow", "flow.json", "--until-idle")
	if code := p.Wait(60 * time.Second); code != 0 {
		t.Fatalf("exit code = %d, want 0:\n%s", code, strings.Join(p.Output(), "\n"))
	}
	if n := countJSON(t, filepath.Join(dir, "braid-demo/out")); n != 2 {
		t.Errorf("rows = %d, want 2", n)
	}
}

func TestRun_SaysInOneLineWhatIsWrong(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = busy.Close() }() // the test is over
	broken := strings.Replace(string(flights.Flow), "org.apache.nifi.processors.standard.FetchFile", "com.example.FetchNothing", 1)
	tests := map[string]struct {
		files map[string]string
		args  []string
		code  int
		want  string
	}{
		"port in use":      {nil, []string{"run", "--listen", busy.Addr().String()}, 1, "choose another address with --listen"},
		"not loopback":     {nil, []string{"run", "--listen", "0.0.0.0:0"}, 1, "without a login"},
		"no flow file":     {nil, []string{"run", "--flow", "nosuch.json", "--until-idle"}, 1, "nosuch.json"},
		"malformed flow":   {map[string]string{"flow.json": `{"flowContents": `}, []string{"run", "--flow", "flow.json", "--until-idle"}, 1, "flow.json"},
		"unknown type":     {map[string]string{"flow.json": broken}, []string{"run", "--flow", "flow.json", "--until-idle"}, 1, "com.example.FetchNothing"},
		"bad durability":   {nil, []string{"run", "--durability", "maybe"}, 1, "memory, written or durable"},
		"unknown command":  {nil, []string{"walk"}, 1, "unknown command"},
		"bad flag in file": {map[string]string{"braid.yaml": "grace: soon\n"}, []string{"run"}, 1, "in braid.yaml"},
		"no node":          {nil, []string{"status", "--address", "http://127.0.0.1:1"}, 1, "is it running"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for file, text := range tc.files {
				writeFile(t, filepath.Join(dir, file), []byte(text))
			}
			p := binary.Start(t, dir, tc.args...)
			if code := p.Wait(30 * time.Second); code != tc.code {
				t.Errorf("exit code = %d, want %d", code, tc.code)
			}
			last := strings.Join(p.Output(), "\n")
			if !strings.Contains(last, tc.want) || strings.Contains(last, "goroutine ") {
				t.Errorf("output = %q, want one line with %q", last, tc.want)
			}
		})
	}
}

func TestRun_TwoNodesCannotShareAFolder(t *testing.T) {
	dir := t.TempDir()
	first := binary.Start(t, dir, "run", "--listen", "127.0.0.1:0")
	first.Await("Braid is ready", 30*time.Second)
	second := binary.Start(t, dir, "run", "--listen", "127.0.0.1:0")
	if code := second.Wait(30 * time.Second); code != 1 {
		t.Errorf("exit code = %d, want 1", code)
	}
	second.Await("choose another folder with --data", time.Second)
	if code := first.Interrupt(20 * time.Second); code != 0 {
		t.Errorf("exit code of the first = %d", code)
	}
}

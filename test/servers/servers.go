// Package servers starts real database servers for tests: on a loopback port,
// with their data in a temporary folder, stopped when the test ends or its
// process dies. A test whose server is not installed is skipped.
package servers

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// Server is a running database server with an empty database "braid", owned by the user "braid", password "secret".
type Server struct {
	URL            string // JDBC, without credentials
	User, Password string
	DB             *sql.DB // for the test's own questions
}

// startTime bounds the start of a server.
const startTime = 60 * time.Second

// find returns the program's path, looking also where distributions put servers, or skips the test.
func find(t testing.TB, program string) string {
	t.Helper()
	if p, err := exec.LookPath(program); err == nil {
		return p
	}
	for _, pattern := range []string{"/usr/sbin/", "/usr/local/sbin/", "/usr/lib/postgresql/*/bin/", "/usr/libexec/"} {
		if found, _ := filepath.Glob(pattern + program); len(found) > 0 {
			return slices.Max(found)
		}
	}
	t.Skipf("%s is not installed: this database is not tested here", program)
	return ""
}

func tempDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "braid-server-") //nolint:usetesting // t.TempDir would be closed to the server's own user
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // only its number is wanted
	return l.Addr().(*net.TCPAddr).Port
}

// run runs a set-up program to its end.
func run(t testing.TB, setUser func(*exec.Cmd), program string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), startTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	setUser(cmd)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", filepath.Base(program), err, out)
	}
}

// serve starts a server that is killed by the signal once the test ends. The shell between notices the end of the
// test's process by the end of its input, whatever the cause.
func serve(t testing.TB, setUser func(*exec.Cmd), signal, program string, args ...string) {
	t.Helper()
	const script = `signal=$1; shift; "$@" </dev/null & server=$!; cat >/dev/null; kill -$signal $server; wait $server`
	cmd := exec.Command("sh", append([]string{"-c", script, "sh", signal, program}, args...)...)
	setUser(cmd)
	var log strings.Builder
	cmd.Stdout, cmd.Stderr = &log, &log
	in, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatalf("start %s: %v", program, err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
		if t.Failed() && log.Len() > 0 {
			t.Logf("%s said:\n%.4000s", filepath.Base(program), log.String())
		}
	})
}

// await waits until the server answers.
func await(t testing.TB, driver, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), startTime)
	defer cancel()
	tick := time.NewTicker(30 * time.Millisecond)
	defer tick.Stop()
	for {
		if err = db.PingContext(ctx); err == nil {
			return db
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("the %s server did not answer within %s: %v", driver, startTime, err)
		}
	}
}

// Exec runs statements in the server's database.
func (s *Server) Exec(t testing.TB, statements ...string) {
	t.Helper()
	for _, q := range statements {
		if _, err := s.DB.ExecContext(t.Context(), q); err != nil {
			t.Fatal(fmt.Errorf("%s: %w", q, err))
		}
	}
}

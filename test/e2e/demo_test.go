// Package e2e runs the built binary as a user does.
package e2e

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the driver that reads what the demo wrote

	"github.com/braidflow/braid/test/binary"
)

func TestMain(m *testing.M) {
	code := m.Run()
	binary.Remove()
	os.Exit(code)
}

// What a new user does first: the README's first command.
func TestDemo(t *testing.T) {
	dir := t.TempDir()
	p := binary.Start(t, dir, "demo", "--dir", "flights", "--port", "0")
	url := strings.TrimPrefix(p.Await("Braid is ready: ", 30*time.Second), "Braid is ready: ")
	p.Await("Done. 6105 rows of 2 files", 30*time.Second)
	p.Await("4 malformed rows", time.Second)
	if n := countJSON(t, filepath.Join(dir, "flights", "out")); n != 6101 {
		t.Errorf("rows written as JSON = %d, want 6101", n)
	}
	if n := countLate(t, filepath.Join(dir, "flights", "out", "late-flights.db")); n != 322 {
		t.Errorf("late flights in the database = %d, want 322", n)
	}
	if got := answer(t, url+"/nifi-api/flow/about"); !strings.Contains(got, `"about"`) {
		t.Errorf("about = %s", got)
	}
	dropFile(t, dir)
	if code := p.Interrupt(20 * time.Second); code != 0 {
		t.Errorf("exit code = %d, want 0", code)
	}
}

// A new file in the folder is processed within a second. The test allows more for a busy machine.
func dropFile(t *testing.T, dir string) {
	t.Helper()
	week, err := os.ReadFile(filepath.Join(dir, "flights", "in", "2013-01-08-resent.csv"))
	if err != nil {
		t.Fatal(err)
	}
	tmp := filepath.Join(dir, "one.csv")
	if err := os.WriteFile(tmp, week, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(tmp, filepath.Join(dir, "flights", "in", "one.csv")); err != nil {
		t.Fatal(err)
	}
	want := filepath.Join(dir, "flights", "out", "UA", "one.json")
	deadline := time.Now().Add(10 * time.Second)
	for {
		if _, err := os.Stat(want); err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("a new file was not processed")
		}
		<-time.After(20 * time.Millisecond)
	}
}

func countJSON(t *testing.T, out string) (rows int) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(out, "*", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(b) {
			var row struct {
				Carrier string `json:"carrier"`
				Airline struct {
					Name string `json:"name"`
				} `json:"airline"`
			}
			if err := json.Unmarshal(line, &row); err != nil {
				t.Fatalf("%s: %v", f, err)
			}
			if row.Carrier != filepath.Base(filepath.Dir(f)) || row.Airline.Name == "" {
				t.Fatalf("%s holds %s", f, line)
			}
			rows++
		}
	}
	return rows
}

func countLate(t *testing.T, file string) (n int) {
	t.Helper()
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }() // only read
	if err := db.QueryRow("SELECT COUNT(*) FROM late_flights WHERE arr_delay > 60").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func answer(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }() // only read
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v %s", url, resp.Status, err, b)
	}
	return string(b)
}

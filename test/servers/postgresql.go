package servers

import (
	"fmt"
	"path/filepath"
	"strconv"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// PostgreSQL starts a PostgreSQL server.
func PostgreSQL(t testing.TB) *Server {
	t.Helper()
	postgres := find(t, "postgres")
	dir, port := tempDir(t), freePort(t)
	as := ordinaryUser(t, "postgres", dir)
	data := filepath.Join(dir, "data")
	run(t, as, filepath.Join(filepath.Dir(postgres), "initdb"), "-D", data, "-U", "braid", "-A", "trust",
		"--no-sync", "-E", "UTF8", "--locale=C")
	serve(t, as, "QUIT", postgres, "-D", data, "-p", strconv.Itoa(port), "-c", "listen_addresses=127.0.0.1",
		"-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "log_min_messages=warning")
	db := await(t, "pgx", fmt.Sprintf("postgres://braid@127.0.0.1:%d/postgres", port))
	s := &Server{DB: db}
	s.Exec(t, "CREATE DATABASE braid")
	s.DB = await(t, "pgx", fmt.Sprintf("postgres://braid@127.0.0.1:%d/braid", port))
	s.URL, s.User, s.Password = fmt.Sprintf("jdbc:postgresql://127.0.0.1:%d/braid", port), "braid", "secret"
	return s
}

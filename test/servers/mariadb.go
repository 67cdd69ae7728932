package servers

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	_ "github.com/go-sql-driver/mysql" // the driver "mysql"
)

// MariaDB starts a MariaDB server.
func MariaDB(t testing.TB) *Server {
	t.Helper()
	mariadbd, install := find(t, "mariadbd"), find(t, "mariadb-install-db")
	dir, port := tempDir(t), freePort(t)
	as := ordinaryUser(t, "mysql", dir)
	data, start := filepath.Join(dir, "data"), filepath.Join(dir, "start.sql")
	if err := os.WriteFile(start, []byte("CREATE DATABASE IF NOT EXISTS braid CHARACTER SET utf8mb4;\n"+
		"GRANT ALL ON *.* TO braid@'%' IDENTIFIED BY 'secret';\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	run(t, as, install, "--no-defaults", "--datadir="+data, "--skip-test-db", "--auth-root-authentication-method=normal")
	serve(t, as, "KILL", mariadbd, "--no-defaults", "--datadir="+data, "--port="+strconv.Itoa(port), "--bind-address=127.0.0.1",
		"--socket="+filepath.Join(dir, "s"), "--pid-file="+filepath.Join(dir, "pid"), "--init-file="+start, "--skip-name-resolve",
		"--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=64M", "--log-warnings=0")
	return &Server{
		DB:  await(t, "mysql", fmt.Sprintf("braid:secret@tcp(127.0.0.1:%d)/braid", port)),
		URL: fmt.Sprintf("jdbc:mariadb://127.0.0.1:%d/braid", port), User: "braid", Password: "secret",
	}
}

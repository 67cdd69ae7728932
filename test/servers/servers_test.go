package servers_test

import (
	"strings"
	"testing"

	"github.com/braidflow/braid/test/servers"
)

func TestServers_AnswerInTheirDatabase(t *testing.T) {
	for name, tt := range map[string]struct {
		start   func(testing.TB) *servers.Server
		version string
		query   string
	}{
		"PostgreSQL": {servers.PostgreSQL, "PostgreSQL", "SELECT version() || ' ' || current_database()"},
		"MariaDB":    {servers.MariaDB, "MariaDB", "SELECT CONCAT(version(), ' ', DATABASE())"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := tt.start(t)
			var got string
			if err := s.DB.QueryRowContext(t.Context(), tt.query).Scan(&got); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(got, tt.version) || !strings.HasSuffix(got, " braid") {
				t.Errorf("got %q, want a %s in database braid", got, tt.version)
			}
		})
	}
}

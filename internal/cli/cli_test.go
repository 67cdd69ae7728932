package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/braidflow/braid/components"
	"github.com/braidflow/braid/internal/cli"
)

// run runs a command line and returns what it printed.
func run(t *testing.T, input string, args ...string) (code int, out, errOut string) {
	t.Helper()
	var o, e bytes.Buffer
	code = cli.Run(context.Background(), append([]string{"braid"}, args...), components.All(), strings.NewReader(input), &o, &e)
	return code, o.String(), e.String()
}

func TestVersion(t *testing.T) {
	code, out, _ := run(t, "", "version")
	if code != 0 || !strings.HasPrefix(out, "braid ") {
		t.Errorf("code %d, output %q", code, out)
	}
}

func TestEveryCommandHasHelpWithAnExample(t *testing.T) {
	for _, cmd := range []string{"", "run", "demo", "status", "version", "el eval", "recordpath eval", "bench", "bench engine", "bench files", "bench record", "bench provenance", "bench start"} {
		code, out, _ := run(t, "", append(strings.Fields(cmd), "--help")...)
		if code != 0 || !strings.Contains(out, "Examples:") {
			t.Errorf("braid %s --help: code %d, no example in %q", cmd, code, out)
		}
	}
}

func TestEvalReadsAndWritesJSONLines(t *testing.T) {
	tests := map[string]struct{ args, in, want string }{
		"el":         {"el eval", `{"expression": "${name:toUpper()}", "attributes": {"name": "x"}}` + "\n", `{"result":"X"}`},
		"recordpath": {"recordpath eval", `{"path": "/a/b", "record": {"a": {"b": 1}}}` + "\n", `{"result":[1]}`},
	}
	for name, tc := range tests {
		code, out, errOut := run(t, tc.in, strings.Fields(tc.args)...)
		var got, want any
		if err := json.Unmarshal([]byte(out), &got); err != nil || code != 0 {
			t.Errorf("%s: code %d, %q, %q", name, code, out, errOut)
			continue
		}
		_ = json.Unmarshal([]byte(tc.want), &want) // it is ours
		if g, w := jsonOf(got), jsonOf(want); g != w {
			t.Errorf("%s = %s, want %s", name, g, w)
		}
	}
}

func jsonOf(v any) string {
	b, _ := json.Marshal(v) // decoded before
	return string(b)
}

// A flag wins over the environment, the environment over the file.
func TestFlagsFromEnvironmentAndFile(t *testing.T) {
	tests := map[string]struct {
		env, file string
		args      []string
		want      string
	}{
		"file":        {"", "durability: from-file", nil, "from-file"},
		"environment": {"from-env", "durability: from-file", nil, "from-env"},
		"flag":        {"from-env", "durability: from-file", []string{"--durability", "from-flag"}, "from-flag"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			t.Setenv("BRAID_CONFIG", filepath.Join(dir, "my.yaml"))
			if err := os.WriteFile(filepath.Join(dir, "my.yaml"), []byte(tc.file+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			if tc.env != "" {
				t.Setenv("BRAID_DURABILITY", tc.env)
			}
			t.Setenv("BRAID_DATA", filepath.Join(dir, "data"))
			code, _, errOut := run(t, "", append([]string{"run"}, tc.args...)...)
			if code != 1 || !strings.Contains(errOut, `"`+tc.want+`"`) {
				t.Errorf("code %d, %q; want a complaint about %s", code, errOut, tc.want)
			}
		})
	}
}

func TestAMissingConfigurationFileIsNamed(t *testing.T) {
	t.Setenv("BRAID_CONFIG", filepath.Join(t.TempDir(), "nosuch.yaml"))
	code, _, errOut := run(t, "", "run")
	if code != 1 || !strings.Contains(errOut, "nosuch.yaml") {
		t.Errorf("code %d, %q", code, errOut)
	}
}

package flowfile_test

import (
	"os"
	"os/exec"
	"testing"
)

// inChild runs the calling test again in a process of its own, with a dictionary of its own, and returns false; there
// it returns true. env is more of the child's environment.
func inChild(t *testing.T, env ...string) bool {
	t.Helper()
	if os.Getenv("BRAID_TEST_CHILD") != "" {
		return true
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(append(os.Environ(), "BRAID_TEST_CHILD=1"), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("in a process of its own: %v\n%s", err, out)
	}
	return false
}

//go:build !unix

package servers

import (
	"os/exec"
	"testing"
)

func ordinaryUser(testing.TB, string, string) func(*exec.Cmd) { return func(*exec.Cmd) {} }

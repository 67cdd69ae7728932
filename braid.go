// Package braid is the entry to a Braid binary. Its command is in cmd/braid; another binary with components of its
// own is three lines:
//
//	func main() {
//		os.Exit(braid.Main(os.Args, mycompany.Components...))
//	}
package braid

import (
	"github.com/braidflow/braid/components"
	"github.com/braidflow/braid/internal/cli"
	"github.com/braidflow/braid/sdk"
)

// Main runs the command line with the standard components and the given ones, and returns the exit code. args[0] is
// the program's name. A component of the same type as a standard one is an error.
func Main(args []string, more ...sdk.Component) int {
	return cli.Main(args, append(components.All(), more...))
}

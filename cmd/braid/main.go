// Command braid runs dataflows. See braid --help.
package main

import (
	"os"

	"github.com/braidflow/braid"
)

func main() { os.Exit(braid.Main(os.Args)) }

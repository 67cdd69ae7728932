// Package cli is the command line of Braid.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/braidflow/braid/internal/extension"
	"github.com/braidflow/braid/internal/gctune"
	"github.com/braidflow/braid/sdk"
)

// Version is the version of the binary; the build sets it.
var Version = "0.1.0-dev"

// exitError is an error with an exit code of its own.
type exitError struct {
	code int
	text string
}

func (e *exitError) Error() string { return e.text }

// app is what all commands share.
type app struct {
	types    *extension.Registry
	out, err io.Writer
	in       io.Reader
}

// Main runs the command line and returns the exit code. The process's own streams are used.
func Main(args []string, components []sdk.Component) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	gctune.Start()
	return Run(ctx, args, components, os.Stdin, os.Stdout, os.Stderr)
}

// Run is Main with everything given, for tests.
func Run(ctx context.Context, args []string, components []sdk.Component, in io.Reader, out, errOut io.Writer) int {
	types, err := extension.New(components...)
	if err != nil {
		fmt.Fprintln(errOut, "braid:", err)
		return 1
	}
	a := &app{types: types, in: in, out: out, err: errOut}
	root := a.root()
	root.SetArgs(args[1:])
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errOut)
	if err := root.ExecuteContext(ctx); err != nil {
		fmt.Fprintln(errOut, "braid:", err)
		if exit, ok := errors.AsType[*exitError](err); ok {
			return exit.code
		}
		return 1
	}
	return 0
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "braid",
		Short: "A dataflow cluster with zero masters in one binary",
		Long: "Braid runs dataflows: what Apache NiFi's users draw and what Apache Storm's users write.\n\n" +
			"Every flag can also be set in the environment (--listen as BRAID_LISTEN) and in a file braid.yaml\n" +
			"(listen: ...) in the working folder, or the one that BRAID_CONFIG names.",
		Example:       "  braid demo\n  braid run --data ./data",
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return applyConfig(cmd, os.LookupEnv)
		},
	}
	root.AddCommand(a.runCommand(), a.demoCommand(), a.statusCommand(), a.benchCommand(), a.versionCommand(), a.elCommand(), a.recordPathCommand())
	return root
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: "  braid version",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(a.out, "braid", Version)
			return err
		},
	}
}

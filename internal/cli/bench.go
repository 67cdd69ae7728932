package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/braidflow/braid/internal/bench"
)

func (a *app) benchCommand() *cobra.Command {
	parent := &cobra.Command{Use: "bench", Short: "Measure Braid on this machine", Example: "  braid bench engine --seconds 5"}
	for _, m := range []struct {
		name, short string
		run         func(*bench.Suite, context.Context) error
	}{
		{"engine", "The path of a FlowFile: generate, set an attribute, route, drop; durable, with provenance", (*bench.Suite).Engine},
		{"files", "GetFile to PutFile", (*bench.Suite).Files},
		{"record", "ConvertRecord from CSV to JSON", (*bench.Suite).Record},
		{"provenance", "Storing, indexing and finding events", (*bench.Suite).Provenance},
		{"start", "Start, memory and recovery of a node", (*bench.Suite).Start},
	} {
		parent.AddCommand(a.benchOne(m.name, m.short, m.run))
	}
	return parent
}

func (a *app) benchOne(name, short string, run func(*bench.Suite, context.Context) error) *cobra.Command {
	var seconds float64
	var asJSON bool
	var dir, input, only, profile string
	cmd := &cobra.Command{
		Use:     name,
		Short:   short,
		Example: "  braid bench " + name + " --seconds 5 --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s := &bench.Suite{Types: a.types, Seconds: seconds, Dir: dir, Input: input, Only: only, Out: bench.Print(a.out, asJSON)}
			if err := bench.Profiled(profile, func() error { return run(s, cmd.Context()) }); err != nil {
				return fmt.Errorf("bench %s: %w", name, err)
			}
			return nil
		},
	}
	fl := cmd.Flags()
	fl.Float64Var(&seconds, "seconds", 5, "length of each measurement")
	fl.BoolVar(&asJSON, "json", false, "print one JSON object a line")
	fl.StringVar(&dir, "dir", "", "folder for temporary data; empty = the system's")
	fl.StringVar(&input, "input", "", "with record: a CSV file of flights instead of generated rows")
	fl.StringVar(&only, "only", "", "with engine: only measurements whose names contain this")
	fl.StringVar(&profile, "profile", "", "write a CPU profile to this file")
	return cmd
}

package cli

import (
	"github.com/spf13/cobra"

	"github.com/braidflow/braid/internal/el"
	"github.com/braidflow/braid/sdk/recordpath"
)

func (a *app) elCommand() *cobra.Command {
	parent := &cobra.Command{Use: "el", Short: "Expression Language"}
	parent.AddCommand(&cobra.Command{
		Use:   "eval",
		Short: "Evaluate expressions: JSON lines in, JSON lines out",
		Long: `Each line of the input is {"expression": ..., "attributes": {...}, "state": {...}}; each line of the output is
{"result": ...} or {"error": "parse", "eval" or "runtime", "message": ...}. The environment is empty, the time zone UTC.`,
		Example: `  echo '{"expression": "${name:toUpper()}", "attributes": {"name": "x"}}' | braid el eval`,
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return el.EvalLines(a.in, a.out) },
	})
	return parent
}

func (a *app) recordPathCommand() *cobra.Command {
	parent := &cobra.Command{Use: "recordpath", Short: "RecordPath"}
	parent.AddCommand(&cobra.Command{
		Use:   "eval",
		Short: "Evaluate record paths: JSON lines in, JSON lines out",
		Long: `Each line of the input is {"path": ..., "record": {...}, "maps": [...]}; each line of the output is
{"result": [...]} or {"error": ...}.`,
		Example: `  echo '{"path": "/a/b", "record": {"a": {"b": 1}}}' | braid recordpath eval`,
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return recordpath.EvalLines(a.in, a.out) },
	})
	return parent
}

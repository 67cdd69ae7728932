// Command own is a Braid with one processor more. Everything that braid does, it does:
//
//	go run ./examples/own run --flow flow.json
package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"

	"github.com/braidflow/braid"
	"github.com/braidflow/braid/sdk"
)

func main() { os.Exit(braid.Main(os.Args, Number)) }

// Number writes a number before each line.
var Number = sdk.Component{Type: "com.example.Number", New: func() sdk.Processor { return new(number) }}

type number struct {
	separator        sdk.Text
	maxLine          int64
	success, failure sdk.Relationship
}

func (p *number) Describe(s *sdk.Spec) {
	s.About("Writes a number before each line.", "text", "line", "number")
	s.InputRequired()
	s.Text(&p.separator, "Separator", "What stands between the number and the line.", sdk.Default(": "), sdk.PerFlowFile)
	s.Size(&p.maxLine, "Maximum Line Length", "FlowFiles with longer lines go to failure.", sdk.Required, sdk.Default("1 MB"))
	s.Rel(&p.success, "success", "FlowFiles whose lines have numbers.")
	s.Rel(&p.failure, "failure", "FlowFiles that could not be changed, as they were.")
}

func (p *number) Trigger(_ context.Context, s *sdk.Session) error {
	for _, ff := range s.GetBatch(100) {
		out, err := p.number(s, ff)
		if err != nil {
			_ = s.Fail(ff, p.failure, err) // a bulletin that names the FlowFile; the others go on
			continue
		}
		s.Transfer(out, p.success)
	}
	return nil // commit
}

func (p *number) number(s *sdk.Session, ff sdk.FlowFile) (sdk.FlowFile, error) {
	separator, err := p.separator.For(ff)
	if err != nil {
		return ff, err
	}
	return s.Rewrite(ff, func(r io.Reader, w io.Writer) error {
		lines := bufio.NewScanner(r)
		lines.Buffer(nil, int(p.maxLine))
		out := bufio.NewWriter(w)
		for n := 1; lines.Scan(); n++ {
			fmt.Fprintf(out, "%d%s%s\n", n, separator, lines.Text())
		}
		if err := lines.Err(); err != nil {
			return err
		}
		return out.Flush()
	})
}

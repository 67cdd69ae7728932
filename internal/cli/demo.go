package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/braidflow/braid/examples/flights"
	"github.com/braidflow/braid/internal/node"
)

func (a *app) demoCommand() *cobra.Command {
	var f nodeFlags
	var port int
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run a real flow on a week of flights",
		Long: "Start a node with the flow of examples/flights: it reads the CSV files that are dropped into a folder, keeps\n" +
			"malformed rows aside, adds names of airlines and airports, writes JSON for each carrier, and puts flights that\n" +
			"were over an hour late into an SQLite table. The node keeps running: drop another file into the folder.",
		Example: "  braid demo\n  braid demo --dir /tmp/flights --port 9090",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f.listen = "127.0.0.1:" + strconv.Itoa(port)
			return a.demo(cmd.Context(), &f)
		},
	}
	cmd.Flags().StringVar(&f.data, "dir", "./braid-demo", "folder for the node, its input and its results")
	cmd.Flags().IntVar(&port, "port", 8080, "port of the REST API on 127.0.0.1")
	a.commonNodeFlags(cmd, &f)
	return cmd
}

func (a *app) demo(ctx context.Context, f *nodeFlags) error {
	dir, err := filepath.Abs(f.data)
	if err != nil {
		return err
	}
	if err := layOut(dir); err != nil {
		return fmt.Errorf("prepare %s: %w", dir, err)
	}
	f.data = filepath.Join(dir, "node")
	n, err := a.openNode(f)
	if err != nil {
		return err
	}
	err = a.runDemo(ctx, n, f, dir)
	return errors.Join(err, closeNode(n, f.grace))
}

// layOut puts the example's files where the flow looks for them, unless they are there.
func layOut(dir string) error {
	for _, sub := range []string{"in", "reference", "out"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o750); err != nil {
			return err
		}
	}
	return fs.WalkDir(flights.Data, "data", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		sub := "in"
		if base := filepath.Base(name); base == "airlines.csv" || base == "airports.csv" {
			sub = "reference"
		}
		to := filepath.Join(dir, sub, filepath.Base(name))
		if _, err := os.Stat(to); err == nil {
			return nil
		}
		data, err := fs.ReadFile(flights.Data, name)
		if err != nil {
			return err
		}
		return os.WriteFile(to, data, 0o640)
	})
}

func (a *app) runDemo(ctx context.Context, n *node.Node, f *nodeFlags, dir string) error {
	if n.Empty() {
		if _, _, err := n.Import(ctx, flowFor(dir), "flights", true); err != nil {
			return err
		}
	}
	failed := make(chan error, 1)
	stop, addr, err := a.serve(n, f.listen, failed)
	if err != nil {
		return err
	}
	defer stop()
	fmt.Fprintf(a.out, "Braid is ready: http://%s\n", addr)
	fmt.Fprintf(a.out, "Drop CSV files of flights into %s\n", filepath.Join(dir, "in"))
	if err := allRunning(ctx, n); err != nil {
		return err
	}
	p := &progress{app: a, node: n, dir: dir}
	for {
		select {
		case <-ctx.Done():
			p.line("")
			return nil
		case <-n.Engine.Failed():
			return n.Engine.Err()
		case err := <-failed:
			return err
		case <-time.After(200 * time.Millisecond):
			p.show()
		}
	}
}

// flowFor is the example's flow with its folder.
func flowFor(dir string) []byte {
	path, _ := json.Marshal(filepath.ToSlash(dir)) // a string always can be
	return bytes.ReplaceAll(flights.Flow, []byte(`"./braid-demo"`), path)
}

// progress tells how far the demo is: a line that is written again and again while there is work, and a summary each
// time that all is done.
type progress struct {
	*app
	node  *node.Node
	dir   string
	width int
	done  bool  // the summary of what was read so far is out
	rows  int64 // rows of the last line
	files int64
}

func (p *progress) show() {
	quiet := p.node.Engine.QuietFor(700 * time.Millisecond)
	c := p.counts()
	changed := c.rows != p.rows || c.files != p.files
	p.rows, p.files = c.rows, c.files
	switch {
	case quiet && !p.done && c.files > 0:
		p.done = true
		p.line("")
		p.summary(c)
	case !quiet && (changed || !p.done):
		p.done = false
		p.line(fmt.Sprintf("working: %d files, %d rows read, %d rejected, %d late, %d FlowFiles queued", c.files, c.rows, c.rejected, c.late, c.queued))
	}
}

// line replaces the line that the terminal shows.
func (p *progress) line(s string) {
	fmt.Fprintf(p.out, "\r%-*s\r", p.width, s)
	if p.width = len(s); s != "" {
		fmt.Fprint(p.out, s)
	}
}

type demoCounts struct {
	files, rows, rejected, late, jsonFiles, queued int64
}

// counts reads the figures of the flow's processors, by their names in the example.
func (p *progress) counts() (c demoCounts) {
	names := map[string]string{}
	for x := range p.node.Flow().All() {
		names[x.Common().ID] = x.Common().Name
	}
	for _, n := range p.node.Engine.Counters() {
		switch names[n.ComponentID] + "/" + n.Name {
		case "Set malformed rows aside/Records Validated":
			c.rows = n.Value
		case "Set malformed rows aside/Records Found Invalid":
			c.rejected = n.Value
		case "Put into the database/INSERT updates performed":
			c.late = n.Value
		}
	}
	st := p.node.Engine.Status("")
	c.queued = st.Queued.Count
	for id, name := range names {
		switch name {
		case "Fetch":
			c.files = p.node.Engine.TotalIn(id)
		case "Write JSON for each carrier":
			c.jsonFiles = p.node.Engine.TotalIn(id)
		}
	}
	return c
}

func (p *progress) summary(c demoCounts) {
	out := func(format string, args ...any) { fmt.Fprintf(p.out, format+"\n", args...) }
	out("Done. %d rows of %d files:", c.rows, c.files)
	out("  %6d rows with names of airlines and airports  ->  %d JSON files in %s", c.rows-c.rejected, c.jsonFiles, filepath.Join(p.dir, "out", "<carrier>"))
	out("  %6d flights over an hour late                  ->  table late_flights in %s", c.late, filepath.Join(p.dir, "out", "late-flights.db"))
	out("  %6d malformed rows                             ->  %s", c.rejected, filepath.Join(p.dir, "out", "rejected"))
	out("The node keeps running. Press Ctrl+C to stop it.")
}
